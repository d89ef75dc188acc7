#ifndef ITER_LOAD_H
#define ITER_LOAD_H

#include "resolver/iter/task.h"

/*
 * How many queries of this worker are under way, by server and by zone.
 *
 * Names that nobody asked for before, below a zone whose servers are slow, hold a task
 * each until it times out: a flood of them through honest clients takes all the places
 * and stops everybody else's names (phantom and random-subdomain attacks). So one
 * server's and one zone's queries have bounds of their own (limits.server-outstanding,
 * limits.zone-outstanding), which are halved with each round of silence, down to
 * 2^-LOAD_SLOW_MAX, and doubled back with answers; a server's for those zones alone that
 * have more than a few queries under way. They begin so high that they do not
 * hold up a TLD's healthy servers when a cold cache meets a full house. A server's
 * silence is read from cache/servers.h, a zone's is kept here for as long as something of
 * it is under way.
 *
 * The operator's own stub and forward zones have no bounds: he chose those servers, and
 * all names go there. What is over a bound fails at once, and the failure is not
 * remembered: it says nothing of the name.
 *
 * Keyed by hash alone: who could make two zones collide would know the worker's key.
 */

#define LOAD_SLOW_MAX 5u /* a thirty-second part of the bound */

struct load;

/** load_new(max, key): for ${max} queries under way. NULL without memory. */
struct load *load_new(size_t max, const struct hashkey *key);
void load_free(struct load *l);
/** load_bytes(max): what it can come to. */
size_t load_bytes(size_t max);

/** load_server_is_full(t, f, g, timeouts): one more query to ${g} would be over the
 * bound;
 * ${timeouts} of it in a row so far. */
bool load_server_is_full(const struct iter_task *t, const struct frame *f,
    const struct target *g, unsigned timeouts);
/** load_zone_is_full(t, f): the same of ${f}'s zone. */
bool load_zone_is_full(const struct iter_task *t, const struct frame *f);
/** load_take(t, f): the query in ${f->asked} goes out. */
void load_take(struct iter_task *t, const struct frame *f);
/** load_give_back(t, kind): it has ended so, or (ITER_EVENT_START) with the task.
 * Harmless when there is none. */
void load_give_back(struct iter_task *t, enum iter_event_kind kind);

#endif
