#ifndef DETECT_COST_H
#define DETECT_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/namehash.h"
#include "detect/seen.h"
#include "detect/wellknown.h"

/*
 * What a fresh name can carry, as the length of a code for it: bytes of information,
 * whatever the alphabet. doc/detection.md, "What a name costs".
 */

/** cost_of_label(label): bits of a label (length byte first) that its zone has not had
 * before. */
float cost_of_label(const uint8_t *label);

struct cost {
	float bytes;	     /* of all labels left of the zone */
	unsigned new_labels; /* labels, and parts of labels between '-', that the zone
				has not had */
	bool odd_bytes; /* in a new one: bytes that no host's name has (RFC 1123 2.1) */
};
/** What of a zone counts for that. */
struct cost_zone {
	unsigned labels;   /* its own */
	uint32_t distinct; /* labels and parts left of it that it has had; the table of
			      what is seen knows which */
	uint16_t era; /* of the entry that counts them: what was had before it began is
			 new again, or a choice among many would be charged as one among
			 the few that it has counted */
};
/** cost_of_name(h, zone, seen, wellknown, half_hour) */
struct cost cost_of_name(const struct namehash *h, const struct cost_zone *zone,
    const struct seen *seen, const struct wellknown *wellknown, uint32_t half_hour);
/** cost_knows_label(h, zone, labels, seen, half_hour): the zone has had the first of the
 * last ${labels} labels. */
bool cost_knows_label(const struct namehash *h, const struct cost_zone *zone,
    unsigned labels, const struct seen *seen, uint32_t half_hour);
/** cost_prefetch(h, zone_labels, seen): soon it will be asked for. */
void cost_prefetch(
    const struct namehash *h, unsigned zone_labels, const struct seen *seen);
/** cost_learn(h, zone, seen, tag, half_hour): the zone has now had the labels of this
 * name (the eight next to it), and eight parts of them. */
void cost_learn(const struct namehash *h, const struct cost_zone *zone, struct seen *seen,
    uint8_t tag, uint32_t half_hour);

#endif
