#include "tests/unit/denial_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/rrcache_denial.h"
#include "resolver/iter/aggressive.h"
#include "resolver/os/clock.h"

/*
 * Aggressive use against brute force: zones made up at random, of which the iterator
 * knows some or all of the records, and names made up at random. What it answers without
 * a query must be what the zone would say; what the zone's whole ring shows it must
 * answer.
 */

#define NOW_MS	  1000000u
#define NODES_MAX 31u

struct zone {
	unsigned count;
	struct help_node nodes[NODES_MAX]; /* the apex first, canonical order */
	char names[NODES_MAX][32];
};

struct bench {
	struct conf *conf;
	struct store *store;
	struct rrcache *rrcache;
	struct servers *servers;
	struct iter *iter;
	uint64_t random;
};

static void
some_random(void *ctx, void *out, size_t len)
{
	uint64_t *n = ctx;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = (uint8_t)((*n += 77) >> 3);
}

static void
bench_open(struct bench *b)
{
	static const char *const options[] = { "resolver.validation=true" };
	static const struct hashkey key = { 1, 2 };
	static struct conf_errors errors;
	struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };
	struct iter_env env;

	memset(b, 0, sizeof(*b));
	assert_int_equal(conf_load(NULL, options, 1, &errors, &b->conf), ERR_OK);
	b->store = store_new(1 << 20, 1, &key);
	b->rrcache = rrcache_new(b->store, &limits);
	assert_true(rrcache_denial_open(b->rrcache, 1 << 20, 1, &key));
	b->servers = servers_new(256, &key);
	env = (struct iter_env){ .conf = b->conf,
		.rrcache = b->rrcache,
		.servers = b->servers,
		.random = some_random,
		.random_ctx = &b->random };
	b->iter = iter_new(&env);
	assert_non_null(b->iter);
}

static void
bench_close(struct bench *b)
{
	iter_free(b->iter);
	servers_free(b->servers);
	rrcache_free(b->rrcache);
	store_free(b->store);
	conf_unref(b->conf);
}

/* Beside each set that has none, a signature of ${zone} over its own name. */
static void
sign_all(struct rrset *list, const char *zone)
{
	for (; list != NULL; list = list->next)
		if (list->sig_count == 0)
			(void)help_sign_by(list,
			    (uint8_t)(dname_labels(list->owner) -
				      (list->owner[0] == 1 && list->owner[1] == '*')),
			    zone);
}

/* The sets of ${list} come in as if they had just been validated. */
static void
learn(struct bench *b, const struct rrset *list)
{
	struct iter_task *t = iter_task_new(b->iter, help_name("x.test"), TYPE_A, false);
	struct rrset *copies = JOIN(list);

	for (struct rrset *s = copies; s != NULL; s = s->next) {
		s->security = SECURITY_SECURE;
		s->trust = TRUST_AUTHORITY;
		s->ttl_sec = 300;
	}
	t->now_ms = NOW_MS;
	sign_all(copies, "test");
	aggressive_learn(t, help_name("test"), copies);
	iter_task_free(t);
}

static struct rrset *
soa(void)
{
	return RECORDS("test 300 IN SOA ns.test h.test 1 2 3 4 300");
}

enum said { SAID_NOTHING, SAID_NODATA, SAID_NXDOMAIN };

static enum said
ask(struct bench *b, const uint8_t *name)
{
	struct iter_task *t = iter_task_new(b->iter, name, TYPE_A, false);
	const struct iter_event start = { .kind = ITER_EVENT_START };
	enum said said = SAID_NOTHING;
	const struct answer *a;
	struct iter_send send;

	if (iter_step(t, &start, NOW_MS, &send) == ITER_DONE) {
		a = iter_task_result(t);
		assert_null(a->answer);
		assert_non_null(a->authority);
		assert_int_equal(a->authority->type, TYPE_SOA);
		assert_int_equal(a->security, SECURITY_SECURE);
		assert_true(a->ttl_sec > 0 && a->ttl_sec <= 300);
		said = a->rcode == RCODE_NXDOMAIN ? SAID_NXDOMAIN : SAID_NODATA;
	}
	iter_task_free(t);
	return said;
}

/* ---- zones ---- */

