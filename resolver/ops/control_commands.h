#ifndef OPS_CONTROL_COMMANDS_H
#define OPS_CONTROL_COMMANDS_H

#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/clock.h"
#include "detect/detect.h"
#include "resolver/ops/control_filter.h"
#include "resolver/ops/control_request.h"

/*
 * What an operator can ask of the running daemon: one table of commands. A handler gets
 * its arguments and the daemon's parts, and returns one JSON document; it knows nothing
 * of sockets. Two commands have more to say later (reload, events --follow): they say so
 * in ${then}.
 *
 * Every reply has "ok". A refusal has "error" (a sentence) and "code" (a word for
 * programs): usage, not-found, busy, unavailable, configuration (a reload was refused;
 * "errors" lists the mistakes), failed.
 */

struct control_env;

enum control_then {
	CONTROL_THEN_NOTHING, /* the reply is the whole answer */
	CONTROL_THEN_RELOAD,  /* no reply yet: it comes with the end of a reload */
	CONTROL_THEN_FOLLOW /* after the reply each new event that ${filter} lets through
			     */
};

struct control_call {
	const struct control_env *env;
	const struct now *now;
	uid_t uid; /* who asks; (uid_t)-1 unknown */
	struct control_request request;
	enum control_then then;
	struct control_filter filter;
};

typedef json_t *control_handler(struct control_call *call);

struct control_command {
	const char *name;
	const char *usage;   /* what follows the name; "" for nothing */
	const char *summary; /* a sentence without its full stop */
	control_handler *handler;
};

/** control_commands(count): the table; lives for ever. */
const struct control_command *control_commands(size_t *count);
/** control_commands_find(name): NULL when there is none. */
const struct control_command *control_commands_find(const char *name);

/**
 * control_commands_answer(call, line, len):
 * The reply to one line, whatever its bytes are; ${call->env}, ${now} and ${uid} are set
 * by the caller. Returns a new JSON object; NULL with CONTROL_THEN_RELOAD, or without
 * memory.
 */
json_t *control_commands_answer(struct control_call *call, const char *line, size_t len);

/** control_commands_measure(m): returns a new object; NULL without memory. */
json_t *control_commands_measure(const struct detect_measure *m);
/** control_commands_new_name(text, out): reads a name that a measure is to begin for; a
 * refusal, or NULL. What no client ever asks for is refused as in the configuration: a
 * '*' in front, letters that are not ASCII. Who blocked that would believe himself safe.
 */
json_t *control_commands_new_name(const char *text, struct dname *out);
/** control_commands_no(code, format, ...): returns a new refusal. */
json_t *control_commands_no(const char *code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
