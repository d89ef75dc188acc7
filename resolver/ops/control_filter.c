#include "resolver/ops/control_filter.h"

#include <stdio.h>
#include <string.h>

#include "detect/event.h"

static bool
is_action(const char *text)
{
	for (int a = 0; a < EVENT_ACTION_COUNT; a++)
		if (strcmp(event_action_text((enum event_action)a), text) == 0)
			return true;
	return false;
}

static enum err
say_actions(const char *text, char *error)
{
	int len =
	    snprintf(error, CONTROL_ERROR_MAX, "no action '%.20s'; there are", text);

	for (int a = 0; a < EVENT_ACTION_COUNT && len < (int)CONTROL_ERROR_MAX; a++)
		len += snprintf(error + len, CONTROL_ERROR_MAX - (size_t)len, "%s %s",
		    a == 0 ? "" : ",", event_action_text((enum event_action)a));
	return ERR_MALFORMED;
}

enum err
control_filter_init(struct control_filter *f, const struct control_filter_words *words,
    int64_t wall_ms, char error[CONTROL_ERROR_MAX])
{
	int64_t since_ms;

	memset(f, 0, sizeof(*f));
	if (words->client != NULL &&
	    prefix_from_text(words->client, &f->client) != ERR_OK) {
		snprintf(error, CONTROL_ERROR_MAX,
		    "'%.60s' is neither an address nor a prefix", words->client);
		return ERR_MALFORMED;
	}
	if (words->zone != NULL && dname_from_text(words->zone, &f->zone) != ERR_OK) {
		snprintf(error, CONTROL_ERROR_MAX, "'%.100s' is not a domain name",
		    words->zone);
		return ERR_MALFORMED;
	}
	f->has_zone = words->zone != NULL;
	if (words->action != NULL && !is_action(words->action))
		return say_actions(words->action, error);
	if (words->action != NULL)
		snprintf(f->action, sizeof(f->action), "%s", words->action);
	if (words->since == NULL)
		return ERR_OK;
	if (control_request_time(words->since, wall_ms, &since_ms) != ERR_OK) {
		snprintf(error, CONTROL_ERROR_MAX,
		    "'%.40s' is neither a span (90s, 15m, 1h, 2d) nor a time "
		    "(2026-11-22T08:15:00Z)",
		    words->since);
		return ERR_MALFORMED;
	}
	clock_text(since_ms, f->since);
	return ERR_OK;
}

static const char *
member(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(event, key));
}

static bool
client_matches(const struct control_filter *f, const json_t *event)
{
	const char *text = member(event, "client");
	struct addr a;

	return text != NULL && addr_from_text(text, 0, &a) == ERR_OK &&
	       prefix_contains(&f->client, &a);
}

static bool
name_matches(const struct control_filter *f, const char *text)
{
	struct dname name;

	return text != NULL && dname_from_text(text, &name) == ERR_OK &&
	       dname_is_below(name.bytes, f->zone.bytes);
}

bool
control_filter_is_before(const struct control_filter *f, const json_t *event)
{
	const char *time = member(event, "time");

	return f->since[0] != '\0' && time != NULL && strcmp(time, f->since) < 0;
}

bool
control_filter_match(const struct control_filter *f, const json_t *event)
{
	const char *action = member(event, "action");

	if (action == NULL || control_filter_is_before(f, event))
		return false;
	if (f->action[0] != '\0' && strcmp(action, f->action) != 0)
		return false;
	if (f->client.addr.family != ADDR_NONE && !client_matches(f, event))
		return false;
	return !f->has_zone || name_matches(f, member(event, "zone")) ||
	       name_matches(f, member(json_object_get(event, "question"), "name"));
}
