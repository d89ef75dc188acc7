#include "detect/inside.h"

#include <stdlib.h>
#include <string.h>

#include "detect/level.h"

/*
 * What an operator sees and says: measures, release, his own blocks and allows,
 * explanations, counters. Nothing here is on a question's way but detect_recheck, which
 * answers from the cache pass only after a change (detect_generation).
 */

#define MS_PER_SEC UINT64_C(1000)

/* ---- measures ---- */

static uint32_t
left_sec(uint32_t until_sec, uint32_t now_sec)
{
	return until_sec > now_sec ? until_sec - now_sec : 0;
}

/* What the tables know of a watch; false when its measure has ended or the entry has
 * gone. */
static bool
measure_of_watch(
    struct detect *d, const struct watch *w, uint32_t now_sec, struct detect_measure *m)
{
	pthread_mutex_t *lock = &d->zone_locks[state_shard_of(w->zone_key)].lock;
	const struct zone_state *z;
	const struct pair_state *p = NULL;
	const struct penalty *penalty = NULL;

	memset(m, 0, sizeof(*m));
	m->action = (enum event_action)w->action;
	m->zone = w->zone;
	m->client = w->client;
	m->score = w->score;
	pthread_mutex_lock(lock);
	if (w->pair_key != 0 &&
	    (p = pairs_find(d->pairs, w->zone_key, w->pair_key)) != NULL) {
		penalty = &p->hold;
		m->leaked_up_bytes = p->leaked_up;
		m->stopped_questions = p->stopped;
	} else if (w->pair_key == 0 && (z = zones_find(d->zones, w->zone_key)) != NULL) {
		penalty = &z->sinkhole;
		m->leaked_up_bytes = z->leaked_up;
		m->stopped_questions = z->stopped;
	}
	if (penalty != NULL) {
		m->left_sec = left_sec(penalty->until_sec, now_sec);
		m->times = penalty->times;
		detect_ref_text(&penalty->event, m->event_id);
	}
	pthread_mutex_unlock(lock);
	return penalty != NULL && m->left_sec != 0;
}

static void
measures_of_words(struct detect *d, const struct now *now,
    void (*fn)(void *ctx, const struct detect_measure *m), void *ctx)
{
	struct word w;
	struct detect_measure m;

	for (size_t i = 0; i < NOTES_WORDS_MAX; i++) {
		if (!notes_word_at(d->notes, i, &w))
			continue;
		if (w.until_ms != 0 && w.until_ms <= now->mono_ms)
			continue;
		memset(&m, 0, sizeof(m));
		m.action = w.block ? EVENT_OPERATOR_BLOCK : EVENT_ALLOW;
		m.zone = w.name;
		memcpy(m.event_id, w.event_id, sizeof(m.event_id));
		if (w.until_ms != 0)
			m.left_sec =
			    (uint32_t)((w.until_ms - now->mono_ms + MS_PER_SEC - 1) /
				       MS_PER_SEC);
		fn(ctx, &m);
	}
}

void
detect_measures(struct detect *d, const struct now *now,
    void (*fn)(void *ctx, const struct detect_measure *m), void *ctx)
{
	uint32_t now_sec = detect_sec(now->mono_ms);
	struct watch w;
	struct detect_measure m;

	for (size_t i = 0; i < NOTES_WATCHES_MAX; i++) {
		if (!notes_watch_at(d->notes, i, &w) || w.action == EVENT_OBSERVE)
			continue;
		if (measure_of_watch(d, &w, now_sec, &m))
			fn(ctx, &m);
	}
	measures_of_words(d, now, fn, ctx);
}

/* ---- an operator's event ---- */

