#ifndef ITER_FINISH_H
#define ITER_FINISH_H

#include "resolver/iter/task.h"

/*
 * How frames end: with what they found, or with a failure that is remembered
 * (RFC 9520) and said (RFC 8914).
 */

/** finish_failed_step(t, f): step "failed": no server is left to ask. */
enum step_id finish_failed_step(struct iter_task *t, struct frame *f);
/** finish_step(t, f): step "finish": the frame below goes on, or the task has its result.
 */
enum step_id finish_step(struct iter_task *t, struct frame *f);

#endif
