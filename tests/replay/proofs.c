#include "tests/replay/proofs.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/denial.h"

static const uint8_t star[] = { 1, '*', 0 };

static void
wildcard_of(const uint8_t *encloser, const uint8_t *name, uint8_t out[DNAME_MAX])
{
	if (dname_concat(out, star, 1, encloser) != ERR_OK)
		dname_copy(out, name);
}

static const uint8_t *
encloser_of(const struct zone *z, const uint8_t *name)
{
	while (*name != 0 && !zone_has(z, name))
		name = dname_parent(name);
	return name;
}

/* ---- NSEC ---- */

static void
add_nsec(const struct zone *z, const struct world_query *q, const uint8_t *name,
    struct reply *r)
{
	uint8_t wild[DNAME_MAX];

	wildcard_of(encloser_of(z, name), name, wild);
	for (const struct record *n = z->records; n != NULL; n = n->next) {
		const uint8_t *owner = n->owner.bytes;

		if (n->type == TYPE_NSEC &&
		    (dname_equal(owner, name) || nsec_covers(owner, n->rdata, name) ||
			dname_equal(owner, wild) || nsec_covers(owner, n->rdata, wild)))
			zone_add(z, q, owner, TYPE_NSEC, owner, &r->section[1]);
	}
}

/* ---- NSEC3 ---- */

void
proofs_hash(const struct zone *z, const uint8_t *name, uint8_t out[PROOFS_HASH_LEN])
{
	ldns_rdf *rdf = ldns_dname_new_frm_data((uint16_t)dname_len(name), name);
	ldns_rdf *hash = ldns_nsec3_hash_name(
	    rdf, 1, z->signing.iterations, z->signing.salt_len, z->signing.salt);

	if (hash == NULL || ldns_rdf_size(hash) < PROOFS_HASH_LEN)
		abort();
	memcpy(out, ldns_rdf_data(hash), PROOFS_HASH_LEN);
	for (unsigned i = 1; i < PROOFS_HASH_LEN; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] |= 0x20;
	ldns_rdf_deep_free(hash);
	ldns_rdf_deep_free(rdf);
}

/* The next hash of the rdata as the label would be: five bits a digit keep their order.
 */
static void
next_label(const struct record *n, uint8_t out[PROOFS_HASH_LEN])
{
	const uint8_t *hash = n->rdata + 5 + n->rdata[4] + 1;
	uint64_t bits = 0;

	out[0] = PROOFS_HASH_LEN - 1;
	for (unsigned i = 0; i < 20; i++) {
		bits = bits << 8 | hash[i];
		if (i % 5 != 4)
			continue;
		for (unsigned k = 0; k < 8; k++)
			out[1 + i / 5 * 8 + k] =
			    (uint8_t) "0123456789abcdefghijklmnopqrstuv"
				[bits >> (35 - 5 * k) & 31];
	}
}

static bool
shows(const struct record *n, const uint8_t hash[PROOFS_HASH_LEN], bool covers)
{
	uint8_t next[PROOFS_HASH_LEN];
	int from = memcmp(n->owner.bytes, hash, PROOFS_HASH_LEN), to;

	if (n->type != TYPE_NSEC3)
		return false;
	if (!covers)
		return from == 0;
	next_label(n, next);
	to = memcmp(hash, next, PROOFS_HASH_LEN);
	if (memcmp(n->owner.bytes, next, PROOFS_HASH_LEN) < 0)
		return from < 0 && to < 0;
	return from < 0 || to < 0;
}

static bool
is_there(const struct reply *r, const uint8_t *owner)
{
	for (const struct record *n = r->section[1]; n != NULL; n = n->next)
		if (n->type == TYPE_NSEC3 && dname_equal(n->owner.bytes, owner))
			return true;
	return false;
}

/* False: no record does. */
static bool
add_nsec3_of(const struct zone *z, const struct world_query *q, const uint8_t *name,
    bool covers, struct reply *r)
{
	uint8_t hash[PROOFS_HASH_LEN];

	proofs_hash(z, name, hash);
	for (const struct record *n = z->records; n != NULL; n = n->next) {
		if (!shows(n, hash, covers))
			continue;
		if (!is_there(r, n->owner.bytes))
			zone_add(z, q, n->owner.bytes, TYPE_NSEC3, n->owner.bytes,
			    &r->section[1]);
		return true;
	}
	return false;
}

static void
add_nsec3(const struct zone *z, const struct world_query *q, const uint8_t *name,
    struct reply *r)
{
	const uint8_t *encloser = name;
	uint8_t wild[DNAME_MAX];

	if (add_nsec3_of(z, q, name, false, r))
		return;
	/* Opted out or not there: the nearest name above that has a record. */
	do {
		encloser = dname_parent(encloser);
	} while (*encloser != 0 && !add_nsec3_of(z, q, encloser, false, r));
	if (r->encloser_only)
		return;
	(void)add_nsec3_of(z, q, dname_suffix(name, dname_labels(encloser) + 1), true, r);
	wildcard_of(encloser, name, wild);
	if (!add_nsec3_of(z, q, wild, false, r))
		(void)add_nsec3_of(z, q, wild, true, r);
}

void
proofs_add(const struct zone *z, const struct world_query *q, const uint8_t *name,
    struct reply *r)
{
	if (!q->dnssec_ok)
		return;
	if (z->signing.nsec3)
		add_nsec3(z, q, name, r);
	else
		add_nsec(z, q, name, r);
}
