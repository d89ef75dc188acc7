#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
#include "resolver/judge/format.h"

/*
 * dnsmasq and Pi-hole with log-queries:
 *
 *   Nov 22 10:00:00 dnsmasq[123]: query[A] example.com from 192.0.2.1
 *   Nov 22 10:00:00 dnsmasq[123]: forwarded example.com to 9.9.9.9
 *   Nov 22 10:00:00 dnsmasq[123]: reply example.com is 93.184.216.34
 *
 * With log-queries=extra a serial number and the client's address and port stand before
 * the verb: "123 192.0.2.1/53321 query[A] ...". The host may stand before "dnsmasq";
 * logread of OpenWrt writes "Sun Nov 22 10:00:00 2026 daemon.info" there; on standard
 * error there is no time and no process; what the page of Pi-hole 6 shows has its time
 * and no "dnsmasq".
 *
 * Names are the bytes themselves, blanks and backslashes too; one that does not print is
 * "<name unprintable>" and cannot be judged. An answer names neither client nor type: it
 * belongs to the last question for that name that was logged. Each record of an answer is
 * a line; the first completes the question, the others are further data of the same name
 * and are not counted: what a tunnel brings down in several records is seen less.
 */

#define UNPRINTABLE "<name unprintable>"

static const struct hashkey plain = { 0, 0 };

static struct dnsmasq_open *
open_of(struct reader *r, uint64_t hash)
{
	return &r->open[hash % DNSMASQ_OPEN];
}

static uint64_t
hash_of(const char *name)
{
	return siphash13(&plain, name, strlen(name)) | 1;
}

/* "123 192.0.2.1/53321 UDP query[A]": steps over what stands before the verb. */
static char *
skip_extra(char *rest)
{
	char *p = rest + strspn(rest, "0123456789");

	if (p == rest || *p != ' ')
		return rest;
	rest = ++p;
	p += strcspn(p, " /");
	if (p == rest || *p != '/')
		return rest;
	p += 1 + strspn(p + 1, "0123456789");
	if (*p++ != ' ')
		return rest;
	return strncmp(p, "UDP ", 4) == 0 || strncmp(p, "TCP ", 4) == 0 ? p + 4 : p;
}

/* Any bytes as the text of a name: only the dot has a meaning. */
static bool
set_name(struct record *out, const char *raw)
{
	char text[DNAME_TEXT_MAX];
	size_t n = 0;

	for (; *raw != '\0' && n + 2 < sizeof(text); raw++) {
		if (*raw == '\\')
			text[n++] = '\\';
		text[n++] = *raw;
	}
	text[n] = '\0';
	return *raw == '\0' && record_name(out, text);
}

/* "A]" or "type=65]". */
static bool
set_type(struct record *out, char *type)
{
	char *end = strchr(type, ']');
	unsigned long value;

	if (end == NULL)
		return false;
	*end = '\0';
	if (strncmp(type, "type=", 5) != 0)
		return record_type(out, type);
	value = strtoul(type + 5, NULL, 10);
	out->qtype = (uint16_t)value;
	return value != 0 && value <= UINT16_MAX;
}

static char *
last_of(char *text, const char *word)
{
	char *found = NULL;

	for (char *p = text; (p = strstr(p, word)) != NULL; p++)
		found = p;
	return found;
}

static enum read_result
question(struct reader *r, const char *line, char *verb, char *name, struct record *out)
{
	char *from = last_of(name, " from "), *who;
	uint64_t hash;

	if (from == NULL)
		return reader_fault(r, line, name, "no \"from ADDRESS\"");
	*from = '\0';
	who = from + strlen(" from ");
	if (!set_type(out, verb + strlen("query[")))
		return reader_fault(r, line, verb, "no type");
	if (!record_client(out, who))
		return reader_fault(r, line, who, "no client's address");
	if (strcmp(name, UNPRINTABLE) == 0) {
		r->nameless++;
		return READ_SKIP;
	}
	if (!set_name(out, name))
		return reader_fault(r, line, name, "no name");
	hash = hash_of(name);
	*open_of(r, hash) = (struct dnsmasq_open){ hash, out->client, out->qtype };
	out->parts = RECORD_QUESTION;
	return READ_RECORD;
}

static enum read_result
answer(struct reader *r, char *name, struct record *out)
{
	char *is = strstr(name, " is "), *what;
	struct dnsmasq_open *o;
	uint64_t hash;

	if (is == NULL)
		return READ_SKIP;
	*is = '\0';
	what = is + strlen(" is ");
	hash = hash_of(name);
	o = open_of(r, hash);
	if (o->hash != hash || !set_name(out, name))
		return READ_SKIP;
	out->parts = RECORD_ANSWER;
	out->client = o->client;
	out->qtype = o->qtype;
	o->hash = 0;
	if (strncmp(what, "NXDOMAIN", 8) == 0)
		out->answer.rcode = RCODE_NXDOMAIN;
	else if (strncmp(what, "SERVFAIL", 8) == 0)
		out->answer.rcode = RCODE_SERVFAIL;
	else if (strncmp(what, "REFUSED", 7) == 0)
		out->answer.rcode = RCODE_REFUSED;
	else if (strncmp(what, "NODATA", 6) != 0 && what[0] != '<')
		record_datum(out, what);
	return READ_RECORD;
}

/* The message behind "dnsmasq[123]: ", "dnsmasq: ", or a time alone when a question or an
 * answer follows it at once. NULL: of somebody else. */
static char *
find_message(char *rest, bool timed)
{
	static const char *const verbs[] = { "query[", "reply ", "cached ", "forwarded ",
		"gravity blocked " };
	char *p = strstr(rest, "dnsmasq");

	if (p != NULL) {
		p += strlen("dnsmasq");
		p += strcspn(p, ": ");
		return p[0] == ':' && p[1] == ' ' ? p + 2 : NULL;
	}
	if (!timed || *rest != ' ')
		return NULL;
	rest = skip_extra(rest + 1);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(rest, verbs[i], strlen(verbs[i])) == 0)
			return rest;
	return NULL;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	enum read_result result = READ_SKIP;
	char *rest, *verb;
	bool timed;

	if (len == 0)
		return READ_SKIP;
	rest = reader_time(r, line, out, &timed);
	if ((rest = find_message(rest, timed)) == NULL)
		return timed ? READ_OTHER : reader_fault(r, line, NULL, NULL);
	rest = skip_extra(rest);
	if ((verb = strsep(&rest, " ")) == NULL || rest == NULL)
		return READ_SKIP;
	if (strncmp(verb, "query[", 6) == 0)
		result = question(r, line, verb, rest, out);
	else if (strcmp(verb, "reply") == 0 || strcmp(verb, "cached") == 0 ||
		 strcmp(verb, "cached-stale") == 0 || strcmp(verb, "config") == 0)
		result = answer(r, rest, out);
	if (result == READ_RECORD && !timed)
		reader_untimed(r, out);
	return result;
}

const struct format format_dnsmasq = { "dnsmasq",
	"[TIME] dnsmasq[123]: query[A] NAME from ADDRESS", read_line };
