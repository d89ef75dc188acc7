#include "detect/weigh.h"

#include <math.h>

#include "detect/rhythm.h"

/* Two questions say little about a zone; its first names are charged with caution. */
#define MOST_FOR_FIRST	4.0f
#define MOST_FOR_SECOND 6.0f

#define NEVER_WEIGHT  1.8f
#define ODD_WEIGHT    1.8f
#define STEADY_WEIGHT 1.4f
#define BUSY_WEIGHT   1.0f /* steady, but every few seconds: it may be a download */

/* Polls of 6 bytes are stopped at the twentieth or so; a crawl of half a million sites
 * has no zone near it. */
#define HASTE_WEIGHT	  1.8f
#define HASTE_INTERVAL_MS 60000.0f
#define HASTE_FRESH_SHARE 0.95f
#define HASTE_FROM_NAMES  4.0f
#define HASTE_TO_NAMES	  12.0f
#define HASTE_FROM_BYTES  4.0f
#define HASTE_TO_BYTES	  6.0f

/* A line through two points, flat beyond them. */
static float
between(float x, float x0, float y0, float x1, float y1)
{
	if (x <= x0)
		return y0;
	if (x >= x1)
		return y1;
	return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

static float
clamp(float x, float least, float most)
{
	return x < least ? least : x > most ? most : x;
}

/* Names of people's hosts cost 1 to 6 bytes, those that carry data 10 to 100. */
static void
weigh_cost(const struct zone_state *z, struct weighing *out)
{
	float mean = z->fresh == 0 ? 0 : z->cost_sum / (float)z->fresh;

	out->value[WEIGH_COST] = mean;
	out->weight[WEIGH_COST] =
	    mean < 2.9f /* and its logarithm is not needed */
		? -1.0f
		: between(logf(mean + 0.001f), logf(3.0f), -1.0f, logf(25.0f), 1.4f);
}

/* A tunnel cannot repeat itself; people mostly do. */
static void
weigh_fresh(const struct zone_state *z, struct weighing *out)
{
	float share = z->recent == 0 ? 1.0f : (float)z->recent_fresh / (float)z->recent;

	out->value[WEIGH_FRESH] = share;
	out->weight[WEIGH_FRESH] = between(share, 0.15f, -0.5f, 0.95f, 0.6f);
}

static void
weigh_type(const struct zone_state *z, struct weighing *out)
{
	float total = z->recent == 0 ? 1.0f : (float)z->recent;
	float never = (float)z->recent_never / total;
	float odd = (float)z->recent_odd / total;

	out->value[WEIGH_TYPE] = never > odd ? never : odd;
	out->weight[WEIGH_TYPE] = never > 0.5f ? NEVER_WEIGHT
				  : odd > 0.5f ? ODD_WEIGHT
					       : 0;
}

static void
weigh_steady(const struct zone_state *z, const struct rhythm *r, struct weighing *out)
{
	out->value[WEIGH_STEADY] = z->several ? 0 : rhythm_regularity(r);
	if (!z->several && rhythm_is_steady(r))
		out->weight[WEIGH_STEADY] =
		    rhythm_is_slow(r) ? STEADY_WEIGHT : BUSY_WEIGHT;
}

/* One client alone that brings name upon name, never one again, faster than one a minute:
 * at its polls' pace a program's clock does not show (rhythm.c), and the names are small.
 * Hosts that people go to cost 3 to 4 bytes each and come again. What a steady interval
 * says already is not said twice. */
static void
weigh_haste(const struct zone_state *z, const struct rhythm *r, uint32_t without,
    struct weighing *out)
{
	float said = without >> WEIGH_STEADY & 1 ? 0 : out->weight[WEIGH_STEADY];
	float haste;

	if (z->several || r->interval_ms >= HASTE_INTERVAL_MS ||
	    (float)z->recent_fresh < HASTE_FRESH_SHARE * (float)z->recent)
		return;
	haste =
	    HASTE_WEIGHT *
	    between((float)z->fresh, HASTE_FROM_NAMES, 0, HASTE_TO_NAMES, 1.0f) *
	    between(out->value[WEIGH_COST], HASTE_FROM_BYTES, 0, HASTE_TO_BYTES, 1.0f);
	if (haste <= said)
		return;
	out->value[WEIGH_HASTE] = z->fresh;
	out->weight[WEIGH_HASTE] = haste - said;
}

void
weigh(const struct zone_state *z, const struct rhythm *r, uint32_t without,
    struct weighing *out)
{
	float most, sum = 0;

	*out = (struct weighing){ .factor = 1 };
	weigh_cost(z, out);
	weigh_fresh(z, out);
	weigh_type(z, out);
	weigh_steady(z, r, out);
	weigh_haste(z, r, without, out);
	out->value[WEIGH_SHARED] = weigh_sharing(z, without);
	if (out->value[WEIGH_SHARED] > 0)
		out->weight[WEIGH_SHARED] = -logf(1.0f + out->value[WEIGH_SHARED]);
	for (unsigned i = 0; i < WEIGH_TERMS; i++) {
		if (without >> i & 1)
			out->weight[i] = 0;
		if (i != WEIGH_SHARED)
			sum += out->weight[i];
	}
	most = out->weight[WEIGH_TYPE] > 0 ? WEIGH_MOST_TYPE : WEIGH_MOST;
	out->bold = clamp(expf(sum), WEIGH_LEAST, most);
	if (z->fresh <= 2 && out->weight[WEIGH_TYPE] <= 0)
		most = z->fresh == 2 ? MOST_FOR_SECOND : MOST_FOR_FIRST;
	out->factor = out->bold < most ? out->bold : most;
}

float
weigh_sharing(const struct zone_state *z, uint32_t without)
{
	if (without >> WEIGH_SHARED & 1)
		return 0;
	return state_count_of(atomic_load_explicit(&z->sharers, memory_order_relaxed));
}

const char *
weigh_name(enum weigh_term term)
{
	static const char *const names[WEIGH_TERMS] = {
		[WEIGH_COST] = "mean_cost_bytes",
		[WEIGH_FRESH] = "fresh_share",
		[WEIGH_TYPE] = "data_type_share",
		[WEIGH_STEADY] = "regularity",
		[WEIGH_HASTE] = "names_in_haste",
		[WEIGH_SHARED] = "sharing_clients",
	};

	return term < WEIGH_TERMS ? names[term] : "";
}
