#include "resolver/dnssec/rollover.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/dns.h"
#include "resolver/dnssec/keys.h"
#include "resolver/dnssec/sig.h"

/*
 * Automated updates of trust anchors (RFC 5011).
 *
 *   1. A key that is trusted, or is about to be, may say of itself that it is revoked: it
 *      stands in the set with the REVOKE bit and has signed the set (RFC 5011 2.1). That
 * needs nobody else's word, and counts whatever comes of the rest.
 *   2. The set has to be signed by a key that is trusted still; when the last of them
 *      have just revoked themselves, there is none, and nothing else of the set is
 * believed (RFC 5011 5).
 *   3. Keys that seeds stand for become VALID; they were trusted all along.
 *   4. Each other key goes through the table of RFC 5011 4.1: what the set says of it is
 * an event, state and event give the next state.
 *   5. The next look follows from the set's TTL and the end of its signatures (RFC 5011
 * 2.3).
 *
 * A pending key that is away from one valid set begins anew: whoever stole a key can
 * publish another one, but the owner who still has his own will take it out again, and
 * thirty days are for him to notice (RFC 5011 2.4.1, 6.2). That the hold-down is over
 * counts only with a valid set in hand that has the key: thus at least two have been
 * seen. A clock that runs ahead does not help: the signatures are checked by the same
 * clock and do not live for thirty days.
 */

#define DNSKEY_FIXED  4u
#define FLAG_ZONE     0x01u /* of the first byte of flags */
#define FLAG_REVOKE   0x80u /* of the second */
#define FLAG_SEP      0x01u
#define PROTOCOL      3u
#define DIGEST_SHA256 2u
#define DIGEST_SHA384 4u
#define DIGEST_SHA1   1u
#define DS_FIXED      4u
#define SHA256_BYTES  32u
#define VERIFICATIONS 32u /* as for a client's question (KeyTrap) */

enum event {
	EVENT_NONE,
	EVENT_PRESENT,	 /* in the set: NewKey, KeyPres */
	EVENT_ABSENT,	 /* not in it: KeyRem */
	EVENT_TIMER,	 /* in it, and the hold-down is over: AddTime */
	EVENT_REVOKED,	 /* RevBit */
	EVENT_FORGOTTEN, /* away, and the remove hold-down is over: RemTime */
	EVENT_COUNT
};

/* RFC 5011 4.1. What has no entry stays. */
#define STAY ROLLOVER_STATE_COUNT
static const uint8_t transitions[ROLLOVER_STATE_COUNT][EVENT_COUNT] = {
	[ROLLOVER_START] = { STAY, ROLLOVER_ADDPEND, STAY, STAY, STAY, STAY },
	[ROLLOVER_ADDPEND] = { STAY, STAY, ROLLOVER_START, ROLLOVER_VALID, ROLLOVER_START,
	    STAY },
	[ROLLOVER_VALID] = { STAY, STAY, ROLLOVER_MISSING, STAY, ROLLOVER_REVOKED, STAY },
	[ROLLOVER_MISSING] = { STAY, ROLLOVER_VALID, STAY, ROLLOVER_VALID,
	    ROLLOVER_REVOKED, STAY },
	[ROLLOVER_REVOKED] = { STAY, STAY, STAY, STAY, STAY, ROLLOVER_REMOVED },
	[ROLLOVER_REMOVED] = { STAY, STAY, STAY, STAY, STAY, STAY },
};

const char *
rollover_state_text(enum rollover_state s)
{
	static const char *const texts[ROLLOVER_STATE_COUNT] = { "start", "addpend",
		"valid", "missing", "revoked", "removed" };

	return (unsigned)s < ROLLOVER_STATE_COUNT ? texts[s] : "unknown";
}

void
rollover_init(struct rollover *r, const uint8_t *zone, int64_t now_sec)
{
	memset(r, 0, sizeof(*r));
	r->zone.len = (uint8_t)dname_copy_lower(r->zone.bytes, zone);
	r->next_sec = now_sec;
	r->retry_sec = ROLLOVER_QUERY_MIN;
}

static bool
is_trusted(const struct rollover_key *k)
{
	return k->state == ROLLOVER_VALID || k->state == ROLLOVER_MISSING;
}

static bool
is_zone_key(const struct rdata *rd)
{
	return rd->len > DNSKEY_FIXED && rd->len <= ROLLOVER_KEY_BYTES_MAX &&
	       (rd->bytes[0] & FLAG_ZONE) != 0 && rd->bytes[2] == PROTOCOL;
}

