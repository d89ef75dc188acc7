#ifndef CONF_LISTFILE_H
#define CONF_LISTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/namelist.h"
#include "conf/report.h"

/*
 * List files: one name a line, which covers all beneath it; '#' begins a comment; empty
 * lines are nothing. A line that begins with an address is one of a hosts file, and the
 * names behind the address are meant. In a list of factors, a number follows each name.
 */

#define LISTFILE_BYTES_MAX  ((size_t)512 << 20)
#define LISTFILE_LINES_MAX  8000000u /* a quarter of it is the largest public list */
#define LISTFILE_FACTOR_MAX 1000u

enum listfile_format { LISTFILE_NAMES, LISTFILE_FACTORS };

/**
 * listfile_parse(text, len, source, format, report, list):
 * Adds what ${text} lists to ${list}, with the factor as value (1 for names) and
 * ${source->name} as file. Every wrong line is told in ${report}; the others are taken.
 * Returns false when memory ran out.
 */
bool listfile_parse(const char *text, size_t len, const struct report_source *source,
    enum listfile_format format, struct report *report, struct namelist *list);

#endif
