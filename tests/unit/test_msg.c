#include "tests/unit/bytes.h"

#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/msg.h"
#include "resolver/wire/writer.h"

/* Header of id 0x1234; counts are one byte each. */
#define HEADER(flags, qd, an, ns, ar) "\x12\x34" flags "\0" qd "\0" an "\0" ns "\0" ar
#define WWW                                                                              \
	"\3wWw\7eXample\3com\0\0\1\0\1" /* the name at 12, example.com at 16, com at 24  \
					 */
#define AA		       "\x84\0"
#define TTL_300		       "\0\0\1\54"
#define A(owner, ttl, address) owner "\0\1\0\1" ttl "\0\4" address
/* 18 bytes of RRSIG before the signer, who is example.com, and a signature of one byte.
 */
#define RRSIG(owner, type, ttl, sig)                                                     \
	owner "\0\56\0\1" ttl "\0\40\0" type                                             \
	      "\15\3\0\0\1\54eeeeiiiigg\7example\3com\0" sig

static struct arena *arena;
static struct msg m;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum err
parse(const uint8_t *bytes, size_t len)
{
	memset(&m, 0xee, sizeof(m));
	return msg_parse(arena, bytes, len, &m);
}

static unsigned
list_length(const struct rrset *list)
{
	unsigned n = 0;

	for (; list != NULL; list = list->next)
		n++;
	return n;
}

static void
an_answer_with_a_cname_is_taken_apart(void **state)
{
	struct rrset *cname, *a;

	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\3", "\0", "\1") WWW
		"\300\14\0\5\0\1" TTL_300 "\0\6\3CDN\300\20" A(
		    "\3cdn\300\20", "\0\0\0\74", "\1\2\3\4") A("\3cdn\300\20",
		    "\0\0\0\12", "\1\2\3\5") "\0\0\51\4\320\0\0\0\0\0\6\0\17\0\2\0\3")),
	    ERR_OK);
	assert_int_equal(m.id, 0x1234);
	assert_int_equal(m.flags, FLAG_QR | FLAG_AA);
	assert_int_equal(m.rcode, RCODE_NOERROR);
	assert_true(m.has_question);
	assert_int_equal(m.qtype, TYPE_A);
	assert_int_equal(m.qclass, CLASS_IN);
	assert_memory_equal(m.qname, "\3www\7example\3com", 17);
	assert_int_equal(m.records, 4);
	assert_false(m.surplus);
	assert_int_equal(list_length(m.answer), 2);
	assert_null(m.authority);
	assert_null(m.additional);
	cname = m.answer;
	a = cname->next;
	assert_int_equal(cname->type, TYPE_CNAME);
	assert_int_equal(cname->ttl_sec, 300);
	assert_memory_equal(cname->owner, "\3www\7example\3com", 17);
	/* Rdata keeps the case of the name, in its pieces. */
	assert_bytes(cname->rdata[0].bytes, cname->rdata[0].len, "\3CDN\7eXample\3com\0");
	assert_int_equal(a->count, 2);
	assert_int_equal(a->ttl_sec, 10); /* the smallest */
	assert_memory_equal(a->owner, "\3cdn\7example\3com", 17);
	assert_bytes(a->rdata[1].bytes, a->rdata[1].len, "\1\2\3\5");
	assert_true(m.edns.present);
	assert_int_equal(m.edns.ede_code, EDE_STALE_ANSWER);
}

static void
a_referral_has_its_sections_apart(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER("\x80\0", "\1", "\0", "\2", "\2") WWW
		"\300\20\0\2\0\1" TTL_300 "\0\5\2ns\300\20"
		"\300\20\0\2\0\1" TTL_300 "\0\11\2ns\3net\0\0" A("\2ns\300\20", TTL_300,
		    "\1\2\3\4") "\2ns\300\20\0\34\0\1" TTL_300 "\0\0200123456789abcdef")),
	    ERR_MALFORMED);
	assert_int_equal(
	    parse(BYTES(HEADER("\x80\0", "\1", "\0", "\2", "\2") WWW
		"\300\20\0\2\0\1" TTL_300 "\0\5\2ns\300\20"
		"\300\20\0\2\0\1" TTL_300 "\0\10\2ns\3net\0" A("\2ns\300\20", TTL_300,
		    "\1\2\3\4") "\2ns\300\20\0\34\0\1" TTL_300 "\0\0200123456789abcdef")),
	    ERR_OK);
	assert_null(m.answer);
	assert_int_equal(list_length(m.authority), 1);
	assert_int_equal(m.authority->count, 2);
	assert_int_equal(list_length(m.additional), 2);
	assert_int_equal(m.additional->next->type, TYPE_AAAA);
	assert_false(m.edns.present);
}

