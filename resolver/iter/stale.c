#include "resolver/iter/stale.h"

#include "resolver/iter/rebinding.h"

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
 *   3. Bogus data never, unchecked data to those alone who want nothing checked. No AD:
 *      the signatures may have expired with the data.
 *   4. Every TTL is stale-answer-ttl.
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
	return ede_code != 1 && ede_code != 2 && ede_code != 27 &&
	       (ede_code < EDE_INDETERMINATE || ede_code > 12);
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
find_set(const struct search *s, uint16_t type, uint64_t at_ms)
{
	struct rrset *set =
	    rrcache_get(s->t->it->env.rrcache, s->name, type, at_ms, s->t->arena);

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

/* Rule 2: what the name has, its own type first; NULL: nothing, or it is disputed. */
static struct rrset *
find_data(const struct search *s)
{
	uint16_t types[] = { s->t->qtype, TYPE_CNAME };
	struct rrset *set = NULL;

	for (unsigned i = 0; i < 4 && set == NULL; i++)
		set = find_set(s, types[i % 2], i < 2 ? s->now_ms : s->then_ms);
	return set;
}

enum found_stale { STALE_NONE, STALE_WHOLE, STALE_ALIAS };

static enum found_stale
take_denial(struct search *s, enum rrcache_negative kind, struct rrset *proof)
{
	s->out->rcode = kind == NEGATIVE_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
	s->out->authority = proof;
	return STALE_WHOLE;
}

static enum found_stale
take_one(struct search *s)
{
	const struct conf_zone *policy = conf_zone_of(s->t->conf, s->name);
	enum rrcache_negative kind;
	struct rrset *proof, *set;

	if ((kind = find_denial(s, s->name, &proof)) != NEGATIVE_NONE)
		return take_denial(s, kind, proof);
	set = find_data(s);
	kind = find_denial(s, policy == NULL ? NULL : policy->name, &proof);
	if (set != NULL && kind != NEGATIVE_NONE)
		return STALE_NONE;
	if (kind != NEGATIVE_NONE)
		return take_denial(s, kind, proof);
	if (set == NULL)
		return STALE_NONE;
	rrset_append(&s->out->answer, set);
	return set->type == s->t->qtype ? STALE_WHOLE : STALE_ALIAS;
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

bool
stale_answer(struct iter_task *t, uint64_t now_ms, struct answer *out)
{
	uint64_t most_ms = (uint64_t)t->conf->stale_ttl_max_sec * 1000;
	struct search s = { .t = t, .now_ms = now_ms, .name = t->qname, .out = out };
	enum found_stale found = STALE_ALIAS;

	if (!is_allowed(t))
		return false;
	s.then_ms = now_ms > most_ms ? now_ms - most_ms : 0;
	answer_init(out, RCODE_NOERROR);
	for (unsigned links = 0; found == STALE_ALIAS; links++) {
		if (links > t->conf->cname_links_max)
			return false;
		found = take_one(&s);
		if (found == STALE_ALIAS && !go_on(&s))
			return false;
	}
	if (found == STALE_NONE)
		return false;
	finish(t, out);
	rebinding_filter(t, out); /* the cache has what servers said, all of it */
	return true;
}