static bool
is_revoked(const struct rdata *rd)
{
	return (rd->bytes[1] & FLAG_REVOKE) != 0;
}

/* ${rd} is ${k}, whatever its REVOKE bit says. */
static bool
is_key(const struct rollover_key *k, const struct rdata *rd)
{
	return rd->len == k->len && rd->bytes[0] == k->rdata[0] &&
	       (rd->bytes[1] & ~FLAG_REVOKE) == k->rdata[1] &&
	       memcmp(rd->bytes + 2, k->rdata + 2, k->len - 2u) == 0;
}

/* ---- digests ---- */

static const char *
digest_name(uint8_t digest)
{
	return digest == DIGEST_SHA256	 ? "SHA256"
	       : digest == DIGEST_SHA384 ? "SHA384"
	       : digest == DIGEST_SHA1	 ? "SHA1"
					 : NULL;
}

/* RFC 4034 5.1.4. 0: OpenSSL could not, or nobody knows that digest. */
static size_t
digest_of(
    const struct rollover *r, const struct rollover_key *k, uint8_t digest, uint8_t *out)
{
	uint8_t data[DNAME_MAX + ROLLOVER_KEY_BYTES_MAX];
	const char *name = digest_name(digest);
	size_t len = 0;

	memcpy(data, r->zone.bytes, r->zone.len);
	memcpy(data + r->zone.len, k->rdata, k->len);
	if (name == NULL || EVP_Q_digest(NULL, name, NULL, data,
				(size_t)r->zone.len + k->len, out, &len) != 1)
		return 0;
	return len;
}

static bool
ds_matches(const struct rollover *r, const struct rdata *ds, const struct rollover_key *k)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len;

	if (ds->len <= DS_FIXED || (ds->bytes[0] << 8 | ds->bytes[1]) != k->tag ||
	    ds->bytes[2] != k->rdata[3])
		return false;
	len = digest_of(r, k, ds->bytes[3], digest);
	return len > 0 && len == ds->len - DS_FIXED &&
	       memcmp(digest, ds->bytes + DS_FIXED, len) == 0;
}

static bool
is_seed(const struct rollover *r, const struct rrset *seeds, const struct rollover_key *k)
{
	for (size_t i = 0; seeds != NULL && i < seeds->count; i++)
		if (ds_matches(r, &seeds->rdata[i], k))
			return true;
	return false;
}

/* ---- what is trusted ---- */

static bool
seed_is_known(const struct rollover *r, const struct rdata *ds)
{
	for (unsigned i = 0; i < r->key_count; i++)
		if (r->keys[i].state != ROLLOVER_ADDPEND &&
		    ds_matches(r, ds, &r->keys[i]))
			return true;
	return false;
}

static bool
add_ds(struct rrset *set, struct arena *arena, const uint8_t *bytes, size_t len)
{
	const uint8_t *copy = arena_copy(arena, bytes, len);

	if (copy == NULL || set->count == RRSET_RECORDS_MAX)
		return copy != NULL;
	set->rdata[set->count++] = (struct rdata){ .len = (uint16_t)len, .bytes = copy };
	return true;
}

static bool
add_key(struct rrset *set, struct arena *arena, const struct rollover *r,
    const struct rollover_key *k)
{
	uint8_t ds[DS_FIXED + EVP_MAX_MD_SIZE] = { (uint8_t)(k->tag >> 8),
		(uint8_t)k->tag, k->rdata[3], DIGEST_SHA256 };
	size_t len = digest_of(r, k, DIGEST_SHA256, ds + DS_FIXED);

	return len > 0 && add_ds(set, arena, ds, DS_FIXED + len);
}

bool
rollover_anchors(const struct rollover *r, const struct rrset *seeds, struct arena *arena,
    struct rrset **out)
{
	struct rrset *set = arena_alloc(arena, sizeof(*set));

	*out = NULL;
	if (set == NULL ||
	    (set->owner = arena_copy(arena, r->zone.bytes, r->zone.len)) == NULL ||
	    (set->rdata = arena_alloc(arena, RRSET_RECORDS_MAX * sizeof(*set->rdata))) ==
		NULL)
		return false;
	set->type = TYPE_DS;
	set->class = CLASS_IN;
	set->trust = TRUST_LOCAL;
	for (unsigned i = 0; i < r->key_count; i++)
		if (is_trusted(&r->keys[i]) && !add_key(set, arena, r, &r->keys[i]))
			return false;
	for (size_t i = 0; seeds != NULL && i < seeds->count; i++)
		if (!seed_is_known(r, &seeds->rdata[i]) &&
		    !add_ds(set, arena, seeds->rdata[i].bytes, seeds->rdata[i].len))
			return false;
	*out = set->count > 0 ? set : NULL;
	return true;
}

