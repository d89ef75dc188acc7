#include "tests/unit/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/dns.h"
#include "resolver/dnssec/rollover.h"
#include "resolver/dnssec/rollover_text.h"

/* A zone whose owner changes keys, and a clock that is ours. Signatures are made here. */

#define START	1700000000
#define DAY	ROLLOVER_DAY_SEC
#define KEYS	4
#define OLD	1u
#define NEW	2u
#define THIRD	4u
#define FOURTH	8u
#define TTL_SEC 172800

/* How a key's record differs from what its owner would publish; all zero: not at all. */
struct oddity {
	uint16_t flags;
	uint8_t protocol, algorithm;
	bool same_tag;	/* as the first key's, whose words change places */
	unsigned bytes; /* of the key itself */
};

struct world {
	struct arena *arena, *scratch;
	ldns_key *keys[KEYS];
	struct oddity odd[KEYS];
	uint32_t ttl_sec;
	struct rrset *seeds;
	struct rollover r;
	int64_t now;
	char log[4096];
};

static struct rdata
rdata_of(struct world *w, const ldns_rr *rr)
{
	uint8_t bytes[2048];
	size_t len = 0;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *f = ldns_rr_rdf(rr, i);

		memcpy(bytes + len, ldns_rdf_data(f), ldns_rdf_size(f));
		len += ldns_rdf_size(f);
	}
	return (struct rdata){ (uint16_t)len, arena_copy(w->arena, bytes, len) };
}

static void
make_key_odd(struct world *w, const struct oddity *odd, ldns_rr *rr)
{
	uint8_t bytes[2048] = { 1, 2, 3 };
	unsigned len = odd->bytes;

	if (odd->same_tag) {
		ldns_rr *first = ldns_key2rr(w->keys[0]);
		const ldns_rdf *key = ldns_rr_rdf(first, 3);

		len = (unsigned)ldns_rdf_size(key);
		memcpy(bytes, ldns_rdf_data(key), len);
		memcpy(bytes, ldns_rdf_data(key) + 2, 2);
		memcpy(bytes + 2, ldns_rdf_data(key), 2);
		ldns_rr_free(first);
	}
	if (len == 0)
		return;
	ldns_rdf_deep_free(
	    ldns_rr_set_rdf(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_B64, len, bytes), 3));
}

static void
make_odd(struct world *w, const struct oddity *odd, ldns_rr *rr)
{
	uint8_t flags[] = { (uint8_t)(odd->flags >> 8), (uint8_t)odd->flags };

	if (odd->flags != 0)
		memcpy(ldns_rdf_data(ldns_rr_rdf(rr, 0)), flags, 2);
	if (odd->protocol != 0)
		*ldns_rdf_data(ldns_rr_rdf(rr, 1)) = odd->protocol;
	if (odd->algorithm != 0)
		*ldns_rdf_data(ldns_rr_rdf(rr, 2)) = odd->algorithm;
	make_key_odd(w, odd, rr);
}

static ldns_rr *
record_of(struct world *w, int i, bool revoked)
{
	ldns_key *k = w->keys[i];
	ldns_rr *rr;

	ldns_key_set_flags(k, (uint16_t)(LDNS_KEY_ZONE_KEY | LDNS_KEY_SEP_KEY |
					 (revoked ? LDNS_KEY_REVOKE_KEY : 0)));
	rr = ldns_key2rr(k);
	ldns_rr_set_ttl(rr, w->ttl_sec);
	make_odd(w, &w->odd[i], rr);
	ldns_key_set_keytag(k, ldns_calc_keytag(rr));
	return rr;
}

static struct rrset *
set_new(struct world *w, uint16_t type)
{
	struct rrset *set = arena_alloc(w->arena, sizeof(*set));

	set->owner = (const uint8_t *)"\7example";
	set->type = type;
	set->class = CLASS_IN;
	set->ttl_sec = TTL_SEC;
	set->rdata = arena_alloc(w->arena, RRSET_RECORDS_MAX * sizeof(struct rdata));
	set->sigs = arena_alloc(w->arena, RRSET_RRSIGS_MAX * sizeof(struct rdata));
	return set;
}

