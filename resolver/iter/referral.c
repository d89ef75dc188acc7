#include "resolver/iter/referral.h"

#include "resolver/iter/deleg.h"
#include "resolver/iter/zone.h"

static void
remember_ds(struct iter_task *t, const struct rrset *ns)
{
	struct rrset *ds = rrset_find(t->it->msg.authority, ns->owner, TYPE_DS);

	if (ds == NULL)
		return;
	ds->trust = TRUST_DELEGATION;
	rrcache_put(t->it->env.rrcache, ds, t->now_ms);
}

enum step_id
referral_step(struct iter_task *t, struct frame *f)
{
	const struct rrset *ns = t->it->found.ns;
	const uint8_t *bailiwick = t->conf->harden_glue ? f->zone : NULL;
	const struct delegation *d;

	d = deleg_build(t->arena, ns, t->it->msg.additional, NULL, bailiwick);
	if (d == NULL)
		return task_out_of_memory(t);
	rrcache_put_delegation(t->it->env.rrcache, d, t->now_ms);
	remember_ds(t, ns);
	zone_enter(t, f, d);
	return STEP_CHOOSE_SERVER;
}
