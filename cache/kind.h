#ifndef CACHE_KIND_H
#define CACHE_KIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/dname.h"
#include "cache/store.h"

/*
 * The keys of everything that this folder puts into a store. RRsets and whole
 * answers may share one, so each key ends with a byte that says whose it is.
 *
 * A key is a canonical name, then a few fixed bytes, the kind last. With the name
 * in front, the key of a name's ancestor is the end of the name's own key, and
 * a walk towards the root copies nothing.
 */

enum cache_kind {
	KIND_RRSET = 1,
	KIND_NODATA,
	KIND_NXDOMAIN,
	KIND_DELEGATION,
	KIND_FAILURE,
	KIND_ANSWER
};

/** kind_name_len(key, key_len, tail_len): the length of the name in front of ${tail_len}
 * bytes; 0 when ${key} has no such form. */
static inline size_t
kind_name_len(const uint8_t *key, size_t key_len, size_t tail_len)
{
	size_t at = 0;

	if (key_len <= tail_len)
		return 0;
	key_len -= tail_len;
	while (at < key_len && key[at] != 0 && key[at] <= DNAME_LABEL_MAX)
		at += (size_t)key[at] + 1;
	return at + 1 == key_len && at < DNAME_MAX && key[at] == 0 ? key_len : 0;
}

/* Kinds whose keys have ${tail_len} bytes behind the name. */
struct kind_range {
	enum cache_kind first, last;
	size_t tail_len;
};

/** kind_flush(s, range, name, subtree): forgets the entries of these kinds for ${name}
 * (and below); returns how many. */
size_t kind_flush(
    struct store *s, const struct kind_range *range, const uint8_t *name, bool subtree);

#endif
