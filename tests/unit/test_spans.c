#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/spans.h"

/* The ordered index against a sorted list, and its budget. */

#define NOW 1000u

static const struct hashkey hashkey = { 11, 12 };

static int
setup(void **state)
{
	*state = spans_new(1 << 20, 4, &hashkey);
	return *state == NULL;
}

static int
teardown(void **state)
{
	spans_free(*state);
	return 0;
}

struct copy {
	size_t len;
	char bytes[64];
};

static void
read_copy(void *ctx, const uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct copy *copy = ctx;

	(void)expires_ms;
	copy->len = value_len;
	memcpy(copy->bytes, value, value_len < 64 ? value_len : 64);
}

/* Eight bytes of the group, then ${tail}. */
static size_t
key_of(char group, const char *tail, uint8_t out[64])
{
	memset(out, group, SPANS_GROUP_BYTES);
	memcpy(out + SPANS_GROUP_BYTES, tail, strlen(tail));
	return SPANS_GROUP_BYTES + strlen(tail);
}

static void
put(struct spans *s, char group, const char *tail, uint64_t expires_ms)
{
	uint8_t key[64];
	size_t len = key_of(group, tail, key);

	spans_put(s, key, len, tail, strlen(tail) + 1, expires_ms, NOW);
}

/* What stands there, or "". */
static const char *
find(struct spans *s, enum spans_find how, char group, const char *tail)
{
	static struct copy copy;
	uint8_t key[64];
	size_t len = key_of(group, tail, key);

	return spans_find(s, how, key, len, SPANS_GROUP_BYTES, NOW, read_copy, &copy)
		   ? copy.bytes
		   : "";
}

static void
the_last_key_before_a_name_is_found_within_its_group(void **state)
{
	struct spans *s = *state;

	put(s, 'g', "b", 2000);
	put(s, 'g', "d", 2000);
	put(s, 'f', "c", 2000);
	put(s, 'h', "a", 2000);
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "c"), "b");
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "d"), "d");
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "dd"), "d");
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "a"), "");
	assert_string_equal(find(s, SPANS_RING, 'g', "a"), "d");
	assert_string_equal(find(s, SPANS_EXACT, 'g', "c"), "");
	assert_string_equal(find(s, SPANS_EXACT, 'g', "b"), "b");
	assert_string_equal(find(s, SPANS_RING, 'i', "a"), "");
}

static void
what_has_expired_is_silent_and_nothing_speaks_in_its_place(void **state)
{
	struct spans *s = *state;

	put(s, 'g', "b", 2000);
	put(s, 'g', "c", NOW);
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "d"), "");
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "bb"), "b");
	put(s, 'g', "c", 2000);
	assert_string_equal(find(s, SPANS_FLOOR, 'g', "d"), "c");
}

#define KEYS 400

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
drop_every_third(
    void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
	(void)ctx;
	(void)key;
	(void)key_len;
	return (value[value_len - 2] % 3) == 0;
}

/* The same answers as a sorted list gives, after puts, second puts and drops. */
static void
it_answers_as_a_sorted_list_does(void **state)
{
	static char all[KEYS][8];
	struct spans *s = *state;
	size_t kept = 0;

	srand(7);
	for (unsigned i = 0; i < KEYS; i++) {
		snprintf(all[i], sizeof(all[i]), "%06u", (unsigned)rand() % 100000u);
		put(s, 'g', all[i], 2000);
		put(s, 'g', all[i / 2], 3000);
	}
	qsort(all, KEYS, sizeof(all[0]), by_text);
	(void)spans_sweep(s, drop_every_third, NULL);
	for (unsigned i = 0; i < KEYS; i++)
		if (all[i][5] % 3 != 0)
			memmove(all[kept++], all[i], sizeof(all[0]));
	for (unsigned i = 0; i < 5000; i++) {
		const char *want = "";
		char asked[8];

		snprintf(asked, sizeof(asked), "%06u", (unsigned)rand() % 100000u);
		for (size_t k = 0; k < kept && strcmp(all[k], asked) <= 0; k++)
			want = all[k];
		assert_string_equal(find(s, SPANS_FLOOR, 'g', asked), want);
	}
}

static void
a_flood_stays_within_the_budget_and_spares_what_is_used(void **state)
{
	struct spans *s = *state;
	struct spans_stats stats;
	char name[16];

	put(s, 'g', "used", 1000000);
	for (unsigned i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "n%07u", i);
		put(s, 'g', name, 1000000);
		assert_string_equal(find(s, SPANS_EXACT, 'g', "used"), "used");
	}
	spans_stats(s, &stats);
	assert_true(stats.bytes <= stats.budget_bytes);
	assert_true(stats.evictions > 10000 && stats.entries > 1000);
	assert_string_equal(find(s, SPANS_EXACT, 'g', "n0000000"), "");
	assert_string_equal(find(s, SPANS_EXACT, 'g', "n0049999"), "n0049999");
}

static void
without_room_nothing_is_kept(void **state)
{
	struct spans *s = spans_new(100, 1, &hashkey);

	(void)state;
	put(s, 'g', "b", 2000);
	assert_string_equal(find(s, SPANS_EXACT, 'g', "b"), "");
	spans_free(s);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(the_last_key_before_a_name_is_found_within_its_group),
		ROW(what_has_expired_is_silent_and_nothing_speaks_in_its_place),
		ROW(it_answers_as_a_sorted_list_does),
		ROW(a_flood_stays_within_the_budget_and_spares_what_is_used),
		ROW(without_room_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
