#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dname.h"

#define A63	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A61	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONGEST A63 "." A63 "." A63 "." A61 /* 4 x length byte + 250 + root = 255 */

static void
lengths_and_labels_of_names(void **state)
{
	(void)state;
	assert_int_equal(dname_len(NAME("")), 1);
	assert_int_equal(dname_labels(NAME("")), 0);
	assert_int_equal(dname_len(NAME("\3www\7example")), 13);
	assert_int_equal(dname_labels(NAME("\3www\7example")), 2);
}

static void
parents_and_suffixes_stop_at_the_root(void **state)
{
	const uint8_t *name = NAME("\1a\2bb\3ccc");

	(void)state;
	assert_ptr_equal(dname_parent(name), name + 2);
	assert_int_equal(*dname_parent(NAME("")), 0);
	assert_ptr_equal(dname_skip(name, 0), name);
	assert_ptr_equal(dname_skip(name, 2), name + 5);
	assert_ptr_equal(dname_skip(name, 9), name + 9);
	assert_ptr_equal(dname_suffix(name, 1), name + 5);
	assert_ptr_equal(dname_suffix(name, 3), name);
	assert_ptr_equal(dname_suffix(name, 4), name);
	assert_int_equal(*dname_suffix(name, 0), 0);
}

static void
equality_folds_letters_and_nothing_else(void **state)
{
	(void)state;
	assert_true(dname_equal(NAME("\3WwW\7eXample"), NAME("\3wWw\7Example")));
	assert_true(dname_equal(NAME("\012ABCDEFGHIZ\1q"), NAME("\012abcdefghiz\1Q")));
	assert_false(dname_equal(NAME("\3www"), NAME("\3wwx")));
	assert_false(dname_equal(NAME("\3www"), NAME("\3www\1x")));
	/* Neighbours of the letters differ in bit 5 as well: '@' and '`', '[' and '{'. */
	assert_false(dname_equal(NAME("\012@@@@@@@@@@"), NAME("\012``````````")));
	assert_false(dname_equal(NAME("\012[[[[[[[[[["), NAME("\012{{{{{{{{{{")));
	assert_false(dname_equal(NAME("\1@"), NAME("\1`")));
	/* Letters of Latin-1 are bytes like others. */
	assert_false(dname_equal(NAME("\012\304\304\304\304\304\304\304\304\304\304"),
	    NAME("\012\344\344\344\344\344\344\344\344\344\344")));
}

static void
every_byte_is_folded_as_ascii_says(void **state)
{
	uint8_t in[256], out[256];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		in[i] = (uint8_t)i;
	dname_lower_bytes(out, in, sizeof(in));
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(out[i], i >= 'A' && i <= 'Z' ? i + 32 : i);
	/* The same one at a time, where the tail of a word is. */
	for (unsigned i = 0; i < 256; i++) {
		dname_lower_bytes(out, in + i, 1);
		assert_int_equal(out[0], i >= 'A' && i <= 'Z' ? i + 32 : i);
	}
}

static void
a_name_is_below_its_zone_only_at_a_label_boundary(void **state)
{
	(void)state;
	assert_true(dname_is_below(NAME("\3www\7example"), NAME("\7EXAMPLE")));
	assert_true(dname_is_below(NAME("\7example"), NAME("\7example")));
	assert_true(dname_is_below(NAME("\7example"), NAME("")));
	assert_true(dname_is_below(NAME(""), NAME("")));
	assert_false(dname_is_below(NAME("\7example"), NAME("\3www\7example")));
	assert_false(dname_is_below(NAME("\12notexample"), NAME("\7example")));
	/* The label's last bytes look like the zone's name, length byte and all. */
	assert_false(dname_is_below(NAME("\012aa\007example"), NAME("\7example")));
	assert_true(dname_is_strictly_below(NAME("\3www\7example"), NAME("\7example")));
	assert_false(dname_is_strictly_below(NAME("\7example"), NAME("\7example")));
}

