#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "detect/event.h"
#include "resolver/ops/ctl_client.h"
#include "resolver/ops/ctl_reply.h"
#include "resolver/ops/show.h"

#define NOW_MS 1795334130123 /* 2026-11-22T07:55:30.123Z */

static void
expect_safe(const char *text, const char *expected)
{
	char out[256];

	assert_string_equal(show_safe(text, out, sizeof(out)), expected);
}

static void
bytes_that_could_steer_a_terminal_are_escaped(void **state)
{
	(void)state;
	expect_safe("plain", "plain");
	expect_safe(NULL, "-");
	expect_safe("\033[2J", "\\027[2J");
	expect_safe("a\nb\rc\td\x7f", "a\\010b\\013c\\009d\\127");
	expect_safe("\xc2\x9b"
		    "31m",
	    "\\194\\15531m"); /* CSI as C1 */
	expect_safe("\xe2\x80\xae"
		    "gpj",
	    "\\226\\128\\174gpj"); /* right-to-left override */
	expect_safe("\xff\xc0\x80\xed\xa0\x80", "\\255\\192\\128\\237\\160\\128");
	expect_safe("\xe6\x97", "\\230\\151"); /* cut off */
}

static void
letters_of_other_scripts_stay(void **state)
{
	(void)state;
	expect_safe("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac");
	assert_int_equal(show_width("\xe6\x97\xa5\xe6\x9c\xac"), 2);
}

static void
safe_text_is_cut_at_whole_characters(void **state)
{
	char out[6];

	(void)state;
	assert_string_equal(show_safe("ab\001\002", out, sizeof(out)), "ab");
	assert_string_equal(show_safe("abcdefgh", out, sizeof(out)), "abcde");
	assert_string_equal(show_safe("abcd\xc3\xa4", out, sizeof(out)), "abcd");
}

