#include "resolver/ops/backlog.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define CHUNK 65536u

struct scan {
	int fd;
	char *buffer; /* CHUNK + BACKLOG_LINE_MAX bytes */
	size_t kept;  /* at its beginning: the head of the file's part read so far, up to
			 the first newline */
	off_t at,
	    floor; /* what lies before ${at} is still to be read, down to ${floor} */
	bool torn; /* the line that ${kept} belongs to is not whole: leave it out */
	backlog_fn *fn;
	void *ctx;
};

/* Hands out the whole lines of the first ${len} bytes, last first; what has no newline
 * before it is kept. */
static bool
hand_out(struct scan *s, size_t len)
{
	size_t end = len, i = len;

	while (i-- > 0) {
		if (s->buffer[i] != '\n')
			continue;
		if (!s->torn && end > i + 1 &&
		    !s->fn(s->ctx, s->buffer + i + 1, end - i - 1))
			return false;
		s->torn = false;
		end = i;
	}
	s->kept = end;
	if (s->kept > BACKLOG_LINE_MAX) {
		s->torn = true;
		s->kept = 0;
	}
	return true;
}

static enum err
read_before(struct scan *s, size_t *len)
{
	size_t want =
	    (size_t)(s->at - s->floor) < CHUNK ? (size_t)(s->at - s->floor) : CHUNK;
	size_t got = 0;
	ssize_t n;

	memmove(s->buffer + want, s->buffer, s->kept);
	while (got < want) {
		n = pread(
		    s->fd, s->buffer + got, want - got, s->at - (off_t)want + (off_t)got);
		if (n <= 0)
			return ERR_IO; /* or cut off meanwhile */
		got += (size_t)n;
	}
	s->at -= (off_t)want;
	*len = want + s->kept;
	return ERR_OK;
}

static enum err
scan_all(struct scan *s)
{
	size_t len;
	enum err e;

	while (s->at > s->floor) {
		if ((e = read_before(s, &len)) != ERR_OK)
			return e;
		if (!hand_out(s, len))
			return ERR_OK;
	}
	if (s->floor > 0)
		return ERR_LIMIT;
	if (!s->torn && s->kept > 0)
		(void)s->fn(s->ctx, s->buffer, s->kept); /* the file's first line */
	return ERR_OK;
}

enum err
backlog_scan(const char *path, size_t max_bytes, backlog_fn *fn, void *ctx)
{
	struct scan s = { .torn = true, .fn = fn, .ctx = ctx };
	struct stat st;
	enum err e = ERR_IO;

	if ((s.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return ERR_IO;
	if (fstat(s.fd, &st) != 0 || !S_ISREG(st.st_mode))
		goto out;
	e = ERR_NOMEM;
	if ((s.buffer = malloc(CHUNK + BACKLOG_LINE_MAX)) == NULL)
		goto out;
	s.at = st.st_size;
	s.floor = (size_t)st.st_size > max_bytes ? st.st_size - (off_t)max_bytes : 0;
	e = scan_all(&s);
	free(s.buffer);
out:
	close(s.fd);
	return e;
}
