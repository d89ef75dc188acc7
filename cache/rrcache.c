#include "cache/rrcache.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "cache/rrcache_denial.h"
#include "cache/rrcache_private.h"
#include "cache/spans.h"

/*
 * RRsets by owner and type, and the life of the whole.
 *
 * Sources: RFC 2181 5.4.1 (which data may replace which), RFC 8767 4 and
 * limits of doc/ARCHITECTURE.md (TTL cap), X. Li et al., "Ghost Domain Reloaded"
 * (NDSS 2023; CVE-2022-30698, CVE-2022-30699).
 *
 * A block is: trust (1), security (1), a digest (8), the set (cache/flat.h).
 *
 *   1. A set of higher trust that is still alive stays.
 *   2. BOGUS stays out while there is something better, and what nobody has checked
 *      while there is something secure.
 *   3. Equal NS records keep the old end of life, whoever sends them: a child that
 *      repeats itself in each answer could otherwise live for ever.
 *   4. All else replaces.
 *
 * The digest is a sum over keyed hashes of each record in lower case, so that
 * "equal NS records" is one comparison under the lock, in whatever order or case
 * they come.
 */

#define SET_HEAD_BYTES 10u

struct set_put {
	const struct rrset *set;
	uint64_t digest;
};

/* --- life --- */

static void
set_limits(struct rrcache *c, const struct rrcache_limits *limits)
{
	atomic_store(&c->ttl_max_sec, limits->ttl_max_sec);
	atomic_store(&c->ttl_min_sec, limits->ttl_min_sec);
	atomic_store(&c->negative_ttl_max_sec, limits->negative_ttl_max_sec);
	atomic_store(&c->failure_ttl_min_sec, limits->failure_ttl_min_sec);
	atomic_store(&c->failure_ttl_max_sec, limits->failure_ttl_max_sec);
}

struct rrcache *
rrcache_new(struct store *store, const struct rrcache_limits *limits)
{
	struct rrcache *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->store = store;
	set_limits(c, limits);
	return c;
}

void
rrcache_free(struct rrcache *c)
{
	if (c == NULL)
		return;
	spans_free(c->denial);
	free(c);
}

void
rrcache_set_limits(struct rrcache *c, const struct rrcache_limits *limits)
{
	set_limits(c, limits);
}

/* --- what the other parts use too --- */

void
rrcache_key(struct rrkey *key, const uint8_t *name, uint16_t type, enum cache_kind kind)
{
	size_t len = dname_copy(key->bytes, name);

	key->bytes[len++] = (uint8_t)(type >> 8);
	key->bytes[len++] = (uint8_t)type;
	key->bytes[len++] = (uint8_t)kind;
	key->len = len;
}

uint32_t
rrcache_ttl_left(uint64_t expires_ms, uint64_t now_ms)
{
	uint64_t left_sec = expires_ms > now_ms ? (expires_ms - now_ms) / 1000 : 0;

	if (left_sec == 0)
		return 1;
	return left_sec > UINT32_MAX ? UINT32_MAX : (uint32_t)left_sec;
}

uint32_t
rrcache_clamp(const struct rrcache *c, uint32_t ttl_sec)
{
	uint32_t least = atomic_load_explicit(&c->ttl_min_sec, memory_order_relaxed);
	uint32_t most = atomic_load_explicit(&c->ttl_max_sec, memory_order_relaxed);

	if (ttl_sec < least)
		ttl_sec = least;
	return ttl_sec > most ? most : ttl_sec;
}

static void
copy_block(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct rrblock *out = ctx;

	out->bytes = arena_copy(out->arena, value, value_len);
	out->len = value_len;
	out->ttl_sec = rrcache_ttl_left(expires_ms, out->now_ms);
}

bool
rrcache_block(struct rrcache *c, const uint8_t *key, size_t len, uint64_t now_ms,
    struct arena *arena, struct rrblock *out)
{
	*out = (struct rrblock){ .arena = arena, .now_ms = now_ms };
	return store_read(
	    c->store, store_hash(c->store, key, len), key, len, now_ms, copy_block, out);
}

void
rrcache_drop(struct rrcache *c, const uint8_t *name, uint16_t type, enum cache_kind kind)
{
	struct rrkey key;

	rrcache_key(&key, name, type, kind);
	store_remove(
	    c->store, store_hash(c->store, key.bytes, key.len), key.bytes, key.len);
}

void
rrcache_commit(struct rrcache *c, const struct rrkey *key, rrcache_fill *fill,
    const void *what, uint64_t expires_ms, uint64_t now_ms, store_judge *judge, void *ctx)
{
	struct flat_writer w = flat_counter();
	struct store_block *b;
	size_t len;

	fill(&w, what);
	len = w.len;
	if (w.failed ||
	    store_block_new(c->store, key->bytes, key->len, len, &b) != ERR_OK)
		return;
	w = flat_writer(store_block_value(b), len);
	fill(&w, what);
	if (FAILS(w.failed || w.len != len)) {
		store_block_free(b);
		return;
	}
	store_commit(c->store, store_hash(c->store, key->bytes, key->len), b, expires_ms,
	    now_ms, judge, ctx);
}

/* --- RRsets --- */

