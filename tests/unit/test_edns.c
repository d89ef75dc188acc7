#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/edns.h"

#define COOKIE_8  "\0\12\0\10clientco"
#define COOKIE_16 "\0\12\0\20clientcoserverco"

static void
fixed_fields_are_read_from_class_and_ttl(void **state)
{
	struct edns e;

	(void)state;
	assert_int_equal(edns_read(1232, 0x8000, NULL, 0, &e), ERR_OK);
	assert_true(e.present);
	assert_true(e.dnssec_ok);
	assert_int_equal(e.udp_size, 1232);
	assert_int_equal(e.version, 0);
	assert_int_equal(e.rcode_high, 0);
	assert_int_equal(
	    edns_read(100, 0x01020000, BYTES("junk that nobody reads"), &e), ERR_OK);
	assert_int_equal(e.udp_size, 512);
	assert_int_equal(e.rcode_high, 1);
	assert_int_equal(e.version, 2);
	assert_false(e.dnssec_ok);
}

static void
known_options_are_read_and_others_passed_over(void **state)
{
	struct edns e;

	(void)state;
	assert_int_equal(edns_read(1232, 0,
			     BYTES("\0\10\0\7\0\1\30\0\300\0\2" COOKIE_16 "\0\13\0\0"
				   "\0\3\0\0\0\17\0\5\0\22why\0\17\0\2\0\6"),
			     &e),
	    ERR_OK);
	assert_int_equal(e.cookie_len, 16);
	assert_memory_equal(e.cookie, "clientcoserverco", 16);
	assert_true(e.wants_keepalive);
	assert_true(e.has_ede);
	assert_int_equal(e.ede_code, EDE_PROHIBITED); /* the first of the two */
}

static void
an_ede_that_is_too_short_is_passed_over(void **state)
{
	struct edns e;

	(void)state;
	assert_int_equal(edns_read(1232, 0, BYTES("\0\17\0\1\0"), &e), ERR_OK);
	assert_false(e.has_ede);
}

static void
cookies_have_8_or_16_to_40_bytes(void **state)
{
	uint8_t rdata[4 + 64] = { 0, 10 };
	struct edns e;

	(void)state;
	for (uint8_t len = 0; len <= 64; len++) {
		bool good = len == 8 || (len >= 16 && len <= 40);

		rdata[3] = len;
		assert_int_equal(edns_read(1232, 0, rdata, 4u + len, &e), ERR_OK);
		assert_int_equal(e.cookie_malformed, !good);
		assert_int_equal(e.cookie_len, good ? len : 0);
	}
}

static void
a_report_channel_is_one_whole_name(void **state)
{
	static const char agent[] = "\0\22\0\17\5Agent\7example";
	uint8_t longest[4 + 256] = { 0, 18, 0, 255 };
	struct edns e;

	(void)state;
	assert_int_equal(
	    edns_read(1232, 0, (const uint8_t *)agent, sizeof(agent), &e), ERR_OK);
	assert_int_equal(e.agent_len, 15);
	assert_memory_equal(e.agent, "\5Agent\7example", 15);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\22\0\1\0"), &e), ERR_OK);
	assert_int_equal(e.agent_len, 1);
	/* cut, with something behind it, compressed, or nothing at all */
	assert_int_equal(edns_read(1232, 0, BYTES("\0\22\0\6\5Agent"), &e), ERR_OK);
	assert_null(e.agent);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\22\0\5\5Agen"), &e), ERR_OK);
	assert_null(e.agent);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\22\0\4\1a\0x"), &e), ERR_OK);
	assert_null(e.agent);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\22\0\4\1a\300\0"), &e), ERR_OK);
	assert_null(e.agent);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\22\0\0"), &e), ERR_OK);
	assert_null(e.agent);
	/* 255 bytes are a name, 256 none */
	for (unsigned i = 0; i < 127; i++)
		memcpy(longest + 4 + 2 * i, "\1a", 2);
	assert_int_equal(edns_read(1232, 0, longest, 4 + 255, &e), ERR_OK);
	assert_int_equal(e.agent_len, 255);
	longest[2] = 1;
	longest[3] = 0;
	memcpy(longest + 4 + 252, "\2ab", 4);
	assert_int_equal(edns_read(1232, 0, longest, 4 + 256, &e), ERR_OK);
	assert_null(e.agent);
}

static void
options_that_overrun_are_malformed(void **state)
{
	struct edns e;

	(void)state;
	assert_int_equal(edns_read(1232, 0, BYTES("\0"), &e), ERR_MALFORMED);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\10\0"), &e), ERR_MALFORMED);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\10\0\5four"), &e), ERR_MALFORMED);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\10\0\4four\0"), &e), ERR_MALFORMED);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\10\0\4four"), &e), ERR_OK);
}

