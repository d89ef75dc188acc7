#include "cache/anscache.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "cache/kind.h"

/*
 * Whole answers. A value is: struct answer_head, the offsets of the TTL fields
 * (2 bytes each), the message. A hit reads it front to back while the shard is
 * locked: head into the caller's info, message into the caller's buffer, TTLs patched
 * there.
 */

struct anscache {
	struct store *store; /* borrowed */
};

struct answer_head {
	uint64_t stored_ms;
	uint32_t ttl_sec, generation, zone_index;
	uint16_t len, rcode, ttl_count;
	int16_t ede_code;
	uint16_t epoch;
	uint8_t security;
	uint8_t marks; /* MARK_* */
};
_Static_assert(sizeof(struct answer_head) == 32, "half a cache line");

enum {
	MARK_USED = 1,		/* had a hit */
	MARK_PREFETCH_ASKED = 2 /* one hit was told to fetch it anew */
};

/*
 * A key is the canonical name, then type (2), class (2), flags (1), kind (1) in the first
 * six bytes of one number: written at once, it can be compared at once (a load that spans
 * several fresh stores waits for all of them).
 */
#define KEY_TAIL 6u
struct flat_key {
	size_t len;
	uint8_t bytes[DNAME_MAX + KEY_TAIL];
};

/* Prefetch is due in the last tenth of the life. */
#define PREFETCH_SHARE 10u

struct hit {
	uint64_t now_ms;
	uint8_t *out;
	size_t cap;
	struct anscache_info *info;
	enum err result;
};

struct anscache *
anscache_new(struct store *store)
{
	struct anscache *c;

	if ((c = calloc(1, sizeof(*c))) != NULL)
		c->store = store;
	return c;
}

void
anscache_free(struct anscache *c)
{
	free(c);
}

/* Its bytes in memory are the end of the key, then two of 0. */
static uint64_t
tail_of(const struct anscache_key *key)
{
	return htobe64((uint64_t)key->qtype << 48 | (uint64_t)key->qclass << 32 |
		       (uint64_t)key->flags << 24 | (uint64_t)KIND_ANSWER << 16);
}

static void
flatten_key(struct flat_key *flat, const struct anscache_key *key)
{
	uint64_t tail = tail_of(key);

	memcpy(flat->bytes, key->qname, key->qname_len);
	memcpy(flat->bytes + key->qname_len, &tail, KEY_TAIL);
	flat->len = key->qname_len + KEY_TAIL;
}

/*
 * The keyed hash of the name, which nobody outside can know, and the tail spread
 * over it by a fixed permutation (the finalizer of MurmurHash3, A. Appleby): two keys
 * meet only where two SipHash values differ by a certain number.
 */
void
anscache_hash(const struct anscache *c, struct anscache_key *key)
{
	uint64_t h = store_hash(c->store, key->qname, key->qname_len) + tail_of(key);

	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53;
	key->hash = h ^ h >> 33;
}

void
anscache_prefetch(const struct anscache *c, const struct anscache_key *key)
{
	store_prefetch(c->store, key->hash);
}

void
anscache_prefetch_entry(const struct anscache *c, const struct anscache_key *key)
{
	store_prefetch_entry(c->store, key->hash);
}

/* --- a hit --- */

static uint32_t
count_down(uint32_t ttl_sec, uint32_t elapsed_sec)
{
	if (ttl_sec == 0)
		return 0;
	return ttl_sec > elapsed_sec ? ttl_sec - elapsed_sec : 1;
}

static void
patch_ttl(uint8_t *at, uint32_t elapsed_sec)
{
	uint32_t ttl_sec;

	memcpy(&ttl_sec, at, sizeof(ttl_sec));
	ttl_sec = htobe32(count_down(be32toh(ttl_sec), elapsed_sec));
	memcpy(at, &ttl_sec, sizeof(ttl_sec));
}

/* The copy, and its TTLs counted down. Offsets were checked when they were stored. */
static void
copy_message(const struct hit *hit, const uint8_t *value, const struct answer_head *head,
    uint32_t elapsed_sec)
{
	const uint8_t *ttl_at = value + sizeof(*head);
	uint16_t at;

	memcpy(hit->out, ttl_at + head->ttl_count * sizeof(at), head->len);
	if (elapsed_sec == 0)
		return;
	for (uint16_t i = 0; i < head->ttl_count; i++, ttl_at += sizeof(at)) {
		memcpy(&at, ttl_at, sizeof(at));
		patch_ttl(hit->out + at, elapsed_sec);
	}
}

/* True once in an entry's life: in its last tenth, if somebody used it before. */
static bool
ask_prefetch(struct answer_head *head, uint64_t elapsed_ms)
{
	uint64_t life_ms = (uint64_t)head->ttl_sec * 1000;
	bool due =
	    head->marks == MARK_USED && (life_ms - elapsed_ms) * PREFETCH_SHARE < life_ms;

	head->marks |= due ? MARK_USED | MARK_PREFETCH_ASKED : MARK_USED;
	return due;
}

