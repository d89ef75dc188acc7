#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/store.h"

static const struct hashkey hashkey = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

struct got {
	uint8_t bytes[65536];
	size_t len;
	uint64_t expires_ms;
};

static void
copy_value(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct got *got = ctx;

	assert_true(value_len <= sizeof(got->bytes));
	memcpy(got->bytes, value, value_len);
	got->len = value_len;
	got->expires_ms = expires_ms;
}

static void
ignore_value(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	(void)ctx;
	(void)value;
	(void)value_len;
	(void)expires_ms;
}

static enum err
put_text(struct store *s, const char *key, const char *value, uint64_t expires_ms,
    uint64_t now_ms)
{
	return store_put(s, store_hash(s, key, strlen(key)), key, strlen(key), value,
	    strlen(value), expires_ms, now_ms);
}

static bool
has(struct store *s, const char *key, uint64_t now_ms)
{
	return store_read(s, store_hash(s, key, strlen(key)), key, strlen(key), now_ms,
	    ignore_value, NULL);
}

static bool
holds(struct store *s, const char *key, const char *value, uint64_t now_ms)
{
	static struct got got;

	return store_read(s, store_hash(s, key, strlen(key)), key, strlen(key), now_ms,
		   copy_value, &got) &&
	       got.len == strlen(value) && memcmp(got.bytes, value, got.len) == 0;
}

/* A name as a number, with a value of 100 bytes. */
static void
put_number(struct store *s, unsigned set, unsigned number, uint64_t expires_ms)
{
	char key[32], value[100];

	memset(value, (int)number, sizeof(value));
	snprintf(key, sizeof(key), "%u/%u.example", set, number);
	assert_int_equal(store_put(s, store_hash(s, key, strlen(key)), key, strlen(key),
			     value, sizeof(value), expires_ms, 1),
	    ERR_OK);
}

static bool
has_number(struct store *s, unsigned set, unsigned number)
{
	char key[32];

	snprintf(key, sizeof(key), "%u/%u.example", set, number);
	return has(s, key, 1);
}

static void
what_is_put_is_read_until_it_expires(void **state)
{
	struct store *s = store_new(1 << 20, 4, &hashkey);

	(void)state;
	assert_non_null(s);
	assert_false(has(s, "a", 0));
	assert_int_equal(put_text(s, "a", "one", 1000, 0), ERR_OK);
	assert_true(holds(s, "a", "one", 999));
	assert_false(has(s, "a", 1000));
	assert_false(has(s, "b", 0));
	store_free(s);
}

static void
an_equal_key_is_replaced_and_counted_once(void **state)
{
	struct store *s = store_new(1 << 20, 4, &hashkey);
	struct store_stats stats;

	(void)state;
	assert_int_equal(put_text(s, "a", "one", 1000, 0), ERR_OK);
	assert_int_equal(put_text(s, "a", "another value", 1000, 0), ERR_OK);
	assert_true(holds(s, "a", "another value", 0));
	store_stats(s, &stats);
	assert_int_equal(stats.entries, 1);
	assert_int_equal(stats.puts, 2);
	assert_int_equal(stats.hits, 1);
	store_free(s);
}

static void
an_empty_value_is_a_value(void **state)
{
	struct store *s = store_new(1 << 20, 1, &hashkey);

	(void)state;
	assert_int_equal(put_text(s, "a", "", 1000, 0), ERR_OK);
	assert_true(holds(s, "a", "", 0));
	store_free(s);
}

static void
a_removed_entry_gives_its_bytes_back(void **state)
{
	struct store *s = store_new(1 << 20, 4, &hashkey);
	struct store_stats before, after;
	uint64_t hash = store_hash(s, "a", 1);

	(void)state;
	store_stats(s, &before);
	assert_int_equal(put_text(s, "a", "one", 1000, 0), ERR_OK);
	store_stats(s, &after);
	assert_true(after.bytes > before.bytes);
	assert_true(store_remove(s, hash, "a", 1));
	assert_false(store_remove(s, hash, "a", 1));
	assert_false(has(s, "a", 0));
	store_stats(s, &after);
	assert_int_equal(after.bytes, before.bytes);
	assert_int_equal(after.entries, 0);
	store_free(s);
}

