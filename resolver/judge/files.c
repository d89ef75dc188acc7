#include "resolver/judge/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "resolver/judge/capture.h"
#include "resolver/judge/entries.h"
#include "resolver/os/clock.h"

#define DEPTH_MAX  8u			 /* folders in folders; Zeek's are one deep */
#define DATED_FROM INT64_C(946684800000) /* 2000: before it, times count from a start */

struct search {
	struct files *out;
	files_fn *fn;
	void *ctx;
	bool complained;
};

static enum err
add(struct files *f, const char *path, bool found)
{
	if (f->count == f->cap) {
		size_t cap = f->cap * 2 + 16;
		struct file *more = realloc(f->list, cap * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		f->list = more;
		f->cap = cap;
	}
	f->list[f->count] = (struct file){ .path = strdup(path), .found = found };
	if (f->list[f->count].path == NULL)
		return ERR_NOMEM;
	f->count++;
	return ERR_OK;
}

static int
not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static enum err search_in(struct search *s, const char *folder, unsigned depth);

static enum err
take(struct search *s, const char *path, bool found, unsigned depth)
{
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
		return add(s->out, path, found);
	if (S_ISDIR(st.st_mode))
		return depth < DEPTH_MAX ? search_in(s, path, depth + 1) : ERR_OK;
	/* A name that was given may be a pipe; in a folder nobody waits for one. */
	return found && !S_ISREG(st.st_mode) ? ERR_OK : add(s->out, path, found);
}

static enum err
search_in(struct search *s, const char *folder, unsigned depth)
{
	struct dirent **list;
	int count = scandir(folder, &list, not_hidden, alphasort);
	enum err e = ERR_OK;

	if (count < 0) {
		s->fn(s->ctx, folder, strerror(errno));
		s->complained = true;
		return ERR_OK;
	}
	for (int i = 0; i < count; i++) {
		size_t size = strlen(folder) + strlen(list[i]->d_name) + 2;
		char *path = malloc(size);

		if (path == NULL)
			e = ERR_NOMEM;
		if (e == ERR_OK) {
			snprintf(path, size, "%s/%s", folder, list[i]->d_name);
			e = take(s, path, true, depth);
		}
		free(path);
		free(list[i]);
	}
	free(list);
	return e;
}

enum err
files_find(
    const char *const *names, size_t count, struct files *out, files_fn *fn, void *ctx)
{
	struct search s = { .out = out, .fn = fn, .ctx = ctx };
	enum err e = ERR_OK;

	*out = (struct files){ 0 };
	for (size_t i = 0; i < count && e == ERR_OK; i++)
		e = take(&s, names[i], false, 0);
	return e == ERR_OK && s.complained ? ERR_IO : e;
}

void
files_fini(struct files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->list[i].path);
	free(f->list);
	*f = (struct files){ 0 };
}

int64_t
files_time(const char *path)
{
	struct stat st;
	struct now now;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
		return (int64_t)st.st_mtim.tv_sec * 1000;
	clock_now(&now);
	return now.wall_ms;
}

/* ---- order ---- */

static bool
first_of_lines(struct entries *entries, int64_t *first_ms)
{
	enum read_result result = READ_BAD;
	struct record record;

	while (result != READ_RECORD && entries_next(entries, &record, &result))
		;
	*first_ms = record.wall_ms;
	return result == READ_RECORD && entries_untimed(entries) == 0;
}

static enum file_dating
date_stream(struct stream *s, const char *path, int64_t *first_ms)
{
	struct entries *entries;
	size_t len;
	const uint8_t *bytes = stream_peek(s, &len);
	bool dated;

	if (capture_is(bytes, len)) {
		dated = capture_first(bytes, len, first_ms);
	} else if (entries_open(s, files_time(path), &entries) == ERR_OK) {
		dated = first_of_lines(entries, first_ms);
		entries_free(entries);
	} else {
		return FILE_NOT_READ;
	}
	return dated && *first_ms >= DATED_FROM ? FILE_DATED : FILE_UNDATED;
}

static void
date(struct file *f, const volatile sig_atomic_t *stop)
{
	struct stream *s;
	struct stat st;

	f->dating = FILE_UNDATED;
	/* A pipe cannot be read twice. */
	if (strcmp(f->path, "-") == 0 ||
	    (stat(f->path, &st) == 0 && !S_ISREG(st.st_mode)))
		return;
	f->dating = FILE_NOT_READ;
	if (stream_open(f->path, stop, &s) == ERR_OK) {
		f->dating = date_stream(s, f->path, &f->first_ms);
		(void)stream_close(s);
	}
	if (f->dating == FILE_NOT_READ)
		f->first_ms = INT64_MAX;
}

static int
by_time(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->first_ms != y->first_ms)
		return x->first_ms < y->first_ms ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void
files_order(struct files *f, const volatile sig_atomic_t *stop)
{
	bool dated = true;

	for (size_t i = 0; f->count > 1 && i < f->count && dated; i++) {
		date(&f->list[i], stop);
		f->list[i].number = i;
		dated = f->list[i].dating != FILE_UNDATED;
	}
	if (f->count > 1 && dated)
		qsort(f->list, f->count, sizeof(f->list[0]), by_time);
}
