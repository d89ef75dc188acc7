#include <string.h>

#include "resolver/judge/format.h"

/*
 * BIND's query log (category queries):
 *
 *   22-Nov-2026 10:00:00.123 queries: info: client @0x7f.. 192.0.2.1#53321 (example.com):
 *       view internal: query: example.com IN A +E(0)K (10.0.0.1) [ECS 192.0.2.0/24/0]
 *
 * The time may be BIND's, ISO's, or syslog's, or missing (print-time no); so may
 * category, severity, "@0x..", the name in parentheses and the view. Answers are not in
 * it.
 */

/* The text behind "client " at the beginning of a word. */
static char *
find_client(char *rest)
{
	for (char *p = rest; (p = strstr(p, "client ")) != NULL; p++)
		if (p == rest || p[-1] == ' ')
			return p + strlen("client ");
	return NULL;
}

/* "@0x7f.. 192.0.2.1#53321/key ..": up to the number sign. */
static bool
set_client(struct record *out, char **who)
{
	char *sign, *blank;

	if (**who == '@' && (blank = strchr(*who, ' ')) != NULL)
		*who = blank + 1;
	if ((sign = strchr(*who, '#')) == NULL)
		return false;
	*sign = '\0';
	return record_client(out, *who);
}

static enum read_result
read_query(struct reader *r, const char *line, char *who, char *query, struct record *out)
{
	char *name = strsep(&query, " "), *class = strsep(&query, " "),
	     *type = strsep(&query, " ");

	if (!set_client(out, &who))
		return reader_fault(r, line, who, "no client's address and port");
	if (type == NULL)
		return reader_fault(r, line, name, "not a name, a class and a type");
	if (!record_name(out, name))
		return reader_fault(r, line, name, "no name");
	if (strcmp(class, "IN") != 0)
		return READ_SKIP;
	if (!record_type(out, type))
		return reader_fault(r, line, type, "no type");
	out->parts = RECORD_QUESTION;
	return READ_RECORD;
}

static enum read_result
read_line(struct reader *r, char *line, size_t len, struct record *out)
{
	enum read_result result;
	char *rest, *who, *query;
	bool timed;

	if (len == 0)
		return READ_SKIP;
	rest = reader_time(r, line, out, &timed);
	if ((who = find_client(rest)) == NULL) {
		if (timed)
			return strstr(rest, "named[") != NULL ? READ_SKIP : READ_OTHER;
		return reader_fault(r, line, NULL, NULL);
	}
	/* Failures, refusals, transfers: of the same clients, and no questions. */
	if ((query = strstr(who, "query: ")) == NULL ||
	    (query != who && query[-1] != ' '))
		return timed ? READ_SKIP : reader_fault(r, line, NULL, NULL);
	query[-1] = '\0';
	result = read_query(r, line, who, query + strlen("query: "), out);
	if (result == READ_RECORD && !timed)
		reader_untimed(r, out);
	return result;
}

const struct format format_bind = { "bind",
	"[TIME] client [@0x..] ADDRESS#PORT (NAME): [view V:] query: NAME IN TYPE ...",
	read_line };
