#include "cache/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * The store: shards, each a chained index and two queues under one lock.
 *
 * Sources: J. Yang et al., "FIFO queues are all you need for cache eviction"
 * (SOSP 2023), called S3-FIFO. Most names are asked once and never again; the
 * cheapest way to keep them from pushing out what people use is to let them
 * prove themselves first.
 *
 *   1. A new entry goes into the SMALL queue, which may hold a tenth of the bytes.
 *   2. An entry that reaches SMALL's old end moves to MAIN if it was used since it
 *      came; else it leaves, and its fingerprint stays behind as a ghost. Unlike
 *      the paper's, the move costs one use and not all: when a store first becomes
 *      full, SMALL holds everything, and names in use must not arrive in MAIN as bare as
 *      those that were asked twice.
 *   3. A key that comes back while its ghost is remembered goes to MAIN at once.
 *   4. An entry that reaches MAIN's old end goes round again once for each time it
 *      was used lately (3 at most); else it leaves.
 *   5. An expired entry that reaches either end leaves.
 *
 * A hit only counts up to three in the entry, so it moves nothing and dirties
 * at most one cache line. A flood of one-time names passes through SMALL alone:
 * MAIN gives nothing up while SMALL is above its tenth.
 *
 * The work of a put is bounded: it spares at most CHANCES entries, then takes
 * whatever stands at the end; and a block is at most 1/16 of a shard, so that it
 * displaces at most (its bytes / BLOCK_MIN_BYTES) others.
 *
 * Entries are single malloc blocks, their sizes rounded to classes, so that a
 * freed block fits the next entry and the heap stays as large as the budget says.
 */

/* What malloc keeps beside a block and how it rounds (glibc, 64 bit). */
#define MALLOC_HEAD_BYTES 8u
#define BLOCK_MIN_BYTES	  64u
/* Steps of block sizes: 32 bytes where most entries are, above that 1/16 of the size at
 * most. */
#define CLASS_STEP_BYTES 32u
#define CLASS_FINE_BYTES 512u

/* An RRset or answer takes 150 to 400 bytes here, so chains stay near one entry long. */
#define BYTES_PER_BUCKET 192u
#define BUCKETS_MIN	 16u
#define SHARD_MIN_BYTES	 65536u
#define SHARDS_MAX	 65536u

#define SMALL_SHARE 10u /* a tenth, as measured best in the paper, 5.2 */
#define USES_MAX    3u
#define CHANCES	    64u /* a lap of a few microseconds, then anything may go */
#define ENTRY_SHARE 16u
#define CACHE_LINE  64u
#define VALUE_ALIGN 8u
/* Cache lines: header, key, and the message of a common answer. */
#define PREFETCH_SPAN	4u
#define HUGE_PAGE_BYTES ((size_t)2 << 20)

enum queue_id { QUEUE_SMALL, QUEUE_MAIN, QUEUE_COUNT };

struct store_block {
	struct store_block *chain;
	uint64_t hash;
	uint64_t expires_ms;
	struct store_block *older, *newer; /* in its queue */
	uint32_t value_len;
	uint16_t key_len;
	uint8_t queue;	 /* enum queue_id */
	uint8_t uses;	 /* 0..USES_MAX, since it came or was last spared */
	uint8_t bytes[]; /* the key, up to 7 bytes of nothing, the value */
};
_Static_assert(
    offsetof(struct store_block, bytes) % VALUE_ALIGN == 0, "values are aligned");

struct queue {
	struct store_block *oldest, *newest;
	size_t bytes;
};

typedef _Atomic(struct store_block *) bucket;

/* What a hit touches stands in the first cache line. */
struct shard {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;
	bucket *buckets; /* its part; changed under the lock, heads are read without it to
			    prefetch */
	size_t bucket_mask;
	uint64_t hits;

	uint32_t *ghosts; /* as many as buckets: fingerprints of what lately left SMALL */
	size_t budget_bytes, small_bytes; /* for blocks; SMALL's part of it */
	struct queue queues[QUEUE_COUNT];
	uint64_t entries, puts, evictions, misses;
};

struct store {
	struct hashkey key;
	size_t bucket_mask; /* over the buckets of all shards: the high bits of a number
			       choose the shard */
	unsigned shard_shift;
	bucket *buckets;
	struct shard *shards;
	size_t shard_count;
	size_t index_bytes,
	    fixed_bytes; /* the map of all buckets and ghosts; that and the structs */
	size_t budget_bytes, block_max_bytes;
};

