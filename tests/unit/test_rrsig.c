#include "tests/unit/dnssec_fixture.h"

#include "resolver/wire/rdata.h"

/* Where the fields of an RRSIG stand (RFC 4034 3.1). */
enum {
	AT_COVERED = 0,
	AT_ALGORITHM = 2,
	AT_LABELS = 3,
	AT_TTL = 4,
	AT_EXPIRATION = 8,
	AT_INCEPTION = 12,
	AT_TAG = 16,
	AT_SIGNER = 18
};
#define SIGNER_LEN 9u /* "example." */

static void
every_set_of_every_algorithm_is_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all_algorithms); i++) {
		struct fixture f;
		unsigned sets = 0;

		fixture_load_algorithm(&f, all_algorithms[i]);
		for (struct rrset *set = f.sets; set != NULL; set = set->next, sets++) {
			assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
			assert_int_equal(f.budget.verifications, 31);
			assert_false(f.out.wildcard);
		}
		assert_int_equal(sets, 8);
		fixture_free(&f);
	}
}

static void
every_type_is_brought_to_its_canonical_form(void **state)
{
	struct fixture f;
	unsigned good = 0;

	(void)state;
	fixture_load(&f, "rich.zone");
	for (struct rrset *set = f.sets; set != NULL; set = set->next) {
		if (set->sig_count == 0) { /* the delegation's NS */
			assert_int_equal(fixture_check(&f, set), DNSSEC_NO_SIGNATURE);
			continue;
		}
		assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
		good++;
	}
	assert_true(good >= 30);
	fixture_free(&f);
}

/* RFC 4034 6.2: names of old types are signed in lower case, those of newer ones and text
 * as they are. */
static void
case_counts_only_where_it_is_signed(void **state)
{
	static const struct {
		const char *owner;
		uint16_t type;
		char from;
		enum dnssec_reason reason;
	} cases[] = {
		{ "example", TYPE_MX, 'm', DNSSEC_OK },
		{ "example", TYPE_SOA, 'x', DNSSEC_OK },
		{ "alias.example", TYPE_CNAME, 'x', DNSSEC_OK },
		{ "tree.example", TYPE_DNAME, 't', DNSSEC_OK },
		{ "_sip._udp.example", TYPE_SRV, 'i', DNSSEC_OK },
		{ "txt.example", TYPE_TXT, 'a', DNSSEC_BAD_SIGNATURE },
		{ "https.example", TYPE_HTTPS, 'v', DNSSEC_BAD_SIGNATURE },
		{ "alias.example", TYPE_NSEC, 'b', DNSSEC_BAD_SIGNATURE },
	};
	struct fixture f;

	(void)state;
	fixture_load(&f, "rich.zone");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rrset *set = fixture_find(&f, cases[i].owner, cases[i].type);
		uint8_t *at =
		    memchr(bytes_of(&set->rdata[0]), cases[i].from, set->rdata[0].len);

		assert_non_null(at);
		*at ^= 0x20;
		assert_int_equal(fixture_check(&f, set), cases[i].reason);
	}
	fixture_free(&f);
}

static void
order_duplicates_and_ttl_do_not_matter(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct rdata first;

	(void)state;
	fixture_load(&f, "rich.zone");
	set = fixture_find(&f, "txt.example", TYPE_TXT);
	set->ttl_sec = 7;
	for (unsigned turn = 0; turn < set->count; turn++) {
		first = set->rdata[0];
		memmove(set->rdata, set->rdata + 1, (set->count - 1u) * sizeof(first));
		set->rdata[set->count - 1] = first;
		assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	}
	set->rdata[set->count] = set->rdata[1];
	set->count++;
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	set->count = 2;
	assert_int_equal(fixture_check(&f, set), DNSSEC_BAD_SIGNATURE);
	fixture_free(&f);
}

