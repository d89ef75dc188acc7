#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "resolver/judge/format.h"
#include "resolver/judge/when.h"

/*
 * dnsmasq and Pi-hole with log-queries:
 *
 *   Nov 22 10:00:00 dnsmasq[123]: query[A] example.com from 192.0.2.1
 *   Nov 22 10:00:00 dnsmasq[123]: forwarded example.com to 9.9.9.9
 *   Nov 22 10:00:00 dnsmasq[123]: reply example.com is 93.184.216.34
 *
 * and with log-queries=extra a serial number and the client's address and port before
 * the verb: "123 192.0.2.1/53321 query[A] ...". An answer names neither client nor type:
 * it belongs to the last question for that name that was logged. Each record of an answer
 * is a line; the first completes the question, the others are further data of the same
 * name and are not counted: what a tunnel brings down in several records is seen less.
 */

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

/* "123 192.0.2.1/53321 query[A]": steps over the first two. */
static char *
skip_extra(char *rest)
{
	char *p = rest;

	if (!isdigit((unsigned char)*p))
		return rest;
	while (isdigit((unsigned char)*p))
		p++;
	if (*p++ != ' ')
		return rest;
	p = strchr(p, ' ');
	return p != NULL ? p + 1 : rest;
}

static enum read_result
question(struct reader *r, char *verb, char *rest, struct record *out)
{
	char *type = verb + strlen("query["), *end = strchr(type, ']');
	char *name = strsep(&rest, " "), *from = strsep(&rest, " "),
	     *who = strsep(&rest, " ");
	uint64_t hash;

	if (end == NULL || who == NULL || strcmp(from, "from") != 0)
		return READ_BAD;
	*end = '\0';
	if (strncmp(type, "type=", 5) == 0) {
		unsigned long value = strtoul(type + 5, NULL, 10);

		if (value == 0 || value > UINT16_MAX)
			return READ_BAD;
		out->qtype = (uint16_t)value;
	} else if (!record_type(out, type)) {
		return READ_BAD;
	}
	if (!record_client(out, who) || !record_name(out, name))
		return READ_BAD;
	hash = hash_of(name);
	*open_of(r, hash) = (struct dnsmasq_open){ hash, out->client, out->qtype };
	out->parts = RECORD_QUESTION;
	return READ_RECORD;
}

static enum read_result
answer(struct reader *r, char *rest, struct record *out)
{
	char *name = strsep(&rest, " "), *is = strsep(&rest, " ");
	struct dnsmasq_open *o;
	uint64_t hash;

	if (is == NULL || strcmp(is, "is") != 0 || rest == NULL)
		return READ_SKIP;
	hash = hash_of(name);
	o = open_of(r, hash);
	if (o->hash != hash || !record_name(out, name))
		return READ_SKIP;
	out->parts = RECORD_ANSWER;
	out->client = o->client;
	out->qtype = o->qtype;
	o->hash = 0;
	if (strncmp(rest, "NXDOMAIN", 8) == 0)
		out->answer.rcode = 3;
	else if (strncmp(rest, "NODATA", 6) != 0 && rest[0] != '<')
		record_datum(out, rest);
	return READ_RECORD;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	char *rest, *verb;

	if (len == 0)
		return READ_SKIP;
	if ((rest = (char *)(uintptr_t)when_read(line, r->year, &out->wall_ms)) == NULL ||
	    (rest = strstr(rest, "dnsmasq[")) == NULL ||
	    (rest = strstr(rest, "]: ")) == NULL)
		return READ_BAD;
	rest = skip_extra(rest + 3);
	if ((verb = strsep(&rest, " ")) == NULL || rest == NULL)
		return READ_SKIP;
	if (strncmp(verb, "query[", 6) == 0)
		return question(r, verb, rest, out);
	if (strcmp(verb, "reply") == 0 || strcmp(verb, "cached") == 0 ||
	    strcmp(verb, "config") == 0)
		return answer(r, rest, out);
	return READ_SKIP;
}

const struct format format_dnsmasq = { "dnsmasq",
	"Nov 22 10:00:00 dnsmasq[123]: query[A] NAME from ADDRESS", read_line };