static void
random_name(char out[32], unsigned depth)
{
	static const char *const labels[] = { "a", "b", "c", "d", "*", "zz" };
	size_t len = 0;

	for (unsigned i = 0; i < depth; i++)
		len += (size_t)snprintf(
		    out + len, 32 - len, "%s.", labels[(unsigned)rand() % 6]);
	snprintf(out + len, 32 - len, "test");
}

static const struct help_node *
node_of(const struct zone *z, const uint8_t *name)
{
	for (unsigned i = 0; i < z->count; i++)
		if (dname_equal(help_name(z->nodes[i].name), name))
			return &z->nodes[i];
	return NULL;
}

static bool
ends_here(const struct help_node *n)
{
	return strcmp(n->types, "NS RRSIG") == 0 || strncmp(n->types, "DNAME", 5) == 0;
}

/* Some node strictly above ${name} hides it. */
static bool
is_hidden(const struct zone *z, const uint8_t *name)
{
	while (*name != 0) {
		const struct help_node *n;

		name = dname_parent(name);
		if ((n = node_of(z, name)) != NULL && ends_here(n))
			return true;
	}
	return false;
}

static void
add_node(struct zone *z, const char *name, const char *types)
{
	const uint8_t *wire = help_name(name);
	unsigned at = z->count;

	if (node_of(z, wire) != NULL || is_hidden(z, wire) || z->count == NODES_MAX)
		return;
	for (unsigned i = 0; i < z->count; i++)
		if (dname_is_strictly_below(help_name(z->nodes[i].name), wire) &&
		    (strcmp(types, "NS RRSIG") == 0 || types[0] == 'D'))
			return;
	while (at > 0 && dname_compare(help_name(z->nodes[at - 1].name), wire) > 0)
		at--;
	memmove(&z->nodes[at + 1], &z->nodes[at], (z->count - at) * sizeof(z->nodes[0]));
	z->nodes[at] = (struct help_node){ z->names[z->count], types };
	snprintf(z->names[z->count++], sizeof(z->names[0]), "%s", name);
}

static void
make_zone(struct zone *z)
{
	static const char *const types[] = { "A RRSIG", "TXT RRSIG", "NS RRSIG",
		"CNAME RRSIG", "DNAME RRSIG", "TXT RRSIG" };
	unsigned wanted = 3 + (unsigned)rand() % 9;

	z->count = 0;
	add_node(z, "test", "NS SOA RRSIG DNSKEY");
	for (unsigned i = 0; i < wanted; i++) {
		char name[32];

		random_name(name, 1 + (unsigned)rand() % 3);
		add_node(z, name, types[(unsigned)rand() % 6]);
	}
}

/* NSEC3 has records for empty non-terminals too. */
static void
add_empty(struct zone *z)
{
	for (unsigned i = 0; i < z->count && z->count < NODES_MAX; i++) {
		char parent[32];
		const char *dot = strchr(z->nodes[i].name, '.');

		if (dot == NULL)
			continue;
		snprintf(parent, sizeof(parent), "%s", dot + 1);
		if (node_of(z, help_name(parent)) != NULL)
			continue;
		add_node(z, parent, "");
		i = 0;
	}
}

static bool
exists(const struct zone *z, const uint8_t *name)
{
	for (unsigned i = 0; i < z->count; i++)
		if (dname_is_below(help_name(z->nodes[i].name), name))
			return true;
	return false;
}

/* What the zone's own server would say of (name, A); SAID_NOTHING: data, or not its
 * own. */
static enum said
truth(const struct zone *z, const uint8_t *name)
{
	static const uint8_t asterisk[] = { 1, '*', 0 };
	const struct help_node *n = node_of(z, name);
	uint8_t wildcard[DNAME_MAX];
	const uint8_t *encloser = name;

	if (is_hidden(z, name))
		return SAID_NOTHING;
	if (!exists(z, name)) {
		while (!exists(z, encloser))
			encloser = dname_parent(encloser);
		assert_int_equal(dname_concat(wildcard, asterisk, 1, encloser), ERR_OK);
		if (!exists(z, wildcard))
			return SAID_NXDOMAIN;
		n = node_of(z, wildcard);
	}
	if (n == NULL || *n->types == '\0')
		return SAID_NODATA;
	return strncmp(n->types, "TXT", 3) == 0 || strncmp(n->types, "DNAME", 5) == 0 ||
		       strstr(n->types, "SOA") != NULL
		   ? SAID_NODATA
		   : SAID_NOTHING;
}

