#include "resolver/ops/control_events.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/ops/backlog.h"
#include "resolver/ops/control.h"

#define EVENTS_DEFAULT 20u
#define EVENTS_MAX     1000u
#define EVENTS_FOLLOW  10u /* shown before following, so that the screen is not empty */
#define LIST_SCAN_BYTES                                                                  \
	(16u << 20) /* parsed: about 0.2 s of the main loop, which has nothing urgent */
#define ID_SCAN_BYTES (64u << 20) /* searched for one id: about as long */

static const char *
journal_file(const struct control_call *call)
{
	const struct conf *conf =
	    call->env->conf == NULL ? NULL : call->env->conf(call->env->ctx);

	if (conf == NULL || conf->journal_file == NULL || conf->journal_file[0] == '\0')
		return NULL;
	return conf->journal_file;
}

/* ---- events ---- */

struct list {
	const struct control_filter *filter;
	size_t max;
	json_t *events; /* oldest first */
	json_t *ids; /* of everything that memory holds, so that the file does not tell it
			twice */
};

static void
from_memory(void *ctx, const struct event *e)
{
	struct list *list = ctx;
	json_t *json = event_json(e);

	json_object_set_new(list->ids, e->id, json_true());
	if (json == NULL || !control_filter_match(list->filter, json)) {
		json_decref(json);
		return;
	}
	json_array_append_new(list->events, json);
	if (json_array_size(list->events) > list->max)
		json_array_remove(list->events, 0);
}

static bool
from_file(void *ctx, const char *line, size_t len)
{
	struct list *list = ctx;
	json_t *json = json_loadb(line, len, 0, NULL);
	const char *id = json_string_value(json_object_get(json, "id"));
	bool more = !control_filter_is_before(list->filter, json);

	if (id != NULL && json_object_get(list->ids, id) == NULL &&
	    control_filter_match(list->filter, json))
		json_array_insert(list->events, 0, json);
	json_decref(json);
	return more && json_array_size(list->events) < list->max;
}

static json_t *
collect(const struct control_call *call, size_t max)
{
	struct list list = { .filter = &call->filter, .max = max };
	const char *file = journal_file(call);

	list.events = json_array();
	list.ids = json_object();
	if (list.events != NULL && list.ids != NULL && max > 0) {
		if (call->env->detect != NULL)
			detect_events(call->env->detect, from_memory, &list);
		/* A file that cannot be read leaves what memory knows. */
		if (file != NULL && json_array_size(list.events) < max)
			(void)!backlog_scan(file, LIST_SCAN_BYTES, from_file, &list);
	}
	json_decref(list.ids);
	return list.events;
}

static bool
parse_count(const char *text, size_t *out)
{
	char *end;
	unsigned long n;

	if (text == NULL)
		return true;
	if (text[0] < '0' || text[0] > '9')
		return false;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || n > EVENTS_MAX)
		return false;
	*out = n;
	return true;
}

json_t *
control_events_list(struct control_call *call)
{
	struct control_filter_words words = { 0 };
	const char *count_text = NULL;
	bool follow = false;
	size_t count;
	char error[CONTROL_ERROR_MAX];
	const struct control_option options[] = {
		{ "--client", &words.client, NULL },
		{ "--zone", &words.zone, NULL },
		{ "--action", &words.action, NULL },
		{ "--since", &words.since, NULL },
		{ "-n", &count_text, NULL },
		{ "--follow", NULL, &follow },
		{ "-f", NULL, &follow },
	};

	if (control_request_options(&call->request, options,
		sizeof(options) / sizeof(options[0]), NULL, 0, 0, error) != ERR_OK ||
	    control_filter_init(&call->filter, &words, call->now->wall_ms, error) !=
		ERR_OK)
		return control_commands_no("usage", "%s", error);
	count = words.since != NULL ? EVENTS_MAX
		: follow	    ? EVENTS_FOLLOW
				    : EVENTS_DEFAULT;
	if (!parse_count(count_text, &count))
		return control_commands_no(
		    "usage", "-n takes a number from 0 to %u", EVENTS_MAX);
	if (follow && call->env->journal == NULL)
		return control_commands_no(
		    "unavailable", "there is no journal to follow");
	if (follow)
		call->then = CONTROL_THEN_FOLLOW;
	return json_pack("{s:b, s:b, s:o}", "ok", 1, "following", follow, "events",
	    collect(call, count));
}

/* ---- explain ---- */

struct one {
	const char *id;
	size_t id_len;
	json_t *event;
};

static bool
is_it(void *ctx, const char *line, size_t len)
{
	struct one *one = ctx;
	json_t *json;
	const char *id;

	if (memmem(line, len, one->id, one->id_len) == NULL)
		return true;
	json = json_loadb(line, len, 0, NULL);
	id = json_string_value(json_object_get(json, "id"));
	if (id != NULL && strcmp(id, one->id) == 0) {
		one->event = json;
		return false;
	}
	json_decref(json);
	return true;
}

static json_t *
find_event(const struct control_call *call, const char *id)
{
	struct one one = { .id = id, .id_len = strlen(id) };
	const char *file = journal_file(call);
	struct event e;

	if (call->env->detect != NULL &&
	    detect_explain(call->env->detect, id, &e) == ERR_OK)
		return event_json(&e);
	if (file != NULL)
		(void)!backlog_scan(file, ID_SCAN_BYTES, is_it, &one);
	return one.event;
}

struct in_force {
	const char *id;
	json_t *measure;
};

static void
find_measure(void *ctx, const struct detect_measure *m)
{
	struct in_force *f = ctx;

	if (f->measure == NULL && strcmp(m->event_id, f->id) == 0)
		f->measure = control_commands_measure(m);
}

/* Also in the brackets that an answer's extended error has around it. */
static bool
read_id(const char *text, char id[EVENT_ID_MAX])
{
	size_t len = strlen(text);

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= EVENT_ID_MAX ||
	    strspn(text, "0123456789abcdefABCDEF-") < len)
		return false;
	memcpy(id, text, len);
	id[len] = '\0';
	return true;
}

json_t *
control_events_explain(struct control_call *call)
{
	const char *text;
	struct in_force f = { 0 };
	json_t *event;
	char error[CONTROL_ERROR_MAX], id[EVENT_ID_MAX];

	if (control_request_options(&call->request, NULL, 0, &text, 1, 1, error) !=
	    ERR_OK)
		return control_commands_no("usage", "%s", error);
	if (!read_id(text, id))
		return control_commands_no("usage",
		    "'%.40s' is no event id; one looks like 20261122-3f9a1c-000042",
		    text);
	if ((event = find_event(call, id)) == NULL)
		return control_commands_no("not-found",
		    "no event %s in memory or in the journal's newest %u MB", id,
		    ID_SCAN_BYTES >> 20);
	f.id = id;
	if (call->env->detect != NULL)
		detect_measures(call->env->detect, call->now, find_measure, &f);
	return json_pack(
	    "{s:b, s:o, s:o?}", "ok", 1, "event", event, "in_force", f.measure);
}
