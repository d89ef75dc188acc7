#ifndef NET_WHEEL_H
#define NET_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A timing wheel in milliseconds, for timers that are armed for each query and
 * nearly always disarmed before they expire: both cost a few nanoseconds,
 * whatever their number. Pure: the time comes in. Used by loop.c alone.
 */

#define WHEEL_BITS   6u
#define WHEEL_SLOTS  (1u << WHEEL_BITS)
#define WHEEL_LEVELS 7u /* 2^42 ms: longer than any machine stays up */

struct wheel_node {
	struct wheel_node *next, *prev; /* NULL: not armed */
	uint64_t expires_ms;
	uint16_t place; /* its slot, or WHEEL_DUE */
};

struct wheel {
	uint64_t now_ms;
	uint64_t used[WHEEL_LEVELS]; /* a bit for each slot that is not empty */
	struct wheel_node slots[WHEEL_LEVELS * WHEEL_SLOTS]; /* heads of circular lists */
	struct wheel_node due;
};

void wheel_init(struct wheel *w, uint64_t now_ms);
/** wheel_add(w, node, expires_ms): ${node} must not be in. A time that has passed is due
 * at once. */
void wheel_add(struct wheel *w, struct wheel_node *node, uint64_t expires_ms);
/** wheel_remove(w, node): harmless when ${node} is not in. */
void wheel_remove(struct wheel *w, struct wheel_node *node);
/** wheel_advance(w, now_ms): what expires up to ${now_ms} becomes due. A step back is
 * none. */
void wheel_advance(struct wheel *w, uint64_t now_ms);
/** wheel_due_take(w, list): moves what is due to ${list}, a head made by this call;
 * wheel_remove works on its nodes. */
void wheel_due_take(struct wheel *w, struct wheel_node *list);
/** wheel_next_ms(w): nothing becomes due before this time; UINT64_MAX when the wheel is
 * empty. */
uint64_t wheel_next_ms(const struct wheel *w);

#endif
