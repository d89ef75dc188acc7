#include "tests/unit/arena_fixture.h"

#include <string.h>

#include "resolver/iter/classify.h"

static struct rrset *
set(const char *owner, uint16_t type, const char *target)
{
	static const uint8_t address[] = { 192, 0, 2, 1 };
	const uint8_t *t = target == NULL ? NULL : name(target);

	return rrset_new_one(arena, name(owner), type, 300, t == NULL ? address : t,
	    t == NULL ? sizeof(address) : dname_len(t));
}

static struct view
view(const char *zone, const char *qname, uint16_t qtype)
{
	return (struct view){ .zone = name(zone), .name = name(qname), .qtype = qtype };
}

static void
an_answer_counts_with_aa_or_at_least_without_ra(void **state)
{
	struct view v = view("example.com", "www.example.com", TYPE_A);
	struct msg m = { .flags = FLAG_AA,
		.answer = set("www.example.com", TYPE_A, NULL) };
	struct found found;

	(void)state;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
	assert_ptr_equal(found.set, m.answer);
	m.flags = 0;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
	m.flags = FLAG_RA;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	v.forward = true;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
}

static void
records_of_another_name_or_type_are_no_answer(void **state)
{
	struct view v = view("example.com", "www.example.com", TYPE_A);
	struct msg m = { .flags = FLAG_AA,
		.answer = set("ftp.example.com", TYPE_A, NULL) };
	struct found found;

	(void)state;
	rrset_append(&m.answer, set("www.example.com", TYPE_TXT, NULL));
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NODATA);
	assert_null(found.set);
}

static void
a_dname_wins_over_the_cname_made_from_it(void **state)
{
	struct view v = view("example.com", "a.old.example.com", TYPE_A);
	struct msg m = { .flags = FLAG_AA,
		.answer = set("a.old.example.com", TYPE_CNAME, "a.new.example.com") };
	struct found found;

	(void)state;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_CNAME);
	rrset_append(&m.answer, set("old.example.com", TYPE_DNAME, "new.example.com"));
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_DNAME);
	/* Of the name itself it is data like any other and redirects nothing. */
	v = view("example.com", "old.example.com", TYPE_DNAME);
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
}

static void
a_cname_is_the_answer_to_cname_and_any(void **state)
{
	struct view v = view("example.com", "www.example.com", TYPE_CNAME);
	struct msg m = { .flags = FLAG_AA,
		.answer = set("www.example.com", TYPE_CNAME, "x.example.com") };
	struct found found;

	(void)state;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
	v.qtype = TYPE_ANY;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
	v.qtype = TYPE_A;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_CNAME);
}

static void
a_referral_leads_down_and_towards_the_name(void **state)
{
	static const struct {
		const char *owner;
		enum reply_class class;
	} cases[] = {
		{ "sub.example.com", REPLY_REFERRAL },
		{ "www.sub.example.com", REPLY_REFERRAL },
		{ "example.com", REPLY_LAME },
		{ "com", REPLY_LAME },
		{ "other.example.com", REPLY_LAME },
		{ "below.www.sub.example.com", REPLY_LAME },
	};
	struct view v = view("example.com", "www.sub.example.com", TYPE_A);
	struct found found;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct msg m = { .authority = set(cases[i].owner, TYPE_NS, "ns.test") };

		assert_int_equal(classify_reply(&v, &m, &found), cases[i].class);
		assert_true((found.ns != NULL) == (cases[i].class == REPLY_REFERRAL));
	}
}

static void
an_soa_above_the_name_makes_it_a_denial(void **state)
{
	struct view v = view("example.com", "www.example.com", TYPE_A);
	struct msg m = { .flags = FLAG_AA,
		.authority = set("example.com", TYPE_SOA, "ns.test") };
	struct found found;

	(void)state;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NODATA);
	assert_ptr_equal(found.soa, m.authority);
	m.rcode = RCODE_NXDOMAIN;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NXDOMAIN);
	m.flags = FLAG_RA;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	/* Of a cousin it says nothing; with AA the denial itself still counts. */
	m = (struct msg){ .flags = FLAG_AA,
		.authority = set("x.example.com", TYPE_SOA, "n.test") };
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NODATA);
	assert_null(found.soa);
	m.flags = 0;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
}

