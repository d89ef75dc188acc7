#include "resolver/dnssec/chain.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/sig.h"

/*
 * From a zone that is secure one goes down label by label. At each name between it and
 * the target stands one of these, and the parent says which, with its own signature:
 *
 *   1. A DS set: a secure cut. The keys of the zone there must include one that the DS
 *      stands for, which signs them all. None supported: insecure (RFC 4035 5.2).
 *   2. A delegation without DS, by NSEC or NSEC3, or hidden in an opt-out span: insecure,
 *      and with it all beneath (RFC 4035 5.2, RFC 5155 8.9).
 *   3. A name that is no delegation, or no name at all: no cut; one label further down.
 * If there is no such name there is no cut beneath it either (RFC 8020).
 *   4. An alias: no delegation stands beside it (RFC 1034 3.6.2). As 3. Beneath a DNAME
 * there is none at all (RFC 6672 2.4).
 *   5. Anything else proves nothing and is bogus.
 *
 * Only the name wanted is asked for, but if a DS set deeper down is at hand and the zone
 * itself has signed it, it shows that no cut is between them.
 */

/* Longer than a zone's word on its parents' side is worth: RFC 8767's cap of a week has
 * been found too long for keys. */
#define ZONE_TTL_MAX_SEC 86400u

static uint32_t
shorter(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

void
chain_init(struct chain *c, const uint8_t *target, const struct chain_zone *zone)
{
	memset(c, 0, sizeof(*c));
	dname_set(&c->target, target);
	c->zone = *zone;
	c->labels = (uint8_t)dname_labels(zone->name.bytes);
}

void
chain_init_anchor(struct chain *c, const uint8_t *target, const struct rrset *ds)
{
	memset(c, 0, sizeof(*c));
	dname_set(&c->target, target);
	dname_set(&c->zone.name, ds->owner);
	dname_set(&c->wanted, ds->owner);
	c->zone.ttl_sec = ZONE_TTL_MAX_SEC;
	c->labels = (uint8_t)dname_labels(ds->owner);
	c->ds = ds;
}

void
chain_fini(struct chain *c)
{
	dnssec_keys_unref(c->zone.keys);
	c->zone.keys = NULL;
}

const uint8_t *
chain_wants(struct chain *c, uint16_t *type)
{
	unsigned labels = dname_labels(c->target.bytes);

	if (c->ds != NULL) {
		*type = TYPE_DNSKEY;
		return c->wanted.bytes;
	}
	if (c->zone.security != SECURITY_SECURE || c->labels >= labels)
		return NULL;
	*type = TYPE_DS;
	dname_set(&c->wanted, dname_suffix(c->target.bytes, c->labels + 1u));
	return c->wanted.bytes;
}

/* The zone at ${name} is known now: it takes the place of the one above. */
static void
enter(struct chain *c, const uint8_t *name, enum rrset_security security,
    enum dnssec_reason reason, uint32_t ttl_sec)
{
	dnssec_keys_unref(c->zone.keys);
	c->zone.keys = NULL;
	dname_set(&c->zone.name, name);
	c->zone.security = (uint8_t)security;
	c->zone.reason = reason;
	c->zone.ttl_sec = shorter(ttl_sec, ZONE_TTL_MAX_SEC);
	c->labels = (uint8_t)dname_labels(name);
	c->ds = NULL;
}

void
chain_fail(struct chain *c, enum dnssec_reason reason, uint32_t ttl_sec)
{
	struct dname name = c->wanted;

	enter(c, name.bytes, SECURITY_BOGUS, reason, ttl_sec);
}

void
chain_cap_ttl(struct rrset *set)
{
	for (uint16_t i = 0; i < set->sig_count; i++) {
		struct sig s;

		if (sig_read(&set->sigs[i], &s))
			set->ttl_sec = shorter(set->ttl_sec, s.original_ttl_sec);
	}
}

enum dnssec_reason
chain_check(struct rrset *set, const struct dnssec_keys *keys,
    const struct chain_tools *tools, struct dnssec_checked *out)
{
	enum dnssec_reason reason;

	arena_reset(tools->scratch);
	reason =
	    dnssec_check(set, keys, &tools->clock, tools->budget, tools->scratch, out);
	if (reason != DNSSEC_OK)
		return reason;
	set->security = SECURITY_SECURE;
	set->ttl_sec = shorter(set->ttl_sec, out->ttl_max_sec);
	return DNSSEC_OK;
}

static bool
is_proof(const struct rrset *set)
{
	return set->type == TYPE_NSEC || set->type == TYPE_NSEC3;
}

/* A good set with a wildcard's signature denies nothing (CVE-2017-15105). */
static enum dnssec_reason
check_proof(
    struct rrset *set, const struct dnssec_keys *keys, const struct chain_tools *tools)
{
	struct dnssec_checked checked;
	enum dnssec_reason reason;

	if (set->security == SECURITY_SECURE)
		return DNSSEC_OK;
	reason = chain_check(set, keys, tools, &checked);
	if (reason == DNSSEC_OK && checked.wildcard) {
		set->security = SECURITY_UNCHECKED;
		return DNSSEC_WRONG_SIGNER;
	}
	return reason;
}

enum denial_result
chain_denies(enum denial_claim claim, const uint8_t *name, uint16_t type, unsigned labels,
    const struct dnssec_keys *keys, struct rrset *sets, const struct chain_tools *tools,
    enum dnssec_reason *reason)
{
	enum dnssec_reason first = DNSSEC_OK;
	struct rrset *proofs = NULL, **tail = &proofs;
	enum denial_result result;

	for (; sets != NULL; sets = sets->next) {
		enum dnssec_reason checked;
		struct dname signer;

		/* Proofs of other zones, which other links of an alias brought. */
		if (!is_proof(sets) || !chain_signer(sets, sets->owner, &signer) ||
		    !dname_equal(signer.bytes, dnssec_keys_zone(keys)))
			continue;
		checked = check_proof(sets, keys, tools);
		if (checked == DNSSEC_YIELD) {
			*reason = checked;
			return DENIAL_LIMIT;
		}
		if (checked == DNSSEC_OK) {
			if ((*tail = arena_copy(tools->keep, sets, sizeof(*sets))) ==
			    NULL) {
				*reason = DNSSEC_INNER;
				return DENIAL_LIMIT;
			}
			(*tail)->next = NULL;
			tail = &(*tail)->next;
		} else if (first == DNSSEC_OK) {
			first = checked;
		}
	}
	result = denial_check(claim, name, type, labels, dnssec_keys_zone(keys), proofs,
	    tools->budget, reason);
	if (result == DENIAL_NOT_PROVED && first != DNSSEC_OK)
		*reason = first; /* it says more than that a proof is missing */
	return result;
}

enum denial_result
chain_denies_as(bool *nxdomain, const uint8_t *name, uint16_t type,
    const struct dnssec_keys *keys, struct rrset *sets, const struct chain_tools *tools,
    enum dnssec_reason *reason)
{
	enum dnssec_reason second;
	enum denial_result r = chain_denies(*nxdomain ? DENIAL_NXDOMAIN : DENIAL_NODATA,
	    name, type, 0, keys, sets, tools, reason);

	if (r != DENIAL_NOT_PROVED || !*nxdomain)
		return r;
	r = chain_denies(DENIAL_NODATA, name, type, 0, keys, sets, tools, &second);
	if (r == DENIAL_PROVED)
		*nxdomain = false;
	if (r == DENIAL_PROVED || r == DENIAL_LIMIT)
		*reason = second;
	return r == DENIAL_PROVED || r == DENIAL_LIMIT ? r : DENIAL_NOT_PROVED;
}

bool
chain_signer(const struct rrset *set, const uint8_t *name, struct dname *out)
{
	for (uint16_t i = 0; i < set->sig_count; i++) {
		struct sig s;

		if (!sig_read(&set->sigs[i], &s) || s.covered != set->type ||
		    !dname_is_below(name, s.signer.bytes))
			continue;
		if (set->type == TYPE_DS && dname_equal(name, s.signer.bytes))
			continue;
		*out = s.signer;
		return true;
	}
	return false;
}

static uint32_t
least_ttl(const struct rrset *list)
{
	uint32_t ttl_sec = ZONE_TTL_MAX_SEC;

	for (; list != NULL; list = list->next)
		ttl_sec = shorter(ttl_sec, list->ttl_sec);
	return ttl_sec;
}

/* Cases 2 and 3. */
static enum dnssec_reason
take_no_ds(struct chain *c, const struct chain_reply *reply,
    const struct chain_tools *tools, bool *new_zone)
{
	const uint8_t *name = c->wanted.bytes;
	bool nxdomain = reply->rcode == RCODE_NXDOMAIN;
	enum dnssec_reason reason;
	enum denial_result r;

	c->nxdomain = false;
	r = chain_denies(DENIAL_NO_DS, name, TYPE_DS, 0, c->zone.keys, reply->authority,
	    tools, &reason);
	if (r == DENIAL_NOT_PROVED) {
		r = chain_denies_as(&nxdomain, name, TYPE_DS, c->zone.keys,
		    reply->authority, tools, &reason);
		if (r == DENIAL_PROVED) {
			c->nxdomain = nxdomain;
			c->labels =
			    (uint8_t)dname_labels(nxdomain ? c->target.bytes : name);
			return DNSSEC_OK;
		}
	}
	if (r != DENIAL_PROVED && r != DENIAL_PROVED_INSECURE)
		return reason;
	/* Good signatures over what proves nothing for sure: no secure denial of DS. */
	for (struct rrset *s = reply->authority; r == DENIAL_PROVED_INSECURE && s != NULL;
	     s = s->next)
		s->security = SECURITY_INSECURE;
	enter(c, name, SECURITY_INSECURE, reason, least_ttl(reply->authority));
	*new_zone = true;
	return DNSSEC_OK;
}

/* Case 1, its first half. */
static enum dnssec_reason
take_ds_set(struct chain *c, struct rrset *set, const struct chain_tools *tools)
{
	struct dnssec_checked checked;
	enum dnssec_reason reason = chain_check(set, c->zone.keys, tools, &checked);
	struct rrset *kept;

	if (reason != DNSSEC_OK)
		return reason;
	if (checked.wildcard)
		return DNSSEC_MISSING_PROOF; /* delegations are not expanded (RFC 4592
						4.2) */
	if ((kept = rrset_copy(tools->keep, set)) == NULL)
		return DNSSEC_INNER;
	c->ds = kept;
	dname_set(&c->wanted, set->owner);
	return DNSSEC_OK;
}

/* The alias that the reply has of ${name}: a CNAME, or a DNAME above it. */
static struct rrset *
find_alias(struct rrset *list, const uint8_t *name)
{
	for (; list != NULL; list = list->next)
		if (list->type == TYPE_CNAME
			? dname_equal(list->owner, name)
			: list->type == TYPE_DNAME &&
			      dname_is_strictly_below(name, list->owner))
			return list;
	return NULL;
}

/* Case 4. A CNAME expanded from a wildcard shows as much; a DNAME that was shows nothing
 * (RFC 6672 2.3 left open what it means). */
static enum dnssec_reason
take_alias(struct chain *c, const uint8_t *name, struct rrset *set,
    const struct chain_tools *tools)
{
	struct dnssec_checked checked;
	enum dnssec_reason reason = chain_check(set, c->zone.keys, tools, &checked);

	if (reason != DNSSEC_OK)
		return reason;
	if (set->type == TYPE_DNAME && checked.wildcard)
		return DNSSEC_WRONG_SIGNER;
	c->labels =
	    (uint8_t)dname_labels(set->type == TYPE_DNAME ? c->target.bytes : name);
	return DNSSEC_OK;
}

enum dnssec_reason
chain_take_ds(struct chain *c, const uint8_t *name, const struct chain_reply *reply,
    const struct chain_tools *tools, bool *new_zone)
{
	struct rrset *set;

	*new_zone = false;
	if (reply->failed)
		return DNSSEC_MISSING_PROOF;
	if ((set = rrset_find(reply->answer, name, TYPE_DS)) != NULL)
		return take_ds_set(c, set, tools);
	if ((set = find_alias(reply->answer, name)) != NULL)
		return take_alias(c, name, set, tools);
	return take_no_ds(c, reply, tools, new_zone);
}

/* No longer than both sets say, nor than the first of the signatures ends (RFC 4035
 * 5.3.3). */
static uint32_t
keys_ttl(
    const struct rrset *ds, const struct rrset *dnskey, const struct chain_tools *tools)
{
	uint32_t ttl_sec = dnskey->ttl_sec;

	if (ds->trust != TRUST_LOCAL)
		ttl_sec = shorter(ttl_sec, ds->ttl_sec);
	for (uint16_t i = 0; i < dnskey->sig_count; i++) {
		struct sig s;
		uint32_t left_sec;

		if (!sig_read(&dnskey->sigs[i], &s))
			continue;
		left_sec = sig_left_sec(&s, tools->clock.now_sec);
		if (left_sec > 0)
			ttl_sec = shorter(ttl_sec, left_sec);
	}
	return ttl_sec;
}

/* Case 1, its second half. */
enum dnssec_reason
chain_take_dnskey(struct chain *c, const struct chain_reply *reply,
    const struct chain_tools *tools, bool *new_zone)
{
	const struct rrset *ds = c->ds;
	struct dname name = c->wanted;
	struct dnssec_keys *keys = NULL;
	enum dnssec_reason reason;
	struct rrset *set;

	*new_zone = false;
	set = rrset_find(reply->answer, name.bytes, TYPE_DNSKEY);
	if (reply->failed || set == NULL)
		return DNSSEC_NO_KEY;
	arena_reset(tools->scratch);
	reason = dnssec_check_dnskey(
	    set, ds, &tools->clock, tools->budget, tools->scratch, &keys);
	if (reason == DNSSEC_UNSUPPORTED_ALGORITHM ||
	    reason == DNSSEC_UNSUPPORTED_DIGEST) {
		enter(c, name.bytes, SECURITY_INSECURE, reason, ds->ttl_sec);
		*new_zone = true;
		return DNSSEC_OK;
	}
	if (reason != DNSSEC_OK)
		return reason;
	enter(c, name.bytes, SECURITY_SECURE, DNSSEC_OK, keys_ttl(ds, set, tools));
	c->zone.keys = keys;
	*new_zone = true;
	return DNSSEC_OK;
}
