#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "detect/detect.h"

/*
 * The state file of detection, which a crash, a full disk or a hand may have changed.
 * Whatever it says, a detector that has read it goes on: what it saves is read again
 * without a mistake, with as many measures and words; it answers questions, and it lists
 * what was learnt. No measure is longer than a year and a day.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define SPAN_MAX_SEC	 (366u * 86400u)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
const char *psl_dist_filename(void);

static const struct now now = { .mono_ms = 1000000, .wall_ms = INT64_C(1795335330000) };

/* As in fuzz_detect: the list built into the library does. */
const char *
psl_dist_filename(void)
{
	return NULL;
}

static struct detect *
detector(const struct conf *conf)
{
	static const struct hashkey key = { 1, 2 };
	struct detect *d = detect_new(conf, &key, 1);

	CHECK(d != NULL);
	return d;
}

/* Counts the measures and words in ${ctx}. */
static void
check_measure(void *ctx, const struct detect_measure *m)
{
	++*(unsigned *)ctx;
	if (m->action == EVENT_HOLD || m->action == EVENT_SINKHOLE)
		CHECK(m->left_sec <= SPAN_MAX_SEC);
}

static unsigned
measures_of(struct detect *d)
{
	unsigned count = 0;

	detect_measures(d, &now, check_measure, &count);
	return count;
}

/* Names in the seeds' zones, and one outside. */
static void
ask_some(struct detect *d, const struct conf *conf)
{
	static const char *const names[] = { "www.evil.example",
		"0123456789abcdef.evil.example", "a.shared.example", "new.example" };
	struct detect_question q = { .qtype = TYPE_A };
	struct detect_verdict v;
	struct dname name;

	CHECK(addr_from_text("10.0.0.1", 0, &q.client) == ERR_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK(dname_from_text(names[i], &name) == ERR_OK);
		q.qname = name.bytes;
		detect_question(d, conf, &q, &now, &v);
		CHECK(v.action == DETECT_PASS || v.event_id[0] != '\0');
	}
}

static void
check_saved(struct detect *d, const struct conf *conf)
{
	struct detect *again = detector(conf);
	unsigned line;
	FILE *file = tmpfile();

	CHECK(file != NULL);
	CHECK(detect_save(d, &now, file) == ERR_OK);
	rewind(file);
	CHECK(detect_load(again, &now, file, &line) == ERR_OK);
	CHECK(measures_of(again) == measures_of(d));
	CHECK(detect_learnt(again, conf, &now, file) == ERR_OK);
	fclose(file);
	detect_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const overrides[] = { "detection.zone-entries=1024",
		"detection.pair-entries=1024", "detection.client-entries=1024",
		"detection.seen-entries=4096", "detection.learn=1h" };
	static struct conf_errors errors;
	static struct conf *conf;
	struct detect *d;
	unsigned line;
	FILE *file;

	if (conf == NULL)
		CHECK(conf_load(NULL, overrides, 5, &errors, &conf) == ERR_OK);
	if (len == 0 || (file = fmemopen((void *)(uintptr_t)bytes, len, "r")) == NULL)
		return 0;
	d = detector(conf);
	(void)!detect_load(d, &now, file, &line);
	fclose(file);
	check_saved(d, conf);
	ask_some(d, conf);
	detect_free(d);
	return 0;
}
