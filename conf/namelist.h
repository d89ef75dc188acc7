#ifndef CONF_NAMELIST_H
#define CONF_NAMELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dname.h"
#include "base/err.h"
#include "base/siphash.h"

/*
 * A set of names where a name covers itself and all beneath it: block and allow
 * lists, known services. Each carries a number and where it came from, so that a verdict
 * can name file and line. Immutable once built; look-ups take no lock and no allocation,
 * and at most one probe for each depth at which the list holds any name at all.
 */

struct namelist;

struct namelist_hit {
	const uint8_t *name; /* the listed name; borrows until the next namelist_add */
	unsigned labels;     /* its depth (0: the root): more is more specific */
	uint32_t value;
	const char *file; /* borrows; "" for an inline entry */
	uint32_t line;
};

/** namelist_new(): returns a new, empty list; NULL without memory. */
struct namelist *namelist_new(void);
void namelist_free(struct namelist *l);
/**
 * namelist_add(l, name, value, file, line):
 * Copies ${name} (canonical) and ${file}. A second entry of the same name is no error:
 * the first is kept. Errors: ERR_NOMEM; ERR_LIMIT beyond 65,535 files or 4 GiB of names.
 */
MUST_USE enum err namelist_add(struct namelist *l, const uint8_t *name, uint32_t value,
    const char *file, uint32_t line);
/** namelist_find(l, name, hit): the deepest listed name at or above ${name} (canonical).
 * ${hit} may be NULL. */
bool namelist_find(
    const struct namelist *l, const uint8_t *name, struct namelist_hit *hit);
/** namelist_count(l): different names in it. */
size_t namelist_count(const struct namelist *l);
/** namelist_bytes(l): all memory it holds. */
size_t namelist_bytes(const struct namelist *l);

#endif
