#ifndef ITER_RECALL_H
#define ITER_RECALL_H

#include "resolver/iter/task.h"

/*
 * What the cache says, for questions that want nobody asked (RD=0).
 */

/** recall_answer(t, now_ms, out): false when the cache knows neither an answer nor a
 * delegation. ${out} and its sets live in the task's arena. */
bool recall_answer(struct iter_task *t, uint64_t now_ms, struct answer *out);

#endif