static void
figures_are_short_and_spans_have_units(void **state)
{
	char out[SHOW_NUMBER_MAX];

	(void)state;
	assert_string_equal(show_count(1234567, out), "1,234,567");
	assert_string_equal(show_count(999, out), "999");
	assert_string_equal(show_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
	assert_string_equal(show_figure(0.0213, out), "0.02");
	assert_string_equal(show_figure(-1.5, out), "-1.50");
	assert_string_equal(show_figure(612, out), "612");
	assert_string_equal(show_figure(12400.4, out), "12,400");
	assert_string_equal(show_span(45, out), "45s");
	assert_string_equal(show_span(750, out), "12m30s");
	assert_string_equal(show_span(11100, out), "3h05m");
	assert_string_equal(show_span(187200, out), "2d04h");
}

/* What ${fn} prints, without colours. Free it. */
static char *
printed(const char *command, const char *json, bool as_error)
{
	char *text = NULL;
	size_t len;
	struct show s = { .out = open_memstream(&text, &len), .colour = false };
	json_t *reply = json_loads(json, 0, NULL);

	assert_non_null(s.out);
	assert_non_null(reply);
	if (as_error)
		ctl_reply_show_error(&s, reply);
	else
		ctl_reply_show(&s, command, reply, NOW_MS);
	fclose(s.out);
	json_decref(reply);
	return text;
}

static const char held[] =
    "{\"ok\":true,\"event\":{\"schema\":1,\"time\":\"2026-11-22T07:52:30.000Z\","
    "\"id\":\"20261122-3f9a1c-000042\",\"action\":\"hold\",\"client\":\"192.0.2.7\","
    "\"group\":\"staff\","
    "\"question\":{\"name\":\"vaaaakat2.evil.example\",\"type\":\"NULL\"},\"zone\":"
    "\"evil.example\","
    "\"reason\":\"account full\",\"score\":812.4,\"evidence\":["
    "{\"name\":\"weighted bytes\",\"value\":812.4,\"weight\":1.25},"
    "{\"name\":\"clients sharing\",\"value\":1,\"weight\":-0.69}],"
    "\"leaked_up_bytes\":1312,\"leaked_down_bytes\":20,\"for_sec\":600},"
    "\"in_force\":{\"left_sec\":492,\"stopped_questions\":45,\"times\":1}}";

static void
an_explanation_tells_who_why_how_much_and_the_way_out(void **state)
{
	static const char expected[] =
	    "hold  20261122-3f9a1c-000042\n"
	    "  Names that nobody has asked before are no longer resolved for this "
	    "client\n"
	    "  under this zone. Cached answers still flow, other clients are not "
	    "touched.\n"
	    "\n"
	    "  when      2026-11-22 07:52:30 UTC, 3m00s ago\n"
	    "  client    192.0.2.7 (group staff)\n"
	    "  zone      evil.example\n"
	    "  question  vaaaakat2.evil.example NULL\n"
	    "  why       account full\n"
	    "  score     812\n"
	    "  leaked    1,312 bytes up in names, 20 bytes down in answers, before it "
	    "was stopped\n"
	    "  in force  yes, for another 8m12s; 45 questions stopped so far; time "
	    "number 1\n"
	    "\n"
	    "  evidence         figure  weight\n"
	    "  weighted bytes      812   +1.25\n"
	    "  clients sharing       1   -0.69\n"
	    "\n"
	    "  to end it:         sekishoctl release 'evil.example' 192.0.2.7 --reason "
	    "'...'\n"
	    "  never again:       sekishoctl allow 'evil.example' --reason '...'\n"
	    "  to make it stay:   sekishoctl block 'evil.example' --reason '...'\n";
	char *text = printed("explain", held, false);

	(void)state;
	assert_string_equal(text, expected);
	free(text);
}

static void
hostile_names_reach_no_terminal_and_no_shell(void **state)
{
	char *text = printed("explain",
	    "{\"ok\":true,\"event\":{\"id\":\"1\",\"action\":\"hold\",\"zone\":\"a'$("
	    "reboot)\\u001b[31m.example\","
	    "\"client\":\"\\u001b]0;x\\u0007\"},\"in_force\":{\"left_sec\":5}}",
	    false);

	(void)state;
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\007'));
	assert_null(strstr(text, "sekishoctl release"));
	free(text);
}

static void
tables_line_up(void **state)
{
	char *text = printed("held",
	    "{\"ok\":true,\"measures\":[{\"action\":\"hold\",\"zone\":\"a.example\","
	    "\"client\":\"192.0.2.7\","
	    "\"id\":\"x-1\",\"left_sec\":120,\"times\":1,\"leaked_up_bytes\":1200,"
	    "\"stopped_questions\":3},"
	    "{\"action\":\"sinkhole\",\"zone\":\"long.example\",\"client\":null,\"id\":"
	    "\"x-2\",\"left_sec\":0,"
	    "\"times\":12,\"leaked_up_bytes\":0,\"stopped_questions\":0}]}",
	    false);

	(void)state;
	assert_non_null(strstr(text,
	    "ACTION    ZONE          CLIENT         LEFT  TIMES  LEAKED  STOPPED  ID\n"));
	assert_non_null(strstr(text, "hold      a.example     192.0.2.7     2m00s      1 "
				     "  1,200        3  x-1\n"));
	assert_non_null(strstr(text, "sinkhole  long.example  everybody  for good     12 "
				     "      0        0  x-2\n"));
	free(text);
}

/* What ${fn} prints on a terminal of ${columns}. Free it. */
static char *
printed_at(size_t columns, const char *command, const char *json)
{
	char *text = NULL;
	size_t len;
	struct show s = { .columns = columns };
	json_t *reply = json_loads(json, 0, NULL);

	s.out = open_memstream(&text, &len);
	assert_non_null(s.out);
	ctl_reply_show(&s, command, reply, NOW_MS);
	fclose(s.out);
	json_decref(reply);
	return text;
}

static void
a_table_that_is_too_wide_goes_on_in_a_line_below(void **state)
{
	static const char events[] =
	    "{\"ok\":true,\"events\":[{\"time\":\"2026-11-22T07:52:30.000Z\","
	    "\"id\":\"20261122-3f9a1c-000042\",\"action\":\"hold\","
	    "\"client\":\"192.0.2.7\",\"zone\":\"evil.example\","
	    "\"reason\":\"account full\",\"leaked_up_bytes\":7}]}";
	char *text = printed_at(80, "events", events);

	(void)state;
	assert_string_equal(text,
	    "TIME (UTC)           ACTION  CLIENT     ZONE          LEAKED\n"
	    "    ID                      REASON\n"
	    "2026-11-22 07:52:30  hold    192.0.2.7  evil.example       7\n"
	    "    20261122-3f9a1c-000042  account full\n");
	free(text);
	text = printed_at(120, "events", events);
	assert_non_null(strstr(text, "LEAKED  ID                      REASON\n"));
	free(text);
	/* not a terminal: whoever reads it wants a row a line */
	text = printed_at(0, "events", events);
	assert_non_null(strstr(text, "LEAKED  ID                      REASON\n"));
	free(text);
}

static void
paragraphs_break_at_spaces(void **state)
{
	char *text = NULL;
	size_t len;
	struct show s = { .columns = 12 };

	(void)state;
	s.out = open_memstream(&text, &len);
	show_paragraph(&s, "  ", "one two three incomprehensible four");
	fclose(s.out);
	assert_string_equal(text, "  one two\n  three\n  incomprehensible\n  four\n");
	free(text);
}

static void
deeds_are_told_by_what_was_asked_for(void **state)
{
	static const struct {
		const char *command, *event, *text;
	} rows[] = {
		{ "block", "operator-block", "blocked: a.example, event x-1\n" },
		{ "allow", "allow", "allowed: a.example, event x-1\n" },
		{ "release", "release", "released: a.example, event x-1\n" },
		{ "unset", "release",
		    "neither blocked nor allowed here any more: a.example, event x-1\n" },
		{ "nta", "negative-anchor", "validated again: a.example, event x-1\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char json[256], *text;

		snprintf(json, sizeof(json),
		    "{\"ok\":true,\"event\":{\"action\":\"%s\",\"id\":\"x-1\","
		    "\"zone\":\"a.example\"}}",
		    rows[i].event);
		text = printed(rows[i].command, json, false);
		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

static void
every_action_has_an_explanation(void **state)
{
	char json[128];

	(void)state;
	for (int i = 0; i < EVENT_ACTION_COUNT; i++) {
		char *text;

		snprintf(json, sizeof(json), "{\"event\":{\"action\":\"%s\"}}",
		    event_action_text((enum event_action)i));
		text = printed("explain", json, false);
		assert_null(strstr(text, "does not know"));
		free(text);
	}
}

static void
a_refused_reload_lists_its_mistakes(void **state)
{
	char *text = printed("reload",
	    "{\"ok\":false,\"code\":\"configuration\",\"error\":\"it is "
	    "wrong\",\"errors\":[\"a.yaml:1:2: x\","
	    "\"a.yaml:9:1: y\"]}",
	    true);

	(void)state;
	assert_string_equal(
	    text, "a.yaml:1:2: x\na.yaml:9:1: y\nsekishoctl: it is wrong\n");
	free(text);
}

static void
replies_of_other_shapes_are_no_crash(void **state)
{
	static const char *const commands[] = { "status", "stats", "reload", "events",
		"explain", "held", "release", "flush", "version", "nothing" };
	static const char *const replies[] = {
		"{}", "{\"status\":3,\"stats\":[],\"events\":{},\"event\":7}",
		"{\"events\":[1,null,{}],\"measures\":[[]],\"event\":{\"evidence\":[3]}}",
		"{\"stats\":{\"a\":{\"b\":-1,\"c\":1.5,\"d\":null,\"e\":[true,\"x\"]}}}"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		for (size_t j = 0; j < sizeof(replies) / sizeof(replies[0]); j++)
			free(printed(commands[i], replies[j], false));
}

static void
a_slip_of_the_finger_is_near_its_command(void **state)
{
	(void)state;
	assert_int_equal(spelling_distance("status", "status"), 0);
	assert_int_equal(spelling_distance("statsu", "status"), 1);
	assert_int_equal(spelling_distance("relase", "release"), 1);
	assert_int_equal(spelling_distance("stat", "stats"), 1);
	assert_int_equal(spelling_distance("", "held"), 4);
	assert_int_equal(spelling_distance("kitten", "sitting"), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_could_steer_a_terminal_are_escaped),
		cmocka_unit_test(letters_of_other_scripts_stay),
		cmocka_unit_test(safe_text_is_cut_at_whole_characters),
		cmocka_unit_test(figures_are_short_and_spans_have_units),
		cmocka_unit_test(an_explanation_tells_who_why_how_much_and_the_way_out),
		cmocka_unit_test(hostile_names_reach_no_terminal_and_no_shell),
		cmocka_unit_test(tables_line_up),
		cmocka_unit_test(a_table_that_is_too_wide_goes_on_in_a_line_below),
		cmocka_unit_test(paragraphs_break_at_spaces),
		cmocka_unit_test(deeds_are_told_by_what_was_asked_for),
		cmocka_unit_test(every_action_has_an_explanation),
		cmocka_unit_test(a_refused_reload_lists_its_mistakes),
		cmocka_unit_test(replies_of_other_shapes_are_no_crash),
		cmocka_unit_test(a_slip_of_the_finger_is_near_its_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
