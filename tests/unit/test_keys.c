#include "tests/unit/dnssec_fixture.h"

#include <pthread.h>

#include <openssl/err.h>

enum { AT_FLAGS = 0, AT_PROTOCOL = 2, AT_ALGORITHM = 3, AT_KEY = 4 };

/* --- tags and tables --- */

static void
tags_are_those_that_others_compute(void **state)
{
	/* Algorithm 1: bits of the modulus; its last three bytes are 12 34 56. */
	static const uint8_t md5[] = "\1\0\3\1\1\3\xaa\x12\x34\x56";

	(void)state;
	assert_int_equal(dnssec_key_tag(md5, sizeof(md5) - 1), 0x1234);
	assert_int_equal(dnssec_key_tag(BYTES("\1\0\3\1")), 0x0003);
	assert_int_equal(dnssec_key_tag(BYTES("\1\0\3")), 0);
	assert_int_equal(dnssec_key_tag(NULL, 0), 0);
	/* The sum is 0x1ffff: the carry comes back in once. */
	assert_int_equal(dnssec_key_tag(BYTES("\xff\xff\xff\xff\0\1")), 0);
	assert_int_equal(dnssec_key_tag(BYTES("\1\0\3\15\7")), 0x0b0d);
	for (size_t i = 0; i < COUNT(all_algorithms); i++) {
		struct fixture f;
		struct rrset *set;
		const uint8_t *sig;

		fixture_load_algorithm(&f, all_algorithms[i]);
		set = fixture_find(&f, "example", TYPE_DNSKEY);
		sig = set->sigs[0].bytes;
		assert_int_equal(dnssec_key_tag(set->rdata[0].bytes, set->rdata[0].len),
		    sig[16] << 8 | sig[17]);
		fixture_free(&f);
	}
}

static void
supported_is_what_the_contract_lists(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 256; n++) {
		bool listed = false;

		for (size_t i = 0; i < COUNT(all_algorithms); i++)
			listed |= all_algorithms[i] == n;
		assert_int_equal(dnssec_algorithm_supported((uint8_t)n), listed);
		assert_int_equal(
		    dnssec_digest_supported((uint8_t)n), n == 1 || n == 2 || n == 4);
	}
}

/* --- which keys are kept --- */

/* A set of one key, and what dnssec_keys_new says of it. */
static enum err
try_key(const uint8_t *bytes, size_t len)
{
	struct rdata rdata = { .len = (uint16_t)len, .bytes = bytes };
	struct rrset set = { .owner = NAME("\7example"),
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.count = 1,
		.rdata = &rdata };
	struct dnssec_keys *keys;
	enum err e = dnssec_keys_new(&set, &keys);

	assert_int_equal(keys != NULL, e == ERR_OK);
	dnssec_keys_unref(keys);
	assert_int_equal(ERR_peek_error(), 0); /* nothing left for TLS to find */
	return e;
}

static void
unusable_keys_are_left_out(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		enum err expected;
	} cases[] = {
		{ AT_FLAGS + 1, 1, ERR_OK },
		{ AT_FLAGS + 1, 0, ERR_OK },	      /* without SEP */
		{ AT_FLAGS, 0, ERR_NOTFOUND },	      /* no zone bit */
		{ AT_FLAGS + 1, 0x81, ERR_NOTFOUND }, /* revoked */
		{ AT_PROTOCOL, 2, ERR_NOTFOUND },
		{ AT_ALGORITHM, 12, ERR_NOTFOUND }, /* GOST */
		{ AT_ALGORITHM, 14, ERR_NOTFOUND }, /* too short for P-384 */
		{ AT_ALGORITHM, 15, ERR_NOTFOUND }, /* too long for Ed25519 */
		{ AT_KEY, 0, ERR_NOTFOUND },	    /* off the curve */
		{ AT_KEY + 63, 0, ERR_NOTFOUND },
	};
	struct fixture f;
	struct rdata *key;

	(void)state;
	fixture_load_algorithm(&f, 13);
	key = &fixture_find(&f, "example", TYPE_DNSKEY)->rdata[0];
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t *at = bytes_of(key) + cases[i].at, before = *at;

		*at = cases[i].value;
		assert_int_equal(try_key(key->bytes, key->len), cases[i].expected);
		*at = before;
	}
	for (uint16_t len = 0; len < key->len; len++)
		assert_int_equal(try_key(key->bytes, len), ERR_NOTFOUND);
	fixture_free(&f);
}

