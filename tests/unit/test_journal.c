#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/os/journal.h"

#define LINES_MAX 20000

struct place {
	char dir[64], file[96], other[96];
	char *text; /* of the file that read_lines read */
	char *lines[LINES_MAX];
	size_t count;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/sekisho-journal-XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return 1;
	snprintf(p->file, sizeof(p->file), "%s/events.jsonl", p->dir);
	snprintf(p->other, sizeof(p->other), "%s/other.jsonl", p->dir);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	unlink(p->other);
	rmdir(p->dir);
	free(p->text);
	free(p);
	return 0;
}

/* Splits a file into lines; every byte of it must belong to a whole one. */
static void
read_lines(struct place *p, const char *path)
{
	FILE *f = fopen(path, "r");
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	free(p->text);
	p->text = calloc(1, (size_t)st.st_size + 1);
	assert_int_equal(fread(p->text, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	p->count = 0;
	for (char *s = p->text; *s != '\0';) {
		char *end = strchr(s, '\n');
		assert_non_null(end);
		*end = '\0';
		assert_in_range(p->count, 0, LINES_MAX - 1);
		p->lines[p->count++] = s;
		s = end + 1;
	}
}

static json_t *
parse(const char *line)
{
	json_error_t error;
	json_t *json = json_loads(line, 0, &error);

	assert_non_null(json);
	assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
	return json;
}

static bool
is_loss(const char *line, uint64_t *count)
{
	json_t *json = parse(line);
	const char *action = json_string_value(json_object_get(json, "action"));
	bool loss = action != NULL && strcmp(action, "lost") == 0;

	if (loss) {
		assert_non_null(json_string_value(json_object_get(json, "time")));
		*count = (uint64_t)json_integer_value(json_object_get(json, "count"));
	}
	json_decref(json);
	return loss;
}

static struct event
event_number(unsigned n)
{
	struct event e;

	memset(&e, 0, sizeof(e));
	snprintf(e.id, sizeof(e.id), "20261122-3f9a1c-%06u", n);
	e.wall_ms = 1795335330123;
	e.action = EVENT_HOLD;
	e.reason = "account full";
	e.qname.len = e.zone.len = 1; /* the root */
	return e;
}

static bool
has_number(const char *line, unsigned n)
{
	char id[EVENT_ID_MAX];

	snprintf(id, sizeof(id), "20261122-3f9a1c-%06u", n);
	return strstr(line, id) != NULL;
}

/* A listener that lets the test wait for lines, or holds the writer up. */
struct ear {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t lines;
	bool hold, holding;
};
#define EAR                                                                              \
	{                                                                                \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false, false     \
	}

static void
hear(void *ctx, const char *line)
{
	struct ear *e = ctx;

	assert_null(strchr(line, '\n'));
	pthread_mutex_lock(&e->mutex);
	e->lines++;
	e->holding = e->hold;
	pthread_cond_broadcast(&e->changed);
	while (e->hold)
		pthread_cond_wait(&e->changed, &e->mutex);
	e->holding = false;
	pthread_mutex_unlock(&e->mutex);
}

static void
wait_lines(struct ear *e, size_t lines)
{
	pthread_mutex_lock(&e->mutex);
	while (e->lines < lines)
		pthread_cond_wait(&e->changed, &e->mutex);
	pthread_mutex_unlock(&e->mutex);
}

static void
set_hold(struct ear *e, bool hold)
{
	pthread_mutex_lock(&e->mutex);
	e->hold = hold;
	pthread_cond_broadcast(&e->changed);
	while (hold && !e->holding)
		pthread_cond_wait(&e->changed, &e->mutex);
	pthread_mutex_unlock(&e->mutex);
}

static void
events_become_lines_in_their_order(void **state)
{
	struct place *p = *state;
	struct journal *j;

	assert_int_equal(journal_new(p->file, 1000, &j), ERR_OK);
	for (unsigned i = 0; i < 500; i++) {
		struct event e = event_number(i);
		assert_true(journal_push(j, &e));
	}
	journal_free(j); /* writes all that is left */
	read_lines(p, p->file);
	assert_int_equal(p->count, 500);
	for (unsigned i = 0; i < 500; i++)
		assert_true(has_number(p->lines[i], i));
	json_decref(parse(p->lines[0]));
}

static void
lines_are_appended_to_a_file_for_the_group_alone(void **state)
{
	struct place *p = *state;
	mode_t mask = umask(0);
	struct journal *j;
	struct stat st;

	for (unsigned i = 0; i < 2; i++) {
		struct event e = event_number(i);
		assert_int_equal(journal_new(p->file, 4, &j), ERR_OK);
		assert_true(journal_push(j, &e));
		journal_free(j);
	}
	umask(mask);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	read_lines(p, p->file);
	assert_int_equal(p->count, 2);
}

static void
half_a_line_that_a_crash_left_is_ended_first(void **state)
{
	static const char torn[] = "{\"schema\":1,\"id\":\"2026";
	struct place *p = *state;
	struct event e = event_number(1);
	FILE *f = fopen(p->file, "w");
	struct journal *j;

	assert_non_null(f);
	fputs(torn, f);
	assert_int_equal(fclose(f), 0);
	for (unsigned turn = 0; turn < 2; turn++) { /* a whole file is left as it is */
		assert_int_equal(journal_new(p->file, 4, &j), ERR_OK);
		assert_true(journal_push(j, &e));
		journal_free(j);
	}
	read_lines(p, p->file);
	assert_int_equal(p->count, 3);
	assert_string_equal(p->lines[0], torn);
	for (unsigned i = 1; i < 3; i++) {
		json_decref(parse(p->lines[i]));
		assert_true(has_number(p->lines[i], 1));
	}
}

static void
a_file_that_cannot_be_opened_is_an_error_at_the_start(void **state)
{
	struct journal *j;

	(void)state;
	errno = 0;
	assert_int_equal(journal_new("/nonexistent/dir/file", 4, &j), ERR_IO);
	assert_int_equal(errno, ENOENT);
}

static void
a_full_ring_counts_losses_and_tells_them_when_there_is_room(void **state)
{
	enum { SLOTS = 8, PUSHED = 30 };
	struct place *p = *state;
	struct ear ear = EAR;
	struct journal *j;
	uint64_t lost = 0, told = 0, count;

	assert_int_equal(journal_new(p->file, SLOTS, &j), ERR_OK);
	journal_listen(j, hear, &ear);
	ear.hold = true;
	struct event first = event_number(0);
	assert_true(journal_push(j, &first));
	set_hold(&ear, true); /* the writer has the first and stands still */
	for (unsigned i = 1; i < PUSHED; i++) {
		struct event e = event_number(i);
		lost += !journal_push(j, &e);
	}
	assert_int_equal(lost, PUSHED - 1 - SLOTS);
	assert_int_equal(journal_lost(j), lost);
	set_hold(&ear, false);
	wait_lines(&ear, 1 + SLOTS + 1);
	assert_int_equal(journal_written(j), 1 + SLOTS);
	journal_free(j);
	read_lines(p, p->file);
	for (size_t i = 0; i < p->count; i++) {
		if (is_loss(p->lines[i], &count))
			told += count;
	}
	assert_int_equal(told, lost);
	assert_int_equal(p->count, 1 + SLOTS + 1);
}

static void
without_a_file_the_listener_hears_all(void **state)
{
	struct ear ear = EAR;
	struct journal *j;

	(void)state;
	assert_int_equal(journal_new("", 16, &j), ERR_OK);
	journal_listen(j, hear, &ear);
	for (unsigned i = 0; i < 5; i++) {
		struct event e = event_number(i);
		assert_true(journal_push(j, &e));
	}
	wait_lines(&ear, 5);
	journal_listen(j, NULL, NULL);
	struct event e = event_number(5);
	assert_true(journal_push(j, &e));
	journal_free(j);
	assert_int_equal(ear.lines, 5);
}

static void
reopening_goes_on_in_the_new_file(void **state)
{
	struct place *p = *state;
	struct ear ear = EAR;
	struct journal *j;

	assert_int_equal(journal_new(p->file, 16, &j), ERR_OK);
	journal_listen(j, hear, &ear);
	struct event before = event_number(1), after = event_number(2);
	assert_true(journal_push(j, &before));
	wait_lines(&ear, 1);
	assert_int_equal(rename(p->file, p->other), 0); /* what logrotate does */
	journal_reopen(j, p->file);
	assert_true(journal_push(j, &after));
	journal_free(j);
	read_lines(p, p->other);
	assert_int_equal(p->count, 1);
	assert_true(has_number(p->lines[0], 1));
	read_lines(p, p->file);
	assert_int_equal(p->count, 1);
	assert_true(has_number(p->lines[0], 2));
}

static void
a_path_that_cannot_be_reopened_leaves_the_old_file_in_use(void **state)
{
	struct place *p = *state;
	struct journal *j;

	assert_int_equal(journal_new(p->file, 16, &j), ERR_OK);
	journal_reopen(j, "/nonexistent/dir/file");
	struct event e = event_number(1);
	assert_true(journal_push(j, &e));
	journal_free(j);
	read_lines(p, p->file);
	assert_int_equal(p->count, 1);
}

static void
a_full_disk_loses_nothing_that_the_ring_can_hold(void **state)
{
	struct place *p = *state;
	struct journal *j;

	assert_int_equal(journal_new("/dev/full", 16, &j), ERR_OK);
	for (unsigned i = 0; i < 10; i++) {
		struct event e = event_number(i);
		assert_true(journal_push(j, &e));
	}
	journal_reopen(j, p->file); /* the operator has found a better place */
	journal_free(j);
	read_lines(p, p->file);
	assert_int_equal(p->count, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_true(has_number(p->lines[i], i));
}

static void
a_disk_that_stays_full_does_not_keep_the_daemon_from_ending(void **state)
{
	struct journal *j;

	(void)state;
	assert_int_equal(journal_new("/dev/full", 16, &j), ERR_OK);
	for (unsigned i = 0; i < 10; i++) {
		struct event e = event_number(i);
		assert_true(journal_push(j, &e));
	}
	assert_int_equal(journal_written(j), 0);
	journal_free(j);
}

/* RLIMIT_FSIZE is a disk that becomes full in the middle of a line. */
static void
half_a_line_is_taken_back(void **state)
{
	struct place *p = *state;
	struct rlimit before, small;
	struct ear ear = EAR;
	struct journal *j;
	struct stat st;
	uint64_t lost;

	assert_int_equal(journal_new(p->file, 16, &j), ERR_OK);
	journal_listen(j, hear, &ear);
	struct event e = event_number(0);
	assert_true(journal_push(j, &e));
	wait_lines(&ear, 1);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = (rlim_t)st.st_size * 3 / 2; /* one and a half */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (unsigned i = 1; i < 4; i++) {
		e = event_number(i);
		assert_true(journal_push(j, &e));
	}
	journal_free(j); /* its last tries fail as well */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	read_lines(p, p->file);
	assert_true(has_number(p->lines[0], 0));
	for (size_t i = 1; i < p->count;
	     i++) /* a loss's line is short: it may have fitted */
		assert_true(is_loss(p->lines[i], &lost));
}

struct pusher {
	struct journal *j;
	pthread_t thread;
	uint64_t accepted;
};

static void *
push_many(void *arg)
{
	struct pusher *p = arg;

	for (unsigned i = 0; i < 3000; i++) {
		struct event e = event_number(i);
		p->accepted += journal_push(p->j, &e);
	}
	return NULL;
}

static void
from_many_threads_each_event_is_written_or_counted(void **state)
{
	enum { THREADS = 4 };
	struct place *p = *state;
	struct pusher pushers[THREADS];
	uint64_t accepted = 0, told = 0, count;
	size_t events = 0;
	struct journal *j;

	assert_int_equal(journal_new(p->file, 64, &j), ERR_OK);
	for (int i = 0; i < THREADS; i++) {
		pushers[i] = (struct pusher){ .j = j };
		assert_int_equal(
		    pthread_create(&pushers[i].thread, NULL, push_many, &pushers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(pushers[i].thread, NULL);
		accepted += pushers[i].accepted;
	}
	uint64_t lost = journal_lost(j);
	assert_int_equal(accepted + lost, THREADS * 3000);
	journal_free(j);
	read_lines(p, p->file);
	for (size_t i = 0; i < p->count; i++) {
		if (is_loss(p->lines[i], &count))
			told += count;
		else
			events++;
	}
	assert_int_equal(events, accepted);
	assert_int_equal(told, lost);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(events_become_lines_in_their_order),
		TEST(lines_are_appended_to_a_file_for_the_group_alone),
		TEST(half_a_line_that_a_crash_left_is_ended_first),
		TEST(a_file_that_cannot_be_opened_is_an_error_at_the_start),
		TEST(a_full_ring_counts_losses_and_tells_them_when_there_is_room),
		TEST(without_a_file_the_listener_hears_all),
		TEST(reopening_goes_on_in_the_new_file),
		TEST(a_path_that_cannot_be_reopened_leaves_the_old_file_in_use),
		TEST(a_full_disk_loses_nothing_that_the_ring_can_hold),
		TEST(a_disk_that_stays_full_does_not_keep_the_daemon_from_ending),
		TEST(half_a_line_is_taken_back),
		TEST(from_many_threads_each_event_is_written_or_counted),
	};

	/* Tests of full disks speak on stderr; nobody needs to read it. */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
