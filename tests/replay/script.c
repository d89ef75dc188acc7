#include "tests/replay/script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "tests/replay/words.h"

static void *
make(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		abort();
	return p;
}

void
script_mistake(struct script *s, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", s->file, s->line);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	s->mistakes++;
}

/* The next line that is not empty and not a comment; its words in ${w}. */
static bool
next_line(struct script *s, FILE *in, struct words *w)
{
	while (fgets(w->line, sizeof(w->line), in) != NULL) {
		s->line++;
		words_split(w);
		if (w->count > 0)
			return true;
	}
	return false;
}

/* ${w} anew with {i}, {h} and {l} replaced: ${i}, its upper and its lower eight bits. */
static void
substitute(const struct words *from, unsigned i, struct words *w)
{
	const char *in = words_rest(from, 2);
	size_t at = 0;

	while (*in != '\0' && at + 8 < sizeof(w->line)) {
		unsigned value = in[1] == 'h' ? i >> 8 : in[1] == 'l' ? i & 255 : i;

		if (*in == '{' && in[1] != '\0' && in[2] == '}') {
			at += (size_t)snprintf(w->line + at, 8, "%u", value);
			in += 3;
		} else {
			w->line[at++] = *in++;
		}
	}
	w->line[at] = '\0';
	words_split(w);
}

/* repeat N LINE */
static void
repeat(struct script *s, struct words *w,
    void (*row)(struct script *, struct words *, void *), void *ctx)
{
	long times = words_number(s, w, 1);
	struct words one;

	for (long i = 0; i < times; i++) {
		substitute(w, (unsigned)i, &one);
		row(s, &one, ctx);
	}
}

/* Calls ${row} for each line up to "end". */
static void
read_block(struct script *s, FILE *in,
    void (*row)(struct script *, struct words *, void *), void *ctx)
{
	unsigned began = s->line;
	struct words w;

	while (next_line(s, in, &w)) {
		if (words_is(&w, 0, "end"))
			return;
		if (words_is(&w, 0, "repeat"))
			repeat(s, &w, row, ctx);
		else
			row(s, &w, ctx);
	}
	script_mistake(s, "the block of line %u has no end", began);
}

static void
record_row(struct script *s, struct words *w, void *ctx)
{
	struct record **list = ctx;
	struct record *r = record_parse(words_rest(w, 0));

	if (r == NULL)
		script_mistake(s, "not a record: %s", words_rest(w, 0));
	else
		records_append(list, r);
}

void
script_option(struct script *s, const char *text)
{
	if (s->option_count == OPTIONS_MAX)
		script_mistake(s, "too many options");
	else
		snprintf(
		    s->options[s->option_count++], sizeof(s->options[0]), "%s", text);
}

static void
read_option(struct script *s, FILE *in, struct words *w)
{
	(void)in;
	script_option(s, words_rest(w, 1));
}

static void
read_hints(struct script *s, FILE *in, struct words *w)
{
	(void)w;
	read_block(s, in, record_row, &s->hints);
}

static void
read_salt(struct script *s, struct words *w, unsigned i, struct signing *g)
{
	const char *digits = i < w->count ? w->word[i] : "";

	if (strcmp(digits, "-") == 0)
		return;
	for (; g->salt_len < 255 && *digits != '\0'; digits += 2) {
		unsigned byte;

		if (sscanf(digits, "%2x", &byte) != 1 || digits[1] == '\0') {
			script_mistake(s, "not a salt: %s", digits);
			return;
		}
		g->salt[g->salt_len++] = (uint8_t)byte;
	}
}

