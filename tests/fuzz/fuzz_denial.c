#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/denial.h"
#include "resolver/wire/reader.h"

/*
 * A claim about a name, and a list of denial records of any bytes:
 *
 *   claim, labels of the wildcard, labels of the zone, type (2), the name, then sets:
 *   kind  0: NSEC        owner, length, rdata
 *         1: NSEC3       owner, length, rdata
 *         2: NSEC3 that matches, 3: that covers, an ancestor of the name or the wildcard
 *            there: labels (top bit: wildcard), flags, iterations, salt, length, bitmap
 *         top bit: an RRSIG beside it whose labels follow
 *
 * The last two kinds are there because no fuzzer turns SHA-1 around. Checked is what has
 * to hold whatever the bytes: nothing is proved out of nothing, nothing beyond the budget
 * is spent, and the same again comes out the same.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ARENA_BYTES	 (1u << 20)
#define HASHES		 128u
#define SETS_MAX	 100u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct input {
	struct reader r;
	struct arena *arena;
	enum denial_claim claim;
	unsigned wildcard_labels;
	uint16_t type;
	uint8_t name[DNAME_MAX];
	const uint8_t *zone;
	struct rrset *sets;
	bool has_nsec;
};

static void
add(struct input *in, const uint8_t *owner, uint16_t type, const uint8_t *rdata,
    size_t len, bool sig)
{
	struct rrset *set = rrset_new_one(in->arena, owner, type, 300, rdata, len);
	uint8_t covered[18] = { 0, (uint8_t)type, 13 };

	CHECK(set != NULL);
	in->has_nsec = in->has_nsec || type == TYPE_NSEC;
	if (sig) {
		covered[3] = reader_u8(&in->r);
		set->sigs = arena_alloc(in->arena, sizeof(*set->sigs));
		CHECK(set->sigs != NULL);
		set->sigs[0].bytes = arena_copy(in->arena, covered, sizeof(covered));
		set->sigs[0].len = sizeof(covered);
		set->sig_count = 1;
	}
	rrset_append(&in->sets, set);
}

static void
add_plain(struct input *in, uint16_t type, bool sig)
{
	uint8_t owner[DNAME_MAX];
	const uint8_t *rdata;
	size_t len;

	if (reader_name(&in->r, owner) == 0)
		return;
	dname_copy_lower(owner, owner);
	len = reader_u8(&in->r);
	if ((rdata = reader_bytes(&in->r, len)) != NULL)
		add(in, owner, type, rdata, len, sig);
}

/* A number of 20 bytes, one more or less. */
static void
step(uint8_t hash[20], bool up)
{
	for (int i = 19; i >= 0; i--) {
		hash[i] = (uint8_t)(up ? hash[i] + 1 : hash[i] - 1);
		if (hash[i] != (up ? 0 : 255))
			return;
	}
}

static void
owner_of(const struct input *in, const uint8_t hash[20], uint8_t out[DNAME_MAX])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint8_t label[34] = { 32 };

	for (unsigned i = 0; i < 32; i++) {
		unsigned bit = i * 5, pair = (unsigned)hash[bit / 8] << 8;

		if (bit / 8 + 1 < 20)
			pair |= hash[bit / 8 + 1];
		label[1 + i] = (uint8_t)digits[pair >> (11 - bit % 8) & 31];
	}
	if (dname_concat(out, label, 1, in->zone) != ERR_OK)
		dname_copy(out, in->zone);
}

/* The ancestor with so many labels, or the wildcard there. */
static void
target(const struct input *in, uint8_t labels, uint8_t out[DNAME_MAX])
{
	static const uint8_t asterisk[] = { 1, '*', 0 };
	const uint8_t *at = dname_suffix(in->name, labels & 0x7f);

	if ((labels & 0x80) == 0 || dname_concat(out, asterisk, 1, at) != ERR_OK)
		dname_copy(out, at);
}

