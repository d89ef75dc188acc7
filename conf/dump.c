#include "conf/dump.h"

#include <string.h>

#include "conf/schema.h"
#include "conf/value.h"

#define FLOW_ENTRIES_MAX 6u /* a longer list reads better line by line */

static void dump_options(
    const struct schema_option *options, const void *base, unsigned indent, FILE *out);

static void
fetch_list(
    const struct schema_option *o, const void *base, const char **entries, size_t *count)
{
	memcpy(entries, (const char *)base + o->offset, sizeof(*entries));
	memcpy(count, (const char *)base + o->count_offset, sizeof(*count));
}

static void
dump_list(const struct schema_option *o, const void *base, unsigned indent, FILE *out)
{
	size_t size = value_bytes((enum schema_kind)o->kind), count;
	const char *entries;

	fetch_list(o, base, &entries, &count);
	if (count <= FLOW_ENTRIES_MAX) {
		fputs(" [", out);
		for (size_t i = 0; i < count; i++) {
			fputs(i > 0 ? ", " : "", out);
			value_print(o, entries + i * size, out);
		}
		fputs("]\n", out);
		return;
	}
	putc('\n', out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%*s- ", (int)indent + 2, "");
		value_print(o, entries + i * size, out);
		putc('\n', out);
	}
}

static void
dump_items(const struct schema_option *o, const void *base, unsigned indent, FILE *out)
{
	const char *items;
	size_t count;

	fetch_list(o, base, &items, &count);
	fputs(count == 0 ? " []\n" : "\n", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%*s-\n", (int)indent + 2, "");
		dump_options(o->options, items + i * o->item_bytes, indent + 4, out);
	}
}

void
dump_option(const struct schema_option *o, const void *base, unsigned indent, FILE *out)
{
	fprintf(out, "%*s%s:", (int)indent, "", o->name);
	if (o->kind == KIND_MAP) {
		putc('\n', out);
		dump_options(o->options, base, indent + 2, out);
	} else if (o->kind == KIND_ITEMS) {
		dump_items(o, base, indent, out);
	} else if (o->list) {
		dump_list(o, base, indent, out);
	} else {
		putc(' ', out);
		value_print(o, (const char *)base + o->offset, out);
		putc('\n', out);
	}
}

static void
dump_options(
    const struct schema_option *options, const void *base, unsigned indent, FILE *out)
{
	for (; options->name != NULL; options++)
		dump_option(options, base, indent, out);
}

void
dump_whole(const struct whole *w, FILE *out)
{
	dump_options(schema_root(), w, 0, out);
}
