#include "resolver/judge/format.h"

#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
#include "resolver/judge/text8.h"
#include "resolver/judge/when.h"

/* Lines of the beginning that decide which format a file has. */
#define DETECT_LINES 400u
/* A log ends when its file was last written, or a day later (time zones), and its first
 * time without a year is taken from the year before that. */
#define YEAR_BACK_MS	(INT64_C(182) * 86400 * 1000)
#define UNTIMED_STEP_MS 100

static const struct format *const table[] = { &format_table, &format_zeek, &format_bind,
	&format_unbound, &format_dnsmasq };

const struct format *const *
formats(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]);
	return table;
}

void
reader_start(struct reader *r, int64_t file_ms)
{
	memset(r, 0, sizeof(*r));
	r->file_ms = file_ms;
	r->now_ms = file_ms - YEAR_BACK_MS;
	r->zeek_separator = '\t';
	for (unsigned i = 0; i < ZEEK_COLUMNS; i++)
		r->zeek[i] = -1;
}

/* "<30>" of syslog's wire form, "<30>1 " of RFC 5424's. */
static char *
skip_priority(char *line)
{
	char *p = line;

	if (*p++ != '<' || !isdigit((unsigned char)*p))
		return line;
	while (isdigit((unsigned char)*p))
		p++;
	if (*p++ != '>')
		return line;
	return p[0] == '1' && p[1] == ' ' ? p + 2 : p;
}

char *
reader_time(struct reader *r, char *line, struct record *out, bool *timed)
{
	char *text = skip_priority(line);
	const char *rest = when_read(text + (*text == '['), r->now_ms, &out->wall_ms);

	*timed = rest != NULL;
	if (rest == NULL)
		return line;
	r->now_ms = out->wall_ms;
	r->has_time = true;
	return (char *)(uintptr_t)rest;
}

void
reader_untimed(struct reader *r, struct record *out)
{
	if (r->untimed++ == 0 && !r->has_time)
		r->now_ms = r->file_ms;
	out->wall_ms = r->now_ms += UNTIMED_STEP_MS;
}

enum read_result
reader_fault(struct reader *r, const char *line, const char *at, const char *what)
{
	r->fault = what;
	r->fault_at = at == NULL ? 0 : (size_t)(at - line);
	snprintf(r->fault_token, sizeof(r->fault_token), "%s", at == NULL ? "" : at);
	return READ_BAD;
}

/* How many records a format finds in whole lines of ${bytes}. */
static unsigned
count_records(const struct format *f, const uint8_t *bytes, size_t len, int64_t file_ms,
    struct reader *r, char *line)
{
	struct record rec;
	unsigned found = 0;

	reader_start(r, file_ms);
	for (unsigned n = 0; n < DETECT_LINES && len > 0; n++) {
		const uint8_t *end = memchr(bytes, '\n', len);
		size_t size = end != NULL ? (size_t)(end - bytes) : len;

		memcpy(line, bytes, size);
		line[size] = '\0';
		if (size > 0 && line[size - 1] == '\r')
			line[--size] = '\0';
		record_clear(&rec);
		found += f->read(r, line, size, &rec) == READ_RECORD;
		size = end != NULL ? (size_t)(end - bytes) + 1 : len;
		bytes += size;
		len -= size;
	}
	return found;
}

const struct format *
format_detect(const uint8_t *bytes, size_t len, int64_t file_ms)
{
	struct reader *r = malloc(sizeof(*r));
	char *line = malloc(len + 1);
	const struct format *best = NULL;
	unsigned most = 0;

	for (size_t i = 0;
	     r != NULL && line != NULL && i < sizeof(table) / sizeof(table[0]); i++) {
		unsigned n = count_records(table[i], bytes, len, file_ms, r, line);

		if (n > most) {
			most = n;
			best = table[i];
		}
	}
	free(line);
	free(r);
	return best;
}

/* A label ends at ${dot}: its length goes before it. False: it is empty or too long. */
static bool
end_label(struct dname *out, size_t *label, size_t dot)
{
	size_t len = dot - *label - 1;

	out->bytes[*label] = (uint8_t)len;
	*label = dot;
	return len - 1 < DNAME_LABEL_MAX;
}

/* What is asked of each byte of a name, bit by bit. */
struct marks {
	uint64_t dots[DNAME_MAX / 64 + 1];
	uint64_t escapes;
};

