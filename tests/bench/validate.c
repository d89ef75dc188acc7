#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/dns.h"
#include "resolver/dnssec/algorithm.h"
#include "resolver/dnssec/denial.h"
#include "resolver/dnssec/memo.h"
#include "resolver/dnssec/rrsig.h"

/*
 * What validation costs on this machine, in CPU time of this thread:
 *
 *   1. One verification, one hash, one key parsed: microseconds, and the units of work
 *      that stand for it (resolver/dnssec/rrsig.h). A unit should be about one of the
 *      former.
 *   2. One hostile question: as many wrong signatures as there may be, of each algorithm,
 *      over a short set and one of 60 KB, and as many hashes as there may be. The longest
 *      slice, and all of it. The bars are 5 ms and 50 ms.
 */

#define MUST(condition) ((condition) ? (void)0 : abort())
#define NOW		1700000000u
#define SIGS		8u
#define ARENA		((size_t)4 << 20)
#define BAR_SLICE_US	5000u
#define BAR_QUESTION_US 50000u

static const struct hashkey key = { 1, 2 };

static double
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* ---- keys ---- */

struct subject {
	const char *name;
	uint8_t algorithm;
	int bits; /* RSA */
	size_t sig_len;
	uint8_t dnskey[600];
	size_t dnskey_len;
};

static struct subject subjects[] = {
	{ .name = "RSASHA256, 2048 bits", .algorithm = 8, .bits = 2048, .sig_len = 256 },
	{ .name = "RSASHA512, 4096 bits", .algorithm = 10, .bits = 4096, .sig_len = 512 },
	{ .name = "ECDSA P-256", .algorithm = 13, .sig_len = 64 },
	{ .name = "ECDSA P-384", .algorithm = 14, .sig_len = 96 },
	{ .name = "Ed25519", .algorithm = 15, .sig_len = 64 },
	{ .name = "Ed448", .algorithm = 16, .sig_len = 114 },
};
#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static EVP_PKEY *
generate(const struct subject *s)
{
	switch (s->algorithm) {
	case 13:
		return EVP_EC_gen("P-256");
	case 14:
		return EVP_EC_gen("P-384");
	case 15:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case 16:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
	default:
		return EVP_RSA_gen((unsigned)s->bits);
	}
}

/* The public key field of a DNSKEY. */
static size_t
public_field(const struct subject *s, EVP_PKEY *pkey, uint8_t *out)
{
	size_t len = 0;
	BIGNUM *n = NULL;

	if (s->bits > 0) {
		memcpy(out, "\3\1\0\1", 4);
		MUST(EVP_PKEY_get_bn_param(pkey, "n", &n) == 1);
		len = 4 + (size_t)BN_bn2bin(n, out + 4);
		BN_free(n);
	} else if (s->algorithm >= 15) {
		len = 64;
		MUST(EVP_PKEY_get_raw_public_key(pkey, out, &len) == 1);
	} else {
		uint8_t point[200];

		MUST(EVP_PKEY_get_octet_string_param(
			 pkey, "pub", point, sizeof(point), &len) == 1);
		memcpy(out, point + 1, --len);
	}
	return len;
}

static void
subject_make(struct subject *s)
{
	EVP_PKEY *pkey = generate(s);

	MUST(pkey != NULL);
	memcpy(s->dnskey, "\1\1\3", 3);
	s->dnskey[3] = s->algorithm;
	s->dnskey_len = 4 + public_field(s, pkey, s->dnskey + 4);
	EVP_PKEY_free(pkey);
}

/* ---- sets ---- */

static void
put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		out[i] = (uint8_t)value;
}

static const uint8_t zone[] = "\7example";

