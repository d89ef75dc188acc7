#ifndef REPLAY_RING_H
#define REPLAY_RING_H

#include "tests/replay/world.h"

/** ring_hash(z): the NSEC ring of ${z} becomes an NSEC3 ring as ${z->signing} says; its
 * records are not signed yet. */
void ring_hash(struct zone *z);

#endif