/* ---- changes ---- */

static void
forget_key(struct rollover *r, unsigned i)
{
	r->key_count--;
	memmove(&r->keys[i], &r->keys[i + 1], (r->key_count - i) * sizeof(r->keys[0]));
}

static void
tell(const struct rollover_tools *tools, const struct rollover *r,
    const struct rollover_key *k, enum rollover_state from, enum rollover_state to)
{
	if (tools->changed != NULL)
		tools->changed(tools->ctx, r, k, from, to);
}

/* The state after ${event}; false: the key was forgotten and the next one has its place.
 */
static bool
apply(struct rollover *r, unsigned i, enum event event, int64_t now_sec,
    const struct rollover_tools *tools)
{
	struct rollover_key *k = &r->keys[i];
	enum rollover_state from = (enum rollover_state)k->state;
	uint8_t to = transitions[from][event];
	struct rollover_key gone;

	if (to == STAY)
		return true;
	if (to != ROLLOVER_START) {
		k->state = to;
		k->since_sec = now_sec;
		tell(tools, r, k, from, (enum rollover_state)to);
		return true;
	}
	gone = *k;
	forget_key(r, i);
	tell(tools, r, &gone, from, ROLLOVER_START);
	return false;
}

static int
find_key(const struct rollover *r, const struct rdata *rd)
{
	for (unsigned i = 0; i < r->key_count; i++)
		if (is_key(&r->keys[i], rd))
			return (int)i;
	return -1;
}

/* ---- 1. revocation ---- */

/* The keys of a set that consists of record ${i} alone, although it is revoked. */
static struct dnssec_keys *
revoked_key(const struct rrset *dnskey, uint16_t i)
{
	const struct rdata *rd = &dnskey->rdata[i];
	struct dnssec_keys *k = calloc(1, sizeof(*k) + sizeof(struct keys_entry));
	struct keys_entry *entry;

	if (k == NULL)
		return NULL;
	atomic_init(&k->refs, 1);
	k->zone.len = (uint8_t)dname_copy_lower(k->zone.bytes, dnskey->owner);
	entry = &k->entries[k->count++];
	entry->record = i;
	entry->tag = dnssec_key_tag(rd->bytes, rd->len);
	entry->algorithm = rd->bytes[3];
	if (algorithm_key_new(entry->algorithm, rd->bytes + DNSKEY_FIXED,
		rd->len - DNSKEY_FIXED, &entry->key) == ERR_OK) {
		k->usable = 1;
		return k;
	}
	dnssec_keys_unref(k);
	return NULL;
}

static bool
has_signed(const struct rrset *dnskey, uint16_t i, struct dnssec_budget *budget,
    const struct rollover_tools *tools)
{
	struct dnssec_keys *k = revoked_key(dnskey, i);
	struct dnssec_checked checked;
	bool good;

	if (k == NULL)
		return false;
	arena_reset(tools->scratch);
	good = dnssec_check(dnskey, k, &tools->clock, budget, tools->scratch, &checked) ==
	       DNSSEC_OK;
	dnssec_keys_unref(k);
	return good;
}

static void
key_fill(struct rollover_key *k, const struct rdata *rd, int64_t now_sec)
{
	memset(k, 0, sizeof(*k));
	k->len = rd->len;
	memcpy(k->rdata, rd->bytes, rd->len);
	k->rdata[1] &= (uint8_t)~FLAG_REVOKE;
	k->tag = dnssec_key_tag(k->rdata, k->len);
	k->since_sec = k->seen_sec = now_sec;
}

/* Room for a key of more weight than those that wait. */
static bool
make_room(struct rollover *r, int64_t now_sec, const struct rollover_tools *tools)
{
	for (unsigned i = 0; i < r->key_count && r->key_count == ROLLOVER_KEYS_MAX; i++)
		if (r->keys[i].state == ROLLOVER_ADDPEND)
			(void)apply(r, i, EVENT_ABSENT, now_sec, tools);
	return r->key_count < ROLLOVER_KEYS_MAX;
}

/* A key that only a seed stood for so far: now it is known by itself. */
static int
adopt(struct rollover *r, const struct rrset *seeds, const struct rdata *rd,
    int64_t now_sec, const struct rollover_tools *tools)
{
	struct rollover_key fresh;

	key_fill(&fresh, rd, now_sec);
	if (!is_seed(r, seeds, &fresh) || !make_room(r, now_sec, tools))
		return -1;
	fresh.state = ROLLOVER_VALID;
	r->keys[r->key_count] = fresh;
	tell(tools, r, &r->keys[r->key_count], ROLLOVER_START, ROLLOVER_VALID);
	return (int)r->key_count++;
}