/* --- sizes --- */

static size_t
value_offset(size_t key_len)
{
	return offsetof(struct store_block, bytes) +
	       ((key_len + VALUE_ALIGN - 1) & ~(size_t)(VALUE_ALIGN - 1));
}

/* The bytes of memory that a block takes: its class, malloc's head included. */
static size_t
class_bytes(size_t block_len)
{
	size_t need = block_len + MALLOC_HEAD_BYTES, step = CLASS_STEP_BYTES;

	while (need > step * (CLASS_FINE_BYTES / CLASS_STEP_BYTES))
		step *= 2;
	need = (need + step - 1) & ~(step - 1);
	return need < BLOCK_MIN_BYTES ? BLOCK_MIN_BYTES : need;
}

static size_t
block_bytes(const struct store_block *b)
{
	return class_bytes(value_offset(b->key_len) + b->value_len);
}

static size_t
power_of_two_below(size_t n)
{
	size_t p = 1;

	while (p <= n / 2)
		p *= 2;
	return p;
}

/* --- making and freeing --- */

/*
 * Buckets and ghosts of all shards in one piece of zeroes straight from the
 * system, in huge pages where it has them: a lookup in a large index then seldom waits
 * for a page table. Nothing is touched before it is used.
 */
static bool
index_map(struct store *s, size_t buckets)
{
	size_t huge = HUGE_PAGE_BYTES;
	size_t bytes = buckets * (sizeof(bucket) + sizeof(uint32_t));
	void *map;

	if (bytes >= huge)
		bytes = (bytes + huge - 1) & ~(huge - 1);
	map =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return false;
	(void)madvise(map, bytes,
	    MADV_HUGEPAGE); /* a wish; without it all is as well, but slower */
	s->buckets = map;
	s->bucket_mask = buckets - 1;
	s->index_bytes = bytes;
	return true;
}

static void
shards_init(struct store *s)
{
	size_t buckets = s->bucket_mask + 1, each = buckets / s->shard_count;
	uint32_t *ghosts = (uint32_t *)(uintptr_t)(s->buckets + buckets);

	memset(s->shards, 0, s->shard_count * sizeof(*s->shards));
	for (size_t i = 0; i < s->shard_count; i++) {
		struct shard *sh = &s->shards[i];

		/* Of default kind: it takes nothing that could be missing. */
		pthread_mutex_init(&sh->lock, NULL);
		sh->buckets = s->buckets + i * each;
		sh->ghosts = ghosts + i * each;
		sh->bucket_mask = each - 1;
	}
	while ((size_t)1 << s->shard_shift < each)
		s->shard_shift++;
}

static void
shard_fini(struct shard *sh)
{
	struct store_block *b, *next;

	for (unsigned q = 0; q < QUEUE_COUNT; q++) {
		for (b = sh->queues[q].oldest; b != NULL; b = next) {
			next = b->newer;
			free(b);
		}
	}
	pthread_mutex_destroy(&sh->lock);
}

/* The index comes out of the budget first; the shards share what is left. */
static void
share_budget(struct store *s)
{
	size_t room = 0;

	s->fixed_bytes = class_bytes(sizeof(*s)) + s->index_bytes +
			 class_bytes(s->shard_count * sizeof(struct shard));
	if (s->fixed_bytes < s->budget_bytes)
		room = (s->budget_bytes - s->fixed_bytes) / s->shard_count;
	s->block_max_bytes = room / ENTRY_SHARE;
	for (size_t i = 0; i < s->shard_count; i++) {
		s->shards[i].budget_bytes = room;
		s->shards[i].small_bytes = room / SMALL_SHARE;
	}
}

struct store *
store_new(size_t budget_bytes, unsigned shards, const struct hashkey *key)
{
	size_t count = shards > SHARDS_MAX ? SHARDS_MAX : power_of_two_below(shards);
	size_t buckets;
	struct store *s;

	while (count > 1 && budget_bytes / count < SHARD_MIN_BYTES)
		count /= 2;
	buckets = power_of_two_below(budget_bytes / count / BYTES_PER_BUCKET);
	if (buckets < BUCKETS_MIN)
		buckets = BUCKETS_MIN;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto fail0;
	s->key = *key;
	s->budget_bytes = budget_bytes;
	s->shard_count = count;
	if ((s->shards = aligned_alloc(CACHE_LINE, count * sizeof(*s->shards))) == NULL)
		goto fail1;
	if (!index_map(s, count * buckets))
		goto fail2;
	shards_init(s);
	share_budget(s);
	return s;

fail2:
	free(s->shards);
fail1:
	free(s);
fail0:
	return NULL;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->shard_count; i++)
		shard_fini(&s->shards[i]);
	munmap((void *)(uintptr_t)s->buckets, s->index_bytes);
	free(s->shards);
	free(s);
}

