#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dns.h"
#include "tests/detect/fixture.h"

#define ALICE	"192.0.2.1"
#define BOB	"192.0.2.2"
#define MALLORY "192.0.2.66"

static int
set_up(void **state)
{
	static struct fixture f;

	fixture_new(&f, NULL, 0);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

/* Asks fresh tunnel names until one is stopped, more slowly while they are throttled; how
 * many passed. */
static unsigned
ask_until_stopped(struct fixture *f, const char *client, const char *zone, unsigned first,
    unsigned most)
{
	char name[256];

	for (unsigned i = 0; i < most; i++) {
		fixture_tunnel_name(first + i, name, zone);
		while (!fixture_ask(f, client, name, 0)) {
			if (f->v.action != DETECT_THROTTLE)
				return i;
			fixture_pass(f, 1);
		}
		fixture_pass(f, 0.1);
	}
	return most;
}

/* ${count} clients ask the same few names of ${zone}: everybody knows it. */
static void
make_popular(struct fixture *f, const char *zone, unsigned count)
{
	char client[64], name[300];

	for (unsigned i = 0; i < count; i++) {
		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		for (unsigned k = 0; k < 3; k++) {
			snprintf(name, sizeof(name), "%s.%s",
			    (const char *[]){ "www", "mail", "api" }[k], zone);
			assert_true(fixture_ask(f, client, name, 0));
		}
	}
}

/* ---- a tunnel ---- */

static void
a_tunnel_is_held_within_a_handful_of_questions(void **state)
{
	struct fixture *f = *state;
	unsigned passed = ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);

	assert_in_range(passed, 2, 6);
	assert_int_equal(f->v.action, DETECT_HOLD);
	assert_int_equal(f->v.ede_code, EDE_FILTERED);
	assert_true(f->v.has_event);
	assert_string_equal(f->v.event.id, f->v.event_id);
	assert_int_equal(f->v.event.action, EVENT_HOLD);
	assert_in_range(f->v.event.leaked_up_bytes, 40, 140);
	assert_int_equal(f->v.event.for_sec, f->conf->hold_first_sec);
}

static void
the_evidence_adds_up_to_the_score(void **state)
{
	struct fixture *f = *state;
	double sum = 0;

	ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);
	assert_true(f->v.event.evidence_count >= 4);
	for (unsigned i = 0; i < f->v.event.evidence_count; i++)
		sum += f->v.event.evidence[i].weight;
	assert_true(fabs(sum - f->v.event.score) < 1e-6);
}

static void
a_held_client_hears_the_same_event_and_the_journal_hears_it_once(void **state)
{
	struct fixture *f = *state;
	char id[EVENT_ID_MAX], name[256];

	ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);
	strcpy(id, f->v.event_id);
	for (unsigned i = 200; i < 300; i++) {
		assert_false(fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i, name, "t.example.com"), 0));
		assert_false(f->v.has_event);
		assert_string_equal(f->v.event_id, id);
	}
}

static void
what_was_refused_is_still_fresh_when_asked_again(void **state)
{
	struct fixture *f = *state;
	char name[256];

	for (int i = 0; i < 20; i++)
		assert_false(fixture_ask(
		    f, MALLORY, fixture_tunnel_name(1, name, "example.com"), TYPE_TXT));
}

static void
a_hold_grows_at_each_return_and_leaks_nothing_more(void **state)
{
	struct fixture *f = *state;
	uint32_t expected = f->conf->hold_first_sec;
	char name[256];

	ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);
	for (unsigned i = 0; i < 12; i++) {
		fixture_pass(f, expected + 2);
		assert_false(fixture_ask(
		    f, MALLORY, fixture_tunnel_name(1000 + i, name, "t.example.com"), 0));
		assert_true(f->v.has_event);
		expected = expected * 2 < f->conf->hold_max_sec ? expected * 2
								: f->conf->hold_max_sec;
		assert_int_equal(f->v.event.for_sec, expected);
	}
}

static void
peace_makes_the_next_hold_short_again(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		ask_until_stopped(f, MALLORY, "t.example.com", (unsigned)i * 100, 100);
		fixture_pass(f, 5000);
	}
	assert_int_equal(f->v.event.for_sec, 4 * f->conf->hold_first_sec);
	fixture_pass(f, 10 * 86400.0);
	ask_until_stopped(f, MALLORY, "t.example.com", 900, 100);
	assert_int_equal(f->v.event.for_sec, f->conf->hold_first_sec);
}

static void
a_hold_falls_on_its_client_alone(void **state)
{
	struct fixture *f = *state;

	ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);
	assert_true(fixture_ask(f, BOB, "www.example.com", 0));
	assert_true(fixture_ask(f, BOB, "mail.example.com", TYPE_MX));
	assert_false(fixture_ask(f, MALLORY, "www.example.com", 0));
	assert_true(fixture_ask(f, MALLORY, "www.example.net", 0));
}

static void
a_zone_that_several_clients_feed_stops_for_all(void **state)
{
	struct fixture *f = *state;
	char name[256], client[64];
	unsigned passed = 0, i;

	for (i = 0; i < 100; i++) {
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i % 40);
		passed += fixture_ask(
		    f, client, fixture_tunnel_name(i, name, "example.com"), 0);
		if (f->v.has_event && f->v.event.action == EVENT_SINKHOLE)
			break;
	}
	assert_true(passed <= 6);
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
	assert_int_equal(f->v.event.for_sec, f->conf->sinkhole_first_sec);
	/* A client that nobody has seen yet cannot go on with it, whoever it is. */
	assert_false(
	    fixture_ask(f, ALICE, fixture_tunnel_name(999, name, "example.com"), 0));
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
	f->verified = true;
	assert_false(
	    fixture_ask(f, BOB, fixture_tunnel_name(998, name, "example.com"), 0));
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
}

static void
one_question_that_carries_data_is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	char name[256];

	assert_false(fixture_ask(
	    f, MALLORY, fixture_tunnel_name(1, name, "example.com"), TYPE_TXT));
	assert_int_equal(f->v.action, DETECT_REFUSE);
	assert_true(f->v.has_event);
	/* Base 64 in a name: a poll of a tunnel that is under way. */
	assert_false(fixture_ask(f, BOB, "q#z8anwaba.example.org", TYPE_TXT));
	assert_int_equal(f->v.action, DETECT_REFUSE);
	assert_true(fixture_ask(f, BOB, "qxz8anwaba.example.org", TYPE_TXT));
	/* Underscore labels are services' own: keys, policies. */
	assert_true(fixture_ask(
	    f, ALICE, "selector20261122abcdefghij._domainkey.example.net", TYPE_TXT));
}

static void
types_that_nobody_needs_are_refused_by_policy(void **state)
{
	struct fixture *f = *state;
	unsigned events = 0;

	for (unsigned i = 0; i < 50; i++) {
		assert_false(fixture_ask(
		    f, ALICE, "www.example.com", i % 2 ? TYPE_NULL : TYPE_KEY));
		assert_int_equal(f->v.action, DETECT_REFUSE);
		assert_int_equal(f->v.ede_code, EDE_BLOCKED);
		assert_true(f->v.event_id[0] != '\0');
		events += f->v.has_event;
	}
	assert_int_equal(events, 1);
	assert_false(fixture_ask(f, ALICE, "www.example.com", 65280));
	assert_true(fixture_ask(f, ALICE, "www.example.com", TYPE_A));
	fixture_pass(f, f->conf->hold_first_sec);
	assert_false(fixture_ask(f, ALICE, "www.example.com", TYPE_NULL));
	assert_true(f->v.has_event);
}

static void
the_event_names_the_tool(void **state)
{
	struct fixture *f = *state;

	assert_false(fixture_ask(f, MALLORY, "vaaaakaskoq.t.example.com", 0));
	assert_string_equal(f->v.event.reason, "signature iodine");
	(void)ask_until_stopped(f, MALLORY, "t.example.com", 0, 5);
	assert_int_equal(f->v.action, DETECT_HOLD);
	assert_string_equal(f->v.event.reason, "signature iodine");
}

static void
answers_that_pour_down_are_stopped_even_with_one_name(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	for (i = 0; i < 100; i++) {
		if (!fixture_ask(f, MALLORY, "poll.example.com", TYPE_TXT))
			break;
		if (!fixture_answer(f, MALLORY, "poll.example.com", TYPE_TXT, 200, i + 1))
			break;
		fixture_pass(f, 5);
	}
	assert_in_range(i, 15, 30);
	assert_int_equal(f->v.action, DETECT_HOLD);
	assert_true(f->v.event.leaked_down_bytes <= 4400);
	/* The same answer again and again carries nothing. */
	for (i = 0; i < 1000; i++)
		assert_true(
		    fixture_answer(f, ALICE, "motd.example.net", TYPE_TXT, 200, 42));
}

