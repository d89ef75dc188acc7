#include "resolver/iter/load.h"

#include <stdlib.h>

#include "base/htable.h"
#include "resolver/iter/choose.h"
#include "resolver/iter/zone.h"

/* However slow: a probe and some that ask beside it must be possible. */
#define LEAST 4u

/* One server or one zone with something under way. */
struct load_place {
	struct htable_node node;
	struct load_place *next; /* among the spare ones */
	uint32_t under_way;
	uint8_t slow;	     /* the bound is halved so often */
	uint64_t changed_ms; /* when ${slow} was changed */
};

struct load {
	struct hashkey zone_key, server_key;
	struct htable *places;
	struct load_place *spare;
};

struct load *
load_new(size_t max, const struct hashkey *key)
{
	struct load *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->zone_key = l->server_key = *key;
	l->server_key.k1 = ~key->k1;
	if ((l->places = htable_new(2 * max)) != NULL)
		return l;
	free(l);
	return NULL;
}

static void
free_node(struct htable_node *node, void *ctx)
{
	struct load *l = ctx;

	htable_remove(l->places, node);
	free(HTABLE_OWNER(node, struct load_place, node));
}

void
load_free(struct load *l)
{
	struct load_place *next;

	if (l == NULL)
		return;
	htable_each(l->places, free_node, l);
	htable_free(l->places);
	for (struct load_place *p = l->spare; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
	free(l);
}

size_t
load_bytes(size_t max)
{
	/* the table's buckets are rounded up to a power of two */
	return sizeof(struct load) +
	       2 * max * (sizeof(struct load_place) + 2 * sizeof(struct htable_node *));
}

static struct load_place *
find(const struct load *l, uint64_t hash)
{
	struct htable_node *n = htable_first(l->places, hash);

	return n == NULL ? NULL : HTABLE_OWNER(n, struct load_place, node);
}

static uint64_t
zone_hash(const struct load *l, const struct frame *f)
{
	return dname_hash(&l->zone_key, f->zone);
}

static uint64_t
server_hash(const struct load *l, const struct target *g)
{
	return addr_hash(&l->server_key, &g->addr);
}

static bool
is_full(const struct load_place *p, uint32_t bound, unsigned slow)
{
	if (slow > LOAD_SLOW_MAX)
		slow = LOAD_SLOW_MAX;
	bound >>= slow;
	return p != NULL && p->under_way >= (bound > LEAST ? bound : LEAST);
}

bool
load_server_is_full(const struct iter_task *t, const struct frame *f,
    const struct target *g, unsigned timeouts)
{
	const struct load *l = t->it->load;
	const struct load_place *zone = find(l, zone_hash(l, f));

	/* Anybody may lead his names to a server that is not his and does not answer
	 * them: what it is asked of other zones is not halved for that. */
	if (zone == NULL || zone->under_way < LEAST)
		timeouts = 0;
	return !zone_is_policy(f) && is_full(find(l, server_hash(l, g)),
					 t->conf->server_outstanding_max, timeouts);
}

bool
load_zone_is_full(const struct iter_task *t, const struct frame *f)
{
	const struct load *l = t->it->load;
	const struct load_place *p = find(l, zone_hash(l, f));

	return !zone_is_policy(f) &&
	       is_full(p, t->conf->zone_outstanding_max, p == NULL ? 0 : p->slow);
}

/* NULL without memory: then this one is not counted. */
static struct load_place *
take(struct load *l, uint64_t hash)
{
	struct load_place *p = find(l, hash);

	if (p == NULL) {
		if ((p = l->spare) != NULL)
			l->spare = p->next;
		else if ((p = malloc(sizeof(*p))) == NULL)
			return NULL;
		*p = (struct load_place){ .under_way = 0 };
		if (!htable_insert(l->places, &p->node, hash)) {
			p->next = l->spare;
			l->spare = p;
			return NULL;
		}
	}
	p->under_way++;
	return p;
}

static void
give_back(struct load *l, struct load_place **held)
{
	struct load_place *p = *held;

	*held = NULL;
	if (p == NULL || --p->under_way > 0)
		return;
	htable_remove(l->places, &p->node);
	p->next = l->spare;
	l->spare = p;
}

void
load_take(struct iter_task *t, const struct frame *f)
{
	struct load *l = t->it->load;

	if (zone_is_policy(f))
		return;
	t->at_zone = take(l, zone_hash(l, f));
	t->at_server = take(l, server_hash(l, &f->targets[f->asked.target]));
	t->taken_ms = t->now_ms;
}

/* Of many under way at once only the first that ends after a change changes it again: a
 * whole round of silence halves the bound once. */
static void
note(struct iter_task *t, struct load_place *zone, enum iter_event_kind kind)
{
	bool silent = kind == ITER_EVENT_TIMEOUT;

	if (zone == NULL || t->taken_ms < zone->changed_ms ||
	    (kind != ITER_EVENT_REPLY && !silent) ||
	    (silent ? zone->slow == LOAD_SLOW_MAX : zone->slow == 0))
		return;
	zone->slow = (uint8_t)(silent ? zone->slow + 1 : zone->slow - 1);
	zone->changed_ms = t->now_ms;
}

void
load_give_back(struct iter_task *t, enum iter_event_kind kind)
{
	struct load *l = t->it->load;

	note(t, t->at_zone, kind);
	give_back(l, &t->at_zone);
	give_back(l, &t->at_server);
}