static void
the_same_set_in_two_sections_stays_two(void **state)
{
	(void)state;
	assert_int_equal(parse(BYTES(HEADER(AA, "\1", "\1", "\0", "\1") WWW A("\300\14",
			     TTL_300, "\1\2\3\4") A("\300\14", TTL_300, "\1\2\3\4"))),
	    ERR_OK);
	assert_int_equal(m.answer->count, 1);
	assert_int_equal(m.additional->count, 1);
}

static void
duplicates_fall_out_and_interleaved_sets_come_together(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\7", "\0", "\0") WWW A("\300\14", TTL_300,
		"\1\2\3\4") "\300\14\0\20\0\1" TTL_300 "\0\2\1x" A("\3WWW\300\20",
		TTL_300, "\1\2\3\5") A("\300\14", "\0\0\0\5",
		"\1\2\3\4") "\300\14\0\20\0\1" TTL_300 "\0\2\1X"
			    "\300\20\0\2\0\1" TTL_300 "\0\3\1n\0"
			    "\300\20\0\2\0\1" TTL_300 "\0\3\1N\0")),
	    ERR_OK);
	assert_int_equal(list_length(m.answer), 3);
	assert_int_equal(m.answer->count, 2);
	assert_int_equal(m.answer->ttl_sec, 5); /* a duplicate's TTL counts */
	assert_int_equal(m.answer->next->type, TYPE_TXT);
	assert_int_equal(m.answer->next->count, 2);	  /* text has case */
	assert_int_equal(m.answer->next->next->count, 1); /* names have none */
	assert_int_equal(m.records, 7);
}

static void
a_ttl_with_the_top_bit_is_none(void **state)
{
	(void)state;
	assert_int_equal(parse(BYTES(HEADER(AA, "\1", "\1", "\0", "\0")
				 WWW A("\300\14", "\x80\0\0\1", "\1\2\3\4"))),
	    ERR_OK);
	assert_int_equal(m.answer->ttl_sec, 0);
	assert_int_equal(parse(BYTES(HEADER(AA, "\1", "\1", "\0", "\0")
				 WWW A("\300\14", "\x7f\xff\xff\xff", "\1\2\3\4"))),
	    ERR_OK);
	assert_int_equal(m.answer->ttl_sec, INT32_MAX);
}

static void
signatures_stand_beside_what_they_cover(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\6", "\2", "\0")
		    WWW RRSIG("\300\14", "\1", TTL_300, "1") /* before its set */
		A("\300\14", TTL_300, "\1\2\3\4") RRSIG("\300\14", "\1", "\0\0\0\11", "2")
		    RRSIG("\300\14", "\1", TTL_300, "2") /* a duplicate */
		RRSIG("\300\14", "\34", TTL_300, "3")	 /* covers nothing */
		RRSIG("\300\20", "\1", TTL_300, "4")	 /* nor this, of another owner */
		"\300\20\0\6\0\1" TTL_300
		"\0\30\1m\0\1\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5" RRSIG(
		    "\300\14", "\1", TTL_300, "5"))),
	    ERR_MALFORMED);
	arena_reset(arena);
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\6", "\2", "\0") WWW RRSIG("\300\14", "\1",
		TTL_300, "1") A("\300\14", TTL_300, "\1\2\3\4") RRSIG("\300\14", "\1",
		"\0\0\0\11", "2") RRSIG("\300\14", "\1", TTL_300, "2")
		    RRSIG("\300\14", "\34", TTL_300, "3") RRSIG("\300\20", "\1", TTL_300,
			"4") "\300\20\0\6\0\1" TTL_300
			     "\0\30\1m\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5" RRSIG(
				 "\300\14", "\1", TTL_300, "5"))),
	    ERR_OK);
	assert_int_equal(list_length(m.answer), 1);
	assert_int_equal(m.answer->count, 1);
	assert_int_equal(m.answer->sig_count, 2);
	assert_int_equal(m.answer->sigs[0].len, 32);
	assert_int_equal(m.answer->sigs[0].bytes[31], '1');
	assert_int_equal(m.answer->sigs[1].bytes[31], '2');
	assert_int_equal(m.answer->ttl_sec, 9);
	/* The answer section's set is not the authority section's. */
	assert_int_equal(list_length(m.authority), 1);
	assert_int_equal(m.authority->sig_count, 0);
	assert_false(m.surplus);
}

