#include "tests/unit/denial_help.h"

#include <stdio.h>
#include <string.h>

#include <ldns/ldns.h>

/*
 * The signed zone of RFC 5155 appendix A: opt-out, 12 iterations, salt aabbccdd. The
 * delegation c.example is not signed and has no record.
 */
#define PARAMETERS " IN NSEC3 1 1 12 aabbccdd "
#define EXAMPLE                                                                          \
	"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example." PARAMETERS                           \
	"2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG"
#define NS1                                                                              \
	"2t7b4g4vsa5smi47k61mv5bv1a22bojr.example." PARAMETERS                           \
	"2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG"
#define A_EXAMPLE                                                                        \
	"35mthgpgcu1qg68fab165klnsnk3dpvl.example." PARAMETERS                           \
	"b4um86eghhds6nea196smvmlo4ors995 NS DS RRSIG"
#define X_W                                                                              \
	"b4um86eghhds6nea196smvmlo4ors995.example." PARAMETERS                           \
	"gjeqe526plbf1g8mklp59enfd789njgi MX RRSIG"
#define Y_W                                                                              \
	"ji6neoaepv8b5o6k4ev33abha8ht9fgc.example." PARAMETERS                           \
	"k8udemvp1j2f7eg6jebps17vp3n8i58h"
#define W                                                                                \
	"k8udemvp1j2f7eg6jebps17vp3n8i58h.example." PARAMETERS                           \
	"kohar7mbb8dc2ce8a9qvl8hon4k53uhi"
#define NS2                                                                              \
	"q04jkcevqvmu85r014c7dkba38o0ji5r.example." PARAMETERS                           \
	"r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG"
#define STAR_W                                                                           \
	"r53bq7cc2uvmubfu5ocmm6pers9tk9en.example." PARAMETERS                           \
	"t644ebqk9bibcna874givr6joj62mlhv MX RRSIG"

/* A zone without opt-out for all the rest. */
static const struct help_node zone[] = {
	{ "test", "NS SOA RRSIG DNSKEY NSEC3PARAM" },
	{ "www.test", "A RRSIG" },
	{ "alias.test", "CNAME RRSIG" },
	{ "sub.test", "NS" },
	{ "signed.test", "NS DS RRSIG" },
	{ "moved.test", "DNAME RRSIG" },
	{ "w.test", "" },
	{ "*.w.test", "TXT RRSIG" },
	{ "v.test", "" },
	{ "*.v.test", "CNAME RRSIG" },
};
#define PLAIN "1 0 0 -"

static struct told
nxdomain(const char *name, const struct rrset *sets)
{
	return help_ask(DENIAL_NXDOMAIN, name, TYPE_A, 0, "test", sets);
}

static struct told
nodata(const char *name, uint16_t type, const struct rrset *sets)
{
	return help_ask(DENIAL_NODATA, name, type, 0, "test", sets);
}

static struct told
no_ds(const char *name, const struct rrset *sets)
{
	return help_ask(DENIAL_NO_DS, name, TYPE_DS, 0, "test", sets);
}

static struct told
wildcard_answer(const char *name, unsigned labels, const struct rrset *sets)
{
	return help_ask(DENIAL_WILDCARD_ANSWER, name, TYPE_TXT, labels, "test", sets);
}

static struct told
of_example(
    enum denial_claim claim, const char *name, uint16_t type, const struct rrset *sets)
{
	return help_ask(claim, name, type, 2, "example", sets);
}

static struct rrset *
plain_ring(void)
{
	return help_ring3(zone, COUNT(zone), PLAIN);
}

