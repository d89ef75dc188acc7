#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/dns.h"
#include "detect/bucket.h"
#include "detect/cost.h"
#include "detect/inside.h"
#include "detect/rhythm.h"
#include "detect/signature.h"
#include "detect/weigh.h"
#include "tests/detect/fixture.h"

static const struct hashkey key = { 7, 8 };

static void
clients_in_a_bitmap_are_counted_as_the_formula_says(void **state)
{
	uint64_t bitmap = 0;

	(void)state;
	for (unsigned bits = 0; bits <= 64; bits++) {
		float empty = bits == 64 ? 0.5f : (float)(64 - bits);

		assert_true(state_count_of(bitmap) == 64.0f * logf(64.0f / empty));
		bitmap = bitmap << 1 | 1;
	}
}

static void
a_look_ahead_finds_what_judging_would(void **state)
{
	struct dname name = fixture_name("4f6a0123456789abcdef.t.example.co.uk");
	struct addr client = fixture_addr("192.0.2.1");
	struct detect_look look;
	struct fixture f;

	(void)state;
	fixture_new(&f, NULL, 0);
	detect_look(f.detect, f.conf, &client, false, name.bytes, &look);
	assert_int_equal(look.zone_labels, 3);
	assert_int_equal(look.kind, SUFFIX_OWNER);
	assert_int_equal(look.name.count, 5);
	assert_true(look.client_hash == detect_client_hash(f.detect, &client));
	assert_true(look.budget == 1.0f);
	fixture_free(&f);
}

/* ---- token buckets ---- */

static void
a_burst_is_allowed_then_the_rate_holds(void **state)
{
	struct bucket b = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(bucket_take(&b, 5, 10, 1000));
	assert_false(bucket_take(&b, 5, 10, 1000));
	assert_false(bucket_take(&b, 5, 10, 1199));
	assert_true(bucket_take(&b, 5, 10, 1200));
	assert_false(bucket_take(&b, 5, 10, 1200));
}

static void
a_step_back_in_time_is_no_time(void **state)
{
	struct bucket b = { 0 };

	(void)state;
	assert_true(bucket_take(&b, 1, 1, 5000));
	assert_false(bucket_take(&b, 1, 1, 4000));
	assert_false(bucket_take(&b, 1, 1, 5999));
	assert_true(bucket_take(&b, 1, 1, 6000));
}

static void
a_long_rest_fills_no_more_than_the_burst(void **state)
{
	struct bucket b = { 0 };

	(void)state;
	assert_true(bucket_take(&b, UINT32_MAX, 2, 1));
	assert_true(bucket_take(&b, UINT32_MAX, 2, UINT64_MAX));
	assert_true(bucket_take(&b, UINT32_MAX, 2, UINT64_MAX));
	assert_false(bucket_take(&b, UINT32_MAX, 2, UINT64_MAX));
}

/* ---- the owner's zone ---- */

static void
expect_zone(struct suffix *s, const char *name, const char *zone, enum suffix_kind kind)
{
	struct dname n = fixture_name(name), z = fixture_name(zone);
	enum suffix_kind found;
	struct namehash h;
	unsigned labels;

	namehash_fill(&h, &key, n.bytes);
	for (int i = 0; i < 2; i++) { /* the second time from the memo */
		labels = suffix_zone_labels(s, &h, &found);
		if (!dname_equal(namehash_tail(&h, labels), z.bytes))
			fail_msg("%s: %u labels, expected %s", name, labels, zone);
		assert_int_equal(found, kind);
	}
}

