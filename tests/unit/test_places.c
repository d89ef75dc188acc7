#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resolver/net/places.h"

static struct addr
host(const char *text)
{
	struct addr a;

	assert_int_equal(addr_from_text(text, 0, &a), ERR_OK);
	return a;
}

static void
a_host_has_its_places_and_others_have_theirs(void **state)
{
	struct places *p = places_new();
	struct addr one = host("192.0.2.1"), other = host("2001:db8::");

	(void)state;
	assert_non_null(p);
	assert_int_equal(places_take(p, &one, 10, 2), PLACES_TAKEN);
	assert_int_equal(places_take(p, &one, 10, 2), PLACES_TAKEN);
	assert_int_equal(places_take(p, &one, 10, 2), PLACES_HOST_FULL);
	assert_int_equal(places_take(p, &other, 10, 2), PLACES_TAKEN);
	assert_int_equal(places_open(p), 3);
	places_leave(p, &one);
	assert_int_equal(places_take(p, &one, 10, 2), PLACES_TAKEN);
	places_free(p);
}

static void
all_hosts_together_have_so_many_places(void **state)
{
	struct places *p = places_new();
	struct addr one = host("192.0.2.1"), other = host("192.0.2.2");

	(void)state;
	assert_non_null(p);
	assert_int_equal(places_take(p, &one, 1, 5), PLACES_TAKEN);
	assert_int_equal(places_take(p, &other, 1, 5), PLACES_FULL);
	places_leave(p, &one);
	assert_int_equal(places_open(p), 0);
	assert_int_equal(places_take(p, &other, 1, 5), PLACES_TAKEN);
	assert_int_equal(places_take(p, &one, 0, 0), PLACES_FULL);
	places_free(p);
}

static void
there_are_never_more_than_descriptors_for_them(void **state)
{
	struct places *p = places_new();
	struct addr one = host("192.0.2.1");

	(void)state;
	places_bound(p, 1);
	assert_int_equal(places_max(p, 10), 1);
	assert_int_equal(places_take(p, &one, 10, 10), PLACES_TAKEN);
	assert_int_equal(places_take(p, &one, 10, 10), PLACES_FULL);
	places_leave(p, &one);
	assert_int_equal(places_take(p, &one, 0, 10), PLACES_FULL);
	assert_int_equal(places_take(p, &one, 1, 10), PLACES_TAKEN);
	places_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_has_its_places_and_others_have_theirs),
		cmocka_unit_test(all_hosts_together_have_so_many_places),
		cmocka_unit_test(there_are_never_more_than_descriptors_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