static void
a_block_too_large_for_its_shard_is_refused(void **state)
{
	struct store *s = store_new(1 << 20, 1, &hashkey);
	static char large[(1 << 20) / 16];

	(void)state;
	assert_int_equal(
	    store_put(s, 1, "k", 1, large, sizeof(large), 1000, 0), ERR_RANGE);
	assert_int_equal(
	    store_put(s, 1, "k", 1, large, sizeof(large) * 3 / 4, 1000, 0), ERR_OK);
	store_free(s);
}

static void
a_budget_too_small_for_the_index_keeps_nothing(void **state)
{
	struct store *s = store_new(64, 16, &hashkey);

	(void)state;
	assert_non_null(s);
	assert_int_equal(put_text(s, "a", "one", 1000, 0), ERR_RANGE);
	assert_false(has(s, "a", 0));
	store_free(s);
}

static void
patch_first(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	(void)ctx;
	(void)value_len;
	(void)expires_ms;
	value[0] = 'X';
}

static void
a_reader_may_patch_the_value_in_place(void **state)
{
	struct store *s = store_new(1 << 20, 1, &hashkey);

	(void)state;
	assert_int_equal(put_text(s, "a", "one", 1000, 0), ERR_OK);
	assert_true(store_read(s, store_hash(s, "a", 1), "a", 1, 0, patch_first, NULL));
	assert_true(holds(s, "a", "Xne", 0));
	store_free(s);
}

static bool
keep_longer(void *ctx, const uint8_t *old, size_t old_len, uint64_t old_expires_ms,
    uint8_t *value, size_t value_len, uint64_t *expires_ms)
{
	unsigned *asked = ctx;

	(void)old;
	(void)value;
	(void)old_expires_ms;
	(void)expires_ms;
	(*asked)++;
	return value_len >= old_len;
}

static bool
commit_text(struct store *s, const char *key, const char *value, uint64_t expires_ms,
    uint64_t now_ms, unsigned *asked)
{
	struct store_block *b;

	assert_int_equal(store_block_new(s, key, strlen(key), strlen(value), &b), ERR_OK);
	memcpy(store_block_value(b), value, strlen(value));
	return store_commit(s, store_hash(s, key, strlen(key)), b, expires_ms, now_ms,
	    keep_longer, asked);
}

static void
a_judge_chooses_between_the_live_value_and_the_new(void **state)
{
	struct store *s = store_new(1 << 20, 1, &hashkey);
	unsigned asked = 0;

	(void)state;
	assert_true(commit_text(s, "a", "four", 1000, 0, &asked));
	assert_int_equal(asked, 0);
	assert_false(commit_text(s, "a", "two", 1000, 0, &asked));
	assert_true(holds(s, "a", "four", 0));
	assert_true(commit_text(s, "a", "seven..", 1000, 0, &asked));
	assert_true(holds(s, "a", "seven..", 0));
	assert_int_equal(asked, 2);
	/* the old one is dead: nobody is asked */
	assert_true(commit_text(s, "a", "1", 3000, 2000, &asked));
	assert_int_equal(asked, 2);
	store_free(s);
}

static void
bytes_never_exceed_the_budget(void **state)
{
	const size_t budget = 1 << 20;
	struct store *s = store_new(budget, 4, &hashkey);
	static char value[4000];
	struct store_stats stats;
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		size_t len;

		seed = seed * 1103515245 + 12345;
		len = (seed >> 8) % (i % 7 == 0 ? sizeof(value) : 300);
		assert_int_equal(store_put(s, store_hash(s, &i, sizeof(i)), &i, sizeof(i),
				     value, len, 1000, 0),
		    ERR_OK);
		if (i % 16 == 0) {
			store_stats(s, &stats);
			assert_true(stats.bytes <= budget);
		}
	}
	store_stats(s, &stats);
	assert_int_equal(stats.budget_bytes, budget);
	assert_true(stats.bytes > budget * 9 / 10);
	assert_int_equal(stats.entries + stats.evictions, stats.puts);
	store_free(s);
}

static void
hot_names_outlive_a_flood_of_one_time_names(void **state)
{
	const size_t budget = 4 << 20;
	struct store *s = store_new(budget, 8, &hashkey);
	struct store_stats stats;
	unsigned alive = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		put_number(s, 0, i, 1000);
	for (unsigned i = 0; i < 200000; i++) {
		put_number(s, 1, i, 1000);
		has_number(s, 0, i % 1000);
		if (i % 64 == 0) {
			store_stats(s, &stats);
			assert_true(stats.bytes <= budget);
		}
	}
	for (unsigned i = 0; i < 1000; i++)
		alive += has_number(s, 0, i);
	assert_true(alive > 950);
	store_free(s);
}