/* --- index, queues, ghosts: all under the shard's lock --- */

static struct shard *
shard_of(const struct store *s, uint64_t hash)
{
	return &s->shards[(hash & s->bucket_mask) >> s->shard_shift];
}

static bucket *
bucket_of(const struct shard *sh, uint64_t hash)
{
	return &sh->buckets[hash & sh->bucket_mask];
}

static struct store_block *
head_of(const struct shard *sh, uint64_t hash)
{
	return atomic_load_explicit(bucket_of(sh, hash), memory_order_relaxed);
}

static struct store_block *
find(const struct shard *sh, uint64_t hash, const void *head, size_t head_len,
    const void *tail, size_t tail_len)
{
	struct store_block *b = head_of(sh, hash);

	while (b != NULL &&
	       !(b->hash == hash && b->key_len == head_len + tail_len &&
		   memcmp(b->bytes, head, head_len) == 0 &&
		   (tail_len == 0 || memcmp(b->bytes + head_len, tail, tail_len) == 0)))
		b = b->chain;
	return b;
}

static void
chain_in(struct shard *sh, struct store_block *b)
{
	b->chain = head_of(sh, b->hash);
	atomic_store_explicit(bucket_of(sh, b->hash), b, memory_order_relaxed);
}

static void
chain_out(struct shard *sh, struct store_block *b)
{
	struct store_block *at = head_of(sh, b->hash);

	if (at == b) {
		atomic_store_explicit(
		    bucket_of(sh, b->hash), b->chain, memory_order_relaxed);
		return;
	}
	while (at->chain != b)
		at = at->chain;
	at->chain = b->chain;
}

static void
queue_in(struct shard *sh, struct store_block *b, enum queue_id id)
{
	struct queue *q = &sh->queues[id];

	b->queue = (uint8_t)id;
	b->older = q->newest;
	b->newer = NULL;
	if (q->newest != NULL)
		q->newest->newer = b;
	else
		q->oldest = b;
	q->newest = b;
	q->bytes += block_bytes(b);
}

static void
queue_out(struct shard *sh, struct store_block *b)
{
	struct queue *q = &sh->queues[b->queue];

	if (b->older != NULL)
		b->older->newer = b->newer;
	else
		q->oldest = b->newer;
	if (b->newer != NULL)
		b->newer->older = b->older;
	else
		q->newest = b->older;
	q->bytes -= block_bytes(b);
}

static void
link_block(struct shard *sh, struct store_block *b, enum queue_id id)
{
	chain_in(sh, b);
	queue_in(sh, b, id);
	sh->entries++;
}

static void
unlink_block(struct shard *sh, struct store_block *b)
{
	chain_out(sh, b);
	queue_out(sh, b);
	sh->entries--;
}

static uint32_t
fingerprint(uint64_t hash)
{
	return (uint32_t)(hash >> 24) | 1; /* 0 is an empty place */
}

static void
ghost_remember(struct shard *sh, uint64_t hash)
{
	sh->ghosts[hash & sh->bucket_mask] = fingerprint(hash);
}

static bool
ghost_take(struct shard *sh, uint64_t hash)
{
	uint32_t *place = &sh->ghosts[hash & sh->bucket_mask];

	if (*place != fingerprint(hash))
		return false;
	*place = 0;
	return true;
}

/* --- eviction --- */

static size_t
shard_bytes(const struct shard *sh)
{
	return sh->queues[QUEUE_SMALL].bytes + sh->queues[QUEUE_MAIN].bytes;
}

/* Whose turn it is: SMALL's while it has more than its tenth. */
static struct store_block *
candidate(const struct shard *sh)
{
	const struct queue *small = &sh->queues[QUEUE_SMALL];
	const struct queue *main_queue = &sh->queues[QUEUE_MAIN];

	if (small->oldest != NULL &&
	    (small->bytes > sh->small_bytes || main_queue->oldest == NULL))
		return small->oldest;
	return main_queue->oldest;
}

