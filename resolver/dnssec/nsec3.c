#include "resolver/dnssec/denial_private.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/dns.h"
#include "resolver/dnssec/memo.h"
#include "resolver/dnssec/typemap.h"
#include "resolver/dnssec/work.h"
#include "resolver/wire/reader.h"

/*
 * NSEC3: the ring of a zone's hashed names (RFC 5155).
 *
 * Sources: RFC 5155 8, RFC 6840 4, RFC 9276 (what iterations are worth: nothing),
 * CVE-2023-50868 (what they cost: a question with many labels against records with many
 * iterations kept a resolver busy for seconds).
 *
 * A hash tells nothing of the names around it. So a closest encloser is not read off a
 * record as with NSEC but guessed, and each guess is a hash. The steps:
 *
 *   1. Read what the list has: SHA-1, no flag but opt-out (RFC 5155 8.1 and 8.2), an
 *      owner of one label directly beneath the zone that is 20 bytes in base32hex, a next
 *      hash of 20 bytes, a bitmap that parses.
 *   2. More iterations than NSEC3_ITERATIONS_MAX in any of them: the zone is insecure
 *      (RFC 9276 3.2). Nothing has been hashed by then.
 *   3. Records of one salt and one number of iterations are a ring; pieces of different
 *      rings prove nothing together. Each ring is tried alone, NSEC3_RINGS_MAX of them: a
 *      zone that changes its salt has an old one and a new one.
 *   4. A record matches the name whose hash is its owner, and covers those whose hash
 *      lies between it and the next (a ring of one record: all but its own).
 *   5. The closest encloser (RFC 5155 8.3) is an ancestor of the name that a record
 *      matches, while the one a label longer, the *next closer* name, is covered. We look
 *      from the zone downward. The RFC looks upward, which comes to the same, for a
 *      covered name has nothing beneath it; but downward a long made-up name costs two
 *      hashes, upward one for each of its labels. A match at a cut or a DNAME ends the
 *      search: what is beneath is not this zone's to deny (RFC 6840 4.1).
 *   6. The claims, each one function. Where the next closer name lies in an opt-out span,
 *      there may be a delegation without DS after all: the result is insecure (RFC 5155
 *      9.2), also for NODATA of another type than DS: an empty non-terminal that has only
 *      such delegations beneath it has no record of its own.
 *
 * Every hash is paid from the question's budget before it is made. The first that cannot
 * be made, or not in this slice, sticks: from then on nothing matches and nothing is
 * covered, and whatever the claim's function made of that, the result is DENIAL_LIMIT.
 */

#define HASH_LEN	20u
#define HASH_TEXT_LEN	32u /* in base32hex */
#define HASH_SHA1	1u  /* RFC 5155 11 */
#define FLAG_OPT_OUT	1u
#define NSEC3_RINGS_MAX 2u

struct nsec3 {
	uint8_t owner[HASH_LEN];
	const uint8_t *next; /* HASH_LEN bytes */
	const uint8_t *salt;
	uint8_t salt_len;
	bool opt_out;
	uint16_t iterations;
	struct typemap types;
};

struct records {
	size_t count;
	struct nsec3 at[DENIAL_RECORDS_MAX];
};

/* A claim on its way through one ring. */
struct proof {
	const struct denial *d;
	const struct records *records;
	const struct nsec3 *ring; /* a record whose salt and iterations are the ring's */
	EVP_MD_CTX *sha1;	  /* made for the first hash; NULL before */
	struct dnssec_budget *budget;
	enum dnssec_reason stopped; /* DNSSEC_OK as long as every hash was made */
	bool name_hashed;
	uint8_t name_hash[HASH_LEN];
};

/* SHA-1 of a || b into ${out}, which may be ${a}. */
static bool
digest(EVP_MD_CTX *ctx, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
    uint8_t out[HASH_LEN])
{
	/* NULL: the algorithm that is set already, which need not be looked up again. */
	return EVP_DigestInit_ex(ctx, NULL, NULL) == 1 &&
	       EVP_DigestUpdate(ctx, a, a_len) == 1 &&
	       EVP_DigestUpdate(ctx, b, b_len) == 1 &&
	       EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

/* A context in which SHA-1 is set up: looking it up costs more than a few passes of it.
 */
static EVP_MD_CTX *
new_context(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* RFC 5155 5: the first pass is not counted among the iterations. */
static bool
hash_name(EVP_MD_CTX *ctx, const uint8_t *name, const uint8_t *salt, uint8_t salt_len,
    uint16_t iterations, uint8_t out[HASH_LEN])
{
	uint8_t lower[DNAME_MAX];
	size_t len = dname_copy_lower(lower, name);
	bool good = ctx != NULL && digest(ctx, lower, len, salt, salt_len, out);

	for (unsigned i = 0; good && i < iterations; i++)
		good = digest(ctx, out, HASH_LEN, salt, salt_len, out);
	return good;
}

bool
nsec3_hash(const uint8_t *name, const uint8_t *salt, uint8_t salt_len,
    uint16_t iterations, uint8_t out[HASH_LEN])
{
	EVP_MD_CTX *ctx = new_context();
	bool good = hash_name(ctx, name, salt, salt_len, iterations, out);

	EVP_MD_CTX_free(ctx);
	return good;
}

/* RFC 4648 7: 0-9, a-v; -1: not a digit. */
static int
base32hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'V')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'v')
		return c - 'a' + 10;
	return -1;
}

