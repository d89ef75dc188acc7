#include "resolver/iter/keytable.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/htable.h"

/* Few: an entry is looked up once a zone and question, and the lock is held for some
 * 100 ns. */
#define SHARDS 8u
/* An entry without keys; bounds how many of them a shard's bytes may become. */
#define ENTRY_BYTES_MIN (sizeof(struct entry) + 16u)

struct entry {
	struct htable_node node;
	struct entry *older, *newer; /* order of use */
	uint64_t expires_ms;
	size_t bytes;
	struct chain_zone zone;
};

struct shard {
	pthread_mutex_t lock;
	struct htable *table;
	struct entry *oldest, *newest;
	size_t bytes;
};

struct keytable {
	struct hashkey key;
	size_t shard_bytes;
	struct shard shards[SHARDS];
};

struct keytable *
keytable_new(size_t bytes, const struct hashkey *key)
{
	struct keytable *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->key = *key;
	k->shard_bytes = bytes / SHARDS;
	for (unsigned i = 0; i < SHARDS; i++)
		pthread_mutex_init(&k->shards[i].lock, NULL);
	for (unsigned i = 0; i < SHARDS; i++) {
		k->shards[i].table = htable_new(k->shard_bytes / ENTRY_BYTES_MIN + 1);
		if (k->shards[i].table == NULL) {
			keytable_free(k);
			return NULL;
		}
	}
	return k;
}

static void
unlink_entry(struct shard *s, struct entry *e)
{
	*(e->older != NULL ? &e->older->newer : &s->oldest) = e->newer;
	*(e->newer != NULL ? &e->newer->older : &s->newest) = e->older;
}

static void
link_newest(struct shard *s, struct entry *e)
{
	e->older = s->newest;
	e->newer = NULL;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void
drop(struct shard *s, struct entry *e)
{
	htable_remove(s->table, &e->node);
	unlink_entry(s, e);
	s->bytes -= e->bytes;
	dnssec_keys_unref(e->zone.keys);
	free(e);
}

void
keytable_free(struct keytable *k)
{
	if (k == NULL)
		return;
	(void)keytable_flush(k, NULL, true);
	for (unsigned i = 0; i < SHARDS; i++) {
		htable_free(k->shards[i].table);
		pthread_mutex_destroy(&k->shards[i].lock);
	}
	free(k);
}

static struct shard *
shard_of(struct keytable *k, uint64_t hash)
{
	return &k->shards[hash >> 32 & (SHARDS - 1)];
}

static struct entry *
find(struct shard *s, uint64_t hash, const uint8_t *name)
{
	for (struct htable_node *n = htable_first(s->table, hash); n != NULL;
	     n = htable_next(n)) {
		struct entry *e = HTABLE_OWNER(n, struct entry, node);

		if (dname_equal(e->zone.name.bytes, name))
			return e;
	}
	return NULL;
}

static bool
find_exact(
    struct keytable *k, const uint8_t *name, uint64_t now_ms, struct chain_zone *out)
{
	uint64_t hash = dname_hash(&k->key, name);
	struct shard *s = shard_of(k, hash);
	struct entry *e;
	bool alive;

	pthread_mutex_lock(&s->lock);
	e = find(s, hash, name);
	alive = e != NULL && e->expires_ms > now_ms;
	if (alive) {
		unlink_entry(s, e);
		link_newest(s, e);
		*out = e->zone;
		if (out->keys != NULL)
			dnssec_keys_ref(out->keys);
		out->ttl_sec = (uint32_t)((e->expires_ms - now_ms) / 1000);
	} else if (e != NULL) {
		drop(s, e);
	}
	pthread_mutex_unlock(&s->lock);
	return alive;
}

bool
keytable_find(struct keytable *k, const uint8_t *name, unsigned labels, uint64_t now_ms,
    struct chain_zone *out)
{
	unsigned n = dname_labels(name);

	for (;; n--, name = dname_parent(name)) {
		if (n < labels)
			return false;
		if (find_exact(k, name, now_ms, out))
			return true;
		if (n == 0)
			return false;
	}
}

/* Room for ${e}: those not used for longest go. False: it could never fit. */
static bool
make_room(const struct keytable *k, struct shard *s, const struct entry *e)
{
	if (e->bytes > k->shard_bytes)
		return false;
	while (s->bytes + e->bytes > k->shard_bytes && s->oldest != NULL)
		drop(s, s->oldest);
	return true;
}

/* Of two questions that began before anything was known one may fail after the other has
 * found out: what was proved meanwhile is true all the same, and for everybody. */
static bool
stands(const struct entry *old, const struct chain_zone *zone, uint64_t now_ms)
{
	return zone->security == SECURITY_BOGUS && old->zone.security != SECURITY_BOGUS &&
	       old->expires_ms > now_ms;
}

void
keytable_put(struct keytable *k, const struct chain_zone *zone, uint64_t now_ms)
{
	uint64_t hash = dname_hash(&k->key, zone->name.bytes);
	struct shard *s = shard_of(k, hash);
	struct entry *e, *old;
	bool kept;

	if (zone->ttl_sec == 0 || (e = calloc(1, sizeof(*e))) == NULL)
		return;
	e->zone = *zone;
	e->bytes = ENTRY_BYTES_MIN;
	if (zone->keys != NULL) {
		dnssec_keys_ref(zone->keys);
		e->bytes += dnssec_keys_bytes(zone->keys);
	}
	e->expires_ms = now_ms + (uint64_t)zone->ttl_sec * 1000;
	pthread_mutex_lock(&s->lock);
	old = find(s, hash, zone->name.bytes);
	kept = old != NULL && stands(old, zone, now_ms);
	if (old != NULL && !kept)
		drop(s, old);
	if (!kept && make_room(k, s, e) && htable_insert(s->table, &e->node, hash)) {
		link_newest(s, e);
		s->bytes += e->bytes;
		e = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	if (e == NULL)
		return;
	dnssec_keys_unref(e->zone.keys);
	free(e);
}

static bool
is_flushed(const struct entry *e, const uint8_t *name, bool subtree)
{
	if (name == NULL)
		return true;
	return subtree ? dname_is_below(e->zone.name.bytes, name)
		       : dname_equal(e->zone.name.bytes, name);
}

size_t
keytable_flush(struct keytable *k, const uint8_t *name, bool subtree)
{
	size_t count = 0;

	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *s = &k->shards[i];
		struct entry *newer;

		pthread_mutex_lock(&s->lock);
		for (struct entry *e = s->oldest; e != NULL; e = newer) {
			newer = e->newer;
			if (!is_flushed(e, name, subtree))
				continue;
			drop(s, e);
			count++;
		}
		pthread_mutex_unlock(&s->lock);
	}
	return count;
}

size_t
keytable_bytes(const struct keytable *k)
{
	return k->shard_bytes * SHARDS;
}
