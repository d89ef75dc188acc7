#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/build.h"
#include "conf/conf.h"
#include "conf/dump.h"
#include "conf/listfile.h"
#include "conf/load.h"

/*
 * The first byte says what the rest is: 'y' a configuration, 'o' an override, 'l' a list
 * of names, 'f' a list of factors; anything else is nothing. Whatever it is, there is
 * either no complaint, or a complaint without control characters; and a configuration
 * that is taken dumps to one that loads to the same dump.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct conf_errors errors;

static void
check_complaints(void)
{
	for (size_t i = 0; i < errors.count && i < CONF_ERRORS_MAX; i++) {
		const char *p = errors.errors[i].text;

		CHECK(*p != '\0');
		for (; *p != '\0'; p++)
			CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}

static char *
dump_of(const struct whole *w, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	CHECK(f != NULL);
	dump_whole(w, f);
	CHECK(fclose(f) == 0);
	return text;
}

/* The configuration in ${text}, a file or an override, as a dump; NULL if it is refused.
 */
static char *
load(const char *text, size_t len, bool is_override, size_t *dump_len)
{
	char *dump = NULL;
	struct load l;

	CHECK(load_init(&l, "/nonexistent", &errors));
	l.whole->conf.file = "";
	load_defaults(&l);
	CHECK(errors.count == 0);
	if (is_override)
		load_override(&l, text);
	if (is_override || load_text(&l, "fuzz.yaml", text, len))
		build_whole(&l);
	CHECK(!l.report.nomem);
	report_sort(&l.report);
	check_complaints();
	if (errors.count == 0)
		dump = dump_of(l.whole, dump_len);
	whole_free(l.whole);
	load_fini(&l);
	return dump;
}

static void
check_configuration(const char *text, size_t len, bool is_override)
{
	size_t first_len, second_len;
	char *first = load(text, len, is_override, &first_len), *second;

	if (first == NULL)
		return;
	second = load(first, first_len, false, &second_len);
	CHECK(second != NULL && first_len == second_len);
	CHECK(memcmp(first, second, first_len) == 0);
	free(first);
	free(second);
}

static void
check_list(const char *text, size_t len, enum listfile_format format)
{
	static const struct report_source source = { .name = "fuzz.list", .lines = true };
	struct namelist *list = namelist_new();
	struct report report;
	size_t lines = 1;

	CHECK(list != NULL);
	report_init(&report, &errors);
	CHECK(listfile_parse(text, len, &source, format, &report, list));
	check_complaints();
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	CHECK(format == LISTFILE_NAMES || namelist_count(list) <= lines);
	namelist_free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text;

	if (len == 0 || strchr("yolf", bytes[0]) == NULL || bytes[0] == '\0')
		return 0;
	text = malloc(len);
	CHECK(text != NULL);
	memcpy(text, bytes + 1, len - 1);
	text[len - 1] = '\0';
	if (bytes[0] == 'y' || bytes[0] == 'o')
		check_configuration(text, len - 1, bytes[0] == 'o');
	else
		check_list(
		    text, len - 1, bytes[0] == 'l' ? LISTFILE_NAMES : LISTFILE_FACTORS);
	free(text);
	return 0;
}
