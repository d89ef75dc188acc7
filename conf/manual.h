#ifndef CONF_MANUAL_H
#define CONF_MANUAL_H

#include <stdio.h>

/** manual_write(out): the option list of sekisho.yaml(5) as mdoc: one subsection a
 * section of the file. */
void manual_write(FILE *out);

#endif
