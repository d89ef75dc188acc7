#ifndef OPS_CTL_TRUST_H
#define OPS_CTL_TRUST_H

#include "resolver/ops/ctl_json.h"

/*
 * Replies of the commands about trust, for people.
 */

void ctl_trust_show_anchors(const struct show *s, const json_t *reply, int64_t wall_ms);
/** ctl_trust_show_negative(s, reply, wall_ms): of "nta list"; false: it was another one.
 */
bool ctl_trust_show_negative(const struct show *s, const json_t *reply);

#endif
