#include "resolver/dnssec/reason.h"

#include "base/dns.h"

/* The extended errors of validation (RFC 8914 4, RFC 9276 6), which nobody else needs. */
enum {
	EDE_UNSUPPORTED_DNSKEY_ALGORITHM = 1,
	EDE_UNSUPPORTED_DS_DIGEST = 2,
	EDE_SIGNATURE_EXPIRED = 7,
	EDE_SIGNATURE_NOT_YET_VALID = 8,
	EDE_DNSKEY_MISSING = 9,
	EDE_RRSIGS_MISSING = 10,
	EDE_NO_ZONE_KEY_BIT_SET = 11,
	EDE_NSEC_MISSING = 12,
	EDE_UNSUPPORTED_NSEC3_ITERATIONS = 27
};

/*
 * ${telling}: when several signatures of a set fail for several reasons, the highest is
 * handed on. It follows how far a signature came: one that was wrong says more than one
 * that was out of date, and that says more than one by somebody else. A check that was
 * not carried to its end stands above all, for it might have come out otherwise.
 */
static const struct {
	int ede;
	unsigned telling;
	const char *text;
} reasons[] = {
	[DNSSEC_OK] = { EDE_NONE, 0, "valid" },
	[DNSSEC_NO_SIGNATURE] = { EDE_RRSIGS_MISSING, 1, "no signature" },
	[DNSSEC_WRONG_SIGNER] = { EDE_BOGUS, 2,
	    "signed by another zone or with wrong labels" },
	[DNSSEC_NO_KEY] = { EDE_DNSKEY_MISSING, 3, "no key for the signature" },
	[DNSSEC_NO_ZONE_KEY_BIT] = { EDE_NO_ZONE_KEY_BIT_SET, 4,
	    "key without the zone bit" },
	[DNSSEC_EXPIRED_BEFORE_VALID] = { EDE_BOGUS, 5,
	    "signature expires before it is valid" },
	[DNSSEC_NOT_YET_VALID] = { EDE_SIGNATURE_NOT_YET_VALID, 6,
	    "signature not yet valid" },
	[DNSSEC_EXPIRED] = { EDE_SIGNATURE_EXPIRED, 7, "signature expired" },
	[DNSSEC_BAD_SIGNATURE] = { EDE_BOGUS, 8, "signature does not match" },
	[DNSSEC_UNSUPPORTED_ALGORITHM] = { EDE_UNSUPPORTED_DNSKEY_ALGORITHM, 9,
	    "unsupported algorithm" },
	[DNSSEC_UNSUPPORTED_DIGEST] = { EDE_UNSUPPORTED_DS_DIGEST, 9,
	    "unsupported digest" },
	[DNSSEC_MISSING_PROOF] = { EDE_NSEC_MISSING, 9, "denial not proved" },
	[DNSSEC_NSEC3_ITERATIONS] = { EDE_UNSUPPORTED_NSEC3_ITERATIONS, 9,
	    "too many NSEC3 iterations" },
	[DNSSEC_INNER] = { EDE_OTHER, 10, "validation could not be carried out" },
	[DNSSEC_LIMIT] = { EDE_OTHER, 11, "too much work to validate" },
	[DNSSEC_YIELD] = { EDE_OTHER, 12, "not yet validated" },
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))
_Static_assert(REASONS == DNSSEC_YIELD + 1, "a row for every reason");

int
dnssec_ede(enum dnssec_reason r)
{
	return FAILS((unsigned)r >= REASONS) ? EDE_OTHER : reasons[r].ede;
}

bool
dnssec_is_ede(int code)
{
	return code == EDE_UNSUPPORTED_DNSKEY_ALGORITHM ||
	       code == EDE_UNSUPPORTED_DS_DIGEST ||
	       code == EDE_UNSUPPORTED_NSEC3_ITERATIONS ||
	       (code >= EDE_INDETERMINATE && code <= EDE_NSEC_MISSING);
}

const char *
dnssec_text(enum dnssec_reason r)
{
	return FAILS((unsigned)r >= REASONS) ? "unknown" : reasons[r].text;
}

enum dnssec_reason
reason_telling(enum dnssec_reason a, enum dnssec_reason b)
{
	return reasons[a].telling >= reasons[b].telling ? a : b;
}