/* One bit of the signer's name is the case of a letter, which is not signed. */
static bool
is_case_bit(size_t byte, unsigned bit)
{
	return bit == 5 && byte > AT_SIGNER && byte < AT_SIGNER + SIGNER_LEN - 1;
}

static void
flip_all(struct fixture *f, struct rrset *set, const struct rdata *rdata, bool is_sig)
{
	uint8_t *bytes = bytes_of(rdata);

	for (size_t byte = 0; byte < rdata->len; byte++)
		for (unsigned bit = 0; bit < 8; bit++) {
			enum dnssec_reason reason;

			bytes[byte] ^= (uint8_t)(1u << bit);
			reason = fixture_check(f, set);
			bytes[byte] ^= (uint8_t)(1u << bit);
			if ((reason == DNSSEC_OK) != (is_sig && is_case_bit(byte, bit)))
				fail_msg("byte %zu bit %u: %s", byte, bit,
				    dnssec_text(reason));
			if (is_sig && byte >= AT_SIGNER + SIGNER_LEN)
				assert_int_equal(reason, DNSSEC_BAD_SIGNATURE);
		}
	assert_int_equal(fixture_check(f, set), DNSSEC_OK);
}

static void
a_flipped_bit_anywhere_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all_algorithms); i++) {
		struct fixture f;
		struct rrset *set;

		fixture_load_algorithm(&f, all_algorithms[i]);
		set = fixture_find(&f, "www.example", TYPE_A);
		flip_all(&f, set, &set->sigs[0], true);
		flip_all(&f, set, &set->rdata[0], false);
		flip_all(&f, set, &set->rdata[1], false);
		fixture_free(&f);
	}
}

static void
a_signature_of_another_length_is_refused_without_arithmetic(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all_algorithms); i++) {
		struct fixture f;
		struct rrset *set;

		fixture_load_algorithm(&f, all_algorithms[i]);
		set = fixture_find(&f, "www.example", TYPE_A);
		set->sigs[0].len--;
		assert_int_equal(fixture_check(&f, set), DNSSEC_BAD_SIGNATURE);
		assert_int_equal(f.budget.verifications, 32);
		fixture_free(&f);
	}
}