/* Eight bytes of text at ${at}: into the name in lower case, and into the marks. */
static inline void
take8(struct dname *out, struct marks *m, const char *text, size_t at)
{
	uint64_t x = text8_load(text + at), dots = text8_bits(text8_find(x, '.'));
	uint64_t lower = htole64(text8_lower(x));

	memcpy(out->bytes + 1 + at, &lower, sizeof(lower));
	m->escapes |= text8_find(x, '\\') | text8_find(x, '\0');
	m->dots[at / 64] |= dots << at % 64;
	if (at % 64 > 56)
		m->dots[at / 64 + 1] |= dots >> (64 - at % 64);
}

bool
record_plain_name(struct record *record, const char *text, size_t len)
{
	struct dname *out = &record->qname;
	struct marks m = { 0 };
	size_t label = 0;
	bool good = true;

	if (len < 8 || len > DNAME_MAX - 2)
		return false;
	for (size_t at = 0; at + 8 < len; at += 8)
		take8(out, &m, text, at);
	take8(out, &m, text, len - 8); /* the end, some of it again */
	if (m.escapes != 0)
		return false;
	if (text[len - 1] != '.') {
		m.dots[len / 64] |= UINT64_C(1) << len % 64;
		len++;
	}
	for (size_t from = 0; from < len; from += 64)
		for (uint64_t dots = m.dots[from / 64]; dots != 0; dots &= dots - 1)
			good &= end_label(
			    out, &label, from + (unsigned)__builtin_ctzll(dots) + 1);
	out->bytes[len] = 0;
	out->len = (uint8_t)(len + 1);
	return good;
}

bool
record_name(struct record *out, const char *text)
{
	return record_plain_name(out, text, strlen(text)) ||
	       dname_from_text(text, &out->qname) == ERR_OK;
}

bool
record_type(struct record *out, const char *text)
{
	if (text[0] == 'A' && (text[1] == '\0' || strcmp(text, "AAAA") == 0)) {
		out->qtype = text[1] == '\0' ? TYPE_A : TYPE_AAAA;
		return true;
	}
	/* So Zeek and tshark write ANY. */
	if (text[0] == '*' && text[1] == '\0') {
		out->qtype = TYPE_ANY;
		return true;
	}
	return dns_type_parse(text, &out->qtype) == ERR_OK;
}

/* Four figures and nothing else: what almost every client is. */
static bool
dotted_quad(const char *text, struct addr *out)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned value = 0, digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 3; digits++)
			value = value * 10 + (unsigned)(*text++ - '0');
		if (digits == 0 || value > 255 || *text != (i < 3 ? '.' : '\0'))
			return false;
		text += i < 3;
		out->bytes[i] = (uint8_t)value;
	}
	out->family = ADDR_V4;
	return true;
}

bool
record_client(struct record *out, const char *text)
{
	char host[ADDR_TEXT_MAX];

	if (dotted_quad(text, &out->client))
		return true;
	memset(&out->client, 0, sizeof(out->client));
	/* "fe80::1%eth0": the link's name means nothing here. */
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(text, "%"), text);
	if (addr_from_text(host, 0, &out->client) != ERR_OK)
		return false;
	out->client.port = 0;
	return true;
}

int
record_rcode(const char *text)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
		"NOTZONE" };
	char *end;
	unsigned long value;

	if (text[0] >= '0' && text[0] <= '9' && text[1] == '\0')
		return text[0] - '0';
	value = strtoul(text, &end, 10);
	if (end != text && *end == '\0' && value <= 4095)
		return (int)value;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(text, names[i]) == 0)
			return (int)i;
	return -1;
}

static void
add_piece(struct detect_answer *a, uint64_t hash, uint16_t bytes)
{
	if (a->piece_count < DETECT_PIECES_MAX) {
		a->pieces[a->piece_count++] = (struct detect_piece){ hash, bytes };
		return;
	}
	a->rest_bytes += bytes;
	a->rest_hash = a->rest_hash * 31 + hash;
}

void
record_datum(struct record *out, const char *text)
{
	static const struct hashkey plain = { 0, 0 };
	struct detect_answer *a = &out->answer;
	size_t len = strlen(text);
	struct addr address;

	if (addr_from_text(text, 0, &address) != ERR_OK) {
		a->rdata_hash += siphash13(&plain, text, len);
		a->rdata_bytes += (uint32_t)len;
		return;
	}
	a->address_count++;
	if (address.family == ADDR_V4) {
		add_piece(a, siphash13(&plain, address.bytes, 4), 4);
		return;
	}
	add_piece(a, siphash13(&plain, address.bytes, 8), 8);
	add_piece(a, siphash13(&plain, address.bytes + 8, 8), 8);
}
