#ifndef DNSSEC_RRSIG_H
#define DNSSEC_RRSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/rrset.h"

/*
 * One signature over one RRset (RFC 4034 3, 4035 5.3), and the keys of a zone that may
 * have made it. Pure over wire data: no cache, no clock; the validation time is a
 * parameter. Signature checks go to OpenSSL's EVP with the zone's keys parsed once and
 * kept.
 */

/** Why a check came out as it did; each has its extended error (RFC 8914, 9276). */
enum dnssec_reason {
	DNSSEC_OK,
	DNSSEC_NO_SIGNATURE,	      /* EDE 10 */
	DNSSEC_NO_KEY,		      /* EDE 9: no DNSKEY with this tag and algorithm */
	DNSSEC_UNSUPPORTED_ALGORITHM, /* EDE 1: insecure, not bogus, when all are */
	DNSSEC_UNSUPPORTED_DIGEST,    /* EDE 2 */
	DNSSEC_EXPIRED,		      /* EDE 7 */
	DNSSEC_NOT_YET_VALID,	      /* EDE 8 */
	DNSSEC_EXPIRED_BEFORE_VALID,  /* EDE 6: inception after expiration */
	DNSSEC_NO_ZONE_KEY_BIT,	      /* EDE 11 */
	DNSSEC_WRONG_SIGNER,  /* EDE 6: not the zone, or more labels than the owner has */
	DNSSEC_BAD_SIGNATURE, /* EDE 6 */
	DNSSEC_LIMIT, /* EDE 0: the budget of verifications is used up (KeyTrap) */
	DNSSEC_MISSING_PROOF,	 /* EDE 12 */
	DNSSEC_NSEC3_ITERATIONS, /* EDE 27: insecure */
	DNSSEC_INNER,		 /* EDE 0: memory, OpenSSL */
	DNSSEC_YIELD		 /* no result yet: the slice is used up, see below */
};
/** dnssec_ede(r): its extended error code. dnssec_text(r): a few words; lives for ever.
 */
int dnssec_ede(enum dnssec_reason r);
/** dnssec_is_ede(code): one of those that validation gives (RFC 8914 4.2 to 4.13 and RFC
 * 9276, but for stale answers and the like between). */
bool dnssec_is_ede(int code);
const char *dnssec_text(enum dnssec_reason r);

/*
 * Work is weighed in units of about a microsecond of a slow core, by tables
 * (tests/bench/validate prints what a unit takes here); no clock is read.
 *
 * DNSSEC_SLICE: after so much of it, or so many verifications, in one go, other questions
 * come first. The operation that goes beyond is still done: 1,100 units at most.
 * DNSSEC_WORK_MAX: of one question in all. 32 verifications of the dearest algorithm
 * would come to 36,000; no honest question needs more than some 20 of them.
 */
#define DNSSEC_SLICE 2000u
/* Of a step that comes with a reply: there may be many in one turn of the loop, while
 * only one question goes on with what it has left. Five signatures of ECDSA P-256 fit in.
 */
#define DNSSEC_SLICE_FIRST	   500u
#define DNSSEC_SLICE_VERIFICATIONS 16u
#define DNSSEC_WORK_MAX		   25000u

/**
 * What one client question may spend on validation; counted down, and ${work} up, by all
 * who check. All zero but the first two is a budget that is never sliced.
 *
 * Slices: with ${memo} and ${slice_max} set a check that has used its slice up returns
 * DNSSEC_YIELD (of a denial: DENIAL_LIMIT with that reason) and has changed nothing but
 * the budget. Called again with the same arguments after dnssec_slice_begin, it goes on
 * where it was, for what was computed is remembered by its content in ${memo}: a
 * verification or a hash that is there costs nothing. Each call computes at least one
 * that is new, so this ends.
 */
struct dnssec_memo; /* memo.h */
struct dnssec_budget {
	uint32_t verifications; /* public-key operations left: 32 at the start */
	uint32_t hashes;	/* NSEC3 hashes left: 128 */
	uint32_t work;		/* units spent so far, up to DNSSEC_WORK_MAX */
	uint32_t slice;		/* of which in this slice */
	uint32_t slice_max;	/* of a slice; 0: never sliced */
	uint16_t slice_verifications;
	bool progress;		  /* something new was computed in this slice */
	struct dnssec_memo *memo; /* NULL: nothing is remembered; borrowed */
};
/** dnssec_slice_begin(b): other questions have been served: a new slice. */
void dnssec_slice_begin(struct dnssec_budget *b);
struct dnssec_clock {
	uint32_t now_sec; /* since 1970 modulo 2^32 (RFC 4034 3.1.5: serial arithmetic) */
	uint32_t skew_sec; /* tolerated either way */
};

