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

/* A line of the table with one field put in. */
static enum read_result
read_with(struct fixture *f, const char *time, const char *client, const char *ttl,
    const char *hash)
{
	char line[256];

	snprintf(line, sizeof(line),
	    "%s\t%s\twww.example\tA\t0\t8\t%s\tudp\tbenign\t2\t%s\t-", time, client, ttl,
	    hash);
	return read_one(f, &format_table, line);
}

static void
a_table_has_times_of_any_precision(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: none */
	} times[] = { { "0", 0 }, { "7.5", 7500 },
		{ "12345678.25", INT64_C(12345678250) },
		{ "123456789.5", INT64_C(123456789500) },
		{ "1700000000", INT64_C(1700000000000) },
		{ "1700000000.", INT64_C(1700000000000) },
		{ "1700000000.1", INT64_C(1700000000100) },
		{ "1700000000.0429", INT64_C(1700000000042) },
		{ "1700000000.123456", INT64_C(1700000000123) },
		{ "1700000000.12345678", INT64_C(1700000000123) },
		{ "1700000000.123456789", INT64_C(1700000000123) },
		{ "17000000001.999", INT64_C(17000000001999) }, { "170000000012.5", -1 },
		{ "17000000x0.5", -1 }, { "1700000000.5x", -1 }, { "1700000000x5", -1 },
		{ "1700000000.5.5", -1 }, { ".5", -1 }, { "", -1 } };
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		enum read_result want = times[i].ms < 0 ? READ_BAD : READ_RECORD;

		assert_int_equal(
		    read_with(&f, times[i].text, "10.0.0.1", "1", "1"), want);
		if (want == READ_RECORD)
			assert_int_equal(f.record.wall_ms, times[i].ms);
	}
}

static void
a_table_has_clients_as_every_log(void **state)
{
	static const char *const texts[] = { "1.2.3.4", "255.255.255.255", "10.0.27.177",
		"0.0.0.0", "001.002.003.004", "1.2.3.256", "256.1.1.1", "999.1.1.1",
		"1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.5", "1.2.3.4.",
		"0001.2.3.4", "1.2.3.x", "1.2.3.4x", "1:2", "::1", "2001:db8::1",
		"fe80::1%eth0", "255.255.255.2555", "1234567890123456789" };
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct record want = { 0 };
		bool good = record_client(&want, texts[i]);

		assert_int_equal(read_with(&f, "1700000000.5", texts[i], "1", "1"),
		    good ? READ_RECORD : READ_BAD);
		if (good)
			assert_true(addr_equal(&f.record.client, &want.client));
	}
}

static void
a_table_has_figures_of_any_length(void **state)
{
	static const struct {
		const char *ttl, *hash;
		uint32_t ttl_sec;
		uint64_t rdata_hash;
	} rows[] = { { "0", "0", 0, 0 }, { "7", "f", 7, 15 }, { "60", "AbC", 60, 0xabc },
		{ "12345678", "deadBEEF", 12345678, 0xdeadbeef },
		{ "123456789", "123456789", 123456789, UINT64_C(0x123456789) },
		{ "1234567890", "0123456789abcdef", 123456789,
		    UINT64_C(0x0123456789abcdef) },
		{ "12x", "12g4", 12, 0x12 }, { "3.7", ":", 3, 0 }, { "/", "@", 0, 0 },
		{ "x", "`", 0, 0 }, { "-", "-", 300, 0 } };
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    read_with(&f, "5.5", "10.0.0.1", rows[i].ttl, rows[i].hash),
		    READ_RECORD);
		assert_int_equal(f.record.answer.ttl_min_sec, rows[i].ttl_sec);
		assert_true(f.record.answer.rdata_hash == rows[i].rdata_hash);
	}
}

