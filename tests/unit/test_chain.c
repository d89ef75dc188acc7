#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "resolver/dnssec/anchors.h"
#include "resolver/dnssec/chain.h"
#include "resolver/iter/keytable.h"
#include "tests/unit/dnssec_fixture.h"

/* The chain over the zone "example" of rich.zone, whose only delegation, sub, has a DS.
 */

struct bench {
	struct fixture f;
	struct chain chain;
	struct chain_tools tools;
	struct dname name; /* of the last call of name_of */
};

static int
setup(void **state)
{
	static struct bench b;

	memset(&b, 0, sizeof(b));
	fixture_load(&b.f, "rich.zone");
	b.tools = (struct chain_tools){ .clock = b.f.clock,
		.budget = &b.f.budget,
		.scratch = b.f.scratch,
		.keep = b.f.arena };
	*state = &b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	chain_fini(&b->chain);
	fixture_free(&b->f);
	return 0;
}

static const uint8_t *
name_of(struct bench *b, const char *text)
{
	assert_int_equal(dname_from_text(text, &b->name), ERR_OK);
	return b->name.bytes;
}

/* The DS set that vouches for the zone's keys. */
static struct rrset *
anchor(struct bench *b, ldns_hash hash)
{
	struct rrset *keys = fixture_find(&b->f, "example", TYPE_DNSKEY), *set = NULL;

	for (uint16_t i = 0; i < keys->count; i++) {
		ldns_rr *rr = ldns_rr_new(), *ds;
		const struct rdata *rd = &keys->rdata[i];
		struct rdata made;

		if ((rd->bytes[1] & 1) == 0) { /* the key-signing key alone */
			ldns_rr_free(rr);
			continue;
		}
		ldns_rr_set_type(rr, LDNS_RR_TYPE_DNSKEY);
		ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
		ldns_rr_set_owner(rr, ldns_dname_new_frm_data(
					  (uint16_t)dname_len(keys->owner), keys->owner));
		ldns_rr_push_rdf(rr, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, 257));
		ldns_rr_push_rdf(rr, ldns_native2rdf_int8(LDNS_RDF_TYPE_INT8, 3));
		ldns_rr_push_rdf(
		    rr, ldns_native2rdf_int8(LDNS_RDF_TYPE_ALG, rd->bytes[3]));
		ldns_rr_push_rdf(rr, ldns_rdf_new_frm_data(
					 LDNS_RDF_TYPE_B64, rd->len - 4u, rd->bytes + 4));
		assert_non_null(ds = ldns_key_rr2ds(rr, hash));
		made = fixture_rdata(b->f.arena, ds);
		set = rrset_new_one(
		    b->f.arena, keys->owner, TYPE_DS, 3600, made.bytes, made.len);
		set->trust = TRUST_LOCAL;
		ldns_rr_free(ds);
		ldns_rr_free(rr);
	}
	assert_non_null(set);
	return set;
}

static struct chain_reply
data(struct rrset *set)
{
	return (struct chain_reply){ .answer = set };
}

/* All denials of the zone, as a reply that denies. */
static struct chain_reply
denial(struct bench *b, uint16_t rcode)
{
	struct chain_reply reply = { .rcode = rcode };

	for (struct rrset *s = b->f.sets; s != NULL; s = s->next) {
		struct rrset *copy;

		if (s->type != TYPE_NSEC)
			continue;
		copy = rrset_copy(b->f.arena, s);
		rrset_append(&reply.authority, copy);
	}
	return reply;
}

static void
start(struct bench *b, const char *target)
{
	struct chain_reply reply;
	struct rrset *ds = anchor(b, LDNS_SHA256);
	uint16_t type;
	bool new_zone;

	chain_init_anchor(&b->chain, name_of(b, target), ds);
	assert_non_null(chain_wants(&b->chain, &type));
	assert_int_equal(type, TYPE_DNSKEY);
	reply = data(fixture_find(&b->f, "example", TYPE_DNSKEY));
	assert_int_equal(
	    chain_take_dnskey(&b->chain, &reply, &b->tools, &new_zone), DNSSEC_OK);
	assert_true(new_zone);
	assert_int_equal(b->chain.zone.security, SECURITY_SECURE);
	fixture_budget(&b->f);
}

