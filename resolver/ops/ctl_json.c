#include "resolver/ops/ctl_json.h"

#include <string.h>

const char *
ctl_json_text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

const char *
ctl_json_question(const json_t *event, const char *key)
{
	return ctl_json_text(json_object_get(event, "question"), key);
}

uint64_t
ctl_json_count(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

enum show_colour
ctl_json_colour(const char *action)
{
	static const struct {
		const char *action;
		enum show_colour colour;
	} rows[] = {
		{ "observe", SHOW_CYAN },
		{ "throttle", SHOW_YELLOW },
		{ "hold", SHOW_YELLOW },
		{ "sinkhole", SHOW_RED },
		{ "refuse", SHOW_RED },
		{ "block", SHOW_RED },
		{ "operator-block", SHOW_RED },
		{ "release", SHOW_GREEN },
		{ "allow", SHOW_GREEN },
	};

	for (size_t i = 0; action != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].action, action) == 0)
			return rows[i].colour;
	return SHOW_PLAIN;
}

/* "2026-11-22T08:15:30.123Z" as "2026-11-22 08:15:30". */
const char *
ctl_json_time(const json_t *event, char out[SHOW_NUMBER_MAX])
{
	const char *time = ctl_json_text(event, "time");

	snprintf(out, SHOW_NUMBER_MAX, "%.19s", time == NULL ? "-" : time);
	for (char *p = out; *p != '\0'; p++)
		if (*p == 'T')
			*p = ' ';
	return out;
}

const char *
ctl_json_or_dash(const char *text)
{
	return text == NULL || text[0] == '\0' ? "-" : text;
}
