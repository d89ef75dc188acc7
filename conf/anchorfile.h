#ifndef CONF_ANCHORFILE_H
#define CONF_ANCHORFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/report.h"

/*
 * Files of trust anchors as other resolvers keep them, taken apart into single records.
 *
 *   - Records as in a zone file, over several lines within parentheses, ';' begins a
 *     comment. Of a file that Unbound keeps up to date itself (its first comment says so)
 *     the keys are seeds; those that it marks as not trusted (";;state=1") are left out.
 *   - BIND's blocks trust-anchors, managed-keys and trusted-keys: a name, initial-key,
 *     static-key, initial-ds or static-ds (trusted-keys has none), three numbers, a text.
 *     Comments are C's, C++'s and the shell's.
 */

/** Gets each record as text and whether it is a seed; false ends it. */
typedef bool anchorfile_add_fn(
    void *ctx, const char *record, bool rolling, const struct report_mark *mark);

/** anchorfile_parse(text, len, source, report, add, ctx): mistakes go to ${report}, each
 * with its line and column; what stands around them is read all the same. */
void anchorfile_parse(const char *text, size_t len, const struct report_source *source,
    struct report *report, anchorfile_add_fn *add, void *ctx);

#endif
