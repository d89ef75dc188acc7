#include "resolver/judge/judge.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/judge/capture.h"
#include "resolver/judge/files.h"
#include "resolver/judge/entries.h"
#include "resolver/judge/report.h"
#include "resolver/judge/stream.h"
#include "resolver/os/clock.h"

#define COMPLAINTS_MAX 5u
#define PROGRESS_LINES (1u << 15)
#define BAR_WIDTH      30
/* Lines read before they are judged, so that no memory is waited for. */
#define BATCH 16u
/* A step back that no buffer of a logger explains. */
#define CLOCK_BACK_MS (INT64_C(600) * 1000)

struct batch {
	unsigned count;
	struct record records[BATCH];
	struct detect_look looks[BATCH];
};

struct run {
	const struct judge_options *o;
	const struct show *out, *err;
	bool bar;
	struct trial *trial;
	struct tally *tally;
	struct trial_step step;
	unsigned complaints;
	uint64_t cpu_from_ns;
	/* of the file in hand */
	struct stream *stream;
	struct tally_file *file;
	uint64_t since_bar;
	int64_t last_ms; /* of the record before */
	bool has_last, clock_told;
	uint64_t left_out; /* files of other kinds, found in folders */
};

/* Set by SIGINT: reading ends, what is known is reported. */
static volatile sig_atomic_t stopping;

static void
take_signal(int number)
{
	stopping = number;
}

/* A second SIGINT ends the program at once. */
static void
watch_signal(bool on)
{
	struct sigaction a = { .sa_handler = on ? take_signal : SIG_DFL,
		.sa_flags = on ? (int)SA_RESETHAND : 0 };

	stopping = 0;
	sigemptyset(&a.sa_mask);
	(void)sigaction(SIGINT, &a, NULL);
}

/* ---- the way of one file ---- */

static void
draw_bar(struct run *r, bool end)
{
	char n[SHOW_NUMBER_MAX];
	double share;

	r->since_bar = 0;
	if (!r->bar || r->stream == NULL)
		return;
	if (end) {
		fputs("\r\033[K", r->err->out);
		fflush(r->err->out);
		return;
	}
	if ((share = stream_share(r->stream)) < 0) {
		fprintf(
		    r->err->out, "\r  %s questions", show_count(r->tally->questions, n));
		fflush(r->err->out);
		return;
	}
	fputs("\r  [", r->err->out);
	for (int i = 0; i < BAR_WIDTH; i++)
		fputc(i < (int)(share * BAR_WIDTH) ? '#' : '.', r->err->out);
	fprintf(r->err->out, "] %3.0f %%  %s questions", share * 100,
	    show_count(r->tally->questions, n));
	fflush(r->err->out);
}

static void
take_record(void *ctx, const struct record *record)
{
	struct run *r = ctx;

	r->file->records++;
	trial_feed(r->trial, record, &r->step);
	tally_add(r->tally, record, &r->step);
	if (++r->since_bar == PROGRESS_LINES)
		draw_bar(r, false);
}

static void
take_batch(struct run *r, struct batch *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		trial_look(r->trial, &b->records[i], &b->looks[i]);
		tally_hint(r->tally, &b->records[i]);
	}
	for (unsigned i = 0; i < b->count; i++)
		take_record(r, &b->records[i]);
	b->count = 0;
}

static void
complain(struct run *r, const char *path, const char *what)
{
	draw_bar(r, true);
	fputs("sekishoctl: ", r->err->out);
	show_text(r->err, SHOW_PLAIN, path);
	fputs(": ", r->err->out);
	show_text(r->err, SHOW_PLAIN, what);
	fputc('\n', r->err->out);
}

