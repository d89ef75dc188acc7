#include "tests/fuzz/signed_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/dns.h"
#include "resolver/dnssec/denial.h"
#include "resolver/dnssec/rrsig.h"
#include "resolver/wire/msg.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ALGORITHM	 15u
#define TTL		 300u

struct wzone {
	const char *text;
	enum zone_kind kind;
	bool nsec3;
	unsigned server; /* last byte of its address */
	struct dname name;
	EVP_PKEY *key;
	uint16_t tag;
};

static struct wzone zones[] = {
	{ .text = ".", .kind = ZONE_SECURE, .server = 0 },
	{ .text = "example", .kind = ZONE_SECURE, .server = 1 },
	{ .text = "n3.example", .kind = ZONE_SECURE, .nsec3 = true, .server = 2 },
	{ .text = "plain.example", .kind = ZONE_PLAIN, .server = 3 },
	{ .text = "evil.example", .kind = ZONE_EVIL, .server = 4 },
};
#define ZONES (sizeof(zones) / sizeof(zones[0]))
#define EVIL  4u

/* Owner, type, and a name or the last byte of an address. */
static const struct {
	const char *owner;
	uint16_t type;
	const char *name;
	uint8_t byte;
} data[] = {
	{ ".", TYPE_NS, "ns.example", 0 },
	{ "example", TYPE_NS, "ns.example", 0 },
	{ "ns.example", TYPE_A, NULL, 1 },
	{ "www.example", TYPE_A, NULL, 80 },
	{ "*.wild.example", TYPE_A, NULL, 81 },
	{ "own.example", TYPE_CNAME, "www.example", 0 },
	{ "to.example", TYPE_CNAME, "www.n3.example", 0 },
	{ "tree.example", TYPE_DNAME, "n3.example", 0 },
	{ "n3.example", TYPE_NS, "ns.n3.example", 0 },
	{ "ns.n3.example", TYPE_A, NULL, 2 },
	{ "www.n3.example", TYPE_A, NULL, 82 },
	{ "x.empty.n3.example", TYPE_A, NULL, 83 },
	{ "*.wild.n3.example", TYPE_A, NULL, 84 },
	{ "plain.example", TYPE_NS, "ns.plain.example", 0 },
	{ "ns.plain.example", TYPE_A, NULL, 3 },
	{ "www.plain.example", TYPE_A, NULL, 85 },
	{ "to.plain.example", TYPE_CNAME, "www.example", 0 },
	{ "evil.example", TYPE_NS, "ns.evil.example", 0 },
	{ "ns.evil.example", TYPE_A, NULL, 4 },
	{ "www.evil.example", TYPE_A, NULL, 86 },
	{ "to.evil.example", TYPE_CNAME, "www.example", 0 },
	{ "*.evil.example", TYPE_A, NULL, 87 },
};
#define DATA (sizeof(data) / sizeof(data[0]))

static struct wset sets[SETS_MAX];
static unsigned set_count;
static char anchor[200];

/* ---- names and zones ---- */

static struct dname
name_of(const char *text)
{
	struct dname n;

	CHECK(dname_from_text(text, &n) == ERR_OK);
	return n;
}

static const struct wzone *
zone_of(const uint8_t *name, bool at_parent)
{
	const struct wzone *best = &zones[0];

	for (size_t i = 1; i < ZONES; i++)
		if (dname_is_below(name, zones[i].name.bytes) &&
		    !(at_parent && dname_equal(name, zones[i].name.bytes)) &&
		    dname_is_below(zones[i].name.bytes, best->name.bytes))
			best = &zones[i];
	return best;
}

enum zone_kind
world_kind(const uint8_t *name, uint16_t type)
{
	return zone_of(name, type == TYPE_DS)->kind;
}

static bool
is_apex(const uint8_t *name)
{
	for (size_t i = 0; i < ZONES; i++)
		if (dname_equal(name, zones[i].name.bytes))
			return true;
	return false;
}

