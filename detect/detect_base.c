#include "detect/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The making and unmaking of a detector, and the small steps that its files share. */

#define MILLI_PER_DAY 86400000
#define SEED_MASK     0xffffffu
/* A ticket for detect_hit has 20 bits for the place (detect.c). */
#define ZONES_MAX (1u << 20)
/* Servers that answer for zones which nobody shares; 48 bytes each. */
#define AUTHORITIES_MAX 4096u

static bool
locks_init(struct shard *shards)
{
	for (unsigned i = 0; i < STATE_SHARDS; i++) {
		if (pthread_mutex_init(&shards[i].lock, NULL) != 0) {
			while (i-- > 0)
				pthread_mutex_destroy(&shards[i].lock);
			return false;
		}
	}
	return true;
}

static void
locks_fini(struct shard *shards)
{
	for (unsigned i = 0; i < STATE_SHARDS; i++)
		pthread_mutex_destroy(&shards[i].lock);
}

static bool
tables_new(struct detect *d, const struct conf *conf)
{
	uint32_t zones = conf->zone_entries < ZONES_MAX ? conf->zone_entries : ZONES_MAX;

	d->suffix = suffix_new(&d->key);
	d->seen = seen_new(conf->seen_entries);
	d->wellknown = wellknown_new(&d->key);
	d->zones = zones_new(zones);
	d->pairs = pairs_new(conf->pair_entries);
	d->clients = clients_new(conf->client_entries);
	d->authorities = authorities_new(AUTHORITIES_MAX);
	d->notes = notes_new();
	return d->suffix != NULL && d->seen != NULL && d->wellknown != NULL &&
	       d->zones != NULL && d->pairs != NULL && d->clients != NULL &&
	       d->authorities != NULL && d->notes != NULL;
}

static void
tables_free(struct detect *d)
{
	notes_free(d->notes);
	authorities_free(d->authorities);
	clients_free(d->clients);
	pairs_free(d->pairs);
	zones_free(d->zones);
	seen_free(d->seen);
	wellknown_free(d->wellknown);
	suffix_free(d->suffix);
}

struct detect *
detect_new(const struct conf *conf, const struct hashkey *key, uint32_t id_seed)
{
	struct detect *d = aligned_alloc(_Alignof(struct detect), sizeof(*d));

	if (d == NULL)
		goto fail0;
	memset(d, 0, sizeof(*d));
	d->key = *key;
	d->seed = id_seed & SEED_MASK;
	atomic_init(&d->generation, 1);
	if (pthread_mutex_init(&d->network.lock, NULL) != 0)
		goto fail1;
	if (!locks_init(d->zone_locks))
		goto fail2;
	if (!locks_init(d->client_locks))
		goto fail3;
	if (!tables_new(d, conf))
		goto fail4;
	return d;

fail4:
	tables_free(d);
	locks_fini(d->client_locks);
fail3:
	locks_fini(d->zone_locks);
fail2:
	pthread_mutex_destroy(&d->network.lock);
fail1:
	free(d);
fail0:
	return NULL;
}

void
detect_free(struct detect *d)
{
	if (d == NULL)
		return;
	tables_free(d);
	locks_fini(d->client_locks);
	locks_fini(d->zone_locks);
	pthread_mutex_destroy(&d->network.lock);
	free(d);
}

void
detect_ablate(struct detect *d, uint32_t bits)
{
	d->ablated = bits;
}

size_t
detect_bytes(const struct detect *d)
{
	return sizeof(*d) + suffix_bytes(d->suffix) + seen_bytes(d->seen) +
	       wellknown_bytes(d->wellknown) + zones_bytes(d->zones) +
	       pairs_bytes(d->pairs) + clients_bytes(d->clients) +
	       authorities_bytes(d->authorities) + notes_bytes();
}

uint32_t
detect_sec(uint64_t mono_ms)
{
	return (uint32_t)(mono_ms / 1000) + 1;
}

/* What one subscriber of IPv6 has at least (RFC 6177 2): he can use any address of it. */
#define IDENTITY_BITS_V6 64u
#define IDENTITY_BITS_V4 32u

uint64_t
detect_client_hash(const struct detect *d, const struct addr *client)
{
	bool v6 = client->family == ADDR_V6;
	uint8_t bytes[9] = { client->family };

	memcpy(
	    bytes + 1, client->bytes, v6 ? IDENTITY_BITS_V6 / 8 : IDENTITY_BITS_V4 / 8);
	return siphash13(&d->key, bytes, sizeof(bytes));
}

uint64_t
detect_pair_key(uint64_t zone_key, uint64_t client_hash, bool verified)
{
	return namehash_mix(zone_key, client_hash ^ (verified ? UINT64_MAX : 0));
}

/* ---- event ids: day, process, counter ---- */

struct event_ref
detect_ref_new(struct detect *d, int64_t wall_ms)
{
	uint32_t n =
	    atomic_fetch_add_explicit(&d->event_number, 1, memory_order_relaxed) + 1;

	return (struct event_ref){ .seed = d->seed,
		.number = n != 0 ? n : 1,
		.day = (uint16_t)(wall_ms > 0 ? wall_ms / MILLI_PER_DAY : 0) };
}

/* Civil date from days since 1970 (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static void
date_of(unsigned day, unsigned *year, unsigned *month, unsigned *mday)
{
	unsigned z = day + 719468;
	unsigned era = z / 146097, doe = z % 146097;
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*mday = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

static unsigned
day_of(unsigned year, unsigned month, unsigned mday)
{
	unsigned y = year - (month <= 2);
	unsigned era = y / 400, yoe = y % 400;
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + mday - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* Digits of ${n} in ${base}, at least ${width} of them; the end. Inlined, so that to
 * divide by the base is to multiply. */
static inline __attribute__((always_inline)) char *
put_number(char *o, uint32_t n, unsigned base, unsigned width)
{
	char reversed[16];
	unsigned have = 0;

	do {
		reversed[have++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n != 0 || have < width);
	while (have > 0)
		*o++ = reversed[--have];
	return o;
}

/* Each question that is stopped says an id: no printf here. */
void
detect_ref_text(const struct event_ref *r, char out[EVENT_ID_MAX])
{
	unsigned year, month, mday;
	char *o = out;

	*o = '\0';
	if (r->number == 0)
		return;
	date_of(r->day, &year, &month, &mday);
	o = put_number(o, year, 10, 4);
	o = put_number(o, month, 10, 2);
	o = put_number(o, mday, 10, 2);
	*o++ = '-';
	o = put_number(o, r->seed & SEED_MASK, 16, 6);
	*o++ = '-';
	o = put_number(o, r->number, 10, 6);
	*o = '\0';
}

bool
detect_ref_parse(const char *text, struct event_ref *r)
{
	unsigned year, month, mday, seed, number;
	int end = 0;

	if (sscanf(text, "%4u%2u%2u-%6x-%10u%n", &year, &month, &mday, &seed, &number,
		&end) != 5 ||
	    text[end] != '\0')
		return false;
	if (year < 1970 || year > 2149 || month < 1 || month > 12 || mday < 1 ||
	    mday > 31)
		return false;
	r->seed = seed & SEED_MASK;
	r->number = number;
	r->day = (uint16_t)day_of(year, month, mday);
	return true;
}
