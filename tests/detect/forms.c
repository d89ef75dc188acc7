#include "tests/detect/forms.h"

#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "tests/detect/draw.h"

#define DECIMAL	   "0123456789"
#define BINARY	   "01"
#define PROQUINT   "bdfghjklmnprstvzaiou"
#define BATCH	   6u
#define WORDS_EACH 5120u

static const char own[] = ".riverdata.net";

const struct form forms[] = {
	/* encodings */
	{ "binary digits", BINARY, 40, 1, "", own, TYPE_A, 20, PAUSE_CHANCE, 1, 5 },
	{ "decimal, two labels", DECIMAL, 12, 2, "", own, TYPE_A, 30, PAUSE_CHANCE, 1,
	    9 },
	{ "hex, long", DRAW_HEX, 60, 1, "", own, TYPE_AAAA, 10, PAUSE_STEADY, 1, 30 },
	{ "base 36, short", DRAW_BASE36, 6, 1, "", own, TYPE_A, 15, PAUSE_CHANCE, 1, 3 },
	{ "syllables", PROQUINT, 10, 1, "", own, TYPE_A, 60, PAUSE_CHANCE, 1, 5 },
	{ "four words", NULL, 4, 1, "", own, TYPE_A, 120, PAUSE_CHANCE, 1, 6 },
	{ "a word a label", NULL, 1, 5, "", own, TYPE_A, 60, PAUSE_CHANCE, 1, 7 },
	{ "punycode", DRAW_BASE36, 18, 1, "xn--", own, TYPE_A, 45, PAUSE_CHANCE, 1, 11 },
	{ "as a UUID", DRAW_HEX, 32, 1, "", ".d.riverdata.net", TYPE_A, 300, PAUSE_CHANCE,
	    1, 16 },
	/* layouts */
	{ "one letter a label", DRAW_BASE32, 1, 24, "", own, TYPE_A, 30, PAUSE_CHANCE, 1,
	    15 },
	{ "behind www", DRAW_BASE32, 20, 1, "www.", own, TYPE_A, 40, PAUSE_CHANCE, 1,
	    12 },
	{ "like a CDN", DRAW_BASE36, 13, 1, "d", ".cdn.riverdata.net", TYPE_A, 60,
	    PAUSE_CHANCE, 1, 8 },
	{ "deep zone", DRAW_BASE32, 16, 1, "", ".v1.api.eu.metrics.riverdata.net", TYPE_A,
	    60, PAUSE_CHANCE, 1, 10 },
	{ "a tenant's zone", DRAW_BASE32, 16, 1, "", ".riverdata.duckdns.org", TYPE_A, 60,
	    PAUSE_CHANCE, 1, 10 },
	{ "under two labels", DRAW_BASE32, 16, 1, "", ".riverdata.co.uk", TYPE_A, 60,
	    PAUSE_CHANCE, 1, 10 },
	{ "as a service", DRAW_BASE32, 14, 1, "_sip._tcp.", own, TYPE_SRV, 60,
	    PAUSE_CHANCE, 1, 8 },
	{ "as a selector", DRAW_BASE32, 16, 1, "", "._domainkey.riverdata.net", TYPE_TXT,
	    60, PAUSE_CHANCE, 1, 10 },
	{ "as a key's hash", DRAW_HEX, 56, 1, "", "._openpgpkey.riverdata.net",
	    TYPE_OPENPGPKEY, 300, PAUSE_CHANCE, 1, 28 },
	{ "as a printer", DRAW_HOST, 40, 1, "", "._ipp._tcp.riverdata.net", TYPE_SRV, 300,
	    PAUSE_CHANCE, 1, 25 },
	/* types */
	{ "by HTTPS", DRAW_BASE32, 16, 1, "", own, TYPE_HTTPS, 60, PAUSE_CHANCE, 1, 10 },
	{ "by NS", DRAW_BASE32, 16, 1, "", own, TYPE_NS, 60, PAUSE_CHANCE, 1, 10 },
	{ "by DS", DRAW_BASE32, 16, 1, "", own, TYPE_DS, 60, PAUSE_CHANCE, 1, 10 },
	{ "by PTR", DRAW_BASE32, 16, 1, "", own, TYPE_PTR, 60, PAUSE_CHANCE, 1, 10 },
	{ "by TLSA", DRAW_BASE32, 10, 1, "", own, TYPE_TLSA, 60, PAUSE_CHANCE, 1, 6 },
	{ "by URI, short", DRAW_BASE32, 4, 1, "", own, TYPE_URI, 60, PAUSE_CHANCE, 1, 2 },
	{ "by MX, short", DRAW_BASE32, 6, 1, "", own, TYPE_MX, 30, PAUSE_CHANCE, 1, 3 },
	/* times and people */
	{ "all at once", DRAW_BASE32, 30, 1, "", own, TYPE_A, 0.01, PAUSE_STEADY, 1, 18 },
	{ "one an hour", DRAW_BASE32, 30, 1, "", own, TYPE_A, 3600, PAUSE_CHANCE, 1, 18 },
	{ "one in six hours", DRAW_BASE32, 50, 1, "", own, TYPE_A, 21600, PAUSE_CHANCE, 1,
	    31 },
	{ "small, one in ten minutes", DRAW_HEX, 4, 1, "", own, TYPE_A, 600, PAUSE_CHANCE,
	    1, 2 },
	{ "in batches", DRAW_HEX, 16, 1, "", own, TYPE_A, 1800, PAUSE_BATCHES, 1, 8 },
	{ "by 5 clients", DRAW_BASE32, 20, 1, "", own, TYPE_A, 60, PAUSE_CHANCE, 5, 12 },
	{ "by 200 clients", DRAW_BASE32, 20, 1, "", own, TYPE_A, 60, PAUSE_CHANCE, 200,
	    12 },
	{ "by 200 clients, short", DRAW_BASE32, 8, 1, "", own, TYPE_A, 20, PAUSE_CHANCE,
	    200, 5 },
};

