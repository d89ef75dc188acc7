#ifndef BASE_DNAME_H
#define BASE_DNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/siphash.h"

/*
 * Domain names in wire form, never compressed: length byte, label, ..., the
 * root label. "A name" below means 1..255 bytes in that form, not
 * NUL-terminated; "a canonical name" is in lower case besides (RFC 4034 6.2).
 * Every function trusts the form: names from strangers become names in
 * resolver/wire/reader.h, names from operators in dname_from_text. Any byte may
 * stand in a label.
 */

#define DNAME_MAX	 255u /* RFC 1035 3.1 */
#define DNAME_LABEL_MAX	 63u
#define DNAME_LABELS_MAX 128u /* with the root label */
/* Longest text: 250 bytes of label as \DDD, dots, NUL; rounded up. */
#define DNAME_TEXT_MAX 1024u

/** A name with its storage, for where one is kept or handed out. */
struct dname {
	uint8_t len; /* 1..255 */
	uint8_t bytes[DNAME_MAX];
};

/** dname_len(name): bytes of ${name}, root label included. */
size_t dname_len(const uint8_t *name);
/** dname_labels(name): labels of ${name} without the root label: 0 for the root. */
unsigned dname_labels(const uint8_t *name);
/** dname_parent(name): ${name} without its first label; the root is its own parent.
 * Borrows. */
const uint8_t *dname_parent(const uint8_t *name);
/** dname_skip(name, labels): ${name} without its first ${labels} labels (never past the
 * root). Borrows. */
const uint8_t *dname_skip(const uint8_t *name, unsigned labels);
/** dname_suffix(name, labels): the last ${labels} labels of ${name} and the root; all of
 * it when it has fewer. Borrows. */
const uint8_t *dname_suffix(const uint8_t *name, unsigned labels);

/** dname_equal(a, b): equal without regard to ASCII case. */
bool dname_equal(const uint8_t *a, const uint8_t *b);
/** dname_label_equal(a, b): the first labels of both are equal without regard to case. */
bool dname_label_equal(const uint8_t *a, const uint8_t *b);
/** dname_is_below(name, zone): ${name} is ${zone} or beneath it, without regard to case.
 */
bool dname_is_below(const uint8_t *name, const uint8_t *zone);
/** dname_is_strictly_below(name, zone): beneath and not equal. */
bool dname_is_strictly_below(const uint8_t *name, const uint8_t *zone);
/** dname_common_labels(a, b): how many labels both share, counted from the root. */
unsigned dname_common_labels(const uint8_t *a, const uint8_t *b);
/** dname_compare(a, b): canonical order (RFC 4034 6.1): <0, 0, >0. */
int dname_compare(const uint8_t *a, const uint8_t *b);

/** dname_copy(out, name): copies; returns the length. ${out} has room for DNAME_MAX
 * bytes. */
size_t dname_copy(uint8_t *out, const uint8_t *name);
/** dname_copy_lower(out, name): the same in lower case; ${out} may be ${name}. */
size_t dname_copy_lower(uint8_t *out, const uint8_t *name);
/**
 * dname_lower_bytes(out, bytes, len):
 * ${len} bytes in lower case. Serves a whole name as well as one label, since a
 * length byte is never a letter; ${out} may be ${bytes}.
 */
void dname_lower_bytes(uint8_t *out, const uint8_t *bytes, size_t len);
/** dname_set(out, name): copies ${name} with its length. */
void dname_set(struct dname *out, const uint8_t *name);
/**
 * dname_concat(out, prefix, labels, suffix):
 * The first ${labels} labels of ${prefix} followed by ${suffix}.
 * Errors: ERR_RANGE when that is longer than DNAME_MAX (a DNAME's YXDOMAIN, RFC
 * 6672 2.2).
 */
MUST_USE enum err dname_concat(uint8_t out[DNAME_MAX], const uint8_t *prefix,
    unsigned labels, const uint8_t *suffix);

/** dname_hash(key, canonical): keyed hash of a canonical name. */
uint64_t dname_hash(const struct hashkey *key, const uint8_t *canonical);

/**
 * dname_from_text(text, out):
 * Presentation form (RFC 1035 5.1: \DDD and \c escapes; a trailing dot may be
 * missing; "." is the root) to a canonical name.
 * Errors: ERR_MALFORMED (empty label, bad escape, empty text), ERR_RANGE (label or name
 * too long).
 */
MUST_USE enum err dname_from_text(const char *text, struct dname *out);
/**
 * dname_to_text(name, out):
 * Presentation form without the trailing dot ("." for the root). Dots, backslashes,
 * quotes, parentheses, ';', '@', '$' inside labels as \c, every byte outside 0x21..0x7e
 * as \DDD: safe in a terminal, a log and JSON once that escapes the backslash. Returns
 * ${out}.
 */
char *dname_to_text(const uint8_t *name, char out[DNAME_TEXT_MAX]);

#endif
