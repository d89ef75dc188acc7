#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/dns.h"
#include "config.h"
#include "resolver/judge/judge.h"
#include "resolver/judge/trial.h"
#include "tests/detect/traffic.h"

/*
 * Recordings through the whole: the model of the resolver, the counts, the reports. The
 * counts are recorded: a change of detection that moves one says so here.
 */

#define EXPECTED_QUESTIONS 38506
#define EXPECTED_CACHED	   9942
#define EXPECTED_CLIENTS   42
#define EXPECTED_STOPPED   240

struct fixture {
	char path[64], html[96], missing[96];
	FILE *recording;
	struct conf *conf;
	const char *label;
};

static int
setup(void **state)
{
	static struct conf_errors errors;
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	assert_non_null(f);
	snprintf(f->path, sizeof(f->path), "/tmp/sekisho-judge-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	snprintf(f->html, sizeof(f->html), "%s.html", f->path);
	snprintf(f->missing, sizeof(f->missing), "%s.missing", f->path);
	f->recording = fdopen(fd, "w");
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &f->conf), ERR_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->recording != NULL)
		fclose(f->recording);
	unlink(f->path);
	unlink(f->html);
	conf_unref(f->conf);
	free(f);
	return 0;
}

static bool
record_one(void *ctx, const struct traffic_question *q)
{
	struct fixture *f = ctx;
	char type[DNS_MNEMONIC_MAX];

	fprintf(f->recording,
	    "%.3f\t10.0.%u.%u\t%s\t%s\t0\t%u\t%u\tudp\t%s\t1\t%" PRIx64 "\t-\t%u\n",
	    q->time_sec, q->client >> 8 & 255, q->client & 255, q->name,
	    dns_type_text(q->type, type), q->data_bytes, q->ttl_sec, f->label,
	    q->answer_hash, q->payload);
	return true;
}

static char *
run(struct fixture *f, struct judge_options *o, bool *good)
{
	char *text = NULL;
	size_t len;
	FILE *sink = fopen("/dev/null", "w"), *out = open_memstream(&text, &len);
	struct show show, err;

	if (f->recording != NULL)
		assert_int_equal(fflush(f->recording), 0);
	assert_non_null(sink);
	assert_non_null(out);
	show_init(&show, out);
	show_init(&err, sink);
	o->conf = f->conf;
	*good = judge_run(o, &show, &err);
	fclose(sink);
	fclose(out);
	return text;
}

static json_t *
judge_json(struct fixture *f, struct judge_options *o)
{
	const char *files[] = { f->path };
	json_t *report;
	char *text;
	bool good;

	o->json = true;
	o->files = files;
	o->file_count = 1;
	text = run(f, o, &good);
	assert_true(good);
	report = json_loads(text, 0, NULL);
	assert_non_null(report);
	free(text);
	return report;
}

static json_int_t
figure(const json_t *o, const char *key)
{
	assert_true(json_is_integer(json_object_get(o, key)));
	return json_integer_value(json_object_get(o, key));
}

/* Own zones are never stopped; the root with its servers is none. */
static void
a_tunnel_is_found_whoever_is_asked_for_everything(void **state)
{
	static const char *const everything =
	    "zones=[{name: ., kind: forward, servers: [192.0.2.1]}]";
	static struct conf_errors errors;
	struct fixture *f = *state;
	struct judge_options o = { .json = true };
	json_t *report;

	conf_unref(f->conf);
	assert_int_equal(conf_load(NULL, &everything, 1, &errors, &f->conf), ERR_OK);
	f->label = "tunnel:hex";
	traffic_channel(1, TRAFFIC_HEX_SLOW, 300, record_one, f);
	report = judge_json(f, &o);
	assert_in_range(figure(report, "first_stop"), 2, 40);
	json_decref(report);
}

