#include "tests/unit/denial_help.h"

#include <stdio.h>
#include <string.h>

/*
 * Both ways to deny against the truth. One small zone with all that is odd in zones, a
 * model that knows what is true of each name, and every name of up to three labels over
 * a few letters: the whole ring has to prove what is true and nothing else, and no piece
 * of it may prove what is not.
 */
static const struct help_node zone[] = {
	{ "t", "NS SOA RRSIG NSEC DNSKEY" },
	{ "a.t", "A RRSIG NSEC" },
	{ "b.c.t", "A RRSIG NSEC" }, /* c.t is empty */
	{ "*.d.t", "TXT RRSIG NSEC" },
	{ "x.d.t", "A RRSIG NSEC" },
	{ "e.t", "DNAME RRSIG NSEC" },
	{ "f.t", "NS RRSIG NSEC" },
	{ "g.t", "NS DS RRSIG NSEC" },
	{ "h.t", "CNAME RRSIG NSEC" },
	{ "b.*.i.t", "A RRSIG NSEC" }, /* an empty wildcard */
	{ "*.k.t", "CNAME RRSIG NSEC" },
};
/* What has a hash but no NSEC record. */
static const struct help_node empty[] = {
	{ "c.t", "" },
	{ "d.t", "" },
	{ "i.t", "" },
	{ "*.i.t", "" },
	{ "k.t", "" },
};
static const char *const letters[] = { "*", "a", "b", "c", "d", "e", "f", "g", "h", "i",
	"k", "x", "z" };

/* A claim as the tests put it. */
struct claim {
	enum denial_claim claim;
	uint16_t type;
};
static const struct claim claims[] = {
	{ DENIAL_NXDOMAIN, TYPE_A },
	{ DENIAL_NODATA, TYPE_A },
	{ DENIAL_NODATA, TYPE_TXT },
	{ DENIAL_NODATA, TYPE_DS },
	{ DENIAL_NODATA, TYPE_NS },
	{ DENIAL_WILDCARD_ANSWER, TYPE_TXT },
	{ DENIAL_NO_DS, TYPE_DS },
};

/* The model. It works on text and knows nothing of rings. */
static const struct help_node *
node_at(const char *name)
{
	for (size_t i = 0; i < COUNT(zone); i++)
		if (strcmp(zone[i].name, name) == 0)
			return &zone[i];
	for (size_t i = 0; i < COUNT(empty); i++)
		if (strcmp(empty[i].name, name) == 0)
			return &empty[i];
	return NULL;
}

static bool
lists(const struct help_node *node, const char *type)
{
	char all[100], wanted[20];

	snprintf(all, sizeof(all), " %s ", node->types);
	snprintf(wanted, sizeof(wanted), " %s ", type);
	return strstr(all, wanted) != NULL;
}

static bool
is_cut(const struct help_node *node)
{
	return lists(node, "NS") && !lists(node, "SOA");
}

static const char *
parent(const char *name)
{
	return strchr(name, '.') + 1;
}

static unsigned
labels_of(const char *name)
{
	unsigned labels = 1;

	for (; *name != '\0'; name++)
		labels += *name == '.';
	return labels;
}

/* The last ${labels} labels. */
static const char *
suffix(const char *name, unsigned labels)
{
	for (unsigned have = labels_of(name); have > labels; have--)
		name = parent(name);
	return name;
}

/* Beneath a cut or a DNAME. */
static bool
is_outside(const char *name)
{
	while (strcmp(name, "t") != 0) {
		const struct help_node *node = node_at(name = parent(name));

		if (node != NULL && (is_cut(node) || lists(node, "DNAME")))
			return true;
	}
	return false;
}

static bool
has_not(const struct help_node *node, uint16_t type)
{
	char text[DNS_MNEMONIC_MAX];

	if (lists(node, dns_type_text(type, text)) || lists(node, "CNAME"))
		return false;
	return type == TYPE_DS ? !lists(node, "SOA") : !is_cut(node);
}

/* The wildcard that could answer for a name that is not there; NULL: there is none. */
static const struct help_node *
wildcard_of(const char *name, unsigned *labels)
{
	char text[64];

	do
		name = parent(name);
	while (node_at(name) == NULL);
	*labels = labels_of(name);
	snprintf(text, sizeof(text), "*.%s", name);
	return node_at(text);
}

