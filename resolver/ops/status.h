#ifndef OPS_STATUS_H
#define OPS_STATUS_H

#include <jansson.h>

#include "conf/conf.h"
#include "resolver/ops/doors.h"
#include "resolver/serve/shared.h"

/*
 * What the daemon is at a glance: the reply to "sekishoctl status".
 */
struct status {
	const struct shared *shared;
	const struct doors *doors;
	const struct conf *built;    /* the one it started with */
	const struct conf *in_force; /* the one of its latest reload */
	unsigned workers;
	uint64_t uptime_ms;
};

/** status_json(s): returns a new object; NULL without memory. */
json_t *status_json(const struct status *s);
/** status_mode(mode): "off", "shadow" or "enforce", of conf's detection_mode. */
const char *status_mode(unsigned mode);

#endif