/* Each asks one name of its own by TXT and gets 200 new bytes: how many answers came. */
static unsigned
fetch(struct fixture *f, unsigned clients, unsigned names)
{
	char client[32], name[64];
	unsigned came = 0;

	for (unsigned i = 0; i < names; i++) {
		snprintf(client, sizeof(client), "10.3.0.%u", i % clients + 1);
		snprintf(name, sizeof(name), "%u.example.com", i);
		came += fixture_ask(f, client, name, TYPE_TXT) &&
			fixture_answer(f, client, name, TYPE_TXT, 200, i + 1);
		fixture_pass(f, 0.1);
	}
	return came;
}

static void
a_download_by_many_names_is_stopped_at_its_sixth_answer(void **state)
{
	assert_int_equal(fetch(*state, 1, 100), 5);
}

static void
a_download_by_fifty_clients_is_no_larger(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fetch(f, 50, 200), 5);
	assert_true(f->v.action == DETECT_SINKHOLE || f->v.action == DETECT_TRUNCATE);
}

static void
what_was_refused_is_still_new_when_the_hold_is_over(void **state)
{
	struct fixture *f = *state;
	unsigned came = fetch(f, 1, 12);
	char name[64];

	fixture_pass(f, 61);
	snprintf(name, sizeof(name), "%u.example.com", came);
	assert_true(fixture_ask(f, "10.3.0.1", name, TYPE_TXT));
	assert_false(fixture_answer(f, "10.3.0.1", name, TYPE_TXT, 200, came + 1));
}

static void
the_type_of_a_known_name_carries_data_too(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	for (i = 0; i < 2000; i++) {
		if (!fixture_ask(f, MALLORY, "x.example.com", (uint16_t)(1000 + i)))
			break;
		fixture_pass(f, 1);
	}
	assert_in_range(i, 10, 300);
	assert_int_equal(f->v.action, DETECT_HOLD);
	/* Common ones are asked of every name. */
	for (i = 0; i < 2000; i++) {
		static const uint16_t types[] = { TYPE_A, TYPE_AAAA, TYPE_HTTPS,
			TYPE_MX };

		assert_true(fixture_ask(f, ALICE, "www.example.net", types[i % 4]));
		fixture_pass(f, 1);
	}
}

static void
a_type_that_nobody_knows_is_no_better_than_txt(void **state)
{
	struct fixture *f = *state;
	char name[256];

	fixture_tunnel_name(1, name, "example.com");
	assert_false(fixture_ask(f, MALLORY, name, 65000));
	assert_int_equal(f->v.action, DETECT_REFUSE);
	fixture_tunnel_name(2, name, "example.com");
	assert_false(fixture_ask(f, MALLORY, name, TYPE_NAPTR));
	fixture_tunnel_name(1, name, "example.net");
	assert_true(fixture_ask(f, MALLORY, name, TYPE_HTTPS));
}

static void
addresses_that_are_new_each_time_are_data_too(void **state)
{
	struct fixture *f = *state;
	unsigned i;

	for (i = 0; i < 100; i++) {
		if (!fixture_ask(f, MALLORY, "get.example.com", TYPE_AAAA) ||
		    !fixture_pieces(f, MALLORY, "get.example.com", 200, 8, i * 1000 + 1))
			break;
		fixture_pass(f, 5);
	}
	assert_in_range(i, 1, 4);
	assert_int_equal(f->v.action, DETECT_HOLD);
}

static void
addresses_of_a_pool_that_take_turns_are_no_data(void **state)
{
	struct fixture *f = *state;

	/* Eight of a pool of two hundred, every minute for two days, one client alone. */
	for (unsigned i = 0; i < 2880; i++) {
		assert_true(fixture_ask(f, ALICE, "cdn.example.net", TYPE_A));
		assert_true(
		    fixture_pieces(f, ALICE, "cdn.example.net", 8, 4, i * 37 % 193 + 1));
		fixture_pass(f, 60);
	}
}

/* ---- suspicion, before anything is stopped ---- */

static void
a_suspect_zones_fresh_names_pass_at_one_a_second(void **state)
{
	struct fixture *f = *state;
	char name[256], id[EVENT_ID_MAX];
	unsigned i = 0, told = 0, slow = 0;

	while (fixture_ask(f, MALLORY, fixture_tunnel_name(i, name, "example.com"), 0))
		i++;
	assert_int_equal(f->v.action, DETECT_THROTTLE);
	assert_int_equal(f->v.ede_code, EDE_FILTERED);
	assert_int_equal(f->v.event.action, EVENT_THROTTLE);
	strcpy(id, f->v.event_id);
	/* However often this name is asked, it costs nothing; and it is told once. */
	for (; slow < 100; slow++) {
		assert_false(fixture_ask(f, MALLORY, name, 0));
		assert_int_equal(f->v.action, DETECT_THROTTLE);
		assert_string_equal(f->v.event_id, id);
		told += f->v.has_event;
	}
	assert_int_equal(told, 0);
	/* Others, and what is known or small, flow. */
	assert_true(fixture_ask(f, BOB, "portal.example.com", 0));
	assert_true(fixture_ask(f, MALLORY, "www.example.com", 0));
	assert_true(fixture_ask(
	    f, MALLORY, fixture_tunnel_name(0, (char[256]){ 0 }, "example.com"), 0));
	fixture_pass(f, 1);
	assert_true(fixture_ask(f, MALLORY, name, 0));
}

static void
who_asks_on_at_a_machines_pace_is_stopped_and_not_throttled_for_ever(void **state)
{
	struct fixture *f = *state;
	char name[256];
	unsigned i = 0, slow = 0;

	while (fixture_ask(f, MALLORY, fixture_tunnel_name(i, name, "example.com"), 0))
		i++;
	while (f->v.action == DETECT_THROTTLE && slow < 100)
		fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i + ++slow, name, "example.com"), 0);
	assert_int_equal(f->v.action, DETECT_HOLD);
	assert_in_range(slow, 1, 6);
}

static void
many_clients_with_small_names_fill_a_zone_no_further_than_one(void **state)
{
	struct fixture *f = *state;
	char name[64], client[32];
	unsigned passed = 0;

	/* Six letters a minute, each from another of 200 clients: for three days. */
	for (unsigned i = 0; i < 4320; i++) {
		snprintf(client, sizeof(client), "10.7.%u.1", i % 200);
		snprintf(name, sizeof(name), "%06x.example.com", i * 2654435761u >> 8);
		passed += fixture_ask(f, client, name, 0);
		fixture_pass(f, 60);
	}
	assert_in_range(passed, 100, 600);
}

static void
who_fills_a_zone_does_not_stop_the_small_names_of_others(void **state)
{
	struct fixture *f = *state;
	char name[256];

	for (unsigned i = 0; i < 500; i++) {
		fixture_ask(f, MALLORY, fixture_tunnel_name(i, name, "example.com"), 0);
		fixture_pass(f, 30);
	}
	assert_int_equal(f->v.action, DETECT_HOLD);
	assert_true(fixture_ask(f, BOB, "reports.example.com", 0));
	assert_true(fixture_ask(f, ALICE, "portal.example.com", 0));
}

static void
suspicion_goes_away_with_time(void **state)
{
	struct fixture *f = *state;
	char name[256];
	unsigned i = 0;

	while (fixture_ask(f, MALLORY, fixture_tunnel_name(i, name, "example.com"), 0))
		i++;
	fixture_pass(f, 86400);
	for (unsigned k = 0; k < 2; k++)
		assert_true(fixture_ask(
		    f, MALLORY, fixture_tunnel_name(100 + k, name, "example.com"), 0));
}

static void
a_beacon_is_reported_once_and_never_stopped(void **state)
{
	struct fixture *f = *state;
	unsigned told = 0, at = 0;

	for (unsigned i = 0; i < 2000; i++) {
		assert_true(fixture_ask(f, MALLORY, "check.example.com", 0));
		if (f->v.has_event) {
			told++;
			at = i;
			assert_int_equal(f->v.event.action, EVENT_OBSERVE);
			assert_non_null(strstr(f->v.event.reason, "beacon"));
		}
		fixture_pass(f, i % 2 ? 240 : 360);
	}
	assert_int_equal(told, 1);
	assert_in_range(at, 12, 36);
}

static double
evidence_of(const struct event *e, const char *name)
{
	for (unsigned i = 0; i < e->evidence_count; i++)
		if (strcmp(e->evidence[i].name, name) == 0)
			return e->evidence[i].value;
	return -1;
}

/* Asks one name of each of ${count} zones, each by a client of its own, every ten minutes
 * for ${hours}; how many beacons were told. */
static unsigned
beat(struct fixture *f, unsigned first, unsigned count, unsigned hours)
{
	char name[64], client[32];
	unsigned told = 0;

	for (unsigned t = 0; t < hours * 6; t++) {
		for (unsigned i = first; i < first + count; i++) {
			snprintf(name, sizeof(name), "check.quiet%u.com", i);
			snprintf(client, sizeof(client), "10.8.%u.%u", i >> 8, i & 255);
			assert_true(fixture_ask(f, client, name, 0));
			told += f->v.has_event;
		}
		fixture_pass(f, 600);
	}
	return told;
}

