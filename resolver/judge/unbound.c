#include <stdlib.h>
#include <string.h>

#include "resolver/judge/format.h"
#include "resolver/judge/when.h"

/*
 * Unbound with log-queries and log-replies:
 *
 *   [1700000000] unbound[42:0] info: 192.0.2.1 example.com. A IN
 *   [1700000000] unbound[42:0] info: 192.0.2.1 example.com. A IN NOERROR 0.012 0 55
 *
 * With log-tag-queryreply "query:" and "reply:" stand for "info:"; the time may be
 * syslog's or ISO's. A reply has the code, seconds, whether it came from the cache, and
 * the size of the whole message. Of the size only what goes beyond header and question
 * can be data. Where questions are logged, a reply completes one; where they are not, it
 * is both.
 */

#define HEADER_BYTES	12u
#define QUESTION_FIXED	4u
#define OPT_BYTES	11u
#define RECORD_OVERHEAD 12u /* a compressed owner, type, class, TTL, length */

static char *
skip_head(char *rest)
{
	static const char *const tags[] = { " info: ", " query: ", " reply: " };

	if (strstr(rest, "unbound") == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		char *at = strstr(rest, tags[i]);

		if (at != NULL)
			return at + strlen(tags[i]);
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
	if ((out->qtype == 1 || out->qtype == 28) && a->rdata_bytes > 0) {
		a->address_count = 1;
		a->rdata_bytes = 0;
	}
	a->rdata_hash = size;
}

static enum read_result
reply(struct reader *r, char *rcode, char *rest, struct record *out)
{
	char *seconds = strsep(&rest, " "), *cached = strsep(&rest, " "),
	     *size = strsep(&rest, " ");
	int code = record_rcode(rcode);

	if (code < 0 || seconds == NULL || cached == NULL || size == NULL)
		return READ_BAD;
	out->parts = r->has_queries ? RECORD_ANSWER : RECORD_QUESTION | RECORD_ANSWER;
	out->answer.rcode = (uint16_t)code;
	data(out, (uint32_t)strtoul(size, NULL, 10));
	return READ_RECORD;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	char *rest = line, *who, *name, *type, *class, *rcode;

	if (len == 0)
		return READ_SKIP;
	if (*rest == '[')
		rest++;
	if ((rest = (char *)(uintptr_t)when_read(rest, r->year, &out->wall_ms)) == NULL)
		return READ_BAD;
	if ((rest = skip_head(rest)) == NULL)
		return strstr(line, "unbound") != NULL ? READ_SKIP : READ_BAD;
	who = strsep(&rest, " ");
	name = strsep(&rest, " ");
	type = strsep(&rest, " ");
	class = strsep(&rest, " ");
	/* Other messages of that level: "start of service", statistics. */
	if (class == NULL || !record_client(out, who))
		return READ_SKIP;
	if (!record_type(out, type) || !record_name(out, name))
		return READ_BAD;
	if (strcmp(class, "IN") != 0)
		return READ_SKIP;
	if ((rcode = strsep(&rest, " ")) != NULL && *rcode != '\0')
		return reply(r, rcode, rest, out);
	r->has_queries = true;
	out->parts = RECORD_QUESTION;
	return READ_RECORD;
}

const struct format format_unbound = { "unbound",
	"[TIME] unbound[..] info: ADDRESS NAME. TYPE IN [RCODE SECONDS CACHED BYTES]",
	read_line };
