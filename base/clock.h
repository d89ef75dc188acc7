#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Times as numbers. Pure code gets them as parameters; resolver/os/clock.h alone
 * asks the system. Monotonic milliseconds measure spans and never step back;
 * wall time is for people, files and signatures.
 */

struct now {
	uint64_t mono_ms; /* since an arbitrary start, never 0 */
	int64_t wall_ms;  /* since 1970-01-01 UTC */
};

/* "2026-11-22T08:15:30.123Z" and its NUL (RFC 3339). */
#define CLOCK_TEXT_MAX 32u
/** clock_text(wall_ms, out): RFC 3339 in UTC with milliseconds. Returns ${out}. */
char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_MAX]);

/** clock_parse(text, wall_ms): "2026-11-22", "2026-11-22T08:15[:30[.123]][Z]", UTC, from
 * 1970 on; fractions are not kept. False: it is no such time. */
bool clock_parse(const char *text, int64_t *wall_ms);

#endif
