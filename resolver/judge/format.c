#include "resolver/judge/format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
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

/* A name without escapes, which is almost every one; false: ask dname_from_text. */
static bool
plain_name(const char *text, struct dname *out)
{
	size_t len = strlen(text), label = 0, at = 1;
	bool good = true;

	if (len == 0 || len > DNAME_MAX - 2 || memchr(text, '\\', len) != NULL)
		return false;
	dname_lower_bytes(out->bytes + 1, (const uint8_t *)text, len);
	if (text[len - 1] != '.')
		out->bytes[++len] = '.';
	for (; at + 8 <= len + 1; at += 8)
		for (uint64_t dots = text_find8(out->bytes + at, '.'); dots != 0;
		     dots &= dots - 1)
			good &= end_label(
			    out, &label, at + (unsigned)__builtin_ctzll(dots) / 8);
	for (; at <= len; at++)
		if (out->bytes[at] == '.')
			good &= end_label(out, &label, at);
	out->bytes[len] = 0;
	out->len = (uint8_t)(len + 1);
	return good;
}

bool
record_name(struct record *out, const char *text)
{
	return plain_name(text, &out->qname) ||
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
