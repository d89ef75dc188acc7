#include "conf/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ORDER_OVERRIDES (UINT_MAX / 2) /* and on: told last, in their order */

static void walk_map(struct load *l, const struct schema_option *options, void *base,
    struct tree_node *node, const char *path);

bool
load_init(struct load *l, const char *folder, struct conf_errors *errors)
{
	memset(l, 0, sizeof(*l));
	report_init(&l->report, errors);
	l->whole = whole_new();
	l->scratch = arena_new(LOAD_SCRATCH_MAX);
	if (l->whole == NULL || l->scratch == NULL) {
		l->report.nomem = true;
		return false;
	}
	l->values = (struct value_context){ .arena = l->whole->arena, .folder = folder };
	return true;
}

void
load_fini(struct load *l)
{
	arena_free(l->scratch);
	free(l->roots);
}

/* Room for ${size} bytes of the configuration, at least one. */
static void *
new_bytes(struct load *l, size_t size)
{
	void *bytes = arena_alloc(l->whole->arena, size > 0 ? size : 1);

	if (bytes == NULL)
		l->report.nomem = true;
	return bytes;
}

/* What stands at ${n}, for "not ..." in a complaint. */
static const char *
shown(const struct tree_node *n, char out[REPORT_QUOTE_MAX])
{
	if (n->kind == TREE_LIST)
		return "a list";
	if (n->kind == TREE_MAP)
		return "a map of keys";
	return tree_is_null(n) ? "nothing" : report_quote(n->text, n->len, out);
}

static void
complain_kind(
    struct load *l, const char *path, const char *expected, const struct tree_node *n)
{
	char quote[REPORT_QUOTE_MAX];

	report_add(&l->report, &n->mark, "%s: expected %s, not %s", path, expected,
	    shown(n, quote));
}

static bool
walk_scalar(struct load *l, const struct schema_option *option, void *out,
    const struct tree_node *n, const char *path)
{
	char expected[VALUE_TEXT_MAX], quote[REPORT_QUOTE_MAX];
	const char *why = "";

	if (n->kind == TREE_SCALAR && !tree_is_null(n))
		why = value_parse(&l->values, option, n, out);
	if (why == NULL)
		return true;
	if (l->values.nomem)
		l->report.nomem = true;
	else if (*why == '\0')
		complain_kind(l, path, value_expected(option, expected), n);
	else
		report_add(
		    &l->report, &n->mark, "%s: %s: %s", path, shown(n, quote), why);
	return false;
}

static bool
check_list(struct load *l, const struct schema_option *option, const struct tree_node *n,
    const char *path)
{
	if (n->kind != TREE_LIST) {
		complain_kind(l, path, "a list such as [A, B]", n);
		return false;
	}
	if (n->count < option->list_min || n->count > option->list_max) {
		report_add(&l->report, &n->mark,
		    "%s: expected %zu to %zu entries, not %zu", path, option->list_min,
		    option->list_max, n->count);
		return false;
	}
	return true;
}

static void
set_list(const struct schema_option *option, void *base, void *entries, size_t count)
{
	memcpy((char *)base + option->offset, &entries, sizeof(entries));
	memcpy((char *)base + option->count_offset, &count, sizeof(count));
}

/* Entries that are refused leave the tree, so that it and the list stay in step. */
static void
walk_list(struct load *l, const struct schema_option *option, void *base,
    struct tree_node *n, const char *path)
{
	size_t size = value_bytes((enum schema_kind)option->kind), count = 0;
	struct tree_node **at = &n->first;
	char *entries;

	if (!check_list(l, option, n, path) ||
	    (entries = new_bytes(l, n->count * size)) == NULL)
		return;
	while (*at != NULL) {
		if (walk_scalar(l, option, entries + count * size, *at, path)) {
			at = &(*at)->next;
			count++;
		} else {
			*at = (*at)->next;
		}
	}
	set_list(option, base, entries, count);
}

static void default_option(
    struct load *l, const struct schema_option *option, void *base);

static void
defaults_of(struct load *l, const struct schema_option *options, void *base)
{
	for (; options->name != NULL; options++)
		default_option(l, options, base);
}

static void
check_required(struct load *l, const struct schema_option *options,
    const struct tree_node *n, const char *path)
{
	for (; options->name != NULL; options++) {
		if (options->required && tree_child(n, options->name) == NULL)
			report_add(&l->report, &n->mark, "%s: '%s' is missing here", path,
			    options->name);
	}
}

static void
walk_items(struct load *l, const struct schema_option *option, void *base,
    struct tree_node *n, const char *path)
{
	size_t count = 0;
	char *items;

