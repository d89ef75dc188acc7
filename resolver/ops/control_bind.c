#include "resolver/ops/control.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG_CONNS 8
#define SOCKET_MODE   0660

static enum err
say(char *error, enum err e, const char *path, const char *what, int number)
{
	snprintf(error, CONTROL_PATH_ERROR_MAX, "control socket %.200s: %s%s%s", path,
	    what, number == 0 ? "" : ": ", number == 0 ? "" : strerror(number));
	return e;
}

static const struct sockaddr *
generic(const struct sockaddr_un *sa)
{
	return (const struct sockaddr *)(const void *)sa;
}

static bool
somebody_answers(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return true; /* not known: then leave it alone */
	yes = connect(fd, generic(at), sizeof(*at)) == 0 || errno != ECONNREFUSED;
	close(fd);
	return yes;
}

static enum err
remove_stale(const struct sockaddr_un *at, char *error)
{
	struct stat st;

	if (lstat(at->sun_path, &st) != 0)
		return ERR_OK;
	if (!S_ISSOCK(st.st_mode))
		return say(error, ERR_EXISTS, at->sun_path,
		    "something that is no socket is there", 0);
	if (somebody_answers(at))
		return say(
		    error, ERR_EXISTS, at->sun_path, "another daemon answers there", 0);
	if (unlink(at->sun_path) != 0)
		return say(error, ERR_IO, at->sun_path, "cannot remove what a crash left",
		    errno);
	return ERR_OK;
}

static void
make_parent(const char *path, uid_t uid, gid_t gid)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *parent;

	snprintf(copy, sizeof(copy), "%s", path);
	parent = dirname(copy);
	/* What goes wrong here is told by bind, with the path that the operator knows. */
	if (mkdir(parent, 0755) == 0 && geteuid() == 0)
		(void)!lchown(parent, uid, gid);
}

/*
 * The directory may belong to the user that the daemon becomes, and to whoever has taken
 * that user over: what stands at the path a moment after bind need not be our socket. So
 * the mode comes from the umask and the owner without following a link; root would give
 * away any file else.
 */
static enum err
bind_there(int fd, const struct sockaddr_un *at, uid_t uid, gid_t gid, char *error)
{
	mode_t before = umask(0777 & ~SOCKET_MODE);
	int bound = bind(fd, generic(at), sizeof(*at)), why = errno;

	umask(before);
	if (bound != 0)
		return say(error, ERR_IO, at->sun_path, "cannot bind", why);
	if ((geteuid() == 0 && lchown(at->sun_path, uid, gid) != 0) ||
	    listen(fd, BACKLOG_CONNS) != 0) {
		say(error, ERR_IO, at->sun_path, "cannot set up", errno);
		unlink(at->sun_path);
		return ERR_IO;
	}
	return ERR_OK;
}

enum err
control_bind(
    const char *path, uid_t uid, gid_t gid, int *fd, char error[CONTROL_PATH_ERROR_MAX])
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	enum err e;
	int made;

	if (path[0] == '\0' || strlen(path) >= sizeof(at.sun_path))
		return say(
		    error, ERR_RANGE, path, "the path must have 1 to 107 bytes", 0);
	memcpy(at.sun_path, path, strlen(path));
	if ((e = remove_stale(&at, error)) != ERR_OK)
		return e;
	make_parent(path, uid, gid);
	if ((made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return say(error, ERR_IO, path, "socket", errno);
	if ((e = bind_there(made, &at, uid, gid, error)) != ERR_OK) {
		close(made);
		return e;
	}
	*fd = made;
	return ERR_OK;
}
