#include "detect/detect_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "detect/level.h"
#include "detect/wide.h"

/* Zones: those whose names several clients know, and those that were charged this much.
 */
#define ZONE_WORTH_MILLI 30000u
#define LINE_BYTES	 512u

/* ---- the key ---- */

void
tables_key(const struct detect *d, char out[TABLES_KEY_TEXT])
{
	snprintf(out, TABLES_KEY_TEXT, "%016" PRIx64 "%016" PRIx64, d->key.k0, d->key.k1);
}

static bool
key_parse(const char *text, struct hashkey *key)
{
	int end = 0;

	return text != NULL && strlen(text) == TABLES_KEY_TEXT - 1 &&
	       strspn(text, "0123456789abcdef") == TABLES_KEY_TEXT - 1 &&
	       sscanf(text, "%16" SCNx64 "%16" SCNx64 "%n", &key->k0, &key->k1, &end) ==
		   2 &&
	       end == TABLES_KEY_TEXT - 1;
}

bool
tables_rekey(struct detect *d, const char *text)
{
	struct hashkey key;
	struct suffix *suffix;
	struct wellknown *wellknown;

	if (!key_parse(text, &key))
		return false;
	if (key.k0 == d->key.k0 && key.k1 == d->key.k1)
		return true;
	if (atomic_load(&d->tallies[TALLY_QUESTIONS]) != 0 ||
	    atomic_load(&d->event_number) != 0)
		return false;
	if ((suffix = suffix_new(&key)) == NULL)
		return false;
	if ((wellknown = wellknown_new(&key)) == NULL) {
		suffix_free(suffix);
		return false;
	}
	suffix_free(d->suffix);
	wellknown_free(d->wellknown);
	d->suffix = suffix;
	d->wellknown = wellknown;
	d->key = key;
	return true;
}

/* ---- saving ---- */

static uint32_t
milli_of(float bytes)
{
	return bytes <= 0 ? 0 : bytes >= 4e6f ? 4000000000u : (uint32_t)(bytes * 1000.0f);
}

/* False: not worth a line. The lock is held. */
static bool
zone_text(const struct zone_state *z, char text[LINE_BYTES])
{
	uint64_t sharers = atomic_load_explicit(&z->sharers, memory_order_relaxed);

	if (z->key == 0 || (sharers == 0 && z->up.milli < ZONE_WORTH_MILLI))
		return false;
	snprintf(text, LINE_BYTES,
	    "{\"kind\":\"shared\",\"key\":\"%016" PRIx64 "\",\"sharers\":\"%016" PRIx64
	    "\",\"up_milli\":%" PRIu32 ",\"down_milli\":%" PRIu32
	    ",\"cost_milli\":%" PRIu32
	    ",\"names\":%u,\"labels\":%u,\"recent\":%u,\"recent_fresh\":%u,"
	    "\"recent_odd\":%u,\"recent_never\":%u,\"first\":%u,\"several\":%u}\n",
	    z->key, sharers, z->up.milli, z->down.milli, milli_of(z->cost_sum), z->fresh,
	    z->labels, z->recent, z->recent_fresh, z->recent_odd, z->recent_never,
	    z->first_tag, z->several);
	return true;
}

static bool
client_text(const struct client_state *c, uint32_t now_sec, char text[LINE_BYTES])
{
	uint32_t ago = c->newcomer_sec != 0 ? now_sec - c->newcomer_sec : WIDE_DAY_SEC;

	if (c->key == 0 || (c->up.milli == 0 && ago >= WIDE_DAY_SEC))
		return false;
	snprintf(text, LINE_BYTES,
	    "{\"kind\":\"client\",\"key\":\"%016" PRIx64 "\",\"up_milli\":%" PRIu32
	    ",\"cost_milli\":%" PRIu32
	    ",\"names\":%u,\"alarmed\":%u,\"newcomer_ago_sec\":%" PRIu32 "}\n",
	    c->key, c->up.milli, milli_of(c->cost_sum), c->fresh, c->alarmed, ago);
	return true;
}

