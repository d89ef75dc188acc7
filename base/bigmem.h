#ifndef BASE_BIGMEM_H
#define BASE_BIGMEM_H

#include <stddef.h>

/*
 * Memory for a large table that is looked up at random. In pages of 4 kB nearly each
 * look-up first walks the page tables, which costs as much as the look-up itself; so the
 * kernel is asked for pages of 2 MB. A wish: without them all is as well, but slower.
 */

/** bigmem_new(bytes): zeroed, aligned to a page at least. NULL without memory; free with
 * free(). */
void *bigmem_new(size_t bytes);

#endif
