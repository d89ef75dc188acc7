#include "detect/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigmem.h"

#define WAYS	   4u
#define CACHE_LINE 64u

_Static_assert(sizeof(struct event_ref) == 9, "packed");
_Static_assert(sizeof(struct zone_state) <= 96, "what 65,536 of them come to");
_Static_assert(sizeof(struct pair_state) <= 96, "what 32,768 of them come to");
_Static_assert(sizeof(struct client_state) <= 64, "one cache line a client");

/* ---- accounts ---- */

/* Thousandths of it still fit in 32 bits. */
#define ACCOUNT_MAX_BYTES 4000000.0f

void
account_add(struct account *a, float bytes, float cap_bytes)
{
	float milli = (float)a->milli + bytes * 1000.0f;
	float cap =
	    (cap_bytes > ACCOUNT_MAX_BYTES ? ACCOUNT_MAX_BYTES : cap_bytes) * 1000.0f;

	a->milli = (uint32_t)(milli > cap ? cap : milli);
}

/* 64 ln(64 / empty), by how many bits are set; all of them count as half a bit empty. */
static const float count_of_bits[65] = { 0, 1.00789857f, 2.03191471f, 3.07258654f,
	4.13046885f, 5.20612097f, 6.30016422f, 7.41323662f, 8.54601192f, 9.69919109f,
	10.873539f, 12.0698357f, 13.2889214f, 14.5316792f, 15.7990437f, 17.0920162f,
	18.4116554f, 19.7590694f, 21.1354694f, 22.54212f, 23.9803829f, 25.4517097f,
	26.9576626f, 28.4999027f, 30.0802326f, 31.700573f, 33.3630028f, 35.0697708f,
	36.823307f, 38.6262436f, 40.4814453f, 42.3920364f, 44.3614197f, 46.3933334f,
	48.49189f, 50.6615829f, 52.9074326f, 55.2349586f, 57.650341f, 60.1604614f,
	62.7730751f, 65.4968872f, 68.3418045f, 71.3190842f, 74.4416504f, 77.7244263f,
	81.1847229f, 84.842865f, 88.7228394f, 92.8533096f, 97.2688522f, 102.011765f,
	107.134491f, 112.703224f, 118.80307f, 125.546143f, 133.084259f, 141.630264f,
	151.495911f, 163.16449f, 177.445679f, 195.85733f, 221.807098f, 266.168518f,
	310.529938f };

float
state_count_of(uint64_t bitmap)
{
	return bitmap == 0 ? 0 : count_of_bits[__builtin_popcountll(bitmap)];
}

/* ---- buckets ---- */

unsigned
state_shard_at(size_t place)
{
	return (unsigned)(place / WAYS % STATE_SHARDS);
}

/* Buckets are a power of two and at least one a shard; the low bits of ${shard_hash}
 * choose the shard in every table. */
static size_t
buckets_for(size_t entries)
{
	size_t buckets = STATE_SHARDS;

	while (buckets * WAYS < entries && buckets < (SIZE_MAX >> 12))
		buckets *= 2;
	return buckets;
}

static size_t
bucket_of(size_t buckets, uint64_t shard_hash, uint64_t key)
{
	return ((key >> 6) & (buckets / STATE_SHARDS - 1)) * STATE_SHARDS +
	       shard_hash % STATE_SHARDS;
}

/* The whole bucket: looking for a key touches each entry, and the one found is used to
 * its end. */
static void
prefetch_bucket(const void *bucket, size_t entry_bytes)
{
	const char *line = bucket;

	for (size_t at = 0; at < WAYS * entry_bytes; at += CACHE_LINE)
		__builtin_prefetch(line + at, 1);
}

/* What an entry is worth to keep: the classes first, then how lately it was used. */
enum { WORTH_CLEAN = 0, WORTH_SHARED = 1, WORTH_CHARGED = 2, WORTH_STOPPED = 3 };

static uint64_t
worth(unsigned class, uint32_t last_sec)
{
	return (uint64_t) class << 32 | last_sec;
}

/* An account that is worth a charged entry's place: a tenth of a suspicion. */
#define CHARGED_MILLI 30000u

/* ---- zones ---- */

struct zones {
	size_t buckets;
	struct zone_state *entries;
};

