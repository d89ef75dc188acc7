#include "resolver/ops/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0640 /* names that clients asked for stand in one */

static enum err
say(char *error, const char *what, const char *path)
{
	int saved = errno;

	snprintf(error, STATEFILE_ERROR_MAX, "%.400s: %s: %s", path, what,
	    strerror(saved != 0 ? saved : EIO));
	return ERR_IO;
}

static bool
path_in(const char *dir, const char *name, const char *suffix, char out[PATH_MAX])
{
	errno = ENAMETOOLONG;
	return snprintf(out, PATH_MAX, "%s/%s%s", dir, name, suffix) < PATH_MAX;
}

/* The rename itself must reach the disk; without it the old file comes back, whole. */
static void
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static bool
fill(int fd, enum err (*write)(void *ctx, FILE *out), void *ctx)
{
	FILE *out = fdopen(fd, "w");
	bool good;

	if (out == NULL) {
		close(fd);
		return false;
	}
	errno = 0;
	good = write(ctx, out) == ERR_OK && fflush(out) == 0 && fsync(fd) == 0;
	return fclose(out) == 0 && good;
}

enum err
statefile_write(const char *dir, const char *name,
    enum err (*write)(void *ctx, FILE *out), void *ctx, char error[STATEFILE_ERROR_MAX])
{
	char path[PATH_MAX], fresh[PATH_MAX];
	int fd;

	if (!path_in(dir, name, "", path) || !path_in(dir, name, ".new", fresh))
		return say(error, "the path", dir);
	/* Made anew, so that a link somebody left there leads nowhere. */
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return say(error, "cannot create", fresh);
	if (!fill(fd, write, ctx)) {
		say(error, "cannot write", fresh);
		goto fail;
	}
	if (rename(fresh, path) != 0) {
		say(error, "cannot replace", path);
		goto fail;
	}
	sync_dir(dir);
	return ERR_OK;

fail:
	(void)unlink(fresh);
	return ERR_IO;
}

static bool
read_whole(int fd, char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t got = read(fd, text + at, size - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

enum err
statefile_read(const char *dir, const char *name, size_t max_bytes, char **text,
    size_t *len, char error[STATEFILE_ERROR_MAX])
{
	char path[PATH_MAX];
	struct stat st;
	enum err e = ERR_OK;
	int fd;

	*text = NULL;
	if (!path_in(dir, name, "", path))
		return say(error, "the path", dir);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return errno == ENOENT ? ERR_NOTFOUND : say(error, "cannot read", path);
	errno = EFBIG;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (uintmax_t)st.st_size > max_bytes) {
		e = say(error, "cannot read", path);
	} else if ((*text = malloc((size_t)st.st_size + 1)) == NULL) {
		e = say(error, "cannot read", path);
	} else if (!read_whole(fd, *text, (size_t)st.st_size)) {
		e = say(error, "cannot read", path);
		free(*text);
		*text = NULL;
	} else {
		*len = (size_t)st.st_size;
	}
	close(fd);
	return e;
}

void
statefile_put_aside(const char *dir, const char *name)
{
	char path[PATH_MAX], aside[PATH_MAX];

	if (path_in(dir, name, "", path) && path_in(dir, name, ".damaged", aside))
		(void)rename(path, aside);
}
