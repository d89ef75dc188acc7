#include "resolver/dnssec/lines.h"

#include <string.h>

void
lines_init(struct lines *l, const char *text, size_t len)
{
	memset(l, 0, sizeof(*l));
	l->text = l->at = l->eol = text;
	l->end = text + len;
}

void
lines_fail(struct lines *l, const char *why)
{
	if (l->failed == NULL)
		l->failed = why;
	l->at = l->eol;
}

bool
lines_next(struct lines *l)
{
	if (l->failed != NULL || l->text == l->end)
		return false;
	l->line++;
	l->at = l->text;
	l->eol = memchr(l->text, '\n', (size_t)(l->end - l->text));
	if (l->eol == NULL) {
		l->eol = l->end;
		lines_fail(l, "the line is cut off");
		return false;
	}
	l->text = l->eol + 1;
	return true;
}

static const char *
keep(struct lines *l, size_t len)
{
	if (len >= sizeof(l->word)) {
		lines_fail(l, "a word is too long");
		len = 0;
	}
	memcpy(l->word, l->at, len);
	l->word[len] = '\0';
	if (strlen(l->word) != len)
		lines_fail(l, "a NUL byte");
	return l->word;
}

const char *
lines_word(struct lines *l)
{
	const char *space, *word;
	size_t len;

	if (l->at > l->end || l->failed != NULL || l->at >= l->eol) {
		lines_fail(l, "a word is missing");
		return "";
	}
	space = memchr(l->at, ' ', (size_t)(l->eol - l->at));
	len = (size_t)((space != NULL ? space : l->eol) - l->at);
	if (len == 0)
		lines_fail(l, "an empty word");
	word = keep(l, l->failed != NULL ? 0 : len);
	if (l->failed == NULL)
		l->at += len + (space != NULL ? 1 : 0);
	/* A space with nothing behind it would be read as well as without. */
	if (space != NULL && l->at == l->eol)
		lines_fail(l, "a space at the end");
	return word;
}

void
lines_expect(struct lines *l, const char *word)
{
	if (strcmp(lines_word(l), word) != 0)
		lines_fail(l, "another word was expected");
}

int64_t
lines_number(struct lines *l, int64_t max)
{
	const char *p = lines_word(l);
	int64_t value = 0;

	if (*p == '\0' || (*p == '0' && p[1] != '\0'))
		lines_fail(l, "not a number");
	for (; *p != '\0'; p++) {
		if (*p < '0' || *p > '9') {
			lines_fail(l, "not a number");
			return 0;
		}
		if (value > (max - (*p - '0')) / 10) {
			lines_fail(l, "the number is too large");
			return 0;
		}
		value = value * 10 + (*p - '0');
	}
	return value;
}

const char *
lines_rest(struct lines *l)
{
	const char *rest;

	if (l->failed != NULL)
		return "";
	rest = keep(l, (size_t)(l->eol - l->at));
	l->at = l->eol;
	return rest;
}

bool
lines_done(struct lines *l)
{
	if (l->failed == NULL && l->at != l->eol)
		lines_fail(l, "more words than expected");
	return l->failed == NULL;
}
