#include "tests/replay/sign.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "tests/replay/edit.h"
#include "tests/replay/ring.h"

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

/* What signs: one key a zone, however many copies of the zone there are. */
#define SIGNERS_MAX	 32u
#define ANCHORS_TEXT_MAX 400u

struct signer {
	struct dname zone;
	ldns_key_list *keys;
	ldns_rr *dnskey;
	bool handed_up;
};

struct signers {
	struct script *script;
	char anchors[ANCHORS_TEXT_MAX]; /* "NAME DS ...", ... */
	unsigned count;
	struct signer at[SIGNERS_MAX];
};

static ldns_key_list *
new_keys(const struct zone *z)
{
	ldns_key_list *keys = ldns_key_list_new();
	ldns_key *key = ldns_key_new_frm_algorithm(z->signing.algorithm, 256);
	ldns_rr *rr;

	if (key == NULL || keys == NULL)
		abort();
	ldns_key_set_pubkey_owner(
	    key, ldns_dname_new_frm_data(z->name.len, z->name.bytes));
	ldns_key_set_flags(
	    key, (uint16_t)(LDNS_KEY_ZONE_KEY | LDNS_KEY_SEP_KEY |
			    (z->signing.revoked ? LDNS_KEY_REVOKE_KEY : 0)));
	rr = ldns_key2rr(key);
	ldns_key_set_keytag(key, ldns_calc_keytag(rr));
	ldns_rr_free(rr);
	ldns_key_list_push_key(keys, key);
	return keys;
}

static struct signer *
signer_of(struct signers *all, const struct zone *z)
{
	struct signer *s;

	for (unsigned i = 0; i < all->count; i++)
		if (dname_equal(all->at[i].zone.bytes, z->name.bytes))
			return &all->at[i];
	if (all->count == SIGNERS_MAX)
		abort();
	s = &all->at[all->count++];
	*s = (struct signer){ .zone = z->name, .keys = new_keys(z) };
	s->dnskey = ldns_key2rr(ldns_key_list_key(s->keys, 0));
	ldns_rr_set_ttl(s->dnskey, 3600);
	return s;
}

