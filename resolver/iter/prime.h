#ifndef ITER_PRIME_H
#define ITER_PRIME_H

#include "resolver/iter/task.h"

/*
 * Priming (RFC 8109): the hints are only where to ask for the list of root servers.
 * The first task that needs the root asks ". NS" in a frame of its own; meanwhile, and
 * for a while after a failure, the hints themselves serve, so that nobody waits for it
 * and a thousand tasks do not prime at once.
 */

/** prime_begin(t): true when a priming frame was pushed. */
bool prime_begin(struct iter_task *t);
/** prime_hints(t): the root as the hints have it, in the task's arena; NULL at its limit
 * (or without hints). */
const struct delegation *prime_hints(struct iter_task *t);
/** prime_learn(t, ns): ${ns} is the root's answer: it becomes the root's delegation. */
void prime_learn(struct iter_task *t, const struct rrset *ns);

#endif
