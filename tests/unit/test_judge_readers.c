#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/judge/format.h"
#include "resolver/judge/when.h"

/* Lines as the programs write them, and what is read of them. */

/* When a log was last written: 2026-11-22T09:00:00Z. */
#define FILE_MS INT64_C(1795338000000)

struct fixture {
	struct reader reader;
	struct record record;
	char line[2048];
};

static enum read_result
read_one(struct fixture *f, const struct format *format, const char *line)
{
	snprintf(f->line, sizeof(f->line), "%s", line);
	memset(&f->record, 0, sizeof(f->record));
	return format->read(&f->reader, f->line, strlen(f->line), &f->record);
}

static void
expect(const struct fixture *f, const char *client, const char *name, unsigned type)
{
	char text[DNAME_TEXT_MAX];

	assert_string_equal(addr_to_text(&f->record.client, text), client);
	assert_string_equal(dname_to_text(f->record.qname.bytes, text), name);
	assert_int_equal(f->record.qtype, type);
}

static int64_t
time_of(const char *text)
{
	int64_t ms = -1;

	return when_read(text, FILE_MS, &ms) == NULL ? -1 : ms;
}

static void
times_of_every_log_are_read(void **state)
{
	const int64_t moment = INT64_C(1795335330000); /* 2026-11-22T08:15:30Z */

	(void)state;
	assert_int_equal(time_of("1795335330.123"), moment + 123);
	assert_int_equal(time_of("2026-11-22T08:15:30Z x"), moment);
	assert_int_equal(time_of("2026-11-22T09:15:30.5+01:00"), moment + 500);
	assert_int_equal(time_of("2026-11-22T03:15:30-05:00"), moment);
	assert_int_equal(time_of("2026-11-22 08:15:30,007"), moment + 7);
	assert_int_equal(time_of("22-Nov-2026 08:15:30.250"), moment + 250);
	assert_int_equal(time_of("Nov 22 08:15:30 host"), moment);
	assert_int_equal(
	    time_of("Nov  2 08:15:30 host"), moment - INT64_C(20) * 86400000);
	assert_int_equal(time_of("2024-02-29T00:00:00Z"), INT64_C(1709164800000));
}

static void
what_is_no_time_is_told(void **state)
{
	(void)state;
	assert_int_equal(time_of(""), -1);
	assert_int_equal(time_of("Foo 22 08:15:30"), -1);
	assert_int_equal(time_of("Nov 42 08:15:30"), -1);
	assert_int_equal(time_of("2026-13-01T00:00:00Z"), 2026000); /* seconds, then */
	assert_int_equal(time_of("-5"), -1);
	assert_int_equal(time_of("99999999999999999999"), -1);
}

static void
the_table_form_is_read_with_its_answer(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(
	    read_one(&f, &format_table,
		"1700000000.25\t10.0.0.1\tWww.example.com\tA\t0\t8\t300\tudp\t"
		"benign\t2\tdeadbeef\t192.0.2.1\t12\t192.0.2.53"),
	    READ_RECORD);
	expect(&f, "10.0.0.1", "www.example.com", TYPE_A);
	assert_int_equal(f.record.wall_ms, INT64_C(1700000000250));
	assert_int_equal(f.record.answer.address_count, 2);
	assert_int_equal(f.record.answer.rdata_bytes, 0);
	assert_int_equal(f.record.answer.piece_count, 2);
	assert_int_equal(f.record.answer.ttl_min_sec, 300);
	assert_int_equal(f.record.answer.rdata_hash, 0xdeadbeef);
	assert_int_equal(f.record.answer.authority.port, 53);
	assert_true(f.record.payload_bytes == 12);
	assert_string_equal(f.record.label, "benign");
}

static void
what_the_table_does_not_know_is_a_dash(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(
	    read_one(&f, &format_table,
		"5\t2001:db8::1\ta\\.b.example\tTXT\t-\t-\t-\t-\t-\t-\t-\t-"),
	    READ_RECORD);
	expect(&f, "2001:db8::1", "a\\.b.example", TYPE_TXT);
	assert_false(f.record.ttl_known);
	assert_string_equal(f.record.label, "");
	assert_int_equal(read_one(&f, &format_table, "5\t10.0.0.1\texample"), READ_BAD);
	assert_int_equal(
	    read_one(&f, &format_table, "5\t10.0.0.300\ta\tA\t-\t-\t-\t-\t-\t-\t-\t-"),
	    READ_BAD);
}

static void
names_are_read_as_everywhere_else(void **state)
{
	char label63[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char long_name[300], too_long[80];
	const char *names[] = { ".", "", "a", "A.b.", "a..b", ".a", "a\\.b", "a.b..",
		"_x.example", label63, too_long, long_name };

	(void)state;
	snprintf(too_long, sizeof(too_long), "%sa.b", label63);
	for (size_t len = 245; len < 260; len++) {
		memset(long_name, 'b', len);
		for (size_t i = 9; i < len; i += 10)
			long_name[i] = '.';
		long_name[len] = '\0';
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct record r = { 0 };
			struct dname want;
			bool good = dname_from_text(names[i], &want) == ERR_OK;

			assert_int_equal(record_name(&r, names[i]), good);
			if (!good)
				continue;
			assert_int_equal(r.qname.len, want.len);
			assert_memory_equal(r.qname.bytes, want.bytes, want.len);
		}
	}
}

