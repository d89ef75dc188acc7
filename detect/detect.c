#include "detect/detect.h"

#include <math.h>
#include <string.h>

#include "base/dns.h"
#include "detect/inquiry.h"
#include "detect/measure.h"
#include "detect/rhythm.h"
#include "detect/tell.h"
#include "detect/wide.h"

/*
 * The way of a question, as doc/detection.md tells it:
 *
 *  1. The operator's words, then the table of types.
 *  2. The owner's zone; and, beneath a zone that many share, also the zone cut that
 * recursion knows: a tunnel in a delegated corner of a respectable domain is judged
 * apart. The owner is charged all the same, so cutting a zone into pieces never makes an
 * account larger.
 *  3. Fresh or not; what a fresh name costs; its weight; onto the accounts of zone, pair
 * and client.
 *  4. Is a measure in force, does a rule on this single question strike, is an account
 * full?
 *  5. What passes is remembered as seen. What is stopped is not: asked again it is still
 * fresh.
 *
 * Who may be harmed by whom. Every charge falls on the pair (client, zone) as well, and a
 * pair is what is held. A zone is stopped for all only when FEEDERS_MIN clients brought
 * names that carry data, and never while several clients share its names. A forged source
 * is charged at once like a true one: to wait until an answer has arrived would prove
 * nothing (it arrives for any zone that exists) and would give a tunnel a round trip of
 * free questions. It is bounded instead: a client whose address is proven has pairs of
 * its own, holds on unproven evidence do not grow in shared zones, and in a stopped zone
 * names that were asked before keep flowing to those who bring nothing.
 */

/* ---- single questions ---- */

/* What one question of any type may bring to a zone that nobody shares. Over 50 bytes:
 * none in 573,000 recorded questions of people; a hash of 256 bits with company costs 38.
 * With an underscore label it holds for all types: services write keys and policies there
 * (a selector of 32 letters costs 23, the UUID of a directory 27, a hash of a mail
 * address 32), and printers their names (up to 58). */
#define ANY_NAME_BYTES 60.0f
/* With bytes that no host's name has: a channel in base 64 or above. */
#define ODD_NAME_BYTES 6.0f

static bool
rule_strikes(const struct inquiry *in, const struct level *l)
{
	float most = ANY_NAME_BYTES;

	if (in->signature != NULL)
		return true;
	if (!in->fresh || in->budget > 1.0f || !l->unshared ||
	    (in->d->ablated & DETECT_WITHOUT_RULES) != 0)
		return false;
	if (level_type_brings_data(in->qtype) && !in->underscore)
		most = l->cost.odd_bytes ? ODD_NAME_BYTES : LEVEL_DATA_NAME_BYTES;
	return l->cost.bytes >= most;
}

/* One question is stopped, and not the pair: told once for each (client, zone) and span
 * of a first hold, not once a packet. */
static void
decide_once(struct inquiry *in, struct level *l, struct decision *dec,
    enum detect_action action, const char *reason, int ede_code)
{
	struct pair_state *p = l->pair;

	dec->action = action;
	dec->reason = reason;
	dec->ede_code = ede_code;
	if (p->refused_told_sec == 0 ||
	    in->now_sec - p->refused_told_sec >= in->conf->hold_first_sec) {
		p->refused_told_sec = in->now_sec;
		p->refused = detect_ref_new(in->d, in->now->wall_ms);
		dec->told = action == DETECT_REFUSE ? EVENT_REFUSE : EVENT_THROTTLE;
		dec->tell = true;
	}
	dec->event = p->refused;
}

static void
decide_refuse(struct inquiry *in, struct level *l, struct decision *dec,
    const char *reason, int ede_code)
{
	decide_once(in, l, dec, DETECT_REFUSE, reason, ede_code);
}

static const char *
rule_reason(const struct inquiry *in)
{
	return in->signature != NULL ? in->signature->reason : "data in one question";
}

static void
charge_rule(struct inquiry *in, struct level *l)
{
	float more = TELL_RULE_BYTES / in->budget - l->charge;

	level_charge(in, l, more > 0 ? more : 0, 0);
	if (in->signature != NULL) {
		l->pair->tool = signature_number(in->signature);
		level_feeds(in, l);
		detect_tally(in->d, TALLY_SIGNATURES, 1);
	}
}
/* The form of a tool's names is a mark once its session comes again in a fresh name. */
static void
compare_sessions(struct inquiry *in, struct level *l)
{
	struct pair_state *p = l->pair;
	uint8_t number;

	if (in->likely == NULL)
		return;
	number = signature_number(in->likely);
	if (p->mark == number && p->mark_session == in->session)
		in->signature = in->likely;
	p->mark = number;
	p->mark_session = in->session;
}

