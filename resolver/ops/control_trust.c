#include "resolver/ops/control_trust.h"

#include <stdio.h>
#include <string.h>

#include "resolver/dnssec/negative.h"
#include "resolver/ops/control.h"

/* What fits into a negative anchor's reason beside the user id. */
#define REASON_MAX 90

static json_t *
unavailable(void)
{
	return control_commands_no(
	    "unavailable", "this daemon runs without trust anchors");
}

json_t *
control_trust_anchors(struct control_call *call)
{
	char error[CONTROL_ERROR_MAX];
	const char *verb;

	if (control_request_options(&call->request, NULL, 0, &verb, 0, 1, error) !=
	    ERR_OK)
		return control_commands_no("usage", "%s", error);
	if (call->env->trust == NULL)
		return unavailable();
	if (verb != NULL && strcmp(verb, "refresh") != 0)
		return control_commands_no(
		    "usage", "'%.40s' is not known here; try refresh", verb);
	if (verb != NULL)
		return json_pack("{s:b, s:I}", "ok", 1, "asked",
		    (json_int_t)trust_refresh(call->env->trust));
	return json_pack(
	    "{s:b, s:o}", "ok", 1, "anchors", trust_points_json(call->env->trust));
}

/* "TEXT (uid 0)": who it was is part of why. Never with control characters: it goes into
 * a line of a file. */
static void
sign_reason(
    const struct control_call *call, const char *reason, char out[NEGATIVE_REASON_MAX])
{
	char who[32] = "somebody";

	if (call->uid != (uid_t)-1)
		snprintf(who, sizeof(who), "uid %lu", (unsigned long)call->uid);
	if (reason == NULL)
		snprintf(out, NEGATIVE_REASON_MAX, "%s", who);
	else
		snprintf(out, NEGATIVE_REASON_MAX, "%.*s (%s)", REASON_MAX, reason, who);
	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			*p = '?';
}

struct order {
	const char *verb, *name_text, *for_text, *reason;
	struct dname name;
	uint32_t for_sec;
	char signed_reason[NEGATIVE_REASON_MAX];
};

static json_t *
done(const struct event *event)
{
	return json_pack(
	    "{s:b, s:o, s:b}", "ok", 1, "event", event_json(event), "journaled", 1);
}

static json_t *
add(struct control_call *call, const struct order *o)
{
	struct event event;

	switch (trust_negative_add(
	    call->env->trust, o->name.bytes, o->for_sec, o->signed_reason, &event)) {
	case ERR_OK:
		return done(&event);
	case ERR_RANGE:
		return control_commands_no("usage",
		    "a negative trust anchor may stand for a week at most; what is to "
		    "last belongs into resolver.negative-trust-anchors");
	case ERR_LIMIT:
		return control_commands_no(
		    "failed", "there are too many negative trust anchors");
	default:
		return control_commands_no("failed", "it could not be set");
	}
}

static json_t *
take_back(struct control_call *call, const struct order *o)
{
	struct event event;

	switch (trust_negative_remove(
	    call->env->trust, o->name.bytes, o->signed_reason, &event)) {
	case ERR_OK:
		return done(&event);
	case ERR_REFUSED:
		return control_commands_no("failed",
		    "that one stands in the configuration: take it out there and reload");
	default:
		return control_commands_no(
		    "not-found", "there is no negative trust anchor of that name");
	}
}

/* "VERB [NAME] [--for SPAN] [--reason TEXT]"; a refusal or NULL. */
static json_t *
read_order(struct control_call *call, struct order *o)
{
	const char *positional[2];
	char error[CONTROL_ERROR_MAX];
	json_t *no;
	const struct control_option options[] = {
		{ "--reason", &o->reason, NULL },
		{ "--for", &o->for_text, NULL },
	};

	memset(o, 0, sizeof(*o));
	if (control_request_options(
		&call->request, options, 2, positional, 1, 2, error) != ERR_OK)
		return control_commands_no("usage", "%s", error);
	o->verb = positional[0];
	o->name_text = positional[1];
	o->for_sec = NEGATIVE_DEFAULT_SEC;
	if (o->name_text != NULL &&
	    (no = control_commands_new_name(o->name_text, &o->name)) != NULL)
		return no;
	if (o->for_text != NULL &&
	    control_request_span(o->for_text, &o->for_sec) != ERR_OK)
		return control_commands_no("usage",
		    "'%.40s' is no span of time; try 90s, 15m, 1h, 2d or 1w",
		    o->for_text);
	sign_reason(call, o->reason, o->signed_reason);
	return NULL;
}

json_t *
control_trust_negative(struct control_call *call)
{
	struct order o;
	json_t *no = read_order(call, &o);

	if (no != NULL)
		return no;
	if (call->env->trust == NULL)
		return unavailable();
	if (strcmp(o.verb, "list") == 0 && o.name_text == NULL)
		return json_pack("{s:b, s:o}", "ok", 1, "negative_anchors",
		    trust_negative_json(call->env->trust));
	if (strcmp(o.verb, "check") == 0 && o.name_text == NULL)
		return json_pack("{s:b, s:I}", "ok", 1, "asked",
		    (json_int_t)trust_recheck(call->env->trust));
	if (strcmp(o.verb, "add") == 0 && o.name_text != NULL)
		return add(call, &o);
	if (strcmp(o.verb, "remove") == 0 && o.name_text != NULL)
		return take_back(call, &o);
	return control_commands_no(
	    "usage", "expected add NAME, list, remove NAME or check");
}
