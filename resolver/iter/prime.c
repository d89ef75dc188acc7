#include "resolver/iter/prime.h"

#include "resolver/iter/deleg.h"
#include "resolver/iter/frame.h"

/*
 * How long nobody else primes after somebody began. When it worked, the cache has the
 * list and nobody asks; when not, hints serve and a minute of them hurts nobody.
 */
#define PRIME_PAUSE_MS 60000u

static const uint8_t root[] = { 0 };

bool
prime_begin(struct iter_task *t)
{
	if (t->now_ms < t->it->prime_again_ms)
		return false;
	if (frame_push(t, root, TYPE_NS, FRAME_PRIME) != ERR_OK)
		return false; /* the client asks for the list itself, or no room: hints
				 will do */
	t->it->prime_again_ms = t->now_ms + PRIME_PAUSE_MS;
	return true;
}

const struct delegation *
prime_hints(struct iter_task *t)
{
	struct rrset *hints = t->conf->root_hints;
	struct rrset *ns = rrset_find(hints, root, TYPE_NS);

	if (ns == NULL)
		return NULL;
	return deleg_build(t->arena, ns, hints, NULL, root);
}

static bool
has_address(const struct delegation *d)
{
	for (uint8_t i = 0; i < d->server_count; i++)
		if (d->servers[i].addr_count > 0)
			return true;
	return false;
}

void
prime_learn(struct iter_task *t, const struct rrset *ns)
{
	const struct delegation *d;

	/* RFC 8109 3.3: the addresses come along; names without one keep what the hints
	 * say. */
	d = deleg_build(t->arena, ns, t->it->msg.additional, t->conf->root_hints, root);
	/* Names alone would lock us out: above the root nobody could say where they are.
	 */
	if (d != NULL && has_address(d))
		rrcache_put_delegation(t->it->env.rrcache, d, t->now_ms);
}