/* ---- one level of one question ---- */

static bool
becomes_suspect(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	float bytes = account_of(&z->up);

	if (bytes < (float)in->conf->suspect_bytes / 2)
		z->suspect_told = false;
	if (bytes < (float)in->conf->suspect_bytes || z->suspect_told ||
	    level_is_shared(z))
		return false;
	z->suspect_told = true;
	return true;
}

static const char *
full_reason(const struct level *l)
{
	const struct signature *tool = signature_at(l->pair->tool);

	return tool != NULL ? tool->reason : "information budget used up";
}

/* An address the wrong way round, as mail servers ask it of block lists, costs 8.5. */
#define THROTTLED_NAME_BYTES 10.0f

/* Between suspicion and the limit: fresh names of who brings them, one a second. Where
 * the types are not people's there is no need to wait. */
static bool
is_throttled(const struct inquiry *in, const struct level *l)
{
	float suspect = (float)in->conf->suspect_bytes;

	return in->fresh && in->budget <= 1.0f && l->unshared &&
	       l->weighing.weight[WEIGH_TYPE] <= 0 &&
	       l->cost.bytes >= THROTTLED_NAME_BYTES &&
	       account_of(&l->zone->up) >= suspect &&
	       account_of(&l->pair->up) >= suspect / LEVEL_PART &&
	       l->pair->passed_sec == (uint16_t)in->now_sec;
}

/* While many clients bring data to zones that nobody knows: this one has done so before
 * today, and does it again. */
static bool
is_one_of_many(const struct inquiry *in, const struct level *l)
{
	return in->network_alarmed && in->fresh && !in->underscore &&
	       in->budget <= 1.0f && l->unshared && l->zone->leaked_up == 0 &&
	       l->cost.bytes >= WIDE_NEWCOMER_BYTES && in->newcomer_sec != 0 &&
	       in->now_sec - in->newcomer_sec < WIDE_DAY_SEC;
}

static void
decide_full(struct inquiry *in, struct level *l, struct decision *dec)
{
	float limit = level_up_limit(in, l);
	uint32_t server = atomic_load_explicit(&l->zone->server, memory_order_relaxed);

	dec->reason = full_reason(l);
	if (account_of(&l->zone->up) > limit || account_of(&l->pair->up) > limit) {
		measure_full(in, l, dec, &l->pair->up, limit);
	} else if (l->unshared && in->budget <= 1.0f &&
		   authorities_is_full(in->d->authorities, server)) {
		dec->reason = "one of many zones that bring data to one server";
		measure_full(in, l, dec, &l->pair->up, limit);
	}
}

/* A report, never a block. */
static bool
becomes_beacon(const struct inquiry *in, struct level *l)
{
	const struct rhythm *r = &l->pair->rhythm;
	struct zone_state *z = l->zone;
	enum ration_answer may;

	if (!l->unshared || z->several || z->beacon_told || in->budget > 1.0f ||
	    !rhythm_is_beacon(r))
		return false;
	may = ration_take(&in->d->beacons, r->first_sec, in->now_sec);
	z->beacon_told = may != RATION_WAIT;
	if (z->beacon_told)
		detect_tally(
		    in->d, may == RATION_TELL ? TALLY_BEACONS : TALLY_BEACONS_OLD, 1);
	return may == RATION_TELL;
}

static void
decide_report(struct inquiry *in, struct level *l, struct decision *dec)
{
	bool beacon = becomes_beacon(in, l);

	if (!beacon && !becomes_suspect(in, l))
		return;
	dec->event = detect_ref_new(in->d, in->now->wall_ms);
	dec->told = EVENT_OBSERVE;
	dec->reason = beacon ? "beacon: one client asks at a steady interval, and nobody "
			       "else asks here"
			     : "suspect: half of the information budget used";
	dec->tell = true;
}

/* Where "this was asked, and stopped" is remembered. */
static uint64_t
stopped_key(const struct inquiry *in)
{
	return namehash_mix(in->name->suffix[in->name->count], 3);
}

/* The same name again is a stub that tries again, and costs nothing: it may pass later,
 * and is charged then. Another one is half a question: whoever asks on and on at a
 * machine's pace fills the account. */
