#ifndef OPS_CONTROL_FILTER_H
#define OPS_CONTROL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/dname.h"
#include "resolver/ops/control_request.h"

/*
 * Which events somebody wants to see. It looks at events as JSON (event_json), since that
 * is how they come from memory, from the journal's file and from its listener alike.
 */

struct control_filter {
	struct prefix client; /* family ADDR_NONE: any */
	bool has_zone;
	struct dname zone;	    /* the event's zone or question is at or beneath it */
	char action[16];	    /* "": any */
	char since[CLOCK_TEXT_MAX]; /* RFC 3339, compared as text; "": any time */
};

/** What the operator wrote; NULL: not given. */
struct control_filter_words {
	const char *client, *zone, *action, *since;
};
/** control_filter_init(f, words, wall_ms, error): ERR_MALFORMED with ${error} in the
 * operator's words. */
MUST_USE enum err control_filter_init(struct control_filter *f,
    const struct control_filter_words *words, int64_t wall_ms,
    char error[CONTROL_ERROR_MAX]);
/** control_filter_match(f, event): any JSON value may come; what is no event does not
 * match. */
bool control_filter_match(const struct control_filter *f, const json_t *event);
/** control_filter_is_before(f, event): ${event} is older than what is asked for. */
bool control_filter_is_before(const struct control_filter *f, const json_t *event);

#endif
