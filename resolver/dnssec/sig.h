#ifndef DNSSEC_SIG_H
#define DNSSEC_SIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/dnssec/rrsig.h"

/*
 * The fields of one RRSIG (RFC 4034 3.1), and what they say without any key.
 */

#define SIG_FIXED 18u /* bytes before the signer's name */

struct sig {
	const uint8_t *fixed; /* SIG_FIXED bytes as they came; borrows the rdata */
	uint16_t covered;
	uint8_t algorithm;
	uint8_t labels;
	uint32_t original_ttl_sec;
	uint32_t expiration;
	uint32_t inception;
	uint16_t tag;
	struct dname signer;  /* canonical */
	const uint8_t *bytes; /* the signature; borrows */
	size_t len;	      /* at least 1 */
};

/** sig_read(rdata, out): false when it is not an RRSIG's, a compressed signer included.
 */
bool sig_read(const struct rdata *rdata, struct sig *out);
/** sig_owner_labels(owner): as RRSIG counts them: without the root and a leading "*" (RFC
 * 4034 3.1.3). */
unsigned sig_owner_labels(const uint8_t *owner);
/** sig_scope(s, set, zone): the signature may speak for ${set} in ${zone}: DNSSEC_OK or
 * DNSSEC_WRONG_SIGNER, DNSSEC_NO_SIGNATURE when it covers another type. */
enum dnssec_reason sig_scope(
    const struct sig *s, const struct rrset *set, const uint8_t *zone);
/** sig_time(s, clock): DNSSEC_OK or what is wrong with its times. */
enum dnssec_reason sig_time(const struct sig *s, const struct dnssec_clock *clock);
/** sig_left_sec(s, now_sec): seconds until it expires; 0 when it has. */
uint32_t sig_left_sec(const struct sig *s, uint32_t now_sec);

#endif
