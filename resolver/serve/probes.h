#ifndef SERVE_PROBES_H
#define SERVE_PROBES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dname.h"
#include "base/err.h"
#include "base/rrset.h"

/*
 * Questions of our own: the main thread asks, one worker resolves them with its ordinary
 * tasks and budgets, past all caches and negative anchors (iter_task_probe), and the
 * answers come back. A bounded queue with a lock that is held for a few instructions.
 */
struct probes;
struct worker;

#define PROBES_MAX 64u /* asked and not yet taken back */

struct probe_question {
	struct dname name; /* canonical */
	uint16_t qtype;
	bool checking_disabled; /* take what comes as it is: the caller checks */
};

struct probe_answer {
	struct probe_question probe;
	uint16_t rcode;
	uint8_t security;     /* enum rrset_security */
	struct rrset *answer; /* copies with signatures, in ${arena} */
	struct arena *arena;
};

/** probes_new(wake, ctx): ${wake} is called, by the worker's thread, when an answer can
 * be taken. NULL without memory. */
struct probes *probes_new(void (*wake)(void *ctx), void *ctx);
/** probes_free(p): after its worker has stopped. */
void probes_free(struct probes *p);

/** probes_ask(p, probe): from the main thread; then worker_wake. ERR_LIMIT: too many. */
MUST_USE enum err probes_ask(struct probes *p, const struct probe_question *probe);
/** probes_take(p): the main thread's: the next answer, or NULL; the caller frees. Each
 * probe gets one, SERVFAIL when it could not even be asked. */
struct probe_answer *probes_take(struct probes *p);
void probe_answer_free(struct probe_answer *a);

/** probes_run(p, w): the worker's, once a turn: starts what was asked. */
void probes_run(struct probes *p, struct worker *w);

#endif
