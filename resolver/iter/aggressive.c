#include "resolver/iter/aggressive.h"

#include <string.h>

#include "cache/rrcache_denial.h"
#include "resolver/dnssec/anchors.h"
#include "resolver/dnssec/denial.h"
#include "resolver/iter/result.h"
#include "resolver/iter/validate.h"

/*
 * Answers made from what is known not to be there.
 *
 * Sources: RFC 8198 (4 to 5.4), RFC 9077 (TTLs), RFC 6840 4.1 (whose word counts beneath
 * a cut), RFC 5155 6 (opt-out), RFC 9276 (iterations).
 *
 *   1. The zone: the deepest at or above the name of which any proof is kept (for DS:
 *      above the name, RFC 4035 3.1.4.1), but none above a stub or forward zone that the
 *      name is in, and none for names under a negative trust anchor.
 *   2. NSEC: the record at the name, or the one before it. At the name: NODATA, perhaps.
 *      Before it: the name is an empty non-terminal (NODATA), or there is a gap. The gap
 *      tells the closest encloser, and so the one wildcard that could answer: its sets
 *      may be in the cache; else its own record shows that it is not there (NXDOMAIN) or
 *      that it lacks the type (NODATA).
 *   3. NSEC3: the same with hashes, from the zone downward, as resolver/dnssec/nsec3.c
 *      does it. Names of which nothing is known are passed over: with a denial comes the
 *      record of the closest encloser and of none above it, with an expanded answer not
 *      even that (RFC 5155 7.2.6), for the wildcard itself shows its parent to be there.
 *      Each hash is paid from the question's budget, and HASHES_MAX for one attempt.
 *      What opt-out covers may be there after all (RFC 5155 6): it proves nothing here.
 *   4. The records found are what a server would have sent. denial_check judges them as
 *      if it had: nothing here decides that anything is proved.
 *   5. A negative answer needs the zone's SOA. Everything in an answer gets the least of
 *      the TTLs and of the SOA's MINIMUM (RFC 8198 5.4, RFC 9077 3).
 *
 * What is not kept: a record whose span holds no other name (RFC 4470, RFC 9824: made on
 * the spot, good for one question), and NSEC3 of more than ITERATIONS_MAX iterations.
 */

/* For one attempt: four labels more than the zone has, the zone and the wildcard. */
#define HASHES_MAX 6u
/* Of the question's, so many are left to validation: this here only spares queries. */
#define HASHES_KEPT 64u
/* RFC 9276 3.1 asks for 0; what 50 passes cost is more than a made-up name is worth. */
#define ITERATIONS_MAX 10u

/** A proof on its way. */
struct attempt {
	struct iter_task *t;
	struct frame *f;
	struct arena *arena;
	uint64_t now_ms; /* as the cache stood then */
	struct dname zone;
	struct rrset *proofs;	/* found so far */
	struct rrset *positive; /* the wildcard's, when it has the type or an alias */
	enum denial_claim claim;
	unsigned wildcard_labels; /* of the closest encloser */
	unsigned hashes_left;
	struct rrcache_ring ring;
};

/* ---- 1. the zone ---- */

static bool
is_wanted(const struct iter_task *t, const struct frame *f)
{
	/* A probe wants to know what servers say. */
	if (!t->conf->aggressive_nsec || !t->conf->validation || t->probe)
		return false;
	return f->qtype != TYPE_ANY && f->purpose != FRAME_PRIME &&
	       f->purpose != FRAME_DNSKEY && !(f->qtype == TYPE_DS && f->labels == 0);
}

static bool
find_zone(struct iter_task *t, const uint8_t *name, uint16_t qtype, uint64_t now_ms,
    struct dname *zone)
{
	const struct conf_zone *policy = conf_zone_of(t->conf, name);
	const struct rrset *anchor;

	if (!rrcache_denial_zone(t->it->env.rrcache,
		qtype == TYPE_DS ? dname_parent(name) : name, now_ms, zone))
		return false;
	if (policy != NULL && !dname_is_below(zone->bytes, policy->name))
		return false;
	anchor = anchors_find(t->anchors, zone->bytes);
	return anchor != NULL && !anchors_denied(t->anchors, name, anchor->owner);
}

/* ---- 2. NSEC ---- */

static void
add_proof(struct attempt *a, struct rrset *set)
{
	if (rrset_find(a->proofs, set->owner, set->type) == NULL)
		rrset_append(&a->proofs, set);
}

