#ifndef CACHE_STORE_H
#define CACHE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/siphash.h"

/*
 * A bounded store of byte blocks under byte keys: the ground floor of every
 * cache here. Sharded by hash, one lock a shard; eviction is scan-resistant (SIEVE
 * or S3-FIFO: a flood of one-time names cannot push out what people use).
 *
 * The budget counts everything: blocks, the allocator's overhead, and the index.
 */

struct store;

/** store_new(budget_bytes, shards, key): ${shards} a power of two. NULL without memory. */
struct store *store_new(size_t budget_bytes, unsigned shards, const struct hashkey *key);
void store_free(struct store *s);

/** store_hash(s, bytes, len): the hash that the calls below want. */
uint64_t store_hash(const struct store *s, const void *key, size_t key_len);

/** store_put(s, hash, key, key_len, value, value_len, expires_ms): copies; replaces an equal key.
 *  Errors: ERR_NOMEM, ERR_RANGE (larger than 1/16 of a shard's budget). */
MUST_USE enum err store_put(struct store *s, uint64_t hash, const void *key, size_t key_len,
    const void *value, size_t value_len, uint64_t expires_ms);

/**
 * store_read(s, hash, key, key_len, now_ms, fn, ctx):
 * Calls ${fn} with the live value while the shard is locked: ${fn} copies what it needs, may patch the value in
 * place (same length) and must not call the store. Marks the entry as used. False when there is none (or it has expired).
 */
typedef void store_reader(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms);
bool store_read(struct store *s, uint64_t hash, const void *key, size_t key_len, uint64_t now_ms,
    store_reader *fn, void *ctx);
/** store_prefetch(s, hash): asks the CPU to fetch the bucket; no lock. */
void store_prefetch(const struct store *s, uint64_t hash);
void store_remove(struct store *s, uint64_t hash, const void *key, size_t key_len);

/** store_sweep(s, fn, ctx): ${fn} sees each entry and returns true to drop it; one shard locked at a time. Returns how many went. */
typedef bool store_filter(void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len);
size_t store_sweep(struct store *s, store_filter *fn, void *ctx);

struct store_stats {
	uint64_t entries, bytes, budget_bytes, puts, evictions, hits, misses;
};
void store_stats(const struct store *s, struct store_stats *out);

#endif
