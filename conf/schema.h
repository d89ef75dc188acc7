#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of all options: the one place that knows their names, kinds, defaults,
 * ranges and meaning. Parser, defaults, mistakes' texts, overrides, dump, manual page and
 * JSON Schema are all walks over it, so that none of them can forget an option.
 *
 * A table ends with a row whose name is NULL. A row of KIND_MAP opens a section whose
 * fields lie in the same struct; a row of KIND_ITEMS a list of structs of their own.
 */

enum schema_kind {
	KIND_BOOL,
	KIND_UINT8,
	KIND_UINT16,
	KIND_UINT32,
	KIND_SIZE,	   /* size_t; bytes, written with K, M, G */
	KIND_SECONDS,	   /* uint32_t; written with s, m, h, d */
	KIND_MILLISECONDS, /* uint32_t; the same and ms */
	KIND_ENUM,	   /* uint8_t: the index in ${words} */
	KIND_WORD,	   /* const char *: one of ${words} */
	KIND_TEXT,    /* const char *; ${min}..${max} bytes without control characters */
	KIND_PATH,    /* const char *; made absolute, but for ${words} */
	KIND_HOST,    /* struct addr without a port */
	KIND_ADDRESS, /* struct addr; port 53 when none is written */
	KIND_PREFIX,  /* struct prefix */
	KIND_NAME,    /* const uint8_t *: a canonical name */
	KIND_DATE,    /* int64_t: seconds since 1970; ${special}: 0 */
	KIND_TYPES,   /* struct conf_type_rule without its policy: a type or a range */
	KIND_MAP,
	KIND_ITEMS
};

struct schema_option {
	const char *name; /* as written, with hyphens */
	const char *doc;  /* a sentence or more, plain text without markup */
	uint8_t kind;	  /* enum schema_kind */
	bool list; /* a list of them: pointer at ${offset}, size_t at ${count_offset} */
	bool restart;	      /* a reload cannot change it */
	bool required;	      /* in an item: must be written */
	const char *fallback; /* its default as YAML; NULL: the section's or none */
	size_t offset, count_offset;
	/* Of a number, of bytes, of a duration's ms, of a text's length, of a host's
	 * family. */
	uint64_t min, max;
	size_t list_min, list_max; /* entries of a list or items */
	const char *const *words;  /* ends with NULL */
	const char *special;	   /* a word that may stand for a number or address ... */
	uint64_t special_value;	   /* ... and the number it stands for */
	const struct schema_option *options; /* map, items: their rows */
	const char *shorthand; /* items: the row that a single value stands for */
	size_t
	    item_bytes; /* items: their struct, which begins with a struct report_mark */
};

#define SCHEMA_OPTIONS_MAX 64u /* rows of one table; a test holds every table to it */

/** schema_root(): the table of the sections; their fields lie in a struct whole
 * (conf/whole.h). */
const struct schema_option *schema_root(void);
/** schema_find(options, name): the row named ${name}; NULL. */
const struct schema_option *schema_find(
    const struct schema_option *options, const char *name);
/** schema_nearest(options, name): the row whose name differs least from ${name}; NULL
 * when none is near. */
const struct schema_option *schema_nearest(
    const struct schema_option *options, const char *name);
/** schema_home(name): the section at the root that has an option ${name}; NULL. */
const struct schema_option *schema_home(const char *name);

#endif
