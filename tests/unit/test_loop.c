#include "tests/unit/net_help.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "resolver/net/wheel.h"
#include "resolver/os/clock.h"

/* ---- the wheel, with an invented time -------------------------------------- */

struct probe {
	struct wheel_node node; /* first */
	uint64_t expires_ms;
	bool armed;
};

static uint32_t
noise(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Spans of all sizes: within a slot, across levels, days. */
static uint64_t
any_span(uint32_t *state)
{
	return noise(state) & ((UINT64_C(1) << (noise(state) % 30)) - 1);
}

static uint64_t
earliest(const struct probe *probes, size_t count)
{
	uint64_t min = UINT64_MAX;

	for (size_t i = 0; i < count; i++) {
		if (probes[i].armed && probes[i].expires_ms < min)
			min = probes[i].expires_ms;
	}
	return min;
}

static void
take_due(struct wheel *w, uint64_t now_ms)
{
	struct wheel_node due;

	wheel_due_take(w, &due);
	while (due.next != &due) {
		struct probe *p = (struct probe *)(void *)due.next;
		wheel_remove(w, &p->node);
		assert_true(p->armed);
		assert_true(p->expires_ms <= now_ms);
		p->armed = false;
	}
}

static void
the_wheel_agrees_with_a_plain_list(void **state)
{
	enum { COUNT = 300, ROUNDS = 4000 };
	struct wheel *w = malloc(sizeof(*w));
	struct probe *probes = calloc(COUNT, sizeof(*probes));
	uint64_t now_ms =
	    (UINT64_C(1) << 36) - 5000; /* crosses a border of the top levels */
	uint32_t seed = 7;

	(void)state;
	wheel_init(w, now_ms);
	for (int round = 0; round < ROUNDS; round++) {
		struct probe *p = &probes[noise(&seed) % COUNT];
		wheel_remove(w, &p->node);
		p->armed = noise(&seed) % 4 != 0;
		p->expires_ms = now_ms + any_span(&seed);
		if (p->armed)
			wheel_add(w, &p->node, p->expires_ms);
		assert_true(wheel_next_ms(w) <= earliest(probes, COUNT));
		if (noise(&seed) % 4 == 0)
			now_ms += any_span(&seed) / 8;
		wheel_advance(w, now_ms);
		take_due(w, now_ms);
		assert_true(earliest(probes, COUNT) > now_ms); /* nothing was forgotten */
	}
	/* Following wheel_next_ms alone, each expires to the millisecond. */
	for (uint64_t next; (next = wheel_next_ms(w)) != UINT64_MAX;) {
		uint64_t before = earliest(probes, COUNT);
		assert_true(next <= before);
		wheel_advance(w, next);
		take_due(w, next);
	}
	assert_true(earliest(probes, COUNT) == UINT64_MAX);
	free(probes);
	free(w);
}

/* ---- the loop -------------------------------------------------------------- */

static int
setup(void **state)
{
	*state = loop_new();
	return *state == NULL;
}

static int
teardown(void **state)
{
	loop_free(*state);
	return 0;
}

#define RUNS_MAX 16

struct runs {
	struct loop *loop;
	int order[RUNS_MAX], count, want;
	uint64_t at_ms[RUNS_MAX];
	struct loop_timer *timers[RUNS_MAX];
	int turns;
};
struct run {
	struct runs *runs;
	int number;
};

static void
note_run(void *ctx)
{
	struct run *r = ctx;

	r->runs->at_ms[r->runs->count] = loop_now(r->runs->loop)->mono_ms;
	r->runs->order[r->runs->count++] = r->number;
}

static bool
all_ran(void *ctx)
{
	struct runs *runs = ctx;

	runs->turns++;
	return runs->count >= runs->want;
}

static void
timers_run_in_the_order_of_their_times_and_never_early(void **state)
{
	static const uint32_t spans[] = { 90, 5, 40, 0, 70 };
	struct runs runs = { .loop = *state, .want = 5 };
	struct run run[5];
	struct now start;

	clock_now(&start);
	for (int i = 0; i < 5; i++) {
		run[i] = (struct run){ &runs, i };
		runs.timers[i] = loop_timer_new(runs.loop, note_run, &run[i]);
		loop_timer_arm(runs.timers[i], spans[i]);
	}
	assert_true(net_run_until(runs.loop, all_ran, &runs));
	for (int i = 0; i < 5; i++) {
		assert_true(runs.at_ms[i] >= start.mono_ms + spans[runs.order[i]]);
		/* Those that one late turn finds due together come in any order. */
		if (i > 0 && runs.at_ms[i] != runs.at_ms[i - 1])
			assert_true(spans[runs.order[i]] > spans[runs.order[i - 1]]);
		loop_timer_free(runs.timers[i]);
	}
}

static void
a_disarmed_timer_does_not_run_and_arming_anew_replaces(void **state)
{
	struct runs runs = { .loop = *state, .want = 2 };
	struct run run[3] = { { &runs, 0 }, { &runs, 1 }, { &runs, 2 } };
	struct now start;

	clock_now(&start);
	for (int i = 0; i < 3; i++)
		runs.timers[i] = loop_timer_new(runs.loop, note_run, &run[i]);
	loop_timer_arm(runs.timers[0], 1);
	loop_timer_disarm(runs.timers[0]);
	loop_timer_arm(runs.timers[1], 1);
	loop_timer_arm(runs.timers[1], 40);
	loop_timer_arm(runs.timers[2], 20);
	assert_true(net_run_until(runs.loop, all_ran, &runs));
	assert_int_equal(runs.count, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_not_equal(runs.order[i], 0);
		if (runs.order[i] == 1)
			assert_true(runs.at_ms[i] >= start.mono_ms + 40);
	}
	for (int i = 0; i < 3; i++)
		loop_timer_free(runs.timers[i]);
}

static void
run_again_at_once(void *ctx)
{
	struct run *r = ctx;

	note_run(ctx);
	if (r->runs->count < r->runs->want)
		loop_timer_arm(r->runs->timers[0], 0);
}

static void
a_timer_that_arms_itself_for_now_leaves_room_for_a_turn_between(void **state)
{
	struct runs runs = { .loop = *state, .want = 5 };
	struct run run = { &runs, 0 };

	runs.timers[0] = loop_timer_new(runs.loop, run_again_at_once, &run);
	loop_timer_arm(runs.timers[0], 0);
	assert_true(net_run_until(runs.loop, all_ran, &runs));
	assert_true(runs.turns >= 5);
	loop_timer_free(runs.timers[0]);
}

static void
free_the_other(void *ctx)
{
	struct run *r = ctx;

	note_run(ctx);
	loop_timer_free(r->runs->timers[1 - r->number]);
	r->runs->timers[1 - r->number] = NULL;
}

static void
a_timer_may_free_another_that_is_due_in_the_same_turn(void **state)
{
	struct runs runs = { .loop = *state, .want = 1 };
	struct run run[2] = { { &runs, 0 }, { &runs, 1 } };

	for (int i = 0; i < 2; i++) {
		runs.timers[i] = loop_timer_new(runs.loop, free_the_other, &run[i]);
		loop_timer_arm(runs.timers[i], 0);
	}
	assert_true(net_run_until(runs.loop, all_ran, &runs));
	assert_int_equal(runs.count, 1);
	loop_timer_free(runs.timers[0]);
	loop_timer_free(runs.timers[1]);
}

struct pipes {
	struct loop *loop;
	int fds[2][2];
	struct loop_fd *watch[2];
	int calls, turn_calls;
	uint64_t seen_ms[2];
	bool in_order;
};

static void
pipe_readable_frees_both(void *ctx, int fd, bool readable, bool writable)
{
	struct pipes *p = ctx;

	(void)fd;
	assert_true(readable);
	assert_false(writable);
	p->calls++;
	for (int i = 0; i < 2; i++) {
		loop_fd_free(p->watch[i]);
		p->watch[i] = NULL;
	}
}

static bool
pipe_called(void *ctx)
{
	struct pipes *p = ctx;

	/* Two more turns, for a call that should not come. */
	loop_wake(p->loop);
	return p->calls > 0 && ++p->turn_calls > 2;
}

static void
open_pipes(struct pipes *p, loop_fd_fn *fn)
{
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(p->fds[i]), 0);
		assert_int_equal(write(p->fds[i][1], "x", 1), 1);
		p->watch[i] = loop_fd_new(p->loop, p->fds[i][0], fn, p);
		assert_non_null(p->watch[i]);
	}
}

