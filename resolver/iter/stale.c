#include "resolver/iter/stale.h"

#include "resolver/iter/aggressive.h"
#include "resolver/iter/rebinding.h"
#include "resolver/iter/result.h"
#include "resolver/iter/validate.h"

/*
 * Stale answers.
 *
 * Sources: RFC 8767 (5: what it is for and how long; 5, 6: the TTL of 30 seconds), RFC
 * 8914 4.4 and 4.20 (how the client is told), X. Li et al. on ghost domains (why
 * delegations are never stale).
 *
 * The store keeps what has expired until its room is needed, and gives it up first. So a
 * stale look-up is a look-up at an earlier time: stale-ttl-max before now.
 *
 *   1. Only answers are looked up, as the cache step would: a set, a denial, an alias.
 *      Delegations and addresses of servers are not: what a parent has taken away stays
 *      away (ghost domains).
 *   2. What is still alive goes before what is not. Otherwise the denial of a name goes
 *      before its data: data that came later would have ended the denial. Where data of
 *      a name and the denial of a name above it meet, nobody knows which is newer, and
 *      there is no stale answer.
 *      A DNAME above a name is its data, too (RFC 6672 2.2), but neither ends what was
 *      kept of the name before nor is ended by it. So alive it goes before what has
 *      expired, and where it has expired itself, the rule for names above is its own.
 *   3. Bogus data never, unchecked data to those alone who want nothing checked. No AD:
 *      the signatures may have expired with the data.
 *   4. Every TTL is stale-answer-ttl.
 *   5. A set that was expanded from a wildcard is half an answer to those who validate
 *      (RFC 4035 3.1.3.3, RFC 5155 7.2.6); the proof is not kept beside it. It may be
 *      among those kept for aggressive use. Else the answer is for those alone who want
 *      no signatures: unproved.
 */

struct search {
	struct iter_task *t;
	uint64_t now_ms, then_ms;
	const uint8_t *name;
	struct answer *out;
};

bool
stale_forgives(int ede_code)
{
	return !dnssec_is_ede(ede_code);
}

static bool
is_allowed(const struct iter_task *t)
{
	return t->conf->serve_stale && !t->probe && t->qtype != TYPE_ANY &&
	       t->validation.reason == DNSSEC_OK && t->validation.retries == 0;
}

/* Rule 3. */
static bool
is_sound(const struct iter_task *t, const struct rrset *set)
{
	return set->security != SECURITY_BOGUS &&
	       (set->security != SECURITY_UNCHECKED || !task_validates(t));
}

static struct rrset *
find_set(const struct search *s, const uint8_t *owner, uint16_t type, uint64_t at_ms)
{
	struct rrset *set =
	    rrcache_get(s->t->it->env.rrcache, owner, type, at_ms, s->t->arena);

	return set != NULL && set->trust >= TRUST_ANSWER && is_sound(s->t, set) ? set
										: NULL;
}

static enum rrcache_negative
find_denial(const struct search *s, const uint8_t *top, struct rrset **proof)
{
	enum rrcache_negative kind = rrcache_get_negative_below(s->t->it->env.rrcache,
	    s->name, s->t->qtype, top, s->then_ms, s->t->arena, proof);

	if (*proof == NULL && task_validates(s->t))
		return NEGATIVE_NONE;
	for (const struct rrset *p = *proof; p != NULL; p = p->next)
		if (p->trust < TRUST_AUTHORITY || !is_sound(s->t, p))
			return NEGATIVE_NONE;
	return kind;
}

/* What the name has, its own type first. */
static struct rrset *
find_data(const struct search *s, uint64_t at_ms)
{
	struct rrset *set = find_set(s, s->name, s->t->qtype, at_ms);

	return set != NULL || !result_alias_leads(s->t->qtype)
		   ? set
		   : find_set(s, s->name, TYPE_CNAME, at_ms);
}

/* Of the nearest name above. */
static struct rrset *
find_dname(const struct search *s, uint64_t at_ms)
{
	struct rrset *set = NULL;

	for (const uint8_t *n = s->name; *n != 0 && set == NULL;) {
		n = dname_parent(n);
		set = find_set(s, n, TYPE_DNAME, at_ms);
	}
	return set;
}

enum found_stale { STALE_NONE, STALE_WHOLE, STALE_ALIAS };

static enum found_stale
take_denial(struct search *s, enum rrcache_negative kind, struct rrset *proof)
{
	s->out->rcode = kind == NEGATIVE_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
	rrset_append(&s->out->authority, proof);
	return STALE_WHOLE;
}

/* Rule 5. */
static void
add_expansion_proof(struct search *s, const struct rrset *set)
{
	struct rrset *proof;
	unsigned labels;

	if (set->security == SECURITY_INSECURE || !validate_expanded_from(set, &labels))
		return;
	if ((proof = aggressive_expansion(s->t, set, labels, s->then_ms)) == NULL)
		s->out->unproved = true;
	else if (rrset_find_same(s->out->authority, proof) == NULL)
		rrset_append(&s->out->authority, proof);
}