static void
of_hundreds_of_beacons_those_are_told_that_are_new(void **state)
{
	struct fixture *f = *state;

	/* What was there on the first day: ten of them. */
	assert_int_equal(beat(f, 0, 300, 30), 10);
	assert_int_equal(beat(f, 0, 300, 6), 0);
	/* What is new on the second is told, */
	assert_int_equal(beat(f, 300, 1, 6), 1);
	/* and when too much is new it waits for its turn. */
	assert_int_equal(beat(f, 400, 25, 24 * 4), 25);
}

static void
a_beacons_report_has_period_regularity_number_and_age(void **state)
{
	struct fixture *f = *state;

	do {
		fixture_pass(f, 600);
		assert_true(fixture_ask(f, MALLORY, "check.example.com", 0));
	} while (!f->v.has_event);
	assert_true(fabs(evidence_of(&f->v.event, "interval_sec") - 600) < 1);
	assert_true(evidence_of(&f->v.event, "regularity") > 0.99);
	assert_in_range(evidence_of(&f->v.event, "intervals"), 12, 36);
	assert_in_range(evidence_of(&f->v.event, "asked_for_sec"), 12 * 600, 36 * 600);
}

/* ---- haste ---- */

/* Names with that form that pass, one every six seconds in the mean and never evenly. */
static unsigned
passed_in_haste(struct fixture *f, const char *client, const char *zone, bool reversed)
{
	static const double pauses_sec[] = { 1, 2, 0.5, 9, 3, 1, 24 };
	char name[256];
	unsigned passed = 0;

	for (uint32_t n = 1; n <= 60; n++) {
		uint32_t x = n * 2654435761u, y = x ^ x >> 15;

		if (reversed)
			snprintf(name, sizeof(name), "%u.%u.%u.%u.%s", y & 255,
			    y >> 8 & 255, y >> 16 & 255, y >> 24, zone);
		else
			snprintf(name, sizeof(name), "p%07x.%s", y >> 4, zone);
		fixture_pass(f, pauses_sec[y % 7]);
		if (!fixture_ask(f, client, name, 0))
			break;
		passed++;
	}
	return passed;
}

static void
small_polls_at_a_programs_pace_are_stopped_by_question_25(void **state)
{
	struct fixture *f = *state;

	assert_in_range(passed_in_haste(f, MALLORY, "polls.net", false), 12, 24);
}

static void
a_burst_of_mail_is_no_haste(void **state)
{
	struct fixture *f = *state;

	assert_true(passed_in_haste(f, MALLORY, "bl.some-list.org", true) >= 45);
}

/* ---- channels that are spread ---- */

static void
one_client_that_spreads_over_many_zones_is_told_and_squeezed(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32];
	unsigned passed = 0, told_at = 0;

	/* Each of 200 zones gets one name of 20 bytes, one in seven minutes. */
	for (unsigned i = 0; i < 200; i++, fixture_pass(f, 432)) {
		snprintf(zone, sizeof(zone), "z%u.com", i);
		passed += fixture_ask(f, MALLORY, fixture_tunnel_name(i, name, zone), 0);
		if (f->v.has_event && told_at == 0)
			told_at = passed;
	}
	assert_in_range(told_at, 5, 40);
	assert_in_range(passed, 5, 80);
	/* What carries no data still flows, and others see nothing. */
	assert_true(fixture_ask(f, MALLORY, "www.example.com", 0));
	assert_true(
	    fixture_ask(f, BOB, fixture_tunnel_name(999, name, "example.com"), 0));
}

/* A question that passed, and whether its query may leave to ${server}; then its answer.
 */
static bool
ask_at(struct fixture *f, const char *client, const char *name, const char *server)
{
	struct addr authority = fixture_addr(server);
	struct dname qname = fixture_name(name), cut = { 0 };
	struct detect_answer a = { .client = fixture_addr(client),
		.qname = qname.bytes,
		.qtype = TYPE_A,
		.authority = authority,
		.address_count = 1 };

	if (f->cut != NULL) {
		cut = fixture_name(f->cut);
		a.cut = cut.bytes;
	}
	if (!fixture_ask(f, client, name, 0) ||
	    !detect_send(f->detect, f->v.zone_index, &authority, f->now.mono_ms))
		return false;
	detect_answer(f->detect, f->conf, &a, &f->now, &f->v);
	return true;
}

static void
many_zones_on_one_unknown_server_are_judged_together(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32], client[32];
	unsigned passed = 0;

	for (unsigned i = 0; i < 200; i++, fixture_pass(f, 60)) {
		snprintf(zone, sizeof(zone), "z%u.com", i);
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i % 50);
		passed +=
		    ask_at(f, client, fixture_tunnel_name(i, name, zone), "203.0.113.7");
	}
	assert_in_range(passed, 5, 40);
	/* Another server of a zone that nobody knows is none of this. */
	assert_true(ask_at(f, ALICE, "shop.example.com", "203.0.113.8"));
}

static void
a_hosters_server_with_zones_that_people_know_is_not_full_for_them(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32];

	for (unsigned i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "www.shop%u.net", i);
		assert_true(ask_at(f, ALICE, name, "203.0.113.9"));
	}
	for (unsigned i = 0; i < 40; i++) {
		char client[32];

		snprintf(zone, sizeof(zone), "z%u.com", i);
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i);
		(void)ask_at(
		    f, client, fixture_tunnel_name(i, name, zone), "203.0.113.9");
	}
	assert_true(ask_at(f, BOB, "www.shop3.net", "203.0.113.9"));
	assert_true(ask_at(f, BOB, "autodiscover.shop99.net", "203.0.113.9"));
}

/* A domain that does not exist, or whose servers are silent: the last to answer is who
 * would know of it, a registry's server. */
static void
domains_that_do_not_exist_are_no_debt_of_the_registrys_server(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32], client[32];

	f->cut = "com";
	for (unsigned i = 0; i < 200; i++, fixture_pass(f, 1)) {
		snprintf(zone, sizeof(zone), "z%u.com", i / 4);
		(void)ask_at(
		    f, MALLORY, fixture_tunnel_name(i, name, zone), "203.0.113.5");
	}
	assert_true(ask_at(f, ALICE, "www.new-partner.com", "203.0.113.5"));
	/* A server of the domain itself answers for it. */
	f->cut = zone;
	for (unsigned i = 200; i < 400; i++, fixture_pass(f, 1)) {
		snprintf(zone, sizeof(zone), "z%u.net", i / 4);
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i % 50);
		(void)ask_at(
		    f, client, fixture_tunnel_name(i, name, zone), "203.0.113.6");
	}
	f->cut = "net";
	assert_false(ask_at(f, ALICE, "www.new-partner.net", "203.0.113.6"));
}

static void
many_clients_that_bring_data_to_new_zones_can_do_so_once_each(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32], client[32];
	unsigned passed = 0, told = 0;

	for (unsigned i = 0; i < 400; i++, fixture_pass(f, 216)) {
		snprintf(zone, sizeof(zone), "z%u.com", i);
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i % 50);
		passed += fixture_ask(f, client, fixture_tunnel_name(i, name, zone), 0);
		told += f->v.has_event &&
			strstr(f->v.event.reason, "many clients bring data") != NULL;
	}
	assert_true(told >= 1);
	assert_in_range(passed, 20, 120);
	/* Who has not done it may. */
	assert_true(
	    fixture_ask(f, ALICE, fixture_tunnel_name(999, name, "example.com"), 0));
}

/* Four labels of two letters, of 64 that the zone has had. */
static const char *
book_name(unsigned n, char out[64], const char *zone)
{
	uint32_t x = n * 2654435761u + 99;
	char *o = out;

	for (unsigned i = 0; i < 4; i++) {
		x = x * 1664525u + 1013904223u;
		*o++ = (char)('a' + (x >> 29));
		*o++ = (char)('a' + (x >> 26 & 7));
		*o++ = '.';
	}
	snprintf(o, 64 - 12, "%s", zone);
	return out;
}

static unsigned
book_passes(struct fixture *f, bool washed)
{
	char name[64];
	unsigned passed = 0;

	for (unsigned i = 0; i < 64; i++, fixture_pass(f, 1800)) {
		snprintf(
		    name, sizeof(name), "%c%c.example.com", 'a' + i / 8, 'a' + i % 8);
		(void)fixture_ask(f, MALLORY, name, 0);
	}
	fixture_pass(f, 86400);
	for (unsigned i = 0; washed && i < 300000; i++, fixture_pass(f, 0.01)) {
		snprintf(name, sizeof(name), "www.z%u.com", i);
		(void)fixture_ask(f, BOB, name, 0);
	}
	for (unsigned i = 0; i < 3000; i++, fixture_pass(f, 1))
		passed += fixture_ask(f, MALLORY, book_name(i, name, "example.com"), 0);
	return passed;
}

