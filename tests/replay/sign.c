#include "tests/replay/sign.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "tests/replay/check.h"

static ldns_rr *
to_ldns(const struct record *r)
{
	uint8_t wire[DNAME_MAX + 10 + sizeof(r->rdata)];
	size_t at = r->owner.len, pos = 0;
	ldns_rr *rr = NULL;

	memcpy(wire, r->owner.bytes, at);
	wire[at++] = (uint8_t)(r->type >> 8);
	wire[at++] = (uint8_t)r->type;
	wire[at++] = 0;
	wire[at++] = CLASS_IN;
	for (int shift = 24; shift >= 0; shift -= 8)
		wire[at++] = (uint8_t)(r->ttl_sec >> shift);
	wire[at++] = (uint8_t)(r->len >> 8);
	wire[at++] = (uint8_t)r->len;
	memcpy(wire + at, r->rdata, r->len);
	if (ldns_wire2rr(&rr, wire, at + r->len, &pos, LDNS_SECTION_ANSWER) !=
	    LDNS_STATUS_OK)
		return NULL;
	return rr;
}

static struct record *
from_ldns(const ldns_rr *rr)
{
	char *text = ldns_rr2str(rr);
	struct record *r = text != NULL ? record_parse(text) : NULL;

	free(text);
	return r;
}

static ldns_key *
new_key(const struct zone *z)
{
	ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256);
	ldns_rr *rr;

	if (key == NULL)
		return NULL;
	ldns_key_set_pubkey_owner(
	    key, ldns_dname_new_frm_data(z->name.len, z->name.bytes));
	ldns_key_set_flags(key, LDNS_KEY_ZONE_KEY | LDNS_KEY_SEP_KEY);
	ldns_key_set_inception(key, SIGN_TIME - SIGN_HALF);
	ldns_key_set_expiration(key, SIGN_TIME + (z->expired ? 0u - 3600u : SIGN_HALF));
	rr = ldns_key2rr(key);
	ldns_key_set_keytag(key, ldns_calc_keytag(rr));
	ldns_rr_free(rr);
	return key;
}

static struct zone *
parent_of(struct script *s, const struct zone *z)
{
	struct zone *best = NULL;

	for (struct zone *p = s->world.zones; p != NULL; p = p->next)
		if (dname_is_strictly_below(z->name.bytes, p->name.bytes) &&
		    (best == NULL || dname_is_below(p->name.bytes, best->name.bytes)))
			best = p;
	return best;
}

/* The DS: to the parent, or for the root to the configuration. */
static bool
hand_up(struct script *s, const struct zone *z, const ldns_rr *dnskey)
{
	ldns_rr *ds = ldns_key_rr2ds(dnskey, LDNS_SHA256);
	struct zone *parent = parent_of(s, z);
	char *text;

	if (ds == NULL)
		return false;
	if (parent != NULL) {
		records_append(&parent->records, from_ldns(ds));
	} else if (s->option_count + 3 <= OPTIONS_MAX) {
		text = ldns_rr2str(ds);
		text[strcspn(text, "\n;")] = '\0';
		snprintf(s->options[s->option_count++], sizeof(s->options[0]),
		    "resolver.trust-anchors=[\"%s\"]", text);
		for (char *c = s->options[s->option_count - 1]; *c != '\0'; c++)
			if (*c == '\t')
				*c = ' ';
		snprintf(s->options[s->option_count++], sizeof(s->options[0]),
		    "resolver.validation-time=%u", SIGN_TIME);
		free(text);
	}
	ldns_rr_free(ds);
	return true;
}

static void
take_back(struct zone *z, ldns_dnssec_zone *signed_zone)
{
	ldns_rr_list *all = ldns_rr_list_new();
	ldns_rbnode_t *node;

	records_free(z->records);
	z->records = NULL;
	LDNS_RBTREE_FOR(node, ldns_rbnode_t *, signed_zone->names)
	{
		ldns_dnssec_name *name = (ldns_dnssec_name *)(uintptr_t)node->data;
		ldns_dnssec_rrs *rrs;

		for (ldns_dnssec_rrsets *set = name->rrsets; set != NULL;
		     set = set->next) {
			for (rrs = set->rrs; rrs != NULL; rrs = rrs->next)
				ldns_rr_list_push_rr(all, rrs->rr);
			for (rrs = set->signatures; rrs != NULL; rrs = rrs->next)
				ldns_rr_list_push_rr(all, rrs->rr);
		}
		if (name->nsec != NULL)
			ldns_rr_list_push_rr(all, name->nsec);
		for (rrs = name->nsec_signatures; rrs != NULL; rrs = rrs->next)
			ldns_rr_list_push_rr(all, rrs->rr);
	}
	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++)
		records_append(&z->records, from_ldns(ldns_rr_list_rr(all, i)));
	ldns_rr_list_free(all);
}

static bool
sign_zone(struct script *s, struct zone *z)
{
	ldns_dnssec_zone *zone = ldns_dnssec_zone_new();
	ldns_key_list *keys = ldns_key_list_new();
	ldns_rr_list *made = ldns_rr_list_new();
	ldns_key *key = new_key(z);
	ldns_rr *dnskey;
	bool ok = false;

	if (zone == NULL || keys == NULL || made == NULL || key == NULL)
		abort();
	ldns_key_list_push_key(keys, key);
	dnskey = ldns_key2rr(key);
	ldns_rr_set_ttl(dnskey, 3600);
	for (const struct record *r = z->records; r != NULL; r = r->next)
		ldns_dnssec_zone_add_rr(zone, to_ldns(r));
	ldns_dnssec_zone_add_rr(zone, ldns_rr_clone(dnskey));
	if (ldns_dnssec_zone_sign(zone, made, keys,
		ldns_dnssec_default_replace_signatures, NULL) == LDNS_STATUS_OK) {
		take_back(z, zone);
		ok = z->without_ds || hand_up(s, z, dnskey);
	}
	ldns_rr_free(dnskey);
	ldns_key_list_free(keys);
	ldns_rr_list_free(made);
	ldns_dnssec_zone_deep_free(zone);
	return ok;
}

/* The deepest first: a parent signs its children's DS. */
bool
sign_world(struct script *s)
{
	for (unsigned labels = DNAME_LABELS_MAX; labels-- > 0;)
		for (struct zone *z = s->world.zones; z != NULL; z = z->next)
			if (z->is_signed && dname_labels(z->name.bytes) == labels &&
			    !sign_zone(s, z))
				return false;
	return true;
}
