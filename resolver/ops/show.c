#include "resolver/ops/show.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CELL_MAX      1400u /* the longest name in presentation form and more */
#define GAP	      "  "
#define GAP_WIDTH     2u
#define FURTHER	      "    " /* before what goes on in the next line */
#define FURTHER_WIDTH 4u
#define PARAGRAPH_MAX 80u /* longer lines are hard to read, however wide the terminal */

/* ---- safe text ---- */

static size_t
terminal_columns(FILE *out)
{
	struct winsize w;

	return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &w) == 0 ? w.ws_col
									      : 0;
}

void
show_init(struct show *s, FILE *out)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	s->out = out;
	s->columns = terminal_columns(out);
	s->colour = isatty(fileno(out)) && (no == NULL || no[0] == '\0') &&
		    term != NULL && strcmp(term, "dumb") != 0;
}

/* Length of the UTF-8 sequence at ${p} and its character; 0 when there is none (RFC 3629
 * 3). */
static size_t
decode(const unsigned char *p, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80       ? 1
		     : p[0] >> 5 == 6  ? 2
		     : p[0] >> 4 == 14 ? 3
		     : p[0] >> 3 == 30 ? 4
				       : 0;
	uint32_t c = len == 1 ? p[0] : len == 0 ? 0 : p[0] & (0x7fu >> len);

	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80) /* also the end of the text */
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (len > 1 && (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
		return 0;
	*character = c;
	return len;
}

static bool
is_harmless(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} bad[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].first && c <= bad[i].last)
			return false;
	return true;
}

char *
show_safe(const char *text, char *out, size_t cap)
{
	const unsigned char *p = (const unsigned char *)(text == NULL ? "-" : text);
	size_t at = 0;

	while (*p != '\0') {
		uint32_t c = 0;
		size_t len = decode(p, &c);

		if (len > 0 && is_harmless(c)) {
			if (at + len >= cap)
				break;
			memcpy(out + at, p, len);
			at += len;
			p += len;
			continue;
		}
		if (at + 4 >= cap)
			break;
		snprintf(out + at, 5, "\\%03u", *p);
		at += 4;
		p++;
	}
	out[at] = '\0';
	return out;
}