static void
a_line_of_any_length_is_cut_at_its_tabs(void **state)
{
	struct fixture f = { 0 };
	char name[256], line[512];

	(void)state;
	for (size_t len = 1; len <= 253; len++) {
		struct dname want;

		memset(name, 'B', len);
		for (size_t i = 9; i + 1 < len; i += 10)
			name[i] = '.';
		name[len] = '\0';
		assert_int_equal(dname_from_text(name, &want), ERR_OK);
		for (unsigned columns = 12; columns <= 15; columns++) {
			snprintf(line, sizeof(line),
			    "1700000000.5\t10.0.0.1\t%s\tAAAA\t3\t8\t77\tudp\tbenign\t2\t"
			    "beef\t-%s%s%s",
			    name, columns > 12 ? "\t12" : "",
			    columns > 13 ? "\t192.0.2.53" : "",
			    columns > 14 ? "\tmore" : "");
			assert_int_equal(read_one(&f, &format_table, line), READ_RECORD);
			assert_memory_equal(f.record.qname.bytes, want.bytes, want.len);
			assert_int_equal(f.record.qname.len, want.len);
			assert_int_equal(f.record.qtype, TYPE_AAAA);
			assert_int_equal(f.record.answer.rcode, 3);
			assert_int_equal(f.record.answer.ttl_min_sec, 77);
			assert_int_equal(f.record.answer.rdata_hash, 0xbeef);
			assert_string_equal(f.record.label, "benign");
			assert_true(f.record.payload_bytes == (columns > 12 ? 12 : 0));
			assert_int_equal(
			    f.record.answer.authority.bytes[3], columns > 13 ? 53 : 0);
		}
	}
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
years_that_syslog_leaves_out_are_found(void **state)
{
	const int64_t new_year = INT64_C(1798761600000); /* 2027-01-01T00:00:00Z */
	struct fixture f;
	struct record out;
	bool timed;

	(void)state;
	/* Written on 2 January: December is last year's, and the clock goes on. */
	reader_start(&f.reader, new_year + 86400000);
	snprintf(f.line, sizeof(f.line), "Dec 31 23:59:59 ns x");
	assert_string_equal(reader_time(&f.reader, f.line, &out, &timed), " ns x");
	assert_true(timed);
	assert_int_equal(out.wall_ms, new_year - 1000);
	snprintf(f.line, sizeof(f.line), "Jan  1 00:00:01 ns x");
	(void)reader_time(&f.reader, f.line, &out, &timed);
	assert_int_equal(out.wall_ms, new_year + 1000);
	assert_int_equal(when_year(new_year), 2027);
	assert_int_equal(when_year(new_year - 1), 2026);
}

static void
what_syslog_puts_before_a_time_is_stepped_over(void **state)
{
	static const char *const lines[] = { "<30>Nov 22 08:15:30 x",
		"<30>1 2026-11-22T08:15:30.000Z x", "[1795335330] x",
		"Sun Nov 22 08:15:30 2026 x", "2026-11-22T08:15:30+0000 x",
		"Nov 22 08:15:30.000123 x" };
	struct fixture f;
	struct record out;
	bool timed;

	(void)state;
	reader_start(&f.reader, FILE_MS);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *rest;

		snprintf(f.line, sizeof(f.line), "%s", lines[i]);
		rest = reader_time(&f.reader, f.line, &out, &timed);
		assert_true(timed);
		assert_int_equal(out.wall_ms, INT64_C(1795335330000));
		assert_string_equal(rest + strlen(rest) - 2, " x");
	}
	snprintf(f.line, sizeof(f.line), "<x> no time");
	assert_ptr_equal(reader_time(&f.reader, f.line, &out, &timed), f.line);
	assert_false(timed);
}

