/*
 * Nanoseconds per call of what the hit path and the miss path are made of: question
 * parse, cache hit, detection's front and depth. CPU time of this thread, the best of
 * ROUNDS: the machine's other work only ever adds. Run by hand (tests/bench/README.md),
 * never a test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "cache/anscache.h"
#include "conf/conf.h"
#include "detect/detect.h"
#include "resolver/os/clock.h"
#include "resolver/wire/answer.h"
#include "resolver/wire/cookie.h"
#include "resolver/wire/msg.h"

#define NAMES  10000u
#define ROUNDS 7u

struct bench {
	struct conf *conf;
	struct anscache *cache;
	struct detect *detect;
	struct addr client;
	uint8_t packets[NAMES][QUERY_MAX];
	size_t packet_len[NAMES];
	struct question questions[NAMES];
	struct anscache_key keys[NAMES];
	uint8_t fresh[NAMES][DNAME_MAX];  /* all in one owner's zone */
	uint8_t spread[NAMES][DNAME_MAX]; /* in as many zones */
	uint64_t now_ms;
	uint64_t stopped; /* of the questions judged */
	uint64_t sum;	  /* so that nothing is optimised away */
};

static void
make_name(unsigned i, const char *host, const char *zone, uint8_t out[DNAME_MAX])
{
	char text[DNAME_TEXT_MAX];
	struct dname name;

	snprintf(
	    text, sizeof text, "%s%08x.site%u.%s", host, i * 2654435761u, i % 900, zone);
	if (dname_from_text(text, &name) != ERR_OK)
		exit(1);
	dname_copy(out, name.bytes);
}

static void
make_questions(struct bench *b)
{
	for (unsigned i = 0; i < NAMES; i++) {
		uint8_t name[DNAME_MAX];
		char owner[32];
		struct query q = { .id = (uint16_t)i,
			.qname = name,
			.qtype = TYPE_A,
			.qclass = CLASS_IN,
			.recursion_desired = true,
			.edns = true,
			.udp_size = EDNS_UDP_SIZE };

		make_name(i, "host-", "example.com", name);
		make_name(i + 77777777u, "node", "example.net", b->fresh[i]);
		snprintf(owner, sizeof owner, "owner%u.net", i);
		make_name(i, "node", owner, b->spread[i]);
		b->packet_len[i] = query_write(&q, b->packets[i], QUERY_MAX);
		if (question_parse(b->packets[i], b->packet_len[i], &b->questions[i]) !=
		    QUESTION_OK)
			exit(1);
	}
}

static void
fill_cache(struct bench *b)
{
	static struct rendered r;
	static uint8_t message[4096];
	struct arena *arena = arena_new(1u << 20);

	for (unsigned i = 0; i < NAMES; i++) {
		struct question *q = &b->questions[i];
		struct anscache_info info = { .zone_index = UINT32_MAX,
			.ede_code = EDE_NONE };
		struct answer a;

		answer_init(&a, RCODE_NOERROR);
		a.answer = rrset_new_one(arena, q->qname, TYPE_A, 3600, "\300\0\2\1", 4);
		if (answer_render(&a, q, sizeof message, true, message, &r) != ERR_OK)
			exit(1);
		info.len = (uint16_t)r.len;
		b->keys[i] = (struct anscache_key){ .qname = q->qname,
			.qname_len = q->qname_len,
			.qtype = q->qtype,
			.qclass = q->qclass };
		anscache_hash(b->cache, &b->keys[i]);
		anscache_put(b->cache, &b->keys[i], message, &info, r.ttl_at, r.ttl_count,
		    3600, b->now_ms);
		arena_reset(arena);
	}
	arena_free(arena);
}

static void
run_parse(struct bench *b, unsigned i)
{
	static struct question q;

	b->sum +=
	    (uint64_t)question_parse(b->packets[i], b->packet_len[i], &q) + q.qname_len;
}

static void
run_hit(struct bench *b, unsigned i)
{
	static uint8_t out[4096];
	struct anscache_key key = b->keys[i];
	struct anscache_info info;

	anscache_hash(b->cache, &key);
	if (anscache_get(b->cache, &key, b->now_ms, out, sizeof out, &info) != ERR_OK)
		exit(1);
	answer_personalise(out, info.len, &b->questions[i]);
	b->sum += out[3];
}

