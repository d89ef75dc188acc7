#include "resolver/iter/choose.h"

#include "resolver/iter/address.h"
#include "resolver/iter/budget.h"
#include "resolver/iter/load.h"
#include "resolver/iter/trust.h"
#include "resolver/iter/zone.h"

/*
 * Any server this close to the fastest may be asked. Unbound spreads over 400 ms to
 * make the asked address hard to guess; 32 bits of id, port and case do that better,
 * so we spend no more than a client would notice.
 */
#define BAND_MS 120u
/* One choice in so many takes any live server, so that an old bad measurement is
 * corrected. */
#define EXPLORE_ONE_IN 20u
/* Servers whose knowledge is looked at for one choice: of 26 root addresses, 8 random
 * ones hold a near one. */
#define LOOK_MAX 8u
/* The same address is tried so often before further names are looked up, and in all. */
#define FAILED_SOON 2u
#define FAILED_MAX  3u
/* Silent servers whose time has not come, and lame ones, that one zone may cost us. */
#define LATE_MAX 2u
/* Packets lost in a row before a server is asked without a cookie, unless it has given
 * us one, and without EDNS: some middleboxes eat them. */
#define SILENT_COOKIE_MAX 1u
#define SILENT_EDNS_MAX	  2u
/* Resolvers asked in the place of servers, with RD: each may set others going (TsuKing).
 */
#define RESOLVERS_MAX 2u
/* Cuts above one server name whose glue is looked at. */
#define GLUE_CUTS_MAX 4u
/* Servers of one delegation whose missing glue its parent is asked for. */
#define PARENT_NAMES_MAX 2u
#define DNS_PORT	 53u

struct candidate {
	uint8_t index;
	bool late; /* its retry time has not come */
	bool full; /* it has enough to do: load.h */
	struct server_info info;
};

static bool
family_is_wanted(const struct conf *c, const struct addr *a)
{
	return a->family == ADDR_V4 ? c->ipv4 : a->family == ADDR_V6 && c->ipv6;
}

/* The operator wrote the root hints down, and they are the root's alone. */
static bool
is_hint(const struct conf *c, const struct frame *f, const struct addr *a)
{
	if (*f->zone != 0)
		return false;
	for (const struct rrset *s = c->root_hints; s != NULL; s = s->next) {
		for (uint16_t i = 0; i < s->count; i++) {
			struct addr hint;

			if ((s->type == TYPE_A || s->type == TYPE_AAAA) &&
			    addr_from_bytes(&hint, s->rdata[i].bytes, s->rdata[i].len,
				DNS_PORT) == ERR_OK &&
			    addr_same_host(&hint, a))
				return true;
		}
	}
	return false;
}

static bool
addr_is_allowed(const struct conf *c, const struct frame *f, const struct addr *a)
{
	if (!family_is_wanted(c, a) || !addr_is_usable_upstream(a))
		return false;
	if (addr_is_loopback(a))
		return c->loopback_upstream || is_hint(c, f, a);
	return c->private_upstream || !addr_is_private(a);
}

static bool
is_target(const struct frame *f, const struct addr *addr)
{
	for (uint8_t i = 0; i < f->target_count; i++)
		if (addr_same_host(&f->targets[i].addr, addr))
			return true;
	return false;
}

void
choose_add(struct iter_task *t, struct frame *f, const struct addr *addr)
{
	if (f->target_count == TARGETS_MAX || !addr_is_allowed(t->conf, f, addr) ||
	    is_target(f, addr) || trust_is_distrusted(t, addr, f))
		return;
	f->targets[f->target_count++] = (struct target){ .addr = *addr };
}

unsigned
choose_add_set(struct iter_task *t, struct frame *f, const struct rrset *set)
{
	uint8_t before = f->target_count;

	for (uint16_t i = 0; i < set->count && i < TARGET_ADDRS_MAX; i++) {
		struct addr a;

		if (addr_from_bytes(
			&a, set->rdata[i].bytes, set->rdata[i].len, DNS_PORT) == ERR_OK)
			choose_add(t, f, &a);
	}
	return (unsigned)(f->target_count - before);
}

