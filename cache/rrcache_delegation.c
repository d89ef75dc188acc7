#include "cache/rrcache.h"

#include "cache/rrcache_private.h"

/*
 * Delegations: what a zone's parent said about its servers. They alone steer
 * recursion; NS records that a child tells about itself are data for whoever asks.
 *
 * Sources: CVE-2022-30698 and CVE-2022-30699 (ghost domains), phoenix domains
 * (NDSS 2023), NXNSAttack (the two maxima).
 *
 * A block is: servers (1); for each its name, addresses (1); for each address
 * family (1), port (2), scope (4), 4 or 16 bytes.
 *
 * The life of a delegation ends with that of the delegation around it. A domain
 * that its registry has taken away can still hand out delegations for ever deeper
 * names of its own, each fresh; they all end when the registry's own word does.
 * The root takes nothing away and is no bound.
 */

static void
fill_addr(struct flat_writer *w, const struct addr *a)
{
	flat_put_u8(w, a->family);
	flat_put_u16(w, a->port);
	flat_put_u32(w, a->scope);
	flat_put(w, a->bytes, addr_bytes_len(a));
}

static void
fill_delegation(struct flat_writer *w, const void *what)
{
	const struct delegation *d = what;
	unsigned servers = d->server_count, addrs_left = DELEGATION_ADDRS_MAX;

	if (servers > DELEGATION_NS_MAX)
		servers = DELEGATION_NS_MAX;
	flat_put_u8(w, (uint8_t)servers);
	for (unsigned i = 0; i < servers; i++) {
		const struct delegation_server *server = &d->servers[i];
		unsigned addrs = server->addr_count;

		if (addrs > addrs_left)
			addrs = addrs_left;
		addrs_left -= addrs;
		flat_put_name(w, server->name);
		flat_put_u8(w, (uint8_t)addrs);
		for (unsigned n = 0; n < addrs; n++)
			fill_addr(w, &server->addrs[n]);
	}
}

static void
read_expires(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	uint64_t *out = ctx;

	(void)value;
	(void)value_len;
	*out = expires_ms;
}

/* The end of the delegation around that of ${key}; UINT64_MAX without one. */
static uint64_t
enclosing_end(
    struct rrcache *c, const struct rrkey *key, unsigned labels, uint64_t now_ms)
{
	const uint8_t *at = key->bytes;
	uint64_t end_ms = UINT64_MAX;

	for (; labels > 1; labels--) {
		size_t len;

		at = dname_parent(at);
		len = key->len - (size_t)(at - key->bytes);
		if (store_read(c->store, store_hash(c->store, at, len), at, len, now_ms,
			read_expires, &end_ms))
			break;
	}
	return end_ms;
}

static void
remember_depth(struct rrcache *c, unsigned labels)
{
	unsigned most =
	    atomic_load_explicit(&c->delegation_labels_max, memory_order_relaxed);

	while (labels > most &&
	       !atomic_compare_exchange_weak(&c->delegation_labels_max, &most, labels))
		;
}

void
rrcache_put_delegation(struct rrcache *c, const struct delegation *d, uint64_t now_ms)
{
	uint32_t ttl_sec = rrcache_clamp(c, d->ttl_sec);
	uint64_t expires_ms = now_ms + (uint64_t)ttl_sec * 1000, end_ms;
	unsigned labels = dname_labels(d->zone);
	struct rrkey key;

	if (d->server_count == 0 || ttl_sec == 0)
		return;
	rrcache_key(&key, d->zone, 0, KIND_DELEGATION);
	if ((end_ms = enclosing_end(c, &key, labels, now_ms)) < expires_ms)
		expires_ms = end_ms;
	remember_depth(c, labels);
	rrcache_commit(c, &key, fill_delegation, d, expires_ms, now_ms, NULL, NULL);
}

static bool
read_addr(struct flat_reader *r, struct addr *out)
{
	uint8_t family = flat_get_u8(r);
	uint16_t port = flat_get_u16(r);
	uint32_t scope = flat_get_u32(r);
	size_t len = family == ADDR_V4 ? 4 : 16;
	const uint8_t *bytes = flat_get(r, len);

	if (bytes == NULL || (family != ADDR_V4 && family != ADDR_V6) ||
	    addr_from_bytes(out, bytes, len, port) != ERR_OK) {
		r->failed = true;
		return false;
	}
	out->scope = scope;
	return true;
}

