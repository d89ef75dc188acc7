#include "tests/unit/bytes.h"

#include <string.h>

#include "resolver/wire/reader.h"

static struct reader
reader(const uint8_t *bytes, size_t len, size_t pos)
{
	struct reader r;

	reader_init(&r, bytes, len);
	reader_skip(&r, pos);
	return r;
}

static void
fields_are_read_in_network_order(void **state)
{
	struct reader r = reader(BYTES("\1\2\3\4\5\6\7xy"), 0);

	(void)state;
	assert_int_equal(reader_u8(&r), 1);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u32(&r), 0x04050607);
	assert_int_equal(reader_left(&r), 2);
	assert_memory_equal(reader_bytes(&r, 2), "xy", 2);
	assert_int_equal(reader_left(&r), 0);
	assert_false(r.failed);
	assert_non_null(reader_bytes(&r, 0));
}

static void
a_read_past_the_end_fails_and_stays_failed(void **state)
{
	struct reader r = reader(BYTES("\1\2\3"), 0);

	(void)state;
	assert_int_equal(reader_u32(&r), 0);
	assert_true(r.failed);
	/* Three bytes are there, but nobody gets them any more. */
	assert_int_equal(reader_u8(&r), 0);
	assert_null(reader_bytes(&r, 0));
	assert_int_equal(reader_left(&r), 0);
	r = reader(BYTES("\1\2\3"), 4);
	assert_true(r.failed);
	r = reader(BYTES("\1\2\3"), 0);
	reader_skip(&r, SIZE_MAX);
	assert_true(r.failed);
}

static void
a_plain_name_keeps_its_case(void **state)
{
	struct reader r = reader(BYTES("??\3wWw\7Example\0!"), 2);
	uint8_t out[DNAME_MAX];

	(void)state;
	assert_bytes(out, reader_name(&r, out), "\3wWw\7Example\0");
	assert_int_equal(reader_u8(&r), '!');
}

static void
pointers_lead_backward_and_the_cursor_goes_behind_the_first(void **state)
{
	/* 0: com, 5: example.com by pointer, 15: www -> 5, 21: -> 15 */
	static const char bytes[] = "\3com\0\7example\300\0\3www\300\5\300\17!";
	struct reader r = reader(BYTES(bytes), 5);
	uint8_t out[DNAME_MAX];

	(void)state;
	assert_bytes(out, reader_name(&r, out), "\7example\3com\0");
	assert_bytes(out, reader_name(&r, out), "\3www\7example\3com\0");
	assert_bytes(out, reader_name(&r, out), "\3www\7example\3com\0");
	assert_int_equal(reader_u8(&r), '!');
}

struct bad_name {
	const char *bytes;
	size_t len, pos;
};

static void
names_that_are_none_are_refused(void **state)
{
	static const struct bad_name cases[] = {
		{ "", 0, 0 },		     /* nothing */
		{ "\3ww", 3, 0 },	     /* label cut */
		{ "\3www", 4, 0 },	     /* root missing */
		{ "\1a\300", 3, 0 },	     /* pointer cut */
		{ "\300\0", 2, 0 },	     /* to itself */
		{ "\1a\300\0", 4, 0 },	     /* loop over a label */
		{ "\300\2\300\0", 4, 0 },    /* forward, then back */
		{ "\300\2\1a\0", 5, 0 },     /* forward */
		{ "\0\300\377", 3, 1 },	     /* behind the end */
		{ "\300\2\300\0", 4, 2 },    /* back, then forward */
		{ "\1a\300\0\300\2", 6, 4 }, /* back to one that loops */
		{ "\1a\1b\300\2\0", 7, 0 },  /* into its own second label */
		{ "\100a\0", 3, 0 },	     /* 01: reserved */
		{ "\200a\0", 3, 0 },	     /* 10: reserved */
		{ "\101\1x\0", 4, 0 },	     /* old bit-string label */
	};
	uint8_t out[DNAME_MAX];

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct reader r =
		    reader((const uint8_t *)cases[i].bytes, cases[i].len, cases[i].pos);

		assert_int_equal(reader_name(&r, out), 0);
		assert_true(r.failed);
	}
}

