#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/msg.h"

#define HEADER(flags, qd, an, ns, ar) "\x12\x34" flags "\0" qd "\0" an "\0" ns "\0" ar
#define PLAIN			      HEADER("\1\0", "\1", "\0", "\0", "\0")
#define WITH_OPT		      HEADER("\1\0", "\1", "\0", "\0", "\1")
#define WWW			      "\3wWw\7Example\3com\0\0\1\0\1"
#define OPT			      "\0\0\51\4\320\0\0\200\0\0\0"
#define OPT_COOKIE		      "\0\0\51\4\320\0\0\0\0\0\14\0\12\0\10clientco"
#define TSIG			      "\3key\0\0\372\0\377\0\0\0\0\0\3xyz"

static enum question_verdict
parse(const uint8_t *bytes, size_t len, struct question *q)
{
	memset(q, 0xee, sizeof(*q));
	return question_parse(bytes, len, q);
}

static void
an_ordinary_question_is_taken_apart(void **state)
{
	struct question q;

	(void)state;
	assert_int_equal(parse(BYTES(WITH_OPT WWW OPT), &q), QUESTION_OK);
	assert_int_equal(q.id, 0x1234);
	assert_int_equal(q.flags, FLAG_RD);
	assert_int_equal(q.qtype, TYPE_A);
	assert_int_equal(q.qclass, CLASS_IN);
	assert_int_equal(q.labels, 3);
	assert_bytes(q.qname, q.qname_len, "\3www\7example\3com\0");
	assert_bytes(q.qname_raw, q.qname_len, "\3wWw\7Example\3com\0");
	assert_true(q.edns.present);
	assert_true(q.edns.dnssec_ok);
	assert_int_equal(q.edns.udp_size, 1232);
}

static void
a_question_without_edns_has_none(void **state)
{
	struct question q;

	(void)state;
	assert_int_equal(parse(BYTES(PLAIN WWW), &q), QUESTION_OK);
	assert_false(q.edns.present);
	assert_false(q.edns.dnssec_ok);
	assert_int_equal(q.edns.cookie_len, 0);
	assert_int_equal(parse(BYTES(PLAIN "\0\0\2\0\1"), &q), QUESTION_OK);
	assert_int_equal(q.qname_len, 1);
	assert_int_equal(q.labels, 0);
}

static void
other_additional_records_are_passed_over(void **state)
{
	struct question q;

	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER("\1\0", "\1", "\0", "\0", "\2") WWW OPT_COOKIE TSIG), &q),
	    QUESTION_OK);
	assert_int_equal(q.edns.cookie_len, 8);
	assert_int_equal(
	    parse(BYTES(HEADER("\1\0", "\1", "\0", "\0", "\2") WWW TSIG OPT_COOKIE), &q),
	    QUESTION_OK);
	assert_int_equal(q.edns.cookie_len, 8);
	/* The owner of a passed-over record may well be a pointer. */
	assert_int_equal(
	    parse(BYTES(WITH_OPT WWW "\300\14\0\1\0\1\0\0\0\0\0\4\1\2\3\4"), &q),
	    QUESTION_OK);
}

static void
what_has_no_header_or_is_an_answer_gets_silence(void **state)
{
	struct question q;

	(void)state;
	for (size_t len = 0; len < 12; len++)
		assert_int_equal(
		    parse((const uint8_t *)PLAIN WWW, len, &q), QUESTION_DROP);
	assert_int_equal(parse(BYTES(HEADER("\x81\0", "\1", "\0", "\0", "\0") WWW), &q),
	    QUESTION_DROP);
	/* QR counts before all else, so that two servers cannot answer each other for
	 * ever. */
	assert_int_equal(
	    parse(BYTES(HEADER("\xa1\0", "\0", "\0", "\0", "\0")), &q), QUESTION_DROP);
}

static void
other_opcodes_are_not_implemented(void **state)
{
	static const char *const flags[] = { "\x09\0", "\x10\0", "\x20\0", "\x28\0",
		"\x30\0", "\x78\0" };
	uint8_t bytes[] = HEADER("\0\0", "\1", "\0", "\0", "\0") WWW;
	struct question q;

	(void)state;
	for (unsigned i = 0; i < COUNT(flags); i++) {
		memcpy(bytes + 2, flags[i], 2);
		assert_int_equal(parse(bytes, sizeof(bytes) - 1, &q), QUESTION_NOTIMP);
		assert_int_equal(q.id, 0x1234);
		assert_int_equal(q.flags >> 8, (uint8_t)flags[i][0]);
		assert_int_equal(q.qname_len, 0);
	}
}

