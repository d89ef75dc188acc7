#include "resolver/ops/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_TEXT_MAX 1024u

/* The address in ${path}: a file, or with '@' in front an abstract name. 0: unusable. */
static socklen_t
address_of(const char *path, struct sockaddr_un *out)
{
	size_t len = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof(out->sun_path))
		return 0;
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	memcpy(out->sun_path, path, len);
	if (path[0] == '@')
		out->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* True when it was sent. ${text} is lines without the last newline. */
static bool
send_text(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t to_len;
	ssize_t sent;
	int fd;

	if (path == NULL || (to_len = address_of(path, &to)) == 0)
		return false;
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return false;
	sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)(const void *)&to, to_len);
	close(fd);
	return sent == (ssize_t)strlen(text);
}

/* A newline would begin a variable of its own. */
static void
one_line(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ')
			*text = ' ';
}

bool
notify_ready(const char *status)
{
	static const char before[] = "READY=1\nSTATUS=";
	char text[NOTIFY_TEXT_MAX];

	snprintf(text, sizeof(text), "%s%s", before, status);
	one_line(text + sizeof(before) - 1);
	return send_text(text);
}

bool
notify_reloading(uint64_t mono_usec)
{
	char text[NOTIFY_TEXT_MAX];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, mono_usec);
	return send_text(text);
}

bool
notify_stopping(void)
{
	return send_text("STOPPING=1");
}
