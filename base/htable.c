#include "base/htable.h"

#include <stdlib.h>

struct htable {
	size_t count;
	size_t max;
	size_t mask; /* buckets - 1; buckets is a power of two, at least ${max} */
	struct htable_node **buckets;
};

struct htable *
htable_new(size_t max_entries)
{
	struct htable *t;
	size_t buckets = 8;

	while (buckets < max_entries) {
		if (buckets > SIZE_MAX / 2)
			return NULL;
		buckets *= 2;
	}
	if ((t = malloc(sizeof(*t))) == NULL)
		goto fail0;
	if ((t->buckets = calloc(buckets, sizeof(struct htable_node *))) == NULL)
		goto fail1;
	t->count = 0;
	t->max = max_entries;
	t->mask = buckets - 1;
	return t;

fail1:
	free(t);
fail0:
	return NULL;
}

void
htable_free(struct htable *t)
{
	if (t == NULL)
		return;
	free(t->buckets);
	free(t);
}

bool
htable_insert(struct htable *t, struct htable_node *node, uint64_t hash)
{
	struct htable_node **bucket = &t->buckets[hash & t->mask];

	if (t->count == t->max)
		return false;
	node->hash = hash;
	node->next = *bucket;
	*bucket = node;
	t->count++;
	return true;
}

void
htable_remove(struct htable *t, struct htable_node *node)
{
	struct htable_node **link = &t->buckets[node->hash & t->mask];

	for (; *link != NULL; link = &(*link)->next) {
		if (*link != node)
			continue;
		*link = node->next;
		node->next = NULL;
		t->count--;
		return;
	}
}

/* The first node from ${node} on that has ${hash}. */
static struct htable_node *
seek(struct htable_node *node, uint64_t hash)
{
	while (node != NULL && node->hash != hash)
		node = node->next;
	return node;
}

struct htable_node *
htable_first(const struct htable *t, uint64_t hash)
{
	return seek(t->buckets[hash & t->mask], hash);
}

struct htable_node *
htable_next(const struct htable_node *node)
{
	return seek(node->next, node->hash);
}

size_t
htable_count(const struct htable *t)
{
	return t->count;
}

size_t
htable_max(const struct htable *t)
{
	return t->max;
}

void
htable_each(struct htable *t, void (*fn)(struct htable_node *, void *), void *ctx)
{
	struct htable_node *node, *next;

	for (size_t i = 0; i <= t->mask; i++) {
		for (node = t->buckets[i]; node != NULL; node = next) {
			next = node->next; /* ${fn} may remove the node */
			fn(node, ctx);
		}
	}
}