struct zones *
zones_new(size_t entries)
{
	struct zones *z = calloc(1, sizeof(*z));

	if (z == NULL)
		goto fail0;
	z->buckets = buckets_for(entries);
	z->entries = bigmem_new(z->buckets * WAYS * sizeof(*z->entries));
	if (z->entries == NULL)
		goto fail1;
	return z;

fail1:
	free(z);
fail0:
	return NULL;
}

void
zones_free(struct zones *z)
{
	if (z == NULL)
		return;
	free(z->entries);
	free(z);
}

size_t
zones_count(const struct zones *z)
{
	return z->buckets * WAYS;
}

size_t
zones_bytes(const struct zones *z)
{
	return sizeof(*z) + zones_count(z) * sizeof(*z->entries);
}

struct zone_state *
zones_at(struct zones *z, size_t place)
{
	return place < zones_count(z) ? &z->entries[place] : NULL;
}

size_t
zones_place(const struct zones *z, const struct zone_state *s)
{
	return (size_t)(s - z->entries);
}

void
zones_prefetch(const struct zones *z, uint64_t key)
{
	prefetch_bucket(z->entries + bucket_of(z->buckets, key, key) * WAYS,
	    sizeof(struct zone_state));
}

struct zone_state *
zones_find(struct zones *z, uint64_t key)
{
	struct zone_state *e = z->entries + bucket_of(z->buckets, key, key) * WAYS;

	for (unsigned i = 0; i < WAYS; i++)
		if (e[i].key == key)
			return &e[i];
	return NULL;
}

static uint64_t
zone_worth(const struct zone_state *e, uint32_t now_sec)
{
	unsigned class = WORTH_CLEAN;

	if (e->key == 0)
		return 0;
	if (e->sinkhole.until_sec > now_sec)
		class = WORTH_STOPPED;
	else if (!e->scattered &&
		 (e->up.milli > CHARGED_MILLI || e->down.milli > CHARGED_MILLI))
		class = WORTH_CHARGED;
	else if (atomic_load_explicit(&e->sharers, memory_order_relaxed) != 0)
		class = WORTH_SHARED;
	return worth(class, e->last_sec);
}

/* The atomics are stored one by one: a detect_hit may look at this very moment. */
static void
zone_reset(struct zone_state *e, uint64_t key, uint32_t now_sec)
{
	uint8_t salt = atomic_load_explicit(&e->salt, memory_order_relaxed);

	atomic_store_explicit(&e->salt, (uint8_t)(salt + 1), memory_order_relaxed);
	atomic_store_explicit(&e->sharers, 0, memory_order_relaxed);
	atomic_store_explicit(&e->hits, 0, memory_order_relaxed);
	atomic_store_explicit(&e->owner, 0, memory_order_relaxed);
	atomic_store_explicit(&e->server, 0, memory_order_relaxed);
	e->key = key;
	e->feeders = e->proven = 0;
	e->several = e->asked = e->scattered = false;
	e->suspect_told = e->beacon_told = false;
	memset(&e->up, 0, sizeof(*e) - offsetof(struct zone_state, up));
	e->last_sec = now_sec;
}

struct zone_state *
zones_get(struct zones *z, uint64_t key, uint32_t now_sec)
{
	struct zone_state *e = z->entries + bucket_of(z->buckets, key, key) * WAYS;
	struct zone_state *least = NULL;
	uint64_t least_worth = UINT64_MAX;

	for (unsigned i = 0; i < WAYS; i++)
		if (e[i].key == key)
			return &e[i];
	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t w = zone_worth(&e[i], now_sec);

		if (w < least_worth) {
			least_worth = w;
			least = &e[i];
		}
	}
	zone_reset(least, key, now_sec);
	return least;
}

/* ---- pairs ---- */

struct pairs {
	size_t buckets;
	struct pair_state *entries;
};

struct pairs *
pairs_new(size_t entries)
{
	struct pairs *p = calloc(1, sizeof(*p));

	if (p == NULL)
		goto fail0;
	p->buckets = buckets_for(entries);
	p->entries = bigmem_new(p->buckets * WAYS * sizeof(*p->entries));
	if (p->entries == NULL)
		goto fail1;
	return p;

fail1:
	free(p);
fail0:
	return NULL;
}