/* Steps 2 and 4: a used entry goes on to MAIN's new end, for one use. */
static void
spare(struct shard *sh, struct store_block *b)
{
	b->uses--;
	queue_out(sh, b);
	queue_in(sh, b, QUEUE_MAIN);
}

static void
evict(struct shard *sh, struct store_block *b, struct store_block **dead)
{
	/* What went unused through MAIN had its chance; all else may come back. */
	if (b->queue == QUEUE_SMALL || b->uses > 0)
		ghost_remember(sh, b->hash);
	unlink_block(sh, b);
	sh->evictions++;
	b->chain = *dead;
	*dead = b;
}

static void
make_room(struct shard *sh, size_t need, uint64_t now_ms, struct store_block **dead)
{
	unsigned chances = CHANCES;
	struct store_block *b;

	while (shard_bytes(sh) + need > sh->budget_bytes && (b = candidate(sh)) != NULL) {
		if (b->uses > 0 && b->expires_ms > now_ms && chances > 0) {
			spare(sh, b);
			chances--;
		} else {
			evict(sh, b, dead);
		}
	}
}

/* Victims are freed after the lock is given back: free may take the heap's own. */
static void
free_all(struct store_block *dead)
{
	struct store_block *next;

	for (; dead != NULL; dead = next) {
		next = dead->chain;
		free(dead);
	}
}

/* --- the calls --- */

uint64_t
store_hash(const struct store *s, const void *key, size_t key_len)
{
	return siphash13(&s->key, key, key_len);
}

enum err
store_block_new(struct store *s, const void *key, size_t key_len, size_t value_len,
    struct store_block **block)
{
	struct store_block *b;
	size_t bytes;

	*block = NULL;
	if (key_len > UINT16_MAX || value_len > UINT32_MAX / 2)
		return ERR_RANGE;
	bytes = class_bytes(value_offset(key_len) + value_len);
	if (bytes > s->block_max_bytes)
		return ERR_RANGE;
	if ((b = malloc(bytes - MALLOC_HEAD_BYTES)) == NULL)
		return ERR_NOMEM;
	b->key_len = (uint16_t)key_len;
	b->value_len = (uint32_t)value_len;
	b->uses = 0;
	memcpy(b->bytes, key, key_len);
	*block = b;
	return ERR_OK;
}

uint8_t *
store_block_value(struct store_block *b)
{
	return (uint8_t *)b + value_offset(b->key_len);
}

void
store_block_free(struct store_block *b)
{
	free(b);
}

/* Asks the judge about ${old}, unless that is dead already. */
static bool
may_replace(struct store_block *old, struct store_block *b, uint64_t now_ms,
    store_judge *judge, void *ctx)
{
	if (old == NULL || judge == NULL || old->expires_ms <= now_ms)
		return true;
	return judge(ctx, store_block_value(old), old->value_len, old->expires_ms,
	    store_block_value(b), b->value_len, &b->expires_ms);
}

bool
store_commit(struct store *s, uint64_t hash, struct store_block *b, uint64_t expires_ms,
    uint64_t now_ms, store_judge *judge, void *ctx)
{
	struct shard *sh = shard_of(s, hash);
	struct store_block *dead = NULL, *old;
	enum queue_id id = QUEUE_SMALL;
	bool taken;

	b->hash = hash;
	b->expires_ms = expires_ms;
	b->chain = NULL;
	pthread_mutex_lock(&sh->lock);
	sh->puts++;
	old = find(sh, hash, b->bytes, b->key_len, NULL, 0);
	if ((taken = may_replace(old, b, now_ms, judge, ctx))) {
		if (old != NULL) {
			/* The same key in new words keeps its standing. */
			unlink_block(sh, old);
			id = (enum queue_id)old->queue;
			b->uses = old->uses;
			old->chain = dead;
			dead = old;
		} else if (ghost_take(sh, hash)) {
			id = QUEUE_MAIN;
		}
		make_room(sh, block_bytes(b), now_ms, &dead);
		link_block(sh, b, id);
	}
	pthread_mutex_unlock(&sh->lock);
	if (!taken)
		free(b);
	free_all(dead);
	return taken;
}

