#include "resolver/iter/lookup.h"

#include "resolver/iter/aggressive.h"
#include "resolver/iter/result.h"
#include "resolver/iter/validate.h"

/* The parent's word about DS needs no answer section: its signature tells. */
static uint8_t
least_trust(const struct iter_task *t, const struct frame *f)
{
	if (f->purpose == FRAME_DS)
		return TRUST_DELEGATION;
	return f->qtype == TYPE_DS && frame_is_question(f) && task_validates(t)
		   ? TRUST_DELEGATION
		   : TRUST_ANSWER;
}

/*
 * Glue and what parents say serves to find servers, never as an answer
 * (RFC 2181 5.4.1): only what an answer section said counts here.
 */
static struct rrset *
lookup_answer(
    struct iter_task *t, const struct frame *f, const uint8_t *owner, uint16_t type)
{
	struct rrset *set =
	    rrcache_get(t->it->env.rrcache, owner, type, t->now_ms, result_arena(t, f));

	if (set == NULL || set->trust < least_trust(t, f) ||
	    validate_wants_fresh(t, f, set))
		return NULL;
	return set;
}

static struct rrset *
lookup_dname(struct iter_task *t, const struct frame *f)
{
	const uint8_t *owner = f->name;
	struct rrset *set;

	while (*owner != 0) {
		owner = dname_parent(owner);
		if ((set = lookup_answer(t, f, owner, TYPE_DNAME)) != NULL)
			return set;
	}
	return NULL;
}

static enum step_id
lookup_negative(struct iter_task *t, struct frame *f)
{
	/* A stub or forward zone stands although the public DNS denies a name above it.
	 */
	const struct conf_zone *policy = conf_zone_of(t->conf, f->name);
	struct rrset *proof = NULL;
	enum rrcache_negative kind;

	kind = rrcache_get_negative_below(t->it->env.rrcache, f->name, f->qtype,
	    policy == NULL ? NULL : policy->name, t->now_ms, result_arena(t, f), &proof);
	if (kind == NEGATIVE_NONE)
		return STEP_DELEGATION;
	if (proof != NULL && proof->trust < TRUST_AUTHORITY && !frame_is_link(f))
		return STEP_DELEGATION; /* what came with a referral: remember_no_ds */
	for (const struct rrset *s = proof; s != NULL; s = s->next)
		if (validate_wants_fresh(t, f, s))
			return STEP_DELEGATION;
	if (proof == NULL && t->validation.retries > 0 && frame_is_question(f))
		return STEP_DELEGATION;
	f->rcode = kind == NEGATIVE_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
	if (frame_is_link(f) || (frame_is_question(f) && !task_validates(t)))
		f->authority = proof;
	else if (frame_is_question(f))
		result_deny(f, f->name, proof);
	return STEP_FINISH;
}

static enum step_id
lookup_failure(struct iter_task *t, struct frame *f)
{
	int ede_code;

	if (!rrcache_get_failure(
		t->it->env.rrcache, f->name, f->qtype, t->now_ms, &ede_code))
		return STEP_DELEGATION;
	/* Bogus is bogus only to those who want it validated. */
	if (dnssec_is_ede(ede_code) && (!frame_is_question(f) || !task_validates(t)))
		return STEP_DELEGATION;
	f->rcode = RCODE_SERVFAIL;
	f->remembered = true;
	f->ede_code = dnssec_is_ede(ede_code) ? ede_code : EDE_CACHED_ERROR;
	return STEP_FINISH;
}

enum step_id
lookup_step(struct iter_task *t, struct frame *f)
{
	struct rrset *set = NULL;
	enum step_id next;

	if (f->qtype != TYPE_ANY &&
	    (set = lookup_answer(t, f, f->name, f->qtype)) != NULL) {
		rrset_append(&f->answer, set);
		return STEP_FINISH;
	}
	if ((next = lookup_negative(t, f)) != STEP_DELEGATION)
		return next;
	/* An alias is no cut and no key: what comes in its place is asked for anew. */
	if (frame_is_link(f))
		return aggressive_step(t, f);
	if (result_alias_leads(f->qtype) &&
	    (set = lookup_answer(t, f, f->name, TYPE_CNAME)) != NULL)
		return result_follow_cname(t, f, set);
	if (t->it->dname_seen && (set = lookup_dname(t, f)) != NULL)
		return result_follow_dname(t, f, set);
	if ((next = aggressive_step(t, f)) != STEP_DELEGATION)
		return next;
	return lookup_failure(t, f);
}
