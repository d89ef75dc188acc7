#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/dns.h"
#include "cache/store.h"
#include "resolver/iter/iter.h"

/* The life of tasks; what they do between question and answer is in tests/replay. */

#define START_MS 1000000u

struct bench {
	struct conf *conf;
	struct store *store;
	struct rrcache *rrcache;
	struct servers *servers;
	struct iter *iter;
	uint8_t random;
};

static void
counting_random(void *ctx, void *out, size_t len)
{
	uint8_t *state = ctx, *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (*state)++;
}

static struct conf *
load(const char *override)
{
	static struct conf_errors errors;
	struct conf *conf = NULL;

	assert_int_equal(
	    conf_load(NULL, &override, override != NULL, &errors, &conf), ERR_OK);
	return conf;
}

static int
setup(void **state)
{
	static struct bench b;
	static const struct hashkey key = { 1, 2 };
	struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };
	struct iter_env env;

	b.random = 0;
	b.conf = load(NULL);
	b.store = store_new(1 << 20, 1, &key);
	b.rrcache = rrcache_new(b.store, &limits);
	b.servers = servers_new(256, &key);
	env = (struct iter_env){ .conf = b.conf,
		.rrcache = b.rrcache,
		.servers = b.servers,
		.random = counting_random,
		.random_ctx = &b.random };
	b.iter = iter_new(&env);
	*state = &b;
	return b.iter == NULL;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	iter_free(b->iter);
	servers_free(b->servers);
	rrcache_free(b->rrcache);
	store_free(b->store);
	conf_unref(b->conf);
	return 0;
}

static const uint8_t www_test[] = { 3, 'w', 'w', 'w', 4, 't', 'e', 's', 't', 0 };

static enum iter_action
step(struct iter_task *t, enum iter_event_kind kind, uint64_t now_ms,
    struct iter_send *send)
{
	struct iter_event event = { .kind = kind };

	return iter_step(t, &event, now_ms, send);
}

static void
a_silent_internet_ends_in_time_and_says_so(void **state)
{
	struct bench *b = *state;
	struct iter_task *t = iter_task_new(b->iter, www_test, TYPE_A, false);
	enum iter_event_kind kind = ITER_EVENT_START;
	uint64_t now_ms = START_MS;
	struct iter_facts facts;
	struct iter_send send;

	for (; step(t, kind, now_ms, &send) == ITER_SEND; kind = ITER_EVENT_TIMEOUT) {
		assert_true(send.timeout_ms >= 1 &&
			    send.timeout_ms <= b->conf->packet_timeout_max_ms);
		now_ms += send.timeout_ms;
	}
	assert_true(now_ms - START_MS <= b->conf->question_timeout_ms);
	assert_int_equal(iter_task_result(t)->rcode, RCODE_SERVFAIL);
	assert_int_equal(iter_task_result(t)->ede_code, EDE_NO_REACHABLE_AUTHORITY);
	iter_task_facts(t, &facts);
	assert_int_equal(facts.authority.family, ADDR_NONE);
	assert_false(facts.from_cache);
	assert_string_equal(iter_task_trace(t), "done");
	/* A step too many changes nothing. */
	assert_int_equal(step(t, ITER_EVENT_TIMEOUT, now_ms, &send), ITER_DONE);
	assert_int_equal(iter_task_result(t)->rcode, RCODE_SERVFAIL);
	iter_task_free(t);
}

static void
a_server_that_was_given_no_time_was_not_silent(void **state)
{
	struct bench *b = *state;
	struct iter_task *t = iter_task_new(b->iter, www_test, TYPE_A, false);
	uint64_t now_ms = START_MS, end_ms = START_MS + b->conf->question_timeout_ms;
	struct server_info before, after;
	struct iter_send send;
	struct addr to;

	assert_int_equal(step(t, ITER_EVENT_START, now_ms, &send), ITER_SEND);
	/* The worker was busy: of the question's time is left what no server needs. */
	now_ms = end_ms - 20;
	assert_int_equal(step(t, ITER_EVENT_NETWORK, now_ms, &send), ITER_SEND);
	assert_int_equal(send.timeout_ms, 20);
	to = send.to;
	servers_get(b->servers, &to, now_ms, &before);
	assert_int_equal(step(t, ITER_EVENT_TIMEOUT, end_ms, &send), ITER_DONE);
	servers_get(b->servers, &to, end_ms, &after);
	assert_int_equal(after.timeouts, before.timeouts);
	iter_task_free(t);
}

static void
what_the_host_withholds_is_nobodys_failure(void **state)
{
	struct bench *b = *state;
	struct iter_task *t = iter_task_new(b->iter, www_test, TYPE_A, false);
	struct iter_event event = { .kind = ITER_EVENT_START };
	struct server_info info;
	struct iter_send send;
	unsigned sends = 0;

	while (iter_step(t, &event, START_MS, &send) == ITER_SEND) {
		assert_true(++sends <= b->conf->queries_max);
		event =
		    (struct iter_event){ .kind = ITER_EVENT_NETWORK, .withheld = true };
	}
	assert_true(sends > 0);
	assert_int_equal(iter_task_result(t)->rcode, RCODE_SERVFAIL);
	assert_int_equal(iter_task_result(t)->ede_code, EDE_FILTERED);
	servers_get(b->servers, &send.to, START_MS, &info);
	assert_int_equal(info.timeouts, 0);
	iter_task_free(t);
	/* Whoever asks the same next finds no failure remembered: servers are asked. */
	t = iter_task_new(b->iter, www_test, TYPE_A, false);
	assert_int_equal(step(t, ITER_EVENT_START, START_MS, &send), ITER_SEND);
	iter_task_free(t);
}

