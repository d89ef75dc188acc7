#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/dns.h"
#include "cache/kind.h"
#include "cache/rrcache.h"

static const struct hashkey hashkey = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
static const struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };

/* Time 0 of these tests, in ms. */
#define T0     1000000u
#define SEC(n) (T0 + (uint64_t)(n)*1000)

struct house {
	struct store *store;
	struct rrcache *cache;
	struct arena *arena;
	uint64_t fails;
};

static int
setup(void **state)
{
	static struct house h;

	h.store = store_new(4 << 20, 4, &hashkey);
	h.cache = rrcache_new(h.store, &limits);
	h.arena = arena_new(1 << 20);
	h.fails = fail_count();
	*state = &h;
	return h.store == NULL || h.cache == NULL || h.arena == NULL;
}

static int
teardown(void **state)
{
	struct house *h = *state;

	rrcache_free(h->cache);
	store_free(h->store);
	arena_free(h->arena);
	return 0;
}

static const uint8_t *
name(struct house *h, const char *text)
{
	struct dname d;

	assert_int_equal(dname_from_text(text, &d), ERR_OK);
	return arena_copy(h->arena, d.bytes, d.len);
}

/* A set of one record. */
static struct rrset *
set_of(struct house *h, const char *owner, uint16_t type, uint32_t ttl_sec, uint8_t trust,
    const void *rdata, size_t len)
{
	struct rrset *set =
	    rrset_new_one(h->arena, name(h, owner), type, ttl_sec, rdata, len);

	assert_non_null(set);
	set->trust = trust;
	return set;
}

static struct rrset *
a_of(
    struct house *h, const char *owner, uint32_t ttl_sec, uint8_t trust, const char *four)
{
	return set_of(h, owner, TYPE_A, ttl_sec, trust, four, 4);
}

/* An NS set of up to three servers, in the order given. */
static struct rrset *
ns_of(struct house *h, const char *owner, uint32_t ttl_sec, uint8_t trust,
    const char *first, const char *second)
{
	const uint8_t *one = name(h, first), *two = name(h, second);
	struct rrset *set =
	    set_of(h, owner, TYPE_NS, ttl_sec, trust, one, dname_len(one));
	struct rdata *rdata = arena_alloc(h->arena, 2 * sizeof(*rdata));

	rdata[0] = (struct rdata){ (uint16_t)dname_len(one), one };
	rdata[1] = (struct rdata){ (uint16_t)dname_len(two), two };
	set->rdata = rdata;
	set->count = 2;
	return set;
}

/* mname and rname are the root, then five numbers. */
static struct rrset *
soa_of(struct house *h, const char *owner, uint32_t ttl_sec, uint32_t minimum)
{
	uint8_t rdata[22] = { 0 };

	rdata[18] = (uint8_t)(minimum >> 24);
	rdata[19] = (uint8_t)(minimum >> 16);
	rdata[20] = (uint8_t)(minimum >> 8);
	rdata[21] = (uint8_t)minimum;
	return set_of(h, owner, TYPE_SOA, ttl_sec, TRUST_AUTHORITY, rdata, sizeof(rdata));
}

static struct rrset *
get(struct house *h, const char *owner, uint16_t type, uint64_t now_ms)
{
	return rrcache_get(h->cache, name(h, owner), type, now_ms, h->arena);
}

static bool
is_a(const struct rrset *set, const char *four)
{
	return set != NULL && set->count == 1 && set->rdata[0].len == 4 &&
	       memcmp(set->rdata[0].bytes, four, 4) == 0;
}

/* --- positive sets --- */

static void
a_set_comes_back_whole_with_its_remaining_ttl(void **state)
{
	struct house *h = *state;
	struct rrset *set = a_of(h, "www.example.com", 300, TRUST_ANSWER_AA, "\1\2\3\4"),
		     *got;
	struct rdata sigs[2] = { { 3, (const uint8_t *)"sig" },
		{ 0, (const uint8_t *)"" } };

	set->sigs = sigs;
	set->sig_count = 2;
	set->security = SECURITY_SECURE;
	rrcache_put(h->cache, set, T0);
	assert_int_equal(get(h, "www.example.com", TYPE_A, T0)->ttl_sec, 300);
	got = get(h, "www.example.com", TYPE_A, SEC(100) + 1);
	assert_true(is_a(got, "\1\2\3\4"));
	assert_int_equal(got->ttl_sec, 199);
	assert_int_equal(got->trust, TRUST_ANSWER_AA);
	assert_int_equal(got->security, SECURITY_SECURE);
	assert_int_equal(got->class, CLASS_IN);
	assert_int_equal(got->sig_count, 2);
	assert_int_equal(got->sigs[0].len, 3);
	assert_memory_equal(got->sigs[0].bytes, "sig", 3);
	assert_int_equal(got->sigs[1].len, 0);
	assert_true(dname_equal(got->owner, set->owner));
	assert_null(got->next);
	assert_int_equal(get(h, "www.example.com", TYPE_A, SEC(299) + 500)->ttl_sec, 1);
	assert_null(get(h, "www.example.com", TYPE_A, SEC(300)));
	assert_null(get(h, "www.example.com", TYPE_AAAA, T0));
	assert_null(get(h, "example.com", TYPE_A, T0));
}

