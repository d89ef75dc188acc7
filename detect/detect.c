#include "detect/inside.h"

#include <math.h>
#include <string.h>

#include "base/dns.h"
#include "detect/cost.h"
#include "detect/signature.h"
#include "detect/weigh.h"

/*
 * The way of a question, as doc/detection.md tells it:
 *
 *  1. The operator's words, then the table of types.
 *  2. The owner's zone; and, beneath a zone that many share, also the zone cut that recursion knows: a tunnel in a delegated
 *     corner of a respectable domain is judged apart. The owner is charged all the same, so cutting a
 *     zone into pieces never makes an account larger.
 *  3. Fresh or not; what a fresh name costs; its weight; onto the accounts of zone, pair and client.
 *  4. Is a measure in force, does a rule on this single question strike, is an account full?
 *  5. What passes is remembered as seen. What is stopped is not: asked again it is still fresh.
 *
 * Who may be harmed by whom. Every charge falls on the pair (client, zone) as well, and a pair is what is held. A zone is stopped
 * for all only when FEEDERS_MIN clients brought names that carry data, and never while several clients
 * share its names. A forged source is charged at once like a true one: to wait until an answer has
 * arrived would prove nothing (it arrives for any zone that exists) and would give a tunnel a round trip of free
 * questions. It is bounded instead: a client whose address is proven has pairs of its own, holds on unproven
 * evidence do not grow in shared zones, and in a stopped zone names that were asked before keep flowing to those who bring nothing.
 */

/* A question with this many fresh bytes, of a type that carries data down, is a tunnel's (8 in 1.09 million others). */
#define DATA_NAME_BYTES 12.0f
#define RULE_CHARGE_BYTES 300.0f
/* In a full zone that nobody shares a client may still bring this much: "www", "mail", "autodiscover". */
#define STRANGER_BYTES 24.0f
/* In a stopped zone that has shared names, fresh names below this flow ("www" costs 2.7). */
#define SMALL_NAME_BYTES 3.0f
/* One or two clients can be held one by one; the third shows that holding would only move the channel. */
#define FEEDERS_MIN 3
/* Three clients that know the same names: nobody's private channel, or a costly one. */
#define SHARERS_MIN 2
/* Whose part of a full shared zone's account is above one in so many is held; the others see nothing. */
#define SHARED_PART 8.0f
/* A client over all zones that nobody shares. */
#define CLIENT_ALARM_BYTES 1500u
#define CLIENT_DRAIN_MILLI 50u
#define DOWN_DRAIN_MILLI   100u
/* An account holds at most this many times its limit: what a tunnel that keeps trying piles up is forgiven in bounded time. */
#define CAP_FACTOR 2.0f
/* A measure that comes back within this is longer than the last; after each such span of peace it is halved. */
#define PEACE_SEC 86400u
#define TIMES_MAX 16u
#define RECENT_MAX 250u

enum cause { CAUSE_NONE, CAUSE_UP, CAUSE_DOWN, CAUSE_RULE };

/* ---- tickets: what a cached answer remembers of its zone ---- */

#define PLACE_BITS 20u
#define SALT_BITS  4u

static uint32_t
ticket_of(const struct detect *d, const struct zone_state *z, uint8_t tag)
{
	uint32_t salt = atomic_load_explicit(&z->salt, memory_order_relaxed);

	return (uint32_t)tag << 24 | (salt & ((1u << SALT_BITS) - 1)) << PLACE_BITS |
	    (uint32_t)zones_place(d->zones, z);
}

static uint8_t
tag_of(uint64_t client_hash)
{
	return (uint8_t)(client_hash >> 8);
}

static uint64_t
bit_of(uint64_t client_hash)
{
	return UINT64_C(1) << (client_hash & 63);
}

static void
share(struct zone_state *z, uint64_t bit)
{
	if ((atomic_load_explicit(&z->sharers, memory_order_relaxed) & bit) == 0)
		atomic_fetch_or_explicit(&z->sharers, bit, memory_order_relaxed);
}

