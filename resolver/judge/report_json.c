#include <jansson.h>

#include "base/clock.h"
#include "config.h"
#include "resolver/judge/report.h"

/* Names and reasons are in presentation form; file names and labels may hold any byte:
 * those that are not UTF-8 are escaped as \DDD. */

static json_t *
text(const char *bytes)
{
	char safe[1024];

	return json_string(show_safe(bytes, safe, sizeof(safe)));
}

static json_t *
name(const struct dname *n)
{
	char out[DNAME_TEXT_MAX];

	return json_string(dname_to_text(n->bytes, out));
}

static json_t *
host(const struct addr *a)
{
	char out[ADDR_TEXT_MAX];

	return a->family == ADDR_NONE ? json_null() : json_string(addr_host_text(a, out));
}

static json_t *
when(int64_t wall_ms)
{
	char out[CLOCK_TEXT_MAX];

	return json_string(clock_text(wall_ms, out));
}

static void
put(json_t *o, const char *key, uint64_t value)
{
	json_object_set_new(o, key, json_integer((json_int_t)value));
}

static json_t *
files(const struct tally *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->file_count; i++) {
		const struct tally_file *f = &t->files[i];
		json_t *o = json_object();

		json_object_set_new(o, "file", text(f->path));
		json_object_set_new(o, "format",
		    f->format != NULL ? json_string(f->format) : json_null());
		put(o, "lines", f->lines);
		put(o, "bad_lines", f->bad);
		put(o, "other_lines", f->others);
		put(o, "records", f->records);
		put(o, "without_time", f->untimed);
		put(o, "without_name", f->nameless);
		put(o, "cut_short", f->cut);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
stopped(const struct tally *t)
{
	json_t *o = json_object();

	put(o, "total", t->stopped);
	put(o, "held", t->outcomes[TRIAL_HELD]);
	put(o, "sinkholed", t->outcomes[TRIAL_SINKHOLED]);
	put(o, "throttled", t->outcomes[TRIAL_THROTTLED]);
	put(o, "refused", t->outcomes[TRIAL_REFUSED]);
	put(o, "on_answer", t->on_answer);
	put(o, "of_other_clients", report_others(t));
	return o;
}

static json_t *
zones(const struct tally *t)
{
	const struct tally_zone **list = tally_zones(t);
	json_t *out = json_array();

	for (unsigned i = 0; list != NULL && i < t->zone_count; i++) {
		const struct tally_zone *z = list[i];
		json_t *o = json_object();

		json_object_set_new(o, "zone", name(&z->event.zone));
		json_object_set_new(
		    o, "action", json_string(event_action_text(z->worst)));
		json_object_set_new(o, "reason", json_string(z->event.reason));
		json_object_set_new(o, "time", when(z->event.wall_ms));
		put(o, "question", z->at_question);
		put(o, "question_of_domain", z->at_zone_miss);
		json_object_set_new(o, "client", host(&z->cause));
		put(o, "leaked_up_bytes", z->event.leaked_up_bytes);
		put(o, "leaked_down_bytes", z->event.leaked_down_bytes);
		put(o, "stopped", z->stopped);
		put(o, "stopped_of_other_clients", z->stopped_others);
		put(o, "clients", z->client_count);
		put(o, "factor", tally_factor(t, z));
		if (z->label[0] != '\0')
			json_object_set_new(o, "label", text(z->label));
		json_object_set_new(o, "event", event_json(&z->event));
		json_array_append_new(out, o);
	}
	free(list);
	return out;
}

static json_t *
labels(const struct tally *t)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < t->label_count; i++) {
		const struct tally_label *l = &t->labels[i];
		json_t *o = json_object();

		json_object_set_new(o, "label", text(l->name));
		json_object_set_new(o, "benign", json_boolean(l->benign));
		put(o, "questions", l->questions);
		put(o, "stopped", l->stopped);
		put(o, "refused", l->refused);
		put(o, "zones", l->zones);
		put(o, "first_stop", l->first_stop);
		json_object_set_new(
		    o, "payload_bytes_before", json_real(l->payload_before));
		json_object_set_new(o, "payload_bytes", json_real(l->payload));
		json_object_set_new(o, "name_bytes_before", json_real(l->names_before));
		json_object_set_new(o, "name_bytes", json_real(l->names));
		json_array_append_new(out, o);
	}
	return out;
}

static json_t *
reasons(const struct tally *t)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < t->reason_count; i++) {
		const struct tally_reason *r = &t->reasons[i];
		json_t *o = json_object();

		json_object_set_new(
		    o, "action", json_string(event_action_text(r->action)));
		json_object_set_new(o, "reason", json_string(r->reason));
		put(o, "events", r->events);
		json_array_append_new(out, o);
	}
	return out;
}

static json_t *
timeline(const struct tally *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->bucket_count; i++) {
		const struct tally_bucket *b = &t->buckets[i];

		json_array_append_new(
		    list, json_pack("[I,I,I]", (json_int_t)b->questions,
			      (json_int_t)b->misses, (json_int_t)b->stopped));
	}
	return json_pack("{s:f, s:o}", "bucket_sec", (double)t->bucket_ms / 1000,
	    "questions_judged_stopped", list);
}

static json_t *
events(const struct event *e, unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, event_json(&e[i]));
	return list;
}

bool
report_json(const struct tally *t, FILE *out)
{
	json_t *o = json_object();
	bool good;

	put(o, "schema", 1);
	json_object_set_new(o, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(o, "files", files(t));
	json_object_set_new(o, "interrupted", json_boolean(t->interrupted));
	json_object_set_new(o, "begin", t->has_time ? when(t->begin_ms) : json_null());
	json_object_set_new(o, "end", t->has_time ? when(t->end_ms) : json_null());
	put(o, "questions", t->questions);
	put(o, "cached", t->outcomes[TRIAL_HIT]);
	put(o, "local", t->outcomes[TRIAL_LOCAL]);
	put(o, "blocked", t->outcomes[TRIAL_BLOCKED]);
	put(o, "judged", report_judged(t));
	put(o, "challenged", t->challenged);
	json_object_set_new(o, "stopped", stopped(t));
	put(o, "first_stop", t->first_stop);
	put(o, "clients", t->clients);
	put(o, "clients_stopped", t->clients_stopped);
	put(o, "clients_not_causing", t->clients_harmed);
	json_object_set_new(o, "zones", zones(t));
	put(o, "zones_not_shown", t->zones_lost);
	json_object_set_new(o, "reasons", reasons(t));
	put(o, "reports_total", t->reports);
	json_object_set_new(o, "reports", events(t->report, t->report_count));
	json_object_set_new(o, "labels", labels(t));
	json_object_set_new(o, "timeline", timeline(t));
	json_object_set_new(o, "cpu_sec", json_real((double)t->cpu_ns / 1e9));
	json_object_set_new(o, "questions_per_cpu_sec", json_real(report_rate(t)));
	good = o != NULL &&
	       json_dumpf(o, out,
		   JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) == 0;
	fputc('\n', out);
	json_decref(o);
	return good;
}
