#include "detect/namehash.h"

#define ROOT_HASH UINT64_C(0x2545f4914f6cdd1d)

/* Of the label at ${at}, in a name of ${len} bytes. */
static uint64_t
label_hash(const struct hashkey *key, const uint8_t *name, unsigned at, unsigned len)
{
	size_t size = (size_t)name[at] + 1;

	return len < 8 ? siphash13(key, name + at, size)
		       : siphash13_within(key, name + at, size, name + len);
}

void
namehash_fill(struct namehash *out, const struct hashkey *key, const uint8_t *name)
{
	unsigned at = 0, count = 0;

	out->name = name;
	for (; name[at] != 0 && count < DNAME_LABELS_MAX - 1; at += name[at] + 1u)
		out->at[count++] = (uint8_t)at;
	out->at[count] = (uint8_t)at; /* the root label */
	out->count = count;
	for (unsigned i = 0; i < count; i++)
		out->label[i] = label_hash(key, name, out->at[i], at + 1);
	out->suffix[0] = ROOT_HASH;
	for (unsigned i = 0; i < count; i++)
		out->suffix[i + 1] =
		    namehash_mix(out->suffix[i], out->label[count - 1 - i]);
}

uint64_t
namehash_left_of(const struct namehash *h, unsigned labels)
{
	uint64_t hash = ROOT_HASH;

	for (unsigned i = h->count > labels ? h->count - labels : 0; i-- > 0;)
		hash = namehash_mix(hash, h->label[i]);
	return hash;
}

const uint8_t *
namehash_tail(const struct namehash *h, unsigned labels)
{
	unsigned first = labels < h->count ? h->count - labels : 0;

	return h->name + h->at[first];
}

uint64_t
namehash_suffix_of(const struct hashkey *key, const uint8_t *name)
{
	struct namehash h;

	namehash_fill(&h, key, name);
	return h.suffix[h.count];
}
