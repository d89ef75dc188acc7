#include "resolver/iter/result.h"

#include "resolver/iter/blame.h"
#include "resolver/iter/frame.h"
#include "resolver/iter/prime.h"
#include "resolver/iter/rest.h"
#include "resolver/iter/validate.h"
#include "resolver/iter/zone.h"

/* Sets of one name that an answer to ANY tells: beyond is no honest name. In the cache
 * each type is an entry of its own, found by its hash: there is no list to grow
 * (CVE-2024-1737). */
#define TYPES_MAX 100u

/* NSEC and NSEC3 sets that are kept of one reply: as many as the cache keeps beside an
 * SOA. A denial needs four at most; who sends hundreds wants them told on. */
#define PROOFS_MAX (NEGATIVE_SETS_MAX - 1)

/* What was signed counts here already: the keys and DS sets of a chain are cached before
 * they are checked, and again each time that they are taken from there. */
static void
cap_ttl(const struct conf *c, struct rrset *set)
{
	chain_cap_ttl(set);
	if (set->ttl_sec > c->ttl_max_sec)
		set->ttl_sec = c->ttl_max_sec;
	if (set->ttl_sec < c->ttl_min_sec)
		set->ttl_sec = c->ttl_min_sec;
}

/* ${set} of the reply in hand: judged, capped, and kept in the cache when ${cache}. */
static void
learn(struct iter_task *t, struct rrset *set, bool cache)
{
	set->trust = (t->it->msg.flags & FLAG_AA) != 0 ? TRUST_ANSWER_AA : TRUST_ANSWER;
	cap_ttl(t->conf, set);
	/* Signatures asked for alone are no data: nothing vouches for them. */
	if (cache && set->type != TYPE_RRSIG)
		rrcache_put(t->it->env.rrcache, set, t->now_ms);
}

/* NULL at the arena's limit. Only the client's question outlives the reply. */
static struct rrset *
keep(struct iter_task *t, const struct frame *f, struct rrset *set)
{
	if (frame_is_question(f))
		return rrset_copy(t->arena, set);
	set->next = NULL;
	return set;
}

static bool
is_proof(const struct rrset *set)
{
	return set->type == TYPE_NSEC || set->type == TYPE_NSEC3;
}

/* What shows that a wildcard was right, or that there is nothing (RFC 4035 3.1.3). */
static bool
keep_proofs(struct iter_task *t, struct frame *f)
{
	unsigned count = 0;

	if (!frame_is_question(f))
		return true;
	for (struct rrset *s = t->it->msg.authority; s != NULL; s = s->next) {
		struct rrset *copy;

		if (!is_proof(s) || rrset_find_same(f->authority, s) != NULL)
			continue;
		if (++count > PROOFS_MAX) {
			task_count(t, ITER_COUNT_LIMIT_PROOFS);
			break;
		}
		cap_ttl(t->conf, s);
		if ((copy = rrset_copy(t->arena, s)) == NULL)
			return false;
		rrset_append(&f->authority, copy);
	}
	return true;
}

/* Every set of the name: whether all its types are there only the server knows, so none
 * is cached. */
static bool
answer_any(struct iter_task *t, struct frame *f)
{
	struct rrset *s = t->it->found.set, *next, *kept;
	unsigned types = 0;

	for (; s != NULL; s = next) {
		next = s->next;
		if (!dname_equal(s->owner, f->name))
			continue;
		if (++types > TYPES_MAX) {
			task_count(t, ITER_COUNT_LIMIT_TYPES);
			break;
		}
		learn(t, s, false);
		if ((kept = keep(t, f, s)) == NULL)
			return false;
		rrset_append(&f->answer, kept);
		blame_note(t, f, kept);
	}
	return true;
}

/* What a client is to get validated goes to the cache when it was. */
static bool
caches_now(const struct iter_task *t, const struct frame *f)
{
	return !frame_is_question(f) || !task_validates(t);
}

static bool
answer_one(struct iter_task *t, struct frame *f)
{
	struct rrset *kept;

	learn(t, t->it->found.set, caches_now(t, f));
	if ((kept = keep(t, f, t->it->found.set)) == NULL)
		return false;
	rrset_append(&f->answer, kept);
	blame_note(t, f, kept);
	return true;
}

enum step_id
result_answer_step(struct iter_task *t, struct frame *f)
{
	if (!(f->qtype == TYPE_ANY ? answer_any(t, f) : answer_one(t, f)))
		return task_out_of_memory(t);
	if (!keep_proofs(t, f) || !rest_keep(t, f))
		return task_out_of_memory(t);
	if (f->purpose == FRAME_PRIME)
		prime_learn(t, f->answer);
	f->rcode = RCODE_NOERROR;
	return STEP_FINISH;
}

