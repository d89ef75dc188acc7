#include "tests/replay/world.h"

#include <string.h>

#include "base/dns.h"
#include "tests/replay/proofs.h"

/*
 * An authority as RFC 1034 4.3.2 has it: the zone that is nearest to the name, then
 * cut, DNAME, the node, CNAME, wildcard, nothing.
 */

#define LINKS_MAX 16u

static bool
is_served_at(const struct zone *z, const struct addr *a)
{
	for (unsigned i = 0; i < z->addr_count; i++)
		if (addr_same_host(&z->addrs[i], a))
			return true;
	return false;
}

static const struct zone *
zone_of(const struct world *w, const struct addr *at, const uint8_t *name, uint16_t type)
{
	const struct zone *best = NULL, *apex = NULL;

	for (const struct zone *z = w->zones; z != NULL; z = z->next) {
		if (!is_served_at(z, at) || !dname_is_below(name, z->name.bytes))
			continue;
		if (type == TYPE_DS && *name != 0 && dname_equal(z->name.bytes, name)) {
			apex = z;
			continue;
		}
		if (best == NULL || dname_is_below(z->name.bytes, best->name.bytes))
			best = z;
	}
	return best != NULL ? best : apex;
}

static const struct record *
find(const struct zone *z, const uint8_t *owner, uint16_t type)
{
	for (const struct record *r = z->records; r != NULL; r = r->next)
		if ((type == TYPE_ANY || r->type == type) &&
		    dname_equal(r->owner.bytes, owner))
			return r;
	return NULL;
}

static uint16_t
covered_type(const struct record *r)
{
	return r->type == TYPE_RRSIG ? (uint16_t)(r->rdata[0] << 8 | r->rdata[1]) : 0;
}

void
zone_add(const struct zone *z, const struct world_query *q, const uint8_t *owner,
    uint16_t type, const uint8_t *as, struct record **section)
{
	for (const struct record *r = z->records; r != NULL; r = r->next) {
		bool wanted = type == TYPE_ANY || r->type == type ||
			      (q->dnssec_ok && covered_type(r) == type);

		if (wanted && dname_equal(r->owner.bytes, owner))
			records_append(section, record_copy(r, as));
	}
}

bool
zone_has(const struct zone *z, const uint8_t *name)
{
	for (const struct record *r = z->records; r != NULL; r = r->next)
		if (dname_is_below(r->owner.bytes, name))
			return true;
	return false;
}

static const uint8_t *
find_cut(const struct zone *z, const uint8_t *name, uint16_t type)
{
	const uint8_t *cut = NULL;

	for (const struct record *r = z->records; r != NULL; r = r->next) {
		const uint8_t *owner = r->owner.bytes;

		if (r->type != TYPE_NS || dname_equal(owner, z->name.bytes) ||
		    !dname_is_below(name, owner))
			continue;
		if (type == TYPE_DS && dname_equal(owner, name))
			continue;
		if (cut == NULL || dname_is_below(cut, owner))
			cut = owner;
	}
	return cut;
}

/* Addresses of the servers that ${list} names. */
static void
add_glue(const struct zone *z, const struct world_query *q, const struct record *list,
    struct reply *r)
{
	for (; list != NULL; list = list->next) {
		if (list->type != TYPE_NS)
			continue;
		zone_add(z, q, list->rdata, TYPE_A, list->rdata, &r->section[2]);
		zone_add(z, q, list->rdata, TYPE_AAAA, list->rdata, &r->section[2]);
	}
}

static void
refer(const struct zone *z, const struct world_query *q, const uint8_t *cut,
    struct reply *r)
{
	zone_add(z, q, cut, TYPE_NS, cut, &r->section[1]);
	if (q->dnssec_ok && find(z, cut, TYPE_DS) != NULL)
		zone_add(z, q, cut, TYPE_DS, cut, &r->section[1]);
	else if (q->dnssec_ok && z->signing.nsec3)
		proofs_add(z, q, cut, r);
	else if (q->dnssec_ok)
		zone_add(z, q, cut, TYPE_NSEC, cut, &r->section[1]);
	add_glue(z, q, r->section[1], r);
}

