#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/local/local.h"
#include "resolver/local/special.h"
#include "resolver/wire/rdata.h"

/*
 * One configuration for all: own data with a CNAME inside, one out and a loop, a
 * wildcard, a local zone with an empty non-terminal, a stub zone inside it, and the
 * operator's own reverse zone.
 */
struct bench {
	struct arena *arena;
	struct conf *conf;
	struct local *local;
	struct question q;
	struct answer out;
};

/* Three of them and five letters more are 200 bytes. */
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const uint8_t *
name(struct bench *b, const char *text)
{
	struct dname d;

	assert_int_equal(dname_from_text(text, &d), ERR_OK);
	return arena_copy(b->arena, d.bytes, d.len);
}

static struct conf *
load(void)
{
	static const char *const overrides[] = {
		"local.data=['printer.corp. 300 IN A 10.0.0.1', 'a.deep.corp. 300 IN A "
		"10.0.0.2', "
		"'*.dev.corp. 300 IN A 10.0.0.3', 'here.example.com. 300 IN A 10.0.0.4', "
		"'nas.home.arpa. 300 IN A 10.0.0.5', 'www.corp. 300 IN CNAME "
		"printer.corp.', "
		"'out.corp. 300 IN CNAME WWW.example.org.', 'gone.corp. 300 IN CNAME "
		"nothing.corp.', "
		"'round.corp. 300 IN CNAME round2.corp.', 'round2.corp. 300 IN CNAME "
		"round.corp.', "
		"'old.corp. 300 IN DNAME new.corp.', 'a.new.corp. 300 IN A 10.0.0.6', "
		"'kept.old.corp. 300 IN A 10.0.0.7', "
		"'away.corp. 300 IN DNAME example.org.', "
		"'far.corp. 300 IN DNAME " LONG "." LONG "." LONG ".ccccc.']",
		"local.zones=[corp]",
		"zones=[{name: 20.10.in-addr.arpa, kind: stub, servers: [10.1.1.1]}, "
		"{name: 168.192.in-addr.arpa, kind: stub, servers: [10.1.1.1]}, "
		"{name: ad.corp, kind: stub, servers: [10.1.1.1]}, "
		"{name: ., kind: forward, servers: [10.1.1.1]}]",
		"sinkhole.text=stopped by sekisho",
		"sinkhole.ttl=30s",
	};
	static struct conf_errors errors;
	struct conf *conf = NULL;

	if (conf_load(NULL, overrides, sizeof(overrides) / sizeof(overrides[0]), &errors,
		&conf) != ERR_OK)
		fail_msg("%s", errors.errors[0].text);
	return conf;
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->arena = arena_new(1 << 20);
	b->conf = load();
	b->local = local_new(b->conf);
	assert_non_null(b->local);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	local_free(b->local);
	arena_free(b->arena);
	conf_unref(b->conf);
	free(b);
	return 0;
}

static enum local_result
ask(struct bench *b, const char *qname, uint16_t qtype)
{
	struct dname d;

	assert_int_equal(dname_from_text(qname, &d), ERR_OK);
	memset(&b->q, 0, sizeof(b->q));
	memcpy(b->q.qname, d.bytes, d.len);
	b->q.qname_len = d.len;
	b->q.qtype = qtype;
	b->q.qclass = CLASS_IN;
	return local_answer(b->local, &b->q, b->arena, &b->out);
}

/* The answer is ours, NODATA or NXDOMAIN, with the SOA of ${soa_owner}. */
static void
expect_negative(struct bench *b, const char *qname, uint16_t qtype, uint16_t rcode,
    const char *soa_owner)
{
	assert_int_equal(ask(b, qname, qtype), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, rcode);
	assert_null(b->out.answer);
	assert_non_null(b->out.authority);
	assert_int_equal(b->out.authority->type, TYPE_SOA);
	assert_true(dname_equal(b->out.authority->owner, name(b, soa_owner)));
	assert_true(b->out.authoritative);
}