void
detect_hit(struct detect *d, uint32_t zone_index, const struct addr *client, uint64_t mono_ms)
{
	size_t place = zone_index & ((1u << PLACE_BITS) - 1);
	struct zone_state *z = zones_at(d->zones, place);
	uint32_t salt, hits;
	uint64_t hash;

	(void)mono_ms;
	if (zone_index == UINT32_MAX || z == NULL)
		return;
	salt = atomic_load_explicit(&z->salt, memory_order_relaxed);
	if (((salt ^ zone_index >> PLACE_BITS) & ((1u << SALT_BITS) - 1)) != 0)
		return;
	hits = atomic_load_explicit(&z->hits, memory_order_relaxed);
	if (hits < RECENT_MAX) /* a count lost between two workers does no harm */
		atomic_store_explicit(&z->hits, hits + 1, memory_order_relaxed);
	hash = detect_client_hash(d, client);
	if (tag_of(hash) != zone_index >> 24)
		share(z, bit_of(hash));
}

/* ---- limits ---- */

static uint64_t
limit_key(const struct detect *d, const struct conf *conf, const struct addr *client)
{
	unsigned bits =
	    client->family == ADDR_V6 ? conf->rate_prefix_v6 : conf->rate_prefix_v4;
	struct addr net = addr_mask(client, bits);
	uint8_t bytes[17] = { net.family };

	memcpy(bytes + 1, net.bytes, sizeof(net.bytes));
	return siphash13(&d->key, bytes, client->family == ADDR_V6 ? 17 : 5);
}

static enum detect_limit
excess(struct detect *d, const struct conf *conf, bool verified, uint32_t over)
{
	if (verified) {
		detect_tally(d, TALLY_LIMIT_REFUSED, 1);
		return LIMIT_REFUSE;
	}
	if (conf->slip != 0 && over % conf->slip == 0) {
		detect_tally(d, TALLY_LIMIT_TRUNCATED, 1);
		return LIMIT_TRUNCATE;
	}
	detect_tally(d, TALLY_LIMIT_DROPPED, 1);
	return LIMIT_DROP;
}

enum detect_limit
detect_limit(struct detect *d, const struct conf *conf, const struct conf_group *group,
    const struct addr *client, bool verified, uint64_t mono_ms)
{
	uint64_t key;
	pthread_mutex_t *lock;
	struct client_state *c;
	uint32_t over = 0;
	bool taken;

	if (notes_expire(d->notes, mono_ms))
		atomic_fetch_add(&d->generation, 1);
	if (group->rate_qps == 0)
		return LIMIT_PASS;
	key = limit_key(d, conf, client);
	lock = &d->client_locks[state_shard_of(key)].lock;
	pthread_mutex_lock(lock);
	c = clients_get(d->clients, key, detect_sec(mono_ms));
	c->last_sec = detect_sec(mono_ms);
	taken = bucket_take(&c->bucket, group->rate_qps, group->burst, mono_ms);
	if (!taken)
		over = ++c->over;
	pthread_mutex_unlock(lock);
	return taken ? LIMIT_PASS : excess(d, conf, verified, over);
}

/* ---- what a judgement knows ---- */

struct inquiry {
	struct detect *d;
	const struct conf *conf;
	const struct conf_group *group;
	const struct now *now;
	const struct addr *client;
	const uint8_t *qname;
	uint16_t qtype;
	bool verified, shadow, exempt;
	uint32_t now_sec, half_hour;
	uint64_t client_hash;
	float budget;                    /* factor of a known service, 1 for others */
	bool fresh, other_asked;         /* the name; another client asked it last */
	bool underscore;
	bool client_alarmed;
	const struct signature *signature;
	enum suffix_kind kind;
	struct namehash name;
};

/* One zone in which a question is judged: the owner's, or a cut beneath it. */
struct level {
	unsigned zone_labels;
	uint64_t zone_key, pair_key;
	struct cost cost;
	struct zone_state *zone;   /* both only while the lock is held */
	struct pair_state *pair;
	struct weighing weighing;
	float charge;              /* weighted bytes */
	uint32_t ticket;
	bool unshared;             /* nobody else knows its names */
};