/* The DNSKEY set with ${keys}, of which ${revoked} have the bit, signed by ${signers}. */
static struct rrset *
publish(struct world *w, unsigned keys, unsigned signers, unsigned revoked)
{
	struct rrset *set = set_new(w, TYPE_DNSKEY);
	ldns_rr_list *list = ldns_rr_list_new(), *sigs;
	ldns_key_list *by = ldns_key_list_new();

	for (int i = 0; i < KEYS; i++) {
		ldns_rr *rr;

		if (((keys >> i) & 1) == 0)
			continue;
		rr = record_of(w, i, ((revoked >> i) & 1) != 0);
		set->rdata[set->count++] = rdata_of(w, rr);
		ldns_rr_list_push_rr(list, rr);
		ldns_key_set_inception(w->keys[i], (uint32_t)(w->now - DAY));
		ldns_key_set_expiration(w->keys[i], (uint32_t)(w->now + 14 * DAY));
		if (((signers >> i) & 1) != 0)
			ldns_key_list_push_key(by, w->keys[i]);
	}
	assert_non_null(sigs = ldns_sign_public(list, by));
	for (size_t i = 0; i < ldns_rr_list_rr_count(sigs); i++)
		set->sigs[set->sig_count++] = rdata_of(w, ldns_rr_list_rr(sigs, i));
	ldns_key_list_set_key_count(by, 0); /* the keys stay ours */
	ldns_key_list_free(by);
	ldns_rr_list_deep_free(sigs);
	ldns_rr_list_deep_free(list);
	return set;
}

static void
note(void *ctx, const struct rollover *r, const struct rollover_key *k,
    enum rollover_state from, enum rollover_state to)
{
	struct world *w = ctx;
	size_t len = strlen(w->log);

	(void)r;
	(void)k;
	snprintf(w->log + len, sizeof(w->log) - len, "%s>%s ", rollover_state_text(from),
	    rollover_state_text(to));
}

static enum dnssec_reason
take(struct world *w, struct rrset *set)
{
	struct rollover_tools tools = { .clock = { .now_sec = (uint32_t)w->now },
		.scratch = w->scratch,
		.changed = note,
		.ctx = w };

	w->log[0] = '\0';
	return rollover_take(&w->r, w->seeds, set, w->now, &tools);
}

static enum dnssec_reason
look(struct world *w, unsigned keys, unsigned signers, unsigned revoked)
{
	return take(w, publish(w, keys, signers, revoked));
}

static size_t
trusted(struct world *w)
{
	struct rrset *set;

	assert_true(rollover_anchors(&w->r, w->seeds, w->arena, &set));
	return set == NULL ? 0 : set->count;
}

static enum rollover_state
state_of(struct world *w, int i)
{
	ldns_rr *rr = record_of(w, i, false);
	struct rdata rd = rdata_of(w, rr);

	ldns_rr_free(rr);
	for (unsigned k = 0; k < w->r.key_count; k++)
		if (w->r.keys[k].len == rd.len &&
		    memcmp(w->r.keys[k].rdata, rd.bytes, rd.len) == 0)
			return (enum rollover_state)w->r.keys[k].state;
	return ROLLOVER_START;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	ldns_rr *rr, *ds;

	w->arena = arena_new(16u << 20);
	w->scratch = arena_new(1u << 20);
	w->now = START;
	w->ttl_sec = TTL_SEC;
	for (int i = 0; i < KEYS; i++) {
		w->keys[i] = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256);
		ldns_key_set_pubkey_owner(w->keys[i], ldns_dname_new_frm_str("example."));
	}
	w->seeds = set_new(w, TYPE_DS);
	rr = record_of(w, 0, false);
	ds = ldns_key_rr2ds(rr, LDNS_SHA256);
	w->seeds->rdata[w->seeds->count++] = rdata_of(w, ds);
	ldns_rr_free(ds);
	ldns_rr_free(rr);
	rollover_init(&w->r, w->seeds->owner, w->now);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < KEYS; i++)
		ldns_key_deep_free(w->keys[i]);
	arena_free(w->scratch);
	arena_free(w->arena);
	free(w);
	return 0;
}

