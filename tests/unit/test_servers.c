#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/dname.h"
#include "cache/servers.h"

static const struct hashkey hashkey = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

#define T0	1000000u
#define MINUTES (60u * 1000)

static int
setup(void **state)
{
	*state = servers_new(1024, &hashkey);
	return *state == NULL;
}

static int
teardown(void **state)
{
	servers_free(*state);
	return 0;
}

static struct addr
server(unsigned n)
{
	const uint8_t bytes[4] = { 192, (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n };
	struct addr a;

	assert_int_equal(addr_from_bytes(&a, bytes, 4, 53), ERR_OK);
	return a;
}

static struct server_info
get(struct servers *s, unsigned n, uint64_t now_ms)
{
	struct addr a = server(n);
	struct server_info info;

	servers_get(s, &a, now_ms, &info);
	return info;
}

static void
an_unknown_server_is_thought_near(void **state)
{
	struct server_info info = get(*state, 1, T0);

	assert_false(info.known);
	assert_true(info.srtt_ms > 0 && info.srtt_ms < 100);
	assert_int_equal(info.timeouts, 0);
	assert_int_equal(info.retry_at_ms, 0);
	assert_in_range(server_timeout_ms(&info), 200, 600);
}

/* RFC 6298 2.2, 2.3 with R = 100, 100, 200. */
static void
round_trips_are_smoothed_as_in_rfc_6298(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1);
	struct server_info info;

	servers_rtt(s, &a, 100, T0);
	info = get(s, 1, T0);
	assert_true(info.known);
	assert_int_equal(info.srtt_ms, 100);
	assert_int_equal(info.rttvar_ms, 50);
	assert_int_equal(server_timeout_ms(&info), 300);
	servers_rtt(s, &a, 100, T0);
	info = get(s, 1, T0);
	assert_int_equal(info.srtt_ms, 100);
	assert_in_range(info.rttvar_ms, 37, 38);
	servers_rtt(s, &a, 200, T0);
	info = get(s, 1, T0);
	assert_in_range(info.srtt_ms, 112, 113);
	assert_in_range(info.rttvar_ms, 53, 54);
	for (unsigned i = 0; i < 100; i++)
		servers_rtt(s, &a, 40, T0);
	info = get(s, 1, T0);
	assert_in_range(info.srtt_ms, 39, 41);
	assert_int_equal(server_timeout_ms(&info), 200);
	/* another port is another server */
	a.port = 5353;
	servers_get(s, &a, T0, &info);
	assert_false(info.known);
}

static void
a_small_steady_difference_is_learnt_too(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1);

	servers_rtt(s, &a, 20, T0);
	for (unsigned i = 0; i < 60; i++)
		servers_rtt(s, &a, 24, T0);
	assert_in_range(get(s, 1, T0).srtt_ms, 23, 24);
}

static void
the_wait_doubles_with_each_timeout_within_its_bounds(void **state)
{
	struct server_info info = { .srtt_ms = 140, .rttvar_ms = 20 };

	(void)state;
	assert_int_equal(server_timeout_ms(&info), 220);
	info.timeouts = 1;
	assert_int_equal(server_timeout_ms(&info), 440);
	info.timeouts = 2;
	assert_int_equal(server_timeout_ms(&info), 880);
	info.timeouts = 3;
	assert_int_equal(server_timeout_ms(&info), 1500);
	info.timeouts = 255;
	assert_int_equal(server_timeout_ms(&info), 1500);
	info = (struct server_info){ .srtt_ms = 1, .rttvar_ms = 0 };
	assert_int_equal(server_timeout_ms(&info), 200);
	info = (struct server_info){ .srtt_ms = 65535, .rttvar_ms = 65535 };
	assert_int_equal(server_timeout_ms(&info), 1500);
}

static void
a_silent_server_is_left_alone_for_ever_longer_and_an_answer_ends_it(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1);
	uint64_t now_ms = T0, silence_ms = 2000;

	servers_rtt(s, &a, 100, now_ms);
	servers_timeout(s, &a, 300, now_ms += 300);
	assert_int_equal(get(s, 1, now_ms).timeouts, 1);
	servers_timeout(s, &a, 600, now_ms += 600);
	assert_int_equal(get(s, 1, now_ms).retry_at_ms, 0);
	for (unsigned i = 0; i < 14; i++) {
		servers_timeout(s, &a, 1200, now_ms += 1200);
		assert_int_equal(get(s, 1, now_ms).timeouts, 3 + i);
		assert_int_equal(get(s, 1, now_ms).retry_at_ms, now_ms + silence_ms);
		now_ms += silence_ms;
		silence_ms =
		    silence_ms * 2 > 15 * MINUTES ? 15 * MINUTES : silence_ms * 2;
	}
	servers_rtt(s, &a, 100, now_ms);
	assert_int_equal(get(s, 1, now_ms).timeouts, 0);
	assert_int_equal(get(s, 1, now_ms).retry_at_ms, 0);
}

