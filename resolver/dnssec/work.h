#ifndef DNSSEC_WORK_H
#define DNSSEC_WORK_H

#include "resolver/dnssec/rrsig.h"

/*
 * The one place where a question's budget is asked and charged (rrsig.h).
 */

/** work_verification(b, units) / work_hash(b, units): may one be done now? DNSSEC_OK: it
 * may and is charged; DNSSEC_LIMIT: there are no more for this question; DNSSEC_YIELD:
 * not in this slice. */
enum dnssec_reason work_verification(struct dnssec_budget *b, uint32_t units);
enum dnssec_reason work_hash(struct dnssec_budget *b, uint32_t units);
/** work_charge(b, units): for what is cheap or has to be done anyway. */
void work_charge(struct dnssec_budget *b, uint32_t units);
/** work_is_left(b): false: the question has used up DNSSEC_WORK_MAX. */
bool work_is_left(const struct dnssec_budget *b);

#endif