static void
expect_a(struct bench *b, const char *qname, const uint8_t bytes[4])
{
	const struct rrset *set;

	assert_int_equal(ask(b, qname, TYPE_A), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, RCODE_NOERROR);
	set = b->out.answer;
	assert_non_null(set);
	while (set->next != NULL)
		set = set->next;
	assert_int_equal(set->type, TYPE_A);
	assert_int_equal(set->rdata[0].len, 4);
	assert_memory_equal(set->rdata[0].bytes, bytes, 4);
}

static void
public_names_are_not_ours(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "www.example.org", TYPE_A), LOCAL_NONE);
	assert_int_equal(ask(b, ".", TYPE_NS), LOCAL_NONE);
	assert_int_equal(ask(b, "arpa", TYPE_NS), LOCAL_NONE);
	assert_int_equal(ask(b, "8.8.8.8.in-addr.arpa", TYPE_PTR), LOCAL_NONE);
	assert_int_equal(ask(b, "32.172.in-addr.arpa", TYPE_PTR), LOCAL_NONE);
	assert_int_equal(ask(b, "63.100.in-addr.arpa", TYPE_PTR), LOCAL_NONE);
	assert_int_equal(ask(b, "other.example.com", TYPE_A), LOCAL_NONE);
	assert_int_equal(ask(b, "localhost.example.com", TYPE_A), LOCAL_NONE);
}

static void
localhost_and_all_beneath_it_is_loopback(void **state)
{
	struct bench *b = *state;
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };

	expect_a(b, "localhost", v4);
	expect_a(b, "a.b.localhost", v4);
	assert_int_equal(ask(b, "x.localhost", TYPE_AAAA), LOCAL_ANSWER);
	assert_memory_equal(b->out.answer->rdata[0].bytes, v6, 16);
	expect_negative(b, "localhost", TYPE_MX, RCODE_NOERROR, "localhost");
}

static void
names_that_do_not_exist_by_decree_are_nxdomain_themselves(void **state)
{
	struct bench *b = *state;
	static const char *const names[] = { "invalid", "test", "local", "onion", "alt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char below[64];

		expect_negative(b, names[i], TYPE_A, RCODE_NXDOMAIN, names[i]);
		snprintf(below, sizeof(below), "deep.down.%s", names[i]);
		expect_negative(b, below, TYPE_AAAA, RCODE_NXDOMAIN, names[i]);
	}
}

static void
an_empty_zone_has_soa_and_ns_and_nothing_beneath(void **state)
{
	struct bench *b = *state;

	expect_negative(
	    b, "1.0.0.10.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN, "10.in-addr.arpa");
	expect_negative(b, "10.in-addr.arpa", TYPE_TXT, RCODE_NOERROR, "10.in-addr.arpa");
	assert_int_equal(ask(b, "10.in-addr.arpa", TYPE_SOA), LOCAL_ANSWER);
	assert_int_equal(b->out.answer->type, TYPE_SOA);
	assert_int_equal(rrset_soa_minimum(b->out.answer), 10800);
	assert_int_equal(ask(b, "10.in-addr.arpa", TYPE_NS), LOCAL_ANSWER);
	assert_int_equal(b->out.answer->type, TYPE_NS);
	expect_negative(b, "9.8.16.172.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN,
	    "16.172.in-addr.arpa");
	expect_negative(b, "9.8.31.172.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN,
	    "31.172.in-addr.arpa");
	expect_negative(b, "1.127.100.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN,
	    "127.100.in-addr.arpa");
	expect_negative(b, "1.2.d.f.ip6.arpa", TYPE_PTR, RCODE_NXDOMAIN, "d.f.ip6.arpa");
}

static void
the_ds_of_a_locally_served_zone_is_its_parents(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "home.arpa", TYPE_DS), LOCAL_NONE);
	assert_int_equal(ask(b, "10.in-addr.arpa", TYPE_DS), LOCAL_NONE);
	expect_negative(b, "x.home.arpa", TYPE_DS, RCODE_NXDOMAIN, "home.arpa");
}

