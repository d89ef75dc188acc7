#include "resolver/ops/ctl_reply.h"

#include <inttypes.h>
#include <string.h>

#include "resolver/ops/ctl_explain.h"
#include "resolver/ops/ctl_json.h"
#include "resolver/ops/ctl_trust.h"

/* ---- events ---- */

static void
add_event(struct show_table *t, const json_t *event)
{
	char when[SHOW_NUMBER_MAX], up[SHOW_NUMBER_MAX];
	const char *zone = ctl_json_text(event, "zone"),
		   *action = ctl_json_text(event, "action");
	const char *const cells[] = { ctl_json_time(event, when),
		ctl_json_or_dash(action),
		ctl_json_or_dash(ctl_json_text(event, "client")),
		ctl_json_or_dash(zone != NULL ? zone : ctl_json_question(event, "name")),
		show_count(ctl_json_count(event, "leaked_up_bytes"), up),
		ctl_json_or_dash(ctl_json_text(event, "id")),
		ctl_json_or_dash(ctl_json_text(event, "reason")) };

	show_table_add(t, ctl_json_colour(action), cells);
}

static void
show_events(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	static const char *const headings[] = { "TIME (UTC)", "ACTION", "CLIENT", "ZONE",
		">LEAKED", "ID", "REASON" };
	struct show_table *t = show_table_new(7, headings);
	const json_t *list = json_object_get(reply, "events"), *event;
	size_t i;

	(void)wall_ms;
	json_array_foreach(list, i, event) add_event(t, event);
	if (json_array_size(list) == 0)
		fputs("no events\n", s->out);
	else
		show_table_print(s, t, "");
	show_table_free(t);
}

void
ctl_reply_show_event(const struct show *s, const json_t *event)
{
	char when[SHOW_NUMBER_MAX], up[SHOW_NUMBER_MAX];
	const char *action = ctl_json_text(event, "action"),
		   *zone = ctl_json_text(event, "zone");

	if (json_object_get(event, "lost") != NULL) {
		fprintf(s->out, "(%s events were lost on the way here)\n",
		    show_count(ctl_json_count(event, "lost"), up));
		return;
	}
	fprintf(s->out, "%s  ", ctl_json_time(event, when));
	show_text(s, ctl_json_colour(action), ctl_json_or_dash(action));
	fprintf(s->out, "%*s  ",
	    action == NULL ? 0 : (int)(14 - (strlen(action) < 14 ? strlen(action) : 14)),
	    "");
	show_text(s, SHOW_BOLD,
	    ctl_json_or_dash(zone != NULL ? zone : ctl_json_question(event, "name")));
	fputs("  client ", s->out);
	show_text(s, SHOW_PLAIN, ctl_json_or_dash(ctl_json_text(event, "client")));
	fprintf(s->out, "  %s B leaked  ",
	    show_count(ctl_json_count(event, "leaked_up_bytes"), up));
	show_text(s, SHOW_PLAIN, ctl_json_or_dash(ctl_json_text(event, "reason")));
	fputs("  ", s->out);
	show_text(s, SHOW_DIM, ctl_json_or_dash(ctl_json_text(event, "id")));
	fputc('\n', s->out);
}

/* ---- measures ---- */

static void
add_measure(struct show_table *t, const json_t *m)
{
	char left[SHOW_NUMBER_MAX], leaked[SHOW_NUMBER_MAX], stopped[SHOW_NUMBER_MAX],
	    times[SHOW_NUMBER_MAX];
	const char *client = ctl_json_text(m, "client"),
		   *action = ctl_json_text(m, "action");
	uint64_t left_sec = ctl_json_count(m, "left_sec");
	const char *const cells[] = { ctl_json_or_dash(action),
		ctl_json_or_dash(ctl_json_text(m, "zone")),
		client == NULL ? "everybody" : client,
		left_sec == 0 ? "for good" : show_span(left_sec, left),
		show_count(ctl_json_count(m, "times"), times),
		show_count(ctl_json_count(m, "leaked_up_bytes"), leaked),
		show_count(ctl_json_count(m, "stopped_questions"), stopped),
		ctl_json_or_dash(ctl_json_text(m, "id")) };

	show_table_add(t, ctl_json_colour(action), cells);
}