static void
take_revocations(struct rollover *r, const struct rrset *seeds,
    const struct rrset *dnskey, int64_t now_sec, const struct rollover_tools *tools)
{
	struct dnssec_budget budget = { .verifications = VERIFICATIONS };

	for (uint16_t i = 0; i < dnskey->count && i < RRSET_RECORDS_MAX; i++) {
		const struct rdata *rd = &dnskey->rdata[i];
		struct rollover_key probe;
		int at;

		if (!is_zone_key(rd) || !is_revoked(rd))
			continue;
		at = find_key(r, rd);
		key_fill(&probe, rd, now_sec);
		if (at >= 0 ? !is_trusted(&r->keys[at]) : !is_seed(r, seeds, &probe))
			continue;
		if (!has_signed(dnskey, i, &budget, tools))
			continue;
		if (at < 0)
			at = adopt(r, seeds, rd, now_sec, tools);
		if (at >= 0) {
			r->keys[at].seen_sec = now_sec;
			(void)apply(r, (unsigned)at, EVENT_REVOKED, now_sec, tools);
		}
	}
}

/* ---- 2. is the set to be believed? ---- */

static bool
trusts_any(const struct rollover *r, const struct rrset *seeds,
    const struct rollover_tools *tools)
{
	struct rrset *ds;

	arena_reset(tools->scratch);
	return rollover_anchors(r, seeds, tools->scratch, &ds) && ds != NULL;
}

static enum dnssec_reason
check_set(const struct rollover *r, const struct rrset *seeds, const struct rrset *dnskey,
    const struct rollover_tools *tools)
{
	struct dnssec_budget budget = { .verifications = VERIFICATIONS };
	struct dnssec_keys *keys = NULL;
	enum dnssec_reason reason;
	struct rrset *ds;

	arena_reset(tools->scratch);
	if (!rollover_anchors(r, seeds, tools->scratch, &ds))
		return DNSSEC_INNER;
	if (ds == NULL)
		return DNSSEC_NO_KEY;
	reason = dnssec_check_dnskey(
	    dnskey, ds, &tools->clock, &budget, tools->scratch, &keys);
	dnssec_keys_unref(keys);
	return reason;
}

/* ---- 3, 4. each key ---- */

static bool
is_in(const struct rrset *dnskey, const struct rollover_key *k)
{
	for (uint16_t i = 0; i < dnskey->count && i < RRSET_RECORDS_MAX; i++)
		if (is_zone_key(&dnskey->rdata[i]) && is_key(k, &dnskey->rdata[i]) &&
		    !is_revoked(&dnskey->rdata[i]))
			return true;
	return false;
}

static bool
is_in_revoked(const struct rrset *dnskey, const struct rollover_key *k)
{
	for (uint16_t i = 0; i < dnskey->count && i < RRSET_RECORDS_MAX; i++)
		if (is_zone_key(&dnskey->rdata[i]) && is_key(k, &dnskey->rdata[i]) &&
		    is_revoked(&dnskey->rdata[i]))
			return true;
	return false;
}

static enum event
event_of(const struct rrset *dnskey, struct rollover_key *k, int64_t now_sec)
{
	bool present = is_in(dnskey, k);

	/* A clock that was set back: what lay before counts for nothing. */
	if (k->since_sec > now_sec)
		k->since_sec = now_sec;
	if (present || is_in_revoked(dnskey, k) || k->seen_sec > now_sec)
		k->seen_sec = now_sec;
	if (k->state == ROLLOVER_REVOKED)
		return now_sec - k->seen_sec >= ROLLOVER_HOLD_SEC ? EVENT_FORGOTTEN
								  : EVENT_NONE;
	if (!present)
		return EVENT_ABSENT;
	if (k->state == ROLLOVER_ADDPEND && now_sec - k->since_sec >= k->hold_sec)
		return EVENT_TIMER;
	return EVENT_PRESENT;
}

/* RFC 5011 2.4.1: thirty days, or the TTL of the first set that had it if longer. */
static void
pend(struct rollover *r, uint32_t ttl_sec, const struct rdata *rd, int64_t now_sec,
    const struct rollover_tools *tools)
{
	struct rollover_key *k = &r->keys[r->key_count];

	if (r->key_count == ROLLOVER_KEYS_MAX)
		return;
	key_fill(k, rd, now_sec);
	k->state = transitions[ROLLOVER_START][EVENT_PRESENT];
	k->hold_sec = ttl_sec > ROLLOVER_HOLD_SEC ? ttl_sec : ROLLOVER_HOLD_SEC;
	r->key_count++;
	tell(tools, r, k, ROLLOVER_START, ROLLOVER_ADDPEND);
}

