#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/dns.h"
#include "resolver/serve/weigh.h"

/* What of an answer is told to the detector as having come down. */

static const struct hashkey plain = { 0, 0 }, secret = { 0x0123456789abcdef, 42 };
static const uint8_t owner[] = "\4data\7example\3com", signer[] = "\7example\3com";

static struct detect_answer
weigh(const struct hashkey *key, const struct weigh_message *m)
{
	struct detect_answer a = { 0 };

	weigh_answer(key, m, &a);
	return a;
}

static uint32_t
pieces_bytes(const struct detect_answer *a)
{
	uint32_t sum = a->rest_bytes;

	for (unsigned i = 0; i < a->piece_count; i++)
		sum += a->pieces[i].bytes;
	return sum;
}

/* Eight TXT records of six characters each. */
static struct detect_answer
weigh_texts(const struct hashkey *key, const char *const texts[8])
{
	uint8_t bytes[8][8];
	struct rdata rdata[8];
	struct rrset set = {
		.owner = owner, .type = TYPE_TXT, .count = 8, .rdata = rdata
	};

	for (unsigned i = 0; i < 8; i++) {
		bytes[i][0] = 6;
		memcpy(bytes[i] + 1, texts[i], 6);
		rdata[i] = (struct rdata){ 7, bytes[i] };
	}
	return weigh(key, &(struct weigh_message){ .answer = &set });
}

/* Found in two seconds by a search over four times two lists (Wagner, "A generalized
 * birthday problem", 2002): whoever knows the key has as many as he likes. */
static void
other_data_of_the_same_sum_take_the_key_to_find(void **state)
{
	static const char *const one[] = { "a0000c", "b3b6d4", "c19418", "d252d4",
		"e22b87", "f183e2", "g0ee16", "h08ef9" };
	static const char *const other[] = { "a00125", "b005e6", "c1058c", "d2d737",
		"e105a4", "f31779", "g1732f", "h3f7b9" };

	(void)state;
	assert_true(
	    weigh_texts(&plain, one).rdata_hash == weigh_texts(&plain, other).rdata_hash);
	assert_true(weigh_texts(&secret, one).rdata_hash !=
		    weigh_texts(&secret, other).rdata_hash);
	assert_true(
	    weigh_texts(&secret, one).rdata_hash == weigh_texts(&secret, one).rdata_hash);
	assert_int_equal(weigh_texts(&secret, one).rdata_bytes, 56);
}

/* ---- signatures ---- */

#define SIG_MAX 1200

/* An A record with signatures of these lengths. */
static uint32_t
signed_bytes(enum rrset_security security, bool dnssec, size_t count, const size_t *len)
{
	static uint8_t sigs[8][SIG_MAX];
	struct rdata sig[8], a = { 4, (const uint8_t *)"\xc0\0\2\1" };
	struct rrset set = { .owner = owner,
		.type = TYPE_A,
		.security = (uint8_t)security,
		.count = 1,
		.rdata = &a,
		.sig_count = (uint16_t)count,
		.sigs = sig };
	struct detect_answer out;

	for (size_t i = 0; i < count; i++) {
		memset(sigs[i], (int)i + 1, sizeof(sigs[i]));
		memcpy(sigs[i] + 18, signer, sizeof(signer));
		sig[i] =
		    (struct rdata){ (uint16_t)(18 + sizeof(signer) + len[i]), sigs[i] };
	}
	out = weigh(&secret, &(struct weigh_message){ .answer = &set, .dnssec = dnssec });
	return pieces_bytes(&out) - 4;
}

static void
signatures_count_when_they_are_none(void **state)
{
	const size_t curve[] = { 64 }, rsa[] = { 256 }, junk[] = { 1024 },
		     two[] = { 64, 1024 };
	const enum rrset_security secure = SECURITY_SECURE, not = SECURITY_INSECURE;
	const size_t fixed = 18 + sizeof(signer);

	(void)state;
	assert_int_equal(signed_bytes(not, true, 0, NULL), 0);
	assert_int_equal(signed_bytes(not, true, 1, curve), 0);
	assert_int_equal(signed_bytes(secure, true, 1, rsa), 0);
	assert_int_equal(signed_bytes(not, true, 1, rsa), (256 - 64) / 4);
	assert_int_equal(signed_bytes(not, true, 1, junk), (512 - 64) / 4 + (1024 - 512));
	assert_int_equal(signed_bytes(not, true, 2, two), fixed + 1024);
	assert_int_equal(signed_bytes(secure, true, 2, two), fixed + 1024);
	/* Who does not ask for DNSSEC does not get them. */
	assert_int_equal(signed_bytes(not, false, 2, two), 0);
}

static void
a_signer_that_is_no_zone_of_the_owner_is_data(void **state)
{
	static const uint8_t elsewhere[] = "\6abcdef\6ghijkl";
	uint8_t sig[18 + sizeof(elsewhere) + 64] = { 0 };
	struct rdata a = { 4, (const uint8_t *)"\xc0\0\2\1" }, r = { sizeof(sig), sig };
	struct rrset set = { .owner = owner,
		.type = TYPE_A,
		.count = 1,
		.rdata = &a,
		.sig_count = 1,
		.sigs = &r };
	struct detect_answer out;

	(void)state;
	memcpy(sig + 18, elsewhere, sizeof(elsewhere));
	out = weigh(&secret, &(struct weigh_message){ .answer = &set, .dnssec = true });
	assert_int_equal(pieces_bytes(&out), 4 + sizeof(elsewhere) / 4);
}

/* ---- the other sections ---- */

static void
what_stands_beside_an_answer_counts_when_the_client_gets_it(void **state)
{
	static const uint8_t next[] = "\11what-next\7example\3com\0\0\1\x40";
	static const uint8_t bitmap[700];
	struct rdata proof = { sizeof(next) - 1, next }, host = { sizeof(owner), owner },
		     address = { 4, (const uint8_t *)"\xc0\0\2\1" };
	struct rrset glue = {
		.owner = owner, .type = TYPE_A, .count = 1, .rdata = &address
	};
	struct rrset ns = {
		.owner = signer, .type = TYPE_NS, .count = 1, .rdata = &host
	};
	struct rrset nsec = { .owner = owner,
		.type = TYPE_NSEC,
		.count = 1,
		.rdata = &proof,
		.next = &ns };
	struct weigh_message m = { .authority = &nsec, .additional = &glue };
	struct detect_answer out = weigh(&secret, &m);

	(void)state;
	assert_int_equal(pieces_bytes(&out), 0);
	m.dnssec = true;
	out = weigh(&secret, &m);
	assert_int_equal(pieces_bytes(&out), (sizeof(next) - 1 + sizeof(owner)) / 4);
	m.whole = true;
	out = weigh(&secret, &m);
	assert_int_equal(pieces_bytes(&out),
	    (sizeof(next) - 1 + sizeof(owner)) / 4 + sizeof(owner) + 4);
	/* Longer than any proof needs to be. */
	proof = (struct rdata){ sizeof(bitmap), bitmap };
	m.whole = false;
	out = weigh(&secret, &m);
	assert_int_equal(
	    pieces_bytes(&out), 128 / 4 + sizeof(bitmap) + sizeof(owner) - 128);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_data_of_the_same_sum_take_the_key_to_find),
		cmocka_unit_test(signatures_count_when_they_are_none),
		cmocka_unit_test(a_signer_that_is_no_zone_of_the_owner_is_data),
		cmocka_unit_test(
		    what_stands_beside_an_answer_counts_when_the_client_gets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