/* ${labels}: where a wildcard's answer is said to come from. */
static bool
is_true(const struct claim *c, const char *name, unsigned labels)
{
	const struct help_node *node = node_at(name), *wildcard = NULL;
	unsigned encloser = 0;

	if (is_outside(name))
		return false;
	if (node == NULL)
		wildcard = wildcard_of(name, &encloser);
	switch (c->claim) {
	case DENIAL_NXDOMAIN:
		return node == NULL && wildcard == NULL;
	case DENIAL_NODATA:
		if (node == NULL)
			node = wildcard;
		return node != NULL && has_not(node, c->type);
	case DENIAL_WILDCARD_ANSWER:
		return node == NULL && encloser == labels;
	default:
		return node != NULL && is_cut(node) && !lists(node, "DS");
	}
}

/* Calls ${check} for each name of up to ${depth} labels beneath the zone, and the zone.
 */
static void
each_name(
    const char *end, unsigned depth, void (*check)(const char *, void *), void *with)
{
	char name[64];

	check(end, with);
	for (size_t i = 0; depth > 0 && i < COUNT(letters); i++) {
		snprintf(name, sizeof(name), "%s.%s", letters[i], end);
		each_name(name, depth - 1, check, with);
	}
}

struct run {
	const struct rrset *sets;
	bool whole;   /* what is true must be proved */
	bool opt_out; /* perhaps without AD */
	unsigned proofs;
};

static void
compare(const char *name, const struct claim *c, unsigned labels, struct run *run)
{
	struct told told = help_ask(c->claim, name, c->type, labels, "t", run->sets);
	bool truth = is_true(c, name, labels);

	if (told.result == DENIAL_PROVED && !truth)
		fail_msg("proved: %s, claim %d, type %d", name, c->claim, c->type);
	if (told.result == DENIAL_PROVED_INSECURE && !run->opt_out)
		fail_msg("insecure: %s, claim %d, type %d", name, c->claim, c->type);
	if (told.result == DENIAL_NOT_PROVED && truth && run->whole)
		fail_msg("not proved: %s, claim %d, type %d", name, c->claim, c->type);
	assert_int_not_equal(told.result, DENIAL_LIMIT);
	run->proofs += told.result == DENIAL_PROVED;
}

/* An NSEC3 proof takes it from the wildcard that its parent is there, so only labels of
 * wildcards that are there make sense. */
static bool
has_wildcard(const char *name, unsigned labels)
{
	char text[64];

	snprintf(text, sizeof(text), "*.%.50s", suffix(name, labels));
	return node_at(text) != NULL;
}

static void
compare_all(const char *name, void *with)
{
	unsigned labels = labels_of(name);

	for (size_t i = 0; i < COUNT(claims); i++) {
		if (claims[i].claim != DENIAL_WILDCARD_ANSWER) {
			compare(name, &claims[i], 0, with);
			continue;
		}
		for (unsigned l = 1; l <= labels; l++)
			if (has_wildcard(name, l))
				compare(name, &claims[i], l, with);
	}
}

/* The ring of all names but ${without}, which may be NULL. */
static struct rrset *
hashed_ring(const char *parameters, const char *without)
{
	struct help_node all[COUNT(zone) + COUNT(empty)];
	size_t count = 0;

	for (size_t i = 0; i < COUNT(zone); i++)
		if (without == NULL || strcmp(zone[i].name, without) != 0)
			all[count++] = zone[i];
	for (size_t i = 0; i < COUNT(empty); i++)
		all[count++] = empty[i];
	return help_ring3(all, count, parameters);
}

static void
a_whole_nsec_ring_proves_what_is_true_and_nothing_else(void **state)
{
	struct run run = { .sets = help_ring(zone, COUNT(zone)), .whole = true };

	(void)state;
	each_name("t", 3, compare_all, &run);
	assert_true(run.proofs > 1000);
}

static void
a_whole_nsec3_ring_proves_what_is_true_and_nothing_else(void **state)
{
	struct run run = { .sets = hashed_ring("1 0 1 beef", NULL), .whole = true };

	(void)state;
	each_name("t", 3, compare_all, &run);
	assert_true(run.proofs > 1000);
}

/* The delegation without DS has no record, and what is proved by its span is so without
 * AD. */
static void
opt_out_never_proves_securely_what_is_not_true(void **state)
{
	struct run run = { .whole = true, .opt_out = true };

	(void)state;
	run.sets = hashed_ring("1 1 0 -", "f.t");
	each_name("t", 3, compare_all, &run);
	assert_true(run.proofs > 10);
}

struct pieces {
	struct run run;
	unsigned depth;
	struct rrset *at[32];
	size_t count;
};

