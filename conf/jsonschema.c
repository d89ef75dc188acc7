#include "conf/jsonschema.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "conf/schema.h"

/*
 * Written line by line with its own indentation; nothing in it comes from outside the
 * table of options. The schema is a little wider than conf_load (it cannot compare two
 * options, and does not measure sizes and durations), never narrower.
 */

static void write_map(const struct schema_option *o, unsigned indent, FILE *out);

static void
write_string(const char *text, size_t len, FILE *out)
{
	putc('"', out);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			putc('\\', out);
		putc(text[i], out);
	}
	putc('"', out);
}

static void
write_text(const char *text, FILE *out)
{
	write_string(text, strlen(text), out);
}

static void
write_words(const struct schema_option *o, FILE *out)
{
	fputs("\"enum\": [", out);
	for (size_t i = 0; o->words[i] != NULL; i++) {
		fputs(i > 0 ? ", " : "", out);
		write_text(o->words[i], out);
	}
	putc(']', out);
}

static void
write_number(const struct schema_option *o, FILE *out)
{
	if (o->special != NULL) {
		fputs("\"anyOf\": [{ \"const\": ", out);
		write_text(o->special, out);
		fputs(" }, { ", out);
	}
	fprintf(out,
	    "\"type\": \"integer\", \"minimum\": %" PRIu64 ", \"maximum\": %" PRIu64,
	    o->min, o->max);
	if (o->special != NULL)
		fputs(" }]", out);
}

/* What one value must look like, without braces. */
static void
write_kind(const struct schema_option *o, FILE *out)
{
	switch ((enum schema_kind)o->kind) {
	case KIND_BOOL:
		fputs("\"type\": \"boolean\"", out);
		break;
	case KIND_UINT8:
	case KIND_UINT16:
	case KIND_UINT32:
		write_number(o, out);
		break;
	case KIND_SIZE:
		fputs("\"type\": [\"integer\", \"string\"], \"pattern\": "
		      "\"^[0-9]+[KMG]?$\"",
		    out);
		break;
	case KIND_SECONDS:
	case KIND_MILLISECONDS:
		fputs("\"anyOf\": [{ \"const\": 0 }, { \"type\": \"string\", "
		      "\"pattern\": \"^(0|[0-9]+(ms|s|m|h|d))$\" }]",
		    out);
		break;
	case KIND_ENUM:
	case KIND_WORD:
		write_words(o, out);
		break;
	case KIND_TYPES: /* NULL is a record type here and nothing in YAML */
		fputs("\"type\": [\"string\", \"null\"]", out);
		break;
	case KIND_TEXT:
	case KIND_PATH:
		fprintf(out,
		    "\"type\": \"string\", \"minLength\": %" PRIu64
		    ", \"maxLength\": %" PRIu64,
		    o->min > 0 ? UINT64_C(1) : UINT64_C(0), o->max);
		break;
	case KIND_HOST:
	case KIND_ADDRESS:
	case KIND_PREFIX:
	case KIND_NAME:
	case KIND_DATE:
	case KIND_MAP:
	case KIND_ITEMS:
		fputs("\"type\": \"string\"", out);
	}
}

/* Defaults are YAML in its flow style: quoted strings, numbers and true are JSON already,
 * bare words are not. */
static void
write_default(const char *yaml, FILE *out)
{
	while (*yaml != '\0') {
		size_t len = strcspn(yaml, "[]{},\" ");

		if (len > 0 && yaml[len - 1] == ':') {
			write_string(yaml, len - 1, out);
			putc(':', out);
		} else if (len > 0 && strspn(yaml, "0123456789") != len &&
			   strncmp(yaml, "true", len) != 0 &&
			   strncmp(yaml, "false", len) != 0) {
			write_string(yaml, len, out);
		} else if (len > 0) {
			fwrite(yaml, 1, len, out);
		} else {
			len = *yaml == '"' ? strcspn(yaml + 1, "\"") + 2 : 1;
			fwrite(yaml, 1, len, out);
		}
		yaml += len;
	}
}

static void
write_member(const char *name, unsigned indent, FILE *out)
{
	fprintf(out, "%*s\"%s\": ", (int)indent, "", name);
}

static void
write_description(const struct schema_option *o, unsigned indent, FILE *out)
{
	write_member("description", indent, out);
	putc('"', out);
	for (const char *p = o->doc; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', out);
		putc(*p, out);
	}
	fprintf(out, "%s\",\n", o->restart ? " A change needs a restart." : "");
}

static void
write_leaf(const struct schema_option *o, unsigned indent, FILE *out)
{
	if (o->fallback != NULL) {
		write_member("default", indent, out);
		write_default(o->fallback, out);
		fputs(",\n", out);
	}
	if (!o->list) {
		fprintf(out, "%*s", (int)indent, "");
		write_kind(o, out);
		putc('\n', out);
		return;
	}
	fprintf(out, "%*s\"type\": \"array\", \"minItems\": %zu, \"maxItems\": %zu,\n",
	    (int)indent, "", o->list_min, o->list_max);
	write_member("items", indent, out);
	fputs("{ ", out);
	write_kind(o, out);
	fputs(" }\n", out);
}

static void
write_option(const struct schema_option *o, unsigned indent, FILE *out)
{
	write_member(o->name, indent, out);
	fputs("{\n", out);
	write_description(o, indent + 2, out);
	if (o->kind == KIND_MAP) {
		write_map(o, indent + 2, out);
	} else if (o->kind == KIND_ITEMS) {
		write_member("default", indent + 2, out);
		write_default(o->fallback, out);
		fprintf(out,
		    ",\n%*s\"type\": [\"array\", \"null\"], \"minItems\": %zu, "
		    "\"maxItems\": %zu,\n",
		    (int)indent + 2, "", o->list_min, o->list_max);
		write_member("items", indent + 2, out);
		if (o->shorthand != NULL)
			fputs("{ \"anyOf\": [{ \"type\": \"string\" }, ", out);
		fputs("{\n", out);
		write_map(o, indent + 4, out);
		fprintf(out, "%*s}%s\n", (int)indent + 2, "",
		    o->shorthand != NULL ? "] }" : "");
	} else {
		write_leaf(o, indent + 2, out);
	}
	fprintf(out, "%*s}", (int)indent, "");
}

static void
write_required(const struct schema_option *options, unsigned indent, FILE *out)
{
	const char *before = "";

	write_member("required", indent, out);
	putc('[', out);
	for (; options->name != NULL; options++) {
		if (!options->required)
			continue;
		fputs(before, out);
		write_text(options->name, out);
		before = ", ";
	}
	fputs("],\n", out);
}

static void
write_map(const struct schema_option *o, unsigned indent, FILE *out)
{
	fprintf(out, "%*s\"type\": %s,\n", (int)indent, "",
	    o->kind == KIND_ITEMS ? "\"object\"" : "[\"object\", \"null\"]");
	write_member("additionalProperties", indent, out);
	fputs("false,\n", out);
	write_required(o->options, indent, out);
	write_member("properties", indent, out);
	fputs("{\n", out);
	for (const struct schema_option *p = o->options; p->name != NULL; p++) {
		write_option(p, indent + 2, out);
		fputs(p[1].name != NULL ? ",\n" : "\n", out);
	}
	fprintf(out, "%*s}\n", (int)indent, "");
}

void
jsonschema_write(FILE *out)
{
	struct schema_option root = { .kind = KIND_MAP, .options = schema_root() };

	fputs("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
	      "  \"title\": \"sekisho.yaml\",\n",
	    out);
	write_map(&root, 2, out);
	fputs("}\n", out);
}