static void
loopback_addresses_have_a_name(void **state)
{
	struct bench *b = *state;
	const char *six =
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa";

	assert_int_equal(ask(b, "1.0.0.127.in-addr.arpa", TYPE_PTR), LOCAL_ANSWER);
	assert_true(dname_equal(b->out.answer->rdata[0].bytes, name(b, "localhost")));
	assert_int_equal(ask(b, six, TYPE_PTR), LOCAL_ANSWER);
	assert_true(dname_equal(b->out.answer->rdata[0].bytes, name(b, "localhost")));
	expect_negative(
	    b, "2.0.0.127.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN, "127.in-addr.arpa");
}

/* RFC 6303 4.2 knows 127.in-addr.arpa alone; a DS question must not leave either. */
static void
the_name_of_127_0_0_1_is_no_zone_of_its_own(void **state)
{
	static const uint16_t types[] = { TYPE_NS, TYPE_SOA, TYPE_DS, TYPE_A };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		expect_negative(b, "1.0.0.127.in-addr.arpa", types[i], RCODE_NOERROR,
		    "127.in-addr.arpa");
	expect_negative(
	    b, "9.1.0.0.127.in-addr.arpa", TYPE_A, RCODE_NXDOMAIN, "127.in-addr.arpa");
	expect_negative(
	    b, "0.127.in-addr.arpa", TYPE_NS, RCODE_NOERROR, "127.in-addr.arpa");
}

static void
resolver_arpa_has_no_designated_resolver(void **state)
{
	expect_negative(
	    *state, "_dns.resolver.arpa", TYPE_SVCB, RCODE_NOERROR, "resolver.arpa");
}

static void
a_stub_zone_takes_special_names_back_but_forwarding_everything_does_not(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "1.1.168.192.in-addr.arpa", TYPE_PTR), LOCAL_NONE);
	assert_int_equal(ask(b, "1.2.20.10.in-addr.arpa", TYPE_PTR), LOCAL_NONE);
	expect_negative(
	    b, "1.2.21.10.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN, "10.in-addr.arpa");
}

static void
either_kind_can_be_switched_off(void **state)
{
	struct bench *b = *state;
	struct question q;
	struct local *l;

	ask(b, "printer.local", TYPE_A);
	q = b->q;
	b->conf->special_names = false;
	l = local_new(b->conf);
	assert_int_equal(local_answer(l, &q, b->arena, &b->out), LOCAL_NONE);
	ask(b, "1.0.0.10.in-addr.arpa", TYPE_PTR);
	assert_int_equal(local_answer(l, &b->q, b->arena, &b->out), LOCAL_ANSWER);
	local_free(l);
	b->conf->private_reverse = false;
	l = local_new(b->conf);
	assert_int_equal(local_answer(l, &b->q, b->arena, &b->out), LOCAL_NONE);
	local_free(l);
}

static void
own_data_is_answered_and_its_other_types_are_nodata(void **state)
{
	struct bench *b = *state;
	static const uint8_t one[4] = { 10, 0, 0, 1 }, four[4] = { 10, 0, 0, 4 };

	expect_a(b, "printer.corp", one);
	assert_true(b->out.authoritative);
	assert_int_equal(b->out.ttl_sec, 300);
	assert_false(b->out.cacheable);
	assert_ptr_not_equal(b->out.answer, b->conf->local_data);
	expect_a(b, "here.example.com", four);
	expect_negative(b, "printer.corp", TYPE_MX, RCODE_NOERROR, "corp");
	expect_negative(
	    b, "here.example.com", TYPE_AAAA, RCODE_NOERROR, "here.example.com");
}