static void
a_zone_is_what_one_owner_has(void **state)
{
	struct suffix *s = suffix_new(&key);

	(void)state;
	assert_non_null(s);
	expect_zone(s, "www.example.com", "example.com", SUFFIX_OWNER);
	expect_zone(s, "a.b.c.d.e.f.g.h.example.com", "example.com", SUFFIX_OWNER);
	expect_zone(s, "a.b.example.co.uk", "example.co.uk", SUFFIX_OWNER);
	expect_zone(s, "www.shop.co.za", "shop.co.za", SUFFIX_OWNER);
	expect_zone(s, "x.www.ck", "www.ck", SUFFIX_OWNER);
	expect_zone(s, "a.b.c.ck", "b.c.ck", SUFFIX_OWNER);
	expect_zone(s, "com", "com", SUFFIX_OWNER);
	expect_zone(s, "x.tenant.blogspot.com", "tenant.blogspot.com", SUFFIX_OWNER);
	expect_zone(
	    s, "a.bucket.s3.amazonaws.com", "bucket.s3.amazonaws.com", SUFFIX_OWNER);
	expect_zone(s, "a.b.xn--55qx5d.cn", "b.xn--55qx5d.cn", SUFFIX_OWNER);
	suffix_free(s);
}

static void
expect_platform(struct suffix *s, const char *name, const char *platform)
{
	struct dname n = fixture_name(name);
	enum suffix_kind kind;
	struct namehash h;
	unsigned labels, zone_labels;

	namehash_fill(&h, &key, n.bytes);
	zone_labels = suffix_zone_labels(s, &h, &kind);
	for (int i = 0; i < 2; i++) {
		labels = suffix_platform_labels(s, &h, zone_labels);
		if (platform == NULL)
			assert_int_equal(labels, 0);
		else
			assert_true(dname_equal(
			    namehash_tail(&h, labels), fixture_name(platform).bytes));
	}
}

static void
a_platform_lets_zones_to_others(void **state)
{
	struct suffix *s = suffix_new(&key);

	(void)state;
	assert_non_null(s);
	expect_platform(s, "www.example.com", NULL);
	expect_platform(s, "com", NULL);
	expect_platform(s, "co.uk", NULL);
	expect_platform(s, "a.b.example.co.uk", NULL);
	expect_platform(s, "a.b.c.ck", NULL);
	expect_platform(s, "blogspot.com", NULL);
	expect_platform(s, "x.tenant.blogspot.com", "blogspot.com");
	expect_platform(s, "a.bucket.s3.amazonaws.com", "amazonaws.com");
	expect_platform(s, "anything.compute.amazonaws.com", "amazonaws.com");
	suffix_free(s);
}

static void
a_reverse_zone_is_a_block_of_addresses(void **state)
{
	struct suffix *s = suffix_new(&key);

	(void)state;
	expect_zone(s, "4.3.2.1.in-addr.arpa", "2.1.in-addr.arpa", SUFFIX_REVERSE);
	expect_zone(s,
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	    "8.b.d.0.1.0.0.2.ip6.arpa", SUFFIX_REVERSE);
	suffix_free(s);
}

static void
a_top_level_domain_that_the_list_lacks_is_a_kind_of_its_own(void **state)
{
	struct suffix *s = suffix_new(&key);

	(void)state;
	expect_zone(s, "printer", "printer", SUFFIX_UNKNOWN);
	expect_zone(s, "a.b.printer.lan", "printer.lan", SUFFIX_UNKNOWN);
	expect_zone(s, "a\\000b.\\255.x\\.y", "\\255.x\\.y", SUFFIX_UNKNOWN);
	suffix_free(s);
}

/* ---- what a name costs ---- */

static float
cost_of(const char *label)
{
	struct dname n = fixture_name(label);

	return cost_of_label(n.bytes) / 8.0f;
}

static void
a_label_costs_what_its_alphabet_can_carry(void **state)
{
	(void)state;
	assert_in_range((int)(cost_of("www") * 100), 270, 280);
	assert_in_range(
	    (int)(cost_of("0123456789abcdef0123456789abcdef") * 10), 170, 180);
	assert_in_range((int)(cost_of("12345678") * 10), 44, 46);
	/* 128 bits and four hyphens, not 36 characters of any kind. */
	assert_in_range(
	    (int)(cost_of("9f0c5a3e-77d1-4b02-8e6f-0a1b2c3d4e5f") * 10), 195, 205);
	assert_in_range((int)(cost_of("54-12-3-4") * 10), 50, 52);
	assert_true(cost_of("a-z") > cost_of("a-f"));
	/* Bytes that only a tunnel sends are worth more than letters. */
	assert_true(cost_of("\\200\\201\\202\\203") > cost_of("abcd"));
}

