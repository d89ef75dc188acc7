#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * How often a figure was how large, in powers of two: place 0 counts zeros, place i what
 * lies in 2^(i-1) .. 2^i - 1, the last place all above. 160 bytes of plain state inside
 * somebody else's struct, one instruction or two a figure; histograms of several threads
 * are merged by adding them up. An operator sees from it how close ordinary questions
 * come to a limit before the limit breaks one.
 */

#define HISTOGRAM_PLACES 20u /* up to 262,143 told apart */

struct histogram {
	uint64_t places[HISTOGRAM_PLACES];
};

/** histogram_add(h, value): one more figure. */
void histogram_add(struct histogram *h, uint64_t value);
/** histogram_merge(into, from): ${into} counts what ${from} counted as well. */
void histogram_merge(struct histogram *into, const struct histogram *from);
/** histogram_least(place): the smallest figure counted in ${place}
 * (0..HISTOGRAM_PLACES-1): 0, 1, 2, 4, 8 ... */
uint64_t histogram_least(unsigned place);

#endif
