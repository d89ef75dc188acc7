#include "resolver/dnssec/denial_private.h"

#include "base/dns.h"
#include "resolver/dnssec/typemap.h"
#include "resolver/wire/reader.h"

/*
 * NSEC: the ring of a zone's names in canonical order (RFC 4034 4 and 6.1).
 *
 * Sources: RFC 4035 5.4, RFC 6840 4, RFC 4592; for records made on the spot RFC 4470 and
 * RFC 9824, whose shapes need nothing of their own here but one bit.
 *
 *   1. Read what the list has: the next name whole and within the zone, a bitmap that
 *      parses. The ring closes at the zone's apex and nowhere else (RFC 4034 4.1.1): a
 *      record that goes backward, or points at itself, must point at the apex, or it
 *      would cover nearly everything.
 *   2. A record covers a name when the name lies between its owner and the next name, and
 *      it may speak of it (not beneath a cut or a DNAME).
 *   3. A covered name is still there when the next name is beneath it: an empty
 *      non-terminal has no record, only descendants. Else there is a *gap* at the name.
 *   4. The closest encloser of a name in a gap: what is there sorts before the gap or
 *      behind it, and the nearest on either side share the most labels with the name. So
 *      it is the longer of what the name has in common with owner and with next.
 *   5. The claims, each one function over match, gap and wildcard.
 *
 * A record that matches decides before any that covers: a zone in which both are true
 * contradicts itself, and the claim that needs the gap is not proved. The one exception
 * says so itself: NXNAME at the name means that there is no such name (RFC 9824 2).
 */

/* An honest zone has one gap at a name, and another while it changes. Each costs a walk
 * over all records: with 64 of them of 125 labels, 17 ms if nothing bounds it. */
#define GAPS_MAX 4u

struct nsec {
	const uint8_t *owner;
	const uint8_t *next;
	struct typemap types;
};

struct ring {
	const struct denial *d;
	size_t count;
	struct nsec records[DENIAL_RECORDS_MAX];
};

bool
nsec_has_type(const uint8_t *bitmap, size_t len, uint16_t type)
{
	const struct typemap map = { bitmap, len };

	return typemap_has(&map, type);
}

bool
nsec_covers(const uint8_t *owner, const uint8_t *next, const uint8_t *name)
{
	bool behind_owner = dname_compare(owner, name) < 0;
	bool before_next = dname_compare(name, next) < 0;

	if (dname_compare(owner, next) < 0)
		return behind_owner && before_next;
	/* The last of the ring; or the only one, and then this means: not its owner. */
	return behind_owner || before_next;
}

/* Step 1 for one record. */
static bool
read_record(const struct rrset *set, const uint8_t *zone, struct nsec *out)
{
	const struct rdata *rdata = &set->rdata[0];
	uint8_t next[DNAME_MAX];
	struct reader r;
	size_t len;

	reader_init(&r, rdata->bytes, rdata->len);
	len = reader_name(&r, next);
	/* ${next} below is the rdata itself, so the name has to stand there whole. */
	if (r.failed || len != r.pos)
		return false;
	out->owner = set->owner;
	out->next = rdata->bytes;
	out->types.len = reader_left(&r);
	out->types.bytes = reader_bytes(&r, out->types.len);
	if (!dname_is_below(out->owner, zone) || !dname_is_below(out->next, zone))
		return false;
	if (dname_compare(out->owner, out->next) >= 0 && !dname_equal(out->next, zone))
		return false;
	return typemap_valid(&out->types);
}

static void
read_ring(struct ring *ring, const struct denial *d, const struct rrset *sets)
{
	ring->d = d;
	ring->count = 0;
	for (; sets != NULL && ring->count < DENIAL_RECORDS_MAX; sets = sets->next) {
		if (denial_set_usable(sets, TYPE_NSEC) &&
		    read_record(sets, d->zone, &ring->records[ring->count]))
			ring->count++;
	}
}

static const struct nsec *
match(const struct ring *ring, const uint8_t *name)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (dname_equal(ring->records[i].owner, name))
			return &ring->records[i];
	}
	return NULL;
}

/* Step 2. */
static bool
covers(const struct nsec *n, const uint8_t *name)
{
	if (dname_is_below(name, n->owner) && typemap_ends_here(&n->types))
		return false;
	return nsec_covers(n->owner, n->next, name);
}

/* Step 3, one way: the name has no record, but something beneath it has. */
static bool
shows_empty(const struct nsec *n, const uint8_t *name)
{
	return covers(n, name) && dname_is_strictly_below(n->next, name);
}

