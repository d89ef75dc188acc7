#include "tests/unit/denial_help.h"

/* The signed zone of RFC 4035 appendix A, its NSEC records. */
static const struct help_node example[] = {
	{ "example", "NS SOA MX RRSIG NSEC DNSKEY" },
	{ "a.example", "NS DS RRSIG NSEC" },
	{ "ai.example", "A HINFO AAAA RRSIG NSEC" },
	{ "b.example", "NS RRSIG NSEC" },
	{ "ns1.example", "A RRSIG NSEC" },
	{ "ns2.example", "A RRSIG NSEC" },
	{ "*.w.example", "MX RRSIG NSEC" },
	{ "x.w.example", "MX RRSIG NSEC" },
	{ "x.y.w.example", "MX RRSIG NSEC" },
	{ "xx.example", "A HINFO AAAA RRSIG NSEC" },
};

static struct told
nxdomain(const char *name, const struct rrset *sets)
{
	return help_ask(DENIAL_NXDOMAIN, name, TYPE_A, 0, "example", sets);
}

static struct told
nodata(const char *name, uint16_t type, const struct rrset *sets)
{
	return help_ask(DENIAL_NODATA, name, type, 0, "example", sets);
}

static struct told
wildcard_answer(const char *name, unsigned labels, const struct rrset *sets)
{
	return help_ask(DENIAL_WILDCARD_ANSWER, name, TYPE_MX, labels, "example", sets);
}

static struct told
no_ds(const char *name, const struct rrset *sets)
{
	return help_ask(DENIAL_NO_DS, name, TYPE_DS, 0, "example", sets);
}