/* A zone whose entry another took has had no label, whatever else is remembered of it. */
static void
a_code_book_outlives_its_zones_entry_in_vain(void **state)
{
	struct fixture *f = *state;
	unsigned kept = book_passes(f, false), washed;

	fixture_free(f);
	fixture_new(f, NULL, 0);
	washed = book_passes(f, true);
	assert_in_range(kept, 10, 1000);
	assert_in_range(washed, 10, kept + kept / 2);
}

/* Who runs a suffix of the list's private section has as many zones as he likes. */
static void
names_of_a_platforms_tenants_are_no_free_way_out(void **state)
{
	struct fixture *f = *state;
	char name[256];
	unsigned passed = 0;
	struct event e;

	f->cut = "duckdns.org";
	assert_true(fixture_ask(f, MALLORY, "home.duckdns.org", 0));
	for (unsigned i = 0; i < 5000; i++, fixture_pass(f, 1))
		passed += fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i, name, "duckdns.org"), 0);
	assert_in_range(passed, 400, 800);
	assert_int_equal(f->v.action, DETECT_HOLD);
	/* What was asked before flows, and others see nothing. */
	assert_true(fixture_ask(f, MALLORY, "home.duckdns.org", 0));
	assert_true(fixture_ask(f, BOB, "new-camera.duckdns.org", 0));
	assert_int_equal(detect_release(f->detect, fixture_name("duckdns.org").bytes,
			     NULL, NULL, &f->now, &e),
	    ERR_OK);
	assert_true(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(9000, name, "duckdns.org"), 0));
}

static void
a_platforms_tenants_bring_down_what_a_service_may(void **state)
{
	struct fixture *f = *state;
	char name[64];
	unsigned passed = 0;

	for (unsigned i = 0; i < 1000; i++, fixture_pass(f, 1)) {
		snprintf(name, sizeof(name), "t%u.duckdns.org", i);
		passed += fixture_ask(f, MALLORY, name, TYPE_TXT) &&
			  fixture_answer(f, MALLORY, name, TYPE_TXT, 2000, i);
	}
	assert_in_range(passed, 30, 80); /* of 2 kB each */
}

/* ---- who must not be harmed ---- */

/* Three hosts that three clients have in one zone were days ago: they are no reason to
 * stop it for all when a fourth one fills its account. */
static void
who_fed_a_zone_days_ago_does_not_feed_it_now(void **state)
{
	struct fixture *f = *state;
	char name[256];
	unsigned i;

	f->verified = true;
	for (i = 0; i < 3; i++, fixture_pass(f, 3600)) {
		static const char *const clients[] = { ALICE, BOB, "192.0.2.3" };

		assert_true(fixture_ask(
		    f, clients[i], fixture_tunnel_name(i, name, "example.com"), 0));
	}
	fixture_pass(f, 3 * 86400.0);
	ask_until_stopped(f, MALLORY, "example.com", 100, 100);
	assert_int_equal(f->v.action, DETECT_HOLD);
	assert_true(fixture_ask(f, ALICE, "www.example.com", 0));
	assert_true(fixture_ask(f, "192.0.2.4", "mail.example.com", 0));
	/* Those who feed it on the same day do. */
	for (i = 0; i < 3; i++)
		ask_until_stopped(f, (const char *[]){ ALICE, BOB, "192.0.2.3" }[i],
		    "example.com", 200 + 100 * i, 100);
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
}

/* A gateway asks a sender's SPF and MX oftener than his policy, which lasts; then a key
 * of 4,096 bits comes. */
static void
a_long_key_is_no_download(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "example.com", "_dmarc.example.com" };

	for (unsigned i = 0; i < 3; i++, fixture_pass(f, 3600)) {
		assert_true(fixture_ask(f, ALICE, names[0], TYPE_TXT));
		assert_true(fixture_answer(f, ALICE, names[0], TYPE_TXT, 120, 1));
		assert_true(fixture_ask(f, ALICE, names[0], TYPE_MX));
		assert_true(fixture_answer(f, ALICE, names[0], TYPE_MX, 40, 2));
	}
	assert_true(fixture_ask(f, ALICE, names[1], TYPE_TXT));
	assert_true(fixture_answer(f, ALICE, names[1], TYPE_TXT, 90, 3));
	assert_true(fixture_ask(f, ALICE, "s1._domainkey.example.com", TYPE_TXT));
	assert_true(
	    fixture_answer(f, ALICE, "s1._domainkey.example.com", TYPE_TXT, 740, 4));
}

static void
one_client_that_feeds_many_zones_cannot_wash_others_away(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32];
	unsigned passed = 0;

	/* Ten clients share five names; a tunnel has used its budget up. */
	for (unsigned i = 0; i < 50; i++) {
		char client[32];

		snprintf(client, sizeof(client), "192.0.2.%u", 100 + i / 5);
		snprintf(name, sizeof(name), "w%u.popular.net", i % 5);
		(void)fixture_ask(f, client, name, TYPE_A);
	}
	for (unsigned i = 0; i < 10; i++, fixture_pass(f, 1))
		(void)fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i, name, "example.com"), 0);
	for (unsigned i = 0; i < 300000; i++, fixture_pass(f, 0.012)) {
		snprintf(zone, sizeof(zone), "z%u.com", i);
		(void)fixture_ask(f, BOB, fixture_tunnel_name(i % 10, name, zone), 0);
	}
	for (unsigned i = 10; i < 20; i++, fixture_pass(f, 1))
		passed += fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i, name, "example.com"), 0);
	assert_int_equal(passed, 0);
	for (unsigned i = 0; i < 30; i++)
		assert_true(fixture_ask(f, "192.0.2.103",
		    fixture_tunnel_name(i, name, "popular.net"), TYPE_A));
}

static void
one_client_cannot_have_a_popular_zone_stopped_for_others(void **state)
{
	struct fixture *f = *state;
	char name[256];
	unsigned passed = 0;

	make_popular(f, "example.org", 12);
	for (unsigned i = 0; i < 100000; i++)
		passed += fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i, name, "example.org"), 0);
	assert_true(passed < 300);
	for (unsigned i = 0; i < 12; i++) {
		char client[64], fresh[300];

		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		snprintf(fresh, sizeof(fresh), "new-server-%u.example.org", i);
		assert_true(fixture_ask(f, client, fresh, 0));
		assert_true(fixture_ask(f, client, "www.example.org", 0));
	}
	/* He himself still reaches what everybody knows. */
	assert_true(fixture_ask(f, MALLORY, "www.example.org", 0));
}

static void
forged_questions_cannot_hold_a_client_that_proves_its_address(void **state)
{
	struct fixture *f = *state;

	make_popular(f, "example.org", 12);
	ask_until_stopped(f, ALICE, "example.org", 0, 2000);
	assert_int_equal(f->v.action, DETECT_HOLD);
	f->verified = true;
	assert_true(fixture_ask(f, ALICE, "brand-new-name.example.org", 0));
}

static void
a_forger_cannot_take_away_names_that_were_in_use(void **state)
{
	struct fixture *f = *state;
	char name[256], client[64];

	assert_true(fixture_ask(f, ALICE, "www.example.com", 0));
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(client, sizeof(client), "10.0.%u.%u", i / 250, i % 250);
		fixture_ask(f, client, fixture_tunnel_name(i, name, "example.com"), 0);
	}
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
	assert_true(fixture_ask(f, ALICE, "www.example.com", 0));
}

static void
forged_sources_cost_others_at_most_a_question_over_tcp(void **state)
{
	struct fixture *f = *state;
	char name[256], client[64];

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(client, sizeof(client), "10.0.%u.%u", i / 250, i % 250);
		fixture_ask(f, client, fixture_tunnel_name(i, name, "example.com"), 0);
	}
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
	assert_false(fixture_ask(f, ALICE, "portal.example.com", 0));
	assert_int_equal(f->v.action, DETECT_TRUNCATE);
	assert_true(f->v.event_id[0] != '\0');
	f->verified = true;
	assert_true(fixture_ask(f, ALICE, "portal.example.com", 0));
	assert_true(fixture_ask(f, BOB, "autodiscover.example.com", 0));
	/* Three that have proven who they are stop it for them as well. */
	for (unsigned i = 0; i < 20; i++) {
		snprintf(client, sizeof(client), "10.1.0.%u", i % 5);
		fixture_ask(
		    f, client, fixture_tunnel_name(2000 + i, name, "example.com"), 0);
	}
	assert_false(fixture_ask(f, ALICE, "shop.example.com", 0));
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
}

