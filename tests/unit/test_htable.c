#include "tests/unit/bytes.h"

#include "base/htable.h"

struct owner {
	unsigned number;
	struct htable_node node;
};

static void
nodes_are_found_by_their_exact_hash(void **state)
{
	/* 1, 17 and 33 share a bucket of a small table. */
	struct owner owners[] = { { .number = 1 }, { .number = 2 }, { .number = 3 },
		{ .number = 4 } };
	static const uint64_t hashes[] = { 1, 17, 33, 17 };
	struct htable *t = htable_new(10);
	struct htable_node *n;
	unsigned sum = 0;

	(void)state;
	for (unsigned i = 0; i < COUNT(owners); i++)
		assert_true(htable_insert(t, &owners[i].node, hashes[i]));
	assert_int_equal(htable_count(t), 4);
	n = htable_first(t, 33);
	assert_int_equal(HTABLE_OWNER(n, struct owner, node)->number, 3);
	assert_null(htable_next(n));
	for (n = htable_first(t, 17); n != NULL; n = htable_next(n))
		sum += HTABLE_OWNER(n, struct owner, node)->number;
	assert_int_equal(sum, 2 + 4);
	assert_null(htable_first(t, 49));
	htable_free(t);
}

static void
a_full_table_refuses_and_a_removal_makes_room(void **state)
{
	struct owner owners[4] = { 0 };
	struct htable *t = htable_new(3);

	(void)state;
	assert_int_equal(htable_max(t), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(htable_insert(t, &owners[i].node, i * 8));
	assert_false(htable_insert(t, &owners[3].node, 5));
	assert_null(htable_first(t, 5));
	/* One that is not in: nothing happens. */
	htable_remove(t, &owners[3].node);
	assert_int_equal(htable_count(t), 3);
	htable_remove(t, &owners[1].node);
	htable_remove(t, &owners[1].node);
	assert_int_equal(htable_count(t), 2);
	assert_null(htable_first(t, 8));
	assert_non_null(htable_first(t, 0));
	assert_non_null(htable_first(t, 16));
	assert_true(htable_insert(t, &owners[3].node, 5));
	htable_free(t);
	htable_free(NULL);
}

static struct htable *visited;
static unsigned visits;

static void
remove_odd(struct htable_node *node, void *ctx)
{
	assert_ptr_equal(ctx, &visits);
	visits++;
	if (HTABLE_OWNER(node, struct owner, node)->number % 2 == 1)
		htable_remove(visited, node);
}

static void
each_visits_all_and_may_remove_the_visited(void **state)
{
	struct owner owners[100];

	(void)state;
	visited = htable_new(100);
	for (unsigned i = 0; i < 100; i++) {
		owners[i].number = i;
		assert_true(htable_insert(visited, &owners[i].node, i / 3));
	}
	htable_each(visited, remove_odd, &visits);
	assert_int_equal(visits, 100);
	assert_int_equal(htable_count(visited), 50);
	htable_each(visited, remove_odd, &visits);
	assert_int_equal(visits, 150);
	htable_free(visited);
}

static void
a_table_of_nothing_holds_nothing(void **state)
{
	struct owner o = { 0 };
	struct htable *t = htable_new(0);

	(void)state;
	assert_false(htable_insert(t, &o.node, 1));
	assert_null(htable_first(t, 1));
	htable_free(t);
	assert_null(htable_new(SIZE_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_found_by_their_exact_hash),
		cmocka_unit_test(a_full_table_refuses_and_a_removal_makes_room),
		cmocka_unit_test(each_visits_all_and_may_remove_the_visited),
		cmocka_unit_test(a_table_of_nothing_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
