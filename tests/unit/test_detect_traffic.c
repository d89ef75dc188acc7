#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "tests/detect/fixture.h"
#include "tests/detect/forms.h"
#include "tests/detect/services.h"
#include "tests/detect/traffic.h"

/*
 * Recorded counts: generated traffic through the detector, with a cache before it as in
 * the resolver. A change that moves a figure says so here and in its commit.
 */

#define CACHE_SLOTS (1u << 20)
#define ZONES_MAX   64u

#define EXPECTED_STOPPED 1238 /* of 288,225; nearly all of them names of adpixel.com */

struct cached {
	uint64_t key;
	double until;
	uint32_t ticket;
};

struct run {
	struct fixture f;
	struct cached *cache;
	unsigned questions, misses, stopped, refused, first_stop;
	unsigned payload; /* passed in all */
	unsigned zone_count;
	struct dname zones[ZONES_MAX];
	unsigned zone_stopped[ZONES_MAX];
	bool stop_at_first;
};

static void
note_zone(struct run *r)
{
	const struct event *e = &r->f.v.event;

	if (!r->f.v.has_event || (e->action != EVENT_HOLD && e->action != EVENT_SINKHOLE))
		return;
	for (unsigned i = 0; i < r->zone_count; i++)
		if (dname_equal(r->zones[i].bytes, e->zone.bytes))
			return;
	if (r->zone_count < ZONES_MAX)
		r->zones[r->zone_count++] = e->zone;
}

/* Its query leaves to the server, if it may, and one address comes back. */
static bool
send_and_answer(struct run *r, const struct traffic_question *q, const char *client)
{
	struct dname name = fixture_name(q->name);
	char server[32];
	struct detect_answer a = { .client = fixture_addr(client),
		.qname = name.bytes,
		.qtype = q->type,
		.address_count = 1,
		.piece_count = 1 };

	snprintf(server, sizeof(server), "192.0.2.%u", q->server);
	a.authority = fixture_addr(server);
	a.pieces[0] = (struct detect_piece){ name.bytes[1] + 1u, 4 };
	if (!detect_send(r->f.detect, r->f.v.zone_index, &a.authority, r->f.now.mono_ms))
		return false;
	detect_answer(r->f.detect, r->f.conf, &a, &r->f.now, &r->f.v);
	return r->f.v.action == DETECT_PASS;
}

static bool
judge(struct run *r, const struct traffic_question *q, const char *client)
{
	bool passed = fixture_ask(&r->f, client, q->name, q->type);

	note_zone(r);
	if (passed && q->server != 0) {
		passed = send_and_answer(r, q, client);
		note_zone(r);
	}
	if (passed && q->data_bytes != 0) {
		passed = fixture_answer(
		    &r->f, client, q->name, q->type, q->data_bytes, q->answer_hash);
		note_zone(r);
	}
	if (r->f.v.action == DETECT_REFUSE)
		r->refused++;
	return passed;
}

static bool
one(void *ctx, const struct traffic_question *q)
{
	struct run *r = ctx;
	const struct hashkey key = { 5, 6 };
	struct dname name = fixture_name(q->name);
	uint64_t hash =
	    siphash13(&key, name.bytes, name.len) ^ ((uint64_t)q->type << 1 | 1);
	struct cached *c = &r->cache[hash % CACHE_SLOTS];
	char client[32];

	r->questions++;
	r->f.now.mono_ms = 1000 + (uint64_t)(q->time_sec * 1000);
	snprintf(client, sizeof(client), "10.%u.%u.%u", q->client >> 16,
	    q->client >> 8 & 255, q->client & 255);
	if (c->key == hash && c->until > q->time_sec) {
		struct addr a = fixture_addr(client);

		detect_hit(r->f.detect, c->ticket, &a, r->f.now.mono_ms);
		return true;
	}
	r->misses++;
	if (judge(r, q, client)) {
		*c = (struct cached){ hash,
			q->time_sec + (q->ttl_sec > 5 ? q->ttl_sec : 5),
			r->f.v.zone_index };
		r->payload += q->payload;
		return true;
	}
	r->stopped++;
	for (unsigned i = 0; i < r->zone_count; i++)
		r->zone_stopped[i] += dname_is_below(name.bytes, r->zones[i].bytes);
	if (r->first_stop == 0)
		r->first_stop = r->questions;
	return true;
}