static void
a_label_that_the_zone_knows_costs_next_to_nothing(void **state)
{
	struct seen *seen = seen_new(1024);
	struct dname a = fixture_name("data123.t.example.com"),
		     b = fixture_name("data456.t.example.com");
	struct wellknown *known = wellknown_new(&key);
	struct namehash ha, hb, hc;
	struct dname c = fixture_name("_dmarc.t.example.com");
	struct cost first, second;

	(void)state;
	namehash_fill(&ha, &key, a.bytes);
	namehash_fill(&hb, &key, b.bytes);
	first = cost_of_name(
	    &ha, &(struct cost_zone){ .labels = 2, .distinct = 0 }, seen, known, 1);
	assert_int_equal(first.new_labels, 2);
	cost_learn(&ha, &(struct cost_zone){ .labels = 2 }, seen, 0, 1);
	second = cost_of_name(
	    &hb, &(struct cost_zone){ .labels = 2, .distinct = 2 }, seen, known, 1);
	assert_int_equal(second.new_labels, 1);
	assert_true(second.bytes < first.bytes);
	assert_true(cost_of_name(&ha, &(struct cost_zone){ .labels = 2, .distinct = 2 },
			seen, known, 1)
			.bytes < 0.3f);
	/* One that all zones have costs no more than the choice of it. */
	namehash_fill(&hc, &key, c.bytes);
	assert_true(cost_of_name(&hc, &(struct cost_zone){ .labels = 3, .distinct = 0 },
			seen, known, 1)
			.bytes < 1.0f);
	wellknown_free(known);
	seen_free(seen);
}

static float
cost_after(struct seen *seen, const struct wellknown *known, const char *before,
    const char *name)
{
	struct dname a = fixture_name(before), b = fixture_name(name);
	struct namehash ha, hb;
	unsigned labels;

	namehash_fill(&ha, &key, a.bytes);
	namehash_fill(&hb, &key, b.bytes);
	labels = cost_of_name(
	    &ha, &(struct cost_zone){ .labels = 2, .distinct = 0 }, seen, known, 1)
		     .new_labels;
	cost_learn(&ha, &(struct cost_zone){ .labels = 2 }, seen, 0, 1);
	return cost_of_name(
	    &hb, &(struct cost_zone){ .labels = 2, .distinct = labels }, seen, known, 1)
	    .bytes;
}

static void
a_label_of_known_parts_costs_what_is_new_in_it(void **state)
{
	struct seen *seen = seen_new(1024);
	struct wellknown *known = wellknown_new(&key);
	float one, all;

	(void)state;
	one = cost_after(seen, known, "k8s-shop-eu-1-external.example.com",
	    "k8s-shop-eu-2-external.example.com");
	assert_in_range((int)(one * 10), 30, 50);
	/* In another zone nothing of it is known. */
	all = cost_after(
	    seen, known, "www.example.net", "k8s-shop-eu-2-external.example.net");
	assert_true(all > 2 * one);
	/* Never dearer than its letters. */
	assert_true(all <= cost_of("k8s-shop-eu-2-external") + 0.01f);
	wellknown_free(known);
	seen_free(seen);
}

/* A code book of sixteen parts: the bits that it chooses with are charged whole. */
static void
a_choice_among_known_parts_is_charged_whole(void **state)
{
	struct seen *seen = seen_new(1024);
	struct wellknown *known = wellknown_new(&key);
	struct dname n = fixture_name("pa-ca-aa-ga-ea-ba-oa-la.example.com");
	struct namehash h;

	(void)state;
	cost_after(seen, known, "aa-ba-ca-da-ea-fa-ga-ha.example.com", "www.example.com");
	cost_after(seen, known, "ia-ja-ka-la-ma-na-oa-pa.example.com", "www.example.com");
	namehash_fill(&h, &key, n.bytes);
	assert_in_range(
	    (int)(cost_of_name(&h, &(struct cost_zone){ .labels = 2, .distinct = 16 },
		      seen, known, 1)
		      .bytes *
		  10),
	    40, 70); /* eight times four bits, and what it is to say so */
	wellknown_free(known);
	seen_free(seen);
}

