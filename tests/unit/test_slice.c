#include "tests/unit/dnssec_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "resolver/dnssec/denial.h"
#include "resolver/dnssec/keys.h"

/* Work in slices: what one question may hold a worker up, and what it may cost in all. */

static const struct hashkey key = { 7, 8 };

/* ${count} signatures, of which the last bytes are changed, each in another way. */
static void
spoil(struct fixture *f, struct rrset *set, unsigned count, unsigned salt)
{
	struct rdata honest = set->sigs[0];

	for (unsigned i = 0; i < count; i++) {
		set->sigs[i] = rdata_again(f, &honest);
		bytes_of(&set->sigs[i])[honest.len - 1] ^= (uint8_t)(i + 1);
		bytes_of(&set->sigs[i])[honest.len - 2] ^= (uint8_t)salt;
	}
	set->sig_count = (uint16_t)count;
}

/* As a question has it. */
static struct dnssec_budget
question_budget(struct arena *arena)
{
	return (struct dnssec_budget){ .verifications = 32,
		.hashes = 128,
		.slice_max = DNSSEC_SLICE,
		.memo = dnssec_memo_new(arena, &key) };
}

static enum dnssec_reason
check(struct fixture *f, const struct rrset *set)
{
	arena_reset(f->scratch);
	return dnssec_check(set, f->keys, &f->clock, &f->budget, f->scratch, &f->out);
}

static void
a_slice_has_sixteen_verifications_at_most(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct arena *arena = arena_new(1u << 16);

	(void)state;
	fixture_load_algorithm(&f, 8);
	set = fixture_find(&f, "www.example", TYPE_A);
	f.budget = question_budget(arena);
	for (unsigned salt = 1; salt <= 2; salt++) {
		spoil(&f, set, 8, salt);
		assert_int_equal(check(&f, set), DNSSEC_BAD_SIGNATURE);
	}
	assert_int_equal(f.budget.verifications, 16);
	spoil(&f, set, 8, 3);
	assert_int_equal(check(&f, set), DNSSEC_YIELD);
	assert_int_equal(f.budget.verifications, 16);
	dnssec_slice_begin(&f.budget);
	assert_int_equal(check(&f, set), DNSSEC_BAD_SIGNATURE);
	assert_int_equal(f.budget.verifications, 8);
	arena_free(arena);
	fixture_free(&f);
}

static void
dear_algorithms_fill_a_slice_sooner(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct arena *arena = arena_new(1u << 16);

	(void)state;
	fixture_load_algorithm(&f, 14);
	set = fixture_find(&f, "www.example", TYPE_A);
	f.budget = question_budget(arena);
	spoil(&f, set, 8, 1);
	for (unsigned left = 30; left >= 26; left -= 2) {
		dnssec_slice_begin(&f.budget);
		assert_int_equal(check(&f, set), DNSSEC_YIELD);
		assert_int_equal(f.budget.verifications, left);
	}
	arena_free(arena);
	fixture_free(&f);
}

static void
a_question_has_so_much_work_in_all_and_no_more(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct arena *arena = arena_new(1u << 16);
	enum dnssec_reason reason = DNSSEC_OK;

	(void)state;
	fixture_load_algorithm(&f, 14);
	set = fixture_find(&f, "www.example", TYPE_A);
	f.budget = question_budget(arena);
	for (unsigned salt = 1; reason != DNSSEC_LIMIT; salt++) {
		assert_true(salt < 5);
		spoil(&f, set, 8, salt);
		do {
			dnssec_slice_begin(&f.budget);
			reason = check(&f, set);
		} while (reason == DNSSEC_YIELD);
	}
	assert_in_range(f.budget.verifications, 8, 10);
	assert_in_range(f.budget.work, DNSSEC_WORK_MAX, DNSSEC_WORK_MAX + 1100);
	arena_free(arena);
	fixture_free(&f);
}

static void
what_was_verified_costs_nothing_again(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct arena *arena = arena_new(1u << 16);

	(void)state;
	fixture_load_algorithm(&f, 13);
	set = fixture_find(&f, "www.example", TYPE_A);
	f.budget = question_budget(arena);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(check(&f, set), DNSSEC_OK);
	assert_int_equal(f.budget.verifications, 31);
	spoil(&f, set, 8, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(check(&f, set), DNSSEC_BAD_SIGNATURE);
	assert_int_equal(f.budget.verifications, 23);
	arena_free(arena);
	fixture_free(&f);
}

static void
other_data_are_not_taken_for_what_was_verified(void **state)
{
	struct fixture f;
	struct rrset *set;
	struct arena *arena = arena_new(1u << 16);

	(void)state;
	fixture_load_algorithm(&f, 13);
	set = fixture_find(&f, "www.example", TYPE_A);
	f.budget = question_budget(arena);
	assert_int_equal(check(&f, set), DNSSEC_OK);
	bytes_of(&set->rdata[0])[3] ^= 1;
	assert_int_equal(check(&f, set), DNSSEC_BAD_SIGNATURE);
	bytes_of(&set->rdata[0])[3] ^= 1;
	assert_int_equal(check(&f, set), DNSSEC_OK);
	assert_int_equal(f.budget.verifications, 30);
	arena_free(arena);
	fixture_free(&f);
}

/* The digest of ${key} behind its owner. */
static struct rdata
ds_of(struct fixture *f, const struct rrset *dnskey, const struct rdata *rdata)
{
	uint8_t data[DNAME_MAX + 1024], *ds = arena_alloc(f->arena, 4 + 32);
	size_t len = dname_copy_lower(data, dnskey->owner), digest_len;
	uint16_t tag = dnssec_key_tag(rdata->bytes, rdata->len);

	memcpy(data + len, rdata->bytes, rdata->len);
	ds[0] = (uint8_t)(tag >> 8);
	ds[1] = (uint8_t)tag;
	ds[2] = rdata->bytes[3];
	ds[3] = 2;
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, data, len + rdata->len,
			     ds + 4, &digest_len),
	    1);
	return (struct rdata){ .len = 4 + 32, .bytes = ds };
}

