#ifndef DETECT_SEEN_H
#define DETECT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What has been asked before: a set of hashes in four bytes each. An entry is
 * a 16-bit fingerprint, an 8-bit tag of the last client that asked and the 8-bit
 * half-hour of that, in buckets of eight (half a cache line), the oldest giving way.
 *
 * Words are read and written whole, without locks: two workers that meet in one bucket
 * can at worst forget one name, which then counts as fresh once more.
 *
 * An entry's half-hour is eight bits, which come again after 128 hours; so that nothing
 * old is young again, each put clears a few buckets of what is too old, as many as it
 * takes to go round the table once in 32 hours.
 *
 * A false "seen" has a chance of 8 / 65,535 a question: one name in eight thousand of a
 * tunnel is not charged.
 */

struct seen;

struct seen_hit {
	bool found;
	uint8_t tag; /* of the client that asked last; meaningless when not found */
};

/** seen_new(entries): rounded up to a power of two, at least 1,024. NULL without memory.
 */
struct seen *seen_new(size_t entries);
void seen_free(struct seen *s);
size_t seen_bytes(const struct seen *s);
void seen_prefetch(const struct seen *s, uint64_t hash);
/** seen_find(s, hash, half_hour): looks and leaves no trace; forgotten after SEEN_LIFE
 * half-hours. */
struct seen_hit seen_find(const struct seen *s, uint64_t hash, uint32_t half_hour);
/** seen_put(s, hash, tag, half_hour): puts it in, or renews tag and time. */
void seen_put(struct seen *s, uint64_t hash, uint8_t tag, uint32_t half_hour);
/** seen_forget(s, hash): as if it had never been put in. */
void seen_forget(struct seen *s, uint64_t hash);

#define SEEN_LIFE                                                                        \
	192u /* four days: under the 128 h at which the half-hour byte wraps             \
	      */

#endif
