#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
#include "resolver/judge/format.h"
#include "resolver/judge/text8.h"

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
 * Read a million times a second: fields are found and read a word at a time (text8.h),
 * and what is not as usual goes the slow way behind.
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

/*
 * A line in its fields: from ${field}[i] to the tab (or the line's NUL) at ${field}[i +
 * 1]
 * - 1. A NUL is written over each tab only when somebody wants a field as a string: a
 * word that is loaded right behind such a byte waits until it is in the cache.
 */
struct cut {
	const char *line, *end;
	unsigned count;
	bool strings;
	char *field[FIELDS_MAX + 2];
};

static size_t
length_of(const struct cut *c, unsigned i)
{
	return (size_t)(c->field[i + 1] - c->field[i]) - 1;
}

static const char *
text_of(struct cut *c, unsigned field)
{
	for (unsigned i = 1; i < c->count && !c->strings; i++)
		c->field[i][-1] = '\0';
	if (c->count == FIELDS_MAX)
		c->field[FIELDS_MAX][-1] = '\0';
	c->strings = true;
	return c->field[field];
}

static bool
unknown(const struct cut *c, unsigned field)
{
	size_t len = length_of(c, field);

	return len == 0 || (len == 1 && c->field[field][0] == '-');
}

/* A field of 1 to 8 bytes as the last ones of a word, '0' before them. False: it is not,
 * or begins too near to the line's beginning. */
static bool
short_field(const struct cut *c, unsigned i, uint64_t *x)
{
	size_t len = length_of(c, i);
	const char *end = c->field[i] + len;

	if (len - 1 >= 8 || end - c->line < 8)
		return false;
	*x = text8_last(text8_load(end - 8), len);
	return true;
}

