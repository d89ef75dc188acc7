#include "conf/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTED_BYTES_MAX 64u /* enough to recognise one's own text */

_Static_assert(
    REPORT_QUOTE_MAX >= QUOTED_BYTES_MAX * 4 + sizeof("'...'"), "all as \\DDD");

void
report_init(struct report *r, struct conf_errors *errors)
{
	memset(r, 0, sizeof(*r));
	errors->count = 0;
	r->errors = errors;
}

bool
report_full(const struct report *r)
{
	return r->errors->count >= CONF_ERRORS_MAX;
}

int
report_place(const struct report_mark *mark, char *out, size_t size)
{
	const char *name = mark->source != NULL ? mark->source->name : "defaults";

	if (mark->source == NULL || !mark->source->lines || mark->line == 0)
		return snprintf(out, size, "%s: ", name);
	return snprintf(out, size, "%s:%u:%u: ", name, mark->line, mark->column);
}

void
report_add(struct report *r, const struct report_mark *mark, const char *format, ...)
{
	struct conf_error *e;
	va_list arguments;
	int len;

	if (report_full(r)) {
		r->errors->count++;
		return;
	}
	r->marks[r->errors->count] = *mark;
	e = &r->errors->errors[r->errors->count++];
	len = report_place(mark, e->text, sizeof(e->text));
	if (len < 0 || (size_t)len >= sizeof(e->text))
		len = 0; /* a path longer than the text: say what is wrong at least */
	va_start(arguments, format);
	vsnprintf(e->text + len, sizeof(e->text) - (size_t)len, format, arguments);
	va_end(arguments);
}

static bool
is_before(const struct report_mark *a, const struct report_mark *b)
{
	unsigned order_a = a->source != NULL ? a->source->order : 0;
	unsigned order_b = b->source != NULL ? b->source->order : 0;

	if (order_a != order_b)
		return order_a < order_b;
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void
report_sort(struct report *r)
{
	size_t count =
	    r->errors->count < CONF_ERRORS_MAX ? r->errors->count : CONF_ERRORS_MAX;

	for (size_t i = 1; i < count; i++) {
		struct conf_error error = r->errors->errors[i];
		struct report_mark mark = r->marks[i];
		size_t at = i;

		for (; at > 0 && is_before(&mark, &r->marks[at - 1]); at--) {
			r->marks[at] = r->marks[at - 1];
			r->errors->errors[at] = r->errors->errors[at - 1];
		}
		r->marks[at] = mark;
		r->errors->errors[at] = error;
	}
}

const char *
report_quote(const char *text, size_t len, char out[REPORT_QUOTE_MAX])
{
	size_t shown = len < QUOTED_BYTES_MAX ? len : QUOTED_BYTES_MAX;
	char *p = out;

	*p++ = '\'';
	for (size_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f)
			*p++ = (char)c;
		else
			p += sprintf(p, "\\%03u", c);
	}
	strcpy(p, shown < len ? "...'" : "'");
	return out;
}