static bool
wildcard_at(const uint8_t *name, unsigned labels, uint8_t out[DNAME_MAX])
{
	static const uint8_t asterisk[] = { 1, '*', 0 };

	return labels < dname_labels(name) &&
	       dname_concat(out, asterisk, 1, dname_suffix(name, labels)) == ERR_OK;
}

/* The wildcard at the closest encloser may have what is asked for. */
static bool
find_positive(struct attempt *a, const uint8_t *wildcard)
{
	struct rrcache *c = a->t->it->env.rrcache;
	uint16_t types[] = { a->f->qtype, TYPE_CNAME };
	unsigned count = result_alias_leads(a->f->qtype) ? 2 : 1;

	for (unsigned i = 0; i < count && a->positive == NULL; i++)
		a->positive = rrcache_denial_wildcard(
		    c, a->zone.bytes, wildcard, types[i], a->now_ms, a->arena);
	if (a->positive != NULL)
		a->claim = DENIAL_WILDCARD_ANSWER;
	return a->positive != NULL;
}

/* Of ${name} or before it, in ${out} too; NULL: not known. */
static struct rrset *
nsec_before(const struct attempt *a, const uint8_t *name, struct nsec_view *out)
{
	struct rrset *set = rrcache_denial_nsec(
	    a->t->it->env.rrcache, a->zone.bytes, name, a->now_ms, a->arena);

	return set != NULL && nsec_view(set, a->zone.bytes, out) ? set : NULL;
}

static unsigned
encloser_labels(const struct nsec_view *n, const uint8_t *name)
{
	unsigned before = dname_common_labels(n->owner, name);
	unsigned behind = dname_common_labels(n->next, name);

	return before > behind ? before : behind;
}

static bool
find_nsec(struct attempt *a)
{
	const uint8_t *name = a->f->name;
	uint8_t wildcard[DNAME_MAX];
	struct nsec_view n;
	struct rrset *set = nsec_before(a, name, &n);

	if (set == NULL)
		return false;
	add_proof(a, set);
	a->claim = DENIAL_NODATA;
	if (dname_equal(n.owner, name))
		return true;
	if (!nsec_covers(n.owner, n.next, name) ||
	    (n.ends_here && dname_is_below(name, n.owner)))
		return false;
	if (dname_is_below(n.next, name))
		return true;
	a->wildcard_labels = encloser_labels(&n, name);
	if (!wildcard_at(name, a->wildcard_labels, wildcard))
		return false;
	if (find_positive(a, wildcard))
		return true;
	if ((set = nsec_before(a, wildcard, &n)) == NULL)
		return false;
	add_proof(a, set);
	if (!dname_equal(n.owner, wildcard) && !dname_is_below(n.next, wildcard))
		a->claim = DENIAL_NXDOMAIN;
	return true;
}

/* ---- 3. NSEC3 ---- */

static bool
hash_of(struct attempt *a, const uint8_t *name, uint8_t out[NSEC3_HASH_BYTES])
{
	struct dnssec_budget *budget = &a->t->validation.budget;

	if (a->hashes_left == 0 || budget->hashes <= HASHES_KEPT)
		return false;
	a->hashes_left--;
	budget->hashes--;
	return nsec3_hash(name, a->ring.salt, a->ring.salt_len, a->ring.iterations, out);
}

/* What is known of ${name} in the ring: nothing, that it is there, or that it is not. */
enum nsec3_word { NSEC3_UNKNOWN, NSEC3_MATCHES, NSEC3_COVERS };

static enum nsec3_word
nsec3_word(
    struct attempt *a, const uint8_t *name, struct rrset **set, struct nsec3_view *out)
{
	uint8_t hash[NSEC3_HASH_BYTES];

	if (!hash_of(a, name, hash))
		return NSEC3_UNKNOWN;
	*set = rrcache_denial_nsec3(
	    a->t->it->env.rrcache, a->zone.bytes, &a->ring, hash, a->now_ms, a->arena);
	if (*set == NULL || !nsec3_view(*set, a->zone.bytes, out))
		return NSEC3_UNKNOWN;
	if (memcmp(out->hash, hash, sizeof(hash)) == 0)
		return NSEC3_MATCHES;
	return nsec3_view_covers(out, hash) ? NSEC3_COVERS : NSEC3_UNKNOWN;
}