static void
degenerate_ecdsa_signatures_are_refused(void **state)
{
	static const uint8_t fills[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct fixture f;

	(void)state;
	for (unsigned algorithm = 13; algorithm <= 14; algorithm++) {
		struct rrset *set;

		fixture_load_algorithm(&f, algorithm);
		set = fixture_find(&f, "www.example", TYPE_A);
		for (size_t i = 0; i < COUNT(fills); i++) {
			uint8_t *sig = bytes_of(&set->sigs[0]) + AT_SIGNER + SIGNER_LEN;

			memset(sig, fills[i], set->sigs[0].len - AT_SIGNER - SIGNER_LEN);
			assert_int_equal(fixture_check(&f, set), DNSSEC_BAD_SIGNATURE);
		}
		fixture_free(&f);
	}
}

/* --- reasons --- */

static void
times_hold_to_the_second(void **state)
{
	static const struct {
		uint32_t now_sec, skew_sec;
		enum dnssec_reason reason;
	} cases[] = {
		{ INCEPTION, 0, DNSSEC_OK },
		{ INCEPTION - 1, 0, DNSSEC_NOT_YET_VALID },
		{ INCEPTION - 300, 300, DNSSEC_OK },
		{ INCEPTION - 301, 300, DNSSEC_NOT_YET_VALID },
		{ EXPIRATION, 0, DNSSEC_OK },
		{ EXPIRATION + 1, 0, DNSSEC_EXPIRED },
		{ EXPIRATION + 300, 300, DNSSEC_OK },
		{ EXPIRATION + 301, 300, DNSSEC_EXPIRED },
		{ EXPIRATION + 1, UINT32_MAX, DNSSEC_OK },
	};
	struct fixture f;

	(void)state;
	fixture_load_algorithm(&f, 15);
	for (size_t i = 0; i < COUNT(cases); i++) {
		f.clock = (struct dnssec_clock){ cases[i].now_sec, cases[i].skew_sec };
		assert_int_equal(
		    fixture_check(&f, fixture_find(&f, "www.example", TYPE_A)),
		    cases[i].reason);
		assert_int_equal(
		    f.budget.verifications, cases[i].reason == DNSSEC_OK ? 31 : 32);
	}
	fixture_free(&f);
}

static void
a_good_answer_lives_no_longer_than_its_signature(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_int_equal(f.out.ttl_max_sec, 3600);
	f.clock.now_sec = EXPIRATION - 10;
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_int_equal(f.out.ttl_max_sec, 10);
	f.clock = (struct dnssec_clock){ EXPIRATION + 10, 300 };
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_int_equal(f.out.ttl_max_sec, 0);
	fixture_free(&f);
}

static void
each_refusal_has_its_reason(void **state)
{
	static const struct {
		unsigned at;
		uint8_t value;
		enum dnssec_reason reason;
	} cases[] = {
		{ AT_COVERED + 1, TYPE_AAAA, DNSSEC_NO_SIGNATURE },
		{ AT_ALGORITHM, 13, DNSSEC_NO_KEY },
		{ AT_ALGORITHM, 12,
		    DNSSEC_NO_KEY }, /* unsupported: never a way to "insecure" */
		{ AT_ALGORITHM, 253, DNSSEC_NO_KEY },
		{ AT_TAG, 0x00, DNSSEC_NO_KEY },
		{ AT_LABELS, 3, DNSSEC_WRONG_SIGNER },
		{ AT_LABELS, 255, DNSSEC_WRONG_SIGNER },
		{ AT_LABELS, 1,
		    DNSSEC_BAD_SIGNATURE }, /* in scope: *.example. is the zone's */
		{ AT_LABELS, 0, DNSSEC_WRONG_SIGNER }, /* *. is not */
		{ AT_SIGNER + 1, 'f', DNSSEC_WRONG_SIGNER },
		{ AT_SIGNER, 0xc0, DNSSEC_BAD_SIGNATURE }, /* a compressed signer */
		{ AT_SIGNER, 0, DNSSEC_WRONG_SIGNER },	   /* the root */
		{ AT_TTL, 1, DNSSEC_BAD_SIGNATURE },
	};
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t *at = bytes_of(&set->sigs[0]) + cases[i].at, before = *at;
		enum dnssec_reason reason;

		*at = cases[i].value;
		reason = fixture_check(&f, set);
		if (reason != cases[i].reason)
			fail_msg("case %zu: %s", i, dnssec_text(reason));
		*at = before;
	}
	put_u32(bytes_of(&set->sigs[0]) + AT_INCEPTION, EXPIRATION + 1);
	assert_int_equal(fixture_check(&f, set), DNSSEC_EXPIRED_BEFORE_VALID);
	for (uint16_t len = 0; len <= AT_SIGNER + SIGNER_LEN; len++) {
		set->sigs[0].len = len;
		assert_int_equal(fixture_check(&f, set), DNSSEC_BAD_SIGNATURE);
	}
	set->sig_count = 0;
	assert_int_equal(fixture_check(&f, set), DNSSEC_NO_SIGNATURE);
	fixture_free(&f);
}

/* A pointer to the type's upper byte, 0, would read as the root; RFC 4034 3.1.7 has no
 * pointers. */
static void
a_compressed_signer_is_malformed_and_not_another_name(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	memcpy(bytes_of(&set->sigs[0]) + AT_SIGNER, "\300\0", 2);
	assert_int_equal(fixture_check(&f, set), DNSSEC_BAD_SIGNATURE);
	memcpy(bytes_of(&set->sigs[0]) + AT_SIGNER, "\0\0", 2);
	assert_int_equal(fixture_check(&f, set), DNSSEC_WRONG_SIGNER);
	fixture_free(&f);
}

