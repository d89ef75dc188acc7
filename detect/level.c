#include "detect/level.h"

#include <math.h>
#include <string.h>

#include "base/clear.h"
#include "base/dns.h"
#include "detect/rhythm.h"

/* Three clients that know the same names: nobody's private channel, or a costly one. */
#define SHARERS_MIN 2
/* An account holds at most this many times its limit: what a tunnel that keeps trying
 * piles up is forgiven in bounded time. */
#define CAP_FACTOR 2.0f

/* From an alarm (1) to a full account (2) a client's limits shrink from a half to a
 * sixteenth. */
#define CLIENT_SQUEEZE(excess) (2.0f + 14.0f * ((excess)-1.0f))

static uint32_t
ticket_of(const struct detect *d, const struct zone_state *z, uint8_t tag)
{
	uint8_t salt = atomic_load_explicit(&z->salt, memory_order_relaxed);

	return (uint32_t)tag << 24 |
	       (uint32_t)(salt & ((1u << LEVEL_SALT_BITS) - 1)) << LEVEL_PLACE_BITS |
	       (uint32_t)zones_place(d->zones, z);
}

uint8_t
level_tag(uint64_t client_hash)
{
	return (uint8_t)(client_hash >> 8);
}

uint64_t
level_bit(uint64_t client_hash)
{
	return UINT64_C(1) << (client_hash & 63);
}

void
level_share(struct zone_state *z, uint64_t bit)
{
	if ((atomic_load_explicit(&z->sharers, memory_order_relaxed) & bit) == 0)
		atomic_fetch_or_explicit(&z->sharers, bit, memory_order_relaxed);
}

/*
 * How much an account of this zone may hold: the more clients share its names, the more.
 * A known service is judged client by client, each with a larger budget (charge, below),
 * for its clients ask different names by nature.
 */
float
level_limit(const struct inquiry *in, const struct level *l, uint32_t bytes)
{
	return (float)bytes * (1.0f + weigh_sharing(l->zone, in->d->ablated));
}

float
level_up_limit(const struct inquiry *in, const struct level *l)
{
	float limit = level_limit(in, l, in->conf->stop_bytes);

	/* A client that feeds many zones has used up the benefit of doubt: for names that
	 * carry data. */
	if (in->client_excess > 1.0f && l->cost.bytes >= LEVEL_DATA_NAME_BYTES)
		limit /= CLIENT_SQUEEZE(in->client_excess);
	return limit;
}

bool
level_is_shared(const struct zone_state *z)
{
	uint64_t sharers = atomic_load_explicit(&z->sharers, memory_order_relaxed);

	_Static_assert(SHARERS_MIN == 2, "more than one bit");
	return (sharers & (sharers - 1)) != 0;
}

/* No benign use of it is known. */
static bool
type_is_never(uint16_t type)
{
	return type == TYPE_NULL || type == TYPE_KEY ||
	       (type >= TYPE_PRIVATE_FIRST && type <= TYPE_PRIVATE_LAST);
}

enum type_use { USE_PLAIN, USE_ODD, USE_RARE };

static enum type_use
use_of(uint16_t type)
{
	switch (type) {
	case TYPE_A:
	case TYPE_AAAA:
	case TYPE_PTR:
	case TYPE_HTTPS:
	case TYPE_SVCB:
	case TYPE_NS:
	case TYPE_SOA:
	case TYPE_DS:
	case TYPE_DNSKEY:
		return USE_PLAIN;
	case TYPE_TXT:
	case TYPE_MX:
	case TYPE_CNAME:
	case TYPE_ANY:
	case TYPE_SRV:
	case TYPE_NAPTR:
	case TYPE_CAA:
		return USE_ODD;
	default:
		return USE_RARE;
	}
}

/* Types that carry data of the server's choice and that a client can ask for at any name.
 * One that nobody has heard of is no better than TXT. */
bool
level_type_brings_data(uint16_t type)
{
	return use_of(type) != USE_PLAIN;
}

/* It carries data of the server's choice. */
static bool
type_is_odd(const struct inquiry *in)
{
	return level_type_brings_data(in->qtype) && !in->underscore;
}

bool
level_type_is_rare(uint16_t type)
{
	return use_of(type) == USE_RARE;
}