static void
a_record_covers_what_lies_between_its_names(void **state)
{
	static const struct {
		const char *owner, *next, *name;
		bool covered;
	} cases[] = {
		{ "b.example", "ns1.example", "ml.example", true },
		{ "b.example", "ns1.example", "b.example", false },
		{ "b.example", "ns1.example", "ns1.example", false },
		{ "b.example", "ns1.example", "zz.b.example", true },
		{ "b.example", "ns1.example", "a.ns1.example", false },
		{ "b.example", "ns1.example", "a.example", false },
		/* RFC 4034 6.1: canonical order is not that of the text. */
		{ "yljkjljk.a.example", "z.a.example", "zabc.a.example", false },
		{ "z.a.example", "zabc.a.example", "x.z.a.example", true },
		{ "\\001.z.example", "\\200.z.example", "*.z.example", true },
		/* The last one wraps. */
		{ "xx.example", "example", "zz.example", true },
		{ "xx.example", "example", "xa.example", false },
		/* A ring of one. */
		{ "example", "example", "a.example", true },
		{ "example", "example", "example", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(nsec_covers(help_name(cases[i].owner),
				     help_name(cases[i].next), help_name(cases[i].name)),
		    cases[i].covered);
}

/* RFC 4034 4.3: A MX RRSIG NSEC TYPE1234. */
#define MAP_OF_RFC_4034                                                                  \
	"\x00\x06\x40\x01\x00\x00\x00\x03\x04\x1b\x00\x00\x00\x00\x00\x00"               \
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"               \
	"\x00\x00\x00\x00\x20"

static void
the_bitmap_of_rfc_4034_has_five_types(void **state)
{
	unsigned types = 0;

	(void)state;
	assert_true(nsec_has_type(BYTES(MAP_OF_RFC_4034), TYPE_A));
	assert_true(nsec_has_type(BYTES(MAP_OF_RFC_4034), TYPE_MX));
	assert_true(nsec_has_type(BYTES(MAP_OF_RFC_4034), TYPE_RRSIG));
	assert_true(nsec_has_type(BYTES(MAP_OF_RFC_4034), TYPE_NSEC));
	assert_true(nsec_has_type(BYTES(MAP_OF_RFC_4034), 1234));
	for (unsigned type = 0; type <= UINT16_MAX; type++)
		types += nsec_has_type(BYTES(MAP_OF_RFC_4034), (uint16_t)type);
	assert_int_equal(types, 5);
	assert_false(nsec_has_type(BYTES(""), TYPE_A));
}

/* ns1.example NSEC ns2.example and a bitmap in which the type asked for is missing. */
static void
a_bitmap_that_does_not_parse_denies_nothing(void **state)
{
#define NEXT "\3ns2\7example\0"
	static const struct {
		const uint8_t *bytes;
		size_t len;
		enum denial_result result;
	} cases[] = {
		{ BYTES(NEXT "\0\6\x40\0\0\0\0\3"), DENIAL_PROVED },
		{ BYTES(NEXT "\0\6\x40\0\0\0\0\3\4\1\x80"), DENIAL_PROVED },
		{ BYTES(NEXT "\0\1\x40\xff\1\1"), DENIAL_PROVED },
		{ BYTES(NEXT ""), DENIAL_PROVED },
		/* A window without bytes, or with more than there are types. */
		{ BYTES(NEXT "\0\0"), DENIAL_NOT_PROVED },
		{ BYTES(NEXT "\0\x21\x40\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0"
			     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		    DENIAL_NOT_PROVED },
		/* Twice the same window, and one that goes back. */
		{ BYTES(NEXT "\0\1\x40\0\2\x40\1"), DENIAL_NOT_PROVED },
		{ BYTES(NEXT "\4\1\x80\0\6\x40\0\0\0\0\3"), DENIAL_NOT_PROVED },
		/* Cut: in the bits, after the number, with a byte too many. */
		{ BYTES(NEXT "\0\6\x40\0\0\0\0"), DENIAL_NOT_PROVED },
		{ BYTES(NEXT "\0"), DENIAL_NOT_PROVED },
		{ BYTES(NEXT "\0\6\x40\0\0\0\0\3\7"), DENIAL_NOT_PROVED },
		{ BYTES(NEXT "\0\6\x40\0\0\0\0\3\7\x20"), DENIAL_NOT_PROVED },
	};
#undef NEXT
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_told(
		    nodata("ns1.example", TYPE_MX,
			help_raw("ns1.example", TYPE_NSEC, cases[i].bytes, cases[i].len)),
		    cases[i].result);
}

static void
a_next_name_that_is_none_denies_nothing(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} cases[] = {
		{ BYTES("") },
		{ BYTES("\3ns2\7exam") },
		{ BYTES("\3ns2\7example") },
		{ BYTES("\xc0\0\0\1\x40") },
		{ BYTES("\7example\0\3ns2\xc0\0\0\1\x40") },
		{ BYTES("\3ns2\xc0\0\0\1\x40") },
		{ BYTES("\x41ns2\7example\0\0\1\x40") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_told(
		    nodata("ns1.example", TYPE_MX,
			help_raw("ns1.example", TYPE_NSEC, cases[i].bytes, cases[i].len)),
		    DENIAL_NOT_PROVED);
}

/* RFC 4035 B.2: ml.example. */
static void
a_name_error_needs_the_gap_and_the_wildcards_gap(void **state)
{
	struct rrset *gap = RECORDS("b.example. NSEC ns1.example. NS RRSIG NSEC");
	struct rrset *wildcard =
	    RECORDS("example. NSEC a.example. NS SOA MX RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nxdomain("ml.example", JOIN(gap, wildcard)), DENIAL_PROVED);
	assert_told(nxdomain("ml.example", JOIN(wildcard, gap)), DENIAL_PROVED);
	assert_told(nxdomain("ml.example", gap), DENIAL_NOT_PROVED);
	assert_told(nxdomain("ml.example", wildcard), DENIAL_NOT_PROVED);
	assert_told(nxdomain("ml.example", NULL), DENIAL_NOT_PROVED);
	assert_int_equal(nxdomain("ml.example", gap).hashes, 0);
}

/* RFC 4035 B.3: ns1.example MX. */
static void
no_data_is_told_by_the_record_of_the_name(void **state)
{
	struct rrset *sets = RECORDS("ns1.example. NSEC ns2.example. A RRSIG NSEC");

	(void)state;
	assert_told(nodata("ns1.example", TYPE_MX, sets), DENIAL_PROVED);
	assert_told(nodata("NS1.Example", TYPE_MX, sets), DENIAL_PROVED);
	assert_told(nodata("ns1.example", TYPE_A, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("ns1.example", TYPE_NSEC, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("ns2.example", TYPE_MX, sets), DENIAL_NOT_PROVED);
	assert_told(nxdomain("ns1.example", sets), DENIAL_NOT_PROVED);
}

/* RFC 4035 B.4 and B.5: a.example is signed, b.example is not. */
static void
a_delegation_without_ds_is_insecure_and_one_with_ds_is_not(void **state)
{
	struct rrset *ring = help_ring(example, COUNT(example));

	(void)state;
	assert_told(no_ds("b.example", ring), DENIAL_PROVED);
	assert_told(no_ds("a.example", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("ns1.example", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("ml.example", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("mc.b.example", ring), DENIAL_NOT_PROVED);
	assert_told(no_ds("example", ring), DENIAL_NOT_PROVED);
	assert_told(nodata("b.example", TYPE_DS, ring), DENIAL_PROVED);
	assert_told(nodata("a.example", TYPE_DS, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("ns1.example", TYPE_DS, ring), DENIAL_PROVED);
}

/* RFC 4035 B.6: a.z.w.example MX out of *.w.example. */
static void
an_answer_from_a_wildcard_needs_the_gap_at_its_parent(void **state)
{
	struct rrset *sets = RECORDS("x.y.w.example. NSEC xx.example. MX RRSIG NSEC");

	(void)state;
	assert_told(wildcard_answer("a.z.w.example", 2, sets), DENIAL_PROVED);
	/* From *.example or from *.z.w.example it would be wrong. */
	assert_told(wildcard_answer("a.z.w.example", 1, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.z.w.example", 3, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.z.w.example", 0, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.z.w.example", 4, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.z.w.example", 255, sets), DENIAL_NOT_PROVED);
	/* Names that are there: with a record, and without one. */
	assert_told(wildcard_answer("x.y.w.example", 2, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("y.w.example", 2,
			RECORDS("x.w.example. NSEC x.y.w.example. MX RRSIG NSEC")),
	    DENIAL_NOT_PROVED);
	/* y.w.example is there, so *.w.example is not for a.y.w.example. */
	assert_told(wildcard_answer("a.y.w.example", 2,
			RECORDS("x.w.example. NSEC x.y.w.example. MX RRSIG NSEC")),
	    DENIAL_NOT_PROVED);
}

/* RFC 4035 B.7: a.z.w.example AAAA. */
static void
no_data_at_a_wildcard_needs_the_gap_and_the_wildcard(void **state)
{
	struct rrset *gap = RECORDS("x.y.w.example. NSEC xx.example. MX RRSIG NSEC");
	struct rrset *wildcard = RECORDS("*.w.example. NSEC x.w.example. MX RRSIG NSEC");

	(void)state;
	assert_told(
	    nodata("a.z.w.example", TYPE_AAAA, JOIN(gap, wildcard)), DENIAL_PROVED);
	assert_told(
	    nodata("a.z.w.example", TYPE_MX, JOIN(gap, wildcard)), DENIAL_NOT_PROVED);
	assert_told(nodata("a.z.w.example", TYPE_AAAA, gap), DENIAL_NOT_PROVED);
	assert_told(nodata("a.z.w.example", TYPE_AAAA, wildcard), DENIAL_NOT_PROVED);
	assert_told(nxdomain("a.z.w.example", JOIN(gap, wildcard)), DENIAL_NOT_PROVED);
	assert_told(nodata("*.w.example", TYPE_AAAA, wildcard), DENIAL_PROVED);
}

/* RFC 4035 B.8: example DS, asked at the child. */
static void
the_apex_says_nothing_of_its_ds(void **state)
{
	struct rrset *ring = help_ring(example, COUNT(example));
	struct rrset *root = RECORDS(". NSEC aaa. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nodata("example", TYPE_DS, ring), DENIAL_NOT_PROVED);
	assert_told(nodata("example", TYPE_TXT, ring), DENIAL_PROVED);
	/* The root has no parent to ask. */
	assert_told(help_ask(DENIAL_NODATA, ".", TYPE_DS, 0, ".", root), DENIAL_PROVED);
	assert_told(help_ask(DENIAL_NODATA, ".", TYPE_A, 0, ".", root), DENIAL_PROVED);
	assert_told(
	    help_ask(DENIAL_NO_DS, ".", TYPE_DS, 0, ".", root), DENIAL_NOT_PROVED);
}

static void
an_empty_non_terminal_has_no_data_and_is_there(void **state)
{
	struct rrset *sets = RECORDS("x.w.example. NSEC x.y.w.example. MX RRSIG NSEC",
	    "ns2.example. NSEC *.w.example. A RRSIG NSEC",
	    "example. NSEC a.example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nodata("y.w.example", TYPE_A, sets), DENIAL_PROVED);
	assert_told(nodata("w.example", TYPE_DS, sets), DENIAL_PROVED);
	assert_told(nxdomain("y.w.example", sets), DENIAL_NOT_PROVED);
	assert_told(nxdomain("w.example", sets), DENIAL_NOT_PROVED);
	assert_told(nodata("y.example", TYPE_A, sets), DENIAL_NOT_PROVED);
}

/* *.i.example has nothing but b.*.i.example beneath it: it still answers for a.i.example.
 */
static void
a_wildcard_may_be_an_empty_non_terminal(void **state)
{
	struct rrset *sets = RECORDS("b.*.i.example. NSEC j.example. A RRSIG NSEC",
	    "example. NSEC b.*.i.example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nodata("a.i.example", TYPE_A, sets), DENIAL_PROVED);
	assert_told(nxdomain("a.i.example", sets), DENIAL_NOT_PROVED);
	/* Beneath it there is no wildcard, and so no name. */
	assert_told(nxdomain("c.*.i.example", sets), DENIAL_PROVED);
}

static void
a_cname_at_the_name_is_no_denial(void **state)
{
	struct rrset *sets = RECORDS("www.example. NSEC x.example. CNAME RRSIG NSEC",
	    "*.v.example. NSEC www.example. CNAME RRSIG NSEC");

	(void)state;
	assert_told(nodata("www.example", TYPE_A, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("www.example", TYPE_DS, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("a.v.example", TYPE_A, sets), DENIAL_NOT_PROVED);
}

static void
a_parent_says_nothing_of_what_is_beneath_its_delegation(void **state)
{
	struct rrset *sets = RECORDS("b.example. NSEC ns1.example. NS RRSIG NSEC",
	    "example. NSEC a.example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nxdomain("www.b.example", sets), DENIAL_NOT_PROVED);
	assert_told(nodata("b.example", TYPE_A, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("b.example", TYPE_NS, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("b.example", TYPE_SOA, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("www.b.example", TYPE_A, sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("www.b.example", 2, sets), DENIAL_NOT_PROVED);
	/* The same span of a name that is no delegation. */
	sets = RECORDS("b.example. NSEC ns1.example. A RRSIG NSEC",
	    "example. NSEC a.example. NS SOA RRSIG NSEC DNSKEY");
	assert_told(nxdomain("www.b.example", sets), DENIAL_PROVED);
}

static void
a_dname_says_nothing_of_what_is_beneath_it(void **state)
{
	struct rrset *sets = RECORDS("d.example. NSEC x.d.example. DNAME RRSIG NSEC",
	    "x.d.example. NSEC e.example. A RRSIG NSEC");

	(void)state;
	assert_told(nxdomain("a.d.example", sets), DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("a.d.example", 2, sets), DENIAL_NOT_PROVED);
	assert_told(nodata("d.example", TYPE_A, sets), DENIAL_PROVED);
	assert_told(nodata("d.example", TYPE_DNAME, sets), DENIAL_NOT_PROVED);
	/* An apex may have one, and be the end of its zone's names. */
	sets = RECORDS("example. NSEC example. NS SOA DNAME RRSIG NSEC DNSKEY");
	assert_told(nxdomain("a.example", sets), DENIAL_NOT_PROVED);
}

static void
a_next_name_out_of_the_zone_proves_nothing(void **state)
{
	struct rrset *sets = RECORDS("b.example. NSEC example2. A RRSIG NSEC",
	    "example. NSEC a.example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nxdomain("zz.example", sets), DENIAL_NOT_PROVED);
	assert_told(nodata("b.example", TYPE_MX, sets), DENIAL_NOT_PROVED);
}

static void
records_of_another_zone_prove_nothing(void **state)
{
	struct rrset *parent = RECORDS("example. NSEC example2. NS RRSIG NSEC",
	    ". NSEC aaa. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(no_ds("example", parent), DENIAL_NOT_PROVED);
	assert_told(nxdomain("www.example", parent), DENIAL_NOT_PROVED);
	assert_told(nodata("example", TYPE_A, parent), DENIAL_NOT_PROVED);
	/* As of its own zone the same record is good. */
	assert_told(
	    help_ask(DENIAL_NO_DS, "example", TYPE_DS, 0, ".", parent), DENIAL_PROVED);
	/* Of two zones, the nearer end within. */
	assert_told(nxdomain("a.example", RECORDS("exa. NSEC b.example. A RRSIG NSEC")),
	    DENIAL_NOT_PROVED);
	/* A name that is not of the zone asked. */
	assert_told(help_ask(DENIAL_NXDOMAIN, "www.test", TYPE_A, 0, "example",
			RECORDS("example. NSEC example. NS SOA")),
	    DENIAL_NOT_PROVED);
}

static void
the_ring_closes_at_the_apex_and_nowhere_else(void **state)
{
	struct rrset *apex = RECORDS("example. NSEC a.example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nxdomain("zz.example",
			JOIN(apex, RECORDS("xx.example. NSEC example. A RRSIG NSEC"))),
	    DENIAL_PROVED);
	assert_told(nxdomain("zz.example",
			JOIN(apex, RECORDS("xx.example. NSEC b.example. A RRSIG NSEC"))),
	    DENIAL_NOT_PROVED);
	assert_told(nxdomain("zz.example",
			JOIN(apex, RECORDS("xx.example. NSEC xx.example. A RRSIG NSEC"))),
	    DENIAL_NOT_PROVED);
}

static void
a_zone_of_one_name_denies_all_others(void **state)
{
	struct rrset *sets = RECORDS("example. NSEC example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nxdomain("www.example", sets), DENIAL_PROVED);
	assert_told(nxdomain("a.b.c.example", sets), DENIAL_PROVED);
	assert_told(nodata("example", TYPE_A, sets), DENIAL_PROVED);
	assert_told(nodata("www.example", TYPE_A, sets), DENIAL_NOT_PROVED);
	assert_told(nxdomain("example", sets), DENIAL_NOT_PROVED);
}

/* RFC 4470: the span is as narrow as can be. */
static void
minimally_covering_records_prove_a_name_error(void **state)
{
	struct rrset *gap =
	    RECORDS("mk\\255\\255.example. NSEC ml\\000.example. RRSIG NSEC");
	struct rrset *wildcard = RECORDS("\\)\\255.example. NSEC +.example. RRSIG NSEC");
	struct rrset *beside = RECORDS("*\\000.example. NSEC +.example. RRSIG NSEC");
	struct rrset *beneath = RECORDS("mk.example. NSEC \\000.ml.example. RRSIG NSEC");

	(void)state;
	assert_told(nxdomain("ml.example", JOIN(gap, wildcard)), DENIAL_PROVED);
	assert_told(nxdomain("ml.example", JOIN(gap, beside)), DENIAL_NOT_PROVED);
	/* This one makes the name an empty non-terminal. */
	assert_told(nxdomain("ml.example", JOIN(beneath, wildcard)), DENIAL_NOT_PROVED);
	assert_told(nxdomain("mm.example", JOIN(gap, wildcard)), DENIAL_NOT_PROVED);
}

/* RFC 9824: the name is made up on the spot and has no data, or says that it is not
 * there. */
static void
compact_denials_prove_no_data_and_nxname_that_there_is_no_name(void **state)
{
	struct rrset *name = RECORDS("ml.example. NSEC \\000.ml.example. A RRSIG NSEC");
	struct rrset *no_name =
	    RECORDS("ml.example. NSEC \\000.ml.example. RRSIG NSEC TYPE128");

	(void)state;
	assert_told(nodata("ml.example", TYPE_MX, name), DENIAL_PROVED);
	assert_told(nodata("ml.example", TYPE_A, name), DENIAL_NOT_PROVED);
	assert_told(nxdomain("ml.example", name), DENIAL_NOT_PROVED);
	assert_told(nodata("ml.example", TYPE_A, no_name), DENIAL_PROVED);
	assert_told(nodata("ml.example", TYPE_ANY, no_name), DENIAL_PROVED);
	assert_told(nxdomain("ml.example", no_name), DENIAL_PROVED);
	assert_told(nxdomain("a.ml.example", no_name), DENIAL_NOT_PROVED);
	assert_told(nxdomain("mm.example", no_name), DENIAL_NOT_PROVED);
	assert_told(no_ds("ml.example", no_name), DENIAL_NOT_PROVED);
}

static void
any_is_denied_only_by_a_name_without_data(void **state)
{
	(void)state;
	assert_told(nodata("ns1.example", TYPE_ANY,
			RECORDS("ns1.example. NSEC ns2.example. A RRSIG NSEC")),
	    DENIAL_NOT_PROVED);
	assert_told(nodata("ns1.example", TYPE_ANY,
			RECORDS("ns1.example. NSEC ns2.example. RRSIG NSEC")),
	    DENIAL_PROVED);
}

/* The records of a wildcard verify under every name it covers, CVE-2017-15105. */
static void
a_record_expanded_from_a_wildcard_proves_nothing(void **state)
{
	struct rrset *sets;

	(void)state;
	sets = RECORDS("ns1.example. NSEC x.example. TXT RRSIG NSEC");
	assert_told(nodata("ns1.example", TYPE_A, help_sign(sets, 2)), DENIAL_PROVED);
	assert_told(nodata("ns1.example", TYPE_A, help_sign(sets, 1)), DENIAL_NOT_PROVED);
	assert_told(nodata("ns1.example", TYPE_A, help_sign(sets, 3)), DENIAL_NOT_PROVED);
	sets->sigs[0].len = 3;
	assert_told(nodata("ns1.example", TYPE_A, sets), DENIAL_NOT_PROVED);
	/* The wildcard's own: its asterisk is not counted. */
	sets = RECORDS("*.w.example. NSEC x.w.example. MX RRSIG NSEC");
	assert_told(nodata("*.w.example", TYPE_A, help_sign(sets, 2)), DENIAL_PROVED);
	assert_told(nodata("*.w.example", TYPE_A, help_sign(sets, 1)), DENIAL_NOT_PROVED);
}

static void
a_zone_that_contradicts_itself_proves_nothing(void **state)
{
	struct rrset *gap = RECORDS("a.example. NSEC c.example. A RRSIG NSEC",
	    "example. NSEC a.example. NS SOA RRSIG NSEC DNSKEY");

	(void)state;
	assert_told(nxdomain("b.example", gap), DENIAL_PROVED);
	assert_told(nxdomain("b.example",
			JOIN(gap, RECORDS("*.example. NSEC a.example. MX RRSIG NSEC"))),
	    DENIAL_NOT_PROVED);
	assert_told(wildcard_answer("b.example", 1, gap), DENIAL_PROVED);
	assert_told(wildcard_answer("b.example", 1,
			JOIN(gap, RECORDS("b.example. NSEC c.example. MX RRSIG NSEC"))),
	    DENIAL_NOT_PROVED);
	/* An apex that looks like a delegation. */
	assert_told(no_ds("example", RECORDS("example. NSEC a.example. NS RRSIG NSEC")),
	    DENIAL_NOT_PROVED);
}

/* Only of a zone that makes them up: five gaps at one name, each with another encloser.
 */
static void
a_fifth_gap_at_a_name_is_not_looked_at(void **state)
{
	struct rrset *first = RECORDS("m.n.n.n.n.example. NSEC o.n.n.n.n.example. A");
	struct rrset *others = RECORDS("m.n.n.n.example. NSEC o.n.n.n.example. A",
	    "m.n.n.example. NSEC o.n.n.example. A", "m.n.example. NSEC o.n.example. A",
	    "m.example. NSEC o.example. A", "\\).example. NSEC +.example. A");
	/* All but the last lead to a wildcard that is there. */
	struct rrset *wildcards = RECORDS("*.n.n.n.n.example. NSEC a.n.n.n.n.example. A",
	    "*.n.n.n.example. NSEC a.n.n.n.example. A",
	    "*.n.n.example. NSEC a.n.n.example. A", "*.n.example. NSEC a.n.example. A");
	static const char name[] = "n.n.n.n.n.n.example";

	(void)state;
	assert_told(nxdomain(name, JOIN(others, wildcards)), DENIAL_PROVED);
	assert_told(nxdomain(name, JOIN(first, others, wildcards)), DENIAL_NOT_PROVED);
}

static void
sets_that_are_not_one_record_of_the_class_in_prove_nothing(void **state)
{
	struct rrset *sets = RECORDS("ns1.example. NSEC ns2.example. A RRSIG NSEC");
	struct rdata two[2] = { sets->rdata[0], sets->rdata[0] };

	(void)state;
	sets->rdata = two;
	sets->count = 2;
	assert_told(nodata("ns1.example", TYPE_MX, sets), DENIAL_NOT_PROVED);
	sets->count = 1;
	assert_told(nodata("ns1.example", TYPE_MX, sets), DENIAL_PROVED);
	sets->class = CLASS_CH;
	assert_told(nodata("ns1.example", TYPE_MX, sets), DENIAL_NOT_PROVED);
	sets->class = CLASS_IN;
	sets->type = TYPE_NXT;
	assert_told(nodata("ns1.example", TYPE_MX, sets), DENIAL_NOT_PROVED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_covers_what_lies_between_its_names),
		cmocka_unit_test(the_bitmap_of_rfc_4034_has_five_types),
		cmocka_unit_test(a_bitmap_that_does_not_parse_denies_nothing),
		cmocka_unit_test(a_next_name_that_is_none_denies_nothing),
		cmocka_unit_test(a_name_error_needs_the_gap_and_the_wildcards_gap),
		cmocka_unit_test(no_data_is_told_by_the_record_of_the_name),
		cmocka_unit_test(
		    a_delegation_without_ds_is_insecure_and_one_with_ds_is_not),
		cmocka_unit_test(an_answer_from_a_wildcard_needs_the_gap_at_its_parent),
		cmocka_unit_test(no_data_at_a_wildcard_needs_the_gap_and_the_wildcard),
		cmocka_unit_test(the_apex_says_nothing_of_its_ds),
		cmocka_unit_test(an_empty_non_terminal_has_no_data_and_is_there),
		cmocka_unit_test(a_wildcard_may_be_an_empty_non_terminal),
		cmocka_unit_test(a_cname_at_the_name_is_no_denial),
		cmocka_unit_test(a_parent_says_nothing_of_what_is_beneath_its_delegation),
		cmocka_unit_test(a_dname_says_nothing_of_what_is_beneath_it),
		cmocka_unit_test(a_next_name_out_of_the_zone_proves_nothing),
		cmocka_unit_test(records_of_another_zone_prove_nothing),
		cmocka_unit_test(the_ring_closes_at_the_apex_and_nowhere_else),
		cmocka_unit_test(a_zone_of_one_name_denies_all_others),
		cmocka_unit_test(minimally_covering_records_prove_a_name_error),
		cmocka_unit_test(
		    compact_denials_prove_no_data_and_nxname_that_there_is_no_name),
		cmocka_unit_test(any_is_denied_only_by_a_name_without_data),
		cmocka_unit_test(a_record_expanded_from_a_wildcard_proves_nothing),
		cmocka_unit_test(a_zone_that_contradicts_itself_proves_nothing),
		cmocka_unit_test(a_fifth_gap_at_a_name_is_not_looked_at),
		cmocka_unit_test(
		    sets_that_are_not_one_record_of_the_class_in_prove_nothing),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