static void
a_zone_that_turns_out_to_be_shared_is_let_go(void **state)
{
	struct fixture *f = *state;
	char name[256], client[64];
	uint32_t ticket;

	/* A service whose names look random, and which several clients use. */
	assert_true(
	    fixture_ask(f, ALICE, fixture_tunnel_name(0, name, "example.com"), 0));
	ticket = f->v.zone_index;
	ask_until_stopped(f, ALICE, "example.com", 1, 100);
	assert_int_equal(f->v.action, DETECT_HOLD);
	for (unsigned i = 0; i < 20; i++) {
		struct addr a;

		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		a = fixture_addr(client);
		detect_hit(f->detect, ticket, &a, f->now.mono_ms);
	}
	assert_true(
	    fixture_ask(f, ALICE, fixture_tunnel_name(500, name, "example.com"), 0));
}

static void
a_corner_of_a_popular_domain_is_judged_apart(void **state)
{
	struct fixture *f = *state;
	unsigned with_cut, without;

	make_popular(f, "example.org", 30);
	make_popular(f, "example.net", 30);
	without = ask_until_stopped(f, MALLORY, "x.corner.example.net", 0, 5000);
	f->cut = "corner.example.org";
	with_cut = ask_until_stopped(f, MALLORY, "x.corner.example.org", 0, 5000);
	assert_true(with_cut < 8);
	assert_true(with_cut * 4 < without);
	assert_true(
	    dname_equal(f->v.event.zone.bytes, fixture_name("corner.example.org").bytes));
	f->cut = NULL;
	assert_true(fixture_ask(f, MALLORY, "fresh-name.example.org", 0));
}

static void
a_corner_that_many_use_is_shared_like_its_owner(void **state)
{
	struct fixture *f = *state;
	char name[256], client[64];
	uint32_t ticket;

	/* A popular name in the corner, from the cache for all but the first; then names
	 * that look random. */
	f->cut = "cloud.example.org";
	assert_true(fixture_ask(f, ALICE, "status.cloud.example.org", 0));
	ticket = f->v.zone_index;
	for (unsigned i = 0; i < 12; i++) {
		struct addr a;

		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		a = fixture_addr(client);
		detect_hit(f->detect, ticket, &a, f->now.mono_ms);
	}
	for (unsigned i = 0; i < 36; i++) {
		snprintf(client, sizeof(client), "198.51.100.%u", i % 12 + 1);
		assert_true(fixture_ask(
		    f, client, fixture_tunnel_name(i, name, "p.cloud.example.org"), 0));
	}
}

static void
cutting_a_zone_into_pieces_makes_no_account_larger(void **state)
{
	struct fixture *f = *state;
	char zone[64], name[256];
	unsigned passed = 0;

	for (unsigned i = 0; i < 200; i++) {
		snprintf(zone, sizeof(zone), "c%u.example.com", i);
		f->cut = zone;
		passed += fixture_ask(f, MALLORY, fixture_tunnel_name(i, name, zone), 0);
	}
	assert_true(passed < 10);
}

static void
nobody_is_stopped_under_a_domain_that_does_not_exist(void **state)
{
	struct fixture *f = *state;
	char name[256];

	for (unsigned i = 0; i < 500; i++)
		assert_true(fixture_ask(
		    f, ALICE, fixture_tunnel_name(i, name, "corp.intranet"), 0));
	/* But when recursion knows a delegation there, it exists. */
	f->cut = "corp.intranet";
	assert_in_range(ask_until_stopped(f, ALICE, "corp.intranet", 1000, 100), 2, 6);
}

static void
steps_of_the_clock_do_nothing(void **state)
{
	struct fixture *f = *state;
	char name[256];

	ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);
	f->now.wall_ms += INT64_C(1000) * 86400 * 400; /* wall time alone */
	assert_false(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(700, name, "t.example.com"), 0));
	f->now.mono_ms -= 500000;
	assert_false(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(701, name, "t.example.com"), 0));
}

/* ---- modes and exceptions ---- */

static void
shadow_mode_reports_and_stops_nothing(void **state)
{
	static const char *const overrides[] = { "detection.mode=shadow" };
	struct fixture f;
	char name[256];
	unsigned events = 0;

	(void)state;
	fixture_new(&f, overrides, 1);
	for (unsigned i = 0; i < 50; i++) {
		assert_true(fixture_ask(
		    &f, MALLORY, fixture_tunnel_name(i, name, "example.com"), TYPE_TXT));
		assert_string_equal(f.v.event_id, "");
		events += f.v.has_event;
		if (f.v.has_event)
			assert_int_equal(f.v.event.action, EVENT_OBSERVE);
	}
	assert_in_range(events, 1, 5);
	fixture_free(&f);
}

static void
off_means_off(void **state)
{
	static const char *const overrides[] = { "detection.mode=off" };
	struct fixture f;
	char name[256];

	(void)state;
	fixture_new(&f, overrides, 1);
	for (unsigned i = 0; i < 50; i++)
		assert_true(fixture_ask(
		    &f, MALLORY, fixture_tunnel_name(i, name, "example.com"), TYPE_NULL));
	fixture_free(&f);
}

static void
an_exempt_name_is_never_stopped(void **state)
{
	struct fixture *f = *state;
	char name[256];

	f->exempt = true;
	for (unsigned i = 0; i < 200; i++) {
		assert_true(fixture_ask(
		    f, ALICE, fixture_tunnel_name(i, name, "example.com"), TYPE_NULL));
		assert_true(fixture_answer(f, ALICE, "x.example.com", TYPE_TXT, 1000, i));
	}
}

static void
a_known_service_has_a_larger_budget_and_still_an_end(void **state)
{
	struct fixture *f = *state;
	unsigned passed = ask_until_stopped(f, ALICE, "avqs.mcafee.com", 0, 20000);

	assert_in_range(passed, 1500, 5000);
	/* Its other clients have theirs. */
	assert_true(ask_until_stopped(f, BOB, "avqs.mcafee.com", 30000, 1000) == 1000);
}

/* ---- operators ---- */

struct listing {
	unsigned count;
	struct detect_measure last;
};

static void
list(void *ctx, const struct detect_measure *m)
{
	struct listing *l = ctx;

	l->count++;
	l->last = *m;
}

static struct listing
measures_of(struct fixture *f)
{
	struct listing l = { 0 };

	detect_measures(f->detect, &f->now, list, &l);
	return l;
}

static void
a_hold_is_listed_explained_and_released(void **state)
{
	struct fixture *f = *state;
	struct dname zone = fixture_name("example.com");
	struct addr mallory = fixture_addr(MALLORY), bob = fixture_addr(BOB);
	char id[EVENT_ID_MAX], name[256];
	struct listing l;
	struct event e;

	ask_until_stopped(f, MALLORY, "example.com", 0, 100);
	strcpy(id, f->v.event_id);
	l = measures_of(f);
	assert_int_equal(l.count, 1);
	assert_string_equal(l.last.event_id, id);
	assert_int_equal(l.last.action, EVENT_HOLD);
	assert_int_equal(l.last.left_sec, f->conf->hold_first_sec);
	assert_true(addr_same_host(&l.last.client, &mallory));
	assert_int_equal(detect_explain(f->detect, id, &e), ERR_OK);
	assert_int_equal(e.action, EVENT_HOLD);
	assert_int_equal(
	    detect_release(f->detect, zone.bytes, &bob, "no", &f->now, &e), ERR_NOTFOUND);
	assert_int_equal(
	    detect_release(f->detect, zone.bytes, &mallory, "a test", &f->now, &e),
	    ERR_OK);
	assert_int_equal(e.action, EVENT_RELEASE);
	assert_string_equal(e.detail, "a test");
	assert_int_equal(measures_of(f).count, 0);
	assert_true(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(700, name, "example.com"), 0));
	assert_int_equal(
	    detect_release(f->detect, zone.bytes, NULL, "again", &f->now, &e),
	    ERR_NOTFOUND);
}

static void
releasing_a_sinkhole_frees_everybody(void **state)
{
	struct fixture *f = *state;
	struct dname zone = fixture_name("example.com");
	char name[256], client[64];
	struct event e;

	for (unsigned i = 0; i < 40; i++) {
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i);
		fixture_ask(f, client, fixture_tunnel_name(i, name, "example.com"), 0);
	}
	assert_int_equal(f->v.action, DETECT_SINKHOLE);
	assert_int_equal(
	    detect_release(f->detect, zone.bytes, NULL, "mistake", &f->now, &e), ERR_OK);
	assert_true(fixture_ask(
	    f, "192.0.2.11", fixture_tunnel_name(500, name, "example.com"), 0));
	assert_int_equal(measures_of(f).count, 0);
}

static bool
flows(struct fixture *f, const char *name)
{
	struct dname n = fixture_name(name);
	struct addr alice = fixture_addr(ALICE);
	char id[EVENT_ID_MAX];

	return detect_recheck(f->detect, f->conf, n.bytes, &alice, &f->now, id);
}

