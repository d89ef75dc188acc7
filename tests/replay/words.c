#include "tests/replay/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"

void
words_split(struct words *w)
{
	char *save = NULL, *word;

	w->line[strcspn(w->line, "\r\n")] = '\0';
	memcpy(w->copy, w->line, sizeof(w->copy));
	w->count = 0;
	for (word = strtok_r(w->copy, " \t", &save); word != NULL && w->count < WORDS_MAX;
	     word = strtok_r(NULL, " \t", &save)) {
		if (w->count == 0 && (word[0] == '#' || word[0] == ';'))
			return;
		w->word[w->count++] = word;
	}
}

bool
words_is(const struct words *w, unsigned i, const char *text)
{
	return i < w->count && strcmp(w->word[i], text) == 0;
}

const char *
words_rest(const struct words *w, unsigned i)
{
	return i < w->count ? w->line + (w->word[i] - w->copy) : "";
}

static const char *
word_or_empty(const struct words *w, unsigned i)
{
	return i < w->count ? w->word[i] : "";
}

void
words_name(struct script *s, const struct words *w, unsigned i, struct dname *out)
{
	if (dname_from_text(word_or_empty(w, i), out) != ERR_OK)
		script_mistake(s, "not a name: '%s'", word_or_empty(w, i));
}

void
words_addr(struct script *s, const struct words *w, unsigned i, struct addr *out)
{
	if (addr_from_text(word_or_empty(w, i), 53, out) != ERR_OK)
		script_mistake(s, "not an address: '%s'", word_or_empty(w, i));
}

uint16_t
words_type(struct script *s, const struct words *w, unsigned i)
{
	uint16_t type = 0;

	if (dns_type_parse(word_or_empty(w, i), &type) != ERR_OK)
		script_mistake(s, "not a type: '%s'", word_or_empty(w, i));
	return type;
}

uint16_t
words_rcode(struct script *s, const struct words *w, unsigned i)
{
	char text[DNS_MNEMONIC_MAX];

	for (uint16_t rcode = 0; rcode < 24; rcode++)
		if (strcmp(dns_rcode_text(rcode, text), word_or_empty(w, i)) == 0)
			return rcode;
	script_mistake(s, "not an RCODE: '%s'", word_or_empty(w, i));
	return 0;
}

int
words_cookie(const struct words *w, unsigned i)
{
	static const char *const kinds[] = { "nocookie", "our-part", "cookie" };

	for (int kind = 0; kind < 3; kind++)
		if (words_is(w, i, kinds[kind]))
			return kind;
	return -1;
}

long
words_number(struct script *s, const struct words *w, unsigned i)
{
	char *end;
	long n = strtol(word_or_empty(w, i), &end, 10);

	if (*word_or_empty(w, i) == '\0' || *end != '\0' || n < 0)
		script_mistake(s, "not a number: '%s'", word_or_empty(w, i));
	return n;
}

void
words_range(struct script *s, const struct words *w, unsigned i, long *low, long *high)
{
	int used = 0;

	if (sscanf(word_or_empty(w, i), "%ld..%ld%n", low, high, &used) == 2 &&
	    word_or_empty(w, i)[used] == '\0')
		return;
	*low = *high = words_number(s, w, i);
}

int
words_section(const struct words *w)
{
	static const char *const names[] = { "answer", "authority", "additional" };

	for (int i = 0; i < 3; i++)
		if (words_is(w, 0, names[i]))
			return i;
	return -1;
}
