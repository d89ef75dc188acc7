#include "resolver/ops/trust_private.h"

#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/os/clock.h"
#include "resolver/os/log.h"

/* ---- the configuration ---- */

static const struct conf_negative *
find_configured(const struct conf *conf, const uint8_t *name)
{
	for (size_t i = 0; i < conf->negative_anchor_count; i++)
		if (dname_equal(conf->negative_anchors[i].name, name))
			return &conf->negative_anchors[i];
	return NULL;
}

static void
forget_negative(struct trust *t)
{
	for (size_t i = 0; i < negative_count(t->negative);) {
		const struct negative_anchor *a = negative_at(t->negative, i);
		struct dname name = a->name;

		if (!a->configured || find_configured(t->conf, name.bytes) != NULL) {
			i++;
			continue;
		}
		(void)negative_remove(t->negative, name.bytes, true);
		trust_flush_twice(t, name.bytes);
	}
}

static void
take_configured(struct trust *t, const struct conf_negative *c, int64_t now_sec)
{
	const struct negative_anchor *old = negative_find(t->negative, c->name, true);
	struct negative_anchor a = { .configured = true,
		.private_zone = c->private_zone,
		.since_sec = now_sec,
		.until_sec = c->for_sec > 0 ? now_sec + c->for_sec : c->until_sec,
		.for_sec = c->for_sec };

	dname_set(&a.name, c->name);
	snprintf(a.reason, sizeof(a.reason), "%s", c->reason);
	if (old != NULL) {
		a.since_sec = old->since_sec;
		if (c->for_sec > 0 && c->for_sec == old->for_sec) {
			a.until_sec = old->until_sec;
			a.ended = old->ended;
		}
	}
	if (negative_put(t->negative, &a) != ERR_OK)
		log_error("trust: too many negative trust anchors");
	if (old == NULL)
		trust_flush_twice(t, c->name);
}

void
trust_negative_match(struct trust *t)
{
	int64_t now_sec = trust_now_sec(t);

	forget_negative(t);
	for (size_t i = 0; i < t->conf->negative_anchor_count; i++)
		take_configured(t, &t->conf->negative_anchors[i], now_sec);
}

/* ---- their end ---- */

/* ---- negative anchors ---- */

static void
end_negative(struct trust *t, const struct negative_anchor *a, const char *why)
{
	struct event event;

	trust_note(t, EVENT_NEGATIVE_ANCHOR, a->name.bytes, why, a->reason, 0, &event);
	(void)trust_publish(t);
	trust_flush_twice(t, a->name.bytes);
}

void
trust_negative_expire(struct trust *t)
{
	struct negative_anchor a;
	bool any = false;

	for (; negative_ended(t->negative, trust_now_sec(t), &a); any = true)
		end_negative(t, &a, "a negative trust anchor has ended");
	if (any)
		trust_store_negative(t);
}

/* RFC 7646 2: an operator's word is taken back early when the zone validates again. */
size_t
trust_recheck(struct trust *t)
{
	size_t asked = 0;

	for (size_t i = 0; t->conf->validation && i < negative_count(t->negative); i++) {
		const struct negative_anchor *a = negative_at(t->negative, i);

		if (!a->configured)
			asked += trust_ask(t, a->name.bytes, TYPE_SOA, false);
	}
	if (asked > 0)
		t->env.kick(t->env.ctx);
	return asked;
}

void
trust_negative_recheck_due(struct trust *t)
{
	struct now now;

	clock_now(&now);
	if (now.mono_ms < t->recheck_ms)
		return;
	t->recheck_ms = now.mono_ms + TRUST_RECHECK_MS;
	(void)trust_recheck(t);
}

void
trust_negative_take(struct trust *t, const struct probe_answer *a)
{
	const struct negative_anchor *found =
	    negative_find(t->negative, a->probe.name.bytes, false);
	struct negative_anchor gone;

	if (found == NULL || a->rcode == RCODE_SERVFAIL || a->security != SECURITY_SECURE)
		return;
	gone = *found;
	(void)negative_remove(t->negative, gone.name.bytes, false);
	trust_store_negative(t);
	end_negative(t, &gone, "a negative trust anchor is over: the zone validates");
}

enum err
trust_negative_add(struct trust *t, const uint8_t *name, uint32_t for_sec,
    const char *reason, struct event *event)
{
	int64_t now_sec = trust_now_sec(t);
	struct negative_anchor a = {
		.since_sec = now_sec, .until_sec = now_sec + for_sec, .for_sec = for_sec
	};
	struct now now;
	enum err e;

	if (for_sec == 0 || for_sec > NEGATIVE_LIMIT_SEC)
		return ERR_RANGE;
	dname_set(&a.name, name);
	dname_copy_lower(a.name.bytes, a.name.bytes);
	snprintf(a.reason, sizeof(a.reason), "%s", reason);
	if ((e = negative_put(t->negative, &a)) != ERR_OK)
		return e;
	clock_now(&now);
	t->recheck_ms = now.mono_ms + TRUST_RECHECK_MS;
	trust_store_negative(t);
	trust_note(t, EVENT_NEGATIVE_ANCHOR, a.name.bytes,
	    "a negative trust anchor was set", a.reason, for_sec, event);
	(void)trust_publish(t);
	trust_flush_twice(t, a.name.bytes);
	return ERR_OK;
}

enum err
trust_negative_remove(
    struct trust *t, const uint8_t *name, const char *reason, struct event *event)
{
	if (!negative_remove(t->negative, name, false))
		return negative_find(t->negative, name, true) != NULL ? ERR_REFUSED
								      : ERR_NOTFOUND;
	trust_store_negative(t);
	trust_note(t, EVENT_NEGATIVE_ANCHOR, name,
	    "a negative trust anchor was taken back", reason, 0, event);
	(void)trust_publish(t);
	trust_flush_twice(t, name);
	return ERR_OK;
}
