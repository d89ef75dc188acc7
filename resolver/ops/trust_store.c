#include "resolver/ops/trust_private.h"

#include <stdlib.h>

#include "resolver/ops/statefile.h"
#include "resolver/os/log.h"

/* Either file's reader says so much of what is wrong with it. */
#define READ_ERROR_MAX ROLLOVER_ERROR_MAX
_Static_assert(NEGATIVE_ERROR_MAX <= READ_ERROR_MAX, "either has room");

static enum err
write_points(void *ctx, FILE *out)
{
	const struct trust *t = ctx;
	const struct rollover *points[ROLLOVER_POINTS_MAX];

	for (size_t i = 0; i < t->point_count; i++)
		points[i] = &t->points[i]->r;
	return rollover_text_write(points, t->point_count, out);
}

static enum err
write_negative(void *ctx, FILE *out)
{
	const struct trust *t = ctx;

	return negative_text_write(t->negative, out);
}

static void
save(struct trust *t, const char *name, enum err (*write)(void *ctx, FILE *out))
{
	char error[STATEFILE_ERROR_MAX];

	if (t->keeps &&
	    statefile_write(t->env.state_dir, name, write, t, error) != ERR_OK)
		log_error("trust: %s", error);
}

void
trust_store_points(struct trust *t)
{
	if (trust_rolls(t))
		save(t, TRUST_POINTS_FILE, write_points);
}

void
trust_store_negative(struct trust *t)
{
	save(t, TRUST_NEGATIVE_FILE, write_negative);
}

/* ${text} NULL: there is no file, which is nothing to tell, or it cannot be read. */
static char *
read_file(struct trust *t, const char *name, size_t max_bytes, size_t *len)
{
	char error[STATEFILE_ERROR_MAX];
	char *text = NULL;
	enum err e = t->keeps ? statefile_read(
				    t->env.state_dir, name, max_bytes, &text, len, error)
			      : ERR_NOTFOUND;

	if (e != ERR_OK && e != ERR_NOTFOUND)
		log_error("trust: %s; the configuration alone counts", error);
	return text;
}

static void
refuse_file(struct trust *t, const char *name, unsigned line, const char *why)
{
	log_error("trust: %s/%s:%u: %s; it is put aside, and the configuration alone "
		  "counts",
	    t->env.state_dir, name, line, why);
	statefile_put_aside(t->env.state_dir, name);
}

typedef enum err read_fn(
    struct trust *t, const char *text, size_t len, unsigned *line, char *error);

static void
load(struct trust *t, const char *name, size_t max_bytes, read_fn *read)
{
	char error[READ_ERROR_MAX];
	unsigned line = 0;
	size_t len = 0;
	char *text = read_file(t, name, max_bytes, &len);

	if (text != NULL && read(t, text, len, &line, error) != ERR_OK)
		refuse_file(t, name, line, error);
	free(text);
}

static enum err
read_points(struct trust *t, const char *text, size_t len, unsigned *line, char *error)
{
	enum err e = rollover_text_read(text, len, trust_points_add, t, line, error);

	if (e != ERR_OK)
		trust_points_drop(t);
	return e;
}

static enum err
read_negative(struct trust *t, const char *text, size_t len, unsigned *line, char *error)
{
	return negative_text_read(t->negative, text, len, line, error);
}

void
trust_store_read_points(struct trust *t)
{
	load(t, TRUST_POINTS_FILE, ROLLOVER_TEXT_MAX, read_points);
}

void
trust_store_read_negative(struct trust *t)
{
	load(t, TRUST_NEGATIVE_FILE, NEGATIVE_TEXT_MAX, read_negative);
}