void
pairs_free(struct pairs *p)
{
	if (p == NULL)
		return;
	free(p->entries);
	free(p);
}

size_t
pairs_bytes(const struct pairs *p)
{
	return sizeof(*p) + p->buckets * WAYS * sizeof(*p->entries);
}

static struct pair_state *
pair_bucket(struct pairs *p, uint64_t zone_key, uint64_t key)
{
	return p->entries + bucket_of(p->buckets, zone_key, key) * WAYS;
}

void
pairs_prefetch(const struct pairs *p, uint64_t zone_key, uint64_t key)
{
	prefetch_bucket(p->entries + bucket_of(p->buckets, zone_key, key) * WAYS,
	    sizeof(struct pair_state));
}

struct pair_state *
pairs_find(struct pairs *p, uint64_t zone_key, uint64_t key)
{
	struct pair_state *e = pair_bucket(p, zone_key, key);

	for (unsigned i = 0; i < WAYS; i++)
		if (e[i].key == key)
			return &e[i];
	return NULL;
}

static uint64_t
pair_worth(const struct pair_state *e, uint32_t now_sec)
{
	unsigned class = WORTH_CLEAN;

	if (e->key == 0)
		return 0;
	if (e->hold.until_sec > now_sec)
		class = WORTH_STOPPED;
	else if (!e->scattered &&
		 (e->up.milli > CHARGED_MILLI || e->down.milli > CHARGED_MILLI))
		class = WORTH_CHARGED;
	return worth(class, e->last_sec);
}

struct pair_state *
pairs_get(struct pairs *p, uint64_t zone_key, uint64_t key, uint32_t now_sec)
{
	struct pair_state *e = pair_bucket(p, zone_key, key);
	struct pair_state *least = NULL;
	uint64_t least_worth = UINT64_MAX;

	for (unsigned i = 0; i < WAYS; i++)
		if (e[i].key == key)
			return &e[i];
	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t w = pair_worth(&e[i], now_sec);

		if (w < least_worth) {
			least_worth = w;
			least = &e[i];
		}
	}
	memset(least, 0, sizeof(*least));
	least->key = key;
	least->zone_tag = (uint32_t)(zone_key >> 32);
	least->last_sec = now_sec;
	return least;
}

void
pairs_each(struct pairs *p, uint64_t zone_key,
    void (*fn)(void *ctx, struct pair_state *s), void *ctx)
{
	for (size_t b = zone_key % STATE_SHARDS; b < p->buckets; b += STATE_SHARDS)
		for (unsigned i = 0; i < WAYS; i++) {
			struct pair_state *e = &p->entries[b * WAYS + i];

			if (e->key != 0 && e->zone_tag == (uint32_t)(zone_key >> 32))
				fn(ctx, e);
		}
}

/* ---- clients ---- */

struct clients {
	size_t buckets;
	struct client_state *entries;
};

struct clients *
clients_new(size_t entries)
{
	struct clients *c = calloc(1, sizeof(*c));

	if (c == NULL)
		goto fail0;
	c->buckets = buckets_for(entries);
	c->entries = bigmem_new(c->buckets * WAYS * sizeof(*c->entries));
	if (c->entries == NULL)
		goto fail1;
	return c;

fail1:
	free(c);
fail0:
	return NULL;
}

void
clients_free(struct clients *c)
{
	if (c == NULL)
		return;
	free(c->entries);
	free(c);
}

size_t
clients_bytes(const struct clients *c)
{
	return sizeof(*c) + c->buckets * WAYS * sizeof(*c->entries);
}

size_t
clients_count(const struct clients *c)
{
	return c->buckets * WAYS;
}

struct client_state *
clients_at(struct clients *c, size_t place)
{
	return &c->entries[place];
}

void
clients_prefetch(const struct clients *c, uint64_t key)
{
	prefetch_bucket(c->entries + bucket_of(c->buckets, key, key) * WAYS,
	    sizeof(struct client_state));
}

static uint64_t
client_worth(const struct client_state *e)
{
	if (e->key == 0)
		return 0;
	return worth(
	    e->up.milli > CHARGED_MILLI ? WORTH_CHARGED : WORTH_CLEAN, e->last_sec);
}

