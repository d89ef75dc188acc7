#include "cache/spans.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * The index: shards, each a treap over all its keys and a queue of its entries.
 *
 * Sources: C. Aragon, R. Seidel, "Randomized search trees" (FOCS 1989). A treap is a
 * search tree by key and a heap by priority; with random priorities its depth is that of
 * a tree built in random order, 2 ln n on the average, whatever order the keys come in.
 * Priorities are keyed hashes of the keys: nobody outside can build a deep one. No
 * recursion, no rebalancing, two pointers an entry.
 *
 *   1. Put: down to where the new priority belongs, the subtree there is split at the
 *      key. An equal key leaves first.
 *   2. Drop: the two subtrees are merged in its place.
 *   3. Room: from the old end of the queue; what was used is spared for one use and goes
 *      to the new end, CHANCES times a put at most; what has expired is not spared.
 */

#define MALLOC_HEAD_BYTES 8u
#define STEP_BYTES	  32u
#define CACHE_LINE	  64u
#define SHARD_MIN_BYTES	  32768u
#define SHARDS_MAX	  256u
#define ENTRY_SHARE	  16u
#define USES_MAX	  3u
#define CHANCES		  64u

struct span {
	struct span *left, *right;
	struct span *older, *newer; /* in the queue */
	uint64_t expires_ms;
	uint32_t priority;
	uint32_t value_len;
	uint16_t key_len;
	uint8_t uses;
	uint8_t bytes[]; /* key, value */
};

struct span_shard {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	struct span *root;
	struct span *oldest, *newest;
	size_t bytes;
	uint64_t entries, evictions;
};

struct spans {
	struct hashkey key;
	struct span_shard *shards;
	unsigned shard_count;
	size_t shard_bytes; /* for blocks, of each */
	size_t fixed_bytes, budget_bytes;
};

/* --- life --- */

static size_t
block_bytes(const struct span *b)
{
	size_t len = sizeof(*b) + b->key_len + b->value_len + MALLOC_HEAD_BYTES;

	return (len + STEP_BYTES - 1) & ~(size_t)(STEP_BYTES - 1);
}

struct spans *
spans_new(size_t budget_bytes, unsigned shards, const struct hashkey *key)
{
	struct spans *s;

	if (shards > SHARDS_MAX)
		shards = SHARDS_MAX;
	while (shards > 1 && budget_bytes / shards < SHARD_MIN_BYTES)
		shards /= 2;
	if (shards == 0)
		shards = 1;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->shards = aligned_alloc(CACHE_LINE, shards * sizeof(*s->shards));
	if (s->shards == NULL) {
		free(s);
		return NULL;
	}
	memset(s->shards, 0, shards * sizeof(*s->shards));
	for (unsigned i = 0; i < shards; i++)
		pthread_mutex_init(&s->shards[i].lock, NULL);
	s->key = *key;
	s->shard_count = shards;
	s->budget_bytes = budget_bytes;
	s->fixed_bytes = sizeof(*s) + shards * sizeof(*s->shards);
	if (budget_bytes > s->fixed_bytes)
		s->shard_bytes = (budget_bytes - s->fixed_bytes) / shards;
	return s;
}

void
spans_free(struct spans *s)
{
	struct span *next;

	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->shard_count; i++) {
		for (struct span *b = s->shards[i].oldest; b != NULL; b = next) {
			next = b->newer;
			free(b);
		}
		pthread_mutex_destroy(&s->shards[i].lock);
	}
	free(s->shards);
	free(s);
}

void
spans_group(
    const struct spans *s, const void *bytes, size_t len, uint8_t out[SPANS_GROUP_BYTES])
{
	uint64_t hash = siphash13(&s->key, bytes, len);

	memcpy(out, &hash, sizeof(hash));
}

/* Groups are hashes already. */
static struct span_shard *
shard_of(const struct spans *s, const uint8_t *key)
{
	return &s->shards[key[0] & (s->shard_count - 1)];
}

/* --- the tree, under the shard's lock --- */

static int
compare(const struct span *b, const uint8_t *key, size_t key_len)
{
	size_t least = b->key_len < key_len ? b->key_len : key_len;
	int order = memcmp(b->bytes, key, least);

	if (order != 0)
		return order;
	return b->key_len < key_len ? -1 : b->key_len > key_len;
}