/* What a question with a good cookie costs more; one without pays a comparison. */
static void
run_cookie_check(struct bench *b, unsigned i)
{
	static const struct cookie_secrets secrets = { .count = 2,
		.keys = { { 1, 2 }, { 3, 4 } } };
	static uint8_t cookie[COOKIE_LEN] = "clientco";

	if (i == 0)
		cookie_make(&secrets, cookie, &b->client, 1795000000, cookie);
	b->sum += (uint64_t)cookie_check(
	    &secrets, cookie, sizeof cookie, &b->client, 1795000000 + i % 1800);
}

static void
run_cookie_make(struct bench *b, unsigned i)
{
	static const struct cookie_secrets secrets = { .count = 1, .keys = { { 1, 2 } } };
	uint8_t cookie[COOKIE_LEN] = "clientco";

	cookie_make(&secrets, cookie, &b->client, 1795000000 + i, cookie);
	b->sum += cookie[COOKIE_LEN - 1];
}

static void
run_front(struct bench *b, unsigned i)
{
	struct addr client = b->client;

	client.bytes[3] = (uint8_t)i;
	b->sum += (uint64_t)detect_limit(
	    b->detect, b->conf, &b->conf->groups[0], &client, false, b->now_ms + i);
	detect_hit(b->detect, i & 1023, &client, b->now_ms + i);
}

/* A name that nobody has asked: the eight hex digits behind "node" are a counter. */
static const uint8_t *
fresh_name(uint8_t *name, uint64_t now_ms)
{
	uint64_t n = now_ms * 2654435761u;

	for (unsigned digit = 0; digit < 8; digit++, n >>= 4)
		name[5 + digit] = (uint8_t) "0123456789abcdef"[n & 15];
	return name;
}

static void
run_deep(struct bench *b, unsigned i, uint8_t *name, uint64_t step_ms)
{
	struct now now = { .mono_ms = b->now_ms, .wall_ms = 1700000000000 };
	struct detect_question q = {
		.client = b->client, .qname = fresh_name(name, b->now_ms), .qtype = TYPE_A
	};
	struct detect_verdict v;

	b->now_ms += step_ms;
	q.client.bytes[3] = (uint8_t)i;
	detect_question(b->detect, b->conf, &q, &now, &v);
	b->stopped += v.action != DETECT_PASS;
	b->sum += (uint64_t)v.action;
}

/* Names in as many zones, so slowly that all pass: people's. */
static void
run_passed(struct bench *b, unsigned i)
{
	run_deep(b, i, b->spread[i], 200);
}

/* Names in one zone, faster than it may: nearly all are stopped, and say why. */
static void
run_stopped(struct bench *b, unsigned i)
{
	run_deep(b, i, b->fresh[i], 1);
}

static void
measure(struct bench *b, const char *name, void (*run)(struct bench *, unsigned))
{
	double best = 1e12;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns();
		double ns;

		for (unsigned i = 0; i < NAMES; i++)
			run(b, i);
		ns = (double)(clock_cpu_ns() - start) / NAMES;
		best = ns < best ? ns : best;
	}
	printf("%-24s %8.1f ns\n", name, best);
}

int
main(void)
{
	static struct bench b;
	static struct conf_errors errors;
	struct hashkey key = { 1, 2 };
	struct store *store = store_new(64u << 20, 8, &key);

	b.now_ms = 1000000;
	if (store == NULL || addr_from_text("192.0.2.7", 0, &b.client) != ERR_OK ||
	    conf_load(NULL, NULL, 0, &errors, &b.conf) != ERR_OK ||
	    (b.cache = anscache_new(store)) == NULL ||
	    (b.detect = detect_new(b.conf, &key, 1)) == NULL)
		return 1;
	make_questions(&b);
	fill_cache(&b);
	measure(&b, "question parse", run_parse);
	measure(&b, "cache hit", run_hit);
	measure(&b, "cookie check", run_cookie_check);
	measure(&b, "cookie make", run_cookie_make);
	measure(&b, "detect front", run_front);
	measure(&b, "detect deep, passed", run_passed);
	/* A few zones lie five to a bucket: they begin anew each round, as strangers'. */
	if (b.stopped > ROUNDS * NAMES / 500)
		return 1;
	measure(&b, "detect deep, stopped", run_stopped);
	detect_free(b.detect);
	anscache_free(b.cache);
	store_free(store);
	conf_unref(b.conf);
	return b.sum == 42;
}
