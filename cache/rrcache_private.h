#ifndef CACHE_RRCACHE_PRIVATE_H
#define CACHE_RRCACHE_PRIVATE_H

#include <stdatomic.h>

#include "cache/flat.h"
#include "cache/kind.h"
#include "cache/rrcache.h"

/*
 * What the parts of rrcache share: rrcache.c (life, RRsets, flush),
 * rrcache_negative.c, rrcache_delegation.c, rrcache_failure.c, rrcache_denial.c.
 */

struct rrcache {
	struct store *store; /* borrowed */
	/* struct rrcache_limits, each figure by itself: a reload may change them at any
	 * time. */
	_Atomic uint32_t ttl_max_sec, ttl_min_sec, negative_ttl_max_sec;
	_Atomic uint32_t failure_ttl_min_sec, failure_ttl_max_sec;
	/* No delegation ever kept has more labels: a walk need not begin deeper. */
	_Atomic unsigned delegation_labels_max;
	struct spans *denial;		    /* rrcache_denial.c; NULL: none kept */
	_Atomic unsigned denial_labels_max; /* no zone in it has more labels */
};

/* canonical name, type (2), kind (1); cache/kind.h says why in this order */
#define RRKEY_TAIL 3u
struct rrkey {
	size_t len;
	uint8_t bytes[DNAME_MAX + RRKEY_TAIL];
};

/** A block copied out of the store, in an arena. */
struct rrblock {
	struct arena *arena;
	const uint8_t *bytes; /* NULL: the arena was full */
	size_t len;
	uint32_t ttl_sec;
	uint64_t now_ms;
};

void rrcache_key(
    struct rrkey *key, const uint8_t *name, uint16_t type, enum cache_kind kind);
/** rrcache_block(c, key, len, now_ms, arena, out): false when it is not there;
 * ${out->bytes} NULL when the arena is full. */
bool rrcache_block(struct rrcache *c, const uint8_t *key, size_t len, uint64_t now_ms,
    struct arena *arena, struct rrblock *out);
/** rrcache_ttl_left(expires_ms, now_ms): whole seconds, at least 1. */
uint32_t rrcache_ttl_left(uint64_t expires_ms, uint64_t now_ms);
/** rrcache_clamp(c, ttl_sec): within the cap and floor of positive data. */
uint32_t rrcache_clamp(const struct rrcache *c, uint32_t ttl_sec);
/** rrcache_drop(c, name, type, kind): removes that entry. */
void rrcache_drop(
    struct rrcache *c, const uint8_t *name, uint16_t type, enum cache_kind kind);
/** rrcache_trust(c, name, type, now_ms): the trust of the live set; TRUST_NONE without
 * one. */
uint8_t rrcache_trust(
    struct rrcache *c, const uint8_t *name, uint16_t type, uint64_t now_ms);
/** rrcache_commit(c, key, fill, what, expires_ms, now_ms, judge, ctx): sizes, fills and
 * keeps one block. */
typedef void rrcache_fill(struct flat_writer *w, const void *what);
void rrcache_commit(struct rrcache *c, const struct rrkey *key, rrcache_fill *fill,
    const void *what, uint64_t expires_ms, uint64_t now_ms, store_judge *judge,
    void *ctx);

#endif
