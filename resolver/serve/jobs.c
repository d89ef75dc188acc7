#include "resolver/serve/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/serve/deep.h"
#include "resolver/serve/reply.h"

/* Clients that wait for one job; a popular name at its expiry has some hundred. */
#define WAITERS_PER_JOB_MAX 1000u
/* Waiters in all, per job slot: shared jobs are the exception among the misses. */
#define WAITERS_PER_SLOT 2u
/* Past half of the jobs, a client address has at most this part of them. */
#define CROWDED_SHARE 8u

/* One client address with questions waiting. */
struct share {
	struct htable_node node;
	struct addr host;
	uint32_t waiting;
};

struct waiter {
	struct waiter *next;
	struct share *share;
	struct request r;
};

struct job {
	struct htable_node node;
	struct worker *worker;
	struct iter_task *task;
	struct out_query *query; /* on its way, or NULL */
	struct waiter *waiters;
	struct waiter **waiters_end;
	unsigned waiter_count;
	uint16_t qtype;
	bool checking_disabled;
	struct dname qname;
	struct request prefetch; /* whose answer is renewed, when nobody waits */
};

struct jobs {
	struct htable *jobs;
	struct htable *shares;
	struct waiter *spare; /* given back, to be used again */
	size_t waiting, waiting_max;
	struct hashkey key;
};

static void job_advance(struct job *job, const struct iter_event *event);

/* ---- clients' shares ---- */

static struct share *
share_of(struct jobs *j, const struct addr *client)
{
	struct addr host = addr_mask(client, client->family == ADDR_V4 ? 32 : 64);
	uint64_t hash = addr_hash(&j->key, &host);
	struct share *s;

	for (struct htable_node *n = htable_first(j->shares, hash); n != NULL;
	     n = htable_next(n))
		if (addr_same_host(
			&(s = HTABLE_OWNER(n, struct share, node))->host, &host))
			return s;
	if ((s = calloc(1, sizeof *s)) == NULL)
		return NULL;
	s->host = host;
	if (htable_insert(j->shares, &s->node, hash))
		return s;
	free(s);
	return NULL;
}

static void
share_release(struct jobs *j, struct share *s)
{
	if (s->waiting > 0)
		return;
	htable_remove(j->shares, &s->node);
	free(s);
}

static bool
share_allows(const struct worker *w, const struct share *s)
{
	const struct conf *conf = worker_conf(w);
	size_t jobs = htable_count(w->jobs->jobs), max = htable_max(w->jobs->jobs);

	if (s->waiting >= conf->waiting_per_client_max)
		return false;
	return jobs < max / 2 || s->waiting < max / CROWDED_SHARE;
}

/* ---- waiters ---- */

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
	v->share->waiting--;
	share_release(j, v->share);
	if (v->r.tcp != NULL)
		tcp_conn_unref(v->r.tcp);
	v->next = j->spare;
	j->spare = v;
	j->waiting--;
}

static void
shed(struct worker *w, const struct request *r, enum serve_counter cause)
{
	counters_add(&w->counters, cause);
	reply_error(
	    w, r, RCODE_SERVFAIL, 0, EDE_OTHER, "too many questions are being resolved");
}

/* The client's place in ${job}; false: shed, and told so. */
static bool
job_add_waiter(struct worker *w, struct job *job, const struct request *r)
{
	struct jobs *j = w->jobs;
	struct share *s = share_of(j, &r->path.client);
	struct waiter *v;

	if (s == NULL) {
		shed(w, r, COUNT_SHED_MEMORY);
		return false;
	}
	if (!share_allows(w, s) || job->waiter_count >= WAITERS_PER_JOB_MAX) {
		shed(w, r, COUNT_SHED_CLIENT);
		goto fail;
	}
	if ((v = waiter_new(j)) == NULL) {
		shed(w, r, COUNT_SHED_MEMORY);
		goto fail;
	}
	request_copy(&v->r, r);
	if (v->r.tcp != NULL)
		tcp_conn_ref(v->r.tcp);
	v->share = s;
	s->waiting++;
	v->next = NULL;
	*job->waiters_end = v;
	job->waiters_end = &v->next;
	job->waiter_count++;
	return true;

fail:
	share_release(j, s);
	return false;
}

