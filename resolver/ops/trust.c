#include "resolver/ops/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/anchors.h"
#include "resolver/ops/state.h"
#include "resolver/ops/statefile.h"
#include "resolver/ops/trust_private.h"
#include "resolver/os/clock.h"
#include "resolver/os/log.h"

/* A DNSKEY set in canonical form and the DS of 16 keys. */
#define SCRATCH_BYTES ((size_t)1 << 20)
#define FLUSH_MORE_MS 2000u /* beyond the longest question's time */

static const uint8_t root[] = { 0 };

int64_t
trust_now_sec(const struct trust *t)
{
	struct now now;

	if (t->conf->validation_time != 0)
		return t->conf->validation_time;
	clock_now(&now);
	return now.wall_ms / 1000;
}

/* ---- events ---- */

void
trust_note(struct trust *t, enum event_action action, const uint8_t *name,
    const char *reason, const char *detail, uint32_t for_sec, struct event *event)
{
	char text[DNAME_TEXT_MAX];
	struct now now;

	clock_now(&now);
	detect_record(t->env.shared->detect, action, name, reason, detail, &now, event);
	event->for_sec = for_sec;
	(void)journal_push(t->env.shared->journal, event);
	log_notice("trust: %s: %s%s%s", dname_to_text(name, text), reason,
	    *detail != '\0' ? ": " : "", detail);
}

/* ---- caches ---- */

static void
flush(struct trust *t, const uint8_t *name)
{
	struct shared *s = t->env.shared;

	(void)keytable_flush(s->keytable, name, true);
	(void)rrcache_flush(s->rrcache, name, true);
	(void)anscache_flush(s->anscache, name, true);
	/* An alias of any name may have led there, or have failed for what is there. */
	(void)rrcache_forget_failures(s->rrcache, dnssec_is_ede);
	shared_forget_aliases(s);
}

void
trust_flush_twice(struct trust *t, const uint8_t *name)
{
	struct trust_flush *f;
	struct now now;

	clock_now(&now);
	flush(t, name);
	if (t->flush_count == TRUST_FLUSHES_MAX) {
		t->flush_count = 0; /* the root covers them all */
		name = root;
	}
	f = &t->flushes[t->flush_count++];
	dname_set(&f->name, name);
	f->due_ms = now.mono_ms + t->conf->question_timeout_ms + FLUSH_MORE_MS;
}

static void
flush_due(struct trust *t)
{
	size_t kept = 0;
	struct now now;

	clock_now(&now);
	for (size_t i = 0; i < t->flush_count; i++) {
		if (t->flushes[i].due_ms <= now.mono_ms)
			flush(t, t->flushes[i].name.bytes);
		else
			t->flushes[kept++] = t->flushes[i];
	}
	t->flush_count = kept;
}

/* ---- what is in force ---- */

/* Of each zone that rolls what is trusted now; false without memory. */
static bool
rolled(const struct trust *t, struct arena *arena, struct rrset **out)
{
	*out = NULL;
	for (const struct rrset *s = t->conf->rolling_anchors; s != NULL; s = s->next) {
		const struct trust_point *p =
		    trust_rolls(t) ? trust_points_find(t, s->owner) : NULL;
		struct rrset *set;

		if (p == NULL)
			set = rrset_copy(arena, s);
		else if (!rollover_anchors(&p->r, s, arena, &set))
			return false;
		if (set != NULL)
			rrset_append(out, set);
		else if (p == NULL)
			return false;
	}
	return true;
}

static size_t
names_in_force(const struct trust *t, const uint8_t **names)
{
	int64_t now_sec = trust_now_sec(t);
	size_t count = 0;

	for (size_t i = 0; i < negative_count(t->negative); i++) {
		const struct negative_anchor *a = negative_at(t->negative, i);

		if (negative_in_force(a, now_sec))
			names[count++] = a->name.bytes;
	}
	return count;
}

/* Without memory the old ones stay in force; the next change tries again. */
bool
trust_publish(struct trust *t)
{
	const uint8_t *names[NEGATIVE_MAX];
	struct anchors *anchors = NULL;
	struct rrset *set;

	arena_reset(t->scratch);
	if (rolled(t, t->scratch, &set)) {
		const struct rrset *lists[] = { t->conf->trust_anchors, set };

		anchors = anchors_new(lists, 2, names, names_in_force(t, names));
	}
	if (anchors == NULL) {
		log_error("trust: no memory for the anchors in force");
		return false;
	}
	shared_set_anchors(t->env.shared, anchors);
	return true;
}

