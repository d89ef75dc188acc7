#include "resolver/ops/ctl_explain.h"

#include <inttypes.h>
#include <string.h>

#include "resolver/ops/control_request.h"
#include "resolver/ops/ctl_json.h"

static void
field(const struct show *s, const char *name, const char *value)
{
	fprintf(s->out, "  %-10s", name);
	show_text(s, SHOW_PLAIN, value);
	fputc('\n', s->out);
}

static const char *
meaning_of(const char *action)
{
	static const struct {
		const char *action, *text;
	} rows[] = {
		{ "observe", "It was reported; nothing was stopped." },
		{ "throttle", "The client asked faster than its group may." },
		{ "hold", "Names that nobody has asked before are no longer resolved for "
			  "this client under this zone. "
			  "Cached answers still flow, other clients are not touched." },
		{ "sinkhole", "Names that nobody has asked before are no longer resolved "
			      "under this zone, for "
			      "anybody. Cached answers still flow." },
		{ "refuse", "This one question was refused." },
		{ "block", "The name is on the configured block list." },
		{ "operator-block", "An operator blocked the name." },
		{ "release",
		    "An operator ended what was in force; the suspicion is forgotten." },
		{ "allow",
		    "An operator allowed the name: it is counted, never stopped." },
		{ "anchor", "The key of a trust anchor changed its state (RFC 5011)." },
		{ "negative-anchor",
		    "What is at or beneath the name is not validated, or "
		    "is again (RFC 7646)." },
	};

	for (size_t i = 0; action != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].action, action) == 0)
			return rows[i].text;
	return "This version does not know the action.";
}

static void
explain_when(const struct show *s, const json_t *event, int64_t wall_ms)
{
	char text[128], when[SHOW_NUMBER_MAX], ago[SHOW_NUMBER_MAX];
	const char *time = ctl_json_text(event, "time");
	int64_t then_ms;

	if (time == NULL || control_request_time(time, wall_ms, &then_ms) != ERR_OK ||
	    then_ms > wall_ms) {
		field(s, "when", ctl_json_or_dash(time));
		return;
	}
	snprintf(text, sizeof(text), "%s UTC, %s ago", ctl_json_time(event, when),
	    show_span((uint64_t)(wall_ms - then_ms) / 1000, ago));
	field(s, "when", text);
}

static void
explain_who(const struct show *s, const json_t *event)
{
	char text[2048];
	const char *client = ctl_json_text(event, "client"),
		   *group = ctl_json_text(event, "group");
	const char *qname = ctl_json_question(event, "name");

	if (client != NULL) {
		snprintf(text, sizeof(text), "%s%s%s%s", client,
		    group == NULL ? "" : " (group ", group == NULL ? "" : group,
		    group == NULL ? "" : ")");
		field(s, "client", text);
	}
	if (ctl_json_text(event, "zone") != NULL)
		field(s, "zone", ctl_json_text(event, "zone"));
	if (qname != NULL) {
		snprintf(text, sizeof(text), "%s %s", qname,
		    ctl_json_or_dash(ctl_json_question(event, "type")));
		field(s, "question", text);
	}
}

static void
explain_leak(const struct show *s, const json_t *event)
{
	char text[128], up[SHOW_NUMBER_MAX], down[SHOW_NUMBER_MAX];

	snprintf(text, sizeof(text),
	    "%s bytes up in names, %s bytes down in answers, before it was stopped",
	    show_count(ctl_json_count(event, "leaked_up_bytes"), up),
	    show_count(ctl_json_count(event, "leaked_down_bytes"), down));
	field(s, "leaked", text);
}

static void
explain_force(const struct show *s, const json_t *event, const json_t *measure)
{
	char text[160], span[SHOW_NUMBER_MAX], left[SHOW_NUMBER_MAX],
	    stopped[SHOW_NUMBER_MAX];
	uint64_t for_sec = ctl_json_count(event, "for_sec"),
		 left_sec = ctl_json_count(measure, "left_sec");

	if (json_is_object(measure))
		snprintf(text, sizeof(text),
		    "yes, %s%s; %s questions stopped so far; time number %" PRIu64,
		    left_sec == 0 ? "for good" : "for another ",
		    left_sec == 0 ? "" : show_span(left_sec, left),
		    show_count(ctl_json_count(measure, "stopped_questions"), stopped),
		    ctl_json_count(measure, "times"));
	else if (for_sec > 0)
		snprintf(text, sizeof(text), "no longer (it was set for %s)",
		    show_span(for_sec, span));
	else
		return;
	field(s, "in force", text);
}