static void
ttls_are_capped_and_floored(void **state)
{
	struct house *h = *state;
	const struct rrcache_limits tight = { 600, 30, 3600, 1, 300 };

	rrcache_put(
	    h->cache, a_of(h, "long.example", 999999, TRUST_ANSWER_AA, "aaaa"), T0);
	rrcache_put(h->cache, a_of(h, "zero.example", 0, TRUST_ANSWER_AA, "aaaa"), T0);
	assert_int_equal(get(h, "long.example", TYPE_A, T0)->ttl_sec, 86400);
	assert_null(get(h, "zero.example", TYPE_A, T0));
	rrcache_set_limits(h->cache, &tight);
	rrcache_put(
	    h->cache, a_of(h, "long.example", 999999, TRUST_ANSWER_AA, "aaaa"), T0);
	rrcache_put(h->cache, a_of(h, "zero.example", 0, TRUST_ANSWER_AA, "aaaa"), T0);
	assert_int_equal(get(h, "long.example", TYPE_A, T0)->ttl_sec, 600);
	assert_int_equal(get(h, "zero.example", TYPE_A, T0)->ttl_sec, 30);
}

static void
lower_trust_never_replaces_higher_while_that_lives(void **state)
{
	struct house *h = *state;
	const uint8_t order[] = { TRUST_HINT, TRUST_GLUE, TRUST_DELEGATION,
		TRUST_AUTHORITY, TRUST_ANSWER, TRUST_ANSWER_AA, TRUST_LOCAL };

	for (unsigned i = 1; i < sizeof(order); i++) {
		char owner[32];

		snprintf(owner, sizeof(owner), "n%u.example", i);
		rrcache_put(h->cache, a_of(h, owner, 100, order[i], "high"), T0);
		rrcache_put(h->cache, a_of(h, owner, 1000, order[i - 1], "low."), T0);
		assert_true(is_a(get(h, owner, TYPE_A, T0), "high"));
		rrcache_put(h->cache, a_of(h, owner, 100, order[i], "same"), T0);
		assert_true(is_a(get(h, owner, TYPE_A, T0), "same"));
		/* the higher one is dead: anything may come */
		rrcache_put(
		    h->cache, a_of(h, owner, 1000, order[i - 1], "low."), SEC(100));
		assert_true(is_a(get(h, owner, TYPE_A, SEC(100)), "low."));
		rrcache_put(h->cache, a_of(h, owner, 100, order[i], "high"), SEC(100));
		assert_true(is_a(get(h, owner, TYPE_A, SEC(100)), "high"));
	}
}

static void
bogus_never_displaces_what_is_not(void **state)
{
	struct house *h = *state;
	struct rrset *bogus = a_of(h, "x.example", 100, TRUST_ANSWER_AA, "bad.");

	bogus->security = SECURITY_BOGUS;
	rrcache_put(h->cache, a_of(h, "x.example", 100, TRUST_ANSWER, "good"), T0);
	rrcache_put(h->cache, bogus, T0);
	assert_true(is_a(get(h, "x.example", TYPE_A, T0), "good"));
	rrcache_put(h->cache, bogus, SEC(100));
	assert_true(is_a(get(h, "x.example", TYPE_A, SEC(100)), "bad."));
	rrcache_put(
	    h->cache, a_of(h, "x.example", 100, TRUST_ANSWER_AA, "good"), SEC(100));
	assert_true(is_a(get(h, "x.example", TYPE_A, SEC(100)), "good"));
}

static void
equal_ns_records_never_live_longer_in_any_order_or_case(void **state)
{
	struct house *h = *state;

	rrcache_put(h->cache,
	    ns_of(h, "ghost.example", 100, TRUST_AUTHORITY, "a.example", "b.example"),
	    T0);
	rrcache_put(h->cache,
	    ns_of(h, "ghost.example", 100, TRUST_ANSWER_AA, "b.example", "a.example"),
	    SEC(60));
	assert_int_equal(get(h, "ghost.example", TYPE_NS, SEC(60))->ttl_sec, 40);
	assert_int_equal(
	    get(h, "ghost.example", TYPE_NS, SEC(60))->trust, TRUST_ANSWER_AA);
	/* dname_from_text lowers: a child's capitals are put in by hand */
	struct rrset *set =
	    ns_of(h, "ghost.example", 100, TRUST_ANSWER_AA, "a.example", "b.example");
	uint8_t *loud = arena_copy(h->arena, set->rdata[1].bytes, set->rdata[1].len);

	loud[1] = 'B';
	set->rdata[1].bytes = loud;
	rrcache_put(h->cache, set, SEC(80));
	assert_int_equal(get(h, "ghost.example", TYPE_NS, SEC(80))->ttl_sec, 20);
	assert_null(get(h, "ghost.example", TYPE_NS, SEC(100)));
	/* new words may live */
	rrcache_put(h->cache,
	    ns_of(h, "ghost.example", 100, TRUST_ANSWER_AA, "a.example", "b.example"),
	    SEC(100));
	rrcache_put(h->cache,
	    ns_of(h, "ghost.example", 100, TRUST_ANSWER_AA, "a.example", "c.example"),
	    SEC(150));
	assert_int_equal(get(h, "ghost.example", TYPE_NS, SEC(150))->ttl_sec, 100);
	/* a shorter life is taken even with equal words */
	rrcache_put(h->cache,
	    ns_of(h, "ghost.example", 5, TRUST_ANSWER_AA, "a.example", "c.example"),
	    SEC(150));
	assert_int_equal(get(h, "ghost.example", TYPE_NS, SEC(150))->ttl_sec, 5);
}

