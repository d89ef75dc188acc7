#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/ops/backlog.h"
#include "resolver/ops/state.h"

static const struct now now = { .mono_ms = 5000, .wall_ms = 1795334130123 };

struct bench {
	char parent[64], dir[80], file[128];
	struct conf *conf;
	char error[STATE_ERROR_MAX];
};

static struct detect *
new_detect(const struct bench *b)
{
	static const struct hashkey key = { 5, 6 };
	struct detect *d = detect_new(b->conf, &key, 9);

	assert_non_null(d);
	return d;
}

static int
setup(void **state)
{
	static const char *const overrides[] = { "detection.zone-entries=1024",
		"server.journal=''" };
	static struct conf_errors errors;
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(conf_load(NULL, overrides, 2, &errors, &b->conf), ERR_OK);
	strcpy(b->parent, "/tmp/sekisho-state.XXXXXX");
	assert_non_null(mkdtemp(b->parent));
	snprintf(b->dir, sizeof(b->dir), "%s/lib/state", b->parent);
	snprintf(b->file, sizeof(b->file), "%s/" STATE_FILE, b->dir);
	assert_int_equal(state_make_dir(b->dir, getuid(), getgid(), b->error), ERR_OK);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", b->parent);
	assert_int_equal(system(command), 0);
	conf_unref(b->conf);
	free(b);
	return 0;
}

static void
count_rule(void *ctx, const struct detect_measure *m)
{
	*(unsigned *)ctx += m->action == EVENT_OPERATOR_BLOCK;
}

static unsigned
blocks_in(struct detect *d)
{
	unsigned count = 0;

	detect_measures(d, &now, count_rule, &count);
	return count;
}

static void
block(struct detect *d, const char *text)
{
	struct dname name;
	struct event event;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	assert_int_equal(detect_block(d, name.bytes, 0, "test", &now, &event), ERR_OK);
}

static void
the_directory_is_made_for_us_alone_with_one_parent(void **state)
{
	struct bench *b = *state;
	struct stat st;
	char deep[160];

	assert_int_equal(stat(b->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	assert_int_equal(
	    state_make_dir(b->dir, getuid(), getgid(), b->error), ERR_OK); /* as it is */
	snprintf(deep, sizeof(deep), "%s/a/b/c", b->parent);
	assert_int_equal(state_make_dir(deep, getuid(), getgid(), b->error), ERR_IO);
	assert_non_null(strstr(b->error, deep));
}

static void
what_was_saved_is_there_after_a_restart(void **state)
{
	struct bench *b = *state;
	struct detect *d = new_detect(b);
	struct stat st;

	block(d, "evil.example");
	assert_int_equal(state_save(b->dir, d, &now, b->error), ERR_OK);
	detect_free(d);
	assert_int_equal(stat(b->file, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0); /* not for others */
	d = new_detect(b);
	assert_int_equal(state_load(b->dir, d, &now, b->error), ERR_OK);
	assert_int_equal(blocks_in(d), 1);
	detect_free(d);
}

static void
what_was_learnt_is_a_list_beside_it(void **state)
{
	static const char *const overrides[] = { "detection.learn=1h" };
	static struct conf_errors errors;
	struct bench *b = *state;
	struct detect *d = new_detect(b);
	struct conf *conf;
	struct dname name;
	struct detect_question q = { .qname = name.bytes, .qtype = 1 };
	struct detect_verdict v;
	char path[512];

	assert_int_equal(conf_load(NULL, overrides, 1, &errors, &conf), ERR_OK);
	snprintf(path, sizeof(path), "%s/" STATE_LEARNT_FILE, b->dir);
	/* Not before anything was asked. */
	assert_int_equal(state_save_learnt(b->dir, d, conf, &now, b->error), ERR_OK);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(dname_from_text("www.example.com", &name), ERR_OK);
	assert_int_equal(addr_from_text("192.0.2.1", 0, &q.client), ERR_OK);
	detect_question(d, conf, &q, &now, &v);
	assert_int_equal(state_save_learnt(b->dir, d, conf, &now, b->error), ERR_OK);
	assert_int_equal(access(path, R_OK), 0);
	(void)remove(path);
	conf_unref(conf);
	detect_free(d);
}

static void
the_first_start_has_nothing_to_tell(void **state)
{
	struct bench *b = *state;
	struct detect *d = new_detect(b);

	assert_int_equal(state_load(b->dir, d, &now, b->error), ERR_NOTFOUND);
	detect_free(d);
}

static void
a_bad_line_is_told_with_its_number_and_the_rest_before_it_counts(void **state)
{
	struct bench *b = *state;
	struct detect *d = new_detect(b);
	char place[160];
	unsigned lines = 0;
	FILE *f;
	int c;

	block(d, "one.example");
	block(d, "two.example");
	assert_int_equal(state_save(b->dir, d, &now, b->error), ERR_OK);
	detect_free(d);
	f = fopen(b->file, "r+");
	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		lines += c == '\n';
	fputs("this is no state\n", f);
	fclose(f);
	d = new_detect(b);
	assert_int_equal(state_load(b->dir, d, &now, b->error), ERR_MALFORMED);
	snprintf(place, sizeof(place), "%s:%u:", b->file, lines + 1);
	assert_non_null(strstr(b->error, place));
	assert_int_equal(blocks_in(d), 2);
	detect_free(d);
}

static void
a_failed_save_keeps_the_older_file(void **state)
{
	struct bench *b = *state;
	struct detect *d = new_detect(b);
	char fresh[160];

	block(d, "one.example");
	assert_int_equal(state_save(b->dir, d, &now, b->error), ERR_OK);
	/* A folder in the way of the new file: also root cannot open that. */
	snprintf(fresh, sizeof(fresh), "%s.new", b->file);
	assert_int_equal(mkdir(fresh, 0700), 0);
	block(d, "two.example");
	assert_int_equal(state_save(b->dir, d, &now, b->error), ERR_IO);
	assert_non_null(strstr(b->error, fresh));
	detect_free(d);
	d = new_detect(b);
	assert_int_equal(state_load(b->dir, d, &now, b->error), ERR_OK);
	assert_int_equal(blocks_in(d), 1);
	detect_free(d);
}

static void
a_link_in_the_place_of_the_new_file_is_not_followed(void **state)
{
	struct bench *b = *state;
	struct detect *d = new_detect(b);
	char fresh[160], victim[160];

	snprintf(fresh, sizeof(fresh), "%s.new", b->file);
	snprintf(victim, sizeof(victim), "%s/victim", b->parent);
	assert_int_equal(symlink(victim, fresh), 0);
	assert_int_equal(state_save(b->dir, d, &now, b->error), ERR_OK);
	assert_int_not_equal(access(victim, F_OK), 0);
	detect_free(d);
}

/* ---- backlog.h: files read from their end ---- */

struct lines {
	size_t count, max;
	char text[16][64];
	size_t longest;
};

static bool
keep(void *ctx, const char *line, size_t len)
{
	struct lines *l = ctx;

	if (l->count < 16)
		snprintf(l->text[l->count], sizeof(l->text[0]), "%.*s",
		    (int)(len < 63 ? len : 63), line);
	l->longest = len > l->longest ? len : l->longest;
	return ++l->count < l->max;
}

static enum err
scan(const struct bench *b, const char *text, size_t len, size_t max_bytes, size_t max,
    struct lines *l)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/lines", b->parent);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	memset(l, 0, sizeof(*l));
	l->max = max;
	return backlog_scan(path, max_bytes, keep, l);
}

static void
lines_come_newest_first_and_an_unfinished_one_not_at_all(void **state)
{
	struct lines l;

	assert_int_equal(scan(*state, "one\ntwo\n\nthree\nfou", 18, 1000, 9, &l), ERR_OK);
	assert_int_equal(l.count, 3);
	assert_string_equal(l.text[0], "three");
	assert_string_equal(l.text[2], "one");
	assert_int_equal(scan(*state, "one\ntwo\n", 8, 1000, 1, &l), ERR_OK);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.text[0], "two");
	assert_int_equal(scan(*state, "", 0, 1000, 9, &l), ERR_OK);
	assert_int_equal(l.count, 0);
	assert_int_equal(scan(*state, "none", 4, 1000, 9, &l), ERR_OK);
	assert_int_equal(l.count, 0);
}

static void
only_the_end_of_a_large_file_is_read(void **state)
{
	struct lines l;

	/* The seven last bytes begin inside "two": that line is not whole. */
	assert_int_equal(scan(*state, "one\ntwo\nthree\n", 14, 8, 9, &l), ERR_LIMIT);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.text[0], "three");
}