static void
duplicates_of_cookie_nsid_and_padding_are_malformed(void **state)
{
	struct edns e;

	(void)state;
	assert_int_equal(edns_read(1232, 0, BYTES(COOKIE_8 COOKIE_8), &e), ERR_MALFORMED);
	assert_int_equal(
	    edns_read(1232, 0, BYTES("\0\3\0\0\0\3\0\0"), &e), ERR_MALFORMED);
	assert_int_equal(
	    edns_read(1232, 0, BYTES("\0\14\0\1x\0\3\0\0\0\14\0\0"), &e), ERR_MALFORMED);
	assert_int_equal(edns_read(1232, 0, BYTES("\0\10\0\0\0\10\0\0"), &e), ERR_OK);
}

static void
sixteen_options_are_enough(void **state)
{
	uint8_t rdata[17 * 4];
	struct edns e;

	(void)state;
	for (unsigned i = 0; i < 17; i++)
		memcpy(rdata + 4 * i, "\375\350\0", 4);
	assert_int_equal(edns_read(1232, 0, rdata, 16 * 4, &e), ERR_OK);
	assert_int_equal(edns_read(1232, 0, rdata, 17 * 4, &e), ERR_MALFORMED);
}

static const struct edns_out full = {
	.udp_size = 1232,
	.dnssec_ok = true,
	.rcode_high = 1,
	.ede_code = EDE_BLOCKED,
	.ede_text = "event 7",
	.cookie = (const uint8_t *)"clientco",
	.cookie_len = 8,
	.keepalive_100ms = 300,
};

/* Writes ${out} into ${cap} bytes; returns the length, 0 when that failed. */
static size_t
write_opt(const struct edns_out *out, uint8_t *buffer, size_t cap)
{
	struct writer w;

	writer_init(&w, buffer, cap);
	edns_write(&w, out);
	return w.failed ? 0 : w.pos;
}

static void
a_whole_opt_is_written(void **state)
{
	uint8_t buffer[100];

	(void)state;
	assert_int_equal(edns_size(&full), 11 + 12 + 6 + 13);
	assert_bytes(buffer, write_opt(&full, buffer, sizeof(buffer)),
	    "\0\0\51\4\320\1\0\200\0\0\37" COOKIE_8
	    "\0\13\0\2\1\54\0\17\0\11\0\17event 7");
}

static void
a_bare_opt_has_eleven_bytes(void **state)
{
	struct edns_out bare = {
		.udp_size = 512, .ede_code = EDE_NONE, .keepalive_100ms = -1
	};
	uint8_t buffer[11];

	(void)state;
	assert_int_equal(edns_size(&bare), 11);
	assert_bytes(buffer, write_opt(&bare, buffer, 11), "\0\0\51\2\0\0\0\0\0\0\0");
	assert_int_equal(write_opt(&bare, buffer, 10), 0);
}

static void
ede_other_without_text_is_still_an_option(void **state)
{
	struct edns_out out = {
		.udp_size = 512, .ede_code = EDE_OTHER, .keepalive_100ms = -1
	};
	uint8_t buffer[32];

	(void)state;
	assert_bytes(buffer, write_opt(&out, buffer, sizeof(buffer)),
	    "\0\0\51\2\0\0\0\0\0\0\6\0\17\0\2\0\0");
}

static void
what_has_no_room_is_left_out_text_first(void **state)
{
	uint8_t buffer[100];

	(void)state;
	assert_int_equal(write_opt(&full, buffer, 42), 42);
	assert_int_equal(write_opt(&full, buffer, 41), 35); /* no text */
	assert_int_equal(write_opt(&full, buffer, 34), 29); /* no EDE */
	assert_int_equal(write_opt(&full, buffer, 28), 23); /* no keepalive */
	assert_int_equal(write_opt(&full, buffer, 22), 11); /* no cookie */
	assert_int_equal(write_opt(&full, buffer, 11), 11);
	assert_int_equal(write_opt(&full, buffer, 10), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_fields_are_read_from_class_and_ttl),
		cmocka_unit_test(known_options_are_read_and_others_passed_over),
		cmocka_unit_test(an_ede_that_is_too_short_is_passed_over),
		cmocka_unit_test(cookies_have_8_or_16_to_40_bytes),
		cmocka_unit_test(a_report_channel_is_one_whole_name),
		cmocka_unit_test(options_that_overrun_are_malformed),
		cmocka_unit_test(duplicates_of_cookie_nsid_and_padding_are_malformed),
		cmocka_unit_test(sixteen_options_are_enough),
		cmocka_unit_test(a_whole_opt_is_written),
		cmocka_unit_test(a_bare_opt_has_eleven_bytes),
		cmocka_unit_test(ede_other_without_text_is_still_an_option),
		cmocka_unit_test(what_has_no_room_is_left_out_text_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