static void
a_local_zone_denies_what_it_does_not_hold(void **state)
{
	struct bench *b = *state;

	expect_negative(b, "nobody.corp", TYPE_A, RCODE_NXDOMAIN, "corp");
	expect_negative(b, "deep.corp", TYPE_A, RCODE_NOERROR, "corp");
	expect_negative(b, "x.printer.corp", TYPE_A, RCODE_NXDOMAIN, "corp");
	expect_negative(b, "corp", TYPE_A, RCODE_NOERROR, "corp");
	assert_int_equal(ask(b, "corp", TYPE_SOA), LOCAL_ANSWER);
	assert_int_equal(b->out.answer->type, TYPE_SOA);
	assert_int_equal(ask(b, "dc.ad.corp", TYPE_A), LOCAL_NONE);
}

static void
own_data_stands_inside_an_empty_zone(void **state)
{
	struct bench *b = *state;
	static const uint8_t five[4] = { 10, 0, 0, 5 };

	expect_a(b, "nas.home.arpa", five);
	expect_negative(b, "tv.home.arpa", TYPE_A, RCODE_NXDOMAIN, "home.arpa");
}

static void
a_wildcard_covers_what_is_not_there(void **state)
{
	struct bench *b = *state;
	static const uint8_t three[4] = { 10, 0, 0, 3 };

	expect_a(b, "anything.dev.corp", three);
	assert_true(dname_equal(b->out.answer->owner, name(b, "anything.dev.corp")));
	expect_a(b, "two.labels.dev.corp", three);
	expect_negative(b, "dev.corp", TYPE_A, RCODE_NOERROR, "corp");
}

static void
own_cnames_are_followed_and_the_last_name_decides(void **state)
{
	struct bench *b = *state;
	static const uint8_t one[4] = { 10, 0, 0, 1 };

	expect_a(b, "www.corp", one);
	assert_int_equal(b->out.answer->type, TYPE_CNAME);
	assert_null(local_open_cname(&b->q, &b->out));
	assert_int_equal(ask(b, "gone.corp", TYPE_A), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, RCODE_NXDOMAIN);
	assert_non_null(b->out.authority);
	assert_null(local_open_cname(&b->q, &b->out));
}

/* ${text} leads to www.example.org, which is not ours, but for who asks for the alias. */
static void
expect_open(struct bench *b, const char *text)
{
	const uint8_t *next;

	assert_int_equal(ask(b, text, TYPE_A), LOCAL_ANSWER);
	next = local_open_cname(&b->q, &b->out);
	assert_non_null(next);
	assert_true(dname_equal(next, name(b, "www.example.org")));
	assert_int_equal(ask(b, text, TYPE_CNAME), LOCAL_ANSWER);
	assert_null(local_open_cname(&b->q, &b->out));
}

static void
a_cname_that_leaves_our_names_is_left_open(void **state)
{
	expect_open(*state, "out.corp");
}

static void
a_dname_of_ours_moves_what_lies_beneath_it(void **state)
{
	struct bench *b = *state;
	static const uint8_t six[4] = { 10, 0, 0, 6 }, seven[4] = { 10, 0, 0, 7 };
	const struct rrset *set;

	expect_a(b, "a.old.corp", six);
	set = b->out.answer;
	assert_int_equal(set->type, TYPE_DNAME);
	assert_true(dname_equal(set->owner, name(b, "old.corp")));
	assert_int_equal(set->next->type, TYPE_CNAME);
	assert_true(dname_equal(set->next->owner, name(b, "a.old.corp")));
	assert_true(dname_equal(set->next->rdata[0].bytes, name(b, "a.new.corp")));
	/* What is not there either is denied as the new name. */
	assert_int_equal(ask(b, "x.y.old.corp", TYPE_A), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, RCODE_NXDOMAIN);
	/* The name itself stays, and so does data that we were given for one beneath. */
	expect_negative(b, "old.corp", TYPE_A, RCODE_NOERROR, "corp");
	expect_a(b, "kept.old.corp", seven);
	assert_int_equal(ask(b, "x." LONG ".far.corp", TYPE_A), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, RCODE_YXDOMAIN);
}