static void
equal_address_records_are_renewed(void **state)
{
	struct house *h = *state;

	rrcache_put(h->cache, a_of(h, "x.example", 100, TRUST_ANSWER_AA, "same"), T0);
	rrcache_put(
	    h->cache, a_of(h, "x.example", 100, TRUST_ANSWER_AA, "same"), SEC(60));
	assert_int_equal(get(h, "x.example", TYPE_A, SEC(60))->ttl_sec, 100);
}

static void
a_set_of_a_hundred_records_comes_back(void **state)
{
	struct house *h = *state;
	struct rrset *set = a_of(h, "many.example", 100, TRUST_ANSWER_AA, "aaaa"), *got;
	struct rdata rdata[RRSET_RECORDS_MAX];
	uint8_t bytes[RRSET_RECORDS_MAX][4];

	for (unsigned i = 0; i < RRSET_RECORDS_MAX; i++) {
		memset(bytes[i], (int)i, 4);
		rdata[i] = (struct rdata){ 4, bytes[i] };
	}
	set->rdata = rdata;
	set->count = RRSET_RECORDS_MAX;
	rrcache_put(h->cache, set, T0);
	got = get(h, "many.example", TYPE_A, T0);
	assert_int_equal(got->count, RRSET_RECORDS_MAX);
	for (unsigned i = 0; i < RRSET_RECORDS_MAX; i++)
		assert_memory_equal(got->rdata[i].bytes, bytes[i], 4);
}

static void
an_arena_that_is_full_is_a_miss_and_no_failure_of_ours(void **state)
{
	struct house *h = *state;
	struct arena *small = arena_new(48);
	const uint8_t *owner = name(h, "x.example");

	rrcache_put(h->cache, a_of(h, "x.example", 100, TRUST_ANSWER_AA, "aaaa"), T0);
	assert_null(rrcache_get(h->cache, owner, TYPE_A, T0, small));
	assert_null(rrcache_get(h->cache, owner, TYPE_A, T0, small));
	assert_int_equal(fail_count(), h->fails);
	arena_free(small);
}

/* --- negative --- */

static void
a_negative_answer_lives_for_the_least_of_ttl_minimum_and_cap(void **state)
{
	struct house *h = *state;
	struct rrset *proof;

	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, "a.example"), TYPE_A,
	    soa_of(h, "example", 900, 60), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, "b.example"), TYPE_A,
	    soa_of(h, "example", 30, 900), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, "c.example"), TYPE_A,
	    soa_of(h, "example", 90000, 90000), T0);
	rrcache_put_negative(
	    h->cache, NEGATIVE_NODATA, name(h, "d.example"), TYPE_A, NULL, T0);
	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, "e.example"), TYPE_A,
	    soa_of(h, "example", 900, 0), T0);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "a.example"), TYPE_A,
			     SEC(10), h->arena, &proof),
	    NEGATIVE_NODATA);
	assert_int_equal(proof->type, TYPE_SOA);
	assert_int_equal(proof->ttl_sec, 50);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "a.example"), TYPE_A,
			     SEC(60), h->arena, &proof),
	    NEGATIVE_NONE);
	assert_null(proof);
	rrcache_get_negative(
	    h->cache, name(h, "b.example"), TYPE_A, T0, h->arena, &proof);
	assert_int_equal(proof->ttl_sec, 30);
	rrcache_get_negative(
	    h->cache, name(h, "c.example"), TYPE_A, T0, h->arena, &proof);
	assert_int_equal(proof->ttl_sec, 3600);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "d.example"), TYPE_A,
			     SEC(4) + 999, h->arena, &proof),
	    NEGATIVE_NODATA);
	assert_null(proof);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "d.example"), TYPE_A,
			     SEC(5), h->arena, NULL),
	    NEGATIVE_NONE);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "e.example"), TYPE_A, T0,
			     h->arena, &proof),
	    NEGATIVE_NONE);
}

static void
nodata_is_of_one_type_and_of_one_name(void **state)
{
	struct house *h = *state;

	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, "a.example"), TYPE_A,
	    soa_of(h, "example", 900, 60), T0);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "a.example"), TYPE_AAAA,
			     T0, h->arena, NULL),
	    NEGATIVE_NONE);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "b.a.example"), TYPE_A,
			     T0, h->arena, NULL),
	    NEGATIVE_NONE);
}

