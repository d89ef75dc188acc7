#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/msg.h"

static const struct query usual = {
	.id = 0x1234,
	.qname = (const uint8_t *)"\3wWw\7eXample",
	.qtype = TYPE_AAAA,
	.qclass = CLASS_IN,
	.edns = true,
	.dnssec_ok = true,
	.udp_size = 1232,
};

#define USUAL "\22\64\0\0\0\1\0\0\0\0\0\1\3wWw\7eXample\0\0\34\0\1"
#define REPLY "\22\64\204\0\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1"

static void
a_query_is_written_in_the_case_given(void **state)
{
	uint8_t out[QUERY_MAX];

	(void)state;
	assert_bytes(out, query_write(&usual, out, sizeof(out)),
	    USUAL "\0\0\51\4\320\0\0\200\0\0\0");
}

static void
flags_cookie_and_edns_are_as_asked(void **state)
{
	struct query q = usual;
	uint8_t out[QUERY_MAX];

	(void)state;
	q.edns = false;
	q.recursion_desired = q.checking_disabled = true;
	assert_bytes(out, query_write(&q, out, sizeof(out)),
	    "\22\64\1\20\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1");
	q = usual;
	q.cookie = (const uint8_t *)"clientco";
	q.cookie_len = 8;
	assert_bytes(out, query_write(&q, out, sizeof(out)),
	    USUAL "\0\0\51\4\320\0\0\200\0\0\14\0\12\0\10clientco");
}

static void
the_longest_query_fits_and_one_byte_less_is_none(void **state)
{
	uint8_t out[QUERY_MAX], name[255], cookie[40] = { 0 };
	struct query q = usual;
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 127; i++)
		memcpy(name + 2 * i, "\1a", 2);
	name[254] = 0;
	q.qname = name;
	q.cookie = cookie;
	q.cookie_len = sizeof(cookie);
	len = query_write(&q, out, QUERY_MAX);
	assert_int_equal(len, 12 + 255 + 4 + 11 + 4 + 40);
	for (size_t cap = 0; cap < len; cap++)
		assert_int_equal(query_write(&q, out, cap), 0);
	assert_int_equal(query_write(&q, out, len), len);
}

static enum msg_match
match(const uint8_t *reply, size_t len)
{
	return msg_match(reply, len, (const uint8_t *)USUAL "\0\0\51\4\320\0\0\200\0\0\0",
	    sizeof(USUAL) - 1 + 11);
}

static void
a_reply_repeats_id_and_question(void **state)
{
	(void)state;
	assert_int_equal(match(BYTES(REPLY)), MSG_MATCH);
	assert_int_equal(match(BYTES(REPLY "and whatever follows")), MSG_MATCH);
}

static void
a_reply_to_something_else_does_not_match(void **state)
{
	(void)state;
	/* id, QR, opcode, count, name, type, class, cut */
	assert_int_equal(
	    match(BYTES("\22\64\254\0\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\65\204\0\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\4\0\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\0\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\2\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\3wWx\7eXample\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\3wWw\0\0\34\0\1")), MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\1\0\1")),
	    MSG_MATCH_NOT);
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\34\0\3")),
	    MSG_MATCH_NOT);
	/* The same name, compressed in a way that takes as many bytes. */
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\7eXample\3wWw\0\0\34\0\1")),
	    MSG_MATCH_NOT);
	for (size_t len = 0; len < sizeof(REPLY) - 1; len++)
		assert_int_equal(match((const uint8_t *)REPLY, len), MSG_MATCH_NOT);
	assert_int_equal(msg_match(BYTES(REPLY), BYTES("\22\64")), MSG_MATCH_NOT);
}

static void
a_bare_header_matches_only_with_an_error_about_form(void **state)
{
	(void)state;
	assert_int_equal(match(BYTES("\22\64\200\1\0\0\0\0\0\0\0\0")), MSG_MATCH);
	assert_int_equal(match(BYTES("\22\64\200\4\0\0\0\0\0\0\0\0")), MSG_MATCH);
	/* another rcode, id, no QR, a count */
	assert_int_equal(match(BYTES("\22\64\200\3\0\0\0\0\0\0\0\0")), MSG_MATCH_NOT);
	assert_int_equal(match(BYTES("\22\65\200\1\0\0\0\0\0\0\0\0")), MSG_MATCH_NOT);
	assert_int_equal(match(BYTES("\22\64\0\1\0\0\0\0\0\0\0\0")), MSG_MATCH_NOT);
	assert_int_equal(match(BYTES("\22\64\200\1\0\0\0\1\0\0\0\0")), MSG_MATCH_NOT);
}

static void
another_case_is_told_apart_from_another_name(void **state)
{
	(void)state;
	assert_int_equal(
	    match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\3www\7example\0\0\34\0\1")),
	    MSG_MATCH_CASE_DIFFERS);
	/* Type 0x41 and 0x61 are no two cases of one letter. */
	assert_int_equal(msg_match(BYTES("\22\64\204\0\0\1\0\0\0\0\0\0\0\0\101\0\1"),
			     BYTES("\22\64\0\0\0\1\0\0\0\0\0\0\0\0\141\0\1")),
	    MSG_MATCH_NOT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_written_in_the_case_given),
		cmocka_unit_test(flags_cookie_and_edns_are_as_asked),
		cmocka_unit_test(the_longest_query_fits_and_one_byte_less_is_none),
		cmocka_unit_test(a_reply_repeats_id_and_question),
		cmocka_unit_test(a_reply_to_something_else_does_not_match),
		cmocka_unit_test(a_bare_header_matches_only_with_an_error_about_form),
		cmocka_unit_test(another_case_is_told_apart_from_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