static void
a_seed_becomes_a_valid_key_at_once_and_others_wait(void **state)
{
	struct world *w = *state;

	assert_int_equal(trusted(w), 1);
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_VALID);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
	assert_string_equal(w->log, "start>valid start>addpend ");
	assert_int_equal(trusted(w), 1);
}

static void
a_whole_rollover_adds_the_new_key_and_revokes_the_old(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	for (int day = 1; day < 30; day++) {
		w->now += DAY;
		assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
		assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
	}
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_string_equal(w->log, "addpend>valid ");
	assert_int_equal(trusted(w), 2);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD | NEW, OLD), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REVOKED);
	assert_int_equal(trusted(w), 1);
	for (int day = 0; day < 30; day++) {
		w->now += DAY;
		assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	}
	assert_int_equal(state_of(w, 0), ROLLOVER_REMOVED);
	/* Not even a set that is well signed brings it back, nor its seed. */
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REMOVED);
	assert_int_equal(trusted(w), 1);
}

static void
a_key_that_vanishes_while_it_waits_begins_anew(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 20 * DAY;
	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	assert_string_equal(w->log, "addpend>start ");
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 29 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_VALID);
}

static void
a_set_that_the_new_key_alone_has_signed_is_not_believed(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_not_equal(look(w, OLD | NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_START);
	assert_int_equal(w->r.key_count, 1);
	assert_string_equal(w->log, "");
}

static void
an_unsigned_set_after_the_hold_down_accepts_nothing(void **state)
{
	struct world *w = *state;
	struct rrset *set;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 31 * DAY;
	set = publish(w, OLD | NEW, OLD, 0);
	set->sig_count = 0;
	assert_int_not_equal(take(w, set), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
}

static void
a_trusted_key_may_be_missing_and_comes_back(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 30 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	assert_string_equal(w->log, "valid>missing ");
	assert_int_equal(trusted(w), 2);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_string_equal(w->log, "missing>valid ");
}

static void
a_revoke_bit_without_the_keys_own_signature_is_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 30 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, NEW, OLD), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_MISSING);
}

static void
the_last_key_revokes_itself_and_nothing_is_trusted(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD | NEW, OLD), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REVOKED);
	assert_int_equal(state_of(w, 1), ROLLOVER_START);
	assert_int_equal(trusted(w), 0);
	w->now += DAY;
	assert_int_not_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(trusted(w), 0);
}

static void
a_seed_that_was_revoked_before_it_was_ever_seen_is_not_trusted(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, OLD), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REVOKED);
	assert_int_equal(trusted(w), 0);
}

/* Compromise: the thief has the old key, the owner revokes it in time. */
static void
a_stolen_key_cannot_bring_in_another_once_it_is_revoked(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 30 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW | THIRD, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 2), ROLLOVER_ADDPEND);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD | NEW, OLD), DNSSEC_OK);
	assert_int_equal(state_of(w, 2), ROLLOVER_START);
	w->now += DAY;
	assert_int_not_equal(look(w, OLD | THIRD, OLD, 0), DNSSEC_OK);
	assert_int_equal(trusted(w), 1);
}

static void
a_clock_that_steps_back_never_shortens_the_hold_down(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now -= 100 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 29 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_VALID);
	w->now -= 1000 * DAY;
	assert_true(rollover_due(&w->r, w->now));
}

static void
a_clock_that_runs_ahead_finds_no_signature_in_time(void **state)
{
	struct world *w = *state;
	struct rrset *set;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	set = publish(w, OLD | NEW, OLD, 0);
	w->now += 31 * DAY;
	assert_int_equal(take(w, set), DNSSEC_EXPIRED);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
}

