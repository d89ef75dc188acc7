#include "cache/rrcache_denial.h"

#include <string.h>

#include "base/dns.h"
#include "cache/rrcache_private.h"
#include "cache/spans.h"

/*
 * Denial spans: what zones proved, in the order of their rings.
 *
 * Sources: RFC 8198 (aggressive use), RFC 4034 6.1 (canonical order), RFC 5155 1.3 (the
 * order of hashes), RFC 9077 (how long).
 *
 * A key is: the zone (a keyed hash, 8 bytes), the kind (1), then
 *
 *   ZONE      nothing: there is something of this zone; the value is its name
 *   SOA       nothing
 *   NSEC      the owner, without the zone, in a form that memcmp puts in canonical order
 *   RING      nothing: iterations, salt
 *   NSEC3     four bytes of a hash over the ring's parameters, the owner's hash
 *   WILDCARD  the wildcard's name, the type (2)
 *
 * The value of a set is the set (cache/flat.h). The sortable form of a name: its labels
 * from the root's side, each ended by 0; inside a label 0 becomes 1 1 and 1 becomes 1 2,
 * so that no label holds the end mark and the order of bytes stays.
 */

enum denial_kind {
	DENIAL_ZONE = 1,
	DENIAL_SOA,
	DENIAL_NSEC,
	DENIAL_RING,
	DENIAL_NSEC3,
	DENIAL_WILDCARD
};

#define KEY_HEAD       (SPANS_GROUP_BYTES + 1u)
#define RING_ID_BYTES  4u
#define VALUE_MAX      4096u /* the largest that is worth its room */
#define RING_VALUE_MAX 258u

struct denial_key {
	size_t len;
	uint8_t bytes[KEY_HEAD + 2 * DNAME_MAX + 2];
};
_Static_assert(sizeof(((struct denial_key *)0)->bytes) <= SPANS_KEY_MAX, "keys fit");

bool
rrcache_denial_open(
    struct rrcache *c, size_t budget_bytes, unsigned shards, const struct hashkey *key)
{
	if (FAILS(c->denial != NULL) || budget_bytes == 0)
		return true;
	return (c->denial = spans_new(budget_bytes, shards, key)) != NULL;
}

/* --- keys --- */

static void
key_begin(const struct rrcache *c, struct denial_key *key, const uint8_t *zone,
    enum denial_kind kind)
{
	spans_group(c->denial, zone, dname_len(zone), key->bytes);
	key->bytes[SPANS_GROUP_BYTES] = (uint8_t)kind;
	key->len = KEY_HEAD;
}

static void
key_add(struct denial_key *key, const void *bytes, size_t len)
{
	memcpy(key->bytes + key->len, bytes, len);
	key->len += len;
}

static void
key_add_label(struct denial_key *key, const uint8_t *label)
{
	for (uint8_t i = 1; i <= label[0]; i++) {
		uint8_t byte = label[i];

		if (byte >= 'A' && byte <= 'Z')
			byte |= 0x20;
		if (byte <= 1)
			key->bytes[key->len++] = 1;
		key->bytes[key->len++] = byte <= 1 ? byte + 1 : byte;
	}
	key->bytes[key->len++] = 0;
}

/* ${name} is at or below ${zone}. */
static void
key_add_name(struct denial_key *key, const uint8_t *zone, const uint8_t *name)
{
	const uint8_t *labels[DNAME_LABELS_MAX];
	unsigned count = dname_labels(name) - dname_labels(zone);

	for (unsigned i = 0; i < count; i++, name += name[0] + 1)
		labels[i] = name;
	while (count > 0)
		key_add_label(key, labels[--count]);
}

static void
ring_id(
    const struct rrcache *c, const struct rrcache_ring *ring, uint8_t out[RING_ID_BYTES])
{
	uint8_t group[SPANS_GROUP_BYTES], bytes[RING_VALUE_MAX];

	bytes[0] = (uint8_t)(ring->iterations >> 8);
	bytes[1] = (uint8_t)ring->iterations;
	memcpy(bytes + 2, ring->salt, ring->salt_len);
	spans_group(c->denial, bytes, 2u + ring->salt_len, group);
	memcpy(out, group, RING_ID_BYTES);
}

