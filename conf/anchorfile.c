#include "conf/anchorfile.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define RECORD_MAX 4096u /* RSA of 4096 bits takes 700 characters */
#define TOKEN_MAX  3072u
#define AUTOTRUST  "autotrust trust anchor file"
#define STATE	   ";;state="

struct scan {
	const char *at, *end;
	struct report_mark mark; /* of ${at} */
	struct report *report;
	anchorfile_add_fn *add;
	void *ctx;
	bool stopped;
};

static bool
more(const struct scan *s)
{
	return s->at < s->end && !s->stopped;
}

static char
step(struct scan *s)
{
	char c = *s->at++;

	if (c == '\n') {
		s->mark.line++;
		s->mark.column = 1;
	} else {
		s->mark.column++;
	}
	return c;
}

static bool
begins(const struct scan *s, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(s->end - s->at) >= len && memcmp(s->at, text, len) == 0;
}

static void
skip_line(struct scan *s)
{
	while (more(s) && *s->at != '\n')
		(void)step(s);
}

static void
give(struct scan *s, const char *record, bool rolling, const struct report_mark *mark)
{
	if (!s->add(s->ctx, record, rolling, mark))
		s->stopped = true;
}

/* ---- records as in a zone file ---- */

/* What Unbound says of a key behind it: only VALID (2) and MISSING (3) are trusted. */
static bool
is_trusted_state(const char *comment, size_t len)
{
	size_t state = strlen(STATE);

	for (size_t i = 0; i + state < len; i++)
		if (memcmp(comment + i, STATE, state) == 0)
			return comment[i + state] == '2' || comment[i + state] == '3';
	return true;
}

static bool
holds(const char *text, size_t len, const char *wanted)
{
	size_t size = strlen(wanted);

	for (size_t i = 0; i + size <= len; i++)
		if (memcmp(text + i, wanted, size) == 0)
			return true;
	return false;
}

struct record {
	char text[RECORD_MAX];
	size_t len;
	bool trusted, too_long;
	struct report_mark mark; /* of its first character */
};

static void
record_put(struct record *r, char c, const struct report_mark *mark)
{
	if (r->len == 0 && (c == ' ' || c == '\t'))
		return;
	if (r->len == 0)
		r->mark = *mark;
	if (r->len + 1 >= sizeof(r->text))
		r->too_long = true;
	else
		r->text[r->len++] = c;
}

static void
record_comment(struct scan *s, struct record *r, bool *rolling)
{
	const char *from = s->at;

	skip_line(s);
	if (!is_trusted_state(from, (size_t)(s->at - from)))
		r->trusted = false;
	if (holds(from, (size_t)(s->at - from), AUTOTRUST))
		*rolling = true;
}

/* One record with the comments behind it; parentheses join lines. */
static void
record_read(struct scan *s, struct record *r, bool *rolling)
{
	unsigned depth = 0;
	bool quoted = false;

	r->len = 0;
	r->trusted = true;
	r->too_long = false;
	while (more(s)) {
		struct report_mark mark = s->mark;
		char c = *s->at;

		if (c == ';' && !quoted) {
			record_comment(s, r, rolling);
			continue;
		}
		(void)step(s);
		if (c == '\n' && depth == 0)
			break;
		if (c == '"')
			quoted = !quoted;
		if (c == '(' && !quoted)
			depth++;
		else if (c == ')' && !quoted && depth > 0)
			depth--;
		record_put(r, strchr("()\n\r", c) != NULL && !quoted ? ' ' : c, &mark);
	}
	while (r->len > 0 && isspace((unsigned char)r->text[r->len - 1]))
		r->len--;
	r->text[r->len] = '\0';
}

static void
read_records(struct scan *s)
{
	struct record r;
	bool rolling = false;

	while (more(s)) {
		record_read(s, &r, &rolling);
		if (r.too_long)
			report_add(
			    s->report, &r.mark, "this record is too long for an anchor");
		else if (r.len > 0 && r.trusted)
			give(s, r.text, rolling, &r.mark);
	}
}

/* ---- BIND's blocks ---- */

static void
skip_blank(struct scan *s)
{
	while (more(s)) {
		if (isspace((unsigned char)*s->at)) {
			(void)step(s);
		} else if (*s->at == '#' || begins(s, "//")) {
			skip_line(s);
		} else if (begins(s, "/*")) {
			while (more(s) && !begins(s, "*/"))
				(void)step(s);
			for (int i = 0; i < 2 && more(s); i++)
				(void)step(s);
		} else {
			return;
		}
	}
}

struct token {
	char text[TOKEN_MAX];
	size_t len;
	bool quoted;
	struct report_mark mark;
};

static bool
is_mark(char c)
{
	return c == '{' || c == '}' || c == ';';
}

