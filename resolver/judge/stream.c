#include "resolver/judge/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define BUFFER_BYTES (256u << 10)

struct stream {
	int file;     /* as opened: how far it is read tells the progress */
	int in;	      /* where bytes come from: the file, or a decompressor's output */
	pid_t child;  /* the decompressor; 0: none */
	pid_t feeder; /* hands a pipe's bytes to it; 0: none */
	const volatile sig_atomic_t *stop;
	uint64_t bytes; /* of the file; 0 unknown */
	bool failed, ended;
	bool in_long; /* the last line was cut, its rest is still to come */
	size_t peek_len;
	size_t at, len;			  /* unread bytes of the buffer */
	uint8_t buffer[BUFFER_BYTES + 1]; /* a line's NUL */
};

#define MAGIC_MAX 6u

static const struct packer {
	const char *program;
	size_t magic_len;
	uint8_t magic[MAGIC_MAX];
} packers[] = {
	{ "xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ "gzip", 2, { 0x1f, 0x8b } },
	{ "bzip2", 3, { 'B', 'Z', 'h' } },
	{ "zstd", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
};

static bool
stopped(const struct stream *s)
{
	return s->stop != NULL && *s->stop != 0;
}

static ssize_t
read_some(const struct stream *s, int from, void *out, size_t cap)
{
	ssize_t got;

	do
		got = read(from, out, cap);
	while (got < 0 && errno == EINTR && !stopped(s));
	return got;
}

/* Of a pipe they are read for good, into the buffer. */
static const struct packer *
packer_of(struct stream *s)
{
	ssize_t got = pread(s->file, s->buffer, MAGIC_MAX, 0);

	if (got < 0 && errno == ESPIPE)
		while (
		    s->len < MAGIC_MAX && (got = read_some(s, s->file, s->buffer + s->len,
					       MAGIC_MAX - s->len)) > 0)
			s->len += (size_t)got;
	if (got < (ssize_t)s->len)
		got = (ssize_t)s->len;
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		if (got >= (ssize_t)packers[i].magic_len &&
		    memcmp(s->buffer, packers[i].magic, packers[i].magic_len) == 0)
			return &packers[i];
	return NULL;
}

static bool
write_all(int to, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t done = write(to, bytes, len);

		if (done < 0 && errno != EINTR)
			return false;
		bytes += done < 0 ? 0 : done;
		len -= done < 0 ? 0 : (size_t)done;
	}
	return true;
}

/* A process of its own gives the decompressor a pipe's first bytes, and then the rest. */
static enum err
start_feeder(struct stream *s)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ERR_IO;
	if ((s->feeder = fork()) == 0) {
		ssize_t got = (ssize_t)s->len;

		close(ends[0]);
		while (got > 0 && write_all(ends[1], s->buffer, (size_t)got))
			got = read_some(s, s->file, s->buffer, BUFFER_BYTES);
		_exit(got == 0 ? 0 : 1);
	}
	close(ends[1]);
	close(s->file);
	s->file = ends[0];
	s->len = 0;
	if (s->feeder > 0)
		return ERR_OK;
	s->feeder = 0;
	return ERR_IO;
}

