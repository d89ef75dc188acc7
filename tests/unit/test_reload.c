#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/ops/reload.h"

/* The loop runs in the test's own thread, until the results that the test waits for have
 * come. */
struct bench {
	char file[64];
	struct loop *loop;
	struct reload *reload;
	unsigned prepared, discarded, swapped;
	bool refuse_prepare, refuse_swap;
	struct conf *conf;
	unsigned awaited, results, good;
	char first_error[512];
	bool ask_again;
};

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static bool
prepare(void *ctx, const struct conf *fresh, void **built, char error[RELOAD_ERROR_MAX])
{
	struct bench *b = ctx;

	(void)fresh;
	if (b->refuse_prepare) {
		snprintf(error, RELOAD_ERROR_MAX, "cannot build");
		return false;
	}
	b->prepared++;
	*built = malloc(1); /* so that a leak would be seen */
	return true;
}

static void
discard(void *ctx, void *built)
{
	((struct bench *)ctx)->discarded++;
	free(built);
}

static bool
swap(void *ctx, struct conf *fresh, void *built, char error[RELOAD_ERROR_MAX])
{
	struct bench *b = ctx;

	if (b->refuse_swap) {
		snprintf(error, RELOAD_ERROR_MAX, "not that");
		return false;
	}
	free(built);
	conf_unref(b->conf);
	b->conf = fresh;
	b->swapped++;
	return true;
}

static void
on_result(void *ctx, const struct reload_result *result)
{
	struct bench *b = ctx;

	b->results++;
	b->good += result->ok;
	if (result->errors->count > 0)
		snprintf(b->first_error, sizeof(b->first_error), "%s",
		    result->errors->errors[0].text);
	if (b->ask_again) {
		b->ask_again = false;
		assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	}
	if (b->results == b->awaited)
		loop_stop(b->loop);
}

static void
on_late(void *ctx)
{
	(void)ctx;
	fail_msg("no result came");
}

/* Runs the loop until ${count} results have come. */
static void
await(struct bench *b, unsigned count)
{
	struct loop_timer *late = loop_timer_new(b->loop, on_late, b);

	b->results = b->good = 0;
	b->awaited = count;
	loop_timer_arm(late, 10000);
	loop_run(b->loop);
	loop_timer_free(late);
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct reload_env env = {
		.prepare = prepare, .discard = discard, .swap = swap, .ctx = b
	};
	int fd;

	assert_non_null(b);
	strcpy(b->file, "/tmp/sekisho-reload.XXXXXX");
	assert_true((fd = mkstemp(b->file)) >= 0);
	close(fd);
	env.file = b->file;
	assert_non_null(b->loop = loop_new());
	assert_non_null(b->reload = reload_new(b->loop, &env));
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	reload_free(b->reload);
	loop_free(b->loop);
	conf_unref(b->conf);
	unlink(b->file);
	free(b);
	return 0;
}

static void
a_good_file_is_prepared_and_swapped_in(void **state)
{
	struct bench *b = *state;

	write_file(b->file, "server:\n  workers: 3\n");
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	assert_int_equal(b->swapped, 0); /* not before the loop's turn */
	await(b, 1);
	assert_int_equal(b->good, 1);
	assert_int_equal(b->prepared, 1);
	assert_int_equal(b->swapped, 1);
	assert_int_equal(b->conf->workers, 3);
	assert_int_equal(reload_succeeded(b->reload), 1);
}

static void
a_bad_file_changes_nothing_and_names_its_line(void **state)
{
	struct bench *b = *state;
	char place[96];

	write_file(b->file, "server:\n  worker: 3\n");
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 1);
	assert_int_equal(b->good, 0);
	assert_int_equal(b->prepared, 0);
	assert_int_equal(b->swapped, 0);
	snprintf(place, sizeof(place), "%s:2:3:", b->file);
	assert_non_null(strstr(b->first_error, place));
	assert_int_equal(reload_failed(b->reload), 1);
}

