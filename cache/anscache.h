#ifndef CACHE_ANSCACHE_H
#define CACHE_ANSCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cache/store.h"

/*
 * Whole answers as bytes: header, question and sections without OPT, the TTL
 * fields at known offsets. A hit copies the message into the caller's buffer and
 * counts the TTLs down; it allocates nothing.
 *
 * TTLs count down in whole seconds; what was not 0 when stored never becomes 0 while the
 * entry is alive. Shared by all workers.
 *
 * Key: canonical name, type, class and a byte of flags (ANSKEY_*). An entry carries the
 * generation of policy and verdicts under which it was last cleared, and its zone's index
 * in the detection table, so that a hit needs neither computed again; and an epoch, where
 * it depends on more than what a flush of its name would forget.
 */

struct anscache;

enum { ANSKEY_DO = 1, ANSKEY_CD = 2, ANSKEY_TRUNCATED_OK = 4 };

struct anscache_key {
	const uint8_t *qname; /* canonical */
	uint8_t qname_len;
	uint8_t flags; /* ANSKEY_* */
	uint16_t qtype, qclass;
	uint64_t hash; /* from anscache_hash */
};

/** What is stored beside the bytes and comes back with a hit. */
struct anscache_info {
	uint16_t len; /* of the message */
	uint16_t rcode;
	int16_t ede_code;    /* EDE_NONE or the code to send along */
	uint8_t security;    /* enum rrset_security */
	bool prefetch_due;   /* set on one hit only, when less than a tenth of the life is
				left (and it was used before) */
	uint16_t epoch;	     /* whose change ends it, as the caller counts; 0: on none */
	uint32_t generation; /* policy and verdicts when last cleared */
	uint32_t zone_index; /* detection's index of the zone; UINT32_MAX: none */
	uint32_t ttl_left_sec;
};

/** anscache_new(store): borrows ${store}, which must outlive it (an rrcache may use the
 * same one). NULL without memory. */
struct anscache *anscache_new(struct store *store);
void anscache_free(struct anscache *c);
/** anscache_hash(c, key): fills ${key->hash}. */
void anscache_hash(const struct anscache *c, struct anscache_key *key);
/** anscache_prefetch, and a moment later anscache_prefetch_entry: ask the CPU to fetch
 * the bucket, then the entry, so that a batch waits for memory once and not once a
 * question. No lock. */
void anscache_prefetch(const struct anscache *c, const struct anscache_key *key);
void anscache_prefetch_entry(const struct anscache *c, const struct anscache_key *key);

/**
 * anscache_get(c, key, now_ms, out, cap, info):
 * Errors: ERR_NOTFOUND; ERR_RANGE when the message is longer than ${cap} (${info} is set,
 * nothing is copied: the caller answers with TC).
 */
MUST_USE enum err anscache_get(struct anscache *c, const struct anscache_key *key,
    uint64_t now_ms, uint8_t *out, size_t cap, struct anscache_info *info);
/** anscache_clear(c, key, generation): if the entry is still there: it was judged again
 * under ${generation}. */
void anscache_clear(
    struct anscache *c, const struct anscache_key *key, uint32_t generation);
/**
 * anscache_put(c, key, message, info, ttl_at, ttl_count, ttl_sec, now_ms):
 * ${info->len} bytes of ${message}, alive for ${ttl_sec}; ${ttl_at} are the offsets of
 * its ${ttl_count} TTL fields. Of ${info}, len, rcode, ede_code, security, epoch,
 * generation and zone_index are kept. Never fails loudly: what does not fit is not kept.
 */
void anscache_put(struct anscache *c, const struct anscache_key *key,
    const uint8_t *message, const struct anscache_info *info, const uint16_t *ttl_at,
    uint16_t ttl_count, uint32_t ttl_sec, uint64_t now_ms);
void anscache_remove(struct anscache *c, const struct anscache_key *key);
/** anscache_flush(c, name, subtree): forgets all answers for ${name} (and below); returns
 * how many. Walks everything: for operators. */
size_t anscache_flush(struct anscache *c, const uint8_t *name, bool subtree);

#endif