static void
show_measures(const struct show *s, const json_t *reply, const char *none)
{
	static const char *const headings[] = { "ACTION", "ZONE", "CLIENT", ">LEFT",
		">TIMES", ">LEAKED", ">STOPPED", "ID" };
	struct show_table *t = show_table_new(8, headings);
	const json_t *list = json_object_get(reply, "measures"), *m;
	size_t i;

	json_array_foreach(list, i, m) add_measure(t, m);
	if (json_array_size(list) == 0)
		fprintf(s->out, "%s\n", none);
	else
		show_table_print(s, t, "");
	show_table_free(t);
}

/* ---- status and statistics: whatever members there are ---- */

static void
scalar_text(const char *key, const json_t *v, char *out, size_t cap)
{
	char n[SHOW_NUMBER_MAX];

	if (json_is_string(v))
		snprintf(out, cap, "%s", json_string_value(v));
	else if (json_is_integer(v) && strstr(key, "uptime") != NULL)
		snprintf(out, cap, "%s", show_span((uint64_t)json_integer_value(v), n));
	else if (json_is_integer(v) && json_integer_value(v) >= 0 &&
		 strcmp(key, "pid") != 0)
		snprintf(out, cap, "%s", show_count((uint64_t)json_integer_value(v), n));
	else if (json_is_number(v))
		snprintf(out, cap, "%.10g", json_number_value(v));
	else
		snprintf(out, cap, "%s",
		    json_is_true(v)    ? "yes"
		    : json_is_false(v) ? "no"
				       : "-");
}

static void
show_list(const struct show *s, const json_t *list)
{
	size_t i;
	const json_t *v;
	char text[1024];

	json_array_foreach(list, i, v)
	{
		if (i > 0)
			fputs(", ", s->out);
		scalar_text("", v, text, sizeof(text));
		show_text(s, SHOW_PLAIN, text);
	}
	fputc('\n', s->out);
}

static size_t
longest_key(const json_t *o)
{
	size_t longest = 0;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, key,
	    v) if (!json_is_object(v) && strlen(key) > longest) longest = strlen(key);
	return longest;
}

/* Numbers stand flush right, so that their sizes can be seen. */
static void
show_members(const struct show *s, const json_t *o, const char *indent, int number_width)
{
	size_t width = longest_key(o);
	const char *key;
	json_t *v;
	char text[1024];

	json_object_foreach((json_t *)(uintptr_t)o, key, v)
	{
		if (json_is_object(v))
			continue;
		fprintf(s->out, "%s%-*s  ", indent, (int)width,
		    show_safe(key, text, sizeof(text)));
		if (json_is_array(v)) {
			show_list(s, v);
			continue;
		}
		scalar_text(key, v, text, sizeof(text));
		if (json_is_number(v))
			fprintf(s->out, "%*s",
			    number_width - (int)strlen(text) > 0
				? number_width - (int)strlen(text)
				: 0,
			    "");
		show_text(s, SHOW_PLAIN, text);
		fputc('\n', s->out);
	}
}

/* A histogram (base/histogram.h): how many had a figure from this one up. */
static void
show_histogram(
    const struct show *s, const char *name, int name_width, const json_t *places)
{
	const char *least;
	json_t *count;
	char text[1024], number[SHOW_NUMBER_MAX];

	fprintf(s->out, "  %-*s ", name_width, show_safe(name, text, sizeof(text)));
	json_object_foreach((json_t *)(uintptr_t)places, least, count)
	{
		fprintf(s->out, " %s:", show_safe(least, text, sizeof(text)));
		show_text(
		    s, SHOW_PLAIN, show_count(ctl_json_count(places, least), number));
	}
	fputc('\n', s->out);
}

static void
show_histograms(const struct show *s, const json_t *section)
{
	int width = 0;
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)section, name,
	    v) if (json_is_object(v) && (int)strlen(name) > width) width =
	    (int)strlen(name);
	json_object_foreach((json_t *)(uintptr_t)section, name, v) if (json_is_object(v))
	    show_histogram(s, name, width, v);
}

static void
show_status(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	(void)wall_ms;
	show_members(s, json_object_get(reply, "status"), "", 0);
}

static void
show_stats(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	json_t *stats = json_object_get(reply, "stats"), *section;
	const char *name;

	(void)wall_ms;
	show_members(s, stats, "", 15);
	json_object_foreach(stats, name, section)
	{
		if (!json_is_object(section))
			continue;
		show_text(s, SHOW_BOLD, name);
		fputc('\n', s->out);
		show_members(s, section, "  ", 15);
		show_histograms(s, section);
	}
}

