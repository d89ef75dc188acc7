#include "tests/unit/bytes.h"

#include <stdio.h>
#include <string.h>

#include "resolver/wire/reader.h"
#include "resolver/wire/writer.h"

static void
fields_are_written_in_network_order(void **state)
{
	uint8_t out[16];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_u8(&w, 1);
	writer_u16(&w, 0x0203);
	writer_u32(&w, 0x04050607);
	writer_bytes(&w, "xy", 2);
	writer_put_u16(&w, 1, 0x0a0b);
	assert_false(w.failed);
	assert_bytes(out, w.pos, "\1\12\13\4\5\6\7xy");
}

static void
nothing_is_written_past_the_end(void **state)
{
	uint8_t out[5] = "....";
	struct writer w;

	(void)state;
	writer_init(&w, out, 3);
	writer_u16(&w, 0x4142);
	writer_u16(&w, 0x4344);
	assert_true(w.failed);
	writer_u8(&w, 0x45); /* would fit, but the error is sticky */
	writer_put_u16(&w, 0, 0);
	assert_int_equal(w.pos, 2);
	assert_memory_equal(out, "AB..", 5);
}

static void
names_are_compressed_without_regard_to_case(void **state)
{
	uint8_t out[100];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_name(&w, NAME("\3wWw\7eXample\3com"));
	writer_name(&w, NAME("\3www\7example\3com"));
	writer_name(&w, NAME("\4mail\7example\3com"));
	writer_name(&w, NAME("\4MAIL\7example\3com"));
	writer_name(&w, NAME("\3org"));
	writer_name(&w, NAME(""));
	writer_name(&w, NAME("\3www\3org"));
	assert_bytes(out, w.pos,
	    "\3wWw\7eXample\3com\0\300\0\4mail\300\4\300\23\3org\0\0\3www\300\34");
}

static void
a_label_counts_only_under_the_same_parent(void **state)
{
	uint8_t out[100];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_name(&w, NAME("\1a\1b"));
	writer_name(&w, NAME("\1a"));
	writer_name(&w, NAME("\1a\1c"));
	writer_name(&w, NAME("\1b\1a"));
	assert_bytes(out, w.pos, "\1a\1b\0\1a\0\1a\1c\0\1b\300\5");
}

static void
plain_names_are_neither_compressed_nor_remembered(void **state)
{
	uint8_t out[100];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_name_plain(&w, NAME("\1a"));
	writer_name(&w, NAME("\1a"));
	writer_name_plain(&w, NAME("\1a"));
	assert_bytes(out, w.pos, "\1a\0\1a\0\1a\0");
	assert_int_equal(w.name_count, 1);
}

static void
a_rewind_forgets_bytes_names_and_failure(void **state)
{
	uint8_t out[12];
	struct writer_mark mark;
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_name(&w, NAME("\1a"));
	mark = writer_mark(&w);
	writer_name(&w, NAME("\1b"));
	writer_name(&w, NAME("\7toolong"));
	assert_true(w.failed);
	writer_rewind(&w, mark);
	assert_false(w.failed);
	writer_name(&w, NAME("\1c"));
	writer_name(&w, NAME("\1b")); /* no pointer to the "b" that is gone */
	assert_bytes(out, w.pos, "\1a\0\1c\0\1b\0");
}

static void
a_name_that_does_not_fit_is_not_remembered(void **state)
{
	uint8_t out[10];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_name(&w, NAME("\12abcdefghij"));
	assert_true(w.failed);
	assert_int_equal(w.name_count, 0);
}

static void
sixty_four_places_are_remembered_and_no_more(void **state)
{
	uint8_t out[1024], name[16];
	struct writer w;
	size_t before;

	(void)state;
	writer_init(&w, out, sizeof(out));
	for (unsigned i = 0; i < 80; i++) {
		snprintf((char *)name, sizeof(name), "\3n%02u", i);
		writer_name(&w, name);
	}
	assert_int_equal(w.name_count, WRITER_NAMES_MAX);
	before = w.pos;
	writer_name(&w, NAME("\3n63"));
	assert_int_equal(w.pos - before, 2);
	before = w.pos;
	writer_name(&w, NAME("\3n64"));
	assert_int_equal(w.pos - before, 5);
}

static void
places_beyond_a_pointers_reach_are_not_remembered(void **state)
{
	static uint8_t out[20000];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	w.pos = 0x3ffe;
	writer_name(&w, NAME("\1a\1b")); /* "a" at 0x3ffe, "b" at 0x4000 */
	/* Without "b" its child is of no use either: it could be reached, but not found.
	 */
	assert_int_equal(w.name_count, 0);
	writer_init(&w, out, sizeof(out));
	w.pos = 0x3ffd;
	writer_name(&w, NAME("\1a\1b")); /* "b" at 0x3fff */
	writer_name(&w, NAME("\1b"));
	assert_memory_equal(out + 0x3ffd + 5, "\377\377", 2);
}

static void
the_longest_names_come_back_whole(void **state)
{
	uint8_t out[2048], name[DNAME_MAX], back[DNAME_MAX];
	struct reader r;
	struct writer w;

	(void)state;
	for (unsigned i = 0; i < 127; i++)
		memcpy(name + 2 * i, "\1a", 3);
	writer_init(&w, out, sizeof(out));
	writer_name(&w, name);
	writer_name(&w, name);
	writer_name(&w, name + 2);
	name[1] = 'b';
	writer_name(&w, name);
	assert_false(w.failed);
	reader_init(&r, out, w.pos);
	assert_int_equal(reader_name(&r, back), 255);
	assert_int_equal(reader_name(&r, back), 255);
	assert_int_equal(reader_name(&r, back), 253);
	assert_int_equal(reader_name(&r, back), 255);
	assert_memory_equal(back, name, 255);
	assert_int_equal(reader_left(&r), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_written_in_network_order),
		cmocka_unit_test(nothing_is_written_past_the_end),
		cmocka_unit_test(names_are_compressed_without_regard_to_case),
		cmocka_unit_test(a_label_counts_only_under_the_same_parent),
		cmocka_unit_test(plain_names_are_neither_compressed_nor_remembered),
		cmocka_unit_test(a_rewind_forgets_bytes_names_and_failure),
		cmocka_unit_test(a_name_that_does_not_fit_is_not_remembered),
		cmocka_unit_test(sixty_four_places_are_remembered_and_no_more),
		cmocka_unit_test(places_beyond_a_pointers_reach_are_not_remembered),
		cmocka_unit_test(the_longest_names_come_back_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