/* Bytes of the UTF-8 character at ${in}; 0 when it is none (RFC 3629 4). */
static size_t
character_at(const unsigned char *in)
{
	size_t n = in[0] < 0x80	  ? 1
		   : in[0] < 0xc2 ? 0
		   : in[0] < 0xe0 ? 2
		   : in[0] < 0xf0 ? 3
		   : in[0] < 0xf5 ? 4
				  : 0;

	for (size_t i = 1; i < n; i++)
		if ((in[i] & 0xc0) != 0x80)
			return 0;
	if ((in[0] == 0xe0 && in[1] < 0xa0) || (in[0] == 0xed && in[1] > 0x9f) ||
	    (in[0] == 0xf0 && in[1] < 0x90) || (in[0] == 0xf4 && in[1] > 0x8f))
		return 0;
	return n;
}

/* An operator's words are kept as whole characters, so that the state file stays JSON; a
 * byte that is none becomes '?'. */
static void
copy_text(char *out, size_t cap, const char *text)
{
	const unsigned char *in = (const unsigned char *)text;
	size_t at = 0, n;

	while (*in != '\0') {
		n = character_at(in);
		if (at + (n == 0 ? 1 : n) >= cap)
			break;
		if (n == 0) {
			out[at++] = '?';
			in++;
			continue;
		}
		memcpy(out + at, in, n);
		at += n;
		in += n;
	}
	out[at] = '\0';
}

static void
operator_event(struct detect *d, struct event *e, enum event_action action,
    const uint8_t *name, const char *reason, const struct now *now)
{
	struct event_ref ref = detect_ref_new(d, now->wall_ms);

	memset(e, 0, sizeof(*e));
	detect_ref_text(&ref, e->id);
	e->wall_ms = now->wall_ms;
	e->action = action;
	dname_set(&e->zone, name);
	e->reason = "operator";
	if (reason != NULL)
		copy_text(e->detail, sizeof(e->detail), reason);
}

void
detect_record(struct detect *d, enum event_action action, const uint8_t *zone,
    const char *reason, const char *detail, const struct now *now, struct event *event)
{
	operator_event(d, event, action, zone, detail, now);
	event->reason = reason;
	notes_remember(d->notes, event);
}

/* ---- release ---- */

struct release {
	uint32_t now_sec;
	bool found;
};

static void
release_pair(void *ctx, struct pair_state *p)
{
	struct release *r = ctx;

	if (p->hold.until_sec > r->now_sec)
		r->found = true;
	p->hold = (struct penalty){ 0 };
	p->up.milli = p->raw.milli = p->down.milli = 0;
	p->tool = 0;
	p->fed = false;
}

static void
release_zone(struct zone_state *z, struct release *r)
{
	if (z->sinkhole.until_sec > r->now_sec)
		r->found = true;
	z->sinkhole = (struct penalty){ 0 };
	z->up.milli = z->down.milli = 0;
	z->feeders = z->proven = 0;
	z->suspect_told = false;
}

/* The client's part goes from the zone's account too, or it would be held again at once.
 */
static void
release_part(struct zone_state *z, const struct pair_state *p, uint64_t client_hash)
{
	z->up.milli -= z->up.milli < p->up.milli ? z->up.milli : p->up.milli;
	z->down.milli -= z->down.milli < p->down.milli ? z->down.milli : p->down.milli;
	z->feeders &= ~(1u << (client_hash & 31));
	z->proven &= ~(1u << (client_hash & 31));
}

static void
release_client(
    struct detect *d, uint64_t zone_key, const struct addr *client, struct release *r)
{
	uint64_t hash = detect_client_hash(d, client);
	struct zone_state *z = zones_find(d->zones, zone_key);

	for (int verified = 0; verified <= 1; verified++) {
		struct pair_state *p = pairs_find(
		    d->pairs, zone_key, detect_pair_key(zone_key, hash, verified != 0));

		if (p == NULL)
			continue;
		if (z != NULL)
			release_part(z, p, hash);
		release_pair(r, p);
	}
}