static void
a_name_that_does_not_exist_covers_all_beneath_it(void **state)
{
	struct house *h = *state;
	struct rrset *proof;

	rrcache_put_negative(h->cache, NEGATIVE_NXDOMAIN, name(h, "no.example"), TYPE_A,
	    soa_of(h, "example", 900, 60), T0);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "no.example"), TYPE_MX,
			     T0, h->arena, &proof),
	    NEGATIVE_NXDOMAIN);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "a.b.c.d.no.example"),
			     TYPE_A, T0, h->arena, &proof),
	    NEGATIVE_NXDOMAIN);
	assert_true(dname_equal(proof->owner, name(h, "example")));
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "yes.example"), TYPE_A,
			     T0, h->arena, &proof),
	    NEGATIVE_NONE);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "xno.example"), TYPE_A,
			     T0, h->arena, &proof),
	    NEGATIVE_NONE);
	assert_int_equal(rrcache_get_negative(
			     h->cache, name(h, "example"), TYPE_A, T0, h->arena, &proof),
	    NEGATIVE_NONE);
	assert_int_equal(
	    rrcache_get_negative(h->cache, name(h, "."), TYPE_A, T0, h->arena, &proof),
	    NEGATIVE_NONE);
}

/* A forward zone corp.internal, whose parent the public root denies. */
static void
a_denied_ancestor_does_not_cover_a_zone_known_to_exist(void **state)
{
	struct house *h = *state;
	const uint8_t *qname = name(h, "www.corp.internal"),
		      *top = name(h, "corp.internal");

	rrcache_put_negative(h->cache, NEGATIVE_NXDOMAIN, name(h, "internal"), TYPE_A,
	    soa_of(h, ".", 900, 60), T0);
	assert_int_equal(
	    rrcache_get_negative(h->cache, qname, TYPE_A, T0, h->arena, NULL),
	    NEGATIVE_NXDOMAIN);
	assert_int_equal(
	    rrcache_get_negative_below(h->cache, qname, TYPE_A, top, T0, h->arena, NULL),
	    NEGATIVE_NONE);
	rrcache_put_negative(h->cache, NEGATIVE_NXDOMAIN, qname, TYPE_A,
	    soa_of(h, "corp.internal", 900, 60), T0);
	assert_int_equal(
	    rrcache_get_negative_below(h->cache, name(h, "x.www.corp.internal"), TYPE_A,
		top, T0, h->arena, NULL),
	    NEGATIVE_NXDOMAIN);
}

static void
the_whole_proof_is_kept_and_no_longer_than_its_shortest_set(void **state)
{
	struct house *h = *state;
	struct rrset *list = soa_of(h, "example", 900, 600), *proof;

	rrset_append(
	    &list, set_of(h, "a.example", TYPE_NSEC, 50, TRUST_AUTHORITY, "\0\0\1\1", 4));
	rrset_append(&list,
	    set_of(h, "b.example", TYPE_NSEC, 700, TRUST_AUTHORITY, "\0\0\1\1", 4));
	rrcache_put_negative(
	    h->cache, NEGATIVE_NXDOMAIN, name(h, "aa.example"), TYPE_A, list, T0);
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "aa.example"), TYPE_A,
			     SEC(1), h->arena, &proof),
	    NEGATIVE_NXDOMAIN);
	assert_int_equal(proof->type, TYPE_SOA);
	assert_int_equal(proof->ttl_sec, 49);
	assert_int_equal(proof->next->type, TYPE_NSEC);
	assert_true(dname_equal(proof->next->owner, name(h, "a.example")));
	assert_int_equal(proof->next->next->ttl_sec, 49);
	assert_true(dname_equal(proof->next->next->owner, name(h, "b.example")));
	assert_null(proof->next->next->next);
}

static void
the_newer_word_wins_between_data_and_denial(void **state)
{
	struct house *h = *state;
	const uint8_t *x = name(h, "x.example");

	rrcache_put(h->cache, a_of(h, "x.example", 300, TRUST_ANSWER_AA, "aaaa"), T0);
	rrcache_put_negative(
	    h->cache, NEGATIVE_NODATA, x, TYPE_A, soa_of(h, "example", 900, 60), T0);
	assert_null(get(h, "x.example", TYPE_A, T0));
	rrcache_put(h->cache, a_of(h, "x.example", 300, TRUST_ANSWER_AA, "bbbb"), T0);
	assert_true(is_a(get(h, "x.example", TYPE_A, T0), "bbbb"));
	assert_int_equal(
	    rrcache_get_negative(h->cache, x, TYPE_A, T0, h->arena, NULL), NEGATIVE_NONE);
	rrcache_put_negative(
	    h->cache, NEGATIVE_NXDOMAIN, x, TYPE_A, soa_of(h, "example", 900, 60), T0);
	rrcache_put(h->cache, a_of(h, "x.example", 300, TRUST_ANSWER_AA, "cccc"), T0);
	assert_int_equal(
	    rrcache_get_negative(h->cache, x, TYPE_A, T0, h->arena, NULL), NEGATIVE_NONE);
	/* glue proves nothing */
	rrcache_put_negative(
	    h->cache, NEGATIVE_NXDOMAIN, x, TYPE_A, soa_of(h, "example", 900, 60), T0);
	rrcache_put(h->cache, a_of(h, "x.example", 300, TRUST_GLUE, "dddd"), T0);
	assert_int_equal(rrcache_get_negative(h->cache, x, TYPE_A, T0, h->arena, NULL),
	    NEGATIVE_NXDOMAIN);
}

