#include "cache/servers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/dname.h"

/*
 * Servers by address, and which of them are lame for what.
 *
 * Sources: RFC 6298 2 (srtt and rttvar: 1/8 and 1/4), kept in eighths and quarters of a
 * millisecond as V. Jacobson did, else small differences would never count; RFC
 * 9520 3.2 and limits of doc/ARCHITECTURE.md (times of silence).
 *
 * Silence: three timeouts in a row, each of a packet that was sent after the last
 * one was counted, make a server silent: it is left alone for 2 s, and twice as
 * long after each further timeout, 15 minutes at most. When that is over one packet
 * may probe it. Any answer ends the silence.
 *
 * Cookies: our part for a server is SipHash-2-4 over its address and the number of the
 * 24 hours, under a key of its own (RFC 7873 7.1: no longer than 36 days, a day is
 * better). The server's part stands in the entry behind the part that it answered.
 *
 * Both tables are arrays of buckets. A key can be in one bucket only; the entry that
 * has been without news for longest gives way. Strangers can choose addresses and
 * zones but not buckets: the hash is keyed.
 */

#define BUCKET_ENTRIES 4u
#define LAME_ENTRIES   8u
#define LOCKS	       64u /* more than workers, so that two seldom meet */
#define CACHE_LINE     64u
#define BUCKETS_MAX    ((size_t)1 << 24)
#define LAME_SHARE     4u /* lame pairs: a quarter as many as servers */

#define COOKIE_CLIENT_LEN   8u
#define COOKIE_DAY_MS	    UINT64_C(86400000)
#define COOKIE_SILENCES_MAX 3u /* a lost packet now and then is the network's */

#define FORGET_MS      (15u * 60 * 1000) /* as Unbound's infra-host-ttl */
#define LAME_MS	       (15u * 60 * 1000)
#define SILENT_FROM    3u /* one or two lost packets are the network's */
#define SILENCE_MIN_MS 2000u
#define SILENCE_MAX_MS (15u * 60 * 1000)

/* Unknown: srtt + 4 rttvar = 390 ms covers nearly all of the Internet; an srtt of a near
 * server gets it tried. */
#define UNKNOWN_SRTT_MS	  30u
#define UNKNOWN_RTTVAR_MS 90u
#define RTT_MAX_MS	  8000u
/* A near server that is busy for a moment is not silent: three tries wait 1.4 s. */
#define TIMEOUT_MIN_MS 200u
#define TIMEOUT_MAX_MS 1500u /* limits of doc/ARCHITECTURE.md: 1.5 s a packet at most */

struct entry {
	struct addr addr;	/* ADDR_NONE: an empty place */
	uint64_t seen_ms;	/* the last news */
	uint64_t retry_at_ms;	/* 0: not silent */
	uint64_t timeout_at_ms; /* the last counted timeout */
	uint64_t no_edns_until_ms, no_case_until_ms;
	uint64_t no_cookie_until_ms, our_part_until_ms; /* none; ours alone */
	uint32_t srtt_8;				/* eighths of a millisecond */
	uint32_t rttvar_4;				/* quarters */
	uint8_t timeouts;
	bool measured; /* srtt and rttvar are from answers */
	uint8_t cookie_silences;
	uint8_t cookie_len; /* 0: the server has given none */
	uint8_t cookie[SERVER_COOKIE_MAX];
};

struct bucket {
	struct entry entries[BUCKET_ENTRIES];
};

struct lame {
	uint64_t tag; /* keyed hash of server and zone; 0: an empty place */
	uint64_t until_ms;
};

struct lame_bucket {
	struct lame entries[LAME_ENTRIES];
};

struct lock {
	_Alignas(CACHE_LINE) pthread_mutex_t mutex;
};

struct servers {
	struct lock locks[LOCKS]; /* of buckets by their number's low bits, both tables */
	struct hashkey key, cookie_key;
	size_t bucket_mask, lame_mask;
	struct bucket *buckets;
	struct lame_bucket *lames;
};

/* --- making and freeing --- */

static size_t
power_of_two_above(size_t n)
{
	size_t p = 1;

	while (p < n && p < BUCKETS_MAX)
		p *= 2;
	return p;
}

