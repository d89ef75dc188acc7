#include "resolver/judge/trial.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigmem.h"
#include "base/dns.h"
#include "resolver/local/local.h"

/*
 * The cache is one table of fixed size: name and type give a slot or one of the few
 * behind it. A question that passed takes its slot at once, for TTL_FLOOR_SEC, so that an
 * answer which the recording has in a line of its own finds the question it belongs to.
 *
 * The clock: milliseconds since the first record, never back. Records a little out of
 * order happen at the time of the latest; a step back beyond STEP_BACK_MS, or a new file,
 * goes on from where the clock stands.
 */

#define SLOTS		  (1u << 20)
#define PROBES		  16u
#define TTL_FLOOR_SEC	  5u
#define TTL_CEILING_SEC	  86400u
#define MONO_START_MS	  1000u
#define STEP_BACK_MS	  (INT64_C(3600) * 1000)
#define SPAN_MAX_MS	  (INT64_C(20) * 365 * 86400 * 1000)
#define LOCAL_ARENA_BYTES (256u << 10)
#define FOREIGN_SLOTS	  256u

struct slot {
	uint64_t key; /* 0: free */
	uint64_t until_ms;
	uint32_t ticket;
	bool open; /* no answer was seen yet */
};

struct trial {
	const struct conf *conf;
	struct detect *detect;
	struct local *local;
	struct arena *arena;
	struct hashkey key;
	struct now now;
	bool started, rebase;
	bool has_lists;
	uint32_t group;			 /* of the record in hand */
	int64_t offset_ms;		 /* mono = wall of the record + offset */
	uint64_t foreign[FOREIGN_SLOTS]; /* top-level labels where nothing is local */
	struct detect_look
	    look; /* at the record in hand, when nobody has looked before */
	struct slot *slots;
};

struct trial *
trial_new(const struct conf *conf)
{
	static const struct hashkey detect_key = { 0x5ea1, 0xf00d };
	struct trial *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->conf = conf;
	t->key = (struct hashkey){ 11, 12 };
	t->has_lists = namelist_count(conf->allow) + namelist_count(conf->block) > 0;
	t->detect = detect_new(conf, &detect_key, 1);
	t->local = local_new(conf);
	t->arena = arena_new(LOCAL_ARENA_BYTES);
	t->slots = bigmem_new(SLOTS * sizeof(*t->slots));
	if (t->detect != NULL && t->local != NULL && t->arena != NULL && t->slots != NULL)
		return t;
	trial_free(t);
	return NULL;
}

void
trial_free(struct trial *t)
{
	if (t == NULL)
		return;
	free(t->slots);
	arena_free(t->arena);
	local_free(t->local);
	detect_free(t->detect);
	free(t);
}

void
trial_next_file(struct trial *t)
{
	t->rebase = t->started;
}

static void
set_clock(struct trial *t, int64_t wall_ms)
{
	int64_t mono;

	if (!t->started || t->rebase) {
		t->offset_ms =
		    (t->started ? (int64_t)t->now.mono_ms : MONO_START_MS) - wall_ms;
		/* Files of one recording in their order: the gap between them is real. */
		if (t->started && wall_ms > t->now.wall_ms)
			t->offset_ms += wall_ms - t->now.wall_ms;
		t->now.wall_ms = wall_ms;
		t->started = true;
		t->rebase = false;
	}
	mono = wall_ms + t->offset_ms;
	if (mono < (int64_t)t->now.mono_ms - STEP_BACK_MS) {
		mono = (int64_t)t->now.mono_ms;
		t->offset_ms = mono - wall_ms;
		t->now.wall_ms = wall_ms;
	}
	if (mono <= (int64_t)t->now.mono_ms || mono > SPAN_MAX_MS)
		return;
	t->now.mono_ms = (uint64_t)mono;
	if (wall_ms > t->now.wall_ms)
		t->now.wall_ms = wall_ms;
}

static uint64_t
slot_key(const struct trial *t, const struct record *r)
{
	if (r->key != 0)
		return r->key;
	return siphash13_within(&t->key, r->qname.bytes, r->qname.len,
		   r->qname.bytes + sizeof(r->qname.bytes)) ^
	       ((uint64_t)r->qtype << 1 | 1);
}

void
trial_hint(const struct trial *t, struct record *r)
{
	r->key = slot_key(t, r);
	__builtin_prefetch(&t->slots[r->key % SLOTS], 1);
}

