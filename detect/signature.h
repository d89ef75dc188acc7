#ifndef DETECT_SIGNATURE_H
#define DETECT_SIGNATURE_H

#include <stdint.h>

#include "detect/namehash.h"

/*
 * Tools by the marks that their protocols leave in names: one row a mark. A signature
 * names the tool in the event and stops the question that bears it; the charge that it
 * brings falls on the asking client in this zone, so that nobody can have an innocent
 * zone stopped by asking it for marks.
 */

struct signature {
	const char *tool;   /* "iodine" */
	const char *reason; /* "signature iodine": for the event */
	const char *mark;   /* which mark, in a few words */
};

/** signature_find(h, zone_labels, qtype): the mark that the labels left of the zone bear;
 * NULL none. */
const struct signature *signature_find(
    const struct namehash *h, unsigned zone_labels, uint16_t qtype);
/** signature_number(s) / signature_at(number): a row as a number of 8 bits, from 1; 0 is
 * NULL. */
uint8_t signature_number(const struct signature *s);
const struct signature *signature_at(uint8_t number);

#endif
