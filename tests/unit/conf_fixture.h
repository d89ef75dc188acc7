#ifndef TESTS_UNIT_CONF_FIXTURE_H
#define TESTS_UNIT_CONF_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dname.h"
#include "conf/conf.h"

/*
 * A folder of its own for each test program, which is also the working directory while it
 * runs: so the file is "sekisho.yaml" in every complaint, and lists are below ${folder}.
 */

static char folder[PATH_MAX];
static struct conf_errors errors;

static inline int
enter_folder(void **state)
{
	char template[] = "/tmp/sekisho-conf-XXXXXX";

	(void)state;
	return mkdtemp(template) == NULL || realpath(template, folder) == NULL ||
	       chdir(folder) != 0;
}

static inline int
leave_folder(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return chdir("/") != 0 || system(command) != 0;
}

static inline void
write_file(const char *name, const char *text, size_t len)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* What ${text} as sekisho.yaml becomes; fails the test with the first complaint. */
static inline struct conf *
load_good(const char *text)
{
	struct conf *c = NULL;

	write_file("sekisho.yaml", text, strlen(text));
	if (conf_load("sekisho.yaml", NULL, 0, &errors, &c) != ERR_OK)
		fail_msg("%s", errors.count > 0 ? errors.errors[0].text : "no complaint");
	assert_non_null(c);
	assert_int_equal(errors.count, 0);
	return c;
}

static inline void
load_bad(const char *text, size_t len)
{
	struct conf *c = NULL;

	write_file("sekisho.yaml", text, len);
	assert_int_not_equal(conf_load("sekisho.yaml", NULL, 0, &errors, &c), ERR_OK);
	assert_null(c);
}

/* ${text} has exactly one mistake, told as ${complaint}. */
static inline void
refuses(const char *text, const char *complaint)
{
	load_bad(text, strlen(text));
	assert_string_equal(errors.errors[0].text, complaint);
	assert_int_equal(errors.count, 1);
}

static inline struct dname
name_of(const char *text)
{
	struct dname name;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	return name;
}

static inline char *
dump_of(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	conf_dump(c, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

#endif