static void
explain_evidence(const struct show *s, const json_t *event)
{
	static const char *const headings[] = { "evidence", ">figure", ">weight" };
	struct show_table *t = show_table_new(3, headings);
	const json_t *list = json_object_get(event, "evidence"), *e;
	size_t i;

	json_array_foreach(list, i, e)
	{
		char figure[SHOW_NUMBER_MAX], weight[SHOW_NUMBER_MAX + 1];
		double w = json_number_value(json_object_get(e, "weight"));
		const char *const cells[] = { ctl_json_or_dash(ctl_json_text(e, "name")),
			figure, weight };

		show_figure(json_number_value(json_object_get(e, "value")), figure);
		weight[0] = '+';
		show_figure(w, weight + (w > 0));
		show_table_add(t, w > 0 ? SHOW_PLAIN : SHOW_DIM, cells);
	}
	if (json_array_size(list) > 0) {
		fputc('\n', s->out);
		show_table_print(s, t, "  ");
	}
	show_table_free(t);
}

static void
advise(const struct show *s, const char *what, const char *verb, const char *zone,
    const char *client)
{
	char safe[2048];

	fprintf(s->out, "  %s  sekishoctl %s '%s'", what, verb,
	    show_safe(zone, safe, sizeof(safe)));
	if (client != NULL)
		fprintf(s->out, " %s", show_safe(client, safe, sizeof(safe)));
	fputs(" --reason '...'\n", s->out);
}

/* A quote in the name would end the one of the shell: then the operator has to write it
 * himself. */
static void
explain_way_out(const struct show *s, const json_t *event, const json_t *measure)
{
	const char *zone = ctl_json_text(event, "zone"),
		   *action = ctl_json_text(event, "action");
	bool hold = action != NULL && strcmp(action, "hold") == 0;
	bool rule = action != NULL && (strcmp(action, "operator-block") == 0 ||
					  strcmp(action, "allow") == 0);

	if (zone == NULL || strchr(zone, '\'') != NULL || !json_is_object(measure))
		return;
	fputc('\n', s->out);
	if (rule) {
		advise(s, "to take it back: ", "unset", zone, NULL);
		return;
	}
	advise(s, "to end it:       ", "release", zone,
	    hold ? ctl_json_text(event, "client") : NULL);
	advise(s, "never again:     ", "allow", zone, NULL);
	advise(s, "to make it stay: ", "block", zone, NULL);
}

void
ctl_explain_show(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	const json_t *event = json_object_get(reply, "event");
	const json_t *measure = json_object_get(reply, "in_force");
	const char *action = ctl_json_text(event, "action"),
		   *detail = ctl_json_text(event, "detail");
	char score[SHOW_NUMBER_MAX];

	show_text(s, ctl_json_colour(action), ctl_json_or_dash(action));
	fputs("  ", s->out);
	show_text(s, SHOW_BOLD, ctl_json_or_dash(ctl_json_text(event, "id")));
	fputc('\n', s->out);
	show_paragraph(s, "  ", meaning_of(action));
	fputc('\n', s->out);
	explain_when(s, event, wall_ms);
	explain_who(s, event);
	field(s, "why", ctl_json_or_dash(ctl_json_text(event, "reason")));
	if (detail != NULL)
		field(s, "note", detail);
	if (json_array_size(json_object_get(event, "evidence")) > 0)
		field(s, "score",
		    show_figure(
			json_number_value(json_object_get(event, "score")), score));
	if (ctl_json_count(event, "leaked_up_bytes") > 0 ||
	    ctl_json_count(event, "leaked_down_bytes") > 0)
		explain_leak(s, event);
	explain_force(s, event, measure);
	explain_evidence(s, event);
	explain_way_out(s, event, measure);
}