/* A flood of labels with a hundred parts does not look up, or learn, each of them. */
static void
no_more_than_eight_parts_of_a_name_are_looked_at(void **state)
{
	struct seen *seen = seen_new(1024);
	struct wellknown *known = wellknown_new(&key);
	struct dname nine = fixture_name("aa-bb-cc-dd-ee-ff-gg-hh-ii.example.com"),
		     two =
			 fixture_name("a1-b1-c1-d1-e111.ffff-gggg-hhhh-iiii.example.com"),
		     brief = fixture_name("db-01-eu.example.com");
	struct namehash h;

	(void)state;
	namehash_fill(&h, &key, nine.bytes);
	assert_int_equal(
	    cost_of_name(
		&h, &(struct cost_zone){ .labels = 2, .distinct = 0 }, seen, known, 1)
		.new_labels,
	    1);
	namehash_fill(&h, &key, two.bytes);
	assert_int_equal(
	    cost_of_name(
		&h, &(struct cost_zone){ .labels = 2, .distinct = 0 }, seen, known, 1)
		.new_labels,
	    2 + 4);
	namehash_fill(&h, &key, brief.bytes);
	assert_int_equal(
	    cost_of_name(
		&h, &(struct cost_zone){ .labels = 2, .distinct = 0 }, seen, known, 1)
		.new_labels,
	    1);
	wellknown_free(known);
	seen_free(seen);
}

/* ---- seen names ---- */

static void
a_name_is_remembered_with_who_asked_last_and_forgotten_after_days(void **state)
{
	struct seen *s = seen_new(4096);

	(void)state;
	assert_false(seen_find(s, 0xabcdef0123456789, 10).found);
	seen_put(s, 0xabcdef0123456789, 77, 10);
	assert_true(seen_find(s, 0xabcdef0123456789, 10).found);
	assert_int_equal(seen_find(s, 0xabcdef0123456789, 10).tag, 77);
	seen_put(s, 0xabcdef0123456789, 78, 11);
	assert_int_equal(seen_find(s, 0xabcdef0123456789, 12).tag, 78);
	assert_false(seen_find(s, 0xabcdef0123456789, 11 + SEEN_LIFE).found);
	seen_free(s);
}

static void
what_is_old_does_not_become_young_when_the_half_hour_comes_again(void **state)
{
	struct seen *s = seen_new(4096);

	(void)state;
	seen_put(s, 0xabcdef0123456789, 77, 10);
	/* 128 hours later, other names having been asked meanwhile. */
	for (uint32_t n = 0; n < 256 * 20; n++)
		seen_put(s, namehash_mix(n, 5) | 0x10000, 1, 10 + n / 20);
	assert_false(seen_find(s, 0xabcdef0123456789, 10 + 256).found);
	seen_free(s);
	/* A resolver that slept meanwhile. */
	s = seen_new(4096);
	seen_put(s, 0xabcdef0123456789, 77, 10);
	for (uint32_t n = 0; n < 200; n++)
		seen_put(s, namehash_mix(n, 5), 1, 10 + 250);
	assert_false(seen_find(s, 0xabcdef0123456789, 10 + 256).found);
	seen_free(s);
}

static void
a_full_bucket_forgets_the_oldest(void **state)
{
	struct seen *s = seen_new(1024);
	uint64_t hash[9];

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		hash[i] = (uint64_t)(i + 1); /* one bucket, nine fingerprints */
	for (unsigned i = 0; i < 8; i++)
		seen_put(s, hash[i], 0, 100 + i);
	seen_put(s, hash[8], 0, 108);
	assert_false(seen_find(s, hash[0], 108).found);
	for (unsigned i = 1; i < 9; i++)
		assert_true(seen_find(s, hash[i], 108).found);
	seen_free(s);
}

