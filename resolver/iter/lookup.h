#ifndef ITER_LOOKUP_H
#define ITER_LOOKUP_H

#include "resolver/iter/task.h"

/*
 * Step "cache": what is known already about the frame's name: data, an alias, that
 * there is none (RFC 2308, RFC 8020), or that it failed a moment ago (RFC 9520).
 */
enum step_id lookup_step(struct iter_task *t, struct frame *f);

#endif
