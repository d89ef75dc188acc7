#ifndef DNSSEC_LINES_H
#define DNSSEC_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Words of lines, for the state files of trust anchors. A cursor whose first error
 * sticks: read all that a line should have, then ask once. Any bytes may come.
 */

#define LINES_WORD_MAX 2048u /* a key of 1,100 bytes as base64 is 1,468 */

struct lines {
	const char *text, *end;
	unsigned line;	      /* of the line in hand, from 1; 0: before the first */
	const char *at, *eol; /* what is left of it */
	const char *failed;   /* why; NULL: nothing is wrong */
	char word[LINES_WORD_MAX];
};

/** lines_init(l, text, len): borrows. */
void lines_init(struct lines *l, const char *text, size_t len);
/** lines_next(l): on to the next line, which must end in a newline; false at the end of
 * the text, or after an error. */
bool lines_next(struct lines *l);
/** lines_word(l): the next word, NUL-terminated, until the next call; "" and an error
 * when there is none. */
const char *lines_word(struct lines *l);
/** lines_expect(l, word): the next word is just that. */
void lines_expect(struct lines *l, const char *word);
/** lines_number(l, max): a decimal number 0..${max}. */
int64_t lines_number(struct lines *l, int64_t max);
/** lines_rest(l): what is left of the line but for its first space; NUL-terminated. */
const char *lines_rest(struct lines *l);
/** lines_done(l): nothing may be left of the line. True when the line was good. */
bool lines_done(struct lines *l);
/** lines_fail(l, why): ${why} lives for ever. The first reason stays. */
void lines_fail(struct lines *l, const char *why);

#endif
