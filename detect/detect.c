#include "detect/detect.h"

#include <math.h>
#include <string.h>

#include "base/dns.h"
#include "detect/inside.h"
#include "detect/level.h"
#include "detect/measure.h"
#include "detect/tell.h"

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

/* A client over all zones that nobody shares. */
#define CLIENT_ALARM_BYTES  1500.0f
#define CLIENT_ALARM_FACTOR 2.0f
#define CLIENT_DRAIN_MILLI  50u

static bool
has_underscore(const struct namehash *h)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->name[h->at[i]] != 0 && h->name[h->at[i] + 1] == '_')
			return true;
	return false;
}

/* ---- single questions ---- */

static bool
rule_strikes(const struct inquiry *in, const struct level *l)
{
	if (in->signature != NULL)
		return true;
	if (!in->fresh || in->underscore || in->budget > 1.0f ||
	    (in->d->ablated & DETECT_WITHOUT_RULES) != 0)
		return false;
	return l->cost.bytes >= LEVEL_DATA_NAME_BYTES &&
	       (level_type_is_odd(in) || level_type_is_never(in->qtype));
}

/* One question is refused: told once for each (client, zone) and span of a first hold,
 * not once a packet. */
static void
decide_refuse(struct inquiry *in, struct level *l, struct decision *dec,
    const char *reason, int ede_code)
{
	struct pair_state *p = l->pair;

	dec->action = DETECT_REFUSE;
	dec->reason = reason;
	dec->ede_code = ede_code;
	if (p->refused_told_sec == 0 ||
	    in->now_sec - p->refused_told_sec >= in->conf->hold_first_sec) {
		p->refused_told_sec = in->now_sec;
		p->refused = detect_ref_new(in->d, in->now->wall_ms);
		dec->told = EVENT_REFUSE;
		dec->tell = true;
	}
	dec->event = p->refused;
}

static const char *
rule_reason(const struct inquiry *in)
{
	return in->signature != NULL ? in->signature->reason : "data in one question";
}