void
trial_look(const struct trial *t, struct record *r, struct detect_look *look)
{
	const struct slot *s = &t->slots[r->key % SLOTS];

	if (s->key == r->key && s->until_ms > t->now.mono_ms) { /* most likely a hit */
		detect_look_hit(t->detect, s->ticket);
		return;
	}
	detect_look(t->detect, t->conf, &r->client, false, r->qname.bytes, look);
	if ((r->parts & RECORD_ANSWER) != 0)
		detect_look_answer(t->detect, look, &r->answer);
	r->look = look;
}

static const struct detect_look *
look_of(struct trial *t, const struct record *r)
{
	if (r->look != NULL)
		return r->look;
	detect_look(t->detect, t->conf, &r->client, false, r->qname.bytes, &t->look);
	return &t->look;
}

/* The slot of a key; else one that is free, has expired, or must give way. */
static struct slot *
slot_find(struct trial *t, uint64_t key)
{
	struct slot *best = NULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct slot *s = &t->slots[(key + i) % SLOTS];

		if (s->key == key)
			return s;
		if (best == NULL || s->until_ms < best->until_ms)
			best = s;
		if (s->key == 0)
			break;
	}
	return best;
}

static void
take_event(struct trial_step *out, const struct detect_verdict *v)
{
	if (v->has_event &&
	    out->event_count < sizeof(out->events) / sizeof(out->events[0]))
		out->events[out->event_count++] = v->event;
}

static enum trial_outcome
outcome_of(enum detect_action a)
{
	static const enum trial_outcome of[] = { [DETECT_PASS] = TRIAL_PASSED,
		[DETECT_HOLD] = TRIAL_HELD,
		[DETECT_SINKHOLE] = TRIAL_SINKHOLED,
		[DETECT_REFUSE] = TRIAL_REFUSED,
		[DETECT_THROTTLE] = TRIAL_THROTTLED,
		[DETECT_TRUNCATE] = TRIAL_SINKHOLED };

	return of[a];
}

/* Nobody's client is judged as one of the default group. */
static void
set_group(struct trial *t, const struct record *r)
{
	if (t->conf->group_count <= 1 || !conf_group_of(t->conf, &r->client, &t->group))
		t->group = 0;
}

static enum local_policy
policy_of(const struct trial *t, const struct record *r)
{
	struct namelist_hit hit;

	return t->has_lists ? local_policy_of(t->local, r->qname.bytes, &hit)
			    : POLICY_NONE;
}

static bool
is_exempt(const struct trial *t, const struct record *r, enum local_policy policy)
{
	return policy == POLICY_ALLOW || conf_is_own(t->conf, r->qname.bytes);
}

/* Nothing of ours lies beneath its top-level label: so it is with almost all. */
static bool
is_foreign(struct trial *t, const struct record *r, const struct detect_look *look)
{
	uint64_t hash = look->name.suffix[look->name.count != 0];
	uint64_t *slot = &t->foreign[hash % FOREIGN_SLOTS];

	if (*slot != hash && !local_knows(t->local, r->qname.bytes))
		*slot = hash;
	return *slot == hash;
}

static bool
is_local(struct trial *t, const struct record *r)
{
	struct question q = { .flags = FLAG_RD,
		.qtype = r->qtype,
		.qclass = CLASS_IN,
		.qname_len = r->qname.len,
		.labels = (uint8_t)dname_labels(r->qname.bytes) };
	struct answer a;
	bool ours;

	memcpy(q.qname, r->qname.bytes, r->qname.len);
	memcpy(q.qname_raw, r->qname.bytes, r->qname.len);
	ours = local_answer(t->local, &q, t->arena, &a) == LOCAL_ANSWER &&
	       local_open_cname(&q, &a) == NULL;
	arena_reset(t->arena);
	return ours;
}

static void
ask(struct trial *t, const struct record *r, bool exempt, struct trial_step *out,
    struct detect_verdict *v)
{
	struct detect_question q = { .client = r->client,
		.group = t->group,
		.qname = r->qname.bytes,
		.qtype = r->qtype,
		.exempt = exempt,
		.look = out->look };

