#include "resolver/judge/entries.h"

#include <stdlib.h>
#include <string.h>

#define FORMATS 5u

struct entries {
	struct stream *stream;
	const struct format *const *formats;
	size_t at;	 /* the format in force */
	size_t fault_at; /* of the reader that knows what is wrong with a bad line */
	bool mixed;
	struct reader readers[FORMATS];
	/* the line in hand as it was, and a copy for the next reader to write into */
	size_t len;
	char line[STREAM_LINE_MAX + 1], work[STREAM_LINE_MAX + 1];
};

enum err
entries_open(struct stream *s, int64_t file_ms, struct entries **out)
{
	struct entries *l;
	size_t len, count;
	const uint8_t *bytes = stream_peek(s, &len);
	const struct format *f = format_detect(bytes, len, file_ms);

	*out = NULL;
	if (f == NULL)
		return ERR_MALFORMED;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return ERR_NOMEM;
	l->stream = s;
	l->formats = formats(&count);
	while (l->formats[l->at] != f)
		l->at++;
	for (size_t i = 0; i < FORMATS; i++)
		reader_start(&l->readers[i], file_ms);
	*out = l;
	return ERR_OK;
}

void
entries_free(struct entries *l)
{
	free(l);
}

static enum read_result
read_as(struct entries *l, size_t i, char *line, size_t len, struct record *out)
{
	record_clear(out);
	l->readers[i].fault = NULL;
	return l->formats[i]->read(&l->readers[i], line, len, out);
}

/* Readers write into the line, so it is kept. Only not that of the project's own form,
 * which is read a million times a second: it writes a NUL over each tab, no more. */
static void
keep_line(struct entries *l, const char *line, size_t len)
{
	l->len = len;
	if (l->formats[l->at] != &format_table)
		memcpy(l->line, line, len);
}

static void
restore_line(struct entries *l, const char *read)
{
	if (l->formats[l->at] != &format_table)
		return;
	for (size_t i = 0; i < l->len; i++)
		l->line[i] = read[i] != '\0' ? read[i] : '\t';
}

/* Who understands a line half knows what is wrong with it. */
static enum read_result
try_others(struct entries *l, struct record *out, enum read_result result)
{
	bool known = result == READ_BAD && l->readers[l->at].fault != NULL;

	for (size_t i = 0; i < FORMATS; i++) {
		enum read_result other;

		if (i == l->at)
			continue;
		memcpy(l->work, l->line, l->len);
		l->work[l->len] = '\0';
		other = read_as(l, i, l->work, l->len, out);
		if (other == READ_RECORD) {
			l->at = i;
			l->mixed = true;
			return other;
		}
		if (other == READ_BAD && l->readers[i].fault != NULL && !known) {
			known = true;
			l->fault_at = i;
			result = READ_BAD;
		}
	}
	return result;
}

bool
entries_next(struct entries *l, struct record *out, enum read_result *result)
{
	size_t len;
	char *line = stream_line(l->stream, &len);

	if (line == NULL)
		return false;
	keep_line(l, line, len);
	l->fault_at = l->at;
	*result = read_as(l, l->at, line, len, out);
	if (*result == READ_BAD || *result == READ_OTHER) {
		restore_line(l, line);
		*result = try_others(l, out, *result);
	}
	return true;
}

const struct format *
entries_format(const struct entries *l)
{
	return l->formats[l->fault_at];
}

bool
entries_mixed(const struct entries *l)
{
	return l->mixed;
}

const struct reader *
entries_fault(const struct entries *l)
{
	return &l->readers[l->fault_at];
}

uint64_t
entries_untimed(const struct entries *l)
{
	uint64_t n = 0;

	for (size_t i = 0; i < FORMATS; i++)
		n += l->readers[i].untimed;
	return n;
}

uint64_t
entries_nameless(const struct entries *l)
{
	uint64_t n = 0;

	for (size_t i = 0; i < FORMATS; i++)
		n += l->readers[i].nameless;
	return n;
}
