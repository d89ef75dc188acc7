#include "tests/unit/bytes.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/dns.h"
#include "cache/store.h"
#include "resolver/iter/iter.h"
#include "resolver/net/out.h"
#include "resolver/os/rng.h"

/*
 * What one who does not see a query has to guess of it (RFC 5452 9.2): id, port, and the
 * case of the letters. 100,000 queries go from the iterator through the outgoing sockets
 * to a socket of the test, which looks at what arrives, as an attacker's own server
 * would.
 *
 * Each figure has bounds 6.5 standard deviations wide (chi-square's by Wilson and
 * Hilferty), so that a good generator fails one of these twenty about once in 10^9 runs,
 * whatever its seed.
 * Compiled with SEQUENTIAL, this program has a generator that counts, put in the place of
 * resolver/os/rng.c, and shows that every figure notices.
 */

#define QUERIES	 100000u
#define SOCKETS	 512u
#define LETTERS	 13u /* www.example.com */
#define PORT_MIN 1024u
#define WINDOW	 1000u /* queries within which the pool hardly changes */

struct sample {
	uint16_t id, port;
	uint32_t bits; /* one a letter: upper case */
};

static struct sample samples[QUERIES];

/* ---- the generator that counts ---- */

#ifdef SEQUENTIAL
struct rng {
	uint32_t next;
};

struct rng *
rng_new(void)
{
	return calloc(1, sizeof(struct rng));
}

void
rng_free(struct rng *r)
{
	free(r);
}

uint32_t
rng_u32(struct rng *r)
{
	return r->next++;
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return r->next++ % n;
}

void
rng_bytes(struct rng *r, void *out, size_t len)
{
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(r->next >> 8 * (i % 4));
	r->next++;
}

void
rng_fill(void *rng, void *out, size_t len)
{
	rng_bytes(rng, out, len);
}
#endif

/* ---- taking the samples ---- */

struct net {
	struct loop *loop;
	struct rng *rng;
	struct out *out;
	struct conf *conf;
	struct store *store;
	struct rrcache *rrcache;
	struct servers *servers;
	struct iter *iter;
	int server;
	struct addr at;
};