/* An RSA DNSKEY of algorithm 8 with a modulus of ${bits} bits; returns its length. */
static size_t
make_rsa(uint8_t *out, unsigned exponent_len, uint8_t exponent_last, unsigned bits)
{
	size_t len = (bits + 7) / 8, at = 5;

	memcpy(out, "\1\0\3\10", 4);
	out[4] = (uint8_t)exponent_len;
	memset(out + at, 1, exponent_len);
	at += exponent_len;
	out[at - 1] = exponent_last;
	memset(out + at, 0xff, len);
	out[at] = (uint8_t)(0xffu >> (len * 8 - bits));
	return at + len;
}

static void
rsa_keys_are_bounded_in_size_and_exponent(void **state)
{
	static const struct {
		unsigned exponent_len;
		uint8_t exponent_last;
		unsigned bits;
		enum err expected;
	} cases[] = {
		{ 1, 3, 1024, ERR_OK },
		{ 3, 1, 2048, ERR_OK },
		{ 3, 1, 4096, ERR_OK },
		{ 3, 1, 4097, ERR_NOTFOUND },
		{ 1, 3, 512, ERR_OK },
		{ 1, 3, 511, ERR_NOTFOUND },
		{ 8, 1, 2048, ERR_OK },	      /* 57 bits */
		{ 9, 1, 2048, ERR_NOTFOUND }, /* 65 */
		{ 200, 1, 2048, ERR_NOTFOUND },
		{ 1, 1, 2048, ERR_NOTFOUND }, /* anything would be its own signature */
		{ 1, 2, 2048, ERR_NOTFOUND }, /* even */
		{ 1, 0, 2048, ERR_NOTFOUND },
	};
	uint8_t key[1024];
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		len = make_rsa(
		    key, cases[i].exponent_len, cases[i].exponent_last, cases[i].bits);
		if (try_key(key, len) != cases[i].expected)
			fail_msg("case %zu", i);
	}
	len = make_rsa(key, 3, 1, 2048);
	key[len - 1] = 0xfe; /* an even modulus */
	assert_int_equal(try_key(key, len), ERR_NOTFOUND);
	/* Lengths that reach past the end, and the long form of the exponent's. */
	assert_int_equal(try_key(BYTES("\1\0\3\10\5\1\0\1")), ERR_NOTFOUND);
	assert_int_equal(try_key(BYTES("\1\0\3\10\3\1\0\1")), ERR_NOTFOUND);
	assert_int_equal(try_key(BYTES("\1\0\3\10\0\xff\xff\1")), ERR_NOTFOUND);
	assert_int_equal(try_key(BYTES("\1\0\3\10\0\0\0\1")), ERR_NOTFOUND);
	memmove(key + 7, key + 5, len - 5);
	memcpy(key + 4, "\0\0\3", 3);
	key[len + 1] = 0xff;
	assert_int_equal(try_key(key, len + 2), ERR_OK);
}

static void
keys_are_counted_by_reference_and_know_their_size(void **state)
{
	struct fixture f;
	struct dnssec_keys *again;

	(void)state;
	fixture_load(&f, "rich.zone");
	assert_true(dname_equal(dnssec_keys_zone(f.keys), NAME("\7example")));
	assert_true(dnssec_keys_bytes(f.keys) > 2 * 1000);
	assert_true(dnssec_keys_bytes(f.keys) < 2 * 16384);
	again = dnssec_keys_ref(f.keys);
	dnssec_keys_unref(f.keys);
	f.keys = again;
	assert_int_equal(
	    fixture_check(&f, fixture_find(&f, "example", TYPE_SOA)), DNSSEC_OK);
	dnssec_keys_unref(NULL);
	fixture_free(&f);
}

