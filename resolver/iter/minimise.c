#include "resolver/iter/minimise.h"

#include "resolver/iter/aggressive.h"

#define COUNT_MAX     10u /* RFC 9156 2.3 MAX_MINIMISE_COUNT */
#define ONE_LABEL_MAX 4u  /* RFC 9156 2.3 MINIMISE_ONE_LAB */

static bool
is_minimising(const struct iter_task *t, const struct frame *f)
{
	return t->conf->qname_minimisation && !f->minimise_off && !f->forward &&
	       f->minimised_count < COUNT_MAX;
}

/* How many labels the next query has: more than are known, at most all. */
static unsigned
next_labels(const struct frame *f)
{
	unsigned left = (unsigned)(f->labels - f->known_labels);
	unsigned step = 1;

	if (f->minimised_count >= ONE_LABEL_MAX) {
		unsigned queries_left = COUNT_MAX - f->minimised_count;

		step = (left + queries_left - 1) / queries_left;
	}
	return f->known_labels + (step > 0 ? step : 1);
}

static bool
is_underscored(const uint8_t *name)
{
	return name[0] > 0 && name[1] == '_';
}

/* The cache may know from another question that ${name} exists and is no cut. */
static bool
is_known_to_exist(struct iter_task *t, const struct frame *f, const uint8_t *name)
{
	struct rrcache *c = t->it->env.rrcache;
	struct arena *scratch = t->it->scratch;
	struct rrset *proof;

	if (rrcache_get_negative(c, name, TYPE_A, t->now_ms, scratch, &proof) ==
	    NEGATIVE_NODATA)
		return true;
	return rrcache_get(c, name, TYPE_A, t->now_ms, scratch) != NULL ||
	       aggressive_exists(t, f, name);
}

static void
ask_whole(struct frame *f)
{
	f->asked.name = f->name;
	f->asked.labels = f->labels;
	f->asked.qtype = f->qtype;
	f->asked.minimised = false;
}

static void
ask_part(struct frame *f, const uint8_t *name, unsigned labels)
{
	f->asked.name = name;
	f->asked.labels = (uint8_t)labels;
	f->asked.qtype = TYPE_A;
	f->asked.minimised = true;
	f->minimised_count++;
}

void
minimise_next(struct iter_task *t, struct frame *f)
{
	unsigned labels;

	ask_whole(f);
	if (!is_minimising(t, f))
		return;
	labels = next_labels(f);
	while (labels < f->labels) {
		const uint8_t *name = dname_suffix(f->name, labels);

		if (is_underscored(name)) {
			labels++;
		} else if (is_known_to_exist(t, f, name)) {
			f->known_labels = (uint8_t)labels;
			labels = next_labels(f);
		} else {
			ask_part(f, name, labels);
			return;
		}
	}
}