static void
key_nsec3(const struct rrcache *c, struct denial_key *key, const uint8_t *zone,
    const struct rrcache_ring *ring, const uint8_t hash[NSEC3_HASH_BYTES])
{
	uint8_t id[RING_ID_BYTES];

	key_begin(c, key, zone, DENIAL_NSEC3);
	ring_id(c, ring, id);
	key_add(key, id, sizeof(id));
	key_add(key, hash, NSEC3_HASH_BYTES);
}

static void
key_wildcard(const struct rrcache *c, struct denial_key *key, const uint8_t *zone,
    const uint8_t *wildcard, uint16_t type)
{
	const uint8_t tail[] = { (uint8_t)(type >> 8), (uint8_t)type };

	key_begin(c, key, zone, DENIAL_WILDCARD);
	key->len += dname_copy_lower(key->bytes + key->len, wildcard);
	key_add(key, tail, sizeof(tail));
}

/* --- in --- */

static void
remember_depth(struct rrcache *c, unsigned labels)
{
	unsigned most = atomic_load_explicit(&c->denial_labels_max, memory_order_relaxed);

	while (labels > most &&
	       !atomic_compare_exchange_weak(&c->denial_labels_max, &most, labels))
		;
}

struct until {
	uint64_t expires_ms;
};

static void
read_until(void *ctx, const uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct until *until = ctx;

	(void)value;
	(void)value_len;
	until->expires_ms = expires_ms;
}

/* The zone is known for as long as anything of it is. */
static void
mark_zone(struct rrcache *c, const uint8_t *zone, uint64_t expires_ms, uint64_t now_ms)
{
	struct until until = { 0 };
	struct denial_key key;

	key_begin(c, &key, zone, DENIAL_ZONE);
	if (spans_find(c->denial, SPANS_EXACT, key.bytes, key.len, key.len, now_ms,
		read_until, &until) &&
	    until.expires_ms >= expires_ms)
		return;
	remember_depth(c, dname_labels(zone));
	spans_put(
	    c->denial, key.bytes, key.len, zone, dname_len(zone), expires_ms, now_ms);
}

static bool
is_fit(const struct rrcache *c, const uint8_t *zone, const struct rrset *set)
{
	if (c->denial == NULL)
		return false;
	return !FAILS(set->security != SECURITY_SECURE || set->count == 0 ||
		      set->count > RRSET_RECORDS_MAX ||
		      set->sig_count > RRSET_RRSIGS_MAX ||
		      !dname_is_below(set->owner, zone));
}

static void
put_set(struct rrcache *c, const uint8_t *zone, const struct denial_key *key,
    const struct rrset *set, uint64_t now_ms)
{
	uint32_t most =
	    atomic_load_explicit(&c->negative_ttl_max_sec, memory_order_relaxed);
	uint32_t ttl_sec = set->ttl_sec < most ? set->ttl_sec : most;
	uint64_t expires_ms = now_ms + (uint64_t)ttl_sec * 1000;
	uint8_t bytes[VALUE_MAX];
	struct flat_writer w = flat_writer(bytes, sizeof(bytes));

	flat_put_set(&w, set);
	if (w.failed || ttl_sec == 0)
		return;
	spans_put(c->denial, key->bytes, key->len, bytes, w.len, expires_ms, now_ms);
	mark_zone(c, zone, expires_ms, now_ms);
}

void
rrcache_denial_put_soa(
    struct rrcache *c, const uint8_t *zone, const struct rrset *set, uint64_t now_ms)
{
	struct denial_key key;

	if (!is_fit(c, zone, set))
		return;
	key_begin(c, &key, zone, DENIAL_SOA);
	put_set(c, zone, &key, set, now_ms);
}

void
rrcache_denial_put_nsec(
    struct rrcache *c, const uint8_t *zone, const struct rrset *set, uint64_t now_ms)
{
	struct denial_key key;

	if (!is_fit(c, zone, set))
		return;
	key_begin(c, &key, zone, DENIAL_NSEC);
	key_add_name(&key, zone, set->owner);
	put_set(c, zone, &key, set, now_ms);
}

