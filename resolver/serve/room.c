#include "resolver/serve/room.h"

#include "resolver/serve/idle.h"
#include "resolver/serve/share.h"
#include "resolver/serve/waiter.h"

/* Who wait, looked at for one place: 0.1 ms when no memory is near. The first will do,
 * but where only one kind of socket helps, and somebody has hidden those. */
#define LOOKS_MAX 2048

/* Everybody who waits for ${job} has more than ${least} waiting; where several do, each
 * is nearly as greedy as the greediest: an innocent one among them keeps it. */
static bool
is_of_greedy_alone(const struct job *job, size_t least, int *looks)
{
	size_t half = job->worker->jobs->greediest / 2;

	if (job->waiter_count > 1 && least < half)
		least = half;
	for (const struct waiter *v = job->waiters; v != NULL; v = v->next)
		if (v->share->waiting <= least || --*looks <= 0)
			return false;
	return true;
}

/* The newest has waited least, and its client has others. */
static struct job *
newest_job(const struct share *s, size_t least, uint8_t pool, int *looks)
{
	for (const struct waiter *v = s->newest; v != NULL; v = v->older) {
		if (--*looks <= 0)
			return NULL;
		if (job_holds(v->job, pool) && is_of_greedy_alone(v->job, least, looks))
			return v->job;
	}
	return NULL;
}

/* From those with most waiting down to those with little more than ${least}. */
static struct job *
greediest_job(const struct jobs *j, size_t least, uint8_t pool)
{
	struct job *job = NULL;
	int looks = LOOKS_MAX;

	for (size_t n = j->greediest; n > least && looks > 0 && job == NULL; n--)
		for (const struct share *s = j->by_waiting[n]; s != NULL && job == NULL;
		     s = s->next_equal)
			job = newest_job(s, least, pool, &looks);
	return job;
}

static bool
greediest_gives_way(struct worker *w, size_t least, uint8_t pool)
{
	struct job *job = greediest_job(w->jobs, least, pool);

	if (job == NULL)
		return false;
	for (const struct waiter *v = job->waiters; v != NULL; v = v->next)
		waiter_shed(w, &v->r, COUNT_SHED_GREEDIEST);
	job_free(job);
	return true;
}

bool
room_for_question(struct worker *w, const struct request *r)
{
	struct jobs *j = w->jobs;

	if (htable_count(j->jobs) < htable_max(j->jobs))
		return true;
	/* With one more it must not be the greediest in the other's stead. */
	return idle_give_way(w, JOB_POOL_ANY) ||
	       greediest_gives_way(
		   w, share_waiting(j, &r->path.client) + 1, JOB_POOL_ANY);
}

/* One who waits gives way, and his job only if nobody else waits for it. */
bool
room_for_waiter(struct job *job, const struct share *s)
{
	struct worker *w = job->worker;
	struct jobs *j = w->jobs;
	struct waiter *newest;
	struct job *left;

	if (j->waiting < j->waiting_max)
		return true;
	if (j->greediest <= s->waiting + 1)
		return false;
	newest = j->by_waiting[j->greediest]->newest;
	if ((left = newest->job)->busy)
		return false;
	waiter_shed(w, &newest->r, COUNT_SHED_GREEDIEST);
	waiter_leaves(newest);
	if (left->waiters == NULL && left != job)
		job_free(left);
	return true;
}

bool
room_for_query(struct job *job, uint8_t pool)
{
	size_t least = SIZE_MAX;

	for (const struct waiter *v = job->waiters; v != NULL; v = v->next)
		if (v->share->waiting < least)
			least = v->share->waiting;
	return least < SIZE_MAX && (idle_give_way(job->worker, pool) ||
				       greediest_gives_way(job->worker, least, pool));
}
