#include "tests/replay/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"

#define AT_LABELS 3u

static bool
is_sig_of(const struct record *r, const uint8_t *owner, uint16_t type)
{
	return r->type == TYPE_RRSIG && (r->rdata[0] << 8 | r->rdata[1]) == type &&
	       dname_equal(r->owner.bytes, owner);
}

static bool
is_of(const struct record *r, const uint8_t *owner, uint16_t type)
{
	return r->type == type && dname_equal(r->owner.bytes, owner);
}

void
edit_remove(struct zone *z, const uint8_t *owner, uint16_t type, bool sigs_only)
{
	for (struct record **at = &z->records; *at != NULL;) {
		struct record *r = *at;

		if (!is_sig_of(r, owner, type) && (sigs_only || !is_of(r, owner, type))) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		r->next = NULL;
		records_free(r);
	}
}

/* ${count} wrong ones in front of a signature. */
static void
add_bad(struct record *sig, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct record *bad = record_copy(sig, sig->owner.bytes);

		bad->next = sig->next;
		sig->next = bad;
		/* The first in the list has to be a wrong one as well: the true goes
		 * last. */
		sig->rdata[sig->len - 1] ^= (uint8_t)(2 * i + 1);
		sig = bad;
	}
}

static bool
edit_record(const struct edit *e, struct record *r)
{
	bool sig = is_sig_of(r, e->owner.bytes, e->type);

	switch (e->kind) {
	case EDIT_FLIP:
		if (!is_of(r, e->owner.bytes, e->type))
			return false;
		r->rdata[r->len - 1] ^= 1;
		return true;
	case EDIT_LABELS:
		if (sig)
			r->rdata[AT_LABELS] = (uint8_t)e->number;
		return sig;
	case EDIT_BAD_SIGS:
		if (sig)
			add_bad(r, e->number);
		return sig;
	case EDIT_SPOIL:
		if (sig)
			r->rdata[r->len - 1] ^= 1;
		return sig;
	default:
		return false;
	}
}

/* Of the set and of its signatures: a reply's TTLs are anybody's to write. */
static bool
edit_ttl(const struct edit *e, struct zone *z)
{
	bool found = false;

	for (struct record *r = z->records; r != NULL; r = r->next) {
		if (!is_of(r, e->owner.bytes, e->type) &&
		    !is_sig_of(r, e->owner.bytes, e->type))
			continue;
		r->ttl_sec = e->number;
		found = true;
	}
	return found;
}

bool
edit_break(const struct edit *e, struct zone *z)
{
	if (e->kind == EDIT_DROP || e->kind == EDIT_DROP_SIGS) {
		edit_remove(z, e->owner.bytes, e->type, e->kind == EDIT_DROP_SIGS);
		return true;
	}
	if (e->kind == EDIT_TTL)
		return edit_ttl(e, z);
	for (struct record *r = z->records; r != NULL; r = r->next)
		if (edit_record(e, r))
			return true;
	return false;
}