/* ---- tables ---- */

static void
what_is_stopped_or_charged_outlives_a_flood_of_new_zones(void **state)
{
	struct zones *z = zones_new(1024);
	struct zone_state *stopped = zones_get(z, 0x1111111111, 1), *charged;

	(void)state;
	stopped->sinkhole.until_sec = 100000;
	charged = zones_get(z, 0x2222222222, 1);
	charged->up.milli = 400000;
	for (uint64_t i = 1; i < 100000; i++)
		(void)zones_get(
		    z, i * UINT64_C(0x9e3779b97f4a7c15), (uint32_t)(2 + i / 100));
	assert_non_null(zones_find(z, 0x1111111111));
	assert_non_null(zones_find(z, 0x2222222222));
	zones_free(z);
}

static void
an_account_drains_and_never_goes_below_nothing(void **state)
{
	struct account a = { .milli = 10000 };
	uint32_t last_sec = 100;

	(void)state;
	account_drain(&a, 5, state_span(&last_sec, 1100));
	assert_int_equal(a.milli, 5000);
	account_drain(&a, 5, state_span(&last_sec, 900)); /* a step back */
	assert_int_equal(a.milli, 5000);
	account_drain(&a, 5, state_span(&last_sec, UINT32_MAX));
	assert_int_equal(a.milli, 0);
	account_add(&a, 1e9f, 600);
	assert_int_equal(a.milli, 600000);
}

/* ---- signatures ---- */

static uint16_t session; /* of the last tool_of */

static const char *
tool_of(const char *name, unsigned zone_labels)
{
	struct dname n = fixture_name(name);
	const struct signature *s;
	struct namehash h;

	namehash_fill(&h, &key, n.bytes);
	s = signature_find(&h, zone_labels, TYPE_TXT, &session);
	assert_ptr_equal(signature_at(signature_number(s)), s);
	return s != NULL ? s->tool : "";
}

static void
tools_are_known_by_their_marks(void **state)
{
	(void)state;
	assert_string_equal(tool_of("vaaaakaskoq.t.example.com", 2), "iodine");
	assert_string_equal(
	    tool_of("zstxaa-aaahhh-drink-mal-ein-j\\228germeister-.example.com", 2),
	    "iodine");
	assert_string_equal(
	    tool_of("zst0aa0123456789\\188\\189\\190\\191\\192.example.com", 2),
	    "iodine");
	assert_string_equal(
	    tool_of("bjwfgaabadndq0jcqz.=auth.t.example.com", 2), "dns2tcp");
	assert_string_equal(
	    tool_of("bjvwedxsagvjag8.=connect.t.example.com", 2), "dns2tcp");
	assert_string_equal(tool_of("a.=resource.t.example.com", 2), "dns2tcp");
	assert_string_equal(tool_of("www.example.com", 2), "");
	assert_string_equal(tool_of("vaaaakaskoq.com", 2), ""); /* the zone itself */
	assert_string_equal(tool_of("vaaaak.example.com", 2), "");
	assert_string_equal(tool_of("x.=auth", 2), "");
}

static void
certain(const char *name, const char *tool)
{
	assert_string_equal(tool_of(name, 2), tool);
	assert_int_equal(session, 0);
}

static void
some_tools_are_certain_at_their_first_question(void **state)
{
	(void)state;
	certain("dnscat.0fd3010000a1b2c3d4e5.example.com", "dnscat2");
	certain("init.ojsxa33soqxhu2lqpqytambq.base32.example.com", "DNSExfiltrator");
	certain("init.cmvwb3j0lnppchwxmha.x.base64.t.example.com", "DNSExfiltrator");
	certain("n5xgkidxn5zgi-0.id-21432.up.example.com", "OzymanDNS");
	certain("13-0.id-21432.down.example.com", "OzymanDNS");
	certain("aaa.stage.14919005.example.com", "Cobalt Strike");
	assert_string_equal(tool_of("init.example.com", 2), "");
	assert_string_equal(tool_of("init.base32.example.com", 2), "");
	assert_string_equal(tool_of("id-card.up.example.com", 2), "");
	assert_string_equal(tool_of("api.stage.eu.example.com", 2), "");
	assert_string_equal(tool_of("cdn.stage.2.example.com", 2), "");
}

