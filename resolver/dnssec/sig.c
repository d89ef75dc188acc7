#include "resolver/dnssec/sig.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/reader.h"

bool
sig_read(const struct rdata *rdata, struct sig *out)
{
	struct reader r;
	size_t start;

	reader_init(&r, rdata->bytes, rdata->len);
	out->fixed = rdata->bytes;
	out->covered = reader_u16(&r);
	out->algorithm = reader_u8(&r);
	out->labels = reader_u8(&r);
	out->original_ttl_sec = reader_u32(&r);
	out->expiration = reader_u32(&r);
	out->inception = reader_u32(&r);
	out->tag = reader_u16(&r);
	start = r.pos;
	out->signer.len = (uint8_t)reader_name(&r, out->signer.bytes);
	/* RFC 4034 3.1.7: never compressed, so what it took is its length. */
	if (r.failed || r.pos - start != out->signer.len || reader_left(&r) == 0)
		return false;
	dname_copy_lower(out->signer.bytes, out->signer.bytes);
	out->len = reader_left(&r);
	out->bytes = reader_bytes(&r, out->len);
	return true;
}

unsigned
sig_owner_labels(const uint8_t *owner)
{
	unsigned labels = dname_labels(owner);

	return owner[0] == 1 && owner[1] == '*' ? labels - 1 : labels;
}

enum dnssec_reason
sig_scope(const struct sig *s, const struct rrset *set, const uint8_t *zone)
{
	if (s->covered != set->type)
		return DNSSEC_NO_SIGNATURE;
	if (!dname_equal(s->signer.bytes, zone) || !dname_is_below(set->owner, zone))
		return DNSSEC_WRONG_SIGNER;
	/* RFC 4035 2.4, 3.1.4.1: a zone's own DS set is its parent's to sign. */
	if (set->type == TYPE_DS && dname_equal(set->owner, zone))
		return DNSSEC_WRONG_SIGNER;
	/*
	 * RFC 4035 5.3.1: no more labels than the owner has. And no fewer than the zone:
	 * a wildcard above the zone's own name is not the zone's to sign.
	 */
	if (s->labels > sig_owner_labels(set->owner) || s->labels < dname_labels(zone))
		return DNSSEC_WRONG_SIGNER;
	return DNSSEC_OK;
}

/* RFC 4034 3.1.5: RFC 1982's serial arithmetic, so that 2106 is a day like others. */
static int64_t
seconds_from(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

enum dnssec_reason
sig_time(const struct sig *s, const struct dnssec_clock *clock)
{
	if (seconds_from(s->inception, s->expiration) < 0)
		return DNSSEC_EXPIRED_BEFORE_VALID;
	if (seconds_from(clock->now_sec, s->expiration) + clock->skew_sec < 0)
		return DNSSEC_EXPIRED;
	if (seconds_from(s->inception, clock->now_sec) + clock->skew_sec < 0)
		return DNSSEC_NOT_YET_VALID;
	return DNSSEC_OK;
}

uint32_t
sig_left_sec(const struct sig *s, uint32_t now_sec)
{
	int64_t left = seconds_from(now_sec, s->expiration);

	return left > 0 ? (uint32_t)left : 0;
}
