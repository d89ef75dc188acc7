#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "config.h"
#include "resolver/judge/judge.h"

/*
 * Files as people have them: rotated, packed, piped, put together, damaged. What is
 * judged of them, and what is said of the rest.
 */

#define PATH_BYTES  96u
#define FILES_MAX   8u
#define LONG_BYTES  300000u
#define MANY_LINES  8000u
#define QUERY(time) "Nov 22 " time " dnsmasq[1]: query[A] a.example from 192.0.2.1\n"
#define BIND_QUERY                                                                       \
	"22-Nov-2026 08:15:40.000 client @0x1 192.0.2.2#9 (b.example): query: "          \
	"b.example IN A +\n"

struct fixture {
	char folder[64];
	char paths[FILES_MAX][PATH_BYTES];
	size_t count;
	struct conf *conf;
	json_t *report;
	char *complaints;
	bool good;
};

static int
setup(void **state)
{
	static struct conf_errors errors;
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->folder, sizeof(f->folder), "/tmp/sekisho-files-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &f->conf), ERR_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->count; i++)
		unlink(f->paths[i]);
	rmdir(f->folder);
	json_decref(f->report);
	free(f->complaints);
	conf_unref(f->conf);
	free(f);
	return 0;
}

static const char *
put(struct fixture *f, const char *name, const char *bytes, size_t len)
{
	char *path = f->paths[f->count++], folder[sizeof(f->folder)];
	FILE *out;

	memcpy(folder, f->folder, sizeof(folder));
	snprintf(path, PATH_BYTES, "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
	return path;
}

static const char *
put_text(struct fixture *f, const char *name, const char *text)
{
	return put(f, name, text, strlen(text));
}

static void
judge_to(struct fixture *f, const char *path, const char *html)
{
	const char *files[] = { path };
	struct judge_options o = { .conf = f->conf,
		.json = true,
		.html = html,
		.files = files,
		.file_count = 1 };
	char *text = NULL;
	size_t len, complaints_len;
	struct show out = { .out = open_memstream(&text, &len) };
	struct show err = { .out = open_memstream(&f->complaints, &complaints_len) };

	assert_non_null(out.out);
	assert_non_null(err.out);
	f->good = judge_run(&o, &out, &err);
	fclose(out.out);
	fclose(err.out);
	f->report = json_loads(text, 0, NULL);
	free(text);
}

static void
judge(struct fixture *f, const char *path)
{
	judge_to(f, path, NULL);
	assert_non_null(f->report);
}

static json_int_t
questions(const struct fixture *f)
{
	return json_integer_value(json_object_get(f->report, "questions"));
}

static const json_t *
file_at(const struct fixture *f, size_t i)
{
	return json_array_get(json_object_get(f->report, "files"), i);
}

static json_int_t
of_file(const struct fixture *f, const char *key)
{
	return json_integer_value(json_object_get(file_at(f, 0), key));
}

static const char *
format_of(const struct fixture *f)
{
	return json_string_value(json_object_get(file_at(f, 0), "format"));
}

static void
expect_complaint(const struct fixture *f, const char *text)
{
	if (strstr(f->complaints, text) == NULL)
		fail_msg("no '%s' in: %s", text, f->complaints);
}

/* ---- which files ---- */

static void
a_folder_is_read_in_the_order_of_time(void **state)
{
	struct fixture *f = *state;
	const char *older, *path;

	(void)put_text(f, "queries.log", QUERY("09:00:00"));
	older = put_text(f, "queries.log.0", QUERY("08:00:00"));
	(void)put_text(f, "notes.txt", "Not a log.\n");
	(void)put_text(f, ".hidden", QUERY("07:00:00"));
	judge(f, f->folder);
	assert_true(f->good);
	assert_int_equal(questions(f), 2);
	assert_int_equal(json_array_size(json_object_get(f->report, "files")), 2);
	path = json_string_value(json_object_get(file_at(f, 0), "file"));
	assert_string_equal(path, older);
	expect_complaint(f, "1 file of other kinds in folders left out");
	assert_null(strstr(f->complaints, "steps back"));
}

static void
a_page_takes_no_recordings_place(void **state)
{
	static const char log[] = QUERY("09:00:00");
	struct fixture *f = *state;
	const char *older = put_text(f, "queries.log.0", QUERY("08:00:00"));
	const char *live = put_text(f, "queries.log", log);
	const char *page = put_text(f, "page.html", "<!DOCTYPE html>\nof last week");
	char text[sizeof(log) + 1] = "";
	FILE *in;

	judge_to(f, older, live);
	assert_false(f->good);
	assert_null(f->report);
	expect_complaint(f, "queries.log: is there, and no page");
	assert_non_null(in = fopen(live, "r"));
	assert_int_equal(fread(text, 1, sizeof(text) - 1, in), sizeof(log) - 1);
	fclose(in);
	assert_string_equal(text, log);
	free(f->complaints);
	judge_to(f, older, page);
	assert_true(f->good);
	assert_int_equal(questions(f), 1);
}

/* ---- captures ---- */

/* Raw IP: 192.0.2.1 asks 192.0.2.53 for a.example, A. */
static const char packet[] = "\x45\0\0\x37\0\1\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\x35"
			     "\x0f\xa0\0\x35\0\x23\0\0"
			     "\0\7\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1";
#define PACKET_BYTES (sizeof(packet) - 1)

static size_t
add_words(char *out, size_t at, const uint32_t *words, size_t count)
{
	memcpy(out + at, words, count * sizeof(*words)); /* libpcap reads either order */
	return at + count * sizeof(*words);
}

/* One packet, ${sec} after 1970, in a section with one interface. */
static const char *
put_pcapng(struct fixture *f, const char *name, uint32_t sec)
{
	const uint64_t usec = (uint64_t)sec * 1000000;
	const uint32_t head[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX,
		28, 1, 20, 101, 65535, 20, 6, 88, 0, (uint32_t)(usec >> 32),
		(uint32_t)usec, PACKET_BYTES, PACKET_BYTES };
	const uint32_t tail[] = { 88 };
	char out[256] = "";
	size_t len = add_words(out, 0, head, sizeof(head) / sizeof(head[0]));

	memcpy(out + len, packet, PACKET_BYTES);
	return put(f, name, out, add_words(out, len + 56, tail, 1));
}

static const char *
put_pcap(struct fixture *f, const char *name, uint32_t first_sec, uint32_t second_sec)
{
	const uint32_t head[] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 101 };
	const uint32_t secs[] = { first_sec, second_sec };
	char out[256];
	size_t len = add_words(out, 0, head, 6);

	for (size_t i = 0; i < 2; i++) {
		const uint32_t each[] = { secs[i], 0, PACKET_BYTES, PACKET_BYTES };

		len = add_words(out, len, each, 4);
		memcpy(out + len, packet, PACKET_BYTES);
		len += PACKET_BYTES;
	}
	return put(f, name, out, len);
}

