#include "resolver/ops/ctl_trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "2026-11-22T08:15:30.000Z" without what a person does not need. */
static const char *
moment(const json_t *o, const char *key, char out[SHOW_NUMBER_MAX])
{
	const char *text = ctl_json_text(o, key);

	if (text == NULL || strlen(text) < 19)
		return "-";
	snprintf(out, SHOW_NUMBER_MAX, "%.10s %.8s", text, text + 11);
	return out;
}

/* A tag is a name, not a count. */
static const char *
plain(uint64_t number, char out[SHOW_NUMBER_MAX])
{
	snprintf(out, SHOW_NUMBER_MAX, "%" PRIu64, number);
	return out;
}

static void
add_key(struct show_table *t, const json_t *anchor, const json_t *key)
{
	char tag[SHOW_NUMBER_MAX], algorithm[SHOW_NUMBER_MAX], since[SHOW_NUMBER_MAX],
	    from[SHOW_NUMBER_MAX];
	const char *state = ctl_json_text(key, "state");
	const char *const cells[] = { ctl_json_or_dash(ctl_json_text(anchor, "zone")),
		plain(ctl_json_count(key, "tag"), tag),
		show_count(ctl_json_count(key, "algorithm"), algorithm),
		ctl_json_or_dash(state), moment(key, "since", since),
		moment(key, "trusted_from", from) };

	show_table_add(t,
	    state != NULL && strcmp(state, "revoked") == 0 ? SHOW_RED : SHOW_PLAIN,
	    cells);
}

static void
show_timers(const struct show *s, const json_t *list)
{
	char next[SHOW_NUMBER_MAX], success[SHOW_NUMBER_MAX];
	const json_t *anchor;
	size_t i;

	json_array_foreach(list, i, anchor)
	{
		if (json_object_get(anchor, "next") == NULL)
			continue;
		fputs("  ", s->out);
		show_text(s, SHOW_BOLD, ctl_json_or_dash(ctl_json_text(anchor, "zone")));
		fprintf(s->out, " rolls over: last seen %s, next look %s",
		    moment(anchor, "success", success), moment(anchor, "next", next));
		if (ctl_json_count(anchor, "failures") > 0)
			fprintf(s->out, ", failed since: %" PRIu64,
			    ctl_json_count(anchor, "failures"));
		fputc('\n', s->out);
	}
}

static void
show_asked(const struct show *s, const json_t *reply, const char *none)
{
	uint64_t asked = ctl_json_count(reply, "asked");

	if (asked == 0)
		fprintf(s->out, "%s\n", none);
	else
		fprintf(s->out, "%" PRIu64 " zone%s\n", asked,
		    asked == 1 ? " is asked" : "s are asked");
}

void
ctl_trust_show_anchors(const struct show *s, const json_t *reply, int64_t wall_ms)
{
	static const char *const headings[] = { "ZONE", ">TAG", ">ALG", "STATE",
		"SINCE (UTC)", "TRUSTED FROM" };
	const json_t *list = json_object_get(reply, "anchors"), *anchor, *key;
	struct show_table *t;
	size_t i, k;

	(void)wall_ms;
	if (list == NULL) {
		show_asked(s, reply,
		    "no zone is asked: no trust anchor rolls over, or it is being asked "
		    "already");
		return;
	}
	if (json_array_size(list) == 0) {
		fputs("no trust anchors\n", s->out);
		return;
	}
	t = show_table_new(6, headings);
	json_array_foreach(list, i, anchor) json_array_foreach(
	    json_object_get(anchor, "keys"), k, key) add_key(t, anchor, key);
	show_table_print(s, t, "");
	show_table_free(t);
	show_timers(s, list);
}

static void
add_negative(struct show_table *t, const json_t *n)
{
	char left[SHOW_NUMBER_MAX];
	uint64_t left_sec = ctl_json_count(n, "left_sec");
	const char *const cells[] = { ctl_json_or_dash(ctl_json_text(n, "name")),
		ctl_json_or_dash(ctl_json_text(n, "origin")),
		left_sec == 0 ? "for good" : show_span(left_sec, left),
		ctl_json_or_dash(ctl_json_text(n, "reason")) };

	show_table_add(t, left_sec == 0 ? SHOW_DIM : SHOW_PLAIN, cells);
}

bool
ctl_trust_show_negative(const struct show *s, const json_t *reply)
{
	static const char *const headings[] = { "NAME", "ORIGIN", ">LEFT", "REASON" };
	const json_t *list = json_object_get(reply, "negative_anchors"), *n;
	struct show_table *t;
	size_t i;

	if (json_object_get(reply, "asked") != NULL) {
		show_asked(s, reply,
		    "no zone is asked: no negative trust anchor was set here, or it is "
		    "being asked already");
		return true;
	}
	if (list == NULL)
		return false;
	if (json_array_size(list) == 0) {
		fputs("no negative trust anchors\n", s->out);
		return true;
	}
	t = show_table_new(4, headings);
	json_array_foreach(list, i, n) add_negative(t, n);
	show_table_print(s, t, "");
	show_table_free(t);
	return true;
}