static void
release_all(struct detect *d, uint64_t zone_key, struct release *r)
{
	struct zone_state *z = zones_find(d->zones, zone_key);

	if (z != NULL)
		release_zone(z, r);
	pairs_each(d->pairs, zone_key, release_pair, r);
}

/* ${client}: ADDR_NONE or NULL for all. */
static void
release_key(
    struct detect *d, uint64_t zone_key, const struct addr *client, struct release *r)
{
	pthread_mutex_t *lock = &d->zone_locks[state_shard_of(zone_key)].lock;
	bool all = client == NULL || client->family == ADDR_NONE;
	struct watch w;

	pthread_mutex_lock(lock);
	if (all)
		release_all(d, zone_key, r);
	else
		release_client(d, zone_key, client, r);
	pthread_mutex_unlock(lock);
	for (size_t i = 0; r->found && i < NOTES_WATCHES_MAX; i++)
		if (notes_watch_at(d->notes, i, &w) && w.zone_key == zone_key &&
		    (all || addr_same_host(client, &w.client)))
			notes_unwatch(d->notes, i);
}

enum err
detect_release(struct detect *d, const uint8_t *zone, const struct addr *client,
    const char *reason, const struct now *now, struct event *event)
{
	uint64_t zone_key = namehash_suffix_of(&d->key, zone);
	struct release own = { .now_sec = detect_sec(now->mono_ms) }, let = own;

	release_key(d, zone_key, client, &own);
	release_key(d, level_platform_key(zone_key), client, &let);
	if (!own.found && !let.found)
		return ERR_NOTFOUND;
	operator_event(d, event, EVENT_RELEASE, zone, reason, now);
	if (client != NULL)
		event->client = *client;
	notes_remember(d->notes, event);
	return ERR_OK;
}

/* ---- allow, block, unset ---- */

static enum err
put_word(struct detect *d, const uint8_t *name, bool block, uint32_t for_sec,
    const char *reason, const struct now *now, struct event *event)
{
	struct word w = { .used = true, .block = block };
	enum err err;

	(void)notes_expire(d->notes, now->mono_ms);
	operator_event(
	    d, event, block ? EVENT_OPERATOR_BLOCK : EVENT_ALLOW, name, reason, now);
	event->for_sec = for_sec;
	w.name.len = (uint8_t)dname_copy_lower(w.name.bytes, name);
	w.hash = namehash_suffix_of(&d->key, w.name.bytes);
	w.until_ms = for_sec == 0 ? 0 : now->mono_ms + for_sec * MS_PER_SEC;
	memcpy(w.event_id, event->id, sizeof(w.event_id));
	memcpy(w.reason, event->detail, sizeof(w.reason));
	if ((err = notes_word_put(d->notes, &w)) != ERR_OK)
		return err;
	atomic_fetch_add(&d->generation, 1);
	notes_remember(d->notes, event);
	return ERR_OK;
}

enum err
detect_allow(struct detect *d, const uint8_t *name, uint32_t for_sec, const char *reason,
    const struct now *now, struct event *event)
{
	return put_word(d, name, false, for_sec, reason, now, event);
}

enum err
detect_block(struct detect *d, const uint8_t *name, uint32_t for_sec, const char *reason,
    const struct now *now, struct event *event)
{
	return put_word(d, name, true, for_sec, reason, now, event);
}

enum err
detect_unset(struct detect *d, const uint8_t *name, const char *reason,
    const struct now *now, struct event *event)
{
	struct dname lower;

	lower.len = (uint8_t)dname_copy_lower(lower.bytes, name);
	if (!notes_word_remove(d->notes, namehash_suffix_of(&d->key, lower.bytes)))
		return ERR_NOTFOUND;
	atomic_fetch_add(&d->generation, 1);
	operator_event(d, event, EVENT_RELEASE, lower.bytes, reason, now);
	event->reason = "operator took his word back";
	notes_remember(d->notes, event);
	return ERR_OK;
}