static void
about_ds_the_child_is_lame(void **state)
{
	struct view v = view("com", "example.com", TYPE_DS);
	struct msg m = { .flags = FLAG_AA,
		.authority = set("example.com", TYPE_SOA, "ns.test") };
	struct found found;

	(void)state;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	m = (struct msg){ .authority = set("example.com", TYPE_NS, "ns.test") };
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	m = (struct msg){ .flags = FLAG_AA,
		.authority = set("com", TYPE_SOA, "ns.test") };
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NODATA);
}

static void
behind_an_alias_only_what_is_said_counts(void **state)
{
	struct view v = view("example.com", "target.example.com", TYPE_A);
	struct msg m = { .flags = FLAG_AA };
	struct found found;

	(void)state;
	v.chained = true;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NOTHING);
	m.rcode = RCODE_NXDOMAIN;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NOTHING);
	m.authority = set("example.com", TYPE_SOA, "ns.test");
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NXDOMAIN);
	m = (struct msg){ .authority = set("target.example.com", TYPE_NS, "ns.test") };
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NOTHING);
}

static void
each_rcode_has_its_way(void **state)
{
	static const struct {
		uint16_t rcode;
		enum reply_class class;
	} cases[] = {
		{ RCODE_FORMERR, REPLY_FORMAT },
		{ RCODE_NOTIMP, REPLY_FORMAT },
		{ RCODE_BADVERS, REPLY_FORMAT },
		{ RCODE_REFUSED, REPLY_LAME },
		{ RCODE_SERVFAIL, REPLY_ERROR },
		{ 9, REPLY_ERROR },
		{ 4000, REPLY_ERROR },
		{ RCODE_YXDOMAIN, REPLY_ERROR },
	};
	struct view v = view("example.com", "www.example.com", TYPE_A);
	struct found found;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct msg m = { .flags = FLAG_AA, .rcode = cases[i].rcode };

		assert_int_equal(classify_reply(&v, &m, &found), cases[i].class);
	}
}

static void
a_forwarder_that_does_not_recurse_is_lame(void **state)
{
	struct view v = view(".", "www.example.com", TYPE_A);
	struct msg m = { .authority = set("com", TYPE_NS, "ns.test") };
	struct found found;

	(void)state;
	v.forward = true;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	m = (struct msg){ .flags = FLAG_RA };
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NODATA);
}

static void
silence_is_no_data_when_nobody_says_more(void **state)
{
	struct view v = view("example.com", "www.example.com", TYPE_AAAA);
	struct msg m = { .answer = set("www.example.com", TYPE_A, NULL) };
	struct found found;

	(void)state;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	assert_true(found.silent);
	v.silence_counts = true;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_NODATA);
	m.authority = set("example.com", TYPE_NS, "ns.example.com");
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	assert_false(found.silent);
	m.authority = NULL;
	v.refers = true;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	m.flags = FLAG_AA;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	v.refers = false;
	m.flags = FLAG_RA;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	assert_false(found.silent);
}

static void
a_signed_ds_beside_a_referral_is_an_answer(void **state)
{
	struct view v = view("com", "example.com", TYPE_DS);
	struct rrset *ds = set("example.com", TYPE_DS, NULL);
	struct msg m = { .authority = set("example.com", TYPE_NS, "ns.example.com") };
	struct rdata sig = { .len = 0 };
	struct found found;

	(void)state;
	m.authority->next = ds;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_LAME);
	ds->sigs = &sig;
	ds->sig_count = 1;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_ANSWER);
	assert_ptr_equal(found.set, ds);
	v.qtype = TYPE_A;
	assert_int_equal(classify_reply(&v, &m, &found), REPLY_REFERRAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_counts_with_aa_or_at_least_without_ra),
		cmocka_unit_test(records_of_another_name_or_type_are_no_answer),
		cmocka_unit_test(a_dname_wins_over_the_cname_made_from_it),
		cmocka_unit_test(a_cname_is_the_answer_to_cname_and_any),
		cmocka_unit_test(a_referral_leads_down_and_towards_the_name),
		cmocka_unit_test(an_soa_above_the_name_makes_it_a_denial),
		cmocka_unit_test(about_ds_the_child_is_lame),
		cmocka_unit_test(behind_an_alias_only_what_is_said_counts),
		cmocka_unit_test(each_rcode_has_its_way),
		cmocka_unit_test(a_forwarder_that_does_not_recurse_is_lame),
		cmocka_unit_test(silence_is_no_data_when_nobody_says_more),
		cmocka_unit_test(a_signed_ds_beside_a_referral_is_an_answer),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
