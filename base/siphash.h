#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * SipHash (Aumasson and Bernstein, 2012), keyed so that nobody outside can
 * choose names or addresses that collide. 2-4 where the output meets peers (DNS
 * cookies, RFC 9018 4.2); 1-3 for the tables in memory, which need no more.
 */

struct hashkey {
	uint64_t k0, k1;
};

uint64_t siphash24(const struct hashkey *key, const void *bytes, size_t len);
uint64_t siphash13(const struct hashkey *key, const void *bytes, size_t len);
/** siphash13_within(key, bytes, len, end): the same, of bytes within a longer piece of
 * memory: ${end} is its end, and the eight bytes before that can be read. No branch for
 * the last bytes: of short and uneven ones, as labels are, it would be foretold badly. */
uint64_t siphash13_within(
    const struct hashkey *key, const void *bytes, size_t len, const void *end);

#endif
