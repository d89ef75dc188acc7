#ifndef OPS_CTL_EXPLAIN_H
#define OPS_CTL_EXPLAIN_H

#include <stdint.h>

#include <jansson.h>

#include "resolver/ops/show.h"

/*
 * One decision, told so that an operator can judge it: what happened to whom, the
 * evidence as figures with their weights, what leaked, whether it is still in force, and
 * how to end it.
 */

/** ctl_explain_show(s, reply, wall_ms): the reply of the command explain; ${wall_ms} is
 * now. */
void ctl_explain_show(const struct show *s, const json_t *reply, int64_t wall_ms);

#endif