static void
open_server(struct net *n)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	const struct timeval patience = { .tv_sec = 20 };

	n->server = socket(AF_INET, SOCK_DGRAM, 0);
	assert_true(n->server >= 0);
	assert_int_equal(
	    setsockopt(n->server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
	    0);
	assert_int_equal(bind(n->server, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(getsockname(n->server, (struct sockaddr *)&sin, &len), 0);
	addr_from_sockaddr(&n->at, (struct sockaddr *)&sin);
}

static void
open_iter(struct net *n)
{
	static struct conf_errors errors;
	static const struct hashkey key = { 1, 2 };
	const struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };
	char at[ADDR_TEXT_MAX], zone[256];
	const char *overrides[] = { zone, "resolver.validation=false" };

	snprintf(zone, sizeof(zone),
	    "zones=[{name: \".\", kind: forward, only: true, servers: [\"%s\"]}]",
	    addr_to_text(&n->at, at));
	if (conf_load(NULL, overrides, COUNT(overrides), &errors, &n->conf) != ERR_OK)
		fail_msg("%s", errors.errors[0].text);
	n->store = store_new(1 << 20, 1, &key);
	n->rrcache = rrcache_new(n->store, &limits);
	n->servers = servers_new(256, &key);
	n->iter = iter_new(&(struct iter_env){ .conf = n->conf,
	    .rrcache = n->rrcache,
	    .servers = n->servers,
	    .random = rng_fill,
	    .random_ctx = n->rng });
	assert_non_null(n->iter);
}

static void
no_result(void *ctx, const struct out_event *event)
{
	(void)ctx;
	(void)event;
}

/* Letters alone count: "\3www\7example\3com". */
static uint32_t
case_bits(const uint8_t *name)
{
	uint32_t bits = 0;

	for (const uint8_t *p = name; *p != 0; p++)
		if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
			bits = bits << 1 | ((*p & 0x20) == 0);
	return bits;
}

static void
take_sample(struct net *n, struct sample *s)
{
	const struct iter_event start = { .kind = ITER_EVENT_START };
	struct iter_task *t =
	    iter_task_new(n->iter, NAME("\3www\7example\3com"), TYPE_A, false);
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct iter_send send;
	struct out_query *q;
	uint8_t bytes[512];

	assert_int_equal(iter_step(t, &start, 1000000, &send), ITER_SEND);
	assert_int_equal(out_send(n->out, &send.to, send.tcp, send.query, send.query_len,
			     1000, no_result, NULL, &q),
	    ERR_OK);
	assert_true(recvfrom(n->server, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
			&len) > 12);
	s->id = (uint16_t)(bytes[0] << 8 | bytes[1]);
	s->port = ntohs(from.sin_port);
	s->bits = case_bits(bytes + 12);
	out_cancel(q);
	iter_task_free(t);
}

static int
take_samples(void **state)
{
	struct net n = { .loop = loop_new(), .rng = rng_new() };

	(void)state;
	open_server(&n);
	n.out = out_new(n.loop, n.rng, SOCKETS);
	open_iter(&n);
	for (size_t i = 0; i < QUERIES; i++)
		take_sample(&n, &samples[i]);
	iter_free(n.iter);
	servers_free(n.servers);
	rrcache_free(n.rrcache);
	store_free(n.store);
	conf_unref(n.conf);
	out_free(n.out);
	rng_free(n.rng);
	loop_free(n.loop);
	close(n.server);
	return 0;
}

/* ---- the figures ---- */

static uint32_t
id_of(const struct sample *s)
{
	return s->id;
}

static uint32_t
port_of(const struct sample *s)
{
	return s->port;
}

static uint32_t
bits_of(const struct sample *s)
{
	return s->bits;
}

/* Of the values' ${buckets} equal parts, ${values} a multiple of them, from ${first} on.
 * Only values not seen before, where ${fresh}. */
static double
chi_square(uint32_t (*value)(const struct sample *), uint32_t first, uint32_t values,
    uint32_t buckets, bool fresh)
{
	static bool seen[65536];
	uint32_t *count = calloc(buckets, sizeof(*count));
	double all = 0, sum = 0;

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < QUERIES; i++) {
		uint32_t v = value(&samples[i]);

		if (v < first || v - first >= values || (fresh && seen[v]))
			continue;
		seen[v] = true;
		count[(v - first) / (values / buckets)]++;
		all++;
	}
	for (uint32_t b = 0; b < buckets; b++) {
		double off = count[b] - all / buckets;

		sum += off * off / (all / buckets);
	}
	free(count);
	return sum;
}

