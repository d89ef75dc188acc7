#ifndef DNSSEC_ROLLOVER_TEXT_H
#define DNSSEC_ROLLOVER_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "resolver/dnssec/rollover.h"

/*
 * Trust points as text: what is kept over a restart. Lines of words:
 *
 *   sekisho-trust-anchors 1
 *   point ZONE next SEC tried SEC success SEC retry SEC failures N keys N
 *   key STATE since SEC seen SEC hold SEC FLAGS 3 ALGORITHM BASE64
 *   end POINTS
 *
 * All or nothing: which key is trusted is not to be guessed from half a file. So a reader
 * is strict: every word in its place, no number out of range, nothing behind the end.
 */

#define ROLLOVER_POINTS_MAX 64u
#define ROLLOVER_TEXT_MAX                                                                \
	(4u << 20) /* bytes of a file; 64 points of 16 keys need 2 MB                    \
		    */
#define ROLLOVER_ERROR_MAX 160u

/** rollover_text_write(points, count, out): ERR_IO when ${out} refuses. */
MUST_USE enum err rollover_text_write(
    const struct rollover *const *points, size_t count, FILE *out);

/**
 * rollover_text_read(text, len, add, ctx, line, error):
 * Any bytes may come. ${add} takes (copies) each point in turn and says whether it could;
 * what it was given counts only when ERR_OK is returned.
 * Errors: ERR_MALFORMED: ${line} (from 1) and ${error} say where and why; ERR_NOMEM from
 * ${add}.
 */
MUST_USE enum err rollover_text_read(const char *text, size_t len,
    bool (*add)(void *ctx, const struct rollover *r), void *ctx, unsigned *line,
    char error[ROLLOVER_ERROR_MAX]);

#endif
