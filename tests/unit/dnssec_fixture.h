#ifndef TESTS_UNIT_DNSSEC_FIXTURE_H
#define TESTS_UNIT_DNSSEC_FIXTURE_H

#include "tests/unit/bytes.h"

#include <stdio.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/dns.h"
#include "resolver/dnssec/memo.h"
#include "resolver/dnssec/rrsig.h"

/*
 * Signed zones as RRsets. The files in tests/unit/dnssec were made once with ldns-keygen
 * and ldns-signzone, an implementation that is not ours, for 2026-01-01 to 2027-01-01
 * UTC; their private keys are gone. alg-NN.zone: the same small zone by one key of
 * algorithm NN. rich.zone: many types in mixed case, key-signing and zone-signing key of
 * algorithm 13.
 */

#define INCEPTION  1767225600u /* 2026-01-01T00:00:00Z */
#define EXPIRATION 1798761600u /* 2027-01-01T00:00:00Z */
#define MIDDLE	   1782993600u

static const unsigned all_algorithms[] = { 5, 7, 8, 10, 13, 14, 15, 16 };

struct fixture {
	struct arena *arena, *scratch;
	struct rrset *sets;
	struct dnssec_keys *keys;
	struct dnssec_clock clock;
	struct dnssec_budget budget;
	struct dnssec_checked out;
};

static inline struct rdata
fixture_rdata(struct arena *arena, const ldns_rr *rr)
{
	uint8_t bytes[4096];
	size_t len = 0;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *rdf = ldns_rr_rdf(rr, i);

		assert_true(len + ldns_rdf_size(rdf) <= sizeof(bytes));
		memcpy(bytes + len, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
		len += ldns_rdf_size(rdf);
	}
	return (
	    struct rdata){ .len = (uint16_t)len, .bytes = arena_copy(arena, bytes, len) };
}

static inline struct rrset *
fixture_place(struct fixture *f, const uint8_t *owner, uint16_t type, uint32_t ttl_sec)
{
	struct rrset *set = rrset_find(f->sets, owner, type);

	if (set != NULL)
		return set;
	set = arena_alloc(f->arena, sizeof(*set));
	set->owner = arena_copy(f->arena, owner, dname_len(owner));
	set->type = type;
	set->class = CLASS_IN;
	set->ttl_sec = ttl_sec;
	set->rdata =
	    arena_alloc(f->arena, (RRSET_RECORDS_MAX + 1) * sizeof(struct rdata));
	set->sigs = arena_alloc(f->arena, RRSET_RRSIGS_MAX * sizeof(struct rdata));
	rrset_append(&f->sets, set);
	return set;
}

/* RRSIGs go beside their set, as wire/msg.c puts them. */
static inline void
fixture_rr(struct fixture *f, const ldns_rr *rr)
{
	struct rdata rdata = fixture_rdata(f->arena, rr);
	uint16_t type = (uint16_t)ldns_rr_get_type(rr);
	bool is_sig = type == TYPE_RRSIG;
	uint8_t owner[DNAME_MAX];
	struct rrset *set;

	dname_copy_lower(owner, ldns_rdf_data(ldns_rr_owner(rr)));
	if (is_sig)
		type = (uint16_t)(rdata.bytes[0] << 8 | rdata.bytes[1]);
	set = fixture_place(f, owner, type, ldns_rr_ttl(rr));
	if (is_sig)
		set->sigs[set->sig_count++] = rdata;
	else
		set->rdata[set->count++] = rdata;
}

static inline struct rrset *
fixture_find(struct fixture *f, const char *name, uint16_t type)
{
	struct dname owner;
	struct rrset *set;

	assert_int_equal(dname_from_text(name, &owner), ERR_OK);
	set = rrset_find(f->sets, owner.bytes, type);
	assert_non_null(set);
	return set;
}

static inline void
fixture_budget(struct fixture *f)
{
	f->budget = (struct dnssec_budget){ .verifications = 32, .hashes = 128 };
	arena_reset(f->scratch);
}