static void
timers_follow_the_ttl_and_the_signatures_end(void **state)
{
	struct world *w = *state;

	assert_true(rollover_due(&w->r, w->now));
	rollover_failed(&w->r, w->now);
	assert_int_equal(w->r.next_sec, w->now + 3600);
	assert_false(rollover_due(&w->r, w->now + 3599));
	assert_true(rollover_due(&w->r, w->now + 3600));
	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	assert_int_equal(w->r.next_sec, w->now + TTL_SEC / 2);
	rollover_failed(&w->r, w->now);
	assert_int_equal(w->r.next_sec, w->now + TTL_SEC / 10);
	assert_int_equal(w->r.failures, 1);
}

/* ---- the text ---- */

static bool
keep(void *ctx, const struct rollover *r)
{
	memcpy(ctx, r, sizeof(*r));
	return true;
}

static char *
written(struct world *w, size_t *len)
{
	const struct rollover *points[] = { &w->r };
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert_int_equal(rollover_text_write(points, 1, out), ERR_OK);
	fclose(out);
	return text;
}

static enum err
read_text(const char *text, size_t len, struct rollover *out, unsigned *line)
{
	char error[ROLLOVER_ERROR_MAX];

	return rollover_text_read(text, len, keep, out, line, error);
}

static void
what_is_written_is_read_to_the_same(void **state)
{
	struct world *w = *state;
	struct rollover again;
	unsigned line;
	size_t len;
	char *text;

	assert_int_equal(look(w, OLD | NEW | THIRD, OLD, 0), DNSSEC_OK);
	text = written(w, &len);
	assert_int_equal(read_text(text, len, &again, &line), ERR_OK);
	assert_int_equal(again.key_count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_memory_equal(&again.keys[i], &w->r.keys[i], sizeof(again.keys[i]));
	assert_int_equal(again.next_sec, w->r.next_sec);
	free(text);
}

static void
a_damaged_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *from, *to;
		unsigned line;
	} damages[] = {
		{ "anchors 1", "anchors 2", 1 },
		{ "keys 2", "keys 3", 5 },
		{ "keys 2", "keys 1", 4 },
		{ "key valid", "key trusty", 3 },
		{ "hold 2592000", "hold 0", 4 },
		{ " 257 3 13 ", " 385 3 13 ", 3 },
		{ " 257 3 13 ", " 257 3 13 !", 3 },
		{ "end 1", "end 2", 5 },
		{ "end 1\n", "end 1\nend 1\n", 5 },
		{ "end 1\n", "end 1", 5 },
		{ "end 1\n", "", 4 },
		{ "next ", "next -", 2 },
		{ "next ", "next 9", 2 },
	};
	struct world *w = *state;
	struct rollover again;
	unsigned line;
	size_t len;
	char *text, *copy, *at;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	text = written(w, &len);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		size_t cut = strlen(damages[i].from);

		if (i == sizeof(damages) / sizeof(damages[0]) - 1)
			cut = 0; /* only adds digits until it is too large */
		assert_non_null(at = strstr(text, damages[i].from));
		copy = malloc(len + 64);
		sprintf(copy, "%.*s%s%s", (int)(at - text), text,
		    cut > 0 ? damages[i].to : "next 99999999999", at + cut);
		assert_int_equal(
		    read_text(copy, strlen(copy), &again, &line), ERR_MALFORMED);
		if (cut > 0)
			assert_int_equal(line, damages[i].line);
		free(copy);
	}
	free(text);
}

static void
no_prefix_of_a_file_is_a_file(void **state)
{
	struct world *w = *state;
	struct rollover again;
	unsigned line;
	size_t len;
	char *text;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	text = written(w, &len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(read_text(text, i, &again, &line), ERR_MALFORMED);
	free(text);
}

static void
too_many_new_keys_push_no_trusted_one_out(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	for (unsigned i = w->r.key_count; i < ROLLOVER_KEYS_MAX; i++) {
		w->r.keys[i] = w->r.keys[0];
		w->r.keys[i].rdata[10] ^= (uint8_t)(i + 1);
		w->r.keys[i].state = ROLLOVER_ADDPEND;
		w->r.key_count++;
	}
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW | THIRD | FOURTH, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_VALID);
	assert_int_equal(w->r.key_count, 4);
}

