#ifndef OPS_CONTROL_TRUST_H
#define OPS_CONTROL_TRUST_H

#include "resolver/ops/control_commands.h"

/*
 * The commands about trust: handlers of the table in control_commands.c.
 */

control_handler control_trust_anchors;	/* anchors [refresh] */
control_handler control_trust_negative; /* nta add|list|remove|check */

#endif
