#ifndef DNSSEC_CHECK_H
#define DNSSEC_CHECK_H

#include "resolver/dnssec/keys.h"
#include "resolver/dnssec/rrsig.h"

/**
 * check_set(set, keys, only, clock, budget, scratch, out):
 * dnssec_check, where ${only} is NULL or RRSET_RECORDS_MAX flags: keys of other records
 * of the DNSKEY set count as if they were not there.
 */
enum dnssec_reason check_set(const struct rrset *set, const struct dnssec_keys *keys,
    const bool *only, const struct dnssec_clock *clock, struct dnssec_budget *budget,
    struct arena *scratch, struct dnssec_checked *out);

#endif