/* The link that points at ${key}'s entry, or where it would hang. */
static struct span **
link_of(struct span_shard *sh, const uint8_t *key, size_t key_len)
{
	struct span **at = &sh->root;
	int order;

	while (*at != NULL && (order = compare(*at, key, key_len)) != 0)
		at = order < 0 ? &(*at)->right : &(*at)->left;
	return at;
}

/* The greatest entry that is not after ${key}. */
static struct span *
floor_of(const struct span_shard *sh, const uint8_t *key, size_t key_len)
{
	struct span *best = NULL, *at = sh->root;

	while (at != NULL) {
		if (compare(at, key, key_len) <= 0) {
			best = at;
			at = at->right;
		} else {
			at = at->left;
		}
	}
	return best;
}

static bool
has_prefix(const struct span *b, const uint8_t *key, size_t prefix_len)
{
	return b->key_len >= prefix_len && memcmp(b->bytes, key, prefix_len) == 0;
}

/* The greatest entry whose key is not after the prefix and all that begins with it. */
static struct span *
last_of(const struct span_shard *sh, const uint8_t *key, size_t prefix_len)
{
	struct span *best = NULL, *at = sh->root;

	while (at != NULL) {
		if (has_prefix(at, key, prefix_len) || compare(at, key, prefix_len) < 0) {
			best = at;
			at = at->right;
		} else {
			at = at->left;
		}
	}
	return best;
}

static void
split(struct span *at, const struct span *b, struct span **left, struct span **right)
{
	while (at != NULL) {
		if (compare(at, b->bytes, b->key_len) < 0) {
			*left = at;
			left = &at->right;
			at = at->right;
		} else {
			*right = at;
			right = &at->left;
			at = at->left;
		}
	}
	*left = *right = NULL;
}

static void
hang_in(struct span_shard *sh, struct span *b)
{
	struct span **at = &sh->root, *below;

	while (*at != NULL && (*at)->priority >= b->priority)
		at =
		    compare(*at, b->bytes, b->key_len) < 0 ? &(*at)->right : &(*at)->left;
	below = *at;
	*at = b;
	split(below, b, &b->left, &b->right);
}

static void
take_out(struct span **at)
{
	struct span *a = (*at)->left, *b = (*at)->right;

	while (a != NULL && b != NULL) {
		if (a->priority >= b->priority) {
			*at = a;
			at = &a->right;
			a = a->right;
		} else {
			*at = b;
			at = &b->left;
			b = b->left;
		}
	}
	*at = a != NULL ? a : b;
}

/* --- the queue --- */

static void
queue_in(struct span_shard *sh, struct span *b)
{
	b->older = sh->newest;
	b->newer = NULL;
	if (sh->newest != NULL)
		sh->newest->newer = b;
	else
		sh->oldest = b;
	sh->newest = b;
}

static void
queue_out(struct span_shard *sh, struct span *b)
{
	if (b->older != NULL)
		b->older->newer = b->newer;
	else
		sh->oldest = b->newer;
	if (b->newer != NULL)
		b->newer->older = b->older;
	else
		sh->newest = b->older;
}

/* ${at} is the link that points at it. */
static void
drop(struct span_shard *sh, struct span **at)
{
	struct span *b = *at;

	take_out(at);
	queue_out(sh, b);
	sh->bytes -= block_bytes(b);
	sh->entries--;
	free(b);
}

static void
make_room(const struct spans *s, struct span_shard *sh, size_t need, uint64_t now_ms)
{
	unsigned chances = CHANCES;

	while (sh->oldest != NULL && sh->bytes + need > s->shard_bytes) {
		struct span *b = sh->oldest;

		if (b->uses > 0 && b->expires_ms > now_ms && chances > 0) {
			chances--;
			b->uses--;
			queue_out(sh, b);
			queue_in(sh, b);
			continue;
		}
		sh->evictions++;
		drop(sh, link_of(sh, b->bytes, b->key_len));
	}
}

/* --- the calls --- */

