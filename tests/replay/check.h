#ifndef REPLAY_CHECK_H
#define REPLAY_CHECK_H

#include "resolver/iter/iter.h"
#include "tests/replay/script.h"

/*
 * What a scenario expects of a question, held against what happened.
 */

#define LOG_MAX 1024u

/** The queries that were sent for one question. */
struct asked_log {
	unsigned count;
	struct log_entry {
		struct addr to;
		struct dname name;
		uint16_t type;
		bool tcp, edns, recursion_desired;
		int cookie; /* as in struct rule */
	} entries[LOG_MAX];
};
void check_log(struct asked_log *log, const struct world_query *q);

/** check_ask(s, step, t, log, took_ms, bytes): how many expectations of ${step} do not
 * hold; each is on stderr. */
unsigned check_ask(const struct script *s, const struct script_step *step,
    const struct iter_task *t, const struct asked_log *log, uint64_t took_ms,
    uint64_t bytes);

#endif
