#include "resolver/serve/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/serve/deep.h"
#include "resolver/serve/jobs_private.h"
#include "resolver/serve/reply.h"

/* Clients that wait for one job; a popular name at its expiry has some hundred. */
#define WAITERS_PER_JOB_MAX 1000u
/* Waiters in all, per job slot: shared jobs are the exception among the misses. */
#define WAITERS_PER_SLOT 2u
/* Questions of the greediest client that are looked at for one that can give way. */
#define GIVE_WAY_LOOKS 16u
/* Reports of errors begin only while jobs are no more than this part of the table. */
#define REPORTS_SHARE 4u

static void job_advance(struct job *job, const struct iter_event *event);
static void job_start(struct job *job);
static bool stale_without_job(struct worker *w, const struct request *r);
static void stale_remove(struct job *job);

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
	share_remove(j, v);
	if (v->r.tcp != NULL)
		tcp_conn_unref(v->r.tcp);
	v->next = j->spare;
	j->spare = v;
	j->waiting--;
}

/* Cached and stale answers flow in overload too. */
static void
shed(struct worker *w, const struct request *r, enum serve_counter cause)
{
	counters_add(&w->counters, cause);
	if (stale_without_job(w, r))
		return;
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
	share_add(j, s, v);
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

		if (job->probed == NULL && job->qtype == r->q.qtype &&
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

/* ---- jobs that have more to compute ---- */

static void
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
static void
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

static void
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

static void
job_free_waiters(struct job *job)
{
	struct waiter *next;

	for (struct waiter *v = job->waiters; v != NULL; v = next) {
		next = v->next;
		waiter_free(job->worker->jobs, v);
	}
	job->waiters = NULL;
	job->waiters_end = &job->waiters;
	job->waiter_count = 0;
}

static void
job_free(struct job *job)
{
	struct jobs *j = job->worker->jobs;

	if (job->query != NULL)
		out_cancel(job->query);
	later_remove(job);
	stale_remove(job);
	if (job->probed != NULL)
		job->probed(job->probed_ctx, NULL);
	job_free_waiters(job);
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
	/* The task had the configuration that was in force when it began: what another
	 * one drops may be in its answer. */
	if ((r->generation ^ worker_generation(w)) >> 16 != 0)
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
	out->cacheable = false;		   /* own data is asked first, every time */
	out->security = SECURITY_INSECURE; /* its first link is nobody's signature */
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

/* ---- stale answers (RFC 8767) ---- */

static void
answer_stale(struct worker *w, struct request *r, const struct answer *a)
{
	struct iter_facts facts = { .zone = NULL };

	counters_add(&w->counters, COUNT_STALE);
	answer_waiter(w, r, a, &facts);
}

/* What has expired of late answers ${r}, and no job is needed. */
static bool
stale_without_job(struct worker *w, const struct request *r)
{
	const struct answer *a = NULL;
	struct iter_task *task;
	struct request own;

	if (!worker_conf(w)->serve_stale)
		return false;
	task = iter_task_new(
	    w->iter, request_name(r), r->q.qtype, (r->q.flags & FLAG_CD) != 0);
	if (task != NULL && (a = iter_task_stale(task, worker_now(w))) != NULL) {
		request_copy(&own, r);
		answer_stale(w, &own, a);
	}
	iter_task_free(task);
	return a != NULL;
}

static void
stale_remove(struct job *job)
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

static void
stale_add(struct job *job)
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

/* Those who wait have waited long enough; the job goes on for the cache. */
static void
stale_answer_all(struct job *job)
{
	struct worker *w = job->worker;

	job->stale = iter_task_stale(job->task, worker_now(w));
	if (job->waiters == NULL || job->stale == NULL)
		return;
	job->busy = true;
	for (struct waiter *v = job->waiters; v != NULL; v = v->next) {
		answer_stale(w, &v->r, job->stale);
		request_copy(&job->prefetch, &v->r);
	}
	job->prefetch.udp = NULL;
	job->prefetch.tcp = NULL;
	job_free_waiters(job);
	job->busy = false;
}

static void
stale_run(void *ctx)
{
	struct worker *w = ctx;
	struct job *job;
	uint64_t now_ms = worker_now(w);

	while ((job = w->jobs->stale) != NULL && job->stale_at_ms <= now_ms) {
		stale_remove(job);
		stale_answer_all(job);
	}
	if (job != NULL)
		loop_timer_arm(
		    w->jobs->stale_timer, (uint32_t)(job->stale_at_ms - now_ms));
}

/* ${job} has kept others waiting too long already. */
static bool
stale_join(struct worker *w, struct job *job, const struct request *r)
{
	struct request own;

	if (job->stale == NULL)
		return false;
	request_copy(&own, r);
	answer_stale(w, &own, job->stale);
	return true;
}

/* Nobody waits: judged, lest what changes in every life come down unseen, and rendered
 * for the cache alone. */
static void
renew(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts)
{
	if (r->key.qname == NULL || r->target.len > 0)
		return;
	if (!deep_judge_renewal(w, r, a, facts->zone, &facts->authority))
		return;
	if (answer_render(a, &r->q, SCRATCH_BYTES, worker_conf(w)->minimal_answers,
		w->scratch, &w->rendered) == ERR_OK)
		keep_rendered(w, r, a);
}

/* A question of our own, while there are few enough others not to be in any client's way.
 */
static void
ask_ourselves(struct worker *w, struct request *r, enum serve_counter counter)
{
	uint64_t hash;
	struct job *own;

	memcpy(r->q.qname_raw, r->q.qname, sizeof(r->q.qname_raw));
	hash = job_hash(w->jobs, r);
	if (job_find(w->jobs, r, hash) != NULL || (own = job_new(w, r, hash)) == NULL)
		return;
	own->report = true;
	counters_add(&w->counters, counter);
	job_start(own);
}

static bool
is_quiet(const struct jobs *j)
{
	return htable_count(j->jobs) < htable_max(j->jobs) / REPORTS_SHARE;
}

static void
report_failure(struct worker *w, const struct job *job, const struct answer *a,
    const struct iter_facts *facts)
{
	struct request r = { .q = { .qtype = TYPE_TXT, .qclass = CLASS_IN } };

	if (!job->report && is_quiet(w->jobs) &&
	    report_due(worker_conf(w), a, facts, job->qtype, &w->reports, worker_now(w),
		r.q.qname))
		ask_ourselves(w, &r, COUNT_REPORTED);
}

/* RFC 8145 5: the cache knows that there is no such name, as a rule. */
static void
send_signal(struct worker *w, const struct job *job)
{
	struct request r = { .q = { .qtype = TYPE_NULL,
				 .qclass = CLASS_IN,
				 .flags = FLAG_RD | FLAG_CD } };
	struct dname name;

	if (!iter_task_signal(job->task, &name) || !is_quiet(w->jobs))
		return;
	memcpy(r.q.qname, name.bytes, name.len);
	ask_ourselves(w, &r, COUNT_KEY_TAG_SIGNALS);
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
		renew(w, &job->prefetch, a, &facts);
	for (struct waiter *v = job->waiters; v != NULL; v = v->next)
		answer_waiter(w, &v->r, a, &facts);
	tell_prober(job, a);
	report_failure(w, job, a, &facts);
	send_signal(w, job);
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
		shed(job->worker, &v->r, COUNT_SHED_SOCKETS);
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

/* One step, and one more for each query that had no way to leave: the iterator's budgets
 * end this. */
static void
job_advance(struct job *job, const struct iter_event *event)
{
	static const struct iter_event unsent = { .kind = ITER_EVENT_NETWORK,
		.no_route = true };
	static const struct iter_event withheld = { .kind = ITER_EVENT_NETWORK,
		.withheld = true };
	struct worker *w = job->worker;
	struct iter_send send;
	enum err err;

	while (job_step(job, event, &send)) {
		if (!job_may_send(job, &send.to)) {
			event = &withheld;
			continue;
		}
		err = out_send(w->out, &send.to, send.tcp, send.query, send.query_len,
		    send.timeout_ms, job_event, job, &job->query);
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

static void
job_start(struct job *job)
{
	static const struct iter_event start = { .kind = ITER_EVENT_START };

	stale_add(job);
	job_advance(job, &start);
}

/* ---- when all places are taken ---- */

/*
 * The newest question of the client that has most: it has waited least, and its client
 * has others. Not one that other clients wait for as well.
 */
static struct job *
job_to_give_way(const struct jobs *j)
{
	const struct share *s = j->by_waiting[j->greediest];
	const struct waiter *v = s == NULL ? NULL : s->newest;

	for (unsigned i = 0; v != NULL && i < GIVE_WAY_LOOKS; i++, v = v->older)
		if (v->job->waiter_count == 1 && !v->job->busy)
			return v->job;
	return NULL;
}

/* A place for a new question of ${r}'s client; false: it is to be shed itself. */
static bool
make_room(struct worker *w, const struct request *r)
{
	struct jobs *j = w->jobs;
	struct job *job;

	if (htable_count(j->jobs) < htable_max(j->jobs))
		return true;
	/* Afterwards it must not be the greediest in the other's stead. */
	if (share_waiting(j, &r->path.client) + 1 >= j->greediest ||
	    (job = job_to_give_way(j)) == NULL)
		return false;
	shed(w, &job->waiters->r, COUNT_SHED_GREEDIEST);
	job_free(job);
	return true;
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
	j->by_waiting = calloc(j->waiting_max + 1, sizeof(struct share *));
	rng_bytes(w->rng, &j->key, sizeof j->key);
	j->later_end = &j->later;
	j->later_timer = loop_timer_new(w->loop, later_run, w);
	j->stale_end = &j->stale;
	j->stale_timer = loop_timer_new(w->loop, stale_run, w);
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

	if (job != NULL && stale_join(w, job, r))
		return;
	if (job != NULL) {
		if (job_add_waiter(w, job, r))
			counters_add(&w->counters, COUNT_JOINED);
		return;
	}
	if (!make_room(w, r)) {
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