/* Of rdata whose case carries nothing: length bytes (<= 63) are no letters, so all may be
 * lowered. */
static uint64_t
digest_of(const struct store *store, const struct rrset *set)
{
	uint8_t lower[DNAME_MAX];
	uint64_t sum = 0;

	for (uint16_t i = 0; i < set->count; i++) {
		const struct rdata *rd = &set->rdata[i];
		uint16_t len = rd->len < DNAME_MAX ? rd->len : DNAME_MAX;

		for (uint16_t at = 0; at < len; at++)
			lower[at] =
			    rd->bytes[at] |
			    (rd->bytes[at] >= 'A' && rd->bytes[at] <= 'Z' ? 0x20 : 0);
		sum += store_hash(store, lower, len);
	}
	return sum + set->count;
}

static void
fill_set(struct flat_writer *w, const void *what)
{
	const struct set_put *put = what;

	flat_put_u8(w, put->set->trust);
	flat_put_u8(w, put->set->security);
	flat_put_u64(w, put->digest);
	flat_put_set(w, put->set);
}

/* Rules 1 to 4 above. */
static bool
judge_set(void *ctx, const uint8_t *old, size_t old_len, uint64_t old_expires_ms,
    uint8_t *value, size_t value_len, uint64_t *expires_ms)
{
	const struct set_put *put = ctx;
	struct flat_reader r = flat_reader(old, old_len);
	uint8_t trust = flat_get_u8(&r), security = flat_get_u8(&r);
	uint64_t digest = flat_get_u64(&r);

	(void)value;
	(void)value_len;
	if (FAILS(r.failed))
		return true;
	if (trust > put->set->trust)
		return false;
	if (put->set->security == SECURITY_BOGUS && security != SECURITY_BOGUS)
		return false;
	if (put->set->security == SECURITY_UNCHECKED && security == SECURITY_SECURE)
		return false;
	if (put->set->type == TYPE_NS && digest == put->digest &&
	    *expires_ms > old_expires_ms)
		*expires_ms = old_expires_ms;
	return true;
}

/* What was denied or failed is there now. */
static void
end_denials(struct rrcache *c, const struct rrset *set)
{
	rrcache_drop(c, set->owner, set->type, KIND_NODATA);
	rrcache_drop(c, set->owner, 0, KIND_NXDOMAIN);
	rrcache_forget_failure(c, set->owner, set->type);
}

void
rrcache_put(struct rrcache *c, const struct rrset *set, uint64_t now_ms)
{
	uint32_t ttl_sec = rrcache_clamp(c, set->ttl_sec);
	struct set_put put = { .set = set };
	struct rrkey key;

	if (FAILS(set->count == 0 || set->count > RRSET_RECORDS_MAX ||
		  set->sig_count > RRSET_RRSIGS_MAX || set->trust > TRUST_LOCAL ||
		  set->security > SECURITY_BOGUS))
		return;
	if (set->class != CLASS_IN)
		return;
	if (set->trust >= TRUST_AUTHORITY && set->security != SECURITY_BOGUS)
		end_denials(c, set);
	if (ttl_sec == 0)
		return;
	if (set->type == TYPE_NS)
		put.digest = digest_of(c->store, set);
	rrcache_key(&key, set->owner, set->type, KIND_RRSET);
	rrcache_commit(c, &key, fill_set, &put, now_ms + (uint64_t)ttl_sec * 1000, now_ms,
	    judge_set, &put);
}

struct rrset *
rrcache_get(struct rrcache *c, const uint8_t *owner, uint16_t type, uint64_t now_ms,
    struct arena *arena)
{
	struct rrkey key;
	struct rrblock block;
	struct flat_reader r;
	struct rrset *set;

	rrcache_key(&key, owner, type, KIND_RRSET);
	if (!rrcache_block(c, key.bytes, key.len, now_ms, arena, &block) ||
	    block.bytes == NULL)
		return NULL;
	r = flat_reader(block.bytes, block.len);
	flat_get(&r, SET_HEAD_BYTES);
	set = flat_get_set(&r, block.ttl_sec, arena);
	if (set == NULL && !r.failed)
		return NULL;
	if (FAILS(set == NULL || !flat_done(&r) || set->type != type ||
		  !dname_equal(set->owner, owner)))
		return NULL;
	return set;
}

static void
read_trust(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	uint8_t *trust = ctx;

	(void)expires_ms;
	if (value_len >= SET_HEAD_BYTES)
		*trust = value[0];
}

uint8_t
rrcache_trust(struct rrcache *c, const uint8_t *name, uint16_t type, uint64_t now_ms)
{
	uint8_t trust = TRUST_NONE;
	struct rrkey key;

	rrcache_key(&key, name, type, KIND_RRSET);
	store_read(c->store, store_hash(c->store, key.bytes, key.len), key.bytes, key.len,
	    now_ms, read_trust, &trust);
	return trust;
}

/* --- flush --- */

size_t
rrcache_flush(struct rrcache *c, const uint8_t *name, bool subtree)
{
	const struct kind_range sets = { KIND_RRSET, KIND_FAILURE, RRKEY_TAIL };

	return kind_flush(c->store, &sets, name, subtree) +
	       rrcache_denial_forget(c, name, subtree);
}