static void
an_operators_block_beats_the_cache_until_it_ends(void **state)
{
	struct fixture *f = *state;
	struct dname zone = fixture_name("example.com"),
		     inner = fixture_name("good.example.com");
	uint32_t before = detect_generation(f->detect);
	struct addr alice = fixture_addr(ALICE);
	struct event e;

	assert_true(flows(f, "www.example.com"));
	assert_int_equal(
	    detect_block(f->detect, zone.bytes, 60, "bad", &f->now, &e), ERR_OK);
	assert_int_not_equal(detect_generation(f->detect), before);
	assert_false(flows(f, "www.example.com"));
	assert_false(fixture_ask(f, ALICE, "www.example.com", 0));
	assert_int_equal(f->v.ede_code, EDE_BLOCKED);
	assert_string_equal(f->v.event_id, e.id);
	assert_int_equal(
	    detect_allow(f->detect, inner.bytes, 0, "but this", &f->now, &e), ERR_OK);
	assert_true(flows(f, "a.good.example.com"));
	assert_true(fixture_ask(f, ALICE, "a.good.example.com", 0));
	assert_int_equal(measures_of(f).count, 2);
	before = detect_generation(f->detect);
	fixture_pass(f, 61);
	(void)detect_limit(
	    f->detect, f->conf, &f->conf->groups[0], &alice, false, f->now.mono_ms);
	assert_int_not_equal(detect_generation(f->detect), before);
	assert_true(flows(f, "www.example.com"));
	assert_int_equal(
	    detect_unset(f->detect, inner.bytes, "done", &f->now, &e), ERR_OK);
	assert_int_equal(
	    detect_unset(f->detect, inner.bytes, "done", &f->now, &e), ERR_NOTFOUND);
	assert_int_equal(measures_of(f).count, 0);
}

static void
the_table_of_words_has_an_end(void **state)
{
	struct fixture *f = *state;
	char text[64];
	struct event e;
	unsigned i;

	for (i = 0; i < 1024; i++) {
		snprintf(text, sizeof(text), "n%u.example.com", i);
		assert_int_equal(detect_block(f->detect, fixture_name(text).bytes, 0,
				     NULL, &f->now, &e),
		    ERR_OK);
	}
	assert_int_equal(
	    detect_block(f->detect, fixture_name("one.more").bytes, 0, NULL, &f->now, &e),
	    ERR_NOMEM);
	assert_int_equal(detect_block(f->detect, fixture_name("n5.example.com").bytes, 9,
			     NULL, &f->now, &e),
	    ERR_OK);
	assert_false(flows(f, "x.n1023.example.com"));
	assert_true(flows(f, "n1024.example.com"));
}

/* ---- state over a restart ---- */

static void
restart(struct fixture *f, double pause_sec)
{
	struct fixture after;
	FILE *file = tmpfile();
	unsigned line;

	assert_non_null(file);
	assert_int_equal(detect_save(f->detect, &f->now, file), ERR_OK);
	fixture_new(&after, NULL, 0);
	detect_free(after.detect);
	{
		const struct hashkey other = { 99, 98 };

		after.detect = detect_new(after.conf, &other, 2);
	}
	after.now.mono_ms = 5000; /* the machine was started anew */
	after.now.wall_ms = f->now.wall_ms + (int64_t)(pause_sec * 1000);
	rewind(file);
	assert_int_equal(detect_load(after.detect, &after.now, file, &line), ERR_OK);
	fclose(file);
	fixture_free(f);
	*f = after;
}

static void
measures_accounts_and_words_survive_a_restart(void **state)
{
	struct fixture *f = *state;
	char name[256], id[EVENT_ID_MAX];
	struct event e;

	ask_until_stopped(f, MALLORY, "t.example.com", 0, 100);
	strcpy(id, f->v.event_id);
	assert_int_equal(
	    detect_block(f->detect, fixture_name("\\000\\255.example.net").bytes, 0,
		"\"odd\" \\ bytes", &f->now, &e),
	    ERR_OK);
	restart(f, 10);
	assert_int_equal(measures_of(f).count, 2);
	assert_int_equal(detect_block(f->detect, fixture_name("example.org").bytes, 5,
			     "\xe7\x90\x86\xe7\x94\xb1 \xff\xed\xa0\x80", &f->now, &e),
	    ERR_OK);
	assert_string_equal(e.detail, "\xe7\x90\x86\xe7\x94\xb1 ????");
	assert_false(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(900, name, "t.example.com"), 0));
	assert_string_equal(f->v.event_id, id);
	assert_false(flows(f, "a.\\000\\255.example.net"));
	/* What ended meanwhile stays away, but the account is as full as it was. */
	restart(f, 100);
	assert_int_equal(measures_of(f).count, 1);
	assert_false(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(901, name, "t.example.com"), 0));
	assert_true(f->v.has_event);
	assert_int_equal(f->v.event.for_sec, 2 * f->conf->hold_first_sec);
}

static void
who_shares_a_zone_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	char name[64], client[32];
	unsigned alone, shared;

	for (unsigned i = 0; i < 8; i++)
		for (unsigned k = 0; k < 6; k++) {
			snprintf(client, sizeof(client), "10.8.0.%u", i);
			snprintf(name, sizeof(name), "page%u.example.com", k);
			assert_true(fixture_ask(f, client, name, 0));
		}
	restart(f, 10);
	shared = ask_until_stopped(f, MALLORY, "example.com", 0, 500);
	alone = ask_until_stopped(f, MALLORY, "example.net", 500, 500);
	assert_true(shared > 4 * alone);
}

static void
accounts_wider_than_a_zone_survive_a_restart(void **state)
{
	struct fixture *f = *state;
	char name[256], zone[32];
	unsigned i = 0, all, squeezed;

	for (bool may = true; may && i < 200; i++) {
		snprintf(zone, sizeof(zone), "z%u.com", i);
		may = ask_at(f, MALLORY, fixture_tunnel_name(i, name, zone), "192.0.2.7");
		fixture_pass(f, 60);
	}
	assert_in_range(i, 5, 150);
	restart(f, 10);
	/* The server is full, */
	assert_false(
	    ask_at(f, BOB, fixture_tunnel_name(300, name, "another.com"), "192.0.2.7"));
	assert_true(
	    ask_at(f, BOB, fixture_tunnel_name(301, name, "other.com"), "192.0.2.8"));
	/* and the client that filled it has no benefit of doubt. */
	squeezed = ask_until_stopped(f, MALLORY, "new1.com", 400, 100);
	all = ask_until_stopped(f, ALICE, "new2.com", 400, 100);
	assert_true(squeezed < all);
}

static void
a_hold_at_a_platform_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	char name[256];

	f->cut = "duckdns.org";
	for (unsigned i = 0; i < 2000; i++, fixture_pass(f, 1))
		(void)fixture_ask(
		    f, MALLORY, fixture_tunnel_name(i, name, "duckdns.org"), 0);
	restart(f, 10);
	assert_false(
	    fixture_ask(f, MALLORY, fixture_tunnel_name(9000, name, "duckdns.org"), 0));
	assert_true(
	    fixture_ask(f, BOB, fixture_tunnel_name(9001, name, "duckdns.org"), 0));
}

static enum err
load_text(struct fixture *f, const char *text, unsigned *line)
{
	FILE *in = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
	enum err err;

	assert_non_null(in);
	err = detect_load(f->detect, &f->now, in, line);
	fclose(in);
	return err;
}

static void
a_bad_state_file_is_told_by_its_line(void **state)
{
	struct fixture *f = *state;
	static const char head[] =
	    "{\"file\":\"sekisho detection state\",\"version\":1,\"saved_ms\":0}\n";
	char text[1024];
	unsigned line;

	assert_int_equal(
	    load_text(f,
		"{\"file\":\"sekisho detection state\",\"version\":2,\"saved_ms\":0}\n",
		&line),
	    ERR_MALFORMED);
	assert_int_equal(line, 1);
	assert_int_equal(load_text(f, "not json\n", &line), ERR_MALFORMED);
	snprintf(text, sizeof(text),
	    "%s{\"kind\":\"block\",\"name\":\"a.example\",\"until_ms\":0,\"event\":"
	    "\"20261122-3f9a1c-000001\",\"reason\":\"\"}\n{\"kind\":\"zone\",\"zone\":\"."
	    ".\"}\n",
	    head);
	assert_int_equal(load_text(f, text, &line), ERR_MALFORMED);
	assert_int_equal(line, 3);
	assert_false(flows(f, "www.a.example")); /* what was read before it stays */
	snprintf(text, sizeof(text), "%s{\"kind\":\"blo", head);
	assert_int_equal(load_text(f, text, &line), ERR_MALFORMED);
	assert_int_equal(line, 2);
}

/* ---- the learn period ---- */

static char *
learnt_text(struct fixture *f)
{
	static char text[65536];
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	assert_int_equal(detect_learnt(f->detect, f->conf, &f->now, out), ERR_OK);
	fclose(out);
	return text;
}