/* The gap is at ${labels} + 1 labels; ${encloser}, NULL when only a wildcard could be
 * made of it, and ${next_closer} show it. */
static bool
find_nsec3_wildcard(
    struct attempt *a, unsigned labels, struct rrset *encloser, struct rrset *next_closer)
{
	uint8_t wildcard[DNAME_MAX];
	struct nsec3_view n;
	struct rrset *set;

	a->wildcard_labels = labels;
	if (!wildcard_at(a->f->name, labels, wildcard))
		return false;
	if (find_positive(a, wildcard)) {
		add_proof(a, next_closer);
		return true;
	}
	if (encloser == NULL)
		return false;
	add_proof(a, encloser);
	add_proof(a, next_closer);
	switch (nsec3_word(a, wildcard, &set, &n)) {
	case NSEC3_MATCHES:
		a->claim = DENIAL_NODATA;
		break;
	case NSEC3_COVERS:
		if (n.opt_out)
			return false;
		a->claim = DENIAL_NXDOMAIN;
		break;
	default:
		return false;
	}
	add_proof(a, set);
	return true;
}

/* From the zone downward: names that are there or of which nothing is known, then the
 * first that is not. */
static bool
find_nsec3(struct attempt *a)
{
	unsigned all = a->f->labels, top = dname_labels(a->zone.bytes);
	struct rrset *set, *above = NULL;
	struct nsec3_view n;

	for (unsigned i = top; i <= all; i++) {
		switch (nsec3_word(a, dname_suffix(a->f->name, i), &set, &n)) {
		case NSEC3_MATCHES:
			if (i == all) {
				add_proof(a, set);
				a->claim = DENIAL_NODATA;
				return true;
			}
			if (n.ends_here)
				return false;
			above = set;
			break;
		case NSEC3_COVERS:
			if (i == top || n.opt_out)
				return false;
			return find_nsec3_wildcard(a, i - 1, above, set);
		default:
			above = NULL;
			break;
		}
	}
	return false;
}

/* ---- 4. the judge ---- */

static bool
is_proved(struct attempt *a)
{
	struct dnssec_budget *budget = &a->t->validation.budget;
	uint32_t slice_max = budget->slice_max;
	enum denial_result result;
	enum dnssec_reason reason;

	/* Few hashes, which this step has to know: not to be put off. */
	budget->slice_max = 0;
	result = denial_check(a->claim, a->f->name, a->f->qtype, a->wildcard_labels,
	    a->zone.bytes, a->proofs, budget, &reason);
	budget->slice_max = slice_max;
	return result == DENIAL_PROVED;
}

static bool
prove(struct attempt *a)
{
	if (find_nsec(a) && is_proved(a))
		return true;
	a->proofs = NULL;
	a->positive = NULL;
	return rrcache_denial_ring(
		   a->t->it->env.rrcache, a->zone.bytes, a->now_ms, &a->ring) &&
	       find_nsec3(a) && is_proved(a);
}

/* ---- 5. the answer ---- */

static uint32_t
least_ttl(const struct rrset *list, uint32_t ttl_sec)
{
	for (; list != NULL; list = list->next)
		if (list->ttl_sec < ttl_sec)
			ttl_sec = list->ttl_sec;
	return ttl_sec;
}

static void
set_ttl(struct rrset *list, uint32_t ttl_sec)
{
	for (; list != NULL; list = list->next)
		list->ttl_sec = ttl_sec;
}

static enum step_id
deny(struct attempt *a)
{
	struct iter_task *t = a->t;
	struct frame *f = a->f;
	struct rrset *soa =
	    rrcache_denial_soa(t->it->env.rrcache, a->zone.bytes, t->now_ms, a->arena);
	bool nxdomain = a->claim == DENIAL_NXDOMAIN;

	if (soa == NULL)
		return STEP_DELEGATION;
	soa->next = a->proofs;
	set_ttl(soa, least_ttl(soa, rrset_soa_minimum(soa)));
	if (soa->ttl_sec == 0)
		return STEP_DELEGATION;
	task_count(
	    t, nxdomain ? ITER_COUNT_AGGRESSIVE_NXDOMAIN : ITER_COUNT_AGGRESSIVE_NODATA);
	f->rcode = nxdomain ? RCODE_NXDOMAIN : RCODE_NOERROR;
	if (frame_is_link(f) || (frame_is_question(f) && !task_validates(t)))
		f->authority = soa;
	else if (frame_is_question(f))
		result_deny(f, f->name, soa);
	return STEP_FINISH;
}

