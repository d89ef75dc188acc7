#include "detect/wide.h"

#include <math.h>
#include <pthread.h>

/* An account holds at most so many times its limit. */
#define CAP_FACTOR 2.0f

/* Browsing brings small names to many zones, a spread channel brings data: between these
 * means of a client's fresh names in zones that nobody shares its charges count from
 * nothing to whole (a crawl of half a million sites: 2.5 to 3.5; people: 3 to 5). A
 * server likewise, by the zones that it answers for: a hoster's have hosts. */
#define HOSTS_MEAN_BYTES 4.0f
#define DATA_MEAN_BYTES	 10.0f
#define MEAN_OVER	 250u

#define SERVER_ZONES_MIN 3

#define NETWORK_CLIENTS_MIN 3

/* One more into a mean over the last MEAN_OVER or so; the part of a charge that counts.
 */
static float
part_after(float *sum, uint16_t *number, float bytes)
{
	float part;

	*sum += bytes;
	++*number;
	part = (*sum / (float)*number - HOSTS_MEAN_BYTES) /
	       (DATA_MEAN_BYTES - HOSTS_MEAN_BYTES);
	if (*number >= MEAN_OVER) {
		*sum /= 2;
		*number /= 2;
	}
	return part < 0 ? 0 : part > 1.0f ? 1.0f : part;
}

/* ---- one client ---- */

static struct client_state *
client_lock(const struct inquiry *in, pthread_mutex_t **lock)
{
	uint64_t key = detect_pair_key(1, in->client_hash, in->verified);
	struct client_state *c;

	*lock = &in->d->client_locks[state_shard_of(key)].lock;
	pthread_mutex_lock(*lock);
	c = clients_get(in->d->clients, key, in->now_sec);
	account_drain(
	    &c->up, WIDE_CLIENT_DRAIN_MILLI, state_span(&c->last_sec, in->now_sec));
	return c;
}

void
wide_read(struct inquiry *in)
{
	pthread_mutex_t *lock;
	const struct client_state *c = client_lock(in, &lock);

	in->client_excess = account_of(&c->up) / WIDE_CLIENT_ALARM_BYTES;
	in->newcomer_sec = c->newcomer_sec;
	pthread_mutex_unlock(lock);
	in->network_alarmed = network_is_alarmed(&in->d->network);
}

/* True when the client has just crossed the line. */
static bool
client_charge(const struct inquiry *in, const struct level *l)
{
	pthread_mutex_t *lock;
	struct client_state *c = client_lock(in, &lock);
	float part = part_after(&c->cost_sum, &c->fresh, l->cost.bytes);
	bool crossed;

	if (l->begun)
		account_add(&c->up, fminf(l->charge, l->cost.bytes * WEIGH_MOST) * part,
		    WIDE_CLIENT_ALARM_BYTES * CAP_FACTOR);
	crossed = account_of(&c->up) >= WIDE_CLIENT_ALARM_BYTES && !c->alarmed;
	if (crossed)
		c->alarmed = true;
	if (account_of(&c->up) < WIDE_CLIENT_ALARM_BYTES / 2)
		c->alarmed = false;
	if (l->newcomer && l->cost.bytes >= WIDE_NEWCOMER_BYTES)
		c->newcomer_sec = in->now_sec;
	pthread_mutex_unlock(lock);
	return crossed;
}

/* ---- the network ---- */

bool
network_is_alarmed(struct network *n)
{
	return atomic_load_explicit(&n->alarmed, memory_order_relaxed);
}