/* A name in use that the flood pushed out early comes back for good. */
static void
a_name_that_returns_while_its_ghost_is_remembered_stays(void **state)
{
	struct store *s = store_new(1 << 20, 1, &hashkey);
	unsigned alive = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		put_number(s, 0, i, 1000);
	for (unsigned i = 0; i < 6000; i++)
		put_number(s, 1, i, 1000);
	for (unsigned i = 0; i < 100; i++)
		assert_false(has_number(s, 0, i));
	for (unsigned i = 0; i < 100; i++)
		put_number(s, 0, i, 1000);
	for (unsigned i = 6000; i < 100000; i++)
		put_number(s, 1, i, 1000);
	for (unsigned i = 0; i < 100; i++)
		alive += has_number(s, 0, i);
	/* a ghost's place may have been taken by another's */
	assert_true(alive > 30);
	store_free(s);
}

static void
a_flood_asked_twice_leaves_names_in_steady_use(void **state)
{
	struct store *s = store_new(4 << 20, 8, &hashkey);
	unsigned alive = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		put_number(s, 0, i, 1000);
	for (unsigned i = 0; i < 200000; i++) {
		put_number(s, 1, i, 1000);
		has_number(s, 1, i);
		has_number(s, 0, i % 1000);
	}
	for (unsigned i = 0; i < 1000; i++)
		alive += has_number(s, 0, i);
	assert_true(alive > 950);
	store_free(s);
}

static void
an_expired_entry_goes_first_however_much_it_was_used(void **state)
{
	struct store *s = store_new(256 << 10, 1, &hashkey);
	unsigned alive = 0, i;
	char key[32];

	(void)state;
	for (i = 0; i < 500; i++) {
		put_number(s, 0, i, i % 2 == 0 ? 2 : 1000);
		has_number(s, 0, i);
	}
	for (i = 0; i < 2500; i++) {
		snprintf(key, sizeof(key), "fill %u", i);
		assert_int_equal(
		    put_text(s, key, "..............................", 1000, 500),
		    ERR_OK);
	}
	/* Seen at a time when all of them lived: the even ones are gone, the odd ones
	 * stayed. */
	for (i = 0; i < 500; i += 2)
		alive += has_number(s, 0, i);
	assert_true(alive < 25);
	for (alive = 0, i = 1; i < 500; i += 2)
		alive += has_number(s, 0, i);
	assert_true(alive > 225);
	store_free(s);
}

static void
a_put_among_entries_all_in_use_still_ends(void **state)
{
	struct store *s = store_new(256 << 10, 1, &hashkey);
	struct store_stats stats;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		put_number(s, 0, i, 1000);
		for (unsigned n = 0; n < 4; n++)
			has_number(s, 0, i);
	}
	store_stats(s, &stats);
	assert_true(stats.bytes <= 256 << 10);
	assert_true(stats.evictions > 3000);
	store_free(s);
}

static bool
is_set_1(
    void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
	(void)ctx;
	(void)value;
	assert_int_equal(value_len, 100);
	return key_len > 2 && memcmp(key, "1/", 2) == 0;
}

static void
a_sweep_sees_every_entry_and_drops_what_it_is_told(void **state)
{
	struct store *s = store_new(4 << 20, 8, &hashkey);
	struct store_stats stats;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		put_number(s, 0, i, 1000);
		put_number(s, 1, i, 1000);
	}
	assert_int_equal(store_sweep(s, is_set_1, NULL), 1000);
	store_stats(s, &stats);
	assert_int_equal(stats.entries, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(has_number(s, 0, i));
		assert_false(has_number(s, 1, i));
	}
	store_free(s);
}

