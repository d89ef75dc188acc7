#ifndef ITER_ZONE_H
#define ITER_ZONE_H

#include "resolver/iter/task.h"

/*
 * Step "delegation": whose servers the frame asks first. The operator's stub and forward
 * zones, else the deepest delegation that is remembered, else the root (prime.h).
 */
enum step_id zone_step(struct iter_task *t, struct frame *f);

/** zone_enter(t, f, d): from now on ${f} asks the servers of ${d} (borrowed: in the
 * task's arena). */
void zone_enter(struct iter_task *t, struct frame *f, const struct delegation *d);

/** zone_is_policy(f): ${f} asks servers that the operator wrote down, not those of a
 * delegation. */
static inline bool
zone_is_policy(const struct frame *f)
{
	return f->policy != NULL && f->zone == f->policy->name;
}

/**
 * zone_is_ours(t, f, name):
 * ${name} is in the zone that ${f} asks about, and under the same stub or forward zone of
 * the operator (or none): so one zone's servers never speak for another's names
 * (MaginotDNS, USENIX Security 2023). When forwarders failed and ${f} recurses in their
 * stead, names under no such zone are in it too: those of the zones on the way.
 */
bool zone_is_ours(const struct iter_task *t, const struct frame *f, const uint8_t *name);

#endif