static const struct record *
find_dname(const struct zone *z, const uint8_t *name)
{
	for (const struct record *r = z->records; r != NULL; r = r->next)
		if (r->type == TYPE_DNAME &&
		    dname_is_strictly_below(name, r->owner.bytes))
			return r;
	return NULL;
}

/* *.ENCLOSER for the nearest name that exists above ${name}. */
static const uint8_t *
find_wildcard(const struct zone *z, const uint8_t *name, uint8_t out[DNAME_MAX])
{
	static const uint8_t star[] = { 1, '*', 0 };
	const uint8_t *above = name;

	do {
		above = dname_parent(above);
	} while (*above != 0 && !zone_has(z, above));
	if (dname_concat(out, star, 1, above) != ERR_OK || !zone_has(z, out))
		return NULL;
	return out;
}

static void
deny(const struct zone *z, const struct world_query *q, const uint8_t *name,
    uint16_t rcode, struct reply *r)
{
	r->rcode = rcode;
	zone_add(z, q, z->name.bytes, TYPE_SOA, z->name.bytes, &r->section[1]);
	proofs_add(z, q, name, r);
}

/* True when there is a further link: ${name} has become it. */
static bool
answer_link(const struct zone *z, const struct world_query *q, uint8_t name[DNAME_MAX],
    struct reply *r)
{
	const struct record *d = find_dname(z, name), *c;
	const uint8_t *node = name;
	uint8_t star[DNAME_MAX];

	if (d != NULL) {
		uint8_t target[DNAME_MAX];
		unsigned prefix = dname_labels(name) - dname_labels(d->owner.bytes);

		zone_add(
		    z, q, d->owner.bytes, TYPE_DNAME, d->owner.bytes, &r->section[0]);
		if (dname_concat(target, name, prefix, d->rdata) != ERR_OK) {
			r->rcode = RCODE_YXDOMAIN;
			return false;
		}
		records_append(&r->section[0],
		    record_make(name, TYPE_CNAME, d->ttl_sec, target, dname_len(target)));
		dname_copy_lower(name, target);
		return true;
	}
	if (!zone_has(z, name) && (node = find_wildcard(z, name, star)) == NULL) {
		deny(z, q, name, RCODE_NXDOMAIN, r);
		return false;
	}
	if (node != name)
		proofs_add(z, q, name, r);
	if (find(z, node, q->type) != NULL) {
		zone_add(z, q, node, q->type, name, &r->section[0]);
		add_glue(z, q, r->section[0], r);
		return false;
	}
	if ((c = find(z, node, TYPE_CNAME)) != NULL) {
		zone_add(z, q, node, TYPE_CNAME, name, &r->section[0]);
		dname_copy_lower(name, c->rdata);
		return true;
	}
	deny(z, q, name, RCODE_NOERROR, r);
	return false;
}

void
zone_answer(const struct world *w, const struct world_query *q, struct reply *r)
{
	uint8_t name[DNAME_MAX];
	const struct zone *z;
	const uint8_t *cut;

	dname_copy_lower(name, q->name.bytes);
	r->opt = q->edns;
	z = zone_of(w, &q->to, name, q->type);
	if (z == NULL || (z->resolver && !q->recursion_desired)) {
		r->rcode = RCODE_REFUSED;
		return;
	}
	r->flags = z->resolver ? FLAG_RA : FLAG_AA;
	for (unsigned links = 0; links < LINKS_MAX; links++) {
		if (!dname_is_below(name, z->name.bytes))
			return;
		if (!z->resolver && (cut = find_cut(z, name, q->type)) != NULL) {
			if (links == 0)
				r->flags = 0;
			refer(z, q, cut, r);
			return;
		}
		if (!answer_link(z, q, name, r))
			return;
	}
}
