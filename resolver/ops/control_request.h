#ifndef OPS_CONTROL_REQUEST_H
#define OPS_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

/*
 * One line of the control socket as a request, and its arguments as options. Whoever
 * may write to the socket is an operator, yet the bytes are read as a stranger's: any
 * line gives a request or an error text, never anything else.
 *
 *   {"command":"block","arguments":["evil.example","--for","1h"]}
 */

#define CONTROL_LINE_MAX      65536u /* bytes of a request with its newline */
#define CONTROL_ARGUMENTS_MAX 64u
#define CONTROL_ERROR_MAX     256u

struct control_request {
	json_t *root;	     /* owns the strings below */
	const char *command; /* printable or not: not to be shown unescaped */
	size_t argument_count;
	const char *arguments[CONTROL_ARGUMENTS_MAX];
};

/** control_request_parse(line, len, out, error): ${line} without its newline.
 * ERR_MALFORMED, ERR_RANGE (too many arguments):
 *  ${error} says what was expected. On success the caller frees with
 * control_request_fini. */
MUST_USE enum err control_request_parse(const char *line, size_t len,
    struct control_request *out, char error[CONTROL_ERROR_MAX]);
void control_request_fini(struct control_request *r);

/** control_request_line(command, arguments, count): returns a new line with its newline
 * (free()); NULL without memory or when a string is not UTF-8. */
char *control_request_line(
    const char *command, const char *const *arguments, size_t count);

/** One option: exactly one of ${value} and ${flag} is set. Filled when the option is
 * there. */
struct control_option {
	const char *name; /* "--for", "-n" */
	const char **value;
	bool *flag;
};
/**
 * control_request_options(r, options, option_count, positional, min, max, error):
 * Sorts the arguments: "--name value", "--name=value", "--flag"; "--" ends the options;
 * the others go to ${positional} in their order, missing ones are NULL. Errors:
 * ERR_MALFORMED: unknown or repeated option, missing value, too few or too many.
 */
MUST_USE enum err control_request_options(const struct control_request *r,
    const struct control_option *options, size_t option_count, const char **positional,
    size_t min, size_t max, char error[CONTROL_ERROR_MAX]);

/** control_request_span(text, sec): "90", "90s", "15m", "1h", "2d", "1w"; ERR_MALFORMED,
 * ERR_RANGE (0 or over 10 years). */
MUST_USE enum err control_request_span(const char *text, uint32_t *sec);
/** control_request_time(text, wall_ms, out_ms): a span before ${wall_ms}, "2026-11-22",
 * "2026-11-22T08:15[:30[.123]][Z]" (UTC). ERR_MALFORMED. */
MUST_USE enum err control_request_time(
    const char *text, int64_t wall_ms, int64_t *out_ms);

#endif
