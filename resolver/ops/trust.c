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

const struct rrset *
trust_seeds(const struct trust *t, const uint8_t *zone)
{
	return rrset_find(t->conf->rolling_anchors, zone, TYPE_DS);
}

static bool
rolls(const struct trust *t)
{
	return t->keeps && t->conf->trust_anchor_rollover;
}

/* ---- events ---- */

static void
note(struct trust *t, enum event_action action, const uint8_t *name, const char *reason,
    const char *detail, uint32_t for_sec, struct event *event)
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
}

static void
flush_twice(struct trust *t, const uint8_t *name)
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

static struct trust_point *
find_point(const struct trust *t, const uint8_t *zone)
{
	for (size_t i = 0; i < t->point_count; i++)
		if (dname_equal(t->points[i]->r.zone.bytes, zone))
			return t->points[i];
	return NULL;
}

/* Of each zone that rolls what is trusted now; false without memory. */
static bool
rolled(const struct trust *t, struct arena *arena, struct rrset **out)
{
	*out = NULL;
	for (const struct rrset *s = t->conf->rolling_anchors; s != NULL; s = s->next) {
		const struct trust_point *p = rolls(t) ? find_point(t, s->owner) : NULL;
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
static bool
publish(struct trust *t)
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

/* ---- files ---- */

static enum err
write_points(void *ctx, FILE *out)
{
	const struct trust *t = ctx;
	const struct rollover *points[ROLLOVER_POINTS_MAX];

	for (size_t i = 0; i < t->point_count; i++)
		points[i] = &t->points[i]->r;
	return rollover_text_write(points, t->point_count, out);
}

static enum err
write_negative(void *ctx, FILE *out)
{
	const struct trust *t = ctx;

	return negative_text_write(t->negative, out);
}

static void
save(struct trust *t, const char *name, enum err (*write)(void *ctx, FILE *out))
{
	char error[STATEFILE_ERROR_MAX];

	if (t->keeps &&
	    statefile_write(t->env.state_dir, name, write, t, error) != ERR_OK)
		log_error("trust: %s", error);
}

static void
save_points(struct trust *t)
{
	if (rolls(t))
		save(t, TRUST_POINTS_FILE, write_points);
}

static void
save_negative(struct trust *t)
{
	save(t, TRUST_NEGATIVE_FILE, write_negative);
}

static bool
add_point(void *ctx, const struct rollover *r)
{
	struct trust *t = ctx;
	struct trust_point *p;

	if (t->point_count == ROLLOVER_POINTS_MAX || (p = calloc(1, sizeof(*p))) == NULL)
		return false;
	p->r = *r;
	t->points[t->point_count++] = p;
	return true;
}

static void
drop_points(struct trust *t)
{
	while (t->point_count > 0)
		free(t->points[--t->point_count]);
}

/* ${text} NULL: there is no file, which is nothing to tell, or it cannot be read. */
static char *
read_file(struct trust *t, const char *name, size_t max_bytes, size_t *len)
{
	char error[STATEFILE_ERROR_MAX];
	char *text = NULL;
	enum err e = t->keeps ? statefile_read(
				    t->env.state_dir, name, max_bytes, &text, len, error)
			      : ERR_NOTFOUND;

	if (e != ERR_OK && e != ERR_NOTFOUND)
		log_error("trust: %s; the configuration alone counts", error);
	return text;
}

static void
refuse_file(struct trust *t, const char *name, unsigned line, const char *why)
{
	log_error("trust: %s/%s:%u: %s; it is put aside, and the configuration alone "
		  "counts",
	    t->env.state_dir, name, line, why);
	statefile_put_aside(t->env.state_dir, name);
}

static void
load_points(struct trust *t)
{
	char error[ROLLOVER_ERROR_MAX];
	unsigned line;
	size_t len = 0;
	char *text = read_file(t, TRUST_POINTS_FILE, ROLLOVER_TEXT_MAX, &len);

	if (text == NULL)
		return;
	if (rollover_text_read(text, len, add_point, t, &line, error) != ERR_OK) {
		drop_points(t);
		refuse_file(t, TRUST_POINTS_FILE, line, error);
	}
	free(text);
}

static void
load_negative(struct trust *t)
{
	char error[NEGATIVE_ERROR_MAX];
	unsigned line;
	size_t len = 0;
	char *text = read_file(t, TRUST_NEGATIVE_FILE, NEGATIVE_TEXT_MAX, &len);

	if (text == NULL)
		return;
	if (negative_text_read(t->negative, text, len, &line, error) != ERR_OK)
		refuse_file(t, TRUST_NEGATIVE_FILE, line, error);
	free(text);
}

/* ---- the configuration ---- */

/* Points are those of the zones that roll: others are forgotten, new ones begin. */
static void
match_points(struct trust *t)
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

		if (find_point(t, s->owner) != NULL ||
		    (fresh = malloc(sizeof(*fresh))) == NULL)
			continue;
		rollover_init(fresh, s->owner, now_sec);
		if (!add_point(t, fresh))
			log_warning("trust: too many zones that roll over: some stay as "
				    "they are configured");
		free(fresh);
	}
}

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
		flush_twice(t, name.bytes);
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
		flush_twice(t, c->name);
}

static void
match_negative(struct trust *t)
{
	int64_t now_sec = trust_now_sec(t);

	forget_negative(t);
	for (size_t i = 0; i < t->conf->negative_anchor_count; i++)
		take_configured(t, &t->conf->negative_anchors[i], now_sec);
}