	if (tree_is_null(n))
		return;
	if (!check_list(l, option, n, path) ||
	    (items = new_bytes(l, n->count * option->item_bytes)) == NULL)
		return;
	for (struct tree_node *child = n->first; child != NULL; child = child->next) {
		size_t before = l->report.errors->count;
		char *item = items + count * option->item_bytes;

		*(struct report_mark *)(void *)item = child->mark;
		defaults_of(l, option->options, item);
		if (child->kind == TREE_SCALAR && option->shorthand != NULL) {
			const struct schema_option *row =
			    schema_find(option->options, option->shorthand);

			(void)walk_scalar(l, row, item + row->offset, child, path);
		} else if (child->kind == TREE_MAP) {
			walk_map(l, option->options, item, child, path);
			check_required(l, option->options, child, path);
		} else {
			complain_kind(l, path, "a map of keys", child);
		}
		/* An item with mistakes is left out: half of it would make up further
		 * ones. */
		if (l->report.errors->count == before)
			count++;
		else
			memset(item, 0, option->item_bytes);
	}
	set_list(option, base, items, count);
}

static void
walk_option(struct load *l, const struct schema_option *option, void *base,
    struct tree_node *n, const char *path)
{
	if (option->kind == KIND_MAP)
		walk_map(l, option->options, base, n, path);
	else if (option->kind == KIND_ITEMS)
		walk_items(l, option, base, n, path);
	else if (option->list)
		walk_list(l, option, base, n, path);
	else
		walk_scalar(l, option, (char *)base + option->offset, n, path);
}

static void
complain_unknown(struct load *l, const struct schema_option *options,
    const struct tree_node *key, const char *path)
{
	char quote[REPORT_QUOTE_MAX];
	const struct schema_option *near, *home;
	const char *name = report_quote(key->text, key->len, quote);
	const char *where = *path == '\0' ? "the configuration" : path;

	if (report_full(&l->report)) {
		report_add(&l->report, &key->mark, "unknown key");
		return;
	}
	near = schema_nearest(options, key->text);
	home = schema_home(key->text);
	if (home != NULL && home->options != options)
		report_add(&l->report, &key->mark,
		    "unknown key %s in %s; it belongs into %s", name, where, home->name);
	else if (near != NULL)
		report_add(&l->report, &key->mark,
		    "unknown key %s in %s; did you mean '%s'?", name, where, near->name);
	else
		report_add(&l->report, &key->mark, "unknown key %s in %s", name, where);
}

static void
walk_map(struct load *l, const struct schema_option *options, void *base,
    struct tree_node *node, const char *path)
{
	const struct tree_node *seen[SCHEMA_OPTIONS_MAX] = { NULL };
	char inner[LOAD_PATH_MAX];

	if (tree_is_null(node)) /* a section with all its lines commented out */
		return;
	if (node->kind != TREE_MAP) {
		complain_kind(
		    l, *path == '\0' ? "the configuration" : path, "a map of keys", node);
		return;
	}
	for (struct tree_node *n = node->first; n != NULL; n = n->next) {
		const struct schema_option *option = schema_find(options, n->key->text);

		if (option == NULL || strlen(n->key->text) != n->key->len) {
			complain_unknown(l, options, n->key, path);
			continue;
		}
		if (seen[option - options] != NULL) {
			report_add(&l->report, &n->key->mark,
			    "'%s' is here twice; first in line %u", option->name,
			    seen[option - options]->mark.line);
			continue;
		}
		seen[option - options] = n->key;
		snprintf(inner, sizeof(inner), "%s%s%s", path, *path == '\0' ? "" : ".",
		    option->name);
		walk_option(l, option, base, n, inner);
	}
}

/* Defaults are YAML text like everything else; the plain words among them need no parser.
 */
static void
default_option(struct load *l, const struct schema_option *option, void *base)
{
	struct tree_node word = { .kind = TREE_SCALAR };
	struct tree_node *n = &word;

	if (option->kind == KIND_MAP) {
		defaults_of(l, option->options, base);
		return;
	}
	if (option->fallback == NULL)
		return;
	word.text = option->fallback;
	word.len = strlen(option->fallback);
	if (strchr("[\"", option->fallback[0]) != NULL &&
	    !tree_parse(word.text, word.len, NULL, l->scratch, &l->report, &n))
		return;
	walk_option(l, option, base, n, option->name);
}

void
load_defaults(struct load *l)
{
	defaults_of(l, schema_root(), l->whole);
}

struct report_source *
load_source(struct load *l, const char *name, unsigned order)
{
	struct report_source *source = arena_alloc(l->scratch, sizeof(*source));

	if (source == NULL) {
		l->report.nomem = true;
		return NULL;
	}
	*source = (struct report_source){ .name = name, .order = order, .lines = true };
	return source;
}

static bool
add_root(struct load *l, struct tree_node *root)
{
	const struct tree_node **roots =
	    realloc(l->roots, (l->root_count + 1) * sizeof(*l->roots));

	if (roots == NULL) {
		l->report.nomem = true;
		return false;
	}
	l->roots = roots;
	l->roots[l->root_count++] = root;
	walk_map(l, schema_root(), l->whole, root, "");
	return true;
}

bool
load_text(struct load *l, const char *name, const char *text, size_t len)
{
	struct report_source *source = load_source(l, name, 0);
	struct tree_node *root;

	if (source == NULL ||
	    !tree_parse(text, len, source, l->scratch, &l->report, &root))
		return false;
	return root == NULL || add_root(l, root);
}