static void
close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		loop_fd_free(p->watch[i]);
		close(p->fds[i][0]);
		close(p->fds[i][1]);
	}
}

static void
a_descriptor_freed_by_another_in_the_same_turn_is_not_called(void **state)
{
	struct pipes p = { .loop = *state };

	open_pipes(&p, pipe_readable_frees_both);
	assert_true(net_run_until(p.loop, pipe_called, &p));
	assert_int_equal(p.calls, 1);
	close_pipes(&p);
}

static void
pipe_readable_takes_its_time(void *ctx, int fd, bool readable, bool writable)
{
	struct pipes *p = ctx;
	struct now real;
	char byte;

	(void)readable;
	(void)writable;
	assert_int_equal(read(fd, &byte, 1), 1);
	p->seen_ms[p->calls++] = loop_now(p->loop)->mono_ms;
	do { /* the clock moves while the turn lasts */
		clock_now(&real);
	} while (real.mono_ms == p->seen_ms[0]);
}

static bool
both_were_called(void *ctx)
{
	struct pipes *p = ctx;

	p->in_order = p->calls != 1; /* never between the two */
	return p->calls == 2;
}

static void
one_turn_has_one_time_and_its_end_comes_after_all_events(void **state)
{
	struct pipes p = { .loop = *state };

	open_pipes(&p, pipe_readable_takes_its_time);
	assert_true(net_run_until(p.loop, both_were_called, &p));
	assert_true(p.in_order);
	assert_true(p.seen_ms[0] != 0);
	assert_true(p.seen_ms[0] == p.seen_ms[1]);
	assert_true(loop_now_refresh(p.loop)->mono_ms > p.seen_ms[1]);
	close_pipes(&p);
}

