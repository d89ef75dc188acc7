#include "resolver/serve/job.h"

#include <stdlib.h>

#include "base/dns.h"
#include "resolver/serve/deliver.h"
#include "resolver/serve/idle.h"
#include "resolver/serve/later.h"
#include "resolver/serve/own.h"
#include "resolver/serve/patience.h"
#include "resolver/serve/room.h"
#include "resolver/serve/waiter.h"

uint64_t
job_hash(const struct jobs *j, const struct request *r)
{
	uint64_t tail = (uint64_t)r->q.qtype << 1 | ((r->q.flags & FLAG_CD) != 0);

	return dname_hash(&j->key, request_name(r)) + tail * 0x9e3779b97f4a7c15u;
}

struct job *
job_find(const struct jobs *j, const struct request *r, uint64_t hash)
{
	for (struct htable_node *n = htable_first(j->jobs, hash); n != NULL;
	     n = htable_next(n)) {
		struct job *job = HTABLE_OWNER(n, struct job, node);

		if (job->probed == NULL && job->qtype == r->q.qtype &&
		    job->checking_disabled == ((r->q.flags & FLAG_CD) != 0) &&
		    dname_equal(job->qname.bytes, request_name(r)))
			return job;
	}
	return NULL;
}

struct job *
job_new(struct worker *w, const struct request *r, uint64_t hash)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		goto fail0;
	job->worker = w;
	job->waiters_end = &job->waiters;
	job->qtype = r->q.qtype;
	job->epoch = worker_epoch(w);
	job->checking_disabled = (r->q.flags & FLAG_CD) != 0;
	dname_set(&job->qname, request_name(r));
	job->task =
	    iter_task_new(w->iter, job->qname.bytes, r->q.qtype, job->checking_disabled);
	if (job->task == NULL)
		goto fail1;
	if (r->target.len == 0)
		iter_task_case(job->task, r->q.qname_raw);
	if (!htable_insert(w->jobs->jobs, &job->node, hash))
		goto fail2;
	return job;

fail2:
	iter_task_free(job->task);
fail1:
	free(job);
fail0:
	return NULL;
}

void
job_free(struct job *job)
{
	struct jobs *j = job->worker->jobs;

	if (job->query != NULL)
		out_cancel(job->query);
	later_remove(job);
	patience_remove(job);
	idle_remove(job);
	if (job->probed != NULL)
		job->probed(job->probed_ctx, NULL);
	waiter_free_all(job);
	htable_remove(j->jobs, &job->node);
	iter_task_free(job->task);
	free(job);
}

static void
tell_prober(struct job *job, const struct answer *a)
{
	jobs_probe_fn *probed = job->probed;

	job->probed = NULL;
	if (probed != NULL)
		probed(job->probed_ctx, a);
}

static void
job_finish(struct job *job)
{
	struct worker *w = job->worker;
	const struct answer *a = iter_task_result(job->task);
	struct iter_facts facts;

	iter_task_facts(job->task, &facts);
	if (job->waiters == NULL && !job->report)
		deliver_renewal(w, &job->prefetch, a, &facts);
	for (struct waiter *v = job->waiters; v != NULL; v = v->next)
		deliver_answer(w, &v->r, a, &facts);
	tell_prober(job, a);
	own_report(w, job, a, &facts);
	own_signal(w, job);
	job_free(job);
}

static void
job_event(void *ctx, const struct out_event *e)
{
	struct job *job = ctx;
	struct iter_event event = {
		.kind = e->result == OUT_REPLY	   ? ITER_EVENT_REPLY
			: e->result == OUT_TIMEOUT ? ITER_EVENT_TIMEOUT
						   : ITER_EVENT_NETWORK,
		.reply = e->bytes,
		.reply_len = e->len,
		.case_differed = e->case_differed,
		.cookie_doubt = e->cookie_doubt,
		.spoofs_seen = e->spoofs_seen,
	};

	job->query = NULL;
	job_advance(job, &event);
}

/* We are out of sockets or memory: that is no server's fault, so the iterator does not
 * hear of it. */
static void
job_shed(struct job *job)
{
	for (struct waiter *v = job->waiters; v != NULL; v = v->next)
		waiter_shed(job->worker, &v->r, COUNT_SHED_SOCKETS);
	job_free(job);
}

/* Detection may know the server as one to which nobody's many zones bring data. That is
 * the question's affair, not the server's. */
static bool
job_may_send(const struct job *job, const struct addr *to)
{
	const struct request *r = job->waiters != NULL ? &job->waiters->r : NULL;

	if (r == NULL && job->stale != NULL)
		r = &job->prefetch; /* its clients were answered meanwhile */
	return r == NULL || r->exempt ||
	       detect_send(job->worker->shared->detect, r->zone_index, to,
		   worker_now(job->worker));
}

/* A step of the iterator. True: ${send} wants to leave. */
static bool
job_step(struct job *job, const struct iter_event *event, struct iter_send *send)
{
	job->busy = true;
	switch (iter_step(job->task, event, worker_now(job->worker), send)) {
	case ITER_SEND:
		return true;
	case ITER_AGAIN:
		job->busy = false;
		later_add(job);
		return false;
	case ITER_DONE:
		break;
	}
	job_finish(job);
	return false;
}

static uint8_t
pool_of(const struct iter_send *send)
{
	return send->tcp ? JOB_POOL_TCP : send->to.family;
}

bool
job_holds(const struct job *job, uint8_t pool)
{
	return !job->busy &&
	       (pool == JOB_POOL_ANY || (job->query != NULL && job->pool == pool));
}

/* Where all sockets are taken, one that is not so much wanted is given back. */
static enum err
job_send(struct job *job, const struct iter_send *send)
{
	struct out *out = job->worker->out;
	uint8_t pool = pool_of(send);
	enum err err = ERR_OK;

	for (unsigned tries = 0; tries < 2; tries++) {
		err = out_send(out, &send->to, send->tcp, send->query, send->query_len,
		    send->timeout_ms, job_event, job, &job->query);
		if (err != ERR_LIMIT || !room_for_query(job, pool))
			break;
	}
	job->pool = pool;
	return err;
}

/* One step, and one more for each query that had no way to leave: the iterator's budgets
 * end this. */
void
job_advance(struct job *job, const struct iter_event *event)
{
	static const struct iter_event unsent = { .kind = ITER_EVENT_NETWORK,
		.no_route = true };
	static const struct iter_event withheld = { .kind = ITER_EVENT_NETWORK,
		.withheld = true };
	struct iter_send send;
	enum err err;

	while (job_step(job, event, &send)) {
		if (!job_may_send(job, &send.to)) {
			event = &withheld;
			continue;
		}
		err = job_send(job, &send);
		if (err == ERR_LIMIT || err == ERR_NOMEM) {
			job_shed(job);
			return;
		}
		if (err != ERR_IO && !FAILS(err == ERR_RANGE)) {
			job->busy = false;
			return;
		}
		event = &unsent;
	}
}

void
job_start(struct job *job)
{
	static const struct iter_event start = { .kind = ITER_EVENT_START };

	patience_add(job);
	job_advance(job, &start);
}
