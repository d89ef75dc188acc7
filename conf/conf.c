#include "conf/conf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/build.h"
#include "conf/dump.h"
#include "conf/jsonschema.h"
#include "conf/load.h"
#include "conf/manual.h"
#include "conf/restart.h"
#include "conf/whole.h"

struct conf *
conf_ref(struct conf *c)
{
	struct whole *w = (struct whole *)(void *)c;

	atomic_fetch_add_explicit(&w->references, 1, memory_order_relaxed);
	return c;
}

void
conf_unref(struct conf *c)
{
	struct whole *w = (struct whole *)(void *)c;

	if (w != NULL &&
	    atomic_fetch_sub_explicit(&w->references, 1, memory_order_acq_rel) == 1)
		whole_free(w);
}

/* Where relative paths of ${file} start: its folder, absolute; "/" when even that cannot
 * be found out. */
static void
folder_of(const char *file, char out[PATH_MAX])
{
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	char folder[PATH_MAX];

	if (slash == NULL || (size_t)(slash - file) + 2 > sizeof(folder))
		strcpy(folder, ".");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file + 1), file);
	if (realpath(folder, out) == NULL && getcwd(out, PATH_MAX) == NULL)
		strcpy(out, "/");
}

/* The file's text into options. false when it could not be read or is not YAML: then only
 * more follies would follow. */
static bool
load_file(struct load *l, const char *file)
{
	struct report_source source = { .name = file };
	struct report_mark mark = { .source = &source };
	char *text;
	size_t len;
	bool ok;

	if ((l->whole->conf.file = arena_copy(l->whole->arena, file, strlen(file) + 1)) ==
	    NULL) {
		l->report.nomem = true;
		return false;
	}
	if (!load_read(l, &mark, "", file, TREE_BYTES_MAX, &text, &len))
		return false;
	ok = load_text(l, l->whole->conf.file, text, len);
	free(text);
	return ok;
}

static enum err
verdict(const struct load *l, const struct conf_errors *errors)
{
	if (l->report.nomem)
		return ERR_NOMEM;
	if (errors->count == 0)
		return ERR_OK;
	return l->io_failed ? ERR_IO : ERR_MALFORMED;
}

enum err
conf_load(const char *file, const char *const *overrides, size_t override_count,
    struct conf_errors *errors, struct conf **out)
{
	char folder[PATH_MAX];
	struct load l;
	bool readable = true;
	enum err err;

	*out = NULL;
	folder_of(file, folder);
	if (load_init(&l, folder, errors)) {
		l.whole->conf.file = "";
		load_defaults(&l);
		if (file != NULL)
			readable = load_file(&l, file);
		for (size_t i = 0; i < override_count; i++)
			load_override(&l, overrides[i]);
		if (readable && !l.report.nomem)
			build_whole(&l);
	}
	report_sort(&l.report);
	if ((err = verdict(&l, errors)) == ERR_OK)
		*out = &l.whole->conf;
	else
		whole_free(l.whole);
	load_fini(&l);
	return err;
}

bool
conf_group_of(const struct conf *c, const struct addr *client, uint32_t *index)
{
	return prefixmap_find(c->clients, client, index);
}

const struct conf_zone *
conf_zone_of(const struct conf *c, const uint8_t *qname)
{
	struct namelist_hit hit;

	if (!namelist_find(whole_of(c)->zone_index, qname, &hit))
		return NULL;
	return &c->zones[hit.value];
}

bool
conf_is_own(const struct conf *c, const uint8_t *qname)
{
	const struct conf_zone *z = c->zone_count == 0 ? NULL : conf_zone_of(c, qname);

	return z != NULL && z->name[0] != 0;
}

enum conf_type_policy
conf_type_policy_of(const struct conf_group *group, uint16_t qtype)
{
	for (size_t i = 0; i < group->type_rule_count; i++) {
		const struct conf_type_rule *rule = &group->type_rules[i];

		if (qtype >= rule->first && qtype <= rule->last)
			return (enum conf_type_policy)rule->policy;
	}
	return TYPE_POLICY_ALLOW;
}

void
conf_dump(const struct conf *c, FILE *out)
{
	dump_whole(whole_of(c), out);
}

void
conf_write_schema(FILE *out)
{
	jsonschema_write(out);
}

void
conf_write_manual(FILE *out)
{
	manual_write(out);
}

void
conf_restart_changes(const struct conf *old, const struct conf *fresh,
    void (*tell)(void *ctx, const char *key), void *ctx)
{
	restart_changes(whole_of(old), whole_of(fresh), tell, ctx);
}
