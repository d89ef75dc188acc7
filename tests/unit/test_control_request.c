#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "resolver/ops/control_commands.h"
#include "resolver/ops/control_request.h"

static char error[CONTROL_ERROR_MAX];

static enum err
parse(const char *line, struct control_request *r)
{
	error[0] = '\0';
	return control_request_parse(line, strlen(line), r, error);
}

static void
expect_refused(const char *line, const char *why)
{
	struct control_request r;

	assert_int_not_equal(parse(line, &r), ERR_OK);
	assert_non_null(strstr(error, why));
	assert_null(r.root);
}

static void
a_line_becomes_a_command_and_its_arguments(void **state)
{
	struct control_request r;

	(void)state;
	assert_int_equal(
	    parse("{\"command\":\"block\",\"arguments\":[\"a.example\",\"--for\"]}", &r),
	    ERR_OK);
	assert_string_equal(r.command, "block");
	assert_int_equal(r.argument_count, 2);
	assert_string_equal(r.arguments[1], "--for");
	control_request_fini(&r);
	assert_int_equal(parse("{\"command\":\"status\"}", &r), ERR_OK);
	assert_int_equal(r.argument_count, 0);
	control_request_fini(&r);
}

static void
anything_else_is_refused_with_what_was_expected(void **state)
{
	(void)state;
	expect_refused("", "not JSON");
	expect_refused("hello", "not JSON");
	expect_refused("{\"command\":\"a\"} trailing", "not JSON");
	expect_refused("[\"status\"]", "an object");
	expect_refused("{}", "\"command\" is missing");
	expect_refused("{\"command\":7}", "are understood");
	expect_refused("{\"command\":\"a\",\"command\":\"b\"}", "not JSON");
	expect_refused("{\"command\":\"a\",\"more\":1}", "are understood");
	expect_refused("{\"command\":\"a\",\"arguments\":{}}", "array of strings");
	expect_refused("{\"command\":\"a\",\"arguments\":[1]}", "array of strings");
	expect_refused("{\"command\":\"a\\u0000b\"}", "not JSON");
	expect_refused("{\"command\":\"\xff\"}", "not JSON");
}

static void
too_many_arguments_are_refused(void **state)
{
	char line[1024] = "{\"command\":\"a\",\"arguments\":[\"x\"";

	(void)state;
	for (unsigned i = 0; i < CONTROL_ARGUMENTS_MAX; i++)
		strcat(line, ",\"x\"");
	strcat(line, "]}");
	expect_refused(line, "more than");
}

static void
a_line_that_was_written_reads_back(void **state)
{
	const char *const arguments[] = { "a\nb", "\"quoted\"", "\xe6\x97\xa5" };
	char *line = control_request_line("events", arguments, 3);
	struct control_request r;

	(void)state;
	assert_non_null(line);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	line[strlen(line) - 1] = '\0';
	assert_int_equal(parse(line, &r), ERR_OK);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(r.arguments[i], arguments[i]);
	control_request_fini(&r);
	free(line);
	assert_null(control_request_line("x", (const char *const[]){ "\xff" }, 1));
}

/* Sorts the arguments of a literal request as a command with --for, -n and --follow
 * would. */
struct sorted {
	const char *for_text, *count, *names[2];
	bool follow;
};

static enum err
sort(const char *arguments, struct control_request *r, struct sorted *s)
{
	char line[512];
	const struct control_option options[] = { { "--for", &s->for_text, NULL },
		{ "-n", &s->count, NULL }, { "--follow", NULL, &s->follow } };

	memset(s, 0, sizeof(*s));
	snprintf(line, sizeof(line), "{\"command\":\"x\",\"arguments\":[%s]}", arguments);
	assert_int_equal(parse(line, r), ERR_OK);
	return control_request_options(r, options, 3, s->names, 1, 2, error);
}