static void
add_known_family(
    struct iter_task *t, struct frame *f, struct nameserver *ns, uint16_t type)
{
	struct rrset *set =
	    rrcache_get(t->it->env.rrcache, ns->name, type, t->now_ms, t->it->scratch);

	if (set == NULL)
		return;
	ns->asked |= type == TYPE_A ? ASKED_V4 : ASKED_V6;
	(void)choose_add_set(t, f, set);
}

void
choose_add_known(struct iter_task *t, struct frame *f)
{
	for (uint8_t i = 0; i < f->server_count; i++) {
		if (t->conf->ipv4)
			add_known_family(t, f, &f->servers[i], TYPE_A);
		if (t->conf->ipv6)
			add_known_family(t, f, &f->servers[i], TYPE_AAAA);
	}
}

static bool
is_late(const struct iter_task *t, const struct target *g, const struct server_info *info)
{
	unsigned family = g->addr.family == ADDR_V6;

	if (t->now_ms < t->it->family_down_until_ms[family])
		return true;
	return t->now_ms < info->retry_at_ms;
}

/* What asking it will cost, most likely: who was silent just now may be so again. */
static uint32_t
expected_ms(const struct server_info *info)
{
	return info->srtt_ms + (info->timeouts > 0 ? server_timeout_ms(info) : 0);
}

static void
look(struct iter_task *t, const struct frame *f, uint8_t index, struct candidate *out)
{
	const struct target *g = &f->targets[index];

	out->index = index;
	servers_get(t->it->env.servers, &g->addr, t->now_ms, &out->info);
	out->late = is_late(t, g, &out->info);
	out->full = load_server_is_full(t, f, g, out->info.timeouts);
}

/* Live candidates from a random place on; at most LOOK_MAX of them. */
static unsigned
gather(struct iter_task *t, struct frame *f, uint8_t failed_max, struct candidate *out)
{
	uint32_t start = task_random(t, f->target_count);
	unsigned n = 0;

	for (uint32_t i = 0; i < f->target_count && n < LOOK_MAX; i++) {
		uint8_t index = (uint8_t)((start + i) % f->target_count);
		const struct target *g = &f->targets[index];

		if ((g->flags & (TARGET_BAD | TARGET_LATE | TARGET_LAME)) != 0 ||
		    g->failed >= failed_max)
			continue;
		look(t, f, index, &out[n]);
		f->crowded |= out[n].full;
		if (!out[n].late && !out[n].full)
			n++;
	}
	return n;
}

/* Those that never failed us here go before the others. */
static unsigned
keep_least_failed(const struct frame *f, struct candidate *c, unsigned n)
{
	uint8_t least = UINT8_MAX;
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (f->targets[c[i].index].failed < least)
			least = f->targets[c[i].index].failed;
	for (unsigned i = 0; i < n; i++)
		if (f->targets[c[i].index].failed == least)
			c[kept++] = c[i];
	return kept;
}

static unsigned
keep_near(struct candidate *c, unsigned n)
{
	uint32_t best = UINT32_MAX;
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (expected_ms(&c[i].info) < best)
			best = expected_ms(&c[i].info);
	for (unsigned i = 0; i < n; i++)
		if (expected_ms(&c[i].info) <= best + BAND_MS)
			c[kept++] = c[i];
	return kept;
}

static void
take(struct iter_task *t, struct frame *f, const struct candidate *c)
{
	const struct target *g = &f->targets[c->index];
	struct asked *a = &f->asked;

	a->target = c->index;
	a->tcp = false;
	a->edns = !c->info.no_edns && (g->flags & TARGET_NO_EDNS) == 0 &&
		  g->failed < SILENT_EDNS_MAX;
	/* Without it there are no signatures (RFC 4035 3.2.1): rather TCP, which
	 * whatever eats long datagrams lets through. */
	if (!a->edns && trust_is_signed(t, f->zone)) {
		a->edns = true;
		a->tcp = g->failed >= SILENT_EDNS_MAX;
	}
	a->with_cookie = !c->info.no_cookie && (g->flags & TARGET_NO_COOKIE) == 0 &&
			 (g->failed < SILENT_COOKIE_MAX || c->info.has_cookie);
	a->badcookie = false;
	a->cookie_silence = c->info.cookie_silence;
	a->mixed_case = !c->info.no_case && (g->flags & TARGET_NO_CASE) == 0;
	a->timeout_ms = server_timeout_ms(&c->info);
}