static bool
server_text(const struct authority_state *s, char text[LINE_BYTES])
{
	uint32_t ticket =
	    authorities_ticket(atomic_load_explicit(&s->ticket, memory_order_relaxed));

	if (atomic_load_explicit(&s->ticket, memory_order_relaxed) == 0 ||
	    s->up.milli == 0)
		return false;
	snprintf(text, LINE_BYTES,
	    "{\"kind\":\"server\",\"ticket\":%" PRIu32 ",\"zones\":\"%016" PRIx64
	    "\",\"known\":\"%016" PRIx64 "\",\"up_milli\":%" PRIu32
	    ",\"clients\":%" PRIu32 ",\"cost_milli\":%" PRIu32
	    ",\"answers\":%u,\"told\":%u,\"full\":%u}\n",
	    ticket, s->zones, s->known, s->up.milli, s->clients, milli_of(s->cost_sum),
	    s->answers, s->told, authorities_entry_is_full(s));
	return true;
}

static bool
save_network(struct detect *d, FILE *out)
{
	struct network *n = &d->network;
	uint32_t milli;
	uint64_t clients;

	pthread_mutex_lock(&n->lock);
	milli = n->newcomers.milli;
	clients = n->clients;
	pthread_mutex_unlock(&n->lock);
	return fprintf(out,
		   "{\"kind\":\"network\",\"up_milli\":%" PRIu32
		   ",\"clients\":\"%016" PRIx64 "\",\"alarmed\":%u}\n",
		   milli, clients, network_is_alarmed(n)) > 0;
}

bool
tables_save(struct detect *d, const struct now *now, FILE *out)
{
	uint32_t now_sec = detect_sec(now->mono_ms);
	size_t zones = zones_count(d->zones), clients = clients_count(d->clients),
	       servers = authorities_count(d->authorities);
	char text[LINE_BYTES];
	bool good = save_network(d, out);

	for (size_t i = 0; good && i < zones + clients + servers; i++) {
		size_t place = i < zones	     ? i
			       : i < zones + clients ? i - zones
						     : i - zones - clients;
		struct shard *shards = i < zones ? d->zone_locks : d->client_locks;
		pthread_mutex_t *lock = &shards[state_shard_at(place)].lock;
		bool any;

		pthread_mutex_lock(lock);
		if (i < zones)
			any = zone_text(zones_at(d->zones, place), text);
		else if (i < zones + clients)
			any = client_text(clients_at(d->clients, place), now_sec, text);
		else
			any = server_text(authorities_at(d->authorities, place), text);
		pthread_mutex_unlock(lock);
		good = !any || fputs(text, out) != EOF;
	}
	return good;
}

/* ---- loading ---- */

static uint32_t
number_at(const json_t *o, const char *key, uint32_t most)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n < 0 ? 0 : n > most ? most : (uint32_t)n;
}

