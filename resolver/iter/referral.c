#include "resolver/iter/referral.h"

#include "resolver/iter/agent.h"
#include "resolver/iter/deleg.h"
#include "resolver/iter/zone.h"

/*
 * RFC 4035 3.1.4: a signed zone proves with the referral that there is no DS: the chain
 * of trust need not ask for it. It is no answer section's word, and nobody's answer.
 */
static void
remember_no_ds(struct iter_task *t, const struct rrset *ns)
{
	struct rrcache *c = t->it->env.rrcache;
	struct rrset *proofs = NULL, *next;

	if (!t->conf->validation ||
	    rrcache_get(c, ns->owner, TYPE_DS, t->now_ms, t->it->scratch) != NULL)
		return;
	for (struct rrset *s = t->it->msg.authority; s != NULL; s = next) {
		next = s->next;
		if ((s->type != TYPE_NSEC && s->type != TYPE_NSEC3) || s->sig_count == 0)
			continue;
		s->next = NULL;
		s->trust = TRUST_DELEGATION;
		rrset_append(&proofs, s);
	}
	if (proofs != NULL)
		rrcache_put_negative(
		    c, NEGATIVE_NODATA, ns->owner, TYPE_DS, proofs, t->now_ms);
}

static void
remember_ds(struct iter_task *t, const struct rrset *ns)
{
	struct rrset *ds = rrset_find(t->it->msg.authority, ns->owner, TYPE_DS);

	if (ds == NULL) {
		remember_no_ds(t, ns);
		return;
	}
	ds->trust = TRUST_DELEGATION;
	chain_cap_ttl(ds);
	rrcache_put(t->it->env.rrcache, ds, t->now_ms);
}

/*
 * No longer than the word of the zone's own parent, even when that has ended while the
 * zone's servers took their time: the cache, which sees to this, does not have it any
 * more (phoenix domains). 0: for this question only.
 */
static uint32_t
life_sec(const struct iter_task *t, const struct frame *f, uint32_t ttl_sec)
{
	uint64_t left_ms = f->zone_end_ms > t->now_ms ? f->zone_end_ms - t->now_ms : 0;

	if (ttl_sec < t->conf->ttl_min_sec)
		ttl_sec = t->conf->ttl_min_sec; /* as the cache does */
	return left_ms / 1000 < ttl_sec ? (uint32_t)(left_ms / 1000) : ttl_sec;
}

enum step_id
referral_step(struct iter_task *t, struct frame *f)
{
	const struct rrset *ns = t->it->found.ns;
	const uint8_t *bailiwick = t->conf->harden_glue ? f->zone : NULL;
	struct delegation *d;

	if (ns->count > DELEGATION_NS_MAX)
		task_count(t, ITER_COUNT_LIMIT_NAMES);
	d = deleg_build(t->arena, ns, t->it->msg.additional, NULL, bailiwick);
	if (d == NULL)
		return task_out_of_memory(t);
	d->ttl_sec = life_sec(t, f, d->ttl_sec);
	if (d->ttl_sec > 0)
		rrcache_put_delegation(t->it->env.rrcache, d, t->now_ms);
	remember_ds(t, ns);
	agent_forget(t, f);
	zone_enter(t, f, d);
	return STEP_CHOOSE_SERVER;
}
