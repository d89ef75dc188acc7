#ifndef REPLAY_DRIVE_H
#define REPLAY_DRIVE_H

#include "tests/replay/script.h"

/*
 * Runs a scenario: an iterator with a cache of its own, a clock that only moves when
 * the scenario says so or a query is out, and randomness from ${seed}.
 */

/** drive_run(s, seed, verbose): how many expectations failed; they are on stderr.
 * ${verbose}: every query too. */
unsigned drive_run(struct script *s, uint64_t seed, bool verbose);

#endif
