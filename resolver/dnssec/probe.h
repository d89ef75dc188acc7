#ifndef DNSSEC_PROBE_H
#define DNSSEC_PROBE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A good signature of each algorithm, to find out whether the OpenSSL of this machine
 * verifies it: a system's crypto policy may forbid SHA-1 in signatures, or all but what
 * FIPS names, and then fails the check instead of saying so. What does not work is an
 * algorithm that is not supported (RFC 4035 5.2, RFC 8624 3.1): insecure, not bogus.
 */
struct probe {
	const uint8_t *key; /* the public key field of a DNSKEY */
	size_t key_len;
	const uint8_t *sig; /* over PROBE_TEXT */
	size_t sig_len;
};
#define PROBE_TEXT "sekisho"

/** probe_of(algorithm): NULL: there is none. */
const struct probe *probe_of(uint8_t algorithm);

#endif
