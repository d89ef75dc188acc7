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

/**
 * signature_find(h, zone_labels, qtype, session):
 * The mark that the labels left of the zone bear; NULL none.
 * ${session} becomes 0 when the mark is certain by itself. Else the name only has the
 * form of that tool's, as one in some hundred random names has, and ${session} is what
 * stays the same through one run of the tool: two names of one client in one zone with
 * the same are certain.
 */
const struct signature *signature_find(
    const struct namehash *h, unsigned zone_labels, uint16_t qtype, uint16_t *session);
/** signature_number(s) / signature_at(number): a row as a number of 8 bits, from 1; 0 is
 * NULL. */
uint8_t signature_number(const struct signature *s);
const struct signature *signature_at(uint8_t number);

#endif