static void
token_put(struct token *t, char c)
{
	if (t->len + 1 < sizeof(t->text))
		t->text[t->len++] = c;
}

/* A word, a text in quotes, or one of "{};". False at the end. */
static bool
token_read(struct scan *s, struct token *t)
{
	skip_blank(s);
	t->len = 0;
	t->mark = s->mark;
	t->quoted = more(s) && *s->at == '"';
	if (!more(s))
		return false;
	if (t->quoted) {
		(void)step(s);
		while (more(s) && *s->at != '"')
			token_put(t, step(s));
		if (more(s))
			(void)step(s);
		else
			report_add(s->report, &t->mark, "this quote is never closed");
	} else if (is_mark(*s->at)) {
		token_put(t, step(s));
	} else {
		while (more(s) && !isspace((unsigned char)*s->at) && !is_mark(*s->at))
			token_put(t, step(s));
	}
	t->text[t->len] = '\0';
	return true;
}

static bool
token_is(const struct token *t, const char *text)
{
	return !t->quoted && strcmp(t->text, text) == 0;
}

static const struct method {
	const char *name;
	bool rolling, ds;
} methods[] = {
	{ "initial-key", true, false },
	{ "static-key", false, false },
	{ "initial-ds", true, true },
	{ "static-ds", false, true },
};

static const struct method *
method_of(const struct token *t)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (token_is(t, methods[i].name))
			return &methods[i];
	return NULL;
}

static void
append(char *record, const char *before, const char *text)
{
	size_t len = strlen(record);

	snprintf(record + len, RECORD_MAX - len, "%s%s", before, text);
}

/* Up to its ';' an entry: NAME [METHOD] NUMBER NUMBER NUMBER "TEXT". */
static void
read_entry(struct scan *s, const struct token *name, bool trusted_keys)
{
	static const struct method trusted = { "trusted-keys", false, false };
	const struct method *m = trusted_keys ? &trusted : NULL;
	struct token t;
	char record[RECORD_MAX];
	unsigned words = 0;

	snprintf(record, sizeof(record), "%s%s", name->text,
	    name->text[0] != '\0' && name->text[name->len - 1] != '.' ? "." : "");
	t.mark = s->mark;
	if (m == NULL && (!token_read(s, &t) || (m = method_of(&t)) == NULL))
		report_add(s->report, &t.mark,
		    "expected initial-key, static-key, initial-ds or static-ds behind "
		    "the name");
	append(record, " IN ", m != NULL && m->ds ? "DS" : "DNSKEY");
	while (token_read(s, &t) && !token_is(&t, ";")) {
		if (token_is(&t, "{") || token_is(&t, "}")) {
			report_add(
			    s->report, &t.mark, "expected ';' at the end of the entry");
			return;
		}
		words++;
		append(record, " ", t.text);
	}
	if (m != NULL && words < 4)
		report_add(s->report, &name->mark,
		    "expected three numbers and a text behind the name");
	else if (m != NULL)
		give(s, record, m->rolling, &name->mark);
}

static void
read_block(struct scan *s, bool trusted_keys)
{
	struct token t;

	if (!token_read(s, &t) || !token_is(&t, "{")) {
		report_add(s->report, &t.mark, "expected '{' here");
		return;
	}
	while (token_read(s, &t)) {
		if (token_is(&t, "}"))
			return;
		if (!token_is(&t, ";"))
			read_entry(s, &t, trusted_keys);
	}
	report_add(s->report, &s->mark, "'}' is missing at the end of the block");
}

static void
read_blocks(struct scan *s)
{
	struct token t;

	while (token_read(s, &t)) {
		if (token_is(&t, "trusted-keys"))
			read_block(s, true);
		else if (token_is(&t, "trust-anchors") || token_is(&t, "managed-keys"))
			read_block(s, false);
		else if (!token_is(&t, ";")) {
			report_add(s->report, &t.mark,
			    "expected trust-anchors, managed-keys or trusted-keys");
			return;
		}
	}
}

/* Which of the two it is, its first word tells. */
static bool
is_blocks(struct scan s)
{
	static const char *const words[] = { "trust-anchors", "managed-keys",
		"trusted-keys" };

	skip_blank(&s);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (begins(&s, words[i]) &&
		    (s.at + len == s.end || isspace((unsigned char)s.at[len]) ||
			s.at[len] == '{'))
			return true;
	}
	return false;
}

void
anchorfile_parse(const char *text, size_t len, const struct report_source *source,
    struct report *report, anchorfile_add_fn *add, void *ctx)
{
	struct scan s = { .at = text,
		.end = text + len,
		.mark = { .source = source, .line = 1, .column = 1 },
		.report = report,
		.add = add,
		.ctx = ctx };

	if (is_blocks(s))
		read_blocks(&s);
	else
		read_records(&s);
}
