#ifndef JUDGE_STREAM_H
#define JUDGE_STREAM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/*
 * A file as a stream of bytes: plain, or through xz, gzip, bzip2 or zstd when its first
 * bytes say so, or standard input ("-"). Its beginning can be looked at before it is
 * read, and how far it is can be told.
 */

struct stream;

/* What stream_peek shows at most. */
#define STREAM_PEEK_BYTES (64u << 10)
/* Of a longer line the rest is skipped: no format has such. */
#define STREAM_LINE_MAX (64u << 10)

/** stream_open(path, stop, out): once ${*stop} is not 0 (a signal's handler may set it;
 * NULL: never) the stream ends at what it has read. ERR_IO (errno says why), ERR_NOMEM.
 */
MUST_USE enum err stream_open(
    const char *path, const volatile sig_atomic_t *stop, struct stream **out);
/** stream_close(s): false when the file could not be read to its end, or its
 * decompressor failed or was not there. */
bool stream_close(struct stream *s);
/** stream_peek(s, len): the first bytes, before anything was read; borrows. */
const uint8_t *stream_peek(const struct stream *s, size_t *len);
/** stream_line(s, len): the next line without its end, NUL-terminated, to be written
 * into until the next call; NULL at the end. */
char *stream_line(struct stream *s, size_t *len);
/** stream_file(s): the rest as a FILE, for libraries; it does not close ${s}. NULL
 * without memory. */
FILE *stream_file(struct stream *s);
/** stream_share(s): how much of the file has been read, 0 to 1; below 0 when it cannot
 * be told (a pipe). */
double stream_share(const struct stream *s);

#endif