/* Two names of one run, and one of another. */
static void
by_session(const char *one, const char *two, const char *other, const char *tool)
{
	uint16_t first;

	assert_string_equal(tool_of(one, 2), tool);
	assert_int_not_equal(first = session, 0);
	assert_string_equal(tool_of(two, 2), tool);
	assert_int_equal(session, first);
	assert_string_equal(tool_of(other, 2), tool);
	assert_int_not_equal(session, first);
}

static void
the_others_by_a_session_that_stays(void **state)
{
	(void)state;
	by_session("5d2301340f59af309420872c7ac9.example.com",
	    "16ff01340fb07c91d31a.cc2c7b31fd87.example.com",
	    "16ff01340eb07c91d31acc2c.example.com", "dnscat2");
	by_session("xniy5qd6kl4p52bvkzxfbojpf6va.t.example.com",
	    "xniy5qd6kl4p5y6lv6qgdmyn2uwc.pmpu7mtt2zz4.t.example.com",
	    "anjy5qd6kl4p5y6lv6qgdmyn2uwc.t.example.com", "dnstt");
	by_session("babbb4du8w11k9ab3fqc28ycghwc.example.com",
	    "babkb4du8w1c21crnv2qxj5f2dpa.example.com",
	    "babkb4dh8w1c21crnv2qxj5f2dpa.example.com", "Sliver");
	by_session("post.1a38dd3c51ad4bcdc7368.1.3832307e.ns.example.com",
	    "www.2175562caeb3f.3e3e7bad1122.0a.3832307e.ns.example.com",
	    "www.1a38dd3c51ad4bcdc7368.0.59e118bd.ns.example.com", "Cobalt Strike");
	/* What people ask. */
	assert_string_equal(
	    tool_of("d41d8cd98f00b204e9800998ecf8427e.example.com", 2), "");
	assert_string_equal(tool_of("bb545e4a-e8d9-3c88.cdn.example.com", 2), "");
	assert_string_equal(tool_of("www.1234.example.com", 2), "");
	assert_string_equal(
	    tool_of("1.f.d.4.3.3.e.f.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa", 2), "");
}

/* ---- event ids ---- */

static void
an_event_id_is_day_process_and_counter(void **state)
{
	struct event_ref r = { .seed = 0x3f9a1c, .number = 42, .day = 20779 }, again;
	char text[EVENT_ID_MAX];

	(void)state;
	detect_ref_text(&r, text);
	assert_string_equal(text, "20261122-3f9a1c-000042");
	assert_true(detect_ref_parse(text, &again));
	assert_int_equal(again.day, r.day);
	assert_int_equal(again.number, 42);
	assert_int_equal(again.seed, 0x3f9a1c);
	for (unsigned day = 0; day < 65536; day += 13) {
		r.day = (uint16_t)day;
		detect_ref_text(&r, text);
		assert_true(detect_ref_parse(text, &again));
		assert_int_equal(again.day, day);
	}
	assert_false(detect_ref_parse("20261122-3f9a1c-", &again));
	assert_false(detect_ref_parse("20261322-3f9a1c-000042", &again));
	assert_false(detect_ref_parse("20261122-3f9a1c-000042x", &again));
}

/* ---- rhythm ---- */

/* ${count} questions, each after what ${gap_ms} says of its number. */
static struct rhythm
beat(unsigned count, unsigned (*gap_ms)(unsigned n))
{
	struct rhythm r = { 0 };
	uint64_t now_ms = 5000000;

	for (unsigned n = 0; n < count; n++) {
		rhythm_count(&r, now_ms, (uint32_t)(now_ms / 1000));
		now_ms += gap_ms(n);
	}
	return r;
}

