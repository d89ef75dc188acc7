#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/os/rng.h"

static int
setup(void **state)
{
	*state = rng_new();
	return *state == NULL;
}

static int
teardown(void **state)
{
	rng_free(*state);
	return 0;
}

static double
chi_square(const uint32_t *count, size_t cells, double expected)
{
	double sum = 0;

	for (size_t i = 0; i < cells; i++)
		sum += (count[i] - expected) * (count[i] - expected) / expected;
	return sum;
}

/* 255 degrees of freedom: mean 255, deviation 22.6; the bounds are 6 deviations away,
 * both ways: too even is no chance either. */
static void
all_bytes_are_equally_likely(void **state)
{
	enum { COUNT = 1 << 20 };
	uint8_t *bytes = malloc(COUNT);
	uint32_t count[256] = { 0 };

	rng_bytes(*state, bytes, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		count[bytes[i]]++;
	double x = chi_square(count, 256, COUNT / 256.0);
	assert_true(x > 120 && x < 391);
	free(bytes);
}

static void
numbers_below_a_bound_are_equally_likely(void **state)
{
	enum { COUNT = 300000, BELOW = 201 };
	uint32_t count[BELOW] = { 0 };

	for (int i = 0; i < COUNT; i++) {
		uint32_t v = rng_below(*state, BELOW);
		assert_true(v < BELOW);
		count[v]++;
	}
	double x = chi_square(count, BELOW, COUNT / (double)BELOW);
	assert_true(x > 80 && x < 320); /* 200 degrees of freedom, deviation 20 */
}

/* With 3 * 2^30 the product's plain upper half would favour some results by half as much
 * again. */
static void
a_large_bound_has_no_bias(void **state)
{
	enum { COUNT = 300000 };
	const uint32_t below = UINT32_C(3) << 30;
	uint32_t count[3] = { 0 };

	for (int i = 0; i < COUNT; i++) {
		uint32_t v = rng_below(*state, below);
		assert_true(v < below);
		count[v % 3]++;
	}
	assert_true(chi_square(count, 3, COUNT / 3.0) < 40);
}

static void
below_one_is_always_zero(void **state)
{
	for (int i = 0; i < 100; i++)
		assert_int_equal(rng_below(*state, 1), 0);
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return x < y ? -1 : x > y;
}

/* Pieces of all sizes, across many refills: eight bytes come twice only by a fault. */
static void
nothing_is_handed_out_twice(void **state)
{
	enum { COUNT = 20000 };
	uint64_t *seen = malloc(COUNT * sizeof(*seen));
	uint8_t odd[13];

	for (size_t i = 0; i < COUNT; i++) {
		rng_fill(*state, &seen[i], sizeof(seen[i]));
		rng_bytes(*state, odd, i % sizeof(odd));
	}
	qsort(seen, COUNT, sizeof(*seen), compare_u64);
	for (size_t i = 1; i < COUNT; i++)
		assert_true(seen[i] != seen[i - 1]);
	free(seen);
}

static void
a_child_does_not_get_what_its_parent_gets(void **state)
{
	uint64_t mine[4], childs[4] = { 0 };
	int fds[2], status;

	assert_int_equal(
	    rng_u32(*state) == 0 && rng_u32(*state) == 0, 0); /* the buffer is filled */
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		rng_bytes(*state, childs, sizeof(childs));
		_exit(write(fds[1], childs, sizeof(childs)) == (ssize_t)sizeof(childs)
			  ? 0
			  : 1);
	}
	assert_true(pid > 0);
	rng_bytes(*state, mine, sizeof(mine));
	assert_int_equal(read(fds[0], childs, sizeof(childs)), (ssize_t)sizeof(childs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_memory_not_equal(mine, childs, sizeof(mine));
	for (int i = 0; i < 4; i++)
		assert_true(childs[i] != 0);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(all_bytes_are_equally_likely),
		TEST(numbers_below_a_bound_are_equally_likely),
		TEST(a_large_bound_has_no_bias),
		TEST(below_one_is_always_zero),
		TEST(nothing_is_handed_out_twice),
		TEST(a_child_does_not_get_what_its_parent_gets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