/* example.com NSEC a.example.com: of com, with NS and DS; and of itself, with NS and SOA.
 */
#define NSEC_ABOVE   "\300\20\0\57\0\1" TTL_300 "\0\27\1a\7example\3com\0\0\6\40\0\0\0\0\20"
#define NSEC_OF_APEX "\300\20\0\57\0\1" TTL_300 "\0\22\1b\7example\3com\0\0\1\42"
#define RRSIG_ABOVE                                                                      \
	"\300\20\0\56\0\1" TTL_300 "\0\30\0\57\15\2\0\0\1\54eeeeiiiigg\3com\0A"

static void
the_two_sides_of_a_cut_have_an_nsec_set_each(void **state)
{
	const struct rrset *above, *apex;

	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\0", "\5", "\0") WWW RRSIG("\300\20", "\57",
		TTL_300, "1") NSEC_ABOVE NSEC_OF_APEX RRSIG_ABOVE NSEC_ABOVE)),
	    ERR_OK);
	assert_int_equal(list_length(m.authority), 2);
	above = m.authority;
	apex = above->next;
	assert_int_equal(above->count, 1);
	assert_int_equal(above->rdata[0].bytes[1], 'a');
	assert_int_equal(above->sig_count, 1);
	assert_int_equal(above->sigs[0].bytes[23], 'A');
	assert_int_equal(apex->count, 1);
	assert_int_equal(apex->rdata[0].bytes[1], 'b');
	assert_int_equal(apex->sig_count, 1);
	assert_int_equal(apex->sigs[0].bytes[31], '1');
	/* Alone, it gets the signatures that there are. */
	arena_reset(arena);
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\0", "\2", "\0") WWW NSEC_OF_APEX RRSIG_ABOVE)),
	    ERR_OK);
	assert_int_equal(list_length(m.authority), 1);
	assert_int_equal(m.authority->sig_count, 1);
}

/* A reply with ${count} records written by ${put}, in the answer section. */
static size_t
many(uint8_t *out, size_t cap, unsigned count, void (*put)(struct writer *, unsigned))
{
	struct writer w;

	writer_init(&w, out, cap);
	writer_bytes(&w, HEADER(AA, "\1", "\0", "\0", "\0") WWW, 12 + 21);
	writer_put_u16(&w, 6, (uint16_t)count);
	for (unsigned i = 0; i < count; i++)
		put(&w, i);
	assert_false(w.failed);
	return w.pos;
}

static void
put_address(struct writer *w, unsigned i)
{
	writer_bytes(w, "\300\14\0\1\0\1" TTL_300 "\0\4", 12);
	writer_u32(w, i);
}

static void
put_own_set(struct writer *w, unsigned i)
{
	writer_u8(w, 2);
	writer_u8(w, (uint8_t)(i % 60)); /* below the letters, which have two cases */
	writer_u8(w, (uint8_t)(i / 60));
	writer_bytes(w, "\300\20\0\1\0\1" TTL_300 "\0\4abcd", 16);
}

static void
put_signature(struct writer *w, unsigned i)
{
	if (i == 0) {
		put_address(w, i);
		return;
	}
	writer_bytes(w, RRSIG("\300\14", "\1", TTL_300, ""), 12 + 31);
	writer_u8(w, (uint8_t)i);
}

static void
a_set_is_cut_at_its_bounds(void **state)
{
	static uint8_t bytes[MSG_MAX];

	(void)state;
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), 100, put_address)), ERR_OK);
	assert_int_equal(m.answer->count, 100);
	assert_false(m.surplus || m.answer->cut);
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), 101, put_address)), ERR_OK);
	assert_int_equal(m.answer->count, 100);
	assert_int_equal(m.answer->rdata[99].bytes[3], 99);
	assert_true(m.surplus && m.answer->cut);
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), 9, put_signature)), ERR_OK);
	assert_int_equal(m.answer->sig_count, 8);
	assert_false(m.surplus);
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), 10, put_signature)), ERR_OK);
	assert_int_equal(m.answer->sig_count, 8);
	assert_true(m.surplus && !m.answer->cut);
}

static void
put_name_server(struct writer *w, unsigned i)
{
	/* Each of twelve name servers again and again, in one case and the other. */
	writer_bytes(w, "\300\14\0\2\0\1" TTL_300 "\0\5\2", 13);
	writer_u8(w, i / 12 % 2 ? 'N' : 'n');
	writer_u8(w, (uint8_t)('0' + i % 12));
	writer_bytes(w, "\300\20", 2);
}

