#ifndef ITER_REFERRAL_H
#define ITER_REFERRAL_H

#include "resolver/iter/task.h"

/*
 * Step "referral": the zone's servers name those of a zone beneath. Classification
 * has made sure that it lies strictly below the zone and at or above the name, so each
 * referral brings the question closer. It is remembered as the parent said it, with the
 * DS set beside it for the validator.
 */
enum step_id referral_step(struct iter_task *t, struct frame *f);

#endif
