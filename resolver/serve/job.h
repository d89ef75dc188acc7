#ifndef SERVE_JOB_H
#define SERVE_JOB_H

#include "base/htable.h"
#include "resolver/serve/context.h"
#include "resolver/serve/jobs.h"

/*
 * A question in flight, from its first step to the answer, and what the files around it
 * know of all of them (jobs.h): waiter.h (who waits), share.h (fairness), patience.h
 * (stale answers), later.h (turns), idle.h (nobody waits), room.h (who gives way),
 * deliver.h (answers), own.h (questions of our own). A waiter is one client's question;
 * it belongs to the job that will answer it and to the share of its client.
 */

/* One client address with questions waiting. */
struct share {
	struct htable_node node;
	struct addr host;
	uint32_t waiting;
	struct share *next_equal, **back_equal; /* those with as many waiting */
	struct waiter *newest;
};

struct waiter {
	struct waiter *next;	      /* of the job */
	struct waiter *older, *newer; /* of the share */
	struct job *job;
	struct share *share;
	struct request r;
};

struct job {
	struct htable_node node;
	struct worker *worker;
	struct iter_task *task;
	struct out_query *query; /* on its way, or NULL */
	uint8_t pool;		 /* of ${query} */
	struct job *later;	 /* the next in jobs->later */
	bool is_later;
	struct waiter *waiters;
	struct waiter **waiters_end;
	unsigned waiter_count;
	uint16_t qtype;
	uint16_t epoch; /* worker_epoch when it began */
	bool checking_disabled;
	bool busy;   /* the iterator has it, or its answers go out: it cannot give way */
	bool report; /* a question of our own: nobody's answer is renewed */
	/* in jobs->stale, until it has taken so long that what has expired will do */
	struct job *stale_next, **stale_back;
	uint64_t stale_at_ms;
	const struct answer *stale; /* in the task; NULL: none, or it is not yet time */
	struct job *idle_next, **idle_back; /* in jobs->idle, while nobody waits */
	jobs_probe_fn *probed; /* one past the caches: nobody else may join it */
	void *probed_ctx;
	struct dname qname;
	struct request prefetch; /* whose answer is renewed, when nobody waits */
};

struct jobs {
	struct htable *jobs;
	struct htable *shares;
	struct waiter *spare; /* given back, to be used again */
	size_t waiting, waiting_max;
	struct share **by_waiting; /* waiting_max + 1 lists */
	size_t greediest;	   /* the last of them that is not empty */
	struct hashkey key;
	/* jobs with more to compute, one of which goes on in each turn of the loop */
	struct job *later, **later_end;
	struct loop_timer *later_timer;
	/* jobs that nobody waits for (idle.h), in the order in which that began */
	struct job *idle, **idle_end;
	/* jobs in the order of stale_at_ms */
	struct job *stale, **stale_end;
	struct loop_timer *stale_timer;
};

/** job_hash(j, r) and job_find(j, r, hash): the job that resolves what ${r} asks; NULL:
 * none. One that is probed (jobs_probe) is nobody else's. */
uint64_t job_hash(const struct jobs *j, const struct request *r);
struct job *job_find(const struct jobs *j, const struct request *r, uint64_t hash);
/** job_new(w, r, hash): for which nobody waits yet; to be started. NULL: no place or no
 * memory. */
struct job *job_new(struct worker *w, const struct request *r, uint64_t hash);
/** Whose sockets a query takes: one family's UDP (ADDR_V4, ADDR_V6), or TCP's. */
enum { JOB_POOL_ANY, JOB_POOL_TCP = ADDR_V6 + 1 };
/** job_holds(job, pool): it can be given up just now, and has a query of ${pool} under
 * way (JOB_POOL_ANY: or none). */
bool job_holds(const struct job *job, uint8_t pool);
/** job_free(job): gives it up; who waits is not answered. */
void job_free(struct job *job);

/** job_start(job): the first step. ${job} may be gone afterwards. */
void job_start(struct job *job);
/** job_advance(job, event): tells its task, and sends what that wants sent; at its end
 * answers all who wait. ${job} may be gone afterwards. */
void job_advance(struct job *job, const struct iter_event *event);

#endif
