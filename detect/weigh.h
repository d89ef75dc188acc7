#ifndef DETECT_WEIGH_H
#define DETECT_WEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/state.h"

/*
 * Evidence: how much dearer or cheaper than its bytes a fresh name is charged. Each term
 * adds to an exponent; doc/detection.md says where each comes from and what it is worth.
 */

enum weigh_term {
	WEIGH_COST,   /* mean bytes of a fresh name here */
	WEIGH_FRESH,  /* share of fresh names among recent questions */
	WEIGH_TYPE,   /* share of types that carry data */
	WEIGH_STEADY, /* regularity of one client's interval, 0..1 */
	WEIGH_HASTE,  /* names that one client alone brings at a program's pace */
	WEIGH_SHARED, /* clients that share names here */
	WEIGH_TERMS
};

struct weighing {
	float value[WEIGH_TERMS];  /* the figure */
	float weight[WEIGH_TERMS]; /* what it adds to the exponent */
	float bold;   /* the factor without caution at a zone's first names */
	float factor; /* exp of the sum but for WEIGH_SHARED, within WEIGH_LEAST ..
			 WEIGH_MOST */
};

#define WEIGH_LEAST 0.02f
#define WEIGH_MOST  8.0f
/* Where most questions are of types that people do not ask there is no doubt to give the
 * benefit of. */
#define WEIGH_MOST_TYPE 24.0f

/** weigh(z, r, without, out): ${r}: when this client asks in ${z}; bit t of ${without}
 * leaves term t out. */
void weigh(const struct zone_state *z, const struct rhythm *r, uint32_t without,
    struct weighing *out);
/** weigh_sharing(z, without): clients that share names in this zone, by which its
 * accounts are larger. Not in the factor: sharing shows late, and what was charged before
 * it showed must become cheaper too. */
float weigh_sharing(const struct zone_state *z, uint32_t without);
/** weigh_name(term): a constant for an event's evidence. */
const char *weigh_name(enum weigh_term term);

#endif