static void
common_labels_are_counted_from_the_root(void **state)
{
	(void)state;
	assert_int_equal(dname_common_labels(NAME("\1a\1b\1c"), NAME("\1x\1B\1C")), 2);
	assert_int_equal(dname_common_labels(NAME("\1a\1b"), NAME("\1a\1c")), 0);
	assert_int_equal(dname_common_labels(NAME("\1a"), NAME("")), 0);
	assert_int_equal(dname_common_labels(NAME("\1b\1c"), NAME("\1a\1b\1c")), 2);
}

static void
canonical_order_is_that_of_rfc_4034_6_1(void **state)
{
	static const char *const order[] = {
		"\7example",
		"\1a\7example",
		"\10yljkjljk\1a\7example",
		"\1Z\1a\7example",
		"\4zABC\1a\7EXAMPLE",
		"\1z\7example",
		"\1\1\1z\7example",
		"\1*\1z\7example",
		"\1\310\1z\7example",
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(order); i++) {
		for (unsigned j = 0; j < COUNT(order); j++) {
			int c = dname_compare(NAME(order[i]), NAME(order[j]));

			assert_int_equal(c < 0, i < j);
			assert_int_equal(c > 0, i > j);
		}
	}
	assert_true(dname_compare(NAME(""), NAME("\1a")) < 0);
	assert_true(dname_compare(NAME("\2ab"), NAME("\1a")) > 0);
}

static void
copies_keep_or_fold_the_case(void **state)
{
	uint8_t out[DNAME_MAX];
	struct dname d;

	(void)state;
	assert_bytes(out, dname_copy(out, NAME("\2Ab\1C")), "\2Ab\1C\0");
	assert_bytes(out, dname_copy_lower(out, NAME("\2Ab\1C")), "\2ab\1c\0");
	memcpy(out, "\2Ab\1C", 6);
	assert_bytes(out, dname_copy_lower(out, out), "\2ab\1c\0");
	dname_set(&d, NAME("\2Ab"));
	assert_bytes(d.bytes, d.len, "\2Ab\0");
}

static void
a_dname_substitution_joins_prefix_and_target(void **state)
{
	uint8_t out[DNAME_MAX];
	struct dname longest;

	(void)state;
	assert_int_equal(
	    dname_concat(out, NAME("\1a\1b\3old"), 2, NAME("\3new")), ERR_OK);
	assert_memory_equal(out, "\1a\1b\3new", 9);
	assert_int_equal(dname_concat(out, NAME("\1a"), 0, NAME("")), ERR_OK);
	assert_memory_equal(out, "", 1);
	assert_int_equal(dname_from_text(LONGEST, &longest), ERR_OK);
	assert_int_equal(dname_concat(out, NAME("\1a"), 0, longest.bytes), ERR_OK);
	assert_int_equal(dname_concat(out, NAME("\1a"), 1, longest.bytes), ERR_RANGE);
}

static void
hashes_depend_on_the_key_and_on_every_byte(void **state)
{
	struct hashkey one = { 1, 2 }, two = { 1, 3 };
	uint64_t h = dname_hash(&one, NAME("\3www\7example"));

	(void)state;
	assert_true(h == dname_hash(&one, NAME("\3www\7example")));
	assert_true(h != dname_hash(&two, NAME("\3www\7example")));
	assert_true(h != dname_hash(&one, NAME("\3wwx\7example")));
	assert_true(h != dname_hash(&one, NAME("\3www\7examplf")));
}

struct text_case {
	const char *text;
	enum err e;
	const char *wire; /* the NUL behind it is the root label */
	size_t len;
	const char *back; /* as dname_to_text says it */
};

static void
text_becomes_a_canonical_name(void **state)
{
	static const struct text_case cases[] = {
		{ ".", ERR_OK, "", 1, "." },
		{ "www.Example", ERR_OK, "\3www\7example", 13, "www.example" },
		{ "www.example.", ERR_OK, "\3www\7example", 13, "www.example" },
		{ "a\\.b", ERR_OK, "\3a.b", 5, "a\\.b" },
		{ "a\\\\b", ERR_OK, "\3a\\b", 5, "a\\\\b" },
		{ "\\065", ERR_OK, "\1a", 3, "a" },
		{ "\\000\\255", ERR_OK, "\2\0\377", 4, "\\000\\255" },
		{ "a b", ERR_OK, "\3a b", 5, "a\\032b" },
		{ "\\\"\\(\\)\\;\\@\\$", ERR_OK, "\6\"();@$", 8, "\\\"\\(\\)\\;\\@\\$" },
		{ "\303\244", ERR_OK, "\2\303\244", 4, "\\195\\164" },
		{ "*._tcp", ERR_OK, "\1*\4_tcp", 8, "*._tcp" },
	};
	char text[DNAME_TEXT_MAX];
	struct dname d;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		assert_int_equal(dname_from_text(cases[i].text, &d), cases[i].e);
		assert_int_equal(d.len, cases[i].len);
		assert_memory_equal(d.bytes, cases[i].wire, cases[i].len);
		assert_string_equal(dname_to_text(d.bytes, text), cases[i].back);
	}
}