static void
hashes_are_those_of_rfc_5155(void **state)
{
	static const struct {
		const char *name, *hash;
	} cases[] = {
		{ "example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" },
		{ "a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl" },
		{ "ai.example", "gjeqe526plbf1g8mklp59enfd789njgi" },
		{ "ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr" },
		{ "ns2.example", "q04jkcevqvmu85r014c7dkba38o0ji5r" },
		{ "w.example", "k8udemvp1j2f7eg6jebps17vp3n8i58h" },
		{ "*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en" },
		{ "x.w.example", "b4um86eghhds6nea196smvmlo4ors995" },
		{ "y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc" },
		{ "x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s" },
		{ "xx.example", "t644ebqk9bibcna874givr6joj62mlhv" },
		{ "c.example", "4g6p9u5gvfshp30pqecj98b3maqbn1ck" },
		{ "c.x.w.example", "0va5bpr2ou0vk0lbqeeljri88laipsfh" },
		{ "*.x.w.example", "92pqneegtaue7pjatc3l3qnk738c6v5m" },
		{ "z.w.example", "qlu7gtfaeh0ek0c05ksfhdpbcgglbe03" },
	};
	uint8_t hash[20];
	char text[40];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(nsec3_hash(
		    help_name(cases[i].name), BYTES("\xaa\xbb\xcc\xdd"), 12, hash));
		ldns_b32_ntop_extended_hex(hash, sizeof(hash), text, sizeof(text));
		assert_memory_equal(text, cases[i].hash, 32);
	}
	assert_true(nsec3_hash(NAME("\7EXAMPLE"), BYTES("\xaa\xbb\xcc\xdd"), 12, hash));
	assert_bytes(hash, 2, "\x06\x53"); /* 0p9m..., whatever the letters' case */
}

/* RFC 5155 B.1: a.c.x.w.example. All spans are opt-out: not with AD (9.2). */
static void
a_name_error_needs_encloser_next_closer_and_wildcard(void **state)
{
	struct rrset *all = RECORDS(EXAMPLE, X_W, A_EXAMPLE);

	(void)state;
	assert_told(of_example(DENIAL_NXDOMAIN, "a.c.x.w.example", TYPE_A, all),
	    DENIAL_PROVED_INSECURE);
	assert_told(of_example(DENIAL_NXDOMAIN, "a.c.x.w.example", TYPE_A,
			RECORDS(X_W, A_EXAMPLE)),
	    DENIAL_NOT_PROVED);
	assert_told(of_example(DENIAL_NXDOMAIN, "a.c.x.w.example", TYPE_A,
			RECORDS(EXAMPLE, A_EXAMPLE)),
	    DENIAL_NOT_PROVED);
	assert_told(
	    of_example(DENIAL_NXDOMAIN, "a.c.x.w.example", TYPE_A, RECORDS(EXAMPLE, X_W)),
	    DENIAL_NOT_PROVED);
	assert_told(
	    of_example(DENIAL_NXDOMAIN, "x.w.example", TYPE_A, all), DENIAL_NOT_PROVED);
}

/* RFC 5155 B.2 and B.2.1: ns1.example MX, y.w.example A. */
static void
no_data_is_told_by_the_record_of_the_name(void **state)
{
	(void)state;
	assert_told(of_example(DENIAL_NODATA, "ns1.example", TYPE_MX, RECORDS(NS1)),
	    DENIAL_PROVED);
	assert_told(of_example(DENIAL_NODATA, "ns1.example", TYPE_A, RECORDS(NS1)),
	    DENIAL_NOT_PROVED);
	assert_told(of_example(DENIAL_NODATA, "y.w.example", TYPE_A, RECORDS(Y_W)),
	    DENIAL_PROVED);
	assert_told(of_example(DENIAL_NODATA, "y.w.example", TYPE_A, RECORDS(W)),
	    DENIAL_NOT_PROVED);
}

