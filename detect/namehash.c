#include "detect/namehash.h"

#define ROOT_HASH UINT64_C(0x2545f4914f6cdd1d)

void
namehash_fill(struct namehash *out, const struct hashkey *key, const uint8_t *name)
{
	unsigned at = 0, count = 0;

	out->name = name;
	while (name[at] != 0 && count < DNAME_LABELS_MAX - 1) {
		out->at[count] = (uint8_t)at;
		out->label[count] = siphash13(key, name + at, (size_t)name[at] + 1);
		at += name[at] + 1u;
		count++;
	}
	out->at[count] = (uint8_t)at; /* the root label */
	out->count = count;
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
