#ifndef SERVE_IDLE_H
#define SERVE_IDLE_H

#include "resolver/serve/job.h"

/*
 * Jobs that nobody waits for: renewals, questions of our own, and those whose clients got
 * what had expired meanwhile. They count in nobody's share, so they must not be in the
 * way of those who wait: whoever had their clients answered stale would else keep the
 * places for as long as his servers are silent.
 */

/** idle_add(job): from now on nobody waits for it. Not one that is probed. */
void idle_add(struct job *job);
/** idle_remove(job): somebody does, or it ends. Harmless when it is none. */
void idle_remove(struct job *job);
/** idle_give_way(w, pool): gives up the one with a query in ${pool} (job_holds) that has
 * gone on alone for longest; false: there is none. */
bool idle_give_way(struct worker *w, uint8_t pool);

#endif
