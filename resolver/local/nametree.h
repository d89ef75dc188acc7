#ifndef LOCAL_NAMETREE_H
#define LOCAL_NAMETREE_H

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

struct nametree_set {
	const struct rrset *set;
	struct nametree_set *next;
};

struct nametree_node {
	const uint8_t *name;		/* canonical */
	struct nametree_node *wildcard; /* its child "*" (RFC 4592), or NULL */
	struct nametree_set *sets;	/* the operator's own data, in the order given */
	const struct rrset *dname;	/* the one among them, or NULL */
	const struct special *special;	/* the row whose apex this is, or NULL */
	bool zone;			/* apex of a local zone */
	struct nametree_node *chain;	/* in the hash table */
	uint64_t hash;
};

/** What lies on the way down to a name. */
struct nametree_path {
	const struct nametree_node *exact;   /* the name itself, or NULL */
	const struct nametree_node *closest; /* its deepest ancestor there, or NULL */
	const struct nametree_node *zone;    /* deepest local zone at or above */
	const struct nametree_node *special; /* deepest special row at or above */
	const struct nametree_node *outer;   /* the special row above that, or NULL */
	const struct nametree_node *dname;   /* deepest ancestor with a DNAME, or NULL */
};

struct nametree;

/** nametree_new(): NULL without memory. */
struct nametree *nametree_new(void);
void nametree_free(struct nametree *t);
/** nametree_add(t, name): the node of ${name} (copied), made with its ancestors when
 * missing; NULL without memory. */
struct nametree_node *nametree_add(struct nametree *t, const uint8_t *name);
/** nametree_add_set(t, set): ${set} belongs to its owner's node from now on; borrows.
 * ERR_NOMEM. */
MUST_USE enum err nametree_add_set(struct nametree *t, const struct rrset *set);
/** nametree_find(t, name, out): the way down to canonical ${name}. No lock, no
 * allocation. */
void nametree_find(
    const struct nametree *t, const uint8_t *name, struct nametree_path *out);

#endif