/* ---- jobs ---- */

static uint64_t
job_hash(const struct jobs *j, const struct request *r)
{
	uint64_t tail = (uint64_t)r->q.qtype << 1 | ((r->q.flags & FLAG_CD) != 0);

	return dname_hash(&j->key, request_name(r)) + tail * 0x9e3779b97f4a7c15u;
}

static struct job *
job_find(const struct jobs *j, const struct request *r, uint64_t hash)
{
	for (struct htable_node *n = htable_first(j->jobs, hash); n != NULL;
	     n = htable_next(n)) {
		struct job *job = HTABLE_OWNER(n, struct job, node);

		if (job->qtype == r->q.qtype &&
		    job->checking_disabled == ((r->q.flags & FLAG_CD) != 0) &&
		    dname_equal(job->qname.bytes, request_name(r)))
			return job;
	}
	return NULL;
}

static struct job *
job_new(struct worker *w, const struct request *r, uint64_t hash)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		goto fail0;
	job->worker = w;
	job->waiters_end = &job->waiters;
	job->qtype = r->q.qtype;
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

static void
job_free(struct job *job)
{
	struct jobs *j = job->worker->jobs;
	struct waiter *next;

	if (job->query != NULL)
		out_cancel(job->query);
	for (struct waiter *v = job->waiters; v != NULL; v = next) {
		next = v->next;
		waiter_free(j, v);
	}
	htable_remove(j->jobs, &job->node);
	iter_task_free(job->task);
	free(job);
}

/* What lies in w->scratch after reply_answer goes into the cache, for the next who asks.
 */
static void
keep_rendered(struct worker *w, const struct request *r, const struct answer *a)
{
	struct anscache_info info = {
		.len = (uint16_t)w->rendered.len,
		.rcode = a->rcode,
		.ede_code = (int16_t)a->ede_code,
		.security = a->security,
		.generation =
		    r->generation, /* a policy that came since has not seen it */
		.zone_index = r->zone_index,
	};

	if (!a->cacheable || w->rendered.truncated || a->ttl_sec == 0)
		return;
	/* More records than places for their TTLs: they could not count down. */
	if (w->rendered.ttl_count == 0 && (a->answer != NULL || a->authority != NULL))
		return;
	anscache_put(w->shared->anscache, &r->key, w->scratch, &info, w->rendered.ttl_at,
	    w->rendered.ttl_count, a->ttl_sec, worker_now(w));
}

/* DNSBomb: replies that were held back long arrive as one burst at a forged source. */
static bool
too_late(const struct worker *w, const struct request *r)
{
	uint32_t late_ms = worker_conf(w)->reply_late_ms;

	return r->udp != NULL && late_ms != 0 && worker_now(w) - r->received_ms > late_ms;
}

static bool
append_copies(struct arena *arena, struct rrset **list, const struct rrset *sets)
{
	for (; sets != NULL; sets = sets->next) {
		struct rrset *copy = rrset_copy(arena, sets);

		if (copy == NULL)
			return false;
		rrset_append(list, copy);
	}
	return true;
}

/* Own CNAMEs go before what became of their target (RFC 1034 4.3.2). False: they are gone
 * meanwhile. */
static bool
lead_in(
    struct worker *w, const struct request *r, const struct answer *a, struct answer *out)
{
	if (local_answer(w->policy->local, &r->q, w->arena, out) != LOCAL_ANSWER)
		return false;
	out->rcode = a->rcode;
	out->authoritative = false;
	out->cacheable = false; /* own data is asked first, every time */
	out->security = a->security;
	out->ede_code = a->ede_code;
	out->ede_text = a->ede_text;
	return append_copies(w->arena, &out->answer, a->answer) &&
	       append_copies(w->arena, &out->authority, a->authority);
}

static void
answer_aliased(struct worker *w, const struct request *r, const struct answer *a)
{
	struct answer whole;

	if (lead_in(w, r, a, &whole))
		(void)reply_answer(w, r, &whole);
	else
		reply_error(w, r, RCODE_SERVFAIL, 0, EDE_OTHER, "local data has changed");
	arena_reset(w->arena);
}

