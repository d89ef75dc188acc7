#include "resolver/serve/idle.h"

void
idle_add(struct job *job)
{
	struct jobs *j = job->worker->jobs;

	if (job->idle_back != NULL)
		return;
	job->idle_next = NULL;
	job->idle_back = j->idle_end;
	*j->idle_end = job;
	j->idle_end = &job->idle_next;
}

void
idle_remove(struct job *job)
{
	struct jobs *j = job->worker->jobs;

	if (job->idle_back == NULL)
		return;
	*job->idle_back = job->idle_next;
	if (job->idle_next != NULL)
		job->idle_next->idle_back = job->idle_back;
	else
		j->idle_end = job->idle_back;
	job->idle_back = NULL;
}

bool
idle_give_way(struct worker *w, uint8_t pool)
{
	struct job *job = w->jobs->idle;

	while (job != NULL && !job_holds(job, pool))
		job = job->idle_next;
	if (job == NULL)
		return false;
	counters_add(&w->counters, COUNT_SHED_IDLE);
	job_free(job);
	return true;
}