static void
a_tunnel_is_found_and_told_with_its_evidence(void **state)
{
	struct fixture *f = *state;
	struct judge_options o = { .html = f->html };
	json_t *report, *zone, *label;
	char page[1 << 16];
	FILE *html;
	size_t len;

	f->label = "tunnel:hex";
	traffic_channel(1, TRAFFIC_HEX_SLOW, 300, record_one, f);
	report = judge_json(f, &o);
	assert_int_equal(figure(report, "schema"), 1);
	assert_int_equal(figure(report, "questions"), 300);
	zone = json_array_get(json_object_get(report, "zones"), 0);
	label = json_array_get(json_object_get(report, "labels"), 0);
	assert_non_null(zone);
	assert_true(figure(report, "first_stop") > 1);
	assert_true(figure(report, "first_stop") < 40);
	assert_int_equal(figure(report, "first_stop"), figure(zone, "question"));
	assert_int_equal(figure(label, "first_stop"), figure(zone, "question"));
	/* Four bytes a question, and the one that was stopped did not leave. */
	assert_true(json_real_value(json_object_get(label, "payload_bytes_before")) ==
		    4.0 * (double)(figure(zone, "question") - 1));
	assert_true(json_array_size(
			json_object_get(json_object_get(zone, "event"), "evidence")) > 0);
	json_decref(report);

	html = fopen(f->html, "r");
	assert_non_null(html);
	len = fread(page, 1, sizeof(page) - 1, html);
	page[len] = '\0';
	fclose(html);
	assert_non_null(strstr(page, "<svg"));
	assert_non_null(strstr(page, "</html>"));
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "http://"));
}

static void
a_day_of_a_company_has_its_recorded_counts(void **state)
{
	struct fixture *f = *state;
	struct judge_options o = { 0 };
	json_t *report;

	f->label = "benign";
	traffic_company(7, 40, 4, record_one, f);
	report = judge_json(f, &o);
	assert_int_equal(figure(report, "questions"), EXPECTED_QUESTIONS);
	assert_int_equal(figure(report, "cached"), EXPECTED_CACHED);
	assert_int_equal(figure(report, "clients"), EXPECTED_CLIENTS);
	assert_int_equal(
	    figure(json_object_get(report, "stopped"), "total"), EXPECTED_STOPPED);
	json_decref(report);
}

static void
names_of_a_recording_are_escaped_in_the_page(void **state)
{
	struct fixture *f = *state;
	struct judge_options o = { .html = f->html };
	char page[1 << 16];
	FILE *html;

	fprintf(f->recording,
	    "1\t10.0.0.1\ta.example\tA\t0\t4\t9\tudp\t<b onload='x'>\"&\t1"
	    "\tab\t-\n");
	json_decref(judge_json(f, &o));
	html = fopen(f->html, "r");
	assert_non_null(html);
	page[fread(page, 1, sizeof(page) - 1, html)] = '\0';
	fclose(html);
	assert_null(strstr(page, "<b onload"));
	assert_non_null(strstr(page, "&lt;b onload=&#39;x&#39;&gt;&quot;&amp;"));
}

/* A capture of raw IP: 192.0.2.1 asks 192.0.2.53 for a.example, A. */
static const uint8_t capture[] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0"
				 "\x65\0\0\0\0\xf1\x53\x65\0\0\0\0\x37\0\0\0\x37\0\0\0"
				 "\x45\0\0\x37\0\1\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\x35"
				 "\x0f\xa0\0\x35\0\x23\0\0"
				 "\0\7\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1";

static void
a_capture_is_judged_where_libpcap_is_there(void **state)
{
	struct fixture *f = *state;
	const char *files[] = { f->path };
	struct judge_options o = { .json = true, .files = files, .file_count = 1 };
	json_t *report;
	char *text;
	bool good;

	fwrite(capture, sizeof(capture) - 1, 1, f->recording);
	text = run(f, &o, &good);
#ifdef HAVE_PCAP
	assert_true(good);
	report = json_loads(text, 0, NULL);
	assert_int_equal(figure(report, "questions"), 1);
	assert_string_equal(json_string_value(json_object_get(report, "begin")),
	    "2023-11-14T22:13:20.000Z");
	json_decref(report);
#else
	assert_false(good);
	(void)report;
#endif
	free(text);
}

static void
a_file_that_nothing_reads_is_an_error(void **state)
{
	struct fixture *f = *state;
	const char *files[] = { f->missing, f->path };
	struct judge_options o = { .files = files, .file_count = 2 };
	bool good;

	fputs("what is this\n", f->recording);
	free(run(f, &o, &good));
	assert_false(good);
}

