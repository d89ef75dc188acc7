#ifndef ITER_REST_H
#define ITER_REST_H

#include "resolver/iter/task.h"

/**
 * rest_keep(t, f):
 * What the reply in hand has beside its answer becomes part of the result, when the
 * operator does not want answers minimal: the NS set of the zone, and in the additional
 * section the addresses of names that the answer or that set speaks of (RFC 1034 4.3.2).
 * Only what the servers asked may say at all: names in their zone. Nothing of it is
 * cached or believed elsewhere. False at the arena's limit.
 */
bool rest_keep(struct iter_task *t, struct frame *f);

#endif
