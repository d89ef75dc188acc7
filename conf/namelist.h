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
 * lists, known services. Each carries a number and where it came from, so that a verdict can
 * name file and line. Immutable once built; look-ups take no lock and no allocation, one
 * probe per label.
 */

struct namelist;

struct namelist_hit {
	const uint8_t *name;  /* the listed name. Borrows */
	unsigned labels;      /* its depth: more is more specific */
	uint32_t value;
	const char *file;     /* borrows; "" for an inline entry */
	uint32_t line;
};

struct namelist *namelist_new(void);
void namelist_free(struct namelist *l);
/** namelist_add(l, name, value, file, line): a second entry of the same name keeps the first. ERR_NOMEM. */
MUST_USE enum err namelist_add(struct namelist *l, const uint8_t *name, uint32_t value,
    const char *file, uint32_t line);
/** namelist_find(l, name, hit): the deepest listed name at or above ${name} (canonical). */
bool namelist_find(const struct namelist *l, const uint8_t *name, struct namelist_hit *hit);
size_t namelist_count(const struct namelist *l);

#endif