/* Fifty tasks wait for one server; it goes away; that is one timeout, not fifty. */
static void
timeouts_of_packets_under_way_together_count_once(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1);

	for (unsigned i = 0; i < 50; i++)
		servers_timeout(s, &a, 400, T0 + i);
	assert_int_equal(get(s, 1, T0 + 50).timeouts, 1);
	for (unsigned i = 0; i < 50; i++)
		servers_timeout(s, &a, 400, T0 + 500 + i);
	assert_int_equal(get(s, 1, T0 + 600).timeouts, 2);
}

static void
one_packet_probes_a_server_whose_silence_is_over(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1);
	uint64_t end_ms;

	assert_true(servers_take_probe(s, &a, T0));
	for (unsigned i = 1; i <= 3; i++)
		servers_timeout(s, &a, 100, T0 + i * 100);
	end_ms = T0 + 300 + 2000;
	assert_int_equal(get(s, 1, T0 + 300).retry_at_ms, end_ms);
	assert_false(servers_take_probe(s, &a, end_ms - 1));
	assert_true(servers_take_probe(s, &a, end_ms));
	assert_false(servers_take_probe(s, &a, end_ms));
	servers_timeout(s, &a, 800, end_ms + 800);
	assert_int_equal(get(s, 1, end_ms + 800).retry_at_ms, end_ms + 800 + 4000);
	assert_true(servers_take_probe(s, &a, end_ms + 4800));
	servers_rtt(s, &a, 50, end_ms + 4850);
	assert_true(servers_take_probe(s, &a, end_ms + 4850));
	assert_true(servers_take_probe(s, &a, end_ms + 4850));
}

static void
a_server_without_news_is_forgotten_but_not_in_its_silence(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1), b = server(2);

	servers_rtt(s, &a, 100, T0);
	assert_true(get(s, 1, T0 + 15 * MINUTES - 1).known);
	assert_false(get(s, 1, T0 + 15 * MINUTES).known);
	for (unsigned i = 1; i <= 14; i++)
		servers_timeout(s, &b, 1, T0 + i);
	assert_true(get(s, 2, T0 + 29 * MINUTES).known);
	assert_int_equal(get(s, 2, T0 + 29 * MINUTES).timeouts, 14);
}

static void
what_a_server_does_not_bear_is_remembered_a_quarter_hour(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1);

	servers_set_no_edns(s, &a, true, T0);
	servers_set_no_case(s, &a, T0);
	servers_rtt(s, &a, 100, T0 + 10 * MINUTES);
	assert_true(get(s, 1, T0 + 10 * MINUTES).no_edns);
	assert_true(get(s, 1, T0 + 10 * MINUTES).no_case);
	/* though there was news of it since */
	assert_true(get(s, 1, T0 + 15 * MINUTES).known);
	assert_false(get(s, 1, T0 + 15 * MINUTES).no_edns);
	assert_false(get(s, 1, T0 + 15 * MINUTES).no_case);
	servers_set_no_edns(s, &a, true, T0 + 16 * MINUTES);
	servers_set_no_edns(s, &a, false, T0 + 16 * MINUTES);
	assert_false(get(s, 1, T0 + 16 * MINUTES).no_edns);
}

static void
a_server_is_lame_for_one_zone_and_a_quarter_hour(void **state)
{
	struct servers *s = *state;
	struct addr a = server(1), b = server(2);
	const uint8_t zone[] = "\7example\3com", other[] = "\7example\3org";

	servers_set_lame(s, &a, zone, T0);
	assert_true(servers_is_lame(s, &a, zone, T0));
	assert_true(servers_is_lame(s, &a, zone, T0 + 15 * MINUTES - 1));
	assert_false(servers_is_lame(s, &a, zone, T0 + 15 * MINUTES));
	assert_false(servers_is_lame(s, &a, other, T0));
	assert_false(servers_is_lame(s, &b, zone, T0));
}

