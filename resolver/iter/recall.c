#include "resolver/iter/recall.h"

#include "base/dns.h"
#include "resolver/iter/rebinding.h"
#include "resolver/iter/stale.h"

/*
 * Answers without recursion.
 *
 * Sources: RFC 1034 4.3.1 and 4.3.2 (a server that does not recurse gives what it has,
 * or says who is nearer), RFC 4035 3.1.4.1 (DS stands above the cut).
 *
 *   1. The answer, if the record cache has all of it.
 *   2. Else what it has of a chain of aliases, and the delegation that is nearest to
 *      where they lead: servers in the authority section, their addresses in the
 *      additional one. It is the parent's word, unsigned, and so never AD.
 *   3. Not of the operator's stub and forward zones: their servers are no delegation.
 */

static uint8_t
least_security(const struct rrset *list, uint8_t least)
{
	for (; list != NULL; list = list->next)
		if (list->security < least)
			least = list->security;
	return least;
}

static uint8_t
security_of(const struct iter_task *t, const struct answer *a)
{
	if (!task_validates(t) || (a->answer == NULL && a->authority == NULL))
		return SECURITY_UNCHECKED;
	return least_security(a->authority, least_security(a->answer, SECURITY_SECURE));
}

/* ---- the delegation ---- */

static const struct delegation *
nearest(struct iter_task *t, const uint8_t *name, uint64_t now_ms)
{
	const uint8_t *from =
	    t->qtype == TYPE_DS && *name != 0 ? dname_parent(name) : name;
	const struct conf_zone *policy = conf_zone_of(t->conf, from);
	const struct delegation *d =
	    rrcache_find_delegation(t->it->env.rrcache, from, now_ms, t->arena);

	if (d == NULL || policy == NULL)
		return d;
	/* Rule 3; a stub zone's own delegations are learnt as any others. */
	return policy->kind == ZONE_STUB && dname_is_strictly_below(d->zone, policy->name)
		   ? d
		   : NULL;
}

/* ${count} records to be filled. NULL at the arena's limit. */
static struct rrset *
new_set(struct arena *arena, const uint8_t *owner, uint16_t type, uint32_t ttl_sec,
    unsigned count)
{
	struct rrset *set = arena_alloc(arena, sizeof(*set));
	struct rdata *rdata = arena_alloc(arena, count * sizeof(*rdata));

	if (set == NULL || rdata == NULL)
		return NULL;
	*set = (struct rrset){
		.owner = owner,
		.type = type,
		.class = CLASS_IN,
		.ttl_sec = ttl_sec,
		.trust = TRUST_DELEGATION,
		.rdata = rdata,
	};
	return set;
}

static bool
add_servers(struct iter_task *t, const struct delegation *d, struct answer *out)
{
	struct rrset *ns =
	    new_set(t->arena, d->zone, TYPE_NS, d->ttl_sec, d->server_count);

	if (ns == NULL)
		return false;
	for (unsigned i = 0; i < d->server_count; i++) {
		const uint8_t *name = d->servers[i].name;

		ns->rdata[ns->count++] =
		    (struct rdata){ .len = (uint16_t)dname_len(name), .bytes = name };
	}
	rrset_append(&out->authority, ns);
	return true;
}

static bool
add_glue(struct iter_task *t, const struct delegation *d,
    const struct delegation_server *s, uint16_t type, struct answer *out)
{
	size_t bytes = type == TYPE_A ? 4 : 16;
	struct rrset *set;

	if (s->addr_count == 0)
		return true;
	set = new_set(t->arena, s->name, type, d->ttl_sec, s->addr_count);
	if (set == NULL)
		return false;
	for (unsigned i = 0; i < s->addr_count; i++)
		if (addr_bytes_len(&s->addrs[i]) == bytes)
			set->rdata[set->count++] = (struct rdata){ .len = (uint16_t)bytes,
				.bytes = s->addrs[i].bytes };
	if (set->count > 0)
		rrset_append(&out->additional, set);
	return true;
}

/* Rule 2. */
static bool
refer(struct iter_task *t, const uint8_t *name, uint64_t now_ms, struct answer *out)
{
	const struct delegation *d = nearest(t, name, now_ms);

	if (d == NULL || !add_servers(t, d, out))
		return false;
	for (unsigned i = 0; i < d->server_count; i++)
		if (!add_glue(t, d, &d->servers[i], TYPE_A, out) ||
		    !add_glue(t, d, &d->servers[i], TYPE_AAAA, out))
			return false;
	out->referral = true;
	return true;
}

bool
recall_answer(struct iter_task *t, uint64_t now_ms, struct answer *out)
{
	const uint8_t *name;

	if (t->qtype == TYPE_ANY)
		return false;
	if (stale_alive(t, now_ms, out, &name))
		out->security = security_of(t, out);
	else if (!refer(t, name, now_ms, out))
		return false;
	rebinding_filter(t, out); /* the cache has what servers said, all of it */
	return true;
}