/* RFC 5155 B.3: mc.c.example, beneath the unsigned delegation c.example. */
static void
an_opt_out_span_makes_a_delegation_insecure(void **state)
{
	struct rrset *sets = RECORDS(A_EXAMPLE, EXAMPLE);

	(void)state;
	assert_told(
	    of_example(DENIAL_NO_DS, "c.example", TYPE_DS, sets), DENIAL_PROVED_INSECURE);
	assert_told(of_example(DENIAL_NODATA, "c.example", TYPE_DS, sets),
	    DENIAL_PROVED_INSECURE);
	/* The hash of the name is made once, though asked for twice. */
	assert_int_equal(of_example(DENIAL_NO_DS, "c.example", TYPE_DS, sets).hashes, 2);
	assert_told(of_example(DENIAL_NO_DS, "c.example", TYPE_DS, RECORDS(A_EXAMPLE)),
	    DENIAL_NOT_PROVED);
	assert_told(of_example(DENIAL_NO_DS, "c.example", TYPE_DS, RECORDS(EXAMPLE)),
	    DENIAL_NOT_PROVED);
	assert_told(
	    of_example(DENIAL_NO_DS, "a.example", TYPE_DS, sets), DENIAL_NOT_PROVED);
}

/* RFC 5155 7.1: the name is there by a delegation alone that has opted out, and so has no
 * record. The span that covers it says as much of all beneath it, whichever of these
 * names was asked for: what a chain of trust makes of another name's proof. */
static void
an_empty_non_terminal_of_open_delegations_is_insecure(void **state)
{
	struct rrset *open = help_ring3(zone, 4, "1 1 0 -");
	struct rrset *closed = help_ring3(zone, 4, PLAIN);

	(void)state;
	assert_told(nodata("ent.test", TYPE_A, open), DENIAL_PROVED_INSECURE);
	assert_told(no_ds("ent.test", open), DENIAL_PROVED_INSECURE);
	assert_told(no_ds("a.ent.test", open), DENIAL_PROVED_INSECURE);
	assert_told(nodata("ent.test", TYPE_A, closed), DENIAL_NOT_PROVED);
	assert_told(no_ds("ent.test", closed), DENIAL_NOT_PROVED);
	/* What of it is enough, and not less. */
	assert_told(
	    no_ds("ent.test", JOIN(help_at(open, "test"), help_at(open, "ent.test"))),
	    DENIAL_PROVED_INSECURE);
	assert_told(no_ds("ent.test", help_at(open, "test")), DENIAL_NOT_PROVED);
	assert_told(
	    nodata("ent.test", TYPE_A, help_at(open, "ent.test")), DENIAL_NOT_PROVED);
	/* A name that has a record is not among them. */
	assert_told(no_ds("www.test", open), DENIAL_NOT_PROVED);
	assert_told(nodata("www.test", TYPE_A, open), DENIAL_NOT_PROVED);
}