/* "FILE:7:31: no type at 'INX'; ..." */
static void
bad_line(struct run *r, const struct entries *l)
{
	const struct format *f = entries_format(l);
	const struct reader *why = entries_fault(l);
	FILE *out = r->err->out;

	r->file->bad++;
	if (r->complaints == COMPLAINTS_MAX)
		return;
	r->complaints++;
	draw_bar(r, true);
	show_text(r->err, SHOW_PLAIN, r->file->path);
	fprintf(out, ":%llu:", (unsigned long long)r->file->lines);
	if (why->fault != NULL && why->fault_token[0] != '\0') {
		fprintf(out, "%zu: %s at '", why->fault_at + 1, why->fault);
		show_text(r->err, SHOW_PLAIN, why->fault_token);
		fputc('\'', out);
	} else {
		fprintf(out, " %s", why->fault != NULL ? why->fault : "not understood");
	}
	fprintf(out, "; expected (%s): %s\n", f->name, f->looks);
	if (r->complaints == COMPLAINTS_MAX)
		fputs("... more such lines are only counted\n", out);
}

/* Once a file; what comes is judged as if the clock went on. */
static void
watch_clock(struct run *r, const struct record *record)
{
	char span[SHOW_NUMBER_MAX];
	int64_t back_ms = r->last_ms - record->wall_ms;

	if (r->has_last && back_ms > CLOCK_BACK_MS && !r->clock_told) {
		r->clock_told = true;
		draw_bar(r, true);
		show_text(r->err, SHOW_PLAIN, r->file->path);
		if (r->file->lines > 0) /* a capture's are counted at its end */
			fprintf(r->err->out, ":%llu", (unsigned long long)r->file->lines);
		fprintf(r->err->out,
		    ": the time steps back by %s; judged as if it went on\n",
		    show_span((uint64_t)back_ms / 1000, span));
	}
	r->last_ms = record->wall_ms;
	r->has_last = true;
}

static bool
read_lines(struct run *r, struct entries *l)
{
	struct batch *batch = malloc(sizeof(*batch));
	enum read_result result;
	struct record *record;

	if (batch == NULL)
		return false;
	batch->count = 0;
	record = batch->records;
	while (entries_next(l, record, &result)) {
		r->file->lines++;
		if (result == READ_BAD)
			bad_line(r, l);
		else if (result != READ_RECORD)
			r->file->others++;
		if (result != READ_RECORD)
			continue;
		watch_clock(r, record);
		trial_hint(r->trial, record);
		if (++batch->count == BATCH)
			take_batch(r, batch);
		record = &batch->records[batch->count];
	}
	take_batch(r, batch);
	free(batch);
	r->file->format = entries_mixed(l) ? "mixed" : entries_format(l)->name;
	r->file->untimed = entries_untimed(l);
	r->file->nameless = entries_nameless(l);
	return true;
}

/* "FILE: 12 ...": a figure that concerns the whole file. */
static void
tell_count(struct run *r, uint64_t count, const char *what)
{
	char n[SHOW_NUMBER_MAX];

	if (count == 0)
		return;
	draw_bar(r, true);
	fputs("sekishoctl: ", r->err->out);
	show_text(r->err, SHOW_PLAIN, r->file->path);
	fprintf(r->err->out, ": %s %s\n", show_count(count, n), what);
}

static void
tell_lines(struct run *r)
{
	tell_count(r, r->file->untimed,
	    "questions without a time: ten a second are assumed, and what "
	    "depends on "
	    "time is a guess");
	tell_count(r, r->file->nameless,
	    "questions whose names this log leaves out are not judged; a capture "
	    "has "
	    "them");
}

static void
take_captured(void *ctx, const struct record *record)
{
	watch_clock(ctx, record);
	take_record(ctx, record);
}

static bool
read_capture(struct run *r)
{
	struct capture_count count = { 0 };
	char error[CAPTURE_ERROR_MAX];
	bool good;

	r->file->format = "capture";
	good = capture_read(r->stream, take_captured, r, &count, error);
	r->file->lines = count.packets;
	r->file->cut = count.cut;
	if (!good && !stopping)
		complain(r, r->file->path, error);
	tell_count(r, count.cut,
	    "DNS packets were cut short when they were captured; \"tcpdump -s "
	    "0\" keeps "
	    "them whole");
	if (good && r->file->records == 0)
		complain(r, r->file->path, "no DNS in this capture");
	return (good || stopping) && r->file->records > 0;
}

