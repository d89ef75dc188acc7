#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/dname.h"
#include "base/dns.h"
#include "base/rrset.h"
#include "cache/anscache.h"
#include "cache/rrcache.h"

static const struct hashkey hashkey = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

#define T0     1000000u
#define SEC(n) (T0 + (uint64_t)(n)*1000)

/* "www.example.com" A: one answer of TTL 300, one of TTL 0, as a whole message. */
static const uint8_t message[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0,
	/* question, at 12 */
	3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1,
	0, 1,
	/* answers, at 33 and 49: TTLs at 39 and 55 */
	0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4, 192, 0, 2, 1, 0xc0, 12, 0, 1, 0, 1, 0,
	0, 0, 0, 0, 4, 192, 0, 2, 2 };
static const uint16_t ttl_at[] = { 39, 55 };

struct house {
	struct store *store;
	struct anscache *cache;
};

static int
setup(void **state)
{
	static struct house h;

	h.store = store_new(1 << 20, 4, &hashkey);
	h.cache = anscache_new(h.store);
	*state = &h;
	return h.store == NULL || h.cache == NULL;
}

static int
teardown(void **state)
{
	struct house *h = *state;

	anscache_free(h->cache);
	store_free(h->store);
	return 0;
}

static struct anscache_key
key_of(const struct house *h, struct dname *qname, const char *text, uint16_t qtype,
    uint8_t flags)
{
	struct anscache_key key = { .flags = flags, .qtype = qtype, .qclass = CLASS_IN };

	assert_int_equal(dname_from_text(text, qname), ERR_OK);
	key.qname = qname->bytes;
	key.qname_len = qname->len;
	anscache_hash(h->cache, &key);
	return key;
}

static void
put(struct house *h, const struct anscache_key *key, uint32_t ttl_sec, uint64_t now_ms)
{
	const struct anscache_info info = {
		.len = sizeof(message),
		.rcode = RCODE_NOERROR,
		.ede_code = EDE_STALE_ANSWER,
		.security = SECURITY_INSECURE,
		.generation = 7,
		.zone_index = 42,
		.epoch = 43,
	};

	anscache_put(h->cache, key, message, &info, ttl_at, 2, ttl_sec, now_ms);
}

static uint32_t
ttl_in(const uint8_t *bytes, size_t at)
{
	return (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 |
	       (uint32_t)bytes[at + 2] << 8 | bytes[at + 3];
}

static void
a_hit_is_the_message_and_what_was_kept_beside_it(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_info info;
	uint8_t out[512];

	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &info), ERR_NOTFOUND);
	put(h, &key, 300, T0);
	anscache_prefetch(h->cache, &key);
	anscache_prefetch_entry(h->cache, &key);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &info), ERR_OK);
	assert_int_equal(info.len, sizeof(message));
	assert_memory_equal(out, message, sizeof(message));
	assert_int_equal(info.rcode, RCODE_NOERROR);
	assert_int_equal(info.ede_code, EDE_STALE_ANSWER);
	assert_int_equal(info.security, SECURITY_INSECURE);
	assert_int_equal(info.generation, 7);
	assert_int_equal(info.zone_index, 42);
	assert_int_equal(info.epoch, 43);
	assert_int_equal(info.ttl_left_sec, 300);
	assert_false(info.prefetch_due);
}

static void
ttls_count_down_in_the_copy_alone_and_0_stays_0(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_info info;
	uint8_t out[512];

	put(h, &key, 400, T0);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(
		    anscache_get(h->cache, &key, SEC(100) + 999, out, sizeof(out), &info),
		    ERR_OK);
		assert_int_equal(ttl_in(out, 39), 200);
		assert_int_equal(ttl_in(out, 55), 0);
		assert_int_equal(info.ttl_left_sec, 300);
	}
	/* past the record's own TTL, while the answer is said to live: never below 1 */
	assert_int_equal(
	    anscache_get(h->cache, &key, SEC(399), out, sizeof(out), &info), ERR_OK);
	assert_int_equal(ttl_in(out, 39), 1);
	assert_int_equal(info.ttl_left_sec, 1);
	assert_int_equal(anscache_get(h->cache, &key, SEC(400), out, sizeof(out), &info),
	    ERR_NOTFOUND);
}

