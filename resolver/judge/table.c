#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
#include "resolver/judge/format.h"

/*
 * The project's own form, one question a line, tab-separated:
 *
 *   time client qname qtype rcode rdbytes minttl transport label nans anshash firstans
 *   [payload [ns]]
 *
 * "-" is unknown. time: seconds since 1970 or since the beginning, with a fraction.
 * rdbytes, nans: bytes and number of all data of the answer; anshash: 64 bits in hex, the
 * same for the same data; label: what made it, "benign" for people. payload: bytes that
 * the question truly carried out. ns: the authority's address, or any word for it.
 *
 * Read a million times a second, so figures are read by hand.
 */

#define FIELDS_MIN	 12
#define FIELDS_MAX	 14
#define NEGATIVE_TTL_SEC 300u

enum {
	F_TIME,
	F_CLIENT,
	F_QNAME,
	F_QTYPE,
	F_RCODE,
	F_BYTES,
	F_TTL,
	F_TRANSPORT,
	F_LABEL,
	F_COUNT,
	F_HASH,
	F_FIRST,
	F_PAYLOAD,
	F_NS
};

static bool
unknown(const char *text)
{
	return text[0] == '\0' || (text[0] == '-' && text[1] == '\0');
}

/* At most nine digits: what follows them (a fraction) does not count. */
static uint32_t
whole(const char *text)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 9 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	return value;
}

static uint64_t
hex(const char *text)
{
	/* One more than the digit's value. */
	static const uint8_t digits[256] = { ['0'] = 1,
		['1'] = 2,
		['2'] = 3,
		['3'] = 4,
		['4'] = 5,
		['5'] = 6,
		['6'] = 7,
		['7'] = 8,
		['8'] = 9,
		['9'] = 10,
		['a'] = 11,
		['b'] = 12,
		['c'] = 13,
		['d'] = 14,
		['e'] = 15,
		['f'] = 16,
		['A'] = 11,
		['B'] = 12,
		['C'] = 13,
		['D'] = 14,
		['E'] = 15,
		['F'] = 16 };
	uint64_t value = 0;
	unsigned digit;

	for (unsigned i = 0; i < 16 && (digit = digits[(uint8_t)text[i]]) != 0; i++)
		value = value << 4 | (digit - 1);
	return value;
}

/* "1700000000.123456", to the millisecond. */
static bool
read_time(const char *text, int64_t *wall_ms)
{
	int64_t sec = 0;
	unsigned digits = 0, scale = 100;

	for (; *text >= '0' && *text <= '9' && digits < 11; digits++)
		sec = sec * 10 + (*text++ - '0');
	*wall_ms = sec * 1000;
	if (digits == 0 || (*text != '.' && *text != '\0'))
		return false;
	for (text += *text == '.'; *text >= '0' && *text <= '9'; text++, scale /= 10)
		*wall_ms += (*text - '0') * (int)scale;
	return *text == '\0';
}

/* Fields are short: eight bytes at a time over the whole line, not a search for each. A
 * line of too many fields leaves up to eight more. */
static unsigned
split(char *line, size_t len, char *field[FIELDS_MAX + 8])
{
	char **next = field, *at = line, *end = line + len;

	*next++ = line;
	for (; end - at >= 8 && next < field + FIELDS_MAX; at += 8)
		for (uint64_t tabs = text_find8(at, '\t'); tabs != 0; tabs &= tabs - 1) {
			char *tab = at + ((unsigned)__builtin_ctzll(tabs) >> 3);

			*tab = '\0';
			*next++ = tab + 1;
		}
	for (; at < end && next < field + FIELDS_MAX; at++)
		if (*at == '\t') {
			*at = '\0';
			*next++ = at + 1;
		}
	return (unsigned)(next - field);
}

/* The column counts addresses too; the detector wants them apart. */
static void
data_bytes(struct record *out, uint32_t bytes, uint32_t answers)
{
	uint32_t size = out->qtype == TYPE_A ? 4 : out->qtype == TYPE_AAAA ? 16 : 0;
	struct detect_answer *a = &out->answer;

	a->rdata_bytes = bytes;
	if (size == 0 || answers == 0)
		return;
	a->address_count = bytes == (uint64_t)answers * size ? answers : 1;
	a->rdata_bytes =
	    bytes > a->address_count * size ? bytes - a->address_count * size : 0;
}

