#ifndef NET_PLACES_H
#define NET_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/*
 * How many TCP clients are in, all listeners of all workers together: the kernel spreads
 * one client's connections over the workers, so a limit by address that each worker kept
 * for itself would hold that many times. Thread-safe; asked once a connection.
 */
struct places;

/** places_new(): an empty count; NULL without memory or randomness. */
struct places *places_new(void);
void places_free(struct places *p);

enum places_answer { PLACES_TAKEN, PLACES_FULL, PLACES_HOST_FULL };
/** places_take(p, host, max, host_max): one more connection of ${host} (port 0), unless
 * ${max} are open, or ${host_max} of this host. Without memory it is full. */
enum places_answer places_take(
    struct places *p, const struct addr *host, uint32_t max, uint32_t host_max);
/** places_bound(p, bound): never more than ${bound}, whatever ${max} says: what
 * descriptors there are for. To be said before there are threads. */
void places_bound(struct places *p, uint32_t bound);
/** places_max(p, max): how many there can be. */
uint32_t places_max(const struct places *p, uint32_t max);
/** places_leave(p, host): one that was taken has ended. */
void places_leave(struct places *p, const struct addr *host);
/** places_open(p): taken ones. Cheap, no lock. */
uint32_t places_open(const struct places *p);

#endif
