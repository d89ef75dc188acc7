#include <string.h>

#include "resolver/judge/format.h"
#include "resolver/judge/when.h"

/*
 * BIND's query log (category queries):
 *
 *   22-Nov-2026 10:00:00.123 queries: info: client @0x7f.. 192.0.2.1#53321 (example.com):
 *       view internal: query: example.com IN A +E(0)K (10.0.0.1)
 *
 * The time may be BIND's, ISO's, or syslog's; category, severity, "@0x..", the name in
 * parentheses and the view may be missing. Answers are not in it.
 */

/* "192.0.2.1#53321": up to the number sign. */
static bool
client(struct record *out, char *text)
{
	char *sign = strchr(text, '#');

	if (sign == NULL)
		return false;
	*sign = '\0';
	return record_client(out, text);
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	char *rest, *who, *query, *name, *class, *type;

	if (len == 0)
		return READ_SKIP;
	if ((rest = (char *)(uintptr_t)when_read(line, r->year, &out->wall_ms)) == NULL ||
	    (who = strstr(rest, "client ")) == NULL)
		return rest != NULL && strstr(rest, "named") != NULL ? READ_SKIP
								     : READ_BAD;
	if ((query = strstr(who, " query: ")) == NULL)
		return READ_SKIP;
	*query = '\0';
	query += strlen(" query: ");
	who += strlen("client ");
	if (*who == '@' && (who = strchr(who, ' ')) != NULL)
		who++;
	name = strsep(&query, " ");
	class = strsep(&query, " ");
	type = strsep(&query, " ");
	if (who == NULL || class == NULL || type == NULL || !client(out, who) ||
	    !record_type(out, type) || !record_name(out, name))
		return READ_BAD;
	if (strcmp(class, "IN") != 0)
		return READ_SKIP;
	out->parts = RECORD_QUESTION;
	return READ_RECORD;
}

const struct format format_bind = { "bind",
	"TIME ... client [@0x..] ADDRESS#PORT (NAME): [view V:] query: NAME IN TYPE ...",
	read_line };
