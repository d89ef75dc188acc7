#ifndef DNSSEC_CHAIN_H
#define DNSSEC_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dname.h"
#include "base/rrset.h"
#include "resolver/dnssec/denial.h"
#include "resolver/dnssec/rrsig.h"

/*
 * The chain of trust from a zone whose status is known down to the zone that a name is
 * in (RFC 4035 5.2, 5.3). It asks for nothing itself: it says which DS or DNSKEY set it
 * wants next and is told what came.
 */

/** The status of one zone. Whoever copies it takes care of the reference in ${keys}. */
struct chain_zone {
	struct dname name;
	uint8_t security;	   /* enum rrset_security; UNCHECKED: not yet known */
	enum dnssec_reason reason; /* BOGUS, INSECURE: why */
	struct dnssec_keys *keys;  /* SECURE: one reference; else NULL */
	uint32_t ttl_sec;	   /* how long this may be believed */
};

struct chain {
	struct dname target;	/* a name in the zone that is looked for */
	struct chain_zone zone; /* the deepest known zone at or above it */
	uint8_t labels; /* no cut between the zone and the target's suffix of so many */
	bool nxdomain;	/* the last denial proved that there is no such name, not just no
			   DS */
	const struct rrset *ds; /* believed, of ${wanted}; its DNSKEY set is wanted */
	struct dname wanted;
};

/** What a question about DS or DNSKEY brought. Lists are looked at, and marked SECURE set
 * by set where a signature was good; sections as in a message. */
struct chain_reply {
	bool failed; /* nobody answered */
	uint16_t rcode;
	struct rrset *answer, *authority;
};

/** What checks need beside data: see dnssec_check. */
struct chain_tools {
	struct dnssec_clock clock;
	struct dnssec_budget *budget;
	struct arena *scratch; /* reset at each check: holds nothing of the caller's */
	struct arena *keep;    /* what outlives the call */
};

/** chain_init(c, target, zone): starts at ${zone}, whose security is known; takes its
 * reference on keys. */
void chain_init(struct chain *c, const uint8_t *target, const struct chain_zone *zone);
/** chain_init_anchor(c, target, ds): starts at an anchor (borrowed). */
void chain_init_anchor(struct chain *c, const uint8_t *target, const struct rrset *ds);
/** chain_fini(c): gives the reference back; the struct may be used anew. */
void chain_fini(struct chain *c);

/**
 * chain_wants(c, type):
 * The name whose DS or DNSKEY set (${*type}) comes next; NULL: the chain has ended, and
 * ${c->zone} is the status of the target. Borrows.
 */
const uint8_t *chain_wants(struct chain *c, uint16_t *type);

/**
 * chain_take_ds / chain_take_dnskey(c, reply, tools):
 * What chain_wants asked for has come. DNSSEC_OK: the chain is further on. DNSSEC_YIELD:
 * nothing has changed, the same call again later. Otherwise the reply is not to be
 * believed and nothing has changed: ask another server, or chain_fail.
 * chain_take_ds may be told of a deeper name between what was wanted and the target, when
 * a DS set of it is at hand: ${name}.
 * *${new_zone}: ${c->zone} is another one now, worth remembering.
 */
enum dnssec_reason chain_take_ds(struct chain *c, const uint8_t *name,
    const struct chain_reply *reply, const struct chain_tools *tools, bool *new_zone);
enum dnssec_reason chain_take_dnskey(struct chain *c, const struct chain_reply *reply,
    const struct chain_tools *tools, bool *new_zone);
/** chain_fail(c, reason, ttl_sec): all that was tried failed: the zone wanted is bogus.
 */
void chain_fail(struct chain *c, enum dnssec_reason reason, uint32_t ttl_sec);

/** chain_signer(set, name, type, out): the first signer of ${set} that could be the zone
 * of
 * ${name} (of a DS set: strictly above it); false: none. */
bool chain_signer(const struct rrset *set, const uint8_t *name, struct dname *out);

/** chain_cap_ttl(set): before any check: ${set} lives no longer than the TTL that each of
 * its signatures names as signed (RFC 4035 5.3.3); its own TTL is not signed. */
void chain_cap_ttl(struct rrset *set);
/** chain_check(set, keys, tools, out): dnssec_check, and ${set} is marked and its TTL
 * capped when it is good. */
enum dnssec_reason chain_check(struct rrset *set, const struct dnssec_keys *keys,
    const struct chain_tools *tools, struct dnssec_checked *out);
/**
 * chain_denies(claim, name, type, labels, keys, sets, tools, reason):
 * denial_check with those NSEC and NSEC3 sets of ${sets} that ${keys} vouch for.
 * DENIAL_LIMIT with DNSSEC_YIELD: again, later, with the same.
 */
enum denial_result chain_denies(enum denial_claim claim, const uint8_t *name,
    uint16_t type, unsigned labels, const struct dnssec_keys *keys, struct rrset *sets,
    const struct chain_tools *tools, enum dnssec_reason *reason);
/** chain_denies_as(nxdomain, ...): the claim that the RCODE made, ${*nxdomain} or NODATA;
 * NODATA proved in the place of NXDOMAIN makes that false. */
enum denial_result chain_denies_as(bool *nxdomain, const uint8_t *name, uint16_t type,
    const struct dnssec_keys *keys, struct rrset *sets, const struct chain_tools *tools,
    enum dnssec_reason *reason);

#endif
