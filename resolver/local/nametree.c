#include "resolver/local/nametree.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/dns.h"
#include "base/siphash.h"

#define FIRST_BUCKETS                                                                    \
	1024u /* the shipped special names and their ancestors are about 130 */

struct nametree {
	struct arena *arena;
	struct nametree_node **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
};

/*
 * Not secret: the operator alone chooses what stands in the table, so a stranger
 * who knows the key gains no longer chains than are there anyway.
 */
static const struct hashkey nametree_key = { 0x73656b6973686f00u, 0x6c6f63616c000001u };

struct nametree *
nametree_new(void)
{
	struct nametree *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		goto fail0;
	if ((t->arena = arena_new(SIZE_MAX / 2)) == NULL)
		goto fail1;
	t->bucket_count = FIRST_BUCKETS;
	if ((t->buckets = calloc(t->bucket_count, sizeof(struct nametree_node *))) ==
	    NULL)
		goto fail2;
	return t;

fail2:
	arena_free(t->arena);
fail1:
	free(t);
fail0:
	return NULL;
}

void
nametree_free(struct nametree *t)
{
	if (t == NULL)
		return;
	free(t->buckets);
	arena_free(t->arena);
	free(t);
}

static struct nametree_node *
lookup(const struct nametree *t, const uint8_t *name, uint64_t hash)
{
	struct nametree_node *n = t->buckets[hash & (t->bucket_count - 1)];

	while (n != NULL && (n->hash != hash || !dname_equal(n->name, name)))
		n = n->chain;
	return n;
}

static void
link_in(struct nametree *t, struct nametree_node *n)
{
	struct nametree_node **bucket = &t->buckets[n->hash & (t->bucket_count - 1)];

	n->chain = *bucket;
	*bucket = n;
}

/* Failing to grow makes look-ups slower, nothing else. */
static void
grow(struct nametree *t)
{
	struct nametree_node **old = t->buckets, **bigger;
	size_t old_count = t->bucket_count;

	if ((bigger = calloc(old_count * 2, sizeof(struct nametree_node *))) == NULL)
		return;
	t->buckets = bigger;
	t->bucket_count = old_count * 2;
	for (size_t i = 0; i < old_count; i++)
		for (struct nametree_node *n = old[i], *next; n != NULL; n = next) {
			next = n->chain;
			link_in(t, n);
		}
	free(old);
}

static struct nametree_node *
make(struct nametree *t, const uint8_t *name, uint64_t hash)
{
	struct nametree_node *n = arena_alloc(t->arena, sizeof(*n));

	if (n == NULL || (n->name = arena_copy(t->arena, name, dname_len(name))) == NULL)
		return NULL;
	if (t->count >= t->bucket_count)
		grow(t);
	n->hash = hash;
	link_in(t, n);
	t->count++;
	return n;
}

static bool
is_wildcard(const uint8_t *name)
{
	return name[0] == 1 && name[1] == '*';
}

struct nametree_node *
nametree_add(struct nametree *t, const uint8_t *name)
{
	uint64_t hash = dname_hash(&nametree_key, name);
	struct nametree_node *n = lookup(t, name, hash), *made;

	if (n != NULL || (n = made = make(t, name, hash)) == NULL)
		return n;
	/* From the new node upward until an ancestor is there. */
	while (name[0] != 0) {
		const uint8_t *parent_name = dname_parent(name);
		struct nametree_node *parent;

		hash = dname_hash(&nametree_key, parent_name);
		parent = lookup(t, parent_name, hash);
		bool known = parent != NULL;
		if (!known && (parent = make(t, parent_name, hash)) == NULL)
			return NULL;
		if (is_wildcard(name))
			parent->wildcard = n;
		if (known)
			break;
		name = parent_name;
		n = parent;
	}
	return made;
}

enum err
nametree_add_set(struct nametree *t, const struct rrset *set)
{
	struct nametree_node *n = nametree_add(t, set->owner);
	struct nametree_set *s, **end;

	if (n == NULL || (s = arena_alloc(t->arena, sizeof(*s))) == NULL)
		return ERR_NOMEM;
	s->set = set;
	if (set->type == TYPE_DNAME)
		n->dname = set;
	for (end = &n->sets; *end != NULL; end = &(*end)->next)
		;
	*end = s;
	return ERR_OK;
}

static void
pass(struct nametree_path *out, const struct nametree_node *n)
{
	if (n->zone)
		out->zone = n;
	if (n->special != NULL) {
		out->outer = out->special;
		out->special = n;
	}
}

void
nametree_find(const struct nametree *t, const uint8_t *name, struct nametree_path *out)
{
	const uint8_t *labels[DNAME_LABELS_MAX];
	unsigned count = 0;
	const struct nametree_node *n;

	memset(out, 0, sizeof(*out));
	for (const uint8_t *at = name; count < DNAME_LABELS_MAX; at += 1 + at[0]) {
		labels[count++] = at;
		if (at[0] == 0)
			break;
	}
	while (count-- > 0) {
		n = lookup(t, labels[count], dname_hash(&nametree_key, labels[count]));
		if (n == NULL)
			return;
		pass(out, n);
		if (count == 0) {
			out->exact = n;
			return;
		}
		out->closest = n;
		if (n->dname != NULL)
			out->dname = n;
	}
}