static void
lines_without_a_time_are_a_tenth_of_a_second_apart(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_bind,
			     "client @0x7f 192.0.2.1#53321 (a.example): view v: query: "
			     "a.example IN A +E(0)K (192.0.2.53) [ECS 192.0.2.0/24/0]"),
	    READ_RECORD);
	assert_int_equal(f.record.wall_ms, FILE_MS + 100);
	assert_int_equal(read_one(&f, &format_bind,
			     "queries: info: client @0x7f fe80::1%eth0#5 (b.example): "
			     "query: b.example IN TYPE65400 +T (::1)"),
	    READ_RECORD);
	expect(&f, "fe80::1", "b.example", 65400);
	assert_int_equal(f.record.wall_ms, FILE_MS + 200);
	assert_int_equal(
	    read_one(&f, &format_dnsmasq, "dnsmasq: query[A] a.example from 192.0.2.1"),
	    READ_RECORD);
	assert_int_equal(f.reader.untimed, 3);
}

static void
other_lines_of_bind_are_no_mistakes(void **state)
{
	static const struct {
		const char *line;
		enum read_result result;
	} lines[] = {
		{ "22-Nov-2026 08:15:30.250 general: notice: running", READ_OTHER },
		{ "Nov 22 08:15:30 ns named[77]: running", READ_SKIP },
		{ "22-Nov-2026 08:15:30.250 query-errors: info: client @0x1 192.0.2.1#9 "
		  "(a.b): query failed (SERVFAIL) for a.b/IN/A at query.c:7",
		    READ_SKIP },
		{ "22-Nov-2026 08:15:30.250 client @0x1 192.0.2.1#9 (a): query (cache) "
		  "'a/A/IN' denied",
		    READ_SKIP },
		{ "22-Nov-2026 08:15:30.250 client @0x1 192.0.2.1#9/key k "
		  "(q\\\"o\\032\\;.a): "
		  "query: q\\\"o\\032\\;.a IN A +S",
		    READ_RECORD },
	};
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(
		    read_one(&f, &format_bind, lines[i].line), lines[i].result);
	expect(&f, "192.0.2.1", "q\\\"o\\032\\;.a", TYPE_A);
}

static void
what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const struct format *format;
		const char *line, *fault, *token;
		size_t at;
	} lines[] = {
		{ &format_bind,
		    "22-Nov-2026 08:15:30 client @0x1 192.0.2.1#9 (a): query: a IN FOO +",
		    "no type", "FOO", 62 },
		{ &format_bind, "22-Nov-2026 08:15:30 client nobody: query: a IN A",
		    "no client's address and port", "nobody:", 28 },
		{ &format_unbound, "[17] unbound[1:0] info: 192.0.2.1 a..b. A IN",
		    "no name", "a..b.", 34 },
		{ &format_unbound, "[17] unbound[1:0] info: 192.0.2.1 a. A IN OK 0 0 1",
		    "no code of a reply", "OK", 42 },
		{ &format_dnsmasq, "Nov 22 08:15:30 dnsmasq[1]: query[A] a from you",
		    "no client's address", "you", 44 },
		{ &format_table, "x\t10.0.0.1\ta\tA\t-\t-\t-\t-\t-\t-\t-\t-", "no time",
		    "x", 0 },
	};
	struct fixture f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		reader_start(&f.reader, FILE_MS);
		assert_int_equal(read_one(&f, lines[i].format, lines[i].line), READ_BAD);
		assert_string_equal(f.reader.fault, lines[i].fault);
		assert_string_equal(f.reader.fault_token, lines[i].token);
		assert_int_equal(f.reader.fault_at, lines[i].at);
	}
}