static void
read_hit(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct hit *hit = ctx;
	struct answer_head *head =
	    (struct answer_head *)(void *)value; /* aligned by the store */
	struct anscache_info *info = hit->info;
	uint64_t elapsed_ms =
	    hit->now_ms > head->stored_ms ? hit->now_ms - head->stored_ms : 0;
	uint32_t elapsed_sec = (uint32_t)(elapsed_ms / 1000);

	(void)expires_ms;
	if (FAILS(value_len !=
		  sizeof(*head) + head->ttl_count * sizeof(uint16_t) + head->len))
		return;
	info->len = head->len;
	info->rcode = head->rcode;
	info->ede_code = head->ede_code;
	info->security = head->security;
	info->epoch = head->epoch;
	info->generation = head->generation;
	info->zone_index = head->zone_index;
	info->ttl_left_sec = count_down(head->ttl_sec, elapsed_sec);
	info->prefetch_due = ask_prefetch(head, elapsed_ms);
	hit->result = ERR_RANGE;
	if (head->len > hit->cap)
		return;
	copy_message(hit, value, head, elapsed_sec);
	hit->result = ERR_OK;
}

enum err
anscache_get(struct anscache *c, const struct anscache_key *key, uint64_t now_ms,
    uint8_t *out, size_t cap, struct anscache_info *info)
{
	struct hit hit = { now_ms, out, cap, info, ERR_NOTFOUND };
	uint64_t tail = tail_of(key);

	store_read_split(c->store, key->hash, key->qname, key->qname_len, &tail, KEY_TAIL,
	    now_ms, read_hit, &hit);
	return hit.result;
}

/* --- the rest --- */

static void
set_generation(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	const uint32_t *generation = ctx;
	struct answer_head *head = (struct answer_head *)(void *)value;

	(void)expires_ms;
	if (!FAILS(value_len < sizeof(*head)))
		head->generation = *generation;
}

void
anscache_clear(struct anscache *c, const struct anscache_key *key, uint32_t generation)
{
	struct flat_key flat;

	flatten_key(&flat, key);
	/* At time 0 everything is alive: an entry that just expired may be cleared in
	 * vain. */
	store_read(
	    c->store, key->hash, flat.bytes, flat.len, 0, set_generation, &generation);
}

static bool
ttls_are_inside(const uint16_t *ttl_at, uint16_t ttl_count, uint16_t len)
{
	for (uint16_t i = 0; i < ttl_count; i++)
		if (ttl_at[i] + sizeof(uint32_t) > len)
			return false;
	return true;
}

void
anscache_put(struct anscache *c, const struct anscache_key *key, const uint8_t *message,
    const struct anscache_info *info, const uint16_t *ttl_at, uint16_t ttl_count,
    uint32_t ttl_sec, uint64_t now_ms)
{
	struct answer_head head = {
		.stored_ms = now_ms,
		.ttl_sec = ttl_sec,
		.generation = info->generation,
		.zone_index = info->zone_index,
		.len = info->len,
		.rcode = info->rcode,
		.ttl_count = ttl_count,
		.ede_code = info->ede_code,
		.security = info->security,
		.epoch = info->epoch,
	};
	size_t ttl_bytes = ttl_count * sizeof(*ttl_at);
	struct store_block *b;
	struct flat_key flat;
	uint8_t *value;

	if (ttl_sec == 0 || FAILS(!ttls_are_inside(ttl_at, ttl_count, info->len)))
		return;
	flatten_key(&flat, key);
	if (store_block_new(c->store, flat.bytes, flat.len,
		sizeof(head) + ttl_bytes + info->len, &b) != ERR_OK)
		return;
	value = store_block_value(b);
	memcpy(value, &head, sizeof(head));
	if (ttl_bytes > 0)
		memcpy(value + sizeof(head), ttl_at, ttl_bytes);
	memcpy(value + sizeof(head) + ttl_bytes, message, info->len);
	store_commit(c->store, key->hash, b, now_ms + (uint64_t)ttl_sec * 1000, now_ms,
	    NULL, NULL);
}

void
anscache_remove(struct anscache *c, const struct anscache_key *key)
{
	struct flat_key flat;

	flatten_key(&flat, key);
	store_remove(c->store, key->hash, flat.bytes, flat.len);
}

size_t
anscache_flush(struct anscache *c, const uint8_t *name, bool subtree)
{
	const struct kind_range answers = { KIND_ANSWER, KIND_ANSWER, KEY_TAIL };

	return kind_flush(c->store, &answers, name, subtree);
}