/* What the table's own hash shows by its times says nothing of the cookies. */
static struct hashkey
derive_key(const struct hashkey *key)
{
	return (struct hashkey){ .k0 = siphash24(key, "cookie 0", 8),
		.k1 = siphash24(key, "cookie 1", 8) };
}

struct servers *
servers_new(size_t entries, const struct hashkey *key)
{
	size_t buckets =
	    power_of_two_above((entries + BUCKET_ENTRIES - 1) / BUCKET_ENTRIES);
	size_t lames = power_of_two_above(entries / LAME_SHARE / LAME_ENTRIES + 1);
	struct servers *s;

	if ((s = aligned_alloc(CACHE_LINE, sizeof(*s))) == NULL)
		goto fail0;
	if ((s->buckets = calloc(buckets, sizeof(*s->buckets))) == NULL)
		goto fail1;
	if ((s->lames = calloc(lames, sizeof(*s->lames))) == NULL)
		goto fail2;
	s->key = *key;
	s->cookie_key = derive_key(key);
	s->bucket_mask = buckets - 1;
	s->lame_mask = lames - 1;
	for (unsigned i = 0; i < LOCKS; i++)
		pthread_mutex_init(&s->locks[i].mutex,
		    NULL); /* without attributes it cannot fail here */
	return s;

fail2:
	free(s->buckets);
fail1:
	free(s);
fail0:
	return NULL;
}

void
servers_free(struct servers *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&s->locks[i].mutex);
	free(s->lames);
	free(s->buckets);
	free(s);
}

size_t
servers_bytes(const struct servers *s)
{
	return sizeof(*s) + (s->bucket_mask + 1) * sizeof(*s->buckets) +
	       (s->lame_mask + 1) * sizeof(*s->lames);
}

/* --- finding --- */

static pthread_mutex_t *
lock_of(struct servers *s, size_t number)
{
	return &s->locks[number % LOCKS].mutex;
}

static uint64_t
forgotten_at(const struct entry *e)
{
	return (e->seen_ms > e->retry_at_ms ? e->seen_ms : e->retry_at_ms) + FORGET_MS;
}

static struct entry *
find(struct bucket *b, const struct addr *addr, uint64_t now_ms)
{
	for (unsigned i = 0; i < BUCKET_ENTRIES; i++) {
		struct entry *e = &b->entries[i];

		if (e->addr.family != ADDR_NONE && addr_equal(&e->addr, addr))
			return now_ms < forgotten_at(e) ? e : NULL;
	}
	return NULL;
}

/* The place for ${addr}: its own old one, an empty one, or that of the longest without
 * news. */
static struct entry *
place_for(struct bucket *b, const struct addr *addr)
{
	struct entry *oldest = &b->entries[0];

	for (unsigned i = 0; i < BUCKET_ENTRIES; i++)
		if (addr_equal(&b->entries[i].addr, addr))
			return &b->entries[i];
	for (unsigned i = 1; i < BUCKET_ENTRIES && oldest->addr.family != ADDR_NONE; i++)
		if (b->entries[i].addr.family == ADDR_NONE ||
		    b->entries[i].seen_ms < oldest->seen_ms)
			oldest = &b->entries[i];
	return oldest;
}

static void
entry_init(struct entry *e, const struct addr *addr)
{
	memset(e, 0, sizeof(*e));
	e->addr = *addr;
	e->srtt_8 = UNKNOWN_SRTT_MS * 8;
	e->rttvar_4 = UNKNOWN_RTTVAR_MS * 4;
}

/* The entry of ${addr}, an old or a new one, which has news now. Its lock is held. */
static struct entry *
news_of(struct servers *s, size_t number, const struct addr *addr, uint64_t now_ms)
{
	struct bucket *b = &s->buckets[number];
	struct entry *e;

	if ((e = find(b, addr, now_ms)) == NULL) {
		e = place_for(b, addr);
		entry_init(e, addr);
	}
	e->seen_ms = now_ms;
	return e;
}

typedef void entry_change(struct entry *e, uint32_t value, uint64_t now_ms);

/* News of ${addr}: ${change} is applied to its entry, an old or a new one, under the
 * lock. */
