#ifndef OPS_CTL_REPLY_H
#define OPS_CTL_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "resolver/ops/show.h"

/*
 * The daemon's replies as text for people: one function a command. It reads JSON alone,
 * so a reply of an older or newer daemon shows what both know of.
 */

/** ctl_reply_show(s, command, reply, wall_ms): a reply with "ok" true. ${wall_ms} is now,
 * for "3 minutes ago". */
void ctl_reply_show(
    const struct show *s, const char *command, const json_t *reply, int64_t wall_ms);
/** ctl_reply_show_event(s, event): one line of events --follow. */
void ctl_reply_show_event(const struct show *s, const json_t *event);
/** ctl_reply_show_error(s, reply): why the daemon said no, on ${s} (standard error). */
void ctl_reply_show_error(const struct show *s, const json_t *reply);

#endif