/* What is decided in a level. */
struct decision {
	enum detect_action action;
	enum event_action told;    /* the event's, when ${tell} */
	bool tell;
	const char *reason;
	struct event_ref event;
	uint32_t for_sec;
	int ede_code;
};

/*
 * How much an account of this zone may hold: the more clients share its names, the more. A known service is judged client by
 * client, each with a larger budget (charge, below), for its clients ask different names by nature.
 */
static float
limit_of(const struct inquiry *in, const struct level *l, uint32_t bytes)
{
	return (float)bytes * (1.0f + weigh_sharing(l->zone, in->d->ablated));
}

static float
up_limit_of(const struct inquiry *in, const struct level *l)
{
	/* A client that feeds many zones has used up the benefit of doubt. */
	return limit_of(in, l, in->client_alarmed ? in->conf->stop_bytes / 2 : in->conf->stop_bytes);
}

static bool
is_shared(const struct zone_state *z)
{
	return __builtin_popcountll(atomic_load_explicit(&z->sharers,
		   memory_order_relaxed)) >= SHARERS_MIN;
}

static bool
has_underscore(const struct namehash *h)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->name[h->at[i]] != 0 && h->name[h->at[i] + 1] == '_')
			return true;
	return false;
}

static bool
type_is_never(uint16_t type)
{
	return type == TYPE_NULL || type == TYPE_KEY ||
	    (type >= TYPE_PRIVATE_FIRST && type <= TYPE_PRIVATE_LAST);
}

/* Types that carry data of the server's choice and that a client can ask for at any name. */
static bool
type_is_odd(const struct inquiry *in)
{
	switch (in->qtype) {
	case TYPE_TXT:
	case TYPE_MX:
	case TYPE_CNAME:
	case TYPE_ANY:
	case TYPE_SRV:
		return !in->underscore;
	default:
		return false;
	}
}

/* ---- accounts and counters of a level ---- */

static void
level_lock(struct inquiry *in, struct level *l)
{
	struct detect *d = in->d;

	pthread_mutex_lock(&d->zone_locks[state_shard_of(l->zone_key)].lock);
	l->zone = zones_get(d->zones, l->zone_key, in->now_sec);
	l->pair = pairs_get(d->pairs, l->zone_key, l->pair_key, in->now_sec);
	account_drain(&l->zone->up, in->conf->drain_millibytes_per_sec, in->now_sec);
	account_drain(&l->zone->down, DOWN_DRAIN_MILLI, in->now_sec);
	account_drain(&l->pair->up, in->conf->drain_millibytes_per_sec, in->now_sec);
	account_drain(&l->pair->raw, in->conf->drain_millibytes_per_sec, in->now_sec);
	account_drain(&l->pair->down, DOWN_DRAIN_MILLI, in->now_sec);
	if (in->now_sec > l->zone->last_sec)
		l->zone->last_sec = in->now_sec;
	l->ticket = ticket_of(d, l->zone, tag_of(in->client_hash));
}

static void
level_unlock(struct inquiry *in, struct level *l)
{
	l->zone = NULL;
	l->pair = NULL;
	pthread_mutex_unlock(&in->d->zone_locks[state_shard_of(l->zone_key)].lock);
}

static void
count_recent(struct zone_state *z, unsigned questions, bool fresh, bool odd, bool never)
{
	while (z->recent + questions > RECENT_MAX) {
		z->recent /= 2;
		z->recent_fresh /= 2;
		z->recent_odd /= 2;
		z->recent_never /= 2;
		if (questions > RECENT_MAX / 2)
			questions = RECENT_MAX / 2;
	}
	z->recent = (uint8_t)(z->recent + questions);
	z->recent_fresh = (uint8_t)(z->recent_fresh + fresh);
	z->recent_odd = (uint8_t)(z->recent_odd + odd);
	z->recent_never = (uint8_t)(z->recent_never + never);
}

