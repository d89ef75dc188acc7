#include "resolver/ops/trust_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/dns.h"
#include "resolver/os/log.h"

/* The points of trust that roll over (RFC 5011). */

const struct rrset *
trust_seeds(const struct trust *t, const uint8_t *zone)
{
	return rrset_find(t->conf->rolling_anchors, zone, TYPE_DS);
}

bool
trust_rolls(const struct trust *t)
{
	return t->keeps && t->conf->trust_anchor_rollover;
}

struct trust_point *
trust_points_find(const struct trust *t, const uint8_t *zone)
{
	for (size_t i = 0; i < t->point_count; i++)
		if (dname_equal(t->points[i]->r.zone.bytes, zone))
			return t->points[i];
	return NULL;
}

bool
trust_points_add(void *ctx, const struct rollover *r)
{
	struct trust *t = ctx;
	struct trust_point *p;

	if (t->point_count == ROLLOVER_POINTS_MAX || (p = calloc(1, sizeof(*p))) == NULL)
		return false;
	p->r = *r;
	t->points[t->point_count++] = p;
	return true;
}

void
trust_points_drop(struct trust *t)
{
	while (t->point_count > 0)
		free(t->points[--t->point_count]);
}

void
trust_points_match(struct trust *t)
{
	int64_t now_sec = trust_now_sec(t);
	size_t kept = 0;

	for (size_t i = 0; i < t->point_count; i++) {
		if (trust_seeds(t, t->points[i]->r.zone.bytes) != NULL)
			t->points[kept++] = t->points[i];
		else
			free(t->points[i]);
	}
	t->point_count = kept;
	for (const struct rrset *s = t->conf->rolling_anchors; s != NULL; s = s->next) {
		struct rollover *fresh;

		if (trust_points_find(t, s->owner) != NULL ||
		    (fresh = malloc(sizeof(*fresh))) == NULL)
			continue;
		rollover_init(fresh, s->owner, now_sec);
		if (!trust_points_add(t, fresh))
			log_warning("trust: too many zones that roll over: some stay as "
				    "they are configured");
		free(fresh);
	}
}

/* ---- rollover ---- */

static void
on_change(void *ctx, const struct rollover *r, const struct rollover_key *k,
    enum rollover_state from, enum rollover_state to)
{
	static const char *const reasons[ROLLOVER_STATE_COUNT] = {
		[ROLLOVER_START] = "a new key was taken back",
		[ROLLOVER_ADDPEND] = "a new key is seen, and waits",
		[ROLLOVER_VALID] = "a key is trusted",
		[ROLLOVER_MISSING] = "a trusted key is missing",
		[ROLLOVER_REVOKED] = "a key was revoked",
		[ROLLOVER_REMOVED] = "a revoked key is gone",
	};
	struct trust *t = ctx;
	struct event event;
	char detail[80];

	snprintf(detail, sizeof(detail), "key %u, algorithm %u: %s, was %s", k->tag,
	    k->rdata[3], rollover_state_text(to), rollover_state_text(from));
	trust_note(t, EVENT_ANCHOR, r->zone.bytes, reasons[to], detail, 0, &event);
	if (to == ROLLOVER_REVOKED)
		trust_flush_twice(t, r->zone.bytes);
}

static struct rrset *
keys_in(const struct probe_answer *a)
{
	return rrset_find(a->answer, a->probe.name.bytes, TYPE_DNSKEY);
}

void
trust_points_take(struct trust *t, const struct probe_answer *a)
{
	struct trust_point *p = trust_points_find(t, a->probe.name.bytes);
	int64_t now_sec = trust_now_sec(t);
	struct rollover_tools tools = {
		.clock = { .now_sec = (uint32_t)now_sec,
		    .skew_sec = t->conf->clock_skew_sec },
		.scratch = t->scratch,
		.changed = on_change,
		.ctx = t,
	};
	enum dnssec_reason reason = DNSSEC_NO_KEY;
	char zone[DNAME_TEXT_MAX];
	bool came = keys_in(a) != NULL;

	if (p == NULL)
		return;
	p->asked = false;
	if (came)
		reason = rollover_take(
		    &p->r, trust_seeds(t, p->r.zone.bytes), keys_in(a), now_sec, &tools);
	if (reason != DNSSEC_OK) {
		rollover_failed(&p->r, now_sec);
		log_warning("trust: the keys of %s: %s",
		    dname_to_text(p->r.zone.bytes, zone),
		    came ? dnssec_text(reason) : "no answer");
	}
	trust_store_points(t);
	(void)trust_publish(t);
}

static bool
ask_point(struct trust *t, struct trust_point *p)
{
	if (!p->asked)
		p->asked = trust_ask(t, p->r.zone.bytes, TYPE_DNSKEY, true);
	return p->asked;
}

void
trust_points_ask_due(struct trust *t)
{
	int64_t now_sec = trust_now_sec(t);
	bool asked = false;

	if (!trust_rolls(t) || !t->conf->validation)
		return;
	for (size_t i = 0; i < t->point_count; i++)
		if (!t->points[i]->asked && rollover_due(&t->points[i]->r, now_sec))
			asked |= ask_point(t, t->points[i]);
	if (asked)
		t->env.kick(t->env.ctx);
}

size_t
trust_refresh(struct trust *t)
{
	size_t count = 0;

	for (size_t i = 0; trust_rolls(t) && i < t->point_count; i++)
		count += ask_point(t, t->points[i]);
	if (count > 0)
		t->env.kick(t->env.ctx);
	return count;
}
