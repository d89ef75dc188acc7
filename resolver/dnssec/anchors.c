#include "resolver/dnssec/anchors.h"

#include "base/dname.h"

const struct rrset *
anchors_find(const struct rrset *anchors, const uint8_t *name)
{
	const struct rrset *best = NULL;

	for (; anchors != NULL; anchors = anchors->next)
		if (dname_is_below(name, anchors->owner) &&
		    (best == NULL || dname_is_below(anchors->owner, best->owner)))
			best = anchors;
	return best;
}

bool
anchors_denied(
    const uint8_t *const *names, size_t count, const uint8_t *name, const uint8_t *above)
{
	for (size_t i = 0; i < count; i++)
		if (dname_is_below(name, names[i]) &&
		    (above == NULL || !dname_is_strictly_below(above, names[i])))
			return true;
	return false;
}
