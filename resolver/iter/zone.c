#include "resolver/iter/zone.h"

#include "resolver/iter/choose.h"
#include "resolver/iter/prime.h"
#include "resolver/iter/trust.h"

bool
zone_is_ours(const struct iter_task *t, const struct frame *f, const uint8_t *name)
{
	const struct conf_zone *z;

	if (!dname_is_below(name, f->zone))
		return false;
	if (t->conf->zone_count == 0)
		return true;
	/* In the stead of failed forwarders the way leads through zones that are
	 * nobody's. */
	z = conf_zone_of(t->conf, name);
	return z == f->policy || (f->policy_failed && z == NULL);
}

static void
zone_begin(struct iter_task *t, struct frame *f, const uint8_t *zone)
{
	f->zone = zone;
	f->zone_end_ms = UINT64_MAX;
	f->zone_labels = (uint8_t)dname_labels(zone);
	f->known_labels = f->zone_labels;
	f->forward = false;
	f->server_count = 0;
	f->target_count = 0;
	f->ns_lookups = 0;
	f->late_tries = 0;
	f->resolvers_too = false;
	f->silence_counts = false;
	f->parent_tried = false;
	f->glue_tried = false;
	/* What a parent denied in part says nothing of a zone that it then led to. */
	f->nxdomain_labels = 0;
	if (frame_is_question(f) && t->links == 0) {
		t->facts_zone = zone;
		t->facts_authority = (struct addr){ 0 }; /* who led here was above it */
	}
}

static void
enter_policy(struct iter_task *t, struct frame *f, const struct conf_zone *z)
{
	zone_begin(t, f, z->name);
	f->forward = z->kind == ZONE_FORWARD;
	/* The operator wrote these addresses down: any of them may be asked. */
	for (size_t i = 0; i < z->server_count && f->target_count < TARGETS_MAX; i++)
		if (!trust_is_distrusted(t, &z->servers[i], f))
			f->targets[f->target_count++] =
			    (struct target){ .addr = z->servers[i] };
}

static void
add_server(struct iter_task *t, struct frame *f, const struct delegation_server *s)
{
	struct nameserver *ns = &f->servers[f->server_count++];

	ns->name = s->name;
	ns->asked = 0;
	for (uint8_t i = 0; i < s->addr_count && i < TARGET_ADDRS_MAX; i++) {
		ns->asked |= s->addrs[i].family == ADDR_V4 ? ASKED_V4 : ASKED_V6;
		choose_add(t, f, &s->addrs[i]);
	}
	/* Inside the zone only its own servers could say more, and they are the ones that
	 * fail. */
	if (dname_is_below(s->name, f->zone))
		ns->asked = (uint8_t)(ASKED_V4 | ASKED_V6 |
				      (s->addr_count == 0 ? ASKED_NO_GLUE : 0));
}

void
zone_enter(struct iter_task *t, struct frame *f, const struct delegation *d)
{
	zone_begin(t, f, d->zone);
	if (*d->zone != 0)
		f->zone_end_ms = t->now_ms + (uint64_t)d->ttl_sec * 1000;
	for (uint8_t i = 0; i < d->server_count && i < DELEGATION_NS_MAX; i++)
		add_server(t, f, &d->servers[i]);
	/* No glue at all is the way of most zones at a hoster: its servers are often
	 * known. */
	if (f->target_count == 0)
		choose_add_known(t, f);
}

static enum step_id
enter_root(struct iter_task *t, struct frame *f)
{
	const struct delegation *hints;

	if (f->purpose != FRAME_PRIME && prime_begin(t))
		return STEP_DELEGATION; /* again, when the priming frame has ended */
	if ((hints = prime_hints(t)) == NULL)
		return task_out_of_memory(t);
	zone_enter(t, f, hints);
	return STEP_CHOOSE_SERVER;
}

/* Where the search for servers begins. */
static const uint8_t *
begins_at(const struct frame *f)
{
	const struct frame *below = f->below;

	/* RFC 4035 3.1.4.1: DS stands on the parent's side of a cut. */
	if (f->qtype == TYPE_DS)
		return dname_parent(f->name);
	/* Glue that did not come along: inside the zone nobody can be asked for it. */
	if (f->purpose == FRAME_ADDRESS && dname_is_below(f->name, below->zone))
		return dname_parent(below->zone);
	return f->name;
}

enum step_id
zone_step(struct iter_task *t, struct frame *f)
{
	const uint8_t *from = begins_at(f);
	const struct conf_zone *policy = conf_zone_of(t->conf, from);
	struct delegation *d;

	f->policy = policy;
	if (f->purpose == FRAME_ADDRESS && from != f->name)
		f->minimise_off = true; /* the cut is known: it would only refer again */
	if (policy != NULL && policy->kind == ZONE_FORWARD && !f->policy_failed) {
		enter_policy(t, f, policy);
		return STEP_CHOOSE_SERVER;
	}
	if (f->purpose == FRAME_PRIME)
		return enter_root(t, f);
	d = rrcache_find_delegation(t->it->env.rrcache, from, t->now_ms, t->arena);
	if (policy != NULL && policy->kind == ZONE_STUB &&
	    (d == NULL || !dname_is_strictly_below(d->zone, policy->name))) {
		enter_policy(t, f, policy);
		return STEP_CHOOSE_SERVER;
	}
	if (d == NULL)
		return enter_root(t, f);
	zone_enter(t, f, d);
	return STEP_CHOOSE_SERVER;
}