/* RFC 5155 B.4: a.z.w.example MX out of *.w.example. */
static void
an_answer_from_a_wildcard_needs_the_next_closer_name(void **state)
{
	struct rrset *sets = RECORDS(NS2);

	(void)state;
	assert_told(of_example(DENIAL_WILDCARD_ANSWER, "a.z.w.example", TYPE_MX, sets),
	    DENIAL_PROVED_INSECURE);
	assert_told(of_example(DENIAL_WILDCARD_ANSWER, "a.y.w.example", TYPE_MX, sets),
	    DENIAL_NOT_PROVED);
	sets = plain_ring();
	assert_told(wildcard_answer("a.b.w.test", 2, sets), DENIAL_PROVED);
	assert_int_equal(wildcard_answer("a.b.w.test", 2, sets).hashes, 1);
	assert_told(wildcard_answer("a.b.w.test", 1, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.b.w.test", 4, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.b.w.test", 0, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("*.w.test", 2, sets), DENIAL_NOT_PROVED);
}

/* RFC 5155 B.5: a.z.w.example AAAA. */
static void
no_data_at_a_wildcard_needs_encloser_next_closer_and_wildcard(void **state)
{
	struct rrset *all = RECORDS(W, NS2, STAR_W);

	(void)state;
	assert_told(of_example(DENIAL_NODATA, "a.z.w.example", TYPE_AAAA, all),
	    DENIAL_PROVED_INSECURE);
	assert_told(
	    of_example(DENIAL_NODATA, "a.z.w.example", TYPE_MX, all), DENIAL_NOT_PROVED);
	assert_told(
	    of_example(DENIAL_NODATA, "a.z.w.example", TYPE_AAAA, RECORDS(NS2, STAR_W)),
	    DENIAL_NOT_PROVED);
	assert_told(
	    of_example(DENIAL_NODATA, "a.z.w.example", TYPE_AAAA, RECORDS(W, STAR_W)),
	    DENIAL_NOT_PROVED);
	assert_told(of_example(DENIAL_NXDOMAIN, "a.z.w.example", TYPE_AAAA, all),
	    DENIAL_NOT_PROVED);
	/* Without opt-out with AD; without the wildcard not at all. */
	all = plain_ring();
	assert_told(nodata("c.w.test", TYPE_A, all), DENIAL_PROVED);
	assert_false(dname_equal(
	    help_at(all, "c.w.test")->owner, help_at(all, "*.w.test")->owner));
	assert_told(nodata("c.w.test", TYPE_A,
			JOIN(help_at(all, "w.test"), help_at(all, "c.w.test"))),
	    DENIAL_NOT_PROVED);
}

/* RFC 5155 B.6: example DS, asked at the child. */
static void
the_apex_says_nothing_of_its_ds(void **state)
{
	(void)state;
	assert_told(of_example(DENIAL_NODATA, "example", TYPE_DS, RECORDS(EXAMPLE)),
	    DENIAL_NOT_PROVED);
	assert_told(of_example(DENIAL_NO_DS, "example", TYPE_DS, RECORDS(EXAMPLE)),
	    DENIAL_NOT_PROVED);
	assert_told(of_example(DENIAL_NODATA, "example", TYPE_A, RECORDS(EXAMPLE)),
	    DENIAL_PROVED);
}

static void
without_opt_out_a_name_error_is_secure(void **state)
{
	struct told told = nxdomain("a.b.c.test", plain_ring());

	(void)state;
	assert_told(told, DENIAL_PROVED);
	assert_int_equal(told.hashes, 3);
	assert_told(nxdomain("www.test", plain_ring()), DENIAL_NOT_PROVED);
	assert_told(nxdomain("w.test", plain_ring()), DENIAL_NOT_PROVED);
	assert_told(nxdomain("a.w.test", plain_ring()), DENIAL_NOT_PROVED);
	assert_told(nodata("a.b.c.test", TYPE_A, plain_ring()), DENIAL_NOT_PROVED);
	assert_told(nodata("a.b.c.test", TYPE_DS, plain_ring()), DENIAL_NOT_PROVED);
	assert_told(no_ds("c.test", plain_ring()), DENIAL_NOT_PROVED);
}

static void
a_match_denies_by_its_types_and_by_its_side_of_the_cut(void **state)
{
	struct rrset *ring = plain_ring();

	(void)state;
	assert_told(nodata("alias.test", TYPE_A, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("alias.test", TYPE_DS, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("a.v.test", TYPE_A, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("sub.test", TYPE_A, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("sub.test", TYPE_DS, ring), DENIAL_PROVED);
	assert_told(nodata("signed.test", TYPE_DS, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("moved.test", TYPE_A, ring), DENIAL_PROVED);
	assert_told(no_ds("sub.test", ring), DENIAL_PROVED);
	assert_told(no_ds("signed.test", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("www.test", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("w.test", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("a.sub.test", ring), DENIAL_NOT_PROVED);
}

static void
nothing_is_denied_beneath_a_delegation_or_a_dname(void **state)
{
	static const char *const names[] = { "a.sub.test", "a.b.sub.test",
		"a.signed.test", "a.moved.test", "a.b.c.moved.test" };
	struct rrset *ring = plain_ring();

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_told(nxdomain(names[i], ring), DENIAL_NOT_PROVED);
		assert_told(nodata(names[i], TYPE_A, ring), DENIAL_NOT_PROVED);
		assert_told(nodata(names[i], TYPE_DS, ring), DENIAL_NOT_PROVED);
		assert_told(no_ds(names[i], ring), DENIAL_NOT_PROVED);
	}
	/* An opt-out flag does not help. */
	ring = help_ring3(zone, COUNT(zone), "1 1 0 -");
	assert_told(nxdomain("a.sub.test", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("a.moved.test", ring), DENIAL_NOT_PROVED);
}

static void
a_ring_of_one_record_covers_all_but_its_own_name(void **state)
{
	struct rrset *ring = help_ring3(zone, 1, PLAIN);

	(void)state;
	assert_told(nxdomain("www.test", ring), DENIAL_PROVED);
	assert_told(nxdomain("test", ring), DENIAL_NOT_PROVED);
	assert_told(nodata("test", TYPE_A, ring), DENIAL_PROVED);
}

static void
too_many_iterations_are_insecure_before_anything_is_hashed(void **state)
{
	struct told told;

	(void)state;
	told = nxdomain("a.b.test", help_ring3(zone, COUNT(zone), "1 0 50 -"));
	assert_told(told, DENIAL_PROVED);
	told = nxdomain("a.b.test", help_ring3(zone, COUNT(zone), "1 0 51 -"));
	assert_told(told, DENIAL_PROVED_INSECURE);
	assert_int_equal(told.reason, DNSSEC_NSEC3_ITERATIONS);
	assert_int_equal(told.hashes, 0);
	/* 65,535 on a referral; and for names that are there. */
	told = no_ds("signed.test", help_ring3(zone, 1, "1 0 65535 aabb"));
	assert_told(told, DENIAL_PROVED_INSECURE);
	assert_int_equal(told.hashes, 0);
	/* One record is enough, and the order does not count. */
	told = nxdomain("a.b.test", JOIN(plain_ring(), help_ring3(zone, 1, "1 0 51 -")));
	assert_int_equal(told.reason, DNSSEC_NSEC3_ITERATIONS);
	assert_int_equal(told.hashes, 0);
	/* That of another zone does not count. */
	told = help_ask(DENIAL_NXDOMAIN, "a.test2", TYPE_A, 0, "test2",
	    help_ring3(zone, 1, "1 0 51 -"));
	assert_told(told, DENIAL_NOT_PROVED);
}

/* "l.l.l. ... .end", of ${labels} labels in all. */
static const char *
long_name(unsigned labels, const char *end)
{
	static char text[600];
	size_t len = 0;

	for (; labels > 1; labels--)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "l.");
	snprintf(text + len, sizeof(text) - len, "%s", end);
	return text;
}

/* CVE-2023-50868 */
static void
a_name_of_many_labels_costs_no_more_than_a_short_one(void **state)
{
	struct told told = nxdomain(long_name(125, "test"), plain_ring());

	(void)state;
	assert_told(told, DENIAL_PROVED);
	assert_int_equal(told.hashes, 3);
	assert_int_equal(no_ds(long_name(125, "test"), plain_ring()).hashes, 3);
}

/* The same with records that prove nothing, so that every label has to be tried. */
static void
hashes_without_end_are_ended_by_the_budget(void **state)
{
	struct rrset *one = help_at(plain_ring(), "www.test");
	struct rrset *two =
	    JOIN(one, help_at(help_ring3(zone, 4, "1 0 0 ab"), "www.test"));
	struct told told;

	(void)state;
	told = nxdomain(long_name(124, "test"), one);
	assert_told(told, DENIAL_NOT_PROVED);
	assert_int_equal(told.hashes, 124);
	told = nxdomain(long_name(124, "test"), two);
	assert_told(told, DENIAL_LIMIT);
	assert_int_equal(told.reason, DNSSEC_LIMIT);
	assert_int_equal(told.hashes, 128);
}

static void
each_claim_stops_where_the_budget_does(void **state)
{
	static const struct {
		enum denial_claim claim;
		const char *name;
		unsigned hashes;
		enum denial_result result;
	} cases[] = {
		{ DENIAL_NXDOMAIN, "a.b.c.test", 3, DENIAL_PROVED },
		{ DENIAL_NODATA, "www.test", 1, DENIAL_PROVED },
		{ DENIAL_NODATA, "a.w.test", 4, DENIAL_PROVED },
		{ DENIAL_WILDCARD_ANSWER, "a.w.test", 1, DENIAL_PROVED },
		{ DENIAL_NO_DS, "sub.test", 1, DENIAL_PROVED },
		{ DENIAL_NO_DS, "x.test", 2, DENIAL_NOT_PROVED },
	};
	struct rrset *ring = plain_ring();
	struct dnssec_budget budget = { 0 };
	enum dnssec_reason reason;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned have = 0; have <= cases[i].hashes; have++) {
			bool enough = have == cases[i].hashes;

			budget.hashes = have;
			assert_int_equal(
			    denial_check(cases[i].claim, help_name(cases[i].name),
				TYPE_MX, 2, help_name("test"), ring, &budget, &reason),
			    enough ? cases[i].result : DENIAL_LIMIT);
			assert_int_equal(budget.hashes, 0);
			assert_int_equal(reason == DNSSEC_LIMIT, !enough);
		}
	}
}

/* www.test A is there, MX is not; the record says so, or is no record of this zone. */
static void
an_owner_that_is_no_hash_beneath_the_zone_proves_nothing(void **state)
{
	struct rrset *good = help_at(plain_ring(), "www.test");
	const struct rdata *r = &good->rdata[0];
	char hash[33], owner[64];
	static const char *const bad[] = {
		"%.31s.test",	       /* 155 bits */
		"%.32s0.test",	       /* 165 bits */
		"%.32s.x.test",	       /* not directly beneath */
		"%.32s.test2",	       /* another zone */
		"%.32s",	       /* the root's */
		"%.16s.%.16s.test",    /* two labels */
		"%.31sw.test",	       /* not a digit */
		"%.31s=.test",	       /* padding */
		"%.30s\\000\\000.test" /* bytes */
	};

	(void)state;
	memcpy(hash, good->owner + 1, 32);
	hash[32] = '\0';
	assert_told(nodata("www.test", TYPE_MX, good), DENIAL_PROVED);
	for (size_t i = 0; i < COUNT(bad); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
		snprintf(owner, sizeof(owner), bad[i], hash, hash + 16);
#pragma GCC diagnostic pop
		assert_told(nodata("www.test", TYPE_MX,
				help_raw(owner, TYPE_NSEC3, r->bytes, r->len)),
		    DENIAL_NOT_PROVED);
	}
}

/* The rdata of www.test's record: 1 0 0000 00, 20, the next hash, a bitmap. */
static void
rdata_that_is_not_ours_to_read_proves_nothing(void **state)
{
	struct rrset *good = help_at(plain_ring(), "www.test");
	size_t len = good->rdata[0].len;
	uint8_t bytes[300];
	char owner[64];
	static const struct {
		size_t at;
		uint8_t value;
		enum denial_result result;
	} cases[] = {
		{ 0, 0, DENIAL_NOT_PROVED }, /* hash algorithms */
		{ 0, 2, DENIAL_NOT_PROVED },
		{ 1, 1, DENIAL_PROVED },     /* opt-out */
		{ 1, 2, DENIAL_NOT_PROVED }, /* unknown flags (RFC 5155 8.2) */
		{ 1, 3, DENIAL_NOT_PROVED },
		{ 1, 0x80, DENIAL_NOT_PROVED },
		{ 3, 1, DENIAL_NOT_PROVED },   /* other iterations: another name's hash */
		{ 4, 255, DENIAL_NOT_PROVED }, /* salt past the end */
		{ 4, 1, DENIAL_NOT_PROVED },   /* salt that eats the hash */
		{ 5, 19, DENIAL_NOT_PROVED },  /* next hash too short */
		{ 5, 21, DENIAL_NOT_PROVED },  /* too long */
		{ 5, 0, DENIAL_NOT_PROVED },
		{ 26, 255, DENIAL_PROVED }, /* the bitmap's window: another, still one */
		{ 27, 0, DENIAL_NOT_PROVED }, /* its length */
		{ 27, 33, DENIAL_NOT_PROVED },
		{ 27, 5, DENIAL_NOT_PROVED },
	};

	(void)state;
	snprintf(owner, sizeof(owner), "%.32s.test", (const char *)good->owner + 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		memcpy(bytes, good->rdata[0].bytes, len);
		bytes[cases[i].at] = cases[i].value;
		assert_told(
		    nodata("www.test", TYPE_MX, help_raw(owner, TYPE_NSEC3, bytes, len)),
		    cases[i].result);
	}
	/* Cut anywhere but where the bitmap begins, which may be empty. */
	for (size_t cut = 0; cut < len; cut++)
		assert_told(nodata("www.test", TYPE_MX,
				help_raw(owner, TYPE_NSEC3, good->rdata[0].bytes, cut)),
		    cut == 26 ? DENIAL_PROVED : DENIAL_NOT_PROVED);
}

static void
pieces_of_different_rings_prove_nothing_together(void **state)
{
	struct rrset *old = help_ring3(zone, COUNT(zone), "1 0 0 aabb");
	struct rrset *new = help_ring3(zone, COUNT(zone), "1 0 0 ccdd");
	struct rrset *other = help_ring3(zone, COUNT(zone), "1 0 1 ccdd");
	struct rrset *encloser = help_at(old, "test");
	struct rrset *closer = help_at(old, "x.test");
	struct rrset *wildcard = help_at(old, "*.test");

	(void)state;
	assert_told(nxdomain("x.test", JOIN(encloser, closer, wildcard)), DENIAL_PROVED);
	assert_told(nxdomain("x.test", JOIN(encloser, new)), DENIAL_PROVED);
	assert_told(nxdomain("x.test",
			JOIN(encloser, help_at(new, "x.test"), help_at(new, "*.test"))),
	    DENIAL_NOT_PROVED);
	assert_told(
	    nxdomain("x.test", JOIN(help_at(new, "test"), help_at(other, "x.test"),
				   help_at(other, "*.test"))),
	    DENIAL_NOT_PROVED);
	/* A third ring is not tried. */
	assert_told(nxdomain("x.test", JOIN(encloser, help_at(new, "www.test"), other)),
	    DENIAL_NOT_PROVED);
}

static void
a_record_expanded_from_a_wildcard_proves_nothing(void **state)
{
	struct rrset *sets = help_at(plain_ring(), "www.test");

	(void)state;
	assert_told(nodata("www.test", TYPE_MX, help_sign(sets, 2)), DENIAL_PROVED);
	assert_told(nodata("www.test", TYPE_MX, help_sign(sets, 1)), DENIAL_NOT_PROVED);
}

/* A record that covers every hash but the first and the last, if it is taken for one. */
#define ZEROS "00000000000000000000000000000000"
#define LAST  "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
#define ONES                                                                             \
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

static void
a_record_that_covers_everything_still_has_to_be_one(void **state)
{
	struct rrset *all = RECORDS(ZEROS ".test. NSEC3 1 0 0 - " LAST " A RRSIG");
	struct rrset *other = RECORDS(ZEROS ".test. NSEC3 1 0 1 - " LAST " A RRSIG");
	struct rrset *encloser = help_at(plain_ring(), "test");
	static const struct {
		const char *owner;
		const uint8_t *bytes;
		size_t len;
		enum denial_result result;
	} cases[] = {
		{ ZEROS ".test", BYTES("\1\0\0\0\0\x14" ONES "\xff"), DENIAL_PROVED },
		{ ZEROS ".test", BYTES("\1\0\0\0\0\x13" ONES), DENIAL_NOT_PROVED },
		{ ZEROS ".test", BYTES("\1\0\0\0\0\x15" ONES "\xff\xff"),
		    DENIAL_NOT_PROVED },
		{ "0000000000000000000000000000000w.test",
		    BYTES("\1\0\0\0\0\x14" ONES "\xff"), DENIAL_NOT_PROVED },
		{ "/0000000000000000000000000000000.test",
		    BYTES("\1\0\0\0\0\x14" ONES "\xff"), DENIAL_NOT_PROVED },
		{ "0000000000000000:000000000000000.test",
		    BYTES("\1\0\0\0\0\x14" ONES "\xff"), DENIAL_NOT_PROVED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_told(wildcard_answer("a.test", 1,
				help_raw(cases[i].owner, TYPE_NSEC3, cases[i].bytes,
				    cases[i].len)),
		    cases[i].result);
	/* Not even the name of the zone is there. */
	assert_told(wildcard_answer("a.test", 1, all), DENIAL_PROVED);
	assert_told(wildcard_answer("a.test", 0, all), DENIAL_NOT_PROVED);
	assert_told(nxdomain("a.test", all), DENIAL_NOT_PROVED);
	assert_told(nxdomain("a.test", JOIN(encloser, all)), DENIAL_PROVED);
	assert_told(nxdomain("a.test", JOIN(encloser, other)), DENIAL_NOT_PROVED);
}

static void
an_apex_that_looks_like_a_delegation_is_none(void **state)
{
	static const struct help_node apex = { "test", "NS RRSIG" };

	(void)state;
	assert_told(no_ds("test", help_ring3(&apex, 1, PLAIN)), DENIAL_NOT_PROVED);
	assert_told(no_ds("test", help_ring3(&apex, 1, "1 1 0 -")), DENIAL_NOT_PROVED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_those_of_rfc_5155),
		cmocka_unit_test(a_name_error_needs_encloser_next_closer_and_wildcard),
		cmocka_unit_test(no_data_is_told_by_the_record_of_the_name),
		cmocka_unit_test(an_opt_out_span_makes_a_delegation_insecure),
		cmocka_unit_test(an_empty_non_terminal_of_open_delegations_is_insecure),
		cmocka_unit_test(an_answer_from_a_wildcard_needs_the_next_closer_name),
		cmocka_unit_test(
		    no_data_at_a_wildcard_needs_encloser_next_closer_and_wildcard),
		cmocka_unit_test(the_apex_says_nothing_of_its_ds),
		cmocka_unit_test(without_opt_out_a_name_error_is_secure),
		cmocka_unit_test(a_match_denies_by_its_types_and_by_its_side_of_the_cut),
		cmocka_unit_test(nothing_is_denied_beneath_a_delegation_or_a_dname),
		cmocka_unit_test(a_ring_of_one_record_covers_all_but_its_own_name),
		cmocka_unit_test(
		    too_many_iterations_are_insecure_before_anything_is_hashed),
		cmocka_unit_test(a_name_of_many_labels_costs_no_more_than_a_short_one),
		cmocka_unit_test(hashes_without_end_are_ended_by_the_budget),
		cmocka_unit_test(each_claim_stops_where_the_budget_does),
		cmocka_unit_test(
		    an_owner_that_is_no_hash_beneath_the_zone_proves_nothing),
		cmocka_unit_test(rdata_that_is_not_ours_to_read_proves_nothing),
		cmocka_unit_test(pieces_of_different_rings_prove_nothing_together),
		cmocka_unit_test(a_record_expanded_from_a_wildcard_proves_nothing),
		cmocka_unit_test(a_record_that_covers_everything_still_has_to_be_one),
		cmocka_unit_test(an_apex_that_looks_like_a_delegation_is_none),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