/* How it is signed: the word at ${*i}, and those that belong to it. */
static bool
read_signing(struct script *s, struct words *w, unsigned *i, struct signing *g)
{
	struct {
		const char *word;
		bool *flag;
	} flags[] = { { "no-ds", &g->without_ds }, { "anchor", &g->anchor },
		{ "expired", &g->expired }, { "revoked", &g->revoked },
		{ "ds-wrong", &g->ds_wrong }, { "opt-out", &g->opt_out } };
	struct {
		const char *word;
		uint8_t *number;
	} numbers[] = { { "algorithm", &g->algorithm },
		{ "ds-algorithm", &g->ds_algorithm }, { "ds-digest", &g->ds_digest } };

	for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
		if (words_is(w, *i, flags[k].word))
			return *flags[k].flag = true;
	for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
		if (words_is(w, *i, numbers[k].word)) {
			*numbers[k].number = (uint8_t)words_number(s, w, ++*i);
			return true;
		}
	if (words_is(w, *i, "same-tag")) {
		g->same_tag = (unsigned)words_number(s, w, ++*i);
		return true;
	}
	if (!words_is(w, *i, "nsec3"))
		return false;
	g->nsec3 = true;
	g->iterations = (uint16_t)words_number(s, w, ++*i);
	read_salt(s, w, ++*i, g);
	return true;
}

/* zone NAME at ADDRESS... [resolver] [signed [how...]] */
static void
read_zone(struct script *s, FILE *in, struct words *w)
{
	struct zone *z = make(sizeof(*z));
	struct zone **at = &s->world.zones;

	while (*at != NULL)
		at = &(*at)->next;
	*at = z;
	z->signing.algorithm = 13;
	words_name(s, w, 1, &z->name);
	for (unsigned i = 3; i < w->count; i++) {
		if (words_is(w, i, "resolver"))
			z->resolver = true;
		else if (words_is(w, i, "signed"))
			z->is_signed = true;
		else if (z->is_signed && read_signing(s, w, &i, &z->signing))
			continue;
		else if (z->addr_count == ZONE_ADDRS_MAX)
			script_mistake(s, "too many addresses");
		else
			words_addr(s, w, i, &z->addrs[z->addr_count++]);
	}
	if (!words_is(w, 2, "at") || z->addr_count == 0)
		script_mistake(s, "expected: zone NAME at ADDRESS...");
	read_block(s, in, record_row, &z->records);
}

static void
rule_bytes(struct script *s, struct words *w, struct rule *r)
{
	r->action = RULE_BYTES;
	for (unsigned i = 1; i < w->count; i++) {
		unsigned byte;

		if (sscanf(w->word[i], "%2x", &byte) != 1 ||
		    r->byte_count == sizeof(r->bytes))
			script_mistake(s, "not a byte: %s", w->word[i]);
		else
			r->bytes[r->byte_count++] = (uint8_t)byte;
	}
}

/* reply [AA] [TC] [RA] [opt] RCODE */
static void
rule_reply(struct script *s, struct words *w, struct rule *r)
{
	r->action = RULE_REPLY;
	for (unsigned i = 1; i < w->count; i++) {
		if (words_is(w, i, "AA"))
			r->reply.flags |= FLAG_AA;
		else if (words_is(w, i, "TC"))
			r->reply.flags |= FLAG_TC;
		else if (words_is(w, i, "RA"))
			r->reply.flags |= FLAG_RA;
		else if (words_is(w, i, "opt"))
			r->reply.opt = true;
		else
			r->reply.rcode = words_rcode(s, w, i);
	}
}

