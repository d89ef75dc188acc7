#include "detect/learn.h"

#include <string.h>

#define WAYS 8u

/* Five machines that do alike are a service, not somebody's channel; a channel over five
 * clients would have to be there before the learn period. */
#define CLIENTS_MIN 5
/* Names most of which are addresses the wrong way round: a look-up. */
#define FORM_PERCENT 80u
/* A list's factors (conf/known-services.list). */
#define FACTOR_MIN 2u
#define FACTOR_MAX 100u
/* Room for a day that is busier than the one that was seen. */
#define RESERVE 2u

struct lesson *
learn_of(struct learn *l, uint64_t zone_key, const uint8_t *zone)
{
	struct lesson *bucket = &l->lessons[zone_key % (LEARN_LESSONS_MAX / WAYS) * WAYS];
	struct lesson *least = bucket;

	for (unsigned i = 0; i < WAYS; i++) {
		if (bucket[i].zone_key == zone_key)
			return &bucket[i];
		if (bucket[i].names < least->names)
			least = &bucket[i];
	}
	memset(least, 0, sizeof(*least));
	least->zone_key = zone_key;
	dname_set(&least->zone, zone);
	return least;
}

/* What one client brought, by what it may bring at once and in that time. */
static unsigned
factor_of(const struct lesson *x, const struct learn_budget *b)
{
	uint64_t may =
	    b->stop_bytes + (uint64_t)b->drain_millibytes_per_sec * b->span_sec / 1000;
	uint64_t factor = ((uint64_t)x->most_bytes * RESERVE + may - 1) / may;

	return factor < FACTOR_MIN   ? FACTOR_MIN
	       : factor > FACTOR_MAX ? FACTOR_MAX
				     : (unsigned)factor;
}

static unsigned
percent(uint32_t part, uint32_t of)
{
	return of == 0 ? 0 : (unsigned)((uint64_t)part * 100 / of);
}

static const char *
reason_of(const struct lesson *x)
{
	if (percent(x->suffixed, x->names) >= FORM_PERCENT)
		return "a search suffix: public names with this behind";
	if (percent(x->reversed, x->names) >= FORM_PERCENT)
		return "addresses the wrong way round: a look-up";
	if (__builtin_popcountll(x->clients) >= CLIENTS_MIN)
		return "several clients do alike";
	return NULL;
}

static void
write_lesson(const struct lesson *x, const struct learn_budget *b, FILE *out)
{
	const char *reason = reason_of(x);
	char name[DNAME_TEXT_MAX];

	fprintf(out,
	    "%s%s %u   # %s; %d clients, %u names over the budget of %.0f "
	    "bytes each, one client brought %u bytes\n",
	    reason != NULL ? "" : "# ", dname_to_text(x->zone.bytes, name),
	    factor_of(x, b),
	    reason != NULL ? reason : "YOURS TO DECIDE: few clients, as of a tunnel",
	    __builtin_popcountll(x->clients), x->names,
	    x->names == 0 ? 0.0 : (double)x->bytes / x->names, x->most_bytes);
}

enum err
learn_write(const struct learn *l, const struct learn_budget *b, FILE *out)
{
	fputs(
	    "# What was over its budget in the learn period. Read each line, strike out "
	    "what you do not\n# know, and put the rest into a list of your own "
	    "(detection.own-services).\n"
	    "# NAME FACTOR   # why; what was seen\n",
	    out);
	for (size_t i = 0; i < LEARN_LESSONS_MAX; i++)
		if (l->lessons[i].zone_key != 0 && l->lessons[i].names != 0)
			write_lesson(&l->lessons[i], b, out);
	return fflush(out) == 0 && !ferror(out) ? ERR_OK : ERR_IO;
}
