#ifndef ITER_STEPS_H
#define ITER_STEPS_H

#include "resolver/iter/task.h"

/*
 * The table of steps: a name for the trace, and what to do. Each function looks at
 * the top frame and returns the step that this frame takes next; when it pushed a frame,
 * that is the step at which it goes on after that frame has ended.
 */

/** steps_run(t): steps until a query must go out or the task has ended. */
enum iter_action steps_run(struct iter_task *t);
/** steps_name(step): for the trace; never NULL. */
const char *steps_name(enum step_id step);

#endif