static void
a_name_outside_the_zone_is_not_its_to_sign(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	set->owner = NAME("\3www\12notexample");
	assert_int_equal(fixture_check(&f, set), DNSSEC_WRONG_SIGNER);
	set->owner = NAME("\3www\7example\3com");
	assert_int_equal(fixture_check(&f, set), DNSSEC_WRONG_SIGNER);
	fixture_free(&f);
}

static void
a_zone_does_not_sign_its_own_ds_set(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load(&f, "rich.zone");
	set = fixture_find(&f, "sub.example", TYPE_DS);
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	set->owner = NAME("\7example");
	bytes_of(&set->sigs[0])[AT_LABELS] = 1;
	assert_int_equal(fixture_check(&f, set), DNSSEC_WRONG_SIGNER);
	assert_int_equal(f.budget.verifications, 32);
	fixture_free(&f);
}

static void
of_several_reasons_the_telling_one_is_given(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	set->sigs[1] = rdata_again(&f, &set->sigs[0]);
	set->sigs[2] = rdata_again(&f, &set->sigs[0]);
	set->sig_count = 3;
	bytes_of(&set->sigs[0])[AT_SIGNER + 1] = 'f';
	bytes_of(&set->sigs[1])[AT_TAG] ^= 1;
	put_u32(bytes_of(&set->sigs[2]) + AT_EXPIRATION, MIDDLE - 1);
	assert_int_equal(fixture_check(&f, set), DNSSEC_EXPIRED);
	set->sig_count = 2;
	assert_int_equal(fixture_check(&f, set), DNSSEC_NO_KEY);
	set->sig_count = 1;
	assert_int_equal(fixture_check(&f, set), DNSSEC_WRONG_SIGNER);
	fixture_free(&f);
}

static void
each_reason_has_its_extended_error(void **state)
{
	static const int codes[] = {
		[DNSSEC_OK] = EDE_NONE,
		[DNSSEC_NO_SIGNATURE] = 10,
		[DNSSEC_NO_KEY] = 9,
		[DNSSEC_UNSUPPORTED_ALGORITHM] = 1,
		[DNSSEC_UNSUPPORTED_DIGEST] = 2,
		[DNSSEC_EXPIRED] = 7,
		[DNSSEC_NOT_YET_VALID] = 8,
		[DNSSEC_EXPIRED_BEFORE_VALID] = 6,
		[DNSSEC_NO_ZONE_KEY_BIT] = 11,
		[DNSSEC_WRONG_SIGNER] = 6,
		[DNSSEC_BAD_SIGNATURE] = 6,
		[DNSSEC_LIMIT] = 0,
		[DNSSEC_MISSING_PROOF] = 12,
		[DNSSEC_NSEC3_ITERATIONS] = 27,
		[DNSSEC_INNER] = 0,
	};

	(void)state;
	for (unsigned r = 0; r < COUNT(codes); r++) {
		assert_int_equal(dnssec_ede(r), codes[r]);
		assert_true(strlen(dnssec_text(r)) > 0);
	}
}

static void
without_memory_nothing_is_said_about_the_signature(void **state)
{
	struct fixture f;
	struct arena *tiny = arena_new(64);

	(void)state;
	fixture_load_algorithm(&f, 15);
	assert_int_equal(dnssec_check(fixture_find(&f, "www.example", TYPE_A), f.keys,
			     &f.clock, &f.budget, tiny, &f.out),
	    DNSSEC_INNER);
	arena_free(tiny);
	fixture_free(&f);
}

/* --- wildcards --- */

