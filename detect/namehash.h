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

/** namehash_mix(a, b): two keyed hashes to one, order counting. Never 0 (an empty table
 * slot). */
uint64_t namehash_mix(uint64_t a, uint64_t b);
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