static void
charge_rule(struct inquiry *in, struct level *l)
{
	level_charge(in, l, TELL_RULE_BYTES / in->budget, 0);
	if (in->signature != NULL) {
		l->pair->tool = signature_number(in->signature);
		level_feeds(in, l);
		detect_tally(in->d, TALLY_SIGNATURES, 1);
	}
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

static void
decide_up(struct inquiry *in, struct level *l, struct decision *dec, bool rule)
{
	float limit = level_up_limit(in, l);

	if (measure_in_force(in, l, dec))
		return;
	dec->reason = full_reason(l);
	if ((in->fresh || rule) &&
	    (account_of(&l->zone->up) > limit || account_of(&l->pair->up) > limit))
		measure_full(in, l, dec, &l->pair->up, limit);
	if (dec->action == DETECT_PASS && rule)
		decide_refuse(in, l, dec, rule_reason(in), EDE_FILTERED);
	if (dec->action == DETECT_PASS && becomes_suspect(in, l)) {
		dec->event = detect_ref_new(in->d, in->now->wall_ms);
		dec->told = EVENT_OBSERVE;
		dec->reason = "suspect: half of the information budget used";
		dec->tell = true;
	}
}

/* A stopped name does not become known. But two clients that ask for the same one show
 * that the zone is shared. */
static void
count_stopped(struct inquiry *in, struct level *l)
{
	uint64_t key = namehash_mix(in->name.suffix[in->name.count], 3);
	struct seen_hit hit = seen_find(in->d->seen, key, in->half_hour);
	uint8_t tag = level_tag(in->client_hash);

	l->zone->stopped++;
	l->pair->stopped++;
	if (hit.found && hit.tag != tag)
		level_share(l->zone, level_bit(in->client_hash));
	seen_put(in->d->seen, key, tag, in->half_hour);
}

static void
judge_level(struct inquiry *in, struct level *l, bool decide, struct decision *dec,
    struct detect_verdict *out)
{
	bool rule = false;

	level_lock(in, l);
	if (in->fresh)
		l->cost = cost_of_name(&in->name, l->zone_labels, l->zone->labels,
		    in->d->seen, in->half_hour);
	if (in->fresh && in->rare)
		l->cost.bytes += LEVEL_TYPE_BYTES;
	level_count(in, l);
	weigh(l->zone, (unsigned)dname_len(in->qname), in->d->ablated, &l->weighing);
	l->unshared = !level_is_shared(l->zone);
	if (!in->exempt) {
		if (in->fresh) /* how a known service looks is known: no more than its
				  bytes */
			l->charge = l->cost.bytes *
				    (in->budget > 1.0f
					    ? fminf(l->weighing.factor, 1.0f) / in->budget
					    : l->weighing.factor);
		level_charge(in, l, l->charge, in->fresh ? l->cost.bytes : 0);
		if ((rule = rule_strikes(in, l)))
			charge_rule(in, l);
		if (decide)
			decide_up(in, l, dec, rule);
	}
	if (dec->tell && !(out->has_event && dec->told == EVENT_OBSERVE))
		tell_verdict(in, l, dec, rule, out);
	if (dec->action == DETECT_PASS || in->shadow) {
		level_passed(in, l);
	} else {
		count_stopped(in, l);
	}
	level_unlock(in, l);
}

/* ---- the client over all zones ---- */

static struct client_state *
client_lock(struct inquiry *in, pthread_mutex_t **lock)
{
	struct client_state *c;

	*lock = &in->d->client_locks[state_shard_of(in->client_hash)].lock;
	pthread_mutex_lock(*lock);
	c = clients_get(in->d->clients, in->client_hash, in->now_sec);
	account_drain(&c->up, CLIENT_DRAIN_MILLI, in->now_sec);
	c->last_sec = in->now_sec;
	return c;
}

static void
client_read(struct inquiry *in)
{
	pthread_mutex_t *lock;

	in->client_alarmed = client_lock(in, &lock)->alarmed;
	pthread_mutex_unlock(lock);
}

/* True when the client has just crossed the line. */
static bool
client_charge(struct inquiry *in, float bytes)
{
	pthread_mutex_t *lock;
	struct client_state *c = client_lock(in, &lock);
	bool crossed = false;

	account_add(&c->up, bytes, CLIENT_ALARM_BYTES * CLIENT_ALARM_FACTOR);
	if (account_of(&c->up) >= CLIENT_ALARM_BYTES && !c->alarmed)
		c->alarmed = crossed = true;
	if (account_of(&c->up) < CLIENT_ALARM_BYTES / 2)
		c->alarmed = false;
	pthread_mutex_unlock(lock);
	return crossed;
}

static void
tell_client_alarm(struct inquiry *in, struct level *l, struct detect_verdict *out)
{
	struct decision dec = { .told = EVENT_OBSERVE,
		.tell = true,
		.reason = "one client brings information to many zones",
		.event = detect_ref_new(in->d, in->now->wall_ms) };

	level_lock(in, l);
	tell_fill(&out->event, in, l, &dec);
	level_unlock(in, l);
	tell_evidence(&out->event, "client_account_bytes", CLIENT_ALARM_BYTES, 1.0);
	out->has_event = true;
	notes_remember(in->d->notes, &out->event);
	detect_tally(in->d, TALLY_EVENTS, 1);
}
/* ---- the whole question ---- */

static void
verdict_clear(struct detect_verdict *out)
{
	out->action = DETECT_PASS;
	out->zone_index = UINT32_MAX;
	out->event_id[0] = '\0';
	out->ede_code = EDE_NONE;
	out->has_event = false;
}

/* All but the name, which is two kilobytes and filled whole. */
static void
inquiry_clear(struct inquiry *in, uint16_t qtype, bool verified, bool exempt)
{
	memset(in, 0, offsetof(struct inquiry, name));
	in->qtype = qtype;
	in->verified = verified;
	in->exempt = exempt;
}

/* False: detection is off for this group. */
static bool
inquiry_begin(struct inquiry *in, struct detect *d, const struct conf *conf,
    uint32_t group, const struct addr *client, const uint8_t *qname,
    const struct now *now)
{
	struct namelist_hit hit;

	in->d = d;
	in->conf = conf;
	in->group = &conf->groups[group < conf->group_count ? group : 0];
	in->now = now;
	in->client = client;
	in->qname = qname;
	if (in->group->detection == DETECTION_OFF)
		return false;
	in->shadow = in->group->detection == DETECTION_SHADOW;
	in->now_sec = detect_sec(now->mono_ms);
	in->half_hour = in->now_sec / 1800;
	in->client_hash = detect_client_hash(d, client);
	clients_prefetch(d->clients, in->client_hash);
	namehash_fill(&in->name, &d->key, qname);
	in->budget = 1.0f;
	if (conf->large_budget != NULL &&
	    namelist_find(conf->large_budget, qname, &hit) && hit.value > 1)
		in->budget = (float)hit.value;
	return true;
}

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
	in->asked_key = in->name.suffix[in->name.count];
	if (in->rare)
		in->asked_key = namehash_mix(in->asked_key, (uint64_t)in->qtype << 8 | 4);
	hit = seen_find(in->d->seen, in->asked_key, in->half_hour);

	in->fresh = !hit.found;
	in->other_asked = hit.found && hit.tag != level_tag(in->client_hash);
}

/* Where "this top-level domain gives answers" is remembered. */
static uint64_t
exists_key(const struct inquiry *in)
{
	return namehash_mix(in->name.suffix[1], 2);
}

