#ifndef ITER_SPENT_H
#define ITER_SPENT_H

#include "resolver/iter/task.h"

/*
 * What one question has cost of each budget, into the worker's histograms.
 */

/** spent_note(t): ${t} has just ended. */
void spent_note(const struct iter_task *t);

#endif
