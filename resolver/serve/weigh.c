#include "resolver/serve/weigh.h"

#include "base/dns.h"
#include "base/siphash.h"

/* Of what comes down: compared with itself alone, never a table's key. */
static uint64_t
plain_hash(const uint8_t *bytes, size_t len)
{
	static const struct hashkey plain = { 0, 0 };

	return siphash13(&plain, bytes, len);
}

static void
add_piece(struct detect_answer *out, const uint8_t *bytes, size_t len)
{
	uint64_t hash = plain_hash(bytes, len);

	if (out->piece_count < DETECT_PIECES_MAX) {
		out->pieces[out->piece_count++] =
		    (struct detect_piece){ hash, (uint16_t)len };
		return;
	}
	out->rest_bytes += (uint32_t)len;
	out->rest_hash = out->rest_hash * 31 + hash;
}

static void
add_addresses(struct detect_answer *out, const struct rrset *s)
{
	out->address_count += s->count;
	for (unsigned i = 0; i < s->count; i++) {
		const uint8_t *bytes = s->rdata[i].bytes;
		size_t len = s->rdata[i].len;

		if (len == 16) {
			add_piece(out, bytes, 8);
			bytes += 8;
			len = 8;
		}
		add_piece(out, bytes, len);
	}
}

/* A denial's SOA is told to the client too: its names, its serial, the other numbers. */
static void
add_soa(struct detect_answer *out, const struct rrset *s)
{
	size_t len = s->rdata[0].len, numbers = 20;
	const uint8_t *bytes = s->rdata[0].bytes;

	if (len <= numbers)
		return;
	add_piece(out, bytes, len - numbers);
	add_piece(out, bytes + len - numbers, 4);
	add_piece(out, bytes + len - numbers + 4, numbers - 4);
}

void
weigh_answer(
    const struct rrset *answer, const struct rrset *authority, struct detect_answer *out)
{
	for (const struct rrset *s = authority; s != NULL; s = s->next)
		if (s->type == TYPE_SOA)
			add_soa(out, s);
	for (const struct rrset *s = answer; s != NULL; s = s->next) {
		if (s->type == TYPE_A || s->type == TYPE_AAAA) {
			add_addresses(out, s);
			continue;
		}
		for (unsigned i = 0; i < s->count; i++)
			out->rdata_hash += plain_hash(s->rdata[i].bytes, s->rdata[i].len);
		out->rdata_bytes += (uint32_t)rrset_rdata_bytes(s);
	}
}
