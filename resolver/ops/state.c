#include "resolver/ops/state.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/ops/statefile.h"

#define STATE_DIR_MODE	 0750
#define STATE_CHECK_FILE "writable" /* there for a moment */

_Static_assert(STATE_ERROR_MAX >= STATEFILE_ERROR_MAX, "an error fits");

static enum err
say(char *error, const char *what, const char *path)
{
	int saved = errno;

	snprintf(error, STATE_ERROR_MAX, "%.400s: %s: %s", path, what,
	    strerror(saved != 0 ? saved : ENOMEM));
	return ERR_IO;
}

static bool
is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
make_with_parent(const char *dir)
{
	char parent[PATH_MAX];
	char *slash;

	if (mkdir(dir, STATE_DIR_MODE) == 0)
		return true;
	if (errno != ENOENT ||
	    snprintf(parent, sizeof(parent), "%s", dir) >= (int)sizeof(parent))
		return false;
	if ((slash = strrchr(parent, '/')) == NULL || slash == parent)
		return false;
	*slash = '\0';
	if (mkdir(parent, 0755) == 0)
		return mkdir(dir, STATE_DIR_MODE) == 0;
	if (errno == EEXIST) /* so that is not what is missing */
		errno = ENOENT;
	return false;
}

enum err
state_make_dir(const char *dir, uid_t uid, gid_t gid, char error[STATE_ERROR_MAX])
{
	if (is_dir(dir))
		return ERR_OK;
	if (!make_with_parent(dir))
		return say(error, "cannot make the directory", dir);
	if (geteuid() == 0 && lchown(dir, uid, gid) != 0)
		return say(error, "cannot give away the directory", dir);
	return ERR_OK;
}

static enum err
write_nothing(void *ctx, FILE *out)
{
	(void)ctx, (void)out;
	return ERR_OK;
}

enum err
state_check_dir(const char *dir, char error[STATE_ERROR_MAX])
{
	char path[PATH_MAX];
	enum err e = statefile_write(dir, STATE_CHECK_FILE, write_nothing, NULL, error);

	if (e == ERR_OK && snprintf(path, sizeof(path), "%s/%s", dir, STATE_CHECK_FILE) <
			       (int)sizeof(path))
		(void)unlink(path);
	return e;
}

/* What goes into a file. */
struct text {
	struct detect *detect;
	const struct conf *conf;
	const struct now *now;
};

static enum err
write_state(void *ctx, FILE *out)
{
	const struct text *t = ctx;

	return detect_save(t->detect, t->now, out);
}

enum err
state_save(
    const char *dir, struct detect *d, const struct now *now, char error[STATE_ERROR_MAX])
{
	struct text text = { .detect = d, .now = now };

	return statefile_write(dir, STATE_FILE, write_state, &text, error);
}

static enum err
write_learnt(void *ctx, FILE *out)
{
	const struct text *t = ctx;

	return detect_learnt(t->detect, t->conf, t->now, out);
}

enum err
state_save_learnt(const char *dir, struct detect *d, const struct conf *conf,
    const struct now *now, char error[STATE_ERROR_MAX])
{
	struct text text = { .detect = d, .conf = conf, .now = now };

	if (conf->learn_sec == 0 || !detect_has_learnt(d))
		return ERR_OK;
	return statefile_write(dir, STATE_LEARNT_FILE, write_learnt, &text, error);
}

enum err
state_load(
    const char *dir, struct detect *d, const struct now *now, char error[STATE_ERROR_MAX])
{
	char path[PATH_MAX];
	unsigned line = 0;
	enum err e;
	FILE *in;

	errno = ENAMETOOLONG;
	if (snprintf(path, sizeof(path), "%s/%s", dir, STATE_FILE) >= (int)sizeof(path))
		return say(error, "the path", dir);
	if ((in = fopen(path, "re")) == NULL) {
		if (errno == ENOENT)
			return ERR_NOTFOUND;
		return say(error, "cannot read", path);
	}
	e = detect_load(d, now, in, &line);
	if (e != ERR_OK)
		snprintf(error, STATE_ERROR_MAX,
		    "%.400s:%u: %s; what stood before it is in force, the rest is not",
		    path, line, err_text(e));
	fclose(in);
	return e;
}