static void
tell(struct servers *s, const struct addr *addr, uint64_t now_ms, entry_change *change,
    uint32_t value)
{
	size_t number = addr_hash(&s->key, addr) & s->bucket_mask;

	if (FAILS(addr->family == ADDR_NONE))
		return;
	pthread_mutex_lock(lock_of(s, number));
	change(news_of(s, number, addr, now_ms), value, now_ms);
	pthread_mutex_unlock(lock_of(s, number));
}

/* --- news --- */

static void
got_answer(struct entry *e, uint32_t rtt_ms, uint64_t now_ms)
{
	int64_t rtt, off;

	(void)now_ms;
	if (rtt_ms > RTT_MAX_MS)
		rtt_ms = RTT_MAX_MS;
	rtt = rtt_ms;
	if (!e->measured) {
		/* RFC 6298 2.2 */
		e->srtt_8 = rtt_ms * 8;
		e->rttvar_4 = rtt_ms * 2;
		e->measured = true;
	} else {
		/* RFC 6298 2.3, rttvar first: it wants the old srtt. */
		off = rtt - (int64_t)e->srtt_8 / 8;
		e->rttvar_4 = (uint32_t)((int64_t)e->rttvar_4 - e->rttvar_4 / 4 +
					 (off < 0 ? -off : off));
		e->srtt_8 = (uint32_t)((int64_t)e->srtt_8 - e->srtt_8 / 8 + rtt);
	}
	e->timeouts = 0;
	e->retry_at_ms = 0;
	e->timeout_at_ms = 0;
}

static uint64_t
silence_ms(uint8_t timeouts)
{
	uint64_t ms = SILENCE_MIN_MS;

	for (; timeouts > SILENT_FROM && ms < SILENCE_MAX_MS; timeouts--)
		ms *= 2;
	return ms < SILENCE_MAX_MS ? ms : SILENCE_MAX_MS;
}

static void
got_silence(struct entry *e, uint32_t waited_ms, uint64_t now_ms)
{
	uint64_t sent_ms = now_ms > waited_ms ? now_ms - waited_ms : 0;

	if (e->timeouts > 0 && sent_ms < e->timeout_at_ms)
		return;
	e->timeout_at_ms = now_ms;
	if (e->timeouts < UINT8_MAX)
		e->timeouts++;
	if (e->timeouts >= SILENT_FROM)
		e->retry_at_ms = now_ms + silence_ms(e->timeouts);
}

static void
set_no_edns(struct entry *e, uint32_t value, uint64_t now_ms)
{
	e->no_edns_until_ms = value != 0 ? now_ms + FORGET_MS : 0;
}

static void
set_no_case(struct entry *e, uint32_t value, uint64_t now_ms)
{
	(void)value;
	e->no_case_until_ms = now_ms + FORGET_MS;
}

void
servers_rtt(struct servers *s, const struct addr *addr, uint32_t rtt_ms, uint64_t now_ms)
{
	tell(s, addr, now_ms, got_answer, rtt_ms);
}

void
servers_timeout(
    struct servers *s, const struct addr *addr, uint32_t waited_ms, uint64_t now_ms)
{
	tell(s, addr, now_ms, got_silence, waited_ms);
}

void
servers_set_no_edns(
    struct servers *s, const struct addr *addr, bool no_edns, uint64_t now_ms)
{
	tell(s, addr, now_ms, set_no_edns, no_edns);
}

void
servers_set_no_case(struct servers *s, const struct addr *addr, uint64_t now_ms)
{
	tell(s, addr, now_ms, set_no_case, 1);
}

/* --- questions --- */

void
servers_get(
    struct servers *s, const struct addr *addr, uint64_t now_ms, struct server_info *out)
{
	size_t number = addr_hash(&s->key, addr) & s->bucket_mask;
	const struct entry *e;

