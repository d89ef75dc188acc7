#include "tests/unit/denial_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "resolver/dnssec/memo.h"

#define NODES_MAX 32u
#define HASH_LEN  20u

static struct arena *arena;

int
help_setup(void **state)
{
	(void)state;
	arena = arena_new(64u << 20);
	return arena == NULL;
}

int
help_teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

const uint8_t *
help_name(const char *text)
{
	struct dname n;

	assert_int_equal(dname_from_text(text, &n), ERR_OK);
	return arena_copy(arena, n.bytes, n.len);
}

struct rrset *
help_raw(const char *owner, uint16_t type, const uint8_t *bytes, size_t len)
{
	return rrset_new_one(arena, help_name(owner), type, 3600, bytes, len);
}

static struct rrset *
record(const char *text)
{
	uint8_t rdata[1024];
	size_t len = 0;
	ldns_rr *rr = NULL;
	struct rrset *set;
	char *owner;

	assert_int_equal(
	    ldns_rr_new_frm_str(&rr, text, 3600, NULL, NULL), LDNS_STATUS_OK);
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *field = ldns_rr_rdf(rr, i);

		assert_true(len + ldns_rdf_size(field) <= sizeof(rdata));
		memcpy(rdata + len, ldns_rdf_data(field), ldns_rdf_size(field));
		len += ldns_rdf_size(field);
	}
	owner = ldns_rdf2str(ldns_rr_owner(rr));
	set = help_raw(owner, (uint16_t)ldns_rr_get_type(rr), rdata, len);
	free(owner);
	ldns_rr_free(rr);
	return set;
}

struct rrset *
help_records(const char *const *texts)
{
	struct rrset *list = NULL;

	for (; *texts != NULL; texts++)
		rrset_append(&list, record(*texts));
	return list;
}

struct rrset *
help_join(const struct rrset *const *lists)
{
	struct rrset *list = NULL;

	for (; *lists != NULL; lists++)
		for (const struct rrset *s = *lists; s != NULL; s = s->next)
			rrset_append(&list, rrset_copy(arena, s));
	return list;
}

static int
by_name(const void *a, const void *b)
{
	const struct help_node *x = a, *y = b;

	return dname_compare(help_name(x->name), help_name(y->name));
}

struct rrset *
help_ring(const struct help_node *nodes, size_t count)
{
	struct help_node sorted[NODES_MAX];
	struct rrset *list = NULL;
	char text[512];

	assert_true(count <= NODES_MAX);
	memcpy(sorted, nodes, count * sizeof(*nodes));
	qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%s. IN NSEC %s. %s", sorted[i].name,
		    sorted[(i + 1) % count].name, sorted[i].types);
		rrset_append(&list, record(text));
	}
	return list;
}

/* Salt as bytes out of "algorithm flags iterations salt". */
static size_t
parse_parameters(const char *parameters, uint16_t *iterations, uint8_t salt[255])
{
	char hex[512];
	unsigned algorithm, flags, passes, byte;
	size_t len = 0;

	assert_int_equal(
	    sscanf(parameters, "%u %u %u %511s", &algorithm, &flags, &passes, hex), 4);
	*iterations = (uint16_t)passes;
	for (; hex[0] != '-' && hex[2 * len] != '\0'; len++) {
		assert_int_equal(sscanf(hex + 2 * len, "%2x", &byte), 1);
		salt[len] = (uint8_t)byte;
	}
	return len;
}

struct hashed {
	uint8_t hash[HASH_LEN];
	char text[40];
	const char *types;
};

static int
by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_LEN);
}

static void
hash_node(const struct help_node *node, const char *parameters, struct hashed *out)
{
	uint8_t salt[255];
	uint16_t iterations;
	size_t len = parse_parameters(parameters, &iterations, salt);

	assert_true(
	    nsec3_hash(help_name(node->name), salt, (uint8_t)len, iterations, out->hash));
	ldns_b32_ntop_extended_hex(out->hash, HASH_LEN, out->text, sizeof(out->text));
	out->types = node->types;
}