static struct span *
new_span(const struct spans *s, const uint8_t *key, size_t key_len, const void *value,
    size_t value_len)
{
	struct span *b;

	if (key_len < SPANS_GROUP_BYTES || key_len > SPANS_KEY_MAX ||
	    value_len > s->shard_bytes / ENTRY_SHARE)
		return NULL;
	if ((b = malloc(sizeof(*b) + key_len + value_len)) == NULL)
		return NULL;
	b->priority = (uint32_t)siphash13(&s->key, key, key_len);
	b->uses = 0;
	b->key_len = (uint16_t)key_len;
	b->value_len = (uint32_t)value_len;
	memcpy(b->bytes, key, key_len);
	if (value_len > 0)
		memcpy(b->bytes + key_len, value, value_len);
	return b;
}

void
spans_put(struct spans *s, const uint8_t *key, size_t key_len, const void *value,
    size_t value_len, uint64_t expires_ms, uint64_t now_ms)
{
	struct span *b = new_span(s, key, key_len, value, value_len);
	struct span_shard *sh = shard_of(s, key);
	struct span **old;

	if (b == NULL)
		return;
	b->expires_ms = expires_ms;
	pthread_mutex_lock(&sh->lock);
	if (*(old = link_of(sh, key, key_len)) != NULL) {
		b->uses = (*old)->uses;
		drop(sh, old);
	}
	make_room(s, sh, block_bytes(b), now_ms);
	if (sh->bytes + block_bytes(b) <= s->shard_bytes) {
		hang_in(sh, b);
		queue_in(sh, b);
		sh->bytes += block_bytes(b);
		sh->entries++;
		b = NULL;
	}
	pthread_mutex_unlock(&sh->lock);
	free(b);
}

static struct span *
look_up(const struct span_shard *sh, enum spans_find how, const uint8_t *key,
    size_t key_len, size_t prefix_len)
{
	struct span *b = floor_of(sh, key, key_len);

	if (b != NULL && has_prefix(b, key, prefix_len))
		return how == SPANS_EXACT && compare(b, key, key_len) != 0 ? NULL : b;
	if (how != SPANS_RING)
		return NULL;
	b = last_of(sh, key, prefix_len);
	return b != NULL && has_prefix(b, key, prefix_len) ? b : NULL;
}

bool
spans_find(struct spans *s, enum spans_find how, const uint8_t *key, size_t key_len,
    size_t prefix_len, uint64_t now_ms, spans_reader *fn, void *ctx)
{
	struct span_shard *sh = shard_of(s, key);
	struct span *b;
	bool alive;

	pthread_mutex_lock(&sh->lock);
	b = look_up(sh, how, key, key_len, prefix_len);
	alive = b != NULL && b->expires_ms > now_ms;
	if (alive) {
		if (b->uses < USES_MAX)
			b->uses++;
		fn(ctx, b->bytes + b->key_len, b->value_len, b->expires_ms);
	}
	pthread_mutex_unlock(&sh->lock);
	return alive;
}

size_t
spans_sweep(struct spans *s, spans_filter *fn, void *ctx)
{
	size_t dropped = 0;

	for (unsigned i = 0; i < s->shard_count; i++) {
		struct span_shard *sh = &s->shards[i];
		struct span *next;

		pthread_mutex_lock(&sh->lock);
		for (struct span *b = sh->oldest; b != NULL; b = next) {
			next = b->newer;
			if (!fn(ctx, b->bytes, b->key_len, b->bytes + b->key_len,
				b->value_len))
				continue;
			drop(sh, link_of(sh, b->bytes, b->key_len));
			dropped++;
		}
		pthread_mutex_unlock(&sh->lock);
	}
	return dropped;
}

void
spans_stats(const struct spans *s, struct spans_stats *out)
{
	*out = (struct spans_stats){ .budget_bytes = s->budget_bytes,
		.bytes = s->fixed_bytes };
	for (unsigned i = 0; i < s->shard_count; i++) {
		struct span_shard *sh = &s->shards[i];

		pthread_mutex_lock(&sh->lock);
		out->entries += sh->entries;
		out->bytes += sh->bytes;
		out->evictions += sh->evictions;
		pthread_mutex_unlock(&sh->lock);
	}
}
