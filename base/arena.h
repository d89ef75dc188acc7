#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

/*
 * An arena: memory that is asked for in pieces and given back at once, under a
 * byte limit, so that one question can never hold more than its budget.
 */

struct arena;

/** arena_new(limit_bytes): returns a new arena that hands out at most ${limit_bytes};
 * NULL without memory. */
struct arena *arena_new(size_t limit_bytes);
void arena_free(struct arena *a);
/** arena_reset(a): everything handed out is gone; the first chunk is kept for the next
 * user. */
void arena_reset(struct arena *a);
/** arena_alloc(a, size): ${size} zeroed bytes, aligned for any type; NULL at the limit or
 * without memory. */
void *arena_alloc(struct arena *a, size_t size);
/** arena_copy(a, bytes, size): a copy of ${bytes}; NULL as above. ${size} 0 gives a valid
 * pointer. */
void *arena_copy(struct arena *a, const void *bytes, size_t size);
/** arena_used(a): bytes handed out since new or reset, alignment included. */
size_t arena_used(const struct arena *a);

#endif
