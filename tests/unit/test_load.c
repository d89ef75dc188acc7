#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/dns.h"
#include "cache/store.h"
#include "resolver/iter/iter.h"
#include "resolver/iter/keytable.h"

/*
 * What waits at one server and in one zone is bounded: phantom and random-subdomain
 * floods, which hold a task for each name until it times out. The zone here is the root,
 * its servers those of the shipped hints.
 */

#define START_MS  1000000u
#define TASKS_MAX 100u
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

struct bench {
	struct conf *conf;
	struct store *store;
	struct rrcache *rrcache;
	struct servers *servers;
	struct keytable *keytable;
	struct iter *iter;
	uint8_t random;
	unsigned count;
	struct iter_task *tasks[TASKS_MAX];
};

static void
counting_random(void *ctx, void *out, size_t len)
{
	uint8_t *state = ctx, *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (*state += 37);
}

static void
open_bench(struct bench *b, const char *option, const char *other)
{
	static struct conf_errors errors;
	static const struct hashkey key = { 1, 2 };
	const char *options[] = { "resolver.validation=false", "resolver.ipv6=false",
		option, other };
	struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };
	struct iter_env env;

	memset(b, 0, sizeof(*b));
	assert_int_equal(
	    conf_load(NULL, options, COUNT(options), &errors, &b->conf), ERR_OK);
	b->store = store_new(1 << 20, 1, &key);
	b->rrcache = rrcache_new(b->store, &limits);
	b->servers = servers_new(256, &key);
	b->keytable = keytable_new(1 << 20, &key);
	env = (struct iter_env){ .conf = b->conf,
		.rrcache = b->rrcache,
		.servers = b->servers,
		.keytable = b->keytable,
		.random = counting_random,
		.random_ctx = &b->random };
	b->iter = iter_new(&env);
	assert_non_null(b->iter);
}

static void
close_bench(struct bench *b)
{
	for (unsigned i = 0; i < b->count; i++)
		iter_task_free(b->tasks[i]);
	iter_free(b->iter);
	keytable_free(b->keytable);
	servers_free(b->servers);
	rrcache_free(b->rrcache);
	store_free(b->store);
	conf_unref(b->conf);
}

/* One more question for a name that nobody knows; its first step. */
static enum iter_action
begin(struct bench *b, uint64_t now_ms)
{
	uint8_t name[] = { 4, 'n', '0', '0', '0', 4, 't', 'e', 's', 't', 0 };
	struct iter_event start = { .kind = ITER_EVENT_START };
	struct iter_send send;
	struct iter_task *t;

	name[2] = (uint8_t)('a' + b->count / 26);
	name[3] = (uint8_t)('a' + b->count % 26);
	assert_in_range(b->count, 0, TASKS_MAX - 1);
	t = b->tasks[b->count++] = iter_task_new(b->iter, name, TYPE_A, false);
	assert_non_null(t);
	return iter_step(t, &start, now_ms, &send);
}

static void
assert_refused(const struct bench *b, const char *text)
{
	const struct answer *a = iter_task_result(b->tasks[b->count - 1]);

	assert_int_equal(a->rcode, RCODE_SERVFAIL);
	assert_string_equal(a->ede_text, text);
	assert_int_equal(a->ttl_sec, 0); /* no failure of the name */
}

static const char zone_text[] = "too many queries of one zone are under way";
static const char server_text[] = "too many queries to these servers are under way";

static void
a_zone_has_so_many_queries_under_way_and_no_more(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, "limits.zone-outstanding=20", "limits.server-outstanding=100");
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(begin(&b, START_MS), ITER_SEND);
	assert_int_equal(begin(&b, START_MS), ITER_DONE);
	assert_refused(&b, zone_text);
	assert_int_equal(iter_counters(b.iter)[ITER_COUNT_LIMIT_ZONE], 1);
	/* One gives its place back. */
	iter_task_free(b.tasks[0]);
	b.tasks[0] = NULL;
	assert_int_equal(begin(&b, START_MS), ITER_SEND);
	assert_int_equal(begin(&b, START_MS), ITER_DONE);
	close_bench(&b);
}

static void
a_round_of_silence_halves_what_a_zone_may_have(void **state)
{
	struct iter_event silence = { .kind = ITER_EVENT_TIMEOUT };
	struct iter_send send;
	struct bench b;

	(void)state;
	open_bench(&b, "limits.zone-outstanding=40", "limits.server-outstanding=100");
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(begin(&b, START_MS), ITER_SEND);
	assert_int_equal(
	    iter_step(b.tasks[0], &silence, START_MS + 400, &send), ITER_DONE);
	/* A second one of the same round says nothing new: 20 is the bound, 29 wait. */
	assert_int_equal(
	    iter_step(b.tasks[1], &silence, START_MS + 400, &send), ITER_DONE);
	for (unsigned i = 2; i < 9; i++)
		iter_task_free(b.tasks[i]), b.tasks[i] = NULL;
	assert_int_equal(begin(&b, START_MS + 400), ITER_DONE);
	assert_refused(&b, zone_text);
	for (unsigned i = 9; i < 12; i++)
		iter_task_free(b.tasks[i]), b.tasks[i] = NULL;
	assert_int_equal(begin(&b, START_MS + 400), ITER_SEND);
	close_bench(&b);
}

static void
a_server_has_so_many_queries_under_way_and_no_more(void **state)
{
	unsigned sent = 0;
	struct bench b;

	(void)state;
	open_bench(&b, "limits.server-outstanding=4", "limits.zone-outstanding=100");
	while (begin(&b, START_MS) == ITER_SEND)
		sent++;
	/* Ten of the thirteen: so many addresses of a delegation are kept. */
	assert_int_equal(sent, 10 * 4);
	assert_refused(&b, server_text);
	assert_int_equal(iter_counters(b.iter)[ITER_COUNT_LIMIT_SERVER], 1);
	close_bench(&b);
}