static void
a_wildcard_signs_the_names_it_stands_for(void **state)
{
	static const struct {
		const uint8_t *owner;
		enum dnssec_reason reason;
		bool wildcard;
	} cases[] = {
		{ NAME("\1*\4wild\7example"), DNSSEC_OK, false },
		{ NAME("\1x\4wild\7example"), DNSSEC_OK, true },
		{ NAME("\1*\1y\4wild\7example"), DNSSEC_OK, true },
		{ NAME("\1x\1y\1z\4wild\7example"), DNSSEC_OK, true },
		{ NAME("\1x\4else\7example"), DNSSEC_BAD_SIGNATURE, false },
		{ NAME("\4wild\7example"), DNSSEC_BAD_SIGNATURE, false },
		{ NAME("\7example"), DNSSEC_WRONG_SIGNER, false },
	};
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "*.wild.example", TYPE_TXT);
	for (size_t i = 0; i < COUNT(cases); i++) {
		set->owner = cases[i].owner;
		assert_int_equal(fixture_check(&f, set), cases[i].reason);
		if (cases[i].reason == DNSSEC_OK) {
			assert_int_equal(f.out.wildcard, cases[i].wildcard);
			assert_int_equal(f.out.labels, 2);
		}
	}
	fixture_free(&f);
}

static void
a_wildcard_stands_for_the_longest_name(void **state)
{
	uint8_t owner[DNAME_MAX];
	struct fixture f;
	struct rrset *set;
	size_t at = 0;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "*.wild.example", TYPE_TXT);
	/* 120 labels of one byte and wild.example. (14): 254 bytes. */
	for (; at < 240; at += 2)
		memcpy(owner + at, "\1a", 2);
	memcpy(owner + at, "\4wild\7example", 14);
	set->owner = owner;
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_true(f.out.wildcard);
	fixture_free(&f);
}

/* --- KeyTrap --- */

/* ${copies} wrong signatures of the same tag before whatever stands in ${set}. */
static void
add_wrong_signatures(
    struct fixture *f, struct rrset *set, unsigned copies, uint8_t tag_change)
{
	memmove(set->sigs + copies, set->sigs, set->sig_count * sizeof(set->sigs[0]));
	for (unsigned i = 0; i < copies; i++) {
		set->sigs[i] = rdata_again(f, &set->sigs[copies]);
		bytes_of(&set->sigs[i])[set->sigs[i].len - 1] ^= (uint8_t)(i + 1);
		bytes_of(&set->sigs[i])[AT_TAG + 1] ^= tag_change;
	}
	set->sig_count = (uint16_t)(set->sig_count + copies);
}

/* Keys made of the DNSKEY set with ${more} others of its first key's tag, in front or
 * behind. */
static void
add_same_tag_keys(struct fixture *f, unsigned more, bool in_front)
{
	struct rrset *dnskey = fixture_find(f, "example", TYPE_DNSKEY);
	struct rdata honest = dnskey->rdata[0];

	for (unsigned i = 0; i < more; i++)
		dnskey->rdata[i + (in_front ? 0 : 1)] =
		    same_tag_key(f, &honest, i / 15, i % 15 + 1);
	dnskey->rdata[in_front ? more : 0] = honest;
	dnskey->count = (uint16_t)(more + 1);
	dnssec_keys_unref(f->keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f->keys), ERR_OK);
}

static void
many_keys_and_many_signatures_of_one_tag_cost_sixteen_verifications(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	add_same_tag_keys(&f, 60, true);
	set = fixture_find(&f, "www.example", TYPE_A);
	add_wrong_signatures(&f, set, 7, 0);
	set->sigs[7] = set->sigs[6];
	/* A key that was left out for its tag might have been the right one. */
	assert_int_equal(fixture_check(&f, set), DNSSEC_LIMIT);
	assert_int_equal(f.budget.verifications, 32 - 16);
	fixture_free(&f);
}