static void
the_learn_period_stops_nothing_and_ends_in_a_list_to_read(void **state)
{
	static const char *const overrides[] = { "detection.learn=1h" };
	struct fixture f;
	char name[256], client[32], *text;

	(void)state;
	fixture_new(&f, overrides, 1);
	/* Six clients use a service of random names, one has a tunnel, one asks a list.
	 */
	for (unsigned i = 0; i < 120; i++, fixture_pass(&f, 10)) {
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i % 6);
		assert_true(fixture_ask(
		    &f, client, fixture_tunnel_name(i, name, "cloud.example.com"), 0));
		assert_true(fixture_ask(
		    &f, MALLORY, fixture_tunnel_name(i, name, "t.example.net"), 0));
		for (unsigned k = 0; k < 10; k++) {
			snprintf(name, sizeof(name), "%u.%u.%u.%u.bl.example.org", i,
			    k * 17, (i * 7 + k) % 256, 10 + k);
			assert_true(fixture_ask(&f, ALICE, name, 0));
		}
	}
	assert_true(detect_is_learning(f.detect, f.conf, &f.now));
	text = learnt_text(&f);
	assert_non_null(strstr(text, "\nexample.com "));
	assert_non_null(strstr(text, "several clients do alike; 6 clients"));
	assert_non_null(strstr(text, "\nexample.org "));
	assert_non_null(strstr(text, "addresses the wrong way round"));
	assert_non_null(strstr(text, "\n# example.net "));
	assert_non_null(strstr(text, "YOURS TO DECIDE"));
	/* Types and marks hold all the same. */
	assert_false(fixture_ask(&f, BOB, "www.example.com", TYPE_NULL));
	assert_false(fixture_ask(&f, BOB, "vaaaakaskoq.t.example.info", 0));
	fixture_pass(&f, 3600);
	assert_false(detect_is_learning(f.detect, f.conf, &f.now));
	assert_true(ask_until_stopped(&f, BOB, "example.biz", 0, 100) < 8);
	fixture_free(&f);
}

static void
the_list_it_writes_can_be_read_as_a_list(void **state)
{
	static const char *const learn[] = { "detection.learn=1h" };
	char path[] = "/tmp/sekisho-learnt-XXXXXX", override[128], name[256], client[32];
	const char *const use[] = { override };
	struct fixture f;
	unsigned before, after;
	FILE *out;
	int fd;

	(void)state;
	fixture_new(&f, learn, 1);
	for (unsigned i = 0; i < 240; i++, fixture_pass(&f, 1)) {
		snprintf(client, sizeof(client), "192.0.2.%u", 10 + i % 6);
		fixture_ask(
		    &f, client, fixture_tunnel_name(i, name, "cloud.example.com"), 0);
	}
	assert_true((fd = mkstemp(path)) >= 0);
	assert_non_null(out = fdopen(fd, "w"));
	assert_int_equal(detect_learnt(f.detect, f.conf, &f.now, out), ERR_OK);
	fclose(out);
	fixture_free(&f);
	snprintf(override, sizeof(override), "detection.own-services=%s", path);
	fixture_new(&f, NULL, 0);
	before = ask_until_stopped(&f, ALICE, "cloud.example.com", 1000, 500);
	fixture_free(&f);
	fixture_new(&f, use, 1);
	after = ask_until_stopped(&f, ALICE, "cloud.example.com", 1000, 500);
	fixture_free(&f);
	(void)remove(path);
	assert_true(after > 10 * before);
	assert_true(after < 500); /* larger, and no pass */
}

static void
what_was_learnt_survives_a_restart(void **state)
{
	static const char *const overrides[] = { "detection.learn=1h" };
	struct fixture f, after;
	char name[256], before[4096];
	const struct hashkey other = { 99, 98 };
	FILE *file = tmpfile();
	unsigned line;

	(void)state;
	fixture_new(&f, overrides, 1);
	for (unsigned i = 0; i < 100; i++, fixture_pass(&f, 20))
		fixture_ask(&f, MALLORY, fixture_tunnel_name(i, name, "example.net"), 0);
	snprintf(before, sizeof(before), "%s", learnt_text(&f));
	assert_int_equal(detect_save(f.detect, &f.now, file), ERR_OK);
	rewind(file);
	fixture_new(&after, overrides, 1);
	detect_free(after.detect);
	after.detect = detect_new(after.conf, &other, 2);
	assert_int_equal(detect_load(after.detect, &after.now, file, &line), ERR_OK);
	fclose(file);
	assert_true(detect_has_learnt(after.detect));
	assert_string_equal(learnt_text(&after), before);
	/* 2,000 s of the hour were gone. */
	assert_true(fixture_ask(&after, BOB, "www.example.com", 0));
	fixture_pass(&after, 1500);
	assert_true(detect_is_learning(after.detect, after.conf, &after.now));
	fixture_pass(&after, 200);
	assert_false(detect_is_learning(after.detect, after.conf, &after.now));
	fixture_free(&after);
	fixture_free(&f);
}

static void
a_search_suffix_costs_the_choice_of_a_known_name(void **state)
{
	struct fixture *f = *state;
	char host[64], suffixed[300];

	for (unsigned i = 0; i < 150; i++, fixture_pass(f, 1u << i * 5 % 11)) {
		snprintf(host, sizeof(host), "portal%u.site%u.net", i, i);
		assert_true(fixture_ask(f, ALICE, host, 0));
		snprintf(suffixed, sizeof(suffixed), "%s.corp.example.com", host);
		assert_true(fixture_ask(f, BOB, suffixed, 0));
	}
}

/* ---- limits ---- */

static void
over_the_limit_a_forged_source_costs_at_most_truncation(void **state)
{
	static const char *const overrides[] = { "limits.rate=10", "limits.burst=10",
		"limits.slip=2" };
	struct addr a = fixture_addr("192.0.2.9"), other = fixture_addr("192.0.2.10");
	unsigned count[4] = { 0 };
	struct fixture f;

	(void)state;
	fixture_new(&f, overrides, 3);
	for (unsigned i = 0; i < 110; i++)
		count[detect_limit(
		    f.detect, f.conf, &f.conf->groups[0], &a, false, 1000)]++;
	assert_int_equal(count[LIMIT_PASS], 10);
	assert_int_equal(count[LIMIT_TRUNCATE], 50);
	assert_int_equal(count[LIMIT_DROP], 50);
	assert_int_equal(
	    detect_limit(f.detect, f.conf, &f.conf->groups[0], &other, false, 1000),
	    LIMIT_PASS);
	fixture_free(&f);
}

static void
who_is_verified_does_not_pay_for_those_who_forge_its_address(void **state)
{
	static const char *const overrides[] = { "limits.rate=10", "limits.burst=10" };
	struct addr a = fixture_addr("192.0.2.9");
	unsigned count[4] = { 0 };
	struct fixture f;

	(void)state;
	fixture_new(&f, overrides, 2);
	for (unsigned i = 0; i < 100; i++)
		(void)detect_limit(f.detect, f.conf, &f.conf->groups[0], &a, false, 1000);
	for (unsigned i = 0; i < 110; i++)
		count[detect_limit(
		    f.detect, f.conf, &f.conf->groups[0], &a, true, 1000)]++;
	assert_int_equal(count[LIMIT_PASS], 10);
	assert_int_equal(count[LIMIT_REFUSE], 100);
	fixture_free(&f);
}

static void
a_whole_v6_subscriber_is_one_client(void **state)
{
	static const char *const overrides[] = { "limits.rate=10", "limits.burst=10" };
	struct addr a = fixture_addr("2001:db8:1:2::1"),
		    b = fixture_addr("2001:db8:1:2:ffff::2");
	struct addr c = fixture_addr("2001:db8:1:3::1");
	struct fixture f;

	(void)state;
	fixture_new(&f, overrides, 2);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(detect_limit(f.detect, f.conf, &f.conf->groups[0],
				     i % 2 ? &a : &b, false, 1000),
		    LIMIT_PASS);
	assert_int_not_equal(
	    detect_limit(f.detect, f.conf, &f.conf->groups[0], &a, false, 1000),
	    LIMIT_PASS);
	assert_int_equal(
	    detect_limit(f.detect, f.conf, &f.conf->groups[0], &c, false, 1000),
	    LIMIT_PASS);
	fixture_free(&f);
}

/* ---- events as text ---- */

