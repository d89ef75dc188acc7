#ifndef SERVE_ROOM_H
#define SERVE_ROOM_H

#include "resolver/serve/job.h"

/*
 * Who gives way when there is no place for one more: first a job that nobody waits for
 * (idle.h), then the newest question of whoever has most of them waiting, if that leaves
 * him with no less than the one in whose favour it happens. A job that several wait for
 * gives way when each of them is about as greedy: to ask everything twice, or in company,
 * keeps no place.
 */

/** room_for_question(w, r): a place in the table for ${r}'s question; false: it is to be
 * shed itself. */
bool room_for_question(struct worker *w, const struct request *r);
/** room_for_waiter(job, s): a place among those who wait for one more of ${s}, who would
 * wait for ${job}; false: it is to be shed itself. */
bool room_for_waiter(struct job *job, const struct share *s);
/** room_for_query(job, pool): a socket of ${pool} (job.h) for ${job}, which has
 * none under way; false: it is to be shed itself. */
bool room_for_query(struct job *job, uint8_t pool);

#endif