static void
an_anchor_vouches_for_its_zone(void **state)
{
	struct bench *b = *state;
	uint16_t type;

	start(b, "example");
	assert_null(chain_wants(&b->chain, &type));
	assert_true(b->chain.zone.ttl_sec > 0 && b->chain.zone.ttl_sec <= 3600);
}

static void
another_digest_vouches_for_nothing_and_an_unknown_one_is_insecure(void **state)
{
	struct bench *b = *state;
	struct rrset *ds = anchor(b, LDNS_SHA256);
	struct chain_reply reply = data(fixture_find(&b->f, "example", TYPE_DNSKEY));
	bool new_zone;

	bytes_of(&ds->rdata[0])[10] ^= 1;
	chain_init_anchor(&b->chain, name_of(b, "example"), ds);
	assert_int_not_equal(
	    chain_take_dnskey(&b->chain, &reply, &b->tools, &new_zone), DNSSEC_OK);
	chain_fail(&b->chain, DNSSEC_NO_KEY, 60);
	assert_int_equal(b->chain.zone.security, SECURITY_BOGUS);
	bytes_of(&ds->rdata[0])[3] = 200;
	chain_init_anchor(&b->chain, name_of(b, "example"), ds);
	assert_int_equal(
	    chain_take_dnskey(&b->chain, &reply, &b->tools, &new_zone), DNSSEC_OK);
	assert_int_equal(b->chain.zone.security, SECURITY_INSECURE);
}

static void
a_name_that_is_no_cut_leads_one_label_down(void **state)
{
	struct bench *b = *state;
	struct chain_reply reply;
	const uint8_t *wanted;
	uint16_t type;
	bool new_zone;

	start(b, "a.b.c.example");
	reply = denial(b, RCODE_NOERROR);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "c.example", "b.c.example",
			"a.b.c.example" };

		assert_non_null(wanted = chain_wants(&b->chain, &type));
		assert_int_equal(type, TYPE_DS);
		assert_true(dname_equal(wanted, name_of(b, names[i])));
		assert_int_equal(chain_take_ds(&b->chain, b->chain.wanted.bytes, &reply,
				     &b->tools, &new_zone),
		    DNSSEC_OK);
		assert_false(new_zone);
	}
	assert_null(chain_wants(&b->chain, &type));
	assert_int_equal(b->chain.zone.security, SECURITY_SECURE);
}

static void
nothing_is_beneath_a_name_that_is_not_there(void **state)
{
	struct bench *b = *state;
	struct chain_reply reply;
	uint16_t type;
	bool new_zone;

	start(b, "x.y.gone.example");
	reply = denial(b, RCODE_NXDOMAIN);
	assert_non_null(chain_wants(&b->chain, &type));
	assert_int_equal(
	    chain_take_ds(&b->chain, b->chain.wanted.bytes, &reply, &b->tools, &new_zone),
	    DNSSEC_OK);
	assert_null(chain_wants(&b->chain, &type));
}

static void
a_delegation_with_ds_is_not_insecure_by_any_denial(void **state)
{
	struct bench *b = *state;
	struct chain_reply reply, empty = { .rcode = RCODE_NOERROR };
	uint16_t type;
	bool new_zone;

	start(b, "www.sub.example");
	assert_non_null(chain_wants(&b->chain, &type));
	reply = denial(b, RCODE_NOERROR);
	assert_int_equal(
	    chain_take_ds(&b->chain, b->chain.wanted.bytes, &reply, &b->tools, &new_zone),
	    DNSSEC_MISSING_PROOF);
	fixture_budget(&b->f);
	assert_int_equal(
	    chain_take_ds(&b->chain, b->chain.wanted.bytes, &empty, &b->tools, &new_zone),
	    DNSSEC_MISSING_PROOF);
	assert_int_equal(b->chain.zone.security, SECURITY_SECURE);
}