/* ${len} bytes of TXT in one record, and ${SIGS} signatures that are none. */
static struct rrset *
bad_set(struct arena *arena, const struct subject *s, size_t len, uint8_t serial)
{
	struct rrset *set = arena_alloc(arena, sizeof(*set));
	uint8_t *data = arena_alloc(arena, len), *sig;
	uint16_t tag = dnssec_key_tag(s->dnskey, s->dnskey_len);

	*set = (struct rrset){ .owner = zone,
		.type = TYPE_TXT,
		.class = CLASS_IN,
		.ttl_sec = 300,
		.count = 1,
		.sig_count = SIGS };
	set->rdata = arena_alloc(arena, sizeof(*set->rdata));
	set->sigs = arena_alloc(arena, SIGS * sizeof(*set->sigs));
	memset(data, serial, len);
	set->rdata[0] = (struct rdata){ .len = (uint16_t)len, .bytes = data };
	for (unsigned i = 0; i < SIGS; i++) {
		size_t sig_len = 18 + sizeof(zone) + s->sig_len;

		sig = arena_alloc(arena, sig_len);
		memcpy(sig, "\0\20", 2);
		sig[2] = s->algorithm;
		sig[3] = 1;
		put_u32(sig + 4, 300);
		put_u32(sig + 8, NOW + 1000);
		put_u32(sig + 12, NOW - 1000);
		sig[16] = (uint8_t)(tag >> 8);
		sig[17] = (uint8_t)tag;
		memcpy(sig + 18, zone, sizeof(zone));
		MUST(RAND_bytes(sig + 18 + sizeof(zone), (int)s->sig_len) == 1);
		/* Below the modulus and the order, so that all of the arithmetic is done.
		 */
		sig[18 + sizeof(zone)] = 1;
		sig[18 + sizeof(zone) + s->sig_len / 2] = 1;
		sig[18 + sizeof(zone) + s->sig_len - 1] &= 0x0f;
		if (s->algorithm == 16) /* 446 bits in 57 bytes, twice */
			sig[18 + sizeof(zone) + 56] = sig[18 + sizeof(zone) + 113] = 0;
		set->sigs[i] = (struct rdata){ .len = (uint16_t)sig_len, .bytes = sig };
	}
	return set;
}

static struct dnssec_keys *
keys_of(const struct subject *s)
{
	struct rdata rdata = { .len = (uint16_t)s->dnskey_len, .bytes = s->dnskey };
	struct rrset set = { .owner = zone,
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.count = 1,
		.rdata = &rdata };
	struct dnssec_keys *keys;

	MUST(dnssec_keys_new(&set, &keys) == ERR_OK);
	return keys;
}

/* ---- 1 ---- */

static void
measure_key(const struct subject *s)
{
	enum { TIMES = 50 };
	struct algorithm_key *k = NULL;
	EVP_MD_CTX *work = EVP_MD_CTX_new();
	uint8_t text[100] = { 1 }, sig[600] = { 1, 1 };
	double parse_us, verify_us, began_us = cpu_us();

	for (unsigned i = 0; i < TIMES; i++) {
		algorithm_key_free(k);
		MUST(algorithm_key_new(
			 s->algorithm, s->dnskey + 4, s->dnskey_len - 4, &k) == ERR_OK);
	}
	parse_us = (cpu_us() - began_us) / TIMES;
	memset(sig + s->sig_len / 2, 1, 8);
	began_us = cpu_us();
	for (unsigned i = 0; i < TIMES; i++)
		MUST(algorithm_verify(k, work, text, sizeof(text), sig, s->sig_len) !=
		     DNSSEC_OK);
	verify_us = (cpu_us() - began_us) / TIMES;
	printf("  %-24s parse %6.1f us (%u)   verify %7.1f us (%u)\n", s->name, parse_us,
	    ALGORITHM_COST_PARSE, verify_us, algorithm_key_cost(k));
	algorithm_key_free(k);
	EVP_MD_CTX_free(work);
}

/* ---- 2 ---- */

struct figures {
	double longest_us, all_us;
	unsigned slices, operations;
	uint32_t work;
};

static void
figures_slice(struct figures *f, double us)
{
	f->slices++;
	f->all_us += us;
	if (us > f->longest_us)
		f->longest_us = us;
}

static void
figures_print(const char *what, const struct figures *f)
{
	printf("  %-40s %3u operations, %2u slices, longest %6.2f ms, all %6.2f ms, %u "
	       "units%s\n",
	    what, f->operations, f->slices, f->longest_us / 1e3, f->all_us / 1e3, f->work,
	    f->longest_us > BAR_SLICE_US || f->all_us > BAR_QUESTION_US
		? "  ABOVE THE BAR"
		: "");
}