struct malformed {
	const char *bytes;
	size_t len;
	bool has_question;
};

#define UNUSABLE(literal)                                                                \
	{                                                                                \
		literal, sizeof(literal) - 1, false                                      \
	}
#define USABLE(literal)                                                                  \
	{                                                                                \
		literal, sizeof(literal) - 1, true                                       \
	}

static void
every_malformed_kind_is_a_formerr(void **state)
{
	static const struct malformed cases[] = {
		/* counts */
		UNUSABLE(HEADER("\1\0", "\0", "\0", "\0", "\0")),
		UNUSABLE(HEADER("\1\0", "\2", "\0", "\0", "\0") WWW WWW),
		UNUSABLE(HEADER("\1\0", "\1", "\1", "\0", "\0") WWW
		    "\300\14\0\1\0\1\0\0\0\0\0\4abcd"),
		UNUSABLE(HEADER("\1\0", "\1", "\0", "\1", "\0") WWW
		    "\300\14\0\1\0\1\0\0\0\0\0\4abcd"),
		/* the name */
		UNUSABLE(PLAIN),
		UNUSABLE(PLAIN "\3ww"),
		UNUSABLE(PLAIN "\3www"),
		UNUSABLE(PLAIN "\300\14\0\1\0\1"),
		UNUSABLE(PLAIN "\3www\300\14\0\1\0\1"),
		UNUSABLE(PLAIN "\100www\0\0\1\0\1"),
		UNUSABLE(PLAIN "\200www\0\0\1\0\1"),
		/* type and class */
		UNUSABLE(PLAIN "\3www\0"),
		UNUSABLE(PLAIN "\3www\0\0\1\0"),
		/* behind the question */
		USABLE(PLAIN WWW "\0"),
		USABLE(PLAIN WWW OPT),
		USABLE(WITH_OPT WWW OPT "\0"),
		USABLE(WITH_OPT WWW),
		USABLE(WITH_OPT WWW "\0\0\51\4\320\0\0\0\0\0"),
		USABLE(WITH_OPT WWW "\0\0\51\4\320\0\0\0\0\0\4\0\10\0"),
		USABLE(WITH_OPT WWW "\0\0\51\4\320\0\0\0\0\0\3\0\10\0"),
		USABLE(WITH_OPT WWW "\0\0\51\4\320\0\0\0\0\0\4\0\10\0\1"),
		USABLE(WITH_OPT WWW "\1x\0\0\51\4\320\0\0\0\0\0\0"),
		USABLE(WITH_OPT WWW
		    "\300\34\0\51\4\320\0\0\0\0\0\0"), /* a pointer to the root */
		USABLE(WITH_OPT WWW "\3key\0\0\372\0\377\0\0\0\0\0\4xyz"),
		USABLE(WITH_OPT WWW "\100\0\0\372\0\377\0\0\0\0\0\0"),
		USABLE(HEADER("\1\0", "\1", "\0", "\0", "\2") WWW OPT OPT),
		USABLE(HEADER("\1\0", "\1", "\0", "\0", "\2") WWW OPT),
		USABLE(WITH_OPT WWW "\0\0\51\4\320\0\0\0\0\0\13\0\12\0\7clientc"),
	};
	struct question q;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		assert_int_equal(parse((const uint8_t *)cases[i].bytes, cases[i].len, &q),
		    QUESTION_FORMERR);
		assert_int_equal(q.id, 0x1234);
		assert_int_equal(q.flags, FLAG_RD);
		assert_int_equal(q.qname_len, cases[i].has_question ? 17 : 0);
	}
}

