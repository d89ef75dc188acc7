#ifndef CACHE_STORE_H
#define CACHE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/siphash.h"

/*
 * A bounded store of byte blocks under byte keys: the ground floor of every
 * cache here. Sharded by hash, one lock a shard; eviction is scan-resistant
 * (S3-FIFO: a flood of one-time names cannot push out what people use).
 *
 * The budget counts everything: blocks, the allocator's overhead, and the index,
 * which is made once and never grows. Bytes are at most the budget at every moment.
 *
 * Time is a parameter: milliseconds of the monotonic clock. An entry is alive
 * while ${now_ms} < ${expires_ms}.
 */

struct store;

/** store_new(budget_bytes, shards, key): ${shards} a power of two (fewer are made when a
 * shard would be below 64 KB). A budget too small for the index keeps nothing. NULL
 * without memory. */
struct store *store_new(size_t budget_bytes, unsigned shards, const struct hashkey *key);
/** store_free(s): with all its entries; nobody may be using it. */
void store_free(struct store *s);

/** store_hash(s, bytes, len): the hash that the calls below want. A caller may use
 * another one for its keys, if it is keyed, even in all its bits, and always the same for
 * a key. */
uint64_t store_hash(const struct store *s, const void *key, size_t key_len);

/** store_put(s, hash, key, key_len, value, value_len, expires_ms, now_ms): copies;
 * replaces an equal key, which keeps its place in the order of eviction. Errors:
 * ERR_NOMEM, ERR_RANGE (larger than 1/16 of a shard's budget). */
MUST_USE enum err store_put(struct store *s, uint64_t hash, const void *key,
    size_t key_len, const void *value, size_t value_len, uint64_t expires_ms,
    uint64_t now_ms);

/*
 * The same in two steps, for values that are built in place (no second copy)
 * and for puts that depend on what is there already.
 */
struct store_block;
/** store_block_new(s, key, key_len, value_len, block): returns a new block outside the
 * store in ${*block}; copies ${key}, the value is uninitialised. Errors as store_put. */
MUST_USE enum err store_block_new(struct store *s, const void *key, size_t key_len,
    size_t value_len, struct store_block **block);
/** store_block_value(b): the ${value_len} bytes, aligned to 8. */
uint8_t *store_block_value(struct store_block *b);
void store_block_free(struct store_block *b);
/**
 * A judge decides, while the shard is locked, between the live value ${old} of the
 * key and the new one; it may patch ${value} and ${*expires_ms}. False keeps the old one.
 * It is not asked when there is no live value. It must not call the store.
 */
typedef bool store_judge(void *ctx, const uint8_t *old, size_t old_len,
    uint64_t old_expires_ms, uint8_t *value, size_t value_len, uint64_t *expires_ms);
/** store_commit(s, hash, b, expires_ms, now_ms, judge, ctx): takes ${b}, always. ${judge}
 * may be NULL. False when the judge kept the old value. */
bool store_commit(struct store *s, uint64_t hash, struct store_block *b,
    uint64_t expires_ms, uint64_t now_ms, store_judge *judge, void *ctx);

/**
 * store_read(s, hash, key, key_len, now_ms, fn, ctx):
 * Calls ${fn} with the live value while the shard is locked: ${fn} copies what it needs,
 * may patch the value in place (same length) and must not call the store. Marks the entry
 * as used. False when there is none (or it has expired).
 */
typedef void store_reader(
    void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms);
bool store_read(struct store *s, uint64_t hash, const void *key, size_t key_len,
    uint64_t now_ms, store_reader *fn, void *ctx);
/** store_read_split(...): the same for a key in two pieces, ${head} then ${tail}, that
 * need not be put together first. */
bool store_read_split(struct store *s, uint64_t hash, const void *head, size_t head_len,
    const void *tail, size_t tail_len, uint64_t now_ms, store_reader *fn, void *ctx);
/** store_prefetch(s, hash): asks the CPU to fetch the bucket; no lock. */
void store_prefetch(const struct store *s, uint64_t hash);
/** store_prefetch_entry(s, hash): a moment later: asks for the bucket's first entry; no
 * lock. */
void store_prefetch_entry(const struct store *s, uint64_t hash);
/** store_remove(s, hash, key, key_len): true when there was one, alive or not. */
bool store_remove(struct store *s, uint64_t hash, const void *key, size_t key_len);

/** store_sweep(s, fn, ctx): ${fn} sees each entry and returns true to drop it; one shard
 * locked at a time. Returns how many went. */
typedef bool store_filter(void *ctx, const uint8_t *key, size_t key_len,
    const uint8_t *value, size_t value_len);
size_t store_sweep(struct store *s, store_filter *fn, void *ctx);

struct store_stats {
	uint64_t entries, bytes, budget_bytes, puts, evictions, hits, misses;
};
/** store_stats(s, out): ${bytes} with the index; never more than ${budget_bytes}. */
void store_stats(const struct store *s, struct store_stats *out);

#endif