static void
decide_throttle(struct inquiry *in, struct level *l, struct decision *dec)
{
	struct seen_hit hit = seen_find(in->d->seen, stopped_key(in), in->half_hour);
	bool again = hit.found && hit.tag == level_tag(in->client_hash);

	decide_once(in, l, dec, DETECT_THROTTLE,
	    "throttled: half of the information budget used", EDE_FILTERED);
	level_uncharge(l, again ? 1.0f : 0.5f);
}

static void
decide_up(struct inquiry *in, struct level *l, struct decision *dec, bool rule)
{
	if (measure_in_force(in, l, dec))
		return;
	if (in->fresh || rule)
		decide_full(in, l, dec);
	if (dec->action == DETECT_PASS && rule)
		decide_refuse(in, l, dec, rule_reason(in), EDE_FILTERED);
	if (dec->action == DETECT_PASS && is_one_of_many(in, l))
		decide_refuse(in, l, dec,
		    "data for a zone that nobody knows, as many clients bring it",
		    EDE_FILTERED);
	if (dec->action == DETECT_PASS && is_throttled(in, l))
		decide_throttle(in, l, dec);
	if (dec->action == DETECT_PASS)
		decide_report(in, l, dec);
}

/* A stopped name does not become known. But two clients that ask for the same one show
 * that the zone is shared. */
static void
count_stopped(struct inquiry *in, struct level *l)
{
	uint64_t key = stopped_key(in);
	struct seen_hit hit = seen_find(in->d->seen, key, in->half_hour);
	uint8_t tag = level_tag(in->client_hash);

	l->zone->stopped++;
	l->pair->stopped++;
	level_cap(in, l);
	if (hit.found && hit.tag != tag)
		level_share(l->zone, level_bit(in->client_hash));
	seen_put(in->d->seen, key, tag, in->half_hour);
}

/* Which of a million names that people ask. */
#define KNOWN_NAME_BYTES 2.5f

/* A block list and a search suffix may have labels of their own above their zone. */
#define KNOWN_NAME_INNER 2u

/* What stands before the zone, or before labels that the zone has had, is a public name
 * that somebody else asked: a block list of domains, a search suffix. */
static bool
is_known_name(const struct inquiry *in, const struct level *l)
{
	const struct cost_zone zone = level_cost_zone(l);
	struct seen_hit hit;

	for (unsigned inner = 0; inner <= KNOWN_NAME_INNER; inner++) {
		unsigned labels = l->zone_labels + inner;

		if (in->name->count < labels + 2)
			return false;
		if (inner != 0 && !cost_knows_label(in->name, &zone, labels, in->d->seen,
				      in->half_hour))
			return false;
		hit = seen_find(
		    in->d->seen, namehash_left_of(in->name, labels), in->half_hour);
		if (hit.found && hit.tag != level_tag(in->client_hash))
			return true;
	}
	return false;
}

/* "4.3.2.1" before the zone: the form of a look-up of an address. */
static bool
is_reversed_address(const struct inquiry *in, const struct level *l)
{
	if (in->name->count < l->zone_labels + 4)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *label = in->name->name + in->name->at[i];

		if (*label > 3)
			return false;
		for (unsigned k = 1; k <= *label; k++)
			if (label[k] < '0' || label[k] > '9')
				return false;
	}
	return true;
}

static void
note_lesson(struct inquiry *in, const struct level *l)
{
	struct lesson x = { .zone_key = l->zone_key,
		.clients = level_bit(in->client_hash),
		.names = 1,
		.reversed = is_reversed_address(in, l),
		.suffixed = in->fresh && is_known_name(in, l),
		.bytes = l->cost.bytes,
		.most_bytes = l->pair->leaked_up };

	dname_set(&x.zone, namehash_tail(in->name, l->zone_labels));
	notes_lesson(in->d->notes, &x);
}

/* Mail comes in bursts, and so do the look-ups of who sent it: they are no haste. */
static uint32_t
terms_left_out(const struct inquiry *in, const struct level *l)
{
	bool mail = in->fresh && is_reversed_address(in, l);

	return in->d->ablated | (mail ? 1u << WEIGH_HASTE : 0);
}

static void
find_cost(const struct inquiry *in, struct level *l)
{
	const struct cost_zone zone = level_cost_zone(l);

	if (!in->fresh)
		return;
	l->cost =
	    cost_of_name(in->name, &zone, in->d->seen, in->d->wellknown, in->half_hour);
	if (l->cost.bytes > KNOWN_NAME_BYTES && is_known_name(in, l))
		l->cost.bytes = KNOWN_NAME_BYTES;
	if (in->rare)
		l->cost.bytes += LEVEL_TYPE_BYTES;
}