/*
 * One link further. The reply in hand may go on speaking of the target when that is
 * still in the zone asked; what it says of other zones is not believed.
 */
static enum step_id
follow(struct iter_task *t, struct frame *f, const uint8_t *target, bool in_reply)
{
	uint8_t lower[DNAME_MAX];
	const uint8_t *name;
	size_t len;

	if (++t->links > t->conf->cname_links_max)
		return task_fail(
		    t, ITER_COUNT_LIMIT_LINKS, EDE_OTHER, "alias chain too long");
	len = dname_copy_lower(lower, target);
	if ((name = arena_copy(t->arena, lower, len)) == NULL)
		return task_out_of_memory(t);
	frame_rename(f, name);
	f->chained = in_reply && t->validation.retries == 0 && zone_is_ours(t, f, name);
	return f->chained ? STEP_CLASSIFY : STEP_CACHE;
}

/* Aliases of name servers' names lead on but are nobody's answer. */
static void
add_link(struct frame *f, struct rrset *set)
{
	/* A DNAME may lead on more than once; it is told once (RFC 2181 5). */
	if (frame_is_question(f) && rrset_find(f->answer, set->owner, set->type) == NULL)
		rrset_append(&f->answer, set);
}

static enum step_id
cname_link(struct iter_task *t, struct frame *f, struct rrset *set, bool in_reply)
{
	add_link(f, set);
	return follow(t, f, set->rdata[0].bytes, in_reply);
}

static enum step_id
dname_link(struct iter_task *t, struct frame *f, struct rrset *set, bool in_reply)
{
	unsigned prefix = (unsigned)f->labels - dname_labels(set->owner);
	uint8_t target[DNAME_MAX];
	struct rrset *cname;

	add_link(f, set);
	if (dname_concat(target, f->name, prefix, set->rdata[0].bytes) != ERR_OK) {
		f->rcode = RCODE_YXDOMAIN; /* RFC 6672 2.2 */
		return STEP_FINISH;
	}
	cname = rrset_new_one(result_arena(t, f), f->name, TYPE_CNAME, set->ttl_sec,
	    target, dname_len(target));
	if (cname == NULL)
		return task_out_of_memory(t);
	cname->trust = set->trust;
	/* RFC 1034 5.3.3, 4.c: "the answer itself". */
	if (f->qtype == TYPE_CNAME || f->qtype == TYPE_ANY) {
		add_link(f, cname);
		f->rcode = RCODE_NOERROR;
		return STEP_FINISH;
	}
	return cname_link(t, f, cname, in_reply);
}

enum step_id
result_follow_cname(struct iter_task *t, struct frame *f, struct rrset *set)
{
	return cname_link(t, f, set, false);
}

enum step_id
result_follow_dname(struct iter_task *t, struct frame *f, struct rrset *set)
{
	return dname_link(t, f, set, false);
}

enum step_id
result_alias_step(struct iter_task *t, struct frame *f)
{
	struct rrset *set = t->it->found.set, *kept;
	bool is_dname = set->type == TYPE_DNAME;
	/* A DNAME speaks for a whole subtree: by plain UDP without our cookie it counts
	 * for this question only (CVE-2025-40778). */
	bool cache = (!is_dname || f->asked.proved) && caches_now(t, f);

	if (is_dname && !f->asked.proved)
		f->dname_by_udp = true;
	learn(t, set, cache);
	if (is_dname && cache)
		t->it->dname_seen = true;
	/* No delegation stands beside an alias: to the chain of trust that is all. */
	if (frame_is_link(f)) {
		f->answer = keep(t, f, set);
		f->rcode = RCODE_NOERROR;
		return STEP_FINISH;
	}
	/* Of a wildcard, or that the zone led to has no DS: where both are on one server
	 * such a reply has all that validation needs. */
	if ((task_validates(t) || validate_is_expanded(set)) && !keep_proofs(t, f))
		return task_out_of_memory(t);
	/* The reply is read again for the next link: its lists must stay whole. */
	if ((kept = rrset_copy(result_arena(t, f), set)) == NULL)
		return task_out_of_memory(t);
	blame_note(t, f, kept);
	return is_dname ? dname_link(t, f, kept, true) : cname_link(t, f, kept, true);
}

/* The SOA first, if there is one, then the proofs, as one list: taken out of the reply's
 * authority section. */
