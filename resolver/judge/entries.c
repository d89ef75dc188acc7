#include "resolver/judge/entries.h"

#include <stdlib.h>
#include <string.h>

#define FORMATS 5u

struct entries {
	struct stream *stream;
	const struct format *const *formats;
	size_t at; /* the format in force */
	bool mixed;
	struct reader readers[FORMATS];
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

/* Readers write into the line: each gets it fresh. */
static enum read_result
try_others(struct entries *l, struct record *out, enum read_result result)
{
	for (size_t i = 0; i < FORMATS; i++) {
		size_t len;
		char *line;

		if (i == l->at)
			continue;
		line = stream_again(l->stream, &len);
		memset(out, 0, sizeof(*out));
		if (l->formats[i]->read(&l->readers[i], line, len, out) != READ_RECORD)
			continue;
		l->at = i;
		l->mixed = true;
		return READ_RECORD;
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
	memset(out, 0, sizeof(*out));
	*result = l->formats[l->at]->read(&l->readers[l->at], line, len, out);
	if (*result == READ_BAD || *result == READ_OTHER)
		*result = try_others(l, out, *result);
	return true;
}

const struct format *
entries_format(const struct entries *l)
{
	return l->formats[l->at];
}

bool
entries_mixed(const struct entries *l)
{
	return l->mixed;
}

const struct reader *
entries_fault(const struct entries *l)
{
	return &l->readers[l->at];
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