static enum found_stale
take_data(struct search *s, struct rrset *set)
{
	add_expansion_proof(s, set);
	rrset_append(&s->out->answer, set);
	return set->type == s->t->qtype ? STALE_WHOLE : STALE_ALIAS;
}

/* As dname_link of result.c. A DNAME may lead on more than once; it is told once. */
static enum found_stale
take_dname(struct search *s, struct rrset *set)
{
	unsigned prefix = dname_labels(s->name) - dname_labels(set->owner);
	uint8_t target[DNAME_MAX];
	struct rrset *cname;

	if (rrset_find(s->out->answer, set->owner, TYPE_DNAME) == NULL)
		rrset_append(&s->out->answer, set);
	if (dname_concat(target, s->name, prefix, set->rdata[0].bytes) != ERR_OK) {
		s->out->rcode = RCODE_YXDOMAIN; /* RFC 6672 2.2 */
		return STALE_WHOLE;
	}
	cname = rrset_new_one(
	    s->t->arena, s->name, TYPE_CNAME, set->ttl_sec, target, dname_len(target));
	if (cname == NULL)
		return STALE_NONE;
	cname->security = set->security; /* RFC 6672 5.3.1 */
	return take_data(s, cname);
}

/* Rule 2. */
static enum found_stale
take_one(struct search *s)
{
	const struct conf_zone *policy = conf_zone_of(s->t->conf, s->name);
	struct rrset *set = find_data(s, s->now_ms), *dname = NULL, *proof;
	enum rrcache_negative kind;

	if (set == NULL && (dname = find_dname(s, s->now_ms)) != NULL)
		return take_dname(s, dname);
	if (set == NULL) {
		set = find_data(s, s->then_ms);
		dname = find_dname(s, s->then_ms);
	}
	if ((kind = find_denial(s, s->name, &proof)) != NEGATIVE_NONE)
		return dname == NULL ? take_denial(s, kind, proof) : STALE_NONE;
	kind = find_denial(s, policy == NULL ? NULL : policy->name, &proof);
	if ((set != NULL) + (dname != NULL) + (kind != NEGATIVE_NONE) != 1)
		return STALE_NONE;
	if (kind != NEGATIVE_NONE)
		return take_denial(s, kind, proof);
	return set != NULL ? take_data(s, set) : take_dname(s, dname);
}

/* To where the last alias leads. */
static bool
go_on(struct search *s)
{
	const struct rrset *alias = s->out->answer;
	uint8_t lower[DNAME_MAX];
	size_t len;

	while (alias->next != NULL)
		alias = alias->next;
	len = dname_copy_lower(lower, alias->rdata[0].bytes);
	return (s->name = arena_copy(s->t->arena, lower, len)) != NULL;
}

/* Rule 4. */
static void
finish(struct iter_task *t, struct answer *out)
{
	uint32_t ttl_sec = t->conf->stale_answer_ttl_sec;

	for (struct rrset *s = out->answer; s != NULL; s = s->next)
		s->ttl_sec = ttl_sec;
	for (struct rrset *s = out->authority; s != NULL; s = s->next)
		s->ttl_sec = ttl_sec;
	out->ttl_sec = ttl_sec;
	out->cacheable = true;
	out->ede_code =
	    out->rcode == RCODE_NXDOMAIN ? EDE_STALE_NXDOMAIN : EDE_STALE_ANSWER;
}

/* Link by link; what was found of a chain that ends in nothing is in ${s->out}. */
static bool
search_all(struct search *s)
{
	enum found_stale found = STALE_ALIAS;

	answer_init(s->out, RCODE_NOERROR);
	for (unsigned links = 0; found == STALE_ALIAS; links++) {
		if (links > s->t->conf->cname_links_max)
			return false;
		found = take_one(s);
		if (found == STALE_ALIAS && !go_on(s))
			return false;
	}
	return found == STALE_WHOLE;
}

bool
stale_answer(struct iter_task *t, uint64_t now_ms, struct answer *out)
{
	uint64_t most_ms = (uint64_t)t->conf->stale_ttl_max_sec * 1000;
	struct search s = { .t = t, .now_ms = now_ms, .name = t->qname, .out = out };

	if (!is_allowed(t))
		return false;
	s.then_ms = now_ms > most_ms ? now_ms - most_ms : 0;
	if (!search_all(&s))
		return false;
	finish(t, out);
	rebinding_filter(t, out); /* the cache has what servers said, all of it */
	return true;
}

bool
stale_alive(
    struct iter_task *t, uint64_t now_ms, struct answer *out, const uint8_t **name)
{
	struct search s = {
		.t = t, .now_ms = now_ms, .then_ms = now_ms, .name = t->qname, .out = out
	};
	bool whole = search_all(&s);

	*name = s.name;
	return whole;
}