static struct rrset *
take_denial(struct iter_task *t)
{
	struct rrset *list = NULL, *soa = t->it->found.soa, *s, *next;
	unsigned count = 0;

	for (s = t->it->msg.authority; s != NULL; s = next) {
		next = s->next;
		if (!is_proof(s))
			continue;
		if (++count > PROOFS_MAX) {
			task_count(t, ITER_COUNT_LIMIT_PROOFS);
			break;
		}
		s->next = NULL;
		s->trust = TRUST_AUTHORITY;
		chain_cap_ttl(s);
		rrset_append(&list, s);
	}
	if (soa == NULL)
		return list;
	soa->trust = TRUST_AUTHORITY;
	soa->next = list;
	return soa;
}

/* RFC 2308 5: as long as the smaller of the SOA's TTL and its MINIMUM. */
static void
cap_negative_ttl(const struct conf *c, struct rrset *denial)
{
	uint32_t ttl_sec = NEGATIVE_WITHOUT_SOA_SEC;

	if (denial->type == TYPE_SOA) {
		ttl_sec = rrset_soa_minimum(denial);
		if (ttl_sec > denial->ttl_sec)
			ttl_sec = denial->ttl_sec;
	}
	if (ttl_sec > c->negative_ttl_max_sec)
		ttl_sec = c->negative_ttl_max_sec;
	for (; denial != NULL; denial = denial->next)
		if (denial->ttl_sec > ttl_sec)
			denial->ttl_sec = ttl_sec;
}

/*
 * Minimised and whole query agree: the upper name does not exist either (RFC 8020). Not
 * when a zone beneath it answered the whole one, out of the same server: it is there.
 */
static bool
denies_upper_name(const struct frame *f, const struct rrset *denial)
{
	const struct rrset *soa =
	    denial != NULL && denial->type == TYPE_SOA ? denial : NULL;

	return f->nxdomain_labels > 0 && !f->chained &&
	       (soa == NULL || dname_labels(soa->owner) < f->nxdomain_labels);
}

static void
remember_negative(struct iter_task *t, const struct frame *f, enum rrcache_negative kind,
    const struct rrset *denial)
{
	struct rrcache *c = t->it->env.rrcache;
	const uint8_t *name = f->chained ? f->name : f->asked.name;
	uint16_t qtype = f->chained ? f->qtype : f->asked.qtype;

	if (kind == NEGATIVE_NODATA && qtype == TYPE_RRSIG)
		return;
	rrcache_put_negative(c, kind, name, qtype, denial, t->now_ms);
	if (kind == NEGATIVE_NXDOMAIN && denies_upper_name(f, denial))
		rrcache_put_negative(c, kind, dname_suffix(f->name, f->nxdomain_labels),
		    f->qtype, denial, t->now_ms);
}

enum step_id
result_negative_step(struct iter_task *t, struct frame *f)
{
	bool nxdomain = t->it->msg.rcode == RCODE_NXDOMAIN;
	struct rrset *denial = take_denial(t);

	struct rrset *kept = NULL;

	if (denial != NULL)
		cap_negative_ttl(t->conf, denial);
	if (caches_now(t, f))
		remember_negative(
		    t, f, nxdomain ? NEGATIVE_NXDOMAIN : NEGATIVE_NODATA, denial);
	f->rcode = nxdomain ? RCODE_NXDOMAIN : RCODE_NOERROR;
	if (frame_is_link(f))
		f->authority = denial;
	if (!frame_is_question(f))
		return STEP_FINISH;
	for (; denial != NULL; denial = denial->next) {
		struct rrset *copy = rrset_copy(t->arena, denial);

		if (copy == NULL)
			return task_out_of_memory(t);
		rrset_append(&kept, copy);
	}
	blame_note(t, f, NULL);
	if (task_validates(t))
		result_deny(f, f->chained ? f->name : f->asked.name, kept);
	else if (kept != NULL)
		rrset_append(&f->authority, kept);
	return STEP_FINISH;
}

void
result_deny(struct frame *f, const uint8_t *name, struct rrset *denial)
{
	f->denied = true;
	f->denied_name = name;
	f->denial = denial;
	f->denial_begun = false;
	f->denial_security = SECURITY_UNCHECKED;
}

void
result_learn(struct iter_task *t, struct frame *f, enum reply_class class)
{
	struct rrset *denial;

	if (class == REPLY_ANSWER) {
		learn(t, t->it->found.set, true);
		return;
	}
	denial = take_denial(t);
	if (denial != NULL)
		cap_negative_ttl(t->conf, denial);
	rrcache_put_negative(t->it->env.rrcache, NEGATIVE_NODATA, f->asked.name,
	    f->asked.qtype, denial, t->now_ms);
}