/* A map with one child: what "key: value" is in a file. */
static struct tree_node *
wrap(struct load *l, const char *key, size_t len, struct tree_node *value)
{
	struct tree_node *map = arena_alloc(l->scratch, sizeof(*map));
	struct tree_node *name = arena_alloc(l->scratch, sizeof(*name));
	char *text = arena_alloc(l->scratch, len + 1);

	if (map == NULL || name == NULL || text == NULL) {
		l->report.nomem = true;
		return NULL;
	}
	memcpy(text, key, len);
	*name = (struct tree_node){
		.kind = TREE_SCALAR, .mark = value->mark, .text = text, .len = len
	};
	value->key = name;
	*map = (struct tree_node){
		.kind = TREE_MAP, .mark = value->mark, .first = value, .count = 1
	};
	return map;
}

void
load_override(struct load *l, const char *text)
{
	char quote[REPORT_QUOTE_MAX];
	struct report_source *source =
	    load_source(l, "-o", ORDER_OVERRIDES + l->overrides++);
	const char *equals = strchr(text, '='), *end = equals, *start;
	struct report_mark mark = { .source = source };
	struct tree_node *n;

	if (source == NULL)
		return;
	source->lines = false;
	if (equals == NULL || equals == text) {
		report_add(&l->report, &mark, "expected section.key=value, not %s",
		    report_quote(text, strlen(text), quote));
		return;
	}
	if (!tree_parse(
		equals + 1, strlen(equals + 1), source, l->scratch, &l->report, &n))
		return;
	if (n == NULL) {
		report_add(&l->report, &mark,
		    "%s: no value behind the =; write \"\" for none",
		    report_quote(text, (size_t)(equals - text), quote));
		return;
	}
	/* From the last key to the first, each around what is there. */
	for (; n != NULL && end > text; end = start > text ? start - 1 : text) {
		for (start = end; start > text && start[-1] != '.'; start--)
			;
		n = wrap(l, start, (size_t)(end - start), n);
	}
	if (n != NULL)
		add_root(l, n);
}

/* Opens without waiting (a FIFO would block a reload) and takes only what has an end. */
static int
open_regular(const char *path, size_t max_bytes, size_t *len, const char **why)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) < 0)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "it is not a regular file";
	else if ((uintmax_t)st.st_size > max_bytes)
		*why = "it is too large";
	else {
		*len = (size_t)st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
read_all(int fd, char *text, size_t *len)
{
	size_t done = 0;
	ssize_t n = 1;

	while (done < *len && n != 0) {
		n = read(fd, text + done, *len - done);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	*len = done;
	text[done] = '\0';
	return true;
}

/* What editors of Windows write first says nothing. */
static void
drop_byte_order_mark(char *text, size_t *len)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t bytes = sizeof(mark) - 1;

	if (*len < bytes || memcmp(text, mark, bytes) != 0)
		return;
	*len -= bytes;
	memmove(text, text + bytes, *len + 1); /* the NUL, too */
}

bool
load_read(struct load *l, const struct report_mark *mark, const char *option,
    const char *path, size_t max_bytes, char **text, size_t *len)
{
	const char *why = "not enough memory";
	int fd = open_regular(path, max_bytes, len, &why);

	*text = NULL;
	if (fd >= 0 && (*text = malloc(*len + 1)) != NULL) {
		if (read_all(fd, *text, len)) {
			drop_byte_order_mark(*text, len);
			close(fd);
			return true;
		}
		why = strerror(errno);
	}
	if (fd >= 0)
		close(fd);
	free(*text);
	*text = NULL;
	l->io_failed = true;
	if (*option == '\0') /* then it is the file that the mark names */
		report_add(&l->report, mark, "it cannot be read: %s", why);
	else
		report_add(&l->report, mark, "%s: cannot read %s: %s", option, path, why);
	return false;
}

static const struct tree_node *
node_below(const struct tree_node *n, const char *path)
{
	char key[LOAD_PATH_MAX];

	while (n != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		n = tree_child(n, key);
		path += len + (path[len] == '.');
	}
	return n;
}

const struct tree_node *
load_node(const struct load *l, const char *path)
{
	const struct tree_node *n;

	for (size_t i = l->root_count; i > 0; i--) {
		if ((n = node_below(l->roots[i - 1], path)) != NULL)
			return n;
	}
	return NULL;
}

struct report_mark
load_mark(const struct load *l, const char *path)
{
	const struct tree_node *n = load_node(l, path);

	return n != NULL ? n->mark : (struct report_mark){ .source = NULL };
}

struct report_mark
load_mark_at(const struct load *l, const char *path, size_t index)
{
	const struct tree_node *n = load_node(l, path);

	if (n != NULL && n->kind == TREE_LIST) {
		for (n = n->first; n != NULL && index > 0; index--)
			n = n->next;
	}
	return n != NULL ? n->mark : (struct report_mark){ .source = NULL };
}
