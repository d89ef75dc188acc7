#include "resolver/net/wheel.h"

#include <stddef.h>

/*
 * The hierarchical wheel of Varghese and Lauck (1987), scheme 7, with a place that
 * follows from two numbers alone: write "now" and a timer's time in digits of 6 bits;
 * the highest digit in which they differ is the level, the timer's digit there is
 * the slot. So within a level all occupied slots are ahead of now's digit, a lower
 * level always comes before a higher one, and one bit mask a level finds the next slot.
 *
 * 1. As time passes a digit of a level, the slots passed are emptied: what has
 *    expired is due, the rest finds its new place on a lower level.
 * 2. A timer moves at most WHEEL_LEVELS - 1 times in its life; a query that is
 *    answered in time does not move at all.
 */

#define WHEEL_DUE UINT16_MAX

static unsigned
digit(uint64_t ms, unsigned level)
{
	return (unsigned)(ms >> (WHEEL_BITS * level)) & (WHEEL_SLOTS - 1);
}

static void
list_init(struct wheel_node *head)
{
	head->next = head->prev = head;
}

static void
list_append(struct wheel_node *head, struct wheel_node *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

/* Everything in ${from} goes to the end of ${to}; ${from} is empty then. */
static void
list_move(struct wheel_node *to, struct wheel_node *from)
{
	if (from->next == from)
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

void
wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++)
		w->used[level] = 0;
	for (unsigned i = 0; i < WHEEL_LEVELS * WHEEL_SLOTS; i++)
		list_init(&w->slots[i]);
	list_init(&w->due);
}

void
wheel_add(struct wheel *w, struct wheel_node *node, uint64_t expires_ms)
{
	node->expires_ms = expires_ms;
	if (expires_ms <= w->now_ms) {
		node->place = WHEEL_DUE;
		list_append(&w->due, node);
		return;
	}
	unsigned highest = 63u - (unsigned)__builtin_clzll(expires_ms ^ w->now_ms);
	unsigned level = highest / WHEEL_BITS;
	if (level >= WHEEL_LEVELS)
		level = WHEEL_LEVELS - 1;
	unsigned slot = digit(expires_ms, level);
	node->place = (uint16_t)(level * WHEEL_SLOTS + slot);
	list_append(&w->slots[node->place], node);
	w->used[level] |= UINT64_C(1) << slot;
}

void
wheel_remove(struct wheel *w, struct wheel_node *node)
{
	if (node->next == NULL)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = NULL;
	if (node->place == WHEEL_DUE)
		return;
	struct wheel_node *head = &w->slots[node->place];
	if (head->next == head)
		w->used[node->place / WHEEL_SLOTS] &=
		    ~(UINT64_C(1) << node->place % WHEEL_SLOTS);
}

/* Empties the slots of ${level} whose bits are in ${which} into ${out}. */
static void
collect(struct wheel *w, unsigned level, uint64_t which, struct wheel_node *out)
{
	uint64_t left = w->used[level] & which;

	w->used[level] &= ~which;
	while (left != 0) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		left &= left - 1;
		list_move(out, &w->slots[level * WHEEL_SLOTS + slot]);
	}
}

void
wheel_advance(struct wheel *w, uint64_t now_ms)
{
	struct wheel_node moved;

	if (now_ms <= w->now_ms)
		return;
	list_init(&moved);
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned above = WHEEL_BITS * (level + 1);
		bool same_above = w->now_ms >> above == now_ms >> above;
		/* With a digit above changed, every slot here has been passed. */
		collect(w, level,
		    same_above ? UINT64_MAX >> (63u - digit(now_ms, level)) : UINT64_MAX,
		    &moved);
		if (same_above)
			break;
	}
	w->now_ms = now_ms;
	while (moved.next != &moved) {
		struct wheel_node *node = moved.next;
		moved.next = node->next;
		node->next->prev = &moved;
		wheel_add(w, node, node->expires_ms);
	}
}

void
wheel_due_take(struct wheel *w, struct wheel_node *list)
{
	list_init(list);
	list_move(list, &w->due);
}

uint64_t
wheel_next_ms(const struct wheel *w)
{
	if (w->due.next != &w->due)
		return w->now_ms;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		if (w->used[level] == 0)
			continue;
		uint64_t slot = (uint64_t)__builtin_ctzll(w->used[level]);
		uint64_t above = w->now_ms >> (WHEEL_BITS * (level + 1));
		return (above << WHEEL_BITS | slot) << (WHEEL_BITS * level);
	}
	return UINT64_MAX;
}