static void
a_key_without_the_zone_bit_is_named_as_the_reason(void **state)
{
	struct fixture f;
	struct rrset *dnskey;
	uint8_t *sig;
	uint16_t tag;

	(void)state;
	fixture_load_algorithm(&f, 13);
	dnskey = fixture_find(&f, "example", TYPE_DNSKEY);
	dnskey->rdata[1] = rdata_again(&f, &dnskey->rdata[0]);
	dnskey->count = 2;
	bytes_of(&dnskey->rdata[1])[AT_FLAGS] = 0;
	tag = dnssec_key_tag(dnskey->rdata[1].bytes, dnskey->rdata[1].len);
	dnssec_keys_unref(f.keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f.keys), ERR_OK);
	sig = bytes_of(&fixture_find(&f, "www.example", TYPE_A)->sigs[0]);
	sig[16] = (uint8_t)(tag >> 8);
	sig[17] = (uint8_t)tag;
	assert_int_equal(fixture_check(&f, fixture_find(&f, "www.example", TYPE_A)),
	    DNSSEC_NO_ZONE_KEY_BIT);
	assert_int_equal(f.budget.verifications, 32);
	fixture_free(&f);
}

/* --- DS --- */

struct ds_fixture {
	struct fixture f;
	struct rrset *dnskey;
	struct rrset ds;
	struct rdata rdata[RRSET_RECORDS_MAX];
	struct dnssec_keys *keys;
};

static void
ds_load(struct ds_fixture *d, unsigned algorithm)
{
	fixture_load_algorithm(&d->f, algorithm);
	d->dnskey = fixture_find(&d->f, "example", TYPE_DNSKEY);
	d->ds = (struct rrset){ .owner = NAME("\7example"),
		.type = TYPE_DS,
		.class = CLASS_IN,
		.rdata = d->rdata };
	d->keys = NULL;
}

/* A DS as ldns computes it. ${key}: rdata of a DNSKEY. */
static void
ds_add(struct ds_fixture *d, const struct rdata *key, ldns_hash hash)
{
	uint8_t record[2048] = "\7example\0\0\60\0\1\0\0\16\20";
	size_t at = 17, end;
	ldns_rr *rr, *ds;

	record[at++] = (uint8_t)(key->len >> 8);
	record[at++] = (uint8_t)key->len;
	memcpy(record + at, key->bytes, key->len);
	end = at + key->len;
	at = 0;
	assert_int_equal(
	    ldns_wire2rr(&rr, record, end, &at, LDNS_SECTION_ANSWER), LDNS_STATUS_OK);
	assert_non_null(ds = ldns_key_rr2ds(rr, hash));
	d->rdata[d->ds.count++] = fixture_rdata(d->f.arena, ds);
	ldns_rr_free(rr);
	ldns_rr_free(ds);
}

static enum dnssec_reason
ds_check_on(struct ds_fixture *d)
{
	enum dnssec_reason reason;

	dnssec_keys_unref(d->keys);
	reason = dnssec_check_dnskey(
	    d->dnskey, &d->ds, &d->f.clock, &d->f.budget, d->f.scratch, &d->keys);
	assert_int_equal(d->keys != NULL, reason == DNSSEC_OK);
	return reason;
}

/* The same, of a new question. */
static enum dnssec_reason
ds_check(struct ds_fixture *d)
{
	fixture_budget(&d->f);
	return ds_check_on(d);
}

static void
ds_free(struct ds_fixture *d)
{
	dnssec_keys_unref(d->keys);
	fixture_free(&d->f);
}

static void
a_ds_of_each_digest_vouches_for_each_algorithm(void **state)
{
	static const ldns_hash hashes[] = { LDNS_SHA1, LDNS_SHA256, LDNS_SHA384 };
	struct ds_fixture d;

	(void)state;
	for (size_t i = 0; i < COUNT(all_algorithms); i++) {
		ds_load(&d, all_algorithms[i]);
		for (size_t h = 0; h < COUNT(hashes); h++) {
			uint8_t *last;

			d.ds.count = 0;
			ds_add(&d, &d.dnskey->rdata[0], hashes[h]);
			assert_int_equal(ds_check(&d), DNSSEC_OK);
			assert_int_equal(d.f.budget.verifications, 31);
			last = bytes_of(&d.rdata[0]) + d.rdata[0].len - 1;
			*last ^= 1;
			assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
			assert_int_equal(d.f.budget.verifications, 32);
			*last ^= 1;
			d.rdata[0].len--;
			assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
		}
		ds_free(&d);
	}
}