/* Exponential averages over eight intervals; a sleep of eight times the mean is no interval. */
static void
count_interval(struct zone_state *z, uint64_t mono_ms)
{
	uint32_t gap_ms = (uint32_t)mono_ms - z->last_fresh_ms;
	float gap = (float)gap_ms;

	z->last_fresh_ms = (uint32_t)mono_ms;
	if (z->fresh <= 1 || gap_ms > UINT32_MAX / 2)
		return;
	if (z->intervals == 0) {
		z->interval_ms = gap;
		z->deviation_ms = gap / 2;
		z->intervals = 1;
		return;
	}
	if (z->intervals >= 4 && gap > 8.0f * z->interval_ms)
		return;
	z->deviation_ms += (fabsf(gap - z->interval_ms) - z->deviation_ms) / 8.0f;
	z->interval_ms += (gap - z->interval_ms) / 8.0f;
	if (z->intervals < UINT16_MAX)
		z->intervals++;
}

static void
count_fresh(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;

	z->cost_sum += l->cost.bytes;
	z->fresh++;
	if (z->fresh >= RECENT_MAX) { /* old names weigh half */
		z->cost_sum /= 2;
		z->fresh /= 2;
	}
	count_interval(z, in->now->mono_ms);
	if (l->cost.bytes >= DATA_NAME_BYTES)
		z->feeders |= bit_of(in->client_hash);
}

static void
count_question(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	unsigned hits = atomic_exchange_explicit(&z->hits, 0, memory_order_relaxed);

	z->clients |= bit_of(in->client_hash);
	count_recent(z, hits, false, false, false);
	count_recent(z, 1, in->fresh, type_is_odd(in), type_is_never(in->qtype));
	if (in->fresh)
		count_fresh(in, l);
}

static void
charge(struct inquiry *in, struct level *l, float weighted, float raw)
{
	float cap = limit_of(in, l, in->conf->stop_bytes) * CAP_FACTOR;

	if (in->budget <= 1.0f)
		account_add(&l->zone->up, weighted, cap);
	account_add(&l->pair->up, weighted, cap);
	account_add(&l->pair->raw, raw / in->budget, cap);
	if (account_of(&l->pair->raw) >= STRANGER_BYTES)
		l->zone->feeders |= bit_of(in->client_hash);
}

/* ---- measures ---- */

/* How long this time: doubled at each return, halved for each day of peace. */
static uint32_t
penalty_begin(struct penalty *p, uint32_t now_sec, uint32_t first_sec, uint32_t most_sec, bool grow)
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
watch_measure(struct inquiry *in, struct level *l, const struct decision *dec, double score)
{
	bool pair = dec->told == EVENT_HOLD;
	struct watch w = { .zone_key = l->zone_key,
		.pair_key = pair ? l->pair_key : 0,
		.action = (uint8_t)dec->told,
		.verified = in->verified,
		.until_sec = dec->for_sec != 0 ? in->now_sec + dec->for_sec : 0,
		.times = pair ? l->pair->hold.times : l->zone->sinkhole.times,
		.score = score,
		.event = dec->event };

	if (pair) {
		w.client = *in->client;
		w.client.port = 0;
	}
	dname_set(&w.zone, namehash_tail(&in->name, l->zone_labels));
	notes_watch(in->d->notes, &w);
}

