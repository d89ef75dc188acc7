#include "cache/rrcache.h"

#include "base/dns.h"
#include "cache/rrcache_private.h"

/*
 * What does not exist.
 *
 * Sources: RFC 2308 5 (life of a negative answer), RFC 8020 (nothing exists
 * beneath a name that does not), RFC 9077 (the denial's own records live no longer).
 *
 * NODATA is kept under (name, type), NXDOMAIN under the name alone. A block is the
 * number of sets (1), then the sets (cache/flat.h): SOA and denial, as they came.
 * All of them are handed out with what is left of the entry's life (RFC 2308 3).
 */

/* Without an SOA nobody said how long: long enough to stop a loop (RFC 2308 5 says SHOULD
 * NOT cache longer answers). */
#define NO_SOA_TTL_SEC 5u

static uint32_t
shorter(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t
life_of(const struct rrcache *c, const struct rrset *sets)
{
	uint32_t ttl_sec =
	    atomic_load_explicit(&c->negative_ttl_max_sec, memory_order_relaxed);
	bool soa_seen = false;

	for (const struct rrset *set = sets; set != NULL; set = set->next) {
		ttl_sec = shorter(ttl_sec, set->ttl_sec);
		if (set->type == TYPE_SOA) {
			/* RFC 2308 5: no longer than the SOA minimum. */
			ttl_sec = shorter(ttl_sec, rrset_soa_minimum(set));
			soa_seen = true;
		}
	}
	return soa_seen ? ttl_sec : shorter(ttl_sec, NO_SOA_TTL_SEC);
}

static uint8_t
count_sets(const struct rrset *sets)
{
	uint8_t count = 0;

	for (; sets != NULL && count < NEGATIVE_SETS_MAX; sets = sets->next)
		count++;
	return count;
}

static bool
is_sound(const struct rrset *sets)
{
	for (; sets != NULL; sets = sets->next)
		if (sets->count == 0 || sets->count > RRSET_RECORDS_MAX ||
		    sets->sig_count > RRSET_RRSIGS_MAX || sets->trust > TRUST_LOCAL ||
		    sets->security > SECURITY_BOGUS)
			return false;
	return true;
}

static void
fill_negative(struct flat_writer *w, const void *what)
{
	const struct rrset *set = what;
	uint8_t count = count_sets(set);

	flat_put_u8(w, count);
	for (; count > 0; count--, set = set->next)
		flat_put_set(w, set);
}

void
rrcache_put_negative(struct rrcache *c, enum rrcache_negative kind, const uint8_t *name,
    uint16_t type, const struct rrset *soa, uint64_t now_ms)
{
	uint32_t ttl_sec = life_of(c, soa);
	struct rrkey key;

	if (FAILS(kind != NEGATIVE_NODATA && kind != NEGATIVE_NXDOMAIN) ||
	    FAILS(!is_sound(soa)))
		return;
	if (rrcache_trust(c, name, type, now_ms) == TRUST_LOCAL ||
	    rrcache_trust(c, name, TYPE_CNAME, now_ms) == TRUST_LOCAL)
		return;
	/* Newer word: what was there is gone, a failure is over. */
	rrcache_drop(c, name, type, KIND_RRSET);
	rrcache_drop(c, name, TYPE_CNAME, KIND_RRSET);
	rrcache_forget_failure(c, name, type);
	if (kind == NEGATIVE_NODATA)
		rrcache_drop(c, name, 0, KIND_NXDOMAIN); /* the name exists */
	if (ttl_sec == 0)
		return;
	if (kind == NEGATIVE_NODATA)
		rrcache_key(&key, name, type, KIND_NODATA);
	else
		rrcache_key(&key, name, 0, KIND_NXDOMAIN);
	rrcache_commit(c, &key, fill_negative, soa, now_ms + (uint64_t)ttl_sec * 1000,
	    now_ms, NULL, NULL);
}

/* The sets of ${block} as a list in ${*proof}. False when the arena is full or the block
 * is corrupt. */
static bool
read_proof(const struct rrblock *block, struct arena *arena, struct rrset **proof)
{
	struct flat_reader r;
	uint8_t count;

	*proof = NULL;
	if (block->bytes == NULL)
		return false;
	r = flat_reader(block->bytes, block->len);
	for (count = flat_get_u8(&r); count > 0; count--) {
		struct rrset *set = flat_get_set(&r, block->ttl_sec, arena);

		if (set == NULL && !r.failed)
			return false;
		if (FAILS(set == NULL))
			return false;
		*proof = set;
		proof = &set->next;
	}
	return !FAILS(!flat_done(&r));
}

static void
read_nothing(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	(void)ctx;
	(void)value;
	(void)value_len;
	(void)expires_ms;
}

static bool
find_entry(struct rrcache *c, const uint8_t *key, size_t key_len, uint64_t now_ms,
    struct arena *arena, struct rrset **proof)
{
	struct rrblock block;

	if (proof == NULL)
		return store_read(c->store, store_hash(c->store, key, key_len), key,
		    key_len, now_ms, read_nothing, NULL);
	if (!rrcache_block(c, key, key_len, now_ms, arena, &block))
		return false;
	if (read_proof(&block, arena, proof))
		return true;
	*proof = NULL;
	return false;
}

enum rrcache_negative
rrcache_get_negative_below(struct rrcache *c, const uint8_t *name, uint16_t type,
    const uint8_t *top, uint64_t now_ms, struct arena *arena, struct rrset **proof)
{
	unsigned labels = dname_labels(name);
	unsigned stop = top != NULL && dname_is_below(name, top) ? dname_labels(top) : 0;
	struct rrkey key;
	const uint8_t *at;

	if (proof != NULL)
		*proof = NULL;
	rrcache_key(&key, name, 0, KIND_NXDOMAIN);
	if (find_entry(c, key.bytes, key.len, now_ms, arena, proof))
		return NEGATIVE_NXDOMAIN;
	rrcache_key(&key, name, type, KIND_NODATA);
	if (find_entry(c, key.bytes, key.len, now_ms, arena, proof))
		return NEGATIVE_NODATA;
	/* RFC 8020 2: nothing beneath a name that does not exist. The root does. */
	rrcache_key(&key, name, 0, KIND_NXDOMAIN);
	at = key.bytes;
	while (labels > stop + 1) {
		at = dname_parent(at);
		labels--;
		if (find_entry(
			c, at, key.len - (size_t)(at - key.bytes), now_ms, arena, proof))
			return NEGATIVE_NXDOMAIN;
	}
	return NEGATIVE_NONE;
}

enum rrcache_negative
rrcache_get_negative(struct rrcache *c, const uint8_t *name, uint16_t type,
    uint64_t now_ms, struct arena *arena, struct rrset **proof)
{
	return rrcache_get_negative_below(c, name, type, NULL, now_ms, arena, proof);
}