static struct dnssec_budget
budget(struct arena *arena)
{
	return (struct dnssec_budget){ .verifications = 32,
		.hashes = 128,
		.slice_max = DNSSEC_SLICE,
		.memo = dnssec_memo_new(arena, &key) };
}

static void
hostile_signatures(const struct subject *s, size_t len)
{
	struct arena *arena = arena_new(ARENA), *scratch = arena_new(ARENA);
	struct dnssec_keys *keys = keys_of(s);
	struct dnssec_clock clock = { .now_sec = NOW };
	struct dnssec_budget b = budget(arena);
	struct figures f = { .slices = 0 };
	enum dnssec_reason reason = DNSSEC_BAD_SIGNATURE;
	struct dnssec_checked checked;
	char what[64];

	for (uint8_t serial = 1; reason != DNSSEC_LIMIT && serial < 8; serial++) {
		struct rrset *set = bad_set(arena, s, len, serial);

		do {
			double began_us = cpu_us();

			dnssec_slice_begin(&b);
			arena_reset(scratch);
			reason = dnssec_check(set, keys, &clock, &b, scratch, &checked);
			figures_slice(&f, cpu_us() - began_us);
			MUST(reason != DNSSEC_OK && reason != DNSSEC_INNER);
		} while (reason == DNSSEC_YIELD);
	}
	f.operations = 32 - b.verifications;
	f.work = b.work;
	snprintf(what, sizeof(what), "%s, %zu bytes", s->name, len);
	figures_print(what, &f);
	dnssec_keys_unref(keys);
	arena_free(scratch);
	arena_free(arena);
}

/* A record that covers nothing of use, so that every label of the name is hashed. */
static struct rrset *
useless_nsec3(struct arena *arena, uint8_t salt_len)
{
	static const uint8_t owner[] = "\40"
				       "00000000000000000000000000000000"
				       "\7example";
	uint8_t rdata[6 + 255 + 21] = { 1, 0, 0, NSEC3_ITERATIONS_MAX, salt_len };

	rdata[5 + salt_len] = 20;
	rdata[6 + salt_len + 19] = 1;
	return rrset_new_one(arena, owner, TYPE_NSEC3, 300, rdata, 6u + salt_len + 20u);
}

static void
hostile_hashes(uint8_t salt_len)
{
	struct arena *arena = arena_new(ARENA);
	struct dnssec_budget b = budget(arena);
	struct rrset *set = useless_nsec3(arena, salt_len);
	struct figures f = { .slices = 0 };
	enum dnssec_reason reason = DNSSEC_OK;
	uint8_t name[DNAME_MAX];
	char what[64];

	for (uint8_t serial = 0; reason != DNSSEC_LIMIT && serial < 200; serial++) {
		size_t at = 0;

		for (unsigned i = 0; i < 100; i++) {
			name[at++] = 1;
			name[at++] = (uint8_t)('!' + serial);
		}
		memcpy(name + at, zone, sizeof(zone));
		do {
			double began_us = cpu_us();

			dnssec_slice_begin(&b);
			(void)denial_check(
			    DENIAL_NXDOMAIN, name, TYPE_A, 0, zone, set, &b, &reason);
			figures_slice(&f, cpu_us() - began_us);
		} while (reason == DNSSEC_YIELD);
	}
	f.operations = 128 - b.hashes;
	f.work = b.work;
	snprintf(what, sizeof(what), "NSEC3, %u iterations, salt of %u bytes",
	    NSEC3_ITERATIONS_MAX, salt_len);
	figures_print(what, &f);
	arena_free(arena);
}

int
main(void)
{
	printf("One operation, in microseconds (and in units of work):\n");
	for (size_t i = 0; i < SUBJECTS; i++) {
		subject_make(&subjects[i]);
		measure_key(&subjects[i]);
	}
	printf("One hostile question (a slice has %u units, a question %u):\n",
	    DNSSEC_SLICE, DNSSEC_WORK_MAX);
	for (size_t i = 0; i < SUBJECTS; i++) {
		hostile_signatures(&subjects[i], 100);
		hostile_signatures(&subjects[i], 60000);
	}
	hostile_hashes(0);
	hostile_hashes(255);
	return 0;
}