static void
a_ds_in_upper_case_zone_names_the_same_key(void **state)
{
	struct ds_fixture d;

	(void)state;
	ds_load(&d, 15);
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	d.dnskey->owner = NAME("\7ExAmPlE");
	assert_int_equal(ds_check(&d), DNSSEC_OK);
	assert_memory_equal(dnssec_keys_zone(d.keys), "\7example", 9);
	ds_free(&d);
}

static void
sha1_is_not_looked_at_beside_something_stronger(void **state)
{
	struct ds_fixture d;

	(void)state;
	ds_load(&d, 8);
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA1);
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	bytes_of(&d.rdata[1])[10] ^= 1;
	assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
	/* The stronger one's algorithm or digest is not supported: SHA-1 it is. */
	bytes_of(&d.rdata[1])[2] = 12;
	assert_int_equal(ds_check(&d), DNSSEC_OK);
	bytes_of(&d.rdata[1])[2] = 8;
	bytes_of(&d.rdata[1])[3] = 3;
	assert_int_equal(ds_check(&d), DNSSEC_OK);
	ds_free(&d);
}

static void
a_zone_is_insecure_only_when_no_ds_is_supported(void **state)
{
	struct ds_fixture d;

	(void)state;
	ds_load(&d, 8);
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	bytes_of(&d.rdata[0])[2] = 12;
	bytes_of(&d.rdata[1])[2] = 253;
	assert_int_equal(ds_check(&d), DNSSEC_UNSUPPORTED_ALGORITHM);
	bytes_of(&d.rdata[1])[2] = 8;
	bytes_of(&d.rdata[1])[3] = 3;
	assert_int_equal(ds_check(&d), DNSSEC_UNSUPPORTED_DIGEST);
	/* One that is supported and matches nothing: bogus. */
	bytes_of(&d.rdata[1])[3] = 2;
	bytes_of(&d.rdata[1])[0] ^= 1;
	assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
	d.rdata[0].len = d.rdata[1].len = 3;
	assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
	ds_free(&d);
}

static void
a_key_size_is_unsupported_only_when_every_ds_names_such_a_key(void **state)
{
	struct ds_fixture d;
	uint8_t small[512];
	struct rdata honest, weak = { .bytes = small };

	(void)state;
	ds_load(&d, 8);
	honest = d.dnskey->rdata[0];
	weak.len = (uint16_t)make_rsa(small, 3, 1, 511);
	d.dnskey->rdata[0] = weak;
	ds_add(&d, &weak, LDNS_SHA256);
	assert_int_equal(ds_check(&d), DNSSEC_UNSUPPORTED_ALGORITHM);
	/* Somebody took the honest key out of the set on its way. */
	ds_add(&d, &honest, LDNS_SHA256);
	assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
	ds_free(&d);
}

static void
the_set_has_to_be_signed_by_the_key_that_the_ds_names(void **state)
{
	struct ds_fixture d;

	(void)state;
	ds_load(&d, 15);
	d.dnskey->rdata[1] = rdata_again(&d.f, &d.dnskey->rdata[0]);
	bytes_of(&d.dnskey->rdata[1])[10] ^= 1;
	d.dnskey->count = 2;
	/* The DS names the second key; there is a signature by the first alone. */
	ds_add(&d, &d.dnskey->rdata[1], LDNS_SHA256);
	assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
	assert_int_equal(d.f.budget.verifications, 32);
	/* With one for the first as well, its signature is tried; it covers one key, not
	 * two. */
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	assert_int_equal(ds_check(&d), DNSSEC_BAD_SIGNATURE);
	d.dnskey->sig_count = 0;
	assert_int_equal(ds_check(&d), DNSSEC_NO_SIGNATURE);
	ds_free(&d);
}

static void
a_ds_of_a_revoked_key_or_one_without_the_zone_bit_is_no_use(void **state)
{
	struct ds_fixture d;

	(void)state;
	ds_load(&d, 15);
	bytes_of(&d.dnskey->rdata[0])[AT_FLAGS + 1] |= 0x80;
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	assert_int_equal(ds_check(&d), DNSSEC_NO_KEY);
	bytes_of(&d.dnskey->rdata[0])[AT_FLAGS] = 0;
	bytes_of(&d.dnskey->rdata[0])[AT_FLAGS + 1] = 1;
	d.ds.count = 0;
	ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
	assert_int_equal(ds_check(&d), DNSSEC_NO_ZONE_KEY_BIT);
	ds_free(&d);
}