static void
zeek_columns_are_found_by_their_names(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_zeek, "#separator \\x09"), READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_zeek, "1.0\tC1\t10.0.0.1\t9\texample.com"), READ_BAD);
	assert_int_equal(
	    read_one(&f, &format_zeek,
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t"
		"trans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\t"
		"rcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected"),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_zeek,
		"1521911721.255387\tCHb\t10.0.0.7\t41235\t192.0.2.53\t53\tudp\t7\t0.1\t"
		"a\\xffb.example.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\t"
		"w.example.com,192.0.2.9\t60.000000,30.000000\tF"),
	    READ_RECORD);
	expect(&f, "10.0.0.7", "a\\255b.example.com", TYPE_A);
	assert_int_equal(f.record.answer.ttl_min_sec, 30);
	assert_int_equal(f.record.answer.address_count, 1);
	assert_int_equal(f.record.answer.rdata_bytes, 13);
	assert_int_equal(f.record.wall_ms, INT64_C(1521911721255));
}

static void
zeek_json_is_read(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(read_one(&f, &format_zeek,
			     "{\"ts\":1521911721.25,\"id.orig_h\":\"10.0.0.7\",\"query\":"
			     "\"x.example\","
			     "\"qtype\":16,\"qtype_name\":\"TXT\",\"rcode\":3,"
			     "\"answers\":[\"TXT 3 abc\"]"
			     ",\"TTLs\":[5.0]}"),
	    READ_RECORD);
	expect(&f, "10.0.0.7", "x.example", TYPE_TXT);
	assert_int_equal(f.record.answer.rcode, 3);
	assert_int_equal(f.record.answer.rdata_bytes, 3);
	assert_int_equal(read_one(&f, &format_zeek,
			     "{\"ts\":\"2026-11-22T08:15:30Z\",\"id.orig_h\":"
			     "\"10.0.0.7\",\"query\":\"x.example\",\"qtype\":1}"),
	    READ_RECORD);
	assert_int_equal(f.record.wall_ms, INT64_C(1795335330000));
	assert_int_equal(read_one(&f, &format_zeek, "{\"ts\":1}"), READ_BAD);
	assert_int_equal(read_one(&f, &format_zeek, "{"), READ_BAD);
	assert_int_equal(
	    read_one(&f, &format_zeek, "{\"ts\":1,\"id.orig_h\":\"10.0.0.7\"}"),
	    READ_SKIP);
}

static void
queries_of_bind_are_read_in_every_dress(void **state)
{
	static const char *const lines[] = {
		"22-Nov-2026 08:15:30.250 queries: info: client @0x7f3c9c0 "
		"192.0.2.1#53321 "
		"(example.com): query: example.com IN A +E(0)K (10.0.0.1)",
		"22-Nov-2026 08:15:30.250 client @0x7f3c9c0 192.0.2.1#53321 "
		"(example.com): "
		"view internal: query: example.com IN A + (10.0.0.1)",
		"2026-11-22T08:15:30.250Z client 192.0.2.1#53321 (example.com): query: "
		"example.com IN A -",
		"Nov 22 08:15:30 ns named[77]: client @0x7f3c9c0 192.0.2.1#53321 "
		"(example.com): query: example.com IN A +E(0)K (10.0.0.1)",
	};
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(read_one(&f, &format_bind, lines[i]), READ_RECORD);
		expect(&f, "192.0.2.1", "example.com", TYPE_A);
		assert_int_equal(f.record.parts, RECORD_QUESTION);
		assert_int_equal(f.record.wall_ms / 1000, 1795335330);
	}
	assert_int_equal(
	    read_one(&f, &format_bind, "Nov 22 08:15:30 ns named[77]: all zones loaded"),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_bind,
		"22-Nov-2026 08:15:30.250 client 192.0.2.1#1: query: x CH TXT"),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_bind, "22-Nov-2026 08:15:30 client x: query: a IN A"),
	    READ_BAD);
	assert_int_equal(read_one(&f, &format_bind, "nonsense"), READ_BAD);
}

static void
a_reply_of_unbound_completes_its_question(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	/* Replies alone are both. */
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"[1700000000] unbound[42:0] info: 192.0.2.1 example.com. A IN "
		"NOERROR 0.012345 0 56"),
	    READ_RECORD);
	expect(&f, "192.0.2.1", "example.com", TYPE_A);
	assert_int_equal(f.record.parts, RECORD_QUESTION | RECORD_ANSWER);
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"[1700000000] unbound[42:0] query: 192.0.2.1 example.com. A IN"),
	    READ_RECORD);
	assert_int_equal(f.record.parts, RECORD_QUESTION);
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"[1700000000] unbound[42:0] reply: 192.0.2.1 example.com. TXT IN "
		"NXDOMAIN 0.000000 1 400"),
	    READ_RECORD);
	assert_int_equal(f.record.parts, RECORD_ANSWER);
	assert_int_equal(f.record.answer.rcode, RCODE_NXDOMAIN);
	assert_true(f.record.answer.rdata_bytes > 300);
}

