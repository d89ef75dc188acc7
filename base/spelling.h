#ifndef BASE_SPELLING_H
#define BASE_SPELLING_H

/*
 * How far one word is from another: for "did you mean".
 */

/** spelling_distance(a, b): how many letters to insert, drop, change or swap with their
 * neighbour to make one of the other (Damerau-Levenshtein); at most 64 of each count. */
unsigned spelling_distance(const char *a, const char *b);

#endif