/* The DS names the key-signing key alone; the zone-signing key comes with the set it
 * signed. */
static void
keys_that_no_ds_names_are_there_once_the_set_is_believed(void **state)
{
	struct ds_fixture d;

	(void)state;
	fixture_load(&d.f, "rich.zone");
	d.dnskey = fixture_find(&d.f, "example", TYPE_DNSKEY);
	d.ds = (struct rrset){ .owner = NAME("\7example"),
		.type = TYPE_DS,
		.class = CLASS_IN,
		.rdata = d.rdata };
	d.keys = NULL;
	assert_int_equal(d.dnskey->count, 2);
	ds_add(&d, &d.dnskey->rdata[1], LDNS_SHA256);
	assert_int_equal(d.dnskey->rdata[1].bytes[AT_FLAGS + 1], 1);
	assert_int_equal(ds_check(&d), DNSSEC_OK);
	assert_int_equal(d.f.budget.verifications, 31);
	dnssec_keys_unref(d.f.keys);
	d.f.keys = dnssec_keys_ref(d.keys);
	assert_int_equal(
	    fixture_check(&d.f, fixture_find(&d.f, "txt.example", TYPE_TXT)), DNSSEC_OK);
	ds_free(&d);
}

/* --- KeyTrap at the DS --- */

static void
keys_of_one_tag_cost_four_digests(void **state)
{
	struct ds_fixture d;
	struct rdata honest;

	(void)state;
	ds_load(&d, 15);
	honest = d.dnskey->rdata[0];
	ds_add(&d, &honest, LDNS_SHA256);
	for (unsigned i = 0; i < 80; i++)
		d.dnskey->rdata[i] =
		    same_tag_key(&d.f, &honest, i / 9, i / 9 + 1 + i % 6);
	d.dnskey->rdata[80] = honest;
	d.dnskey->count = 81;
	assert_int_equal(ds_check(&d), DNSSEC_LIMIT);
	assert_int_equal(d.f.budget.work, 4); /* a unit each: these keys are short */
	assert_int_equal(d.f.budget.verifications, 32);
	ds_free(&d);
}

/* A question comes through many zones: what one of them made fail is not another's, and
 * what all of them cost is one sum. */
static void
each_zone_may_have_four_failed_digests_and_the_question_pays_for_all(void **state)
{
	struct ds_fixture d;
	struct rdata honest;
	uint32_t before;

	(void)state;
	ds_load(&d, 15);
	honest = d.dnskey->rdata[0];
	ds_add(&d, &honest, LDNS_SHA256);
	for (unsigned i = 0; i < 4; i++)
		d.dnskey->rdata[i] = same_tag_key(&d.f, &honest, i, i + 5);
	d.dnskey->rdata[4] = honest;
	d.dnskey->count = 5;
	assert_int_equal(ds_check(&d), DNSSEC_LIMIT);
	for (unsigned zone = 0; zone < 3; zone++) {
		d.dnskey->count = 4;
		d.dnskey->rdata[3] = honest;
		before = d.f.budget.work;
		assert_int_equal(ds_check_on(&d), DNSSEC_BAD_SIGNATURE);
		assert_true(d.f.budget.work >= before + 4);
	}
	d.dnskey->rdata[0] = honest;
	d.dnskey->count = 1;
	assert_int_equal(ds_check_on(&d), DNSSEC_OK);
	d.f.budget.work = DNSSEC_WORK_MAX;
	assert_int_equal(ds_check_on(&d), DNSSEC_LIMIT);
	assert_int_equal(d.f.budget.work, DNSSEC_WORK_MAX);
	ds_free(&d);
}

/* Three wrong keys with the honest one's tag stand before it; its digest finds it all the
 * same. */
