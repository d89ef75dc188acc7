#ifndef CONF_DUMP_H
#define CONF_DUMP_H

#include <stdio.h>

#include "conf/schema.h"
#include "conf/whole.h"

/*
 * The effective configuration as YAML: every option of the schema in its order, defaults
 * too.
 */

/** dump_whole(w, out): what conf_load reads back to the same. Write errors are the
 * caller's to ask (ferror). */
void dump_whole(const struct whole *w, FILE *out);
/** dump_option(o, base, indent, out): one of them, of the struct at ${base}. */
void dump_option(
    const struct schema_option *o, const void *base, unsigned indent, FILE *out);

#endif