struct client_state *
clients_get(struct clients *c, uint64_t key, uint32_t now_sec)
{
	struct client_state *e = c->entries + bucket_of(c->buckets, key, key) * WAYS;
	struct client_state *least = NULL;
	uint64_t least_worth = UINT64_MAX;

	for (unsigned i = 0; i < WAYS; i++)
		if (e[i].key == key)
			return &e[i];
	for (unsigned i = 0; i < WAYS; i++) {
		uint64_t w = client_worth(&e[i]);

		if (w < least_worth) {
			least_worth = w;
			least = &e[i];
		}
	}
	memset(least, 0, sizeof(*least));
	least->key = key;
	least->last_sec = now_sec;
	return least;
}

/* ---- servers ---- */

#define TICKET_FULL (1u << 31)

struct authorities {
	size_t buckets;
	struct authority_state *entries;
};

struct authorities *
authorities_new(size_t entries)
{
	struct authorities *s = calloc(1, sizeof(*s));

	if (s == NULL)
		goto fail0;
	s->buckets = buckets_for(entries);
	s->entries = bigmem_new(s->buckets * WAYS * sizeof(*s->entries));
	if (s->entries == NULL)
		goto fail1;
	return s;

fail1:
	free(s);
fail0:
	return NULL;
}

void
authorities_free(struct authorities *s)
{
	if (s == NULL)
		return;
	free(s->entries);
	free(s);
}

size_t
authorities_bytes(const struct authorities *s)
{
	return sizeof(*s) + s->buckets * WAYS * sizeof(*s->entries);
}

size_t
authorities_count(const struct authorities *s)
{
	return s->buckets * WAYS;
}

struct authority_state *
authorities_at(struct authorities *s, size_t place)
{
	return &s->entries[place];
}

uint32_t
authorities_ticket(uint64_t hash)
{
	uint32_t ticket = (uint32_t)hash & ~TICKET_FULL;

	return ticket != 0 ? ticket : STATE_SHARDS; /* 0 is an empty entry */
}

/* From the ticket alone, so that a zone finds its server again; its lowest bits choose
 * the shard, as everywhere. */
static struct authority_state *
server_bucket(const struct authorities *s, uint32_t ticket)
{
	return s->entries + bucket_of(s->buckets, ticket, ticket) * WAYS;
}

static uint32_t
ticket_at(const struct authority_state *e)
{
	return atomic_load_explicit(&e->ticket, memory_order_relaxed);
}

static uint64_t
server_worth(const struct authority_state *e)
{
	if (ticket_at(e) == 0)
		return 0;
	return worth((ticket_at(e) & TICKET_FULL) != 0 ? WORTH_STOPPED
		     : e->up.milli > CHARGED_MILLI     ? WORTH_CHARGED
						       : WORTH_CLEAN,
	    e->last_sec);
}

struct authority_state *
authorities_get(struct authorities *s, uint64_t hash, uint32_t now_sec)
{
	uint32_t ticket = authorities_ticket(hash);
	struct authority_state *e = server_bucket(s, ticket), *least = e;

	for (unsigned i = 0; i < WAYS; i++) {
		if ((ticket_at(&e[i]) & ~TICKET_FULL) == ticket)
			return &e[i];
		if (server_worth(&e[i]) < server_worth(least))
			least = &e[i];
	}
	atomic_store_explicit(&least->ticket, ticket, memory_order_relaxed);
	least->last_sec = now_sec;
	least->up.milli = 0;
	least->clients = 0;
	least->zones = least->known = 0;
	least->cost_sum = 0;
	least->answers = 0;
	least->told = false;
	return least;
}

void
authorities_set_full(struct authority_state *e, bool full)
{
	uint32_t ticket = ticket_at(e) & ~TICKET_FULL;

	atomic_store_explicit(
	    &e->ticket, full ? ticket | TICKET_FULL : ticket, memory_order_relaxed);
}

bool
authorities_entry_is_full(const struct authority_state *e)
{
	return (ticket_at(e) & TICKET_FULL) != 0;
}

bool
authorities_is_full(const struct authorities *s, uint32_t ticket)
{
	const struct authority_state *e = server_bucket(s, ticket);

	for (unsigned i = 0; i < WAYS && ticket != 0; i++)
		if (ticket_at(&e[i]) == (ticket | TICKET_FULL))
			return true;
	return false;
}
