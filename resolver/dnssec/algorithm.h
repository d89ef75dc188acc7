#ifndef DNSSEC_ALGORITHM_H
#define DNSSEC_ALGORITHM_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "base/err.h"
#include "resolver/dnssec/rrsig.h"

/*
 * Signature algorithms: from a DNSKEY's public key field to something that verifies.
 * Knows OpenSSL and the formats of RFC 3110, 6605 and 8080; knows no records, tags or
 * times.
 */

/** A public key made ready once. Immutable: any number of threads may verify with it. */
struct algorithm_key;

/**
 * algorithm_key_new(algorithm, bytes, len, out):
 * The public key field of a DNSKEY. Returns a new one.
 * Errors: ERR_NOTFOUND (unknown algorithm, or one that does not work here), ERR_MALFORMED
 * (no such key, a point off the curve), ERR_RANGE (RSA whose modulus or exponent is not
 * supported), ERR_NOMEM.
 */
MUST_USE enum err algorithm_key_new(
    uint8_t algorithm, const uint8_t *bytes, size_t len, struct algorithm_key **out);
void algorithm_key_free(struct algorithm_key *k);
/** algorithm_key_bytes(k): memory held, as measured for keys of its kind. */
size_t algorithm_key_bytes(const struct algorithm_key *k);
/** algorithm_key_cost(k): of one verification of a short text, in units of work
 * (rrsig.h); at most ALGORITHM_COST_MAX. */
uint32_t algorithm_key_cost(const struct algorithm_key *k);
#define ALGORITHM_COST_MAX 1100u
/* Of parsing a key: 7 (EdDSA) to 40 (P-384) microseconds. */
#define ALGORITHM_COST_PARSE 30u
/** algorithm_key_id(k, len): bytes that no key with another algorithm or public key has.
 * Borrows. */
const uint8_t *algorithm_key_id(const struct algorithm_key *k, size_t *len);
/** algorithm_key_fits(k, len): a signature by this key has ${len} bytes. */
bool algorithm_key_fits(const struct algorithm_key *k, size_t len);

/**
 * algorithm_verify(k, work, data, len, sig, sig_len):
 * One public-key operation. ${work} is the caller's, used and left in any state.
 * DNSSEC_OK, DNSSEC_BAD_SIGNATURE or DNSSEC_INNER (OpenSSL could not do it).
 */
enum dnssec_reason algorithm_verify(const struct algorithm_key *k, EVP_MD_CTX *work,
    const uint8_t *data, size_t len, const uint8_t *sig, size_t sig_len);

#endif