const struct wset *
world_find(const uint8_t *name, uint16_t type)
{
	for (unsigned i = 0; i < set_count; i++)
		if (sets[i].type == type && dname_equal(sets[i].owner.bytes, name))
			return &sets[i];
	return NULL;
}

bool
world_exists(const uint8_t *name)
{
	for (unsigned i = 0; i < set_count; i++)
		if (sets[i].type != TYPE_NSEC3 &&
		    dname_is_below(sets[i].owner.bytes, name))
			return true;
	return false;
}

const struct wset *
world_set(unsigned i)
{
	return &sets[i % set_count];
}

const char *
world_anchor(void)
{
	return anchor;
}

/* ---- signing ---- */

static void
put_u16(struct bytes *b, unsigned value)
{
	CHECK(b->len + 2u <= BYTES_MAX);
	b->at[b->len++] = (uint8_t)(value >> 8);
	b->at[b->len++] = (uint8_t)value;
}

static void
put_u32(struct bytes *b, uint32_t value)
{
	put_u16(b, value >> 16);
	put_u16(b, value & 0xffff);
}

static void
put(struct bytes *b, const void *from, size_t len)
{
	CHECK(b->len + len <= BYTES_MAX);
	memcpy(b->at + b->len, from, len);
	b->len = (uint16_t)(b->len + len);
}

static int
compare(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	int order = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (int)x->len - (int)y->len;
}

/* The RRSIG's rdata without its signature (RFC 4034 3.1). */
static void
begin_sig(const struct wset *set, const struct wzone *z, struct bytes *sig)
{
	unsigned labels = dname_labels(set->owner.bytes);

	if (set->owner.bytes[0] == 1 && set->owner.bytes[1] == '*')
		labels--;
	sig->len = 0;
	put_u16(sig, set->type);
	put_u16(sig, ALGORITHM << 8 | labels);
	put_u32(sig, set->ttl_sec);
	put_u32(sig, WORLD_NOW + 86400);
	put_u32(sig, WORLD_NOW - 86400);
	put_u16(sig, z->tag);
	put(sig, z->name.bytes, z->name.len);
}