static void
begin_hold(struct inquiry *in, struct level *l, struct decision *dec)
{
	bool grow = in->verified || !is_shared(l->zone);

	dec->event = detect_ref_new(in->d, in->now->wall_ms);
	dec->for_sec = penalty_begin(&l->pair->hold, in->now_sec, in->conf->hold_first_sec,
	    in->conf->hold_max_sec, grow);
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

/* What would not be stopped anew goes free: a zone that turned out to be shared, or whose account has drained. */
static bool
still_deserved(const struct inquiry *in, const struct level *l, const struct account *own)
{
	float limit = up_limit_of(in, l), down = limit_of(in, l, in->conf->down_stop_bytes);

	if (!is_shared(l->zone))
		return true; /* until its time is over */
	if (own != NULL && account_of(&l->pair->up) < limit / SHARED_PART &&
	    account_of(&l->pair->down) < down / SHARED_PART)
		return false;
	return account_of(&l->zone->up) > limit || account_of(&l->zone->down) > down;
}

/* A sinkhole lets those be who bring nothing: names asked before, and in zones with shared names the small fresh ones. */
static bool
sinkhole_stops(const struct inquiry *in, const struct level *l)
{
	const struct zone_state *z = l->zone;

	if (z->sinkhole.until_sec <= in->now_sec || !still_deserved(in, l, NULL))
		return false;
	if (is_shared(z))
		return in->fresh && l->cost.bytes >= SMALL_NAME_BYTES;
	return in->fresh || (z->feeders & bit_of(in->client_hash)) != 0;
}

static bool
hold_stops(const struct inquiry *in, const struct level *l)
{
	if (l->pair->hold.until_sec <= in->now_sec)
		return false;
	if (in->budget > 1.0f)
		return in->fresh && l->cost.bytes >= SMALL_NAME_BYTES;
	if (!still_deserved(in, l, &l->pair->up))
		return false;
	return !is_shared(l->zone) || (in->fresh && l->cost.bytes >= SMALL_NAME_BYTES);
}

/* Is a measure in force, and does it stop this question? */
static bool
decide_in_force(struct inquiry *in, struct level *l, struct decision *dec)
{
	if (sinkhole_stops(in, l)) {
		dec->action = DETECT_SINKHOLE;
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

/*
 * An account of the zone is full. Who is stopped?
 * Shared zone: only who has a real part in it. Else: who brings data; and when several do, the zone.
 */
static void
decide_full(struct inquiry *in, struct level *l, struct decision *dec, const struct account *own,
    float limit)
{
	struct zone_state *z = l->zone;
	bool feeding = account_of(own) >= limit / SHARED_PART;

	if (in->budget > 1.0f) {
		feeding = account_of(own) > limit;
	} else if (!is_shared(z)) {
		feeding = feeding || account_of(&l->pair->raw) >= STRANGER_BYTES ||
		    (in->fresh && l->cost.bytes >= DATA_NAME_BYTES);
		if (feeding && __builtin_popcountll(z->feeders) >= FEEDERS_MIN) {
			begin_sinkhole(in, l, dec);
			return;
		}
	}
	if (feeding)
		begin_hold(in, l, dec);
}

/* ---- the event ---- */

static void
evidence_add(struct event *e, const char *name, double value, double weight)
{
	if (e->evidence_count >= EVENT_EVIDENCE_MAX)
		return;
	e->evidence[e->evidence_count++] = (struct event_evidence){ name, value, weight };
	e->score += weight;
}

/* Weights: of the terms, as they stand in the exponent; of an account, how often its limit is in it. Their sum is the score. */
static void
event_evidence(struct event *e, struct inquiry *in, struct level *l, bool rule)
{
	double stop = (double)up_limit_of(in, l);
	double down = (double)limit_of(in, l, in->conf->down_stop_bytes);
	double up_bytes = (double)account_of(&l->zone->up);
	double down_bytes = (double)account_of(&l->zone->down);

	for (unsigned i = 0; i < WEIGH_TERMS; i++)
		if (l->weighing.weight[i] != 0)
			evidence_add(e, weigh_name(i), (double)l->weighing.value[i],
			    (double)l->weighing.weight[i]);
	if (in->fresh)
		evidence_add(e, "name_cost_bytes", (double)l->cost.bytes, 0);
	evidence_add(e, "zone_account_bytes", up_bytes, stop > 0 ? up_bytes / stop : 0);
	if (l->zone->down.milli != 0)
		evidence_add(e, "zone_answers_bytes", down_bytes,
		    down > 0 ? down_bytes / down : 0);
	evidence_add(e, "client_part_bytes", (double)account_of(&l->pair->up), 0);
	evidence_add(e, "feeding_clients", __builtin_popcountll(l->zone->feeders), 0);
	if (rule)
		evidence_add(e, in->signature != NULL ? in->signature->reason : "single_question_rule", 1,
		    stop > 0 ? (double)RULE_CHARGE_BYTES / stop : 0);
}

static void
event_fill(struct event *e, struct inquiry *in, struct level *l, const struct decision *dec)
{
	bool one_client = dec->told != EVENT_SINKHOLE;

	memset(e, 0, sizeof(*e));
	detect_ref_text(&dec->event, e->id);
	e->wall_ms = in->now->wall_ms;
	e->action = in->shadow ? EVENT_OBSERVE : dec->told;
	e->client = *in->client;
	e->client.port = 0;
	if (in->group->name != NULL)
		strncpy(e->group, in->group->name, sizeof(e->group) - 1);
	dname_set(&e->qname, in->qname);
	e->qtype = in->qtype;
	dname_set(&e->zone, namehash_tail(&in->name, l->zone_labels));
	e->reason = dec->reason;
	e->for_sec = in->shadow ? 0 : dec->for_sec;
	if (in->shadow)
		strncpy(e->detail, "shadow mode: nothing was stopped", sizeof(e->detail) - 1);
	e->leaked_up_bytes = one_client ? l->pair->leaked_up : l->zone->leaked_up;
	e->leaked_down_bytes = one_client ? l->pair->leaked_down : l->zone->leaked_down;
}

static void
tell(struct inquiry *in, struct level *l, const struct decision *dec, bool rule,
    struct detect_verdict *out)
{
	event_fill(&out->event, in, l, dec);
	event_evidence(&out->event, in, l, rule);
	out->has_event = true;
	if (dec->told == EVENT_HOLD || dec->told == EVENT_SINKHOLE ||
	    (dec->told == EVENT_OBSERVE && !in->shadow))
		watch_measure(in, l, dec, out->event.score);
	notes_remember(in->d->notes, &out->event);
	detect_tally(in->d, TALLY_EVENTS, 1);
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
	return l->cost.bytes >= DATA_NAME_BYTES &&
	    (type_is_odd(in) || type_is_never(in->qtype));
}

/* One question is refused: told once for each (client, zone) and span of a first hold, not once a packet. */
static void
decide_refuse(struct inquiry *in, struct level *l, struct decision *dec, const char *reason, int ede_code)
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
	charge(in, l, RULE_CHARGE_BYTES / in->budget, 0);
	if (in->signature != NULL) {
		l->pair->tool = signature_number(in->signature);
		l->zone->feeders |= bit_of(in->client_hash);
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
	if (bytes < (float)in->conf->suspect_bytes || z->suspect_told || is_shared(z))
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
	float limit = up_limit_of(in, l);

	if (decide_in_force(in, l, dec))
		return;
	dec->reason = full_reason(l);
	if ((in->fresh || rule) &&
	    (account_of(&l->zone->up) > limit || account_of(&l->pair->up) > limit))
		decide_full(in, l, dec, &l->pair->up, limit);
	if (dec->action == DETECT_PASS && rule)
		decide_refuse(in, l, dec, rule_reason(in), EDE_FILTERED);
	if (dec->action == DETECT_PASS && becomes_suspect(in, l)) {
		dec->event = detect_ref_new(in->d, in->now->wall_ms);
		dec->told = EVENT_OBSERVE;
		dec->reason = "suspect: half of the information budget used";
		dec->tell = true;
	}
}

/* Passed, or would have: what went out, and who shares. */
static void
count_passed(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	uint32_t bytes = in->fresh ? (uint32_t)(l->cost.bytes + 0.5f) : 0;

	if (in->other_asked)
		share(z, bit_of(in->client_hash));
	z->leaked_up += bytes;
	l->pair->leaked_up += bytes;
	if (in->fresh && l->cost.new_labels != 0) {
		unsigned labels = z->labels + l->cost.new_labels;

		z->labels = (uint16_t)(labels > UINT16_MAX ? UINT16_MAX : labels);
		cost_learn(&in->name, l->zone_labels, in->d->seen, tag_of(in->client_hash),
		    in->half_hour);
	}
}

static void
judge_level(struct inquiry *in, struct level *l, struct decision *dec, struct detect_verdict *out)
{
	bool rule = false;

	level_lock(in, l);
	if (in->fresh)
		l->cost = cost_of_name(&in->name, l->zone_labels, l->zone->labels,
		    in->d->seen, in->half_hour);
	count_question(in, l);
	weigh(l->zone, (unsigned)dname_len(in->qname), in->d->ablated, &l->weighing);
	l->unshared = !is_shared(l->zone);
	if (!in->exempt) {
		if (in->fresh) /* how a known service looks is known: no more than its bytes */
			l->charge = l->cost.bytes *
			    (in->budget > 1.0f ? fminf(l->weighing.factor, 1.0f) / in->budget : l->weighing.factor);
		charge(in, l, l->charge, in->fresh ? l->cost.bytes : 0);
		if ((rule = rule_strikes(in, l)))
			charge_rule(in, l);
		decide_up(in, l, dec, rule);
	}
	if (dec->tell)
		tell(in, l, dec, rule, out);
	if (dec->action == DETECT_PASS || in->shadow) {
		count_passed(in, l);
	} else {
		l->zone->stopped++;
		l->pair->stopped++;
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

	account_add(&c->up, bytes, CLIENT_ALARM_BYTES * CAP_FACTOR);
	if (account_of(&c->up) >= (float)CLIENT_ALARM_BYTES && !c->alarmed)
		c->alarmed = crossed = true;
	if (account_of(&c->up) < (float)CLIENT_ALARM_BYTES / 2)
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
	event_fill(&out->event, in, l, &dec);
	level_unlock(in, l);
	evidence_add(&out->event, "client_account_bytes", CLIENT_ALARM_BYTES, 1.0);
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

/* False: detection is off for this group. */
static bool
inquiry_begin(struct inquiry *in, struct detect *d, const struct conf *conf, uint32_t group,
    const struct addr *client, const uint8_t *qname, const struct now *now)
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
	namehash_fill(&in->name, &d->key, qname);
	in->budget = 1.0f;
	if (conf->large_budget != NULL && namelist_find(conf->large_budget, qname, &hit) &&
	    hit.value > 1)
		in->budget = (float)hit.value;
	return true;
}

static void
level_set(struct inquiry *in, struct level *l, unsigned zone_labels)
{
	memset(l, 0, sizeof(*l));
	l->zone_labels = zone_labels;
	l->zone_key = in->name.suffix[zone_labels];
	l->pair_key = detect_pair_key(l->zone_key, in->client_hash, in->verified);
	l->ticket = UINT32_MAX;
}

/* Has the name been asked before, and by whom last? */
static void
look_up_name(struct inquiry *in)
{
	struct seen_hit hit = seen_find(in->d->seen, in->name.suffix[in->name.count], in->half_hour);

	in->fresh = !hit.found;
	in->other_asked = hit.found && hit.tag != tag_of(in->client_hash);
}

/* Where "this top-level domain gives answers" is remembered. */
static uint64_t
exists_key(const struct inquiry *in)
{
	return namehash_mix(in->name.suffix[1], 2);
}

/*
 * A top-level domain that does not exist has no servers: nobody receives what is asked
 * there, and NXDOMAIN for all of it is soon in the cache (RFC 8020). Once recursion knows a delegation there, or data has
 * come from there, it exists, whatever the list says.
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

/* The table of types. Refused questions are charged: who asks for NULL a few times is held. */
static bool
decide_type(struct inquiry *in, struct level *l, struct decision *dec, struct detect_verdict *out)
{
	if (in->exempt || conf_type_policy_of(in->group, in->qtype) != TYPE_POLICY_REFUSE)
		return false;
	level_lock(in, l);
	if (!decide_in_force(in, l, dec)) {
		decide_refuse(in, l, dec, "type refused by policy", EDE_BLOCKED);
		if (in->signature != NULL) {
			charge_rule(in, l);
			dec->reason = in->signature->reason;
		}
		if (dec->tell)
			tell(in, l, dec, in->signature != NULL, out);
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

/* The deeper zone cut counts when its owner's domain is shared by many: respectable, with a corner let to somebody. */
static unsigned
cut_labels_of(const struct inquiry *in, const struct level *owner, const uint8_t *cut)
{
	unsigned labels;

	if (cut == NULL || owner->unshared || !dname_is_below(in->qname, cut))
		return 0;
	labels = dname_labels(cut);
	return labels > owner->zone_labels ? labels : 0;
}

static void
judge(struct inquiry *in, const uint8_t *cut, struct level *owner, struct detect_verdict *out)
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
	judge_level(in, owner, &dec, out);
	if (dec.action == DETECT_PASS && !dec.tell &&
	    (cut_labels = cut_labels_of(in, owner, cut)) != 0) {
		level_set(in, &inner, cut_labels);
		judge_level(in, &inner, &dec, out);
		last = &inner;
	}
	out->zone_index = owner->ticket;
	if (dec.action == DETECT_PASS || in->shadow) {
		seen_put(in->d->seen, in->name.suffix[in->name.count],
		    tag_of(in->client_hash), in->half_hour);
		if (last->unshared && last->charge > 0 && client_charge(in, last->charge) &&
		    !out->has_event)
			tell_client_alarm(in, last, out);
	}
	verdict_close(in, &dec, out);
}

void
detect_question(struct detect *d, const struct conf *conf, const struct detect_question *q,
    const struct now *now, struct detect_verdict *out)
{
	struct inquiry in = { .qtype = q->qtype, .verified = q->verified, .exempt = q->exempt };
	struct level owner;
	unsigned zone_labels;

	verdict_clear(out);
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
novel_answer(struct inquiry *in, const struct level *l, uint64_t rdata_hash)
{
	uint64_t key = namehash_mix(namehash_mix(l->zone_key, rdata_hash), 1);
	bool novel = !seen_find(in->d->seen, key, in->half_hour).found;

	if (novel)
		seen_put(in->d->seen, key, tag_of(in->client_hash), in->half_hour);
	return novel;
}

static void
decide_down(struct inquiry *in, struct level *l, struct decision *dec)
{
	float limit = limit_of(in, l, in->conf->down_stop_bytes);

	dec->reason = "answers carry too much that is new";
	if (account_of(&l->zone->down) > limit || account_of(&l->pair->down) > limit)
		decide_full(in, l, dec, &l->pair->down, limit);
}

static void
charge_down(struct inquiry *in, struct level *l, uint32_t rdata_bytes)
{
	float bytes = (float)rdata_bytes / in->budget;
	float cap = limit_of(in, l, in->conf->down_stop_bytes) * CAP_FACTOR;

	if (in->budget <= 1.0f)
		account_add(&l->zone->down, bytes, cap);
	account_add(&l->pair->down, bytes, cap);
}

static void
judge_answer(struct inquiry *in, struct level *l, const struct detect_answer *a,
    struct decision *dec, struct detect_verdict *out)
{
	bool novel = a->rdata_bytes != 0 && novel_answer(in, l, a->rdata_hash);

	level_lock(in, l);
	if (!in->exempt && novel) {
		charge_down(in, l, a->rdata_bytes);
		weigh(l->zone, (unsigned)dname_len(in->qname), in->d->ablated, &l->weighing);
		decide_down(in, l, dec);
	}
	if (dec->tell)
		tell(in, l, dec, false, out);
	if (novel && (dec->action == DETECT_PASS || in->shadow)) {
		l->zone->leaked_down += a->rdata_bytes;
		l->pair->leaked_down += a->rdata_bytes;
	}
	level_unlock(in, l);
}

void
detect_answer(struct detect *d, const struct conf *conf, const struct detect_answer *a,
    const struct now *now, struct detect_verdict *out)
{
	struct inquiry in = { .qtype = a->qtype, .verified = a->verified, .exempt = a->exempt };
	struct decision dec = { .ede_code = EDE_NONE };
	struct level owner;
	struct word w;
	unsigned zone_labels, labels;

	verdict_clear(out);
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
	client_read(&in);
	judge_answer(&in, &owner, a, &dec, out);
	out->zone_index = owner.ticket;
	verdict_close(&in, &dec, out);
}
