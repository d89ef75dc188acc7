#ifndef CACHE_RRCACHE_DENIAL_H
#define CACHE_RRCACHE_DENIAL_H

#include "cache/rrcache.h"

/*
 * What secure zones have proved not to be there, for aggressive use (RFC 8198): the NSEC
 * and NSEC3 records of each zone in the order of its ring, with its SOA and with the sets
 * at its wildcards. It answers one question: which record stands at this name, or is the
 * last one before it? What that proves, resolver/dnssec decides.
 *
 * Only data that was validated SECURE may come in, under the zone that signed it, and no
 * NSEC or NSEC3 whose signature is a wildcard's. A newer word of the same owner replaces
 * the older; nothing outlives its TTL or negative_ttl_max_sec. All of it lies in
 * cache/spans.h under a budget of its own, which the caller takes from the store's.
 */

#define NSEC3_HASH_BYTES 20u

/** How a zone hashes its names (RFC 5155 3.1). */
struct rrcache_ring {
	uint16_t iterations;
	uint8_t salt_len;
	uint8_t salt[255];
};

/** rrcache_denial_open(c, budget_bytes, shards, key): once, before ${c} is shared;
 * without it (or with 0 bytes) nothing is kept and nothing found. False without memory.
 */
bool rrcache_denial_open(
    struct rrcache *c, size_t budget_bytes, unsigned shards, const struct hashkey *key);

/** rrcache_denial_put_*(c, zone, ..., set, now_ms): copies ${set}, of ${zone}
 * (canonical). The SOA set; one NSEC record; one NSEC3 record with its owner's hash and
 * ring, which becomes the zone's (an older ring is found no more). */
void rrcache_denial_put_soa(
    struct rrcache *c, const uint8_t *zone, const struct rrset *set, uint64_t now_ms);
void rrcache_denial_put_nsec(
    struct rrcache *c, const uint8_t *zone, const struct rrset *set, uint64_t now_ms);
void rrcache_denial_put_nsec3(struct rrcache *c, const uint8_t *zone,
    const struct rrcache_ring *ring, const uint8_t hash[NSEC3_HASH_BYTES],
    const struct rrset *set, uint64_t now_ms);
/** rrcache_denial_put_wildcard(c, zone, wildcard, set, now_ms): a positive set that was
 * expanded from ${wildcard}; kept with that as its owner. */
void rrcache_denial_put_wildcard(struct rrcache *c, const uint8_t *zone,
    const uint8_t *wildcard, const struct rrset *set, uint64_t now_ms);

/** rrcache_denial_zone(c, name, now_ms, zone): the deepest zone at or above ${name}
 * (canonical) of which anything is kept. */
bool rrcache_denial_zone(
    struct rrcache *c, const uint8_t *name, uint64_t now_ms, struct dname *zone);
/** The getters return a new set in ${arena} with the remaining TTL, or NULL. */
struct rrset *rrcache_denial_soa(
    struct rrcache *c, const uint8_t *zone, uint64_t now_ms, struct arena *arena);
/** rrcache_denial_nsec(c, zone, name, ...): of ${name} or, without one, of the last owner
 * before it in canonical order. */
struct rrset *rrcache_denial_nsec(struct rrcache *c, const uint8_t *zone,
    const uint8_t *name, uint64_t now_ms, struct arena *arena);
/** rrcache_denial_ring(c, zone, now_ms, out): how the zone hashes; false: not known. */
bool rrcache_denial_ring(
    struct rrcache *c, const uint8_t *zone, uint64_t now_ms, struct rrcache_ring *out);
/** rrcache_denial_nsec3(c, zone, ring, hash, ...): of ${hash} or the last before it; what
 * is before all of them is behind the last. */
struct rrset *rrcache_denial_nsec3(struct rrcache *c, const uint8_t *zone,
    const struct rrcache_ring *ring, const uint8_t hash[NSEC3_HASH_BYTES],
    uint64_t now_ms, struct arena *arena);
struct rrset *rrcache_denial_wildcard(struct rrcache *c, const uint8_t *zone,
    const uint8_t *wildcard, uint16_t type, uint64_t now_ms, struct arena *arena);

/** rrcache_denial_forget(c, name, subtree): all of the zones at or above ${name}, for any
 * of them may deny it, and with ${subtree} of those below; returns how many entries.
 * rrcache_flush does it too. */
size_t rrcache_denial_forget(struct rrcache *c, const uint8_t *name, bool subtree);

struct rrcache_denial_stats {
	uint64_t entries, bytes, budget_bytes, evictions;
};
void rrcache_denial_stats(const struct rrcache *c, struct rrcache_denial_stats *out);

#endif
