#include "resolver/dnssec/algorithm.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "resolver/dnssec/probe.h"
#include "resolver/wire/reader.h"

/*
 * What one verification costs beside its arithmetic is what OpenSSL does to find the
 * algorithm's methods and to set a context up: 4 us of an RSA-2048 check of 27. So a key
 * keeps a context made ready for verifying, and each check starts from a copy of it,
 * which only counts references (0.6 us). The original is never changed once it stands, so
 * threads share it.
 *
 *   RSA, ECDSA   a template of EVP_PKEY_CTX with padding and digest set; the data are
 *                digested first.
 *   Ed25519/448  sign the data whole (RFC 8080 2): a template of EVP_MD_CTX.
 *
 * OpenSSL's error queue belongs to the thread and to whoever uses OpenSSL in it next
 * (TLS); what fails here is taken from it again.
 */

/*
 * The contract's bounds, which are those of RFC 5702 2.1. Keys of 512 bits were factored
 * long ago, but a zone that has one is no better served by taking its data unchecked, and
 * others check it. Above 4096 the arithmetic would be the attacker's to choose.
 */
#define RSA_BITS_MIN 512
#define RSA_BITS_MAX 4096
/* An exponent as long as the modulus makes a check 60 times as dear. OpenSSL itself draws
 * this line (OPENSSL_RSA_MAX_PUBEXP_BITS), but only above 3072 bits. */
#define RSA_EXPONENT_BITS_MAX 64
#define COORDINATE_MAX	      48u				/* P-384 */
#define DER_MAX		      (2u + 2u * (3u + COORDINATE_MAX)) /* below 128: short lengths */
_Static_assert(DER_MAX - 2 < 128, "the short form of DER's length");

enum kind { KIND_RSA, KIND_ECDSA, KIND_EDDSA };

struct algorithm {
	enum kind kind;
	const char *name;   /* OpenSSL's: the curve, or the key type of EdDSA */
	const char *digest; /* NULL: signs the data whole */
	size_t key_len;	    /* of the public key field; 0: varies */
	size_t sig_len;	    /* 0: as long as the modulus */
	unsigned cost;	    /* microseconds a check, as measured; RSA: see rsa_cost */
	size_t bytes; /* heap of one key as measured after its first check; RSA without
			 its modulus */
};

static const struct algorithm algorithms[] = {
	[5] = { KIND_RSA, "RSA", "SHA1", 0, 0, 0, 1500 },	    /* RFC 3110 */
	[7] = { KIND_RSA, "RSA", "SHA1", 0, 0, 0, 1500 },	    /* RFC 5155 2 */
	[8] = { KIND_RSA, "RSA", "SHA256", 0, 0, 0, 1500 },	    /* RFC 5702 */
	[10] = { KIND_RSA, "RSA", "SHA512", 0, 0, 0, 1500 },	    /* RFC 5702 */
	[13] = { KIND_ECDSA, "P-256", "SHA256", 64, 64, 90, 2750 }, /* RFC 6605 */
	[14] = { KIND_ECDSA, "P-384", "SHA384", 96, 96, ALGORITHM_COST_MAX,
	    2900 },						   /* RFC 6605 */
	[15] = { KIND_EDDSA, "ED25519", NULL, 32, 64, 160, 1000 }, /* RFC 8080 */
	[16] = { KIND_EDDSA, "ED448", NULL, 57, 114, 370, 1000 },  /* RFC 8080 */
};
#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

#define ID_LEN 32u /* SHA-256 */

struct algorithm_key {
	const struct algorithm *algorithm;
	uint8_t id[ID_LEN];
	size_t sig_len;
	EVP_MD *digest;	      /* NULL with EdDSA */
	EVP_PKEY_CTX *hashed; /* template for RSA and ECDSA */
	EVP_MD_CTX *whole;    /* template for EdDSA */
};

/* Written once, by probe_all. */
static pthread_once_t probed = PTHREAD_ONCE_INIT;
static bool works[ALGORITHMS];

static void probe_all(void);

static const struct algorithm *
algorithm_known(uint8_t number)
{
	if (number >= ALGORITHMS || algorithms[number].name == NULL)
		return NULL;
	return &algorithms[number];
}

static const struct algorithm *
algorithm_of(uint8_t number)
{
	const struct algorithm *a = algorithm_known(number);

	pthread_once(&probed, probe_all);
	return a != NULL && works[number] ? a : NULL;
}

