#include "resolver/iter/address.h"

#include "resolver/iter/choose.h"
#include "resolver/iter/frame.h"

static uint8_t
wanted_families(const struct conf *c)
{
	return (uint8_t)((c->ipv4 ? ASKED_V4 : 0) | (c->ipv6 ? ASKED_V6 : 0));
}

/* What of ${ns} was not asked yet; a name never asked for at all comes first. */
static uint8_t
missing(const struct conf *c, const struct nameserver *ns)
{
	return (uint8_t)(wanted_families(c) & ~ns->asked);
}

/*
 * A random server: first among those of which no family was asked, then among those
 * of which one is left. DELEGATION_NS_MAX when there is none.
 */
static uint8_t
pick(struct iter_task *t, const struct frame *f)
{
	uint8_t fresh[DELEGATION_NS_MAX], half[DELEGATION_NS_MAX];
	unsigned fresh_count = 0, half_count = 0;

	for (uint8_t i = 0; i < f->server_count; i++) {
		if (missing(t->conf, &f->servers[i]) == 0)
			continue;
		if (f->servers[i].asked == 0)
			fresh[fresh_count++] = i;
		else
			half[half_count++] = i;
	}
	if (fresh_count > 0)
		return fresh[task_random(t, fresh_count)];
	return half_count > 0 ? half[task_random(t, half_count)] : DELEGATION_NS_MAX;
}

static bool
within_budget(struct iter_task *t, struct frame *f)
{
	bool spent = t->ns_nxdomain >= t->conf->ns_nxdomain_max;

	if (f->ns_lookups < t->conf->ns_lookups_max && !spent)
		return true;
	if (spent) /* perhaps for another name: no failure of this one */
		f->cut_short = true;
	task_count(t, ITER_COUNT_LIMIT_NS);
	return false;
}

bool
address_is_wanting(struct iter_task *t, struct frame *f)
{
	if (f->forward)
		return false;
	for (uint8_t i = 0; i < f->server_count; i++)
		if (missing(t->conf, &f->servers[i]) != 0)
			return within_budget(t, f);
	return false;
}

/* The frame above has ended: what it found are new targets. */
static void
collect(struct iter_task *t, struct frame *f)
{
	const struct frame *sub = t->finished;
	struct nameserver *ns = &f->servers[f->looked_up];

	f->looking_up = false;
	if (FAILS(sub == NULL))
		return;
	if (t->queries > f->queries_before)
		f->ns_lookups++;
	for (const struct rrset *set = sub->answer; set != NULL; set = set->next)
		if (set->type == sub->qtype)
			(void)choose_add_set(t, f, set);
	/* What fails or does not exist would do so for the other family as well. */
	if (sub->rcode != RCODE_NOERROR)
		ns->asked = ASKED_V4 | ASKED_V6;
	if (sub->rcode == RCODE_NXDOMAIN && t->queries > f->queries_before)
		t->ns_nxdomain++; /* what the cache knew cost nothing */
}

/* No further name will be looked up for this frame: what refused this one refuses all. */
static void
give_up(struct frame *f)
{
	for (uint8_t i = 0; i < f->server_count; i++)
		f->servers[i].asked = ASKED_V4 | ASKED_V6;
}

enum step_id
address_step(struct iter_task *t, struct frame *f)
{
	struct nameserver *ns;
	bool v4;

	if (f->looking_up) {
		collect(t, f);
		return STEP_CHOOSE_SERVER;
	}
	f->looked_up = pick(t, f);
	if (FAILS(f->looked_up >= f->server_count))
		return STEP_FAILED;
	ns = &f->servers[f->looked_up];
	v4 = (missing(t->conf, ns) & ASKED_V4) != 0;
	ns->asked |= v4 ? ASKED_V4 : ASKED_V6;
	switch (frame_push(t, ns->name, v4 ? TYPE_A : TYPE_AAAA, FRAME_ADDRESS)) {
	case ERR_OK:
		f->looking_up = true;
		return STEP_ADDRESSES;
	case ERR_NOMEM:
		return task_out_of_memory(t);
	case ERR_LIMIT:
		give_up(f);
		return STEP_CHOOSE_SERVER;
	default:
		return STEP_CHOOSE_SERVER; /* a cycle: another name may do */
	}
}
