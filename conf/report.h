#ifndef CONF_REPORT_H
#define CONF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/*
 * The operator's mistakes while a configuration is loaded: where each is, what was
 * expected there, and in which order to tell them. Texts are safe to print: bytes
 * from files are shown by report_quote.
 */

/** Where text came from: a file, or the command line. */
struct report_source {
	const char *name; /* the file as the operator named it, or "-o" */
	unsigned order;	  /* mistakes of lower orders are told first */
	bool lines;	  /* lines and columns mean something */
};

/** A place in a source. ${source} NULL: one of our own defaults, nothing an operator
 * wrote. */
struct report_mark {
	const struct report_source *source;
	uint32_t line, column; /* from 1; 0: the source as a whole */
};

struct report {
	struct conf_errors *errors;
	struct report_mark marks[CONF_ERRORS_MAX]; /* of the mistakes that are kept */
	bool nomem; /* memory ran out: there is no configuration, whoever is to blame */
};

/** report_place(mark, out, size): "FILE:LINE:COLUMN: ", as compilers write it, so that
 * editors find the place; cut at ${size}. Returns its whole length. */
int report_place(const struct report_mark *mark, char *out, size_t size);
/* Room for what report_quote writes. */
#define REPORT_QUOTE_MAX 272u

/** report_init(r, errors): forgets the mistakes in ${errors}, which is borrowed. */
void report_init(struct report *r, struct conf_errors *errors);
/** report_add(r, mark, format, ...): one more mistake; counted even where there is no
 * more room to keep it. */
void report_add(struct report *r, const struct report_mark *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** report_full(r): no more texts are kept, so costly advice would be for nobody. */
bool report_full(const struct report *r);
/** report_sort(r): the kept mistakes by source, line and column. */
void report_sort(struct report *r);
/** report_quote(text, len, out): ${text} in single quotes, at most 64 bytes of it, all
 * but printable ASCII as \DDD. Returns ${out}. */
const char *report_quote(const char *text, size_t len, char out[REPORT_QUOTE_MAX]);

#endif