static void
a_flood_of_servers_takes_no_memory_and_the_newest_is_known(void **state)
{
	struct servers *s = *state;
	size_t bytes = servers_bytes(s);
	const uint8_t zone[] = "\7example\3com";

	assert_true(bytes > 1024 * 40 && bytes < 1024 * 200);
	for (unsigned i = 0; i < 100000; i++) {
		struct addr a = server(i);

		servers_rtt(s, &a, 77, T0 + i);
		servers_set_lame(s, &a, zone, T0 + i);
		assert_int_equal(get(s, i, T0 + i).srtt_ms, 77);
		assert_true(servers_is_lame(s, &a, zone, T0 + i));
	}
	assert_int_equal(servers_bytes(s), bytes);
}

static void
a_table_half_full_has_lost_few(void **state)
{
	struct servers *s = *state;
	unsigned known = 0;

	for (unsigned i = 0; i < 512; i++) {
		struct addr a = server(i);

		servers_rtt(s, &a, 77, T0 + i);
	}
	for (unsigned i = 0; i < 512; i++)
		known += get(s, i, T0 + 512).known;
	assert_true(known > 480);
}

struct worker {
	pthread_t thread;
	struct servers *servers;
	unsigned wrong;
};

static void *
work(void *ctx)
{
	struct worker *w = ctx;
	const uint8_t zone[] = "\7example\3com";

	for (unsigned i = 0; i < 20000; i++) {
		struct addr a = server(i % 50);
		struct server_info info;

		servers_rtt(w->servers, &a, 100, T0 + i);
		servers_get(w->servers, &a, T0 + i, &info);
		w->wrong += info.known && info.srtt_ms != 100;
		if (i % 7 == 0)
			servers_set_lame(w->servers, &a, zone, T0 + i);
		servers_is_lame(w->servers, &a, zone, T0 + i);
	}
	return NULL;
}

/* ---- cookies ---- */

static size_t
cookie_of(struct servers *s, unsigned n, uint64_t now_ms, uint8_t out[SERVER_COOKIE_MAX])
{
	struct addr a = server(n);

	memset(out, 0, SERVER_COOKIE_MAX);
	return servers_cookie(s, &a, now_ms, out);
}

/* Teaches server ${n} the cookie of its own part and ${len} - 8 bytes of ${fill}. */
static void
teach(struct servers *s, unsigned n, uint8_t fill, size_t len, uint64_t now_ms)
{
	uint8_t cookie[SERVER_COOKIE_MAX];
	struct addr a = server(n);

	(void)cookie_of(s, n, now_ms, cookie);
	memset(cookie + 8, fill, sizeof(cookie) - 8);
	servers_set_cookie(s, &a, cookie, len, now_ms);
}

static void
each_server_has_a_nonce_of_its_own_that_lasts_a_day(void **state)
{
	const uint64_t midnight = UINT64_C(86400000) * 3;
	uint8_t one[SERVER_COOKIE_MAX], again[SERVER_COOKIE_MAX],
	    other[SERVER_COOKIE_MAX];
	struct servers *foreign =
	    servers_new(16, &(struct hashkey){ hashkey.k0 + 1, hashkey.k1 });

	assert_int_equal(cookie_of(*state, 1, midnight, one), 8);
	assert_int_equal(cookie_of(*state, 1, midnight + 86399999, again), 8);
	assert_memory_equal(one, again, 8);
	assert_int_equal(cookie_of(*state, 2, midnight, other), 8);
	assert_memory_not_equal(one, other, 8);
	assert_int_equal(cookie_of(*state, 1, midnight + 86400000, other), 8);
	assert_memory_not_equal(one, other, 8);
	assert_int_equal(cookie_of(foreign, 1, midnight, other), 8);
	assert_memory_not_equal(one, other, 8);
	servers_free(foreign);
}

static void
a_servers_cookie_goes_back_to_it_until_its_nonce_ends(void **state)
{
	const uint64_t midnight = UINT64_C(86400000) * 3;
	uint8_t c[SERVER_COOKIE_MAX];

	teach(*state, 1, 'x', 24, midnight - 1000);
	assert_int_equal(cookie_of(*state, 1, midnight - 1, c), 24);
	assert_memory_equal(c + 8, "xxxxxxxxxxxxxxxx", 16);
	assert_true(get(*state, 1, midnight - 1).has_cookie);
	assert_int_equal(cookie_of(*state, 2, midnight - 1, c), 8);
	teach(*state, 1, 'y', 40, midnight - 1);
	assert_int_equal(cookie_of(*state, 1, midnight - 1, c), 40);
	assert_memory_equal(c + 36, "yyyy", 4);
	assert_int_equal(cookie_of(*state, 1, midnight, c), 8);
	/* nor is one taken that was made for yesterday's */
	teach(*state, 3, 'z', 16, midnight - 1);
	(void)cookie_of(*state, 3, midnight - 1, c);
	struct addr a = server(4);
	servers_set_cookie(*state, &a, c, 16, midnight);
	assert_int_equal(cookie_of(*state, 4, midnight, c), 8);
}