void
trust_reload(struct trust *t, const struct conf *conf)
{
	struct conf *old = t->conf;

	t->conf = conf_ref((struct conf *)(uintptr_t)conf);
	conf_unref(old);
	match_points(t);
	match_negative(t);
	save_points(t);
	save_negative(t);
	(void)publish(t);
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
	note(t, EVENT_ANCHOR, r->zone.bytes, reasons[to], detail, 0, &event);
	if (to == ROLLOVER_REVOKED)
		flush_twice(t, r->zone.bytes);
}

static struct rrset *
keys_in(const struct probe_answer *a)
{
	return rrset_find(a->answer, a->probe.name.bytes, TYPE_DNSKEY);
}

static void
take_keys(struct trust *t, const struct probe_answer *a)
{
	struct trust_point *p = find_point(t, a->probe.name.bytes);
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
	save_points(t);
	(void)publish(t);
}

static bool
ask(struct trust *t, const uint8_t *name, uint16_t qtype, bool checking_disabled)
{
	struct probe_question q = { .qtype = qtype,
		.checking_disabled = checking_disabled };

	dname_set(&q.name, name);
	return t->env.probes != NULL && probes_ask(t->env.probes, &q) == ERR_OK;
}

static bool
ask_point(struct trust *t, struct trust_point *p)
{
	if (!p->asked)
		p->asked = ask(t, p->r.zone.bytes, TYPE_DNSKEY, true);
	return p->asked;
}

static void
ask_due(struct trust *t)
{
	int64_t now_sec = trust_now_sec(t);
	bool asked = false;

	if (!rolls(t) || !t->conf->validation)
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

	for (size_t i = 0; rolls(t) && i < t->point_count; i++)
		count += ask_point(t, t->points[i]);
	if (count > 0)
		t->env.kick(t->env.ctx);
	return count;
}

/* ---- negative anchors ---- */

static void
end_negative(struct trust *t, const struct negative_anchor *a, const char *why)
{
	struct event event;

	note(t, EVENT_NEGATIVE_ANCHOR, a->name.bytes, why, a->reason, 0, &event);
	(void)publish(t);
	flush_twice(t, a->name.bytes);
}

static void
expire(struct trust *t)
{
	struct negative_anchor a;
	bool any = false;

	for (; negative_ended(t->negative, trust_now_sec(t), &a); any = true)
		end_negative(t, &a, "a negative trust anchor has ended");
	if (any)
		save_negative(t);
}

/* RFC 7646 2: an operator's word is taken back early when the zone validates again. */
size_t
trust_recheck(struct trust *t)
{
	size_t asked = 0;

	for (size_t i = 0; t->conf->validation && i < negative_count(t->negative); i++) {
		const struct negative_anchor *a = negative_at(t->negative, i);

		if (!a->configured)
			asked += ask(t, a->name.bytes, TYPE_SOA, false);
	}
	if (asked > 0)
		t->env.kick(t->env.ctx);
	return asked;
}

static void
recheck_due(struct trust *t)
{
	struct now now;

	clock_now(&now);
	if (now.mono_ms < t->recheck_ms)
		return;
	t->recheck_ms = now.mono_ms + TRUST_RECHECK_MS;
	(void)trust_recheck(t);
}

static void
take_recheck(struct trust *t, const struct probe_answer *a)
{
	const struct negative_anchor *found =
	    negative_find(t->negative, a->probe.name.bytes, false);
	struct negative_anchor gone;

	if (found == NULL || a->rcode == RCODE_SERVFAIL || a->security != SECURITY_SECURE)
		return;
	gone = *found;
	(void)negative_remove(t->negative, gone.name.bytes, false);
	save_negative(t);
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
	save_negative(t);
	note(t, EVENT_NEGATIVE_ANCHOR, a.name.bytes, "a negative trust anchor was set",
	    a.reason, for_sec, event);
	(void)publish(t);
	flush_twice(t, a.name.bytes);
	return ERR_OK;
}

enum err
trust_negative_remove(
    struct trust *t, const uint8_t *name, const char *reason, struct event *event)
{
	if (!negative_remove(t->negative, name, false))
		return negative_find(t->negative, name, true) != NULL ? ERR_REFUSED
								      : ERR_NOTFOUND;
	save_negative(t);
	note(t, EVENT_NEGATIVE_ANCHOR, name, "a negative trust anchor was taken back",
	    reason, 0, event);
	(void)publish(t);
	flush_twice(t, name);
	return ERR_OK;
}

/* ---- life ---- */

void
trust_answers(struct trust *t)
{
	struct probe_answer *a;

	while (t->env.probes != NULL && (a = probes_take(t->env.probes)) != NULL) {
		if (a->probe.qtype == TYPE_DNSKEY)
			take_keys(t, a);
		else
			take_recheck(t, a);
		probe_answer_free(a);
	}
}

static void
on_timer(void *ctx)
{
	struct trust *t = ctx;

	flush_due(t);
	expire(t);
	ask_due(t);
	recheck_due(t);
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
	load_points(t);
	match_points(t);
	match_negative(t);
	load_negative(t);
	t->flush_count = 0; /* the caches are empty */
	if (publish(t))
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
	drop_points(t);
	loop_timer_free(t->timer);
	arena_free(t->scratch);
	negative_free(t->negative);
	conf_unref(t->conf);
	free(t);
}