static void
unbound_by_any_other_name(void **state)
{
	static const char *const lines[] = {
		"Nov 22 08:15:30 unbound[42:1f] info: 192.0.2.1 example.com. A IN",
		"<30>1 2026-11-22T08:15:30Z fw unbound 42 - [meta sequenceId=\"7\"] "
		"[42:3] "
		"info: 192.0.2.1 example.com. A IN",
		"Nov 22 08:15:30 fw dns-one[42]: [42:0] query: 192.0.2.1 example.com. A "
		"IN",
		"Nov 22 08:15:30 fw filterdns[42]: [42:0] reply: 192.0.2.1 example.com. "
		"A IN "
		"NOERROR 0.01 0 45 on UDP 192.0.2.53 53",
	};
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(read_one(&f, &format_unbound, lines[i]), READ_RECORD);
		expect(&f, "192.0.2.1", "example.com", TYPE_A);
		assert_int_equal(f.record.wall_ms, INT64_C(1795335330000));
	}
	assert_int_equal(
	    read_one(&f, &format_unbound,
		"[17] unbound[42:0] info: corp. static 192.0.2.1@54496 a.corp. A IN"),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_unbound, "Nov 22 08:15:30 fw sshd[9]: Accepted"),
	    READ_OTHER);
}

static void
dnsmasq_writes_names_as_their_bytes(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(
	    read_one(&f, &format_dnsmasq,
		"Nov 22 08:15:30 dnsmasq[1]: query[A] we ird\\x.example from "
		"2001:db8::1"),
	    READ_RECORD);
	expect(&f, "2001:db8::1", "we\\032ird\\\\x.example", TYPE_A);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 dnsmasq[1]: reply we ird\\x.example is "
			     "SERVFAIL"),
	    READ_RECORD);
	assert_int_equal(f.record.answer.rcode, RCODE_SERVFAIL);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 dnsmasq[1]: query[TXT] <name unprintable> "
			     "from 192.0.2.1"),
	    READ_SKIP);
	assert_int_equal(f.reader.nameless, 1);
}

static void
dnsmasq_wherever_it_runs(void **state)
{
	static const char *const lines[] = {
		/* syslog of a host; OpenWrt; a container's output; Pi-hole 6's page */
		"Nov 22 08:15:30 ns1 dnsmasq[9]: query[A] a.example from 192.0.2.1",
		"Sun Nov 22 08:15:30 2026 daemon.info dnsmasq[9]: 7 192.0.2.1/40000 "
		"query[A] "
		"a.example from 192.0.2.1",
		"2026-11-22T08:15:30.000000000Z dnsmasq: query[A] a.example from "
		"192.0.2.1",
		"2026-11-22 08:15:30.000 query[A] a.example from 192.0.2.1",
		"Nov 22 08:15:30 dnsmasq[9]: 7 192.0.2.1/40000 TCP query[A] a.example "
		"from "
		"192.0.2.1",
	};
	static const char *const skipped[] = {
		"Nov 22 08:15:30 dnsmasq[9]: gravity blocked ads.example is 0.0.0.0",
		"Nov 22 08:15:30 dnsmasq[9]: regex denied ads.example is ::",
		"Nov 22 08:15:30 dnsmasq[9]: special domain mask.icloud.com is NXDOMAIN",
		"Nov 22 08:15:30 dnsmasq[9]: Pi-hole hostname pi.hole is 192.168.1.2",
		"Nov 22 08:15:30 dnsmasq[9]: /etc/hosts 192.0.2.1 is a.example",
		"Nov 22 08:15:30 dnsmasq[9]: reply is truncated",
		"Nov 22 08:15:30 dnsmasq[9]: validation a.example is INSECURE",
		"Nov 22 08:15:30 dnsmasq[9]: Rate-limiting 192.0.2.1 is REFUSED",
		"Nov 22 08:15:30 dnsmasq-dhcp[9]: DHCPACK(eth0) 192.0.2.9 00:00:5e",
	};
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(read_one(&f, &format_dnsmasq, lines[i]), READ_RECORD);
		expect(&f, "192.0.2.1", "a.example", TYPE_A);
		assert_int_equal(f.record.wall_ms, INT64_C(1795335330000));
	}
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		assert_int_equal(read_one(&f, &format_dnsmasq, skipped[i]), READ_SKIP);
	assert_int_equal(read_one(&f, &format_dnsmasq,
			     "Nov 22 08:15:30 dnsmasq[9]: cached-stale a.example is "
			     "192.0.2.7"),
	    READ_RECORD);
	assert_int_equal(f.record.parts, RECORD_ANSWER);
}

