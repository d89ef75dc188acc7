#ifndef CONF_TREE_H
#define CONF_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "conf/report.h"

/*
 * YAML text as a tree of scalars, lists and maps, each with its place. It knows
 * nothing of options. Only the plain part of YAML is taken: one document, no aliases and
 * anchors (a few lines of them can stand for gigabytes), no tags, no keys that are not
 * text.
 */

#define TREE_DEPTH_MAX 10u	/* groups: - types: allow: - NULL is 6 */
#define TREE_NODES_MAX 1000000u /* longer lists belong into list files */
#define TREE_BYTES_MAX (64u << 20)

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree_node {
	uint8_t kind; /* enum tree_kind */
	bool quoted;  /* a scalar that was written in quotes or as a block */
	struct report_mark mark;
	const char *text;	 /* scalar: UTF-8, NUL-terminated */
	size_t len;		 /* scalar: bytes of ${text}; a NUL may be among them */
	struct tree_node *key;	 /* a map's child: its key, a scalar */
	struct tree_node *first; /* list and map: the children */
	struct tree_node *next;	 /* in the parent */
	size_t count;		 /* children */
};

/**
 * tree_parse(text, len, source, arena, report, root):
 * Puts a tree in ${arena} into ${root}; NULL for a text without any value. Borrows
 * ${source} as long as the tree lives. Returns false with the mistake told in ${report};
 * the rest of the text is then not read.
 */
bool tree_parse(const char *text, size_t len, const struct report_source *source,
    struct arena *arena, struct report *report, struct tree_node **root);

/** tree_is_null(n): nothing was written (or ~, or null). */
bool tree_is_null(const struct tree_node *n);
/** tree_child(map, key): the first child with this key, or NULL; also NULL when ${map} is
 * NULL or no map. */
const struct tree_node *tree_child(const struct tree_node *map, const char *key);

#endif