static void
pipe_writable(void *ctx, int fd, bool readable, bool writable)
{
	struct pipes *p = ctx;

	(void)fd;
	assert_false(readable);
	assert_true(writable);
	loop_fd_want(p->watch[0], false, false);
	p->calls++;
}

static void
writing_is_watched_only_while_it_is_wanted(void **state)
{
	struct pipes p = { .loop = *state };

	assert_int_equal(pipe(p.fds[0]), 0);
	p.watch[0] = loop_fd_new(p.loop, p.fds[0][1], pipe_writable, &p);
	loop_fd_want(p.watch[0], false, true);
	assert_true(net_run_until(p.loop, pipe_called, &p));
	assert_int_equal(p.calls, 1);
	loop_fd_free(p.watch[0]);
	close(p.fds[0][0]);
	close(p.fds[0][1]);
}

struct outside {
	struct loop *loop;
	pthread_t thread;
	atomic_bool awake;
	int turns;
};

static void *
wake_from_outside(void *arg)
{
	struct outside *o = arg;

	atomic_store(&o->awake, true);
	loop_wake(o->loop);
	return NULL;
}

/* The first turn is net_run_until's own; after it nothing but the thread ends the
 * waiting. */
static bool
woken_from_outside(void *ctx)
{
	struct outside *o = ctx;

	if (o->turns++ == 0)
		assert_int_equal(
		    pthread_create(&o->thread, NULL, wake_from_outside, o), 0);
	return o->turns > 1 && atomic_load(&o->awake);
}

static void
another_thread_wakes_the_loop(void **state)
{
	struct outside o = { .loop = *state };

	assert_true(net_run_until(o.loop, woken_from_outside, &o));
	pthread_join(o.thread, NULL);
}

static void *
stop_from_outside(void *loop)
{
	loop_stop(loop);
	return NULL;
}

static void
another_thread_stops_the_loop(void **state)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, stop_from_outside, *state), 0);
	loop_run(*state);
	pthread_join(thread, NULL);
}

static void
note_signal(void *ctx, int number)
{
	*(int *)ctx = number;
}

static bool
is_set(void *ctx)
{
	return *(int *)ctx != 0;
}

static void
a_signal_arrives_as_an_event(void **state)
{
	int got = 0;

	assert_int_equal(loop_on_signal(*state, SIGUSR1, note_signal, &got), ERR_OK);
	raise(SIGUSR1);
	assert_true(net_run_until(*state, is_set, &got));
	assert_int_equal(got, SIGUSR1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wheel_agrees_with_a_plain_list),
		TEST(timers_run_in_the_order_of_their_times_and_never_early),
		TEST(a_disarmed_timer_does_not_run_and_arming_anew_replaces),
		TEST(a_timer_that_arms_itself_for_now_leaves_room_for_a_turn_between),
		TEST(a_timer_may_free_another_that_is_due_in_the_same_turn),
		TEST(a_descriptor_freed_by_another_in_the_same_turn_is_not_called),
		TEST(one_turn_has_one_time_and_its_end_comes_after_all_events),
		TEST(writing_is_watched_only_while_it_is_wanted),
		TEST(another_thread_wakes_the_loop),
		TEST(another_thread_stops_the_loop),
		TEST(a_signal_arrives_as_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
