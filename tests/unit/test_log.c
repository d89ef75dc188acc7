#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/os/log.h"

/* stderr is a pipe while a test runs; what was written there is in ${text} afterwards. */
struct capture {
	int saved, fds[2];
	char text[8192];
};

static int
setup(void **state)
{
	struct capture *c = calloc(1, sizeof(*c));

	c->saved = dup(STDERR_FILENO);
	if (pipe(c->fds) != 0 || dup2(c->fds[1], STDERR_FILENO) < 0)
		return 1;
	unsetenv("JOURNAL_STREAM");
	log_open("sekishod", LOG_LEVEL_NOTICE);
	*state = c;
	return 0;
}

static const char *
captured(struct capture *c)
{
	ssize_t n;

	dup2(c->saved, STDERR_FILENO);
	close(c->fds[1]);
	n = read(c->fds[0], c->text, sizeof(c->text) - 1);
	c->text[n > 0 ? n : 0] = '\0';
	return c->text;
}

static int
teardown(void **state)
{
	struct capture *c = *state;

	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	close(c->fds[0]);
	free(c);
	return 0;
}

/* The message after "TIME PROGRAM[PID] LEVEL: ". */
static const char *
message(const char *line)
{
	const char *end = strstr(line, ": ");

	assert_non_null(end);
	return end + 2;
}

static void
a_line_has_time_program_level_and_text(void **state)
{
	int year, month, day, pid;
	char level[16];

	log_warning("port %d is taken", 53);
	const char *line = captured(*state);
	assert_int_equal(sscanf(line, "%4d-%2d-%2dT", &year, &month, &day), 3);
	assert_true(year >= 2024);
	assert_int_equal(
	    sscanf(strchr(line, ' '), " sekishod[%d] %15[a-z]:", &pid, level), 2);
	assert_int_equal(pid, getpid());
	assert_string_equal(level, "warning");
	assert_string_equal(message(line), "port 53 is taken\n");
}

static void
less_than_the_level_is_silent(void **state)
{
	log_info("not this");
	log_debug("nor this");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("but this");
	assert_string_equal(message(captured(*state)), "but this\n");
}

static void
bytes_that_a_terminal_would_obey_are_shown(void **state)
{
	/* newline, escape, DEL, C1 CSI in UTF-8, a lone continuation byte, an overlong
	 * slash */
	log_notice("%s", "a\nb\x1b[2J\x7f\xc2\x9b.\x80.\xc0\xaf");
	assert_string_equal(message(captured(*state)),
	    "a\\x0ab\\x1b[2J\\x7f\\xc2\\x9b.\\x80.\\xc0\\xaf\n");
}

static void
text_in_utf_8_stays_readable(void **state)
{
	log_notice("%s", "関所 é 🏯");
	assert_string_equal(message(captured(*state)), "関所 é 🏯\n");
}

static void
a_character_that_ends_too_soon_reads_no_further(void **state)
{
	log_notice("%s", "\xe9\x96");
	assert_string_equal(message(captured(*state)), "\\xe9\\x96\n");
}

static void
a_long_line_is_cut_and_says_so(void **state)
{
	char text[6000];

	memset(text, '\x01', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_error("%s", text);
	const char *line = captured(*state);
	size_t len = strlen(line);
	assert_in_range(len, 2000, 2048);
	assert_string_equal(line + len - 4, "...\n");
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
}

static void
systemds_journal_gets_a_priority_and_no_time(void **state)
{
	struct stat st;
	char stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("sekishod", LOG_LEVEL_NOTICE);
	log_error("no");
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(captured(*state), "<3>error: no\n");
}

static void
a_stderr_turned_elsewhere_is_not_systemds_journal(void **state)
{
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_open("sekishod", LOG_LEVEL_NOTICE);
	log_error("no");
	unsetenv("JOURNAL_STREAM");
	assert_int_not_equal(captured(*state)[0], '<');
}

static void
a_closed_stderr_is_nobodys_socket(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		close(STDIN_FILENO);
		close(STDERR_FILENO);
		log_open("sekishod", LOG_LEVEL_NOTICE);
		_exit(dup(STDOUT_FILENO) > STDERR_FILENO ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
levels_have_names(void **state)
{
	enum log_level level = LOG_LEVEL_ERROR;

	(void)state;
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_true(log_level_parse("Warning", &level));
	assert_int_equal(level, LOG_LEVEL_WARNING);
	assert_false(log_level_parse("loud", &level));
	assert_int_equal(level, LOG_LEVEL_WARNING);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_time_program_level_and_text),
		TEST(less_than_the_level_is_silent),
		TEST(bytes_that_a_terminal_would_obey_are_shown),
		TEST(text_in_utf_8_stays_readable),
		TEST(a_character_that_ends_too_soon_reads_no_further),
		TEST(a_long_line_is_cut_and_says_so),
		TEST(systemds_journal_gets_a_priority_and_no_time),
		TEST(a_stderr_turned_elsewhere_is_not_systemds_journal),
		TEST(a_closed_stderr_is_nobodys_socket),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
