#ifndef DETECT_EVENTRING_H
#define DETECT_EVENTRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/event.h"

/*
 * The newest events in a ring of bytes: a struct event is 1.2 kB, most of it room for the
 * longest names; what an ordinary one says takes a third of that. Figures of evidence are
 * kept to seven digits. The caller has the lock.
 */

#define EVENTRING_BYTES (400u << 10) /* a thousand ordinary ones, 300 of the largest */

struct eventring {
	uint32_t oldest, next; /* offsets */
	uint32_t count;
	_Alignas(8) uint8_t bytes[EVENTRING_BYTES];
};

/** eventring_put(r, e): copies; the oldest give way. A zeroed ring is empty. */
void eventring_put(struct eventring *r, const struct event *e);
/** eventring_each(r, fn, ctx): oldest first, until ${fn} says false. */
void eventring_each(
    const struct eventring *r, bool (*fn)(void *ctx, const struct event *e), void *ctx);
/** eventring_find(r, id, out): false: it is no longer there. */
bool eventring_find(const struct eventring *r, const char *id, struct event *out);

#endif