/** Algorithms 5, 7, 8, 10 (RSA), 13, 14 (ECDSA), 15, 16 (Ed25519, Ed448); digests 1,
 * 2, 4. RSA keys below 512 or above 4096 bits are not supported; nor is what the OpenSSL
 * of this machine does not do, by its version or by a policy (SHA-1): tried once, when
 * the first of these functions is called, with a good signature each (2 ms). */
bool dnssec_algorithm_supported(uint8_t algorithm);
bool dnssec_digest_supported(uint8_t digest);
/** dnssec_algorithm_missing(after): the first algorithm behind ${after} of which only the
 * machine is the reason that it is not supported; 0: no more. */
uint8_t dnssec_algorithm_missing(uint8_t after);

/** The keys of one zone, parsed once, counted by reference, immutable, shared by workers.
 */
struct dnssec_keys;
/**
 * dnssec_keys_new(dnskey, out):
 * Keys that cannot be used (wrong protocol, no zone bit, revoked, unsupported, malformed)
 * are left out; of one tag and algorithm at most 2 are kept. One reference.
 * Errors: ERR_NOMEM; ERR_NOTFOUND: none usable.
 */
MUST_USE enum err dnssec_keys_new(const struct rrset *dnskey, struct dnssec_keys **out);
struct dnssec_keys *dnssec_keys_ref(struct dnssec_keys *k);
void dnssec_keys_unref(struct dnssec_keys *k);
const uint8_t *dnssec_keys_zone(const struct dnssec_keys *k);
size_t dnssec_keys_bytes(const struct dnssec_keys *k);

/** What a good signature tells besides. */
struct dnssec_checked {
	bool wildcard;	/* labels < the owner's: a denial of the owner itself is needed */
	uint8_t labels; /* of the RRSIG */
	uint32_t
	    ttl_max_sec; /* min(original TTL, left until expiration): RFC 4035 5.3.3 */
};
/**
 * dnssec_check(set, keys, clock, budget, scratch, out):
 * Some RRSIG beside ${set} is good: signer equal to the keys' zone, owner in it, labels
 * at most the owner's, time, a key of that tag and algorithm with the zone bit, the
 * signature itself over the canonical form (RFC 4034 6.2, 6840 5.1). Tries at most 8
 * RRSIGs and what the budget has left. ${scratch} may be reset afterwards. DNSSEC_OK with
 * ${out} filled, or the reason that says most.
 */
enum dnssec_reason dnssec_check(const struct rrset *set, const struct dnssec_keys *keys,
    const struct dnssec_clock *clock, struct dnssec_budget *budget, struct arena *scratch,
    struct dnssec_checked *out);

/**
 * dnssec_check_dnskey(dnskey, ds, clock, budget, scratch, out):
 * A zone's DNSKEY set is vouched for by its parent's DS set ${ds} (or a trust anchor in
 * that form): some DS of a supported algorithm and digest matches a key, and that key has
 * signed the set (RFC 4035 5.2). When no DS has both supported:
 * DNSSEC_UNSUPPORTED_ALGORITHM or _DIGEST: the zone is insecure. SHA-1 is not looked at
 * when a stronger digest of a supported algorithm is there (RFC 4509 3). Of digests that
 * are no key's each call makes four (limits: of a zone), then DNSSEC_LIMIT; what they
 * cost is the question's work, which is never reset.
 * DNSSEC_OK: ${*out} has one reference.
 */
enum dnssec_reason dnssec_check_dnskey(const struct rrset *dnskey, const struct rrset *ds,
    const struct dnssec_clock *clock, struct dnssec_budget *budget, struct arena *scratch,
    struct dnssec_keys **out);

/** dnssec_key_tag(rdata, len): RFC 4034 appendix B, with its special case for
 * algorithm 1. */
uint16_t dnssec_key_tag(const uint8_t *rdata, size_t len);

#endif