static void
no_question_with_a_cookie_asks_for_one(void **state)
{
	struct question q;

	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER("\1\0", "\0", "\0", "\0", "\1") OPT_COOKIE), &q),
	    QUESTION_COOKIE);
	assert_int_equal(q.qname_len, 0);
	assert_int_not_equal(q.edns.cookie_len, 0);
	assert_int_equal(parse(BYTES(HEADER("\1\0", "\0", "\0", "\0", "\1") OPT), &q),
	    QUESTION_FORMERR);
	assert_int_equal(
	    parse(BYTES(HEADER("\1\0", "\0", "\0", "\0", "\1") OPT_COOKIE "x"), &q),
	    QUESTION_FORMERR);
	assert_int_equal(
	    parse(BYTES(HEADER("\1\0", "\0", "\0", "\0", "\0")), &q), QUESTION_FORMERR);
}

static void
names_end_at_255_bytes_and_labels_at_63(void **state)
{
	uint8_t bytes[12 + 300] = PLAIN;
	struct question q;

	(void)state;
	memset(bytes + 12, 'x', 300);
	bytes[12] = bytes[76] = bytes[140] = 63;
	bytes[204] = 61; /* 64 + 64 + 64 + 62 + 1 = 255 */
	memcpy(bytes + 266, "\0\0\1\0\1", 5);
	assert_int_equal(parse(bytes, 271, &q), QUESTION_OK);
	assert_int_equal(q.qname_len, 255);
	assert_int_equal(q.labels, 4);
	memset(bytes + 266, 'x', 5);
	bytes[204] = 62;
	memcpy(bytes + 267, "\0\0\1\0\1", 5);
	assert_int_equal(parse(bytes, 272, &q), QUESTION_FORMERR);
	assert_int_equal(q.qname_len, 0);
	for (unsigned i = 0; i < 127; i++)
		memcpy(bytes + 12 + 2 * i, "\1a", 2);
	memcpy(bytes + 12 + 254, "\0\0\1\0\1", 5);
	assert_int_equal(parse(bytes, 271, &q), QUESTION_OK);
	assert_int_equal(q.labels, 127);
}

static void
every_cut_of_a_question_is_a_formerr(void **state)
{
	static const char whole[] = WITH_OPT WWW OPT_COOKIE;
	struct question q;

	(void)state;
	for (size_t len = 12; len < sizeof(whole) - 1; len++)
		assert_int_equal(
		    parse((const uint8_t *)whole, len, &q), QUESTION_FORMERR);
	assert_int_equal(parse(BYTES(whole), &q), QUESTION_OK);
}

static void
a_later_edns_version_is_badvers(void **state)
{
	struct question q;

	(void)state;
	assert_int_equal(parse(BYTES(WITH_OPT WWW "\0\0\51\4\320\0\1\200\0\0\3abc"), &q),
	    QUESTION_BADVERS);
	assert_true(q.edns.present);
	assert_int_equal(q.qname_len, 17);
	assert_int_equal(parse(BYTES(WITH_OPT WWW "\0\0\51\4\320\0\1\200\0\0\3abc!"), &q),
	    QUESTION_FORMERR);
	/* nor does anybody know what it means without a question */
	assert_int_equal(parse(BYTES(HEADER("\1\0", "\0", "\0", "\0",
				   "\1") "\0\0\51\4\320\0\1\200\0\0\0"),
			     &q),
	    QUESTION_BADVERS);
	assert_int_equal(q.qname_len, 0);
}

static void
any_byte_may_stand_in_a_label(void **state)
{
	uint8_t bytes[] = PLAIN "\1?\0\0\1\0\1";
	struct question q;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		bytes[13] = (uint8_t)i;
		assert_int_equal(parse(bytes, sizeof(bytes) - 1, &q), QUESTION_OK);
		assert_int_equal(q.qname_raw[1], i);
		assert_int_equal(q.qname[1], i >= 'A' && i <= 'Z' ? i + 32 : i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_question_is_taken_apart),
		cmocka_unit_test(a_question_without_edns_has_none),
		cmocka_unit_test(other_additional_records_are_passed_over),
		cmocka_unit_test(what_has_no_header_or_is_an_answer_gets_silence),
		cmocka_unit_test(other_opcodes_are_not_implemented),
		cmocka_unit_test(every_malformed_kind_is_a_formerr),
		cmocka_unit_test(no_question_with_a_cookie_asks_for_one),
		cmocka_unit_test(names_end_at_255_bytes_and_labels_at_63),
		cmocka_unit_test(every_cut_of_a_question_is_a_formerr),
		cmocka_unit_test(a_later_edns_version_is_badvers),
		cmocka_unit_test(any_byte_may_stand_in_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