static void
name_type_class_and_flags_make_the_key(void **state)
{
	struct house *h = *state;
	struct dname qname, other;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_key keys[] = {
		key_of(h, &other, "www.example.com", TYPE_AAAA, 0),
		key_of(h, &other, "www.example.com", TYPE_A, ANSKEY_DO),
		key_of(h, &other, "www.example.com", TYPE_A, ANSKEY_CD),
		key,
	};
	struct anscache_info info;
	uint8_t out[512];

	put(h, &key, 300, T0);
	keys[3].qclass = CLASS_CH;
	anscache_hash(h->cache, &keys[3]);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(
		    anscache_get(h->cache, &keys[i], T0, out, sizeof(out), &info),
		    ERR_NOTFOUND);
		/* nor does an equal hash make an equal key */
		keys[i].hash = key.hash;
		assert_int_equal(
		    anscache_get(h->cache, &keys[i], T0, out, sizeof(out), &info),
		    ERR_NOTFOUND);
	}
	keys[0] = key_of(h, &other, "ww.example.com", TYPE_A, 0);
	assert_int_equal(
	    anscache_get(h->cache, &keys[0], T0, out, sizeof(out), &info), ERR_NOTFOUND);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &info), ERR_OK);
}

static void
a_message_without_room_is_told_and_not_copied(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_info info = { .len = 0 };
	uint8_t out[sizeof(message)] = { 0 };

	put(h, &key, 300, T0);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out) - 1, &info), ERR_RANGE);
	assert_int_equal(info.len, sizeof(message));
	assert_int_equal(out[0], 0);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &info), ERR_OK);
}

static void
prefetch_is_due_once_and_only_if_used_before(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_info info;
	uint8_t out[512];
	unsigned due = 0;

	put(h, &key, 100, T0);
	assert_int_equal(
	    anscache_get(h->cache, &key, SEC(95), out, sizeof(out), &info), ERR_OK);
	assert_false(info.prefetch_due); /* the first hit */
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(
		    anscache_get(h->cache, &key, SEC(95), out, sizeof(out), &info),
		    ERR_OK);
		due += info.prefetch_due;
	}
	assert_int_equal(due, 1);
	/* a new answer may ask anew, but not before its last tenth */
	put(h, &key, 100, SEC(96));
	for (unsigned i = 0; i <= 90; i++) {
		assert_int_equal(
		    anscache_get(h->cache, &key, SEC(96 + i), out, sizeof(out), &info),
		    ERR_OK);
		assert_false(info.prefetch_due);
	}
	assert_int_equal(
	    anscache_get(h->cache, &key, SEC(96 + 91), out, sizeof(out), &info), ERR_OK);
	assert_true(info.prefetch_due);
}

static void
a_cleared_entry_tells_its_new_generation(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_info info;
	uint8_t out[512];

	anscache_clear(h->cache, &key, 8); /* nothing there: nothing happens */
	put(h, &key, 100, T0);
	anscache_clear(h->cache, &key, 9);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &info), ERR_OK);
	assert_int_equal(info.generation, 9);
	assert_memory_equal(out, message, sizeof(message));
}

static void
what_cannot_be_kept_is_not_kept(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	const uint16_t outside[] = { sizeof(message) - 3 };
	const struct anscache_info info = { .len = sizeof(message) };
	struct anscache_info got;
	uint64_t fails = fail_count();
	uint8_t out[512];

	put(h, &key, 0, T0);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &got), ERR_NOTFOUND);
	anscache_put(h->cache, &key, message, &info, outside, 1, 300, T0);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &got), ERR_NOTFOUND);
	assert_int_equal(fail_count(), fails + 1);
}

