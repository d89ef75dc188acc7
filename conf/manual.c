#include "conf/manual.h"

#include <string.h>

#include "conf/schema.h"
#include "conf/value.h"

/* A line of running text: sentences begin on lines of their own, as mdoc wants them;
 * backslashes are shown. */
static void
write_prose(const char *text, FILE *out)
{
	if (strchr(".'", *text) != NULL)
		fputs("\\&", out);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\\')
			fputs("\\e", out);
		else if (p[0] == '.' && p[1] == ' ' && p[2] != '\0' &&
			 strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", p[2]) != NULL) {
			fputs(".\n", out);
			p++;
		} else
			putc(*p, out);
	}
	putc('\n', out);
}

static void
write_expected(const struct schema_option *o, FILE *out)
{
	char expected[VALUE_TEXT_MAX];

	value_expected(o, expected);
	if (o->list)
		fprintf(out, "A list; each entry is %s.\n", expected);
	else
		fprintf(out, "Takes %s.\n", expected);
	if (o->required)
		fputs("Must be given.\n", out);
	if (o->restart)
		fputs("A change needs a restart.\n", out);
	if (o->fallback != NULL)
		fprintf(out, "Default: %s\n", o->fallback);
}

static void write_options(
    const struct schema_option *options, const char *prefix, FILE *out);

static void
write_items(const struct schema_option *o, const char *prefix, FILE *out)
{
	fprintf(out, ".It Cm %s%s\n", prefix, o->name);
	write_prose(o->doc, out);
	fprintf(out, "A list of maps with these keys%s%s.\nDefault: %s\n",
	    o->shorthand != NULL ? "; an entry that is no map is its " : "",
	    o->shorthand != NULL ? o->shorthand : "", o->fallback);
	fputs(".Bl -tag -width Ds\n", out);
	write_options(o->options, "", out);
	fputs(".El\n", out);
}

static void
write_options(const struct schema_option *options, const char *prefix, FILE *out)
{
	char inner[64];

	for (; options->name != NULL; options++) {
		if (options->kind == KIND_MAP) {
			snprintf(inner, sizeof(inner), "%s%s.", prefix, options->name);
			write_options(options->options, inner, out);
			continue;
		}
		if (options->kind == KIND_ITEMS) {
			write_items(options, prefix, out);
			continue;
		}
		fprintf(out, ".It Cm %s%s\n", prefix, options->name);
		write_prose(options->doc, out);
		write_expected(options, out);
	}
}

void
manual_write(FILE *out)
{
	for (const struct schema_option *s = schema_root(); s->name != NULL; s++) {
		fprintf(out, ".Ss %s\n", s->name);
		write_prose(s->doc, out);
		if (s->kind == KIND_ITEMS)
			fprintf(out, "A list of maps with these keys.\nDefault: %s\n",
			    s->fallback);
		fputs(".Bl -tag -width Ds\n", out);
		write_options(s->options, "", out);
		fputs(".El\n", out);
	}
}
