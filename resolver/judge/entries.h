#ifndef JUDGE_ENTRIES_H
#define JUDGE_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "resolver/judge/format.h"
#include "resolver/judge/stream.h"

/*
 * A stream of lines as records. The format is found from the beginning; a line that is
 * not of it is tried in all others, so that logs put together are read to their end.
 */

struct entries;

/** entries_open(s, file_ms, out): ${file_ms} as in reader_start. Borrows ${s}. ERR_NOMEM;
 * ERR_MALFORMED: no line of the beginning is of a known format. */
MUST_USE enum err entries_open(struct stream *s, int64_t file_ms, struct entries **out);
void entries_free(struct entries *l);
/** entries_next(l, out, result): false at the end. ${out} is cleared first. */
bool entries_next(struct entries *l, struct record *out, enum read_result *result);

/** entries_format(l): of the line before; of a READ_BAD, the one that it is most like. */
const struct format *entries_format(const struct entries *l);
/** entries_mixed(l): there was more than one. */
bool entries_mixed(const struct entries *l);
/** entries_fault(l): of a READ_BAD, the reader that knows what is wrong. Borrows. */
const struct reader *entries_fault(const struct entries *l);
/** entries_untimed / entries_nameless: so far, of all formats (struct reader). */
uint64_t entries_untimed(const struct entries *l);
uint64_t entries_nameless(const struct entries *l);

#endif