static void
captures_of_both_forms_are_read_in_the_order_of_time(void **state)
{
	struct fixture *f = *state;
	const char *older;

#ifndef HAVE_PCAP
	skip();
#endif
	(void)put_pcapng(f, "a.pcapng", 1700009000);
	(void)put_pcap(f, "b.pcap", 1700005000, 1700005001);
	older = put_pcapng(f, "c.pcapng", 1700000000);
	judge(f, f->folder);
	assert_true(f->good);
	assert_int_equal(questions(f), 4);
	assert_string_equal(
	    json_string_value(json_object_get(file_at(f, 0), "file")), older);
	assert_string_equal(json_string_value(json_object_get(f->report, "begin")),
	    "2023-11-14T22:13:20.000Z");
	assert_null(strstr(f->complaints, "steps back"));
}

static void
a_clock_that_steps_back_in_a_capture_is_told(void **state)
{
	struct fixture *f = *state;

#ifndef HAVE_PCAP
	skip();
#endif
	judge(f, put_pcap(f, "a.pcap", 1700007200, 1700000000));
	assert_true(f->good);
	expect_complaint(f, "a.pcap: the time steps back by 2h00m");
}

/* An interface whose clock counts whole seconds (if_tsresol 0), and 2^62 of them. */
static void
a_time_that_no_clock_shows_is_the_last_one_of_four_digits(void **state)
{
	const uint32_t head[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX,
		28, 1, 28, 101, 65535, 1 << 16 | 9, 0, 28, 6, 88, 0, 1 << 30, 0,
		PACKET_BYTES, PACKET_BYTES };
	const uint32_t tail[] = { 88 };
	struct fixture *f = *state;
	char out[256] = "";
	size_t len = add_words(out, 0, head, sizeof(head) / sizeof(head[0]));

#ifndef HAVE_PCAP
	skip();
#endif
	memcpy(out + len, packet, PACKET_BYTES);
	judge(f, put(f, "a.pcapng", out, add_words(out, len + 56, tail, 1)));
	assert_true(f->good);
	assert_int_equal(questions(f), 1);
	assert_string_equal(json_string_value(json_object_get(f->report, "begin")),
	    "9999-12-31T23:59:59.000Z");
}

