#ifndef DNSSEC_ROLLOVER_H
#define DNSSEC_ROLLOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dname.h"
#include "base/rrset.h"
#include "resolver/dnssec/rrsig.h"

/*
 * One trust point whose keys change without the operator (RFC 5011): the keys of its zone
 * as far as they were ever trusted or may be, and when to look again. A state machine
 * without clock, network or files: a DNSKEY set and the time go in, states come out.
 *
 * What the operator configured are seeds: DS sets that are trusted until a key that they
 * stand for has been seen; from then on the key's own state counts. So a new release may
 * bring a new seed, and a seed whose key was revoked stays revoked.
 *
 * Times are seconds since 1970 on the wall clock: they outlive restarts. A clock that
 * steps back lengthens a hold-down and never shortens it.
 */

#define ROLLOVER_KEYS_MAX 16u /* of one zone; a root rollover needs 3 */
/* RSA of 4096 bits with a long exponent: longer keys are not verified with anyway. */
#define ROLLOVER_KEY_BYTES_MAX 1100u

#define ROLLOVER_DAY_SEC   INT64_C(86400)
#define ROLLOVER_HOLD_SEC  (30 * ROLLOVER_DAY_SEC) /* RFC 5011 2.4.1, 2.4.2 */
#define ROLLOVER_QUERY_MIN INT64_C(3600)	   /* RFC 5011 2.3, both timers */
#define ROLLOVER_QUERY_MAX (15 * ROLLOVER_DAY_SEC)
#define ROLLOVER_RETRY_MAX (1 * ROLLOVER_DAY_SEC)

/* RFC 5011 4. A key in START is not kept at all. */
enum rollover_state {
	ROLLOVER_START,
	ROLLOVER_ADDPEND, /* seen, held down: not trusted */
	ROLLOVER_VALID,	  /* trusted */
	ROLLOVER_MISSING, /* trusted, but not in the set any more */
	ROLLOVER_REVOKED, /* never trusted again */
	ROLLOVER_REMOVED, /* the same, and gone from the set long since */
	ROLLOVER_STATE_COUNT
};
/** rollover_state_text(s): "addpend"; lives for ever. */
const char *rollover_state_text(enum rollover_state s);

struct rollover_key {
	uint8_t state;	   /* enum rollover_state; not START */
	uint16_t tag;	   /* of ${rdata}: without the REVOKE bit */
	int64_t since_sec; /* in this state; ADDPEND: of the first set that had it */
	int64_t seen_sec;  /* the last valid set that had it */
	int64_t hold_sec;  /* ADDPEND: at least so long from ${since_sec} */
	uint16_t len;
	uint8_t rdata[ROLLOVER_KEY_BYTES_MAX]; /* DNSKEY without the REVOKE bit */
};

struct rollover {
	struct dname zone;
	int64_t next_sec;    /* look again then */
	int64_t tried_sec;   /* last looked; 0: never */
	int64_t success_sec; /* last valid set; 0: never */
	int64_t retry_sec;   /* after a failure: retryTime of the last valid set */
	uint32_t failures;   /* since then */
	unsigned key_count;
	struct rollover_key keys[ROLLOVER_KEYS_MAX];
};

/** Told of each key whose state changes, after it has: ${from} START for a new one, ${to}
 * START for one that is forgotten. */
typedef void rollover_changed_fn(void *ctx, const struct rollover *r,
    const struct rollover_key *k, enum rollover_state from, enum rollover_state to);

struct rollover_tools {
	struct dnssec_clock clock; /* for signatures */
	struct arena *scratch;	   /* reset at each call: holds nothing of the caller's */
	rollover_changed_fn *changed; /* may be NULL */
	void *ctx;
};

/** rollover_init(r, zone, now_sec): a new point without keys, due at once. */
void rollover_init(struct rollover *r, const uint8_t *zone, int64_t now_sec);

/**
 * rollover_take(r, seeds, dnskey, now_sec, tools):
 * A DNSKEY set of the zone with its signatures has come from the network (never from a
 * cache). ${seeds}: the configured DS set; NULL when there is none any more.
 * DNSSEC_OK: a trusted key has signed it, or the last trusted keys revoked themselves;
 * states and the next look follow from it. Otherwise it is not to be believed: nothing
 * has changed but what a revoked key said of itself; then rollover_failed.
 */
enum dnssec_reason rollover_take(struct rollover *r, const struct rrset *seeds,
    const struct rrset *dnskey, int64_t now_sec, const struct rollover_tools *tools);
/** rollover_failed(r, now_sec): nothing came, or nothing to be believed: again after
 * retryTime (RFC 5011 2.3). */
void rollover_failed(struct rollover *r, int64_t now_sec);
/** rollover_due(r, now_sec): it is time to look. A clock that was set back by years does
 * not make us wait for as long. */
bool rollover_due(const struct rollover *r, int64_t now_sec);

/**
 * rollover_anchors(r, seeds, arena, out):
 * What is trusted now as one DS set in ${arena}: SHA-256 digests of valid and missing
 * keys, and the seeds whose key was never seen. *${out} NULL: nothing is (all keys are
 * revoked): the point is no anchor any more (RFC 5011 5). False at the arena's limit.
 */
bool rollover_anchors(const struct rollover *r, const struct rrset *seeds,
    struct arena *arena, struct rrset **out);

#endif