static enum step_id
expand(struct attempt *a)
{
	struct iter_task *t = a->t;
	struct frame *f = a->f;
	struct rrset *set = a->positive, *next;
	struct rrset *soa =
	    rrcache_denial_soa(t->it->env.rrcache, a->zone.bytes, t->now_ms, a->arena);
	uint32_t ttl_sec = least_ttl(set, least_ttl(a->proofs, UINT32_MAX));

	if (soa != NULL && rrset_soa_minimum(soa) < ttl_sec)
		ttl_sec = rrset_soa_minimum(soa);
	if (ttl_sec == 0)
		return STEP_DELEGATION;
	set->owner = f->name;
	set->ttl_sec = ttl_sec;
	set_ttl(a->proofs, ttl_sec);
	task_count(t, ITER_COUNT_AGGRESSIVE_WILDCARD);
	for (struct rrset *s = a->proofs; s != NULL && frame_is_question(f); s = next) {
		next = s->next;
		s->next = NULL;
		if (rrset_find_same(f->authority, s) == NULL)
			rrset_append(&f->authority, s);
	}
	if (set->type == TYPE_CNAME && f->qtype != TYPE_CNAME)
		return result_follow_cname(t, f, set);
	rrset_append(&f->answer, set);
	f->rcode = RCODE_NOERROR;
	return STEP_FINISH;
}

enum step_id
aggressive_step(struct iter_task *t, struct frame *f)
{
	struct attempt a = {
		.t = t, .f = f, .now_ms = t->now_ms, .hashes_left = HASHES_MAX
	};
	const uint8_t *zone;

	if (!is_wanted(t, f) || !find_zone(t, f->name, f->qtype, t->now_ms, &a.zone))
		return STEP_DELEGATION;
	a.arena = result_arena(t, f);
	if (!prove(&a))
		return STEP_DELEGATION;
	/* An alias is no link of a chain: see lookup_step. */
	if (a.positive != NULL && frame_is_link(f))
		return STEP_DELEGATION;
	if (frame_is_question(f) && t->facts_zone == NULL &&
	    (zone = arena_copy(t->arena, a.zone.bytes, a.zone.len)) != NULL)
		t->facts_zone = zone;
	return a.positive != NULL ? expand(&a) : deny(&a);
}

/* ---- QNAME minimisation ---- */

static bool
exists_by_nsec(const struct attempt *a, const uint8_t *name)
{
	struct nsec_view n;

	if (nsec_before(a, name, &n) == NULL)
		return false;
	if (dname_equal(n.owner, name))
		return !n.is_cut;
	return !(n.ends_here && dname_is_below(name, n.owner)) &&
	       nsec_covers(n.owner, n.next, name) && dname_is_below(n.next, name);
}

/* Empty non-terminals have records here, but for those that opted out. */
static bool
exists_by_nsec3(struct attempt *a, const uint8_t *name)
{
	struct nsec3_view n;
	struct rrset *set;

	return rrcache_denial_ring(
		   a->t->it->env.rrcache, a->zone.bytes, a->now_ms, &a->ring) &&
	       nsec3_word(a, name, &set, &n) == NSEC3_MATCHES && !n.is_cut;
}

bool
aggressive_exists(struct iter_task *t, const struct frame *f, const uint8_t *name)
{
	struct frame probe = { .name = name, .qtype = TYPE_A };
	struct attempt a = {
		.t = t,
		.f = &probe,
		.arena = t->it->scratch,
		.now_ms = t->now_ms,
		.hashes_left = 1,
	};

	return is_wanted(t, f) && find_zone(t, name, TYPE_A, t->now_ms, &a.zone) &&
	       f->zone != NULL && dname_equal(a.zone.bytes, f->zone) &&
	       (exists_by_nsec(&a, name) || exists_by_nsec3(&a, name));
}

/* ---- expanded sets whose proof is not at hand ---- */

/* Into ${a->proofs} what shows that nothing stood nearer to the name than the wildcard.
 */
