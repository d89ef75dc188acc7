#ifndef CONF_BUILTIN_H
#define CONF_BUILTIN_H

#include <stddef.h>

/*
 * Shipped files as they stand in the source tree, for when no other is named. The
 * code is made from the files by conf/builtin.awk.
 */

/** builtin_root_hints() / builtin_root_anchor() / builtin_known_services(): the text,
 * NUL-terminated; lives for ever. */
const char *builtin_root_hints(void);
const char *builtin_root_anchor(void);
const char *builtin_known_services(void);

#endif