/* Step 3, the other way: the name is not there at all. */
static bool
shows_gap(const struct nsec *n, const uint8_t *name)
{
	return covers(n, name) && !dname_is_below(n->next, name);
}

/* Step 4, as a number of labels. */
static unsigned
encloser_labels(const struct nsec *n, const uint8_t *name)
{
	unsigned before = dname_common_labels(n->owner, name);
	unsigned behind = dname_common_labels(n->next, name);

	return before > behind ? before : behind;
}

/* Some record shows ${what} of ${name}. */
static bool
some(const struct ring *ring, bool (*what)(const struct nsec *, const uint8_t *),
    const uint8_t *name)
{
	for (size_t i = 0; i < ring->count; i++) {
		if (what(&ring->records[i], name))
			return true;
	}
	return false;
}

static bool
wildcard_is_missing(const struct ring *ring, const uint8_t *wildcard)
{
	return match(ring, wildcard) == NULL && some(ring, shows_gap, wildcard);
}

/* The wildcard is there and has no such type; with names beneath it, it may have none at
 * all. */
static bool
wildcard_is_without_type(const struct ring *ring, const uint8_t *wildcard)
{
	const struct nsec *n = match(ring, wildcard);

	if (n != NULL)
		return typemap_denies(&n->types, ring->d->type, false);
	return some(ring, shows_empty, wildcard);
}

/* The name is in a gap, and ${test} holds of the wildcard at its closest encloser. */
static bool
gap_and_wildcard(
    const struct ring *ring, bool (*test)(const struct ring *, const uint8_t *))
{
	const uint8_t *name = ring->d->name;
	uint8_t wildcard[DNAME_MAX];
	unsigned gaps = 0;

	for (size_t i = 0; i < ring->count && gaps < GAPS_MAX; i++) {
		const struct nsec *n = &ring->records[i];

		if (!shows_gap(n, name))
			continue;
		gaps++;
		if (denial_wildcard(name, encloser_labels(n, name), wildcard) &&
		    test(ring, wildcard))
			return true;
	}
	return false;
}

static bool
proves_nxdomain(const struct ring *ring)
{
	const struct nsec *n = match(ring, ring->d->name);

	if (n != NULL)
		return typemap_has(&n->types, TYPEMAP_NXNAME);
	return gap_and_wildcard(ring, wildcard_is_missing);
}

static bool
proves_nodata(const struct ring *ring)
{
	const struct denial *d = ring->d;
	const struct nsec *n = match(ring, d->name);

	if (n != NULL)
		return typemap_denies(&n->types, d->type, *d->name == 0);
	return some(ring, shows_empty, d->name) ||
	       gap_and_wildcard(ring, wildcard_is_without_type);
}

/* RFC 4035 5.3.4: neither the name is there nor a wildcard that would be closer to it. */
static bool
proves_wildcard_answer(const struct ring *ring)
{
	const struct denial *d = ring->d;

	if (!denial_wildcard_fits(d) || match(ring, d->name) != NULL)
		return false;
	for (size_t i = 0; i < ring->count; i++) {
		const struct nsec *n = &ring->records[i];

		if (shows_gap(n, d->name) &&
		    encloser_labels(n, d->name) == d->wildcard_labels)
			return true;
	}
	return false;
}

static bool
proves_no_ds(const struct ring *ring)
{
	const struct nsec *n = match(ring, ring->d->name);

	return n != NULL && dname_is_strictly_below(ring->d->name, ring->d->zone) &&
	       typemap_is_cut(&n->types) && !typemap_has(&n->types, TYPE_DS);
}

enum denial_result
nsec_prove(const struct denial *d, const struct rrset *sets)
{
	static bool (*const proofs[])(const struct ring *) = {
		[DENIAL_NXDOMAIN] = proves_nxdomain,
		[DENIAL_NODATA] = proves_nodata,
		[DENIAL_WILDCARD_ANSWER] = proves_wildcard_answer,
		[DENIAL_NO_DS] = proves_no_ds,
	};
	struct ring ring;

	read_ring(&ring, d, sets);
	return proofs[d->claim](&ring) ? DENIAL_PROVED : DENIAL_NOT_PROVED;
}

bool
nsec_view(const struct rrset *set, const uint8_t *zone, struct nsec_view *out)
{
	struct nsec n;

	if (!denial_set_usable(set, TYPE_NSEC) || !read_record(set, zone, &n))
		return false;
	*out = (struct nsec_view){
		.owner = n.owner,
		.next = n.next,
		.ends_here = typemap_ends_here(&n.types),
		.is_cut = typemap_is_cut(&n.types),
	};
	return true;
}
