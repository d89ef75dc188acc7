#include "resolver/ops/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_DIR_MODE	0750
#define STATE_FILE_MODE 0640 /* names that clients asked for stand in it */

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
	return mkdir(parent, 0755) == 0 && mkdir(dir, STATE_DIR_MODE) == 0;
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

static bool
path_in(const char *dir, const char *name, char out[PATH_MAX], char *error)
{
	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
		return true;
	snprintf(error, STATE_ERROR_MAX, "the path of the state directory is too long");
	return false;
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

/* Writes all of the state to a stream that is then closed, whatever happens. */
/* What goes into a file of its own. */
struct text {
	const char *name, *new_name;
	enum err (*write)(const struct text *t, FILE *out);
	struct detect *detect;
	const struct conf *conf;
	const struct now *now;
};

static enum err
write_all(FILE *out, const char *path, const struct text *t, char *error)
{
	enum err e = ERR_OK;

	if (t->write(t, out) != ERR_OK || fflush(out) != 0 || fsync(fileno(out)) != 0)
		e = say(error, "cannot write", path);
	if (fclose(out) != 0 && e == ERR_OK)
		e = say(error, "cannot write", path);
	return e;
}

/* Made anew, so that a link somebody left there leads nowhere. */
static int
create(const char *fresh)
{
	(void)unlink(fresh);
	return open(
	    fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, STATE_FILE_MODE);
}

enum err
state_check_dir(const char *dir, char error[STATE_ERROR_MAX])
{
	char fresh[PATH_MAX];
	int fd;

	if (!path_in(dir, STATE_FILE ".new", fresh, error))
		return ERR_IO;
	if ((fd = create(fresh)) < 0)
		return say(error, "cannot create", fresh);
	close(fd);
	(void)unlink(fresh);
	return ERR_OK;
}

static enum err
save_file(const char *dir, const struct text *t, char *error)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	FILE *out;
	int fd;

	if (!path_in(dir, t->name, path, error) ||
	    !path_in(dir, t->new_name, fresh, error))
		return ERR_IO;
	if ((fd = create(fresh)) < 0)
		return say(error, "cannot create", fresh);
	if ((out = fdopen(fd, "w")) == NULL) {
		say(error, "cannot open", fresh);
		close(fd);
		goto fail;
	}
	if (write_all(out, fresh, t, error) != ERR_OK)
		goto fail;
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

static enum err
write_state(const struct text *t, FILE *out)
{
	return detect_save(t->detect, t->now, out);
}

enum err
state_save(
    const char *dir, struct detect *d, const struct now *now, char error[STATE_ERROR_MAX])
{
	const struct text text = { .name = STATE_FILE,
		.new_name = STATE_FILE ".new",
		.write = write_state,
		.detect = d,
		.now = now };

	return save_file(dir, &text, error);
}

static enum err
write_learnt(const struct text *t, FILE *out)
{
	return detect_learnt(t->detect, t->conf, t->now, out);
}

enum err
state_save_learnt(const char *dir, struct detect *d, const struct conf *conf,
    const struct now *now, char error[STATE_ERROR_MAX])
{
	const struct text text = { .name = STATE_LEARNT_FILE,
		.new_name = STATE_LEARNT_FILE ".new",
		.write = write_learnt,
		.detect = d,
		.conf = conf,
		.now = now };

	if (conf->learn_sec == 0 || !detect_has_learnt(d))
		return ERR_OK;
	return save_file(dir, &text, error);
}

enum err
state_load(
    const char *dir, struct detect *d, const struct now *now, char error[STATE_ERROR_MAX])
{
	char path[PATH_MAX];
	unsigned line = 0;
	enum err e;
	FILE *in;

	if (!path_in(dir, STATE_FILE, path, error))
		return ERR_IO;
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
