#include "tests/unit/bytes.h"

#include <string.h>

#include "base/clock.h"
#include "base/dns.h"
#include "base/err.h"

static void
types_have_mnemonics_both_ways(void **state)
{
	static const struct {
		uint16_t type;
		const char *text;
	} cases[] = { { 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" },
		{ 10, "NULL" }, { 16, "TXT" }, { 28, "AAAA" }, { 33, "SRV" },
		{ 39, "DNAME" }, { 41, "OPT" }, { 46, "RRSIG" }, { 50, "NSEC3" },
		{ 51, "NSEC3PARAM" }, { 65, "HTTPS" }, { 99, "SPF" }, { 255, "ANY" },
		{ 256, "URI" }, { 257, "CAA" }, { 32769, "DLV" }, { 0, "TYPE0" },
		{ 300, "TYPE300" }, { 65280, "TYPE65280" }, { 65535, "TYPE65535" } };
	char out[DNS_MNEMONIC_MAX];
	uint16_t type;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		assert_string_equal(dns_type_text(cases[i].type, out), cases[i].text);
		assert_int_equal(dns_type_parse(cases[i].text, &type), ERR_OK);
		assert_int_equal(type, cases[i].type);
	}
}

static void
every_type_number_survives_its_text(void **state)
{
	char out[DNS_MNEMONIC_MAX];
	uint16_t type;

	(void)state;
	for (unsigned i = 0; i <= UINT16_MAX; i++) {
		assert_int_equal(
		    dns_type_parse(dns_type_text((uint16_t)i, out), &type), ERR_OK);
		assert_int_equal(type, i);
	}
}

static void
type_text_is_read_in_any_case_and_nothing_else(void **state)
{
	static const char *const bad[] = { "", "B", "TYPE", "TYPE65536", "TYPE-1",
		"TYPE1x", "TYPE 1", "AA", "28" };
	uint16_t type;

	(void)state;
	assert_int_equal(dns_type_parse("aaaa", &type), ERR_OK);
	assert_int_equal(type, TYPE_AAAA);
	assert_int_equal(dns_type_parse("type1", &type), ERR_OK);
	assert_int_equal(type, TYPE_A);
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_int_equal(dns_type_parse(bad[i], &type), ERR_MALFORMED);
}

static void
rcodes_have_mnemonics(void **state)
{
	char out[DNS_MNEMONIC_MAX];

	(void)state;
	assert_string_equal(dns_rcode_text(0, out), "NOERROR");
	assert_string_equal(dns_rcode_text(3, out), "NXDOMAIN");
	assert_string_equal(dns_rcode_text(16, out), "BADVERS");
	assert_string_equal(dns_rcode_text(23, out), "BADCOOKIE");
	assert_string_equal(dns_rcode_text(4095, out), "RCODE4095");
}

static void
meta_types_are_never_data(void **state)
{
	static const uint16_t meta[] = { TYPE_OPT, TYPE_TKEY, TYPE_TSIG, TYPE_IXFR,
		TYPE_AXFR, TYPE_ANY, 128 };
	static const uint16_t data[] = { TYPE_A, TYPE_SPF, 127, TYPE_URI, TYPE_CAA,
		TYPE_PRIVATE_FIRST, 0 };

	(void)state;
	for (unsigned i = 0; i < COUNT(meta); i++)
		assert_true(dns_type_is_meta(meta[i]));
	for (unsigned i = 0; i < COUNT(data); i++)
		assert_false(dns_type_is_meta(data[i]));
}

static void
times_read_as_rfc_3339(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ INT64_C(951782400000), "2000-02-29T00:00:00.000Z" },
		{ INT64_C(951868799999), "2000-02-29T23:59:59.999Z" },
		{ INT64_C(1709164800000), "2024-02-29T00:00:00.000Z" },
		{ INT64_C(1795335330123), "2026-11-22T08:15:30.123Z" },
		{ INT64_C(4107542400000), "2100-03-01T00:00:00.000Z" },
		{ INT64_C(4107542399000), "2100-02-28T23:59:59.000Z" },
		{ INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
	};
	char out[CLOCK_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++)
		assert_string_equal(clock_text(cases[i].ms, out), cases[i].text);
	assert_int_equal(strlen(clock_text(INT64_MAX, out)), 24);
	assert_int_equal(strlen(clock_text(INT64_MIN, out)), 24);
}

static void
every_error_has_its_words(void **state)
{
	(void)state;
	for (unsigned e = 0; e < ERR_COUNT; e++) {
		assert_non_null(err_text((enum err)e));
		assert_string_not_equal(err_text((enum err)e), "unknown error");
	}
	assert_string_equal(err_text(ERR_COUNT), "unknown error");
	assert_string_equal(err_text((enum err) - 1), "unknown error");
}

static bool
divide(int by)
{
	return !FAILS(by == 0);
}

static void
a_failed_guard_is_counted_and_remembered(void **state)
{
	const char *first;

	(void)state;
	assert_int_equal(fail_count(), 0);
	assert_string_equal(fail_last(), "");
	assert_true(divide(1));
	assert_int_equal(fail_count(), 0);
	assert_false(divide(0));
	first = fail_last();
	assert_int_equal(fail_count(), 1);
	assert_non_null(strstr(first, "test_dns.c:"));
	assert_non_null(strstr(first, ": by == 0"));
	/* Far more places than are remembered: counted all the same, and the first text
	 * stands. */
	for (int i = 0; i < 200; i++)
		assert_true(fail_note("elsewhere.c", i, "x"));
	assert_int_equal(fail_count(), 201);
	assert_non_null(strstr(first, ": by == 0"));
	assert_false(divide(0));
	assert_ptr_equal(fail_last(), first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_have_mnemonics_both_ways),
		cmocka_unit_test(every_type_number_survives_its_text),
		cmocka_unit_test(type_text_is_read_in_any_case_and_nothing_else),
		cmocka_unit_test(rcodes_have_mnemonics),
		cmocka_unit_test(meta_types_are_never_data),
		cmocka_unit_test(times_read_as_rfc_3339),
		cmocka_unit_test(every_error_has_its_words),
		cmocka_unit_test(a_failed_guard_is_counted_and_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