static void
options_stand_anywhere_and_in_both_forms(void **state)
{
	struct control_request r;
	struct sorted s;

	(void)state;
	assert_int_equal(
	    sort("\"--for\",\"1h\",\"a\",\"-n=5\",\"--follow\",\"b\"", &r, &s), ERR_OK);
	assert_string_equal(s.for_text, "1h");
	assert_string_equal(s.count, "5");
	assert_true(s.follow);
	assert_string_equal(s.names[0], "a");
	assert_string_equal(s.names[1], "b");
	control_request_fini(&r);
	assert_int_equal(sort("\"-n20\",\"a\"", &r, &s), ERR_OK);
	assert_string_equal(s.count, "20");
	assert_string_equal(s.names[0], "a");
	control_request_fini(&r);
	assert_int_equal(sort("\"--\",\"--for\"", &r, &s), ERR_OK);
	assert_string_equal(s.names[0], "--for");
	assert_null(s.names[1]);
	control_request_fini(&r);
}

static void
wrong_options_are_told_by_name(void **state)
{
	static const char *const rows[][2] = {
		{ "\"a\",\"--fro\",\"1h\"", "'--fro'" },
		{ "\"a\",\"-x20\"", "'-x20'" },
		{ "\"a\",\"--for\"", "needs a value" },
		{ "\"a\",\"--for=1\",\"--for=2\"", "twice" },
		{ "\"a\",\"--follow=yes\"", "takes no value" },
		{ "\"a\",\"b\",\"c\"", "too many" },
		{ "\"--follow\"", "missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct control_request r;
		struct sorted s;

		assert_int_equal(sort(rows[i][0], &r, &s), ERR_MALFORMED);
		assert_non_null(strstr(error, rows[i][1]));
		control_request_fini(&r);
	}
}

static void
spans_have_units_and_ends(void **state)
{
	static const struct {
		const char *text;
		uint32_t sec;
	} good[] = { { "90", 90 }, { "90s", 90 }, { "15m", 900 }, { "1h", 3600 },
		{ "2d", 172800 }, { "1w", 604800 } };
	static const char *const bad[] = { "", "h", "-1h", "1x", "1hh", "1.5h", " 1h",
		"0", "0m", "99999w", "99999999999999999999" };
	uint32_t sec;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(control_request_span(good[i].text, &sec), ERR_OK);
		assert_int_equal(sec, good[i].sec);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(control_request_span(bad[i], &sec), ERR_OK);
}

static void
times_are_spans_before_now_or_utc(void **state)
{
	const int64_t now_ms = 1795334130123; /* 2026-11-22T07:55:30.123Z */
	int64_t ms;

	(void)state;
	assert_int_equal(control_request_time("1h", now_ms, &ms), ERR_OK);
	assert_int_equal(ms, now_ms - 3600000);
	assert_int_equal(control_request_time("2026-11-22", now_ms, &ms), ERR_OK);
	assert_int_equal(ms, 1795305600000);
	assert_int_equal(control_request_time("2026-11-22T07:55", now_ms, &ms), ERR_OK);
	assert_int_equal(ms, 1795334100000);
	assert_int_equal(
	    control_request_time("2026-11-22T07:55:30.999Z", now_ms, &ms), ERR_OK);
	assert_int_equal(ms, 1795334130000);
	assert_int_not_equal(control_request_time("yesterday", now_ms, &ms), ERR_OK);
	assert_int_not_equal(
	    control_request_time("2026-11-22T07:55Zulu", now_ms, &ms), ERR_OK);
}

static void
every_command_has_a_usage_and_is_found_by_its_name(void **state)
{
	size_t count;
	const struct control_command *commands = control_commands(&count);

	(void)state;
	assert_true(count > 10);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(control_commands_find(commands[i].name), &commands[i]);
		assert_non_null(commands[i].handler);
		assert_true(commands[i].summary[0] != '\0');
	}
	assert_null(control_commands_find("shutdown"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_becomes_a_command_and_its_arguments),
		cmocka_unit_test(anything_else_is_refused_with_what_was_expected),
		cmocka_unit_test(too_many_arguments_are_refused),
		cmocka_unit_test(a_line_that_was_written_reads_back),
		cmocka_unit_test(options_stand_anywhere_and_in_both_forms),
		cmocka_unit_test(wrong_options_are_told_by_name),
		cmocka_unit_test(spans_have_units_and_ends),
		cmocka_unit_test(times_are_spans_before_now_or_utc),
		cmocka_unit_test(every_command_has_a_usage_and_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