static uint32_t
noise(unsigned n)
{
	return (uint32_t)(namehash_mix(n, 77) >> 40);
}

static unsigned
five_minutes(unsigned n)
{
	(void)n;
	return 300000;
}

static unsigned
jittered_by_half(unsigned n)
{
	return 150000 + noise(n) % 300000;
}

/* Three questions at once, then a pause; every tenth time the lid is closed for a night.
 */
static unsigned
in_bursts_with_sleep(unsigned n)
{
	return n % 3 != 2 ? 400 : n % 30 == 29 ? 30000000 : 60000 + noise(n) % 20000;
}

/* Pauses of people have no scale: exponential. */
static unsigned
like_people(unsigned n)
{
	return (unsigned)(-60000.0 * log(((double)noise(n) + 1) / 16777217.0));
}

static void
a_machines_beat_is_known_through_jitter_bursts_and_sleep(void **state)
{
	struct rhythm r = beat(26, five_minutes);

	(void)state;
	assert_true(rhythm_is_beacon(&r));
	assert_true(rhythm_regularity(&r) > 0.99f);
	assert_true(fabsf(r.interval_ms - 300000) < 1);
	r = beat(40, jittered_by_half);
	assert_true(rhythm_is_beacon(&r));
	assert_true(fabsf(r.interval_ms - 300000) < 60000);
	r = beat(120, in_bursts_with_sleep);
	assert_true(rhythm_is_beacon(&r));
	assert_true(fabsf(r.interval_ms - 70000) < 10000);
	r = beat(20, five_minutes);
	assert_true(rhythm_is_steady(&r));
	assert_false(rhythm_is_beacon(&r));
	r = beat(3, five_minutes);
	assert_true(rhythm_regularity(&r) == 0);
}

static void
people_have_no_beat(void **state)
{
	(void)state;
	for (unsigned n = 24; n < 2000; n += 16) {
		struct rhythm r = beat(n, like_people);

		assert_false(rhythm_is_beacon(&r));
	}
}

static void
a_clock_that_steps_back_is_no_interval(void **state)
{
	struct rhythm r = beat(30, five_minutes);
	uint16_t before = r.intervals;

	(void)state;
	rhythm_count(&r, 1000, 1);
	assert_int_equal(r.intervals, before);
}

/* ---- evidence ---- */

static void
first_names_of_a_zone_are_charged_with_caution(void **state)
{
	struct zone_state z = {
		.fresh = 1, .cost_sum = 100, .recent = 1, .recent_fresh = 1
	};
	struct rhythm none = { 0 };
	struct weighing w;

	(void)state;
	weigh(&z, &none, 0, &w);
	assert_true(w.factor == 4.0f);
	z.fresh = 2;
	weigh(&z, &none, 0, &w);
	assert_true(w.factor == 6.0f);
	z.fresh = 3;
	weigh(&z, &none, 0, &w);
	assert_true(w.factor > 7.0f && w.factor <= WEIGH_MOST);
	/* But of a type that nobody needs there is no doubt. */
	z.fresh = 1;
	z.recent_never = 1;
	weigh(&z, &none, 0, &w);
	assert_true(w.factor > 2 * WEIGH_MOST);
}

static void
cheap_names_that_repeat_weigh_little(void **state)
{
	struct zone_state z = {
		.fresh = 20, .cost_sum = 40, .recent = 200, .recent_fresh = 20
	};
	struct rhythm none = { 0 };
	struct weighing w;

	(void)state;
	weigh(&z, &none, 0, &w);
	assert_true(w.factor < 0.25f);
	weigh(&z, &none, 1u << WEIGH_COST, &w);
	assert_true(w.factor > 0.5f);
}

static float
haste_of(const struct zone_state *z, const struct rhythm *r, uint32_t without)
{
	struct weighing w;

	weigh(z, r, without, &w);
	return w.weight[WEIGH_HASTE];
}

