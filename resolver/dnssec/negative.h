#ifndef DNSSEC_NEGATIVE_H
#define DNSSEC_NEGATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/dname.h"
#include "base/err.h"

/*
 * Negative trust anchors (RFC 7646): names whose signatures are broken and are not looked
 * at, each with its reason and its end. Those of the configuration and those that an
 * operator set at run time stand side by side; of one name the run-time one may end
 * earlier without taking the other away.
 *
 * No clock: seconds since 1970 are a parameter.
 */

#define NEGATIVE_MAX	     1024u /* in all; each costs every validated question a look */
#define NEGATIVE_REASON_MAX  128u
#define NEGATIVE_DEFAULT_SEC 3600u	   /* at run time: 1 h */
#define NEGATIVE_LIMIT_SEC   (7u * 86400u) /* at run time: 1 week (RFC 7646 2) */

struct negative_anchor {
	struct dname name; /* canonical */
	bool configured;   /* else set at run time */
	bool ended;	   /* configured with a span that is over: remembered as such */
	bool private_zone; /* configured: of a zone that the operator says is private */
	int64_t since_sec;
	int64_t until_sec; /* 0: without end (configured ones alone) */
	uint32_t for_sec;  /* as it was written; 0: not so */
	char reason[NEGATIVE_REASON_MAX];
};

struct negative;

/** negative_new(): empty. NULL without memory. */
struct negative *negative_new(void);
void negative_free(struct negative *n);
/** negative_put(n, a): copies; one of the same name and origin gives way. ERR_LIMIT. */
MUST_USE enum err negative_put(struct negative *n, const struct negative_anchor *a);
/** negative_remove(n, name, configured): false: there is none. */
bool negative_remove(struct negative *n, const uint8_t *name, bool configured);
/** negative_count(n) / negative_at(n, i): in the order of names. Borrows until the next
 * change. */
size_t negative_count(const struct negative *n);
const struct negative_anchor *negative_at(const struct negative *n, size_t i);
/** negative_find(n, name, configured): exactly ${name}; NULL. Borrows. */
const struct negative_anchor *negative_find(
    const struct negative *n, const uint8_t *name, bool configured);

/** negative_in_force(a, now_sec): its end has not come. */
bool negative_in_force(const struct negative_anchor *a, int64_t now_sec);
/** negative_ended(n, now_sec, out): the first whose end has come is taken out into
 * ${out}, or, of the configuration, marked as ended; false: none. A run-time one that
 * would, by a clock set back, last longer than NEGATIVE_LIMIT_SEC from now is cut to
 * that. */
bool negative_ended(struct negative *n, int64_t now_sec, struct negative_anchor *out);

#define NEGATIVE_TEXT_MAX  (1u << 20)
#define NEGATIVE_ERROR_MAX 160u
/**
 * negative_text_write(n, out) / negative_text_read(n, text, len, line, error):
 * What is kept over a restart: run-time ones, and of configured ones with a span when
 * they began. A reader takes any bytes; a name that ${n} has configured with the same
 * span keeps the end that the file says. Errors: ERR_IO; ERR_MALFORMED: ${line} and
 * ${error} say where and why, and ${n} is as it was; ERR_LIMIT.
 */
MUST_USE enum err negative_text_write(const struct negative *n, FILE *out);
MUST_USE enum err negative_text_read(struct negative *n, const char *text, size_t len,
    unsigned *line, char error[NEGATIVE_ERROR_MAX]);

#endif
