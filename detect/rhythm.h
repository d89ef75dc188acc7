#ifndef DETECT_RHYTHM_H
#define DETECT_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/state.h"

/*
 * At what times one client asks in one zone: is it a machine's beat? Twenty bytes, no
 * history. What makes it hard, and what is done:
 *
 * 1. Jitter. Malware adds up to half of the interval at random. The figure is the mean
 *    distance from the mean: 0 of a clock, 0.25 of an even jitter of one half, above 0.6
 *    of people, whose pauses have no scale.
 * 2. Bursts. One beat may be several questions (A, AAAA, a try again): what follows
 *    within an eighth of the mean, or at first within two seconds, belongs to the beat.
 * 3. Sleep. A pause of more than four means is no interval: a laptop was closed.
 * 4. Clocks. Time is monotonic; a step back is a burst.
 */

/** rhythm_count(r, mono_ms, now_sec): a question now. */
void rhythm_count(struct rhythm *r, uint64_t mono_ms, uint32_t now_sec);
/** rhythm_regularity(r): 1 a clock, 0 none; 0 as well with fewer than RHYTHM_LEAST
 * intervals. */
float rhythm_regularity(const struct rhythm *r);
/** rhythm_is_steady(r): regular enough to speak against a name that is fresh. */
bool rhythm_is_steady(const struct rhythm *r);
/** rhythm_is_slow(r): not a program that is busy. */
bool rhythm_is_slow(const struct rhythm *r);
/** rhythm_is_beacon(r): slow, and steady for so long that people are out of the question.
 */
bool rhythm_is_beacon(const struct rhythm *r);

#define RHYTHM_LEAST 6u

#endif
