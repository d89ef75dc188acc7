#include "base/histogram.h"

#define BITS 64u

static unsigned
place_of(uint64_t value)
{
	unsigned place = value == 0 ? 0 : BITS - (unsigned)__builtin_clzll(value);

	return place < HISTOGRAM_PLACES ? place : HISTOGRAM_PLACES - 1;
}

void
histogram_add(struct histogram *h, uint64_t value)
{
	h->places[place_of(value)]++;
}

void
histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (unsigned i = 0; i < HISTOGRAM_PLACES; i++)
		into->places[i] += from->places[i];
}

uint64_t
histogram_least(unsigned place)
{
	return place == 0 ? 0 : UINT64_C(1) << (place - 1);
}
