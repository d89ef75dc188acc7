#include "resolver/iter/lookup.h"

#include "resolver/iter/result.h"

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

	return set != NULL && set->trust >= TRUST_ANSWER ? set : NULL;
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
	f->rcode = kind == NEGATIVE_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
	if (frame_is_question(f))
		f->authority = proof;
	return STEP_FINISH;
}

static enum step_id
lookup_failure(struct iter_task *t, struct frame *f)
{
	int ede_code;

	if (!rrcache_get_failure(
		t->it->env.rrcache, f->name, f->qtype, t->now_ms, &ede_code))
		return STEP_DELEGATION;
	f->rcode = RCODE_SERVFAIL;
	f->ede_code = EDE_CACHED_ERROR;
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
	if (f->qtype != TYPE_CNAME && f->qtype != TYPE_ANY &&
	    (set = lookup_answer(t, f, f->name, TYPE_CNAME)) != NULL)
		return result_follow_cname(t, f, set);
	if (t->it->dname_seen && (set = lookup_dname(t, f)) != NULL)
		return result_follow_dname(t, f, set);
	return lookup_failure(t, f);
}