struct rrset *
help_ring3(const struct help_node *nodes, size_t count, const char *parameters)
{
	struct hashed hashed[NODES_MAX];
	struct rrset *list = NULL;
	char text[512];

	assert_true(count <= NODES_MAX);
	for (size_t i = 0; i < count; i++)
		hash_node(&nodes[i], parameters, &hashed[i]);
	qsort(hashed, count, sizeof(*hashed), by_hash);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%.32s.%s. IN NSEC3 %s %.32s %s",
		    hashed[i].text, nodes[0].name, parameters,
		    hashed[(i + 1) % count].text, hashed[i].types);
		rrset_append(&list, record(text));
	}
	return list;
}

/* Owners of a whole ring, in the order of their text, which is that of the hashes. */
struct rrset *
help_at(const struct rrset *ring3, const char *name)
{
	const uint8_t *r = ring3->rdata[0].bytes;
	const struct rrset *last = ring3, *found = NULL;
	uint8_t hash[HASH_LEN];
	char text[40];

	assert_true(
	    nsec3_hash(help_name(name), r + 5, r[4], (uint16_t)(r[2] << 8 | r[3]), hash));
	ldns_b32_ntop_extended_hex(hash, HASH_LEN, text, sizeof(text));
	for (const struct rrset *s = ring3; s != NULL; s = s->next) {
		if (memcmp(s->owner + 1, text, 32) <= 0)
			found = s;
		last = s;
	}
	return rrset_copy(arena, found == NULL ? last : found);
}

struct rrset *
help_sign_by(struct rrset *set, uint8_t labels, const char *signer)
{
	uint8_t sig[18 + DNAME_MAX + 1] = { 0, (uint8_t)set->type, 13, labels, 0, 0, 0x0e,
		0x10, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1 };
	size_t len = 18 + dname_copy(sig + 18, help_name(signer));

	sig[len++] = 'x';
	set->sigs = arena_alloc(arena, sizeof(*set->sigs));
	assert_non_null(set->sigs);
	set->sigs[0].bytes = arena_copy(arena, sig, len);
	set->sigs[0].len = (uint16_t)len;
	set->sig_count = 1;
	return set;
}

struct rrset *
help_sign(struct rrset *set, uint8_t labels)
{
	return help_sign_by(set, labels, ".");
}

/* One hash a slice: it has to come out as in one go, and costs no more. */
static void
check_sliced(enum denial_claim claim, const uint8_t *name, uint16_t type,
    unsigned wildcard_labels, const uint8_t *zone, const struct rrset *sets,
    const struct told *whole)
{
	static const struct hashkey key = { 5, 6 };
	struct arena *own = arena_new(1u << 16);
	struct dnssec_budget budget = { .verifications = 32,
		.hashes = 128,
		.slice_max = 1,
		.memo = dnssec_memo_new(own, &key) };
	enum dnssec_reason reason;
	enum denial_result result;

	do {
		uint32_t before = budget.hashes;

		dnssec_slice_begin(&budget);
		result = denial_check(
		    claim, name, type, wildcard_labels, zone, sets, &budget, &reason);
		assert_true(before - budget.hashes <= 1);
		assert_true(reason != DNSSEC_YIELD || before > budget.hashes);
	} while (reason == DNSSEC_YIELD);
	assert_int_equal(result, whole->result);
	assert_int_equal(reason, whole->reason);
	assert_true(128 - budget.hashes <= whole->hashes);
	arena_free(own);
}

struct told
help_ask(enum denial_claim claim, const char *name, uint16_t type,
    unsigned wildcard_labels, const char *zone, const struct rrset *sets)
{
	struct dnssec_budget budget = { .verifications = 32, .hashes = 128 };
	struct dname wire, zone_wire;
	struct told told;

	assert_int_equal(dname_from_text(name, &wire), ERR_OK);
	assert_int_equal(dname_from_text(zone, &zone_wire), ERR_OK);
	told.result = denial_check(claim, wire.bytes, type, wildcard_labels,
	    zone_wire.bytes, sets, &budget, &told.reason);
	assert_true(budget.hashes <= 128 && budget.verifications == 32);
	told.hashes = 128 - budget.hashes;
	check_sliced(
	    claim, wire.bytes, type, wildcard_labels, zone_wire.bytes, sets, &told);
	return told;
}
