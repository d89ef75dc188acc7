#ifndef REPLAY_WORDS_H
#define REPLAY_WORDS_H

#include "tests/replay/script.h"

/*
 * One line of a scenario as words. What cannot be read is a mistake of the script and
 * yields something harmless.
 */

#define WORDS_MAX      64u
#define LINE_MAX_BYTES 8192u

struct words {
	char line[LINE_MAX_BYTES]; /* as it stands, without comment and newline */
	char copy[LINE_MAX_BYTES]; /* cut into words */
	unsigned count;
	char *word[WORDS_MAX];
};

/** words_split(w): cuts ${w->line}; a line that begins with # or ; has no words. */
void words_split(struct words *w);
bool words_is(const struct words *w, unsigned i, const char *text);
/** words_rest(w, i): the line from word ${i} on. */
const char *words_rest(const struct words *w, unsigned i);
void words_name(struct script *s, const struct words *w, unsigned i, struct dname *out);
void words_addr(struct script *s, const struct words *w, unsigned i, struct addr *out);
uint16_t words_type(struct script *s, const struct words *w, unsigned i);
uint16_t words_rcode(struct script *s, const struct words *w, unsigned i);
long words_number(struct script *s, const struct words *w, unsigned i);
/** words_cookie(w, i): nocookie 0, our-part 1, cookie (the server's part too) 2; -1:
 * another word. */
int words_cookie(const struct words *w, unsigned i);
/** words_range(s, w, i, low, high): "5" or "3..7". */
void words_range(
    struct script *s, const struct words *w, unsigned i, long *low, long *high);
/** words_section(w): 0 answer, 1 authority, 2 additional by the first word; -1. */
int words_section(const struct words *w);
/** script_expect(s, w, step): one line of the "ask" block of ${step}, a struct
 * script_step. */
void script_expect(struct script *s, struct words *w, void *step);
void script_mistake(struct script *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
