#ifndef ITER_CHOOSE_H
#define ITER_CHOOSE_H

#include "resolver/iter/task.h"

/*
 * Step "choose_server": which address is asked next.
 *
 * 1. An address that is not known to be silent and has failed us at most once, by its
 *    smoothed round-trip time (random within a band, now and then any of them).
 * 2. None left: the address of a further name server is looked up (step "addresses").
 * 3. No names left either: a last try of those that failed twice,
 * 4. then of those whose time to be asked again has not come: our own network may have
 * been away, and of those that were lame for the zone, but perhaps for one name only.
 * 5. Then those that the parents' glue knows and the zones of the servers themselves do
 * not,
 * 6. Last of all, servers that answered as resolvers do (RA without AA), asked as such.
 */
enum step_id choose_step(struct iter_task *t, struct frame *f);

/** choose_add(t, f, addr): ${addr} may be asked about ${f}'s zone, if the operator lets
 * us ask such an address at all. Several names for one address are one server. */
void choose_add(struct iter_task *t, struct frame *f, const struct addr *addr);
/** choose_add_set(t, f, set): the addresses of an A or AAAA set, at most
 * TARGET_ADDRS_MAX; returns how many were usable. */
unsigned choose_add_set(struct iter_task *t, struct frame *f, const struct rrset *set);
/** choose_add_known(t, f): addresses of the zone's servers that the cache has. */
void choose_add_known(struct iter_task *t, struct frame *f);
/** choose_is_resolver(f): the target is asked as a resolver, by rule 6. */
bool choose_is_resolver(const struct frame *f);
/** choose_target(f): the target that is or was asked. */
static inline struct target *
choose_target(struct frame *f)
{
	return &f->targets[f->asked.target];
}

#endif
