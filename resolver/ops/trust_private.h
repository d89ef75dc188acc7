#ifndef OPS_TRUST_PRIVATE_H
#define OPS_TRUST_PRIVATE_H

#include "base/arena.h"
#include "resolver/dnssec/negative.h"
#include "resolver/dnssec/rollover.h"
#include "resolver/dnssec/rollover_text.h"
#include "resolver/ops/trust.h"

/*
 * What the files of trust.h share: trust.c (what is in force, life), trust_points.c (keys
 * that roll over), trust_negative.c (negative anchors), trust_store.c (both on disk) and
 * trust_json.c (both as told).
 */

#define TRUST_FLUSHES_MAX 16u

struct trust_point {
	struct rollover r;
	bool asked; /* a probe is on its way */
};

struct trust_flush {
	struct dname name;
	uint64_t due_ms;
};

struct trust {
	struct trust_env env;
	struct conf *conf; /* a reference */
	bool keeps;	   /* the state directory can be written */
	size_t point_count;
	struct trust_point *points[ROLLOVER_POINTS_MAX];
	struct negative *negative;
	struct loop_timer *timer;
	struct arena *scratch;
	uint64_t recheck_ms; /* when run-time negative anchors are asked for next */
	/* Tasks that began before a change may still put into the caches what was so
	 * then: flushed once more when they have ended. */
	size_t flush_count;
	struct trust_flush flushes[TRUST_FLUSHES_MAX];
};

/* ---- trust.c ---- */

/** trust_now_sec(t): resolver.validation-time, or the clock's. */
int64_t trust_now_sec(const struct trust *t);
/** trust_note(t, action, name, reason, detail, for_sec, event): journals and logs it;
 * ${event} is what was journaled. */
void trust_note(struct trust *t, enum event_action action, const uint8_t *name,
    const char *reason, const char *detail, uint32_t for_sec, struct event *event);
/** trust_flush_twice(t, name): the caches forget all beneath ${name}, now and once more
 * when the questions of now have ended. */
void trust_flush_twice(struct trust *t, const uint8_t *name);
/** trust_publish(t): workers get what is in force now. False without memory: the old
 * stays in force, and the next change tries again. */
bool trust_publish(struct trust *t);
/** trust_ask(t, name, qtype, checking_disabled): a probe; false: nobody can be asked. */
bool trust_ask(
    struct trust *t, const uint8_t *name, uint16_t qtype, bool checking_disabled);

/* ---- trust_points.c ---- */

/** trust_seeds(t, zone): what the configuration trusts of it; NULL. Borrows. */
const struct rrset *trust_seeds(const struct trust *t, const uint8_t *zone);
/** trust_rolls(t): keys roll over: wanted, and there is a place to keep them. */
bool trust_rolls(const struct trust *t);
struct trust_point *trust_points_find(const struct trust *t, const uint8_t *zone);
/** trust_points_add(t, r): copies ${r}. False: too many, or no memory. */
bool trust_points_add(void *t, const struct rollover *r);
void trust_points_drop(struct trust *t);
/** trust_points_match(t): points are those of the configured zones that roll: others are
 * forgotten, new ones begin. */
void trust_points_match(struct trust *t);
/** trust_points_take(t, a): an answer to a probe for a zone's keys. */
void trust_points_take(struct trust *t, const struct probe_answer *a);
/** trust_points_ask_due(t): whose time has come is asked. */
void trust_points_ask_due(struct trust *t);

/* ---- trust_negative.c ---- */

/** trust_negative_match(t): those of the configuration; run-time ones stay. */
void trust_negative_match(struct trust *t);
/** trust_negative_expire(t): ends those whose time is over. */
void trust_negative_expire(struct trust *t);
/** trust_negative_recheck_due(t): once in TRUST_RECHECK_MS, trust_recheck. */
void trust_negative_recheck_due(struct trust *t);
/** trust_negative_take(t, a): an answer to such a probe: ends one whose name validates
 * again. */
void trust_negative_take(struct trust *t, const struct probe_answer *a);

/* ---- trust_store.c: a file that cannot be read or written is logged ---- */

void trust_store_points(struct trust *t);
void trust_store_negative(struct trust *t);
/** trust_store_read_points(t) / trust_store_read_negative(t): what was kept, if anything;
 * a damaged file is put aside as a whole. */
void trust_store_read_points(struct trust *t);
void trust_store_read_negative(struct trust *t);

#endif