/* The label of a hashed owner name: 32 digits of five bits are 20 bytes and nothing more.
 */
static bool
read_hash(const uint8_t *label, uint8_t out[HASH_LEN])
{
	uint64_t bits = 0;

	if (label[0] != HASH_TEXT_LEN)
		return false;
	for (unsigned i = 0; i < HASH_TEXT_LEN; i++) {
		int value = base32hex_value(label[1 + i]);

		if (value < 0)
			return false;
		bits = bits << 5 | (unsigned)value;
		if (i % 8 != 7)
			continue;
		for (unsigned k = 0; k < 5; k++)
			out[i / 8 * 5 + k] = (uint8_t)(bits >> (32 - 8 * k));
	}
	return true;
}

/* Step 1, the owner: a hash, directly beneath the zone. */
static bool
read_owner(const uint8_t *owner, const uint8_t *zone, uint8_t out[HASH_LEN])
{
	return read_hash(owner, out) && dname_equal(dname_parent(owner), zone);
}

/* Step 1, the rest (RFC 5155 3.2). */
static bool
read_rdata(const struct rdata *rdata, struct nsec3 *out)
{
	struct reader r;
	uint8_t algorithm, flags, next_len;

	reader_init(&r, rdata->bytes, rdata->len);
	algorithm = reader_u8(&r);
	flags = reader_u8(&r);
	out->iterations = reader_u16(&r);
	out->salt_len = reader_u8(&r);
	out->salt = reader_bytes(&r, out->salt_len);
	next_len = reader_u8(&r);
	out->next = reader_bytes(&r, next_len);
	out->types.len = reader_left(&r);
	out->types.bytes = reader_bytes(&r, out->types.len);
	out->opt_out = flags == FLAG_OPT_OUT;
	return !r.failed && algorithm == HASH_SHA1 && (flags & ~FLAG_OPT_OUT) == 0 &&
	       next_len == HASH_LEN && typemap_valid(&out->types);
}

static void
read_records(struct records *out, const uint8_t *zone, const struct rrset *sets)
{
	out->count = 0;
	for (; sets != NULL && out->count < DENIAL_RECORDS_MAX; sets = sets->next) {
		struct nsec3 *n = &out->at[out->count];

		if (denial_set_usable(sets, TYPE_NSEC3) &&
		    read_owner(sets->owner, zone, n->owner) &&
		    read_rdata(&sets->rdata[0], n))
			out->count++;
	}
}

/* Step 2. */
static bool
iterates_too_often(const struct records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		if (records->at[i].iterations > NSEC3_ITERATIONS_MAX)
			return true;
	}
	return false;
}

/* Step 3. */
static bool
is_same_ring(const struct nsec3 *a, const struct nsec3 *b)
{
	return a->iterations == b->iterations && a->salt_len == b->salt_len &&
	       memcmp(a->salt, b->salt, a->salt_len) == 0;
}

/* The record at ${i} is the first of its ring. */
static bool
begins_ring(const struct records *records, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (is_same_ring(&records->at[k], &records->at[i]))
			return false;
	}
	return true;
}

/* In units of work: a pass of SHA-1 takes 0.3 us to set up and 0.1 us for each block of
 * 64 bytes, its padding included. */
static uint32_t
hash_cost(const struct nsec3 *ring)
{
	uint32_t blocks = (HASH_LEN + ring->salt_len + 9u + 63u) / 64u;

	return 1 + (ring->iterations + 1u) * (3 + blocks) / 10;
}

static uint64_t
hash_id(const struct proof *p, const uint8_t *name)
{
	const struct dnssec_memo *memo = p->budget->memo;
	uint8_t lower[DNAME_MAX];
	uint64_t id = memo_add_id(memo, 0, lower, dname_copy_lower(lower, name));

	id = memo_add_id(memo, id, &p->ring->iterations, sizeof(p->ring->iterations));
	return memo_add_id(memo, id, p->ring->salt, p->ring->salt_len);
}