	*out = (struct server_info){ .srtt_ms = UNKNOWN_SRTT_MS,
		.rttvar_ms = UNKNOWN_RTTVAR_MS };
	pthread_mutex_lock(lock_of(s, number));
	if ((e = find(&s->buckets[number], addr, now_ms)) != NULL) {
		out->known = true;
		out->srtt_ms = (uint16_t)(e->srtt_8 / 8);
		out->rttvar_ms = (uint16_t)(e->rttvar_4 / 4);
		out->timeouts = e->timeouts;
		out->no_edns = now_ms < e->no_edns_until_ms;
		out->no_case = now_ms < e->no_case_until_ms;
		out->no_cookie = now_ms < e->no_cookie_until_ms;
		out->has_cookie = e->cookie_len > 0;
		out->cookie_silence = e->cookie_silences > 0;
		out->retry_at_ms = e->retry_at_ms;
	}
	pthread_mutex_unlock(lock_of(s, number));
}

bool
servers_take_probe(struct servers *s, const struct addr *addr, uint64_t now_ms)
{
	size_t number = addr_hash(&s->key, addr) & s->bucket_mask;
	struct entry *e;
	bool may_go = true;

	pthread_mutex_lock(lock_of(s, number));
	e = find(&s->buckets[number], addr, now_ms);
	if (e != NULL && e->retry_at_ms != 0) {
		may_go = now_ms >= e->retry_at_ms;
		if (may_go)
			e->retry_at_ms = now_ms + TIMEOUT_MAX_MS;
	}
	pthread_mutex_unlock(lock_of(s, number));
	return may_go;
}

uint32_t
server_timeout_ms(const struct server_info *info)
{
	uint32_t ms = info->srtt_ms + 4u * info->rttvar_ms;

	if (ms < TIMEOUT_MIN_MS)
		ms = TIMEOUT_MIN_MS;
	for (uint8_t i = 0; i < info->timeouts && ms < TIMEOUT_MAX_MS; i++)
		ms *= 2;
	return ms < TIMEOUT_MAX_MS ? ms : TIMEOUT_MAX_MS;
}

/* --- cookies --- */

static void
our_part(const struct servers *s, const struct addr *addr, uint64_t now_ms,
    uint8_t out[COOKIE_CLIENT_LEN])
{
	struct {
		uint64_t day;
		uint32_t scope;
		uint16_t port;
		uint16_t family;
		uint8_t host[sizeof(addr->bytes)];
	} who = { .day = now_ms / COOKIE_DAY_MS,
		.scope = addr->scope,
		.port = addr->port,
		.family = addr->family };
	uint64_t part;

	_Static_assert(sizeof(who) == 32, "no padding is hashed");
	memcpy(who.host, addr->bytes, sizeof(who.host));
	part = siphash24(&s->cookie_key, &who, sizeof(who));
	memcpy(out, &part, sizeof(part));
}

size_t
servers_cookie(struct servers *s, const struct addr *addr, uint64_t now_ms,
    uint8_t out[SERVER_COOKIE_MAX])
{
	size_t number = addr_hash(&s->key, addr) & s->bucket_mask;
	const struct entry *e;
	size_t len = COOKIE_CLIENT_LEN;

	our_part(s, addr, now_ms, out);
	pthread_mutex_lock(lock_of(s, number));
	if ((e = find(&s->buckets[number], addr, now_ms)) != NULL) {
		if (now_ms < e->no_cookie_until_ms) {
			len = 0;
		} else if (e->cookie_len > 0 &&
			   memcmp(e->cookie, out, COOKIE_CLIENT_LEN) == 0) {
			len = e->cookie_len;
			memcpy(out, e->cookie, len);
		}
	}
	pthread_mutex_unlock(lock_of(s, number));
	return len;
}

void
servers_set_cookie(struct servers *s, const struct addr *addr, const uint8_t *cookie,
    size_t len, uint64_t now_ms)
{
	size_t number = addr_hash(&s->key, addr) & s->bucket_mask;
	uint8_t ours[COOKIE_CLIENT_LEN];
	struct entry *e;

	if (FAILS(len < 2 * COOKIE_CLIENT_LEN) || FAILS(len > SERVER_COOKIE_MAX))
		return;
	our_part(s, addr, now_ms, ours);
	if (memcmp(ours, cookie, COOKIE_CLIENT_LEN) != 0)
		return;
	pthread_mutex_lock(lock_of(s, number));
	e = news_of(s, number, addr, now_ms);
	if (now_ms >= e->our_part_until_ms) {
		e->cookie_len = (uint8_t)len;
		memcpy(e->cookie, cookie, len);
	}
	pthread_mutex_unlock(lock_of(s, number));
}