static void
the_budget_ends_the_work_and_stays_spent(void **state)
{
	struct fixture f;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	add_wrong_signatures(&f, set, 7, 0);
	fixture_budget(&f);
	f.budget.verifications = 7;
	assert_int_equal(
	    dnssec_check(set, f.keys, &f.clock, &f.budget, f.scratch, &f.out),
	    DNSSEC_LIMIT);
	assert_int_equal(f.budget.verifications, 0);
	assert_int_equal(
	    dnssec_check(set, f.keys, &f.clock, &f.budget, f.scratch, &f.out),
	    DNSSEC_LIMIT);
	assert_int_equal(f.budget.verifications, 0);
	f.budget.verifications = 8;
	assert_int_equal(
	    dnssec_check(set, f.keys, &f.clock, &f.budget, f.scratch, &f.out), DNSSEC_OK);
	assert_int_equal(f.budget.verifications, 0);
	fixture_free(&f);
}

/* The honest key has its tag to itself; six wrong signatures name a tag that two keys
 * share. */
static void
an_honest_signature_goes_before_wrong_ones_of_a_shared_tag(void **state)
{
	struct fixture f;
	struct rrset *set, *dnskey;
	struct rdata other;

	(void)state;
	fixture_load_algorithm(&f, 15);
	dnskey = fixture_find(&f, "example", TYPE_DNSKEY);
	set = fixture_find(&f, "www.example", TYPE_A);
	other = rdata_again(&f, &dnskey->rdata[0]);
	bytes_of(&other)[5] ^= 1; /* another tag */
	dnskey->rdata[2] = dnskey->rdata[0];
	dnskey->rdata[0] = other;
	dnskey->rdata[1] = same_tag_key(&f, &other, 3, 9);
	dnskey->count = 3;
	dnssec_keys_unref(f.keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f.keys), ERR_OK);
	add_wrong_signatures(&f, set, 6, 0);
	for (unsigned i = 0; i < 6; i++) {
		uint16_t tag = dnssec_key_tag(other.bytes, other.len);

		bytes_of(&set->sigs[i])[AT_TAG] = (uint8_t)(tag >> 8);
		bytes_of(&set->sigs[i])[AT_TAG + 1] = (uint8_t)tag;
	}
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_int_equal(f.budget.verifications, 31);
	fixture_free(&f);
}

/* Six wrong signatures by a key that is alone in its tag: only the first of them comes
 * before the honest one. */
static void
repeated_signatures_wait_for_the_first_of_every_other_tag(void **state)
{
	struct fixture f;
	struct rrset *set, *dnskey;
	struct rdata *other;
	uint16_t tag;

	(void)state;
	fixture_load_algorithm(&f, 15);
	dnskey = fixture_find(&f, "example", TYPE_DNSKEY);
	other = &dnskey->rdata[dnskey->count];
	*other = rdata_again(&f, &dnskey->rdata[0]);
	dnskey->count++;
	bytes_of(other)[5] ^= 1;
	tag = dnssec_key_tag(other->bytes, other->len);
	dnssec_keys_unref(f.keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f.keys), ERR_OK);
	set = fixture_find(&f, "www.example", TYPE_A);
	add_wrong_signatures(&f, set, 6, 0);
	for (unsigned i = 0; i < 6; i++) {
		bytes_of(&set->sigs[i])[AT_TAG] = (uint8_t)(tag >> 8);
		bytes_of(&set->sigs[i])[AT_TAG + 1] = (uint8_t)tag;
	}
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_int_equal(f.budget.verifications, 30);
	fixture_free(&f);
}

/* Two tags of two keys each: the second key of the wrong one's tag waits for the first of
 * the honest one's. */
static void
second_keys_of_a_tag_wait_for_first_keys_of_others(void **state)
{
	struct fixture f;
	struct rrset *set, *dnskey;
	struct rdata *keys;
	uint16_t tag;

	(void)state;
	fixture_load_algorithm(&f, 15);
	dnskey = fixture_find(&f, "example", TYPE_DNSKEY);
	keys = dnskey->rdata;
	keys[2] = rdata_again(&f, &keys[0]);
	bytes_of(&keys[2])[5] ^= 1;
	keys[1] = same_tag_key(&f, &keys[0], 2, 9);
	keys[3] = same_tag_key(&f, &keys[2], 2, 9);
	dnskey->count = 4;
	tag = dnssec_key_tag(keys[2].bytes, keys[2].len);
	dnssec_keys_unref(f.keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f.keys), ERR_OK);
	set = fixture_find(&f, "www.example", TYPE_A);
	add_wrong_signatures(&f, set, 1, 0);
	bytes_of(&set->sigs[0])[AT_TAG] = (uint8_t)(tag >> 8);
	bytes_of(&set->sigs[0])[AT_TAG + 1] = (uint8_t)tag;
	assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
	assert_int_equal(f.budget.verifications, 30);
	fixture_free(&f);
}

