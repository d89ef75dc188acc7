#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/rdata.h"

/* A message of "com" at 0 and "example.com" at 5; then the rdata under test. */
#define PREFIX	   "\3com\0\7example\300\0"
#define PREFIX_LEN 15u

struct rdata_case {
	uint16_t type;
	const char *in;
	size_t in_len;
	const char *out; /* NULL: malformed */
	size_t out_len;
};

#define GOOD(type, in, out)                                                              \
	{                                                                                \
		type, in, sizeof(in) - 1, out, sizeof(out) - 1                           \
	}
#define SAME(type, in) GOOD(type, in, in)
#define BAD(type, in)                                                                    \
	{                                                                                \
		type, in, sizeof(in) - 1, NULL, 0                                        \
	}

static enum err
read_one(
    const struct rdata_case *c, uint8_t *out, size_t cap, size_t *len, struct reader *r)
{
	static uint8_t message[4096];

	memcpy(message, PREFIX, PREFIX_LEN);
	memcpy(message + PREFIX_LEN, c->in, c->in_len);
	/* What follows is another record's, and must never be taken for this one's. */
	memset(message + PREFIX_LEN + c->in_len, 0, 16);
	reader_init(r, message, PREFIX_LEN + c->in_len + 16);
	reader_skip(r, PREFIX_LEN);
	return rdata_read(r, c->type, (uint16_t)c->in_len, out, cap, len);
}

static void
check_cases(const struct rdata_case *cases, size_t count)
{
	uint8_t out[2048];
	struct reader r;
	size_t len;

	for (size_t i = 0; i < count; i++) {
		enum err e = read_one(&cases[i], out, sizeof(out), &len, &r);

		if (cases[i].out == NULL) {
			if (e != ERR_MALFORMED)
				print_error("case %zu of type %u\n", i, cases[i].type);
			assert_int_equal(e, ERR_MALFORMED);
			assert_true(r.failed);
			continue;
		}
		if (e != ERR_OK)
			print_error("case %zu of type %u\n", i, cases[i].type);
		assert_int_equal(e, ERR_OK);
		assert_false(r.failed);
		assert_int_equal(r.pos, PREFIX_LEN + cases[i].in_len);
		assert_int_equal(len, cases[i].out_len);
		assert_memory_equal(out, cases[i].out, len);
		/* Room for all but one byte is no room. */
		if (len > 0)
			assert_int_equal(
			    read_one(&cases[i], out, len - 1, &len, &r), ERR_RANGE);
	}
}

