#ifndef SERVE_JOBS_PRIVATE_H
#define SERVE_JOBS_PRIVATE_H

#include "base/htable.h"
#include "resolver/serve/context.h"
#include "resolver/serve/jobs.h"

/*
 * What jobs.c and jobs_share.c know of questions in flight. A waiter is one client's
 * question; it belongs to the job that will answer it and to the share of its client.
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
	struct job *later;	 /* the next in jobs->later */
	bool is_later;
	struct waiter *waiters;
	struct waiter **waiters_end;
	unsigned waiter_count;
	uint16_t qtype;
	bool checking_disabled;
	bool busy;   /* the iterator has it, or its answers go out: it cannot give way */
	bool report; /* a question of our own: nobody's answer is renewed */
	/* in jobs->stale, until it has taken so long that what has expired will do */
	struct job *stale_next, **stale_back;
	uint64_t stale_at_ms;
	const struct answer *stale; /* in the task; NULL: none, or it is not yet time */
	jobs_probe_fn *probed;	    /* one past the caches: nobody else may join it */
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
	/* jobs in the order of stale_at_ms */
	struct job *stale, **stale_end;
	struct loop_timer *stale_timer;
};

/** share_of(j, client): that of ${client}'s address, made if there is none yet; NULL
 * without memory. */
struct share *share_of(struct jobs *j, const struct addr *client);
/** share_release(j, s): one without waiters goes. */
void share_release(struct jobs *j, struct share *s);
/** share_add / share_remove(j, ...): ${v} begins and ends to count for its client. */
void share_add(struct jobs *j, struct share *s, struct waiter *v);
void share_remove(struct jobs *j, struct waiter *v);
/** share_allows(w, s): the client may have one more. */
bool share_allows(const struct worker *w, const struct share *s);
/** share_waiting(j, client): how many it has. */
size_t share_waiting(const struct jobs *j, const struct addr *client);

#endif
