#ifndef DNSSEC_KEYS_H
#define DNSSEC_KEYS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/dnssec/algorithm.h"
#include "resolver/dnssec/rrsig.h"

/*
 * What dnssec_keys is made of, for the files of this folder alone.
 */

/* KeyTrap: a tag is 16 bits of checksum, so two keys may share one by chance, three only
 * by intent. */
#define KEYS_SAME_TAG_MAX 2u
/* Parsing costs, and whoever has a zone may put 100 keys into it; the fullest of the
 * public DNS have a dozen. */
#define KEYS_USABLE_MAX 32u

/** One record of a DNSKEY set. */
struct keys_entry {
	uint16_t record; /* its index in the set */
	uint16_t tag;
	uint8_t algorithm;
	enum dnssec_reason unfit;  /* DNSSEC_OK: usable; else why not */
	struct algorithm_key *key; /* NULL when unfit */
};
struct dnssec_keys {
	atomic_uint refs;
	struct dname zone; /* canonical */
	size_t bytes;
	uint16_t usable;
	uint16_t count;
	struct keys_entry
	    entries[]; /* ${count}, the usable ones of one tag in the order to try them */
};

/**
 * keys_new(dnskey, only, out):
 * As dnssec_keys_new, but what is unfit stays with its reason, and none usable is no
 * error.
 * ${only}: NULL, or RRSET_RECORDS_MAX flags: the records to begin with.
 */
MUST_USE enum err keys_new(
    const struct rrset *dnskey, const bool *only, struct dnssec_keys **out);
/**
 * keys_add_others(k, dnskey, only):
 * The records that keys_new left for later, behind those it took: of many with one tag
 * these are the ones that are left out. Not once others know ${k}.
 */
MUST_USE enum err keys_add_others(
    struct dnssec_keys *k, const struct rrset *dnskey, const bool *only);

#endif
