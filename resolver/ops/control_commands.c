#include "resolver/ops/control_commands.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "conf/value.h"
#include "resolver/ops/control.h"
#include "resolver/ops/control_events.h"
#include "resolver/ops/control_trust.h"
#include "resolver/os/log.h"

#define REASON_MAX 120 /* what fits into an event's detail beside the user id */

/* ---- replies ---- */

json_t *
control_commands_no(const char *code, const char *format, ...)
{
	char text[2 * CONTROL_ERROR_MAX];
	va_list args;
	json_t *error;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* A cut in the middle of a UTF-8 sequence would be no JSON string. */
	error = json_string(text);
	if (error == NULL)
		error = json_string("the request has bytes that cannot be shown");
	return json_pack("{s:b, s:s, s:o}", "ok", 0, "code", code, "error", error);
}

static json_t *
read_name(const char *text, struct dname *out)
{
	if (dname_from_text(text, out) == ERR_OK)
		return NULL;
	return control_commands_no("usage", "'%.100s' is not a domain name", text);
}

json_t *
control_commands_new_name(const char *text, struct dname *out)
{
	const char *why = value_name_check(text, strlen(text));

	if (why != NULL && *why != '\0')
		return control_commands_no("usage", "'%.100s': %s", text, why);
	return read_name(text, out);
}

static json_t *
unavailable(const char *what)
{
	return control_commands_no("unavailable", "this daemon runs without %s", what);
}

/* Adds ${value} under ${key} unless whoever made ${o} knew better. Takes ${value}. */
static void
add(json_t *o, const char *key, json_t *value)
{
	if (json_object_get(o, key) == NULL)
		json_object_set_new(o, key, value);
	else
		json_decref(value);
}

static json_t *
no_arguments(const struct control_call *call)
{
	char error[CONTROL_ERROR_MAX];

	if (control_request_options(&call->request, NULL, 0, NULL, 0, 0, error) == ERR_OK)
		return NULL;
	return control_commands_no("usage", "%s", error);
}

/* ---- version, status, stats, reload ---- */

static json_t *
do_version(struct control_call *call)
{
	json_t *no = no_arguments(call);

	return no != NULL ? no
			  : json_pack("{s:b, s:s}", "ok", 1, "version", PACKAGE_VERSION);
}

static const char *
mode_text(uint8_t mode)
{
	static const char *const texts[] = { "off", "shadow", "enforce" };

	return mode < sizeof(texts) / sizeof(texts[0]) ? texts[mode] : "unknown";
}

struct tally {
	json_int_t held, sinkholed, rules;
};

static void
count_measure(void *ctx, const struct detect_measure *m)
{
	struct tally *t = ctx;

	if (m->action == EVENT_HOLD)
		t->held++;
	else if (m->action == EVENT_SINKHOLE)
		t->sinkholed++;
	else
		t->rules++;
}

static void
add_detection_status(json_t *status, const struct control_call *call)
{
	struct tally t = { 0 };

	if (call->env->detect == NULL)
		return;
	detect_measures(call->env->detect, call->now, count_measure, &t);
	add(status, "held", json_integer(t.held));
	add(status, "sinkholed", json_integer(t.sinkholed));
	add(status, "rules", json_integer(t.rules));
}

static json_t *
do_status(struct control_call *call)
{
	const struct control_env *env = call->env;
	json_t *no = no_arguments(call), *status;
	const struct conf *conf = env->conf == NULL ? NULL : env->conf(env->ctx);

	if (no != NULL)
		return no;
	status = env->status == NULL ? json_object() : env->status(env->ctx);
	add(status, "version", json_string(PACKAGE_VERSION));
	add(status, "pid", json_integer(getpid()));
	if (conf != NULL) {
		add(status, "configuration",
		    json_string(conf->file == NULL ? "(built in)" : conf->file));
		add(status, "generation", json_integer(conf->generation));
		add(status, "detection", json_string(mode_text(conf->detection_mode)));
	}
	add_detection_status(status, call);
	add(status, "inner_failures", json_integer((json_int_t)fail_count()));
	if (fail_count() > 0)
		add(status, "last_inner_failure", json_string(fail_last()));
	return json_pack("{s:b, s:o}", "ok", 1, "status", status);
}

