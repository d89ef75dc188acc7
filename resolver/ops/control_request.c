#include "resolver/ops/control_request.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPAN_MAX_SEC 315360000u /* ten years: what is meant for ever has no --for */
#define SHOWN_MAX    40

static enum err __attribute__((format(printf, 3, 4)))
fail(char *error, enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, CONTROL_ERROR_MAX, format, args);
	va_end(args);
	return e;
}

/* ---- the line ---- */

static enum err
take_arguments(const json_t *list, struct control_request *out, char *error)
{
	size_t i;
	const json_t *item;

	if (!json_is_array(list))
		return fail(
		    error, ERR_MALFORMED, "\"arguments\" must be an array of strings");
	if (json_array_size(list) > CONTROL_ARGUMENTS_MAX)
		return fail(
		    error, ERR_RANGE, "more than %u arguments", CONTROL_ARGUMENTS_MAX);
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item))
			return fail(error, ERR_MALFORMED,
			    "\"arguments\" must be an array of strings");
		out->arguments[out->argument_count++] = json_string_value(item);
	}
	return ERR_OK;
}

static enum err
take_members(json_t *root, struct control_request *out, char *error)
{
	const char *key;
	json_t *value;

	if (!json_is_object(root))
		return fail(error, ERR_MALFORMED,
		    "a request is an object: {\"command\":\"...\"}");
	json_object_foreach(root, key, value)
	{
		if (strcmp(key, "command") == 0 && json_is_string(value)) {
			out->command = json_string_value(value);
		} else if (strcmp(key, "arguments") == 0) {
			enum err e = take_arguments(value, out, error);
			if (e != ERR_OK)
				return e;
		} else {
			return fail(error, ERR_MALFORMED,
			    "only \"command\" (a string) and \"arguments\" are "
			    "understood");
		}
	}
	if (out->command == NULL)
		return fail(error, ERR_MALFORMED, "\"command\" is missing");
	return ERR_OK;
}

enum err
control_request_parse(const char *line, size_t len, struct control_request *out,
    char error[CONTROL_ERROR_MAX])
{
	json_error_t why;
	enum err e;

	memset(out, 0, sizeof(*out));
	out->root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	if (out->root == NULL) /* its text may quote the line: only the place is told */
		return fail(error, ERR_MALFORMED, "not JSON at byte %d of the line",
		    why.position);
	if ((e = take_members(out->root, out, error)) != ERR_OK)
		control_request_fini(out);
	return e;
}

void
control_request_fini(struct control_request *r)
{
	json_decref(r->root);
	memset(r, 0, sizeof(*r));
}

char *
control_request_line(const char *command, const char *const *arguments, size_t count)
{
	json_t *list = json_array(), *root;
	char *text, *line = NULL;
	size_t len;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(arguments[i]));
	if (json_array_size(list) != count) {
		json_decref(list);
		return NULL;
	}
	root = json_pack("{s:s, s:o}", "command", command, "arguments", list);
	text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(root);
	if (text == NULL)
		return NULL;
	len = strlen(text);
	if ((line = realloc(text, len + 2)) == NULL) {
		free(text);
		return NULL;
	}
	memcpy(line + len, "\n", 2);
	return line;
}

/* ---- options ---- */

static const struct control_option *
find_option(
    const struct control_option *options, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(options[i].name) == len &&
		    memcmp(options[i].name, text, len) == 0)
			return &options[i];
	return NULL;
}

/* One option at ${*at}; steps over its value. */
static enum err
take_option(const struct control_request *r, const struct control_option *options,
    size_t count, size_t *at, char *error)
{
	const char *text = r->arguments[*at], *equals = strchr(text, '=');
	size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
	const struct control_option *o = find_option(options, count, text, len);
	bool joined = false; /* "-n20" */

	if (o == NULL && len > 2 && (o = find_option(options, count, text, 2)) != NULL) {
		joined = o->value != NULL;
		o = joined ? o : NULL;
	}

	if (o == NULL)
		return fail(
		    error, ERR_MALFORMED, "unknown option '%.*s'", SHOWN_MAX, text);
	if (o->flag != NULL) {
		if (equals != NULL || *o->flag)
			return fail(error, ERR_MALFORMED,
			    "option '%s' takes no value and stands once", o->name);
		*o->flag = true;
		return ERR_OK;
	}
	if (*o->value != NULL)
		return fail(error, ERR_MALFORMED, "option '%s' is given twice", o->name);
	if (joined)
		*o->value = text + 2;
	else if (equals != NULL)
		*o->value = equals + 1;
	else if (*at + 1 < r->argument_count)
		*o->value = r->arguments[++*at];
	else
		return fail(error, ERR_MALFORMED, "option '%s' needs a value", o->name);
	return ERR_OK;
}

enum err
control_request_options(const struct control_request *r,
    const struct control_option *options, size_t option_count, const char **positional,
    size_t min, size_t max, char error[CONTROL_ERROR_MAX])
{
	size_t found = 0;
	bool only_names = false;
	enum err e;

	for (size_t i = 0; i < max; i++)
		positional[i] = NULL;
	for (size_t at = 0; at < r->argument_count; at++) {
		const char *text = r->arguments[at];

		if (!only_names && strcmp(text, "--") == 0) {
			only_names = true;
		} else if (!only_names && text[0] == '-' && text[1] != '\0') {
			if ((e = take_option(r, options, option_count, &at, error)) !=
			    ERR_OK)
				return e;
		} else if (found == max) {
			return fail(error, ERR_MALFORMED,
			    "'%.*s' is one argument too many", SHOWN_MAX, text);
		} else {
			positional[found++] = text;
		}
	}
	if (found < min)
		return fail(error, ERR_MALFORMED, "%zu argument%s missing", min - found,
		    min - found == 1 ? " is" : "s are");
	return ERR_OK;
}

/* ---- times ---- */

enum err
control_request_span(const char *text, uint32_t *sec)
{
	static const struct {
		char unit;
		uint32_t sec;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 } };
	char *end;
	unsigned long long n;

	if (!isdigit((unsigned char)text[0]))
		return ERR_MALFORMED;
	n = strtoull(text, &end, 10);
	if (end[0] != '\0' && end[1] != '\0')
		return ERR_MALFORMED;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != end[0])
			continue;
		if (n == 0 || n > SPAN_MAX_SEC / units[i].sec)
			return ERR_RANGE;
		*sec = (uint32_t)n * units[i].sec;
		return ERR_OK;
	}
	return ERR_MALFORMED;
}

enum err
control_request_time(const char *text, int64_t wall_ms, int64_t *out_ms)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M",
		"%Y-%m-%dT%H:%M:%S" };
	uint32_t span_sec;
	const char *rest;

	if (control_request_span(text, &span_sec) == ERR_OK) {
		*out_ms = wall_ms - (int64_t)span_sec * 1000;
		return ERR_OK;
	}
	for (size_t i = sizeof(formats) / sizeof(formats[0]); i-- > 0;) {
		struct tm tm = { 0 };

		if ((rest = strptime(text, formats[i], &tm)) == NULL)
			continue;
		if (*rest == '.') /* fractions do not matter to a person */
			rest += 1 + strspn(rest + 1, "0123456789");
		if (*rest == 'Z' || *rest == 'z')
			rest++;
		if (*rest != '\0')
			return ERR_MALFORMED;
		*out_ms = (int64_t)timegm(&tm) * 1000;
		return ERR_OK;
	}
	return ERR_MALFORMED;
}
