#ifndef DETECT_INSIDE_H
#define DETECT_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "detect/detect.h"
#include "detect/notes.h"
#include "detect/ration.h"
#include "detect/seen.h"
#include "detect/state.h"
#include "detect/suffix.h"
#include "detect/wellknown.h"

/*
 * What the files behind detect.h share: the whole of a detector, its locks and its small
 * common steps. Nobody outside detect/ includes this.
 *
 * Locks, in the order in which they are taken: one zone shard (a zone and its pairs), or
 * one client shard, never both; then, inside, the lock of the notes. The seen table and
 * the tallies have none.
 */

struct shard {
	_Alignas(64) pthread_mutex_t lock;
};

enum tally {
	TALLY_QUESTIONS, /* judged */
	TALLY_FRESH,
	TALLY_PASSED,
	TALLY_REFUSED, /* single questions, by type or rule */
	TALLY_HELD,
	TALLY_SINKHOLED,
	TALLY_THROTTLED,
	TALLY_CHALLENGED,  /* to prove their address */
	TALLY_UNSENT,	   /* queries to a server that is full */
	TALLY_BEACONS,	   /* told */
	TALLY_BEACONS_OLD, /* not told: among the many that were there at the start */
	TALLY_BLOCKED,	   /* by the operator's words at run time */
	TALLY_SHADOWED,	   /* would have been stopped */
	TALLY_EXEMPT,
	TALLY_ANSWERS,
	TALLY_LIMIT_TRUNCATED,
	TALLY_LIMIT_DROPPED,
	TALLY_LIMIT_REFUSED,
	TALLY_HOLDS, /* measures begun */
	TALLY_SINKHOLES,
	TALLY_SIGNATURES,
	TALLY_EVENTS,
	TALLY_COUNT
};

/* What all clients together bring to zones that nobody knows (wide.h). */
struct network {
	pthread_mutex_t lock;
	struct account newcomers; /* bytes */
	uint32_t last_sec;
	uint64_t clients; /* by 6 bits of hash */
	_Atomic bool alarmed;
};
/** network_is_alarmed(n): no lock needed. */
bool network_is_alarmed(struct network *n);

struct detect {
	struct hashkey key;
	uint32_t seed; /* 24 bits */
	struct suffix *suffix;
	struct seen *seen;
	struct wellknown *wellknown;
	struct zones *zones;
	struct pairs *pairs;
	struct clients *clients;
	struct authorities *authorities;
	struct network network;
	struct ration beacons;
	struct notes *notes;
	_Atomic uint32_t event_number;
	_Atomic uint32_t generation;
	_Atomic uint32_t learn_from_sec; /* monotonic; 0: nothing was asked yet */
	_Atomic uint32_t learnt_sec;	 /* of the learn period, in earlier runs */
	struct shard zone_locks[STATE_SHARDS];
	struct shard client_locks[STATE_SHARDS];
	_Atomic uint64_t tallies[TALLY_COUNT];
	uint32_t ablated; /* bits of enum weigh_term and DETECT_WITHOUT_*: what
			     measurements leave out */
};

/** detect_ablate(d, bits): leaves these terms and rules out, so that their worth can be
 * measured (tests/detect). Before the first question. */
enum { DETECT_WITHOUT_SIGNATURES = 1 << 16, DETECT_WITHOUT_RULES = 1 << 17 };
void detect_ablate(struct detect *d, uint32_t bits);

static inline void
detect_tally(struct detect *d, enum tally t, uint64_t n)
{
	atomic_fetch_add_explicit(&d->tallies[t], n, memory_order_relaxed);
}

/** detect_sec(mono_ms): whole seconds for the tables, never 0. */
uint32_t detect_sec(uint64_t mono_ms);
/** detect_client_hash(d, client): one host (v4), one /64 (v6): who a client is to zones.
 */
uint64_t detect_client_hash(const struct detect *d, const struct addr *client);
/** detect_pair_key(zone_key, client_hash, verified): a client whose address is proven has
 * accounts of its own, so that questions in its name that it never sent cannot hold it.
 */
uint64_t detect_pair_key(uint64_t zone_key, uint64_t client_hash, bool verified);

/** detect_learn_begin(d, now): the learn period begins with the first question.
 * detect_learnt_for(d, now): how long it has been, in all runs. */
void detect_learn_begin(struct detect *d, const struct now *now);
uint32_t detect_learnt_for(const struct detect *d, const struct now *now);
/** detect_ref_new(d, wall_ms): the next event's number. */
struct event_ref detect_ref_new(struct detect *d, int64_t wall_ms);
/** detect_ref_text(r, out) / detect_ref_parse(text, r): "20261122-3f9a1c-000042"; "" for
 * none. */
void detect_ref_text(const struct event_ref *r, char out[EVENT_ID_MAX]);
bool detect_ref_parse(const char *text, struct event_ref *r);

#endif
