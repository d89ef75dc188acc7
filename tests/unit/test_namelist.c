#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "conf/namelist.h"

static struct dname
name_of(const char *text)
{
	struct dname name;

	assert_int_equal(dname_from_text(text, &name), ERR_OK);
	return name;
}

static void
add(struct namelist *l, const char *text, uint32_t value, const char *file, uint32_t line)
{
	struct dname name = name_of(text);

	assert_int_equal(namelist_add(l, name.bytes, value, file, line), ERR_OK);
}

static bool
finds(const struct namelist *l, const char *text, struct namelist_hit *hit)
{
	struct dname name = name_of(text);

	return namelist_find(l, name.bytes, hit);
}

static void
a_name_covers_itself_and_all_beneath_and_nothing_else(void **state)
{
	struct namelist *l = namelist_new();
	struct namelist_hit hit;
	struct dname listed = name_of("bad.example");

	(void)state;
	add(l, "bad.example", 7, "lists/block.txt", 12);
	assert_true(finds(l, "bad.example", &hit));
	assert_memory_equal(hit.name, listed.bytes, listed.len);
	assert_int_equal(hit.labels, 2);
	assert_int_equal(hit.value, 7);
	assert_string_equal(hit.file, "lists/block.txt");
	assert_int_equal(hit.line, 12);
	assert_true(finds(l, "a.b.c.bad.example", NULL));
	assert_false(finds(l, "notbad.example", NULL));
	assert_false(finds(l, "example", NULL));
	assert_false(finds(l, "bad.example.org", NULL));
	assert_false(finds(l, ".", NULL));
	namelist_free(l);
}

static void
names_of_every_length_are_found_by_their_ends(void **state)
{
	static const char *const names[] = { "e5.sk", "ab.c", "x.y", "a.example",
		"known.service.example" };
	struct namelist *l = namelist_new();

	(void)state;
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add(l, names[i], i, "list", i);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char beneath[64];

		snprintf(beneath, sizeof(beneath), "a.b.%s", names[i]);
		assert_true(finds(l, names[i], NULL));
		assert_true(finds(l, beneath, NULL));
	}
	assert_false(finds(l, "e6.sk", NULL));
	assert_false(finds(l, "sk", NULL));
	assert_false(finds(l, "b.example", NULL));
	assert_false(finds(l, ".", NULL));
	namelist_free(l);
}

static void
the_deepest_name_wins_and_the_first_of_equals_is_kept(void **state)
{
	struct namelist *l = namelist_new();
	struct namelist_hit hit;

	(void)state;
	add(l, "example", 1, "", 3);
	add(l, "b.example", 2, "one", 4);
	add(l, "b.example", 3, "two", 5);
	assert_int_equal(namelist_count(l), 2);
	assert_true(finds(l, "a.b.example", &hit));
	assert_int_equal(hit.value, 2);
	assert_string_equal(hit.file, "one");
	assert_true(finds(l, "c.example", &hit));
	assert_int_equal(hit.value, 1);
	assert_string_equal(hit.file, "");
	namelist_free(l);
}

static void
the_root_covers_everything(void **state)
{
	struct namelist *l = namelist_new();
	struct namelist_hit hit;

	(void)state;
	assert_false(finds(l, "a.example", NULL));
	add(l, ".", 1, "", 0);
	assert_true(finds(l, "a.example", &hit));
	assert_int_equal(hit.labels, 0);
	assert_true(finds(l, ".", NULL));
	namelist_free(l);
}

static void
a_name_of_127_labels_is_found_below_one_of_126(void **state)
{
	struct namelist *l = namelist_new();
	struct namelist_hit hit;
	uint8_t deep[DNAME_MAX];

	(void)state;
	for (size_t i = 0; i < DNAME_MAX - 1; i += 2) {
		deep[i] = 1;
		deep[i + 1] = 'a';
	}
	deep[DNAME_MAX - 1] = 0;
	assert_int_equal(namelist_add(l, deep + 2, 1, "", 0), ERR_OK);
	assert_true(namelist_find(l, deep, &hit));
	assert_int_equal(hit.labels, 126);
	assert_false(namelist_find(l, deep + 4, &hit));
	namelist_free(l);
}

static void
many_names_cost_at_most_45_bytes_each_beside_themselves(void **state)
{
	enum { COUNT = 100000 };
	struct namelist *l = namelist_new();
	struct namelist_hit hit;
	size_t name_bytes = 0;
	char text[64];

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "host%u.zone%u.example", i, i % 1000);
		add(l, text, i, i < COUNT / 2 ? "one" : "two", i + 1);
		name_bytes += name_of(text).len;
	}
	assert_int_equal(namelist_count(l), COUNT);
	assert_true(namelist_bytes(l) < name_bytes + name_bytes / 4 + (size_t)45 * COUNT);
	for (uint32_t i = 0; i < COUNT; i += 97) {
		snprintf(text, sizeof(text), "x.host%u.zone%u.example", i, i % 1000);
		assert_true(finds(l, text, &hit));
		assert_int_equal(hit.value, i);
		assert_int_equal(hit.line, i + 1);
		assert_string_equal(hit.file, i < COUNT / 2 ? "one" : "two");
		snprintf(text, sizeof(text), "host%u.zone%u.example", i, i % 1000 + 1);
		assert_false(finds(l, text, NULL));
	}
	namelist_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_covers_itself_and_all_beneath_and_nothing_else),
		cmocka_unit_test(names_of_every_length_are_found_by_their_ends),
		cmocka_unit_test(the_deepest_name_wins_and_the_first_of_equals_is_kept),
		cmocka_unit_test(the_root_covers_everything),
		cmocka_unit_test(a_name_of_127_labels_is_found_below_one_of_126),
		cmocka_unit_test(many_names_cost_at_most_45_bytes_each_beside_themselves),
	};

	namelist_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
