#include "detect/ration.h"

#include <stdbool.h>

#define DAY_SEC 86400u

static uint32_t
day_of(const struct ration *r, uint32_t sec)
{
	uint32_t since = atomic_load_explicit(&r->since_sec, memory_order_relaxed);

	return sec > since ? (sec - since) / DAY_SEC : 0;
}

/* One of this day's. */
static bool
take(_Atomic uint64_t *counter, uint32_t day)
{
	uint64_t told = atomic_load_explicit(counter, memory_order_relaxed), next;

	do {
		uint32_t number = told >> 32 == day ? (uint32_t)told : 0;

		if (number >= RATION_A_DAY)
			return false;
		next = (uint64_t)day << 32 | (number + 1);
	} while (!atomic_compare_exchange_weak(counter, &told, next));
	return true;
}

enum ration_answer
ration_take(struct ration *r, uint32_t first_sec, uint32_t now_sec)
{
	if (day_of(r, first_sec) == 0)
		return take(&r->first_told, 0) ? RATION_TELL : RATION_NEVER;
	return take(&r->told, day_of(r, now_sec)) ? RATION_TELL : RATION_WAIT;
}