bool
dnssec_algorithm_supported(uint8_t algorithm)
{
	return algorithm_of(algorithm) != NULL;
}

uint8_t
dnssec_algorithm_missing(uint8_t after)
{
	for (unsigned i = after + 1u; i < ALGORITHMS; i++)
		if (algorithm_known((uint8_t)i) != NULL &&
		    algorithm_of((uint8_t)i) == NULL)
			return (uint8_t)i;
	return 0;
}

/* OpenSSL says no to bad bytes and to missing memory in the same way; its queue knows. */
static bool
out_of_memory(void)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
}

/* --- from bytes to EVP_PKEY --- */

static EVP_PKEY *
pkey_from(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
rsa_pkey(const BIGNUM *e, const BIGNUM *n)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (build != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL)
		pkey = pkey_from("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static enum err
rsa_check(const BIGNUM *e, const BIGNUM *n)
{
	int bits = BN_num_bits(n);

	/* What no RSA key has. An even modulus would fail in each check anew. */
	if (!BN_is_odd(e) || BN_is_one(e) || !BN_is_odd(n))
		return ERR_MALFORMED;
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX ||
	    BN_num_bits(e) > RSA_EXPONENT_BITS_MAX)
		return ERR_RANGE;
	return ERR_OK;
}

/* RFC 3110 2: the exponent's length in one byte, or in two behind a zero; it; the
 * modulus. */
static enum err
rsa_new(const struct algorithm *a, const uint8_t *bytes, size_t len, EVP_PKEY **out)
{
	const uint8_t *exponent, *modulus;
	size_t exponent_len, modulus_len;
	struct reader r;
	BIGNUM *e, *n;
	enum err result = ERR_NOMEM;

	(void)a;
	reader_init(&r, bytes, len);
	if ((exponent_len = reader_u8(&r)) == 0)
		exponent_len = reader_u16(&r);
	exponent = reader_bytes(&r, exponent_len);
	modulus_len = reader_left(&r);
	modulus = reader_bytes(&r, modulus_len);
	if (r.failed || exponent_len == 0 || modulus_len == 0)
		return ERR_MALFORMED;
	e = BN_bin2bn(exponent, (int)exponent_len, NULL);
	n = BN_bin2bn(modulus, (int)modulus_len, NULL);
	if (e != NULL && n != NULL && (result = rsa_check(e, n)) == ERR_OK &&
	    (*out = rsa_pkey(e, n)) == NULL)
		result = ERR_MALFORMED;
	BN_free(e);
	BN_free(n);
	return result;
}

/* RFC 6605 4: x and y; SEC 1 puts 4 before them. OpenSSL sees whether that is on the
 * curve. */
static enum err
ecdsa_new(const struct algorithm *a, const uint8_t *bytes, size_t len, EVP_PKEY **out)
{
	uint8_t point[1 + 2 * COORDINATE_MAX] = { 4 };
	char curve[8];
	OSSL_PARAM params[3];

	memcpy(point + 1, bytes, len);
	memcpy(curve, a->name, strlen(a->name) + 1);
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
	params[1] =
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, len + 1);
	params[2] = OSSL_PARAM_construct_end();
	*out = pkey_from("EC", params);
	return *out != NULL ? ERR_OK : ERR_MALFORMED;
}

/* RFC 8080 3: the key as it is. */
static enum err
eddsa_new(const struct algorithm *a, const uint8_t *bytes, size_t len, EVP_PKEY **out)
{
	*out = EVP_PKEY_new_raw_public_key_ex(NULL, a->name, NULL, bytes, len);
	return *out != NULL ? ERR_OK : ERR_MALFORMED;
}

/* --- from EVP_PKEY to a template --- */

static bool
hashed_ready(struct algorithm_key *k, EVP_PKEY *pkey)
{
	if ((k->digest = EVP_MD_fetch(NULL, k->algorithm->digest, NULL)) == NULL ||
	    (k->hashed = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL)) == NULL ||
	    EVP_PKEY_verify_init(k->hashed) != 1)
		return false;
	if (k->algorithm->kind == KIND_RSA &&
	    EVP_PKEY_CTX_set_rsa_padding(k->hashed, RSA_PKCS1_PADDING) != 1)
		return false;
	return EVP_PKEY_CTX_set_signature_md(k->hashed, k->digest) == 1;
}

