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

/** Which event explains what is in force: enough to write its id again. Packed: there is
 * one in each entry. */
struct event_ref {
	uint32_t seed : 24; /* of the process that made it */
	uint32_t number;    /* 0: none */
	uint16_t day;	    /* since 1970-01-01 */
} __attribute__((packed));

/** A measure in force or past: a hold (of a pair) or a sinkhole (of a zone). */
struct penalty {
	uint32_t until_sec; /* 0: never was one */
	uint8_t times;	    /* how often it came back */
	struct event_ref event;
} __attribute__((packed));

/** An account: what it holds. When it was last drained, its owner knows. */
struct account {
	uint32_t milli; /* thousandths of a (weighted) byte */
};
/** account_drain(a, milli_per_sec, span_sec): time goes by. */
static inline void
account_drain(struct account *a, uint32_t milli_per_sec, uint32_t span_sec)
{
	uint64_t drained = (uint64_t)span_sec * milli_per_sec;

	a->milli = drained >= a->milli ? 0 : a->milli - (uint32_t)drained;
}
/** account_add(a, bytes, cap_bytes): never above ${cap_bytes}, so that forgiveness comes
 * in bounded time. */
void account_add(struct account *a, float bytes, float cap_bytes);
static inline float
account_of(const struct account *a)
{
	return (float)a->milli / 1000.0f;
}
/** state_span(last_sec, now_sec): how much time went by since ${last_sec}, which is set
 * to now. A step back in time is no time. */
static inline uint32_t
state_span(uint32_t *last_sec, uint32_t now_sec)
{
	uint32_t span_sec;

	if (now_sec <= *last_sec)
		return 0;
	span_sec = now_sec - *last_sec;
	*last_sec = now_sec;
	return span_sec;
}

struct zone_state {
	uint64_t key; /* 0: empty */
	_Atomic uint64_t
	    sharers; /* clients (by 6 bits of hash) that asked what another had asked */
	uint32_t feeders; /* clients (by 5 bits) that brought what only a tunnel's names
			     carry */
	uint32_t proven;  /* of them, those whose address is not forged */
	_Atomic uint32_t owner; /* place + 1 of the owner's zone, of a cut beneath it */
	_Atomic uint32_t
	    server; /* authorities_ticket of who answered for it; 0 nobody yet */
	_Atomic uint16_t hits; /* answers from the cache, not yet counted below */
	_Atomic uint8_t salt;  /* changes with the entry's zone: stale tickets miss */
	uint8_t first_tag;     /* of the client that asked first */
	bool several : 1;      /* others asked as well */
	bool asked : 1;	       /* anybody did: first_tag is one */
	bool suspect_told : 1;
	bool beacon_told : 1;
	bool scattered : 1; /* made by a client that feeds many zones, and nobody else
			       asked */
	struct account up, down; /* weighted bytes */
	uint32_t last_sec;
	uint32_t leaked_up, leaked_down, stopped; /* bytes, bytes, questions */
	float cost_sum;				  /* of fresh names, bytes */
	float owed;	 /* weighted bytes that its server is not charged for yet */
	uint16_t fresh;	 /* names in cost_sum */
	uint16_t labels; /* distinct labels, and parts of them, left of the zone */
	uint8_t recent, recent_fresh, recent_odd,
	    recent_never; /* questions; halved at 250 */
	struct penalty sinkhole;
};

/** When one client asks in one zone: see beacon.h. */
struct rhythm {
	uint32_t last_ms;   /* start of the last burst; low 32 bits of monotonic */
	uint32_t first_sec; /* of the first interval */
	float interval_ms, spread_ms; /* mean, and mean distance from it */
	uint16_t intervals;
};

struct pair_state {
	uint64_t key; /* 0: empty */
	struct account up, raw,
	    down; /* weighted, unweighted, weighted bytes of this client in this zone */
	uint32_t last_sec;
	uint32_t leaked_up, leaked_down, stopped;
	uint32_t refused_told_sec; /* when a refusal of single questions was last told */
	struct rhythm rhythm;
	uint32_t
	    zone_tag; /* of the zone's key: for those who go through a zone's pairs */
	uint16_t mark_session; /* of the likely mark that it bore last */
	uint16_t passed_sec;   /* low 16 bits: when a fresh name last passed */
	uint8_t mark;	       /* signature_number of that mark; 0 none */
	uint8_t tool;	       /* signature_number of the tool that it is; 0 unknown */
	bool fed : 1;	       /* this client is one of the zone's feeders */
	bool scattered : 1;    /* as the zone's */
	struct penalty hold;
	struct event_ref refused;
};

struct client_state {
	uint64_t key; /* 0: empty */
	struct bucket bucket;
	struct account up; /* weighted bytes into unshared zones */
	uint32_t last_sec;
	uint32_t over;	       /* questions over the limit, for the slip */
	float cost_sum;	       /* of fresh names in unshared zones, bytes */
	uint32_t newcomer_sec; /* when it last brought data to a zone that nobody knew */
	uint16_t fresh;	       /* names in cost_sum */
	bool alarmed;
};

/** A server of names: one address that answers. */
struct authority_state {
	_Atomic uint32_t ticket; /* 0: empty; 31 bits of its address' hash, and whether it
				    is full */
	uint32_t last_sec;
	struct account up; /* weighted bytes that zones which nobody shares brought */
	uint32_t clients;  /* that brought them; by 5 bits of hash */
	uint64_t zones;	   /* that brought them; by 6 bits of hash */
	uint64_t known;	   /* zones that people share, or that bring nothing */
	float cost_sum;	  /* of the mean names of the zones that it answered for, bytes */
	uint16_t answers; /* in cost_sum */
	bool told;
};

/** state_shard_of(hash): whose lock guards the entries of ${hash}. state_shard_at(place):
 * that of any table's entry. */
static inline unsigned
state_shard_of(uint64_t hash)
{
	return (unsigned)(hash % STATE_SHARDS);
}
unsigned state_shard_at(size_t place);

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
size_t clients_count(const struct clients *c); /* of places */
struct client_state *clients_at(struct clients *c, size_t place);
void clients_prefetch(const struct clients *c, uint64_t key);
struct client_state *clients_get(struct clients *c, uint64_t key, uint32_t now_sec);

struct authorities;
struct authorities *authorities_new(size_t entries);
void authorities_free(struct authorities *s);
size_t authorities_bytes(const struct authorities *s);
size_t authorities_count(const struct authorities *s); /* of places */
struct authority_state *authorities_at(struct authorities *s, size_t place);
/** authorities_get(s, hash, now_sec): the server whose address hashes to ${hash}. Caller
 * holds the lock of that hash's shard (of clients). Never NULL. */
struct authority_state *authorities_get(
    struct authorities *s, uint64_t hash, uint32_t now_sec);
/** authorities_ticket(hash): how a zone remembers it. authorities_set_full(e, full):
 * under the lock. */
uint32_t authorities_ticket(uint64_t hash);
void authorities_set_full(struct authority_state *e, bool full);
bool authorities_entry_is_full(const struct authority_state *e);
/** authorities_is_full(s, ticket): needs no lock; false for what is no longer there. */
bool authorities_is_full(const struct authorities *s, uint32_t ticket);

/** state_count_of(bitmap): how many clients the 64 bits stand for (linear counting, Whang
 * et al. 1990). */
float state_count_of(uint64_t bitmap);

#endif