/* Correlation of each value with the next one. */
static double
serial(uint32_t (*value)(const struct sample *))
{
	double mean = 0, up = 0, down = 0;

	for (size_t i = 0; i < QUERIES; i++)
		mean += (double)value(&samples[i]) / QUERIES;
	for (size_t i = 0; i < QUERIES; i++) {
		double a = value(&samples[i]) - mean;

		down += a * a;
		if (i + 1 < QUERIES)
			up += a * (value(&samples[i + 1]) - mean);
	}
	return down > 0 ? up / down : 1;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* How often two of ${window} queries in a row have the same value, in bits: what who
 * knows all the values in use still has to guess. */
static double
collision_bits(uint32_t (*value)(const struct sample *), size_t window)
{
	uint32_t *v = malloc(window * sizeof(*v));
	double same = 0, pairs = 0;

	for (size_t at = 0; at + window <= QUERIES; at += window) {
		size_t run = 1;

		for (size_t i = 0; i < window; i++)
			v[i] = value(&samples[at + i]);
		qsort(v, window, sizeof(*v), compare);
		for (size_t i = 1; i <= window; i++) {
			if (i < window && v[i] == v[i - 1]) {
				run++;
				continue;
			}
			same += (double)run * (double)(run - 1) / 2;
			run = 1;
		}
		pairs += (double)window * (double)(window - 1) / 2;
	}
	free(v);
	return same > 0 ? log2(pairs / same) : 0; /* never twice: it counts */
}

/* ---- the bounds ---- */

#define BETWEEN(low, x, high) ((low) < (x) && (x) < (high))

/* 255 degrees of freedom: 255 (1 - 2/2295 +- 6.5 sqrt(2/2295))^3. */
#define IS_CHI_255(x) BETWEEN(134, x, 431)
/* 127 degrees, the same way. */
#define IS_CHI_127(x) BETWEEN(48, x, 261)
/* 63 degrees. */
#define IS_CHI_63(x) BETWEEN(14, x, 167)
/* 1 / sqrt(100,000) is one deviation; a pool of 512 adds 1 / 512. */
#define IS_UNRELATED(r) BETWEEN(-0.025, r, 0.025)

/* The bits of a field that shows no pattern; 0 of one that does. */

static double
id_bits(void)
{
	double chi = chi_square(id_of, 0, 65536, 256, false), r = serial(id_of),
	       bits = collision_bits(id_of, QUERIES);

	print_message(
	    "ids: chi-square %.1f (255), serial %.4f, %.2f bits\n", chi, r, bits);
	return IS_CHI_255(chi) && IS_UNRELATED(r) ? bits : 0;
}

static double
port_bits(void)
{
	/* each of them once: a socket's uses come in bunches */
	double chi = chi_square(port_of, PORT_MIN, 65536 - PORT_MIN, 64, true),
	       r = serial(port_of), bits = collision_bits(port_of, WINDOW);

	print_message(
	    "ports: chi-square %.1f (63), serial %.4f, %.2f bits\n", chi, r, bits);
	return IS_CHI_63(chi) && IS_UNRELATED(r) ? bits : 0;
}

static double
case_of_letters_bits(void)
{
	double chi = chi_square(bits_of, 0, 1u << LETTERS, 128, false),
	       r = serial(bits_of), bits = collision_bits(bits_of, QUERIES);
	bool even = true;

	for (unsigned letter = 0; letter < LETTERS; letter++) {
		unsigned upper = 0;

		for (size_t i = 0; i < QUERIES; i++)
			upper += samples[i].bits >> letter & 1;
		/* 50,000 +- 6.5 * sqrt(100,000) / 2 */
		even = even && BETWEEN(48972, upper, 51028);
	}
	print_message(
	    "case: chi-square %.1f (127), serial %.4f, %.2f bits\n", chi, r, bits);
	return even && IS_CHI_127(chi) && IS_UNRELATED(r) ? bits : 0;
}

#ifndef SEQUENTIAL
static void
ids_ports_and_case_are_at_least_32_bits_that_show_no_pattern(void **state)
{
	double id = id_bits(), port = port_bits(), letters = case_of_letters_bits();

	(void)state;
	assert_true(id > 15.9);
	/* the pool's 9 bits, to one who knows each port in it */
	assert_true(port > 8.9);
	assert_true(letters > LETTERS - 0.1);
	assert_true(id + port + letters >= 32);
}
#else
static void
of_a_generator_that_counts_no_field_passes(void **state)
{
	(void)state;
	assert_true(id_bits() == 0);
	assert_true(port_bits() == 0);
	assert_true(case_of_letters_bits() == 0);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef SEQUENTIAL
		cmocka_unit_test(
		    ids_ports_and_case_are_at_least_32_bits_that_show_no_pattern),
#else
		cmocka_unit_test(of_a_generator_that_counts_no_field_passes),
#endif
	};

	return cmocka_run_group_tests(tests, take_samples, NULL);
}
