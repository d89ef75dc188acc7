#include "resolver/ops/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define OURS_UMASK 027

/* The leak sanitizer reads its own process as a debugger does, which an undumpable one
 * forbids. */
#if defined(__SANITIZE_ADDRESS__)
#define DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DUMPABLE 1
#endif
#endif
#ifndef DUMPABLE
#define DUMPABLE 0
#endif

static enum err
say(char *error, enum err e, const char *what, const char *who)
{
	int saved = errno;

	snprintf(error, PRIVILEGES_ERROR_MAX, "%s %s: %s", what, who, strerror(saved));
	return e;
}

static void
set_user(struct privileges *out, const struct passwd *pw)
{
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	snprintf(out->user, sizeof(out->user), "%s", pw->pw_name);
}

static enum err
find_user(const char *user, const struct passwd **out, char error[PRIVILEGES_ERROR_MAX])
{
	if ((*out = getpwnam(user)) == NULL) {
		snprintf(error, PRIVILEGES_ERROR_MAX,
		    "no user '%s' to drop privileges to: create it (useradd --system %s) "
		    "or set server.user",
		    user, user);
		return ERR_NOTFOUND;
	}
	if ((*out)->pw_uid == 0) {
		snprintf(error, PRIVILEGES_ERROR_MAX,
		    "user '%s' is root: name an unprivileged user in server.user, or "
		    "\"\" to stay root",
		    user);
		return ERR_REFUSED;
	}
	return ERR_OK;
}

enum err
privileges_check_user(const char *user, char error[PRIVILEGES_ERROR_MAX])
{
	const struct passwd *pw;

	return user[0] == '\0' ? ERR_OK : find_user(user, &pw, error);
}

enum err
privileges_look_up(
    const char *user, struct privileges *out, char error[PRIVILEGES_ERROR_MAX])
{
	const struct passwd *pw;
	enum err err;

	memset(out, 0, sizeof(*out));
	out->uid = geteuid();
	out->gid = getegid();
	if (user[0] == '\0' || out->uid != 0) {
		if ((pw = getpwuid(out->uid)) != NULL)
			snprintf(out->user, sizeof(out->user), "%s", pw->pw_name);
		return ERR_OK;
	}
	if ((err = find_user(user, &pw, error)) != ERR_OK)
		return err;
	set_user(out, pw);
	out->drop = true;
	return ERR_OK;
}

enum err
privileges_raise_files(size_t needed, char error[PRIVILEGES_ERROR_MAX])
{
	struct rlimit now, want;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0)
		return say(error, ERR_IO, "getrlimit", "RLIMIT_NOFILE");
	if (now.rlim_cur >= needed)
		return ERR_OK;
	want.rlim_cur = needed;
	want.rlim_max = now.rlim_max < needed ? needed : now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &want) == 0)
		return ERR_OK;
	want.rlim_cur = want.rlim_max = now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &want) != 0)
		want.rlim_cur = now.rlim_cur;
	if (want.rlim_cur >= needed)
		return ERR_OK;
	snprintf(error, PRIVILEGES_ERROR_MAX,
	    "%zu open files are needed but only %llu are allowed: raise LimitNOFILE= or "
	    "'ulimit -n'",
	    needed, (unsigned long long)want.rlim_cur);
	return ERR_LIMIT;
}

size_t
privileges_files(void)
{
	struct rlimit now;

	return getrlimit(RLIMIT_NOFILE, &now) == 0 ? (size_t)now.rlim_cur : SIZE_MAX;
}

/* While we still have CAP_SETPCAP: nothing that we might execute can get them back. */
static enum err
drop_bounding_set(char *error)
{
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 0)
		return ERR_OK;
	capng_clear(CAPNG_SELECT_BOUNDS);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return say(error, ERR_IO, "emptying the bounding set of", "capabilities");
	return ERR_OK;
}

static enum err
become(const struct privileges *p, char *error)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (initgroups(p->user, p->gid) != 0)
		return say(error, ERR_IO, "initgroups for", p->user);
	if (setresgid(p->gid, p->gid, p->gid) != 0)
		return say(error, ERR_IO, "setresgid to the group of", p->user);
	if (setresuid(p->uid, p->uid, p->uid) != 0)
		return say(error, ERR_IO, "setresuid to", p->user);
	if (getresuid(&ruid, &euid, &suid) != 0 || getresgid(&rgid, &egid, &sgid) != 0)
		return say(error, ERR_IO, "reading the ids of", p->user);
	if (ruid != p->uid || euid != p->uid || suid != p->uid || rgid != p->gid ||
	    egid != p->gid || sgid != p->gid || setresuid(0, 0, 0) == 0) {
		snprintf(error, PRIVILEGES_ERROR_MAX,
		    "dropping to %s did not take: still able to be root", p->user);
		return ERR_IO;
	}
	return ERR_OK;
}

/* Also for who was never root: a unit file may have given CAP_NET_BIND_SERVICE. */
static enum err
drop_capabilities(char *error)
{
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
	    0); /* EINVAL before Linux 4.3 */
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return say(error, ERR_IO, "giving up", "capabilities");
	if (capng_get_caps_process() != 0 ||
	    capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE) {
		snprintf(error, PRIVILEGES_ERROR_MAX,
		    "capabilities are left after giving them up");
		return ERR_IO;
	}
	return ERR_OK;
}

static enum err
harden(char *error)
{
	static const struct rlimit none = { 0, 0 };

	umask(OURS_UMASK);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return say(error, ERR_IO, "prctl", "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0) != 0)
		return say(error, ERR_IO, "prctl", "dumpable");
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return say(error, ERR_IO, "setrlimit", "RLIMIT_CORE");
	return ERR_OK;
}

enum err
privileges_drop(const struct privileges *p, char error[PRIVILEGES_ERROR_MAX])
{
	enum err e = ERR_OK;

	if (capng_get_caps_process() != 0)
		return say(error, ERR_IO, "reading our", "capabilities");
	if (p->drop) {
		if ((e = drop_bounding_set(error)) != ERR_OK ||
		    (e = become(p, error)) != ERR_OK)
			return e;
		if ((e = drop_capabilities(error)) != ERR_OK)
			return e;
	} else if (geteuid() != 0 && (e = drop_capabilities(error)) != ERR_OK) {
		return e;
	}
	return harden(error);
}
