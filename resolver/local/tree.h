#ifndef LOCAL_TREE_H
#define LOCAL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dname.h"
#include "base/err.h"
#include "base/rrset.h"
#include "resolver/local/special.h"

/*
 * The index of local data: a tree of names in a hash table. Every ancestor of an
 * entry is a node, so a look-up goes down from the top-level label and stops at
 * the first one that is not there: an ordinary public name costs one probe.
 *
 * Knows nothing of answers. Owns its nodes; borrows the RRsets and names given to it.
 */

struct tree_set {
	const struct rrset *set;
	struct tree_set *next;
};

struct tree_node {
	const uint8_t *name;	       /* canonical */
	struct tree_node *wildcard;    /* its child "*" (RFC 4592), or NULL */
	struct tree_set *sets;	       /* the operator's own data, in the order given */
	const struct special *special; /* the row whose apex this is, or NULL */
	bool zone;		       /* apex of a local zone */
	struct tree_node *chain;       /* in the hash table */
	uint64_t hash;
};

/** What lies on the way down to a name. */
struct tree_path {
	const struct tree_node *exact; /* the name itself; NULL when it is not there */
	const struct tree_node
	    *closest;		      /* the deepest ancestor that is there; NULL: none */
	const struct tree_node *zone; /* the deepest local zone at or above the name */
	const struct tree_node *special; /* the deepest special row at or above it */
};

struct tree;

/** tree_new(): NULL without memory. */
struct tree *tree_new(void);
void tree_free(struct tree *t);
/** tree_add(t, name): the node of ${name} (copied), made with its ancestors when missing;
 * NULL without memory. */
struct tree_node *tree_add(struct tree *t, const uint8_t *name);
/** tree_add_set(t, set): ${set} belongs to its owner's node from now on; borrows.
 * ERR_NOMEM. */
MUST_USE enum err tree_add_set(struct tree *t, const struct rrset *set);
/** tree_find(t, name, out): the way down to canonical ${name}. No lock, no allocation. */
void tree_find(const struct tree *t, const uint8_t *name, struct tree_path *out);
size_t tree_count(const struct tree *t);

#endif
