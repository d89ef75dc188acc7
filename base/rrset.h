#ifndef BASE_RRSET_H
#define BASE_RRSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dname.h"
#include "base/err.h"

/*
 * An RRset as every layer hands it to the next: parsed from a packet, kept in
 * the cache, written into an answer. The struct and all it points to live in
 * somebody's arena; there is no free.
 *
 * Rdata is in wire form with every name in it uncompressed; names in rdata keep
 * their case. RRSIGs stand beside the set they cover (RFC 4035 2.2); as a set
 * of their own only in the answer to a question for them, which no record cache keeps.
 */

#define RRSET_RECORDS_MAX 100u /* CVE-2024-11187: nobody needs more, attackers do */
#define RRSET_RRSIGS_MAX  8u   /* KeyTrap, CVE-2023-50387 */

struct rdata {
	uint16_t len;
	const uint8_t *bytes;
};

/* How far a set can be believed (RFC 2181 5.4.1), least first. */
enum rrset_trust {
	TRUST_NONE = 0,
	TRUST_HINT,	  /* shipped root hints */
	TRUST_GLUE,	  /* additional data of a referral */
	TRUST_DELEGATION, /* NS of a referral, at the parent */
	TRUST_AUTHORITY,  /* authority section of an authoritative answer */
	TRUST_ANSWER,	  /* answer section without AA (forwarders) */
	TRUST_ANSWER_AA,  /* answer section with AA */
	TRUST_LOCAL	  /* the operator's own */
};

/* What validation said (RFC 4035 4.3). UNCHECKED until the validator stands. */
enum rrset_security {
	SECURITY_UNCHECKED = 0,
	SECURITY_INDETERMINATE,
	SECURITY_INSECURE,
	SECURITY_SECURE,
	SECURITY_BOGUS
};

struct rrset {
	const uint8_t *owner; /* canonical name */
	uint16_t type;
	uint16_t class;
	uint32_t ttl_sec; /* remaining, at the time the set was handed out */
	uint8_t trust;	  /* enum rrset_trust */
	uint8_t security; /* enum rrset_security */
	bool cut; /* of a reply: more came than RRSET_RECORDS_MAX; half a set is none */
	uint16_t count;	     /* 1..RRSET_RECORDS_MAX */
	uint16_t sig_count;  /* 0..RRSET_RRSIGS_MAX */
	struct rdata *rdata; /* ${count} of them */
	struct rdata *sigs;  /* ${sig_count} of them: RRSIG rdata */
	struct rrset *next;  /* in a list; NULL at its end */
};

/** rrset_copy(arena, set): returns a new deep copy in ${arena}, ${next} NULL; NULL at its
 * limit. */
struct rrset *rrset_copy(struct arena *arena, const struct rrset *set);
/** rrset_new_one(arena, owner, type, ttl_sec, rdata, len): a set of one record, class IN,
 * all copied. NULL at the limit. */
struct rrset *rrset_new_one(struct arena *arena, const uint8_t *owner, uint16_t type,
    uint32_t ttl_sec, const void *rdata, size_t len);
/** rrset_append(list, set): puts ${set} at the end of ${*list}. */
void rrset_append(struct rrset **list, struct rrset *set);
/** rrset_find(list, owner, type): the first match or NULL. */
struct rrset *rrset_find(struct rrset *list, const uint8_t *owner, uint16_t type);
/** rrset_find_same(list, set): the first of the owner, type and data of ${set}, or NULL.
 * Owner and type alone do not make two proofs one: at a cut its parent and the zone
 * itself have an NSEC record each. */
struct rrset *rrset_find_same(struct rrset *list, const struct rrset *set);
/** rrset_rdata_bytes(set): sum of the rdata lengths, without RRSIGs. */
size_t rrset_rdata_bytes(const struct rrset *set);
/** rrset_soa_minimum(set): the MINIMUM field of the first record of an SOA set; 0 if it
 * is too short. */
uint32_t rrset_soa_minimum(const struct rrset *set);

#endif