static void
no_more_than_eight_signatures_are_looked_at(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct rdata sigs[9];

	(void)state;
	fixture_load_algorithm(&f, 15);
	set = fixture_find(&f, "www.example", TYPE_A);
	for (unsigned i = 0; i < 9; i++)
		sigs[i] = rdata_again(&f, &set->sigs[0]);
	for (unsigned i = 0; i < 8; i++)
		bytes_of(&sigs[i])[AT_SIGNER + SIGNER_LEN] ^= 1;
	set->sigs = sigs;
	set->sig_count = 9;
	assert_int_equal(fixture_check(&f, set), DNSSEC_BAD_SIGNATURE);
	assert_int_equal(f.budget.verifications, 32 - 8);
	fixture_free(&f);
}

/* --- signatures made here, for times that no file should be made for --- */

struct signer {
	struct fixture *f;
	ldns_key *key;
	ldns_key_list *keys;
};

/* A new key of ${algorithm}, which becomes the only one of the zone. */
static void
signer_init(struct signer *s, struct fixture *f, ldns_signing_algorithm algorithm,
    uint32_t inception, uint32_t expiration)
{
	struct rrset *dnskey = fixture_find(f, "example", TYPE_DNSKEY);
	ldns_rr *rr;

	s->f = f;
	s->key = ldns_key_new_frm_algorithm(algorithm, 256);
	assert_non_null(s->key);
	ldns_key_set_pubkey_owner(s->key, ldns_dname_new_frm_str("example."));
	ldns_key_set_flags(s->key, 257);
	ldns_key_set_inception(s->key, inception);
	ldns_key_set_expiration(s->key, expiration);
	rr = ldns_key2rr(s->key);
	ldns_key_set_keytag(s->key, ldns_calc_keytag(rr));
	dnskey->count = 0;
	fixture_rr(f, rr);
	ldns_rr_free(rr);
	s->keys = ldns_key_list_new();
	ldns_key_list_push_key(s->keys, s->key);
	dnssec_keys_unref(f->keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f->keys), ERR_OK);
}

/* The A set of w.example, signed anew. */
static struct rrset *
sign(struct signer *s)
{
	ldns_rr_list *list = ldns_rr_list_new(), *sigs;
	struct rrset *set;
	ldns_rr *rr = NULL;

	assert_int_equal(
	    ldns_rr_new_frm_str(&rr, "w.example. 300 IN A 192.0.2.5", 0, NULL, NULL),
	    LDNS_STATUS_OK);
	ldns_rr_list_push_rr(list, rr);
	sigs = ldns_sign_public(list, s->keys);
	assert_int_equal(ldns_rr_list_rr_count(sigs), 1);
	set = fixture_place(s->f, NAME("\1w\7example"), TYPE_A, 300);
	set->count = set->sig_count = 0;
	fixture_rr(s->f, rr);
	fixture_rr(s->f, ldns_rr_list_rr(sigs, 0));
	ldns_rr_list_deep_free(sigs);
	ldns_rr_list_deep_free(list);
	return set;
}