static void
an_answer_is_removed_or_flushed_by_name_and_subtree(void **state)
{
	struct house *h = *state;
	struct dname one, two, three;
	struct anscache_key a = key_of(h, &one, "example.com", TYPE_A, 0);
	struct anscache_key b = key_of(h, &one, "example.com", TYPE_MX, ANSKEY_DO);
	struct anscache_key c = key_of(h, &two, "www.example.com", TYPE_A, 0);
	struct anscache_key d = key_of(h, &three, "xexample.com", TYPE_A, 0);
	struct anscache_info info;
	uint8_t out[512];

	put(h, &a, 100, T0);
	put(h, &b, 100, T0);
	put(h, &c, 100, T0);
	put(h, &d, 100, T0);
	assert_int_equal(anscache_flush(h->cache, a.qname, false), 2);
	assert_int_equal(anscache_get(h->cache, &c, T0, out, sizeof(out), &info), ERR_OK);
	assert_int_equal(anscache_flush(h->cache, a.qname, true), 1);
	assert_int_equal(
	    anscache_get(h->cache, &c, T0, out, sizeof(out), &info), ERR_NOTFOUND);
	assert_int_equal(anscache_get(h->cache, &d, T0, out, sizeof(out), &info), ERR_OK);
	anscache_remove(h->cache, &d);
	assert_int_equal(
	    anscache_get(h->cache, &d, T0, out, sizeof(out), &info), ERR_NOTFOUND);
}

static void
answers_and_rrsets_share_a_store_without_mixing(void **state)
{
	struct house *h = *state;
	const struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };
	struct rrcache *rrs = rrcache_new(h->store, &limits);
	struct arena *arena = arena_new(1 << 16);
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct rrset *set = rrset_new_one(arena, qname.bytes, TYPE_A, 300, "aaaa", 4);
	struct anscache_info info;
	uint8_t out[512];

	set->trust = TRUST_ANSWER_AA;
	rrcache_put(rrs, set, T0);
	put(h, &key, 300, T0);
	assert_int_equal(rrcache_flush(rrs, qname.bytes, true), 1);
	assert_int_equal(
	    anscache_get(h->cache, &key, T0, out, sizeof(out), &info), ERR_OK);
	rrcache_put(rrs, set, T0);
	assert_int_equal(anscache_flush(h->cache, qname.bytes, true), 1);
	assert_non_null(rrcache_get(rrs, qname.bytes, TYPE_A, T0, arena));
	arena_free(arena);
	rrcache_free(rrs);
}

struct worker {
	pthread_t thread;
	struct house *house;
	unsigned due, wrong;
};

static void *
work(void *ctx)
{
	struct worker *w = ctx;
	struct dname qname;
	struct anscache_key key = key_of(w->house, &qname, "www.example.com", TYPE_A, 0);
	struct anscache_info info;
	uint8_t out[512];

	for (unsigned i = 0; i < 20000; i++) {
		anscache_prefetch(w->house->cache, &key);
		anscache_prefetch_entry(w->house->cache, &key);
		w->wrong += anscache_get(w->house->cache, &key, SEC(95), out, sizeof(out),
				&info) != ERR_OK ||
			    ttl_in(out, 39) != 205;
		w->due += info.prefetch_due;
		if (i % 100 == 0)
			anscache_clear(w->house->cache, &key, i);
	}
	return NULL;
}

static void
one_hit_of_all_workers_is_told_to_prefetch(void **state)
{
	struct house *h = *state;
	struct dname qname;
	struct anscache_key key = key_of(h, &qname, "www.example.com", TYPE_A, 0);
	struct worker workers[3];
	unsigned due = 0;

	put(h, &key, 100, T0);
	for (unsigned i = 0; i < 3; i++) {
		workers[i] = (struct worker){ .house = h };
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
		due += workers[i].due;
	}
	assert_int_equal(due, 1);
}

#define SENTENCE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE(a_hit_is_the_message_and_what_was_kept_beside_it),
		SENTENCE(ttls_count_down_in_the_copy_alone_and_0_stays_0),
		SENTENCE(name_type_class_and_flags_make_the_key),
		SENTENCE(a_message_without_room_is_told_and_not_copied),
		SENTENCE(prefetch_is_due_once_and_only_if_used_before),
		SENTENCE(a_cleared_entry_tells_its_new_generation),
		SENTENCE(what_cannot_be_kept_is_not_kept),
		SENTENCE(an_answer_is_removed_or_flushed_by_name_and_subtree),
		SENTENCE(answers_and_rrsets_share_a_store_without_mixing),
		SENTENCE(one_hit_of_all_workers_is_told_to_prefetch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
