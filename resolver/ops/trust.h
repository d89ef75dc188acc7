#ifndef OPS_TRUST_H
#define OPS_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/clock.h"
#include "conf/conf.h"
#include "detect/event.h"
#include "resolver/net/loop.h"
#include "resolver/serve/probes.h"
#include "resolver/serve/shared.h"

/*
 * The life of trust anchors, in the main thread: the trust points that roll over
 * (dnssec/rollover.h) and negative anchors (dnssec/negative.h), their files in the state
 * directory, their timers, and the probes that feed them. Whenever what is in force
 * changes, a new struct anchors goes to the workers, and what the caches hold beneath a
 * name whose status has changed is forgotten.
 *
 *   1. At start the files are read. A damaged one is refused as a whole with FILE:LINE,
 *      kept beside as FILE.damaged, and the configuration alone counts.
 *   2. A timer looks once in TRUST_TICK_MS for points that are due, negative anchors that
 *      have ended, and those set at run time that may validate again (RFC 7646 2): these
 *      are asked for their SOA every TRUST_RECHECK_MS.
 *   3. An answer to a probe goes through the state machine; each change is journaled,
 *      logged and saved before workers learn of it: what was revoked stays so over a
 *      crash.
 */

#define TRUST_TICK_MS	    5000u
#define TRUST_RECHECK_MS    (5u * 60u * 1000u)
#define TRUST_POINTS_FILE   "anchors.state"
#define TRUST_NEGATIVE_FILE "negative-anchors.state"

struct trust;

struct trust_env {
	struct loop *loop;
	struct shared *shared;	 /* gets the anchors; its caches are flushed */
	struct probes *probes;	 /* NULL: nothing is asked */
	void (*kick)(void *ctx); /* the worker behind ${probes} is to look at them */
	void *ctx;
	const char *state_dir; /* borrowed */
};

/** trust_new(env, conf): reads the state, publishes the anchors. NULL without memory. */
struct trust *trust_new(const struct trust_env *env, const struct conf *conf);
/** trust_free(t): after the last call; saves nothing that was not saved already. */
void trust_free(struct trust *t);
/** trust_start(t): workers run: timers and probes begin. */
void trust_start(struct trust *t);
/** trust_reload(t, conf): another configuration is in force. */
void trust_reload(struct trust *t, const struct conf *conf);
/** trust_answers(t): probes have answers: take them. */
void trust_answers(struct trust *t);

/** trust_points_json(t) / trust_negative_json(t): arrays; return a new one, NULL without
 * memory. */
json_t *trust_points_json(const struct trust *t);
json_t *trust_negative_json(const struct trust *t);
/** trust_refresh(t): all trust points are asked now; returns how many. */
size_t trust_refresh(struct trust *t);
/** trust_recheck(t): the names of all negative anchors that were set at run time are
 * asked now, whether they validate again; returns how many. */
size_t trust_recheck(struct trust *t);
/**
 * trust_negative_add(t, name, for_sec, reason, event) / trust_negative_remove:
 * At run time. ${event} is what was journaled. Errors: ERR_RANGE (longer than a week),
 * ERR_LIMIT (too many); ERR_NOTFOUND; ERR_REFUSED (of the configuration: it has to go
 * there).
 */
MUST_USE enum err trust_negative_add(struct trust *t, const uint8_t *name,
    uint32_t for_sec, const char *reason, struct event *event);
MUST_USE enum err trust_negative_remove(
    struct trust *t, const uint8_t *name, const char *reason, struct event *event);

#endif
