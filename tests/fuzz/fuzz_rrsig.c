#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/rrsig.h"
#include "resolver/wire/reader.h"

/*
 * A set with its signatures, the keys of a zone and their DS set. Input: time (4),
 * skew (1), verifications (1), type (2), the zone's name, the owner's name; then the
 * records: what (1: 0 rdata, 1 RRSIG of the set, 2 DNSKEY, 3 RRSIG of the keys, 4 DS),
 * length (2), bytes. Whatever comes out: the budget only shrinks, by no more than there
 * are attempts, and what is called good fits the set.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ARENA_BYTES	 (8u * 1024 * 1024)
/* Eight signatures by two keys each. */
#define ATTEMPTS_MAX 16u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Room for one more than the contract allows of each. */
struct input {
	struct dnssec_clock clock;
	struct dnssec_budget budget;
	uint8_t zone[DNAME_MAX], owner[DNAME_MAX];
	struct rrset set, dnskey, ds;
	struct rdata rdata[RRSET_RECORDS_MAX], sigs[RRSET_RRSIGS_MAX + 1];
	struct rdata keys[RRSET_RECORDS_MAX + 1], key_sigs[RRSET_RRSIGS_MAX + 1];
	struct rdata ds_rdata[RRSET_RECORDS_MAX];
};

static void
add(struct rdata *list, uint16_t *count, size_t room, const uint8_t *bytes, uint16_t len)
{
	if (*count < room)
		list[(*count)++] = (struct rdata){ .len = len, .bytes = bytes };
}

static void
add_record(struct input *in, uint8_t what, const uint8_t *bytes, uint16_t len)
{
	switch (what % 5) {
	case 0:
		add(in->rdata, &in->set.count, RRSET_RECORDS_MAX, bytes, len);
		break;
	case 1:
		add(in->sigs, &in->set.sig_count, RRSET_RRSIGS_MAX + 1, bytes, len);
		break;
	case 2:
		add(in->keys, &in->dnskey.count, RRSET_RECORDS_MAX + 1, bytes, len);
		break;
	case 3:
		add(in->key_sigs, &in->dnskey.sig_count, RRSET_RRSIGS_MAX + 1, bytes,
		    len);
		break;
	default:
		add(in->ds_rdata, &in->ds.count, RRSET_RECORDS_MAX, bytes, len);
	}
}

static bool
input_read(struct input *in, const uint8_t *bytes, size_t len)
{
	struct reader r;
	uint16_t type;

	reader_init(&r, bytes, len);
	in->clock.now_sec = reader_u32(&r);
	in->clock.skew_sec = reader_u8(&r) * 60u;
	in->budget =
	    (struct dnssec_budget){ .verifications = reader_u8(&r) % 33u, .hashes = 128 };
	type = reader_u16(&r);
	reader_name(&r, in->zone);
	reader_name(&r, in->owner);
	if (r.failed)
		return false;
	dname_copy_lower(in->owner, in->owner);
	dname_copy_lower(in->zone, in->zone);
	in->set = (struct rrset){ .owner = in->owner,
		.type = type,
		.class = CLASS_IN,
		.rdata = in->rdata,
		.sigs = in->sigs };
	in->dnskey = (struct rrset){ .owner = in->zone,
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.rdata = in->keys,
		.sigs = in->key_sigs };
	in->ds = (struct rrset){ .owner = in->zone,
		.type = TYPE_DS,
		.class = CLASS_IN,
		.rdata = in->ds_rdata };
	while (reader_left(&r) > 0) {
		uint8_t what = reader_u8(&r);
		uint16_t size = reader_u16(&r);
		const uint8_t *record = reader_bytes(&r, size);

		if (record != NULL)
			add_record(in, what, record, size);
	}
	return in->set.count > 0 && in->dnskey.count > 0 && in->ds.count > 0;
}

static void
check_good(const struct input *in, const struct dnssec_checked *out)
{
	unsigned labels = dname_labels(in->owner);

	CHECK(dname_is_below(in->owner, in->zone));
	CHECK(out->labels <= labels && out->labels >= dname_labels(in->zone));
	CHECK(!out->wildcard || out->labels < labels);
	CHECK(out->ttl_max_sec <= INT32_MAX);
}

static void
check_with(const struct input *in, const struct dnssec_keys *keys, struct arena *scratch)
{
	struct dnssec_budget left = in->budget;
	struct dnssec_checked out;
	enum dnssec_reason reason =
	    dnssec_check(&in->set, keys, &in->clock, &left, scratch, &out);

	CHECK(left.verifications <= in->budget.verifications);
	CHECK(in->budget.verifications - left.verifications <= ATTEMPTS_MAX);
	CHECK(left.hashes == in->budget.hashes);
	CHECK(strlen(dnssec_text(reason)) > 0 && dnssec_ede(reason) < 28);
	/* Only a DS set may call a zone insecure. */
	CHECK(reason != DNSSEC_UNSUPPORTED_ALGORITHM &&
	      reason != DNSSEC_UNSUPPORTED_DIGEST);
	if (reason == DNSSEC_OK)
		check_good(in, &out);
}

static struct dnssec_keys *
check_chain(const struct input *in, struct arena *scratch)
{
	struct dnssec_budget left = in->budget;
	struct dnssec_keys *keys;
	enum dnssec_reason reason =
	    dnssec_check_dnskey(&in->dnskey, &in->ds, &in->clock, &left, scratch, &keys);

	CHECK((keys != NULL) == (reason == DNSSEC_OK));
	CHECK(in->budget.verifications - left.verifications <= ATTEMPTS_MAX);
	return keys;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct input in;
	struct arena *scratch;
	struct dnssec_keys *keys;

	memset(&in, 0, sizeof(in));
	if (!input_read(&in, bytes, len) || (scratch = arena_new(ARENA_BYTES)) == NULL)
		return 0;
	if ((keys = check_chain(&in, scratch)) != NULL)
		check_with(&in, keys, scratch);
	dnssec_keys_unref(keys);
	if (dnssec_keys_new(&in.dnskey, &keys) == ERR_OK) {
		CHECK(dname_equal(dnssec_keys_zone(keys), in.zone));
		check_with(&in, keys, scratch);
		dnssec_keys_unref(keys);
	}
	arena_free(scratch);
	return 0;
}
