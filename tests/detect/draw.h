#ifndef TESTS_DETECT_DRAW_H
#define TESTS_DETECT_DRAW_H

#include <stdint.h>

/*
 * Numbers and names from a seed, the same on every machine: xorshift64* (Vigna 2014). A
 * seed must not be 0.
 */

#define DRAW_HEX    "0123456789abcdef"
#define DRAW_BASE32 "abcdefghijklmnopqrstuvwxyz234567"
#define DRAW_BASE36 "abcdefghijklmnopqrstuvwxyz0123456789"
#define DRAW_HOST   "abcdefghijklmnopqrstuvwxyz0123456789+-"

uint64_t draw(uint64_t *seed);
/** draw_below(seed, n): 0 .. n-1. */
unsigned draw_below(uint64_t *seed, unsigned n);
/** draw_rank(seed, n): 0 .. n-1, with a chance of about 1/(rank + 1). */
unsigned draw_rank(uint64_t *seed, unsigned n);
/** draw_exponential(seed, mean): a pause between things that happen by chance. */
double draw_exponential(uint64_t *seed, double mean);
/** draw_letters(seed, out, count, alphabet): ${count} characters and a NUL; their end. */
char *draw_letters(uint64_t *seed, char *out, unsigned count, const char *alphabet);
/** draw_syllables(number, out): a word that can be said, one for each number. */
const char *draw_syllables(uint32_t number, char out[32]);

#endif