/* The decompressor reads our own open file, so that its offset tells how far it is. */
static enum err
spawn(struct stream *s, const struct packer *p)
{
	char *argv[] = { (char *)(uintptr_t)p->program, (char *)(uintptr_t) "-dc", NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ERR_IO;
	if (posix_spawn_file_actions_init(&actions) != 0) {
		close(ends[0]);
		close(ends[1]);
		return ERR_NOMEM;
	}
	failed = posix_spawn_file_actions_adddup2(&actions, s->file, 0);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (failed == 0)
		failed =
		    posix_spawnp(&s->child, p->program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	s->in = ends[0];
	if (failed == 0)
		return ERR_OK;
	s->child = 0;
	errno = failed;
	return ERR_IO;
}

/* False at the end. */
static bool
fill(struct stream *s)
{
	ssize_t got;

	if (s->ended || stopped(s)) {
		s->ended = true;
		return false;
	}
	if (s->at > 0) {
		memmove(s->buffer, s->buffer + s->at, s->len - s->at);
		s->len -= s->at;
		s->at = 0;
	}
	if (s->len == BUFFER_BYTES)
		return true;
	got = read_some(s, s->in, s->buffer + s->len, BUFFER_BYTES - s->len);
	if (got <= 0) {
		s->ended = true;
		s->failed = got < 0 && !stopped(s);
		return false;
	}
	s->len += (size_t)got;
	return true;
}

static enum err
start(struct stream *s)
{
	const struct packer *p = packer_of(s);
	struct stat st;
	enum err e;

	if (fstat(s->file, &st) == 0 && S_ISREG(st.st_mode))
		s->bytes = (uint64_t)st.st_size;
	s->in = s->file;
	if (p != NULL && s->len > 0 && (e = start_feeder(s)) != ERR_OK)
		return e;
	if (p != NULL && (e = spawn(s, p)) != ERR_OK)
		return e;
	while (s->len < STREAM_PEEK_BYTES && fill(s))
		;
	s->peek_len = s->len < STREAM_PEEK_BYTES ? s->len : STREAM_PEEK_BYTES;
	return s->failed ? ERR_IO : ERR_OK;
}

enum err
stream_open(const char *path, const volatile sig_atomic_t *stop, struct stream **out)
{
	struct stream *s = calloc(1, sizeof(*s));
	enum err e = ERR_IO;
	int reason;

	*out = NULL;
	if (s == NULL)
		return ERR_NOMEM;
	s->in = -1;
	s->stop = stop;
	s->file =
	    strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (s->file >= 0 && (e = start(s)) == ERR_OK) {
		*out = s;
		return ERR_OK;
	}
	reason = errno;
	(void)stream_close(s);
	errno = reason;
	return e;
}

bool
stream_close(struct stream *s)
{
	bool good = s->ended && !s->failed;
	int status;

	if (s->in >= 0 && s->in != s->file)
		close(s->in);
	if (s->file >= 0)
		close(s->file);
	/* Left before its end, the decompressor dies of its closed pipe. */
	if (s->child != 0 && waitpid(s->child, &status, 0) == s->child && s->ended)
		good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (s->feeder != 0) {
		/* It may wait for bytes that nobody wants any more. */
		kill(s->feeder, SIGTERM);
		(void)waitpid(s->feeder, &status, 0);
	}
	free(s);
	return good;
}

const uint8_t *
stream_peek(const struct stream *s, size_t *len)
{
	*len = s->peek_len;
	return s->buffer;
}

/* 0: at the end. */
static size_t
take(struct stream *s, void *out, size_t cap)
{
	size_t n;

	if (s->at == s->len && !fill(s))
		return 0;
	n = s->len - s->at < cap ? s->len - s->at : cap;
	memcpy(out, s->buffer + s->at, n);
	s->at += n;
	return n;
}

static void
skip_rest_of_line(struct stream *s)
{
	const uint8_t *end;

	while ((end = memchr(s->buffer + s->at, '\n', s->len - s->at)) == NULL) {
		s->at = s->len;
		if (!fill(s))
			break;
	}
	s->at = end != NULL ? (size_t)(end + 1 - s->buffer) : s->len;
	s->in_long = false;
}

char *
stream_line(struct stream *s, size_t *len)
{
	const uint8_t *end = NULL;
	size_t n = 0;
	char *line;

	if (s->in_long)
		skip_rest_of_line(s);
	while ((end = memchr(s->buffer + s->at + n, '\n', s->len - s->at - n)) == NULL) {
		n = s->len - s->at;
		if (n > STREAM_LINE_MAX || !fill(s))
			break;
	}
	n = end != NULL ? (size_t)(end - (s->buffer + s->at)) : s->len - s->at;
	if (end == NULL && (n == 0 || stopped(s)))
		return NULL;
	s->in_long = end == NULL && n > STREAM_LINE_MAX;
	*len = n < STREAM_LINE_MAX ? n : STREAM_LINE_MAX;
	line = (char *)s->buffer + s->at;
	s->at += end != NULL ? n + 1 : *len;
	if (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	line[*len] = '\0';
	return line;
}

static ssize_t
cookie_read(void *cookie, char *out, size_t cap)
{
	return (ssize_t)take(cookie, out, cap);
}

FILE *
stream_file(struct stream *s)
{
	return fopencookie(s, "r", (cookie_io_functions_t){ .read = cookie_read });
}

double
stream_share(const struct stream *s)
{
	off_t at = lseek(s->file, 0, SEEK_CUR);

	if (s->bytes == 0 || at < 0)
		return -1;
	return (double)at / (double)s->bytes;
}