static void
tell_formats(struct run *r)
{
	size_t count;
	const struct format *const *list = formats(&count);

	complain(r, r->file->path,
	    "no line of its beginning is understood; known are captures (pcap, "
	    "pcapng) "
	    "and");
	for (size_t i = 0; i < count; i++)
		fprintf(r->err->out, "  %-8s %s\n", list[i]->name, list[i]->looks);
}

static bool
read_text(struct run *r, bool found)
{
	struct entries *l;
	enum err e = entries_open(r->stream, files_time(r->file->path), &l);

	if (e == ERR_OK) {
		e = read_lines(r, l) ? ERR_OK : ERR_NOMEM;
		tell_lines(r);
		entries_free(l);
	}
	if (e == ERR_NOMEM)
		complain(r, r->file->path, "out of memory");
	else if (e != ERR_OK && found)
		r->left_out++; /* and out of the report */
	else if (e != ERR_OK)
		tell_formats(r);
	return e == ERR_OK || (e == ERR_MALFORMED && found);
}

static bool
read_stream(struct run *r, bool found)
{
	const uint8_t *bytes;
	size_t len;

	bytes = stream_peek(r->stream, &len);
	if (len == 0)
		return true;
	return capture_is(bytes, len) ? read_capture(r) : read_text(r, found);
}

/* What was left before its end on purpose need not have one. */
static bool
close_file(struct run *r, bool good)
{
	size_t len;
	bool whole;

	(void)stream_peek(r->stream, &len);
	whole = stream_close(r->stream);
	r->stream = NULL;
	if (whole && len == 0) {
		r->file->format = "empty";
		complain(r, r->file->path, "is empty");
	}
	if (whole || !good || stopping || (len > 0 && r->file->lines == 0))
		return good;
	complain(r, r->file->path,
	    "could not be read to its end (a damaged file, or its decompressor "
	    "is not "
	    "there)");
	return false;
}

static bool
one_file(struct run *r, const struct file *file)
{
	uint64_t left_out;
	bool good;

	r->file = &r->tally->files[r->tally->file_count++];
	r->file->path = file->path;
	r->complaints = 0;
	r->clock_told = r->has_last = false;
	if (stream_open(file->path, &stopping, &r->stream) != ERR_OK) {
		if (!stopping)
			complain(r, file->path, strerror(errno));
		return false;
	}
	trial_next_file(r->trial);
	left_out = r->left_out;
	good = read_stream(r, file->found);
	draw_bar(r, true);
	good = close_file(r, good);
	r->tally->file_count -= r->left_out > left_out;
	return good;
}

/* ---- a report ---- */

static bool
write_html(struct run *r)
{
	FILE *out = fopen(r->o->html, "w");
	bool good;

	if (out == NULL) {
		complain(r, r->o->html, strerror(errno));
		return false;
	}
	report_html(r->tally, out);
	good = !ferror(out);
	if (fclose(out) != 0 || !good) {
		complain(r, r->o->html, "could not be written");
		return false;
	}
	return true;
}

static bool
report(struct run *r)
{
	bool good = true;

	if (r->o->json)
		good = report_json(r->tally, r->out->out);
	else
		report_text(r->out, r->tally);
	if (r->o->html != NULL)
		good = write_html(r) && good;
	return good;
}