/* The one place where hashes are made and paid for. */
static bool
pay_and_hash(struct proof *p, const uint8_t *name, uint8_t out[HASH_LEN])
{
	uint64_t id = hash_id(p, name);

	if (p->stopped != DNSSEC_OK)
		return false;
	if (memo_hashed(p->budget->memo, id, out))
		return true;
	if ((p->stopped = work_hash(p->budget, hash_cost(p->ring))) != DNSSEC_OK)
		return false;
	if (p->sha1 == NULL)
		p->sha1 = new_context();
	if (!hash_name(p->sha1, name, p->ring->salt, p->ring->salt_len,
		p->ring->iterations, out)) {
		p->stopped = DNSSEC_INNER;
		return false;
	}
	memo_put_hashed(p->budget->memo, id, out);
	return true;
}

/* The name asked for is looked at twice, for a match and as a next closer name: its hash
 * is kept. */
static bool
hash_of(struct proof *p, const uint8_t *name, uint8_t out[HASH_LEN])
{
	if (name != p->d->name)
		return pay_and_hash(p, name, out);
	if (!p->name_hashed && !pay_and_hash(p, name, p->name_hash))
		return false;
	p->name_hashed = true;
	memcpy(out, p->name_hash, HASH_LEN);
	return true;
}

/* Step 4. */
static bool
matches(const struct nsec3 *n, const uint8_t hash[HASH_LEN])
{
	return memcmp(n->owner, hash, HASH_LEN) == 0;
}

static bool
covers(const struct nsec3 *n, const uint8_t hash[HASH_LEN])
{
	bool behind_owner = memcmp(n->owner, hash, HASH_LEN) < 0;
	bool before_next = memcmp(hash, n->next, HASH_LEN) < 0;

	if (memcmp(n->owner, n->next, HASH_LEN) < 0)
		return behind_owner && before_next;
	/* The last of the ring; or the only one, and then this means: not its owner. */
	return behind_owner || before_next;
}

/* The first record of the ring of which ${test} holds, or NULL. */
static const struct nsec3 *
find(const struct proof *p, bool (*test)(const struct nsec3 *, const uint8_t *),
    const uint8_t hash[HASH_LEN])
{
	for (size_t i = 0; i < p->records->count; i++) {
		const struct nsec3 *n = &p->records->at[i];

		if (is_same_ring(n, p->ring) && test(n, hash))
			return n;
	}
	return NULL;
}

static const struct nsec3 *
find_match(struct proof *p, const uint8_t *name)
{
	uint8_t hash[HASH_LEN];

	return hash_of(p, name, hash) ? find(p, matches, hash) : NULL;
}

static const struct nsec3 *
find_cover(struct proof *p, const uint8_t *name)
{
	uint8_t hash[HASH_LEN];

	return hash_of(p, name, hash) ? find(p, covers, hash) : NULL;
}

struct encloser {
	unsigned labels;
	bool opt_out; /* of the record that covers the next closer name */
};

/* Step 5. */
static bool
find_encloser(struct proof *p, struct encloser *out)
{
	unsigned all = dname_labels(p->d->name);
	bool above_matched = false;

	for (unsigned n = dname_labels(p->d->zone); n <= all; n++) {
		const struct nsec3 *record;
		uint8_t hash[HASH_LEN];

		if (!hash_of(p, dname_suffix(p->d->name, n), hash))
			return false;
		if ((record = find(p, matches, hash)) != NULL) {
			if (typemap_ends_here(&record->types))
				return false;
			above_matched = true;
			continue;
		}
		if (above_matched && (record = find(p, covers, hash)) != NULL) {
			*out = (struct encloser){ n - 1, record->opt_out };
			return true;
		}
		above_matched = false;
	}
	return false;
}

static enum denial_result
proved(bool opt_out)
{
	return opt_out ? DENIAL_PROVED_INSECURE : DENIAL_PROVED;
}

static enum denial_result
proved_if(bool condition)
{
	return condition ? DENIAL_PROVED : DENIAL_NOT_PROVED;
}

/* RFC 5155 8.4 */
static enum denial_result
prove_nxdomain(struct proof *p)
{
	struct encloser encloser;
	uint8_t wildcard[DNAME_MAX];

	if (!find_encloser(p, &encloser) ||
	    !denial_wildcard(p->d->name, encloser.labels, wildcard) ||
	    find_cover(p, wildcard) == NULL)
		return DENIAL_NOT_PROVED;
	return proved(encloser.opt_out);
}

/* RFC 5155 8.7, and 8.6 without the restriction to DS (step 6). */
static enum denial_result
prove_nodata_of_wildcard(struct proof *p)
{
	struct encloser encloser;
	const struct nsec3 *n;
	uint8_t wildcard[DNAME_MAX];

	if (!find_encloser(p, &encloser) ||
	    !denial_wildcard(p->d->name, encloser.labels, wildcard))
		return DENIAL_NOT_PROVED;
	n = find_match(p, wildcard);
	if (n == NULL)
		return encloser.opt_out ? DENIAL_PROVED_INSECURE : DENIAL_NOT_PROVED;
	if (!typemap_denies(&n->types, p->d->type, false))
		return DENIAL_NOT_PROVED;
	return proved(encloser.opt_out);
}