static void
duplicates_fall_out_of_large_sets_too(void **state)
{
	static uint8_t bytes[MSG_MAX];

	(void)state;
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), 500, put_name_server)), ERR_OK);
	assert_int_equal(m.answer->count, 12);
	assert_false(m.surplus);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(m.answer->rdata[i].bytes[2], '0' + i);
}

static void
too_many_records_are_hostile(void **state)
{
	static uint8_t bytes[MSG_MAX];

	(void)state;
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), MSG_RECORDS_MAX, put_own_set)),
	    ERR_OK);
	assert_int_equal(list_length(m.answer), MSG_RECORDS_MAX);
	assert_int_equal(
	    parse(bytes, many(bytes, sizeof(bytes), MSG_RECORDS_MAX + 1, put_own_set)),
	    ERR_LIMIT);
	assert_int_equal(m.id, 0x1234);
}

static void
the_arenas_limit_ends_it_wherever_that_is(void **state)
{
	static const char bytes[] =
	    HEADER(AA, "\1", "\3", "\0", "\0") WWW RRSIG("\300\14", "\1", TTL_300, "1")
		A("\300\14", TTL_300, "\1\2\3\4") A("\300\14", TTL_300, "\1\2\3\5");
	size_t needed;

	(void)state;
	assert_int_equal(parse(BYTES(bytes)), ERR_OK);
	needed = arena_used(arena);
	for (size_t limit = 0; limit <= needed; limit += 16) {
		struct arena *small = arena_new(limit);

		assert_int_equal(msg_parse(small, BYTES(bytes), &m),
		    limit < needed ? ERR_NOMEM : ERR_OK);
		arena_free(small);
	}
}

static void
a_cut_message_is_malformed_without_tc(void **state)
{
	static const char bytes[] = HEADER(AA, "\1", "\1", "\1", "\1")
	    WWW A("\300\14", TTL_300, "\1\2\3\4") "\300\20\0\2\0\1" TTL_300 "\0\3\1n\0" A(
		"\1n\0", TTL_300, "\1\2\3\4");

	(void)state;
	for (size_t len = 0; len < sizeof(bytes) - 1; len++)
		assert_int_equal(parse((const uint8_t *)bytes, len), ERR_MALFORMED);
	assert_int_equal(parse(BYTES(bytes)), ERR_OK);
}

static void
with_tc_what_is_whole_is_returned(void **state)
{
	static const char bytes[] =
	    HEADER("\x86\0", "\1", "\2", "\0", "\1") WWW A("\300\14", TTL_300, "\1\2\3\4")
		A("\300\14", TTL_300, "\1\2\3\5") "\0\0\51\4\320\0\0\0\0\0\0";
	const size_t head = 12 + 21;

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes) - 1; len++) {
		size_t whole = len < head + 16 ? 0 : len < head + 32 ? 1 : 2;

		assert_int_equal(parse((const uint8_t *)bytes, len),
		    len < head ? ERR_MALFORMED : ERR_OK);
		if (len < head)
			continue;
		assert_int_equal(m.answer == NULL ? 0 : m.answer->count, whole);
		assert_int_equal(m.edns.present, len == sizeof(bytes) - 1);
	}
	/* What lies whole in the message has to be right, TC or not. */
	assert_int_equal(parse(BYTES(HEADER("\x86\0", "\1", "\2", "\0", "\0") WWW
			     "\300\14\0\1\0\1" TTL_300 "\0\3abc"
			     "\300\14")),
	    ERR_MALFORMED);
}

