#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/judge/format.h"

/*
 * Unbound with log-queries and log-replies:
 *
 *   [1700000000] unbound[42:0] info: 192.0.2.1 example.com. A IN
 *   [1700000000] unbound[42:0] info: 192.0.2.1 example.com. A IN NOERROR 0.012 0 55
 *
 * With log-tag-queryreply "query:" and "reply:" stand for "info:"; the time may be
 * syslog's or ISO's, with the host and "unbound[77]: [42:0]" behind it. A reply has the
 * code, seconds, whether it came from the cache, and the size of the whole message. Of
 * the size only what goes beyond header and question can be data. Where questions are
 * logged, a reply completes one; where they are not, it is both.
 */

#define HEADER_BYTES	12u
#define QUESTION_FIXED	4u
#define OPT_BYTES	11u
#define RECORD_OVERHEAD 12u /* a compressed owner, type, class, TTL, length */

/*
 * "unbound[42:0] info: " or "ident[77]: [42:0] info: ": process and thread, then the
 * level. Any word may stand for "unbound" (log-identity). NULL: no line of Unbound's;
 * ${*message} is NULL when it is one that holds no question.
 */
static char *
find_head(char *rest, char **message)
{
	static const char *const tags[] = { "info: ", "query: ", "reply: " };
	char *p = rest;

	*message = NULL;
	while ((p = strchr(p, '[')) != NULL) {
		char *head = ++p;

		p += strspn(p, "0123456789");
		if (p == head || *p != ':')
			continue;
		p += 1 + strspn(p + 1, "0123456789abcdef");
		if (p[0] != ']' || p[1] != ' ')
			continue;
		p += 2;
		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
			if (strncmp(p, tags[i], strlen(tags[i])) == 0)
				*message = p + strlen(tags[i]);
		return head;
	}
	return NULL;
}

/* What the answer brought, as near as its size tells. */
static void
data(struct record *out, uint32_t size)
{
	uint32_t known = HEADER_BYTES + out->qname.len + QUESTION_FIXED + OPT_BYTES;
	struct detect_answer *a = &out->answer;

	if (size > known + RECORD_OVERHEAD)
		a->rdata_bytes = size - known - RECORD_OVERHEAD;
	/* Addresses come and go by turns: what is plainly one is told as one. */
	if ((out->qtype == TYPE_A || out->qtype == TYPE_AAAA) && a->rdata_bytes > 0) {
		a->address_count = 1;
		a->rdata_bytes = 0;
	}
	a->rdata_hash = size;
}

static enum read_result
reply(struct reader *r, const char *line, char *rcode, char *rest, struct record *out)
{
	char *seconds = strsep(&rest, " "), *cached = strsep(&rest, " "),
	     *size = strsep(&rest, " ");
	int code = record_rcode(rcode);

	if (code < 0)
		return reader_fault(r, line, rcode, "no code of a reply");
	if (seconds == NULL || cached == NULL || size == NULL)
		return reader_fault(
		    r, line, rcode, "without seconds, cached or not, and bytes");
	out->parts = r->has_queries ? RECORD_ANSWER : RECORD_QUESTION | RECORD_ANSWER;
	out->answer.rcode = (uint16_t)code;
	data(out, (uint32_t)strtoul(size, NULL, 10));
	return READ_RECORD;
}

static enum read_result
read_message(struct reader *r, const char *line, char *rest, struct record *out)
{
	char *who = strsep(&rest, " "), *name = strsep(&rest, " "),
	     *type = strsep(&rest, " "), *class = strsep(&rest, " "), *rcode;

	/* Other messages of that level: "start of service", statistics. */
	if (class == NULL || !record_client(out, who))
		return READ_SKIP;
	if (!record_name(out, name))
		return reader_fault(r, line, name, "no name");
	if (!record_type(out, type))
		return reader_fault(r, line, type, "no type");
	if (strcmp(class, "IN") != 0)
		return READ_SKIP;
	if ((rcode = strsep(&rest, " ")) != NULL && *rcode != '\0')
		return reply(r, line, rcode, rest, out);
	r->has_queries = true;
	out->parts = RECORD_QUESTION;
	return READ_RECORD;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	enum read_result result;
	char *rest, *message;
	bool timed;

	if (len == 0)
		return READ_SKIP;
	rest = reader_time(r, line, out, &timed);
	if (find_head(rest, &message) == NULL)
		return timed ? READ_OTHER : reader_fault(r, line, NULL, NULL);
	if (message == NULL)
		return READ_SKIP;
	result = read_message(r, line, message, out);
	if (result == READ_RECORD && !timed)
		reader_untimed(r, out);
	return result;
}

const struct format format_unbound = { "unbound",
	"[TIME] unbound[..:..] info: ADDRESS NAME. TYPE IN [RCODE SECONDS CACHED BYTES]",
	read_line };