static void
a_signature_across_2106_is_good_on_both_sides(void **state)
{
	static const struct {
		uint32_t now_sec;
		enum dnssec_reason reason;
	} cases[] = { { 0xffffff00u, DNSSEC_OK }, { 0xfffffeffu, DNSSEC_NOT_YET_VALID },
		{ 0xffffffffu, DNSSEC_OK }, { 0, DNSSEC_OK }, { 0x100, DNSSEC_OK },
		{ 0x101, DNSSEC_EXPIRED } };
	struct fixture f;
	struct signer s;
	struct rrset *set;

	(void)state;
	fixture_load_algorithm(&f, 15);
	signer_init(&s, &f, LDNS_SIGN_ED25519, 0xffffff00u, 0x100);
	set = sign(&s);
	for (size_t i = 0; i < COUNT(cases); i++) {
		f.clock.now_sec = cases[i].now_sec;
		assert_int_equal(fixture_check(&f, set), cases[i].reason);
	}
	ldns_key_list_free(s.keys);
	fixture_free(&f);
}

/* One of 256 numbers begins with a zero byte, which DER does not write; until both r and
 * s did. */
static void
ecdsa_numbers_with_leading_zeros_are_read(void **state)
{
	struct fixture f;
	struct signer s;
	bool r_was_short = false, s_was_short = false;
	unsigned tries = 0;

	(void)state;
	fixture_load_algorithm(&f, 13);
	signer_init(&s, &f, LDNS_SIGN_ECDSAP256SHA256, INCEPTION, EXPIRATION);
	for (; !(r_was_short && s_was_short) && tries < 6000; tries++) {
		struct rrset *set = sign(&s);
		const uint8_t *sig = set->sigs[0].bytes + set->sigs[0].len - 64;

		if (sig[0] != 0 && sig[32] != 0)
			continue;
		assert_int_equal(fixture_check(&f, set), DNSSEC_OK);
		r_was_short |= sig[0] == 0;
		s_was_short |= sig[32] == 0;
	}
	assert_true(r_was_short && s_was_short);
	ldns_key_list_free(s.keys);
	fixture_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_set_of_every_algorithm_is_good),
		cmocka_unit_test(every_type_is_brought_to_its_canonical_form),
		cmocka_unit_test(case_counts_only_where_it_is_signed),
		cmocka_unit_test(order_duplicates_and_ttl_do_not_matter),
		cmocka_unit_test(a_flipped_bit_anywhere_is_refused),
		cmocka_unit_test(
		    a_signature_of_another_length_is_refused_without_arithmetic),
		cmocka_unit_test(degenerate_ecdsa_signatures_are_refused),
		cmocka_unit_test(times_hold_to_the_second),
		cmocka_unit_test(a_good_answer_lives_no_longer_than_its_signature),
		cmocka_unit_test(each_refusal_has_its_reason),
		cmocka_unit_test(a_compressed_signer_is_malformed_and_not_another_name),
		cmocka_unit_test(a_name_outside_the_zone_is_not_its_to_sign),
		cmocka_unit_test(a_zone_does_not_sign_its_own_ds_set),
		cmocka_unit_test(of_several_reasons_the_telling_one_is_given),
		cmocka_unit_test(each_reason_has_its_extended_error),
		cmocka_unit_test(without_memory_nothing_is_said_about_the_signature),
		cmocka_unit_test(a_wildcard_signs_the_names_it_stands_for),
		cmocka_unit_test(a_wildcard_stands_for_the_longest_name),
		cmocka_unit_test(
		    many_keys_and_many_signatures_of_one_tag_cost_sixteen_verifications),
		cmocka_unit_test(the_budget_ends_the_work_and_stays_spent),
		cmocka_unit_test(
		    an_honest_signature_goes_before_wrong_ones_of_a_shared_tag),
		cmocka_unit_test(
		    repeated_signatures_wait_for_the_first_of_every_other_tag),
		cmocka_unit_test(second_keys_of_a_tag_wait_for_first_keys_of_others),
		cmocka_unit_test(no_more_than_eight_signatures_are_looked_at),
		cmocka_unit_test(a_signature_across_2106_is_good_on_both_sides),
		cmocka_unit_test(ecdsa_numbers_with_leading_zeros_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
