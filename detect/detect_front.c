#include "detect/inside.h"

#include <string.h>

#include "detect/level.h"
#include "detect/wide.h"

/* The front: what every question meets, hits of the cache included. No name is looked at
 * here. */

/* One hit in one zone; a count lost between two workers does no harm. */
static void
hit_zone(struct zone_state *z, uint64_t client_hash, bool another)
{
	uint16_t hits = atomic_load_explicit(&z->hits, memory_order_relaxed);

	if (hits < LEVEL_RECENT_MAX)
		atomic_store_explicit(
		    &z->hits, (uint16_t)(hits + 1), memory_order_relaxed);
	if (another)
		level_share(z, level_bit(client_hash));
}

/* The zone that a ticket was written for; NULL when its place has another one now. */
static struct zone_state *
zone_of_ticket(struct detect *d, uint32_t ticket)
{
	struct zone_state *z =
	    zones_at(d->zones, ticket & ((1u << LEVEL_PLACE_BITS) - 1));
	uint8_t salt;

	if (ticket == UINT32_MAX || z == NULL)
		return NULL;
	salt = atomic_load_explicit(&z->salt, memory_order_relaxed);
	return ((salt ^ ticket >> LEVEL_PLACE_BITS) & ((1u << LEVEL_SALT_BITS) - 1)) == 0
		   ? z
		   : NULL;
}

void
detect_look_hit(struct detect *d, uint32_t zone_index)
{
	__builtin_prefetch(
	    zones_at(d->zones, zone_index & ((1u << LEVEL_PLACE_BITS) - 1)), 1);
}

void
detect_hit(
    struct detect *d, uint32_t zone_index, const struct addr *client, uint64_t mono_ms)
{
	struct zone_state *z = zone_of_ticket(d, zone_index);
	uint32_t owner;
	uint64_t hash;
	bool another;

	(void)mono_ms;
	if (z == NULL)
		return;
	hash = detect_client_hash(d, client);
	another = level_tag(hash) != zone_index >> 24;
	hit_zone(z, hash, another);
	owner = atomic_load_explicit(&z->owner, memory_order_relaxed);
	if (owner != 0 && (z = zones_at(d->zones, owner - 1)) != NULL)
		hit_zone(z, hash, another);
}

/* ---- queries ---- */

bool
detect_send(
    struct detect *d, uint32_t zone_index, const struct addr *authority, uint64_t mono_ms)
{
	const struct zone_state *z = zone_of_ticket(d, zone_index);

	(void)mono_ms;
	if (z == NULL || level_is_shared(z) ||
	    !authorities_is_full(
		d->authorities, authorities_ticket(wide_server_hash(d, authority))))
		return true;
	detect_tally(d, TALLY_UNSENT, 1);
	return false;
}

/* ---- limits ---- */

/* Those who have shown that they are who they say have a bucket of their own: who forges
 * a client's address must not empty that. */
static uint64_t
limit_key(const struct detect *d, const struct conf *conf, const struct addr *client,
    bool verified)
{
	unsigned bits =
	    client->family == ADDR_V6 ? conf->rate_prefix_v6 : conf->rate_prefix_v4;
	struct addr net = addr_mask(client, bits);
	uint8_t bytes[17] = { (uint8_t)(net.family | (verified ? 0x80 : 0)) };

	memcpy(bytes + 1, net.bytes, sizeof(net.bytes));
	return siphash13(&d->key, bytes, client->family == ADDR_V6 ? 17 : 5);
}

static enum detect_limit
excess(struct detect *d, const struct conf *conf, bool verified, uint32_t over)
{
	if (verified) {
		detect_tally(d, TALLY_LIMIT_REFUSED, 1);
		return LIMIT_REFUSE;
	}
	if (conf->slip != 0 && over % conf->slip == 0) {
		detect_tally(d, TALLY_LIMIT_TRUNCATED, 1);
		return LIMIT_TRUNCATE;
	}
	detect_tally(d, TALLY_LIMIT_DROPPED, 1);
	return LIMIT_DROP;
}

enum detect_limit
detect_limit(struct detect *d, const struct conf *conf, const struct conf_group *group,
    const struct addr *client, bool verified, uint64_t mono_ms)
{
	uint64_t key;
	pthread_mutex_t *lock;
	struct client_state *c;
	uint32_t over = 0;
	bool taken;

	if (notes_expire(d->notes, mono_ms))
		atomic_fetch_add(&d->generation, 1);
	if (group->rate_qps == 0)
		return LIMIT_PASS;
	key = limit_key(d, conf, client, verified);
	lock = &d->client_locks[state_shard_of(key)].lock;
	pthread_mutex_lock(lock);
	c = clients_get(d->clients, key, detect_sec(mono_ms));
	c->last_sec = detect_sec(mono_ms);
	taken = bucket_take(&c->bucket, group->rate_qps, group->burst, mono_ms);
	if (!taken)
		over = ++c->over;
	pthread_mutex_unlock(lock);
	return taken ? LIMIT_PASS : excess(d, conf, verified, over);
}
