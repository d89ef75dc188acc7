#ifndef DNSSEC_DENIAL_H
#define DNSSEC_DENIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rrset.h"
#include "resolver/dnssec/rrsig.h"

/*
 * Authenticated denial (RFC 4035 5.4, 5155 8, 7129, 9077): what a list of NSEC or NSEC3
 * sets proves. The sets are already validated, each signed by ${zone}; the caller has put
 * only such into the list, and none whose signature was a wildcard's
 * (dnssec_checked.wildcard; CVE-2017-15105). Pure; NSEC3 hashes are counted against the
 * budget in every path.
 */

/** What is to be proved about (name, type). */
enum denial_claim {
	DENIAL_NXDOMAIN, /* no such name, and no wildcard that covers it */
	DENIAL_NODATA, /* the name (or an empty non-terminal, or a wildcard) is there, the
			  type is not */
	DENIAL_WILDCARD_ANSWER, /* the name itself is not there: an answer expanded from a
				   wildcard is right */
	DENIAL_NO_DS /* a delegation without DS; opt-out counts (RFC 5155 8.9), an apex
			does not (RFC 6840 4.4) */
};
enum denial_result {
	DENIAL_PROVED,
	DENIAL_PROVED_INSECURE, /* by opt-out, or more iterations than
				   NSEC3_ITERATIONS_MAX (RFC 9276 3.2) */
	DENIAL_NOT_PROVED,	/* bogus */
	DENIAL_LIMIT /* hashes used up, for now or for good, or OpenSSL failed: nothing
			can be said */
};
#define NSEC3_ITERATIONS_MAX 50u

/**
 * denial_check(claim, name, type, wildcard_labels, zone, sets, budget, reason):
 * ${name} canonical, at or below ${zone}; ${wildcard_labels}: the RRSIG's labels, for
 * DENIAL_WILDCARD_ANSWER. ${sets}: NSEC or NSEC3, never believed together (NSEC first).
 * An NSEC whose owner or next name is outside the zone, and an ancestor delegation's used
 * for a name beneath it (RFC 6840 4.1), prove nothing. Unknown hash algorithms, and flags
 * other than opt-out, are ignored sets (RFC 5155 8.1, 8.2), and so is a set of several
 * records.
 * ${reason}: DNSSEC_OK when proved, by opt-out too; DNSSEC_NSEC3_ITERATIONS when insecure
 * by iterations; DNSSEC_MISSING_PROOF; DNSSEC_LIMIT, DNSSEC_YIELD or DNSSEC_INNER.
 */
enum denial_result denial_check(enum denial_claim claim, const uint8_t *name,
    uint16_t type, unsigned wildcard_labels, const uint8_t *zone,
    const struct rrset *sets, struct dnssec_budget *budget, enum dnssec_reason *reason);

/** nsec_covers(owner, next, name): canonical order with the wrap at the zone's end (RFC
 * 4034 4.1.1). */
bool nsec_covers(const uint8_t *owner, const uint8_t *next, const uint8_t *name);
/** nsec_has_type(bitmap, len, type): bounds-checked look into a type bitmap (RFC
 * 4034 4.1.2); behind bytes that are no window there are no types. */
bool nsec_has_type(const uint8_t *bitmap, size_t len, uint16_t type);
/** nsec3_hash(name, salt, salt_len, iterations, out): SHA-1 (RFC 5155 5) of ${name} in
 * lower case; false: OpenSSL failed. */
bool nsec3_hash(const uint8_t *name, const uint8_t *salt, uint8_t salt_len,
    uint16_t iterations, uint8_t out[20]);

/** One record by itself, for those who look for a proof among many. */
struct nsec_view {
	const uint8_t *owner, *next; /* borrowed from the set */
	bool ends_here; /* a cut or a DNAME: the zone says nothing of what is beneath */
	bool is_cut;	/* NS without SOA */
};
struct nsec3_view {
	uint8_t hash[20]; /* of its owner */
	const uint8_t *next, *salt;
	uint16_t iterations;
	uint8_t salt_len;
	bool opt_out, ends_here, is_cut;
};
/** nsec_view(set, zone, out) / nsec3_view(set, zone, out): false when ${set} is one that
 * denial_check would ignore. */
bool nsec_view(const struct rrset *set, const uint8_t *zone, struct nsec_view *out);
bool nsec3_view(const struct rrset *set, const uint8_t *zone, struct nsec3_view *out);
/** nsec3_view_covers(n, hash): ${hash} lies strictly between owner and next. */
bool nsec3_view_covers(const struct nsec3_view *n, const uint8_t hash[20]);

#endif