static void
a_ds_set_leads_to_its_keys_which_must_match(void **state)
{
	struct bench *b = *state;
	struct chain_reply reply;
	uint16_t type;
	bool new_zone;

	start(b, "www.sub.example");
	assert_non_null(chain_wants(&b->chain, &type));
	reply = data(fixture_find(&b->f, "sub.example", TYPE_DS));
	assert_int_equal(
	    chain_take_ds(&b->chain, b->chain.wanted.bytes, &reply, &b->tools, &new_zone),
	    DNSSEC_OK);
	assert_non_null(chain_wants(&b->chain, &type));
	assert_int_equal(type, TYPE_DNSKEY);
	assert_true(dname_equal(b->chain.wanted.bytes, name_of(b, "sub.example")));
	reply = (struct chain_reply){ .failed = true };
	assert_int_equal(
	    chain_take_dnskey(&b->chain, &reply, &b->tools, &new_zone), DNSSEC_NO_KEY);
	chain_fail(&b->chain, DNSSEC_NO_KEY, 60);
	assert_null(chain_wants(&b->chain, &type));
	assert_int_equal(b->chain.zone.security, SECURITY_BOGUS);
	assert_true(dname_equal(b->chain.zone.name.bytes, name_of(b, "sub.example")));
}

static void
a_forged_ds_set_changes_nothing(void **state)
{
	struct bench *b = *state;
	struct chain_reply reply;
	struct rrset *ds;
	uint16_t type;
	bool new_zone;

	start(b, "sub.example");
	assert_non_null(chain_wants(&b->chain, &type));
	ds = fixture_find(&b->f, "sub.example", TYPE_DS);
	bytes_of(&ds->rdata[0])[5] ^= 1;
	reply = data(ds);
	assert_int_equal(
	    chain_take_ds(&b->chain, b->chain.wanted.bytes, &reply, &b->tools, &new_zone),
	    DNSSEC_BAD_SIGNATURE);
	assert_non_null(chain_wants(&b->chain, &type));
	assert_int_equal(type, TYPE_DS);
	assert_int_equal(ds->security, SECURITY_UNCHECKED);
}

static void
the_deepest_anchor_counts_and_a_negative_one_above_it_does_not(void **state)
{
	struct bench *b = *state;
	static const uint8_t root[] = { 0 };
	struct dname example, sub;
	static const uint8_t ds[] = { 0, 1, 8, 2, 0xaa };
	struct rdata record = { sizeof(ds), ds };
	struct rrset top = {
		.owner = root, .type = TYPE_DS, .count = 1, .rdata = &record
	};
	struct rrset deep = {
		.owner = example.bytes, .type = TYPE_DS, .count = 1, .rdata = &record
	};
	const struct rrset *lists[] = { &top, &deep };
	const uint8_t *names[] = { example.bytes };
	struct anchors *a;

	assert_int_equal(dname_from_text("example", &example), ERR_OK);
	assert_int_equal(dname_from_text("a.example", &sub), ERR_OK);
	assert_non_null(a = anchors_new(lists, 2, names, 1));
	assert_ptr_equal(anchors_find(a, sub.bytes), anchors_at(a, example.bytes));
	assert_ptr_equal(anchors_find(a, name_of(b, "org")), anchors_at(a, root));
	assert_null(anchors_at(a, sub.bytes));
	assert_true(anchors_denied(a, sub.bytes, root));
	assert_true(anchors_denied(a, sub.bytes, example.bytes));
	assert_false(anchors_denied(a, sub.bytes, sub.bytes));
	assert_false(anchors_denied(a, name_of(b, "org"), root));
	anchors_unref(a);
	assert_non_null(a = anchors_new(&lists[1], 1, NULL, 0));
	assert_null(anchors_find(a, name_of(b, "org")));
	assert_false(anchors_denied(a, sub.bytes, NULL));
	anchors_unref(a);
}

static struct chain_zone
zone_of(struct bench *b, const char *name, uint8_t security)
{
	struct chain_zone z = { .security = security, .ttl_sec = 10 };

	dname_set(&z.name, name_of(b, name));
	if (security == SECURITY_SECURE)
		z.keys = b->f.keys;
	return z;
}

