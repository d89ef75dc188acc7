#include "resolver/serve/later.h"

void
later_remove(struct job *job)
{
	struct jobs *j = job->worker->jobs;
	struct job **at = &j->later;

	if (!job->is_later)
		return;
	while (*at != job)
		at = &(*at)->later;
	*at = job->later;
	if (job->later == NULL)
		j->later_end = at;
	job->is_later = false;
}

/*
 * Behind all that has come in by the next turn. One job a turn: however many there are,
 * others wait no longer than for one slice.
 */
void
later_add(struct job *job)
{
	struct jobs *j = job->worker->jobs;

	if (j->later == NULL)
		loop_timer_arm(j->later_timer, 0);
	job->later = NULL;
	job->is_later = true;
	*j->later_end = job;
	j->later_end = &job->later;
}

void
later_run(void *ctx)
{
	static const struct iter_event again = { .kind = ITER_EVENT_AGAIN };
	struct worker *w = ctx;
	struct job *job = w->jobs->later;

	if (job == NULL)
		return;
	later_remove(job);
	if (w->jobs->later != NULL)
		loop_timer_arm(w->jobs->later_timer, 0);
	worker_flush(w); /* what this turn has answered already goes first */
	job_advance(job, &again);
}