static void
the_command_line_is_understood(void **state)
{
	const char *good[] = { "--html", "x.html", "a", "--", "--each" };
	const char *no_file[] = { "--each" }, *unknown[] = { "--nonsense", "a" };
	const char *stdin_alone[] = { "-" };
	struct judge_options o = { 0 };

	(void)state;
	assert_null(judge_arguments(good, 5, &o));
	assert_string_equal(o.html, "x.html");
	assert_int_equal(o.file_count, 2);
	assert_string_equal(o.files[1], "--each");
	assert_false(o.each);
	assert_non_null(judge_arguments(no_file, 1, &o));
	assert_non_null(judge_arguments(unknown, 2, &o));
	assert_null(judge_arguments(stdin_alone, 1, &(struct judge_options){ 0 }));
}

static struct record
question_at(int64_t wall_ms, const char *name)
{
	struct record r = {
		.parts = RECORD_QUESTION, .wall_ms = wall_ms, .qtype = TYPE_A
	};

	assert_int_equal(dname_from_text(name, &r.qname), ERR_OK);
	assert_int_equal(addr_from_text("10.0.0.1", 0, &r.client), ERR_OK);
	return r;
}

static void
a_late_answer_keeps_its_question_in_the_cache(void **state)
{
	struct fixture *f = *state;
	struct trial *t = trial_new(f->conf);
	struct record r = question_at(0, "www.example.com");
	struct trial_step s;

	assert_non_null(t);
	trial_feed(t, &r, &s);
	assert_int_equal(s.outcome, TRIAL_PASSED);
	r.parts = RECORD_ANSWER;
	r.ttl_known = true;
	r.answer.ttl_min_sec = 300;
	trial_feed(t, &r, &s);
	assert_int_equal(s.outcome, TRIAL_NOTED);
	r = question_at(299000, "www.example.com");
	trial_feed(t, &r, &s);
	assert_int_equal(s.outcome, TRIAL_HIT);
	r.wall_ms = 301000;
	trial_feed(t, &r, &s);
	assert_int_equal(s.outcome, TRIAL_PASSED);
	trial_free(t);
}

static void
the_clock_never_steps_back(void **state)
{
	struct fixture *f = *state;
	struct trial *t = trial_new(f->conf);
	struct record r = question_at(INT64_C(100000000), "a.example.com");
	struct trial_step s;
	uint64_t before;

	assert_non_null(t);
	trial_feed(t, &r, &s);
	before = s.now.mono_ms;
	r.wall_ms -= 5000; /* out of order */
	trial_feed(t, &r, &s);
	assert_int_equal(s.now.mono_ms, before);
	r.wall_ms += 6000;
	trial_feed(t, &r, &s);
	assert_int_equal(s.now.mono_ms, before + 1000);
	trial_next_file(t); /* of an earlier day */
	r.wall_ms = 5;
	trial_feed(t, &r, &s);
	assert_int_equal(s.now.mono_ms, before + 1000);
	r.wall_ms += 7000;
	trial_feed(t, &r, &s);
	assert_int_equal(s.now.mono_ms, before + 8000);
	r.wall_ms = INT64_MAX / 4; /* nonsense moves nothing */
	trial_feed(t, &r, &s);
	assert_int_equal(s.now.mono_ms, before + 8000);
	trial_free(t);
}

static void
special_names_are_not_judged(void **state)
{
	struct fixture *f = *state;
	struct trial *t = trial_new(f->conf);
	struct record r = question_at(0, "printer.local");
	struct trial_step s;

	assert_non_null(t);
	trial_feed(t, &r, &s);
	assert_int_equal(s.outcome, TRIAL_LOCAL);
	trial_free(t);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH(a_tunnel_is_found_and_told_with_its_evidence),
		WITH(a_tunnel_is_found_whoever_is_asked_for_everything),
		WITH(a_day_of_a_company_has_its_recorded_counts),
		WITH(names_of_a_recording_are_escaped_in_the_page),
		WITH(a_capture_is_judged_where_libpcap_is_there),
		WITH(a_file_that_nothing_reads_is_an_error),
		WITH(the_command_line_is_understood),
		WITH(a_late_answer_keeps_its_question_in_the_cache),
		WITH(the_clock_never_steps_back),
		WITH(special_names_are_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
