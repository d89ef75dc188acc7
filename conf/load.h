#ifndef CONF_LOAD_H
#define CONF_LOAD_H

#include "conf/report.h"
#include "conf/schema.h"
#include "conf/tree.h"
#include "conf/value.h"
#include "conf/whole.h"

/*
 * Loading a configuration: what the steps share, and the first of them, which puts what
 * was written into the fields of a struct whole. conf/build.c does the second.
 *
 * The file and each override "a.b=value" become trees of one shape; later trees win
 * option by option.
 */

struct load {
	struct whole *whole;
	struct arena *scratch; /* trees, sources and records, until the load ends */
	struct report report;
	struct value_context values;
	const struct tree_node **roots; /* the file's, then one for each override */
	size_t root_count;
	unsigned sources;   /* list files so far: their order in the report */
	unsigned overrides; /* so far: the same */
	bool io_failed;
};

#define LOAD_SCRATCH_MAX ((size_t)1 << 30)
#define LOAD_PATH_MAX	 128u /* "policy.types.refuse", with room to grow */

/** load_init(l, folder, errors): ${folder} is absolute and borrowed. false without
 * memory; load_fini all the same. */
bool load_init(struct load *l, const char *folder, struct conf_errors *errors);
/** load_fini(l): frees everything but ${l->whole}, which load_init made. */
void load_fini(struct load *l);

/** load_defaults(l): sets every option to its default. */
void load_defaults(struct load *l);
/** load_text(l, name, text, len): one more tree, from YAML text; its options are set.
 * false for a mistake of syntax. */
bool load_text(struct load *l, const char *name, const char *text, size_t len);
/** load_override(l, text): one more tree, from "section.key=YAML value"; its option is
 * set. */
void load_override(struct load *l, const char *text);

/**
 * load_read(l, mark, option, path, max_bytes, text, len):
 * Reads the regular file ${path} whole into ${text}, NUL-terminated, malloc'ed, without
 * a byte order mark; the caller frees it. Returns false with the reason told at ${mark},
 * led by ${option}; "": ${mark} is of the file itself.
 */
bool load_read(struct load *l, const struct report_mark *mark, const char *option,
    const char *path, size_t max_bytes, char **text, size_t *len);
/** load_source(l, name, order): returns a new source in scratch; NULL without memory.
 * Borrows ${name}. */
struct report_source *load_source(struct load *l, const char *name, unsigned order);

/** load_node(l, path): where "section.key" was written last; NULL when it has its
 * default. */
const struct tree_node *load_node(const struct load *l, const char *path);
/** load_mark(l, path): the place of load_node, for load->report; a default's place when
 * there is none. */
struct report_mark load_mark(const struct load *l, const char *path);
/** load_mark_at(l, path, index): the same for the entry ${index} of a list. */
struct report_mark load_mark_at(const struct load *l, const char *path, size_t index);

#endif