unsigned
forms_count(void)
{
	return sizeof(forms) / sizeof(forms[0]);
}

static char *
label_of(uint64_t *seed, const struct form *f, char *o)
{
	char word[32];

	if (f->alphabet != NULL)
		return draw_letters(seed, o, f->chars, f->alphabet);
	for (unsigned i = 0; i < f->chars; i++)
		o += sprintf(o, "%s%s", i != 0 ? "-" : "",
		    draw_syllables(256 + draw_below(seed, WORDS_EACH), word));
	return o;
}

static double
pause_of(uint64_t *seed, const struct form *f, unsigned n)
{
	if (f->pause == PAUSE_STEADY)
		return f->every_sec;
	if (f->pause == PAUSE_CHANCE)
		return draw_exponential(seed, f->every_sec);
	return n % BATCH == 0 ? f->every_sec * BATCH : 0.5;
}

void
forms_run(
    uint64_t seed, const struct form *f, unsigned questions, traffic_fn *fn, void *ctx)
{
	struct traffic_question q;
	double now = 0;

	seed = seed * 2 + 1;
	for (unsigned n = 0; n < questions; n++) {
		char *o;

		memset(&q, 0, sizeof(q));
		now += pause_of(&seed, f, n);
		q.time_sec = now;
		q.client = 0x090900u + n % f->clients;
		q.type = f->type;
		q.ttl_sec = 1;
		q.payload = f->payload;
		q.answer_hash = draw(&seed);
		o = q.name + sprintf(q.name, "%s", f->before);
		for (unsigned i = 0; i < f->labels; i++) {
			if (i != 0)
				*o++ = '.';
			o = label_of(&seed, f, o);
		}
		strcpy(o, f->behind);
		if (!fn(ctx, &q))
			return;
	}
}
