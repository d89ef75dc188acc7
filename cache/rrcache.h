#ifndef CACHE_RRCACHE_H
#define CACHE_RRCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/dname.h"
#include "base/err.h"
#include "base/rrset.h"
#include "cache/store.h"

/*
 * What recursion remembers, all of it in one store (cache/store.h) under one
 * byte budget:
 *
 *   RRsets         (owner, type)   positive data with its trust and security
 *   negative       (owner, type)   NODATA, with the SOA set that proves it (RFC 2308)
 *   NXDOMAIN       (owner)         with the SOA; covers everything beneath (RFC 8020)
 *   delegations    (zone)          the PARENT's NS names and glue, never the child's:
 *                                  ghost domains, CVE-2022-30698
 *   failures       (owner, type)   SERVFAIL memory with growing time (RFC 9520)
 *
 * Times are given: ${now_ms} is monotonic. TTLs are capped and floored here, by struct
 * rrcache_limits. Shared by all workers; locks inside, held for a copy at most.
 */

struct rrcache;

struct rrcache_limits {
	uint32_t ttl_max_sec, ttl_min_sec; /* positive data */
	uint32_t negative_ttl_max_sec;
	uint32_t failure_ttl_min_sec,
	    failure_ttl_max_sec; /* 1 and 300; doubles at each repetition */
};

/** rrcache_new(store, limits): borrows ${store}, which must outlive it. NULL without
 * memory. */
struct rrcache *rrcache_new(struct store *store, const struct rrcache_limits *limits);
void rrcache_free(struct rrcache *c);
/** rrcache_set_limits(c, limits): for what is stored from now on (reload). Thread-safe.
 */
void rrcache_set_limits(struct rrcache *c, const struct rrcache_limits *limits);

/**
 * rrcache_put(c, set, now_ms):
 * Copies ${set}, class IN. Kept out when a set of higher trust is there and still alive;
 * equal trust replaces (but equal rdata never prolongs an NS set: RFC 9499 has no word
 * for ghosts, we have this rule). A TTL of 0 is kept for the floor if there is one, else
 * not at all. A BOGUS set never displaces one that is not, an UNCHECKED one none that is
 * SECURE. What is at least an answer's
 * or authority's trust also ends a negative entry and a failure of (owner, type).
 */
void rrcache_put(struct rrcache *c, const struct rrset *set, uint64_t now_ms);
/** rrcache_get(c, owner, type, now_ms, arena): returns a new set in ${arena} with the
 * remaining TTL; NULL when not there (or arena full). TTLs handed out are whole seconds
 * rounded down, but never 0 for what is alive. */
struct rrset *rrcache_get(struct rrcache *c, const uint8_t *owner, uint16_t type,
    uint64_t now_ms, struct arena *arena);

enum rrcache_negative { NEGATIVE_NONE, NEGATIVE_NODATA, NEGATIVE_NXDOMAIN };
/** rrcache_put_negative(c, kind, name, type, soa, now_ms): ${soa} may be NULL (then 0 <
 * ttl <= 5 s). TTL: RFC 2308 5, min(SOA TTL, MINIMUM), capped, and no longer than the
 * shortest set of the list. ${soa} may carry further sets (NSEC...) through ${next}: they
 * are kept along, NEGATIVE_SETS_MAX of them at most. Ends a positive set of (name, type)
 * and a CNAME there, but for the operator's own (TRUST_LOCAL), which keeps the negative
 * out. */
#define NEGATIVE_SETS_MAX                                                                \
	16u /* an SOA, and a wildcard's denial with DS and NSEC3 three times over */
void rrcache_put_negative(struct rrcache *c, enum rrcache_negative kind,
    const uint8_t *name, uint16_t type, const struct rrset *soa, uint64_t now_ms);
/**
 * rrcache_get_negative(c, name, type, now_ms, arena, proof):
 * NODATA for (name, type), or NXDOMAIN for ${name} or an ancestor (RFC 8020). ${*proof}
 * gets the list of sets kept along, TTLs remaining, or NULL; ${proof} may be NULL.
 * NEGATIVE_NONE when the arena is full.
 */
