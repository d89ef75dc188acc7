#include <pthread.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/dns.h"
#include "resolver/dnssec/keys.h"
#include "resolver/dnssec/reason.h"
#include "resolver/dnssec/rrsig.h"
#include "resolver/dnssec/work.h"
#include "resolver/wire/reader.h"

/*
 * From a parent's DS set to the keys of a zone (RFC 4035 5.2).
 *
 *   1. Of the DS records those count whose algorithm and digest are both supported; SHA-1
 *      only where nothing stronger is (RFC 4509 3). None: the zone is insecure, and only
 *      the DS set, which is already believed, can say so.
 *   2. Each is looked for among the keys of its tag and algorithm by its digest. No key
 * has been parsed yet. A digest costs a microsecond or two a kilobyte, paid from the
 * question's work; of those that fail a zone has DS_FAILED, whatever zones the question
 * met before: an honest one has none, for its keys have different tags.
 *   3. Those that were found are parsed, and one of them has to have signed the DNSKEY
 * set. No other key is parsed or tried, so an attacker's keys cost nothing here.
 *   4. The set is believed: its other keys are parsed, behind those that were found, so
 * that of too many with one tag it is others that are left out.
 */

#define DS_MAX	    8u /* limits: DS records of a zone that are looked at */
#define DS_FAILED   4u /* limits: of a zone, digests that are no key's (KeyTrap) */
#define DS_FIXED    4u /* tag, algorithm, digest type */
#define DIGEST_SHA1 1u
#define DIGEST_MAX  48u

/* RFC 3658, 4509, 6605; 3 is GOST, which RFC 9558 gave up. */
static const struct {
	const char *name;
	size_t len;
} digests[] = {
	[1] = { "SHA1", 20 },
	[2] = { "SHA256", 32 },
	[4] = { "SHA384", 48 },
};
#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

static bool digest_works[DIGESTS]; /* written once, by probe_digests */

struct ds {
	uint16_t tag;
	uint8_t algorithm;
	uint8_t digest;
	const uint8_t *bytes; /* borrows */
	size_t len;
	int record; /* the DNSKEY that it stands for; -1: none */
};

struct search {
	const struct rrset *dnskey;
	struct dnssec_budget *budget;
	uint8_t *data; /* the owner, and room for the longest DNSKEY behind it */
	size_t owner_len;
	struct ds ds[DS_MAX];
	unsigned count;
	unsigned failed;	       /* digests that were no key's */
	bool found[RRSET_RECORDS_MAX]; /* DNSKEYs that some DS stands for */
	enum dnssec_reason reason;     /* what says most so far */
};

/* As probe_all of algorithm.c: a policy may forbid a digest altogether. */
static void
probe_digests(void)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len;

	ERR_set_mark();
	for (unsigned i = 0; i < DIGESTS; i++)
		digest_works[i] =
		    digests[i].name != NULL &&
		    EVP_Q_digest(NULL, digests[i].name, NULL, "", 0, digest, &len) == 1;
	ERR_pop_to_mark();
}

bool
dnssec_digest_supported(uint8_t digest)
{
	static pthread_once_t probed = PTHREAD_ONCE_INIT;

	pthread_once(&probed, probe_digests);
	return digest < DIGESTS && digest_works[digest];
}

static bool
ds_read(const struct rdata *rdata, struct ds *out)
{
	struct reader r;

	reader_init(&r, rdata->bytes, rdata->len);
	out->tag = reader_u16(&r);
	out->algorithm = reader_u8(&r);
	out->digest = reader_u8(&r);
	out->len = reader_left(&r);
	out->bytes = reader_bytes(&r, out->len);
	out->record = -1;
	return !r.failed;
}

static bool
ds_supported(const struct ds *d)
{
	return dnssec_algorithm_supported(d->algorithm) &&
	       dnssec_digest_supported(d->digest);
}

