#include "resolver/judge/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/judge/capture.h"
#include "resolver/judge/format.h"
#include "resolver/judge/report.h"
#include "resolver/judge/stream.h"
#include "resolver/os/clock.h"

#define COMPLAINTS_MAX 5u
#define PROGRESS_LINES (1u << 15)
#define BAR_WIDTH      30
/* Lines read before they are judged, so that no memory is waited for. */
#define BATCH 16u

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
};

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
	if ((share = stream_share(r->stream)) < 0)
		share = 0;
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

static void
bad_line(struct run *r, const struct format *f)
{
	r->file->bad++;
	if (r->complaints == COMPLAINTS_MAX)
		return;
	r->complaints++;
	draw_bar(r, true);
	show_text(r->err, SHOW_PLAIN, r->file->path);
	fprintf(r->err->out, ":%llu: not understood; expected (%s): %s\n",
	    (unsigned long long)r->file->lines, f->name, f->looks);
	if (r->complaints == COMPLAINTS_MAX)
		fputs("... more such lines are only counted\n", r->err->out);
}

static int
year_of(const char *path)
{
	char text[CLOCK_TEXT_MAX];
	struct now now;
	struct stat st;

	clock_now(&now);
	if (strcmp(path, "-") != 0 && stat(path, &st) == 0)
		now.wall_ms = (int64_t)st.st_mtim.tv_sec * 1000;
	return atoi(clock_text(now.wall_ms, text));
}

static bool
read_lines(struct run *r, const struct format *f, int year)
{
	struct reader *reader = malloc(sizeof(*reader));
	struct batch *batch = malloc(sizeof(*batch));
	size_t len;
	char *line;

	if (reader == NULL || batch == NULL)
		goto fail;
	batch->count = 0;
	reader_start(reader, year);
	while ((line = stream_line(r->stream, &len)) != NULL) {
		struct record *record = &batch->records[batch->count];
		enum read_result result;

		r->file->lines++;
		record_clear(record);
		result = f->read(reader, line, len, record);
		if (result == READ_BAD)
			bad_line(r, f);
		if (result != READ_RECORD)
			continue;
		trial_hint(r->trial, record);
		if (++batch->count == BATCH)
			take_batch(r, batch);
	}
	take_batch(r, batch);
	free(batch);
	free(reader);
	return true;

fail:
	free(batch);
	free(reader);
	return false;
}

static bool
read_capture(struct run *r)
{
	char error[CAPTURE_ERROR_MAX];

	r->file->format = "capture";
	if (!capture_read(r->stream, take_record, r, &r->file->lines, error)) {
		complain(r, r->file->path, error);
		return false;
	}
	if (r->file->records == 0)
		complain(r, r->file->path, "no DNS in this capture");
	return r->file->records > 0;
}

static void
tell_formats(struct run *r)
{
	size_t count;
	const struct format *const *list = formats(&count);

	complain(r, r->file->path, "no line of it is understood; known are captures and");
	for (size_t i = 0; i < count; i++)
		fprintf(r->err->out, "  %-8s %s\n", list[i]->name, list[i]->looks);
}

static bool
read_stream(struct run *r)
{
	int year = year_of(r->file->path);
	const struct format *f;
	const uint8_t *bytes;
	size_t len;
	bool good;

	bytes = stream_peek(r->stream, &len);
	if (capture_is(bytes, len))
		return read_capture(r);
	if ((f = format_detect(bytes, len, year)) == NULL) {
		tell_formats(r);
		return false;
	}
	r->file->format = f->name;
	good = read_lines(r, f, year);
	if (!good)
		complain(r, r->file->path, "out of memory");
	return good;
}

static bool
one_file(struct run *r, const char *path)
{
	bool good;

	r->file = &r->tally->files[r->tally->file_count++];
	r->file->path = path;
	r->complaints = 0;
	if (stream_open(path, &r->stream) != ERR_OK) {
		complain(r, path, strerror(errno));
		return false;
	}
	trial_next_file(r->trial);
	good = read_stream(r);
	draw_bar(r, true);
	if (!stream_close(r->stream) && good) {
		complain(r, path,
		    "could not be read to its end (a damaged file, or its decompressor "
		    "is not there)");
		good = false;
	}
	r->stream = NULL;
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
one_run(struct run *r, const char *const *files, size_t count)
{
	bool good = true;

	r->trial = trial_new(r->o->conf);
	r->tally = tally_new();
	if (r->trial == NULL || r->tally == NULL ||
	    (r->tally->files = calloc(count, sizeof(*r->tally->files))) == NULL) {
		fputs("sekishoctl: out of memory\n", r->err->out);
		good = false;
		goto done;
	}
	r->cpu_from_ns = clock_cpu_ns();
	for (size_t i = 0; i < count; i++)
		good = one_file(r, files[i]) && good;
	r->tally->cpu_ns = clock_cpu_ns() - r->cpu_from_ns;
	if (r->tally->questions > 0)
		good = report(r) && good;
done:
	tally_free(r->tally);
	trial_free(r->trial);
	return good;
}

/* What a shadow or a group without detection would let pass is what is asked for. */
static void
enforce(struct conf *c)
{
	c->detection_mode = DETECTION_ENFORCE;
	for (size_t i = 0; i < c->group_count; i++)
		c->groups[i].detection = DETECTION_ENFORCE;
}

bool
judge_run(const struct judge_options *o, const struct show *out, const struct show *err)
{
	struct run r = {
		.o = o, .out = out, .err = err, .bar = isatty(fileno(err->out))
	};
	bool good = true;

	enforce(o->conf);
	if (!o->each)
		return one_run(&r, o->files, o->file_count);
	for (size_t i = 0; i < o->file_count; i++)
		good = one_run(&r, o->files + i, 1) && good;
	return good;
}

bool
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
		else if (strcmp(a, "--html") == 0 && i + 1 < count)
			o->html = arguments[++i];
		else
			return false;
	}
	o->files = arguments;
	o->file_count = files;
	return files > 0 && !(o->each && o->html != NULL && files > 1);
}