static void
take_apart(struct rrset *ring, struct pieces *out)
{
	while (ring != NULL) {
		out->at[out->count++] = ring;
		ring = ring->next;
	}
}

/* Each one, each pair and each three, where some of i, k and l are the same. */
static void
try_three(struct pieces *p, size_t i, size_t k, size_t l)
{
	p->at[i]->next = NULL;
	p->at[k]->next = NULL;
	p->at[l]->next = NULL;
	if (l != k)
		p->at[k]->next = p->at[l];
	if (k != i)
		p->at[i]->next = p->at[k];
	p->run.sets = p->at[i];
	each_name("t", p->depth, compare_all, &p->run);
}

static void
try_all_threes(struct pieces *p)
{
	for (size_t i = 0; i < p->count; i++)
		for (size_t k = i; k < p->count; k++)
			for (size_t l = k; l < p->count; l++)
				try_three(p, i, k, l);
}

static void
no_three_nsec_records_prove_what_is_not_true(void **state)
{
	struct pieces p = { .depth = 2 };

	(void)state;
	take_apart(help_ring(zone, COUNT(zone)), &p);
	try_all_threes(&p);
	assert_true(p.run.proofs > 1000);
}

static void
no_three_nsec3_records_prove_what_is_not_true(void **state)
{
	struct pieces p = { .depth = 1 };

	(void)state;
	take_apart(hashed_ring("1 0 0 -", NULL), &p);
	try_all_threes(&p);
	assert_true(p.run.proofs > 1000);
}

/* A zone on its way from one to the other: each has to do alone, and NSEC comes first. */
static void
nsec_and_nsec3_prove_nothing_together(void **state)
{
	struct rrset *ring3 = hashed_ring("1 0 0 -", NULL);
	struct rrset *gap = RECORDS("h.t. NSEC b.*.i.t. CNAME RRSIG NSEC");
	struct rrset *wildcard = RECORDS("t. NSEC a.t. NS SOA RRSIG NSEC DNSKEY");
	struct told told;

	(void)state;
	assert_told(help_ask(DENIAL_NXDOMAIN, "hh.t", TYPE_A, 0, "t",
			JOIN(gap, help_at(ring3, "*.t"))),
	    DENIAL_NOT_PROVED);
	told =
	    help_ask(DENIAL_NXDOMAIN, "hh.t", TYPE_A, 0, "t", JOIN(ring3, gap, wildcard));
	assert_told(told, DENIAL_PROVED);
	assert_int_equal(told.hashes, 0);
	told = help_ask(DENIAL_NXDOMAIN, "hh.t", TYPE_A, 0, "t", JOIN(gap, ring3));
	assert_told(told, DENIAL_PROVED);
	assert_int_equal(told.hashes, 3);
	/* Iterations count only where NSEC does not do. */
	told = help_ask(DENIAL_NXDOMAIN, "hh.t", TYPE_A, 0, "t",
	    JOIN(hashed_ring("1 0 51 -", NULL), gap, wildcard));
	assert_told(told, DENIAL_PROVED);
}

/* Only so many records are looked at; a list as long as it likes costs no more. */
static void
what_stands_behind_sixty_four_records_is_not_seen(void **state)
{
	struct rrset *one = RECORDS("x.t. NSEC y.t. A RRSIG NSEC");
	struct rrset *name = RECORDS("a.t. NSEC b.t. A RRSIG NSEC");
	struct rrset *list = NULL;

	(void)state;
	for (unsigned i = 0; i < 63; i++)
		rrset_append(&list, JOIN(one));
	assert_told(help_ask(DENIAL_NODATA, "a.t", TYPE_MX, 0, "t", JOIN(list, name)),
	    DENIAL_PROVED);
	assert_told(
	    help_ask(DENIAL_NODATA, "a.t", TYPE_MX, 0, "t", JOIN(list, one, name)),
	    DENIAL_NOT_PROVED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_nsec_ring_proves_what_is_true_and_nothing_else),
		cmocka_unit_test(a_whole_nsec3_ring_proves_what_is_true_and_nothing_else),
		cmocka_unit_test(opt_out_never_proves_securely_what_is_not_true),
		cmocka_unit_test(no_three_nsec_records_prove_what_is_not_true),
		cmocka_unit_test(no_three_nsec3_records_prove_what_is_not_true),
		cmocka_unit_test(nsec_and_nsec3_prove_nothing_together),
		cmocka_unit_test(what_stands_behind_sixty_four_records_is_not_seen),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
