#ifndef ITER_FRAME_H
#define ITER_FRAME_H

#include "resolver/iter/task.h"

/*
 * The stack of frames of a task: who asks what for whom.
 */

/**
 * frame_push(t, name, qtype, purpose):
 * A new top frame at STEP_START. Borrows ${name} (canonical, in the task's arena or a
 * frame's delegation). Errors: ERR_EXISTS  a frame already asks that: a cycle ERR_LIMIT
 * depth_max, or more sub-questions than a question may have queries ERR_NOMEM   the arena
 * is at its limit The first two mark the current top frame as cut short and are counted.
 */
MUST_USE enum err frame_push(
    struct iter_task *t, const uint8_t *name, uint16_t qtype, enum frame_purpose purpose);
/** frame_pop(t): the top frame ends; it is ${t->finished} until the next push. */
void frame_pop(struct iter_task *t);
/** frame_rename(f, name): from now on ${f} asks for ${name} (borrowed): an alias.
 * Per-name state starts anew. */
void frame_rename(struct frame *f, const uint8_t *name);

#endif
