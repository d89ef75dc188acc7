#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/dns.h"
#include "resolver/judge/packets.h"

/* Frames byte by byte, and the records that come out of them. */

#define RECORDS_MAX 8u

struct fixture {
	struct packets *p;
	unsigned count;
	struct record records[RECORDS_MAX];
};

/* id 7, "a.example" A IN, RD */
#define QUESTION     "\0\7\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1"
#define QUESTION_LEN 27u
/* its reply: 192.0.2.9, TTL 300 */
#define REPLY                                                                            \
	"\0\7\x81\x80\0\1\0\1\0\0\0\0\1a\7example\0\0\1\0\1"                             \
	"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\x09"
#define REPLY_LEN 43u

static void
keep(void *ctx, const struct record *r)
{
	struct fixture *f = ctx;

	if (f->count < RECORDS_MAX)
		f->records[f->count++] = *r;
}

static void
start(struct fixture *f, int link)
{
	f->count = 0;
	f->p = packets_new(link, keep, f);
	assert_non_null(f->p);
}

static size_t
put_v4(uint8_t *out, const char *src, const char *dst, uint8_t protocol,
    const uint8_t *payload, size_t len)
{
	static const uint8_t head[] = { 0x45, 0, 0, 0, 0, 1, 0, 0, 64, 0, 0, 0 };

	memcpy(out, head, 12);
	out[2] = (uint8_t)((20 + len) >> 8);
	out[3] = (uint8_t)(20 + len);
	out[9] = protocol;
	memcpy(out + 12, src, 4);
	memcpy(out + 16, dst, 4);
	memcpy(out + 20, payload, len);
	return 20 + len;
}

static size_t
put_udp(uint8_t *out, uint16_t src, uint16_t dst, const char *payload, size_t len)
{
	const uint8_t head[] = { (uint8_t)(src >> 8), (uint8_t)src, (uint8_t)(dst >> 8),
		(uint8_t)dst, (uint8_t)((8 + len) >> 8), (uint8_t)(8 + len), 0, 0 };

	memcpy(out, head, 8);
	memcpy(out + 8, payload, len);
	return 8 + len;
}

#define CLIENT "\xc0\0\2\1"
#define SERVER "\xc0\0\2\x35"

static size_t
question_packet(uint8_t *out)
{
	uint8_t udp[512];

	return put_v4(
	    out, CLIENT, SERVER, 17, udp, put_udp(udp, 4000, 53, QUESTION, QUESTION_LEN));
}

static size_t
reply_packet(uint8_t *out)
{
	uint8_t udp[512];

	return put_v4(
	    out, SERVER, CLIENT, 17, udp, put_udp(udp, 53, 4000, REPLY, REPLY_LEN));
}

static void
expect_question(const struct fixture *f, unsigned at)
{
	const struct record *r = &f->records[at];
	char text[DNAME_TEXT_MAX];

	assert_true(f->count > at);
	assert_string_equal(dname_to_text(r->qname.bytes, text), "a.example");
	assert_int_equal(r->qtype, TYPE_A);
	assert_string_equal(addr_to_text(&r->client, text), "192.0.2.1");
}

static void
a_question_and_its_reply_are_told_apart(void **state)
{
	struct fixture f;
	uint8_t packet[512];

	(void)state;
	start(&f, 101);
	packets_feed(f.p, 5000, packet, question_packet(packet));
	packets_feed(f.p, 5010, packet, reply_packet(packet));
	expect_question(&f, 0);
	expect_question(&f, 1);
	assert_int_equal(f.records[0].parts, RECORD_QUESTION);
	assert_int_equal(f.records[1].parts, RECORD_ANSWER);
	assert_int_equal(f.records[1].answer.address_count, 1);
	assert_int_equal(f.records[1].answer.ttl_min_sec, 300);
	assert_int_equal(f.records[1].wall_ms, 5010);
	assert_int_equal(f.records[1].answer.authority.family, ADDR_NONE);
	packets_free(f.p);
}

static void
a_reply_without_its_question_is_both(void **state)
{
	struct fixture f;
	uint8_t packet[512];

	(void)state;
	start(&f, 101);
	packets_feed(f.p, 1, packet, reply_packet(packet));
	expect_question(&f, 0);
	assert_int_equal(f.records[0].parts, RECORD_QUESTION | RECORD_ANSWER);
	packets_free(f.p);
}

