#include "tests/unit/arena_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/iter/deleg.h"

/* An NS set of ${count} servers "ns<i>.<parent>". */
static struct rrset *
ns_set(const char *zone, unsigned count, const char *parent)
{
	struct rrset *set = rrset_new_one(arena, name(zone), TYPE_NS, 3600, "", 1);
	struct rdata *rdata = arena_alloc(arena, count * sizeof(*rdata));
	char text[100];

	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "ns%u.%s", i, parent);
		rdata[i].bytes = name(text);
		rdata[i].len = (uint16_t)dname_len(rdata[i].bytes);
	}
	set->rdata = rdata;
	set->count = (uint16_t)count;
	return set;
}

static struct rrset *
address_set(const char *owner, uint8_t last, unsigned count)
{
	uint8_t bytes[] = { 192, 0, 2, last };
	struct rrset *set = rrset_new_one(arena, name(owner), TYPE_A, 3600, bytes, 4);
	struct rdata *rdata = arena_alloc(arena, count * sizeof(*rdata));

	for (unsigned i = 0; i < count; i++) {
		rdata[i].len = 4;
		bytes[3] = (uint8_t)(last + i);
		rdata[i].bytes = arena_copy(arena, bytes, 4);
	}
	set->rdata = rdata;
	set->count = (uint16_t)count;
	return set;
}

static void
glue_goes_to_the_server_it_is_of(void **state)
{
	struct rrset *ns = ns_set("example.com", 2, "example.com"), *glue = NULL;
	struct delegation *d;

	(void)state;
	rrset_append(&glue, address_set("ns1.example.com", 9, 1));
	rrset_append(&glue, address_set("other.example.com", 66, 1));
	d = deleg_build(arena, ns, glue, NULL, name("com"));
	assert_non_null(d);
	assert_true(dname_equal(d->zone, name("example.com")));
	assert_int_equal(d->ttl_sec, 3600);
	assert_int_equal(d->server_count, 2);
	assert_int_equal(d->servers[0].addr_count, 0);
	assert_int_equal(d->servers[1].addr_count, 1);
	assert_int_equal(d->servers[1].addrs[0].bytes[3], 9);
	assert_int_equal(d->servers[1].addrs[0].port, 53);
}

static void
glue_outside_the_bailiwick_is_none(void **state)
{
	struct rrset *ns = ns_set("example.com", 1, "hoster.net");
	struct rrset *glue = address_set("ns0.hoster.net", 9, 1);

	(void)state;
	assert_int_equal(
	    deleg_build(arena, ns, glue, NULL, name("com"))->servers[0].addr_count, 0);
	assert_int_equal(
	    deleg_build(arena, ns, glue, NULL, NULL)->servers[0].addr_count, 1);
}

static void
the_second_list_only_fills_gaps(void **state)
{
	struct rrset *ns = ns_set(".", 2, "root"), *hints = NULL;
	struct delegation *d;

	(void)state;
	rrset_append(&hints, address_set("ns0.root", 100, 1));
	rrset_append(&hints, address_set("ns1.root", 101, 1));
	d = deleg_build(arena, ns, address_set("ns0.root", 1, 1), hints, name("."));
	assert_int_equal(d->servers[0].addr_count, 1);
	assert_int_equal(d->servers[0].addrs[0].bytes[3], 1);
	assert_int_equal(d->servers[1].addr_count, 1);
	assert_int_equal(d->servers[1].addrs[0].bytes[3], 101);
}

static void
names_and_addresses_are_bounded(void **state)
{
	struct rrset *ns = ns_set("example.com", 60, "example.com"), *glue = NULL;
	struct delegation *d;
	unsigned total = 0;
	char text[100];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), "ns%u.example.com", i);
		rrset_append(&glue, address_set(text, 1, 50));
	}
	d = deleg_build(arena, ns, glue, NULL, NULL);
	assert_int_equal(d->server_count, DELEGATION_NS_MAX);
	assert_int_equal(d->servers[0].addr_count, 6);
	for (unsigned i = 0; i < d->server_count; i++)
		total += d->servers[i].addr_count;
	assert_int_equal(total, DELEGATION_ADDRS_MAX);
}

static void
the_same_server_in_another_case_counts_once(void **state)
{
	struct rrset *ns = ns_set("example.com", 2, "example.com");
	uint8_t upper[] = { 3, 'N', 'S', '0', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3,
		'C', 'O', 'M', 0 };

	(void)state;
	ns->rdata[1].bytes = upper;
	ns->rdata[1].len = sizeof(upper);
	assert_int_equal(deleg_build(arena, ns, NULL, NULL, NULL)->server_count, 1);
}

static void
the_first_address_to_end_ends_all(void **state)
{
	struct rrset *ns = ns_set("example.com", 2, "example.com"), *glue = NULL;
	struct rrset *other = address_set("other.example.com", 66, 1);

	(void)state;
	other->ttl_sec = 1;
	rrset_append(&glue, address_set("ns0.example.com", 9, 1));
	rrset_append(&glue, address_set("ns1.example.com", 10, 1));
	glue->next->ttl_sec = 60;
	rrset_append(&glue, other);
	assert_int_equal(deleg_build(arena, ns, glue, NULL, NULL)->ttl_sec, 60);
}

static void
a_full_arena_gives_nothing(void **state)
{
	struct arena *small = arena_new(256);
	struct rrset *ns = ns_set("example.com", 13, "example.com");

	(void)state;
	assert_null(deleg_build(small, ns, NULL, NULL, NULL));
	arena_free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glue_goes_to_the_server_it_is_of),
		cmocka_unit_test(glue_outside_the_bailiwick_is_none),
		cmocka_unit_test(the_second_list_only_fills_gaps),
		cmocka_unit_test(names_and_addresses_are_bounded),
		cmocka_unit_test(the_same_server_in_another_case_counts_once),
		cmocka_unit_test(the_first_address_to_end_ends_all),
		cmocka_unit_test(a_full_arena_gives_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
