#ifndef REPLAY_DRIVE_H
#define REPLAY_DRIVE_H

#include "tests/replay/script.h"

/*
 * Runs a scenario: an iterator with a cache of its own, a clock that only moves when
 * the scenario says so or a query is out, and randomness from ${seed}.
 */

/** The costliest question of a run. */
struct cost {
	uint64_t queries; /* sent */
	uint64_t cpu_ns;  /* of the iterator and validator, without the servers played */
	uint64_t bytes;	  /* of the task, and by which the cache grew */
};

/** drive_run(s, seed, verbose, cost): how many expectations failed; they are on stderr.
 * ${verbose}: every query too. */
unsigned drive_run(struct script *s, uint64_t seed, bool verbose, struct cost *cost);

#endif