enum rrcache_negative rrcache_get_negative(struct rrcache *c, const uint8_t *name,
    uint16_t type, uint64_t now_ms, struct arena *arena, struct rrset **proof);
/** rrcache_get_negative_below(..., top): the same with only those ancestors that are
 * strictly below ${top}, a name known to exist as a zone (a stub or forward zone under a
 * name that the public DNS denies). */
enum rrcache_negative rrcache_get_negative_below(struct rrcache *c, const uint8_t *name,
    uint16_t type, const uint8_t *top, uint64_t now_ms, struct arena *arena,
    struct rrset **proof);

#define DELEGATION_NS_MAX    20u /* NXNSAttack: more NS than this are not processed */
#define DELEGATION_ADDRS_MAX 20u /* glue, all servers together */

struct delegation_server {
	const uint8_t *name; /* canonical */
	uint8_t addr_count;
	const struct addr *addrs; /* port 53 */
};
struct delegation {
	const uint8_t *zone; /* canonical */
	uint32_t ttl_sec;
	uint8_t server_count; /* 1..DELEGATION_NS_MAX */
	struct delegation_server *servers;
};
/**
 * rrcache_put_delegation(c, d, now_ms):
 * Copies what the parent of ${d->zone} said; replaces an older one. It lives no longer
 * than the delegation that encloses it (the root's apart), so that a name taken away by
 * its parent cannot live on through delegations of its own to ever deeper names (phoenix
 * domains). Servers and addresses past the two maxima are left out.
 */
void rrcache_put_delegation(
    struct rrcache *c, const struct delegation *d, uint64_t now_ms);
/** rrcache_find_delegation(c, name, now_ms, arena): the deepest live delegation at or
 * above ${name}; NULL when none (start from the root hints). For type DS start with the
 * parent name (RFC 4035 3.1.4.1). */
struct delegation *rrcache_find_delegation(
    struct rrcache *c, const uint8_t *name, uint64_t now_ms, struct arena *arena);

/** rrcache_find_cut(c, name, now_ms, cut): the zone that rrcache_find_delegation would
 * give, without its servers: what recursion itself has learnt of zone cuts. False when
 * none is known. */
bool rrcache_find_cut(
    struct rrcache *c, const uint8_t *name, uint64_t now_ms, struct dname *cut);

/**
 * rrcache_put_failure(c, name, type, ede_code, now_ms):
 * Remembers; returns for how many seconds. The time doubles when it fails again after the
 * last one was over; a failure told again meanwhile (by another worker) changes nothing.
 * Forgotten after success (rrcache_put, rrcache_put_negative, rrcache_forget_failure), or
 * failure_ttl_max_sec after its end.
 */
uint32_t rrcache_put_failure(
    struct rrcache *c, const uint8_t *name, uint16_t type, int ede_code, uint64_t now_ms);
/** rrcache_put_failure_least(..., least_sec, ...): the same, for ${least_sec} at least:
 * of a name that is answered with stale data meanwhile (RFC 8767 5). */
uint32_t rrcache_put_failure_least(struct rrcache *c, const uint8_t *name, uint16_t type,
    int ede_code, uint32_t least_sec, uint64_t now_ms);
/** rrcache_get_failure(c, name, type, now_ms, ede_code): true while the failure is to be
 * remembered. */
bool rrcache_get_failure(struct rrcache *c, const uint8_t *name, uint16_t type,
    uint64_t now_ms, int *ede_code);
/** rrcache_forget_failure(c, name, type): it was answered by other means (a CNAME, a
 * referral). */
void rrcache_forget_failure(struct rrcache *c, const uint8_t *name, uint16_t type);

/** rrcache_forget_failures(c, which): those whose code ${which} says; returns how many.
 * Walks everything: for operators. */
size_t rrcache_forget_failures(struct rrcache *c, bool (*which)(int ede_code));

/** rrcache_flush(c, name, subtree): forgets all kinds of entries of ${name} (and below);
 * returns how many. Walks everything: for operators. Denials that cover the name go too
 * (cache/rrcache_denial.h). */
size_t rrcache_flush(struct rrcache *c, const uint8_t *name, bool subtree);

#endif
