#ifndef ITER_AGENT_H
#define ITER_AGENT_H

#include "resolver/iter/task.h"

/*
 * Whom to tell of a failure (RFC 9567): the agent that the servers of the question's own
 * zone name in their replies. The last reply counts: without the option nobody is told.
 */

/** agent_learn(t, f, e): what the OPT ${e} of the reply in hand says. */
void agent_learn(struct iter_task *t, const struct frame *f, const struct edns *e);
/** agent_forget(t, f): other servers are asked from now on: what the parent's said is
 * about the parent's zone. */
void agent_forget(struct iter_task *t, const struct frame *f);

#endif
