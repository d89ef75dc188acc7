#ifndef ITER_VALIDATE_H
#define ITER_VALIDATE_H

#include "resolver/iter/task.h"

/*
 * Step "validate": what was found is believed, known to be insecure, or bogus (RFC 4035
 * 4.3, 5). Between the answer and the end of the client's question.
 */
enum step_id validate_step(struct iter_task *t, struct frame *f);

/** validate_init(t) / validate_fini(t): the budgets of a new task; its references. */
void validate_init(struct iter_task *t);
void validate_fini(struct iter_task *t);
/** validate_slice(t): a step begins, with ${t->event}: so much may be computed in it. */
void validate_slice(struct iter_task *t);

/** validate_verifications / validate_hashes(t): signatures checked, NSEC3 hashes made so
 * far. */
uint32_t validate_verifications(const struct iter_task *t);
uint32_t validate_hashes(const struct iter_task *t);

/** validate_wants_fresh(t, f, set): ${set} of the cache does not do for ${f}: it has not
 * been checked and cannot be, or not with the bogus data that it may be; or it was
 * expanded from a wildcard, whose proof has to come along (RFC 4035 3.1.3.3). */
bool validate_wants_fresh(
    const struct iter_task *t, const struct frame *f, const struct rrset *set);
/** validate_is_expanded(set): some signature of ${set} is a wildcard's: its proof goes
 * with it. */
bool validate_is_expanded(const struct rrset *set);
/** validate_expanded_from(set, labels): the same; the wildcard is the one at the last
 * ${*labels} labels of the owner. */
bool validate_expanded_from(const struct rrset *set, unsigned *labels);

#endif