static void
put_ring(struct rrcache *c, const uint8_t *zone, const struct rrcache_ring *ring,
    uint32_t ttl_sec, uint64_t now_ms)
{
	uint8_t bytes[RING_VALUE_MAX];
	struct flat_writer w = flat_writer(bytes, sizeof(bytes));
	struct denial_key key;

	key_begin(c, &key, zone, DENIAL_RING);
	flat_put_u16(&w, ring->iterations);
	flat_put_u8(&w, ring->salt_len);
	flat_put(&w, ring->salt, ring->salt_len);
	if (!FAILS(w.failed))
		spans_put(c->denial, key.bytes, key.len, bytes, w.len,
		    now_ms + (uint64_t)ttl_sec * 1000, now_ms);
}

void
rrcache_denial_put_nsec3(struct rrcache *c, const uint8_t *zone,
    const struct rrcache_ring *ring, const uint8_t hash[NSEC3_HASH_BYTES],
    const struct rrset *set, uint64_t now_ms)
{
	struct denial_key key;

	if (!is_fit(c, zone, set))
		return;
	put_ring(c, zone, ring, set->ttl_sec, now_ms);
	key_nsec3(c, &key, zone, ring, hash);
	put_set(c, zone, &key, set, now_ms);
}

void
rrcache_denial_put_wildcard(struct rrcache *c, const uint8_t *zone,
    const uint8_t *wildcard, const struct rrset *set, uint64_t now_ms)
{
	struct rrset own = *set;
	struct denial_key key;

	own.owner = wildcard;
	if (!is_fit(c, zone, &own))
		return;
	key_wildcard(c, &key, zone, wildcard, set->type);
	put_set(c, zone, &key, &own, now_ms);
}

/* --- out --- */

struct found {
	struct arena *arena;
	uint64_t now_ms;
	struct rrset *set;
};

static void
read_set(void *ctx, const uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct found *found = ctx;
	const uint8_t *bytes = arena_copy(found->arena, value, value_len);
	struct flat_reader r;

	if (bytes == NULL)
		return;
	r = flat_reader(bytes, value_len);
	found->set =
	    flat_get_set(&r, rrcache_ttl_left(expires_ms, found->now_ms), found->arena);
	(void)FAILS(r.failed);
}

static struct rrset *
get_set(struct rrcache *c, enum spans_find how, const struct denial_key *key,
    size_t prefix_len, uint64_t now_ms, struct arena *arena)
{
	struct found found = { .arena = arena, .now_ms = now_ms };

	(void)spans_find(
	    c->denial, how, key->bytes, key->len, prefix_len, now_ms, read_set, &found);
	return found.set;
}

bool
rrcache_denial_zone(
    struct rrcache *c, const uint8_t *name, uint64_t now_ms, struct dname *zone)
{
	unsigned most = atomic_load_explicit(&c->denial_labels_max, memory_order_relaxed);
	unsigned labels = dname_labels(name);
	struct until until;
	struct denial_key key;

	if (c->denial == NULL)
		return false;
	if (labels > most)
		labels = most;
	for (name = dname_suffix(name, labels);; name = dname_parent(name)) {
		key_begin(c, &key, name, DENIAL_ZONE);
		if (spans_find(c->denial, SPANS_EXACT, key.bytes, key.len, key.len,
			now_ms, read_until, &until)) {
			dname_set(zone, name);
			return true;
		}
		if (*name == 0)
			return false;
	}
}

struct rrset *
rrcache_denial_soa(
    struct rrcache *c, const uint8_t *zone, uint64_t now_ms, struct arena *arena)
{
	struct denial_key key;

	if (c->denial == NULL)
		return NULL;
	key_begin(c, &key, zone, DENIAL_SOA);
	return get_set(c, SPANS_EXACT, &key, key.len, now_ms, arena);
}

struct rrset *
rrcache_denial_nsec(struct rrcache *c, const uint8_t *zone, const uint8_t *name,
    uint64_t now_ms, struct arena *arena)
{
	struct denial_key key;

	if (c->denial == NULL || FAILS(!dname_is_below(name, zone)))
		return NULL;
	key_begin(c, &key, zone, DENIAL_NSEC);
	key_add_name(&key, zone, name);
	return get_set(c, SPANS_FLOOR, &key, KEY_HEAD, now_ms, arena);
}