static void
the_operators_own_data_is_never_denied(void **state)
{
	struct house *h = *state;

	rrcache_put(h->cache, a_of(h, "x.example", 300, TRUST_LOCAL, "mine"), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NXDOMAIN, name(h, "x.example"), TYPE_A,
	    soa_of(h, "example", 900, 60), T0);
	assert_true(is_a(get(h, "x.example", TYPE_A, T0), "mine"));
	assert_int_equal(rrcache_get_negative(
			     h->cache, name(h, "x.example"), TYPE_A, T0, h->arena, NULL),
	    NEGATIVE_NONE);
}

/* --- delegations --- */

static void
put_delegation(struct house *h, const char *zone, uint32_t ttl_sec, uint64_t now_ms)
{
	static const uint8_t four[4] = { 192, 0, 2, 1 };
	static const uint8_t sixteen[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct addr addrs[2];
	struct delegation_server servers[2] = {
		{ name(h, "ns1.example.net"), 2, addrs },
		{ name(h, "ns2.example.org"), 0, NULL },
	};
	struct delegation d = { name(h, zone), ttl_sec, 2, servers };

	assert_int_equal(addr_from_bytes(&addrs[0], four, 4, 53), ERR_OK);
	assert_int_equal(addr_from_bytes(&addrs[1], sixteen, 16, 53), ERR_OK);
	rrcache_put_delegation(h->cache, &d, now_ms);
}

static struct delegation *
find_delegation(struct house *h, const char *text, uint64_t now_ms)
{
	return rrcache_find_delegation(h->cache, name(h, text), now_ms, h->arena);
}

static bool
is_zone(struct house *h, const struct delegation *d, const char *zone)
{
	return d != NULL && dname_equal(d->zone, name(h, zone));
}

static void
the_deepest_live_delegation_is_found(void **state)
{
	struct house *h = *state;

	assert_null(find_delegation(h, "www.example.com", T0));
	put_delegation(h, ".", 10000, T0);
	put_delegation(h, "com", 10000, T0);
	put_delegation(h, "example.com", 100, T0);
	assert_true(
	    is_zone(h, find_delegation(h, "a.b.www.example.com", T0), "example.com"));
	assert_true(is_zone(h, find_delegation(h, "example.com", T0), "example.com"));
	assert_true(is_zone(h, find_delegation(h, "xexample.com", T0), "com"));
	assert_true(is_zone(h, find_delegation(h, "www.example.com", SEC(100)), "com"));
	assert_true(is_zone(h, find_delegation(h, "org", T0), "."));
	assert_true(is_zone(h, find_delegation(h, ".", T0), "."));
}

static void
a_delegation_comes_back_with_servers_and_glue(void **state)
{
	struct house *h = *state;
	struct delegation *d;
	char text[ADDR_TEXT_MAX];

	put_delegation(h, "example.com", 300, T0);
	d = find_delegation(h, "www.example.com", SEC(10));
	assert_non_null(d);
	assert_int_equal(d->ttl_sec, 290);
	assert_int_equal(d->server_count, 2);
	assert_true(dname_equal(d->servers[0].name, name(h, "ns1.example.net")));
	assert_int_equal(d->servers[0].addr_count, 2);
	assert_string_equal(addr_to_text(&d->servers[0].addrs[0], text), "192.0.2.1@53");
	assert_string_equal(
	    addr_to_text(&d->servers[0].addrs[1], text), "2001:db8::1@53");
	assert_true(dname_equal(d->servers[1].name, name(h, "ns2.example.org")));
	assert_int_equal(d->servers[1].addr_count, 0);
}

static void
a_delegation_lives_no_longer_than_the_one_around_it(void **state)
{
	struct house *h = *state;

	put_delegation(h, ".", 50, T0);
	put_delegation(h, "com", 10000, T0);
	put_delegation(h, "evil.com", 100, T0);
	put_delegation(h, "a.evil.com", 10000, SEC(90));
	put_delegation(h, "b.a.evil.com", 10000, SEC(95));
	assert_int_equal(find_delegation(h, "x.b.a.evil.com", SEC(95))->ttl_sec, 5);
	/* com has taken evil.com away: all of it ends, whatever it told of itself */
	assert_true(is_zone(h, find_delegation(h, "x.b.a.evil.com", SEC(100)), "com"));
	/* but the root's own end is no bound */
	assert_int_equal(find_delegation(h, "com", SEC(100))->ttl_sec, 9900);
}

static void
too_many_servers_and_addresses_are_left_out(void **state)
{
	struct house *h = *state;
	struct delegation_server servers[40];
	struct addr addrs[15];
	struct delegation d = { name(h, "many.example"), 300, 40, servers }, *got;
	unsigned total = 0;

	for (unsigned i = 0; i < 15; i++)
		assert_int_equal(addr_from_bytes(&addrs[i],
				     (uint8_t[]){ 10, 0, 0, (uint8_t)i }, 4, 53),
		    ERR_OK);
	for (unsigned i = 0; i < 40; i++)
		servers[i] =
		    (struct delegation_server){ name(h, "ns.example"), 15, addrs };
	rrcache_put_delegation(h->cache, &d, T0);
	got = find_delegation(h, "many.example", T0);
	assert_int_equal(got->server_count, DELEGATION_NS_MAX);
	for (unsigned i = 0; i < got->server_count; i++)
		total += got->servers[i].addr_count;
	assert_int_equal(total, DELEGATION_ADDRS_MAX);
}

/* What a child says about itself is data and steers nothing. */
static void
a_childs_ns_set_does_not_touch_the_delegation(void **state)
{
	struct house *h = *state;

	put_delegation(h, "ghost.example", 100, T0);
	rrcache_put(h->cache,
	    ns_of(h, "ghost.example", 10000, TRUST_ANSWER_AA, "a.example", "b.example"),
	    SEC(50));
	assert_int_equal(find_delegation(h, "ghost.example", SEC(50))->ttl_sec, 50);
	assert_null(find_delegation(h, "ghost.example", SEC(100)));
}

/* --- failures --- */

static void
a_failures_time_doubles_up_to_its_cap(void **state)
{
	struct house *h = *state;
	const uint8_t *x = name(h, "x.example");
	const uint32_t spans[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	uint64_t now_ms = T0;
	int ede = 0;

	assert_false(rrcache_get_failure(h->cache, x, TYPE_A, now_ms, &ede));
	for (unsigned i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		assert_int_equal(
		    rrcache_put_failure(h->cache, x, TYPE_A, EDE_NETWORK_ERROR, now_ms),
		    spans[i]);
		assert_true(rrcache_get_failure(
		    h->cache, x, TYPE_A, now_ms + spans[i] * 1000 - 1, &ede));
		assert_int_equal(ede, EDE_NETWORK_ERROR);
		assert_false(rrcache_get_failure(h->cache, x, TYPE_AAAA, now_ms, &ede));
		now_ms += spans[i] * 1000;
		assert_false(rrcache_get_failure(h->cache, x, TYPE_A, now_ms, &ede));
	}
}

static void
a_failure_told_twice_at_once_counts_once(void **state)
{
	struct house *h = *state;
	const uint8_t *x = name(h, "x.example");

	assert_int_equal(rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, T0), 1);
	assert_int_equal(rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, T0 + 10), 1);
	assert_int_equal(rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, SEC(1)), 2);
	assert_int_equal(rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, SEC(1)), 2);
	assert_false(rrcache_get_failure(h->cache, x, TYPE_A, SEC(3), NULL));
}