static bool
whole_ready(struct algorithm_key *k, EVP_PKEY *pkey)
{
	return (k->whole = EVP_MD_CTX_new()) != NULL &&
	       EVP_DigestVerifyInit_ex(k->whole, NULL, NULL, NULL, NULL, pkey, NULL) == 1;
}

/* The algorithm's number is part of it: the same RSA key may serve two of them. */
static bool
make_id(struct algorithm_key *k, const uint8_t *bytes, size_t len)
{
	uint8_t number = (uint8_t)(k->algorithm - algorithms);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool made = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
		    EVP_DigestUpdate(ctx, &number, 1) == 1 &&
		    EVP_DigestUpdate(ctx, bytes, len) == 1 &&
		    EVP_DigestFinal_ex(ctx, k->id, NULL) == 1;

	EVP_MD_CTX_free(ctx);
	return made;
}

/* The key's parts hold ${pkey} by reference from here on. */
static enum err
key_from(const struct algorithm *a, EVP_PKEY *pkey, const uint8_t *bytes, size_t len,
    struct algorithm_key **out)
{
	struct algorithm_key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ERR_NOMEM;
	k->algorithm = a;
	k->sig_len = a->sig_len > 0 ? a->sig_len : (size_t)EVP_PKEY_get_size(pkey);
	if (!make_id(k, bytes, len) ||
	    !(a->digest != NULL ? hashed_ready(k, pkey) : whole_ready(k, pkey))) {
		algorithm_key_free(k);
		return ERR_NOMEM;
	}
	*out = k;
	return ERR_OK;
}

static enum err
key_new(const struct algorithm *a, const uint8_t *bytes, size_t len,
    struct algorithm_key **out)
{
	static enum err (*const makers[])(
	    const struct algorithm *, const uint8_t *, size_t, EVP_PKEY **) = {
		[KIND_RSA] = rsa_new,
		[KIND_ECDSA] = ecdsa_new,
		[KIND_EDDSA] = eddsa_new,
	};
	EVP_PKEY *pkey = NULL;
	enum err e;

	if (a->key_len > 0 && len != a->key_len)
		return ERR_MALFORMED;
	ERR_set_mark();
	e = makers[a->kind](a, bytes, len, &pkey);
	if (e == ERR_MALFORMED && out_of_memory())
		e = ERR_NOMEM;
	if (e == ERR_OK)
		e = key_from(a, pkey, bytes, len, out);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return e;
}

enum err
algorithm_key_new(
    uint8_t algorithm, const uint8_t *bytes, size_t len, struct algorithm_key **out)
{
	const struct algorithm *a = algorithm_of(algorithm);

	return a != NULL ? key_new(a, bytes, len, out) : ERR_NOTFOUND;
}

void
algorithm_key_free(struct algorithm_key *k)
{
	if (k == NULL)
		return;
	EVP_MD_CTX_free(k->whole);
	EVP_PKEY_CTX_free(k->hashed);
	EVP_MD_free(k->digest);
	free(k);
}

size_t
algorithm_key_bytes(const struct algorithm_key *k)
{
	/* The modulus, and what Montgomery's multiplication keeps of it: as long, twice.
	 */
	size_t modulus = k->algorithm->kind == KIND_RSA ? 3 * k->sig_len : 0;

	return k->algorithm->bytes + modulus;
}

/* Squaring takes the square of the length: 24 us for 2048 bits, 83 us for 4096. */
static uint32_t
rsa_cost(size_t modulus_len)
{
	return 5 + (uint32_t)(modulus_len * modulus_len / 3300);
}

uint32_t
algorithm_key_cost(const struct algorithm_key *k)
{
	return k->algorithm->kind == KIND_RSA ? rsa_cost(k->sig_len) : k->algorithm->cost;
}

const uint8_t *
algorithm_key_id(const struct algorithm_key *k, size_t *len)
{
	*len = ID_LEN;
	return k->id;
}

bool
algorithm_key_fits(const struct algorithm_key *k, size_t len)
{
	return k->sig_len == len;
}

/* --- one check --- */

/* One INTEGER: no needless zeros in front, but one where the sign bit would be set. */
static size_t
der_integer(const uint8_t *bytes, size_t len, uint8_t *out)
{
	size_t pad;

	while (len > 1 && bytes[0] == 0) {
		bytes++;
		len--;
	}
	pad = bytes[0] >> 7;
	out[0] = 2;
	out[1] = (uint8_t)(pad + len);
	out[2] = 0;
	memcpy(out + 2 + pad, bytes, len);
	return 2 + pad + len;
}

