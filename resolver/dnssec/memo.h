#ifndef DNSSEC_MEMO_H
#define DNSSEC_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/siphash.h"
#include "resolver/dnssec/rrsig.h"

/*
 * What one question has computed already: the outcome of verifications and NSEC3 hashes,
 * by what went into them. So a check that was put off for the sake of other questions is
 * simply made again: what it had done costs nothing the second time. The same holds for
 * a server that sends the same bogus data as the one before, and for a proof that is
 * tried for two claims.
 *
 * What went in is told apart by 64 bits of SipHash under a secret key: whoever does not
 * know it would need some 2^55 questions for one pair that collides.
 */
struct dnssec_memo;

#define MEMO_VERIFIED_MAX 32u /* the verifications that a question may have */
#define MEMO_HASHED_MAX	  128u
#define MEMO_HASH_LEN	  20u

/** dnssec_memo_new(arena, key): empty, lives in ${arena}; NULL when that is full. */
struct dnssec_memo *dnssec_memo_new(struct arena *arena, const struct hashkey *key);

/** memo_add_id(m, id, bytes, len): ${id} of what came before, then ${bytes}. ${m} NULL:
 * 0. */
uint64_t memo_add_id(
    const struct dnssec_memo *m, uint64_t id, const void *bytes, size_t len);
/** memo_verified(m, id, out): false when that was not done yet. ${m} may be NULL. */
bool memo_verified(const struct dnssec_memo *m, uint64_t id, enum dnssec_reason *out);
void memo_put_verified(struct dnssec_memo *m, uint64_t id, enum dnssec_reason reason);
/** memo_hashed(m, id, out): the same of an NSEC3 hash. */
bool memo_hashed(const struct dnssec_memo *m, uint64_t id, uint8_t out[MEMO_HASH_LEN]);
void memo_put_hashed(
    struct dnssec_memo *m, uint64_t id, const uint8_t hash[MEMO_HASH_LEN]);

#endif
