#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/answer.h"

#define QUERY(flags, type)                                                               \
	"\x12\x34" flags "\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0" type "\0\1"
#define QUERY_DO(flags, type)                                                            \
	"\x12\x34" flags "\0\1\0\0\0\0\0\1\3wWw\7eXample\0\0" type "\0\1"                \
	"\0\0\51\4\320\0\0\200\0\0\0"
#define WWW "\3www\7example"
#define SOA "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"

static struct arena *arena;
static struct question q;
static struct rendered r;
static struct answer a;
static uint8_t out[MSG_MAX];

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	answer_init(&a, RCODE_NOERROR);
	memset(out, 0xee, sizeof(out));
	assert_int_equal(question_parse(BYTES(QUERY("\1\0", "\1")), &q), QUESTION_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
ask(const uint8_t *bytes, size_t len)
{
	assert_int_equal(question_parse(bytes, len, &q), QUESTION_OK);
}

static struct rrset *
add(struct rrset **list, const char *owner, uint16_t type, uint32_t ttl_sec,
    const uint8_t *rdata, size_t len)
{
	struct rrset *set =
	    rrset_new_one(arena, (const uint8_t *)owner, type, ttl_sec, rdata, len);

	assert_non_null(set);
	rrset_append(list, set);
	return set;
}

/* The literal is kept by reference, as an RRSIG may be in someone's arena. */
static void
sign(struct rrset *set, const char *sig)
{
	set->sigs = arena_alloc(arena, sizeof(*set->sigs));
	set->sigs[0].bytes = (const uint8_t *)sig;
	set->sigs[0].len = (uint16_t)strlen(sig);
	set->sig_count = 1;
}

static void
render(size_t cap, bool minimal)
{
	assert_int_equal(answer_render(&a, &q, cap, minimal, out, &r), ERR_OK);
}

static unsigned
count_at(size_t at)
{
	return (unsigned)(out[at] << 8 | out[at + 1]);
}

#define FLAGS	count_at(2)
#define ANCOUNT count_at(6)
#define NSCOUNT count_at(8)
#define ARCOUNT count_at(10)

static void
a_fresh_answer_is_empty(void **state)
{
	(void)state;
	memset(&a, 0xee, sizeof(a));
	answer_init(&a, RCODE_REFUSED);
	assert_int_equal(a.rcode, RCODE_REFUSED);
	assert_int_equal(a.ede_code, EDE_NONE);
	assert_false(a.cacheable);
	assert_null(a.answer);
	render(512, true);
	assert_bytes(
	    out, r.len, "\x12\x34\x81\x85\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\1\0\1");
	assert_int_equal(r.ttl_count, 0);
}

static void
names_are_compressed_against_the_clients_spelling(void **state)
{
	(void)state;
	add(&a.answer, WWW, TYPE_CNAME, 300, BYTES("\3cdn\7example\0"));
	add(&a.answer, "\3cdn\7example", TYPE_A, 60, BYTES("\1\2\3\4"));
	render(512, true);
	assert_bytes(out, r.len,
	    "\x12\x34\x81\x80\0\1\0\2\0\0\0\0\3wWw\7eXample\0\0\1\0\1"
	    "\300\14\0\5\0\1\0\0\1\54\0\6\3cdn\300\20"
	    "\300\51\0\1\0\1\0\0\0\74\0\4\1\2\3\4");
	assert_false(r.truncated);
	assert_int_equal(r.ttl_count, 2);
	assert_int_equal(r.ttl_at[0], 35);
	assert_int_equal(r.ttl_at[1], 53);
}

static void
flags_tell_what_the_answer_is(void **state)
{
	(void)state;
	ask(BYTES(QUERY("\1\20", "\1"))); /* RD, CD */
	a.authoritative = true;
	a.rcode = RCODE_NXDOMAIN;
	render(512, true);
	assert_int_equal(
	    FLAGS, FLAG_QR | FLAG_AA | FLAG_RD | FLAG_RA | FLAG_CD | RCODE_NXDOMAIN);
	ask(BYTES(QUERY("\0\0", "\1")));
	a.authoritative = false;
	a.security = SECURITY_SECURE;
	a.truncated = true;
	a.rcode = RCODE_BADVERS; /* its low bits are 0 */
	render(512, true);
	assert_int_equal(FLAGS, FLAG_QR | FLAG_TC | FLAG_RA | FLAG_AD);
	assert_true(r.truncated);
}

static void
signatures_and_proofs_are_for_those_who_set_do(void **state)
{
	(void)state;
	sign(add(&a.answer, WWW, TYPE_A, 60, BYTES("\1\2\3\4")), "signature");
	sign(add(&a.authority, "\7example", TYPE_SOA, 60, BYTES(SOA)), "signature");
	sign(add(&a.authority, "\7example", TYPE_NSEC, 60, BYTES("\1b\0\0\1\100")),
	    "signature");
	render(512, true);
	assert_int_equal(ANCOUNT, 1);
	assert_int_equal(NSCOUNT, 1);
	ask(BYTES(QUERY_DO("\1\0", "\1")));
	render(512, true);
	assert_int_equal(ANCOUNT, 2);
	assert_int_equal(NSCOUNT, 4);
	assert_int_equal(r.ttl_count, 6);
	/* Who asks for signatures, or for everything, gets them without DO. */
	ask(BYTES(QUERY("\1\0", "\56")));
	render(512, true);
	assert_int_equal(ANCOUNT, 2);
	ask(BYTES(QUERY("\1\0", "\377")));
	render(512, true);
	assert_int_equal(ANCOUNT, 2);
}

static void
a_minimal_answer_has_the_soa_and_nothing_more(void **state)
{
	(void)state;
	add(&a.answer, WWW, TYPE_A, 60, BYTES("\1\2\3\4"));
	add(&a.authority, "\7example", TYPE_NS, 60, BYTES("\2ns\7example\0"));
	add(&a.authority, "\7example", TYPE_SOA, 60, BYTES(SOA));
	add(&a.additional, "\2ns\7example", TYPE_A, 60, BYTES("\1\2\3\4"));
	render(512, true);
	assert_int_equal(ANCOUNT, 1);
	assert_int_equal(NSCOUNT, 1);
	assert_int_equal(ARCOUNT, 0);
	render(512, false);
	assert_int_equal(ANCOUNT, 1);
	assert_int_equal(NSCOUNT, 2);
	assert_int_equal(ARCOUNT, 1);
}

static void
sets_are_whole_or_not_there_at_every_size(void **state)
{
	static struct rdata many[] = { { 4, NAME("1111") }, { 4, NAME("2222") },
		{ 4, NAME("3333") } };
	struct rrset *set;
	size_t whole;

	(void)state;
	add(&a.answer, WWW, TYPE_CNAME, 300, BYTES("\3cdn\7example\0"));
	set = add(&a.answer, "\3cdn\7example", TYPE_A, 60, BYTES("\1\2\3\4"));
	set->rdata = many;
	set->count = COUNT(many);
	add(&a.authority, "\7example", TYPE_SOA, 60, BYTES(SOA));
	add(&a.additional, "\1x", TYPE_A, 60, BYTES("\1\2\3\4"));
	render(512, false);
	whole = r.len;
	for (size_t cap = 0; cap <= whole; cap++) {
		struct msg m;

		if (answer_render(&a, &q, cap, false, out, &r) != ERR_OK) {
			assert_true(cap < 29);
			continue;
		}
		assert_true(r.len <= cap);
		assert_true(ANCOUNT == 0 || ANCOUNT == 1 || ANCOUNT == 4);
		/* 29 + 18 + 3 x 16 + 38 bytes without the additional set */
		assert_int_equal(r.truncated, cap < 133);
		assert_int_equal((FLAGS & FLAG_TC) != 0, r.truncated);
		assert_int_equal(r.ttl_count, ANCOUNT + NSCOUNT + ARCOUNT);
		assert_int_equal(msg_parse(arena, out, r.len, &m), ERR_OK);
	}
	assert_int_equal(ARCOUNT, 1);
}

static void
what_falls_out_leaves_no_names_behind(void **state)
{
	struct msg m;

	(void)state;
	/* "long" is written, does not fit, and must not be pointed to by the next. */
	add(&a.additional, "\3www\4long", TYPE_TXT, 60,
	    BYTES("\37aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	add(&a.additional, "\1x\4long", TYPE_A, 60, BYTES("\1\2\3\4"));
	render(29 + 25, false);
	assert_int_equal(ARCOUNT, 1);
	assert_false(r.truncated);
	assert_int_equal(msg_parse(arena, out, r.len, &m), ERR_OK);
	assert_true(dname_equal(m.additional->owner, NAME("\1x\4long")));
}

static void
more_ttls_than_are_remembered_are_none(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ANSWER_TTLS_MAX; i++)
		add(&a.additional, "", TYPE_A, 1, BYTES("\1\2\3\4"));
	render(MSG_MAX, false);
	assert_int_equal(r.ttl_count, ANSWER_TTLS_MAX);
	add(&a.additional, "", TYPE_A, 1, BYTES("\1\2\3\4"));
	render(MSG_MAX, false);
	assert_int_equal(ARCOUNT, ANSWER_TTLS_MAX + 1);
	assert_int_equal(r.ttl_count, 0);
}

static void
an_error_is_header_and_question(void **state)
{
	(void)state;
	assert_bytes(out, answer_error(&q, RCODE_REFUSED, 0, out, 512),
	    "\x12\x34\x81\x85\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\1\0\1");
	assert_bytes(out, answer_error(&q, RCODE_NOERROR, FLAG_TC, out, 512),
	    "\x12\x34\x83\x80\0\1\0\0\0\0\0\0\3wWw\7eXample\0\0\1\0\1");
	assert_int_equal(answer_error(&q, RCODE_REFUSED, 0, out, 28), 0);
	/* Another opcode is repeated (RFC 1035 4.1.1), without a question. */
	assert_int_equal(
	    question_parse(BYTES("\x12\x34\x21\0\0\1\0\0\0\0\0\0\0\0\1\0\1"), &q),
	    QUESTION_NOTIMP);
	assert_bytes(out, answer_error(&q, RCODE_NOTIMP, 0, out, 512),
	    "\x12\x34\xa1\x84\0\0\0\0\0\0\0\0");
	assert_int_equal(answer_error(&q, RCODE_NOTIMP, 0, out, 11), 0);
}

static void
opt_is_appended_for_those_who_sent_one(void **state)
{
	struct edns_out opt = { .udp_size = 1232,
		.ede_code = EDE_BLOCKED,
		.keepalive_100ms = -1,
		.rcode_high = 1 };
	size_t len;

	(void)state;
	render(512, true);
	assert_int_equal(answer_add_opt(&q, &opt, out, r.len, 512), r.len);
	assert_int_equal(ARCOUNT, 0);
	ask(BYTES(QUERY_DO("\1\0", "\1")));
	render(512, true);
	assert_int_equal(answer_add_opt(&q, &opt, out, r.len, r.len + 10), r.len);
	assert_int_equal(ARCOUNT, 0);
	len = answer_add_opt(&q, &opt, out, r.len, 512);
	assert_int_equal(ARCOUNT, 1);
	assert_bytes(out + r.len, len - r.len, "\0\0\51\4\320\1\0\0\0\0\6\0\17\0\2\0\17");
}

static void
a_cached_answer_becomes_this_clients(void **state)
{
	(void)state;
	ask(BYTES(QUERY_DO("\1\0", "\1")));
	a.security = SECURITY_SECURE;
	add(&a.answer, WWW, TYPE_A, 60, BYTES("\1\2\3\4"));
	render(512, true);
	ask(BYTES("\xab\xcd\0\20\0\1\0\0\0\0\0\0\3WWW\7example\0\0\1\0\1"));
	answer_personalise(out, r.len, &q);
	assert_bytes(out, r.len,
	    "\xab\xcd\x80\x90\0\1\0\1\0\0\0\0\3WWW\7example\0\0\1\0\1"
	    "\300\14\0\1\0\1\0\0\0\74\0\4\1\2\3\4");
	/* AD went, for this client asked for it neither by AD nor by DO. */
	render(512, true);
	ask(BYTES(QUERY("\1\40", "\1")));
	answer_personalise(out, r.len, &q);
	assert_int_equal(FLAGS, FLAG_QR | FLAG_RD | FLAG_RA | FLAG_AD);
	/* Too short to be an answer to this question: untouched. */
	memset(out, 0xee, sizeof(out));
	answer_personalise(out, 12, &q);
	assert_int_equal(out[0], 0xee);
}

static void
sets_of_other_classes_are_not_compressed(void **state)
{
	struct rrset *set;

	(void)state;
	set = add(&a.answer, WWW, TYPE_NS, 60, BYTES("\7example\0"));
	set->class = CLASS_CH;
	render(512, true);
	assert_int_equal(r.len, 29 + 12 + 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_fresh_answer_is_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    names_are_compressed_against_the_clients_spelling, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    flags_tell_what_the_answer_is, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    signatures_and_proofs_are_for_those_who_set_do, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_minimal_answer_has_the_soa_and_nothing_more, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    sets_are_whole_or_not_there_at_every_size, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_falls_out_leaves_no_names_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    more_ttls_than_are_remembered_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_error_is_header_and_question, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    opt_is_appended_for_those_who_sent_one, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_cached_answer_becomes_this_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    sets_of_other_classes_are_not_compressed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