static bool
choose_live(struct iter_task *t, struct frame *f, uint8_t failed_max)
{
	struct candidate c[LOOK_MAX];
	unsigned n;

	if (f->target_count == 0 || (n = gather(t, f, failed_max, c)) == 0)
		return false;
	n = keep_least_failed(f, c, n);
	if (n > 1 && task_random(t, EXPLORE_ONE_IN) != 0)
		n = keep_near(c, n);
	take(t, f, &c[task_random(t, n)]);
	return true;
}

/* A silent server whose time has come gets one packet, not one of every task. */
static bool
chosen_is_probed(struct iter_task *t, struct frame *f)
{
	struct target *g = choose_target(f);

	if ((g->flags & TARGET_LATE) != 0 ||
	    servers_take_probe(t->it->env.servers, &g->addr, t->now_ms))
		return false;
	g->flags |= TARGET_LATE;
	return true;
}

/* The one whose time comes first, once each. */
static bool
choose_late(struct iter_task *t, struct frame *f)
{
	struct candidate best, c;
	bool found = false;

	if (f->late_tries >= LATE_MAX)
		return false;
	for (uint8_t i = 0; i < f->target_count; i++) {
		if ((f->targets[i].flags & (TARGET_BAD | TARGET_LATE)) != 0)
			continue;
		look(t, f, i, &c);
		if (c.full || (found && c.info.retry_at_ms >= best.info.retry_at_ms))
			continue;
		best = c;
		found = true;
	}
	if (!found)
		return false;
	f->late_tries++;
	f->targets[best.index].flags |= TARGET_LATE;
	take(t, f, &best);
	return true;
}

/*
 * What made it lame may have been one name that it refuses to all, so it is asked after
 * the others but not never: nobody shall take a zone away by asking for that name.
 */
static bool
chosen_is_lame(struct iter_task *t, struct frame *f)
{
	struct target *g = choose_target(f);

	if (f->forward || choose_is_resolver(f) ||
	    !servers_is_lame(t->it->env.servers, &g->addr, f->zone, t->now_ms))
		return false;
	if ((g->flags & TARGET_LAME) != 0)
		return false; /* the last resort */
	g->flags |= TARGET_LAME;
	return true;
}

/* What each known parent's side of a cut above ${host} says of it. */
static void
add_glue(struct iter_task *t, struct frame *f, const uint8_t *host)
{
	const uint8_t *name = host;

	for (unsigned cuts = 0; cuts < GLUE_CUTS_MAX && *name != 0; cuts++) {
		const struct delegation *d = rrcache_find_delegation(
		    t->it->env.rrcache, name, t->now_ms, t->it->scratch);

		if (d == NULL || *d->zone == 0)
			return;
		for (uint8_t k = 0; k < d->server_count; k++) {
			const struct delegation_server *s = &d->servers[k];

			if (!dname_equal(s->name, host))
				continue;
			for (uint8_t n = 0; n < s->addr_count; n++)
				choose_add(t, f, &s->addrs[n]);
		}
		name = dname_parent(d->zone);
	}
}

/*
 * A zone may say of its servers' addresses what is not so, and then only the glue at its
 * parent still leads to them.
 */
static bool
glue_will_do(struct iter_task *t, struct frame *f)
{
	uint8_t before = f->target_count;

	if (f->glue_tried || f->forward)
		return false;
	f->glue_tried = true;
	for (uint8_t i = 0; i < f->server_count; i++)
		if (f->servers[i].name != NULL)
			add_glue(t, f, f->servers[i].name);
	return f->target_count > before;
}