/*
 * A top-level domain that does not exist has no servers: nobody receives what is asked
 * there, and NXDOMAIN for all of it is soon in the cache (RFC 8020). Once recursion knows
 * a delegation there, or data has come from there, it exists, whatever the list says.
 */
static bool
nobody_receives(const struct inquiry *in, const uint8_t *cut)
{
	if (in->kind != SUFFIX_UNKNOWN || (cut != NULL && cut[0] != 0))
		return false;
	return !seen_find(in->d->seen, exists_key(in), in->half_hour).found;
}

/* The operator's own word at run time: true when it decides. */
static bool
decide_word(struct inquiry *in, struct detect_verdict *out)
{
	struct word w;
	unsigned labels;

	if (!notes_word_find(in->d->notes, &in->name, in->now->mono_ms, &w, &labels))
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
	if (!measure_in_force(in, l, dec)) {
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

/* From what was decided to what the caller is told. */
static void
verdict_close(struct inquiry *in, const struct decision *dec, struct detect_verdict *out)
{
	static const enum tally tallies[] = { [DETECT_PASS] = TALLY_PASSED,
		[DETECT_HOLD] = TALLY_HELD,
		[DETECT_SINKHOLE] = TALLY_SINKHOLED,
		[DETECT_REFUSE] = TALLY_REFUSED };

	if (dec->action != DETECT_PASS && in->shadow) {
		detect_tally(in->d, TALLY_SHADOWED, 1);
		return;
	}
	detect_tally(in->d, tallies[dec->action], 1);
	if (dec->action == DETECT_PASS)
		return;
	out->action = dec->action;
	out->ede_code = dec->ede_code;
	detect_ref_text(&dec->event, out->event_id);
}

/* How deep a known zone cut lies between the owner's zone and the name; 0: there is none.
 */
static unsigned
cut_labels_of(const struct inquiry *in, const struct level *owner, const uint8_t *cut)
{
	unsigned labels;

	if (cut == NULL || !dname_is_below(in->qname, cut))
		return 0;
	labels = dname_labels(cut);
	return labels > owner->zone_labels ? labels : 0;
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

static void
judge(struct inquiry *in, const uint8_t *cut, struct level *owner,
    struct detect_verdict *out)
{
	struct level inner, *last = owner;
	struct decision dec = { .ede_code = EDE_NONE };
	unsigned cut_labels;

	if (decide_type(in, owner, &dec, out)) {
		verdict_close(in, &dec, out);
		if (!in->shadow)
			return;
		memset(&dec, 0, sizeof(dec));
	}
	judge_level(in, owner, true, &dec, out);
	out->zone_index = owner->ticket;
	if (dec.action == DETECT_PASS &&
	    (cut_labels = cut_labels_of(in, owner, cut)) != 0) {
		judge_cut(in, owner, &inner, cut_labels, &dec, out);
		last = &inner;
	}
	if (dec.action == DETECT_PASS || in->shadow) {
		seen_put(in->d->seen, in->asked_key, level_tag(in->client_hash),
		    in->half_hour);
		if (last->unshared && last->charge > 0 &&
		    client_charge(in, last->charge) && !out->has_event)
			tell_client_alarm(in, last, out);
	}
	verdict_close(in, &dec, out);
}

void
detect_question(struct detect *d, const struct conf *conf,
    const struct detect_question *q, const struct now *now, struct detect_verdict *out)
{
	struct inquiry in = {
		.qtype = q->qtype, .verified = q->verified, .exempt = q->exempt
	};
	struct level owner;
	unsigned zone_labels;

	verdict_clear(out);
	inquiry_clear(&in, q->qtype, q->verified, q->exempt);
	if (!inquiry_begin(&in, d, conf, q->group, &q->client, q->qname, now))
		return;
	seen_prefetch(d->seen, in.name.suffix[in.name.count]);
	detect_tally(d, TALLY_QUESTIONS, 1);
	if (decide_word(&in, out))
		return;
	zone_labels = suffix_zone_labels(d->suffix, &in.name, &in.kind);
	if (nobody_receives(&in, q->cut)) {
		detect_tally(d, TALLY_PASSED, 1);
		return;
	}
	level_set(&in, &owner, zone_labels);
	zones_prefetch(d->zones, owner.zone_key);
	pairs_prefetch(d->pairs, owner.zone_key, owner.pair_key);
	in.underscore = has_underscore(&in.name);
	look_up_name(&in);
	if (in.exempt)
		detect_tally(d, TALLY_EXEMPT, 1);
	else if ((d->ablated & DETECT_WITHOUT_SIGNATURES) == 0)
		in.signature = signature_find(&in.name, zone_labels, in.qtype);
	if (in.fresh)
		detect_tally(d, TALLY_FRESH, 1);
	client_read(&in);
	judge(&in, q->cut, &owner, out);
}
/* ---- answers ---- */

static bool
is_novel(struct inquiry *in, const struct level *l, uint64_t rdata_hash)
{
	uint64_t key = namehash_mix(namehash_mix(l->zone_key, rdata_hash), 1);
	bool novel = !seen_find(in->d->seen, key, in->half_hour).found;

	if (novel)
		seen_put(in->d->seen, key, level_tag(in->client_hash), in->half_hour);
	return novel;
}

/*
 * Addresses carry data as well: a hundred of IPv6 are 1.6 kB, and one name with a short
 * TTL brings others each time. But a pool that takes turns, a CDN's or a mirror's,
 * repeats its addresses, and a list's verdicts are a few: so each counts once, not each
 * set of them.
 */
static uint32_t
novel_bytes(struct inquiry *in, const struct level *l, const struct detect_answer *a)
{
	uint32_t bytes = 0;

	if (a->rdata_bytes != 0 && is_novel(in, l, a->rdata_hash))
		bytes += a->rdata_bytes;
	for (unsigned i = 0; i < a->piece_count && i < DETECT_PIECES_MAX; i++)
		if (is_novel(in, l, a->pieces[i].hash))
			bytes += a->pieces[i].bytes;
	if (a->rest_bytes != 0 && is_novel(in, l, a->rest_hash))
		bytes += a->rest_bytes;
	return bytes;
}

static void
decide_down(struct inquiry *in, struct level *l, struct decision *dec)
{
	float limit = level_limit(in, l, in->conf->down_stop_bytes);

	dec->reason = "answers carry too much that is new";
	if (account_of(&l->zone->down) > limit || account_of(&l->pair->down) > limit)
		measure_full(in, l, dec, &l->pair->down, limit);
}

static void
judge_answer(struct inquiry *in, struct level *l, uint32_t bytes, bool decide,
    struct decision *dec, struct detect_verdict *out)
{
	level_lock(in, l);
	l->unshared = !level_is_shared(l->zone);
	if (!in->exempt && bytes != 0) {
		level_charge_down(in, l, bytes);
		weigh(l->zone, (unsigned)dname_len(in->qname), in->d->ablated,
		    &l->weighing);
		if (decide)
			decide_down(in, l, dec);
	}
	if (dec->tell)
		tell_verdict(in, l, dec, false, out);
	if (dec->action == DETECT_PASS || in->shadow) {
		l->zone->leaked_down += bytes;
		l->pair->leaked_down += bytes;
	}
	out->zone_index = l->ticket;
	level_unlock(in, l);
}

/* In the owner's zone, then in the cut that answered, by the same rule as the question.
 */
static void
judge_answer_levels(struct inquiry *in, struct level *owner,
    const struct detect_answer *a, struct detect_verdict *out)
{
	struct decision dec = { .ede_code = EDE_NONE };
	uint32_t bytes = novel_bytes(in, owner, a);
	struct level inner;
	unsigned cut_labels;

	judge_answer(in, owner, bytes, true, &dec, out);
	if (dec.action == DETECT_PASS &&
	    (cut_labels = cut_labels_of(in, owner, a->cut)) != 0) {
		level_set(in, &inner, cut_labels);
		inner.owner_place = owner->place;
		judge_answer(in, &inner, bytes, !owner->unshared, &dec, out);
	}
	verdict_close(in, &dec, out);
}

void
detect_answer(struct detect *d, const struct conf *conf, const struct detect_answer *a,
    const struct now *now, struct detect_verdict *out)
{
	struct inquiry in = {
		.qtype = a->qtype, .verified = a->verified, .exempt = a->exempt
	};
	struct level owner;
	struct word w;
	unsigned zone_labels, labels;

	verdict_clear(out);
	inquiry_clear(&in, a->qtype, a->verified, a->exempt);
	if (!inquiry_begin(&in, d, conf, a->group, &a->client, a->qname, now))
		return;
	detect_tally(d, TALLY_ANSWERS, 1);
	if (notes_word_find(d->notes, &in.name, now->mono_ms, &w, &labels) && !w.block)
		in.exempt = true;
	zone_labels = suffix_zone_labels(d->suffix, &in.name, &in.kind);
	if (in.kind == SUFFIX_UNKNOWN && (a->rdata_bytes != 0 || a->address_count != 0))
		seen_put(d->seen, exists_key(&in), 0, in.half_hour);
	if (nobody_receives(&in, a->cut))
		return;
	level_set(&in, &owner, zone_labels);
	zones_prefetch(d->zones, owner.zone_key);
	pairs_prefetch(d->pairs, owner.zone_key, owner.pair_key);
	client_read(&in);
	judge_answer_levels(&in, &owner, a, out);
}
