#ifndef BASE_HTABLE_H
#define BASE_HTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash table of nodes that live inside their owners' structs. It never grows:
 * the number of entries is bounded when it is made, a further one is refused.
 * The caller computes the (keyed) hash and compares keys itself.
 *
 *   for (struct htable_node *n = htable_first(t, h); n != NULL; n = htable_next(n))
 *           if (same(HTABLE_OWNER(n, struct task, node), key)) ...
 */

struct htable;
struct htable_node {
	struct htable_node *next;
	uint64_t hash;
};

#define HTABLE_OWNER(node, type, member)                                                 \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

/** htable_new(max_entries): NULL without memory. */
struct htable *htable_new(size_t max_entries);
/** htable_free(t): frees the table, not the owners. */
void htable_free(struct htable *t);
/** htable_insert(t, node, hash): false when full. */
bool htable_insert(struct htable *t, struct htable_node *node, uint64_t hash);
/** htable_remove(t, node): harmless when ${node} is not in. */
void htable_remove(struct htable *t, struct htable_node *node);
/** htable_first(t, hash) / htable_next(node): the nodes with exactly this hash. */
struct htable_node *htable_first(const struct htable *t, uint64_t hash);
struct htable_node *htable_next(const struct htable_node *node);
size_t htable_count(const struct htable *t);
size_t htable_max(const struct htable *t);
/** htable_each(t, fn, ctx): calls ${fn} for every node; ${fn} may remove that node and no
 * other. */
void htable_each(struct htable *t, void (*fn)(struct htable_node *, void *), void *ctx);

#endif
