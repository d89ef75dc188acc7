#include "resolver/serve/patience.h"

#include "base/dns.h"
#include "resolver/serve/deliver.h"
#include "resolver/serve/idle.h"
#include "resolver/serve/waiter.h"

static void
answer_stale(struct worker *w, struct request *r, const struct answer *a)
{
	struct iter_facts facts = { .zone = NULL };

	counters_add(&w->counters, COUNT_STALE);
	deliver_answer(w, r, a, &facts);
}

/* What lacks a proof is of no use to those who want signatures. */
static bool
will_do(const struct request *r, const struct answer *a)
{
	return a != NULL && !(a->unproved && r->q.edns.dnssec_ok);
}

/* What has expired of late answers ${r}, and no job is needed. */
bool
patience_without_job(struct worker *w, const struct request *r)
{
	const struct answer *a = NULL;
	struct iter_task *task;
	struct request own;
	bool done;

	if (!worker_conf(w)->serve_stale)
		return false;
	task = iter_task_new(
	    w->iter, request_name(r), r->q.qtype, (r->q.flags & FLAG_CD) != 0);
	if (task != NULL)
		a = iter_task_stale(task, worker_now(w));
	if ((done = will_do(r, a))) {
		request_copy(&own, r);
		answer_stale(w, &own, a);
	}
	iter_task_free(task);
	return done;
}

void
patience_remove(struct job *job)
{
	struct jobs *j = job->worker->jobs;

	if (job->stale_back == NULL)
		return;
	*job->stale_back = job->stale_next;
	if (job->stale_next != NULL)
		job->stale_next->stale_back = job->stale_back;
	else
		j->stale_end = job->stale_back;
	job->stale_back = NULL;
}

void
patience_add(struct job *job)
{
	struct jobs *j = job->worker->jobs;
	const struct conf *conf = worker_conf(job->worker);

	if (!conf->serve_stale)
		return;
	job->stale_at_ms = worker_now(job->worker) + conf->stale_answer_ms;
	if (j->stale == NULL)
		loop_timer_arm(j->stale_timer, conf->stale_answer_ms);
	job->stale_next = NULL;
	job->stale_back = j->stale_end;
	*j->stale_end = job;
	j->stale_end = &job->stale_next;
}

static bool
answer_waiter(struct job *job, struct waiter *v)
{
	if (!will_do(&v->r, job->stale))
		return false;
	answer_stale(job->worker, &v->r, job->stale);
	request_copy(&job->prefetch, &v->r);
	job->prefetch.udp = NULL;
	job->prefetch.tcp = NULL;
	return true;
}

/* Those who wait have waited long enough; the job goes on for the cache. */
static void
answer_all(struct job *job)
{
	job->stale = iter_task_stale(job->task, worker_now(job->worker));
	if (job->waiters == NULL || job->stale == NULL)
		return;
	job->busy = true;
	waiter_free_some(job, answer_waiter);
	if (job->waiters == NULL)
		idle_add(job);
	job->busy = false;
}

void
patience_run(void *ctx)
{
	struct worker *w = ctx;
	struct job *job;
	uint64_t now_ms = worker_now(w);

	while ((job = w->jobs->stale) != NULL && job->stale_at_ms <= now_ms) {
		patience_remove(job);
		answer_all(job);
	}
	if (job != NULL)
		loop_timer_arm(
		    w->jobs->stale_timer, (uint32_t)(job->stale_at_ms - now_ms));
}

/* ${job} has kept others waiting too long already. */
bool
patience_ended(struct worker *w, struct job *job, const struct request *r)
{
	struct request own;

	if (!will_do(r, job->stale))
		return false;
	request_copy(&own, r);
	own.epoch = job->epoch;
	answer_stale(w, &own, job->stale);
	return true;
}