static void
no_network_at_all_ends_at_once(void **state)
{
	struct bench *b = *state;
	struct iter_task *t = iter_task_new(b->iter, www_test, TYPE_A, false);
	enum iter_event_kind kind = ITER_EVENT_START;
	struct iter_send send;
	unsigned sends = 0;

	for (; step(t, kind, START_MS, &send) == ITER_SEND; kind = ITER_EVENT_NETWORK)
		assert_true(++sends <= b->conf->queries_max);
	assert_int_equal(iter_task_result(t)->ede_code, EDE_NETWORK_ERROR);
	assert_int_equal(iter_counters(b->iter)[ITER_COUNT_NETWORK], sends);
	iter_task_free(t);
}

static void
servers_that_refuse_say_nothing_of_the_network(void **state)
{
	struct bench *b = *state;
	struct iter_task *t = iter_task_new(b->iter, www_test, TYPE_A, false);
	struct iter_event refused = { .kind = ITER_EVENT_START };
	struct iter_send send;
	unsigned sends = 0;

	b->conf->ipv6 = false;
	for (unsigned i = 0; i < 5; i++, refused.kind = ITER_EVENT_NETWORK)
		assert_int_equal(iter_step(t, &refused, START_MS, &send), ITER_SEND);
	iter_task_free(t);
	/* The other root servers are asked as ever, not the two of an unlikely chance. */
	t = iter_task_new(b->iter, www_test, TYPE_A, false);
	refused.kind = ITER_EVENT_START;
	for (; iter_step(t, &refused, START_MS, &send) == ITER_SEND;
	     refused.kind = ITER_EVENT_NETWORK)
		sends++;
	assert_in_range(sends, 6, 30);
	iter_task_free(t);
}

static void
a_task_abandoned_midway_gives_everything_back(void **state)
{
	struct bench *b = *state;
	struct iter_send send;

	for (unsigned i = 0; i < 1000; i++) {
		struct iter_task *t = iter_task_new(b->iter, www_test, TYPE_A, false);

		assert_int_equal(step(t, ITER_EVENT_START, START_MS, &send), ITER_SEND);
		iter_task_free(t);
	}
	iter_task_free(NULL);
}

static void
only_one_of_many_tasks_primes(void **state)
{
	struct bench *b = *state;
	struct iter_task *tasks[8];
	struct iter_send send;
	unsigned priming = 0;

	for (unsigned i = 0; i < 8; i++) {
		tasks[i] = iter_task_new(b->iter, www_test, TYPE_A, false);
		assert_int_equal(
		    step(tasks[i], ITER_EVENT_START, START_MS, &send), ITER_SEND);
		priming += send.query[MSG_HEADER_LEN] == 0; /* the root's own name */
	}
	assert_int_equal(priming, 1);
	for (unsigned i = 0; i < 8; i++)
		iter_task_free(tasks[i]);
}

static void
a_running_task_keeps_its_configuration(void **state)
{
	struct bench *b = *state;
	struct iter_task *before = iter_task_new(b->iter, www_test, TYPE_A, false),
			 *after;
	struct conf *second = load("resolver.qname-minimisation=false");
	struct iter_send send;

	iter_set_conf(b->iter, second);
	conf_unref(second);
	after = iter_task_new(b->iter, www_test, TYPE_A, false);
	/* The first primes; behind that it minimises. The second asks the hints, whole.
	 */
	assert_int_equal(step(before, ITER_EVENT_START, START_MS, &send), ITER_SEND);
	assert_int_equal(step(after, ITER_EVENT_START, START_MS, &send), ITER_SEND);
	assert_int_equal(send.query[MSG_HEADER_LEN], 3);
	while (send.query[MSG_HEADER_LEN] == 0 || send.query[MSG_HEADER_LEN] == 3)
		assert_int_equal(
		    step(before, ITER_EVENT_NETWORK, START_MS, &send), ITER_SEND);
	assert_int_equal(send.query[MSG_HEADER_LEN], 4);
	iter_task_free(before);
	iter_task_free(after);
}

static void
memory_limits_of_two_configurations_do_not_mix(void **state)
{
	struct bench *b = *state;
	struct iter_task *small = iter_task_new(b->iter, www_test, TYPE_A, false);
	struct conf *larger = load("limits.task-memory=512K");

	iter_set_conf(b->iter, larger);
	conf_unref(larger);
	iter_task_free(small); /* its arena is not kept for tasks with more memory */
	small = iter_task_new(b->iter, www_test, TYPE_A, false);
	assert_non_null(small);
	iter_task_free(small);
}

static void
every_counter_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ITER_COUNT_COUNT; i++) {
		const char *name = iter_counter_name((enum iter_counter)i);

		assert_true(name[0] != '\0');
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    name, iter_counter_name((enum iter_counter)j));
	}
	assert_string_equal(iter_counter_name(ITER_COUNT_COUNT), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_silent_internet_ends_in_time_and_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_server_that_was_given_no_time_was_not_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_the_host_withholds_is_nobodys_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    no_network_at_all_ends_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    servers_that_refuse_say_nothing_of_the_network, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_task_abandoned_midway_gives_everything_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    only_one_of_many_tasks_primes, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_running_task_keeps_its_configuration, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    memory_limits_of_two_configurations_do_not_mix, setup, teardown),
		cmocka_unit_test(every_counter_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