static void
fixed_shapes_have_their_length(void **state)
{
	static const struct rdata_case cases[] = {
		SAME(TYPE_A, "\300\0\2\1"),
		BAD(TYPE_A, "\300\0\2"),
		BAD(TYPE_A, "\300\0\2\1\1"),
		BAD(TYPE_A, ""),
		SAME(TYPE_AAAA, "0123456789abcdef"),
		BAD(TYPE_AAAA, "0123456789abcde"),
		BAD(TYPE_AAAA, "0123456789abcdefg"),
		SAME(TYPE_LOC, "\0\22\26\23llllooooaaaa"),
		BAD(TYPE_LOC, "\0\22\26\23llllooooaaa"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
names_of_rfc_1035_are_decompressed(void **state)
{
	static const struct rdata_case cases[] = {
		GOOD(TYPE_NS, "\2ns\300\5", "\2ns\7example\3com\0"),
		SAME(TYPE_CNAME, "\1A\1b\0"),
		GOOD(TYPE_PTR, "\300\0", "\3com\0"),
		GOOD(TYPE_MX, "\0\12\300\5", "\0\12\7example\3com\0"),
		GOOD(TYPE_SOA,
		    "\1m\300\0\1r\300\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5",
		    "\1m\3com\0\1r\3com\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
		GOOD(TYPE_MINFO, "\300\0\300\0", "\3com\0\3com\0"),
		BAD(TYPE_NS, ""),
		BAD(TYPE_NS, "\300"),
		BAD(TYPE_NS, "\2ns"),
		BAD(TYPE_NS, "\2ns\0\0"),
		BAD(TYPE_NS, "\300\0\0"),
		BAD(TYPE_NS, "\300\17"), /* to itself */
		BAD(TYPE_MX, "\0"),
		BAD(TYPE_MX, "\0\12"),
		BAD(TYPE_SOA, "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"),
		BAD(TYPE_SOA, "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\6"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
older_types_are_read_leniently(void **state)
{
	static const struct rdata_case cases[] = {
		GOOD(TYPE_RP, "\300\5\300\0", "\7example\3com\0\3com\0"),
		GOOD(TYPE_AFSDB, "\0\1\300\0", "\0\1\3com\0"),
		GOOD(TYPE_SIG, "\0\1\5\2eeeexxxxiiiitt\300\0s",
		    "\0\1\5\2eeeexxxxiiiitt\3com\0s"),
		GOOD(TYPE_PX, "\0\1\300\0\300\0", "\0\1\3com\0\3com\0"),
		GOOD(TYPE_NXT, "\300\0\100", "\3com\0\100"),
		GOOD(TYPE_SRV, "\0\1\0\2\0\3\300\0", "\0\1\0\2\0\3\3com\0"),
		GOOD(TYPE_NAPTR, "\0\1\0\2\1s\3SIP\0\300\0", "\0\1\0\2\1s\3SIP\0\3com\0"),
		GOOD(TYPE_KX, "\0\1\300\0", "\0\1\3com\0"),
		GOOD(TYPE_DNAME, "\300\0", "\3com\0"),
		BAD(TYPE_SRV, "\0\1\0\2\0\3"),
		BAD(TYPE_NAPTR, "\0\1\0\2\1s\3SI"),
		BAD(TYPE_NXT, "\300\0"),
		BAD(TYPE_DNAME, "\300\0x"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
newer_types_may_not_be_compressed(void **state)
{
	static const struct rdata_case cases[] = {
		SAME(TYPE_RRSIG, "\0\1\15\2ttttxxxxiiiigg\3com\0signature"),
		BAD(TYPE_RRSIG, "\0\1\15\2ttttxxxxiiiigg\300\0signature"),
		BAD(TYPE_RRSIG, "\0\1\15\2ttttxxxxiiiigg\3com\0"),
		SAME(TYPE_NSEC, "\1b\0\0\2\100\1"),
		BAD(TYPE_NSEC, "\300\0\0\2\100\1"),
		BAD(TYPE_NSEC, "\1b\300\0\0\2\100\1"),
		SAME(TYPE_SVCB, "\0\0\3svc\0"),
		BAD(TYPE_SVCB, "\0\0\300\0"),
		SAME(TYPE_HIP, "\4\2\0\3hit!key\3rvs\0\1b\0"),
		BAD(TYPE_HIP, "\4\2\0\3hit!key\300\0"),
		BAD(TYPE_HIP, "\4\2\0\4hit!key"),
		BAD(TYPE_HIP, "\0\2\0\3key"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
strings_and_tails_are_checked(void **state)
{
	static const struct rdata_case cases[] = {
		SAME(TYPE_TXT, "\0"),
		SAME(TYPE_TXT, "\1a\0\2bc"),
		BAD(TYPE_TXT, ""),
		BAD(TYPE_TXT, "\2a"),
		BAD(TYPE_TXT, "\1a\1"),
		SAME(TYPE_SPF, "\5v=spf"),
		SAME(TYPE_HINFO, "\3cpu\2os"),
		BAD(TYPE_HINFO, "\3cpu"),
		BAD(TYPE_HINFO, "\3cpu\2os\0"),
		SAME(TYPE_CAA, "\0\5issueca.example"),
		SAME(TYPE_CAA, "\200\5issue"),
		BAD(TYPE_CAA, "\0\0value"),
		BAD(TYPE_CAA, "\0\6issue"),
		SAME(TYPE_URI, "\0\1\0\2ftp://x"),
		BAD(TYPE_URI, "\0\1\0\2"),
		SAME(TYPE_DS, "\0\1\15\2digest"),
		BAD(TYPE_DS, "\0\1\15\2"),
		SAME(TYPE_CDS, "\0\0\0\0\0"),
		SAME(TYPE_DNSKEY, "\1\1\3\15key"),
		SAME(TYPE_CDNSKEY, "\0\0\3\0\0"),
		SAME(TYPE_KEY, "\302\0\3\3"), /* "no key" has none */
		BAD(TYPE_DNSKEY, "\1\1\3"),
		SAME(TYPE_CERT, "\0\1\0\2\5certificate"),
		SAME(TYPE_SSHFP, "\4\2fingerprint"),
		BAD(TYPE_SSHFP, "\4\2"),
		SAME(TYPE_DHCID, "x"),
		BAD(TYPE_DHCID, ""),
		SAME(TYPE_TLSA, "\3\1\1hash"),
		SAME(TYPE_SMIMEA, "\3\1\1hash"),
		BAD(TYPE_TLSA, "\3\1"),
		SAME(TYPE_OPENPGPKEY, "key"),
		SAME(TYPE_ZONEMD, "\0\0\0\1\1\1digest"),
		SAME(TYPE_APL, ""),
		SAME(TYPE_APL, "\0\1\30\203\12\1\2\0\2\20\0"),
		BAD(TYPE_APL, "\0\1\30\3\12\1"),
		BAD(TYPE_APL, "\0\1\30"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
bitmaps_and_parameters_ascend(void **state)
{
	static const struct rdata_case cases[] = {
		SAME(TYPE_NSEC, "\0\0\1\100\1\1\200"),
		BAD(TYPE_NSEC, "\0\1\1\100\0\1\100"), /* windows step back */
		BAD(TYPE_NSEC, "\0\0\1\100\0\1\100"), /* the same twice */
		BAD(TYPE_NSEC, "\0\0\0"),	      /* an empty window */
		BAD(TYPE_NSEC, "\0\0\41abcdefghijklmnopqrstuvwxyzabcdefg"), /* 33 bytes */
		BAD(TYPE_NSEC, "\0\0\3\100"),
		SAME(TYPE_NSEC3, "\1\0\0\12\2ab\4hash\0\1\100"),
		SAME(TYPE_NSEC3,
		    "\1\0\0\12\0\4hash"), /* an empty non-terminal has no types */
		BAD(TYPE_NSEC3, "\1\0\0\12\0\4has"),
		SAME(TYPE_NSEC3PARAM, "\1\0\0\12\0"),
		BAD(TYPE_NSEC3PARAM, "\1\0\0\12\1"),
		SAME(TYPE_CSYNC, "\0\0\0\1\0\3\0\1\100"),
		SAME(TYPE_HTTPS, "\0\1\0\0\1\0\3\2h2\0\4\0\4\1\2\3\4"),
		BAD(TYPE_HTTPS, "\0\1\0\0\4\0\4\1\2\3\4\0\1\0\3\2h2"),
		BAD(TYPE_HTTPS, "\0\1\0\0\1\0\0\0\1\0\0"),
		BAD(TYPE_HTTPS, "\0\1\0\0\1\0\4\2h2"),
		BAD(TYPE_HTTPS, "\0\1\0\0"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
unknown_types_are_opaque(void **state)
{
	static const struct rdata_case cases[] = {
		SAME(TYPE_PRIVATE_FIRST, "\300\0anything"),
		SAME(TYPE_PRIVATE_FIRST, ""),
		SAME(TYPE_NULL, "\377"),
		SAME(TYPE_TSIG, "x"),
		SAME(19, "\3311"), /* X25 */
		SAME(65535, "x"),
	};

	(void)state;
	check_cases(cases, COUNT(cases));
	assert_int_equal(rdata_shape(TYPE_A, CLASS_IN), TYPE_A);
	assert_int_equal(rdata_shape(TYPE_A, CLASS_CH), TYPE_NULL);
}

static void
rdata_ends_within_the_message(void **state)
{
	uint8_t out[16];
	struct reader r;
	size_t len;

	(void)state;
	reader_init(&r, BYTES("\300\0\2"));
	assert_int_equal(
	    rdata_read(&r, TYPE_A, 4, out, sizeof(out), &len), ERR_MALFORMED);
	assert_true(r.failed);
	assert_int_equal(
	    rdata_read(&r, TYPE_A, 0, out, sizeof(out), &len), ERR_MALFORMED);
}

static void
only_names_of_rfc_1035_are_compressed_when_written(void **state)
{
	uint8_t out[200];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	writer_name(&w, NAME("\3com"));
	rdata_write(&w, TYPE_MX, BYTES("\0\12\4mail\3com\0"));
	rdata_write(&w, TYPE_SRV, BYTES("\0\1\0\2\0\3\3com\0"));
	rdata_write(&w, TYPE_DNAME, BYTES("\3com\0"));
	rdata_write(&w, TYPE_SOA,
	    BYTES("\3com\0\1r\4mail\3com\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"));
	rdata_write(&w, TYPE_A, BYTES("\1\2\3\4"));
	assert_bytes(out, w.pos,
	    "\3com\0"
	    "\0\11\0\12\4mail\300\0"
	    "\0\13\0\1\0\2\0\3\3com\0"
	    "\0\5\3com\0"
	    "\0\32\300\0\1r\300\11\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"
	    "\0\4\1\2\3\4");
}

static void
rdata_of_a_wrong_shape_is_written_as_it_is(void **state)
{
	uint8_t out[100];
	struct writer w;

	(void)state;
	writer_init(&w, out, sizeof(out));
	rdata_write(&w, TYPE_NS, BYTES("\5abc"));
	rdata_write(&w, TYPE_NS, BYTES(""));
	rdata_write(&w, TYPE_NS, BYTES("\1a\0rest"));
	rdata_write(&w, TYPE_MX, BYTES("\0"));
	assert_bytes(out, w.pos, "\0\4\5abc\0\0\0\7\1a\0rest\0\1\0");
}

static void
the_first_name_of_rdata_is_found(void **state)
{
	static const struct {
		uint16_t type;
		const char *bytes;
		size_t len;
		int at; /* -1: none */
	} cases[] = {
		{ TYPE_NS, "\1a\0", 3, 0 },
		{ TYPE_DNAME, "\1a\0", 3, 0 },
		{ TYPE_MX, "\0\12\1a\0", 5, 2 },
		{ TYPE_SRV, "\0\1\0\2\0\3\1a\0", 9, 6 },
		{ TYPE_NAPTR, "\0\1\0\2\1s\1p\0\1a\0", 12, 9 },
		{ TYPE_RRSIG, "\0\1\15\2ttttxxxxiiiigg\1a\0s", 22, 18 },
		{ TYPE_SVCB, "\0\1\1a\0", 5, 2 },
		{ TYPE_SOA, "\1m\0\1r\0................", 26, 0 },
		{ TYPE_A, "\1a\0\0", 4, -1 },
		{ TYPE_TXT, "\1a\0", 3, -1 },
		{ TYPE_NS, "\5a\0", 3, -1 },
		{ TYPE_NS, "", 0, -1 },
		{ TYPE_MX, "\0", 1, -1 },
		{ TYPE_MX, "\0\12", 2, -1 },
		{ TYPE_NAPTR, "\0\1\0\2\377s", 6, -1 },
		{ 65280, "\1a\0", 3, -1 },
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		const uint8_t *bytes = (const uint8_t *)cases[i].bytes;
		const uint8_t *name = rdata_name(cases[i].type, bytes, cases[i].len);

		if (cases[i].at < 0)
			assert_null(name);
		else
			assert_ptr_equal(name, bytes + cases[i].at);
	}
}

static void
rdata_is_equal_but_for_the_case_of_names(void **state)
{
	(void)state;
	assert_true(rdata_equal(TYPE_NS, BYTES("\1a\0"), BYTES("\1A\0")));
	assert_true(rdata_equal(TYPE_MX, BYTES("\0A\1a\0"), BYTES("\0A\1A\0")));
	assert_false(rdata_equal(TYPE_MX, BYTES("\0A\1a\0"), BYTES("\0a\1a\0")));
	assert_true(rdata_equal(TYPE_SOA, BYTES("\1m\0\1r\0....AAAA........"),
	    BYTES("\1M\0\1R\0....AAAA........")));
	assert_false(rdata_equal(TYPE_SOA, BYTES("\1m\0\1r\0....AAAA........"),
	    BYTES("\1m\0\1r\0....aAAA........")));
	assert_true(rdata_equal(
	    TYPE_SRV, BYTES("\0\1\0\2\0\3\1a\0"), BYTES("\0\1\0\2\0\3\1A\0")));
	assert_false(rdata_equal(TYPE_TXT, BYTES("\1a"), BYTES("\1A")));
	assert_true(rdata_equal(TYPE_TXT, BYTES("\1a"), BYTES("\1a")));
	assert_false(rdata_equal(TYPE_NS, BYTES("\1a\0"), BYTES("\1a\1b\0")));
	assert_false(rdata_equal(TYPE_A, BYTES("aaaa"), BYTES("AAAA")));
	/* The same length, but the labels lie differently. */
	assert_false(rdata_equal(TYPE_NS, BYTES("\3a\1b\0"), BYTES("\1a\1b\0")));
	assert_true(rdata_equal(TYPE_NULL, BYTES(""), BYTES("")));
}

static void
canonical_rdata_has_names_in_lower_case(void **state)
{
	uint8_t out[64];

	(void)state;
	rdata_canonical(TYPE_SOA, BYTES("\1M\0\1R\0SERIREFRRETREXPIMINI"), out);
	assert_memory_equal(out, "\1m\0\1r\0SERIREFRRETREXPIMINI", 26);
	rdata_canonical(TYPE_MX, BYTES("AB\1A\1B\0"), out);
	assert_memory_equal(out, "AB\1a\1b\0", 7);
	rdata_canonical(TYPE_NAPTR, BYTES("\0A\0B\1S\1P\0\1N\0"), out);
	assert_memory_equal(out, "\0A\0B\1S\1P\0\1n\0", 12);
	rdata_canonical(TYPE_TXT, BYTES("\1A"), out);
	assert_memory_equal(out, "\1A", 2);
	/* RFC 6840 5.1: not NSEC, though RFC 4034 named it. */
	rdata_canonical(TYPE_NSEC, BYTES("\1A\0"), out);
	assert_memory_equal(out, "\1A\0", 3);
	/* What does not have its shape stays as it is. */
	rdata_canonical(TYPE_NS, BYTES("\5AB"), out);
	assert_memory_equal(out, "\5AB", 3);
	rdata_canonical(TYPE_NS, NULL, 0, out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_shapes_have_their_length),
		cmocka_unit_test(names_of_rfc_1035_are_decompressed),
		cmocka_unit_test(older_types_are_read_leniently),
		cmocka_unit_test(newer_types_may_not_be_compressed),
		cmocka_unit_test(strings_and_tails_are_checked),
		cmocka_unit_test(bitmaps_and_parameters_ascend),
		cmocka_unit_test(unknown_types_are_opaque),
		cmocka_unit_test(rdata_ends_within_the_message),
		cmocka_unit_test(only_names_of_rfc_1035_are_compressed_when_written),
		cmocka_unit_test(rdata_of_a_wrong_shape_is_written_as_it_is),
		cmocka_unit_test(the_first_name_of_rdata_is_found),
		cmocka_unit_test(canonical_rdata_has_names_in_lower_case),
		cmocka_unit_test(rdata_is_equal_but_for_the_case_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