static void
cookies_of_an_address_that_has_them_now_and_then_are_not_kept(void **state)
{
	struct addr a = server(1);
	uint8_t c[SERVER_COOKIE_MAX];

	teach(*state, 1, 'x', 16, T0);
	servers_forget_cookie(*state, &a, T0);
	assert_int_equal(cookie_of(*state, 1, T0, c), 8);
	teach(*state, 1, 'x', 16, T0 + 15 * MINUTES - 1);
	assert_int_equal(cookie_of(*state, 1, T0 + 15 * MINUTES - 1, c), 8);
	teach(*state, 1, 'x', 16, T0 + 15 * MINUTES);
	assert_int_equal(cookie_of(*state, 1, T0 + 15 * MINUTES, c), 16);
}

static void
what_does_not_bear_cookies_gets_none_for_a_quarter_hour(void **state)
{
	struct addr a = server(1);
	uint8_t c[SERVER_COOKIE_MAX];

	teach(*state, 1, 'x', 16, T0);
	servers_set_no_cookie(*state, &a, T0);
	assert_int_equal(cookie_of(*state, 1, T0, c), 0);
	assert_true(get(*state, 1, T0).no_cookie);
	assert_false(get(*state, 1, T0).has_cookie);
	servers_rtt(*state, &a, 10, T0 + 10 * MINUTES);
	assert_int_equal(cookie_of(*state, 1, T0 + 15 * MINUTES - 1, c), 0);
	assert_int_equal(cookie_of(*state, 1, T0 + 15 * MINUTES, c), 8);
}

static void
three_silences_in_a_row_are_no_accident(void **state)
{
	struct addr a = server(1);
	uint8_t c[SERVER_COOKIE_MAX];

	servers_cookie_silence(*state, &a, true, T0);
	servers_cookie_silence(*state, &a, true, T0);
	assert_true(get(*state, 1, T0).cookie_silence);
	servers_cookie_silence(*state, &a, false, T0);
	assert_false(get(*state, 1, T0).cookie_silence);
	servers_cookie_silence(*state, &a, true, T0);
	servers_cookie_silence(*state, &a, true, T0);
	assert_int_equal(cookie_of(*state, 1, T0, c), 8);
	servers_cookie_silence(*state, &a, true, T0);
	assert_int_equal(cookie_of(*state, 1, T0, c), 0);
}

static void
workers_share_the_table(void **state)
{
	struct worker workers[3];

	for (unsigned i = 0; i < 3; i++) {
		workers[i] = (struct worker){ .servers = *state };
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
	}
}

#define SENTENCE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE(an_unknown_server_is_thought_near),
		SENTENCE(round_trips_are_smoothed_as_in_rfc_6298),
		SENTENCE(a_small_steady_difference_is_learnt_too),
		SENTENCE(the_wait_doubles_with_each_timeout_within_its_bounds),
		SENTENCE(
		    a_silent_server_is_left_alone_for_ever_longer_and_an_answer_ends_it),
		SENTENCE(timeouts_of_packets_under_way_together_count_once),
		SENTENCE(one_packet_probes_a_server_whose_silence_is_over),
		SENTENCE(a_server_without_news_is_forgotten_but_not_in_its_silence),
		SENTENCE(what_a_server_does_not_bear_is_remembered_a_quarter_hour),
		SENTENCE(a_server_is_lame_for_one_zone_and_a_quarter_hour),
		SENTENCE(a_flood_of_servers_takes_no_memory_and_the_newest_is_known),
		SENTENCE(a_table_half_full_has_lost_few),
		SENTENCE(each_server_has_a_nonce_of_its_own_that_lasts_a_day),
		SENTENCE(a_servers_cookie_goes_back_to_it_until_its_nonce_ends),
		SENTENCE(cookies_of_an_address_that_has_them_now_and_then_are_not_kept),
		SENTENCE(what_does_not_bear_cookies_gets_none_for_a_quarter_hour),
		SENTENCE(three_silences_in_a_row_are_no_accident),
		SENTENCE(workers_share_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