static inline void
fixture_load(struct fixture *f, const char *file)
{
	char path[1024];
	uint32_t ttl = 3600;
	ldns_rr *rr;
	FILE *in;
	int line = 0;

	memset(f, 0, sizeof(*f));
	f->arena = arena_new(4u << 20);
	f->scratch = arena_new(1u << 20);
	f->clock.now_sec = MIDDLE;
	fixture_budget(f);
	snprintf(path, sizeof(path), SOURCE_DIR "/tests/unit/dnssec/%s", file);
	assert_non_null(in = fopen(path, "r"));
	while (!feof(in)) {
		if (ldns_rr_new_frm_fp_l(&rr, in, &ttl, NULL, NULL, &line) !=
		    LDNS_STATUS_OK)
			continue;
		fixture_rr(f, rr);
		ldns_rr_free(rr);
	}
	fclose(in);
	assert_int_equal(
	    dnssec_keys_new(fixture_find(f, "example", TYPE_DNSKEY), &f->keys), ERR_OK);
}

static inline void
fixture_load_algorithm(struct fixture *f, unsigned algorithm)
{
	char file[32];

	snprintf(file, sizeof(file), "alg-%02u.zone", algorithm);
	fixture_load(f, file);
}

static inline void
fixture_free(struct fixture *f)
{
	dnssec_keys_unref(f->keys);
	arena_free(f->scratch);
	arena_free(f->arena);
}

/* With a budget that has every verification wait; how many slices it took. */
static inline enum dnssec_reason
fixture_check_sliced(struct fixture *f, const struct rrset *set, unsigned *slices)
{
	static const struct hashkey key = { 5, 6 };
	struct arena *arena = arena_new(1u << 16);
	enum dnssec_reason reason;

	f->budget.memo = dnssec_memo_new(arena, &key);
	f->budget.slice_max = 1;
	*slices = 0;
	do {
		uint32_t before = f->budget.verifications;

		assert_true(++*slices <= 33);
		dnssec_slice_begin(&f->budget);
		arena_reset(f->scratch);
		reason = dnssec_check(
		    set, f->keys, &f->clock, &f->budget, f->scratch, &f->out);
		assert_true(before - f->budget.verifications <= 1);
	} while (reason == DNSSEC_YIELD);
	f->budget.memo = NULL;
	arena_free(arena);
	return reason;
}

/* In one go, after it came out the same in slices. */
static inline enum dnssec_reason
fixture_check(struct fixture *f, const struct rrset *set)
{
	enum dnssec_reason sliced, reason;
	unsigned slices;
	uint32_t left;

	fixture_budget(f);
	sliced = fixture_check_sliced(f, set, &slices);
	left = f->budget.verifications;
	fixture_budget(f);
	memset(&f->out, 0xee, sizeof(f->out));
	reason = dnssec_check(set, f->keys, &f->clock, &f->budget, f->scratch, &f->out);
	assert_int_equal(sliced, reason);
	/* Equal signatures by equal keys are one to the memo. */
	assert_true(left >= f->budget.verifications);
	return reason;
}

/* Test data are changed in place; the tests own them. */
static inline uint8_t *
bytes_of(const struct rdata *rdata)
{
	return (uint8_t *)(uintptr_t)rdata->bytes;
}

static inline void
put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		out[i] = (uint8_t)value;
}

/* A key with the same tag: a tag is a sum of 16-bit words, so two of them change places.
 */
static inline struct rdata
same_tag_key(struct fixture *f, const struct rdata *key, unsigned a, unsigned b)
{
	uint8_t *copy = arena_copy(f->arena, key->bytes, key->len), word[2];

	memcpy(word, copy + 4 + 2 * a, 2);
	memcpy(copy + 4 + 2 * a, copy + 4 + 2 * b, 2);
	memcpy(copy + 4 + 2 * b, word, 2);
	return (struct rdata){ .len = key->len, .bytes = copy };
}

/* The same bytes again, to be changed alone. */
static inline struct rdata
rdata_again(struct fixture *f, const struct rdata *rdata)
{
	return (struct rdata){ .len = rdata->len,
		.bytes = arena_copy(f->arena, rdata->bytes, rdata->len) };
}

#endif
