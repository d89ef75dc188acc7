#include "tests/unit/conf_fixture.h"

#include <ctype.h>

#include <jansson.h>

#include "conf/schema.h"

/* The table of options itself, and what is shipped beside it. */

static char *
read_source(const char *name)
{
	char path[PATH_MAX], *text;
	FILE *f;
	long len;

	snprintf(path, sizeof(path), "%s/%s", SOURCE_DIR, name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("cannot open %s", path);
	fseek(f, 0, SEEK_END);
	len = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)len + 1);
	assert_int_equal(fread(text, 1, (size_t)len, f), len);
	fclose(f);
	return text;
}

static char *
written_by(void (*write)(FILE *))
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	write(f);
	fclose(f);
	return text;
}

static void
check_table(const struct schema_option *options)
{
	size_t rows = 0;

	for (; options->name != NULL; options++, rows++) {
		size_t doc = strlen(options->doc);

		assert_true(strlen(options->name) <= 40);
		assert_true(isupper((unsigned char)options->doc[0]) ||
			    islower((unsigned char)options->doc[0]));
		assert_int_equal(options->doc[doc - 1], '.');
		assert_null(strchr(options->doc, '\n'));
		if (options->kind == KIND_MAP || options->kind == KIND_ITEMS)
			check_table(options->options);
		else
			assert_true(options->required || options->fallback != NULL);
		if (options->kind == KIND_ITEMS)
			assert_true(options->item_bytes > 0);
		if (options->list)
			assert_true(options->list_max > 0);
	}
	assert_true(rows > 0 && rows <= SCHEMA_OPTIONS_MAX);
}

static void
every_option_has_a_sentence_and_a_default(void **state)
{
	(void)state;
	check_table(schema_root());
}

static void
the_nearest_name_allows_for_swapped_missing_and_surplus_letters(void **state)
{
	const struct schema_option *root = schema_root();

	(void)state;
	assert_string_equal(schema_nearest(root, "sevrer")->name, "server");
	assert_string_equal(schema_nearest(root, "chache")->name, "cache");
	assert_string_equal(schema_nearest(root, "zone")->name, "zones");
	assert_string_equal(schema_nearest(root, "limit")->name, "limits");
	assert_null(schema_nearest(root, "upstreams"));
	assert_null(schema_nearest(root, ""));
	assert_null(
	    schema_nearest(root, "a-name-that-is-much-longer-than-any-option-ever-was"));
}

static void
the_manual_page_holds_the_option_list(void **state)
{
	char *page = read_source("doc/man/sekisho.yaml.5"),
	     *list = written_by(conf_write_manual);
	char *begin = strstr(page, ".\\\" BEGIN OPTIONS"),
	     *end = strstr(page, ".\\\" END OPTIONS");

	(void)state;
	assert_non_null(begin);
	assert_non_null(end);
	begin = strchr(begin, '\n') + 1;
	*end = '\0';
	if (strcmp(begin, list) != 0)
		fail_msg("doc/man/sekisho.yaml.5 is out of date: make conf-doc");
	free(page);
	free(list);
}

static void
the_json_schema_is_up_to_date_and_json(void **state)
{
	char *file = read_source("doc/sekisho.schema.json"),
	     *text = written_by(conf_write_schema);
	json_error_t error;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error), *mode;

	(void)state;
	if (json == NULL)
		fail_msg("line %d: %s", error.line, error.text);
	mode = json_object_get(json_object_get(json, "properties"), "detection");
	mode = json_object_get(json_object_get(mode, "properties"), "mode");
	assert_string_equal(
	    json_string_value(json_object_get(mode, "default")), "enforce");
	assert_int_equal(json_array_size(json_object_get(mode, "enum")), 3);
	if (strcmp(file, text) != 0)
		fail_msg("doc/sekisho.schema.json is out of date: make conf-doc");
	json_decref(json);
	free(file);
	free(text);
}

static void
the_shipped_configuration_says_what_the_defaults_are(void **state)
{
	char *text = read_source("conf/sekisho.yaml"), *shipped, *defaults;
	struct conf *c = load_good(text);

	(void)state;
	shipped = dump_of(c);
	conf_unref(c);
	assert_int_equal(conf_load(NULL, NULL, 0, &errors, &c), ERR_OK);
	defaults = dump_of(c);
	conf_unref(c);
	assert_string_equal(shipped, defaults);
	free(shipped);
	free(defaults);
	free(text);
}

/* "  # key: value" becomes "  key: value": what is commented out must be understood too.
 */
static void
the_commented_lines_of_the_shipped_configuration_are_good(void **state)
{
	char *text = read_source("conf/sekisho.yaml"), *out = text, *list;
	struct conf *c;

	(void)state;
	for (char *p = strstr(text, "\nserver:") + 1, *to = out; *p != '\0';) {
		size_t len = strcspn(p, "\n") + 1, indent = strspn(p, " ");

		/* Prose begins with a capital or has no colon before its end. */
		if (p[indent] == '#' && indent > 0 &&
		    !isupper((unsigned char)p[indent + 2])) {
			memmove(to, p, indent);
			memmove(to + indent, p + indent + 2, len - indent - 2);
			to += len - 2;
		} else if (strncmp(p + indent, "data: []", 8) == 0 ||
			   strncmp(p, "zones: []", 9) == 0) {
			size_t kept = strcspn(p, "[");

			memmove(to, p, kept);
			to[kept] = '\n';
			to += kept + 1;
		} else {
			memmove(to, p, len);
			to += len;
		}
		p += len;
		*to = '\0';
		if (p[-1] == '\0')
			break;
	}
	list = read_source("conf/lists/example.list");
	assert_int_equal(system("mkdir -p lists"), 0);
	write_file("lists/example.list", list, strlen(list));
	c = load_good(text);
	assert_int_equal(c->group_count, 3);
	assert_int_equal(c->zone_count, 2);
	assert_non_null(c->local_data);
	assert_string_equal(c->user, "sekisho");
	conf_unref(c);
	free(list);
	free(text);
}

static void
the_shipped_files_are_what_is_built_in(void **state)
{
	char text[3 * PATH_MAX];
	char *file = read_source("conf/root.hints");
	struct conf *built_in = load_good(""), *c;

	(void)state;
	snprintf(text, sizeof(text),
	    "resolver: { root-hints: \"%s/conf/root.hints\" }\n"
	    "detection: { known-services: \"%s/conf/known-services.list\" }\n",
	    SOURCE_DIR, SOURCE_DIR);
	c = load_good(text);
	assert_int_equal(
	    namelist_count(c->large_budget), namelist_count(built_in->large_budget));
	for (struct rrset *a = c->root_hints, *b = built_in->root_hints;
	     a != NULL || b != NULL; a = a->next, b = b->next) {
		assert_non_null(a);
		assert_non_null(b);
		assert_true(dname_equal(a->owner, b->owner));
		assert_int_equal(a->count, b->count);
	}
	conf_unref(c);
	conf_unref(built_in);
	free(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_has_a_sentence_and_a_default),
		cmocka_unit_test(
		    the_nearest_name_allows_for_swapped_missing_and_surplus_letters),
		cmocka_unit_test(the_manual_page_holds_the_option_list),
		cmocka_unit_test(the_json_schema_is_up_to_date_and_json),
		cmocka_unit_test(the_shipped_configuration_says_what_the_defaults_are),
		cmocka_unit_test(
		    the_commented_lines_of_the_shipped_configuration_are_good),
		cmocka_unit_test(the_shipped_files_are_what_is_built_in),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
