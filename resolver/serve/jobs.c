#include "resolver/serve/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/serve/idle.h"
#include "resolver/serve/job.h"
#include "resolver/serve/later.h"
#include "resolver/serve/patience.h"
#include "resolver/serve/room.h"
#include "resolver/serve/share.h"
#include "resolver/serve/waiter.h"

struct jobs *
jobs_new(struct worker *w)
{
	size_t max = worker_conf(w)->tasks_max;
	struct jobs *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->waiting_max = max * WAITERS_PER_SLOT;
	j->jobs = htable_new(max);
	j->shares = htable_new(j->waiting_max);
	j->by_waiting = calloc(j->waiting_max + 1, sizeof(struct share *));
	rng_bytes(w->rng, &j->key, sizeof j->key);
	j->later_end = &j->later;
	j->idle_end = &j->idle;
	j->later_timer = loop_timer_new(w->loop, later_run, w);
	j->stale_end = &j->stale;
	j->stale_timer = loop_timer_new(w->loop, patience_run, w);
	if (j->jobs != NULL && j->shares != NULL && j->by_waiting != NULL &&
	    j->later_timer != NULL && j->stale_timer != NULL)
		return j;
	jobs_free(j);
	return NULL;
}

static void
free_job_node(struct htable_node *node, void *ctx)
{
	(void)ctx;
	job_free(HTABLE_OWNER(node, struct job, node));
}

void
jobs_free(struct jobs *j)
{
	struct waiter *next;

	if (j == NULL)
		return;
	if (j->jobs != NULL)
		htable_each(j->jobs, free_job_node, NULL);
	for (struct waiter *v = j->spare; v != NULL; v = next) {
		next = v->next;
		free(v);
	}
	loop_timer_free(j->later_timer);
	loop_timer_free(j->stale_timer);
	htable_free(j->jobs);
	htable_free(j->shares);
	free(j->by_waiting);
	free(j);
}

void
jobs_resolve(struct worker *w, const struct request *r)
{
	uint64_t hash = job_hash(w->jobs, r);
	struct job *job = job_find(w->jobs, r, hash);

	if (job != NULL && patience_ended(w, job, r))
		return;
	if (job != NULL) {
		if (waiter_add(w, job, r))
			counters_add(&w->counters, COUNT_JOINED);
		return;
	}
	if (!room_for_question(w, r)) {
		waiter_shed(w, r, COUNT_SHED_TASKS);
		return;
	}
	if ((job = job_new(w, r, hash)) == NULL) {
		waiter_shed(w, r, COUNT_SHED_MEMORY);
		return;
	}
	if (!waiter_add(w, job, r)) {
		job_free(job);
		return;
	}
	counters_add(&w->counters, COUNT_STARTED);
	job_start(job);
}

void
jobs_prefetch(struct worker *w, const struct request *r)
{
	uint64_t hash = job_hash(w->jobs, r);
	struct job *job;

	if (htable_count(w->jobs->jobs) >= htable_max(w->jobs->jobs) / 2 ||
	    job_find(w->jobs, r, hash) != NULL || (job = job_new(w, r, hash)) == NULL)
		return;
	request_copy(&job->prefetch, r);
	job->prefetch.udp = NULL;
	job->prefetch.tcp = NULL;
	iter_task_refresh(job->task);
	counters_add(&w->counters, COUNT_PREFETCHED);
	idle_add(job);
	job_start(job);
}

void
jobs_probe(
    struct worker *w, const struct probe_question *probe, jobs_probe_fn *done, void *ctx)
{
	struct request r = { .q = { .qtype = probe->qtype, .qclass = CLASS_IN } };
	struct job *job;

	if (probe->checking_disabled)
		r.q.flags = FLAG_CD;
	memcpy(r.q.qname, probe->name.bytes, probe->name.len);
	memcpy(r.q.qname_raw, probe->name.bytes, probe->name.len);
	if ((job = job_new(w, &r, job_hash(w->jobs, &r))) == NULL) {
		done(ctx, NULL);
		return;
	}
	job->report = true;
	job->probed = done;
	job->probed_ctx = ctx;
	iter_task_probe(job->task);
	counters_add(&w->counters, COUNT_PROBES);
	job_start(job);
}

size_t
jobs_bytes_max(const struct conf *conf)
{
	size_t waiters = (size_t)conf->tasks_max * WAITERS_PER_SLOT;
	size_t buckets =
	    2 * (conf->tasks_max + waiters); /* rounded up to a power of two */

	return conf->tasks_max * sizeof(struct job) +
	       waiters * (sizeof(struct waiter) + sizeof(struct share)) +
	       buckets * sizeof(struct htable_node *) +
	       (waiters + 1) * sizeof(struct share *);
}

size_t
jobs_in_flight(const struct jobs *j)
{
	return htable_count(j->jobs);
}

size_t
jobs_waiting(const struct jobs *j)
{
	return j->waiting;
}
