#include <stdio.h>
#include <stdlib.h>

#include "base/dns.h"
#include "tests/replay/words.h"

/* The lines of an "ask" block. */

/* sent|unsent ADDRESS|* NAME|* TYPE|* [udp|tcp] [edns|noedns] [rd|nord]
 * [nocookie|our-part|cookie] */
static void
expect_sent(struct script *s, struct words *w, struct expect *e)
{
	e->any_addr = words_is(w, 1, "*");
	if (!e->any_addr)
		words_addr(s, w, 1, &e->addr);
	e->any_name = words_is(w, 2, "*");
	if (!e->any_name)
		words_name(s, w, 2, &e->name);
	e->any_type = words_is(w, 3, "*");
	if (!e->any_type)
		e->type = words_type(s, w, 3);
	e->tcp = e->edns = e->recursion = e->cookie = -1;
	for (unsigned i = 4; i < w->count; i++) {
		if (words_is(w, i, "udp") || words_is(w, i, "tcp"))
			e->tcp = words_is(w, i, "tcp");
		else if (words_is(w, i, "edns") || words_is(w, i, "noedns"))
			e->edns = words_is(w, i, "edns");
		else if (words_cookie(w, i) >= 0)
			e->cookie = words_cookie(w, i);
		else if (words_is(w, i, "rd") || words_is(w, i, "nord"))
			e->recursion = words_is(w, i, "rd");
		else
			script_mistake(s, "unknown word: %s", w->word[i]);
	}
}

static void
expect_section(struct script *s, struct words *w, struct expect *e, int section)
{
	e->number = section;
	e->kind = words_is(w, 1, "none") ? EXPECT_EMPTY : EXPECT_RECORD;
	if (e->kind == EXPECT_RECORD &&
	    (e->record = record_parse(words_rest(w, 1))) == NULL)
		script_mistake(s, "not a record: %s", words_rest(w, 1));
}

static long
expect_security(struct script *s, struct words *w)
{
	static const char *const words[] = { "unchecked", "indeterminate", "insecure",
		"secure", "bogus" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words_is(w, 1, words[i]))
			return (long)i;
	script_mistake(s, "no such security: %s", words_rest(w, 1));
	return 0;
}

static void
expect_value(struct script *s, struct words *w, struct expect *e)
{
	static const struct {
		const char *word;
		enum expect_kind kind;
	} ranges[] = { { "ttl", EXPECT_TTL }, { "queries", EXPECT_QUERIES },
		{ "ms", EXPECT_TIME }, { "bytes", EXPECT_BYTES },
		{ "proofs", EXPECT_PROOFS } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (words_is(w, 0, ranges[i].word)) {
			e->kind = ranges[i].kind;
			words_range(s, w, 1, &e->number, &e->high);
			return;
		}
	if (words_is(w, 0, "spent")) {
		e->kind = EXPECT_SPENT;
		snprintf(e->text, sizeof(e->text), "%s", w->count > 1 ? w->word[1] : "");
		words_range(s, w, 2, &e->number, &e->high);
	} else if (words_is(w, 0, "rcode")) {
		e->kind = EXPECT_RCODE;
		e->number = words_rcode(s, w, 1);
	} else if (words_is(w, 0, "ede")) {
		e->kind = EXPECT_EDE;
		e->number = words_is(w, 1, "none") ? EDE_NONE : words_number(s, w, 1);
	} else if (words_is(w, 0, "ede-text")) {
		e->kind = EXPECT_EDE_TEXT;
		snprintf(e->text, sizeof(e->text), "%s", words_rest(w, 1));
	} else if (words_is(w, 0, "zone")) {
		e->kind = EXPECT_ZONE;
		e->number = !words_is(w, 1, "unknown");
		if (e->number)
			words_name(s, w, 1, &e->name);
	} else if (words_is(w, 0, "server")) {
		e->kind = EXPECT_SERVER;
		e->number = !words_is(w, 1, "unknown");
		if (e->number)
			words_addr(s, w, 1, &e->addr);
	} else if (words_is(w, 0, "signal")) {
		e->kind = EXPECT_SIGNAL;
		e->number = !words_is(w, 1, "none");
		if (e->number)
			words_name(s, w, 1, &e->name);
	} else if (words_is(w, 0, "agent")) {
		e->kind = EXPECT_AGENT;
		e->number = !words_is(w, 1, "none");
		if (e->number)
			words_name(s, w, 1, &e->name);
	} else if (words_is(w, 0, "security")) {
		e->kind = EXPECT_SECURITY;
		e->number = expect_security(s, w);
	} else if (words_is(w, 0, "cached")) {
		e->kind = EXPECT_CACHED;
		e->number = words_is(w, 1, "yes");
	} else {
		script_mistake(s, "unknown expectation: %s", w->word[0]);
	}
}

void
script_expect(struct script *s, struct words *w, void *ctx)
{
	struct script_step *step = ctx;
	struct expect *e = calloc(1, sizeof(*e));
	struct expect **at = &step->expects;
	int section = words_section(w);

	if (e == NULL)
		abort();
	while (*at != NULL)
		at = &(*at)->next;
	*at = e;
	e->line = s->line;
	if (section >= 0) {
		expect_section(s, w, e, section);
	} else if (words_is(w, 0, "sent") || words_is(w, 0, "unsent")) {
		e->kind = words_is(w, 0, "sent") ? EXPECT_SENT : EXPECT_UNSENT;
		expect_sent(s, w, e);
	} else {
		expect_value(s, w, e);
	}
}