static void
judge_level(struct inquiry *in, struct level *l, bool decide, struct decision *dec,
    struct detect_verdict *out)
{
	bool rule = false;

	level_lock(in, l);
	l->before = account_of(&l->zone->up);
	find_cost(in, l);
	level_count(in, l);
	weigh(l->zone, &l->pair->rhythm, terms_left_out(in, l), &l->weighing);
	l->unshared = !level_is_shared(l->zone);
	if (in->client_excess > 1.0f && l->cost.bytes >= LEVEL_DATA_NAME_BYTES)
		l->weighing.factor = l->weighing.bold;
	if (!in->exempt) {
		if (in->fresh) /* how a known service looks is known: no more than its
				  bytes */
			l->charge = l->cost.bytes *
				    (in->budget > 1.0f
					    ? fminf(l->weighing.factor, 1.0f) / in->budget
					    : l->weighing.factor);
		level_charge(in, l, l->charge, in->fresh ? l->cost.bytes : 0);
		compare_sessions(in, l);
		if ((rule = rule_strikes(in, l)))
			charge_rule(in, l);
		if (decide)
			decide_up(in, l, dec, rule);
	}
	if (dec->tell && !(out->has_event && dec->told == EVENT_OBSERVE))
		tell_verdict(in, l, dec, rule, out);
	if (dec->action != DETECT_PASS && in->learning)
		note_lesson(in, l);
	if (dec->action == DETECT_PASS || level_spares(in, dec)) {
		level_passed(in, l);
		wide_owe(in, l);
		l->begun = l->pair->leaked_up < WIDE_ZONE_BYTES;
	} else {
		count_stopped(in, l);
	}
	level_unlock(in, l);
}

/* ---- accounts wider than a zone ---- */

static void
tell_wide(struct inquiry *in, struct level *l, enum wide_alarm alarm,
    struct detect_verdict *out)
{
	bool client = alarm == WIDE_CLIENT;
	struct decision dec = { .told = EVENT_OBSERVE,
		.tell = true,
		.reason = client ? "one client brings information to many zones"
				 : "many clients bring data to zones that nobody knows",
		.event = detect_ref_new(in->d, in->now->wall_ms) };

	level_lock(in, l);
	tell_fill(&out->event, in, l, &dec);
	level_unlock(in, l);
	tell_evidence(&out->event,
	    client ? "client_account_bytes" : "network_account_bytes",
	    client ? (double)WIDE_CLIENT_ALARM_BYTES : (double)WIDE_NETWORK_ALARM_BYTES,
	    1.0);
	tell_done(in, out);
}

/* ---- the whole question ---- */

/*
 * Has the name been asked before, and by whom last? For the common types it is one
 * question; with a rare one it is another, or a tunnel would send 16 bits in the type of
 * one known name.
 */
static void
look_up_name(struct inquiry *in)
{
	struct seen_hit hit;

	in->rare = level_type_is_rare(in->qtype);
	in->asked_key = in->name->suffix[in->name->count];
	if (in->rare)
		in->asked_key = namehash_mix(in->asked_key, (uint64_t)in->qtype << 8 | 4);
	hit = seen_find(in->d->seen, in->asked_key, in->half_hour);

	in->fresh = !hit.found;
	in->other_asked = hit.found && hit.tag != level_tag(in->client_hash);
}

/* The reverse trees are written in hex and decimal digits by the DNS itself, and no tool
 * has a zone there. */
static void
look_for_marks(struct inquiry *in, unsigned zone_labels)
{
	const struct signature *found;

	if (in->kind == SUFFIX_REVERSE)
		return;
	found = signature_find(in->name, zone_labels, in->qtype, &in->session);
	if (in->session == 0)
		in->signature = found;
	else if (in->fresh)
		in->likely = found;
}

/* The operator's own word at run time: true when it decides. */
static bool
decide_word(struct inquiry *in, struct detect_verdict *out)
{
	struct word w;
	unsigned labels;

	if (!notes_word_find(in->d->notes, in->name, in->now->mono_ms, &w, &labels))
		return false;
	if (!w.block) {
		in->exempt = true;
		return false;
	}
	out->action = DETECT_SINKHOLE;
	out->ede_code = EDE_BLOCKED;
	memcpy(out->event_id, w.event_id, sizeof(out->event_id));
	detect_tally(in->d, TALLY_BLOCKED, 1);
	return true;
}