bool
level_spares(const struct inquiry *in, const struct decision *dec)
{
	return in->shadow ||
	       (in->learning && in->signature == NULL && dec->ede_code != EDE_BLOCKED);
}

void
level_set(const struct inquiry *in, struct level *l, unsigned zone_labels)
{
	clear(l, sizeof(*l));
	l->zone_labels = zone_labels;
	l->zone_key = in->name->suffix[zone_labels];
	l->pair_key = detect_pair_key(l->zone_key, in->client_hash, in->verified);
	l->ticket = UINT32_MAX;
}

#define PLATFORM_SEED UINT64_C(0x706c6174666f726d)

uint64_t
level_platform_key(uint64_t zone_key)
{
	return namehash_mix(zone_key, PLATFORM_SEED);
}

void
level_set_platform(const struct inquiry *in, struct level *l)
{
	level_set(in, l, in->platform_labels);
	l->platform = true;
	l->zone_key = level_platform_key(l->zone_key);
	l->pair_key = detect_pair_key(l->zone_key, in->client_hash, in->verified);
}

/* Another place, and another turn at it, is another era. */
struct cost_zone
level_cost_zone(const struct level *l)
{
	uint8_t salt = atomic_load_explicit(&l->zone->salt, memory_order_relaxed);

	return (struct cost_zone){ .labels = l->zone_labels,
		.distinct = l->zone->labels,
		.era = (uint16_t)namehash_mix(l->place, salt) };
}

/* ---- accounts and counters of a level ---- */

/* What was brought has drained: who brought it is no reason to stop all of a zone when
 * somebody else fills its account. */
static void
forget_feeding(const struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	struct pair_state *p = l->pair;

	if (z->up.milli == 0 && z->down.milli == 0 &&
	    z->sinkhole.until_sec <= in->now_sec)
		z->feeders = z->proven = 0;
	if (p->up.milli == 0 && p->down.milli == 0 && p->hold.until_sec <= in->now_sec)
		p->fed = false;
}

static void
drain(struct inquiry *in, struct level *l)
{
	uint32_t rate = in->conf->drain_millibytes_per_sec;
	uint32_t span = state_span(&l->zone->last_sec, in->now_sec);

	account_drain(&l->zone->up, rate, span);
	account_drain(&l->zone->down, LEVEL_DOWN_DRAIN_MILLI, span);
	span = state_span(&l->pair->last_sec, in->now_sec);
	account_drain(&l->pair->up, rate, span);
	account_drain(&l->pair->raw, rate, span);
	account_drain(&l->pair->down, LEVEL_DOWN_DRAIN_MILLI, span);
	forget_feeding(in, l);
}

void
level_lock(struct inquiry *in, struct level *l)
{
	struct detect *d = in->d;

	pthread_mutex_lock(&d->zone_locks[state_shard_of(l->zone_key)].lock);
	l->zone = zones_get(d->zones, l->zone_key, in->now_sec);
	l->pair = pairs_get(d->pairs, l->zone_key, l->pair_key, in->now_sec);
	drain(in, l);
	l->ticket = ticket_of(d, l->zone, level_tag(in->client_hash));
	l->place = (uint32_t)zones_place(d->zones, l->zone) + 1;
	if (l->owner_place != 0)
		atomic_store_explicit(
		    &l->zone->owner, l->owner_place, memory_order_relaxed);
}

void
level_unlock(struct inquiry *in, struct level *l)
{
	l->zone = NULL;
	l->pair = NULL;
	pthread_mutex_unlock(&in->d->zone_locks[state_shard_of(l->zone_key)].lock);
}

void
level_feeds(const struct inquiry *in, struct level *l)
{
	uint32_t bit = 1u << (in->client_hash & 31);

	l->zone->feeders |= bit;
	if (in->verified)
		l->zone->proven |= bit;
	l->pair->fed = true;
}

