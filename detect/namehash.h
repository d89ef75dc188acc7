#ifndef DETECT_NAMEHASH_H
#define DETECT_NAMEHASH_H

#include <stdint.h>

#include "base/dname.h"
#include "base/siphash.h"

/*
 * One walk over a name that yields what judging needs of it: where its labels are, a
 * keyed hash of each, and a keyed hash of each suffix. Zones, names and labels
 * are known to every table here by these hashes alone, so nothing walks a name twice.
 */

struct namehash {
	const uint8_t *name; /* borrowed, canonical */
	unsigned count;	     /* labels without the root label */
	uint8_t
	    at[DNAME_LABELS_MAX]; /* offset of the length byte; label 0 is the leftmost */
	uint64_t label[DNAME_LABELS_MAX]; /* SipHash-1-3 of label i */
	uint64_t
	    suffix[DNAME_LABELS_MAX + 1]; /* of the last k labels; [0] is the root's */
};

/**
 * namehash_mix(a, b): two keyed hashes to one, order counting. Never 0 (an empty table
 * slot). The hashes that come in are keyed and never shown to anybody, so a peer cannot
 * aim at a collision; what is left to do is to mix well (the finish of MurmurHash3,
 * Appleby).
 */
static inline uint64_t
namehash_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b;

	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x != 0 ? x : 1;
}
/** namehash_fill(out, key, name): ${name} is canonical and must outlive ${out}. */
void namehash_fill(struct namehash *out, const struct hashkey *key, const uint8_t *name);
/** namehash_tail(h, labels): the name of the last ${labels} labels. Borrows. */
const uint8_t *namehash_tail(const struct namehash *h, unsigned labels);
/** namehash_left_of(h, labels): the hash of what stands before the last ${labels} labels,
 * as of a name of its own. */
uint64_t namehash_left_of(const struct namehash *h, unsigned labels);
/** namehash_suffix_of(key, name): the hash of a whole name, as in ${suffix}[count]. */
uint64_t namehash_suffix_of(const struct hashkey *key, const uint8_t *name);

#endif
