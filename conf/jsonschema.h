#ifndef CONF_JSONSCHEMA_H
#define CONF_JSONSCHEMA_H

#include <stdio.h>

/** jsonschema_write(out): a JSON Schema (2020-12) of the configuration file, for editors.
 */
void jsonschema_write(FILE *out);

#endif