static void
count_recent(struct zone_state *z, unsigned questions, bool fresh, bool odd, bool never)
{
	while (z->recent + questions > LEVEL_RECENT_MAX) {
		z->recent /= 2;
		z->recent_fresh /= 2;
		z->recent_odd /= 2;
		z->recent_never /= 2;
		if (questions > LEVEL_RECENT_MAX / 2)
			questions = LEVEL_RECENT_MAX / 2;
	}
	z->recent = (uint8_t)(z->recent + questions);
	z->recent_fresh = (uint8_t)(z->recent_fresh + fresh);
	z->recent_odd = (uint8_t)(z->recent_odd + odd);
	z->recent_never = (uint8_t)(z->recent_never + never);
}

static void
count_fresh(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;

	z->cost_sum += l->cost.bytes;
	z->fresh++;
	if (z->fresh >= LEVEL_RECENT_MAX) { /* old names weigh half */
		z->cost_sum /= 2;
		z->fresh /= 2;
	}
	if (l->cost.bytes >= LEVEL_DATA_NAME_BYTES)
		level_feeds(in, l);
}

/* Who asks here: one client, or several; and at what times. */
static void
count_client(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	uint8_t tag = level_tag(in->client_hash);

	if (in->client_excess <= 1.0f)
		z->scattered = l->pair->scattered = false;
	else if (!z->asked)
		z->scattered = l->pair->scattered = true;
	if (!z->asked)
		z->first_tag = tag;
	else if (z->first_tag != tag)
		z->several = true;
	z->asked = true;
	rhythm_count(&l->pair->rhythm, in->now->mono_ms, in->now_sec);
}

void
level_count(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	unsigned hits = atomic_exchange_explicit(&z->hits, 0, memory_order_relaxed);

	l->newcomer = !z->asked;
	count_client(in, l);
	count_recent(z, hits, false, false, false);
	count_recent(z, 1, in->fresh, type_is_odd(in), type_is_never(in->qtype));
	if (in->fresh)
		count_fresh(in, l);
}

void
level_charge(struct inquiry *in, struct level *l, float weighted, float raw)
{
	float cap = level_limit(in, l, in->conf->stop_bytes) * CAP_FACTOR;

	if (in->budget <= 1.0f)
		account_add(&l->zone->up, weighted, cap);
	account_add(&l->pair->up, weighted, cap);
	account_add(&l->pair->raw, raw / in->budget, cap);
	if (account_of(&l->pair->raw) >= LEVEL_STRANGER_BYTES)
		level_feeds(in, l);
}
static void
take_back(struct account *a, float bytes)
{
	uint32_t milli = (uint32_t)(bytes * 1000.0f);

	a->milli -= milli < a->milli ? milli : a->milli;
}

void
level_uncharge(struct level *l, float part)
{
	take_back(&l->zone->up, l->charge * part);
	take_back(&l->pair->up, l->charge * part);
	take_back(&l->pair->raw, l->cost.bytes * part);
}

void
level_cap(const struct inquiry *in, struct level *l)
{
	float most = fmaxf(level_limit(in, l, in->conf->stop_bytes), l->before);
	float now = account_of(&l->zone->up);

	if (now > most)
		take_back(&l->zone->up, now - most);
}

void
level_charge_down(struct inquiry *in, struct level *l, uint32_t rdata_bytes)
{
	float bytes = (float)rdata_bytes / in->budget;
	float cap = level_limit(in, l, in->conf->down_stop_bytes) * CAP_FACTOR;

	if (in->budget <= 1.0f)
		account_add(&l->zone->down, bytes, cap);
	account_add(&l->pair->down, bytes, cap);
}

/* Passed, or would have: what went out, and who shares. */
void
level_passed(struct inquiry *in, struct level *l)
{
	struct zone_state *z = l->zone;
	struct cost_zone had;
	uint32_t bytes = in->fresh ? (uint32_t)(l->cost.bytes + 0.5f) : 0;

	if (in->other_asked)
		level_share(z, level_bit(in->client_hash));
	z->leaked_up += bytes;
	l->pair->leaked_up += bytes;
	if (in->fresh)
		l->pair->passed_sec = (uint16_t)in->now_sec;
	if (in->fresh && l->cost.new_labels != 0) {
		unsigned labels = z->labels + l->cost.new_labels;

		z->labels = (uint16_t)(labels > UINT16_MAX ? UINT16_MAX : labels);
		had = level_cost_zone(l);
		cost_learn(in->name, &had, in->d->seen, level_tag(in->client_hash),
		    in->half_hour);
	}
}
