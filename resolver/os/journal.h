#ifndef OS_JOURNAL_H
#define OS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "detect/event.h"

/*
 * The journal: events as JSON lines in a file, written by one thread of its own through
 * a bounded ring. Pushing never waits: a full ring counts a loss and answering goes on;
 * losses are written as a line of their own when there is room again.
 */
struct journal;

/** journal_new(path, slots): opens (append, 0640) and starts the writer. ${path} "":
 * events go to the listener alone. ERR_IO: errno says why. */
MUST_USE enum err journal_new(const char *path, unsigned slots, struct journal **out);
/** journal_free(j): writes what is in the ring, then ends the thread. */
void journal_free(struct journal *j);
/** journal_push(j, e): copies ${e}; any thread; false when the ring was full (counted).
 */
bool journal_push(struct journal *j, const struct event *e);
/** journal_reopen(j, path): at the writer's next turn (log rotation, reload). ${path}
 * copied. A path that cannot be opened leaves the old file in use and logs an error. */
void journal_reopen(struct journal *j, const char *path);
/** journal_listen(j, fn, ctx): the writer thread calls ${fn} with each line (without
 * newline) after writing it; NULL: nobody. */
void journal_listen(
    struct journal *j, void (*fn)(void *ctx, const char *line), void *ctx);
uint64_t journal_written(const struct journal *j);
uint64_t journal_lost(const struct journal *j);

#endif