/* Deeper wins; at one depth an allow does. Lists of the configuration count beside what
 * was said at run time. */
bool
detect_recheck(struct detect *d, const struct conf *conf, const uint8_t *qname,
    const struct addr *client, const struct now *now, char event_id[EVENT_ID_MAX])
{
	struct namelist_hit hit;
	struct namehash h;
	struct word w;
	int allowed = -1, blocked = -1;
	unsigned labels;

	(void)client; /* words hold for everybody */
	event_id[0] = '\0';
	if (conf->allow != NULL && namelist_find(conf->allow, qname, &hit))
		allowed = (int)hit.labels;
	if (conf->block != NULL && namelist_find(conf->block, qname, &hit))
		blocked = (int)hit.labels;
	namehash_fill(&h, &d->key, qname);
	if (notes_word_find(d->notes, &h, now->mono_ms, &w, &labels)) {
		if (!w.block && (int)labels > allowed)
			allowed = (int)labels;
		if (w.block && (int)labels >= blocked) {
			blocked = (int)labels;
			memcpy(event_id, w.event_id, EVENT_ID_MAX);
		}
	}
	if (allowed >= blocked) {
		event_id[0] = '\0';
		return true;
	}
	return false;
}

uint32_t
detect_generation(const struct detect *d)
{
	return atomic_load_explicit(&d->generation, memory_order_acquire);
}

/* ---- events and counters ---- */

enum err
detect_explain(struct detect *d, const char *id, struct event *out)
{
	return notes_recall(d->notes, id, out) ? ERR_OK : ERR_NOTFOUND;
}

void
detect_events(struct detect *d, void (*fn)(void *ctx, const struct event *e), void *ctx)
{
	notes_each_event(d->notes, fn, ctx);
}

void
detect_counters(const struct detect *d,
    void (*fn)(void *ctx, const char *name, uint64_t value), void *ctx)
{
	static const char *const names[TALLY_COUNT] = {
		[TALLY_QUESTIONS] = "detect_questions",
		[TALLY_FRESH] = "detect_fresh_names",
		[TALLY_PASSED] = "detect_passed",
		[TALLY_REFUSED] = "detect_refused",
		[TALLY_HELD] = "detect_held",
		[TALLY_SINKHOLED] = "detect_sinkholed",
		[TALLY_THROTTLED] = "detect_throttled",
		[TALLY_CHALLENGED] = "detect_challenged",
		[TALLY_UNSENT] = "detect_unsent",
		[TALLY_BEACONS] = "detect_beacons",
		[TALLY_BEACONS_OLD] = "detect_beacons_old",
		[TALLY_BLOCKED] = "detect_blocked_by_operator",
		[TALLY_SHADOWED] = "detect_shadow_stops",
		[TALLY_EXEMPT] = "detect_exempt",
		[TALLY_ANSWERS] = "detect_answers",
		[TALLY_LIMIT_TRUNCATED] = "limit_truncated",
		[TALLY_LIMIT_DROPPED] = "limit_dropped",
		[TALLY_LIMIT_REFUSED] = "limit_refused",
		[TALLY_HOLDS] = "detect_holds_begun",
		[TALLY_SINKHOLES] = "detect_sinkholes_begun",
		[TALLY_SIGNATURES] = "detect_signatures",
		[TALLY_EVENTS] = "detect_events",
	};

	for (unsigned i = 0; i < TALLY_COUNT; i++)
		fn(ctx, names[i],
		    atomic_load_explicit(&d->tallies[i], memory_order_relaxed));
}

/* ---- what others decided ---- */

void
detect_note(struct detect *d, const struct now *now, struct event *e)
{
	struct event_ref ref = detect_ref_new(d, now->wall_ms);

	detect_ref_text(&ref, e->id);
	e->wall_ms = now->wall_ms;
	notes_remember(d->notes, e);
	detect_tally(d, TALLY_EVENTS, 1);
}
