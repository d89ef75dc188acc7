#ifndef JUDGE_REPORT_H
#define JUDGE_REPORT_H

#include <stdio.h>

#include "resolver/judge/tally.h"
#include "resolver/ops/show.h"

/* A tally, told: for people on a terminal, for programs, and as a page that stands alone.
 */

/** report_text(s, t): tables and plain words. */
void report_text(const struct show *s, const struct tally *t);
/** report_json(t, out): one line, one object (schema 1, sekishoctl(8)). False without
 * memory. */
bool report_json(const struct tally *t, FILE *out);
/** report_html(t, out): one page, style and picture inside, no script. */
void report_html(const struct tally *t, FILE *out);

/** report_by_signature(z): a tool was known by its marks: no budget helps it. */
bool report_by_signature(const struct tally_zone *z);
/** report_for_budgets(t, list): how many of tally_zones' list are not by signature. */
unsigned report_for_budgets(const struct tally *t, const struct tally_zone **list);
/** report_own_service(t, z, out): a line for detection.own-services with its reason; a
 * comment where only few clients ask, as a tunnel's do. */
void report_own_service(const struct tally *t, const struct tally_zone *z, FILE *out);
/** report_rate(t): questions a second of CPU; 0 when too short to tell. */
double report_rate(const struct tally *t);
/** report_judged(t): questions that the cache and own data did not answer. */
uint64_t report_judged(const struct tally *t);
/** report_others(t): stopped questions of clients who did not cause it. */
uint64_t report_others(const struct tally *t);
/** report_share(part, whole, out): "0.12 %". */
char *report_share(uint64_t part, uint64_t whole, char out[SHOW_NUMBER_MAX]);

#endif