/* Both have the same records, in whatever order. */
static bool
is_same_set(const struct rrset *a, const struct rrset *b)
{
	if (b == NULL || a->count != b->count)
		return false;
	for (uint16_t i = 0; i < a->count; i++) {
		const struct rdata *r = &a->rdata[i];
		uint16_t k = 0;

		while (k < b->count && (b->rdata[k].len != r->len ||
					   memcmp(b->rdata[k].bytes, r->bytes, r->len)))
			k++;
		if (k == b->count)
			return false;
	}
	return true;
}

/* What is below an anchor of ${list} that does not stand in ${other} as well. */
static void
forget_below(struct trust *t, const struct rrset *list, struct rrset *other)
{
	for (const struct rrset *s = list; s != NULL; s = s->next)
		if (!is_same_set(s, rrset_find(other, s->owner, s->type)))
			trust_flush_twice(t, s->owner);
}

static void
forget_zone(void *ctx, const uint8_t *name)
{
	trust_flush_twice(ctx, name);
}

/* Answers that the caches hold were judged under the old anchors, or not at all: they
 * would be told so for up to a day. And questions under way ask whom the old
 * configuration named. */
static void
forget_old(struct trust *t, const struct conf *old)
{
	const struct conf *now = t->conf;

	shared_changed_zones(old, now, forget_zone, t);
	if (!now->validation)
		return;
	if (!old->validation) {
		trust_flush_twice(t, root);
		return;
	}
	forget_below(t, now->trust_anchors, old->trust_anchors);
	forget_below(t, old->trust_anchors, now->trust_anchors);
	forget_below(t, now->rolling_anchors, old->rolling_anchors);
	forget_below(t, old->rolling_anchors, now->rolling_anchors);
}

void
trust_reload(struct trust *t, const struct conf *conf)
{
	struct conf *old = t->conf;

	t->conf = conf_ref((struct conf *)(uintptr_t)conf);
	trust_points_match(t);
	trust_negative_match(t);
	trust_store_points(t);
	trust_store_negative(t);
	(void)trust_publish(t);
	forget_old(t, old);
	conf_unref(old);
}

/* ---- probes ---- */

bool
trust_ask(struct trust *t, const uint8_t *name, uint16_t qtype, bool checking_disabled)
{
	struct probe_question q = { .qtype = qtype,
		.checking_disabled = checking_disabled };

	dname_set(&q.name, name);
	return t->env.probes != NULL && probes_ask(t->env.probes, &q) == ERR_OK;
}

/* ---- life ---- */

void
trust_answers(struct trust *t)
{
	struct probe_answer *a;

	while (t->env.probes != NULL && (a = probes_take(t->env.probes)) != NULL) {
		if (a->probe.qtype == TYPE_DNSKEY)
			trust_points_take(t, a);
		else
			trust_negative_take(t, a);
		probe_answer_free(a);
	}
}

static void
on_timer(void *ctx)
{
	struct trust *t = ctx;

	flush_due(t);
	trust_negative_expire(t);
	trust_points_ask_due(t);
	trust_negative_recheck_due(t);
	loop_timer_arm(t->timer, TRUST_TICK_MS);
}

void
trust_start(struct trust *t)
{
	loop_timer_arm(t->timer, 0);
}

static bool
make_parts(struct trust *t)
{
	t->negative = negative_new();
	t->scratch = arena_new(SCRATCH_BYTES);
	t->timer = loop_timer_new(t->env.loop, on_timer, t);
	return t->negative != NULL && t->scratch != NULL && t->timer != NULL;
}

struct trust *
trust_new(const struct trust_env *env, const struct conf *conf)
{
	struct trust *t = calloc(1, sizeof(*t));
	char error[STATE_ERROR_MAX];
	struct now now;

	if (t == NULL)
		return NULL;
	clock_now(&now);
	t->env = *env;
	t->conf = conf_ref((struct conf *)(uintptr_t)conf);
	t->keeps = state_check_dir(env->state_dir, error) == ERR_OK;
	t->recheck_ms = now.mono_ms + TRUST_RECHECK_MS;
	if (!make_parts(t))
		goto fail;
	if (!t->keeps && conf->rolling_anchors != NULL && conf->trust_anchor_rollover)
		log_warning("trust: nothing can be kept in %s: keys of trust anchors do "
			    "not roll over",
		    env->state_dir);
	trust_store_read_points(t);
	trust_points_match(t);
	trust_negative_match(t);
	trust_store_read_negative(t);
	t->flush_count = 0; /* the caches are empty */
	if (trust_publish(t))
		return t;

fail:
	trust_free(t);
	return NULL;
}

void
trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	trust_points_drop(t);
	loop_timer_free(t->timer);
	arena_free(t->scratch);
	negative_free(t->negative);
	conf_unref(t->conf);
	free(t);
}
