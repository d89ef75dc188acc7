#ifndef JUDGE_WHEN_H
#define JUDGE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Times as logs write them, in milliseconds since 1970. A log's own zone is not known:
 * what has no offset is taken as UTC, since only spans matter to judgement.
 */

/**
 * when_read(text, near_ms, wall_ms): reads a time at the beginning of ${text}; returns
 * the text behind it, or NULL when there is none. Understood: 1700000000[.123] seconds
 * since 1970 2026-11-22T08:15:30[.123][Z|+01:00]  RFC 3339, a blank for the T too
 *   22-Nov-2026 08:15:30[.123]           BIND
 *   Nov 22 08:15:30[.123]                syslog: the year that brings it nearest to
 *                                        ${near_ms}
 *   [Sun] Nov 22 08:15:30 2026           ctime, OpenWrt's logread
 */
const char *when_read(const char *text, int64_t near_ms, int64_t *wall_ms);

/** when_year(wall_ms): of the Gregorian calendar. */
int when_year(int64_t wall_ms);

#endif
