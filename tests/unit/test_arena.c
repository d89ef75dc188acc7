#include "tests/unit/bytes.h"

#include <string.h>

#include "base/arena.h"

static void
pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t *pieces[200];

	(void)state;
	for (unsigned i = 0; i < COUNT(pieces); i++) {
		pieces[i] = arena_alloc(a, i);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (unsigned k = 0; k < i; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)i, i);
	}
	for (unsigned i = 1; i < COUNT(pieces); i++) {
		assert_int_equal(pieces[i][0], i);
		assert_int_equal(pieces[i][i - 1], i);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
nothing_is_handed_out_beyond_the_limit(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_null(arena_alloc(a, 1001));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 7));
	assert_int_equal(arena_used(a), 0);
	assert_non_null(arena_alloc(a, 500));
	assert_int_equal(arena_used(a), 512);
	assert_null(arena_alloc(a, 496));
	assert_non_null(arena_alloc(a, 480));
	assert_int_equal(arena_used(a), 992);
	assert_null(arena_alloc(a, 1));
	arena_free(a);
}

static void
a_piece_larger_than_a_chunk_is_served(void **state)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t *small = arena_alloc(a, 10), *large = arena_alloc(a, 500000),
		*after = arena_alloc(a, 10);

	(void)state;
	assert_non_null(small);
	assert_non_null(large);
	assert_non_null(after);
	large[0] = large[499999] = 1;
	arena_free(a);
}

static void
a_reset_gives_everything_back(void **state)
{
	struct arena *a = arena_new(100000);
	uint8_t *first = arena_alloc(a, 100);

	(void)state;
	memset(first, 0xff, 100);
	while (arena_alloc(a, 5000) != NULL)
		continue;
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	/* The first chunk serves again, and what comes from it is zeroed again. */
	assert_ptr_equal(arena_alloc(a, 100), first);
	assert_int_equal(first[0] | first[99], 0);
	assert_non_null(arena_alloc(a, 90000));
	arena_free(a);
}

static void
copies_are_copies(void **state)
{
	struct arena *a = arena_new(64);
	char text[] = "text", *copy = arena_copy(a, text, sizeof(text));

	(void)state;
	text[0] = 'n';
	assert_string_equal(copy, "text");
	assert_non_null(arena_copy(a, NULL, 0));
	assert_null(arena_copy(a, text, 64));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(nothing_is_handed_out_beyond_the_limit),
		cmocka_unit_test(a_piece_larger_than_a_chunk_is_served),
		cmocka_unit_test(a_reset_gives_everything_back),
		cmocka_unit_test(copies_are_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
