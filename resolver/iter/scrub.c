#include "resolver/iter/scrub.h"

#include "resolver/iter/zone.h"

static bool
has_authority_type(const struct rrset *set)
{
	switch (set->type) {
	case TYPE_SOA:
	case TYPE_NS:
	case TYPE_DS:
	case TYPE_NSEC:
	case TYPE_NSEC3:
		return true;
	default:
		return false;
	}
}

/* RFC 2181 10.1: one alias a name. The others are not told on; a signature was over all.
 */
static void
keep_one_alias(struct rrset *set)
{
	if ((set->type != TYPE_CNAME && set->type != TYPE_DNAME) || set->count == 1)
		return;
	set->count = 1;
	set->sig_count = 0;
	set->cut = false;
}

/* Half a set is told by nobody; but of a delegation's servers some will do. */
static bool
is_whole(const struct rrset *set, bool authority)
{
	return !set->cut || !authority || set->type == TYPE_NS;
}

/* What the parent says at a cut is the parent's, although a stub or forward zone of the
 * operator begins there. */
static bool
is_of_cut(const struct frame *f, const struct rrset *set)
{
	return f->qtype == TYPE_DS && (set->type == TYPE_DS || set->type == TYPE_NSEC) &&
	       dname_equal(set->owner, f->name) &&
	       dname_is_strictly_below(set->owner, f->zone);
}

static unsigned
scrub_list(
    struct iter_task *t, const struct frame *f, struct rrset **list, bool authority)
{
	unsigned dropped = 0;

	while (*list != NULL) {
		struct rrset *set = *list;

		if (set->class == CLASS_IN &&
		    (zone_is_ours(t, f, set->owner) || is_of_cut(f, set)) &&
		    (!authority || has_authority_type(set)) && is_whole(set, authority)) {
			keep_one_alias(set);
			list = &set->next;
			continue;
		}
		*list = set->next;
		dropped++;
	}
	return dropped;
}

unsigned
scrub_reply(struct iter_task *t, const struct frame *f, struct msg *m)
{
	return scrub_list(t, f, &m->answer, false) +
	       scrub_list(t, f, &m->authority, true);
}
