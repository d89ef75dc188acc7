#include "resolver/ops/ctl_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define REPLY_MAX (32u << 20) /* several times what the daemon lets wait */

struct ctl_client {
	int fd;
	char *buffer;
	size_t cap, len;
	size_t used; /* handed out, to go at the next call */
};

static enum err
say(char *error, const char *path, int number)
{
	const char *hint =
	    number == EACCES ? "; only members of its group may talk to it (try sudo)"
	    : number == ENOENT || number == ECONNREFUSED ? "; is sekishod running?"
	    : number == EAGAIN ? "; it takes no more connections, is it stuck?"
			       : "";

	snprintf(error, CTL_CLIENT_ERROR_MAX, "cannot reach the daemon at %.110s: %s%s",
	    path, strerror(number), hint);
	return ERR_IO;
}

enum err
ctl_client_new(const char *path, unsigned timeout_ms, struct ctl_client **out,
    char error[CTL_CLIENT_ERROR_MAX])
{
	const struct timeval patience = { .tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct ctl_client *c;

	if (path[0] == '\0' || strlen(path) >= sizeof(to.sun_path))
		return say(error, path, ENAMETOOLONG);
	memcpy(to.sun_path, path, strlen(path));
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return say(error, path, ENOMEM);
	if ((c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) !=
		0 ||
	    connect(c->fd, (const struct sockaddr *)(const void *)&to, sizeof(to)) != 0) {
		say(error, path, errno);
		ctl_client_free(c);
		return ERR_IO;
	}
	*out = c;
	return ERR_OK;
}

void
ctl_client_free(struct ctl_client *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c->buffer);
	free(c);
}

enum err
ctl_client_send(struct ctl_client *c, const char *line)
{
	size_t len = strlen(line), sent = 0;
	ssize_t n;

	while (sent < len) {
		n = send(c->fd, line + sent, len - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		sent += (size_t)n;
	}
	return ERR_OK;
}

static bool
grow(struct ctl_client *c)
{
	size_t cap = c->cap == 0 ? 65536 : c->cap * 2;
	char *more;

	if (c->len < c->cap)
		return true;
	if (cap > REPLY_MAX || (more = realloc(c->buffer, cap)) == NULL)
		return false;
	c->buffer = more;
	c->cap = cap;
	return true;
}

static bool
is_readable(const struct ctl_client *c, unsigned timeout_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, timeout_ms == 0 ? -1 : (int)timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool
receive(struct ctl_client *c, unsigned timeout_ms)
{
	ssize_t n;

	if (!grow(c) || !is_readable(c, timeout_ms))
		return false;
	do
		n = recv(c->fd, c->buffer + c->len, c->cap - c->len, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	return true;
}

const char *
ctl_client_read(struct ctl_client *c, unsigned timeout_ms)
{
	char *newline = NULL;
	size_t seen = 0;

	if (c->used > 0)
		memmove(c->buffer, c->buffer + c->used, c->len - c->used);
	c->len -= c->used;
	c->used = 0;
	while (c->len == seen ||
	       (newline = memchr(c->buffer + seen, '\n', c->len - seen)) == NULL) {
		seen = c->len;
		if (!receive(c, timeout_ms))
			return NULL;
	}
	*newline = '\0';
	c->used = (size_t)(newline - c->buffer) + 1;
	return c->buffer;
}
