#include "resolver/serve/waiter.h"

#include <stdlib.h>

#include "base/dns.h"
#include "resolver/serve/idle.h"
#include "resolver/serve/patience.h"
#include "resolver/serve/reply.h"
#include "resolver/serve/room.h"
#include "resolver/serve/share.h"

/* Clients that wait for one job; a popular name at its expiry has some hundred. */
#define WAITERS_PER_JOB_MAX 1000u

static struct waiter *
waiter_new(struct jobs *j)
{
	struct waiter *v = j->spare;

	if (j->waiting >= j->waiting_max)
		return NULL;
	if (v != NULL)
		j->spare = v->next;
	else if ((v = malloc(sizeof *v)) == NULL)
		return NULL;
	j->waiting++;
	return v;
}

static void
waiter_free(struct jobs *j, struct waiter *v)
{
	share_remove(j, v);
	if (v->r.tcp != NULL)
		tcp_conn_unref(v->r.tcp);
	v->next = j->spare;
	j->spare = v;
	j->waiting--;
}

/* Cached and stale answers flow in overload too. */
void
waiter_shed(struct worker *w, const struct request *r, enum serve_counter cause)
{
	counters_add(&w->counters, cause);
	if (patience_without_job(w, r))
		return;
	reply_error(
	    w, r, RCODE_SERVFAIL, 0, EDE_OTHER, "too many questions are being resolved");
}

bool
waiter_add(struct worker *w, struct job *job, const struct request *r)
{
	struct jobs *j = w->jobs;
	struct share *s = share_of(j, &r->path.client);
	struct waiter *v;

	if (s == NULL) {
		waiter_shed(w, r, COUNT_SHED_MEMORY);
		return false;
	}
	if (!share_allows(w, s) || job->waiter_count >= WAITERS_PER_JOB_MAX) {
		waiter_shed(w, r, COUNT_SHED_CLIENT);
		goto fail;
	}
	if (!room_for_waiter(job, s) || (v = waiter_new(j)) == NULL) {
		waiter_shed(w, r, COUNT_SHED_MEMORY);
		goto fail;
	}
	request_copy(&v->r, r);
	v->r.epoch = job->epoch;
	if (v->r.tcp != NULL)
		tcp_conn_ref(v->r.tcp);
	share_add(j, s, v);
	idle_remove(job);
	v->job = job;
	v->next = NULL;
	*job->waiters_end = v;
	job->waiters_end = &v->next;
	job->waiter_count++;
	return true;

fail:
	share_release(j, s);
	return false;
}

void
waiter_leaves(struct waiter *v)
{
	struct job *job = v->job;
	struct waiter **at = &job->waiters;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	if (v->next == NULL)
		job->waiters_end = at;
	job->waiter_count--;
	waiter_free(job->worker->jobs, v);
}

void
waiter_free_some(struct job *job, bool (*is_done)(struct job *, struct waiter *))
{
	struct waiter **at = &job->waiters, *v;

	while ((v = *at) != NULL) {
		if (!is_done(job, v)) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		waiter_free(job->worker->jobs, v);
		job->waiter_count--;
	}
	job->waiters_end = at;
}

static bool
is_any(struct job *job, struct waiter *v)
{
	(void)job;
	(void)v;
	return true;
}

void
waiter_free_all(struct job *job)
{
	waiter_free_some(job, is_any);
}