static bool
is_bogus(int ede_code)
{
	return ede_code == EDE_BOGUS;
}

static void
failures_of_one_kind_are_forgotten_and_no_others(void **state)
{
	struct house *h = *state;
	const uint8_t *x = name(h, "x.example"), *y = name(h, "y.example");

	rrcache_put_failure(h->cache, x, TYPE_A, EDE_BOGUS, T0);
	rrcache_put_failure(h->cache, x, TYPE_AAAA, EDE_BOGUS, T0);
	rrcache_put_failure(h->cache, y, TYPE_A, EDE_NETWORK_ERROR, T0);
	assert_int_equal(rrcache_forget_failures(h->cache, is_bogus), 2);
	assert_false(rrcache_get_failure(h->cache, x, TYPE_A, T0, NULL));
	assert_false(rrcache_get_failure(h->cache, x, TYPE_AAAA, T0, NULL));
	assert_true(rrcache_get_failure(h->cache, y, TYPE_A, T0, NULL));
	assert_int_equal(rrcache_forget_failures(h->cache, is_bogus), 0);
}

static void
a_failure_is_forgotten_after_success_or_quiet(void **state)
{
	struct house *h = *state;
	const uint8_t *x = name(h, "x.example");

	for (unsigned kind = 0; kind < 4; kind++) {
		uint64_t now_ms = SEC(1000 * kind);

		assert_int_equal(
		    rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, now_ms), 1);
		now_ms += 1000;
		assert_int_equal(
		    rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, now_ms), 2);
		if (kind == 0)
			rrcache_put(h->cache,
			    a_of(h, "x.example", 1, TRUST_ANSWER_AA, "aaaa"), now_ms);
		else if (kind == 1)
			rrcache_put_negative(h->cache, NEGATIVE_NODATA, x, TYPE_A,
			    soa_of(h, "example", 1, 1), now_ms);
		else if (kind == 2)
			rrcache_forget_failure(h->cache, x, TYPE_A);
		else
			now_ms += 2000 + 300 * 1000;
		assert_int_equal(
		    rrcache_put_failure(h->cache, x, TYPE_A, EDE_NONE, now_ms), 1);
		rrcache_forget_failure(h->cache, x, TYPE_A);
	}
}