static void
the_table_gives_the_deepest_zone_until_it_is_over(void **state)
{
	struct bench *b = *state;
	static const struct hashkey key = { 1, 2 };
	struct keytable *k = keytable_new(1 << 20, &key);
	struct chain_zone secure = zone_of(b, "example", SECURITY_SECURE);
	struct chain_zone insecure = zone_of(b, "sub.example", SECURITY_INSECURE), out;

	assert_non_null(k);
	keytable_put(k, &secure, 1000);
	keytable_put(k, &insecure, 6000);
	assert_true(keytable_find(k, name_of(b, "www.sub.example"), 0, 7000, &out));
	assert_int_equal(out.security, SECURITY_INSECURE);
	assert_true(keytable_find(k, name_of(b, "www.example"), 0, 7000, &out));
	assert_int_equal(out.security, SECURITY_SECURE);
	assert_ptr_equal(out.keys, b->f.keys);
	assert_int_equal(out.ttl_sec, 4);
	dnssec_keys_unref(out.keys);
	assert_false(keytable_find(k, name_of(b, "www.example"), 2, 7000, &out));
	assert_false(keytable_find(k, name_of(b, "www.example"), 0, 11000, &out));
	assert_true(keytable_find(k, name_of(b, "sub.example"), 0, 11000, &out));
	assert_int_equal(keytable_flush(k, name_of(b, "example"), true), 1);
	assert_false(keytable_find(k, name_of(b, "sub.example"), 0, 11000, &out));
	keytable_free(k);
}

static void
a_failure_displaces_nothing_that_was_proved(void **state)
{
	struct bench *b = *state;
	static const struct hashkey key = { 1, 2 };
	struct keytable *k = keytable_new(1 << 20, &key);
	struct chain_zone secure = zone_of(b, "example", SECURITY_SECURE), out;
	struct chain_zone bogus = zone_of(b, "example", SECURITY_BOGUS);

	assert_non_null(k);
	keytable_put(k, &bogus, 1000);
	keytable_put(k, &secure, 2000);
	keytable_put(k, &bogus, 3000);
	assert_true(keytable_find(k, name_of(b, "www.example"), 0, 4000, &out));
	assert_int_equal(out.security, SECURITY_SECURE);
	dnssec_keys_unref(out.keys);
	keytable_put(k, &bogus, 12000);
	assert_true(keytable_find(k, name_of(b, "www.example"), 0, 12000, &out));
	assert_int_equal(out.security, SECURITY_BOGUS);
	keytable_free(k);
}

static void
the_table_stays_within_its_bytes(void **state)
{
	struct bench *b = *state;
	static const struct hashkey key = { 1, 2 };
	struct keytable *k = keytable_new(512 << 10, &key);
	unsigned found = 0;

	for (unsigned i = 0; i < 5000; i++) {
		char text[32];
		struct chain_zone z, out;

		snprintf(text, sizeof(text), "z%u.example", i);
		z = zone_of(b, text, SECURITY_SECURE);
		keytable_put(k, &z, 1000);
		/* What is used often stays. */
		z = zone_of(b, "z0.example", SECURITY_SECURE);
		if (keytable_find(k, z.name.bytes, 2, 1000, &out)) {
			dnssec_keys_unref(out.keys);
			found++;
		}
	}
	assert_int_equal(found, 5000);
	assert_true(
	    keytable_flush(k, NULL, true) < (512 << 10) / dnssec_keys_bytes(b->f.keys));
	keytable_free(k);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_anchor_vouches_for_its_zone),
		TEST(another_digest_vouches_for_nothing_and_an_unknown_one_is_insecure),
		TEST(a_name_that_is_no_cut_leads_one_label_down),
		TEST(nothing_is_beneath_a_name_that_is_not_there),
		TEST(a_delegation_with_ds_is_not_insecure_by_any_denial),
		TEST(a_ds_set_leads_to_its_keys_which_must_match),
		TEST(a_forged_ds_set_changes_nothing),
		TEST(the_deepest_anchor_counts_and_a_negative_one_above_it_does_not),
		TEST(the_table_gives_the_deepest_zone_until_it_is_over),
		TEST(a_failure_displaces_nothing_that_was_proved),
		TEST(the_table_stays_within_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