static void
add_counter(void *ctx, const char *name, uint64_t value)
{
	json_object_set_new(ctx, name, json_integer((json_int_t)value));
}

static json_t *
do_stats(struct control_call *call)
{
	const struct control_env *env = call->env;
	json_t *no = no_arguments(call), *stats, *detection;

	if (no != NULL)
		return no;
	stats = env->stats == NULL ? json_object() : env->stats(env->ctx);
	if (env->detect != NULL && (detection = json_object()) != NULL) {
		detect_counters(env->detect, add_counter, detection);
		add(stats, "detection", detection);
	}
	if (env->journal != NULL)
		add(stats, "journal",
		    json_pack("{s:I, s:I}", "written",
			(json_int_t)journal_written(env->journal), "lost",
			(json_int_t)journal_lost(env->journal)));
	if (env->reload != NULL)
		add(stats, "reload",
		    json_pack("{s:I, s:I}", "succeeded",
			(json_int_t)reload_succeeded(env->reload), "failed",
			(json_int_t)reload_failed(env->reload)));
	return json_pack("{s:b, s:o}", "ok", 1, "stats", stats);
}

static json_t *
do_reload(struct control_call *call)
{
	json_t *no = no_arguments(call);

	if (no != NULL)
		return no;
	if (call->env->reload == NULL)
		return unavailable("reload");
	log_notice("control: reload, asked for by uid %ld", (long)call->uid);
	call->then = CONTROL_THEN_RELOAD;
	return NULL;
}

/* ---- measures ---- */

json_t *
control_commands_measure(const struct detect_measure *m)
{
	char zone[DNAME_TEXT_MAX], client[ADDR_TEXT_MAX];
	bool everybody = m->client.family == ADDR_NONE;

	dname_to_text(m->zone.bytes, zone);
	return json_pack("{s:s, s:s, s:o, s:s, s:I, s:I, s:f, s:I, s:I}", "action",
	    event_action_text(m->action), "zone", zone, "client",
	    everybody ? json_null() : json_string(addr_host_text(&m->client, client)),
	    "id", m->event_id, "left_sec", (json_int_t)m->left_sec, "times",
	    (json_int_t)m->times, "score", m->score, "leaked_up_bytes",
	    (json_int_t)m->leaked_up_bytes, "stopped_questions",
	    (json_int_t)m->stopped_questions);
}

struct wanted {
	unsigned actions; /* bits 1 << enum event_action */
	json_t *list;
};

static void
list_measure(void *ctx, const struct detect_measure *m)
{
	struct wanted *w = ctx;
	json_t *json;

	if ((w->actions >> m->action & 1u) == 0)
		return;
	if ((json = control_commands_measure(m)) != NULL)
		json_array_append_new(w->list, json);
}

static json_t *
list_measures(struct control_call *call, unsigned actions)
{
	struct wanted w = { .actions = actions };
	json_t *no = no_arguments(call);

	if (no != NULL)
		return no;
	if (call->env->detect == NULL)
		return unavailable("detection");
	if ((w.list = json_array()) == NULL)
		return NULL;
	detect_measures(call->env->detect, call->now, list_measure, &w);
	return json_pack("{s:b, s:o}", "ok", 1, "measures", w.list);
}

static json_t *
do_held(struct control_call *call)
{
	return list_measures(call, 1u << EVENT_HOLD | 1u << EVENT_THROTTLE);
}

static json_t *
do_sinkholed(struct control_call *call)
{
	return list_measures(call, 1u << EVENT_SINKHOLE);
}

static json_t *
do_rules(struct control_call *call)
{
	return list_measures(
	    call, 1u << EVENT_ALLOW | 1u << EVENT_OPERATOR_BLOCK | 1u << EVENT_BLOCK);
}

/* ---- what an operator does ---- */

/* What the four commands have in common. */
struct deed {
	const char *name_text;
	struct dname name;
	const char *client_text;
	struct addr client;
	uint32_t for_sec;
	char reason[REASON_MAX + 48];
	struct event event; /* filled by detect */
};

static void
sign_reason(struct deed *d, const char *reason, uid_t uid)
{
	char who[32] = "somebody";

	if (uid != (uid_t)-1)
		snprintf(who, sizeof(who), "uid %lu", (unsigned long)uid);
	if (reason == NULL)
		snprintf(d->reason, sizeof(d->reason), "%s", who);
	else
		snprintf(
		    d->reason, sizeof(d->reason), "%.*s (%s)", REASON_MAX, reason, who);
}

