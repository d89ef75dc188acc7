#ifndef DETECT_STATE_H
#define DETECT_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/bucket.h"

/*
 * What is remembered of a zone, of a client in a zone, and of a client: plain structs in
 * tables of fixed size, found by keyed hash in buckets of four. When a bucket is full the
 * entry that is worth least gives way: first what is old and clean, last what is stopped,
 * charged or shared, so that a flood of new zones cannot wash a verdict away. What one
 * client scatters over many zones counts as clean there: else the flood's own charges
 * would keep it.
 *
 * The tables know no locks; the caller holds the lock of the hash's shard
 * (state_shard_of). Only members marked _Atomic are touched without it.
 */

#define STATE_SHARDS 64u

/** Which event explains what is in force: enough to write its id again. */
struct event_ref {
	uint32_t seed;	 /* of the process that made it; 24 bits */
	uint32_t number; /* 0: none */
	uint16_t day;	 /* since 1970-01-01 */
};

/** A measure in force or past: a hold (of a pair) or a sinkhole (of a zone). */
struct penalty {
	uint32_t until_sec; /* 0: never was one */
	uint8_t times;	    /* how often it came back */
	struct event_ref event;
};

/** An account: what it holds and when it was last drained. */
struct account {
	uint32_t milli; /* thousandths of a (weighted) byte */
	uint32_t last_sec;
};
/** account_drain(a, milli_per_sec, now_sec): a step back in time is no time. */
void account_drain(struct account *a, uint32_t milli_per_sec, uint32_t now_sec);
/** account_add(a, bytes, cap_bytes): never above ${cap_bytes}, so that forgiveness comes
 * in bounded time. */
void account_add(struct account *a, float bytes, float cap_bytes);
float account_of(const struct account *a);

struct zone_state {
	uint64_t key; /* 0: empty */
	_Atomic uint64_t
	    sharers; /* clients (by 6 bits of hash) that asked what another had asked */
	uint64_t clients;      /* clients that asked at all */
	uint64_t feeders;      /* clients that brought what only a tunnel's names carry */
	_Atomic uint32_t hits; /* answers from the cache, not yet counted below */
	_Atomic uint32_t salt; /* changes with the entry's zone: stale tickets miss */
	_Atomic uint32_t owner;	 /* place + 1 of the owner's zone, of a cut beneath it */
	struct account up, down; /* weighted bytes */
	struct penalty sinkhole;
	uint32_t first_sec, last_sec;
	uint32_t leaked_up, leaked_down, stopped; /* bytes, bytes, questions */
	float cost_sum;				  /* of fresh names, bytes */
	float interval_ms, deviation_ms;	  /* of fresh names, moving averages */
	uint32_t last_fresh_ms;			  /* low 32 bits of monotonic time */
	uint16_t fresh;				  /* names in cost_sum */
	uint16_t labels;			  /* distinct labels left of the zone */
	uint16_t intervals;
	uint8_t recent, recent_fresh, recent_odd,
	    recent_never; /* questions; halved at 250 */
	bool suspect_told;
	bool
	    scattered; /* made by a client that feeds many zones, and nobody else asked */
};

struct pair_state {
	uint64_t key; /* 0: empty */
	struct account up, raw,
	    down; /* weighted, unweighted, weighted bytes of this client in this zone */
	struct penalty hold;
	uint32_t leaked_up, leaked_down, stopped;
	uint32_t refused_told_sec; /* when a refusal of single questions was last told */
	struct event_ref refused;
	uint32_t
	    zone_tag;	/* of the zone's key: for those who go through a zone's pairs */
	bool fed;	/* this client is one of the zone's feeders */
	bool scattered; /* as the zone's */
	uint8_t tool;	/* signature_number of the mark it bore; 0 none */
};

struct client_state {
	uint64_t key; /* 0: empty */
	struct bucket bucket;
	struct account up; /* weighted bytes into unshared zones */
	uint32_t last_sec;
	uint32_t over; /* questions over the limit, for the slip */
	bool alarmed;
};

/** state_shard_of(hash): whose lock guards the entries of ${hash}. */
unsigned state_shard_of(uint64_t hash);

struct zones;
struct zones *zones_new(size_t entries);
void zones_free(struct zones *z);
size_t zones_bytes(const struct zones *z);
size_t zones_count(const struct zones *z); /* of places */
struct zone_state *zones_at(struct zones *z, size_t place);
size_t zones_place(const struct zones *z, const struct zone_state *s);
/** zones_find(z, key): NULL when it is not there. */
struct zone_state *zones_find(struct zones *z, uint64_t key);
/** zones_prefetch(z, key): soon it will be looked for. Likewise the others. No lock
 * needed. */
void zones_prefetch(const struct zones *z, uint64_t key);
/** zones_get(z, key, now_sec): found, or made anew in the place of the least. Never NULL.
 */
struct zone_state *zones_get(struct zones *z, uint64_t key, uint32_t now_sec);

struct pairs;
struct pairs *pairs_new(size_t entries);
void pairs_free(struct pairs *p);
size_t pairs_bytes(const struct pairs *p);
/** pairs_*: as zones_*; ${zone_key} gives the shard, so that a zone and its pairs have
 * one lock. */
struct pair_state *pairs_find(struct pairs *p, uint64_t zone_key, uint64_t key);
void pairs_prefetch(const struct pairs *p, uint64_t zone_key, uint64_t key);
struct pair_state *pairs_get(
    struct pairs *p, uint64_t zone_key, uint64_t key, uint32_t now_sec);
/** pairs_each(p, zone_key, fn, ctx): every pair of that zone. */
void pairs_each(struct pairs *p, uint64_t zone_key,
    void (*fn)(void *ctx, struct pair_state *s), void *ctx);

struct clients;
struct clients *clients_new(size_t entries);
void clients_free(struct clients *c);
size_t clients_bytes(const struct clients *c);
struct client_state *clients_find(struct clients *c, uint64_t key);
void clients_prefetch(const struct clients *c, uint64_t key);
struct client_state *clients_get(struct clients *c, uint64_t key, uint32_t now_sec);

/** state_count_of(bitmap): how many clients the 64 bits stand for (linear counting, Whang
 * et al. 1990). */
float state_count_of(uint64_t bitmap);

#endif