/* One server; false when ${r} failed or the arena is full. */
static bool
read_server(struct flat_reader *r, struct arena *arena, struct delegation_server *out)
{
	struct addr *addrs;

	out->name = flat_get_name(r);
	out->addr_count = flat_get_u8(r);
	if (r->failed || out->addr_count > DELEGATION_ADDRS_MAX) {
		r->failed = true;
		return false;
	}
	if (out->addr_count == 0)
		return true;
	if ((addrs = arena_alloc(arena, out->addr_count * sizeof(*addrs))) == NULL)
		return false;
	for (unsigned i = 0; i < out->addr_count; i++)
		if (!read_addr(r, &addrs[i]))
			return false;
	out->addrs = addrs;
	return true;
}

/* NULL when ${r} failed or the arena is full. */
static struct delegation *
read_delegation(struct flat_reader *r, struct arena *arena)
{
	struct delegation *d;

	if ((d = arena_alloc(arena, sizeof(*d))) == NULL)
		return NULL;
	d->server_count = flat_get_u8(r);
	if (r->failed || d->server_count == 0 || d->server_count > DELEGATION_NS_MAX) {
		r->failed = true;
		return NULL;
	}
	d->servers = arena_alloc(arena, d->server_count * sizeof(*d->servers));
	if (d->servers == NULL)
		return NULL;
	for (unsigned i = 0; i < d->server_count; i++)
		if (!read_server(r, arena, &d->servers[i]))
			return NULL;
	return d;
}

static struct delegation *
unpack(const struct rrblock *block, const uint8_t *zone, struct arena *arena)
{
	struct flat_reader r;
	struct delegation *d;

	if (block->bytes == NULL)
		return NULL;
	r = flat_reader(block->bytes, block->len);
	d = read_delegation(&r, arena);
	if (d == NULL && !r.failed)
		return NULL;
	if (FAILS(d == NULL || !flat_done(&r)))
		return NULL;
	d->zone = arena_copy(arena, zone, dname_len(zone));
	d->ttl_sec = block->ttl_sec;
	return d->zone != NULL ? d : NULL;
}

/* The canonical name to begin the walk towards the root with: no delegation is deeper. */
static unsigned
begin_walk(const struct rrcache *c, const uint8_t *name, struct rrkey *key)
{
	unsigned labels = dname_labels(name);
	unsigned most =
	    atomic_load_explicit(&c->delegation_labels_max, memory_order_relaxed);

	if (labels > most)
		labels = most;
	rrcache_key(key, dname_suffix(name, labels), 0, KIND_DELEGATION);
	return labels;
}

bool
rrcache_find_cut(
    struct rrcache *c, const uint8_t *name, uint64_t now_ms, struct dname *cut)
{
	struct rrkey key;
	unsigned labels = begin_walk(c, name, &key);
	uint64_t expires_ms;

	for (const uint8_t *at = key.bytes;; labels--, at = dname_parent(at)) {
		size_t len = key.len - (size_t)(at - key.bytes);

		if (store_read(c->store, store_hash(c->store, at, len), at, len, now_ms,
			read_expires, &expires_ms)) {
			dname_set(cut, at);
			return true;
		}
		if (labels == 0)
			return false;
	}
}

struct delegation *
rrcache_find_delegation(
    struct rrcache *c, const uint8_t *name, uint64_t now_ms, struct arena *arena)
{
	const uint8_t *at;
	struct delegation *d;
	struct rrblock block;
	struct rrkey key;
	unsigned labels = begin_walk(c, name, &key);

	for (at = key.bytes;; labels--, at = dname_parent(at)) {
		size_t len = key.len - (size_t)(at - key.bytes);

		if (rrcache_block(c, at, len, now_ms, arena, &block) &&
		    (d = unpack(&block, at, arena)) != NULL)
			return d;
		if (labels == 0)
			return NULL;
	}
}
