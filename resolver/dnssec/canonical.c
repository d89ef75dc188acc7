#include "resolver/dnssec/canonical.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/wire/rdata.h"
#include "resolver/wire/writer.h"

#define RECORD_FIXED 10u /* type, class, TTL, length */

/* RFC 4034 6.3: as strings of bytes; where one ends the other goes on and is greater. */
static int
compare(const void *left, const void *right)
{
	const struct rdata *a = left, *b = right;
	size_t shorter = a->len < b->len ? a->len : b->len;
	int order = shorter > 0 ? memcmp(a->bytes, b->bytes, shorter) : 0;

	return order != 0 ? order : (int)a->len - (int)b->len;
}

/* RFC 4034 6.3, RFC 2181 5: equal records are one. */
static unsigned
drop_duplicates(struct rdata *records, unsigned count)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++)
		if (kept == 0 || compare(&records[kept - 1], &records[i]) != 0)
			records[kept++] = records[i];
	return kept;
}

bool
canonical_init(struct canonical *c, const struct rrset *set, struct arena *scratch)
{
	uint16_t shape = rdata_shape(set->type, set->class);
	size_t total = rrset_rdata_bytes(set);
	uint8_t *block = arena_alloc(scratch, total);

	c->set = set;
	c->records = arena_alloc(scratch, set->count * sizeof(*c->records));
	/* The name of a wildcard is never longer than a name that it stands for. */
	c->cap = SIG_FIXED + DNAME_MAX +
		 set->count * (dname_len(set->owner) + RECORD_FIXED) + total;
	c->bytes = arena_alloc(scratch, c->cap);
	if (block == NULL || c->records == NULL || c->bytes == NULL)
		return false;
	for (unsigned i = 0; i < set->count; i++) {
		rdata_canonical(shape, set->rdata[i].bytes, set->rdata[i].len, block);
		c->records[i] =
		    (struct rdata){ .len = set->rdata[i].len, .bytes = block };
		block += set->rdata[i].len;
	}
	qsort(c->records, set->count, sizeof(*c->records), compare);
	c->count = drop_duplicates(c->records, set->count);
	return true;
}

/* RFC 4035 5.3.2: fewer labels than the owner has mean that a wildcard was signed. */
static size_t
signed_owner(const struct sig *s, const uint8_t *owner, uint8_t out[DNAME_MAX])
{
	static const uint8_t star[2] = { 1, '*' };

	if (s->labels >= sig_owner_labels(owner))
		return dname_copy_lower(out, owner);
	memcpy(out, star, sizeof(star));
	return sizeof(star) +
	       dname_copy_lower(out + sizeof(star), dname_suffix(owner, s->labels));
}

size_t
canonical_write(struct canonical *c, const struct sig *s)
{
	uint8_t owner[DNAME_MAX];
	size_t owner_len = signed_owner(s, c->set->owner, owner);
	struct writer w;

	writer_init(&w, c->bytes, c->cap);
	writer_bytes(&w, s->fixed, SIG_FIXED);
	writer_bytes(&w, s->signer.bytes, s->signer.len);
	for (unsigned i = 0; i < c->count; i++) {
		writer_bytes(&w, owner, owner_len);
		writer_u16(&w, c->set->type);
		writer_u16(&w, c->set->class);
		writer_u32(&w, s->original_ttl_sec);
		writer_u16(&w, c->records[i].len);
		writer_bytes(&w, c->records[i].bytes, c->records[i].len);
	}
	return FAILS(w.failed) ? 0 : w.pos;
}
