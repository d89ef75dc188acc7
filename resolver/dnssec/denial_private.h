#ifndef DNSSEC_DENIAL_PRIVATE_H
#define DNSSEC_DENIAL_PRIVATE_H

#include "resolver/dnssec/denial.h"

/*
 * What denial.c, nsec.c and nsec3.c share: one claim about one name, and the two ways to
 * prove it. Nothing outside these files includes this.
 */

/* Records looked at for one claim. A proof needs three, a question may have 32 signatures
 * checked in all: what comes behind 64 is not there to help. */
#define DENIAL_RECORDS_MAX 64u

/** A claim; borrows all it points to. ${name} is at or below ${zone}. */
struct denial {
	enum denial_claim claim;
	const uint8_t *name;
	uint16_t type;
	unsigned wildcard_labels;
	const uint8_t *zone;
};

/**
 * denial_set_usable(set, type):
 * ${set} is of ${type}, holds the one record that a name may have, and stands under its
 * own name: no RRSIG beside it has fewer labels than its owner.
 */
bool denial_set_usable(const struct rrset *set, uint16_t type);
/** denial_wildcard_fits(d): ${wildcard_labels} names a wildcard of the zone above the
 * name. */
bool denial_wildcard_fits(const struct denial *d);
/** denial_wildcard(name, labels, out): the wildcard at the last ${labels} labels of
 * ${name}; false: ${name} has no more. */
bool denial_wildcard(const uint8_t *name, unsigned labels, uint8_t out[DNAME_MAX]);

/** nsec_prove(d, sets): the claim by the NSEC sets alone: DENIAL_PROVED or
 * DENIAL_NOT_PROVED. */
enum denial_result nsec_prove(const struct denial *d, const struct rrset *sets);
/** nsec3_prove(d, sets, budget, reason): the claim by the NSEC3 sets alone; ${*reason} as
 * denial_check gives it. */
enum denial_result nsec3_prove(const struct denial *d, const struct rrset *sets,
    struct dnssec_budget *budget, enum dnssec_reason *reason);

#endif
