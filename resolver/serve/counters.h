#ifndef SERVE_COUNTERS_H
#define SERVE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * What the pipeline counts: one array a worker, one writer, read by anybody
 * who sums. A counter per cause, so that an operator sees which limit bites.
 */
enum serve_counter {
	COUNT_UDP_QUESTIONS,
	COUNT_TCP_QUESTIONS,
	COUNT_DROPPED,
	COUNT_FORMERR,
	COUNT_NOTIMP,
	COUNT_BADVERS,
	COUNT_REFUSED_CLIENT,
	COUNT_REFUSED_RD,
	COUNT_REFUSED_TYPE,
	COUNT_LIMIT_TRUNCATED,
	COUNT_LIMIT_DROPPED,
	COUNT_LIMIT_REFUSED,
	COUNT_ERRORS_SILENCED,
	COUNT_COOKIES_NEW,
	COUNT_COOKIES_GOOD,
	COUNT_COOKIES_WRONG,
	COUNT_BADCOOKIE,
	COUNT_HITS,
	COUNT_MISSES,
	COUNT_LOCAL,
	COUNT_BLOCKED,
	COUNT_HELD,
	COUNT_SINKHOLED,
	COUNT_DETECT_REFUSED,
	COUNT_ANSWERS_STOPPED,
	COUNT_JOINED,
	COUNT_STARTED,
	COUNT_PREFETCHED,
	COUNT_STALE, /* answered with what had expired: too slow, or no room */
	COUNT_REPORTED,
	COUNT_KEY_TAG_SIGNALS,
	COUNT_PROBES,
	COUNT_SHED_TASKS,
	COUNT_SHED_CLIENT,
	COUNT_SHED_GREEDIEST,
	COUNT_SHED_IDLE, /* gave its place up, nobody waited for it */
	COUNT_SHED_MEMORY,
	COUNT_SHED_SOCKETS,
	COUNT_REPLY_LATE,
	COUNT_REPLY_TRUNCATED,
	COUNT_NOERROR,
	COUNT_NXDOMAIN,
	COUNT_SERVFAIL,
	COUNT_COUNT
};

struct serve_counters {
	_Atomic uint64_t values[COUNT_COUNT];
};

/** counters_add(c, which): the one writer counts one more. */
static inline void
counters_add(struct serve_counters *c, enum serve_counter which)
{
	uint64_t v = atomic_load_explicit(&c->values[which], memory_order_relaxed);
	atomic_store_explicit(&c->values[which], v + 1, memory_order_relaxed);
}

/** counters_get(c, which): any thread. */
uint64_t counters_get(const struct serve_counters *c, enum serve_counter which);
/** counters_name(which): "refused_client"; lives for ever. */
const char *counters_name(enum serve_counter which);

#endif