static void
what_was_prepared_is_discarded_when_the_swap_says_no(void **state)
{
	struct bench *b = *state;

	b->refuse_swap = true;
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 1);
	assert_int_equal(b->good, 0);
	assert_int_equal(b->discarded, 1);
	assert_string_equal(b->first_error, "not that");
}

static void
a_failed_preparation_is_told(void **state)
{
	struct bench *b = *state;

	b->refuse_prepare = true;
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 1);
	assert_int_equal(b->good, 0);
	assert_int_equal(b->swapped, 0);
	assert_int_equal(b->discarded, 0);
	assert_string_equal(b->first_error, "cannot build");
}

static void
who_asks_during_a_load_gets_the_next_one(void **state)
{
	struct bench *b = *state;
	struct bench others[4] = { 0 };

	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(
		    reload_request(b->reload, on_result, &others[i]), ERR_OK);
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(others[i].good, 1);
	assert_int_equal(b->good, 1);
	assert_int_equal(
	    b->swapped, 2); /* the first one's, and one for the four others */
}

static void
a_callback_may_ask_again(void **state)
{
	struct bench *b = *state;

	b->ask_again = true;
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 2);
	assert_int_equal(b->swapped, 2);
}

static void
waiters_are_bounded(void **state)
{
	struct bench *b = *state;
	struct bench others[RELOAD_WAITERS_MAX] = { 0 };

	for (unsigned i = 1; i < RELOAD_WAITERS_MAX; i++)
		assert_int_equal(
		    reload_request(b->reload, on_result, &others[i]), ERR_OK);
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	assert_int_equal(reload_request(b->reload, on_result, &others[0]), ERR_LIMIT);
	await(b, 1);
	assert_int_equal(b->swapped, 2);
	for (unsigned i = 1; i < RELOAD_WAITERS_MAX; i++)
		assert_int_equal(others[i].results, 1);
}

static void
a_storm_of_signals_is_two_loads_and_leaves_room_for_others(void **state)
{
	struct bench *b = *state;
	struct bench signals = { 0 };

	for (unsigned i = 0; i < 3 * RELOAD_WAITERS_MAX; i++)
		assert_int_equal(reload_request(b->reload, on_result, &signals), ERR_OK);
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 1);
	assert_int_equal(b->swapped, 2);
	assert_int_equal(signals.results, 2);
}

static void
a_signal_during_the_load_of_several_gets_the_next_one(void **state)
{
	struct bench *b = *state;
	struct bench others[2] = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
		assert_int_equal(
		    reload_request(b->reload, on_result, &others[i]), ERR_OK);
	}
	await(b, 1); /* the second load begins, for three of them */
	assert_int_equal(reload_request(b->reload, NULL, NULL), ERR_OK);
	await(b, 1); /* the third begins, for nobody but the signal */
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	await(b, 1);
	assert_int_equal(b->swapped, 4);
}

static void
the_forgotten_are_not_called(void **state)
{
	struct bench *b = *state;
	struct bench other = { 0 };

	assert_int_equal(reload_request(b->reload, on_result, &other), ERR_OK);
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
	reload_forget(b->reload, &other);
	await(b, 1);
	assert_int_equal(other.results, 0);
}

static void
an_end_during_a_load_leaks_nothing(void **state)
{
	struct bench *b = *state;

	/* Freed by teardown while the thread may still be at work; the sanitizer watches.
	 */
	assert_int_equal(reload_request(b->reload, on_result, b), ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_file_is_prepared_and_swapped_in),
		TEST(a_bad_file_changes_nothing_and_names_its_line),
		TEST(what_was_prepared_is_discarded_when_the_swap_says_no),
		TEST(a_failed_preparation_is_told),
		TEST(who_asks_during_a_load_gets_the_next_one),
		TEST(a_callback_may_ask_again),
		TEST(waiters_are_bounded),
		TEST(a_storm_of_signals_is_two_loads_and_leaves_room_for_others),
		TEST(a_signal_during_the_load_of_several_gets_the_next_one),
		TEST(the_forgotten_are_not_called),
		TEST(an_end_during_a_load_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