/* RFC 6605 4: r and s, each as long as the curve's order; OpenSSL wants SEQUENCE { r, s
 * }. */
static size_t
der_signature(const uint8_t *sig, size_t sig_len, uint8_t out[DER_MAX])
{
	size_t half = sig_len / 2, len = 2;

	len += der_integer(sig, half, out + len);
	len += der_integer(sig + half, half, out + len);
	out[0] = 0x30;
	out[1] = (uint8_t)(len - 2);
	return len;
}

static bool
digest_of(const struct algorithm_key *k, EVP_MD_CTX *work, const uint8_t *data,
    size_t len, uint8_t out[EVP_MAX_MD_SIZE], unsigned *out_len)
{
	return EVP_DigestInit_ex2(work, k->digest, NULL) == 1 &&
	       EVP_DigestUpdate(work, data, len) == 1 &&
	       EVP_DigestFinal_ex(work, out, out_len) == 1;
}

/* The two below return what EVP_*_verify does, or NOT_DONE when it did not come to that.
 */
#define NOT_DONE (-100)

static int
verify_hashed(const struct algorithm_key *k, EVP_MD_CTX *work, const uint8_t *data,
    size_t len, const uint8_t *sig, size_t sig_len)
{
	uint8_t digest[EVP_MAX_MD_SIZE], der[DER_MAX];
	unsigned digest_len;
	EVP_PKEY_CTX *ctx;
	int result;

	if (!digest_of(k, work, data, len, digest, &digest_len) ||
	    (ctx = EVP_PKEY_CTX_dup(k->hashed)) == NULL)
		return NOT_DONE;
	if (k->algorithm->kind == KIND_ECDSA) {
		sig_len = der_signature(sig, sig_len, der);
		sig = der;
	}
	result = EVP_PKEY_verify(ctx, sig, sig_len, digest, digest_len);
	EVP_PKEY_CTX_free(ctx);
	return result;
}

static int
verify_whole(const struct algorithm_key *k, EVP_MD_CTX *work, const uint8_t *data,
    size_t len, const uint8_t *sig, size_t sig_len)
{
	if (EVP_MD_CTX_copy_ex(work, k->whole) != 1)
		return NOT_DONE;
	return EVP_DigestVerify(work, sig, sig_len, data, len);
}

enum dnssec_reason
algorithm_verify(const struct algorithm_key *k, EVP_MD_CTX *work, const uint8_t *data,
    size_t len, const uint8_t *sig, size_t sig_len)
{
	enum dnssec_reason reason = DNSSEC_OK;
	int result;

	if (!algorithm_key_fits(k, sig_len))
		return DNSSEC_BAD_SIGNATURE;
	ERR_set_mark();
	result = k->whole != NULL ? verify_whole(k, work, data, len, sig, sig_len)
				  : verify_hashed(k, work, data, len, sig, sig_len);
	/* A signature that does not even decode is an error to OpenSSL, a wrong one to
	 * us. */
	if (result != 1)
		reason = result == NOT_DONE || out_of_memory() ? DNSSEC_INNER
							       : DNSSEC_BAD_SIGNATURE;
	ERR_pop_to_mark();
	return reason;
}

/* --- what works here --- */

static bool
probe_one(const struct algorithm *a, const struct probe *p, EVP_MD_CTX *work)
{
	struct algorithm_key *k = NULL;
	bool good;

	if (key_new(a, p->key, p->key_len, &k) != ERR_OK)
		return false;
	good = algorithm_verify(k, work, (const uint8_t *)PROBE_TEXT, strlen(PROBE_TEXT),
		   p->sig, p->sig_len) == DNSSEC_OK;
	algorithm_key_free(k);
	return good;
}

static void
probe_all(void)
{
	EVP_MD_CTX *work = EVP_MD_CTX_new();

	for (unsigned i = 0; i < ALGORITHMS && work != NULL; i++) {
		const struct algorithm *a = algorithm_known((uint8_t)i);
		const struct probe *p = probe_of((uint8_t)i);

		works[i] = a != NULL && p != NULL && probe_one(a, p, work);
	}
	EVP_MD_CTX_free(work);
}