/* ---- deeds ---- */

static void
show_deed(const struct show *s, const json_t *reply, const char *done)
{
	const json_t *event = json_object_get(reply, "event");
	const char *zone = ctl_json_text(event, "zone"),
		   *action = ctl_json_text(event, "action");
	char span[SHOW_NUMBER_MAX];
	uint64_t for_sec = ctl_json_count(event, "for_sec");

	show_text(s, ctl_json_colour(action), done);
	fputs(": ", s->out);
	show_text(s, SHOW_BOLD,
	    ctl_json_or_dash(zone != NULL ? zone : ctl_json_question(event, "name")));
	if (for_sec > 0)
		fprintf(s->out, " for %s", show_span(for_sec, span));
	fputs(", event ", s->out);
	show_text(s, SHOW_PLAIN, ctl_json_or_dash(ctl_json_text(event, "id")));
	fputs(json_is_false(json_object_get(reply, "journaled"))
		  ? " (the journal was full: not written)\n"
		  : "\n",
	    s->out);
}

static void
show_flushed(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	char entries[SHOW_NUMBER_MAX], answers[SHOW_NUMBER_MAX];

	(void)wall_ms;
	fprintf(s->out, "forgotten: sets of records %s, whole answers %s\n",
	    show_count(ctl_json_count(reply, "entries"), entries),
	    show_count(ctl_json_count(reply, "answers"), answers));
}

static void
show_reloaded(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	(void)wall_ms;
	fprintf(s->out, "the configuration is in force after %" PRIu64 " ms\n",
	    ctl_json_count(reply, "took_ms"));
}

static void
show_version(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	(void)wall_ms;
	fputs("sekishod ", s->out);
	show_text(s, SHOW_PLAIN, ctl_json_or_dash(ctl_json_text(reply, "version")));
	fputc('\n', s->out);
}

static void
show_negative(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	uint64_t for_sec = ctl_json_count(json_object_get(reply, "event"), "for_sec");

	(void)wall_ms;
	if (!ctl_trust_show_negative(s, reply))
		show_deed(s, reply, for_sec > 0 ? "not validated" : "validated again");
}

/* Commands whose replies differ in a word alone. False: ${command} is none of them. */
static bool
show_by_word(const struct show *s, const char *command, const json_t *reply)
{
	static const struct {
		const char *command, *word;
		void (*show)(const struct show *s, const json_t *reply, const char *word);
	} rows[] = {
		{ "held", "nobody is held", show_measures },
		{ "sinkholed", "no zone is sinkholed", show_measures },
		{ "rules", "nothing was blocked or allowed here", show_measures },
		{ "release", "released", show_deed },
		{ "block", "blocked", show_deed },
		{ "allow", "allowed", show_deed },
		{ "unset", "neither blocked nor allowed here any more", show_deed },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].command, command) == 0) {
			rows[i].show(s, reply, rows[i].word);
			return true;
		}
	return false;
}

void
ctl_reply_show(
    const struct show *s, const char *command, const json_t *reply, int64_t wall_ms)
{
	static const struct {
		const char *command;
		void (*show)(const struct show *s, const json_t *reply, int64_t wall_ms);
	} rows[] = {
		{ "status", show_status },
		{ "stats", show_stats },
		{ "reload", show_reloaded },
		{ "events", show_events },
		{ "explain", ctl_explain_show },
		{ "flush", show_flushed },
		{ "anchors", ctl_trust_show_anchors },
		{ "nta", show_negative },
		{ "version", show_version },
	};

	if (show_by_word(s, command, reply))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].command, command) == 0)
			rows[i].show(s, reply, wall_ms);
}

void
ctl_reply_show_error(const struct show *s, const json_t *reply)
{
	const json_t *errors = json_object_get(reply, "errors"), *text;
	size_t i;

	json_array_foreach(errors, i, text)
	{
		show_text(s, SHOW_PLAIN, json_string_value(text));
		fputc('\n', s->out);
	}
	fputs("sekishoctl: ", s->out);
	show_text(s, SHOW_RED, ctl_json_or_dash(ctl_json_text(reply, "error")));
	fputc('\n', s->out);
}
