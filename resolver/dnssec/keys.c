#include "resolver/dnssec/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/reader.h"

/*
 * A zone's DNSKEY set as keys that verify (RFC 4034 2). Parsing is done once a zone and
 * costs 7 us (EdDSA) to 28 us (ECDSA) a key, whatever its bytes are.
 */

#define FLAG_ZONE     0x0100u /* RFC 4034 2.1.1 */
#define FLAG_REVOKED  0x0080u /* RFC 5011 7 */
#define PROTOCOL      3u      /* RFC 4034 2.1.2 */
#define DNSKEY_FIXED  4u      /* flags, protocol, algorithm */
#define ALGORITHM_MD5 1u

uint16_t
dnssec_key_tag(const uint8_t *rdata, size_t len)
{
	uint32_t sum = 0;

	if (len < DNSKEY_FIXED)
		return 0;
	/* RFC 4034 B.1: bits of the modulus, whose end is the end of the record. */
	if (rdata[3] == ALGORITHM_MD5)
		return (uint16_t)(rdata[len - 3] << 8 | rdata[len - 2]);
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? rdata[i] : (uint32_t)rdata[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

static unsigned
usable_alike(const struct dnssec_keys *k, uint16_t tag, uint8_t algorithm)
{
	unsigned count = 0;

	for (unsigned i = 0; i < k->count; i++)
		if (k->entries[i].key != NULL && k->entries[i].tag == tag &&
		    k->entries[i].algorithm == algorithm)
			count++;
	return count;
}

/* The public key of ${entry}; what is wrong with it goes to ${entry->unfit}. */
static enum err
entry_key(
    struct dnssec_keys *k, struct keys_entry *entry, const uint8_t *bytes, size_t len)
{
	enum err e;

	if (k->usable == KEYS_USABLE_MAX ||
	    usable_alike(k, entry->tag, entry->algorithm) >= KEYS_SAME_TAG_MAX) {
		entry->unfit = DNSSEC_LIMIT;
		return ERR_OK;
	}
	e = algorithm_key_new(entry->algorithm, bytes, len, &entry->key);
	if (e == ERR_NOMEM)
		return e;
	if (e == ERR_OK) {
		k->usable++;
		k->bytes += algorithm_key_bytes(entry->key);
	} else {
		entry->unfit =
		    e == ERR_MALFORMED ? DNSSEC_NO_KEY : DNSSEC_UNSUPPORTED_ALGORITHM;
	}
	return ERR_OK;
}

static enum err
entry_add(struct dnssec_keys *k, const struct rdata *rdata, uint16_t record)
{
	struct keys_entry entry = { .record = record };
	uint16_t flags;
	struct reader r;
	enum err e = ERR_OK;

	reader_init(&r, rdata->bytes, rdata->len);
	flags = reader_u16(&r);
	entry.unfit = reader_u8(&r) == PROTOCOL ? DNSSEC_OK : DNSSEC_NO_KEY;
	entry.algorithm = reader_u8(&r);
	if (r.failed)
		return ERR_OK;
	entry.tag = dnssec_key_tag(rdata->bytes, rdata->len);
	if (!(flags & FLAG_ZONE))
		entry.unfit = DNSSEC_NO_ZONE_KEY_BIT;
	else if (flags & FLAG_REVOKED) /* RFC 5011 2.1: signs nothing but its own set */
		entry.unfit = DNSSEC_NO_KEY;
	if (entry.unfit == DNSSEC_OK)
		e = entry_key(k, &entry, r.base + r.pos, reader_left(&r));
	if (e == ERR_OK)
		k->entries[k->count++] = entry;
	return e;
}

/* The records whose flag is ${wanted}. */
static enum err
entries_add(
    struct dnssec_keys *k, const struct rrset *dnskey, const bool *flags, bool wanted)
{
	enum err e = ERR_OK;

	for (uint16_t i = 0; i < dnskey->count && i < RRSET_RECORDS_MAX && e == ERR_OK;
	     i++)
		if (flags == NULL || flags[i] == wanted)
			e = entry_add(k, &dnskey->rdata[i], i);
	return e;
}

enum err
keys_new(const struct rrset *dnskey, const bool *only, struct dnssec_keys **out)
{
	size_t room =
	    dnskey->count < RRSET_RECORDS_MAX ? dnskey->count : RRSET_RECORDS_MAX;
	size_t size = sizeof(struct dnssec_keys) + room * sizeof(struct keys_entry);
	struct dnssec_keys *k = calloc(1, size);
	enum err e;

	*out = NULL;
	if (k == NULL)
		return ERR_NOMEM;
	atomic_init(&k->refs, 1);
	k->bytes = size;
	dname_set(&k->zone, dnskey->owner);
	dname_copy_lower(k->zone.bytes, k->zone.bytes);
	if ((e = entries_add(k, dnskey, only, true)) != ERR_OK) {
		dnssec_keys_unref(k);
		return e;
	}
	*out = k;
	return ERR_OK;
}

enum err
keys_add_others(struct dnssec_keys *k, const struct rrset *dnskey, const bool *only)
{
	return entries_add(k, dnskey, only, false);
}

enum err
dnssec_keys_new(const struct rrset *dnskey, struct dnssec_keys **out)
{
	enum err e = keys_new(dnskey, NULL, out);

	if (e == ERR_OK && (*out)->usable == 0) {
		dnssec_keys_unref(*out);
		*out = NULL;
		e = ERR_NOTFOUND;
	}
	return e;
}

struct dnssec_keys *
dnssec_keys_ref(struct dnssec_keys *k)
{
	atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void
dnssec_keys_unref(struct dnssec_keys *k)
{
	if (k == NULL ||
	    atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (unsigned i = 0; i < k->count; i++)
		algorithm_key_free(k->entries[i].key);
	free(k);
}

const uint8_t *
dnssec_keys_zone(const struct dnssec_keys *k)
{
	return k->zone.bytes;
}

size_t
dnssec_keys_bytes(const struct dnssec_keys *k)
{
	return k->bytes;
}