/* At most nine digits: what follows them (a fraction) does not count. */
static uint32_t
whole(const struct cut *c, unsigned field)
{
	const char *text = c->field[field];
	uint32_t value = 0;
	uint64_t x;

	if (short_field(c, field, &x) && text8_is_decimal(x))
		return text8_decimal(x);
	for (unsigned i = 0; i < 9 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	return value;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static uint64_t
hex(const struct cut *c, unsigned field)
{
	const char *text = c->field[field];
	uint64_t value = 0, x;
	int digit;

	if (short_field(c, field, &x) && text8_is_hex(x))
		return text8_hex(x);
	for (unsigned i = 0; i < 16 && (digit = hex_digit(text[i])) >= 0; i++)
		value = value << 4 | (unsigned)digit;
	return value;
}

/* What is looked at of a line for its time and its client; shorter ones go the slow way.
 */
#define TIME_ROOM   24
#define CLIENT_ROOM 16

/* Seconds since 1970 in nine to eleven digits, with a fraction of one to eight. */
static bool
time_of_now(const struct cut *c, int64_t *wall_ms)
{
	const char *text = c->field[F_TIME];
	uint64_t first = text8_load(text), high, low, fraction;
	unsigned dot = (unsigned)__builtin_ctzll(text16_find(text, '.') | 1u << 16);
	size_t places = length_of(c, F_TIME) - dot - 1;

	if (dot - 9 > 2 || places - 1 >= 8)
		return false;
	high = text8_last(first << 8 * (16 - dot), dot - 8);
	low = text8_load(text + dot - 8);
	fraction = text8_first(text8_load(text + dot + 1), places);
	if (!text8_is_decimal(high) || !text8_is_decimal(low) ||
	    !text8_is_decimal(fraction))
		return false;
	*wall_ms = ((int64_t)text8_decimal(high) * 100000000 + text8_decimal(low)) * 1000;
	*wall_ms += text8_decimal(fraction) / 100000;
	return true;
}

/* "1700000000.123456", to the millisecond. */
static bool
read_time(struct cut *c, int64_t *wall_ms)
{
	const char *text = c->field[F_TIME];
	int64_t sec = 0;
	unsigned digits = 0, scale = 100;

	if (c->end - text >= TIME_ROOM && time_of_now(c, wall_ms))
		return true;
	text = text_of(c, F_TIME);
	for (; *text >= '0' && *text <= '9' && digits < 11; digits++)
		sec = sec * 10 + (*text++ - '0');
	*wall_ms = sec * 1000;
	if (digits == 0 || (*text != '.' && *text != '\0'))
		return false;
	for (text += *text == '.'; *text >= '0' && *text <= '9'; text++, scale /= 10)
		*wall_ms += (*text - '0') * (int)scale;
	return *text == '\0';
}

/* What the first 1 to 3 of four bytes say, which are digits. */
static unsigned
figure(const char *text, size_t len)
{
	uint32_t x;

	memcpy(&x, text, sizeof(x));
	x = (le32toh(x) & UINT32_C(0x0f0f0f0f)) << 8 * (4 - len);
	return (x >> 24) + (x >> 16 & 0xff) * 10 + (x >> 8 & 0xff) * 100;
}

/* "192.0.2.1" and nothing else: what almost every client is. */
static bool
quad(const struct cut *c, struct addr *out)
{
	const char *text = c->field[F_CLIENT];
	size_t len = length_of(c, F_CLIENT), at = 0;
	unsigned dots, digits, values = 0;

	if (len >= CLIENT_ROOM || c->end - text < CLIENT_ROOM)
		return false;
	dots = ((unsigned)text16_find(text, '.') & ((1u << len) - 1)) | 1u << len;
	digits = (unsigned)text16_decimals(text);
	if ((~(digits | dots) & ((1u << len) - 1)) != 0)
		return false;
	for (unsigned i = 0; i < 4; i++, dots &= dots - 1) {
		size_t end = (unsigned)__builtin_ctz(dots | 1u << 16), n = end - at;
		unsigned value;

		if (n - 1 > 2)
			return false;
		value = figure(text + at, n);
		values |= value;
		out->bytes[i] = (uint8_t)value;
		at = end + 1;
	}
	out->family = ADDR_V4;
	return dots == 0 && values <= 255;
}

static bool
client(struct cut *c, struct record *out)
{
	return quad(c, &out->client) || record_client(out, text_of(c, F_CLIENT));
}

/* A file has few types, and most are not the first of all known ones. */
static bool
type(struct cut *c, struct reader *r, struct record *out)
{
	size_t len = length_of(c, F_QTYPE);
	const char *end = c->field[F_QTYPE] + len;
	struct table_type *known;
	uint64_t word;

	if (len - 1 >= 8 || end - c->line < 8)
		return record_type(out, text_of(c, F_QTYPE));
	word = text8_load(end - 8) >> (64 - 8 * len);
	known = &r->types[word * UINT64_C(0x9e3779b97f4a7c15) >> 60];
	if (known->text != word) {
		if (!record_type(out, text_of(c, F_QTYPE)))
			return false;
		*known = (struct table_type){ word, out->qtype };
	}
	out->qtype = known->type;
	return true;
}

/* Where the tabs are among 64 bytes. */
static uint64_t
tabs64(const char *text)
{
	return text16_find(text, '\t') | text16_find(text + 16, '\t') << 16 |
	       text16_find(text + 32, '\t') << 32 | text16_find(text + 48, '\t') << 48;
}

/* Likewise among the first ${len} of them. Where there are fewer, those before them are
 * looked at, if they are ${line}'s. */
static uint64_t
tabs_of(const char *line, const char *at, size_t len)
{
	uint64_t tabs = 0;

	if (len >= 64)
		return tabs64(at);
	if (len == 0)
		return 0;
	if (at - line >= 64)
		return tabs64(at + len - 64) >> (64 - len);
	for (size_t i = 0; i < len; i++)
		tabs |= (uint64_t)(at[i] == '\t') << i;
	return tabs;
}

/*
 * Which tabs are where cannot be foretold, so 128 bytes, of most lines all, are looked at
 * before the first is taken; and of two words the next tab is found without a branch. The
 * last field ends at a tab that is one too many.
 */
static void
cut_line(struct cut *c, char *line, size_t len)
{
	unsigned n = 1;

	c->line = line;
	c->end = line + len;
	c->strings = false;
	c->field[0] = line;
	for (size_t at = 0; at < len; at += 128) {
		size_t left = len - at, rest = left > 64 ? left - 64 : 0;
		uint64_t low = tabs_of(line, line + at, left);
		uint64_t high = tabs_of(line, line + at + 64, rest);

		for (; (low | high) != 0 && n <= FIELDS_MAX; n++) {
			uint64_t none = -(uint64_t)(low == 0); /* all bits or no bit */
			uint64_t word = low | (high & none);
			char *tab =
			    line + at + (none & 64) + (unsigned)__builtin_ctzll(word);

			high &= ~none | (high - 1);
			low &= low - 1;
			c->field[n] = tab + 1;
		}
	}
	c->count = n > FIELDS_MAX ? FIELDS_MAX : n;
	if (n <= FIELDS_MAX)
		c->field[n] = line + len + 1;
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

static int
rcode_of(struct cut *c)
{
	char digit = c->field[F_RCODE][0];

	if (unknown(c, F_RCODE))
		return -1;
	if (length_of(c, F_RCODE) == 1 && digit >= '0' && digit <= '9')
		return digit - '0';
	return record_rcode(text_of(c, F_RCODE));
}

static void
answer(struct record *out, struct cut *c)
{
	int rcode = rcode_of(c);

	/* Nothing is known of the answer: the detector hears of an empty one. */
	out->parts = RECORD_QUESTION | RECORD_ANSWER;
	out->answer.rcode = rcode < 0 ? 0 : (uint16_t)rcode;
	out->ttl_known = rcode >= 0;
	out->answer.ttl_min_sec = unknown(c, F_TTL) ? NEGATIVE_TTL_SEC : whole(c, F_TTL);
	out->answer.rdata_hash = hex(c, F_HASH);
	data_bytes(out, whole(c, F_BYTES), whole(c, F_COUNT));
	address_pieces(out);
}

static void
label(struct record *out, const struct cut *c)
{
	size_t len = length_of(c, F_LABEL);

	if (unknown(c, F_LABEL))
		return;
	if (len >= RECORD_LABEL_MAX)
		len = RECORD_LABEL_MAX - 1;
	memcpy(out->label, c->field[F_LABEL], len);
	out->label[len] = '\0';
}

static bool
name(struct cut *c, struct record *out)
{
	return record_plain_name(out, c->field[F_QNAME], length_of(c, F_QNAME)) ||
	       record_name(out, text_of(c, F_QNAME));
}

/* What only emulations and the project's own recordings have. */
static void
more_columns(struct cut *c, struct record *out)
{
	if (c->count > F_PAYLOAD && !unknown(c, F_PAYLOAD))
		out->payload_bytes = strtod(text_of(c, F_PAYLOAD), NULL);
	if (!(out->payload_bytes >= 0 && out->payload_bytes < 1e9))
		out->payload_bytes = 0;
	if (c->count > F_NS && !unknown(c, F_NS))
		authority(out, text_of(c, F_NS));
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	struct cut c;

	if (line[0] == '#' || len == 0)
		return READ_SKIP;
	cut_line(&c, line, len);
	if (c.count < FIELDS_MIN)
		return reader_fault(
		    r, line, NULL, c.count < 3 ? NULL : "fewer than 12 columns");
	if (!read_time(&c, &out->wall_ms))
		return reader_fault(r, line, text_of(&c, F_TIME), "no time");
	if (!client(&c, out))
		return reader_fault(
		    r, line, text_of(&c, F_CLIENT), "no client's address");
	if (!name(&c, out))
		return reader_fault(r, line, text_of(&c, F_QNAME), "no name");
	if (!type(&c, r, out))
		return reader_fault(r, line, text_of(&c, F_QTYPE), "no type");
	answer(out, &c);
	label(out, &c);
	more_columns(&c, out);
	return READ_RECORD;
}

const struct format format_table = { "table",
	"time, client, name, type, rcode, bytes, TTL, transport, label, answers, hash, "
	"first answer; tab-separated",
	read_line };