/* Reads "NAME [CLIENT] [--for SPAN] [--reason TEXT]"; returns a refusal or NULL. */
static json_t *
read_deed(struct control_call *call, bool takes_client, bool takes_for, struct deed *d)
{
	const char *positional[2], *for_text = NULL, *reason = NULL;
	char error[CONTROL_ERROR_MAX];
	json_t *no;
	const struct control_option options[] = {
		{ "--reason", &reason, NULL },
		{ "--for", &for_text, NULL },
	};

	memset(d, 0, sizeof(*d));
	if (control_request_options(&call->request, options, takes_for ? 2 : 1,
		positional, 1, takes_client ? 2 : 1, error) != ERR_OK)
		return control_commands_no("usage", "%s", error);
	d->name_text = positional[0];
	d->client_text = takes_client ? positional[1] : NULL;
	if ((no = takes_for ? control_commands_new_name(d->name_text, &d->name)
			    : read_name(d->name_text, &d->name)) != NULL)
		return no;
	if (d->client_text != NULL &&
	    addr_from_text(d->client_text, 0, &d->client) != ERR_OK)
		return control_commands_no(
		    "usage", "'%.60s' is not an address", d->client_text);
	if (for_text != NULL && control_request_span(for_text, &d->for_sec) != ERR_OK)
		return control_commands_no("usage",
		    "'%.40s' is no span of time; try 90s, 15m, 1h, 2d or 1w", for_text);
	sign_reason(d, reason, call->uid);
	return call->env->detect == NULL ? unavailable("detection") : NULL;
}

/* Journals what was done and shows it. */
static json_t *
finish_deed(const struct control_call *call, const struct deed *d, const char *verb)
{
	char name[DNAME_TEXT_MAX];
	bool journaled = true;

	dname_to_text(d->name.bytes, name);
	log_notice("control: %s %s by uid %ld, event %s", verb, name, (long)call->uid,
	    d->event.id);
	if (call->env->journal != NULL)
		journaled = journal_push(call->env->journal, &d->event);
	return json_pack("{s:b, s:o, s:b}", "ok", 1, "event", event_json(&d->event),
	    "journaled", journaled);
}

static json_t *
failed_deed(const struct deed *d, enum err e, const char *nothing)
{
	char name[DNAME_TEXT_MAX];

	dname_to_text(d->name.bytes, name);
	if (e == ERR_NOTFOUND)
		return control_commands_no("not-found", "%s %.200s%s%.60s", nothing, name,
		    d->client_text == NULL ? "" : " and client ",
		    d->client_text == NULL ? "" : d->client_text);
	if (e == ERR_NOMEM)
		return control_commands_no(
		    "failed", "the table of operators' rules is full: unset some");
	return control_commands_no("failed", "%s", err_text(e));
}

static json_t *
do_release(struct control_call *call)
{
	struct deed d;
	json_t *no = read_deed(call, true, false, &d);
	enum err e;

	if (no != NULL)
		return no;
	e = detect_release(call->env->detect, d.name.bytes,
	    d.client_text == NULL ? NULL : &d.client, d.reason, call->now, &d.event);
	return e == ERR_OK
		   ? finish_deed(call, &d, "release")
		   : failed_deed(&d, e, "no hold and no sinkhole is in force for");
}

static json_t *
do_block(struct control_call *call)
{
	struct deed d;
	json_t *no = read_deed(call, false, true, &d);
	enum err e;

	if (no != NULL)
		return no;
	e = detect_block(
	    call->env->detect, d.name.bytes, d.for_sec, d.reason, call->now, &d.event);
	return e == ERR_OK ? finish_deed(call, &d, "block")
			   : failed_deed(&d, e, "cannot block");
}

static json_t *
do_allow(struct control_call *call)
{
	struct deed d;
	json_t *no = read_deed(call, false, true, &d);
	enum err e;

	if (no != NULL)
		return no;
	e = detect_allow(
	    call->env->detect, d.name.bytes, d.for_sec, d.reason, call->now, &d.event);
	return e == ERR_OK ? finish_deed(call, &d, "allow")
			   : failed_deed(&d, e, "cannot allow");
}

