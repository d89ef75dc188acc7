#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "base/rrset.h"

static void
a_set_of_one_owns_copies(void **state)
{
	struct arena *a = arena_new(4096);
	uint8_t owner[] = "\3www\4test", rdata[] = { 192, 0, 2, 1 };
	struct rrset *set = rrset_new_one(a, owner, TYPE_A, 300, rdata, sizeof(rdata));

	(void)state;
	memset(owner, 'x', sizeof(owner));
	memset(rdata, 'x', sizeof(rdata));
	assert_true(dname_equal(set->owner, NAME("\3www\4test")));
	assert_int_equal(set->type, TYPE_A);
	assert_int_equal(set->class, CLASS_IN);
	assert_int_equal(set->ttl_sec, 300);
	assert_int_equal(set->count, 1);
	assert_int_equal(set->sig_count, 0);
	assert_bytes(set->rdata[0].bytes, set->rdata[0].len, "\300\0\2\1");
	assert_null(set->next);
	arena_free(a);
}

static struct rrset *
signed_set(struct arena *a)
{
	static struct rdata rdata[] = { { 4, NAME("\1\2\3\4") }, { 0, NULL },
		{ 2, NAME("ab") } };
	static struct rdata sigs[] = { { 3, NAME("sig") } };
	struct rrset *set = rrset_new_one(a, NAME("\1x"), TYPE_TXT, 5, "", 0);

	set->trust = TRUST_ANSWER_AA;
	set->security = SECURITY_SECURE;
	set->rdata = rdata;
	set->count = COUNT(rdata);
	set->sigs = sigs;
	set->sig_count = COUNT(sigs);
	set->next = set;
	return set;
}

static void
a_copy_is_deep_and_alone(void **state)
{
	struct arena *one = arena_new(4096), *two = arena_new(4096);
	struct rrset *set = signed_set(one), *copy = rrset_copy(two, set);

	(void)state;
	assert_ptr_not_equal(copy->rdata, set->rdata);
	arena_free(one);
	assert_null(copy->next);
	assert_int_equal(copy->count, 3);
	assert_bytes(copy->rdata[0].bytes, copy->rdata[0].len, "\1\2\3\4");
	assert_int_equal(copy->rdata[1].len, 0);
	assert_non_null(copy->rdata[1].bytes);
	assert_bytes(copy->rdata[2].bytes, copy->rdata[2].len, "ab");
	assert_int_equal(copy->sig_count, 1);
	assert_bytes(copy->sigs[0].bytes, copy->sigs[0].len, "sig");
	assert_int_equal(copy->trust, TRUST_ANSWER_AA);
	assert_int_equal(copy->security, SECURITY_SECURE);
	assert_int_equal(rrset_rdata_bytes(copy), 6);
	arena_free(two);
}

static void
a_copy_stops_at_the_arenas_limit_wherever_that_is(void **state)
{
	struct arena *from = arena_new(4096), *to;
	struct rrset *set = signed_set(from);
	size_t needed;

	(void)state;
	to = arena_new(4096);
	assert_non_null(rrset_copy(to, set));
	needed = arena_used(to);
	arena_free(to);
	for (size_t limit = 0; limit <= needed; limit += 16) {
		to = arena_new(limit);
		assert_int_equal(rrset_copy(to, set) != NULL, limit == needed);
		arena_free(to);
	}
	arena_free(from);
}

static void
a_list_is_appended_to_and_searched(void **state)
{
	struct arena *a = arena_new(4096);
	struct rrset *list = NULL,
		     *one = rrset_new_one(a, NAME("\1a"), TYPE_A, 1, "abcd", 4);
	struct rrset *two = rrset_new_one(a, NAME("\1a"), TYPE_TXT, 1, "\0", 1);
	struct rrset *three = rrset_new_one(a, NAME("\1b"), TYPE_A, 1, "efgh", 4);

	(void)state;
	rrset_append(&list, one);
	rrset_append(&list, two);
	rrset_append(&list, three);
	assert_ptr_equal(list, one);
	assert_ptr_equal(list->next->next, three);
	assert_ptr_equal(rrset_find(list, NAME("\1A"), TYPE_TXT), two);
	assert_ptr_equal(rrset_find(list, NAME("\1b"), TYPE_A), three);
	assert_null(rrset_find(list, NAME("\1b"), TYPE_TXT));
	assert_null(rrset_find(NULL, NAME("\1b"), TYPE_TXT));
	arena_free(a);
}

static void
sets_of_one_name_and_other_data_are_not_the_same(void **state)
{
	struct arena *a = arena_new(4096);
	struct rrset *list = NULL,
		     *one = rrset_new_one(a, NAME("\1a"), TYPE_NSEC, 1, "abcd", 4);
	struct rrset *two = rrset_new_one(a, NAME("\1a"), TYPE_NSEC, 1, "abce", 4);
	struct rrset *longer = rrset_new_one(a, NAME("\1a"), TYPE_NSEC, 1, "abcde", 5);
	struct rrset *other = rrset_new_one(a, NAME("\1b"), TYPE_NSEC, 1, "abcd", 4);
	struct rrset *more = rrset_copy(a, one);

	(void)state;
	more->count = 2;
	rrset_append(&list, one);
	rrset_append(&list, two);
	assert_ptr_equal(rrset_find_same(list, rrset_copy(a, one)), one);
	assert_ptr_equal(rrset_find_same(list, rrset_copy(a, two)), two);
	assert_null(rrset_find_same(list, longer));
	assert_null(rrset_find_same(list, other));
	assert_null(rrset_find_same(list, more));
	assert_null(rrset_find_same(NULL, one));
	arena_free(a);
}

static void
the_soa_minimum_is_its_last_field(void **state)
{
	static const char soa[] =
	    "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\1\121\200";
	struct arena *a = arena_new(4096);

	(void)state;
	assert_int_equal(rrset_soa_minimum(rrset_new_one(
			     a, NAME(""), TYPE_SOA, 1, soa, sizeof(soa) - 1)),
	    86400);
	assert_int_equal(
	    rrset_soa_minimum(rrset_new_one(a, NAME(""), TYPE_SOA, 1, soa, 21)), 0);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_of_one_owns_copies),
		cmocka_unit_test(a_copy_is_deep_and_alone),
		cmocka_unit_test(a_copy_stops_at_the_arenas_limit_wherever_that_is),
		cmocka_unit_test(a_list_is_appended_to_and_searched),
		cmocka_unit_test(sets_of_one_name_and_other_data_are_not_the_same),
		cmocka_unit_test(the_soa_minimum_is_its_last_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
