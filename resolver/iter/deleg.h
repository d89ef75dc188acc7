#ifndef ITER_DELEG_H
#define ITER_DELEG_H

#include "base/arena.h"
#include "base/rrset.h"
#include "cache/rrcache.h"

/*
 * An NS set and the addresses that came with it, as a delegation.
 */

/**
 * deleg_build(arena, ns, glue, more, bailiwick):
 * The zone is ${ns}'s owner, the life is its TTL or the shortest one of an address that
 * was taken: who moves a server says so by that. Addresses are taken from the A and AAAA
 * sets of ${glue} and then, for names that have none there, of ${more} (either may be
 * NULL), but only of names at or below
 * ${bailiwick} (NULL: of any). At most DELEGATION_NS_MAX names and DELEGATION_ADDRS_MAX
 * addresses; copied. NULL at the arena's limit.
 */
struct delegation *deleg_build(struct arena *arena, const struct rrset *ns,
    const struct rrset *glue, const struct rrset *more, const uint8_t *bailiwick);

#endif