static bool
hash_at(const json_t *o, const char *key, uint64_t *out)
{
	const char *text = json_string_value(json_object_get(o, key));

	if (text == NULL || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
		return false;
	*out = strtoull(text, NULL, 16);
	return true;
}

static float
bytes_at(const json_t *o, const char *key)
{
	return (float)number_at(o, key, UINT32_MAX) / 1000.0f;
}

static void
account_at(const json_t *o, const char *key, const struct tables_age *age,
    uint32_t drain_milli, struct account *a)
{
	a->milli = number_at(o, key, UINT32_MAX);
	account_drain(a, drain_milli, age->pause_sec);
}

static bool
load_zone(struct detect *d, const struct tables_age *age, const json_t *o, bool use)
{
	uint64_t key, sharers;
	pthread_mutex_t *lock;
	struct zone_state *z;

	if (!hash_at(o, "key", &key) || !hash_at(o, "sharers", &sharers) || key == 0)
		return false;
	if (!use)
		return true;
	lock = &d->zone_locks[state_shard_of(key)].lock;
	pthread_mutex_lock(lock);
	z = zones_get(d->zones, key, age->now_sec);
	atomic_store(&z->sharers, sharers);
	account_at(o, "up_milli", age, LEVEL_UP_DRAIN_MILLI, &z->up);
	account_at(o, "down_milli", age, LEVEL_DOWN_DRAIN_MILLI, &z->down);
	z->cost_sum = bytes_at(o, "cost_milli");
	z->fresh = (uint16_t)number_at(o, "names", LEVEL_RECENT_MAX - 1);
	z->labels = (uint16_t)number_at(o, "labels", UINT16_MAX);
	z->recent = (uint8_t)number_at(o, "recent", LEVEL_RECENT_MAX);
	z->recent_fresh = (uint8_t)number_at(o, "recent_fresh", z->recent);
	z->recent_odd = (uint8_t)number_at(o, "recent_odd", z->recent);
	z->recent_never = (uint8_t)number_at(o, "recent_never", z->recent);
	z->first_tag = (uint8_t)number_at(o, "first", UINT8_MAX);
	z->several = number_at(o, "several", 1) != 0;
	z->asked = true;
	pthread_mutex_unlock(lock);
	return true;
}

static bool
load_client(struct detect *d, const struct tables_age *age, const json_t *o, bool use)
{
	uint32_t ago = number_at(o, "newcomer_ago_sec", WIDE_DAY_SEC);
	pthread_mutex_t *lock;
	struct client_state *c;
	uint64_t key;

	if (!hash_at(o, "key", &key) || key == 0)
		return false;
	if (!use)
		return true;
	ago += age->pause_sec < WIDE_DAY_SEC ? age->pause_sec : WIDE_DAY_SEC;
	lock = &d->client_locks[state_shard_of(key)].lock;
	pthread_mutex_lock(lock);
	c = clients_get(d->clients, key, age->now_sec);
	account_at(o, "up_milli", age, WIDE_CLIENT_DRAIN_MILLI, &c->up);
	c->cost_sum = bytes_at(o, "cost_milli");
	c->fresh = (uint16_t)number_at(o, "names", LEVEL_RECENT_MAX);
	c->alarmed = number_at(o, "alarmed", 1) != 0;
	if (ago < WIDE_DAY_SEC)
		c->newcomer_sec = age->now_sec > ago ? age->now_sec - ago : 1;
	pthread_mutex_unlock(lock);
	return true;
}

static bool
load_server(struct detect *d, const struct tables_age *age, const json_t *o, bool use)
{
	uint32_t ticket = number_at(o, "ticket", INT32_MAX);
	struct authority_state *s;
	pthread_mutex_t *lock;
	uint64_t zones, known;

	if (!hash_at(o, "zones", &zones) || !hash_at(o, "known", &known) || ticket == 0)
		return false;
	if (!use)
		return true;
	lock = &d->client_locks[state_shard_of(ticket)].lock;
	pthread_mutex_lock(lock);
	s = authorities_get(d->authorities, ticket, age->now_sec);
	s->zones = zones;
	s->known = known;
	account_at(o, "up_milli", age, WIDE_SERVER_DRAIN_MILLI, &s->up);
	s->clients = number_at(o, "clients", UINT32_MAX);
	s->cost_sum = bytes_at(o, "cost_milli");
	s->answers = (uint16_t)number_at(o, "answers", LEVEL_RECENT_MAX);
	s->told = number_at(o, "told", 1) != 0;
	authorities_set_full(s, number_at(o, "full", 1) != 0);
	pthread_mutex_unlock(lock);
	return true;
}

static bool
load_network(struct detect *d, const struct tables_age *age, const json_t *o, bool use)
{
	struct network *n = &d->network;
	uint64_t clients;

	if (!hash_at(o, "clients", &clients))
		return false;
	if (!use)
		return true;
	pthread_mutex_lock(&n->lock);
	account_at(o, "up_milli", age, WIDE_NETWORK_DRAIN_MILLI, &n->newcomers);
	n->clients = clients;
	n->last_sec = age->now_sec;
	atomic_store(
	    &n->alarmed, number_at(o, "alarmed", 1) != 0 &&
			     account_of(&n->newcomers) >= WIDE_NETWORK_ALARM_BYTES / 2);
	pthread_mutex_unlock(&n->lock);
	return true;
}

bool
tables_load(struct detect *d, const struct tables_age *age, const char *kind,
    const json_t *o, bool use)
{
	static const struct {
		const char *kind;
		bool (*load)(struct detect *d, const struct tables_age *age,
		    const json_t *o, bool use);
	} kinds[] = { { "shared", load_zone }, { "client", load_client },
		{ "server", load_server }, { "network", load_network } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].load(d, age, o, use);
	return false;
}
