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
	int file;	/* as opened: how far it is read tells the progress */
	int in;		/* where bytes come from: the file, or a decompressor's output */
	pid_t child;	/* 0: none */
	uint64_t bytes; /* of the file; 0 unknown */
	bool failed, ended;
	size_t peek_len;
	size_t at, len;			  /* unread bytes of the buffer */
	uint8_t buffer[BUFFER_BYTES + 1]; /* a line's NUL */
};

static const struct packer {
	const char *program;
	size_t magic_len;
	uint8_t magic[6];
} packers[] = {
	{ "xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ "gzip", 2, { 0x1f, 0x8b } },
	{ "zstd", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
};

static const struct packer *
packer_of(int file)
{
	uint8_t first[6];
	ssize_t got = pread(file, first, sizeof(first), 0);

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
		if (got >= (ssize_t)packers[i].magic_len &&
		    memcmp(first, packers[i].magic, packers[i].magic_len) == 0)
			return &packers[i];
	return NULL;
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

	if (s->ended)
		return false;
	if (s->at > 0) {
		memmove(s->buffer, s->buffer + s->at, s->len - s->at);
		s->len -= s->at;
		s->at = 0;
	}
	if (s->len == BUFFER_BYTES)
		return true;
	do
		got = read(s->in, s->buffer + s->len, BUFFER_BYTES - s->len);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		s->ended = true;
		s->failed = got < 0;
		return false;
	}
	s->len += (size_t)got;
	return true;
}

static enum err
start(struct stream *s)
{
	const struct packer *p = packer_of(s->file);
	struct stat st;
	enum err e;

	if (fstat(s->file, &st) == 0 && S_ISREG(st.st_mode))
		s->bytes = (uint64_t)st.st_size;
	s->in = s->file;
	if (p != NULL && (e = spawn(s, p)) != ERR_OK)
		return e;
	while (s->len < STREAM_PEEK_BYTES && fill(s))
		;
	s->peek_len = s->len < STREAM_PEEK_BYTES ? s->len : STREAM_PEEK_BYTES;
	if (!s->failed)
		return ERR_OK;
	errno = EIO;
	return ERR_IO;
}

enum err
stream_open(const char *path, struct stream **out)
{
	struct stream *s = calloc(1, sizeof(*s));
	enum err e = ERR_IO;
	int reason;

	*out = NULL;
	if (s == NULL)
		return ERR_NOMEM;
	s->in = -1;
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
	free(s);
	return good;
}

const uint8_t *
stream_peek(const struct stream *s, size_t *len)
{
	*len = s->peek_len;
	return s->buffer;
}

size_t
stream_read(struct stream *s, void *out, size_t cap)
{
	size_t n;

	if (s->at == s->len && !fill(s))
		return 0;
	n = s->len - s->at < cap ? s->len - s->at : cap;
	memcpy(out, s->buffer + s->at, n);
	s->at += n;
	return n;
}

char *
stream_line(struct stream *s, size_t *len)
{
	const uint8_t *end = NULL;
	size_t n = 0;
	char *line;

	while ((end = memchr(s->buffer + s->at + n, '\n', s->len - s->at - n)) == NULL) {
		n = s->len - s->at;
		if (n > STREAM_LINE_MAX || !fill(s))
			break;
	}
	n = end != NULL ? (size_t)(end - (s->buffer + s->at)) : s->len - s->at;
	if (end == NULL && n == 0)
		return NULL;
	*len = n < STREAM_LINE_MAX ? n : STREAM_LINE_MAX;
	line = (char *)s->buffer + s->at;
	s->at += end != NULL ? n + 1 : n;
	if (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	line[*len] = '\0';
	return line;
}

static ssize_t
cookie_read(void *cookie, char *out, size_t cap)
{
	return (ssize_t)stream_read(cookie, out, cap);
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