static void
zeek_may_have_its_columns_in_any_order(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_zeek, "#separator \\x2c"), READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_zeek, "#fields,query,qtype,id.resp_p,ts,id.orig_h"),
	    READ_SKIP);
	assert_int_equal(
	    read_one(&f, &format_zeek, "a.example,16,53,1521911721.25,10.0.0.7"),
	    READ_RECORD);
	expect(&f, "10.0.0.7", "a.example", TYPE_TXT);
	assert_int_equal(
	    read_one(&f, &format_zeek, "a.example,16,53,2026-11-22T08:15:30Z,10.0.0.7"),
	    READ_RECORD);
	assert_int_equal(f.record.wall_ms, INT64_C(1795335330000));
	/* Multicast DNS asks no resolver. */
	assert_int_equal(
	    read_one(&f, &format_zeek, "_x.local,12,5353,1521911721,10.0.0.7"),
	    READ_SKIP);
	assert_int_equal(read_one(&f, &format_zeek, "a.example,16"), READ_BAD);
	assert_int_equal(read_one(&f, &format_zeek, "#fields,ts,uid"), READ_BAD);
	assert_int_equal(
	    read_one(&f, &format_zeek, "a.example,16,53,1521911721,10.0.0.7"), READ_BAD);
}

static void
streams_of_several_logs_of_zeek(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	reader_start(&f.reader, FILE_MS);
	assert_int_equal(read_one(&f, &format_zeek,
			     "{\"_path\":\"conn\",\"ts\":1,\"id.orig_h\":\"10.0.0.7\"}"),
	    READ_SKIP);
	assert_int_equal(read_one(&f, &format_zeek,
			     "{\"_path\":\"dns\",\"ts\":1795335330000,\"id.orig_h\":"
			     "\"10.0.0.7\",\"id.resp_p\":53,\"qclass\":1,\"query\":\"x\","
			     "\"qtype\":1}"),
	    READ_RECORD);
	assert_int_equal(f.record.wall_ms, INT64_C(1795335330000));
	assert_int_equal(
	    read_one(&f, &format_zeek,
		"{\"ts\":1,\"id.orig_h\":\"10.0.0.7\",\"id.resp_p\":5355,\"query\":"
		"\"wpad\",\"qtype\":1}"),
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
		cmocka_unit_test(a_table_has_times_of_any_precision),
		cmocka_unit_test(a_table_has_clients_as_every_log),
		cmocka_unit_test(a_table_has_figures_of_any_length),
		cmocka_unit_test(a_line_of_any_length_is_cut_at_its_tabs),
		cmocka_unit_test(names_are_read_as_everywhere_else),
		cmocka_unit_test(zeek_columns_are_found_by_their_names),
		cmocka_unit_test(zeek_json_is_read),
		cmocka_unit_test(queries_of_bind_are_read_in_every_dress),
		cmocka_unit_test(a_reply_of_unbound_completes_its_question),
		cmocka_unit_test(other_times_and_messages_of_unbound),
		cmocka_unit_test(answers_of_dnsmasq_find_their_question),
		cmocka_unit_test(dnsmasq_says_more_with_extra),
		cmocka_unit_test(years_that_syslog_leaves_out_are_found),
		cmocka_unit_test(what_syslog_puts_before_a_time_is_stepped_over),
		cmocka_unit_test(lines_without_a_time_are_a_tenth_of_a_second_apart),
		cmocka_unit_test(other_lines_of_bind_are_no_mistakes),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(unbound_by_any_other_name),
		cmocka_unit_test(dnsmasq_writes_names_as_their_bytes),
		cmocka_unit_test(dnsmasq_wherever_it_runs),
		cmocka_unit_test(zeek_may_have_its_columns_in_any_order),
		cmocka_unit_test(streams_of_several_logs_of_zeek),
		cmocka_unit_test(a_file_is_known_by_its_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