/* The table of types. A refusal charges nothing, unless the name bears a tool's mark. */
static bool
decide_type(
    struct inquiry *in, struct level *l, struct decision *dec, struct detect_verdict *out)
{
	if (in->exempt || conf_type_policy_of(in->group, in->qtype) != TYPE_POLICY_REFUSE)
		return false;
	level_lock(in, l);
	if (in->learning || !measure_in_force(in, l, dec)) {
		decide_refuse(in, l, dec, "type refused by policy", EDE_BLOCKED);
		if (in->signature != NULL) {
			charge_rule(in, l);
			dec->reason = in->signature->reason;
		}
		if (dec->tell)
			tell_verdict(in, l, dec, in->signature != NULL, out);
	}
	l->zone->stopped++;
	l->pair->stopped++;
	level_unlock(in, l);
	return true;
}

/*
 * The zone cut beneath the owner's zone is counted and charged from its first question,
 * but stops somebody only when the owner's domain is shared by many: respectable, with a
 * corner let to somebody. Elsewhere the owner's own account is the stricter one.
 */
static void
judge_cut(struct inquiry *in, const struct level *owner, struct level *inner,
    unsigned labels, struct decision *dec, struct detect_verdict *out)
{
	struct decision own = { .ede_code = EDE_NONE };

	level_set(in, inner, labels);
	inner->owner_place = owner->place;
	judge_level(in, inner, !owner->unshared, &own, out);
	out->zone_index = inner->ticket;
	if (own.action != DETECT_PASS)
		*dec = own;
}

/* All that a platform's tenants get reaches the platform. */
static void
judge_platform(struct inquiry *in, const uint8_t *cut, struct decision *dec,
    struct detect_verdict *out)
{
	struct decision own = { .ede_code = EDE_NONE };
	struct inquiry whole;
	struct level l;

	if (!inquiry_of_platform(in, cut, &whole))
		return;
	level_set_platform(&whole, &l);
	judge_level(&whole, &l, true, &own, out);
	if (own.action != DETECT_PASS)
		*dec = own;
}

static void
judge(struct inquiry *in, const uint8_t *cut, struct level *owner,
    struct detect_verdict *out)
{
	struct level inner, *last = owner;
	struct decision dec = { .ede_code = EDE_NONE };
	enum wide_alarm alarm;
	unsigned cut_labels;

	if (decide_type(in, owner, &dec, out)) {
		inquiry_verdict_close(in, &dec, out);
		if (!level_spares(in, &dec))
			return;
		memset(&dec, 0, sizeof(dec));
	}
	judge_level(in, owner, true, &dec, out);
	out->zone_index = owner->ticket;
	if (dec.action == DETECT_PASS &&
	    (cut_labels = inquiry_cut_labels(in, owner, cut)) != 0) {
		judge_cut(in, owner, &inner, cut_labels, &dec, out);
		last = &inner;
	}
	if (dec.action == DETECT_PASS)
		judge_platform(in, cut, &dec, out);
	if (dec.action == DETECT_PASS || level_spares(in, &dec)) {
		seen_put(in->d->seen, in->asked_key, level_tag(in->client_hash),
		    in->half_hour);
		if (last->unshared && last->charge > 0 &&
		    (alarm = wide_charge(in, last)) != WIDE_NONE && !out->has_event)
			tell_wide(in, last, alarm, out);
	}
	inquiry_verdict_close(in, &dec, out);
}

void
detect_question(struct detect *d, const struct conf *conf,
    const struct detect_question *q, const struct now *now, struct detect_verdict *out)
{
	struct detect_look own;
	struct inquiry in;
	struct level owner;

	inquiry_verdict_clear(out);
	inquiry_clear(&in, q->qtype, q->verified, q->exempt);
	if (!inquiry_begin(&in, d, conf, q->group, &q->client, q->qname, now))
		return;
	inquiry_look(&in, q->look, &own);
	detect_tally(d, TALLY_QUESTIONS, 1);
	if (decide_word(&in, out))
		return;
	if (inquiry_nobody_receives(&in, q->cut)) {
		detect_tally(d, TALLY_PASSED, 1);
		return;
	}
	level_set(&in, &owner, in.zone_labels);
	in.underscore = inquiry_has_underscore(in.name);
	look_up_name(&in);
	if (in.exempt)
		detect_tally(d, TALLY_EXEMPT, 1);
	else if ((d->ablated & DETECT_WITHOUT_SIGNATURES) == 0)
		look_for_marks(&in, in.zone_labels);
	if (in.fresh)
		detect_tally(d, TALLY_FRESH, 1);
	wide_read(&in);
	judge(&in, q->cut, &owner, out);
}
