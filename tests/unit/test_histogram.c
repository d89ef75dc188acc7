#include "tests/unit/bytes.h"

#include "base/histogram.h"

static void
each_figure_is_counted_in_the_place_of_its_power_of_two(void **state)
{
	struct histogram h = { { 0 } };
	static const struct {
		uint64_t value;
		unsigned place;
	} rows[] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 2 }, { 4, 3 }, { 7, 3 }, { 8, 4 },
		{ 100, 7 }, { 131071, 17 }, { 131072, 18 } };

	(void)state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		uint64_t before = h.places[rows[i].place];

		histogram_add(&h, rows[i].value);
		assert_int_equal(h.places[rows[i].place], before + 1);
		assert_in_range(
		    rows[i].value, histogram_least(rows[i].place), UINT64_MAX);
	}
}

static void
what_is_larger_than_all_places_is_counted_in_the_last(void **state)
{
	struct histogram h = { { 0 } };

	(void)state;
	histogram_add(&h, histogram_least(HISTOGRAM_PLACES - 1));
	histogram_add(&h, histogram_least(HISTOGRAM_PLACES - 1) * 4);
	histogram_add(&h, UINT64_MAX);
	assert_int_equal(h.places[HISTOGRAM_PLACES - 1], 3);
}

static void
merged_ones_count_what_both_did(void **state)
{
	struct histogram a = { { 1, 2, 3 } }, b = { { 10, 0, 5 } };

	(void)state;
	histogram_merge(&a, &b);
	assert_int_equal(a.places[0], 11);
	assert_int_equal(a.places[1], 2);
	assert_int_equal(a.places[2], 8);
	assert_int_equal(b.places[2], 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_figure_is_counted_in_the_place_of_its_power_of_two),
		cmocka_unit_test(what_is_larger_than_all_places_is_counted_in_the_last),
		cmocka_unit_test(merged_ones_count_what_both_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
