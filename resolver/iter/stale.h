#ifndef ITER_STALE_H
#define ITER_STALE_H

#include "resolver/iter/task.h"

/*
 * Serving stale data (RFC 8767): what the question would be answered with if what has
 * expired of late had not.
 */

/** stale_answer(t, now_ms, out): false when there is none, or it is not to be used: the
 * operator does not want it, or the question met bogus data. ${out} and its sets live in
 * the task's arena. */
bool stale_answer(struct iter_task *t, uint64_t now_ms, struct answer *out);

/** stale_alive(t, now_ms, out, name): the same of what is alive, with its own TTLs and
 * whatever the operator wants of stale data; nothing is filtered, and the security of the
 * whole is not told. False: nothing, or aliases that lead to ${*name}, of which there is
 * nothing. */
bool stale_alive(
    struct iter_task *t, uint64_t now_ms, struct answer *out, const uint8_t **name);

/** stale_forgives(ede_code): a failure for this reason says nothing of the data: nobody
 * answered, or answered with an error. What validation says is another matter. */
bool stale_forgives(int ede_code);

#endif
