#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/keytag.h"

static const uint8_t ds_new[] = { 0x97, 0x28, 8, 2, 1 },
		     ds_old[] = { 0x4f, 0x66, 8, 2, 1 },
		     ds_old_again[] = { 0x4f, 0x66, 8, 4, 1 };
static struct rdata records[] = { { 5, ds_new }, { 5, ds_old }, { 5, ds_old_again } };
static const struct rrset root = {
	.owner = (const uint8_t *)"", .type = TYPE_DS, .count = 3, .rdata = records
};

static enum keytag_sentinel
sentinel(const char *text, uint16_t type, const struct rrset *ds)
{
	struct dname name;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	return keytag_sentinel(name.bytes, type, ds);
}

static void
the_signals_name_has_each_tag_once_in_order(void **state)
{
	struct rrset below = root;
	struct dname out;
	char text[DNAME_TEXT_MAX];

	(void)state;
	assert_true(keytag_signal_name(&root, &out));
	assert_string_equal(dname_to_text(out.bytes, text), "_ta-4f66-9728");
	below.owner = (const uint8_t *)"\7example";
	below.count = 1;
	assert_true(keytag_signal_name(&below, &out));
	assert_string_equal(dname_to_text(out.bytes, text), "_ta-9728.example");
	assert_int_equal(out.len, dname_len(out.bytes));
}

static void
more_tags_than_a_label_holds_are_left_out(void **state)
{
	uint8_t bytes[40][4];
	struct rdata many[40];
	struct rrset set = root;
	struct dname out;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		memcpy(bytes[i], (uint8_t[]){ 1, (uint8_t)i, 8, 2 }, 4);
		many[i] = (struct rdata){ 4, bytes[i] };
	}
	set.rdata = many;
	set.count = 40;
	assert_true(keytag_signal_name(&set, &out));
	assert_int_equal(out.bytes[0], 3 + 5 * KEYTAG_SIGNAL_MAX);
}

static void
a_sentinel_fails_for_what_is_not_so(void **state)
{
	(void)state;
	assert_int_equal(
	    sentinel("root-key-sentinel-is-ta-20326.a.example", TYPE_A, &root),
	    SENTINEL_PASS);
	assert_int_equal(
	    sentinel("root-key-sentinel-not-ta-20326.a.example", TYPE_AAAA, &root),
	    SENTINEL_FAIL);
	assert_int_equal(sentinel("root-key-sentinel-is-ta-00001.example", TYPE_A, &root),
	    SENTINEL_FAIL);
	assert_int_equal(
	    sentinel("root-key-sentinel-not-ta-00001.example", TYPE_A, &root),
	    SENTINEL_PASS);
	assert_int_equal(sentinel("root-key-sentinel-is-ta-20326.example", TYPE_A, NULL),
	    SENTINEL_FAIL);
}

static void
what_is_not_just_such_a_label_is_no_sentinel(void **state)
{
	static const char *const names[] = { "root-key-sentinel-is-ta-2032.example",
		"root-key-sentinel-is-ta-020326.example",
		"root-key-sentinel-is-ta-2032x.example",
		"root-key-sentinel-is-ta-70000.example", "is-ta-20326.example", "example",
		"a.root-key-sentinel-not-ta-20326.example" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(sentinel(names[i], TYPE_A, &root), SENTINEL_NONE);
	assert_int_equal(
	    sentinel("root-key-sentinel-not-ta-20326.example", TYPE_TXT, &root),
	    SENTINEL_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signals_name_has_each_tag_once_in_order),
		cmocka_unit_test(more_tags_than_a_label_holds_are_left_out),
		cmocka_unit_test(a_sentinel_fails_for_what_is_not_so),
		cmocka_unit_test(what_is_not_just_such_a_label_is_no_sentinel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
