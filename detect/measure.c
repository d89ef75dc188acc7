#include "detect/measure.h"

#include "base/dns.h"

/* One or two clients can be held one by one; the third shows that holding would only move
 * the channel. */
#define FEEDERS_MIN 3
/* A measure that comes back within this is longer than the last; after each such span of
 * peace it is halved. */
#define PEACE_SEC 86400u
#define TIMES_MAX 16u
/* What is stopped fills an account to its limit and no further (level_cap): a measure
 * ends when it has drained somewhat, not at once. */
#define STILL_FULL 0.9f
/* Small names of clients that bring nothing much pass in a full zone as well, since it
 * was not they who filled it. Until they have: many together are a channel too. */
#define CROWDED 1.9f

/* How long this time: doubled at each return, halved for each day of peace. */
static uint32_t
penalty_begin(
    struct penalty *p, uint32_t now_sec, uint32_t first_sec, uint32_t most_sec, bool grow)
{
	uint64_t span_sec = first_sec;
	uint32_t peace_sec = now_sec > p->until_sec ? now_sec - p->until_sec : 0;

	if (p->until_sec != 0 && peace_sec >= PEACE_SEC) {
		uint32_t days = peace_sec / PEACE_SEC;

		p->times = days >= 8 ? 0 : (uint8_t)(p->times >> days);
	}
	for (unsigned i = 0; grow && i < p->times && span_sec < most_sec; i++)
		span_sec *= 2;
	if (span_sec > most_sec)
		span_sec = most_sec;
	if (p->times < TIMES_MAX)
		p->times++;
	p->until_sec = now_sec + (uint32_t)span_sec;
	return (uint32_t)span_sec;
}

static void
begin_hold(struct inquiry *in, struct level *l, struct decision *dec)
{
	const struct penalty *last = &l->pair->hold;
	bool grow = in->verified || !level_is_shared(l->zone);

	/* What does not grow may come back each minute: told again after a day of peace.
	 */
	dec->quiet =
	    !grow && last->event.number != 0 && in->now_sec < last->until_sec + PEACE_SEC;
	dec->event = dec->quiet ? last->event : detect_ref_new(in->d, in->now->wall_ms);
	dec->for_sec = penalty_begin(&l->pair->hold, in->now_sec,
	    in->conf->hold_first_sec, in->conf->hold_max_sec, grow);
	l->pair->hold.event = dec->event;
	dec->action = DETECT_HOLD;
	dec->told = EVENT_HOLD;
	dec->tell = true;
	dec->ede_code = EDE_FILTERED;
	detect_tally(in->d, TALLY_HOLDS, 1);
}

static void
begin_sinkhole(struct inquiry *in, struct level *l, struct decision *dec)
{
	dec->event = detect_ref_new(in->d, in->now->wall_ms);
	dec->for_sec = penalty_begin(&l->zone->sinkhole, in->now_sec,
	    in->conf->sinkhole_first_sec, in->conf->sinkhole_max_sec, true);
	l->zone->sinkhole.event = dec->event;
	dec->action = DETECT_SINKHOLE;
	dec->told = EVENT_SINKHOLE;
	dec->tell = true;
	dec->ede_code = EDE_FILTERED;
	detect_tally(in->d, TALLY_SINKHOLES, 1);
}

/* What would not be stopped anew goes free: a zone that turned out to be shared, or whose
 * account has drained. */
static bool
still_deserved(const struct inquiry *in, const struct level *l, const struct account *own)
{
	float limit = level_up_limit(in, l),
	      down = level_limit(in, l, in->conf->down_stop_bytes);

	if (!level_is_shared(l->zone))
		return true; /* until its time is over */
	if (own != NULL && account_of(&l->pair->up) < limit / LEVEL_PART &&
	    account_of(&l->pair->down) < down / LEVEL_PART)
		return false;
	return account_of(&l->zone->up) > limit * STILL_FULL ||
	       account_of(&l->zone->down) > down * STILL_FULL;
}

/* How many clients feed the zone, for this one: forged sources are no reason to stop
 * somebody who has proven that he is none. */
static int
feeders_of(const struct inquiry *in, const struct zone_state *z)
{
	return __builtin_popcount(in->verified ? z->proven : z->feeders);
}

/* A sinkhole lets those be who bring nothing: names asked before, and in zones with
 * shared names the small fresh ones. */
static bool
sinkhole_stops(const struct inquiry *in, const struct level *l)
{
	const struct zone_state *z = l->zone;

	if (z->sinkhole.until_sec <= in->now_sec || !still_deserved(in, l, NULL))
		return false;
	if (level_is_shared(z))
		return in->fresh && l->cost.bytes >= LEVEL_SMALL_NAME_BYTES;
	if (feeders_of(in, z) < FEEDERS_MIN)
		return l->pair->fed; /* proven, and the others are perhaps forged */
	return in->fresh || l->pair->fed;
}

/* Who has brought nothing and is stopped for what others did, perhaps forged ones, may
 * prove that he is not one of them. */
static bool
may_prove(const struct inquiry *in, const struct level *l)
{
	return !in->verified && !l->pair->fed &&
	       __builtin_popcount(l->zone->proven) < FEEDERS_MIN;
}

static bool
hold_stops(const struct inquiry *in, const struct level *l)
{
	if (l->pair->hold.until_sec <= in->now_sec)
		return false;
	if (in->budget > 1.0f)
		return in->fresh && l->cost.bytes >= LEVEL_SMALL_NAME_BYTES;
	if (!still_deserved(in, l, &l->pair->up))
		return false;
	return !level_is_shared(l->zone) ||
	       (in->fresh && l->cost.bytes >= LEVEL_SMALL_NAME_BYTES);
}

/* Is a measure in force, and does it stop this question? */
bool
measure_in_force(struct inquiry *in, struct level *l, struct decision *dec)
{
	if (sinkhole_stops(in, l)) {
		dec->action = may_prove(in, l) ? DETECT_TRUNCATE : DETECT_SINKHOLE;
		dec->event = l->zone->sinkhole.event;
	} else if (hold_stops(in, l)) {
		dec->action = DETECT_HOLD;
		dec->event = l->pair->hold.event;
	} else {
		return false;
	}
	dec->ede_code = EDE_FILTERED;
	return true;
}

/* The zone's account is as far above its limit as only names that passed can bring it. */
static bool
is_crowded(const struct inquiry *in, const struct level *l)
{
	return in->fresh && l->cost.bytes >= LEVEL_SMALL_NAME_BYTES &&
	       account_of(&l->zone->up) >
		   level_limit(in, l, in->conf->stop_bytes) * CROWDED;
}

/*
 * An account of the zone is full. Who is stopped?
 * Shared zone: only who has a real part in it. Else: who brings data; and when several
 * do, the zone.
 */
void
measure_full(struct inquiry *in, struct level *l, struct decision *dec,
    const struct account *own, float limit)
{
	struct zone_state *z = l->zone;
	bool feeding = account_of(own) >= limit / LEVEL_PART;

	if (in->budget > 1.0f) {
		feeding = account_of(own) > limit;
	} else if (!level_is_shared(z)) {
		feeding = feeding || account_of(&l->pair->raw) >= LEVEL_STRANGER_BYTES ||
			  (in->fresh && l->cost.bytes >= LEVEL_DATA_NAME_BYTES);
		if (!feeding && is_crowded(in, l)) {
			level_feeds(in, l);
			feeding = true;
		}
		if (feeding && feeders_of(in, z) >= FEEDERS_MIN) {
			begin_sinkhole(in, l, dec);
			return;
		}
	}
	if (feeding)
		begin_hold(in, l, dec);
}