static void
add_hashed(struct input *in, bool covers, bool sig)
{
	uint8_t at[DNAME_MAX], owner[DNAME_MAX], hash[20], salt, iterations;
	uint8_t rdata[400] = { 1 };
	const uint8_t *map;
	size_t map_len;

	target(in, reader_u8(&in->r), at);
	rdata[1] = reader_u8(&in->r);
	rdata[3] = iterations = reader_u8(&in->r) & 63;
	rdata[4] = 1;
	rdata[5] = salt = reader_u8(&in->r);
	rdata[6] = 20;
	map_len = reader_u8(&in->r);
	if ((map = reader_bytes(&in->r, map_len)) == NULL)
		return;
	CHECK(nsec3_hash(at, &salt, 1, iterations, hash));
	memcpy(rdata + 7, hash, 20);
	step(rdata + 7, true);
	if (covers)
		step(hash, false);
	memcpy(rdata + 27, map, map_len);
	owner_of(in, hash, owner);
	add(in, owner, TYPE_NSEC3, rdata, 27 + map_len, sig);
}

static bool
read_input(struct input *in)
{
	in->claim = (enum denial_claim)(reader_u8(&in->r) & 3);
	in->wildcard_labels = reader_u8(&in->r);
	uint8_t zone_labels = reader_u8(&in->r);
	in->type = reader_u16(&in->r);
	if (reader_name(&in->r, in->name) == 0)
		return false;
	dname_copy_lower(in->name, in->name);
	in->zone = dname_suffix(in->name, zone_labels);
	for (unsigned i = 0; i < SETS_MAX && reader_left(&in->r) > 0; i++) {
		uint8_t kind = reader_u8(&in->r);
		bool sig = (kind & 0x80) != 0;

		if ((kind & 3) < 2)
			add_plain(in, (kind & 3) == 0 ? TYPE_NSEC : TYPE_NSEC3, sig);
		else
			add_hashed(in, (kind & 3) == 3, sig);
	}
	return true;
}

static enum denial_result
check(const struct input *in, uint32_t hashes, const struct rrset *sets)
{
	struct dnssec_budget budget = { .verifications = 7, .hashes = hashes };
	enum dnssec_reason reason;
	enum denial_result result = denial_check(in->claim, in->name, in->type,
	    in->wildcard_labels, in->zone, sets, &budget, &reason);

	CHECK(budget.hashes <= hashes && budget.verifications == 7);
	CHECK((result == DENIAL_LIMIT) == (reason == DNSSEC_LIMIT));
	CHECK((result == DENIAL_NOT_PROVED) == (reason == DNSSEC_MISSING_PROOF));
	if (result == DENIAL_PROVED)
		CHECK(reason == DNSSEC_OK);
	if (reason == DNSSEC_NSEC3_ITERATIONS)
		CHECK(result == DENIAL_PROVED_INSECURE && budget.hashes == hashes);
	else if (result == DENIAL_PROVED_INSECURE)
		CHECK(reason == DNSSEC_OK && budget.hashes < hashes);
	if (result == DENIAL_PROVED && !in->has_nsec)
		CHECK(budget.hashes < hashes);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = { .arena = arena_new(ARENA_BYTES) };
	enum denial_result result;

	CHECK(in.arena != NULL);
	reader_init(&in.r, bytes, len);
	if (read_input(&in)) {
		result = check(&in, HASHES, in.sets);
		CHECK(check(&in, HASHES, in.sets) == result);
		/* With fewer hashes the same, or that they were too few. */
		for (uint32_t hashes = 0; hashes < 4; hashes++) {
			enum denial_result again = check(&in, hashes, in.sets);

			CHECK(again == result || again == DENIAL_LIMIT);
		}
		CHECK(check(&in, HASHES, NULL) == DENIAL_NOT_PROVED);
	}
	arena_free(in.arena);
	return 0;
}