static void
the_key_that_the_ds_names_is_not_crowded_out(void **state)
{
	struct ds_fixture d;
	struct rdata honest;

	(void)state;
	ds_load(&d, 15);
	honest = d.dnskey->rdata[0];
	ds_add(&d, &honest, LDNS_SHA256);
	for (unsigned i = 0; i < 3; i++)
		d.dnskey->rdata[i] = same_tag_key(&d.f, &honest, i, i + 5);
	d.dnskey->rdata[3] = honest;
	d.dnskey->count = 4;
	/* It is tried, once, and alone; the signature was made over one key and fails. */
	assert_int_equal(ds_check(&d), DNSSEC_BAD_SIGNATURE);
	assert_int_equal(d.f.budget.verifications, 31);
	ds_free(&d);
}

static void
ds_records_without_a_key_cost_nothing_and_nine_are_too_many(void **state)
{
	struct ds_fixture d;

	(void)state;
	ds_load(&d, 15);
	for (unsigned i = 0; i < 8; i++) {
		ds_add(&d, &d.dnskey->rdata[0], LDNS_SHA256);
		if (i < 7)
			bytes_of(&d.rdata[i])[1] ^= (uint8_t)(i + 1);
	}
	assert_int_equal(ds_check(&d), DNSSEC_OK);
	d.rdata[8] = d.rdata[7];
	d.rdata[7] = d.rdata[6];
	d.ds.count = 9;
	assert_int_equal(ds_check(&d), DNSSEC_LIMIT);
	ds_free(&d);
}

/* --- threads --- */

#define THREADS 4
#define TURNS	50

static void *
verify_a_while(void *arg)
{
	struct ds_fixture *d = arg;
	struct arena *scratch = arena_new(1u << 20);
	struct dnssec_keys *keys = dnssec_keys_ref(d->f.keys);
	struct rrset *set = rrset_find(d->f.sets, NAME("\3www\7example"), TYPE_A);
	intptr_t good = 0;

	for (unsigned i = 0; i < TURNS; i++) {
		struct dnssec_budget budget = { .verifications = 32 };
		struct dnssec_checked out;

		arena_reset(scratch);
		good += dnssec_check(set, keys, &d->f.clock, &budget, scratch, &out) ==
			DNSSEC_OK;
	}
	dnssec_keys_unref(keys);
	arena_free(scratch);
	return (void *)good;
}

static void
threads_share_the_keys_of_a_zone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all_algorithms); i++) {
		struct ds_fixture d;
		pthread_t threads[THREADS];
		void *good;

		ds_load(&d, all_algorithms[i]);
		for (unsigned t = 0; t < THREADS; t++)
			assert_int_equal(
			    pthread_create(&threads[t], NULL, verify_a_while, &d), 0);
		for (unsigned t = 0; t < THREADS; t++) {
			pthread_join(threads[t], &good);
			assert_int_equal((intptr_t)good, TURNS);
		}
		ds_free(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_those_that_others_compute),
		cmocka_unit_test(supported_is_what_the_contract_lists),
		cmocka_unit_test(unusable_keys_are_left_out),
		cmocka_unit_test(rsa_keys_are_bounded_in_size_and_exponent),
		cmocka_unit_test(keys_are_counted_by_reference_and_know_their_size),
		cmocka_unit_test(a_key_without_the_zone_bit_is_named_as_the_reason),
		cmocka_unit_test(a_ds_of_each_digest_vouches_for_each_algorithm),
		cmocka_unit_test(a_ds_in_upper_case_zone_names_the_same_key),
		cmocka_unit_test(sha1_is_not_looked_at_beside_something_stronger),
		cmocka_unit_test(a_zone_is_insecure_only_when_no_ds_is_supported),
		cmocka_unit_test(
		    a_key_size_is_unsupported_only_when_every_ds_names_such_a_key),
		cmocka_unit_test(the_set_has_to_be_signed_by_the_key_that_the_ds_names),
		cmocka_unit_test(
		    a_ds_of_a_revoked_key_or_one_without_the_zone_bit_is_no_use),
		cmocka_unit_test(
		    keys_that_no_ds_names_are_there_once_the_set_is_believed),
		cmocka_unit_test(keys_of_one_tag_cost_four_digests),
		cmocka_unit_test(
		    each_zone_may_have_four_failed_digests_and_the_question_pays_for_all),
		cmocka_unit_test(the_key_that_the_ds_names_is_not_crowded_out),
		cmocka_unit_test(
		    ds_records_without_a_key_cost_nothing_and_nine_are_too_many),
		cmocka_unit_test(threads_share_the_keys_of_a_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
