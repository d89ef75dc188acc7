#ifndef SERVE_CONTEXT_H
#define SERVE_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/htable.h"
#include "base/siphash.h"
#include "resolver/net/loop.h"
#include "resolver/os/rng.h"
#include "resolver/serve/report.h"
#include "resolver/serve/worker.h"
#include "resolver/wire/answer.h"
#include "resolver/wire/cookie.h"

/*
 * What the files of serve/ know of a worker and of a request. Private to this folder.
 */

/* A rendered message: as long as TCP bears. */
#define SCRATCH_BYTES 65535u
/* Local and sinkhole answers: a few records. */
#define SCRATCH_ARENA_BYTES (256u << 10)
#define NO_ZONE		    UINT32_MAX

/** One question of one client, with all that its answer will need. By value: in a batch
 * slot, then in a waiter. */
struct request {
	struct question q;
	struct dname target; /* where an own CNAME leads, canonical; len 0: nowhere */
	struct udp_listener *udp; /* NULL: it came by TCP */
	struct udp_path path;	  /* client and, for UDP, the address asked */
	struct tcp_conn *tcp;
	bool verified;	     /* the client's address is not forged */
	bool stranger;	     /* an error by UDP may not be longer than the question */
	uint8_t cookie;	     /* enum cookie_state */
	uint16_t asked_len;  /* bytes of the question's message */
	uint32_t group;	     /* index in the policy's groups when it came */
	uint32_t zone_index; /* detection's, once judged; NO_ZONE before */
	bool exempt;	     /* allowed, local or forwarded: counted, not stopped */
	uint64_t received_ms;
	uint32_t generation; /* worker_generation when it came: what its answer is cleared
				under */
	uint16_t epoch; /* worker_epoch when its job began: of what an alias led to */
	struct anscache_key key; /* its qname points into q: see request_copy */
};

struct worker {
	struct shared *shared;
	struct policy
	    *policy; /* the reference of this worker; looked at anew each turn */
	struct loop *loop;
	struct rng *rng;
	struct iter *iter;
	uint32_t anchors_generation; /* those that ${iter} has; 0: the configuration's */
	struct probes *probes;	     /* NULL: another worker's business */
	struct out *out;
	size_t listener_count;
	struct udp_listener **udp;
	struct tcp_listener **tcp;

	struct jobs *jobs; /* questions being resolved: jobs.h */
	struct arena
	    *arena; /* for one answer that is not recursion's; reset after each */
	struct request slots[UDP_BATCH];
	uint8_t scratch[SCRATCH_BYTES]; /* an answer as it may be cached: nobody's yet */
	uint8_t tcp_out[SCRATCH_BYTES]; /* one client's, on its way */
	struct rendered rendered;
	struct bucket reports;	       /* report.h */
	struct cookie_secrets cookies; /* of the policy, or of the day: worker_cookies */
	uint32_t cookies_generation, cookies_day;
	uint8_t cookie_out[COOKIE_LEN]; /* of the reply in hand */
	struct serve_counters counters;

	pthread_t thread;
	bool running;
	_Atomic bool stop;
	pthread_mutex_t stats_lock;
	pthread_cond_t stats_ready;
	_Atomic bool stats_wanted;
	uint64_t stats_serial;
	struct worker_stats stats;
};

/** worker_now(w): milliseconds on the monotonic clock at the beginning of this turn. */
static inline uint64_t
worker_now(const struct worker *w)
{
	return loop_now(w->loop)->mono_ms;
}

/** worker_conf(w): the configuration in force for this worker. */
static inline const struct conf *
worker_conf(const struct worker *w)
{
	return w->policy->conf;
}

/** worker_generation(w): changes with the policy and with the operator's verdicts: what a
 * cached answer was cleared under. */
uint32_t worker_generation(const struct worker *w);
/** worker_epoch(w): not 0; changes with where chains of trust begin and end, and with
 * what is forgotten for that: an alias's answer is not found by the name that it led to.
 */
uint16_t worker_epoch(const struct worker *w);
/** worker_flush(w): what was written to sockets in this turn leaves now, not at its end.
 */
void worker_flush(struct worker *w);
/** worker_refresh(w): takes up a new policy if there is one: one comparison when there is
 * none. */
void worker_refresh(struct worker *w);

/** worker_cookies(w): the secrets of server cookies now. */
const struct cookie_secrets *worker_cookies(struct worker *w);
/** worker_wall_sec(w): seconds since 1970 modulo 2^32. */
static inline uint32_t
worker_wall_sec(const struct worker *w)
{
	return (uint32_t)(loop_now(w->loop)->wall_ms / 1000);
}

/** request_name(r): the name to judge and to resolve: the question's own, or where an own
 * CNAME leads. Borrows. */
static inline const uint8_t *
request_name(const struct request *r)
{
	return r->target.len > 0 ? r->target.bytes : r->q.qname;
}

/** request_copy(out, r): copies, with the key pointing into the copy. */
void request_copy(struct request *out, const struct request *r);
/** request_key(w, r): fills r->key from r->q. */
void request_key(struct worker *w, struct request *r);
/** request_group(w, r): the client's group; the first one if the groups have changed
 * meanwhile. */
const struct conf_group *request_group(const struct worker *w, const struct request *r);
/** request_verified(r): the client's address is not forged. */
bool request_verified(const struct request *r);

#endif