static void
set_times(struct signer *s, bool expired)
{
	ldns_key *key = ldns_key_list_key(s->keys, 0);

	ldns_key_set_inception(key, SIGN_TIME - SIGN_HALF);
	ldns_key_set_expiration(key, SIGN_TIME + (expired ? 0u - 3600u : SIGN_HALF));
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

/* What the zone is to have wrong about it, or different. */
static struct record *
make_ds(const struct zone *z, const ldns_rr *dnskey)
{
	uint8_t digest = z->signing.ds_digest;
	ldns_rr *rr = ldns_key_rr2ds(dnskey, digest == 1   ? LDNS_SHA1
					     : digest == 4 ? LDNS_SHA384
							   : LDNS_SHA256);
	struct record *ds = rr != NULL ? from_ldns(rr) : NULL;

	ldns_rr_free(rr);
	if (ds == NULL)
		abort();
	if (z->signing.ds_algorithm != 0)
		ds->rdata[2] = z->signing.ds_algorithm;
	if (digest != 0)
		ds->rdata[3] = digest;
	if (z->signing.ds_wrong)
		ds->rdata[ds->len - 1] ^= 1;
	return ds;
}

static void
anchor(struct signers *all, const struct record *ds)
{
	char name[DNAME_TEXT_MAX], *text = all->anchors;
	size_t at = strlen(text);

	at += (size_t)snprintf(text + at, ANCHORS_TEXT_MAX - at, "%s\"%s DS %u %u %u ",
	    at > 0 ? ", " : "", dname_to_text(ds->owner.bytes, name),
	    ds->rdata[0] << 8 | ds->rdata[1], ds->rdata[2], ds->rdata[3]);
	for (size_t i = 4; i < ds->len && at + 3 < ANCHORS_TEXT_MAX; i++)
		at += (size_t)snprintf(
		    text + at, ANCHORS_TEXT_MAX - at, "%02x", ds->rdata[i]);
	if (at + 2 > ANCHORS_TEXT_MAX)
		abort();
	strcpy(text + at, "\"");
}

/* All anchors, to the configuration. */
static void
configure(const struct signers *all)
{
	struct script *s = all->script;

	if (all->anchors[0] == '\0')
		return;
	if (s->option_count + 2 > OPTIONS_MAX)
		abort();
	snprintf(s->options[s->option_count++], sizeof(s->options[0]),
	    "resolver.trust-anchors=[%s]", all->anchors);
	snprintf(s->options[s->option_count++], sizeof(s->options[0]),
	    "resolver.validation-time=%u", SIGN_TIME);
}

/* The DS: to all copies of the parent, or for the root and anchors to the configuration.
 */
static void
hand_up(struct signers *all, const struct zone *z, struct signer *signer)
{
	struct script *s = all->script;
	const struct zone *parent = z->signing.anchor ? NULL : parent_of(s, z);
	struct record *ds;

	if (z->signing.without_ds || signer->handed_up)
		return;
	signer->handed_up = true;
	ds = make_ds(z, signer->dnskey);
	if (parent == NULL)
		anchor(all, ds);
	for (struct zone *p = s->world.zones; parent != NULL && p != NULL; p = p->next)
		if (dname_equal(p->name.bytes, parent->name.bytes))
			records_append(&p->records, record_copy(ds, z->name.bytes));
	records_free(ds);
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

/* RRSIGs over ${list}, all of one owner and type, to the end of ${to}. */
static void
sign_set(struct signer *signer, const struct record *list, struct record **to)
{
	ldns_rr_list *set = ldns_rr_list_new(), *sigs;

	for (; list != NULL; list = list->next)
		ldns_rr_list_push_rr(set, to_ldns(list));
	if ((sigs = ldns_sign_public(set, signer->keys)) == NULL)
		abort();
	for (size_t i = 0; i < ldns_rr_list_rr_count(sigs); i++)
		records_append(to, from_ldns(ldns_rr_list_rr(sigs, i)));
	ldns_rr_list_deep_free(set);
	ldns_rr_list_deep_free(sigs);
}

static void
sign_nsec3(struct zone *z, struct signer *signer)
{
	struct record *sigs = NULL, *next;

	for (const struct record *r = z->records; r != NULL; r = r->next) {
		struct record *one;

		if (r->type != TYPE_NSEC3)
			continue;
		one = record_copy(r, r->owner.bytes);
		sign_set(signer, one, &sigs);
		records_free(one);
	}
	for (; sigs != NULL; sigs = next) {
		next = sigs->next;
		sigs->next = NULL;
		records_append(&z->records, sigs);
	}
}

/* Keys with the same tag, which is a sum of 16-bit words: two of them change places. */
static void
add_same_tag(const struct zone *z, const struct signer *signer, ldns_dnssec_zone *zone)
{
	struct record *key = from_ldns(signer->dnskey);

	for (unsigned i = 0; i < z->signing.same_tag; i++) {
		struct record *other = record_copy(key, key->owner.bytes);
		uint8_t *a = other->rdata + 4 + 2 * (i / 15), *b = a + 2 * (i % 15 + 1);
		uint8_t word[2] = { a[0], a[1] };

		memcpy(a, b, 2);
		memcpy(b, word, 2);
		ldns_dnssec_zone_add_rr(zone, to_ldns(other));
		records_free(other);
	}
	records_free(key);
}

static bool
sign_zone(struct signers *all, struct zone *z)
{
	ldns_dnssec_zone *zone = ldns_dnssec_zone_new();
	ldns_rr_list *made = ldns_rr_list_new();
	struct signer *signer = signer_of(all, z);
	bool ok;

	if (zone == NULL || made == NULL)
		abort();
	set_times(signer, z->signing.expired);
	for (const struct record *r = z->records; r != NULL; r = r->next)
		ldns_dnssec_zone_add_rr(zone, to_ldns(r));
	ldns_dnssec_zone_add_rr(zone, ldns_rr_clone(signer->dnskey));
	add_same_tag(z, signer, zone);
	ok = ldns_dnssec_zone_sign(zone, made, signer->keys,
		 ldns_dnssec_default_replace_signatures, NULL) == LDNS_STATUS_OK;
	if (ok) {
		take_back(z, zone);
		if (z->signing.nsec3) {
			ring_hash(z);
			sign_nsec3(z, signer);
		}
		hand_up(all, z, signer);
	}
	ldns_rr_list_free(made);
	ldns_dnssec_zone_deep_free(zone);
	return ok;
}

/* Records signed by the zone's own key, which no honest zone would have. */
static void
forge(struct signers *all, const struct edit *e, struct zone *z)
{
	struct signer *signer = signer_of(all, z);
	struct record *sigs = NULL;

	set_times(signer, e->expired);
	sign_set(signer, e->records, &sigs);
	for (const struct record *r = e->records; r != NULL; r = r->next)
		records_append(&z->records,
		    record_copy(r, e->has_owner ? e->owner.bytes : r->owner.bytes));
	for (const struct record *r = sigs; r != NULL; r = r->next)
		records_append(&z->records,
		    record_copy(r, e->has_owner ? e->owner.bytes : r->owner.bytes));
	records_free(sigs);
}

/* In every copy of its zone. */
static bool
apply(struct signers *all, const struct edit *e)
{
	bool any = false;

	for (struct zone *z = all->script->world.zones; z != NULL; z = z->next) {
		if (!dname_equal(z->name.bytes, e->zone.bytes))
			continue;
		if (e->kind == EDIT_FORGE)
			forge(all, e, z);
		any |= e->kind == EDIT_FORGE || edit_break(e, z);
	}
	if (!any)
		fprintf(stderr, "%s:%u: nothing there to break\n", all->script->file,
		    e->line);
	return any;
}

/* The deepest first: a parent signs its children's DS. */
static bool
sign_all(struct signers *all)
{
	struct script *s = all->script;

	for (unsigned labels = DNAME_LABELS_MAX; labels-- > 0;)
		for (struct zone *z = s->world.zones; z != NULL; z = z->next)
			if (z->is_signed && dname_labels(z->name.bytes) == labels &&
			    !sign_zone(all, z))
				return false;
	for (const struct edit *e = s->edits; e != NULL; e = e->next)
		if (!apply(all, e))
			return false;
	return true;
}

bool
sign_world(struct script *s)
{
	struct signers *all = calloc(1, sizeof(*all));
	bool ok;

	if (all == NULL)
		abort();
	all->script = s;
	ok = sign_all(all);
	configure(all);
	for (unsigned i = 0; i < all->count; i++) {
		ldns_rr_free(all->at[i].dnskey);
		ldns_key_list_free(all->at[i].keys);
	}
	free(all);
	return ok;
}