enum err
store_put(struct store *s, uint64_t hash, const void *key, size_t key_len,
    const void *value, size_t value_len, uint64_t expires_ms, uint64_t now_ms)
{
	struct store_block *b;
	enum err e;

	if ((e = store_block_new(s, key, key_len, value_len, &b)) != ERR_OK)
		return e;
	if (value_len > 0)
		memcpy(store_block_value(b), value, value_len);
	store_commit(s, hash, b, expires_ms, now_ms, NULL, NULL);
	return ERR_OK;
}

bool
store_read_split(struct store *s, uint64_t hash, const void *head, size_t head_len,
    const void *tail, size_t tail_len, uint64_t now_ms, store_reader *fn, void *ctx)
{
	struct shard *sh = shard_of(s, hash);
	struct store_block *b;
	bool alive;

	store_prefetch_entry(s, hash); /* comes while the lock is taken */
	pthread_mutex_lock(&sh->lock);
	b = find(sh, hash, head, head_len, tail, tail_len);
	alive = b != NULL && b->expires_ms > now_ms;
	if (alive) {
		sh->hits++;
		if (b->uses < USES_MAX)
			b->uses++;
		fn(ctx, store_block_value(b), b->value_len, b->expires_ms);
	} else {
		sh->misses++;
	}
	pthread_mutex_unlock(&sh->lock);
	return alive;
}

bool
store_read(struct store *s, uint64_t hash, const void *key, size_t key_len,
    uint64_t now_ms, store_reader *fn, void *ctx)
{
	return store_read_split(s, hash, key, key_len, NULL, 0, now_ms, fn, ctx);
}

void
store_prefetch(const struct store *s, uint64_t hash)
{
	__builtin_prefetch(shard_of(s, hash));
	__builtin_prefetch(
	    (const void *)(uintptr_t)(s->buckets + (hash & s->bucket_mask)));
}

void
store_prefetch_entry(const struct store *s, uint64_t hash)
{
	/* It may have been freed meanwhile: a prefetch of any address is harmless. */
	const char *at = (const char *)atomic_load_explicit(
	    s->buckets + (hash & s->bucket_mask), memory_order_relaxed);

	if (at == NULL)
		return;
	for (unsigned i = 0; i < PREFETCH_SPAN; i++)
		__builtin_prefetch(at + (size_t)i * CACHE_LINE);
}

bool
store_remove(struct store *s, uint64_t hash, const void *key, size_t key_len)
{
	struct shard *sh = shard_of(s, hash);
	struct store_block *b;

	pthread_mutex_lock(&sh->lock);
	if ((b = find(sh, hash, key, key_len, NULL, 0)) != NULL)
		unlink_block(sh, b);
	pthread_mutex_unlock(&sh->lock);
	free(b);
	return b != NULL;
}

static size_t
sweep_shard(struct shard *sh, store_filter *fn, void *ctx, struct store_block **dead)
{
	struct store_block *b, *next;
	size_t dropped = 0;

	for (unsigned q = 0; q < QUEUE_COUNT; q++) {
		for (b = sh->queues[q].oldest; b != NULL; b = next) {
			next = b->newer;
			if (!fn(ctx, b->bytes, b->key_len, store_block_value(b),
				b->value_len))
				continue;
			unlink_block(sh, b);
			b->chain = *dead;
			*dead = b;
			dropped++;
		}
	}
	return dropped;
}

size_t
store_sweep(struct store *s, store_filter *fn, void *ctx)
{
	struct store_block *dead;
	size_t dropped = 0;

	for (size_t i = 0; i < s->shard_count; i++) {
		dead = NULL;
		pthread_mutex_lock(&s->shards[i].lock);
		dropped += sweep_shard(&s->shards[i], fn, ctx, &dead);
		pthread_mutex_unlock(&s->shards[i].lock);
		free_all(dead);
	}
	return dropped;
}

void
store_stats(const struct store *s, struct store_stats *out)
{
	memset(out, 0, sizeof(*out));
	out->budget_bytes = s->budget_bytes;
	out->bytes = s->fixed_bytes;
	for (size_t i = 0; i < s->shard_count; i++) {
		struct shard *sh = &s->shards[i];

		pthread_mutex_lock(&sh->lock);
		out->entries += sh->entries;
		out->bytes += shard_bytes(sh);
		out->puts += sh->puts;
		out->evictions += sh->evictions;
		out->hits += sh->hits;
		out->misses += sh->misses;
		pthread_mutex_unlock(&sh->lock);
	}
}