/* A DNAME or cut at a wildcard is nothing that servers agree on. */
static bool
is_odd(const struct zone *z)
{
	for (unsigned i = 0; i < z->count; i++)
		if (z->nodes[i].name[0] == '*' && ends_here(&z->nodes[i]))
			return true;
	return false;
}

static struct rrset *
some_of(struct rrset *ring, bool all)
{
	struct rrset *list = NULL, *next;

	for (struct rrset *s = ring; s != NULL; s = next) {
		next = s->next;
		s->next = NULL;
		if (all || rand() % 2 == 0)
			rrset_append(&list, s);
	}
	return list;
}

static void
check_zone(const struct zone *z, struct rrset *ring, bool all)
{
	struct bench b;

	bench_open(&b);
	learn(&b, some_of(ring, all));
	learn(&b, soa());
	for (unsigned i = 0; i < 60; i++) {
		enum said want, got;
		char text[32];

		random_name(text, (unsigned)rand() % 4);
		want = truth(z, help_name(text));
		got = ask(&b, help_name(text));
		if (got != want && (all || got != SAID_NOTHING))
			fail_msg("%s: %d, not %d", text, got, want);
	}
	bench_close(&b);
}

static void
check_zones(bool hashed)
{
	for (unsigned i = 0; i < 120; i++) {
		struct zone z;

		srand(i + 1);
		make_zone(&z);
		if (is_odd(&z))
			continue;
		if (hashed)
			add_empty(&z);
		check_zone(&z,
		    hashed ? help_ring3(z.nodes, z.count, "1 0 2 aabb")
			   : help_ring(z.nodes, z.count),
		    i % 2 == 0);
	}
}

static void
nsec_answers_what_the_zone_would_say(void **state)
{
	(void)state;
	check_zones(false);
}

static void
nsec3_answers_what_the_zone_would_say(void **state)
{
	(void)state;
	check_zones(true);
}

static const struct help_node small[] = {
	{ "test", "NS SOA RRSIG DNSKEY" },
	{ "mail.test", "A RRSIG" },
	{ "www.test", "A RRSIG" },
};

static void
opt_out_and_many_iterations_prove_nothing(void **state)
{
	static const char *const parameters[] = { "1 1 0 -", "1 0 11 -" };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct bench b;

		bench_open(&b);
		learn(&b, help_ring3(small, 3, parameters[i]));
		learn(&b, soa());
		for (unsigned k = 0; k < 50; k++) {
			char text[32];

			snprintf(text, sizeof(text), "n%u.test", k);
			assert_int_equal(ask(&b, help_name(text)), SAID_NOTHING);
		}
		bench_close(&b);
	}
}