/* The old key and the new one are trusted, both. */
static void
trust_both(struct world *w)
{
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 30 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(trusted(w), 2);
	w->now += DAY;
}

static void
no_other_trusted_key_can_revoke_one(void **state)
{
	struct world *w = *state;

	trust_both(w);
	assert_int_equal(look(w, OLD | NEW, OLD, NEW), DNSSEC_OK);
	assert_string_equal(w->log, "valid>missing ");
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD | NEW, NEW), DNSSEC_OK);
	assert_string_equal(w->log, "missing>revoked ");
	assert_int_equal(trusted(w), 1);
}

/* It says nothing that one would have to listen to: whoever is not trusted could say it.
 */
static void
a_waiting_key_that_revokes_itself_in_a_set_of_its_own_goes_on_waiting(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += DAY;
	assert_int_not_equal(look(w, NEW, NEW, NEW), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
	assert_string_equal(w->log, "");
}

static void
what_is_no_key_signing_key_of_the_zone_does_not_wait(void **state)
{
	static const struct {
		struct oddity odd;
		bool waits;
	} rows[] = {
		{ { .flags = 0x0101 }, true },
		{ { .flags = 0x0100 }, false }, /* RFC 5011 4.1 NewKey: without SEP */
		{ { .flags = 0x0001 }, false }, /* without the zone bit */
		{ { .flags = 0x0181 }, false }, /* revoked, and never seen before */
		{ { .protocol = 2 }, false },
		{ { .algorithm = 12 }, false }, /* nothing that could be checked */
		{ { .bytes = ROLLOVER_KEY_BYTES_MAX - 4 }, true },
		{ { .bytes = ROLLOVER_KEY_BYTES_MAX - 3 }, false },
	};
	struct world *w = *state;

	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->odd[2] = rows[i].odd;
		assert_int_equal(look(w, OLD | THIRD, OLD, 0), DNSSEC_OK);
		assert_int_equal(w->r.key_count, rows[i].waits ? 2 : 1);
		assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	}
}

static void
a_key_with_a_seeds_tag_or_other_flags_is_another_key(void **state)
{
	struct world *w = *state;

	w->odd[2].same_tag = true;
	assert_int_equal(look(w, OLD | THIRD, OLD, 0), DNSSEC_OK);
	assert_int_equal(w->r.key_count, 2);
	assert_int_equal(w->r.keys[0].tag, w->r.keys[1].tag);
	assert_int_equal(state_of(w, 2), ROLLOVER_ADDPEND);
	assert_int_equal(trusted(w), 1);
	w->odd[2].flags = 0x0301;
	assert_int_equal(look(w, OLD | THIRD, OLD, 0), DNSSEC_OK);
	assert_string_equal(w->log, "addpend>start start>addpend ");
}

/* A release brings the new key as a seed while it waits: trusted by its seed at once, and
 * by itself when it is seen the next time. */
static void
a_seed_vouches_for_a_key_that_waits(void **state)
{
	struct world *w = *state;
	ldns_rr *rr, *ds;

	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(trusted(w), 1);
	rr = record_of(w, 1, false);
	assert_non_null(ds = ldns_key_rr2ds(rr, LDNS_SHA256));
	w->seeds->rdata[w->seeds->count++] = rdata_of(w, ds);
	ldns_rr_free(ds);
	ldns_rr_free(rr);
	assert_int_equal(trusted(w), 2);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_string_equal(w->log, "addpend>valid ");
	assert_int_equal(trusted(w), 2);
}

static void
a_revoked_key_is_forgotten_thirty_days_after_it_was_seen_last(void **state)
{
	struct world *w = *state;

	trust_both(w);
	for (int day = 0; day <= 40; day += 10, w->now += 10 * DAY) {
		assert_int_equal(look(w, OLD | NEW, OLD | NEW, OLD), DNSSEC_OK);
		assert_int_equal(state_of(w, 0), ROLLOVER_REVOKED);
	}
	w->now += 10 * DAY;
	assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REVOKED);
	w->now += 10 * DAY;
	assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REMOVED);
}