static void
one_client_that_brings_name_upon_name_in_haste_weighs_more(void **state)
{
	struct zone_state z = {
		.fresh = 20, .cost_sum = 130, .recent = 20, .recent_fresh = 20
	};
	struct rhythm quick = { .interval_ms = 2500, .spread_ms = 2000, .intervals = 8 };
	struct rhythm slow = { .interval_ms = 90000, .spread_ms = 70000, .intervals = 8 };
	struct rhythm beat = { .interval_ms = 20000, .intervals = 8 };

	(void)state;
	assert_true(haste_of(&z, &quick, 0) > 1.7f);
	assert_true(haste_of(&z, &slow, 0) == 0);
	/* What a steady interval says is not said twice. */
	assert_true(haste_of(&z, &beat, 0) < 0.5f);
	assert_true(haste_of(&z, &quick, 1u << WEIGH_HASTE) == 0);
	z.fresh = z.recent = z.recent_fresh = 4;
	z.cost_sum = 26;
	assert_true(haste_of(&z, &quick, 0) == 0); /* four names are no flood */
	z = (struct zone_state){
		.fresh = 20, .cost_sum = 130, .recent = 25, .recent_fresh = 20
	};
	assert_true(haste_of(&z, &quick, 0) == 0); /* some came again */
	z.recent = 20;
	z.cost_sum = 70;
	assert_true(haste_of(&z, &quick, 0) == 0); /* hosts */
	z.cost_sum = 130;
	z.several = true;
	assert_true(haste_of(&z, &quick, 0) == 0); /* not one alone */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_in_a_bitmap_are_counted_as_the_formula_says),
		cmocka_unit_test(a_look_ahead_finds_what_judging_would),
		cmocka_unit_test(a_burst_is_allowed_then_the_rate_holds),
		cmocka_unit_test(a_step_back_in_time_is_no_time),
		cmocka_unit_test(a_long_rest_fills_no_more_than_the_burst),
		cmocka_unit_test(a_zone_is_what_one_owner_has),
		cmocka_unit_test(a_platform_lets_zones_to_others),
		cmocka_unit_test(a_reverse_zone_is_a_block_of_addresses),
		cmocka_unit_test(
		    a_top_level_domain_that_the_list_lacks_is_a_kind_of_its_own),
		cmocka_unit_test(a_label_costs_what_its_alphabet_can_carry),
		cmocka_unit_test(a_label_that_the_zone_knows_costs_next_to_nothing),
		cmocka_unit_test(a_label_of_known_parts_costs_what_is_new_in_it),
		cmocka_unit_test(a_choice_among_known_parts_is_charged_whole),
		cmocka_unit_test(no_more_than_eight_parts_of_a_name_are_looked_at),
		cmocka_unit_test(
		    a_name_is_remembered_with_who_asked_last_and_forgotten_after_days),
		cmocka_unit_test(
		    what_is_old_does_not_become_young_when_the_half_hour_comes_again),
		cmocka_unit_test(a_full_bucket_forgets_the_oldest),
		cmocka_unit_test(
		    what_is_stopped_or_charged_outlives_a_flood_of_new_zones),
		cmocka_unit_test(an_account_drains_and_never_goes_below_nothing),
		cmocka_unit_test(tools_are_known_by_their_marks),
		cmocka_unit_test(some_tools_are_certain_at_their_first_question),
		cmocka_unit_test(the_others_by_a_session_that_stays),
		cmocka_unit_test(an_event_id_is_day_process_and_counter),
		cmocka_unit_test(
		    a_machines_beat_is_known_through_jitter_bursts_and_sleep),
		cmocka_unit_test(people_have_no_beat),
		cmocka_unit_test(a_clock_that_steps_back_is_no_interval),
		cmocka_unit_test(first_names_of_a_zone_are_charged_with_caution),
		cmocka_unit_test(cheap_names_that_repeat_weigh_little),
		cmocka_unit_test(
		    one_client_that_brings_name_upon_name_in_haste_weighs_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
