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
		[WEIGH_SHARED] = "sharing_clients",
	};

	return term < WEIGH_TERMS ? names[term] : "";
}
