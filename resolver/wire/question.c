#include "resolver/wire/msg.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/reader.h"

/*
 * A client's question, the first thing that happens to every datagram. Steps:
 *
 *   1. Header: what has no header or is an answer gets silence, since whatever
 *      we sent back might itself be answered.
 *   2. Opcode and counts: one question, no answer, no authority (RFC 9619 for
 *      the one; the rest no client ever had a reason to send). No question is one for
 *      a cookie, if it has one (RFC 7873 5.4).
 *   3. The name: one plain run of labels, copied as it came and in lower case.
 *   4. Additional records: OPT is read, others are passed over.
 *   5. Nothing may follow.
 */

/*
 * The length of the uncompressed name at ${p}, labels counted; 0 when it is none
 * within ${len} bytes.
 */
static size_t
plain_name(const uint8_t *p, size_t len, uint8_t *labels)
{
	size_t pos = 0, limit = len < DNAME_MAX ? len : DNAME_MAX;
	unsigned count = 0;

	while (pos < limit) {
		uint8_t size = p[pos];

		if (size == 0) {
			*labels = (uint8_t)count;
			return pos + 1;
		}
		if (size > DNAME_LABEL_MAX)
			return 0;
		pos += size + 1u;
		count++;
	}
	return 0;
}

/* Step 3. False leaves ${out} without a question. */
static bool
read_question(struct reader *r, struct question *out)
{
	const uint8_t *name = r->base + r->pos;
	size_t len = plain_name(name, reader_left(r), &out->labels);

	if (len == 0)
		return false;
	reader_skip(r, len);
	out->qtype = reader_u16(r);
	out->qclass = reader_u16(r);
	if (r->failed)
		return false;
	memcpy(out->qname_raw, name, len);
	dname_lower_bytes(out->qname, name, len);
	out->qname_len = (uint8_t)len;
	return true;
}

/*
 * The OPT whose type was just read; it has to belong to the root and to be the first
 * (RFC 6891 6.1.1).
 */
static bool
read_opt(struct reader *r, bool root_owner, struct edns *out)
{
	uint16_t class = reader_u16(r);
	uint32_t ttl = reader_u32(r);
	uint16_t len = reader_u16(r);
	const uint8_t *rdata = reader_bytes(r, len);

	if (r->failed || !root_owner || out->present)
		return false;
	if (edns_read(class, ttl, rdata, len, out) == ERR_OK && !out->cookie_malformed) {
		out->agent =
		    NULL; /* outlives the message, and is nothing of a client's */
		return true;
	}
	out->present = false;
	return false;
}

/* Step 4. A record takes 11 bytes or more, so the message's length bounds this loop. */
static bool
read_additional(struct reader *r, unsigned count, struct edns *out)
{
	for (; count > 0; count--) {
		size_t start = r->pos;
		bool root_owner;

		reader_name_skip(r);
		root_owner = r->pos - start == 1;
		if (reader_u16(r) == TYPE_OPT) {
			if (!read_opt(r, root_owner, out))
				return false;
			continue;
		}
		reader_skip(r, 2 + 4);
		reader_skip(r, reader_u16(r));
		if (r->failed)
			return false;
	}
	return true;
}

/* Steps 4 and 5 where nothing is asked. */
static enum question_verdict
read_cookie_alone(struct reader *r, unsigned additionals, struct question *out)
{
	if (!read_additional(r, additionals, &out->edns) || reader_left(r) > 0)
		return QUESTION_FORMERR;
	/* RFC 6891 6.1.3, whatever else there is or is not. */
	if (out->edns.version > 0)
		return QUESTION_BADVERS;
	return out->edns.cookie_len > 0 ? QUESTION_COOKIE : QUESTION_FORMERR;
}

enum question_verdict
question_parse(const uint8_t *bytes, size_t len, struct question *out)
{
	uint16_t questions, answers, authorities, additionals;
	struct reader r;

	reader_init(&r, bytes, len);
	out->id = reader_u16(&r);
	out->flags = reader_u16(&r);
	questions = reader_u16(&r);
	answers = reader_u16(&r);
	authorities = reader_u16(&r);
	additionals = reader_u16(&r);
	out->qname_len = 0;
	out->labels = 0;
	out->qtype = 0;
	out->qclass = 0;
	out->edns.present = false;
	if (r.failed || (out->flags & FLAG_QR) != 0)
		return QUESTION_DROP;
	memset(&out->edns, 0, sizeof(out->edns));
	if ((out->flags & FLAG_OPCODE_MASK) != OPCODE_QUERY)
		return QUESTION_NOTIMP;
	if (questions > 1 || answers != 0 || authorities != 0)
		return QUESTION_FORMERR;
	if (questions == 0)
		return read_cookie_alone(&r, additionals, out);
	if (!read_question(&r, out))
		return QUESTION_FORMERR;
	if (!read_additional(&r, additionals, &out->edns) || reader_left(&r) > 0)
		return QUESTION_FORMERR;
	return out->edns.version > 0 ? QUESTION_BADVERS : QUESTION_OK;
}