/* --- flush --- */

static void
fill_all_kinds(struct house *h, const char *text)
{
	rrcache_put(h->cache, a_of(h, text, 300, TRUST_ANSWER_AA, "aaaa"), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, text), TYPE_MX,
	    soa_of(h, "example", 900, 60), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NXDOMAIN, name(h, text), TYPE_TXT,
	    soa_of(h, "example", 900, 60), T0);
	put_delegation(h, text, 300, T0);
	rrcache_put_failure(h->cache, name(h, text), TYPE_SRV, EDE_NONE, T0);
}

static void
a_flush_forgets_a_name_of_every_kind_or_all_beneath(void **state)
{
	struct house *h = *state;

	fill_all_kinds(h, "a.example");
	fill_all_kinds(h, "b.a.example");
	fill_all_kinds(h, "xa.example");
	assert_int_equal(rrcache_flush(h->cache, name(h, "a.example"), false), 5);
	assert_null(get(h, "a.example", TYPE_A, T0));
	assert_non_null(get(h, "b.a.example", TYPE_A, T0));
	assert_int_equal(rrcache_flush(h->cache, name(h, "a.example"), true), 5);
	assert_null(get(h, "b.a.example", TYPE_A, T0));
	assert_non_null(get(h, "xa.example", TYPE_A, T0));
	assert_int_equal(rrcache_flush(h->cache, name(h, "."), true), 5);
	assert_int_equal(rrcache_flush(h->cache, name(h, "."), true), 0);
}

/* --- corrupt blocks --- */

struct damage {
	size_t at;
	uint8_t flip;
	size_t len;
};

static void
damage_value(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	struct damage *d = ctx;

	(void)expires_ms;
	d->len = value_len;
	if (d->at < value_len)
		value[d->at] ^= d->flip;
}

static size_t
damage(struct house *h, const char *text, uint16_t type, enum cache_kind kind, size_t at,
    uint8_t flip)
{
	struct damage d = { at, flip, 0 };
	uint8_t key[DNAME_MAX + 3];
	size_t len = dname_copy(key, name(h, text));

	key[len++] = (uint8_t)(type >> 8);
	key[len++] = (uint8_t)type;
	key[len++] = (uint8_t)kind;
	assert_true(store_read(
	    h->store, store_hash(h->store, key, len), key, len, T0, damage_value, &d));
	return d.len;
}

/* Every single bit of every kind of block: a miss, or a well-formed thing; the sanitizers
 * watch. */
static void
no_flipped_bit_of_a_block_reads_outside_it(void **state)
{
	struct house *h = *state;
	const char *text = "x.example";
	struct rrset *proof;
	size_t len;

	rrcache_put(
	    h->cache, ns_of(h, text, 300, TRUST_ANSWER_AA, "a.example", "b.example"), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, text), TYPE_MX,
	    soa_of(h, "example", 900, 60), T0);
	put_delegation(h, text, 300, T0);
	const struct {
		uint16_t type;
		enum cache_kind kind;
	} blocks[] = { { TYPE_NS, KIND_RRSET }, { TYPE_MX, KIND_NODATA },
		{ 0, KIND_DELEGATION } };

	for (unsigned b = 0; b < 3; b++) {
		len = damage(h, text, blocks[b].type, blocks[b].kind, SIZE_MAX, 0);
		assert_true(len > 20);
		for (size_t bit = 0; bit < len * 8; bit++) {
			uint8_t flip = (uint8_t)(1u << (bit % 8));

			arena_reset(h->arena);
			damage(h, text, blocks[b].type, blocks[b].kind, bit / 8, flip);
			get(h, text, TYPE_NS, T0);
			rrcache_get_negative(
			    h->cache, name(h, text), TYPE_MX, T0, h->arena, &proof);
			find_delegation(h, text, T0);
			damage(h, text, blocks[b].type, blocks[b].kind, bit / 8, flip);
		}
	}
	/* and whole again, all is there */
	assert_non_null(get(h, text, TYPE_NS, T0));
	assert_non_null(find_delegation(h, text, T0));
}