static void
a_clock_that_steps_back_keeps_no_revoked_key_for_ever(void **state)
{
	struct world *w = *state;

	trust_both(w);
	assert_int_equal(look(w, OLD | NEW, OLD | NEW, OLD), DNSSEC_OK);
	w->now -= 1000 * DAY;
	assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	w->now += 29 * DAY;
	assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REVOKED);
	w->now += DAY;
	assert_int_equal(look(w, NEW, NEW, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 0), ROLLOVER_REMOVED);
}

/* RFC 5011 2.4.1: or the original TTL of the set, when that is longer. */
static void
a_long_ttl_makes_the_hold_down_longer(void **state)
{
	struct world *w = *state;

	w->ttl_sec = 40 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	w->now += 39 * DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_ADDPEND);
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(state_of(w, 1), ROLLOVER_VALID);
}

static void
another_zones_set_is_no_word_on_this_one(void **state)
{
	struct world *w = *state;
	struct rrset *set = publish(w, OLD, OLD, 0);

	set->owner = (const uint8_t *)"\5other";
	assert_int_equal(take(w, set), DNSSEC_NO_KEY);
	assert_int_equal(w->r.key_count, 0);
}

static void
with_all_places_taken_by_trusted_keys_no_other_waits(void **state)
{
	struct world *w = *state;

	assert_int_equal(look(w, OLD, OLD, 0), DNSSEC_OK);
	for (unsigned i = w->r.key_count; i < ROLLOVER_KEYS_MAX; i++) {
		w->r.keys[i] = w->r.keys[0];
		w->r.keys[i].rdata[10] ^= (uint8_t)(i + 1);
		w->r.key_count++;
	}
	w->now += DAY;
	assert_int_equal(look(w, OLD | NEW, OLD, 0), DNSSEC_OK);
	assert_int_equal(w->r.key_count, ROLLOVER_KEYS_MAX);
	assert_int_equal(state_of(w, 1), ROLLOVER_START);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_seed_becomes_a_valid_key_at_once_and_others_wait),
		TEST(a_whole_rollover_adds_the_new_key_and_revokes_the_old),
		TEST(a_key_that_vanishes_while_it_waits_begins_anew),
		TEST(a_set_that_the_new_key_alone_has_signed_is_not_believed),
		TEST(an_unsigned_set_after_the_hold_down_accepts_nothing),
		TEST(a_trusted_key_may_be_missing_and_comes_back),
		TEST(a_revoke_bit_without_the_keys_own_signature_is_nothing),
		TEST(the_last_key_revokes_itself_and_nothing_is_trusted),
		TEST(a_seed_that_was_revoked_before_it_was_ever_seen_is_not_trusted),
		TEST(a_stolen_key_cannot_bring_in_another_once_it_is_revoked),
		TEST(a_clock_that_steps_back_never_shortens_the_hold_down),
		TEST(a_clock_that_runs_ahead_finds_no_signature_in_time),
		TEST(timers_follow_the_ttl_and_the_signatures_end),
		TEST(what_is_written_is_read_to_the_same),
		TEST(a_damaged_file_is_refused_with_its_line),
		TEST(no_prefix_of_a_file_is_a_file),
		TEST(too_many_new_keys_push_no_trusted_one_out),
		TEST(no_other_trusted_key_can_revoke_one),
		TEST(
		    a_waiting_key_that_revokes_itself_in_a_set_of_its_own_goes_on_waiting),
		TEST(what_is_no_key_signing_key_of_the_zone_does_not_wait),
		TEST(a_key_with_a_seeds_tag_or_other_flags_is_another_key),
		TEST(a_seed_vouches_for_a_key_that_waits),
		TEST(a_revoked_key_is_forgotten_thirty_days_after_it_was_seen_last),
		TEST(a_clock_that_steps_back_keeps_no_revoked_key_for_ever),
		TEST(a_long_ttl_makes_the_hold_down_longer),
		TEST(another_zones_set_is_no_word_on_this_one),
		TEST(with_all_places_taken_by_trusted_keys_no_other_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
