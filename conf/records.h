#ifndef CONF_RECORDS_H
#define CONF_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/rrset.h"
#include "conf/report.h"

/*
 * Resource records as operators write them, one a line, gathered into RRsets: local
 * data and root hints. The text is read by ldns, which the operator's files may reach and
 * packets never do.
 */

struct records;

/** records_new(arena): returns a new, empty collection in ${arena}, where the records
 * live until it is freed. NULL at its limit. */
struct records *records_new(struct arena *arena);
/**
 * records_add(rs, text, mark):
 * One record in presentation form: owner, TTL (3600 if missing), class IN (may be
 * missing), type, data. Names are complete with or without a trailing dot. ${mark} is
 * kept for complaints. Returns NULL, or why it is refused (lives for ever); "" when
 * memory ran out.
 */
const char *records_add(
    struct records *rs, const char *text, const struct report_mark *mark);
/** records_add_anchor(rs, text, mark): the same for a trust anchor: a DS is kept as it
 * is, of a DNSKEY its DS with SHA-256; other types are refused. */
const char *records_add_anchor(
    struct records *rs, const char *text, const struct report_mark *mark);
/**
 * records_sets(rs, arena, trust, report, out):
 * Puts all records into RRsets in ${arena}: canonical order of owners, then types
 * ascending; in a set the records in the order they came, each once, with the lowest TTL
 * of them (RFC 2181 5.2). Tells sets that are too large and a CNAME beside other data
 * (RFC 1034 3.6.2) in ${report}. Returns false without memory.
 */
bool records_sets(struct records *rs, struct arena *arena, enum rrset_trust trust,
    struct report *report, struct rrset **out);

#endif