static void
answer_waiter(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts)
{
	if (!deep_judge_answer(w, r, a, facts->zone, &facts->authority))
		return;
	if (too_late(w, r)) {
		counters_add(&w->counters, COUNT_REPLY_LATE);
		return;
	}
	if (r->target.len > 0)
		answer_aliased(w, r, a);
	else if (reply_answer(w, r, a))
		keep_rendered(w, r, a);
}

/* Nobody waits: judged, lest what changes in every life come down unseen, and rendered
 * for the cache alone. */
static void
renew(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts)
{
	if (!deep_judge_renewal(w, r, a, facts->zone, &facts->authority))
		return;
	if (answer_render(a, &r->q, SCRATCH_BYTES, worker_conf(w)->minimal_answers,
		w->scratch, &w->rendered) == ERR_OK)
		keep_rendered(w, r, a);
}

static void
job_finish(struct job *job)
{
	struct worker *w = job->worker;
	const struct answer *a = iter_task_result(job->task);
	struct iter_facts facts;

	iter_task_facts(job->task, &facts);
	if (job->waiters == NULL)
		renew(w, &job->prefetch, a, &facts);
	for (struct waiter *v = job->waiters; v != NULL; v = v->next)
		answer_waiter(w, &v->r, a, &facts);
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
		shed(job->worker, &v->r, COUNT_SHED_SOCKETS);
	job_free(job);
}

/* Detection may know the server as one to which nobody's many zones bring data. To the
 * iterator it is one that cannot be reached. */
static bool
job_may_send(const struct job *job, const struct addr *to)
{
	const struct waiter *v = job->waiters;

	return v == NULL || v->r.exempt ||
	       detect_send(job->worker->shared->detect, v->r.zone_index, to,
		   worker_now(job->worker));
}

/* One step, and one more for each query that had no way to leave: the iterator's budgets
 * end this. */
static void
job_advance(struct job *job, const struct iter_event *event)
{
	static const struct iter_event unsent = { .kind = ITER_EVENT_NETWORK,
		.no_route = true };
	static const struct iter_event unwanted = { .kind = ITER_EVENT_NETWORK };
	struct worker *w = job->worker;
	struct iter_send send;
	enum err err;

	for (;;) {
		if (iter_step(job->task, event, worker_now(w), &send) == ITER_DONE) {
			job_finish(job);
			return;
		}
		if (!job_may_send(job, &send.to)) {
			event = &unwanted;
			continue;
		}
		err = out_send(w->out, &send.to, send.tcp, send.query, send.query_len,
		    send.timeout_ms, job_event, job, &job->query);
		if (err == ERR_LIMIT || err == ERR_NOMEM)
			job_shed(job);
		if (err != ERR_IO && !FAILS(err == ERR_RANGE))
			return;
		event = &unsent;
	}
}

static void
job_start(struct job *job)
{
	static const struct iter_event start = { .kind = ITER_EVENT_START };

	job_advance(job, &start);
}

/* ---- the folder's face ---- */

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
	rng_bytes(w->rng, &j->key, sizeof j->key);
	if (j->jobs != NULL && j->shares != NULL)
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
	htable_free(j->jobs);
	htable_free(j->shares);
	free(j);
}

void
jobs_resolve(struct worker *w, const struct request *r)
{
	uint64_t hash = job_hash(w->jobs, r);
	struct job *job = job_find(w->jobs, r, hash);

	if (job != NULL) {
		if (job_add_waiter(w, job, r))
			counters_add(&w->counters, COUNT_JOINED);
		return;
	}
	if (htable_count(w->jobs->jobs) >= htable_max(w->jobs->jobs)) {
		shed(w, r, COUNT_SHED_TASKS);
		return;
	}
	if ((job = job_new(w, r, hash)) == NULL) {
		shed(w, r, COUNT_SHED_MEMORY);
		return;
	}
	if (!job_add_waiter(w, job, r)) {
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
	       buckets * sizeof(struct htable_node *);
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
