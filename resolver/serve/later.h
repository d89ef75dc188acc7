#ifndef SERVE_LATER_H
#define SERVE_LATER_H

#include "resolver/serve/job.h"

/*
 * Jobs that have more to compute than one turn of the loop allows (ITER_AGAIN): a queue,
 * of which one job goes on in each turn. However many there are, others wait no longer
 * than for one slice.
 */

/** later_add(job): behind all that has come in by the next turn. Not one that is there
 * already. */
void later_add(struct job *job);
/** later_remove(job): harmless for one that is not there. */
void later_remove(struct job *job);
/** later_run(w): j->later_timer's: the first one goes on; it may be gone afterwards. */
void later_run(void *w);

#endif