static void
every_link_is_stripped(void **state)
{
	static const struct {
		int link;
		const char *head;
		size_t len;
	} links[] = {
		{ 1, "\0\0\0\0\0\0\0\0\0\0\0\0\x08\0", 14 },
		{ 1, "\0\0\0\0\0\0\0\0\0\0\0\0\x81\0\0\5\x08\0", 18 },
		{ 1, "\0\0\0\0\0\0\0\0\0\0\0\0\x88\xa8\0\6\x81\0\0\5\x08\0", 22 },
		{ 1, "\0\0\0\0\0\0\0\0\0\0\0\0\x88\x64\x11\0\0\1\0\x40\0\x21", 22 },
		{ 113, "\0\0\0\1\0\6\0\0\0\0\0\0\0\0\x08\0", 16 },
		{ 276, "\x08\0\0\0\0\0\0\2\0\1\0\6\0\0\0\0\0\0\0\0", 20 },
		{ 0, "\2\0\0\0", 4 },
		{ 108, "\0\0\0\2", 4 },
		{ 12, "", 0 },
		{ 228, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct fixture f;
		uint8_t packet[512];

		start(&f, links[i].link);
		memcpy(packet, links[i].head, links[i].len);
		packets_feed(f.p, 1, packet,
		    links[i].len + question_packet(packet + links[i].len));
		expect_question(&f, 0);
		packets_free(f.p);
	}
	assert_false(packets_link_known(105));
}

static void
extension_headers_are_stepped_over(void **state)
{
	struct fixture f;
	uint8_t packet[512] = { 0x60 }, *p = packet + 40;
	char text[ADDR_TEXT_MAX];
	size_t len;

	(void)state;
	start(&f, 101);
	packet[6] = 0; /* hop by hop, then destination options, then UDP */
	memcpy(packet + 8, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	memcpy(packet + 24, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	memcpy(p, "\x3c\0\1\4\0\0\0\0\x11\0\1\4\0\0\0\0", 16);
	len = 16 + put_udp(p + 16, 4000, 53, QUESTION, QUESTION_LEN);
	packet[5] = (uint8_t)len;
	packets_feed(f.p, 1, packet, 40 + len);
	assert_int_equal(f.count, 1);
	assert_string_equal(addr_to_text(&f.records[0].client, text), "2001:db8::1");
	/* A later fragment is nobody's question. */
	packet[6] = 44;
	memcpy(p, "\x11\0\0\x08\0\0\0\1", 8);
	packets_feed(f.p, 1, packet, 40 + len);
	assert_int_equal(f.count, 1);
	packets_free(f.p);
}

/* A question in two IPv4 fragments: the first 16 bytes of its payload, and the rest. */
static size_t
fragment_packet(uint8_t *out, const uint8_t *payload, size_t from, size_t to, bool more)
{
	size_t len = put_v4(out, CLIENT, SERVER, 17, payload + from, to - from);

	out[6] = (uint8_t)(from / 8 >> 8 | (more ? 0x20 : 0));
	out[7] = (uint8_t)(from / 8);
	return len;
}

static void
fragments_are_put_together_in_any_order(void **state)
{
	struct fixture f;
	uint8_t udp[512], packet[512];
	size_t len = put_udp(udp, 4000, 53, QUESTION, QUESTION_LEN);

	(void)state;
	start(&f, 101);
	packets_feed(f.p, 1, packet, fragment_packet(packet, udp, 24, len, false));
	packets_feed(f.p, 1, packet, fragment_packet(packet, udp, 0, 8, true));
	packets_feed(f.p, 1, packet, fragment_packet(packet, udp, 0, 8, true));
	assert_int_equal(f.count, 0);
	packets_feed(f.p, 1, packet, fragment_packet(packet, udp, 8, 24, true));
	assert_int_equal(f.count, 1);
	expect_question(&f, 0);
	/* It is gone with that: its last piece alone is nothing. */
	packets_feed(f.p, 1, packet, fragment_packet(packet, udp, 8, 24, true));
	assert_int_equal(f.count, 1);
	packets_free(f.p);
}

static void
fragments_of_ipv6_too(void **state)
{
	struct fixture f;
	uint8_t packet[512] = { 0x60 }, udp[512], *p = packet + 40;
	size_t len = put_udp(udp, 4000, 53, QUESTION, QUESTION_LEN);

	(void)state;
	start(&f, 101);
	packet[6] = 44;
	memcpy(packet + 8, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	memcpy(packet + 24, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	memcpy(p, "\x11\0\0\1\0\0\0\7", 8); /* offset 0, more */
	memcpy(p + 8, udp, 16);
	packet[5] = 24;
	packets_feed(f.p, 1, packet, 64);
	assert_int_equal(f.count, 0);
	memcpy(p, "\x11\0\0\x10\0\0\0\7", 8); /* offset 16, the last */
	memcpy(p + 8, udp + 16, len - 16);
	packet[5] = (uint8_t)(8 + len - 16);
	packets_feed(f.p, 1, packet, 48 + len - 16);
	assert_int_equal(f.count, 1);
	/* An atomic one is whole (RFC 6946). */
	memcpy(p, "\x11\0\0\0\0\0\0\7", 8);
	memcpy(p + 8, udp, len);
	packet[5] = (uint8_t)(8 + len);
	packets_feed(f.p, 1, packet, 48 + len);
	assert_int_equal(f.count, 2);
	packets_free(f.p);
}

static void
a_capture_that_cuts_packets_is_told(void **state)
{
	struct fixture f;
	uint8_t packet[512];
	size_t len;

	(void)state;
	start(&f, 101);
	len = question_packet(packet);
	packets_feed(f.p, 1, packet, len);
	assert_int_equal(packets_cut(f.p), 0);
	packets_feed(f.p, 1, packet, len - 4);
	assert_int_equal(packets_cut(f.p), 1);
	/* What is not DNS does not matter. */
	packet[22] = 1;
	packets_feed(f.p, 1, packet, len - 4);
	assert_int_equal(packets_cut(f.p), 1);
	packets_free(f.p);
}

static void
feed_tcp(struct fixture *f, uint32_t seq, uint8_t flags, const char *bytes, size_t len)
{
	uint8_t segment[512] = { 5000 >> 8, 5000 & 255, 0, 53 }, packet[600];

	segment[4] = (uint8_t)(seq >> 24);
	segment[5] = (uint8_t)(seq >> 16);
	segment[6] = (uint8_t)(seq >> 8);
	segment[7] = (uint8_t)seq;
	segment[12] = 0x50;
	segment[13] = flags;
	memcpy(segment + 20, bytes, len);
	packets_feed(
	    f->p, 1, packet, put_v4(packet, CLIENT, SERVER, 6, segment, 20 + len));
}

static void
tcp_is_put_together_whatever_comes_twice(void **state)
{
	static const char message[] = "\0\x1b" QUESTION;
	struct fixture f;

	(void)state;
	start(&f, 101);
	feed_tcp(&f, 0xfffffffe, 0x02, "", 0); /* the numbers wrap */
	feed_tcp(&f, 0xffffffff, 0x18, message, 10);
	feed_tcp(&f, 0xffffffff, 0x18, message, 10);
	assert_int_equal(f.count, 0);
	feed_tcp(&f, 4, 0x18, message + 5, 24);
	expect_question(&f, 0);
	assert_int_equal(f.count, 1);
	/* After a gap the next segment begins a message. */
	feed_tcp(&f, 5000, 0x18, message, 29);
	assert_int_equal(f.count, 2);
	/* What is no DNS ends the flow. */
	feed_tcp(&f, 5029, 0x18, "\0\1xxxx", 6);
	feed_tcp(&f, 5035, 0x18, message, 29);
	assert_int_equal(f.count, 2);
	packets_free(f.p);
}

static void
what_is_cut_short_or_not_dns_is_dropped(void **state)
{
	struct fixture f;
	uint8_t packet[512];
	size_t len;

	(void)state;
	start(&f, 101);
	len = question_packet(packet);
	for (size_t n = 0; n < len - 5; n++)
		packets_feed(f.p, 1, packet, n);
	assert_int_equal(f.count, 0);
	packet[22] = 1; /* port 309 */
	packets_feed(f.p, 1, packet, len);
	assert_int_equal(f.count, 0);
	packets_free(f.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_and_its_reply_are_told_apart),
		cmocka_unit_test(a_reply_without_its_question_is_both),
		cmocka_unit_test(every_link_is_stripped),
		cmocka_unit_test(extension_headers_are_stepped_over),
		cmocka_unit_test(a_capture_that_cuts_packets_is_told),
		cmocka_unit_test(fragments_of_ipv6_too),
		cmocka_unit_test(fragments_are_put_together_in_any_order),
		cmocka_unit_test(tcp_is_put_together_whatever_comes_twice),
		cmocka_unit_test(what_is_cut_short_or_not_dns_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