static void
long_files_and_lines_cross_the_chunks(void **state)
{
	size_t len = 0, total = 400000;
	char *text = malloc(total + 200000);
	struct lines l;
	unsigned count = 0;

	while (len < total)
		len += (size_t)sprintf(text + len, "line %u\n", count++);
	assert_int_equal(scan(*state, text, len, SIZE_MAX, SIZE_MAX, &l), ERR_OK);
	assert_int_equal(l.count, count);
	/* One of more than BACKLOG_LINE_MAX is stepped over, its neighbours are not. */
	memset(text + len, 'x', 180000);
	text[len + 180000] = '\n';
	memcpy(text + len + 180001, "last\n", 5);
	assert_int_equal(
	    scan(*state, text, len + 180006, SIZE_MAX, SIZE_MAX, &l), ERR_OK);
	assert_int_equal(l.count, count + 1);
	assert_string_equal(l.text[0], "last");
	assert_true(l.longest <= BACKLOG_LINE_MAX);
	free(text);
}

static void
what_is_no_file_is_an_error(void **state)
{
	struct bench *b = *state;
	struct lines l = { .max = 9 };

	assert_int_equal(backlog_scan(b->dir, 100, keep, &l), ERR_IO);
	assert_int_equal(backlog_scan("/nonexistent/journal", 100, keep, &l), ERR_IO);
}

static void
a_directory_that_cannot_be_written_is_told_before_it_is_needed(void **state)
{
	struct bench *b = *state;
	char fresh[160];

	assert_int_equal(state_check_dir(b->dir, b->error), ERR_OK);
	snprintf(fresh, sizeof(fresh), "%s/writable", b->dir);
	assert_int_equal(access(fresh, F_OK), -1); /* nothing stays behind */
	/* where not even root makes files */
	assert_int_equal(state_check_dir("/proc/self", b->error), ERR_IO);
	assert_non_null(strstr(b->error, "/proc/self/writable"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_directory_is_made_for_us_alone_with_one_parent),
		TEST(what_was_saved_is_there_after_a_restart),
		TEST(what_was_learnt_is_a_list_beside_it),
		TEST(the_first_start_has_nothing_to_tell),
		TEST(a_bad_line_is_told_with_its_number_and_the_rest_before_it_counts),
		TEST(a_failed_save_keeps_the_older_file),
		TEST(a_link_in_the_place_of_the_new_file_is_not_followed),
		TEST(lines_come_newest_first_and_an_unfinished_one_not_at_all),
		TEST(only_the_end_of_a_large_file_is_read),
		TEST(long_files_and_lines_cross_the_chunks),
		TEST(what_is_no_file_is_an_error),
		TEST(a_directory_that_cannot_be_written_is_told_before_it_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