static void
text_that_is_no_name_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err e;
	} cases[] = {
		{ "", ERR_MALFORMED },
		{ "..", ERR_MALFORMED },
		{ ".a", ERR_MALFORMED },
		{ "a..b", ERR_MALFORMED },
		{ "a..", ERR_MALFORMED },
		{ "a\\", ERR_MALFORMED },
		{ "a\\1", ERR_MALFORMED },
		{ "a\\12x", ERR_MALFORMED },
		{ "a\\256", ERR_MALFORMED },
		{ A63, ERR_OK },
		{ A63 "a", ERR_RANGE },
		{ LONGEST, ERR_OK },
		{ LONGEST ".", ERR_OK },
		{ LONGEST "a", ERR_RANGE },
		{ LONGEST ".b", ERR_RANGE },
		{ "b." LONGEST, ERR_RANGE },
		{ A63 "." A63 "." A63 "." A63, ERR_RANGE },
	};
	struct dname d;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++)
		assert_int_equal(dname_from_text(cases[i].text, &d), cases[i].e);
}

static void
the_longest_text_fits_its_buffer(void **state)
{
	char text[DNAME_TEXT_MAX], in[1100], *p = in;
	struct dname d;

	(void)state;
	for (unsigned label = 0; label < 4; label++) {
		for (unsigned i = 0; i < (label < 3 ? 63 : 61); i++) {
			memcpy(p, "\\001", 4);
			p += 4;
		}
		*p++ = '.';
	}
	*p = '\0';
	assert_int_equal(dname_from_text(in, &d), ERR_OK);
	assert_int_equal(d.len, 255);
	dname_to_text(d.bytes, text);
	assert_int_equal(strlen(text), 250 * 4 + 3);
}

static void
names_of_127_labels_are_names(void **state)
{
	char in[260], text[DNAME_TEXT_MAX];
	struct dname d;

	(void)state;
	for (unsigned i = 0; i < 127; i++)
		memcpy(in + 2 * i, "x.", 3);
	assert_int_equal(dname_from_text(in, &d), ERR_OK);
	assert_int_equal(d.len, 255);
	assert_int_equal(dname_labels(d.bytes), 127);
	assert_int_equal(dname_common_labels(d.bytes, d.bytes), 127);
	assert_int_equal(dname_compare(d.bytes, d.bytes), 0);
	assert_int_equal(strlen(dname_to_text(d.bytes, text)), 253);
	memcpy(in + 254, "x", 2);
	assert_int_equal(dname_from_text(in, &d), ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_and_labels_of_names),
		cmocka_unit_test(parents_and_suffixes_stop_at_the_root),
		cmocka_unit_test(equality_folds_letters_and_nothing_else),
		cmocka_unit_test(every_byte_is_folded_as_ascii_says),
		cmocka_unit_test(a_name_is_below_its_zone_only_at_a_label_boundary),
		cmocka_unit_test(common_labels_are_counted_from_the_root),
		cmocka_unit_test(canonical_order_is_that_of_rfc_4034_6_1),
		cmocka_unit_test(copies_keep_or_fold_the_case),
		cmocka_unit_test(a_dname_substitution_joins_prefix_and_target),
		cmocka_unit_test(hashes_depend_on_the_key_and_on_every_byte),
		cmocka_unit_test(text_becomes_a_canonical_name),
		cmocka_unit_test(text_that_is_no_name_is_refused),
		cmocka_unit_test(the_longest_text_fits_its_buffer),
		cmocka_unit_test(names_of_127_labels_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
