#ifndef SERVE_PATIENCE_H
#define SERVE_PATIENCE_H

#include "resolver/serve/job.h"

/*
 * How long clients wait before what has expired will do (RFC 8767 5): a job that takes
 * longer than resolver.stale-answer-after gives all who wait what the caches had of late,
 * if anything, and goes on for the cache alone; who joins it then gets the same at once.
 * Off without resolver.serve-stale.
 */

/** patience_add(job): its clients begin to wait. */
void patience_add(struct job *job);
/** patience_remove(job): nobody waits any more; harmless for one that nobody waits for.
 */
void patience_remove(struct job *job);
/** patience_run(w): j->stale_timer's: answers those who have waited long enough. */
void patience_run(void *w);
/** patience_ended(w, job, r): ${job} has kept others waiting too long already: ${r} is
 * answered as they were. False: it has to wait. */
bool patience_ended(struct worker *w, struct job *job, const struct request *r);
/** patience_without_job(w, r): what has expired answers ${r} for which there is no room.
 * False: nothing has, or it is not wanted. */
bool patience_without_job(struct worker *w, const struct request *r);

#endif