/* One detector, ${count} files, one report. */
static bool
one_run(struct run *r, const struct file *files, size_t count)
{
	bool good = true;

	r->trial = trial_new(r->o->conf);
	r->tally = tally_new();
	if (r->trial == NULL || r->tally == NULL ||
	    (r->tally->files = calloc(count + 1, sizeof(*r->tally->files))) == NULL) {
		fputs("sekishoctl: out of memory\n", r->err->out);
		good = false;
		goto done;
	}
	r->tally->budget_bytes = r->o->conf->stop_bytes;
	r->cpu_from_ns = clock_cpu_ns();
	for (size_t i = 0; i < count && !stopping; i++)
		good = one_file(r, &files[i]) && good;
	r->tally->cpu_ns = clock_cpu_ns() - r->cpu_from_ns;
	r->tally->interrupted = stopping != 0;
	if (r->tally->questions > 0 || r->o->json)
		good = report(r) && good;
	else
		fputs("sekishoctl: no question was read, there is nothing to "
		      "judge\n",
		    r->err->out);
	good = good && r->tally->questions > 0 && !r->tally->interrupted;
done:
	tally_free(r->tally);
	trial_free(r->trial);
	return good;
}

static void
tell_left_out(const struct run *r)
{
	char n[SHOW_NUMBER_MAX];

	if (r->left_out > 0)
		fprintf(r->err->out,
		    "sekishoctl: %s file%s of other kinds in folders left out\n",
		    show_count(r->left_out, n), r->left_out == 1 ? "" : "s");
}

/* What a shadow or a group without detection would let pass is what is asked for.
 */
static void
enforce(struct conf *c)
{
	c->detection_mode = DETECTION_ENFORCE;
	for (size_t i = 0; i < c->group_count; i++)
		c->groups[i].detection = DETECTION_ENFORCE;
}

static void
complain_of(void *ctx, const char *path, const char *why)
{
	complain(ctx, path, why);
}

/* "--html LOG LOG.1", the page forgotten: a report must not take the place of a
 * recording. Pages are written again. */
static bool
page_is_free(struct run *r)
{
	static const char head[] = "<!DOCTYPE html>";
	char there[sizeof(head)] = "";
	const char *path = r->o->html;
	struct stat st;
	FILE *in;

	if (path == NULL || stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size == 0)
		return true;
	if ((in = fopen(path, "re")) != NULL) {
		there[fread(there, 1, sizeof(there) - 1, in)] = '\0';
		fclose(in);
	}
	if (strcmp(there, head) == 0)
		return true;
	complain(r, path, "is there, and no page: not written over; --html PAGE FILE...");
	return false;
}

static bool
run_all(struct run *r, struct files *files)
{
	bool good = true;

	if (!r->o->each) {
		files_order(files, &stopping);
		return one_run(r, files->list, files->count);
	}
	for (size_t i = 0; i < files->count && !stopping; i++)
		good = one_run(r, &files->list[i], 1) && good;
	return good;
}

bool
judge_run(const struct judge_options *o, const struct show *out, const struct show *err)
{
	struct run r = {
		.o = o, .out = out, .err = err, .bar = isatty(fileno(err->out))
	};
	struct files files;
	enum err e = files_find(o->files, o->file_count, &files, complain_of, &r);
	bool good = false;

	enforce(o->conf);
	if (e == ERR_NOMEM) {
		fputs("sekishoctl: out of memory\n", err->out);
	} else if (page_is_free(&r)) {
		watch_signal(true);
		good = run_all(&r, &files) && e == ERR_OK;
		watch_signal(false);
		tell_left_out(&r);
	}
	files_fini(&files);
	return good;
}

const char *
judge_arguments(const char **arguments, size_t count, struct judge_options *o)
{
	size_t files = 0;
	bool only_files = false;

	for (size_t i = 0; i < count; i++) {
		const char *a = arguments[i];

		if (only_files || a[0] != '-' || a[1] == '\0')
			arguments[files++] = a;
		else if (strcmp(a, "--") == 0)
			only_files = true;
		else if (strcmp(a, "--each") == 0)
			o->each = true;
		else if (strcmp(a, "--html") != 0)
			return a;
		else if (i + 1 == count)
			return "the name of the page is missing behind --html";
		else
			o->html = arguments[++i];
	}
	o->files = arguments;
	o->file_count = files;
	if (files == 0)
		return "no file is given";
	return o->each && o->html != NULL
		   ? "a page holds one report, and --each makes many"
		   : NULL;
}
