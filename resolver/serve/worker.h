#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "resolver/iter/iter.h"
#include "resolver/net/out.h"
#include "resolver/net/tcp.h"
#include "resolver/net/udp.h"
#include "resolver/serve/counters.h"
#include "resolver/serve/shared.h"

/*
 * A worker: one thread with its own loop, listeners, outgoing sockets,
 * iterator and questions in flight. A question lives and dies in the worker whose
 * socket it came to.
 */
struct worker;

/** Sockets of one worker, bound before privileges went: one UDP and one TCP for each
 * address. */
struct worker_sockets {
	size_t count;
	int *udp;
	int *tcp;
};

/** worker_new(shared, sockets): takes the descriptors; borrows ${shared}. NULL without
 * memory (the descriptors are closed). */
struct worker *worker_new(struct shared *shared, const struct worker_sockets *sockets);
/** worker_set_probes(w, p): before worker_start: this one resolves ${p} (borrowed). */
struct probes;
void worker_set_probes(struct worker *w, struct probes *p);
/** worker_bytes_max(conf): what one worker can come to, besides the memory of its tasks
 * and its TCP clients. */
size_t worker_bytes_max(const struct conf *conf);
/** worker_start(w): its thread runs from now on. ERR_IO: errno. */
MUST_USE enum err worker_start(struct worker *w);
/** worker_wake(w): any thread: look at the policy now. */
void worker_wake(struct worker *w);
/** worker_stop(w): asks it to end and waits until it has. */
void worker_stop(struct worker *w);
/** worker_free(w): after worker_stop, or instead of worker_start. */
void worker_free(struct worker *w);

/** Figures of one worker at one time. */
struct worker_stats {
	uint64_t serve[COUNT_COUNT];
	uint64_t iter[ITER_COUNT_COUNT];
	struct histogram spent[ITER_SPENT_COUNT];
	struct out_counters out;
	struct udp_counters udp; /* sum of its listeners */
	struct tcp_counters tcp;
	uint64_t in_flight, waiting;
	uint64_t cpu_ns;
};
/** worker_stats(w, out): asks the worker for its figures and waits for them, at most 200
 * ms; the newest known ones else. */
void worker_stats(struct worker *w, struct worker_stats *out);

#endif
