#ifndef ITER_AGGRESSIVE_H
#define ITER_AGGRESSIVE_H

#include "resolver/iter/task.h"

/*
 * Aggressive use of what secure zones have proved (RFC 8198): a question that the NSEC
 * or NSEC3 records in the cache answer costs no query. The records are kept by
 * cache/rrcache_denial.h and judged by resolver/dnssec/denial.h.
 */

/** aggressive_step(t, f): STEP_DELEGATION when nothing is proved about the frame's name;
 * else the frame has its result, or the wildcard's alias to follow, and this is the step
 * it takes. */
enum step_id aggressive_step(struct iter_task *t, struct frame *f);

/** aggressive_exists(t, f, name): a proof shows that ${name}, strictly below the zone of
 * ${f}, is there and is no cut: QNAME minimisation need not ask. */
bool aggressive_exists(struct iter_task *t, const struct frame *f, const uint8_t *name);

/** aggressive_expansion(t, set, labels, at_ms): the record that proves that ${set} was
 * rightly expanded from the wildcard at the last ${labels} labels of its owner, as the
 * cache stood at ${at_ms}; NULL: it is not there. In the task's arena. */
struct rrset *aggressive_expansion(
    struct iter_task *t, const struct rrset *set, unsigned labels, uint64_t at_ms);

/** aggressive_learn(t, zone, list): NSEC, NSEC3 and SOA of ${list} that were validated
 * SECURE and that ${zone} signed are remembered. All else is passed over. */
void aggressive_learn(struct iter_task *t, const uint8_t *zone, const struct rrset *list);
/** aggressive_learn_wildcard(t, zone, set, labels): ${set} is SECURE and was expanded
 * from the wildcard at the last ${labels} labels of its owner. */
void aggressive_learn_wildcard(
    struct iter_task *t, const uint8_t *zone, const struct rrset *set, unsigned labels);

#endif