/* ${count} pointers, each to the one before, the first to the root label at 0. */
static size_t
pointer_chain(uint8_t *bytes, unsigned count)
{
	size_t pos = 1, target = 0;

	bytes[0] = 0;
	for (unsigned i = 0; i < count; i++) {
		bytes[pos] = 0xc0;
		bytes[pos + 1] = (uint8_t)target;
		target = pos;
		pos += 2;
	}
	return pos;
}

static void
sixteen_pointers_are_followed_and_no_more(void **state)
{
	uint8_t bytes[100], out[DNAME_MAX];
	struct reader r;
	size_t len;

	(void)state;
	len = pointer_chain(bytes, 16);
	r = reader(bytes, len, len - 2);
	assert_int_equal(reader_name(&r, out), 1);
	assert_false(r.failed);
	len = pointer_chain(bytes, 17);
	r = reader(bytes, len, len - 2);
	assert_int_equal(reader_name(&r, out), 0);
	assert_true(r.failed);
}

/* A name of ${len} bytes in labels of at most 63. */
static void
name_of(uint8_t *out, size_t len)
{
	size_t pos = 0;

	while (len - pos > 1) {
		size_t label = len - pos - 2 < 63 ? len - pos - 2 : 63;

		/* Not to leave one byte, in which no label fits. */
		if (len - pos - 2 - label == 1)
			label--;
		out[pos] = (uint8_t)label;
		memset(out + pos + 1, 'a', label);
		pos += label + 1;
	}
	out[pos] = 0;
}

static void
names_end_at_255_bytes(void **state)
{
	uint8_t bytes[300], out[DNAME_MAX];
	struct reader r;

	(void)state;
	name_of(bytes, 255);
	r = reader(bytes, 255, 0);
	assert_int_equal(reader_name(&r, out), 255);
	name_of(bytes, 256);
	r = reader(bytes, 256, 0);
	assert_int_equal(reader_name(&r, out), 0);
	/* 253 bytes at 0; with the label "a" before them 255, with "ab" 256. */
	name_of(bytes, 253);
	memcpy(bytes + 253, "\1a\300\0\2ab\300\0", 9);
	r = reader(bytes, 262, 253);
	assert_int_equal(reader_name(&r, out), 255);
	assert_int_equal(reader_name(&r, out), 0);
	assert_true(r.failed);
}

static void
many_labels_are_bounded_by_bytes(void **state)
{
	uint8_t bytes[300], out[DNAME_MAX];
	struct reader r;

	(void)state;
	for (unsigned i = 0; i < 128; i++)
		memcpy(bytes + 2 * i, "\1a", 3);
	r = reader(bytes, 255 + 2, 2); /* 127 labels */
	assert_int_equal(reader_name(&r, out), 255);
	r = reader(bytes, 257, 0); /* 128 labels */
	assert_int_equal(reader_name(&r, out), 0);
}

static void
skipping_follows_nothing(void **state)
{
	struct reader r = reader(BYTES("\3www\300\377\0\1a\0!"), 0);

	(void)state;
	reader_name_skip(&r);
	assert_int_equal(r.pos, 6);
	reader_name_skip(&r);
	assert_int_equal(r.pos, 7);
	reader_name_skip(&r);
	assert_int_equal(reader_u8(&r), '!');
	reader_name_skip(&r);
	assert_true(r.failed);
	r = reader(BYTES("\100a\0"), 0);
	reader_name_skip(&r);
	assert_true(r.failed);
	r = reader(BYTES("\1a\300"), 0);
	reader_name_skip(&r);
	assert_true(r.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read_in_network_order),
		cmocka_unit_test(a_read_past_the_end_fails_and_stays_failed),
		cmocka_unit_test(a_plain_name_keeps_its_case),
		cmocka_unit_test(
		    pointers_lead_backward_and_the_cursor_goes_behind_the_first),
		cmocka_unit_test(names_that_are_none_are_refused),
		cmocka_unit_test(sixteen_pointers_are_followed_and_no_more),
		cmocka_unit_test(names_end_at_255_bytes),
		cmocka_unit_test(many_labels_are_bounded_by_bytes),
		cmocka_unit_test(skipping_follows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