static void
a_dname_that_leaves_our_names_is_left_open(void **state)
{
	expect_open(*state, "www.away.corp");
}

static void
a_loop_of_own_cnames_ends_as_servfail(void **state)
{
	struct bench *b = *state;

	assert_int_equal(ask(b, "round.corp", TYPE_A), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, RCODE_SERVFAIL);
	assert_null(b->out.answer);
}

static void
a_full_arena_is_servfail_and_nothing_half(void **state)
{
	struct bench *b = *state;
	struct arena *small = arena_new(16);

	ask(b, "printer.corp", TYPE_A);
	assert_int_equal(local_answer(b->local, &b->q, small, &b->out), LOCAL_ANSWER);
	assert_int_equal(b->out.rcode, RCODE_SERVFAIL);
	assert_null(b->out.answer);
	arena_free(small);
}

static void
other_classes_are_not_ours(void **state)
{
	struct bench *b = *state;

	ask(b, "localhost", TYPE_A);
	b->q.qclass = CLASS_CH;
	assert_int_equal(local_answer(b->local, &b->q, b->arena, &b->out), LOCAL_NONE);
}

static void
the_deeper_list_entry_wins_and_allow_at_equal_depth(void **state)
{
	struct bench *b = *state;
	struct namelist *allow = b->conf->allow, *block = b->conf->block;
	struct namelist_hit hit;

	b->conf->allow = namelist_new();
	b->conf->block = namelist_new();
	assert_int_equal(
	    namelist_add(b->conf->block, name(b, "bad.org"), 0, "block.txt", 7), ERR_OK);
	assert_int_equal(
	    namelist_add(b->conf->allow, name(b, "good.bad.org"), 0, "", 1), ERR_OK);
	assert_int_equal(
	    namelist_add(b->conf->block, name(b, "x.good.bad.org"), 0, "block.txt", 9),
	    ERR_OK);
	assert_int_equal(
	    namelist_add(b->conf->allow, name(b, "both.org"), 0, "", 1), ERR_OK);
	assert_int_equal(
	    namelist_add(b->conf->block, name(b, "both.org"), 0, "block.txt", 10),
	    ERR_OK);
	assert_int_equal(
	    local_policy_of(b->local, name(b, "a.bad.org"), &hit), POLICY_BLOCK);
	assert_int_equal(hit.line, 7);
	assert_int_equal(
	    local_policy_of(b->local, name(b, "a.good.bad.org"), &hit), POLICY_ALLOW);
	assert_int_equal(
	    local_policy_of(b->local, name(b, "y.x.good.bad.org"), &hit), POLICY_BLOCK);
	assert_int_equal(hit.line, 9);
	assert_int_equal(
	    local_policy_of(b->local, name(b, "both.org"), &hit), POLICY_ALLOW);
	assert_int_equal(
	    local_policy_of(b->local, name(b, "other.org"), &hit), POLICY_NONE);
	namelist_free(b->conf->allow);
	namelist_free(b->conf->block);
	b->conf->allow = allow;
	b->conf->block = block;
}

static void
sink(struct bench *b, enum conf_sinkhole_answer kind, uint16_t qtype)
{
	ask(b, "leak.evil.org", qtype);
	b->conf->sinkhole_answer = kind;
	assert_int_equal(local_sinkhole(b->conf, &b->q, EDE_FILTERED,
			     "20261122-3f9a1c-000042", b->arena, &b->out),
	    ERR_OK);
}