static void
an_event_is_one_json_object_in_ascii(void **state)
{
	struct fixture *f = *state;
	char line[2048], *text;
	json_t *o;

	fixture_ask(f, MALLORY, "=auth.\\000\\010\\255\"x.example.com", 0);
	fixture_ask(f, MALLORY, "a.=auth.\\000\\010\\255\"x.example.com", 0);
	assert_true(f->v.has_event);
	o = event_json(&f->v.event);
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "schema")), 1);
	assert_string_equal(json_string_value(json_object_get(o, "action")), "hold");
	assert_string_equal(json_string_value(json_object_get(o, "zone")), "example.com");
	assert_string_equal(json_string_value(json_object_get(o, "client")), MALLORY);
	{
		struct dname back = fixture_name(json_string_value(
		    json_object_get(json_object_get(o, "question"), "name")));

		assert_true(dname_equal(back.bytes, f->v.event.qname.bytes));
	}
	text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	for (const char *p = text; *p != '\0'; p++)
		assert_in_range(*p, 0x20, 0x7e);
	free(text);
	json_decref(o);
	for (size_t cap = 1; cap < sizeof(line); cap += 7) {
		memset(line, 'x', sizeof(line));
		event_text(&f->v.event, line, cap);
		assert_true(strlen(line) < cap);
		assert_int_equal(line[cap], 'x');
	}
}

/* ---- many threads ---- */

struct worker {
	struct fixture *f;
	unsigned number;
};

static void *
work(void *ctx)
{
	struct worker *w = ctx;
	struct fixture own = *w->f; /* tables shared, clock and verdict its own */
	struct dname zone = fixture_name("shared.example.com");
	char name[256], client[64], host[300];
	struct addr a;
	struct event e;

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(client, sizeof(client), "10.%u.0.%u", w->number, i % 50);
		a = fixture_addr(client);
		(void)detect_limit(own.detect, own.conf, &own.conf->groups[0], &a, false,
		    own.now.mono_ms);
		fixture_ask(
		    &own, client, fixture_tunnel_name(i, name, "shared.example.com"), 0);
		snprintf(host, sizeof(host), "h%u.site%u.example.org", i % 7, i % 100);
		fixture_ask(&own, client, host, 0);
		detect_hit(own.detect, own.v.zone_index, &a, own.now.mono_ms);
		fixture_answer(&own, client, host, TYPE_TXT, 100, i);
		if (i % 500 == w->number)
			(void)!detect_release(
			    own.detect, zone.bytes, NULL, "thread", &own.now, &e);
		if (i % 300 == 0)
			(void)!detect_block(
			    own.detect, zone.bytes, 1, "thread", &own.now, &e);
		if (i % 1000 == 0)
			(void)measures_of(&own);
		fixture_pass(&own, 0.5);
	}
	return NULL;
}

static void
several_threads_may_ask_at_once(void **state)
{
	struct fixture *f = *state;
	struct worker workers[4];
	pthread_t threads[4];

	for (unsigned i = 0; i < 4; i++) {
		workers[i] = (struct worker){ f, i };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_true(detect_bytes(f->detect) < 32u << 20);
}

static void
its_size_is_what_it_was_told(void **state)
{
	struct fixture *f = *state;

	/* Zones 6.3 MB, pairs 3.1, seen names 4.2, clients 0.4, events and names 1.3: the
	 * default tables. */
	assert_in_range(detect_bytes(f->detect), 12000000, 16000000);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Nibbles look like hex with a packet's number, a type 00 and a session of zeroes. */
static void
the_reverse_trees_bear_no_tools_marks(void **state)
{
	static const char *const names[] = { "d.0.1.e", "3.7.a.2", "9.f.4.1", "5.b.c.8" };
	struct fixture f;
	char name[256];

	(void)state;
	fixture_new(&f, NULL, 0);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name),
		    "%s.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.e.d.7.6.4.3.2.1.b.0.a.2.ip6.arpa",
		    names[i]);
		assert_true(fixture_ask(&f, "192.0.2.7", name, TYPE_PTR));
		fixture_pass(&f, 1);
	}
	fixture_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_tunnel_is_held_within_a_handful_of_questions),
		CASE(the_evidence_adds_up_to_the_score),
		CASE(the_reverse_trees_bear_no_tools_marks),
		CASE(a_held_client_hears_the_same_event_and_the_journal_hears_it_once),
		CASE(what_was_refused_is_still_fresh_when_asked_again),
		CASE(a_hold_grows_at_each_return_and_leaks_nothing_more),
		CASE(peace_makes_the_next_hold_short_again),
		CASE(a_hold_falls_on_its_client_alone),
		CASE(a_zone_that_several_clients_feed_stops_for_all),
		CASE(one_question_that_carries_data_is_refused_at_once),
		CASE(types_that_nobody_needs_are_refused_by_policy),
		CASE(the_event_names_the_tool),
		CASE(answers_that_pour_down_are_stopped_even_with_one_name),
		CASE(a_download_by_many_names_is_stopped_at_its_sixth_answer),
		CASE(a_download_by_fifty_clients_is_no_larger),
		CASE(what_was_refused_is_still_new_when_the_hold_is_over),
		CASE(the_type_of_a_known_name_carries_data_too),
		CASE(a_type_that_nobody_knows_is_no_better_than_txt),
		CASE(addresses_that_are_new_each_time_are_data_too),
		CASE(addresses_of_a_pool_that_take_turns_are_no_data),
		CASE(a_suspect_zones_fresh_names_pass_at_one_a_second),
		CASE(
		    who_asks_on_at_a_machines_pace_is_stopped_and_not_throttled_for_ever),
		CASE(many_clients_with_small_names_fill_a_zone_no_further_than_one),
		CASE(who_fills_a_zone_does_not_stop_the_small_names_of_others),
		CASE(suspicion_goes_away_with_time),
		CASE(a_beacon_is_reported_once_and_never_stopped),
		CASE(of_hundreds_of_beacons_those_are_told_that_are_new),
		CASE(a_beacons_report_has_period_regularity_number_and_age),
		CASE(small_polls_at_a_programs_pace_are_stopped_by_question_25),
		CASE(a_burst_of_mail_is_no_haste),
		CASE(one_client_that_spreads_over_many_zones_is_told_and_squeezed),
		CASE(who_fed_a_zone_days_ago_does_not_feed_it_now),
		CASE(a_long_key_is_no_download),
		CASE(a_code_book_outlives_its_zones_entry_in_vain),
		CASE(names_of_a_platforms_tenants_are_no_free_way_out),
		CASE(a_platforms_tenants_bring_down_what_a_service_may),
		CASE(a_hold_at_a_platform_survives_a_restart),
		CASE(many_zones_on_one_unknown_server_are_judged_together),
		CASE(a_hosters_server_with_zones_that_people_know_is_not_full_for_them),
		CASE(domains_that_do_not_exist_are_no_debt_of_the_registrys_server),
		CASE(many_clients_that_bring_data_to_new_zones_can_do_so_once_each),
		CASE(one_client_that_feeds_many_zones_cannot_wash_others_away),
		CASE(one_client_cannot_have_a_popular_zone_stopped_for_others),
		CASE(forged_questions_cannot_hold_a_client_that_proves_its_address),
		CASE(a_forger_cannot_take_away_names_that_were_in_use),
		CASE(forged_sources_cost_others_at_most_a_question_over_tcp),
		CASE(a_zone_that_turns_out_to_be_shared_is_let_go),
		CASE(a_corner_of_a_popular_domain_is_judged_apart),
		CASE(a_corner_that_many_use_is_shared_like_its_owner),
		CASE(cutting_a_zone_into_pieces_makes_no_account_larger),
		CASE(nobody_is_stopped_under_a_domain_that_does_not_exist),
		CASE(steps_of_the_clock_do_nothing),
		cmocka_unit_test(shadow_mode_reports_and_stops_nothing),
		cmocka_unit_test(off_means_off),
		CASE(an_exempt_name_is_never_stopped),
		CASE(a_known_service_has_a_larger_budget_and_still_an_end),
		CASE(a_hold_is_listed_explained_and_released),
		CASE(releasing_a_sinkhole_frees_everybody),
		CASE(an_operators_block_beats_the_cache_until_it_ends),
		CASE(the_table_of_words_has_an_end),
		CASE(measures_accounts_and_words_survive_a_restart),
		CASE(who_shares_a_zone_survives_a_restart),
		CASE(accounts_wider_than_a_zone_survive_a_restart),
		CASE(a_bad_state_file_is_told_by_its_line),
		cmocka_unit_test(
		    the_learn_period_stops_nothing_and_ends_in_a_list_to_read),
		cmocka_unit_test(the_list_it_writes_can_be_read_as_a_list),
		cmocka_unit_test(what_was_learnt_survives_a_restart),
		CASE(a_search_suffix_costs_the_choice_of_a_known_name),
		cmocka_unit_test(over_the_limit_a_forged_source_costs_at_most_truncation),
		cmocka_unit_test(
		    who_is_verified_does_not_pay_for_those_who_forge_its_address),
		cmocka_unit_test(a_whole_v6_subscriber_is_one_client),
		CASE(an_event_is_one_json_object_in_ascii),
		CASE(several_threads_may_ask_at_once),
		CASE(its_size_is_what_it_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