static enum dnssec_reason
check_dnskey(struct fixture *f, const struct rrset *dnskey, const struct rrset *ds)
{
	struct dnssec_keys *keys;
	enum dnssec_reason reason;

	arena_reset(f->scratch);
	reason =
	    dnssec_check_dnskey(dnskey, ds, &f->clock, &f->budget, f->scratch, &keys);
	assert_int_equal(keys != NULL, reason == DNSSEC_OK);
	dnssec_keys_unref(keys);
	return reason;
}

/* Wrong signatures stand before the right one, wrong digests before the right one. */
static void
a_zone_s_keys_are_believed_in_slices_too(void **state)
{
	struct fixture f;
	struct rrset *dnskey, *ds;
	struct arena *arena = arena_new(1u << 16);
	struct rdata honest;
	unsigned slices = 0;
	enum dnssec_reason reason;

	(void)state;
	fixture_load_algorithm(&f, 15);
	dnskey = fixture_find(&f, "example", TYPE_DNSKEY);
	ds = fixture_place(&f, dnskey->owner, TYPE_DS, 3600);
	for (unsigned i = 0; i < 4; i++) {
		ds->rdata[i] = ds_of(&f, dnskey, &dnskey->rdata[0]);
		if (i < 3)
			bytes_of(&ds->rdata[i])[10] ^= 1;
	}
	ds->count = 4;
	honest = dnskey->sigs[0];
	spoil(&f, dnskey, 7, 1);
	dnskey->sigs[7] = honest;
	dnskey->sig_count = 8;
	f.budget = question_budget(arena);
	f.budget.slice_max = 1;
	do {
		dnssec_slice_begin(&f.budget);
		reason = check_dnskey(&f, dnskey, ds);
		slices++;
	} while (reason == DNSSEC_YIELD);
	assert_int_equal(reason, DNSSEC_OK);
	assert_int_equal(slices, 8);
	assert_int_equal(f.budget.verifications, 32 - 8);
	arena_free(arena);
	fixture_free(&f);
}

/* 100 keys in a set that is signed well: so many are parsed and no more. */
static void
of_a_hundred_keys_thirty_two_are_kept(void **state)
{
	struct fixture f;
	struct rrset *dnskey;

	(void)state;
	fixture_load_algorithm(&f, 15);
	dnskey = fixture_find(&f, "example", TYPE_DNSKEY);
	for (unsigned i = 1; i < 100; i++) {
		dnskey->rdata[i] = rdata_again(&f, &dnskey->rdata[0]);
		bytes_of(&dnskey->rdata[i])[8] ^= (uint8_t)i;
	}
	dnskey->count = 100;
	dnssec_keys_unref(f.keys);
	assert_int_equal(dnssec_keys_new(dnskey, &f.keys), ERR_OK);
	assert_int_equal(f.keys->usable, 32);
	fixture_free(&f);
}

/* What this OpenSSL verifies counts, not what we have code for: under a policy that
 * leaves nothing but a provider that is not there every zone is insecure and none is
 * bogus. */
static int
in_a_machine_without_algorithms(void)
{
	static const uint8_t ds_bytes[4 + 32] = { 1, 2, 13, 2 },
					  key_bytes[] = { 1, 1, 3, 13 };
	struct rdata ds_rdata = { .len = sizeof(ds_bytes), .bytes = ds_bytes };
	struct rdata key_rdata = { .len = sizeof(key_bytes), .bytes = key_bytes };
	struct rrset ds = { .owner = NAME("\7example"),
		.type = TYPE_DS,
		.class = CLASS_IN,
		.count = 1,
		.rdata = &ds_rdata };
	struct rrset dnskey = { .owner = NAME("\7example"),
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.count = 1,
		.rdata = &key_rdata };
	struct fixture f = { .scratch = arena_new(1u << 16) };
	bool good;

	assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
	good = check_dnskey(&f, &dnskey, &ds) == DNSSEC_UNSUPPORTED_ALGORITHM &&
	       !dnssec_algorithm_supported(13) && dnssec_algorithm_missing(0) == 5 &&
	       dnssec_algorithm_missing(15) == 16 && !dnssec_digest_supported(2);
	arena_free(f.scratch);
	return good ? 0 : 1;
}

static void
an_algorithm_that_fails_here_is_not_supported(void **state)
{
	int status;
	pid_t child;

	(void)state;
	/* A process of its own, whose first look at algorithms comes after this. */
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		execl("/proc/self/exe", "test_slice", "without", (char *)NULL);
		_exit(9);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(dnssec_algorithm_missing(0), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slice_has_sixteen_verifications_at_most),
		cmocka_unit_test(dear_algorithms_fill_a_slice_sooner),
		cmocka_unit_test(a_question_has_so_much_work_in_all_and_no_more),
		cmocka_unit_test(what_was_verified_costs_nothing_again),
		cmocka_unit_test(other_data_are_not_taken_for_what_was_verified),
		cmocka_unit_test(a_zone_s_keys_are_believed_in_slices_too),
		cmocka_unit_test(of_a_hundred_keys_thirty_two_are_kept),
		cmocka_unit_test(an_algorithm_that_fails_here_is_not_supported),
	};

	if (argc > 1 && strcmp(argv[1], "without") == 0)
		return in_a_machine_without_algorithms();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