static void
take_keys(struct rollover *r, const struct rrset *seeds, const struct rrset *dnskey,
    uint32_t ttl_sec, int64_t now_sec, const struct rollover_tools *tools)
{
	for (unsigned i = 0; i < r->key_count;) {
		enum event event = event_of(dnskey, &r->keys[i], now_sec);

		if (event == EVENT_PRESENT && r->keys[i].state == ROLLOVER_ADDPEND &&
		    is_seed(r, seeds, &r->keys[i]))
			event = EVENT_TIMER; /* a new release vouches for it */
		if (apply(r, i, event, now_sec, tools))
			i++;
	}
	for (uint16_t i = 0; i < dnskey->count && i < RRSET_RECORDS_MAX; i++) {
		const struct rdata *rd = &dnskey->rdata[i];

		if (!is_zone_key(rd) || is_revoked(rd) || find_key(r, rd) >= 0 ||
		    adopt(r, seeds, rd, now_sec, tools) >= 0)
			continue;
		/* RFC 5011 4.1 NewKey: with the SEP bit; and one that we could use. */
		if ((rd->bytes[1] & FLAG_SEP) != 0 &&
		    dnssec_algorithm_supported(rd->bytes[3]))
			pend(r, ttl_sec, rd, now_sec, tools);
	}
}

/* ---- 5. timers ---- */

static int64_t
clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* The original TTL of the set and how long its signatures hold: the least of all. */
static void
life_of(
    const struct rrset *dnskey, uint32_t now_sec, uint32_t *ttl_sec, uint32_t *left_sec)
{
	*ttl_sec = *left_sec = UINT32_MAX;
	for (unsigned i = 0; i < dnskey->sig_count; i++) {
		struct sig s;
		uint32_t left;

		if (!sig_read(&dnskey->sigs[i], &s))
			continue;
		left = sig_left_sec(&s, now_sec);
		if (s.original_ttl_sec < *ttl_sec)
			*ttl_sec = s.original_ttl_sec;
		if (left < *left_sec)
			*left_sec = left;
	}
}

static void
set_timers(struct rollover *r, uint32_t ttl_sec, uint32_t left_sec, int64_t now_sec)
{
	int64_t less = ttl_sec < left_sec ? ttl_sec : left_sec;

	r->success_sec = r->tried_sec = now_sec;
	r->failures = 0;
	r->next_sec = now_sec + clamp(less / 2, ROLLOVER_QUERY_MIN, ROLLOVER_QUERY_MAX);
	r->retry_sec = clamp(less / 10, ROLLOVER_QUERY_MIN, ROLLOVER_RETRY_MAX);
}

enum dnssec_reason
rollover_take(struct rollover *r, const struct rrset *seeds, const struct rrset *dnskey,
    int64_t now_sec, const struct rollover_tools *tools)
{
	uint32_t ttl_sec, left_sec;
	enum dnssec_reason reason;
	bool any_before;

	if (FAILS(dnskey->type != TYPE_DNSKEY) ||
	    !dname_equal(dnskey->owner, r->zone.bytes))
		return DNSSEC_NO_KEY;
	life_of(dnskey, tools->clock.now_sec, &ttl_sec, &left_sec);
	any_before = trusts_any(r, seeds, tools);
	take_revocations(r, seeds, dnskey, now_sec, tools);
	reason = check_set(r, seeds, dnskey, tools);
	if (reason == DNSSEC_OK)
		take_keys(r, seeds, dnskey, ttl_sec, now_sec, tools);
	else if (any_before && !trusts_any(r, seeds, tools))
		reason = DNSSEC_OK; /* the last ones have revoked themselves */
	if (reason == DNSSEC_OK)
		set_timers(r, ttl_sec, left_sec, now_sec);
	return reason;
}

void
rollover_failed(struct rollover *r, int64_t now_sec)
{
	r->tried_sec = now_sec;
	r->failures++;
	r->next_sec =
	    now_sec + clamp(r->retry_sec, ROLLOVER_QUERY_MIN, ROLLOVER_RETRY_MAX);
}

bool
rollover_due(const struct rollover *r, int64_t now_sec)
{
	return now_sec >= r->next_sec || r->next_sec - now_sec > ROLLOVER_QUERY_MAX;
}