static void
a_corrupt_block_is_a_miss_and_is_counted(void **state)
{
	struct house *h = *state;
	struct rrset *proof;

	rrcache_put(h->cache, a_of(h, "x.example", 300, TRUST_ANSWER_AA, "aaaa"), T0);
	rrcache_put_negative(h->cache, NEGATIVE_NODATA, name(h, "y.example"), TYPE_A,
	    soa_of(h, "example", 900, 60), T0);
	put_delegation(h, "z.example", 300, T0);
	damage(h, "x.example", TYPE_A, KIND_RRSET, 10, 0xff); /* owner length */
	assert_null(get(h, "x.example", TYPE_A, T0));
	assert_int_equal(fail_count(), h->fails + 1);
	damage(h, "y.example", TYPE_A, KIND_NODATA, 0, 0x02); /* 3 sets, not 1 */
	assert_int_equal(rrcache_get_negative(h->cache, name(h, "y.example"), TYPE_A, T0,
			     h->arena, &proof),
	    NEGATIVE_NONE);
	assert_null(proof);
	assert_true(fail_count() > h->fails + 1);
	damage(h, "z.example", 0, KIND_DELEGATION, 0, 0x02); /* no servers, not 2 */
	assert_null(find_delegation(h, "z.example", T0));
	assert_true(fail_count() > h->fails + 2);
}

/* --- several workers --- */

struct worker {
	pthread_t thread;
	struct rrcache *cache;
	unsigned wrong;
};

static void *
work(void *ctx)
{
	struct worker *w = ctx;
	struct house own = { .cache = w->cache, .arena = arena_new(1 << 20) };
	const char *names[] = { "a.example", "b.a.example", "c.example", "d.c.example" };

	for (unsigned i = 0; i < 4000; i++) {
		const char *text = names[i % 4];
		struct rrset *set;

		arena_reset(own.arena);
		if (i % 5 == 0)
			rrcache_put(own.cache,
			    a_of(&own, text, 300, TRUST_ANSWER_AA, "aaaa"), T0);
		if (i % 7 == 0)
			rrcache_put_negative(own.cache, NEGATIVE_NXDOMAIN,
			    name(&own, text), TYPE_A, soa_of(&own, "example", 900, 60),
			    T0);
		if (i % 11 == 0)
			put_delegation(&own, text, 300, T0);
		if (i % 13 == 0)
			rrcache_put_failure(
			    own.cache, name(&own, text), TYPE_A, i, T0 + i);
		set = get(&own, text, TYPE_A, T0);
		w->wrong += set != NULL && !is_a(set, "aaaa");
		rrcache_get_negative(
		    own.cache, name(&own, text), TYPE_A, T0, own.arena, NULL);
		find_delegation(&own, text, T0);
		if (i % 100 == 0)
			rrcache_set_limits(own.cache, &limits);
		if (i % 500 == 0)
			rrcache_flush(own.cache, name(&own, "c.example"), true);
	}
	arena_free(own.arena);
	return NULL;
}

static void
workers_share_a_cache(void **state)
{
	struct house *h = *state;
	struct worker workers[3];

	for (unsigned i = 0; i < 3; i++) {
		workers[i] = (struct worker){ .cache = h->cache };
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
	}
	assert_int_equal(fail_count(), h->fails);
}

#define SENTENCE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE(a_set_comes_back_whole_with_its_remaining_ttl),
		SENTENCE(ttls_are_capped_and_floored),
		SENTENCE(lower_trust_never_replaces_higher_while_that_lives),
		SENTENCE(bogus_never_displaces_what_is_not),
		SENTENCE(equal_ns_records_never_live_longer_in_any_order_or_case),
		SENTENCE(equal_address_records_are_renewed),
		SENTENCE(a_set_of_a_hundred_records_comes_back),
		SENTENCE(an_arena_that_is_full_is_a_miss_and_no_failure_of_ours),
		SENTENCE(a_negative_answer_lives_for_the_least_of_ttl_minimum_and_cap),
		SENTENCE(nodata_is_of_one_type_and_of_one_name),
		SENTENCE(a_name_that_does_not_exist_covers_all_beneath_it),
		SENTENCE(a_denied_ancestor_does_not_cover_a_zone_known_to_exist),
		SENTENCE(the_whole_proof_is_kept_and_no_longer_than_its_shortest_set),
		SENTENCE(the_newer_word_wins_between_data_and_denial),
		SENTENCE(the_operators_own_data_is_never_denied),
		SENTENCE(the_deepest_live_delegation_is_found),
		SENTENCE(a_delegation_comes_back_with_servers_and_glue),
		SENTENCE(a_delegation_lives_no_longer_than_the_one_around_it),
		SENTENCE(too_many_servers_and_addresses_are_left_out),
		SENTENCE(a_childs_ns_set_does_not_touch_the_delegation),
		SENTENCE(a_failures_time_doubles_up_to_its_cap),
		SENTENCE(a_failure_told_twice_at_once_counts_once),
		SENTENCE(failures_of_one_kind_are_forgotten_and_no_others),
		SENTENCE(a_failure_is_forgotten_after_success_or_quiet),
		SENTENCE(a_flush_forgets_a_name_of_every_kind_or_all_beneath),
		SENTENCE(no_flipped_bit_of_a_block_reads_outside_it),
		SENTENCE(a_corrupt_block_is_a_miss_and_is_counted),
		SENTENCE(workers_share_a_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