static void
forget_cookie(struct entry *e, uint32_t value, uint64_t now_ms)
{
	(void)value;
	e->cookie_len = 0;
	e->our_part_until_ms = now_ms + FORGET_MS;
}

static void
set_no_cookie(struct entry *e, uint32_t value, uint64_t now_ms)
{
	(void)value;
	e->cookie_len = 0;
	e->cookie_silences = 0;
	e->no_cookie_until_ms = now_ms + FORGET_MS;
}

static void
set_cookie_silence(struct entry *e, uint32_t silent, uint64_t now_ms)
{
	if (silent == 0)
		e->cookie_silences = 0;
	else if (++e->cookie_silences >= COOKIE_SILENCES_MAX)
		set_no_cookie(e, 1, now_ms);
}

void
servers_forget_cookie(struct servers *s, const struct addr *addr, uint64_t now_ms)
{
	tell(s, addr, now_ms, forget_cookie, 1);
}

void
servers_set_no_cookie(struct servers *s, const struct addr *addr, uint64_t now_ms)
{
	tell(s, addr, now_ms, set_no_cookie, 1);
}

void
servers_cookie_silence(
    struct servers *s, const struct addr *addr, bool silent, uint64_t now_ms)
{
	tell(s, addr, now_ms, set_cookie_silence, silent);
}

/* --- lameness --- */

/* 64 keyed bits stand for the pair: nobody outside can aim at another pair's tag. */
static uint64_t
tag_of(const struct servers *s, const struct addr *addr, const uint8_t *zone)
{
	uint8_t bytes[sizeof(uint64_t) + DNAME_MAX];
	uint64_t host = addr_hash(&s->key, addr);
	uint64_t tag;

	memcpy(bytes, &host, sizeof(host));
	tag = siphash13(
	    &s->key, bytes, sizeof(host) + dname_copy(bytes + sizeof(host), zone));
	return tag != 0 ? tag : 1;
}

static struct lame *
lame_find(struct lame_bucket *b, uint64_t tag)
{
	for (unsigned i = 0; i < LAME_ENTRIES; i++)
		if (b->entries[i].tag == tag)
			return &b->entries[i];
	return NULL;
}

void
servers_set_lame(
    struct servers *s, const struct addr *addr, const uint8_t *zone, uint64_t now_ms)
{
	uint64_t tag = tag_of(s, addr, zone);
	size_t number = tag & s->lame_mask;
	struct lame_bucket *b = &s->lames[number];
	struct lame *e;

	pthread_mutex_lock(lock_of(s, number));
	if ((e = lame_find(b, tag)) == NULL) {
		e = &b->entries[0];
		for (unsigned i = 1; i < LAME_ENTRIES; i++)
			if (b->entries[i].until_ms < e->until_ms)
				e = &b->entries[i];
	}
	e->tag = tag;
	e->until_ms = now_ms + LAME_MS;
	pthread_mutex_unlock(lock_of(s, number));
}

void
servers_not_lame(struct servers *s, const struct addr *addr, const uint8_t *zone)
{
	uint64_t tag = tag_of(s, addr, zone);
	size_t number = tag & s->lame_mask;
	struct lame *e;

	pthread_mutex_lock(lock_of(s, number));
	if ((e = lame_find(&s->lames[number], tag)) != NULL)
		e->until_ms = 0;
	pthread_mutex_unlock(lock_of(s, number));
}

bool
servers_is_lame(
    struct servers *s, const struct addr *addr, const uint8_t *zone, uint64_t now_ms)
{
	uint64_t tag = tag_of(s, addr, zone);
	size_t number = tag & s->lame_mask;
	const struct lame *e;
	bool is_lame;

	pthread_mutex_lock(lock_of(s, number));
	e = lame_find(&s->lames[number], tag);
	is_lame = e != NULL && now_ms < e->until_ms;
	pthread_mutex_unlock(lock_of(s, number));
	return is_lame;
}