/* cookies none|good|forged|other|garbage */
static void
rule_cookies(struct script *s, struct words *w, struct rule *r)
{
	static const struct {
		const char *word;
		enum rule_cookie cookie;
	} rows[] = {
		{ "none", RULE_COOKIE_NONE },
		{ "good", RULE_COOKIE_GOOD },
		{ "forged", RULE_COOKIE_FORGED },
		{ "other", RULE_COOKIE_OTHER },
		{ "garbage", RULE_COOKIE_GARBAGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (words_is(w, 1, rows[i].word)) {
			r->reply_cookie = rows[i].cookie;
			return;
		}
	script_mistake(s, "no such cookie: %s", words_rest(w, 1));
}

/* instead|proofs NAME TYPE */
static bool
rule_other(struct script *s, struct words *w, struct rule *r)
{
	if (words_is(w, 0, "instead"))
		r->other = RULE_OTHER_INSTEAD;
	else if (words_is(w, 0, "proofs"))
		r->other = RULE_OTHER_PROOFS;
	else
		return false;
	words_name(s, w, 1, &r->other_name);
	r->other_type = words_type(s, w, 2);
	return true;
}

static void
rule_row(struct script *s, struct words *w, void *ctx)
{
	static const struct {
		const char *word;
		enum rule_action action;
	} actions[] = {
		{ "zone", RULE_ZONE },
		{ "no-denial", RULE_NO_DENIAL },
		{ "encloser-only", RULE_ENCLOSER },
		{ "nxdomain", RULE_NXDOMAIN },
		{ "truncated", RULE_TRUNCATED },
		{ "silent", RULE_SILENT },
		{ "unreachable", RULE_UNREACHABLE },
		{ "case-differs", RULE_CASE },
		{ "spoofed", RULE_SPOOFED },
		{ "spoofed-reply", RULE_SPOOFED_REPLY },
	};
	struct rule *r = ctx;
	int section = words_section(w);

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (words_is(w, 0, actions[i].word)) {
			r->action = actions[i].action;
			return;
		}
	if (rule_other(s, w, r))
		return;
	if (words_is(w, 0, "reply"))
		rule_reply(s, w, r);
	else if (words_is(w, 0, "bytes"))
		rule_bytes(s, w, r);
	else if (words_is(w, 0, "cookies"))
		rule_cookies(s, w, r);
	else if (words_is(w, 0, "agent"))
		words_name(s, w, 1, &r->agent);
	else if (words_is(w, 0, "rcode"))
		r->rcode = words_rcode(s, w, 1);
	else if (words_is(w, 0, "delay"))
		r->delay_ms = (uint32_t)words_number(s, w, 1);
	else if (section >= 0) {
		struct record *record = record_parse(words_rest(w, 1));

		if (record == NULL)
			script_mistake(s, "not a record: %s", words_rest(w, 1));
		else
			records_append(&r->reply.section[section], record);
	} else {
		script_mistake(s, "unknown word in a rule: %s", w->word[0]);
	}
}

static bool
rule_name(struct script *s, struct words *w, unsigned *i, struct rule *r)
{
	if (words_is(w, *i, "for")) {
		r->any_name = words_is(w, *i + 1, "*");
		if (!r->any_name)
			words_name(s, w, *i + 1, &r->name);
		r->any_type = words_is(w, *i + 2, "*");
		if (!r->any_type)
			r->type = words_type(s, w, *i + 2);
		*i += 2;
		return true;
	}
	if (!words_is(w, *i, "below"))
		return false;
	r->any_name = false;
	r->below = true;
	words_name(s, w, ++*i, &r->name);
	return true;
}

/* cookies at ADDRESS... [required] */
static void
read_cookies(struct script *s, FILE *in, struct words *w)
{
	bool required = words_is(w, w->count - 1, "required");

	(void)in;
	for (unsigned i = 2; i + required < w->count; i++) {
		struct cookie_server *c = make(sizeof(*c));

		words_addr(s, w, i, &c->addr);
		c->required = required;
		c->next = s->world.cookies;
		s->world.cookies = c;
	}
}

/* rule at ADDRESS|* [for NAME|* TYPE|*] [below NAME] [udp|tcp] [edns|noedns]
 * [nocookie|our-part|cookie] [times N] */
static void
read_rule(struct script *s, FILE *in, struct words *w)
{
	struct rule *r = make(sizeof(*r));
	struct rule **at = &s->world.rules;

	while (*at != NULL)
		at = &(*at)->next;
	*at = r;
	*r = (struct rule){ .line = s->line,
		.any_name = true,
		.any_type = true,
		.tcp = -1,
		.edns = -1,
		.cookie = -1,
		.rcode = -1,
		.times_left = UINT32_MAX,
		.delay_ms = WORLD_DELAY_MS,
		.action = RULE_ZONE };
	r->any_addr = words_is(w, 2, "*");
	if (!r->any_addr)
		words_addr(s, w, 2, &r->addr);
	for (unsigned i = 3; i < w->count; i++) {
		if (rule_name(s, w, &i, r))
			continue;
		if (words_is(w, i, "udp") || words_is(w, i, "tcp"))
			r->tcp = words_is(w, i, "tcp");
		else if (words_is(w, i, "edns") || words_is(w, i, "noedns"))
			r->edns = words_is(w, i, "edns");
		else if (words_cookie(w, i) >= 0)
			r->cookie = words_cookie(w, i);
		else if (words_is(w, i, "times"))
			r->times_left = (unsigned)words_number(s, w, ++i);
		else
			script_mistake(s, "unknown word: %s", w->word[i]);
	}
	read_block(s, in, rule_row, r);
}

static struct script_step *
add_step(struct script *s, enum step_kind kind)
{
	struct script_step **at = &s->steps;
	struct script_step *step = make(sizeof(*step));

	while (*at != NULL)
		at = &(*at)->next;
	step->line = s->line;
	step->kind = kind;
	*at = step;
	return step;
}

/* ask NAME TYPE [cd] [refresh] */
static void
read_ask(struct script *s, FILE *in, struct words *w)
{
	struct script_step *step = add_step(s, STEP_ASK);

	words_name(s, w, 1, &step->name);
	step->type = words_type(s, w, 2);
	for (unsigned i = 3; i < w->count; i++) {
		if (words_is(w, i, "cd"))
			step->checking_disabled = true;
		else if (words_is(w, i, "refresh"))
			step->refresh = true;
		else
			script_mistake(s, "unknown word: %s", w->word[i]);
	}
	read_block(s, in, script_expect, step);
	if (step->expects == NULL)
		script_mistake(s, "a question without an expectation shows nothing");
}

/* pass SECONDS */
static void
read_pass(struct script *s, FILE *in, struct words *w)
{
	(void)in;
	add_step(s, STEP_PASS)->low = (uint64_t)words_number(s, w, 1) * 1000;
}

/* counter NAME N|N..M, counted since the start or the last "reset counters" */
static void
read_counter(struct script *s, FILE *in, struct words *w)
{
	struct script_step *step = add_step(s, STEP_COUNTER);
	long low = 0, high = 0;

	(void)in;
	words_range(s, w, 2, &low, &high);
	step->low = (uint64_t)low;
	step->high = (uint64_t)high;
	snprintf(step->text, sizeof(step->text), "%s", w->count > 1 ? w->word[1] : "");
}

/* elapsed MS|MS..MS that questions took since the start or the last "reset counters" */
static void
read_elapsed(struct script *s, FILE *in, struct words *w)
{
	struct script_step *step = add_step(s, STEP_ELAPSED);
	long low = 0, high = 0;

	(void)in;
	words_range(s, w, 1, &low, &high);
	step->low = (uint64_t)low;
	step->high = (uint64_t)high;
}

static void
read_reset(struct script *s, FILE *in, struct words *w)
{
	(void)in;
	(void)w;
	add_step(s, STEP_RESET_COUNTERS);
}

/* more ZONE: further records of a zone that is there already (from an included file) */
static void
read_more(struct script *s, FILE *in, struct words *w)
{
	struct zone *z = s->world.zones;
	struct dname name;

	words_name(s, w, 1, &name);
	while (z != NULL && !dname_equal(z->name.bytes, name.bytes))
		z = z->next;
	if (z == NULL)
		script_mistake(s, "no zone %s yet", words_rest(w, 1));
	else
		read_block(s, in, record_row, &z->records);
}

static struct edit *
add_edit(struct script *s, struct words *w, enum edit_kind kind)
{
	struct edit *e = make(sizeof(*e)), **at = &s->edits;

	while (*at != NULL)
		at = &(*at)->next;
	*at = e;
	e->line = s->line;
	e->kind = kind;
	words_name(s, w, 1, &e->zone);
	return e;
}

/* break ZONE OWNER TYPE drop|drop-sigs|spoil|flip|ttl N|labels N|bad-sigs N */
static void
read_break(struct script *s, FILE *in, struct words *w)
{
	static const char *const kinds[] = { [EDIT_DROP] = "drop",
		[EDIT_DROP_SIGS] = "drop-sigs",
		[EDIT_SPOIL] = "spoil",
		[EDIT_BAD_SIGS] = "bad-sigs",
		[EDIT_LABELS] = "labels",
		[EDIT_TTL] = "ttl",
		[EDIT_FLIP] = "flip" };
	struct edit *e = add_edit(s, w, EDIT_FORGE);

	(void)in;
	words_name(s, w, 2, &e->owner);
	e->type = words_type(s, w, 3);
	for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (words_is(w, 4, kinds[k]))
			e->kind = (enum edit_kind)k;
	if (e->kind == EDIT_FORGE)
		script_mistake(s, "expected: break ZONE OWNER TYPE HOW");
	if (e->kind == EDIT_LABELS || e->kind == EDIT_BAD_SIGS || e->kind == EDIT_TTL)
		e->number = (unsigned)words_number(s, w, 5);
}

/* forge ZONE [expired] [as OWNER] */
static void
read_forge(struct script *s, FILE *in, struct words *w)
{
	struct edit *e = add_edit(s, w, EDIT_FORGE);

	for (unsigned i = 2; i < w->count; i++) {
		if (words_is(w, i, "expired")) {
			e->expired = true;
		} else if (words_is(w, i, "as")) {
			e->has_owner = true;
			words_name(s, w, ++i, &e->owner);
		} else {
			script_mistake(s, "unknown word: %s", w->word[i]);
		}
	}
	read_block(s, in, record_row, &e->records);
}

static void read_file(struct script *s, const char *file);

/* include FILE, beside the file that says so */
static void
read_include(struct script *s, FILE *in, struct words *w)
{
	const char *outer = s->file, *slash = strrchr(s->file, '/');
	unsigned line = s->line;
	char path[4096];

	(void)in;
	snprintf(path, sizeof(path), "%.*s%s",
	    slash == NULL ? 0 : (int)(slash + 1 - s->file), s->file, words_rest(w, 1));
	read_file(s, path);
	s->file = outer;
	s->line = line;
}

static const struct {
	const char *word;
	void (*read)(struct script *s, FILE *in, struct words *w);
} top_level[] = {
	{ "include", read_include },
	{ "more", read_more },
	{ "option", read_option },
	{ "hints", read_hints },
	{ "zone", read_zone },
	{ "break", read_break },
	{ "forge", read_forge },
	{ "rule", read_rule },
	{ "cookies", read_cookies },
	{ "ask", read_ask },
	{ "pass", read_pass },
	{ "counter", read_counter },
	{ "elapsed", read_elapsed },
	{ "reset", read_reset },
};

static void
read_top(struct script *s, FILE *in, struct words *w)
{
	for (size_t i = 0; i < sizeof(top_level) / sizeof(top_level[0]); i++)
		if (words_is(w, 0, top_level[i].word)) {
			top_level[i].read(s, in, w);
			return;
		}
	script_mistake(s, "unknown word: %s", w->word[0]);
}

static void
read_file(struct script *s, const char *file)
{
	struct words w;
	FILE *in = fopen(file, "r");

	if (in == NULL) {
		script_mistake(s, "%s: %s", file, strerror(errno));
		return;
	}
	s->file = file;
	s->line = 0;
	while (next_line(s, in, &w))
		read_top(s, in, &w);
	fclose(in);
}

bool
script_read(const char *file, struct script *out)
{
	memset(out, 0, sizeof(*out));
	out->file = file;
	read_file(out, file);
	if (out->steps == NULL)
		script_mistake(out, "nothing is asked");
	return out->mistakes == 0;
}

static void
step_free(struct script_step *step)
{
	while (step->expects != NULL) {
		struct expect *e = step->expects;

		step->expects = e->next;
		records_free(e->record);
		free(e);
	}
	free(step);
}

void
script_clear(struct script *s)
{
	while (s->steps != NULL) {
		struct script_step *step = s->steps;

		s->steps = step->next;
		step_free(step);
	}
	while (s->edits != NULL) {
		struct edit *e = s->edits;

		s->edits = e->next;
		records_free(e->records);
		free(e);
	}
	records_free(s->hints);
	world_clear(&s->world);
}