static void
an_empty_file_is_said_to_be_empty(void **state)
{
	struct fixture *f = *state;

	judge(f, put_text(f, "empty", ""));
	assert_false(f->good);
	assert_int_equal(questions(f), 0);
	assert_string_equal(format_of(f), "empty");
	assert_true(json_is_null(json_object_get(f->report, "begin")));
	expect_complaint(f, "is empty");
}

static void
garbage_is_told_what_is_known(void **state)
{
	struct fixture *f = *state;
	static const char bytes[] = "\x7f\x45LF\0\1\2\3\n\xff\xfe\0\n";

	judge(f, put(f, "garbage", bytes, sizeof(bytes) - 1));
	assert_false(f->good);
	expect_complaint(f, "no line of its beginning is understood");
	expect_complaint(f, "ADDRESS#PORT");
}

/* ---- lines ---- */

static void
mistakes_are_told_by_line_and_column_and_the_rest_is_judged(void **state)
{
	struct fixture *f = *state;
	char expected[PATH_BYTES + 64];
	const char *path = put_text(f, "log",
	    QUERY("08:15:30") "Nov 22 08:15:31 dnsmasq[1]: query[A] b.example from x\n"
			      "\1\2\3\n" BIND_QUERY
			      "22-Nov-2026 08:15:41.000 client @0x1 192.0.2.2#9 (b): "
			      "query: b IN FOO +\n" QUERY("08:15:42"));

	judge(f, path);
	assert_true(f->good);
	assert_int_equal(questions(f), 3);
	assert_string_equal(format_of(f), "mixed");
	assert_int_equal(of_file(f, "bad_lines"), 3);
	assert_int_equal(of_file(f, "lines"), 6);
	snprintf(expected, sizeof(expected),
	    "%s:2:53: no client's address at 'x'; expected (dnsmasq)", path);
	expect_complaint(f, expected);
	snprintf(expected, sizeof(expected), "%s:3: not understood; expected", path);
	expect_complaint(f, expected);
	snprintf(expected, sizeof(expected), "%s:5:67: no type at 'FOO'; expected (bind)",
	    path);
	expect_complaint(f, expected);
}

static void
a_line_without_an_end_is_one_line(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(LONG_BYTES + 512);
	size_t len = (size_t)sprintf(
	    text, "%sNov 22 08:15:31 dnsmasq[1]: query[A] ", QUERY("08:15:30"));

	assert_non_null(text);
	memset(text + len, 'x', LONG_BYTES);
	sprintf(text + len + LONG_BYTES, " from 192.0.2.1\n%s", QUERY("08:15:32"));
	judge(f, put_text(f, "log", text));
	free(text);
	assert_true(f->good);
	assert_int_equal(questions(f), 2);
	assert_int_equal(of_file(f, "lines"), 3);
	assert_int_equal(of_file(f, "bad_lines"), 1);
	expect_complaint(f, ":2:38: no \"from ADDRESS\" at 'xxx");
}

static void
a_clock_that_steps_back_is_told_once(void **state)
{
	struct fixture *f = *state;

	judge(f,
	    put_text(f, "log",
		QUERY("08:15:30") QUERY("06:00:00") QUERY("09:00:00") QUERY("05:00:00")));
	assert_true(f->good);
	assert_int_equal(questions(f), 4);
	expect_complaint(f, ":2: the time steps back by 2h15m");
	assert_null(strstr(strstr(f->complaints, "steps back") + 1, "steps back"));
}

