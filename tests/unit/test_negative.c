#include "tests/unit/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/dnssec/negative.h"

#define NOW 1700000000

static struct negative_anchor
anchor(const char *name, bool configured, int64_t until_sec, uint32_t for_sec)
{
	struct negative_anchor a = { .configured = configured,
		.since_sec = NOW,
		.until_sec = until_sec,
		.for_sec = for_sec };

	assert_int_equal(dname_from_text(name, &a.name), ERR_OK);
	snprintf(a.reason, sizeof(a.reason), "because of %s", name);
	return a;
}

static void
put(struct negative *n, const char *name, bool configured, int64_t until_sec,
    uint32_t for_sec)
{
	struct negative_anchor a = anchor(name, configured, until_sec, for_sec);

	assert_int_equal(negative_put(n, &a), ERR_OK);
}

static char *
written(struct negative *n, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert_int_equal(negative_text_write(n, out), ERR_OK);
	fclose(out);
	return text;
}

static void
what_an_operator_set_ends_and_what_is_configured_may_stay(void **state)
{
	struct negative *n = negative_new();
	struct negative_anchor out;

	(void)state;
	put(n, "a.example", false, NOW + 3600, 3600);
	put(n, "b.example", true, 0, 0);
	put(n, "c.example", true, NOW + 10, 0);
	assert_false(negative_ended(n, NOW, &out));
	assert_true(negative_ended(n, NOW + 3600, &out));
	assert_true(negative_ended(n, NOW + 3600, &out));
	assert_false(negative_ended(n, NOW + 3600, &out));
	assert_int_equal(negative_count(n), 2);
	assert_string_equal((const char *)negative_at(n, 0)->name.bytes, "\1b\7example");
	assert_true(negative_in_force(negative_at(n, 0), NOW + 3600));
	assert_false(negative_in_force(negative_at(n, 1), NOW + 3600));
	negative_free(n);
}

static void
both_origins_of_a_name_stand_side_by_side(void **state)
{
	struct negative *n = negative_new();
	struct dname name;

	(void)state;
	assert_int_equal(dname_from_text("a.example", &name), ERR_OK);
	put(n, "a.example", false, NOW + 60, 60);
	put(n, "a.example", true, 0, 0);
	put(n, "a.example", false, NOW + 90, 90);
	assert_int_equal(negative_count(n), 2);
	assert_true(negative_remove(n, name.bytes, false));
	assert_false(negative_remove(n, name.bytes, false));
	assert_non_null(negative_find(n, name.bytes, true));
	negative_free(n);
}

static void
a_clock_set_back_does_not_make_it_last_longer_than_a_week(void **state)
{
	struct negative *n = negative_new();
	struct negative_anchor out;

	(void)state;
	put(n, "a.example", false, NOW + 3600, 3600);
	assert_false(negative_ended(n, NOW - 365 * 86400, &out));
	assert_int_equal(
	    negative_at(n, 0)->until_sec, NOW - 365 * 86400 + NEGATIVE_LIMIT_SEC);
	negative_free(n);
}

static void
a_restart_keeps_the_operators_and_the_ends_of_spans(void **state)
{
	struct negative *n = negative_new(), *again = negative_new();
	char error[NEGATIVE_ERROR_MAX];
	unsigned line;
	size_t len;
	char *text;

	(void)state;
	put(n, "a.example", false, NOW + 3600, 3600);
	put(n, "b.example", true, NOW + 500, 1000);
	put(n, "c.example", true, 0, 0);
	put(n, "d.example", true, NOW + 500, 1000);
	text = written(n, &len);
	put(again, "b.example", true, NOW + 9000, 1000);
	put(again, "d.example", true, NOW + 9000, 2000);
	assert_int_equal(negative_text_read(again, text, len, &line, error), ERR_OK);
	assert_int_equal(negative_count(again), 3);
	assert_int_equal(negative_at(again, 0)->until_sec, NOW + 3600);
	assert_string_equal(negative_at(again, 0)->reason, "because of a.example");
	assert_int_equal(negative_at(again, 1)->until_sec, NOW + 500);
	assert_int_equal(negative_at(again, 2)->until_sec, NOW + 9000);
	free(text);
	negative_free(again);
	negative_free(n);
}

static void
a_damaged_file_changes_nothing_and_tells_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} files[] = {
		{ "", 0 },
		{ "sekisho-negative-anchors 2\nend 0\n", 1 },
		{ "sekisho-negative-anchors 1\nend 1\n", 2 },
		{ "sekisho-negative-anchors 1\n", 1 },
		{ "sekisho-negative-anchors 1\noperator a..b since 1 until 2 for 1 "
		  "reason\n"
		  "end 1\n",
		    2 },
		{ "sekisho-negative-anchors 1\noperator a since 1 until 0 for 1 reason "
		  "x\n"
		  "end 1\n",
		    2 },
		{ "sekisho-negative-anchors 1\noperator a since 1 until 2 for 1 reason "
		  "a\tb\n"
		  "end 1\n",
		    2 },
		{ "sekisho-negative-anchors 1\nend 0\nend 0\n", 2 },
	};
	struct negative *n = negative_new();
	char error[NEGATIVE_ERROR_MAX];
	unsigned line;

	(void)state;
	put(n, "z.example", true, 0, 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(negative_text_read(n, files[i].text,
				     strlen(files[i].text), &line, error),
		    ERR_MALFORMED);
		assert_int_equal(line, files[i].line);
		assert_int_equal(negative_count(n), 1);
	}
	negative_free(n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_an_operator_set_ends_and_what_is_configured_may_stay),
		cmocka_unit_test(both_origins_of_a_name_stand_side_by_side),
		cmocka_unit_test(
		    a_clock_set_back_does_not_make_it_last_longer_than_a_week),
		cmocka_unit_test(a_restart_keeps_the_operators_and_the_ends_of_spans),
		cmocka_unit_test(a_damaged_file_changes_nothing_and_tells_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