static void
a_flush_of_any_name_concerned_forgets(void **state)
{
	static const struct {
		const char *name;
		bool subtree, forgets;
	} rows[] = {
		{ "nothing.test", false, true },
		{ "test", false, true },
		{ ".", true, true },
		{ "other", true, false },
		{ ".", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;

		bench_open(&b);
		learn(&b, help_ring(small, 3));
		learn(&b, soa());
		assert_int_equal(ask(&b, help_name("nothing.test")), SAID_NXDOMAIN);
		(void)rrcache_flush(b.rrcache, help_name(rows[i].name), rows[i].subtree);
		assert_int_equal(ask(&b, help_name("nothing.test")),
		    rows[i].forgets ? SAID_NOTHING : SAID_NXDOMAIN);
		bench_close(&b);
	}
}

static void
unchecked_records_and_those_of_a_wildcard_do_not_come_in(void **state)
{
	struct rrset *ring = help_ring(small, 3);
	struct iter_task *t;
	struct bench b;

	(void)state;
	bench_open(&b);
	t = iter_task_new(b.iter, help_name("x.test"), TYPE_A, false);
	t->now_ms = NOW_MS;
	for (struct rrset *s = ring; s != NULL; s = s->next)
		s->ttl_sec = 300;
	sign_all(ring, "test");
	aggressive_learn(t, help_name("test"), ring);
	learn(&b, soa());
	assert_int_equal(ask(&b, help_name("nothing.test")), SAID_NOTHING);
	for (struct rrset *s = ring; s != NULL; s = s->next)
		(void)help_sign_by(s, 0, "test");
	learn(&b, ring);
	assert_int_equal(ask(&b, help_name("nothing.test")), SAID_NOTHING);
	iter_task_free(t);
	bench_close(&b);
}

/* Proofs of several zones may stand in one list. */
static void
records_that_another_zone_signed_do_not_come_in(void **state)
{
	struct rrset *ring = help_ring(small, 3);
	struct bench b;

	(void)state;
	bench_open(&b);
	sign_all(ring, ".");
	learn(&b, soa());
	learn(&b, ring);
	assert_int_equal(ask(&b, help_name("nothing.test")), SAID_NOTHING);
	learn(&b, help_ring(small, 3));
	assert_int_equal(ask(&b, help_name("nothing.test")), SAID_NXDOMAIN);
	bench_close(&b);
}

/* ---- the flood ---- */

#define FLOOD 100000u
#define HOSTS 30u

/* The one set, out of its list. */
static void
learn_one(struct bench *b, const struct rrset *set)
{
	struct rrset one = *set;

	one.next = NULL;
	learn(b, &one);
}

/* What a server sends along with NXDOMAIN for a name directly beneath the zone. */
static void
learn_reply(struct bench *b, struct rrset *ring, const char *name, bool hashed)
{
	const uint8_t *wire = help_name(name);
	const struct rrset *before = ring;

	learn(b, soa());
	if (hashed) {
		learn(b, help_at(ring, "test"));
		learn(b, help_at(ring, name));
		learn(b, help_at(ring, "*.test"));
		return;
	}
	for (const struct rrset *s = ring; s != NULL; s = s->next)
		if (dname_compare(s->owner, wire) < 0)
			before = s;
	learn_one(b, ring); /* of the apex: it covers the wildcard */
	learn_one(b, before);
}

static void
flood(bool hashed)
{
	static struct help_node nodes[HOSTS + 1];
	static char names[HOSTS][32];
	struct rrset *ring;
	unsigned queries = 0;
	uint64_t ns = 0;
	struct bench b;

	nodes[0] = small[0];
	for (unsigned i = 0; i < HOSTS; i++) {
		snprintf(names[i], sizeof(names[i]), "h%03u.test", i * 33);
		nodes[i + 1] = (struct help_node){ names[i], "A RRSIG" };
	}
	ring = hashed ? help_ring3(nodes, HOSTS + 1, "1 0 0 -")
		      : help_ring(nodes, HOSTS + 1);
	bench_open(&b);
	srand(3);
	for (unsigned i = 0; i < FLOOD; i++) {
		uint8_t name[] = "\12h000000000\4test";
		uint64_t began_ns;
		enum said said;
		char text[32];

		snprintf(
		    text, sizeof(text), "h%03u%06u.test", (unsigned)rand() % 1000, i);
		memcpy(name + 1, text, 10);
		began_ns = clock_cpu_ns();
		said = ask(&b, name);
		if (said == SAID_NXDOMAIN) {
			ns += clock_cpu_ns() - began_ns;
			continue;
		}
		queries++;
		learn_reply(&b, ring, text, hashed);
	}
	print_message("%s: %u made-up names, %u queries, %llu ns a synthesised answer\n",
	    hashed ? "NSEC3" : "NSEC", FLOOD, queries,
	    (unsigned long long)(ns / (FLOOD - queries)));
	assert_true(queries <= HOSTS + 2);
	bench_close(&b);
}

static void
a_flood_of_made_up_names_costs_one_query_a_gap(void **state)
{
	(void)state;
	flood(false);
}

static void
a_flood_of_made_up_names_costs_one_query_a_hashed_gap(void **state)
{
	(void)state;
	flood(true);
}

int
main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		ROW(nsec_answers_what_the_zone_would_say),
		ROW(nsec3_answers_what_the_zone_would_say),
		ROW(opt_out_and_many_iterations_prove_nothing),
		ROW(a_flush_of_any_name_concerned_forgets),
		ROW(unchecked_records_and_those_of_a_wildcard_do_not_come_in),
		ROW(records_that_another_zone_signed_do_not_come_in),
		ROW(a_flood_of_made_up_names_costs_one_query_a_gap),
		ROW(a_flood_of_made_up_names_costs_one_query_a_hashed_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
