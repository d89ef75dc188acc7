#include "detect/inside.h"

/* The learn period (learn.h): when it is, and its list. */

void
detect_learn_begin(struct detect *d, const struct now *now)
{
	uint32_t none = 0;

	if (atomic_load_explicit(&d->learn_from_sec, memory_order_relaxed) == 0)
		atomic_compare_exchange_strong(
		    &d->learn_from_sec, &none, detect_sec(now->mono_ms));
}

/* What earlier runs had of it counts. */
bool
detect_is_learning(const struct detect *d, const struct conf *conf, const struct now *now)
{
	uint32_t now_sec = detect_sec(now->mono_ms), from;
	uint32_t before = atomic_load_explicit(&d->learnt_sec, memory_order_relaxed);

	if (conf->learn_sec == 0 || before >= conf->learn_sec)
		return false;
	from = atomic_load_explicit(&d->learn_from_sec, memory_order_relaxed);
	return from == 0 || now_sec < from || now_sec - from < conf->learn_sec - before;
}

bool
detect_has_learnt(const struct detect *d)
{
	return atomic_load_explicit(&d->learn_from_sec, memory_order_relaxed) != 0 ||
	       atomic_load_explicit(&d->learnt_sec, memory_order_relaxed) != 0;
}

uint32_t
detect_learnt_for(const struct detect *d, const struct now *now)
{
	uint32_t from = atomic_load_explicit(&d->learn_from_sec, memory_order_relaxed);
	uint32_t now_sec = detect_sec(now->mono_ms);

	return atomic_load_explicit(&d->learnt_sec, memory_order_relaxed) +
	       (from != 0 && now_sec > from ? now_sec - from : 0);
}

enum err
detect_learnt(struct detect *d, const struct conf *conf, const struct now *now, FILE *out)
{
	uint32_t span_sec = detect_learnt_for(d, now);
	struct learn_budget b = { .stop_bytes = conf->stop_bytes,
		.drain_millibytes_per_sec = conf->drain_millibytes_per_sec,
		.span_sec = span_sec < conf->learn_sec ? span_sec : conf->learn_sec };

	return notes_write_lessons(d->notes, &b, out);
}
