#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/cookie.h"
#include "resolver/wire/edns.h"
#include "resolver/wire/msg.h"

/*
 * Input: class (2), TTL (4), options. What was read is written again, in as much
 * room as the first byte says and in enough, and read back. Its cookie is checked as a
 * client's, and the whole as the OPT of a server's reply to a query with a cookie.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
write_and_read(const struct edns_out *o, size_t cap, struct edns *back)
{
	uint8_t *buffer = malloc(cap > 0 ? cap : 1);
	struct writer w;
	struct reader r;

	writer_init(&w, buffer, cap);
	edns_write(&w, o);
	CHECK(w.failed == (cap < 11));
	if (!w.failed) {
		uint16_t class, rdlength;
		uint32_t ttl;

		reader_init(&r, buffer, w.pos);
		CHECK(reader_u8(&r) == 0 && reader_u16(&r) == TYPE_OPT);
		class = reader_u16(&r);
		ttl = reader_u32(&r);
		rdlength = reader_u16(&r);
		CHECK(rdlength == reader_left(&r));
		CHECK(edns_read(class, ttl, buffer + r.pos, rdlength, back) == ERR_OK);
	}
	free(buffer);
}

static void
check_as_client(const struct edns *in)
{
	const struct cookie_secrets secrets = { .count = 1, .keys = { { 1, 2 } } };
	const struct addr from = { .family = ADDR_V4, .bytes = { 192, 0, 2, 1 } };
	const uint32_t now_sec = 1795000000;
	uint8_t fresh[COOKIE_LEN];
	enum cookie_state state =
	    cookie_check(&secrets, in->cookie, in->cookie_len, &from, now_sec);

	CHECK((state == COOKIE_NONE) == (in->cookie_len == 0));
	CHECK((state == COOKIE_CLIENT) == (in->cookie_len == COOKIE_CLIENT_LEN));
	if (in->cookie_len == 0)
		return;
	cookie_make(&secrets, in->cookie, &from, now_sec, fresh);
	CHECK(memcmp(fresh, in->cookie, COOKIE_CLIENT_LEN) == 0);
	CHECK(cookie_check(&secrets, fresh, COOKIE_LEN, &from, now_sec) == COOKIE_GOOD);
}

/* Header, question and the input as an OPT: what a server may send. */
static void
check_as_reply(const uint8_t *bytes, size_t len, const struct edns *in)
{
	static const uint8_t head[] = "\0\0\x84\0\0\1\0\0\0\0\0\1\1a\0\0\1\0\1\0\0\x29";
	const struct query q = { .qname = (const uint8_t *)"\1a",
		.qtype = TYPE_A,
		.qclass = CLASS_IN,
		.edns = true,
		.udp_size = 1232,
		.cookie = (const uint8_t *)"12345678serverco",
		.cookie_len = 16 };
	size_t at = sizeof(head) - 1, rdlength = len - 6;
	uint8_t query[QUERY_MAX], *reply;
	enum cookie_match match;

	if (rdlength > UINT16_MAX || (reply = malloc(at + 8 + rdlength)) == NULL)
		return;
	memcpy(reply, head, at);
	memcpy(reply + at, bytes, 6);
	reply[at + 6] = (uint8_t)(rdlength >> 8);
	reply[at + 7] = (uint8_t)rdlength;
	memcpy(reply + at + 8, bytes + 6, rdlength);
	match = cookie_match(
	    reply, at + 8 + rdlength, query, query_write(&q, query, sizeof(query)));
	if (in == NULL || in->cookie_len == 0)
		CHECK(match == COOKIE_MATCH_MISSING);
	else
		CHECK((match == COOKIE_MATCHES) ==
		      (memcmp(in->cookie, q.cookie, COOKIE_CLIENT_LEN) == 0));
	free(reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct edns in, back;
	struct edns_out o;
	struct reader r;
	uint16_t class;
	uint32_t ttl;

	reader_init(&r, bytes, len);
	class = reader_u16(&r);
	ttl = reader_u32(&r);
	if (r.failed)
		return 0;
	if (edns_read(class, ttl, bytes + r.pos, len - r.pos, &in) != ERR_OK) {
		check_as_reply(bytes, len, NULL);
		return 0;
	}
	check_as_client(&in);
	check_as_reply(bytes, len, &in);
	CHECK(in.present && in.udp_size >= 512);
	CHECK(in.cookie_len == 0 || in.cookie_len == 8 ||
	      (in.cookie_len >= 16 && in.cookie_len <= EDNS_COOKIE_MAX));
	o = (struct edns_out){
		.udp_size = in.udp_size,
		.dnssec_ok = in.dnssec_ok,
		.rcode_high = in.rcode_high,
		.ede_code = in.has_ede ? in.ede_code : EDE_NONE,
		.ede_text = "why",
		.cookie = in.cookie,
		.cookie_len = in.cookie_len,
		.keepalive_100ms = in.wants_keepalive ? 300 : -1,
	};
	write_and_read(&o, bytes[0] % 80, &back);
	write_and_read(&o, edns_size(&o), &back);
	CHECK(back.udp_size == in.udp_size && back.dnssec_ok == in.dnssec_ok);
	CHECK(back.rcode_high == in.rcode_high && back.has_ede == in.has_ede);
	CHECK(back.ede_code == in.ede_code && back.wants_keepalive == in.wants_keepalive);
	CHECK(back.cookie_len == in.cookie_len);
	CHECK(memcmp(back.cookie, in.cookie, in.cookie_len) == 0);
	return 0;
}