static void
prefetching_what_is_and_what_is_not_there_is_harmless(void **state)
{
	struct store *s = store_new(1 << 20, 2, &hashkey);
	uint64_t hash = store_hash(s, "a", 1);

	(void)state;
	store_prefetch(s, hash);
	store_prefetch_entry(s, hash);
	assert_int_equal(put_text(s, "a", "one", 1000, 0), ERR_OK);
	store_prefetch(s, hash);
	store_prefetch_entry(s, hash);
	assert_true(holds(s, "a", "one", 0));
	store_free(s);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OTHER_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTHER_ALLOCATOR 1
#endif
#endif

/* What the allocator really gave is what the store counted, within a twentieth. */
static void
the_count_of_bytes_is_the_memory_taken(void **state)
{
#ifndef OTHER_ALLOCATOR
	struct store *s = store_new(8 << 20, 4, &hashkey);
	struct store_stats empty, full;
	struct mallinfo2 before, after;
	static char value[1000];
	size_t taken, counted;

	(void)state;
	store_stats(s, &empty);
	before = mallinfo2();
	for (unsigned i = 0; i < 200000; i++)
		assert_int_equal(store_put(s, store_hash(s, &i, sizeof(i)), &i, sizeof(i),
				     value, 40 + i * 7919 % 900, 1000, 0),
		    ERR_OK);
	after = mallinfo2();
	store_stats(s, &full);
	taken = (after.uordblks + after.hblkhd) - (before.uordblks + before.hblkhd);
	counted = full.bytes - empty.bytes;
	assert_true(taken < counted + counted / 20);
	assert_true(taken > counted - counted / 20);
	store_free(s);
#else
	(void)state;
	skip();
#endif
}

#define WORKERS 4
struct worker {
	pthread_t thread;
	struct store *store;
	unsigned number;
	uint64_t wrong, hits;
};

struct checked {
	uint32_t number;
	bool right;
};

/* A value is its own number over and over: a torn one shows. */
static void
check_value(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct checked *checked = ctx;

	(void)expires_ms;
	checked->right = value_len == 64;
	for (size_t i = 0; i < value_len; i++)
		checked->right = checked->right && value[i] == (uint8_t)checked->number;
}

static void *
work(void *ctx)
{
	struct worker *w = ctx;
	uint8_t value[64];

	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t key = (i * 31 + w->number) % 3000;
		uint64_t hash = store_hash(w->store, &key, sizeof(key));
		struct checked checked = { key, false };

		store_prefetch(w->store, hash);
		store_prefetch_entry(w->store, hash);
		if (store_read(
			w->store, hash, &key, sizeof(key), 1, check_value, &checked)) {
			w->hits++;
			w->wrong += !checked.right;
		}
		memset(value, (int)key, sizeof(value));
		if (i % 3 == 0 && store_put(w->store, hash, &key, sizeof(key), value,
				      sizeof(value), 1000, 1) != ERR_OK)
			w->wrong++;
		if (i % 11 == 0)
			store_remove(w->store, hash, &key, sizeof(key));
	}
	return NULL;
}

static void
workers_share_a_store_and_never_see_a_torn_value(void **state)
{
	struct store *s = store_new(256 << 10, 4, &hashkey);
	struct worker workers[WORKERS];
	struct store_stats stats;
	uint64_t hits = 0;

	(void)state;
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .store = s, .number = i };
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
		hits += workers[i].hits;
	}
	store_stats(s, &stats);
	assert_int_equal(stats.hits, hits);
	assert_true(hits > 0);
	assert_true(stats.bytes <= 256 << 10);
	store_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read_until_it_expires),
		cmocka_unit_test(an_equal_key_is_replaced_and_counted_once),
		cmocka_unit_test(an_empty_value_is_a_value),
		cmocka_unit_test(a_removed_entry_gives_its_bytes_back),
		cmocka_unit_test(a_block_too_large_for_its_shard_is_refused),
		cmocka_unit_test(a_budget_too_small_for_the_index_keeps_nothing),
		cmocka_unit_test(a_reader_may_patch_the_value_in_place),
		cmocka_unit_test(a_judge_chooses_between_the_live_value_and_the_new),
		cmocka_unit_test(bytes_never_exceed_the_budget),
		cmocka_unit_test(hot_names_outlive_a_flood_of_one_time_names),
		cmocka_unit_test(a_name_that_returns_while_its_ghost_is_remembered_stays),
		cmocka_unit_test(a_flood_asked_twice_leaves_names_in_steady_use),
		cmocka_unit_test(an_expired_entry_goes_first_however_much_it_was_used),
		cmocka_unit_test(a_put_among_entries_all_in_use_still_ends),
		cmocka_unit_test(a_sweep_sees_every_entry_and_drops_what_it_is_told),
		cmocka_unit_test(prefetching_what_is_and_what_is_not_there_is_harmless),
		cmocka_unit_test(the_count_of_bytes_is_the_memory_taken),
		cmocka_unit_test(workers_share_a_store_and_never_see_a_torn_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
