#include "detect/rhythm.h"

#include <math.h>

/* Two questions for A and AAAA, or a try again, are one beat. */
#define BURST_MS   2000u
#define BURST_PART 8.0f
#define SLEEP_PART 4.0f
/* Averages over the last intervals: enough that people's do not look even by chance (a
 * deviation of 0.65 with an error of 0.09 is three errors away from the line). */
#define MEMORY 32.0f
/* Of the mean interval: half of it, jittered evenly, deviates by 0.25. */
#define STEADY_SPREAD 0.35f
/* A program that asks every few seconds is busy: a download, a search for what fails. */
#define SLOW_INTERVAL_MS 10000.0f
#define BEACON_INTERVALS 24u
/* Which gap may have been a sleep is known once some others are. */
#define SLEEP_FROM 4u

static void
begin(struct rhythm *r, uint32_t now_ms, uint32_t now_sec)
{
	r->last_ms = now_ms;
	r->first_sec = now_sec;
	r->intervals = 0;
	r->interval_ms = r->spread_ms = 0;
}

/* The first gap may have been anything; a much shorter one says what the beat is. */
static void
restart(struct rhythm *r, float gap)
{
	r->interval_ms = gap;
	r->spread_ms = 0;
	r->intervals = 1;
}

static void
average(struct rhythm *r, float gap)
{
	float n = (float)r->intervals + 1.0f;

	if (r->intervals < UINT16_MAX)
		r->intervals++;
	if (n > MEMORY)
		n = MEMORY;
	r->interval_ms += (gap - r->interval_ms) / n;
	r->spread_ms += (fabsf(gap - r->interval_ms) - r->spread_ms) / n;
}

void
rhythm_count(struct rhythm *r, uint64_t mono_ms, uint32_t now_sec)
{
	uint32_t now_ms = (uint32_t)mono_ms, gap_ms = now_ms - r->last_ms;
	float gap = (float)gap_ms;

	if (r->first_sec == 0) {
		begin(r, now_ms, now_sec);
		return;
	}
	if (gap_ms > UINT32_MAX / 2 || gap_ms < BURST_MS)
		return;
	if (r->intervals != 0 && gap * BURST_PART < r->interval_ms) {
		if (r->intervals < SLEEP_FROM) {
			restart(r, gap);
			r->last_ms = now_ms;
		}
		return;
	}
	r->last_ms = now_ms;
	if (r->intervals < SLEEP_FROM || gap < SLEEP_PART * r->interval_ms)
		average(r, gap);
}

float
rhythm_regularity(const struct rhythm *r)
{
	if (r->intervals < RHYTHM_LEAST || r->interval_ms <= 0 ||
	    r->spread_ms >= r->interval_ms)
		return 0;
	return 1.0f - r->spread_ms / r->interval_ms;
}

bool
rhythm_is_steady(const struct rhythm *r)
{
	return rhythm_regularity(r) > 1.0f - STEADY_SPREAD;
}

bool
rhythm_is_slow(const struct rhythm *r)
{
	return r->interval_ms >= SLOW_INTERVAL_MS;
}

bool
rhythm_is_beacon(const struct rhythm *r)
{
	return r->intervals >= BEACON_INTERVALS && rhythm_is_slow(r) &&
	       rhythm_is_steady(r);
}