static void
a_stopped_name_is_answered_as_configured_with_its_event(void **state)
{
	struct bench *b = *state;

	sink(b, SINKHOLE_NXDOMAIN, TYPE_TXT);
	assert_int_equal(b->out.rcode, RCODE_NXDOMAIN);
	assert_int_equal(b->out.authority->ttl_sec, 30);
	assert_int_equal(rrset_soa_minimum(b->out.authority), 30);
	assert_int_equal(b->out.ede_code, EDE_FILTERED);
	assert_string_equal(
	    b->out.ede_text, "stopped by sekisho [20261122-3f9a1c-000042]");
	sink(b, SINKHOLE_NODATA, TYPE_TXT);
	assert_int_equal(b->out.rcode, RCODE_NOERROR);
	assert_non_null(b->out.authority);
	sink(b, SINKHOLE_REFUSED, TYPE_TXT);
	assert_int_equal(b->out.rcode, RCODE_REFUSED);
	assert_null(b->out.authority);
}

static void
an_address_sinkhole_answers_addresses_alone(void **state)
{
	struct bench *b = *state;

	assert_int_equal(addr_from_text("192.0.2.9", 0, &b->conf->sinkhole_v4), ERR_OK);
	sink(b, SINKHOLE_ADDRESS, TYPE_A);
	assert_int_equal(b->out.answer->rdata[0].bytes[3], 9);
	assert_int_equal(b->out.answer->ttl_sec, 30);
	sink(b, SINKHOLE_ADDRESS, TYPE_AAAA); /* none configured */
	assert_null(b->out.answer);
	assert_int_equal(b->out.rcode, RCODE_NOERROR);
	sink(b, SINKHOLE_ADDRESS, TYPE_TXT);
	assert_null(b->out.answer);
	assert_non_null(b->out.authority);
}

static bool
count_name(void *ctx, const struct dname *d, const struct special *row)
{
	(void)d;
	assert_non_null(row->source);
	(*(unsigned *)ctx)++;
	return true;
}

static void
the_table_of_special_names_is_whole(void **state)
{
	unsigned count = 0;

	(void)state;
	assert_true(special_each(count_name, &count));
	/* 8 names; 8 single, 16 and 64 numbered reverse zones and ::'s and loopback's
	 * own; 8 of IPv6. */
	assert_int_equal(count, 8 + 10 + 16 + 64 + 8);
}

static void
a_top_level_label_without_anything_of_ours_is_known(void **state)
{
	struct bench *b = *state;

	assert_true(local_knows(b->local, name(b, "anything.corp")));
	assert_true(local_knows(b->local, name(b, "example.net.example.com")));
	assert_true(local_knows(b->local, name(b, "a.invalid")));
	assert_true(local_knows(b->local, name(b, "1.in-addr.arpa")));
	assert_false(local_knows(b->local, name(b, "www.example.net")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_top_level_label_without_anything_of_ours_is_known, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    public_names_are_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    localhost_and_all_beneath_it_is_loopback, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    names_that_do_not_exist_by_decree_are_nxdomain_themselves, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    an_empty_zone_has_soa_and_ns_and_nothing_beneath, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_ds_of_a_locally_served_zone_is_its_parents, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    loopback_addresses_have_a_name, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_name_of_127_0_0_1_is_no_zone_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    resolver_arpa_has_no_designated_resolver, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_stub_zone_takes_special_names_back_but_forwarding_everything_does_not,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    either_kind_can_be_switched_off, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    own_data_is_answered_and_its_other_types_are_nodata, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_local_zone_denies_what_it_does_not_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    own_data_stands_inside_an_empty_zone, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_wildcard_covers_what_is_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    own_cnames_are_followed_and_the_last_name_decides, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_cname_that_leaves_our_names_is_left_open, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_dname_of_ours_moves_what_lies_beneath_it, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_dname_that_leaves_our_names_is_left_open, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_loop_of_own_cnames_ends_as_servfail, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_full_arena_is_servfail_and_nothing_half, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    other_classes_are_not_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_deeper_list_entry_wins_and_allow_at_equal_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_stopped_name_is_answered_as_configured_with_its_event, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    an_address_sinkhole_answers_addresses_alone, setup, teardown),
		cmocka_unit_test(the_table_of_special_names_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
