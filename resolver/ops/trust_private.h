#ifndef OPS_TRUST_PRIVATE_H
#define OPS_TRUST_PRIVATE_H

#include "base/arena.h"
#include "resolver/dnssec/negative.h"
#include "resolver/dnssec/rollover.h"
#include "resolver/dnssec/rollover_text.h"
#include "resolver/ops/trust.h"

/*
 * What trust.c and trust_json.c share.
 */

#define TRUST_FLUSHES_MAX 16u

struct trust_point {
	struct rollover r;
	bool asked; /* a probe is on its way */
};

struct trust_flush {
	struct dname name;
	uint64_t due_ms;
};

struct trust {
	struct trust_env env;
	struct conf *conf; /* a reference */
	bool keeps;	   /* the state directory can be written */
	size_t point_count;
	struct trust_point *points[ROLLOVER_POINTS_MAX];
	struct negative *negative;
	struct loop_timer *timer;
	struct arena *scratch;
	uint64_t recheck_ms; /* when run-time negative anchors are asked for next */
	/* Tasks that began before a change may still put into the caches what was so
	 * then: flushed once more when they have ended. */
	size_t flush_count;
	struct trust_flush flushes[TRUST_FLUSHES_MAX];
};

/** trust_now_sec(t): resolver.validation-time, or the clock's. */
int64_t trust_now_sec(const struct trust *t);
/** trust_seeds(t, zone): what the configuration trusts of it; NULL. Borrows. */
const struct rrset *trust_seeds(const struct trust *t, const uint8_t *zone);

#endif
