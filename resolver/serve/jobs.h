#ifndef SERVE_JOBS_H
#define SERVE_JOBS_H

#include "resolver/serve/context.h"
#include "resolver/serve/probes.h"

/*
 * Questions being resolved. A job is one question of the world (name, type, CD) with its
 * iterator task, at most one query on its way, and the clients that wait for it: equal
 * questions share one job. Bounded: conf->tasks_max jobs a worker; each client address
 * may have conf->waiting_per_client_max questions waiting, and no more than its share
 * once half of the jobs are taken, so that one client's misses cannot starve the others'.
 * When all are taken, or all sockets, somebody gives way (room.h).
 */
struct jobs;

/** jobs_new(w): sized by the conf in force at the start. NULL without memory. */
struct jobs *jobs_new(struct worker *w);
/** jobs_free(j): gives up all jobs; nobody gets an answer. */
void jobs_free(struct jobs *j);

/** jobs_resolve(w, r): joins or starts; or sheds the question: SERVFAIL with EDE 0,
 * counted. */
void jobs_resolve(struct worker *w, const struct request *r);
/** jobs_prefetch(w, r): resolves ${r} again for the cache alone, when there is plenty of
 * room. */
void jobs_prefetch(struct worker *w, const struct request *r);

/** jobs_probe(w, probe, done, ctx): resolves it for ourselves (probes.h), whatever the
 * caches say. ${done} is called once, now or later, with the answer, or NULL: there was
 * no place for it. */
typedef void jobs_probe_fn(void *ctx, const struct answer *a);
void jobs_probe(
    struct worker *w, const struct probe_question *probe, jobs_probe_fn *done, void *ctx);

/** jobs_bytes_max(conf): what jobs and those who wait can come to, without the tasks' own
 * arenas. */
size_t jobs_bytes_max(const struct conf *conf);
size_t jobs_in_flight(const struct jobs *j);
size_t jobs_waiting(const struct jobs *j);

#endif