static void
run_new(struct run *r, const char *const *overrides, unsigned count)
{
	memset(r, 0, sizeof(*r));
	fixture_new(&r->f, overrides, count);
	r->cache = calloc(CACHE_SLOTS, sizeof(*r->cache));
	assert_non_null(r->cache);
}

static void
run_free(struct run *r)
{
	free(r->cache);
	fixture_free(&r->f);
}

struct record {
	enum traffic_channel channel;
	unsigned first_stop; /* number of the first question stopped; 0: none */
	unsigned payload;    /* bytes that got out in all 2,000 questions */
};

static void
expect_channels(const struct record *records, size_t count, const char *const *overrides,
    unsigned override_count)
{
	for (size_t i = 0; i < count; i++) {
		struct run r;

		run_new(&r, overrides, override_count);
		traffic_channel(1, records[i].channel, 2000, one, &r);
		print_message("%-24s stopped at %u, %u bytes out\n",
		    traffic_name(records[i].channel), r.first_stop, r.payload);
		assert_int_equal(r.first_stop, records[i].first_stop);
		assert_int_equal(r.payload, records[i].payload);
		run_free(&r);
	}
}

static void
channels_are_stopped_at_the_recorded_question(void **state)
{
	static const struct record records[] = {
		{ TRAFFIC_IODINE, 1, 0 },
		{ TRAFFIC_IODINE_CNAME, 1, 0 },
		{ TRAFFIC_DNS2TCP, 1, 0 },
		{ TRAFFIC_HEX_SLOW, 28, 108 },
		{ TRAFFIC_BASE32_SLOW, 8, 105 },
		{ TRAFFIC_DECIMAL, 84, 166 },
		{ TRAFFIC_WORDS, 6, 15 },
		{ TRAFFIC_SPREAD, 8, 105 },
		{ TRAFFIC_DOWN_TXT, 23, 0 },
		{ TRAFFIC_BEACON_HEX, 30, 116 },
		{ TRAFFIC_MANY_ZONES, 27, 6620 },
		{ TRAFFIC_MANY_BOTS, 51, 12000 },
		{ TRAFFIC_DNSCAT2, 2, 15 },
		{ TRAFFIC_DNSTT, 1, 0 },
		{ TRAFFIC_SLIVER, 2, 20 },
		{ TRAFFIC_COBALT, 2, 12 },
		{ TRAFFIC_EXFILTRATOR, 1, 37 },
		{ TRAFFIC_OZYMAN, 1, 0 },
		{ TRAFFIC_DIG, 4, 90 },
	};

	(void)state;
	expect_channels(records, sizeof(records) / sizeof(records[0]), NULL, 0);
}

static void
a_beacon_that_carries_nothing_is_not_stopped(void **state)
{
	static const struct record records[] = { { TRAFFIC_BEACON, 0, 0 } };

	(void)state;
	expect_channels(records, 1, NULL, 0);
}

static void
a_company_day_goes_by_with_the_recorded_wrong_stops(void **state)
{
	struct run r;
	char name[DNAME_TEXT_MAX];

	(void)state;
	run_new(&r, NULL, 0);
	traffic_company(1, 120, 10, one, &r);
	print_message("%u questions, %u misses, %u stopped, %u refused, %u zones\n",
	    r.questions, r.misses, r.stopped, r.refused, r.zone_count);
	for (unsigned i = 0; i < r.zone_count; i++)
		print_message("  %s, %u stopped\n", dname_to_text(r.zones[i].bytes, name),
		    r.zone_stopped[i]);
	assert_true(r.questions > 250000);
	/* Two services whose names look random and that no list knows: one whose every
	 * name is new, and an antivirus cloud until it shows that its clients share
	 * names. */
	assert_int_equal(r.zone_count, 2);
	assert_string_equal(dname_to_text(r.zones[0].bytes, name), "kumoguard.com");
	assert_string_equal(dname_to_text(r.zones[1].bytes, name), "adpixel.com");
	assert_int_equal(r.stopped, EXPECTED_STOPPED);
	assert_int_equal(r.refused, 0);
	run_free(&r);
}

