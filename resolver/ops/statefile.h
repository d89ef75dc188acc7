#ifndef OPS_STATEFILE_H
#define OPS_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/*
 * One file of the state directory, whole or not at all: written beside, synced, renamed;
 * read into memory. Blocks for the disk: the main thread's.
 */

#define STATEFILE_ERROR_MAX 512u

/** statefile_write(dir, name, write, ctx, error): ${write} puts the content into its
 * stream. ERR_IO: the older file is still there and ${error} says why. */
MUST_USE enum err statefile_write(const char *dir, const char *name,
    enum err (*write)(void *ctx, FILE *out), void *ctx, char error[STATEFILE_ERROR_MAX]);
/** statefile_read(dir, name, max_bytes, text, len, error): malloc'ed; the caller frees.
 * ERR_NOTFOUND, ERR_IO, ERR_NOMEM. */
MUST_USE enum err statefile_read(const char *dir, const char *name, size_t max_bytes,
    char **text, size_t *len, char error[STATEFILE_ERROR_MAX]);
/** statefile_put_aside(dir, name): a damaged one becomes NAME.damaged, for whoever wants
 * to look; it is in nobody's way then. */
void statefile_put_aside(const char *dir, const char *name);

#endif
