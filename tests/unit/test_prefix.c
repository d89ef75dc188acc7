#include "tests/unit/bytes.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

static struct prefix
prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_from_text(text, &p), ERR_OK);
	return p;
}

static bool
contains(const char *text, const char *address)
{
	struct prefix p = prefix(text);
	struct addr a;

	assert_int_equal(addr_from_text(address, 53, &a), ERR_OK);
	return prefix_contains(&p, &a);
}

static void
text_goes_to_a_prefix_and_back(void **state)
{
	static const char *const cases[][2] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "::1", "::1/128" },
		{ "::/0", "::/0" },
		{ "192.0.2.128/25", "192.0.2.128/25" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "::ffff:192.0.2.1", "192.0.2.1/32" },
	};
	char out[ADDR_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct prefix p = prefix(cases[i][0]);

		assert_string_equal(prefix_to_text(&p, out), cases[i][1]);
	}
}

static void
text_that_is_no_prefix_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err e;
	} cases[] = {
		{ "192.0.2.0/", ERR_MALFORMED },
		{ "192.0.2.0/x", ERR_MALFORMED },
		{ "192.0.2.0/24x", ERR_MALFORMED },
		{ "192.0.2.0/-1", ERR_MALFORMED },
		{ "/24", ERR_MALFORMED },
		{ "", ERR_MALFORMED },
		{ "192.0.2.0@53/24", ERR_MALFORMED },
		{ "fe80::%1/64", ERR_MALFORMED },
		{ "[2001:db8::]/32", ERR_MALFORMED },
		{ "192.0.2.0/33", ERR_RANGE },
		{ "2001:db8::/129", ERR_RANGE },
		{ "192.0.2.0/4294967320", ERR_RANGE },
		{ "192.0.2.1/24", ERR_RANGE }, /* bits behind the prefix */
		{ "192.0.2.64/25", ERR_RANGE },
		{ "2001:db8::1/64", ERR_RANGE },
		{ "::ffff:192.0.2.0/95", ERR_RANGE },
	};
	struct prefix p;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++)
		assert_int_equal(prefix_from_text(cases[i].text, &p), cases[i].e);
}

static void
a_prefix_holds_its_addresses_and_no_others(void **state)
{
	(void)state;
	assert_true(contains("192.0.2.0/24", "192.0.2.255"));
	assert_false(contains("192.0.2.0/24", "192.0.3.0"));
	assert_true(contains("192.0.2.128/25", "192.0.2.128"));
	assert_false(contains("192.0.2.128/25", "192.0.2.127"));
	assert_true(contains("0.0.0.0/0", "255.1.2.3"));
	assert_false(contains("0.0.0.0/0", "::1"));
	assert_false(contains("::/0", "192.0.2.1"));
	assert_true(contains("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(contains("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(contains("192.0.2.1/32", "192.0.2.1@5353"));
}

static uint32_t
look(const struct prefixmap *m, const char *text)
{
	struct addr a;
	uint32_t value = 0;

	assert_int_equal(addr_from_text(text, 53, &a), ERR_OK);
	return prefixmap_find(m, &a, &value) ? value : 0;
}

static void
the_longest_prefix_wins_in_any_order_of_adding(void **state)
{
	static const char *const texts[] = { "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16",
		"10.1.2.0/24", "10.1.2.3", "10.128.0.0/9", "2001:db8::/32",
		"2001:db8:1::/48", "2001:db8:1::1", "192.0.2.0/25" };
	struct prefixmap *m;

	(void)state;
	for (unsigned turn = 0; turn < COUNT(texts); turn++) {
		m = prefixmap_new();
		for (unsigned i = 0; i < COUNT(texts); i++) {
			unsigned which = (turn + 3 * i) % COUNT(texts);
			struct prefix p = prefix(texts[which]);

			assert_int_equal(prefixmap_add(m, &p, which + 1), ERR_OK);
		}
		assert_int_equal(look(m, "8.8.8.8"), 1);
		assert_int_equal(look(m, "10.2.0.1"), 2);
		assert_int_equal(look(m, "10.1.9.9"), 3);
		assert_int_equal(look(m, "10.1.2.9"), 4);
		assert_int_equal(look(m, "10.1.2.3"), 5);
		assert_int_equal(look(m, "10.200.0.1"), 6);
		assert_int_equal(look(m, "2001:db8:2::1"), 7);
		assert_int_equal(look(m, "2001:db8:1::2"), 8);
		assert_int_equal(look(m, "2001:db8:1::1"), 9);
		assert_int_equal(look(m, "192.0.2.127"), 10);
		assert_int_equal(look(m, "192.0.2.128"), 1);
		assert_int_equal(look(m, "2001:db9::1"), 0);
		prefixmap_free(m);
	}
}

static void
a_prefix_is_added_once(void **state)
{
	struct prefixmap *m = prefixmap_new();
	struct prefix p = prefix("10.0.0.0/8"), fork = prefix("10.0.0.0/9"),
		      other = prefix("10.128.0.0/9");

	(void)state;
	assert_int_equal(look(m, "10.0.0.1"), 0);
	/* The two halves make a fork at /8 that is nobody's until it is added. */
	assert_int_equal(prefixmap_add(m, &fork, 1), ERR_OK);
	assert_int_equal(prefixmap_add(m, &other, 2), ERR_OK);
	assert_int_equal(prefixmap_add(m, &p, 3), ERR_OK);
	assert_int_equal(prefixmap_add(m, &p, 4), ERR_EXISTS);
	assert_int_equal(prefixmap_add(m, &other, 4), ERR_EXISTS);
	assert_int_equal(look(m, "10.0.0.1"), 1);
	assert_int_equal(look(m, "10.128.0.1"), 2);
	prefixmap_free(m);
	prefixmap_free(NULL);
}

static void
a_map_agrees_with_asking_every_prefix(void **state)
{
	enum { PREFIXES = 400, QUESTIONS = 4000 };
	static struct prefix kept[PREFIXES];
	struct prefixmap *m = prefixmap_new();
	uint32_t seed = 1, count = 0;

	(void)state;
#define NEXT() (seed = seed * 1664525u + 1013904223u)
	while (count < PREFIXES) {
		struct prefix p = { .bits = (uint8_t)((NEXT() >> 8) % 33) };
		uint32_t word = NEXT() & 0xc0f0f0ffu;

		p.addr.family = ADDR_V4;
		memcpy(p.addr.bytes, &word, 4);
		p.addr = addr_mask(&p.addr, p.bits);
		if (prefixmap_add(m, &p, count) == ERR_OK)
			kept[count++] = p;
	}
	for (unsigned i = 0; i < QUESTIONS; i++) {
		uint32_t word = NEXT() & 0xc0f0f0ffu, got = UINT32_MAX, best = UINT32_MAX;
		struct addr a = { .family = ADDR_V4 };

		memcpy(a.bytes, &word, 4);
		for (uint32_t k = 0; k < count; k++) {
			if (prefix_contains(&kept[k], &a) &&
			    (best == UINT32_MAX || kept[k].bits > kept[best].bits))
				best = k;
		}
		assert_int_equal(prefixmap_find(m, &a, &got), best != UINT32_MAX);
		assert_int_equal(got, best);
	}
	prefixmap_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_to_a_prefix_and_back),
		cmocka_unit_test(text_that_is_no_prefix_is_refused),
		cmocka_unit_test(a_prefix_holds_its_addresses_and_no_others),
		cmocka_unit_test(the_longest_prefix_wins_in_any_order_of_adding),
		cmocka_unit_test(a_prefix_is_added_once),
		cmocka_unit_test(a_map_agrees_with_asking_every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