/* Nothing is known of these services: no list, no learn period. */
static void
services_that_nobody_knows_are_stopped_as_recorded(void **state)
{
	static const struct {
		enum service service;
		unsigned zones, stopped;
	} records[] = {
		{ SERVICE_BLOCK_LIST, 6, 25464 },
		{ SERVICE_BLOCK_LIST6, 1, 1377 },
		{ SERVICE_SPF, 0, 0 },
		{ SERVICE_SPF_MACRO, 3, 2895 },
		{ SERVICE_DANE, 0, 0 },
		{ SERVICE_OPENPGP, 3, 18 },
		{ SERVICE_ENUM, 1, 1399 },
		{ SERVICE_DIRECTORY, 0, 4 },
		{ SERVICE_PROBES, 0, 0 },
		{ SERVICE_SUFFIX, 1, 4316 },
		{ SERVICE_CLUSTER, 1, 4333 },
		{ SERVICE_DISCOVERY, 0, 0 },
		{ SERVICE_ACME, 0, 0 },
		{ SERVICE_CDN, 0, 0 },
		{ SERVICE_VIDEO, 0, 0 },
		{ SERVICE_STORES, 0, 0 },
		{ SERVICE_DEVICES, 1, 1367 },
		{ SERVICE_VISITS, 1, 1396 },
		{ SERVICE_LATENCY, 1, 4730 },
		{ SERVICE_CLICKS, 0, 0 },
		{ SERVICE_AVCLOUD, 1, 394 },
		{ SERVICE_AVCLOUD_RARE, 1, 43 },
		{ SERVICE_TRACKERS, 0, 0 },
		{ SERVICE_CHAINS, 0, 0 },
		{ SERVICE_REVERSE, 0, 0 },
		{ SERVICE_HOSTING, 0, 0 },
		{ SERVICE_PARKED, 0, 0 },
	};

	(void)state;
	assert_int_equal(sizeof(records) / sizeof(records[0]), SERVICE_COUNT);
	for (size_t i = 0; i < SERVICE_COUNT; i++) {
		struct run r;

		run_new(&r, NULL, 0);
		service_day(7, records[i].service, one, &r);
		print_message("%-26s %u zones, %u of %u stopped\n",
		    service_name(records[i].service), r.zone_count, r.stopped,
		    r.questions);
		assert_int_equal(r.zone_count, records[i].zones);
		assert_int_equal(r.stopped, records[i].stopped);
		run_free(&r);
	}
}

static void
channels_of_any_form_are_stopped_within_the_recorded_bytes(void **state)
{
	/* In the order of the table: bytes out of a thousand questions. */
	static const unsigned payloads[] = {
		25,   /* binary digits */
		81,   /* decimal, two labels */
		90,   /* hex, long */
		156,  /* base 36, short */
		75,   /* syllables */
		24,   /* four words */
		21,   /* a word a label */
		99,   /* punycode */
		96,   /* as a UUID */
		60,   /* one letter a label */
		84,   /* behind www */
		104,  /* like a CDN */
		110,  /* deep zone */
		170,  /* a tenant's zone */
		170,  /* under two labels */
		112,  /* as a service */
		160,  /* as a selector */
		84,   /* as a key's hash */
		75,   /* as a printer */
		170,  /* by HTTPS */
		170,  /* by NS */
		170,  /* by DS */
		170,  /* by PTR */
		24,   /* by TLSA */
		18,   /* by URI, short */
		36,   /* by MX, short */
		36,   /* all at once */
		90,   /* one an hour */
		186,  /* one in six hours */
		2000, /* small, one in ten minutes */
		176,  /* in batches */
		132,  /* by 5 clients */
		132,  /* by 200 clients */
		645,  /* by 200 clients, short */
	};

	(void)state;
	assert_int_equal(sizeof(payloads) / sizeof(payloads[0]), forms_count());
	for (unsigned i = 0; i < forms_count(); i++) {
		struct run r;

		run_new(&r, NULL, 0);
		forms_run(7, &forms[i], 1000, one, &r);
		print_message("%-26s stopped at %u, %u bytes out\n", forms[i].name,
		    r.first_stop, r.payload);
		assert_int_equal(r.payload, payloads[i]);
		run_free(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channels_are_stopped_at_the_recorded_question),
		cmocka_unit_test(a_beacon_that_carries_nothing_is_not_stopped),
		cmocka_unit_test(a_company_day_goes_by_with_the_recorded_wrong_stops),
		cmocka_unit_test(services_that_nobody_knows_are_stopped_as_recorded),
		cmocka_unit_test(
		    channels_of_any_form_are_stopped_within_the_recorded_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
