#ifndef DETECT_MEASURE_H
#define DETECT_MEASURE_H

#include <stdbool.h>

#include "detect/level.h"

/*
 * Measures: the hold of one client in one zone, and the sinkhole of a zone for all. Who
 * is stopped, for how long, and when a measure no longer stops anybody. The level's lock
 * is held.
 */

/** measure_in_force(in, l, dec): true when a measure that is in force stops this
 * question; ${dec} says which. */
bool measure_in_force(struct inquiry *in, struct level *l, struct decision *dec);
/**
 * measure_full(in, l, dec, own, limit):
 * An account is above ${limit} bytes; ${own} is this client's part of it. Begins what
 * that calls for, if it calls for anything.
 */
void measure_full(struct inquiry *in, struct level *l, struct decision *dec,
    const struct account *own, float limit);

#endif