static void
malformed_replies_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
#define CASE(literal) { literal, sizeof(literal) - 1 }
		CASE("\x12\x34\x84"),
		CASE(HEADER(AA, "\2", "\0", "\0", "\0") WWW WWW),
		CASE(HEADER(AA, "\1", "\0", "\0", "\0") "\300\14\0\1\0\1"),
		CASE(HEADER(AA, "\1", "\1", "\0", "\0")
			WWW A("\300\41", TTL_300, "abcd")), /* to itself */
		CASE(HEADER(AA, "\1", "\1", "\0", "\0")
			WWW A("\300\377", TTL_300, "abcd")),
		CASE(HEADER(AA, "\1", "\1", "\0", "\0") WWW "\300\14\0\1\0\1" TTL_300
							    "\0\5abcd"),
		CASE(HEADER(AA, "\1", "\1", "\0", "\0") WWW "\300\14\0\1\0\1" TTL_300
							    "\0\3abc"),
		CASE(HEADER(AA, "\1", "\1", "\0", "\0") WWW "\300\14\0\5\0\1" TTL_300
							    "\0\2\300\55"),
		CASE(HEADER(AA, "\1", "\1", "\0", "\0") WWW "\300\14\0\5\0\1" TTL_300
							    "\0\3\300\14x"),
		/* A name that would reach into the next record. */
		CASE(HEADER(AA, "\1", "\2", "\0", "\0") WWW
		    "\300\14\0\5\0\1" TTL_300 "\0\1\3" A("\0", TTL_300, "abcd")),
		/* OPT: twice, of another owner, elsewhere, broken */
		CASE(HEADER(AA, "\1", "\0", "\0", "\2") WWW
		    "\0\0\51\4\320\0\0\0\0\0\0\0\0\51\4\320\0\0\0\0\0\0"),
		CASE(HEADER(AA, "\1", "\0", "\0", "\1") WWW
		    "\1x\0\0\51\4\320\0\0\0\0\0\0"),
		CASE(HEADER(AA, "\1", "\1", "\0", "\0") WWW "\0\0\51\4\320\0\0\0\0\0\0"),
		CASE(HEADER(AA, "\1", "\0", "\1", "\0") WWW "\0\0\51\4\320\0\0\0\0\0\0"),
		CASE(HEADER(AA, "\1", "\0", "\0", "\1") WWW "\0\0\51\4\320\0\0\0\0\0\1x"),
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		if (parse((const uint8_t *)cases[i].bytes, cases[i].len) != ERR_MALFORMED)
			fail_msg("case %u is not refused", i);
	}
}

static void
replies_without_a_question_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse(BYTES(HEADER("\x80\1", "\0", "\0", "\0", "\0"))), ERR_OK);
	assert_int_equal(m.rcode, RCODE_FORMERR);
	assert_false(m.has_question);
	assert_null(m.qname);
}

static void
the_rcode_has_twelve_bits_with_edns(void **state)
{
	(void)state;
	assert_int_equal(parse(BYTES(HEADER("\x80\7", "\1", "\0", "\0", "\1") WWW
			     "\0\0\51\4\320\1\0\0\0\0\0")),
	    ERR_OK);
	assert_int_equal(m.rcode, RCODE_BADCOOKIE);
	/* The top bit of an OPT's TTL is the RCODE's, no TTL that is too long. */
	assert_int_equal(parse(BYTES(HEADER("\x80\0", "\1", "\0", "\0", "\1") WWW
			     "\0\0\51\4\320\377\0\200\0\0\0")),
	    ERR_OK);
	assert_int_equal(m.rcode, 0xff0);
	assert_true(m.edns.dnssec_ok);
}

static void
meta_types_and_other_classes_harm_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(BYTES(HEADER(AA, "\1", "\3", "\0", "\1") WWW
			     "\300\14\0\377\0\1" TTL_300 "\0\2xy"
			     "\300\14\0\1\0\3" TTL_300 "\0\7oh-yes!" A("\300\14", TTL_300,
				 "abcd") "\3key\0\0\372\0\377\0\0\0\0\0\4tsig")),
	    ERR_OK);
	assert_int_equal(list_length(m.answer), 2);
	assert_int_equal(m.answer->class, CLASS_CH);
	assert_bytes(m.answer->rdata[0].bytes, m.answer->rdata[0].len, "oh-yes!");
	assert_int_equal(m.answer->next->class, CLASS_IN);
	assert_null(m.additional);
	assert_int_equal(m.records, 4);
}

static void
bytes_behind_the_counted_records_are_nobodys(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(BYTES(HEADER(AA, "\1", "\0", "\0", "\0") WWW "junk")), ERR_OK);
	assert_int_equal(m.records, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    an_answer_with_a_cname_is_taken_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_referral_has_its_sections_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_same_set_in_two_sections_stays_two, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    duplicates_fall_out_and_interleaved_sets_come_together, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_ttl_with_the_top_bit_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    signatures_stand_beside_what_they_cover, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_two_sides_of_a_cut_have_an_nsec_set_each, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_set_is_cut_at_its_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    duplicates_fall_out_of_large_sets_too, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    too_many_records_are_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_arenas_limit_ends_it_wherever_that_is, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_cut_message_is_malformed_without_tc, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    with_tc_what_is_whole_is_returned, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    malformed_replies_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    replies_without_a_question_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_rcode_has_twelve_bits_with_edns, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    meta_types_and_other_classes_harm_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    bytes_behind_the_counted_records_are_nobodys, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
