#ifndef OPS_BACKLOG_H
#define OPS_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * A file of lines read from its end: what the journal has to say about the recent past,
 * at a bounded cost however large the file has become.
 */

#define BACKLOG_LINE_MAX 65536u /* longer lines are stepped over */

/** Gets a line without its newline, not NUL-terminated; false ends the scan. */
typedef bool backlog_fn(void *ctx, const char *line, size_t len);

/**
 * backlog_scan(path, max_bytes, fn, ctx):
 * The lines of ${path}, newest first, within its last ${max_bytes}. A last line without
 * newline is still being written and is left out.
 * Errors: ERR_IO (errno), ERR_NOMEM, ERR_LIMIT: there was more than ${max_bytes}.
 */
MUST_USE enum err backlog_scan(
    const char *path, size_t max_bytes, backlog_fn *fn, void *ctx);

#endif