size_t
show_width(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void
begin_colour(const struct show *s, enum show_colour colour)
{
	static const char *const codes[] = {
		[SHOW_PLAIN] = "",
		[SHOW_BOLD] = "\033[1m",
		[SHOW_DIM] = "\033[2m",
		[SHOW_RED] = "\033[31m",
		[SHOW_GREEN] = "\033[32m",
		[SHOW_YELLOW] = "\033[33m",
		[SHOW_CYAN] = "\033[36m",
	};

	if (s->colour)
		fputs(codes[colour], s->out);
}

static void
end_colour(const struct show *s, enum show_colour colour)
{
	if (s->colour && colour != SHOW_PLAIN)
		fputs("\033[0m", s->out);
}

void
show_text(const struct show *s, enum show_colour colour, const char *text)
{
	char safe[4096];

	begin_colour(s, colour);
	fputs(show_safe(text, safe, sizeof(safe)), s->out);
	end_colour(s, colour);
}

void
show_paragraph(const struct show *s, const char *indent, const char *text)
{
	size_t limit =
	    s->columns > 0 && s->columns < PARAGRAPH_MAX ? s->columns : PARAGRAPH_MAX;
	size_t at = limit; /* of the line; full */

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (at + 1 + word > limit) {
			fprintf(s->out, "%s%s", at == limit ? "" : "\n", indent);
			at = strlen(indent);
		} else {
			fputc(' ', s->out);
			at++;
		}
		fprintf(s->out, "%.*s", (int)word, text);
		at += word;
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', s->out);
}

/* ---- figures ---- */

char *
show_span(uint64_t sec, char out[SHOW_NUMBER_MAX])
{
	uint64_t min = sec / 60, hours = min / 60, days = hours / 24;

	if (sec < 60)
		snprintf(out, SHOW_NUMBER_MAX, "%" PRIu64 "s", sec);
	else if (hours == 0)
		snprintf(
		    out, SHOW_NUMBER_MAX, "%" PRIu64 "m%02" PRIu64 "s", min, sec % 60);
	else if (days == 0)
		snprintf(
		    out, SHOW_NUMBER_MAX, "%" PRIu64 "h%02" PRIu64 "m", hours, min % 60);
	else
		snprintf(
		    out, SHOW_NUMBER_MAX, "%" PRIu64 "d%02" PRIu64 "h", days, hours % 24);
	return out;
}

char *
show_count(uint64_t n, char out[SHOW_NUMBER_MAX])
{
	char digits[SHOW_NUMBER_MAX];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	size_t at = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

char *
show_figure(double v, char out[SHOW_NUMBER_MAX])
{
	double size = fabs(v);

	if (size >= 1000 && size < 1e15 && v > 0)
		return show_count((uint64_t)llround(v), out);
	if (size == floor(size) && size < 1e15)
		snprintf(out, SHOW_NUMBER_MAX, "%.0f", v);
	else if (size >= 100)
		snprintf(out, SHOW_NUMBER_MAX, size < 1e15 ? "%.0f" : "%.3g", v);
	else
		snprintf(out, SHOW_NUMBER_MAX, size >= 10 ? "%.1f" : "%.2f", v);
	return out;
}

/* ---- tables ---- */

struct show_table {
	size_t columns, rows, cap;
	bool right[SHOW_COLUMNS_MAX];
	char **cells; /* row by row, headings first */
	enum show_colour *colours;
};

static bool
add_row(
    struct show_table *t, enum show_colour colour, const char *const *cells, size_t skip)
{
	char safe[CELL_MAX];
	size_t first = t->rows * t->columns, i;

	if (t->rows == t->cap) {
		size_t cap = t->cap == 0 ? 32 : t->cap * 2;
		char **more = realloc(t->cells, cap * t->columns * sizeof(char *));
		enum show_colour *colours;

		if (more == NULL)
			return false;
		t->cells = more;
		if ((colours = realloc(t->colours, cap * sizeof(*colours))) == NULL)
			return false;
		t->colours = colours;
		t->cap = cap;
	}
	for (i = 0; i < t->columns; i++) {
		const char *cell =
		    cells[i] != NULL && t->right[i] ? cells[i] + skip : cells[i];

		if ((t->cells[first + i] = strdup(show_safe(cell, safe, sizeof(safe)))) ==
		    NULL)
			goto fail;
	}
	t->colours[t->rows++] = colour;
	return true;

fail:
	while (i-- > 0)
		free(t->cells[first + i]);
	return false;
}

struct show_table *
show_table_new(size_t columns, const char *const *headings)
{
	struct show_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->columns = columns < SHOW_COLUMNS_MAX ? columns : SHOW_COLUMNS_MAX;
	for (size_t i = 0; i < t->columns; i++)
		t->right[i] = headings[i][0] == '>';
	if (!add_row(t, SHOW_BOLD, headings, 1)) {
		show_table_free(t);
		return NULL;
	}
	return t;
}

void
show_table_free(struct show_table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->colours);
	free(t);
}

void
show_table_add(struct show_table *t, enum show_colour colour, const char *const *cells)
{
	if (t != NULL)
		(void)add_row(t, colour, cells, 0);
}

static size_t
column_width(const struct show_table *t, size_t column)
{
	size_t width = 0;

	for (size_t row = 0; row < t->rows; row++) {
		size_t w = show_width(t->cells[row * t->columns + column]);

		width = w > width ? w : width;
	}
	return width;
}

/* How a table lies on the terminal: the same for each of its rows. */
struct layout {
	size_t widths[SHOW_COLUMNS_MAX];
	bool begins_line[SHOW_COLUMNS_MAX];
};

static void
lay_out(const struct show *s, const struct show_table *t, const char *indent,
    struct layout *l)
{
	size_t at = strlen(indent);

	for (size_t i = 0; i < t->columns; i++) {
		l->widths[i] = column_width(t, i);
		l->begins_line[i] =
		    s->columns > 0 && i > 0 && at + l->widths[i] > s->columns;
		if (l->begins_line[i])
			at = strlen(indent) + FURTHER_WIDTH;
		at += l->widths[i] + GAP_WIDTH;
	}
}

static void
print_cell(const struct show *s, const struct show_table *t, size_t row, size_t column,
    const struct layout *l)
{
	const char *cell = t->cells[row * t->columns + column];
	int pad = (int)(l->widths[column] - show_width(cell));
	bool last = column + 1 == t->columns || l->begins_line[column + 1];

	if (t->right[column])
		fprintf(s->out, "%*s%s", pad, "", cell);
	else
		fprintf(s->out, "%s%*s", cell, last ? 0 : pad, "");
	if (!last)
		fputs(GAP, s->out);
}

void
show_table_print(const struct show *s, const struct show_table *t, const char *indent)
{
	struct layout l;

	if (t == NULL)
		return;
	lay_out(s, t, indent, &l);
	for (size_t row = 0; row < t->rows; row++) {
		fputs(indent, s->out);
		begin_colour(s, t->colours[row]);
		for (size_t i = 0; i < t->columns; i++) {
			if (l.begins_line[i])
				fprintf(s->out, "\n%s" FURTHER, indent);
			print_cell(s, t, row, i, &l);
		}
		end_colour(s, t->colours[row]);
		fputc('\n', s->out);
	}
}
