#include "resolver/wire/msg.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/reader.h"
#include "resolver/wire/writer.h"

#define FLAGS_AT   2u
#define QDCOUNT_AT 4u

size_t
query_write(const struct query *q, uint8_t *out, size_t cap)
{
	struct edns_out opt = {
		.udp_size = q->udp_size,
		.dnssec_ok = q->dnssec_ok,
		.ede_code = EDE_NONE,
		.cookie = q->cookie,
		.cookie_len = q->cookie_len,
		.keepalive_100ms = -1,
	};
	struct writer w;

	writer_init(&w, out, cap);
	writer_u16(&w, q->id);
	writer_u16(&w, (uint16_t)((q->recursion_desired ? FLAG_RD : 0) |
				  (q->checking_disabled ? FLAG_CD : 0)));
	writer_u16(&w, 1);
	writer_u16(&w, 0);
	writer_u16(&w, 0);
	writer_u16(&w, q->edns ? 1 : 0);
	writer_name_plain(&w, q->qname);
	writer_u16(&w, q->qtype);
	writer_u16(&w, q->qclass);
	if (q->edns) {
		/* A query without its cookie is another query, so all of the OPT or
		 * nothing. */
		if (edns_size(&opt) > w.cap - w.pos)
			return 0;
		edns_write(&w, &opt);
	}
	return w.failed ? 0 : w.pos;
}

/* Where the one question of ${r}'s message ends; 0 when there is not exactly one. */
static size_t
question_end(struct reader *r)
{
	uint16_t count;

	reader_skip(r, QDCOUNT_AT);
	count = reader_u16(r);
	reader_skip(r, MSG_HEADER_LEN - QDCOUNT_AT - 2);
	reader_name_skip(r);
	reader_skip(r, 4);
	return r->failed || count != 1 ? 0 : r->pos;
}

/* A response (QR) with the id and the opcode of ${query}, which is QUERY. */
static bool
is_response(const uint8_t *reply, const uint8_t *query)
{
	return memcmp(reply, query, 2) == 0 &&
	       (reply[FLAGS_AT] & ((FLAG_QR | FLAG_OPCODE_MASK) >> 8)) == FLAG_QR >> 8;
}

/* A header with the id of ${query}, no records at all, and no idea of what was asked. */
static bool
is_bare_error(const uint8_t *reply, size_t len, const uint8_t *query)
{
	static const uint8_t no_records[MSG_HEADER_LEN - QDCOUNT_AT];
	unsigned rcode;

	if (len != MSG_HEADER_LEN || !is_response(reply, query))
		return false;
	rcode = reply[FLAGS_AT + 1] & FLAG_RCODE_MASK;
	return (rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP) &&
	       memcmp(reply + QDCOUNT_AT, no_records, sizeof(no_records)) == 0;
}

enum msg_match
msg_match(const uint8_t *reply, size_t len, const uint8_t *query, size_t query_len)
{
	uint8_t theirs[DNAME_MAX + 4], ours[DNAME_MAX + 4];
	struct reader r, q;
	size_t end, size;

	reader_init(&q, query, query_len);
	reader_init(&r, reply, len);
	end = question_end(&q);
	if (end != 0 && is_bare_error(reply, len, query))
		return MSG_MATCH;
	if (end == 0 || question_end(&r) != end)
		return MSG_MATCH_NOT;
	size = end - MSG_HEADER_LEN;
	if (size > sizeof(ours))
		return MSG_MATCH_NOT;
	if (!is_response(reply, query))
		return MSG_MATCH_NOT;
	if (memcmp(reply + MSG_HEADER_LEN, query + MSG_HEADER_LEN, size) == 0)
		return MSG_MATCH;
	/* Type and class are no letters to fold: they have to be the same as they stand.
	 */
	if (memcmp(reply + end - 4, query + end - 4, 4) != 0)
		return MSG_MATCH_NOT;
	dname_lower_bytes(theirs, reply + MSG_HEADER_LEN, size - 4);
	dname_lower_bytes(ours, query + MSG_HEADER_LEN, size - 4);
	return memcmp(theirs, ours, size - 4) == 0 ? MSG_MATCH_CASE_DIFFERS
						   : MSG_MATCH_NOT;
}