static void
read_ring(void *ctx, const uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct flat_reader r = flat_reader(value, value_len);
	struct rrcache_ring *ring = ctx;
	const uint8_t *salt;

	(void)expires_ms;
	ring->iterations = flat_get_u16(&r);
	ring->salt_len = flat_get_u8(&r);
	if ((salt = flat_get(&r, ring->salt_len)) != NULL)
		memcpy(ring->salt, salt, ring->salt_len);
	(void)FAILS(!flat_done(&r));
}

bool
rrcache_denial_ring(
    struct rrcache *c, const uint8_t *zone, uint64_t now_ms, struct rrcache_ring *out)
{
	struct denial_key key;

	if (c->denial == NULL)
		return false;
	key_begin(c, &key, zone, DENIAL_RING);
	return spans_find(
	    c->denial, SPANS_EXACT, key.bytes, key.len, key.len, now_ms, read_ring, out);
}

struct rrset *
rrcache_denial_nsec3(struct rrcache *c, const uint8_t *zone,
    const struct rrcache_ring *ring, const uint8_t hash[NSEC3_HASH_BYTES],
    uint64_t now_ms, struct arena *arena)
{
	struct denial_key key;

	if (c->denial == NULL)
		return NULL;
	key_nsec3(c, &key, zone, ring, hash);
	return get_set(c, SPANS_RING, &key, KEY_HEAD + RING_ID_BYTES, now_ms, arena);
}

struct rrset *
rrcache_denial_wildcard(struct rrcache *c, const uint8_t *zone, const uint8_t *wildcard,
    uint16_t type, uint64_t now_ms, struct arena *arena)
{
	struct denial_key key;

	if (c->denial == NULL)
		return NULL;
	key_wildcard(c, &key, zone, wildcard, type);
	return get_set(c, SPANS_EXACT, &key, key.len, now_ms, arena);
}

/* --- flush --- */

struct forget {
	const uint8_t *name;
	bool subtree;
	unsigned count; /* groups of the zones at or above ${name} */
	uint8_t groups[DNAME_LABELS_MAX][SPANS_GROUP_BYTES];
};

/* The first name in the value: of the zone, or the owner of a set of it. */
static const uint8_t *
name_of(const uint8_t *key, const uint8_t *value, size_t value_len)
{
	struct flat_reader r = flat_reader(value, value_len);

	if (key[SPANS_GROUP_BYTES] == DENIAL_RING)
		return NULL;
	return key[SPANS_GROUP_BYTES] == DENIAL_ZONE ? value : flat_get_name(&r);
}

static bool
is_forgotten(
    void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
	const struct forget *f = ctx;
	const uint8_t *name;

	(void)key_len;
	for (unsigned i = 0; i < f->count; i++)
		if (memcmp(key, f->groups[i], SPANS_GROUP_BYTES) == 0)
			return true;
	if (!f->subtree)
		return false;
	/* A ring without its records is found by nobody. */
	name = name_of(key, value, value_len);
	return name != NULL && dname_is_below(name, f->name);
}

size_t
rrcache_denial_forget(struct rrcache *c, const uint8_t *name, bool subtree)
{
	struct forget f = { .name = name, .subtree = subtree };
	uint8_t lower[DNAME_MAX];
	const uint8_t *at = lower;

	if (c->denial == NULL)
		return 0;
	dname_copy_lower(lower, name);
	for (;; at = dname_parent(at)) {
		spans_group(c->denial, at, dname_len(at), f.groups[f.count++]);
		if (*at == 0)
			break;
	}
	return spans_sweep(c->denial, is_forgotten, &f);
}

void
rrcache_denial_stats(const struct rrcache *c, struct rrcache_denial_stats *out)
{
	struct spans_stats s = { 0 };

	if (c->denial != NULL)
		spans_stats(c->denial, &s);
	*out = (struct rrcache_denial_stats){ s.entries, s.bytes, s.budget_bytes,
		s.evictions };
}
