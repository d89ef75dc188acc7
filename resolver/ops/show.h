#ifndef OPS_SHOW_H
#define OPS_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Text for people on a terminal: strangers' bytes made harmless, figures with their
 * units, tables that line up. Knows nothing of what it shows.
 */

struct show {
	FILE *out;
	bool colour;
	size_t columns; /* of the terminal; 0: no terminal, lines may be of any length */
};

enum show_colour {
	SHOW_PLAIN,
	SHOW_BOLD,
	SHOW_DIM,
	SHOW_RED,
	SHOW_GREEN,
	SHOW_YELLOW,
	SHOW_CYAN
};

/** show_init(s, out): as wide as the terminal behind ${out}, if one is there; colours
 * when ${out} is a terminal that has them and NO_COLOR is not set (no-color.org). */
void show_init(struct show *s, FILE *out);

/**
 * show_safe(text, out, cap):
 * Control bytes, bytes that are no UTF-8, and characters that would reorder or hide what
 * stands beside them (C1, zero width, bidirectional marks) as \DDD. NULL is "-". Returns
 * ${out}, cut to fit.
 */
char *show_safe(const char *text, char *out, size_t cap);
/** show_width(text): columns of safe text; every character counts one. */
size_t show_width(const char *text);
/** show_text(s, colour, text): made safe, in ${colour}. */
void show_text(const struct show *s, enum show_colour colour, const char *text);

/** show_paragraph(s, indent, text): our own words, broken at spaces to fit the terminal,
 * 80 columns at most. */
void show_paragraph(const struct show *s, const char *indent, const char *text);

#define SHOW_NUMBER_MAX 32u
/** show_span(sec, out): "45s", "12m30s", "3h05m", "2d04h". */
char *show_span(uint64_t sec, char out[SHOW_NUMBER_MAX]);
/** show_count(n, out): "1,234,567". */
char *show_count(uint64_t n, char out[SHOW_NUMBER_MAX]);
/** show_figure(v, out): at most four digits that mean something: "0.02", "1.4", "612",
 * "12,400". */
char *show_figure(double v, char out[SHOW_NUMBER_MAX]);

/* A table: cells are given row by row, widths found at the end. */
#define SHOW_COLUMNS_MAX 10u
struct show_table;
/** show_table_new(columns, headings): a heading that begins with '>' is of a column of
 * numbers (flush right). NULL without memory. */
struct show_table *show_table_new(size_t columns, const char *const *headings);
void show_table_free(struct show_table *t);
/** show_table_add(t, colour, cells): a row; copies, made safe. A row that finds no memory
 * is left out. */
void show_table_add(
    struct show_table *t, enum show_colour colour, const char *const *cells);
/** show_table_print(s, t, indent): headings and rows; what does not fit the terminal goes
 * on in a line below, each column still at one place. */
void show_table_print(
    const struct show *s, const struct show_table *t, const char *indent);

#endif
