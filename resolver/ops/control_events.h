#ifndef OPS_CONTROL_EVENTS_H
#define OPS_CONTROL_EVENTS_H

#include "resolver/ops/control_commands.h"

/*
 * The commands that look back: from detection's memory first, then from the
 * journal's file, read from its end (backlog.h). Handlers of control_commands.c's table.
 */

json_t *control_events_list(struct control_call *call);
json_t *control_events_explain(struct control_call *call);

#endif