/* Of the addresses only a hash of the whole set is recorded: all are new with it. The
 * resolver knows each by itself, and is never stricter than this. */
static void
address_pieces(struct record *out)
{
	struct detect_answer *a = &out->answer;
	uint16_t size = out->qtype == TYPE_A ? 4 : 8;
	uint32_t bytes = a->address_count * (out->qtype == TYPE_A ? 4 : 16);

	for (; bytes != 0 && a->piece_count < DETECT_PIECES_MAX; bytes -= size) {
		a->pieces[a->piece_count] =
		    (struct detect_piece){ a->rdata_hash * 31 + a->piece_count, size };
		a->piece_count++;
	}
	a->rest_bytes = bytes;
	a->rest_hash = a->rdata_hash * 31 + DETECT_PIECES_MAX;
}

/* Any address that stands for the one word will do. */
static void
authority(struct record *out, const char *text)
{
	static const struct hashkey plain = { 0, 0 };
	uint64_t hash;

	if (addr_from_text(text, 53, &out->answer.authority) == ERR_OK)
		return;
	hash = siphash13(&plain, text, strlen(text));
	if (addr_from_bytes(&out->answer.authority, (const uint8_t *)&hash, 4, 53) !=
	    ERR_OK)
		memset(&out->answer.authority, 0, sizeof(struct addr));
}

static void
answer(struct record *out, char *const *field)
{
	int rcode = unknown(field[F_RCODE]) ? -1 : record_rcode(field[F_RCODE]);

	/* Nothing is known of the answer: the detector hears of an empty one. */
	out->parts = RECORD_QUESTION | RECORD_ANSWER;
	out->answer.rcode = rcode < 0 ? 0 : (uint16_t)rcode;
	out->ttl_known = rcode >= 0;
	out->answer.ttl_min_sec =
	    unknown(field[F_TTL]) ? NEGATIVE_TTL_SEC : whole(field[F_TTL]);
	out->answer.rdata_hash = hex(field[F_HASH]);
	data_bytes(out, whole(field[F_BYTES]), whole(field[F_COUNT]));
	address_pieces(out);
}

static void
label(struct record *out, const char *text)
{
	size_t len = strlen(text);

	if (unknown(text))
		return;
	if (len >= RECORD_LABEL_MAX)
		len = RECORD_LABEL_MAX - 1;
	memcpy(out->label, text, len);
	out->label[len] = '\0';
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	char *field[FIELDS_MAX + 8];
	unsigned n;

	if (line[0] == '#' || len == 0)
		return READ_SKIP;
	n = split(line, len, field);
	if (n < FIELDS_MIN)
		return reader_fault(
		    r, line, NULL, n < 3 ? NULL : "fewer than 12 columns");
	if (!read_time(field[F_TIME], &out->wall_ms))
		return reader_fault(r, line, field[F_TIME], "no time");
	if (!record_client(out, field[F_CLIENT]))
		return reader_fault(r, line, field[F_CLIENT], "no client's address");
	if (!record_name(out, field[F_QNAME]))
		return reader_fault(r, line, field[F_QNAME], "no name");
	if (!record_type(out, field[F_QTYPE]))
		return reader_fault(r, line, field[F_QTYPE], "no type");
	answer(out, field);
	label(out, field[F_LABEL]);
	if (n > F_PAYLOAD && !unknown(field[F_PAYLOAD]))
		out->payload_bytes = strtod(field[F_PAYLOAD], NULL);
	if (!(out->payload_bytes >= 0 && out->payload_bytes < 1e9))
		out->payload_bytes = 0;
	if (n > F_NS && !unknown(field[F_NS]))
		authority(out, field[F_NS]);
	return READ_RECORD;
}

const struct format format_table = { "table",
	"time, client, name, type, rcode, bytes, TTL, transport, label, answers, hash, "
	"first answer; tab-separated",
	read_line };
