#ifndef CACHE_SPANS_H
#define CACHE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/siphash.h"

/*
 * A bounded, ordered index of byte blocks under byte keys: what cache/store.h is for
 * exact keys, this is for "the greatest key at or before that one". Keys are ordered as
 * memcmp does, a prefix first. Its first SPANS_GROUP_BYTES bytes are the key's group: a
 * look-up never leaves its group, and a group lies in one shard.
 *
 * The budget counts blocks with the allocator's overhead and the shards; it is held at
 * every moment. What was used lately is spared once for each use (three at most), what
 * has expired is not. A look-up or a put costs O(log entries) comparisons under one
 * shard's lock. Time is a parameter; an entry is alive while ${now_ms} < ${expires_ms}.
 */

struct spans;

#define SPANS_GROUP_BYTES 8u
#define SPANS_KEY_MAX	  1024u

/** spans_new(budget_bytes, shards, key): ${shards} a power of two; fewer are made when
 * one would be below 32 KB. NULL without memory. */
struct spans *spans_new(size_t budget_bytes, unsigned shards, const struct hashkey *key);
/** spans_free(s): with all its entries; nobody may be using it. */
void spans_free(struct spans *s);
/** spans_group(s, bytes, len, out): the group of whatever ${bytes} name: a keyed hash. */
void spans_group(
    const struct spans *s, const void *bytes, size_t len, uint8_t out[SPANS_GROUP_BYTES]);

/** spans_put(s, key, key_len, value, value_len, expires_ms, now_ms): copies; replaces an
 * equal key. What is larger than 1/16 of a shard is not kept. */
void spans_put(struct spans *s, const uint8_t *key, size_t key_len, const void *value,
    size_t value_len, uint64_t expires_ms, uint64_t now_ms);

/** What a look-up wants of a group. */
enum spans_find {
	SPANS_EXACT, /* this key */
	SPANS_FLOOR, /* the greatest key that is not after this one */
	SPANS_RING   /* the same, and without one the greatest of all: a ring's last */
};
/**
 * spans_find(s, how, key, key_len, prefix_len, now_ms, fn, ctx):
 * Among keys that begin as ${key} does in its first ${prefix_len} bytes (at least the
 * group). Calls ${fn} with the value while the shard is locked: it copies and returns.
 * Marks the entry as used. False when there is none, or that one has expired: no other
 * speaks in its place.
 */
typedef void spans_reader(
    void *ctx, const uint8_t *value, size_t value_len, uint64_t expires_ms);
bool spans_find(struct spans *s, enum spans_find how, const uint8_t *key, size_t key_len,
    size_t prefix_len, uint64_t now_ms, spans_reader *fn, void *ctx);

/** spans_sweep(s, fn, ctx): ${fn} sees each entry and returns true to drop it; one shard
 * locked at a time. Returns how many went. */
typedef bool spans_filter(void *ctx, const uint8_t *key, size_t key_len,
    const uint8_t *value, size_t value_len);
size_t spans_sweep(struct spans *s, spans_filter *fn, void *ctx);

struct spans_stats {
	uint64_t entries, bytes, budget_bytes, evictions;
};
void spans_stats(const struct spans *s, struct spans_stats *out);

#endif