/* Records equal to the one before are left out (RFC 4034 6.3). */
static size_t
signed_data(const struct wset *set, const struct bytes *sig, uint8_t *out, size_t cap)
{
	struct bytes sorted[RECORDS_MAX];
	size_t at = sig->len;

	memcpy(sorted, set->records, set->count * sizeof(sorted[0]));
	qsort(sorted, set->count, sizeof(sorted[0]), compare);
	memcpy(out, sig->at, sig->len);
	for (unsigned i = 0; i < set->count; i++) {
		struct bytes head = { .len = 0 };

		if (i > 0 && compare(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		put(&head, set->owner.bytes, set->owner.len);
		put_u16(&head, set->type);
		put_u16(&head, CLASS_IN);
		put_u32(&head, set->ttl_sec);
		put_u16(&head, sorted[i].len);
		CHECK(at + head.len + sorted[i].len <= cap);
		memcpy(out + at, head.at, head.len);
		memcpy(out + at + head.len, sorted[i].at, sorted[i].len);
		at += head.len + sorted[i].len;
	}
	return at;
}

static void
sign(struct wset *set, const struct wzone *z)
{
	static uint8_t text[8192];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct bytes sig;
	uint8_t made[64];
	size_t len = sizeof(made), text_len;

	if (set->sig_count == SIGS_MAX || set->count == 0)
		goto done;
	begin_sig(set, z, &sig);
	text_len = signed_data(set, &sig, text, sizeof(text));
	CHECK(EVP_DigestSignInit(ctx, NULL, NULL, NULL, z->key) == 1);
	CHECK(EVP_DigestSign(ctx, made, &len, text, text_len) == 1);
	put(&sig, made, len);
	set->sigs[set->sig_count++] = sig;

done:
	EVP_MD_CTX_free(ctx);
}

void
world_sign(struct wset *set)
{
	sign(set, &zones[EVIL]);
}

/* ---- making ---- */

static struct wset *
set_at(const struct wzone *z, const uint8_t *owner, uint16_t type)
{
	struct wset *set = &sets[set_count++];

	CHECK(set_count <= SETS_MAX);
	set->zone = (uint8_t)(z - zones);
	dname_set(&set->owner, owner);
	set->type = type;
	set->ttl_sec = TTL;
	set->count = 1;
	return set;
}

static void
make_key(struct wzone *z, uint8_t seed)
{
	uint8_t private[32], public[32];
	size_t len = sizeof(public);
	struct wset *set = set_at(z, z->name.bytes, TYPE_DNSKEY);

	memset(private, seed, sizeof(private));
	z->key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, private, sizeof(private));
	CHECK(z->key != NULL && EVP_PKEY_get_raw_public_key(z->key, public, &len) == 1);
	put_u16(&set->records[0], 257);
	put_u16(&set->records[0], 3 << 8 | ALGORITHM);
	put(&set->records[0], public, len);
	z->tag = dnssec_key_tag(set->records[0].at, set->records[0].len);
}

static void
make_ds(const struct wzone *z, struct wset *set)
{
	const struct wset *dnskey = world_find(z->name.bytes, TYPE_DNSKEY);
	uint8_t text[DNAME_MAX + BYTES_MAX], digest[32];
	size_t len = dname_copy(text, z->name.bytes), digest_len;

	memcpy(text + len, dnskey->records[0].at, dnskey->records[0].len);
	CHECK(EVP_Q_digest(NULL, "SHA256", NULL, text, len + dnskey->records[0].len,
		  digest, &digest_len) == 1);
	put_u16(&set->records[0], z->tag);
	put_u16(&set->records[0], ALGORITHM << 8 | 2);
	put(&set->records[0], digest, digest_len);
}

static void
make_anchor(void)
{
	struct wset ds = { .type = TYPE_DS };
	size_t at = (size_t)snprintf(
	    anchor, sizeof(anchor), ". DS %u %u 2 ", zones[0].tag, ALGORITHM);

	make_ds(&zones[0], &ds);
	for (unsigned i = 4; i < ds.records[0].len; i++)
		at += (size_t)snprintf(
		    anchor + at, sizeof(anchor) - at, "%02x", ds.records[0].at[i]);
}

static void
make_data(void)
{
	for (size_t i = 0; i < DATA; i++) {
		struct dname owner = name_of(data[i].owner);
		struct wset *set =
		    set_at(zone_of(owner.bytes, false), owner.bytes, data[i].type);

		if (data[i].name != NULL) {
			struct dname target = name_of(data[i].name);

			put(&set->records[0], target.bytes, target.len);
		} else {
			put(&set->records[0],
			    (const uint8_t[]){ 192, 0, 2, data[i].byte }, 4);
		}
	}
	for (size_t i = 0; i < ZONES; i++) {
		struct wset *set = set_at(&zones[i], zones[i].name.bytes, TYPE_SOA);

		put(&set->records[0], "\2ns\7example\0\2ns\7example", 24);
		for (unsigned k = 0; k < 5; k++)
			put_u32(&set->records[0], TTL);
	}
}

/* All types here are below 64: one window. */
static void
put_types(struct bytes *b, const struct wzone *z, const uint8_t *name, uint16_t more)
{
	uint8_t map[8] = { 0 };

	for (unsigned i = 0; i < set_count; i++) {
		uint16_t type = sets[i].type;
		bool above = is_apex(name) && !dname_equal(name, z->name.bytes);

		if (!dname_equal(sets[i].owner.bytes, name) || type == TYPE_NSEC ||
		    (above && type != TYPE_NS && type != TYPE_DS) ||
		    (!above && type == TYPE_DS))
			continue;
		map[type / 8] |= (uint8_t)(0x80 >> type % 8);
	}
	map[TYPE_RRSIG / 8] |= (uint8_t)(0x80 >> TYPE_RRSIG % 8);
	map[more / 8] |= (uint8_t)(0x80 >> more % 8);
	put(b, "\0\10", 2);
	put(b, map, sizeof(map));
}

/* A name of the zone's ring; sorted by ${order}. */
struct ring_name {
	struct dname name;
	uint8_t hash[20];
};

static int
by_name(const void *a, const void *b)
{
	return dname_compare(((const struct ring_name *)a)->name.bytes,
	    ((const struct ring_name *)b)->name.bytes);
}

static int
by_hash(const void *a, const void *b)
{
	return memcmp(
	    ((const struct ring_name *)a)->hash, ((const struct ring_name *)b)->hash, 20);
}

static unsigned
ring_add(struct ring_name *ring, unsigned n, const uint8_t *name)
{
	for (unsigned i = 0; i < n; i++)
		if (dname_equal(ring[i].name.bytes, name))
			return n;
	dname_set(&ring[n].name, name);
	CHECK(nsec3_hash(name, NULL, 0, 1, ring[n].hash));
	return n + 1;
}

static unsigned
ring_of(const struct wzone *z, struct ring_name *ring)
{
	unsigned n = 0;

	for (unsigned i = 0; i < set_count; i++) {
		const uint8_t *name = sets[i].owner.bytes;
		const struct wzone *below = zone_of(name, false);
		bool cut = below != z && dname_equal(name, below->name.bytes) &&
			   zone_of(name, true) == z;

		if (below != z && !cut)
			continue;
		n = ring_add(ring, n, name);
		while (z->nsec3 && dname_labels(name) > dname_labels(z->name.bytes))
			n = ring_add(ring, n, name = dname_parent(name));
	}
	qsort(ring, n, sizeof(*ring), z->nsec3 ? by_hash : by_name);
	return n;
}

static void
hash_owner(const struct wzone *z, const uint8_t hash[20], struct dname *out)
{
	uint64_t bits = 0;

	out->bytes[0] = 32;
	for (unsigned i = 0; i < 20; i++) {
		bits = bits << 8 | hash[i];
		for (unsigned k = 0; i % 5 == 4 && k < 8; k++)
			out->bytes[1 + i / 5 * 8 + k] =
			    (uint8_t) "0123456789abcdefghijklmnopqrstuv"
				[bits >> (35 - 5 * k) & 31];
	}
	out->len = (uint8_t)(33 + dname_copy(out->bytes + 33, z->name.bytes));
}

static void
make_ring(const struct wzone *z)
{
	static struct ring_name ring[64];
	unsigned n = ring_of(z, ring);

	for (unsigned i = 0; i < n; i++) {
		const struct ring_name *next = &ring[(i + 1) % n];
		struct dname owner = ring[i].name;
		struct wset *set;

		if (z->nsec3)
			hash_owner(z, ring[i].hash, &owner);
		set = set_at(z, owner.bytes, z->nsec3 ? TYPE_NSEC3 : TYPE_NSEC);
		if (z->nsec3) {
			put(&set->records[0], "\1\0\0\1\0\24", 6);
			put(&set->records[0], next->hash, 20);
		} else {
			put(&set->records[0], next->name.bytes, next->name.len);
		}
		put_types(&set->records[0], z, ring[i].name.bytes,
		    z->nsec3 ? TYPE_RRSIG : TYPE_NSEC);
	}
}

void
world_make(void)
{
	for (size_t i = 0; i < ZONES; i++)
		zones[i].name = name_of(zones[i].text);
	make_data();
	for (size_t i = 0; i < ZONES; i++)
		if (zones[i].kind != ZONE_PLAIN)
			make_key(&zones[i], (uint8_t)(i + 1));
	make_anchor();
	for (size_t i = 1; i < ZONES; i++)
		if (zones[i].kind != ZONE_PLAIN)
			make_ds(&zones[i], set_at(zone_of(zones[i].name.bytes, true),
					       zones[i].name.bytes, TYPE_DS));
	for (size_t i = 0; i < ZONES; i++)
		if (zones[i].kind != ZONE_PLAIN)
			make_ring(&zones[i]);
	for (unsigned i = 0; i < set_count; i++)
		if (zones[sets[i].zone].kind != ZONE_PLAIN)
			sign(&sets[i], &zones[sets[i].zone]);
}

/* ---- serving ---- */

static void
add(struct wreply *r, unsigned section, const struct wset *set, const uint8_t *as,
    bool with_sigs)
{
	struct wset *copy;

	if (set == NULL || r->count == REPLY_SETS_MAX)
		return;
	r->sets[r->count].section = (uint8_t)section;
	copy = &r->sets[r->count++].set;
	*copy = *set;
	dname_set(&copy->owner, as);
	if (!with_sigs)
		copy->sig_count = 0;
}

static const struct wset *
find_in(const struct wzone *z, const uint8_t *name, uint16_t type)
{
	for (unsigned i = 0; i < set_count; i++)
		if (sets[i].zone == z - zones && sets[i].type == type &&
		    dname_equal(sets[i].owner.bytes, name))
			return &sets[i];
	return NULL;
}

static void
add_proofs(const struct wzone *z, struct wreply *r)
{
	for (unsigned i = 0; i < set_count; i++)
		if (sets[i].zone == z - zones &&
		    (sets[i].type == TYPE_NSEC || sets[i].type == TYPE_NSEC3))
			add(r, 1, &sets[i], sets[i].owner.bytes, true);
}

/* True: ${name} is in a zone below ${z}, which the reply now says. */
static bool
refer(const struct wzone *z, const uint8_t *name, uint16_t type, struct wreply *r)
{
	const struct wzone *cut = zone_of(name, type == TYPE_DS), *up;
	const struct wset *ns, *ds;

	if (cut == z)
		return false;
	while ((up = zone_of(cut->name.bytes, true)) != z && up != cut)
		cut = up;
	if (up != z)
		return false;
	ns = world_find(cut->name.bytes, TYPE_NS);
	ds = find_in(z, cut->name.bytes, TYPE_DS);
	add(r, 1, ns, cut->name.bytes, false);
	if (ds != NULL)
		add(r, 1, ds, cut->name.bytes, true);
	else
		add_proofs(z, r);
	add(r, 2, world_find(ns->records[0].at, TYPE_A), ns->records[0].at, false);
	r->flags = 0;
	return true;
}

static void
deny(const struct wzone *z, uint16_t rcode, struct wreply *r)
{
	r->rcode = rcode;
	add(r, 1, find_in(z, z->name.bytes, TYPE_SOA), z->name.bytes, true);
	add_proofs(z, r);
}

static const struct wset *
find_dname(const struct wzone *z, const uint8_t *name)
{
	const struct wset *set = NULL;

	while (set == NULL && *name != 0)
		set = find_in(z, name = dname_parent(name), TYPE_DNAME);
	return set;
}

/* The set of the wildcard at the closest encloser; ${*there}: there is such a wildcard.
 */
static const struct wset *
find_wildcard(const struct wzone *z, const uint8_t *name, uint16_t type, bool *there)
{
	static const uint8_t star[] = { 1, '*', 0 };
	uint8_t wild[DNAME_MAX];

	while (!world_exists(name))
		name = dname_parent(name);
	*there = dname_concat(wild, star, 1, name) == ERR_OK && world_exists(wild);
	return *there ? find_in(z, wild, type) : NULL;
}

static void
answer_in(const struct wzone *z, const uint8_t *name, uint16_t type, struct wreply *r)
{
	const struct wset *set = find_in(z, name, type);
	bool wildcard = false;

	if (set == NULL)
		set = find_in(z, name, TYPE_CNAME);
	if (set == NULL && (set = find_dname(z, name)) != NULL) {
		add(r, 0, set, set->owner.bytes, true);
		return;
	}
	if (set == NULL && !world_exists(name) &&
	    (set = find_wildcard(z, name, type, &wildcard)) != NULL)
		add_proofs(z, r);
	if (set != NULL)
		add(r, 0, set, name, true);
	else
		deny(z, wildcard || world_exists(name) ? RCODE_NOERROR : RCODE_NXDOMAIN,
		    r);
}

void
world_answer(unsigned server, const uint8_t *name, uint16_t type, struct wreply *out)
{
	const struct wzone *z = &zones[server < ZONES ? server : 0];

	memset(out, 0, offsetof(struct wreply, sets));
	out->flags = FLAG_QR | FLAG_AA;
	if (!dname_is_below(name, z->name.bytes) ||
	    (type == TYPE_DS && dname_equal(name, z->name.bytes) && *name != 0))
		out->rcode = RCODE_REFUSED;
	else if (!refer(z, name, type, out))
		answer_in(z, name, type, out);
}

void
world_resolve(const uint8_t *name, uint16_t type, struct wreply *out)
{
	const struct wzone *z = zone_of(name, type == TYPE_DS);

	world_answer(z->server, name, type, out);
	out->flags = FLAG_QR | FLAG_RA;
}

void
world_spoil(struct wset *set, unsigned count)
{
	struct bytes good = set->sigs[0];

	CHECK(set->sig_count == 1 && count < SIGS_MAX);
	for (unsigned i = 0; i < count; i++) {
		set->sigs[i] = good;
		set->sigs[i].at[good.len - 1] ^= (uint8_t)(i + 1);
	}
	set->sigs[count] = good;
	set->sig_count = count + 1;
}

/* ---- writing ---- */

struct out {
	uint8_t *bytes;
	size_t at, cap;
};

static bool
put_record(
    struct out *o, const struct wset *set, uint16_t type, const struct bytes *rdata)
{
	struct bytes head = { .len = 0 };

	put(&head, set->owner.bytes, set->owner.len);
	put_u16(&head, type);
	put_u16(&head, CLASS_IN);
	put_u32(&head, set->ttl_sec);
	put_u16(&head, rdata->len);
	if (o->at + head.len + rdata->len > o->cap)
		return false;
	memcpy(o->bytes + o->at, head.at, head.len);
	memcpy(o->bytes + o->at + head.len, rdata->at, rdata->len);
	o->at += head.len + (size_t)rdata->len;
	return true;
}

static unsigned
put_section(struct out *o, const struct wreply *r, unsigned section)
{
	unsigned count = 0;

	for (unsigned i = 0; i < r->count; i++) {
		const struct wset *set = &r->sets[i].set;

		if (r->sets[i].section != section)
			continue;
		for (unsigned k = 0; k < set->count; k++)
			count += put_record(o, set, set->type, &set->records[k]);
		for (unsigned k = 0; k < set->sig_count; k++)
			count += put_record(o, set, TYPE_RRSIG, &set->sigs[k]);
	}
	return count;
}

size_t
world_write(const struct wreply *r, const uint8_t *query, size_t query_len, uint8_t *out,
    size_t cap)
{
	static const uint8_t opt[] = { 0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 0 };
	size_t question_len = MSG_HEADER_LEN + dname_len(query + MSG_HEADER_LEN) + 4;
	struct out o = { out, question_len, cap - sizeof(opt) };
	unsigned flags = r->flags | FLAG_QR | (r->rcode & 15u);

	CHECK(question_len <= query_len);
	memcpy(out, query, question_len);
	out[2] = (uint8_t)(flags >> 8);
	out[3] = (uint8_t)flags;
	for (unsigned section = 0; section < 3; section++) {
		unsigned count = put_section(&o, r, section) + (section == 2);

		out[6 + 2 * section] = (uint8_t)(count >> 8);
		out[7 + 2 * section] = (uint8_t)count;
	}
	memcpy(out + o.at, opt, sizeof(opt));
	return o.at + sizeof(opt);
}