static bool
find_expansion(struct attempt *a)
{
	const uint8_t *next_closer = dname_suffix(a->f->name, a->wildcard_labels + 1);
	struct nsec_view n;
	struct nsec3_view n3;
	struct rrset *set = nsec_before(a, a->f->name, &n);

	if (set != NULL) {
		add_proof(a, set);
		if (is_proved(a))
			return true;
		a->proofs = NULL;
	}
	if (!rrcache_denial_ring(
		a->t->it->env.rrcache, a->zone.bytes, a->now_ms, &a->ring) ||
	    nsec3_word(a, next_closer, &set, &n3) != NSEC3_COVERS)
		return false;
	add_proof(a, set);
	return is_proved(a);
}

struct rrset *
aggressive_expansion(
    struct iter_task *t, const struct rrset *set, unsigned labels, uint64_t at_ms)
{
	struct frame probe = {
		.name = set->owner,
		.qtype = set->type,
		.labels = (uint8_t)dname_labels(set->owner),
	};
	struct attempt a = {
		.t = t,
		.f = &probe,
		.arena = t->arena,
		.now_ms = at_ms,
		.claim = DENIAL_WILDCARD_ANSWER,
		.wildcard_labels = labels,
		.hashes_left = 1,
	};

	if (labels >= probe.labels || !is_wanted(t, &probe) ||
	    !find_zone(t, set->owner, set->type, at_ms, &a.zone) ||
	    labels < dname_labels(a.zone.bytes))
		return NULL;
	return find_expansion(&a) ? a.proofs : NULL;
}

/* ---- what is learnt ---- */

/* The next name is the first that could be there: "\000" beneath the owner (RFC 4470,
 * RFC 9824). */
static bool
is_narrow(const struct nsec_view *n)
{
	return n->next[0] == 1 && n->next[1] == 0 &&
	       dname_equal(dname_parent(n->next), n->owner);
}

/* No honest zone has two names whose hashes share 8 bytes. */
static bool
is_narrow3(const struct nsec3_view *n)
{
	return memcmp(n->hash, n->next, 8) == 0 && memcmp(n->hash, n->next, 20) != 0;
}

static void
learn_nsec(struct iter_task *t, const uint8_t *zone, const struct rrset *set)
{
	struct nsec_view n;

	if (nsec_view(set, zone, &n) && !is_narrow(&n))
		rrcache_denial_put_nsec(t->it->env.rrcache, zone, set, t->now_ms);
}

static void
learn_nsec3(struct iter_task *t, const uint8_t *zone, const struct rrset *set)
{
	struct rrcache_ring ring;
	struct nsec3_view n;

	if (!nsec3_view(set, zone, &n) || n.iterations > ITERATIONS_MAX || is_narrow3(&n))
		return;
	ring.iterations = n.iterations;
	ring.salt_len = n.salt_len;
	memcpy(ring.salt, n.salt, n.salt_len);
	rrcache_denial_put_nsec3(t->it->env.rrcache, zone, &ring, n.hash, set, t->now_ms);
}

/*
 * A list may hold proofs of several zones, those of an alias and of its target: good
 * ones, each for its own zone alone. A child could sign what reaches out over its
 * siblings.
 */
static bool
is_of_zone(const struct rrset *set, const uint8_t *zone)
{
	struct dname signer;

	return set->security == SECURITY_SECURE && dname_is_below(set->owner, zone) &&
	       chain_signer(set, set->owner, &signer) && dname_equal(signer.bytes, zone);
}

void
aggressive_learn(struct iter_task *t, const uint8_t *zone, const struct rrset *list)
{
	if (!t->conf->aggressive_nsec)
		return;
	for (; list != NULL; list = list->next) {
		if (!is_of_zone(list, zone))
			continue;
		if (list->type == TYPE_NSEC)
			learn_nsec(t, zone, list);
		else if (list->type == TYPE_NSEC3)
			learn_nsec3(t, zone, list);
		else if (list->type == TYPE_SOA && dname_equal(list->owner, zone))
			rrcache_denial_put_soa(t->it->env.rrcache, zone, list, t->now_ms);
	}
}

void
aggressive_learn_wildcard(
    struct iter_task *t, const uint8_t *zone, const struct rrset *set, unsigned labels)
{
	uint8_t wildcard[DNAME_MAX];

	if (t->conf->aggressive_nsec && set->security == SECURITY_SECURE &&
	    wildcard_at(set->owner, labels, wildcard))
		rrcache_denial_put_wildcard(
		    t->it->env.rrcache, zone, wildcard, set, t->now_ms);
}
