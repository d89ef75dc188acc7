#ifndef DETECT_LEARN_H
#define DETECT_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/dname.h"
#include "base/err.h"

/*
 * The learn period: what would have been stopped passes, and of each zone that was over
 * its budget it is noted who asked what there. At its end stands a list for an operator
 * to read: what several people's machines do alike, or what has the form of a look-up, is
 * proposed with a factor; the rest stands there as a comment.
 *
 * Fixed size; the caller has the lock.
 */

#define LEARN_LESSONS_MAX 512u

struct lesson {
	uint64_t zone_key;   /* 0: free */
	uint64_t clients;    /* by 6 bits of hash */
	uint32_t names;	     /* that were over the budget */
	uint32_t reversed;   /* of them, addresses the wrong way round */
	uint32_t suffixed;   /* of them, public names with the zone behind */
	uint32_t most_bytes; /* of one client in all */
	float bytes;	     /* of all these names */
	struct dname zone;
};

struct learn {
	struct lesson lessons[LEARN_LESSONS_MAX];
};

/** learn_of(l, zone_key, zone): the lesson of that zone, new if need be; when its bucket
 * is full the one with the fewest names gives way. */
struct lesson *learn_of(struct learn *l, uint64_t zone_key, const uint8_t *zone);

/** What a list's line is measured against. */
struct learn_budget {
	uint32_t stop_bytes, drain_millibytes_per_sec, span_sec;
};
/** learn_write(l, b, out): the list. ERR_IO. */
MUST_USE enum err learn_write(
    const struct learn *l, const struct learn_budget *b, FILE *out);

#endif
