#include "resolver/dnssec/denial_private.h"

#include "base/dns.h"
#include "resolver/wire/reader.h"

/*
 * Denial: how a zone proves that it does not have something, and what that costs us.
 *
 * Sources: RFC 4035 5.4 (NSEC), RFC 5155 8 (NSEC3), RFC 6840 4 (what both forgot), RFC
 * 7129 (the whole, told well), RFC 4592 (wildcards), RFC 9276 (iterations), RFC 9824
 * (denials made on the spot).
 *
 * A zone puts its names in a ring, by canonical order (nsec.c) or by the order of their
 * hashes (nsec3.c). Each record stands at one name and tells two things: the types there,
 * and the next name of the ring. So a record *matches* its own name and *covers* all that
 * would lie between the two. Everything else follows:
 *
 *   1. A name is not there when a record covers it. Then the deepest of its ancestors
 * that is there is its closest encloser, and the only wildcard that could answer for it
 * is the one directly beneath that (RFC 4592 3.3.1).
 *   2. NXDOMAIN: a record covers the name and one covers that wildcard.
 *   3. NODATA: a record matches the name and lacks the type; or the name is an empty
 *      non-terminal; or the name is not there and a record that matches the wildcard
 *      lacks the type.
 *   4. An answer from a wildcard: the name is not there, and its closest encloser is the
 *      wildcard's parent.
 *   5. A delegation without DS: a record matches it with NS and with neither DS nor SOA;
 *      or, with NSEC3, an opt-out span covers it.
 *
 * What a record may not be used for, although its signature is good:
 *
 *   a. Names beneath a delegation or a DNAME at which it stands (RFC 6840 4.1): "no
 *      www.example.com in com" is true and says nothing.
 *   b. At a cut, the parent's record speaks of DS alone and the child's of all but DS.
 *   c. A name other than the one it was signed for. The record of a wildcard verifies
 *      under each name that the wildcard covers, and would then match and cover at will
 *      (CVE-2017-15105). Its RRSIG has fewer labels than its owner: that gives it away.
 *   d. Anything out of the zone that signed it.
 *
 * An RCODE is signed by nobody. Some servers say NXDOMAIN of an empty non-terminal, and
 * anybody on the way may: where the records prove NODATA (3), that is what holds, and the
 * callers ask for it second.
 *
 * A list may hold both kinds, from a zone on its way from one to the other. Each has to
 * prove the claim alone: first NSEC, which costs nothing, then NSEC3.
 *
 * What a stranger can make us spend: comparisons, a few thousand at the worst, and
 * hashes, each counted against the question's budget before it is made (CVE-2023-50868).
 */

/* Type covered, algorithm, then the labels (RFC 4034 3.1). */
#define RRSIG_BEFORE_LABELS 3u

static bool
is_wildcard(const uint8_t *name)
{
	return name[0] == 1 && name[1] == '*';
}

/* Rule c. The asterisk of a wildcard is not counted in an RRSIG (RFC 4034 3.1.3). */
static bool
sig_is_of_owner(const struct rdata *sig, const uint8_t *owner)
{
	struct reader r;
	unsigned labels = dname_labels(owner) - is_wildcard(owner);

	reader_init(&r, sig->bytes, sig->len);
	reader_skip(&r, RRSIG_BEFORE_LABELS);
	return reader_u8(&r) == labels && !r.failed;
}

bool
denial_set_usable(const struct rrset *set, uint16_t type)
{
	if (set->type != type || set->class != CLASS_IN || set->count != 1)
		return false;
	/* Which of them was the good one is not known here, so none may be of another
	 * name. */
	for (unsigned i = 0; i < set->sig_count; i++) {
		if (!sig_is_of_owner(&set->sigs[i], set->owner))
			return false;
	}
	return true;
}

bool
denial_wildcard_fits(const struct denial *d)
{
	return d->wildcard_labels < dname_labels(d->name) &&
	       d->wildcard_labels >= dname_labels(d->zone);
}

bool
denial_wildcard(const uint8_t *name, unsigned labels, uint8_t out[DNAME_MAX])
{
	static const uint8_t asterisk[] = { 1, '*', 0 };

	return labels < dname_labels(name) &&
	       dname_concat(out, asterisk, 1, dname_suffix(name, labels)) == ERR_OK;
}

enum denial_result
denial_check(enum denial_claim claim, const uint8_t *name, uint16_t type,
    unsigned wildcard_labels, const uint8_t *zone, const struct rrset *sets,
    struct dnssec_budget *budget, enum dnssec_reason *reason)
{
	const struct denial d = { claim, name, type, wildcard_labels, zone };

	*reason = DNSSEC_MISSING_PROOF;
	if (!dname_is_below(name, zone))
		return DENIAL_NOT_PROVED;
	if (nsec_prove(&d, sets) == DENIAL_PROVED) {
		*reason = DNSSEC_OK;
		return DENIAL_PROVED;
	}
	return nsec3_prove(&d, sets, budget, reason);
}
