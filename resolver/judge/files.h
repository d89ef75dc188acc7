#ifndef JUDGE_FILES_H
#define JUDGE_FILES_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Which files are read, and in which order: folders stand for all that lies in them, and
 * what is one recording in several files comes in the order of time, so that rotated logs
 * (queries.log, queries.log.0, ...) need no sorting by hand.
 */

enum file_dating {
	FILE_UNDATED,  /* not known, or counted from a start */
	FILE_DATED,    /* the first record has a date */
	FILE_NOT_READ, /* it cannot be read, or is of another kind */
};

struct file {
	char *path;
	bool found; /* in a folder: it may be of another kind, and is left out then */
	enum file_dating dating;
	int64_t first_ms;
	size_t number; /* as given */
};

struct files {
	size_t count, cap;
	struct file *list;
};

/** Called with a path that cannot be looked into, and why. */
typedef void files_fn(void *ctx, const char *path, const char *why);

/**
 * files_find(names, count, out, fn, ctx): ${names} with folders opened, as given, and in
 * a folder by name; hidden files are left out. ERR_NOMEM. ERR_IO: ${fn} was told of some;
 * the others are there. The caller calls files_fini either way.
 */
MUST_USE enum err files_find(
    const char *const *names, size_t count, struct files *out, files_fn *fn, void *ctx);
void files_fini(struct files *f);
/** files_order(f, stop): by their first records' times, when all that can be read are
 * dated; else as they are. ${stop} as in stream_open. */
void files_order(struct files *f, const volatile sig_atomic_t *stop);
/** files_time(path): when it was last written; of standard input, and of what cannot be
 * looked at: now. */
int64_t files_time(const char *path);

#endif
