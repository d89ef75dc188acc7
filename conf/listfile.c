#include "conf/listfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/dname.h"
#include "conf/value.h"

#define WORD_MAX DNAME_TEXT_MAX /* a longer word is neither a name nor an address */

struct lister {
	const struct report_source *source;
	enum listfile_format format;
	struct report *report;
	struct namelist *list;
	uint32_t line;
	bool nomem;
};

struct word {
	const char *text;
	size_t len;
	uint32_t column; /* from 1 */
};

static struct report_mark
mark_of(const struct lister *s, const struct word *w)
{
	return (struct report_mark){
		.source = s->source, .line = s->line, .column = w->column
	};
}

static void
complain(struct lister *s, const struct word *w, const char *expected, const char *why)
{
	struct report_mark mark = mark_of(s, w);
	char quote[REPORT_QUOTE_MAX];

	report_add(s->report, &mark, "expected %s, not %s%s%s", expected,
	    w->len > 0 ? report_quote(w->text, w->len, quote) : "nothing",
	    *why != '\0' ? ": " : "", why);
}

/* The next word of the line [*at, end); an empty one at its end or at a comment. */
static struct word
next_word(const char *line, const char **at, const char *end)
{
	const char *p = *at, *start;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	start = p;
	while (p < end && *p != ' ' && *p != '\t' && *p != '\r' && *p != '#')
		p++;
	*at = p;
	return (struct word){ .text = start,
		.len = (size_t)(p - start),
		.column = (uint32_t)(start - line) + 1 };
}

static bool
copy_word(const struct word *w, char out[WORD_MAX])
{
	if (w->len >= WORD_MAX || memchr(w->text, '\0', w->len) != NULL)
		return false;
	memcpy(out, w->text, w->len);
	out[w->len] = '\0';
	return true;
}

/* Cheap to deny: names hardly ever begin with a digit or hold a colon. */
static bool
is_address(const struct word *w)
{
	char text[WORD_MAX], *zone;
	struct addr addr;

	if ((w->text[0] < '0' || w->text[0] > '9') &&
	    memchr(w->text, ':', w->len) == NULL)
		return false;
	if (!copy_word(w, text))
		return false;
	if ((zone = strchr(text, '%')) != NULL) /* fe80::1%lo0 in hosts files */
		*zone = '\0';
	return addr_from_text(text, 0, &addr) == ERR_OK;
}

static void
add_name(struct lister *s, const struct word *w, uint32_t value)
{
	const char *why = value_name_check(w->text, w->len);
	char text[WORD_MAX];
	struct dname name;
	enum err err;

	if (why != NULL) {
		complain(s, w, "a domain name", why);
		return;
	}
	if (!copy_word(w, text) || (err = dname_from_text(text, &name)) == ERR_RANGE) {
		complain(
		    s, w, "a domain name", "a label has at most 63 bytes and a name 255");
		return;
	}
	if (err != ERR_OK) {
		complain(s, w, "a domain name", "");
		return;
	}
	err = namelist_add(s->list, name.bytes, value, s->source->name, s->line);
	if (err == ERR_LIMIT)
		complain(s, w, "fewer names or files", "the list is full");
	else if (err != ERR_OK)
		s->nomem = true;
}

static bool
read_factor(const struct word *w, uint32_t *factor)
{
	*factor = 0;
	if (w->len < 1 || w->len > 4)
		return false;
	for (size_t i = 0; i < w->len; i++) {
		if (w->text[i] < '0' || w->text[i] > '9')
			return false;
		*factor = *factor * 10 + (uint32_t)(w->text[i] - '0');
	}
	return *factor >= 1 && *factor <= LISTFILE_FACTOR_MAX;
}

static void
parse_names(struct lister *s, struct word first, const char *line, const char *at,
    const char *end)
{
	struct word w;

	if (!is_address(&first)) {
		add_name(s, &first, 1);
		if ((w = next_word(line, &at, end)).len > 0)
			complain(s, &w, "the end of the line behind a name", "");
		return;
	}
	if ((w = next_word(line, &at, end)).len == 0)
		complain(s, &w, "a domain name behind the address", "");
	for (; w.len > 0; w = next_word(line, &at, end))
		add_name(s, &w, 1);
}

static void
parse_factor(struct lister *s, struct word first, const char *line, const char *at,
    const char *end)
{
	struct word number = next_word(line, &at, end), w;
	uint32_t factor;

	if (!read_factor(&number, &factor)) {
		complain(s, &number, "a factor from 1 to 1000 behind the name", "");
		return;
	}
	add_name(s, &first, factor);
	if ((w = next_word(line, &at, end)).len > 0)
		complain(s, &w, "the end of the line behind the factor", "");
}

bool
listfile_parse(const char *text, size_t len, const struct report_source *source,
    enum listfile_format format, struct report *report, struct namelist *list)
{
	struct lister s = {
		.source = source, .format = format, .report = report, .list = list
	};
	const char *end = text + len, *next;

	for (const char *line = text; line < end && !s.nomem; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *at = line;
		struct word first;

		if (stop == NULL)
			stop = end;
		next = stop + 1;
		if (++s.line > LISTFILE_LINES_MAX) {
			first = (struct word){ .column = 1 };
			complain(
			    &s, &first, "at most 8000000 lines", "the list is too long");
			break;
		}
		first = next_word(line, &at, stop);
		if (first.len == 0)
			continue;
		if (format == LISTFILE_FACTORS)
			parse_factor(&s, first, line, at, stop);
		else
			parse_names(&s, first, line, at, stop);
	}
	if (s.nomem)
		report->nomem = true;
	return !s.nomem;
}
