#ifndef ITER_KEYTABLE_H
#define ITER_KEYTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "resolver/dnssec/chain.h"

/*
 * What is known of zones: secure with their keys, insecure, bogus; for a time. Shared
 * by all workers, bounded in bytes, the least used goes first. It stands here and not in
 * cache/ because its entries are live objects (parsed keys, counted by reference), which
 * a store of bytes cannot hold, and cache/ knows nothing of DNSSEC.
 *
 * A lock protects each shard, held for a look-up and a reference.
 */
struct keytable;

/** keytable_new(bytes, key): at most so many bytes in all. NULL without memory. */
struct keytable *keytable_new(size_t bytes, const struct hashkey *key);
void keytable_free(struct keytable *k);
/** keytable_find(k, name, labels, now_ms, out): the deepest live zone at or above ${name}
 * (canonical) that has at least ${labels} labels. ${out->keys} is a reference of the
 * caller's. */
bool keytable_find(struct keytable *k, const uint8_t *name, unsigned labels,
    uint64_t now_ms, struct chain_zone *out);
/** keytable_put(k, zone, now_ms): copies, with a reference of its own; for
 * ${zone->ttl_sec}. What is bogus displaces nothing else that is alive. */
void keytable_put(struct keytable *k, const struct chain_zone *zone, uint64_t now_ms);
/** keytable_flush(k, name, subtree): forgets ${name} (and all below); returns how many.
 * NULL name: all. */
size_t keytable_flush(struct keytable *k, const uint8_t *name, bool subtree);
/** keytable_bytes(k): the budget. */
size_t keytable_bytes(const struct keytable *k);

#endif