/*
 * A parent that left out glue, or whose glue has timed out, may well have it when it is
 * asked. Only where nothing else leads to the zone, and not in the course of just that.
 */
static bool
parent_will_do(struct frame *f)
{
	unsigned count = 0;

	if (f->parent_tried || f->forward || *f->zone == 0 ||
	    (f->purpose == FRAME_ADDRESS && dname_is_below(f->name, f->zone)))
		return false;
	f->parent_tried = true;
	for (uint8_t i = 0; i < f->server_count && count < PARENT_NAMES_MAX; i++) {
		if ((f->servers[i].asked & ASKED_NO_GLUE) == 0)
			continue;
		f->servers[i].asked = 0;
		count++;
	}
	return count > 0;
}

bool
choose_is_resolver(const struct frame *f)
{
	return f->resolvers_too &&
	       (f->targets[f->asked.target].flags & TARGET_RESOLVER) != 0;
}

/* At most ${max} servers that were out of the choice for ${kind}; how many there were. */
static unsigned
bring_back(struct frame *f, uint16_t kind, unsigned max)
{
	unsigned count = 0;

	f->minimise_off = true;
	for (uint8_t i = 0; i < f->target_count && count < max; i++) {
		struct target *g = &f->targets[i];

		if ((g->flags & kind) == 0)
			continue;
		g->flags &= (uint16_t) ~(TARGET_BAD | TARGET_LATE | TARGET_LAME);
		g->failed = 0;
		count++;
	}
	return count;
}

/*
 * The very last resort, once a delegation: servers that are resolvers, asked as such. So
 * zones live whose every server stands behind one (RFC 1912 2.8 would not have it).
 */
static bool
resolvers_will_do(struct iter_task *t, struct frame *f)
{
	unsigned count;

	if (f->resolvers_too || f->forward)
		return false;
	f->resolvers_too = true;
	count = bring_back(f, TARGET_RESOLVER, RESOLVERS_MAX);
	if (count > 0)
		task_count(t, ITER_COUNT_RESOLVERS);
	return count > 0;
}

static bool
any_is_silent(const struct frame *f)
{
	for (uint8_t i = 0; i < f->target_count; i++)
		if ((f->targets[i].flags & TARGET_SILENT) != 0)
			return true;
	return false;
}

/*
 * All that is left are replies that say nothing: so some load balancers say "no data".
 * One is asked again and believed, for the few seconds of a denial without SOA. Where
 * signatures are due, silence proves nothing.
 */
static bool
silence_will_do(struct iter_task *t, struct frame *f)
{
	bool elsewhere = f->forward && !f->policy->only; /* it is not the end yet */

	if (f->silence_counts || elsewhere || frame_is_link(f) || !any_is_silent(f))
		return false;
	if (trust_is_signed(t, f->zone)) {
		f->ede_code = dnssec_ede(DNSSEC_MISSING_PROOF);
		return false;
	}
	f->silence_counts = true;
	return bring_back(f, TARGET_SILENT, 1) > 0;
}

enum step_id
choose_step(struct iter_task *t, struct frame *f)
{
	f->crowded = false;
	/* Each turn that does not return takes one more target out of the choice. */
	for (;;) {
		bool chosen = choose_live(t, f, FAILED_SOON);

		/* Looking for further servers would only multiply what is under way. */
		if (!chosen && f->crowded) {
			task_count(t, ITER_COUNT_LIMIT_SERVER);
			return budget_crowded(
			    t, f, "too many queries to these servers are under way");
		}
		if (!chosen && address_is_wanting(t, f))
			return STEP_ADDRESSES;
		if (!chosen && !choose_live(t, f, FAILED_MAX) && !choose_late(t, f)) {
			if (!glue_will_do(t, f) && !parent_will_do(f) &&
			    !resolvers_will_do(t, f) && !silence_will_do(t, f))
				return STEP_FAILED;
			continue;
		}
		if (!chosen_is_probed(t, f) && !chosen_is_lame(t, f))
			return STEP_SEND;
	}
}
