#include "detect/tell.h"

#include <string.h>

#include "detect/rhythm.h"

static void
watch_measure(
    struct inquiry *in, struct level *l, const struct decision *dec, double score)
{
	bool pair = dec->told == EVENT_HOLD;
	struct watch w = { .zone_key = l->zone_key,
		.pair_key = pair ? l->pair_key : 0,
		.action = (uint8_t)dec->told,
		.verified = in->verified,
		.platform = l->platform,
		.until_sec = dec->for_sec != 0 ? in->now_sec + dec->for_sec : 0,
		.times = pair ? l->pair->hold.times : l->zone->sinkhole.times,
		.score = score,
		.event = dec->event };

	if (pair) {
		w.client = *in->client;
		w.client.port = 0;
	}
	dname_set(&w.zone, namehash_tail(in->name, l->zone_labels));
	notes_watch(in->d->notes, &w);
}

void
tell_evidence(struct event *e, const char *name, double value, double weight)
{
	if (e->evidence_count >= EVENT_EVIDENCE_MAX)
		return;
	e->evidence[e->evidence_count++] = (struct event_evidence){ name, value, weight };
	e->score += weight;
}

static void
tell_rhythm(struct event *e, const struct inquiry *in, const struct rhythm *r)
{
	if (rhythm_regularity(r) <= 0)
		return;
	tell_evidence(e, "interval_sec", (double)r->interval_ms / 1000.0, 0);
	tell_evidence(e, "intervals", r->intervals, 0);
	tell_evidence(e, "asked_for_sec",
	    in->now_sec > r->first_sec ? in->now_sec - r->first_sec : 0, 0);
}

/* Weights: of the terms, as they stand in the exponent; of an account, how often its
 * limit is in it. Their sum is the score. */
static void
event_evidence(struct event *e, struct inquiry *in, struct level *l, bool rule)
{
	double stop = (double)level_up_limit(in, l);
	double down = (double)level_limit(in, l, in->conf->down_stop_bytes);
	double up_bytes = (double)account_of(&l->zone->up);
	double down_bytes = (double)account_of(&l->zone->down);

	for (unsigned i = 0; i < WEIGH_TERMS; i++)
		if (l->weighing.weight[i] != 0)
			tell_evidence(e, weigh_name(i), (double)l->weighing.value[i],
			    (double)l->weighing.weight[i]);
	if (in->fresh)
		tell_evidence(e, "name_cost_bytes", (double)l->cost.bytes, 0);
	tell_evidence(e, "zone_account_bytes", up_bytes, stop > 0 ? up_bytes / stop : 0);
	if (l->zone->down.milli != 0)
		tell_evidence(e, "zone_answers_bytes", down_bytes,
		    down > 0 ? down_bytes / down : 0);
	tell_evidence(e, "client_part_bytes", (double)account_of(&l->pair->up), 0);
	tell_evidence(e, "feeding_clients", __builtin_popcount(l->zone->feeders), 0);
	tell_rhythm(e, in, &l->pair->rhythm);
	if (rule)
		tell_evidence(e,
		    in->signature != NULL ? in->signature->reason
					  : "single_question_rule",
		    1, stop > 0 ? (double)TELL_RULE_BYTES / stop : 0);
}

void
tell_fill(
    struct event *e, struct inquiry *in, struct level *l, const struct decision *dec)
{
	bool one_client = dec->told != EVENT_SINKHOLE;
	bool spared = dec->action != DETECT_PASS && level_spares(in, dec);

	memset(e, 0, sizeof(*e));
	detect_ref_text(&dec->event, e->id);
	e->wall_ms = in->now->wall_ms;
	e->action = spared ? EVENT_OBSERVE : dec->told;
	e->client = *in->client;
	e->client.port = 0;
	if (in->group->name != NULL)
		strncpy(e->group, in->group->name, sizeof(e->group) - 1);
	dname_set(&e->qname, in->qname);
	e->qtype = in->qtype;
	dname_set(&e->zone, namehash_tail(in->name, l->zone_labels));
	e->reason = dec->reason;
	e->for_sec = spared ? 0 : dec->for_sec;
	if (spared)
		strncpy(e->detail,
		    in->shadow ? "shadow mode: nothing was stopped"
			       : "learn period: nothing was stopped",
		    sizeof(e->detail) - 1);
	e->leaked_up_bytes = one_client ? l->pair->leaked_up : l->zone->leaked_up;
	e->leaked_down_bytes = one_client ? l->pair->leaked_down : l->zone->leaked_down;
}

void
tell_verdict(struct inquiry *in, struct level *l, const struct decision *dec, bool rule,
    struct detect_verdict *out)
{
	tell_fill(&out->event, in, l, dec);
	event_evidence(&out->event, in, l, rule);
	if (!level_spares(in, dec) && dec->told != EVENT_REFUSE &&
	    dec->told != EVENT_THROTTLE)
		watch_measure(in, l, dec, out->event.score);
	if (!dec->quiet)
		tell_done(in, out);
}

void
tell_done(struct inquiry *in, struct detect_verdict *out)
{
	out->has_event = true;
	notes_remember(in->d->notes, &out->event);
	detect_tally(in->d, TALLY_EVENTS, 1);
}