static bool
stronger_than_sha1(const struct rrset *set)
{
	struct ds d;

	for (unsigned i = 0; i < set->count; i++)
		if (ds_read(&set->rdata[i], &d) && ds_supported(&d) &&
		    d.digest != DIGEST_SHA1)
			return true;
	return false;
}

/* Step 1. */
static enum dnssec_reason
ds_choose(struct search *s, const struct rrset *set)
{
	bool stronger = stronger_than_sha1(set);
	enum dnssec_reason none =
	    DNSSEC_NO_KEY; /* no record worth the name is no way out */
	struct ds d;

	for (unsigned i = 0; i < set->count; i++) {
		if (!ds_read(&set->rdata[i], &d))
			continue;
		if (dnssec_algorithm_supported(d.algorithm))
			none = DNSSEC_UNSUPPORTED_DIGEST;
		else if (none == DNSSEC_NO_KEY)
			none = DNSSEC_UNSUPPORTED_ALGORITHM;
		if (!ds_supported(&d) || (stronger && d.digest == DIGEST_SHA1))
			continue;
		if (s->count < DS_MAX)
			s->ds[s->count++] = d;
		else
			s->reason = DNSSEC_LIMIT;
	}
	return s->count > 0 ? DNSSEC_OK : none;
}

/* RFC 4034 5.1.4: over the owner in canonical form and the key's rdata. */
static enum dnssec_reason
digest_matches(struct search *s, const struct ds *d, const struct rdata *key)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t len;

	memcpy(s->data + s->owner_len, key->bytes, key->len);
	if (EVP_Q_digest(NULL, digests[d->digest].name, NULL, s->data,
		s->owner_len + key->len, digest, &len) != 1)
		return DNSSEC_INNER;
	return len == d->len && memcmp(digest, d->bytes, len) == 0 ? DNSSEC_OK
								   : DNSSEC_NO_KEY;
}

static bool
could_match(const struct ds *d, const struct rdata *key)
{
	return key->len > 4 && key->bytes[3] == d->algorithm &&
	       d->len == digests[d->digest].len &&
	       dnssec_key_tag(key->bytes, key->len) == d->tag;
}

/* As cost_of_verifying of check.c. */
static uint32_t
cost_of_digest(const struct search *s, const struct rdata *key)
{
	return 1 + (uint32_t)((s->owner_len + key->len) >> 9);
}

/* Step 2 for one DS. */
static enum dnssec_reason
ds_find(struct search *s, struct ds *d)
{
	enum dnssec_reason reason;

	for (unsigned i = 0; i < s->dnskey->count && i < RRSET_RECORDS_MAX; i++) {
		const struct rdata *key = &s->dnskey->rdata[i];

		if (!could_match(d, key))
			continue;
		if (s->failed == DS_FAILED || !work_is_left(s->budget))
			return DNSSEC_LIMIT;
		work_charge(s->budget, cost_of_digest(s, key));
		reason = digest_matches(s, d, key);
		if (reason == DNSSEC_OK) {
			d->record = (int)i;
			s->found[i] = true;
			return DNSSEC_OK;
		}
		if (reason == DNSSEC_INNER)
			return reason;
		s->failed++;
	}
	return DNSSEC_NO_KEY;
}

/* Step 2. True when there is a key to go on with. */
static bool
ds_find_all(struct search *s)
{
	bool any = false;

	for (unsigned i = 0; i < s->count; i++) {
		enum dnssec_reason reason = ds_find(s, &s->ds[i]);

		if (reason == DNSSEC_OK)
			any = true;
		else
			s->reason = reason_telling(s->reason, reason);
	}
	return any;
}

static enum dnssec_reason
unfit_of(const struct dnssec_keys *keys, int record)
{
	for (unsigned i = 0; i < keys->count; i++)
		if (keys->entries[i].record == record)
			return keys->entries[i].unfit;
	return DNSSEC_NO_KEY;
}