static bool
network_charge(struct network *n, const struct inquiry *in, float bytes)
{
	bool crossed, full;

	pthread_mutex_lock(&n->lock);
	account_drain(&n->newcomers, WIDE_NETWORK_DRAIN_MILLI,
	    state_span(&n->last_sec, in->now_sec));
	if (n->newcomers.milli == 0)
		n->clients = 0;
	n->clients |= level_bit(in->client_hash);
	account_add(&n->newcomers, bytes, WIDE_NETWORK_ALARM_BYTES * CAP_FACTOR);
	full = account_of(&n->newcomers) >= WIDE_NETWORK_ALARM_BYTES &&
	       __builtin_popcountll(n->clients) >= NETWORK_CLIENTS_MIN;
	crossed = full && !network_is_alarmed(n);
	if (crossed || account_of(&n->newcomers) < WIDE_NETWORK_ALARM_BYTES / 2)
		atomic_store_explicit(&n->alarmed, full, memory_order_relaxed);
	pthread_mutex_unlock(&n->lock);
	return crossed;
}

enum wide_alarm
wide_charge(struct inquiry *in, const struct level *l)
{
	bool client;

	/* To spread over many blocks of addresses one must hold them. */
	if (in->kind == SUFFIX_REVERSE)
		return WIDE_NONE;
	client = client_charge(in, l);

	if (l->newcomer && !in->underscore && l->cost.bytes >= WIDE_NEWCOMER_BYTES &&
	    network_charge(&in->d->network, in, l->cost.bytes))
		return WIDE_NETWORK;
	return client ? WIDE_CLIENT : WIDE_NONE;
}

/* ---- one server ---- */

uint64_t
wide_server_hash(const struct detect *d, const struct addr *authority)
{
	return detect_client_hash(d, authority);
}

void
wide_owe(const struct inquiry *in, struct level *l)
{
	if (in->fresh && l->unshared && l->cost.bytes >= WIDE_NAME_BYTES)
		l->zone->owed += l->charge;
}

struct wide_debt
wide_take_debt(struct level *l, uint64_t authority_hash)
{
	struct zone_state *z = l->zone;
	struct wide_debt debt = { .bytes = z->owed,
		.mean_bytes = z->fresh != 0 ? z->cost_sum / (float)z->fresh : 0,
		.known = level_is_shared(z) ||
			 (z->feeders == 0 && z->owed <= 0 &&
			     z->cost_sum < WIDE_NAME_BYTES * (float)z->fresh) };

	z->owed = 0;
	atomic_store_explicit(
	    &z->server, authorities_ticket(authority_hash), memory_order_relaxed);
	return debt;
}

static void
server_count(struct authority_state *s, const struct inquiry *in, uint64_t zone_key,
    const struct wide_debt *debt)
{
	uint64_t bit = level_bit(zone_key >> 8);

	if (debt->known) {
		s->known |= bit;
		return;
	}
	if (debt->bytes <= 0)
		return;
	s->zones |= bit;
	s->clients |= 1u << (in->client_hash & 31);
}

bool
wide_charge_server(const struct inquiry *in, uint64_t zone_key, uint64_t authority_hash,
    const struct wide_debt *debt)
{
	pthread_mutex_t *lock = &in->d->client_locks[state_shard_of(authority_hash)].lock;
	struct authority_state *s;
	bool full, crossed = false;
	float limit, part;

	pthread_mutex_lock(lock);
	s = authorities_get(in->d->authorities, authority_hash, in->now_sec);
	account_drain(
	    &s->up, WIDE_SERVER_DRAIN_MILLI, state_span(&s->last_sec, in->now_sec));
	server_count(s, in, zone_key, debt);
	part = part_after(&s->cost_sum, &s->answers, debt->mean_bytes);
	limit = WIDE_SERVER_STOP_BYTES * (1.0f + state_count_of(s->known & ~s->zones));
	account_add(&s->up, debt->bytes * part, limit * CAP_FACTOR);
	full = account_of(&s->up) > limit &&
	       __builtin_popcountll(s->zones) >= SERVER_ZONES_MIN;
	authorities_set_full(s, full);
	if (full && !s->told)
		s->told = crossed = true;
	if (account_of(&s->up) < limit / 2)
		s->told = false;
	pthread_mutex_unlock(lock);
	return crossed;
}