/* RFC 5155 8.5: a match is the last word; that of an empty non-terminal has no types. */
static enum denial_result
prove_nodata(struct proof *p)
{
	const struct nsec3 *n = find_match(p, p->d->name);

	if (n != NULL)
		return proved_if(typemap_denies(&n->types, p->d->type, *p->d->name == 0));
	return prove_nodata_of_wildcard(p);
}

/* RFC 5155 8.8: the wildcard itself shows its parent to be there, so one record will do.
 */
static enum denial_result
prove_wildcard_answer(struct proof *p)
{
	const struct nsec3 *n;

	if (!denial_wildcard_fits(p->d))
		return DENIAL_NOT_PROVED;
	n = find_cover(p, dname_suffix(p->d->name, p->d->wildcard_labels + 1));
	return n == NULL ? DENIAL_NOT_PROVED : proved(n->opt_out);
}

/* RFC 5155 8.9 */
static enum denial_result
prove_no_ds(struct proof *p)
{
	struct encloser encloser;
	const struct nsec3 *n;

	if (!dname_is_strictly_below(p->d->name, p->d->zone))
		return DENIAL_NOT_PROVED;
	if ((n = find_match(p, p->d->name)) != NULL)
		return proved_if(
		    typemap_is_cut(&n->types) && !typemap_has(&n->types, TYPE_DS));
	if (!find_encloser(p, &encloser) || !encloser.opt_out)
		return DENIAL_NOT_PROVED;
	return DENIAL_PROVED_INSECURE;
}

/* The claim by the ring that begins with the record ${first}. */
static enum denial_result
prove_by_ring(const struct denial *d, const struct records *records, size_t first,
    struct dnssec_budget *budget, enum dnssec_reason *reason)
{
	static enum denial_result (*const proofs[])(struct proof *) = {
		[DENIAL_NXDOMAIN] = prove_nxdomain,
		[DENIAL_NODATA] = prove_nodata,
		[DENIAL_WILDCARD_ANSWER] = prove_wildcard_answer,
		[DENIAL_NO_DS] = prove_no_ds,
	};
	struct proof p = {
		.d = d,
		.records = records,
		.ring = &records->at[first],
		.budget = budget,
		.stopped = DNSSEC_OK,
	};
	enum denial_result result = proofs[d->claim](&p);

	EVP_MD_CTX_free(p.sha1);
	if (p.stopped != DNSSEC_OK) {
		*reason = p.stopped;
		return DENIAL_LIMIT;
	}
	*reason = result == DENIAL_NOT_PROVED ? DNSSEC_MISSING_PROOF : DNSSEC_OK;
	return result;
}

enum denial_result
nsec3_prove(const struct denial *d, const struct rrset *sets,
    struct dnssec_budget *budget, enum dnssec_reason *reason)
{
	enum denial_result result = DENIAL_NOT_PROVED;
	struct records records;
	unsigned rings = 0;

	*reason = DNSSEC_MISSING_PROOF;
	read_records(&records, d->zone, sets);
	if (iterates_too_often(&records)) {
		*reason = DNSSEC_NSEC3_ITERATIONS;
		return DENIAL_PROVED_INSECURE;
	}
	for (size_t i = 0; i < records.count && rings < NSEC3_RINGS_MAX; i++) {
		if (!begins_ring(&records, i))
			continue;
		rings++;
		result = prove_by_ring(d, &records, i, budget, reason);
		if (result != DENIAL_NOT_PROVED)
			break;
	}
	return result;
}

bool
nsec3_view(const struct rrset *set, const uint8_t *zone, struct nsec3_view *out)
{
	struct nsec3 n;

	if (!denial_set_usable(set, TYPE_NSEC3) ||
	    !read_owner(set->owner, zone, n.owner) || !read_rdata(&set->rdata[0], &n))
		return false;
	*out = (struct nsec3_view){
		.next = n.next,
		.salt = n.salt,
		.iterations = n.iterations,
		.salt_len = n.salt_len,
		.opt_out = n.opt_out,
		.ends_here = typemap_ends_here(&n.types),
		.is_cut = typemap_is_cut(&n.types),
	};
	memcpy(out->hash, n.owner, HASH_LEN);
	return true;
}

bool
nsec3_view_covers(const struct nsec3_view *view, const uint8_t hash[HASH_LEN])
{
	struct nsec3 n = { .next = view->next };

	memcpy(n.owner, view->hash, HASH_LEN);
	return covers(&n, hash);
}