	detect_question(t->detect, t->conf, &q, &out->now, v);
	take_event(out, v);
	if (v->action == DETECT_TRUNCATE) {
		out->challenged = true;
		q.verified = true;
		detect_question(t->detect, t->conf, &q, &out->now, v);
		take_event(out, v);
	}
	if (v->action == DETECT_PASS && r->answer.authority.family != ADDR_NONE &&
	    !detect_send(
		t->detect, v->zone_index, &r->answer.authority, out->now.mono_ms))
		v->action = DETECT_SINKHOLE;
	out->outcome = outcome_of(v->action);
}

/* Until when the cache has it. */
static uint64_t
end_of(const struct record *r, const struct now *now)
{
	uint32_t ttl = r->ttl_known ? r->answer.ttl_min_sec : TTL_FLOOR_SEC;

	if (ttl < TTL_FLOOR_SEC)
		ttl = TTL_FLOOR_SEC;
	if (ttl > TTL_CEILING_SEC)
		ttl = TTL_CEILING_SEC;
	return now->mono_ms + (uint64_t)ttl * 1000;
}

static void
judge_answer(struct trial *t, const struct record *r, bool exempt, struct slot *s,
    struct trial_step *out)
{
	struct detect_answer a;
	struct detect_verdict v;

	memcpy(&a, &r->answer,
	    offsetof(struct detect_answer, pieces) +
		r->answer.piece_count * sizeof(a.pieces[0]));
	a.client = r->client;
	a.verified = out->challenged;
	a.group = t->group;
	a.qname = r->qname.bytes;
	a.qtype = r->qtype;
	a.exempt = exempt;
	a.look = out->look;
	if (a.ttl_min_sec < TTL_FLOOR_SEC)
		a.ttl_min_sec = TTL_FLOOR_SEC;
	detect_answer(t->detect, t->conf, &a, &out->now, &v);
	take_event(out, &v);
	out->outcome = outcome_of(v.action);
	s->open = false;
	if (v.action == DETECT_PASS) {
		s->until_ms = end_of(r, &out->now);
		return;
	}
	out->on_answer = true;
	s->key = 0;
	s->until_ms = 0;
}

static void
judge(struct trial *t, const struct record *r, uint64_t key, struct slot *s,
    struct trial_step *out)
{
	enum local_policy policy = policy_of(t, r);
	struct detect_verdict v;
	bool exempt;

	out->look = look_of(t, r);
	if (!is_foreign(t, r, out->look) && is_local(t, r)) {
		out->outcome = TRIAL_LOCAL;
		return;
	}
	if (policy == POLICY_BLOCK) {
		out->outcome = TRIAL_BLOCKED;
		return;
	}
	exempt = is_exempt(t, r, policy);
	set_group(t, r);
	ask(t, r, exempt, out, &v);
	if (out->outcome != TRIAL_PASSED)
		return;
	*s = (struct slot){ .key = key,
		.ticket = v.zone_index,
		.until_ms = out->now.mono_ms + TTL_FLOOR_SEC * 1000,
		.open = true };
	if ((r->parts & RECORD_ANSWER) != 0)
		judge_answer(t, r, exempt, s, out);
}

/* An answer by itself: the first to a question that passed counts, whoever asked it. */
static void
late_answer(
    struct trial *t, const struct record *r, struct slot *s, struct trial_step *out)
{
	bool exempt = is_exempt(t, r, policy_of(t, r));

	out->look = look_of(t, r);
	set_group(t, r);
	judge_answer(t, r, exempt, s, out);
	if (out->outcome == TRIAL_PASSED)
		out->outcome = TRIAL_NOTED;
}

void
trial_feed(struct trial *t, const struct record *r, struct trial_step *out)
{
	uint64_t key = slot_key(t, r);
	struct slot *s;

	set_clock(t, r->wall_ms);
	out->now = t->now;
	out->on_answer = out->challenged = false;
	out->event_count = 0;
	out->look = NULL;
	s = slot_find(t, key);
	if ((r->parts & RECORD_QUESTION) == 0) {
		out->outcome = TRIAL_NOTED;
		if (s->key == key && s->open)
			late_answer(t, r, s, out);
		return;
	}
	if (s->key == key && s->until_ms > t->now.mono_ms) {
		out->outcome = TRIAL_HIT;
		detect_hit(t->detect, s->ticket, &r->client, t->now.mono_ms);
		return;
	}
	judge(t, r, key, s, out);
}