/*
 * What step 3 has to go on. A key whose size is not supported makes the zone insecure as
 * its algorithm would; but only when every DS stands for such a key. Were one enough,
 * whoever takes the other keys out of the set on its way could turn a secure zone into
 * that.
 */
static enum dnssec_reason
found_keys(const struct search *s, const struct dnssec_keys *keys)
{
	enum dnssec_reason reason = s->reason;
	unsigned unsupported = 0;

	for (unsigned i = 0; i < s->count; i++) {
		enum dnssec_reason unfit =
		    s->ds[i].record < 0 ? DNSSEC_NO_KEY : unfit_of(keys, s->ds[i].record);

		if (unfit == DNSSEC_OK)
			return DNSSEC_OK;
		if (unfit == DNSSEC_UNSUPPORTED_ALGORITHM)
			unsupported++;
		else
			reason = reason_telling(reason, unfit);
	}
	if (unsupported == s->count && s->reason != DNSSEC_LIMIT)
		return DNSSEC_UNSUPPORTED_ALGORITHM;
	return reason_telling(reason, DNSSEC_NO_KEY);
}

/* Steps 3 and 4. */
static enum dnssec_reason
keys_vouched_for(struct search *s, const struct dnssec_clock *clock,
    struct arena *scratch, struct dnssec_keys **out)
{
	struct dnssec_keys *keys;
	struct dnssec_checked checked;
	enum dnssec_reason reason;

	if (!work_is_left(s->budget))
		return DNSSEC_LIMIT;
	if (keys_new(s->dnskey, s->found, &keys) != ERR_OK)
		return DNSSEC_INNER;
	reason = found_keys(s, keys);
	if (reason == DNSSEC_OK)
		reason =
		    dnssec_check(s->dnskey, keys, clock, s->budget, scratch, &checked);
	if (reason == DNSSEC_OK && keys_add_others(keys, s->dnskey, s->found) != ERR_OK)
		reason = DNSSEC_INNER;
	work_charge(s->budget, keys->usable * ALGORITHM_COST_PARSE);
	if (reason == DNSSEC_OK)
		*out = keys;
	else
		dnssec_keys_unref(keys);
	return reason;
}

static bool
search_init(struct search *s, const struct rrset *dnskey, struct dnssec_budget *budget,
    struct arena *scratch)
{
	size_t longest = 0;

	memset(s, 0, sizeof(*s));
	s->dnskey = dnskey;
	s->budget = budget;
	s->reason = DNSSEC_NO_SIGNATURE;
	for (unsigned i = 0; i < dnskey->count; i++)
		if (dnskey->rdata[i].len > longest)
			longest = dnskey->rdata[i].len;
	s->data = arena_alloc(scratch, DNAME_MAX + longest);
	if (s->data == NULL)
		return false;
	s->owner_len = dname_copy_lower(s->data, dnskey->owner);
	return true;
}

enum dnssec_reason
dnssec_check_dnskey(const struct rrset *dnskey, const struct rrset *ds,
    const struct dnssec_clock *clock, struct dnssec_budget *budget, struct arena *scratch,
    struct dnssec_keys **out)
{
	struct search s;
	enum dnssec_reason reason;

	*out = NULL;
	if (FAILS(dnskey->type != TYPE_DNSKEY || ds->type != TYPE_DS) ||
	    !search_init(&s, dnskey, budget, scratch))
		return DNSSEC_INNER;
	reason = ds_choose(&s, ds);
	if (reason != DNSSEC_OK)
		return reason;
	if (!ds_find_all(&s))
		return reason_telling(s.reason, DNSSEC_NO_KEY);
	reason = keys_vouched_for(&s, clock, scratch, out);
	if (reason == DNSSEC_YIELD)
		return reason;
	/* What was not looked at for lack of budget might have been the right one. */
	if (reason != DNSSEC_OK && reason != DNSSEC_UNSUPPORTED_ALGORITHM &&
	    s.reason == DNSSEC_LIMIT)
		reason = DNSSEC_LIMIT;
	return reason;
}