static void
servers_that_the_operator_named_are_not_bounded(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b,
	    "zones=[{name: '.', kind: forward, servers: [192.0.2.1], only: true}]",
	    "limits={server-outstanding: 4, zone-outstanding: 4}");
	for (unsigned i = 0; i < TASKS_MAX; i++)
		assert_int_equal(begin(&b, START_MS), ITER_SEND);
	close_bench(&b);
}

/* A question whose answer is at hand and has only to be validated: its first step. */
static enum iter_action
validate(struct bench *b, uint64_t now_ms)
{
	static const uint8_t name[] = { 4, 'd', 'o', 'n', 'e', 4, 't', 'e', 's', 't', 0 };
	static const uint8_t sig[] = { 0, TYPE_A, 8, 2, 0, 0, 1, 44, 0, 0, 0, 2, 0, 0, 0,
		1, 0, 0, 0 /* signer */, 1 };
	struct iter_event start = { .kind = ITER_EVENT_START };
	struct rdata rrsig = { .len = sizeof(sig), .bytes = sig };
	struct arena *arena = arena_new(4096);
	struct rrset *set = rrset_new_one(arena, name, TYPE_A, 300, "\300\0\002\001", 4);
	struct iter_send send;
	struct iter_task *t;

	set->trust = TRUST_ANSWER_AA;
	set->sigs = &rrsig;
	set->sig_count = 1;
	rrcache_put(b->rrcache, set, now_ms);
	arena_free(arena);
	t = b->tasks[b->count++] = iter_task_new(b->iter, name, TYPE_A, false);
	assert_non_null(t);
	return iter_step(t, &start, now_ms, &send);
}

static void
what_load_kept_from_being_asked_makes_no_zone_bogus(void **state)
{
	struct bench b;

	(void)state;
	open_bench(&b, "limits.zone-outstanding=4", "resolver.validation=true");
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(begin(&b, START_MS), ITER_SEND);
	/* The root's keys cannot be asked for now: this question fails ... */
	assert_int_equal(validate(&b, START_MS), ITER_DONE);
	assert_int_equal(iter_task_result(b.tasks[b.count - 1])->ede_code, EDE_OTHER);
	assert_int_equal(iter_counters(b.iter)[ITER_COUNT_LIMIT_ZONE], 1);
	assert_int_equal(iter_counters(b.iter)[ITER_COUNT_BOGUS], 0);
	for (unsigned i = 0; i < 4; i++)
		iter_task_free(b.tasks[i]), b.tasks[i] = NULL;
	/* ... and no other one. */
	assert_int_equal(validate(&b, START_MS + 1), ITER_SEND);
	close_bench(&b);
}

/* Both zones have one server, at the same address. */
static void
delegate(struct bench *b, const uint8_t *zone)
{
	static const uint8_t host[] = { 2, 'n', 's', 4, 't', 'e', 's', 't', 0 };
	static const uint8_t at[] = { 198, 41, 0, 77 };
	struct delegation_server server = { .name = host, .addr_count = 1 };
	struct delegation d = {
		.zone = zone, .ttl_sec = 3600, .server_count = 1, .servers = &server
	};
	struct addr addr;

	assert_int_equal(addr_from_bytes(&addr, at, sizeof(at), 53), ERR_OK);
	server.addrs = &addr;
	rrcache_put_delegation(b->rrcache, &d, START_MS);
	for (unsigned i = 0; i < 12; i++) /* it has been silent for long */
		servers_timeout(b->servers, &addr, 400, START_MS - 6000 + i * 500);
}

static enum iter_action
begin_in(struct bench *b, const uint8_t *zone, uint8_t nth)
{
	struct iter_event start = { .kind = ITER_EVENT_START };
	uint8_t name[DNAME_MAX], label[] = { 1, nth, 0 };
	struct iter_send send;
	struct iter_task *t;

	assert_int_equal(dname_concat(name, label, 1, zone), ERR_OK);
	t = b->tasks[b->count++] = iter_task_new(b->iter, name, TYPE_A, false);
	assert_non_null(t);
	return iter_step(t, &start, START_MS, &send);
}

static void
a_zone_does_not_suffer_for_what_another_asks_of_its_server(void **state)
{
	static const uint8_t evil[] = { 4, 'e', 'v', 'i', 'l', 4, 't', 'e', 's', 't', 0 };
	static const uint8_t good[] = { 4, 'g', 'o', 'o', 'd', 4, 't', 'e', 's', 't', 0 };
	unsigned sent = 0;
	struct bench b;

	(void)state;
	open_bench(&b, "limits.zone-outstanding=1024", "limits.server-outstanding=64");
	delegate(&b, evil);
	delegate(&b, good);
	/* Whoever leads his names to somebody else's server, which does not answer them,
	 * has soon used up what a silent server is asked ... */
	while (sent < 64 && begin_in(&b, evil, (uint8_t)('0' + sent)) == ITER_SEND)
		sent++;
	assert_in_range(sent, 1, 16);
	/* ... but not what others ask of it. */
	assert_int_equal(begin_in(&b, good, 'a'), ITER_SEND);
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_has_so_many_queries_under_way_and_no_more),
		cmocka_unit_test(a_round_of_silence_halves_what_a_zone_may_have),
		cmocka_unit_test(a_server_has_so_many_queries_under_way_and_no_more),
		cmocka_unit_test(servers_that_the_operator_named_are_not_bounded),
		cmocka_unit_test(what_load_kept_from_being_asked_makes_no_zone_bogus),
		cmocka_unit_test(
		    a_zone_does_not_suffer_for_what_another_asks_of_its_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
