#ifndef SERVE_WAITER_H
#define SERVE_WAITER_H

#include "resolver/serve/job.h"

/*
 * Clients' questions that wait for a job, and those for which there is no place. Waiters
 * that are done are kept to be used again; there are never more than jobs->waiting_max.
 */

/** Waiters in all, per job slot: shared jobs are the exception among the misses. */
#define WAITERS_PER_SLOT 2u

/** waiter_add(w, job, r): ${r} waits for ${job}, until that is answered or freed; keeps a
 * reference on its connection. False: shed, and told so. */
bool waiter_add(struct worker *w, struct job *job, const struct request *r);
/** waiter_free_some(job, is_done): those of whom ${is_done} says true wait no more. */
void waiter_free_some(struct job *job, bool (*is_done)(struct job *, struct waiter *));
/** waiter_leaves(v): he waits no more; his job may be left with nobody. */
void waiter_leaves(struct waiter *v);
/** waiter_free_all(job): nobody waits for it any more; they are not answered. */
void waiter_free_all(struct job *job);
/** waiter_shed(w, r, cause): tells ${r}'s client that there is no room, or what has
 * expired: such answers flow in overload too. Counts ${cause}. */
void waiter_shed(struct worker *w, const struct request *r, enum serve_counter cause);

#endif