static void
other_times_and_messages_of_unbound(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_unbound,
			     "Nov 22 08:15:30 ns unbound[42]: [42:0] info: 2001:db8::1 "
			     "example.com. AAAA IN"),
	    READ_RECORD);
	expect(&f, "2001:db8::1", "example.com", TYPE_AAAA);
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"2026-11-22T08:15:30.123+00:00 unbound[42:0] info: 192.0.2.1 . "
		"NS IN"),
	    READ_RECORD);
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"[1700000000] unbound[42:0] info: start of service (unbound 1.17.1)."),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"[1700000000] unbound[42:0] notice: init module 0: iterator"),
	    READ_SKIP);
	assert_int_equal(read_one(&f, &format_unbound, "[x] unbound"), READ_BAD);
}

static void
answers_of_dnsmasq_find_their_question(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 dnsmasq[123]: query[A] example.com from "
			     "192.168.1.2"),
	    READ_RECORD);
	expect(&f, "192.168.1.2", "example.com", TYPE_A);
	assert_int_equal(
	    read_one(&f, &format_dnsmasq,
		"Nov 22 08:15:30 dnsmasq[123]: forwarded example.com to 9.9.9.9"),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_dnsmasq,
		"Nov 22 08:15:31 dnsmasq[123]: reply example.com is 192.0.2.5"),
	    READ_RECORD);
	expect(&f, "192.168.1.2", "example.com", TYPE_A);
	assert_int_equal(f.record.parts, RECORD_ANSWER);
	assert_int_equal(f.record.answer.address_count, 1);
	/* The next record of the same answer. */
	assert_int_equal(
	    read_one(&f, &format_dnsmasq,
		"Nov 22 08:15:31 dnsmasq[123]: reply example.com is 192.0.2.6"),
	    READ_SKIP);
}

static void
dnsmasq_says_more_with_extra(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 pi.hole dnsmasq[123]: 12 192.168.1.2/53321 "
			     "query[type=65] example.com from 192.168.1.2"),
	    READ_RECORD);
	expect(&f, "192.168.1.2", "example.com", TYPE_HTTPS);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 dnsmasq[123]: 12 192.168.1.2/53321 cached "
			     "example.com is "
			     "NXDOMAIN"),
	    READ_RECORD);
	assert_int_equal(f.record.answer.rcode, RCODE_NXDOMAIN);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 dnsmasq[123]: query[A] example.com"),
	    READ_BAD);
	assert_int_equal(
	    read_one(&f, &format_dnsmasq, "Nov 22 08:15:30 dnsmasq[123]: started"),
	    READ_SKIP);
}

static void
a_file_is_known_by_its_beginning(void **state)
{
	static const struct {
		const char *text;
		const struct format *format;
	} files[] = {
		{ "5\t10.0.0.1\ta.example\tA\t0\t4\t9\tudp\t-\t1\tab\t-\n",
		    &format_table },
		{ "{\"ts\":1,\"id.orig_h\":\"10.0.0.7\",\"query\":\"x\",\"qtype\":1}\n",
		    &format_zeek },
		{ "22-Nov-2026 08:15:30.250 zone loaded\n22-Nov-2026 08:15:30.250 client "
		  "192.0.2.1#1 (a): query: a IN A +\n",
		    &format_bind },
		{ "[17] unbound[1:0] info: 192.0.2.1 a. A IN\n", &format_unbound },
		{ "Nov 22 08:15:30 dnsmasq[1]: query[A] a from 10.0.0.1\n",
		    &format_dnsmasq },
		{ "what is this\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_ptr_equal(format_detect((const uint8_t *)files[i].text,
				     strlen(files[i].text), FILE_MS),
		    files[i].format);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_of_every_log_are_read),
		cmocka_unit_test(what_is_no_time_is_told),
		cmocka_unit_test(the_table_form_is_read_with_its_answer),
		cmocka_unit_test(what_the_table_does_not_know_is_a_dash),
		cmocka_unit_test(names_are_read_as_everywhere_else),
		cmocka_unit_test(zeek_columns_are_found_by_their_names),
		cmocka_unit_test(zeek_json_is_read),
		cmocka_unit_test(queries_of_bind_are_read_in_every_dress),
		cmocka_unit_test(a_reply_of_unbound_completes_its_question),
		cmocka_unit_test(other_times_and_messages_of_unbound),
		cmocka_unit_test(answers_of_dnsmasq_find_their_question),
		cmocka_unit_test(dnsmasq_says_more_with_extra),
		cmocka_unit_test(a_file_is_known_by_its_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
