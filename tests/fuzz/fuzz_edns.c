#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/edns.h"

/*
 * Input: class (2), TTL (4), options. What was read is written again, in as much
 * room as the first byte says and in enough, and read back.
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
	if (r.failed || edns_read(class, ttl, bytes + r.pos, len - r.pos, &in) != ERR_OK)
		return 0;
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