static void
what_a_log_does_not_say_is_said(void **state)
{
	struct fixture *f = *state;

	judge(f, put_text(f, "log",
		     "dnsmasq: query[A] a.example from 192.0.2.1\n"
		     "dnsmasq: query[A] <name unprintable> from 192.0.2.1\n"
		     "dnsmasq: started\n"));
	assert_true(f->good);
	assert_int_equal(of_file(f, "without_time"), 1);
	assert_int_equal(of_file(f, "without_name"), 1);
	assert_int_equal(of_file(f, "other_lines"), 2);
	expect_complaint(f, "1 questions without a time");
	expect_complaint(f, "1 questions whose names this log leaves out");
}

/* ---- pipes ---- */

static int
put_stdin(int from)
{
	int old = dup(STDIN_FILENO);

	assert_true(old >= 0);
	assert_true(dup2(from, STDIN_FILENO) == STDIN_FILENO);
	close(from);
	return old;
}

static void
restore_stdin(int old)
{
	assert_true(dup2(old, STDIN_FILENO) == STDIN_FILENO);
	close(old);
}

static void
judge_packed(struct fixture *f, const char *packer)
{
	char command[PATH_BYTES + 64];
	FILE *pipe;
	int old;

	snprintf(command, sizeof(command), "%s < %s/log", packer, f->folder);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	old = put_stdin(dup(fileno(pipe)));
	judge(f, "-");
	restore_stdin(old);
	assert_int_equal(pclose(pipe), 0);
	assert_true(f->good);
	assert_int_equal(questions(f), 2);
	json_decref(f->report);
	free(f->complaints);
	f->report = NULL;
	f->complaints = NULL;
}

static void
a_pipe_may_be_packed(void **state)
{
	struct fixture *f = *state;

	(void)put_text(f, "log", QUERY("08:15:30") BIND_QUERY);
	judge_packed(f, "cat");
	judge_packed(f, "gzip -c");
}

static void
a_damaged_archive_is_told(void **state)
{
	struct fixture *f = *state;

	judge(f, put(f, "log.gz", "\x1f\x8b\x08\0\0\0\0\0", 8));
	assert_false(f->good);
	expect_complaint(f, "could not be read to its end");
	assert_null(strstr(f->complaints, "is empty"));
}

/* More than pipe and buffer hold: when all is written, its reader has begun. */
static void
write_and_interrupt(int to)
{
	static const char line[] = QUERY("08:15:30");

	for (unsigned i = 0; i < MANY_LINES; i++)
		if (write(to, line, sizeof(line) - 1) != sizeof(line) - 1)
			_exit(1);
	kill(getppid(), SIGINT);
	for (;;)
		pause();
}

static void
interrupted_it_tells_what_is_known(void **state)
{
	struct fixture *f = *state;
	int ends[2], old, status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		write_and_interrupt(ends[1]);
	}
	close(ends[1]);
	old = put_stdin(ends[0]);
	judge(f, "-");
	restore_stdin(old);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(f->good);
	assert_true(json_is_true(json_object_get(f->report, "interrupted")));
	assert_true(questions(f) > 0);
	assert_string_equal(f->complaints, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_folder_is_read_in_the_order_of_time),
		TEST(a_page_takes_no_recordings_place),
		TEST(captures_of_both_forms_are_read_in_the_order_of_time),
		TEST(a_clock_that_steps_back_in_a_capture_is_told),
		TEST(a_time_that_no_clock_shows_is_the_last_one_of_four_digits),
		TEST(an_empty_file_is_said_to_be_empty),
		TEST(garbage_is_told_what_is_known),
		TEST(mistakes_are_told_by_line_and_column_and_the_rest_is_judged),
		TEST(a_line_without_an_end_is_one_line),
		TEST(a_clock_that_steps_back_is_told_once),
		TEST(what_a_log_does_not_say_is_said),
		TEST(a_pipe_may_be_packed),
		TEST(a_damaged_archive_is_told),
		TEST(interrupted_it_tells_what_is_known),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
