#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdio.h>

#include "base/arena.h"
#include "conf/schema.h"
#include "conf/tree.h"

/*
 * One scalar value of each kind: from text, to text, and how to tell an operator what was
 * expected. Lists, maps and items are the walks' business (conf/load.c, conf/dump.c).
 */

struct value_context {
	struct arena *arena; /* where texts and names go */
	const char *folder;  /* absolute; relative paths start here */
	bool nomem;	     /* out: memory ran out */
};

/* Room for what value_expected writes. */
#define VALUE_TEXT_MAX 256u

/** value_bytes(kind): size of the C type behind a scalar kind. */
size_t value_bytes(enum schema_kind kind);
/**
 * value_parse(context, option, node, out):
 * Stores the value of the scalar ${node} at ${out}, which has room for value_bytes.
 * Returns NULL, or why the value is refused: "" when value_expected says it all. ${out}
 * is then unchanged.
 */
const char *value_parse(struct value_context *context, const struct schema_option *option,
    const struct tree_node *node, void *out);
/** value_print(option, value, out): the value as YAML that value_parse reads back to the
 * same. */
void value_print(const struct schema_option *option, const void *value, FILE *out);
/** value_expected(option, out): "a number from 1 to 64", for one value of the option.
 * Returns ${out}. */
const char *value_expected(const struct schema_option *option, char out[VALUE_TEXT_MAX]);
/** value_name_check(text, len): NULL, or why ${text} cannot be a name in a list of names.
 */
const char *value_name_check(const char *text, size_t len);

#endif