static json_t *
do_unset(struct control_call *call)
{
	struct deed d;
	json_t *no = read_deed(call, false, false, &d);
	enum err e;

	if (no != NULL)
		return no;
	e = detect_unset(call->env->detect, d.name.bytes, d.reason, call->now, &d.event);
	return e == ERR_OK ? finish_deed(call, &d, "unset")
			   : failed_deed(&d, e, "no block or allow was set here for");
}

static json_t *
do_flush(struct control_call *call)
{
	const char *text;
	bool subtree = false;
	struct dname name;
	size_t rrsets = 0, answers = 0;
	char error[CONTROL_ERROR_MAX];
	json_t *no;
	const struct control_option options[] = { { "--subtree", NULL, &subtree } };

	if (control_request_options(&call->request, options, 1, &text, 1, 1, error) !=
	    ERR_OK)
		return control_commands_no("usage", "%s", error);
	if ((no = read_name(text, &name)) != NULL)
		return no;
	if (call->env->rrcache == NULL && call->env->anscache == NULL)
		return unavailable("a cache");
	if (call->env->rrcache != NULL)
		rrsets = rrcache_flush(call->env->rrcache, name.bytes, subtree);
	if (call->env->keytable != NULL)
		rrsets += keytable_flush(call->env->keytable, name.bytes, subtree);
	if (call->env->anscache != NULL)
		answers = anscache_flush(call->env->anscache, name.bytes, subtree);
	return json_pack("{s:b, s:I, s:I}", "ok", 1, "entries", (json_int_t)rrsets,
	    "answers", (json_int_t)answers);
}

/* ---- the table ---- */

static const struct control_command commands[] = {
	{ "status", "", "who is running, since when, with what", do_status },
	{ "stats", "", "every counter", do_stats },
	{ "reload", "", "read the configuration again and put it in force if it is right",
	    do_reload },
	{ "events",
	    "[--client ADDRESS|PREFIX] [--zone NAME] [--action ACTION] [--since TIME] "
	    "[-n COUNT] [-f|--follow]",
	    "what was decided lately", control_events_list },
	{ "explain", "ID", "one decision with its evidence", control_events_explain },
	{ "held", "", "clients that may not ask new names of a zone", do_held },
	{ "sinkholed", "", "zones that are stopped for everybody", do_sinkholed },
	{ "rules", "", "what operators have blocked and allowed here", do_rules },
	{ "release", "ZONE [CLIENT] [--reason TEXT]",
	    "end a hold or sinkhole and forget the suspicion", do_release },
	{ "block", "NAME [--for SPAN] [--reason TEXT]", "stop a name and all beneath it",
	    do_block },
	{ "allow", "NAME [--for SPAN] [--reason TEXT]",
	    "never stop a name or what is beneath it", do_allow },
	{ "unset", "NAME [--reason TEXT]", "take back a block or allow", do_unset },
	{ "flush", "NAME [--subtree]", "forget what the caches hold of a name",
	    do_flush },
	{ "anchors", "[refresh]", "trust anchors, their keys and states; look now",
	    control_trust_anchors },
	{ "nta", "add NAME [--for SPAN] [--reason TEXT] | list | remove NAME | check",
	    "negative trust anchors: what is not validated", control_trust_negative },
	{ "version", "", "the version of the daemon", do_version },
};

const struct control_command *
control_commands(size_t *count)
{
	*count = sizeof(commands) / sizeof(commands[0]);
	return commands;
}

const struct control_command *
control_commands_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

json_t *
control_commands_answer(struct control_call *call, const char *line, size_t len)
{
	const struct control_command *command;
	char error[CONTROL_ERROR_MAX];
	json_t *reply;

	call->then = CONTROL_THEN_NOTHING;
	if (control_request_parse(line, len, &call->request, error) != ERR_OK)
		return control_commands_no("usage", "%s", error);
	command = control_commands_find(call->request.command);
	if (command == NULL)
		reply = control_commands_no(
		    "usage", "no command '%.40s'", call->request.command);
	else
		reply = command->handler(call);
	control_request_fini(&call->request);
	if (reply == NULL && call->then != CONTROL_THEN_RELOAD)
		reply = control_commands_no("failed", "out of memory");
	return reply;
}
