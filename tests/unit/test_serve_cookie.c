#include "tests/unit/serve_help.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dns.h"
#include "resolver/wire/cookie.h"
#include "resolver/wire/reader.h"

/* Cookies towards clients, and what those get who may be forged. */

#define LOCAL	       "\x09localhost\0"
#define PART	       "clientco"
#define CLIENT_ALONE   "\0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x0a\0\x08" PART
#define ASK_WITH_PART  HEAD("\0\1", RD, "\1") LOCAL A_IN CLIENT_ALONE
#define ASK_WITHOUT    HEAD("\0\2", RD, "\1") LOCAL A_IN OPT(SIZE_1232)
#define SECRET_TEXT    "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define NEXT_TEXT      "445536bcd2513298075a5d379663c962"
#define BADCOOKIE_LOW  (RCODE_BADCOOKIE & FLAG_RCODE_MASK)
#define BADCOOKIE_HIGH (RCODE_BADCOOKIE >> 4)

/* The OPT of ${p}, a reply with at most one record before it; false: it has none. */
static bool
packet_edns(const struct packet *p, struct edns *out)
{
	struct reader r;
	unsigned records;

	memset(out, 0, sizeof(*out));
	reader_init(&r, p->bytes, p->len);
	reader_skip(&r, 6);
	records = reader_u16(&r);
	records += reader_u16(&r);
	records += reader_u16(&r);
	reader_name_skip(&r);
	reader_skip(&r, 4);
	while (records-- > 0 && !r.failed) {
		reader_name_skip(&r);
		uint16_t type = reader_u16(&r), class = reader_u16(&r);
		uint32_t ttl = reader_u32(&r);
		uint16_t len = reader_u16(&r);
		const uint8_t *rdata = reader_bytes(&r, len);

		if (type == TYPE_OPT)
			return edns_read(class, ttl, rdata, len, out) == ERR_OK;
	}
	return false;
}

static void
take_cookie(const struct packet *p, uint8_t out[COOKIE_LEN])
{
	struct edns e;

	assert_true(packet_edns(p, &e));
	assert_int_equal(e.cookie_len, COOKIE_LEN);
	assert_memory_equal(e.cookie, PART, COOKIE_CLIENT_LEN);
	memcpy(out, e.cookie, COOKIE_LEN);
}

/* A question with all of ${cookie}. */
static void
send_cookie(int fd, const uint8_t cookie[COOKIE_LEN])
{
	static const char head[] = HEAD("\0\3", RD, "\1") LOCAL A_IN
	    "\0\0\x29\x04\xd0\0\0\0\0\0\x1c\0\x0a\0\x18";
	uint8_t bytes[sizeof(head) - 1 + COOKIE_LEN];

	memcpy(bytes, head, sizeof(head) - 1);
	memcpy(bytes + sizeof(head) - 1, cookie, COOKIE_LEN);
	client_send(fd, bytes, sizeof(bytes));
}

static void
ask_cookie(int fd, const uint8_t cookie[COOKIE_LEN], struct packet *p)
{
	send_cookie(fd, cookie);
	client_take(fd, p);
}

static void
who_asks_with_a_cookie_gets_one_and_nobody_else_does(void **state)
{
	uint8_t first[COOKIE_LEN], again[COOKIE_LEN];
	struct house h;
	struct packet p;
	struct edns e;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, ASK_WITHOUT);
	assert_true(packet_edns(&p, &e));
	assert_int_equal(e.cookie_len, 0);
	client_ask(c, &p, ASK_WITH_PART);
	assert_int_equal(packet_answers(&p), 1);
	take_cookie(&p, first);
	assert_memory_equal(first + 8, "\1\0\0\0", 4);
	ask_cookie(c, first, &p);
	assert_int_equal(packet_answers(&p), 1);
	take_cookie(&p, again);
	assert_memory_equal(again, first, COOKIE_LEN);
	house_await(&h, COUNT_COOKIES_NEW, 1);
	house_await(&h, COUNT_COOKIES_GOOD, 1);
	close(c);
	house_close(&h);
}

static void
a_cookie_can_be_asked_for_without_a_question(void **state)
{
	uint8_t cookie[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c, stranger;

	(void)state;
	house_open(&h, "groups: [{name: default, clients: [127.0.0.0/24]}]\n");
	c = client_open(&h, "127.0.0.1");
	stranger = client_open(&h, "127.0.9.9");
	client_ask(c, &p, "\0\7\0\0\0\0\0\0\0\0\0\1" CLIENT_ALONE);
	assert_int_equal(packet_id(&p), 7);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(p.len, 12 + 11 + 4 + COOKIE_LEN);
	memcpy(cookie, p.bytes + p.len - COOKIE_LEN, COOKIE_LEN);
	ask_cookie(c, cookie, &p);
	house_await(&h, COUNT_COOKIES_GOOD, 1);
	/* without a cookie it is no question of any kind */
	client_ask(c, &p, "\0\7\0\0\0\0\0\0\0\0\0\1" OPT(SIZE_1232));
	assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	client_ask(stranger, &p, "\0\7\0\0\0\0\0\0\0\0\0\1" CLIENT_ALONE);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	assert_in_range(p.len, 12, 12 + sizeof(CLIENT_ALONE) - 1);
	close(stranger);
	close(c);
	house_close(&h);
}

static void
answers_of_the_cache_and_of_the_world_carry_it_too(void **state)
{
	static const char ask[] = HEAD("\0\1", RD, "\1") WWW A_IN CLIENT_ALONE;
	uint8_t cookie[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(ask));
	authority_serve(&h, 1, A_RECORD);
	client_take(c, &p);
	assert_int_equal(packet_answers(&p), 1);
	take_cookie(&p, cookie);
	client_ask(c, &p, ask);
	assert_int_equal(packet_answers(&p), 1);
	take_cookie(&p, cookie);
	house_await(&h, COUNT_HITS, 1);
	close(c);
	house_close(&h);
}

static void
a_cookie_is_renewed_after_half_an_hour_and_over_after_an_hour(void **state)
{
	uint8_t first[COOKIE_LEN], next[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p, ASK_WITH_PART);
	take_cookie(&p, first);
	house_pass(&h, 1801 * 1000);
	ask_cookie(c, first, &p);
	take_cookie(&p, next);
	assert_memory_not_equal(first, next, COOKIE_LEN);
	house_await(&h, COUNT_COOKIES_GOOD, 1);
	house_pass(&h, 1800 * 1000);
	ask_cookie(c, first, &p);
	assert_int_equal(packet_answers(&p), 1);
	house_await(&h, COUNT_COOKIES_WRONG, 1);
	ask_cookie(c, next, &p);
	house_await(&h, COUNT_COOKIES_GOOD, 2);
	close(c);
	house_close(&h);
}

static void
at_midnight_the_secret_changes_and_no_cookie_ends(void **state)
{
	/* the house opens at second 40,000 of a day */
	static const uint32_t before_midnight_ms = (86400 - 40000 - 10) * 1000;
	uint8_t before[COOKIE_LEN], after[COOKIE_LEN], fresh[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	house_pass(&h, before_midnight_ms);
	client_ask(c, &p, ASK_WITH_PART);
	take_cookie(&p, before);
	house_pass(&h, 20 * 1000);
	ask_cookie(c, before, &p);
	take_cookie(&p, after);
	house_await(&h, COUNT_COOKIES_GOOD, 1);
	assert_memory_not_equal(before, after, COOKIE_LEN);
	client_ask(c, &p, ASK_WITH_PART);
	take_cookie(&p, fresh);
	assert_memory_equal(fresh, after, COOKIE_LEN);
	ask_cookie(c, after, &p);
	take_cookie(&p, fresh);
	assert_memory_equal(fresh, after, COOKIE_LEN);
	close(c);
	house_close(&h);
}

static void
over_the_limit_a_cookie_is_asked_for_and_whoever_has_it_is_served(void **state)
{
	uint8_t cookie[COOKIE_LEN];
	struct house h;
	struct packet p;
	struct edns e;
	int c;

	(void)state;
	house_open(&h, "limits: {rate: 1, burst: 3, slip: 1}\n");
	c = client_open(&h, "127.0.0.1");
	for (int i = 0; i < 3; i++)
		client_ask(c, &p, ASK_WITHOUT);
	/* over it, and perhaps forged */
	client_ask(c, &p, ASK_WITHOUT);
	assert_int_equal(packet_flags(&p) & FLAG_TC, FLAG_TC);
	client_ask(c, &p, ASK_WITH_PART);
	assert_int_equal(packet_flags(&p) & FLAG_TC, 0);
	assert_int_equal(packet_rcode(&p), BADCOOKIE_LOW);
	assert_true(packet_edns(&p, &e));
	assert_int_equal(e.rcode_high, BADCOOKIE_HIGH);
	assert_int_equal(packet_answers(&p), 0);
	take_cookie(&p, cookie);
	/* shown to be nobody else, it has a rate of its own, and REFUSED at its end */
	for (int i = 0; i < 4; i++) {
		ask_cookie(c, cookie, &p);
		assert_int_equal(packet_answers(&p), i < 3);
	}
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	cookie[COOKIE_LEN - 1] ^= 1;
	ask_cookie(c, cookie, &p);
	assert_int_equal(packet_rcode(&p), BADCOOKIE_LOW);
	house_await(&h, COUNT_LIMIT_TRUNCATED, 1);
	house_await(&h, COUNT_BADCOOKIE, 2);
	house_await(&h, COUNT_LIMIT_REFUSED, 1);
	close(c);
	house_close(&h);
}

static void
who_forges_a_clients_address_does_not_take_its_cookies_rate(void **state)
{
	uint8_t cookie[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c, forger;

	(void)state;
	house_open(&h, "limits: {rate: 1, burst: 3, slip: 0}\n");
	c = client_open(&h, "127.0.0.1");
	forger = client_open(&h, "127.0.0.1");
	client_ask(c, &p, ASK_WITH_PART);
	take_cookie(&p, cookie);
	for (int i = 0; i < 100; i++)
		client_send(forger, BYTES(ASK_WITHOUT));
	house_await(&h, COUNT_LIMIT_DROPPED, 98);
	ask_cookie(c, cookie, &p);
	assert_int_equal(packet_answers(&p), 1);
	close(forger);
	close(c);
	house_close(&h);
}

static void
another_addresss_cookie_is_worth_nothing(void **state)
{
	uint8_t cookie[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c, thief;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	thief = client_open(&h, "127.0.0.2");
	client_ask(c, &p, ASK_WITH_PART);
	take_cookie(&p, cookie);
	ask_cookie(thief, cookie, &p);
	house_await(&h, COUNT_COOKIES_WRONG, 1);
	house_await(&h, COUNT_COOKIES_GOOD, 0);
	close(thief);
	close(c);
	house_close(&h);
}

static void
a_cookie_of_a_wrong_length_is_a_malformed_question(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "");
	c = client_open(&h, "127.0.0.1");
	client_ask(c, &p,
	    HEAD("\0\1", RD, "\1") LOCAL A_IN "\0\0\x29\x04\xd0\0\0\0\0\0\x0b\0\x0a\0\x07"
					      "clientc");
	assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	client_ask(c, &p,
	    HEAD("\0\1", RD, "\1") LOCAL A_IN
	    "\0\0\x29\x04\xd0\0\0\0\0\0\x13\0\x0a\0\x0f" PART "serverc");
	assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	close(c);
	house_close(&h);
}

/* ---- secrets of a fleet ---- */

#define FILE_TEMPLATE "/tmp/sekisho-test.XXXXXX"

static void
options_with_secrets(
    const char *secrets, char path[sizeof(FILE_TEMPLATE)], char options[256])
{
	int fd = mkstemp(strcpy(path, FILE_TEMPLATE));

	assert_true(fd >= 0);
	assert_int_equal(write(fd, secrets, strlen(secrets)), strlen(secrets));
	close(fd);
	snprintf(
	    options, 256, "server: {cookie-secret-file: \"%s\", journal: \"\"}\n", path);
}

static void
make_elsewhere(const char *digits, uint8_t out[COOKIE_LEN])
{
	struct cookie_secrets s = { .count = 1 };
	uint8_t bytes[COOKIE_SECRET_BYTES];
	struct addr from;

	for (unsigned i = 0; i < sizeof(bytes); i++) {
		char two[3] = { digits[2 * i], digits[2 * i + 1], '\0' };
		bytes[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	cookie_secret(bytes, &s.keys[0]);
	assert_int_equal(addr_from_text("127.0.0.1", 0, &from), ERR_OK);
	cookie_make(&s, (const uint8_t *)PART, &from, 1795000000, out);
}

static void
a_fleet_that_shares_secrets_takes_each_others_cookies(void **state)
{
	char path[sizeof(FILE_TEMPLATE)], options[256];
	uint8_t cookie[COOKIE_LEN], ours[COOKIE_LEN];
	struct house h;
	struct packet p;
	int c;

	(void)state;
	options_with_secrets(
	    "# in use\n" SECRET_TEXT "\n\n  # staged\n" NEXT_TEXT "\n", path, options);
	house_open(&h, options);
	unlink(path);
	c = client_open(&h, "127.0.0.1");
	make_elsewhere(SECRET_TEXT, cookie);
	ask_cookie(c, cookie, &p);
	house_await(&h, COUNT_COOKIES_GOOD, 1);
	take_cookie(&p, ours);
	assert_memory_equal(ours, cookie, COOKIE_LEN);
	/* one of the fleet uses the next secret already */
	make_elsewhere(NEXT_TEXT, cookie);
	ask_cookie(c, cookie, &p);
	house_await(&h, COUNT_COOKIES_GOOD, 2);
	take_cookie(&p, ours);
	assert_memory_not_equal(ours, cookie, COOKIE_LEN);
	/* the old one is taken out */
	options_with_secrets(NEXT_TEXT "\n", path, options);
	house_swap(&h, options);
	unlink(path);
	ask_cookie(c, cookie, &p);
	house_await(&h, COUNT_COOKIES_GOOD, 3);
	make_elsewhere(SECRET_TEXT, cookie);
	ask_cookie(c, cookie, &p);
	house_await(&h, COUNT_COOKIES_WRONG, 1);
	close(c);
	house_close(&h);
}

/* ---- strangers ---- */

static void
a_strangers_error_is_never_longer_than_what_it_asked_with(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		unsigned rcode;
	} rows[] = {
#define ROW(literal, rcode) { literal, sizeof(literal) - 1, rcode }
		ROW(HEAD("\0\1", RD, "\0") WWW A_IN, RCODE_REFUSED),
		ROW(HEAD("\0\1", RD, "\1") WWW A_IN OPT(SIZE_1232), RCODE_REFUSED),
		ROW(HEAD("\0\1", RD, "\1") WWW A_IN CLIENT_ALONE, RCODE_REFUSED),
		ROW("\0\1\1\0\0\0\0\0\0\0\0\0", RCODE_FORMERR),
		ROW("\0\1\1\0\0\1\0\0\0\0\0\0\3ww", RCODE_FORMERR),
		ROW("\0\1\x28\0\0\1\0\0\0\0\0\0" WWW A_IN, RCODE_NOTIMP),
		ROW(HEAD("\0\1", RD, "\1") WWW A_IN "\0\0\x29\x04\xd0\0\1\0\0\0\0", 0),
#undef ROW
	};
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "groups: [{name: default, clients: [127.0.0.0/24]}]\n"
		       "limits: {stranger-rate: 1000}\n");
	c = client_open(&h, "127.0.9.9");
	for (size_t i = 0; i < COUNT(rows); i++) {
		client_send(c, (const uint8_t *)rows[i].bytes, rows[i].len);
		client_take(c, &p);
		assert_int_equal(packet_rcode(&p), rows[i].rcode);
		assert_in_range(p.len, 12, rows[i].len);
	}
	/* with room for it, it is told why */
	client_ask(c, &p, HEAD("\0\1", RD, "\1") WWW A_IN CLIENT_ALONE);
	assert_int_equal(packet_ede(&p, NULL), EDE_PROHIBITED);
	close(c);
	house_close(&h);
}

static void
errors_to_one_strange_network_are_few_and_clients_feel_nothing(void **state)
{
	struct house h;
	struct packet p;
	int c, other, known;
	struct addr network = { .family = ADDR_V4, .bytes = { 127, 0, 9, 1 } };

	(void)state;
	house_open(&h, "groups: [{name: default, clients: [127.0.0.0/24]}]\n");
	c = client_open(&h, "127.0.9.9");
	other = client_open(&h, "127.0.8.9");
	known = client_open(&h, "127.0.0.9");
	for (int i = 0; i < 100; i++)
		client_send(c, BYTES(HEAD("\0\1", RD, "\0") WWW A_IN));
	house_await(&h, COUNT_REFUSED_CLIENT, 100);
	house_await(&h, COUNT_ERRORS_SILENCED, 90);
	for (int i = 0; i < 10; i++)
		client_take(c, &p);
	client_ask(other, &p, HEAD("\0\1", RD, "\0") WWW A_IN);
	assert_int_equal(packet_rcode(&p), RCODE_REFUSED);
	client_ask(known, &p, ASK_WITHOUT);
	assert_int_equal(packet_answers(&p), 1);
	/* One count for all workers; at time 0 nothing has come in. */
	assert_false(strangers_may_hear(h.shared->strangers, &network, 5, 0));
	house_pass(&h, 1000);
	for (int i = 0; i < 10; i++)
		client_send(c, BYTES("\0\1\1\0\0\0\0\0\0\0\0\0"));
	house_await(&h, COUNT_ERRORS_SILENCED, 95);
	for (int i = 0; i < 5; i++)
		client_take(c, &p);
	assert_true(client_is_idle(&h, c));
	close(known);
	close(other);
	close(c);
	house_close(&h);
}

static void
a_clients_malformed_questions_and_refusals_count_for_its_rate(void **state)
{
	struct house h;
	struct packet p;
	int c;

	(void)state;
	house_open(&h, "limits: {rate: 1, burst: 3, slip: 1}\n");
	c = client_open(&h, "127.0.0.1");
	for (int i = 0; i < 3; i++) {
		client_ask(c, &p, "\0\1\1\0\0\0\0\0\0\0\0\0");
		assert_int_equal(packet_rcode(&p), RCODE_FORMERR);
	}
	client_send(c, BYTES("\0\1\1\0\0\0\0\0\0\0\0\0"));
	house_await(&h, COUNT_ERRORS_SILENCED, 1);
	/* nor are refusals for want of RD free */
	client_ask(c, &p, HEAD("\0\1", "\0\0", "\0") LOCAL A_IN);
	assert_int_equal(packet_flags(&p) & FLAG_TC, FLAG_TC);
	client_ask(c, &p, ASK_WITHOUT);
	assert_int_equal(packet_flags(&p) & FLAG_TC, FLAG_TC);
	close(c);
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_with_a_cookie_gets_one_and_nobody_else_does),
		cmocka_unit_test(a_cookie_can_be_asked_for_without_a_question),
		cmocka_unit_test(answers_of_the_cache_and_of_the_world_carry_it_too),
		cmocka_unit_test(
		    a_cookie_is_renewed_after_half_an_hour_and_over_after_an_hour),
		cmocka_unit_test(at_midnight_the_secret_changes_and_no_cookie_ends),
		cmocka_unit_test(
		    over_the_limit_a_cookie_is_asked_for_and_whoever_has_it_is_served),
		cmocka_unit_test(
		    who_forges_a_clients_address_does_not_take_its_cookies_rate),
		cmocka_unit_test(another_addresss_cookie_is_worth_nothing),
		cmocka_unit_test(a_cookie_of_a_wrong_length_is_a_malformed_question),
		cmocka_unit_test(a_fleet_that_shares_secrets_takes_each_others_cookies),
		cmocka_unit_test(
		    a_strangers_error_is_never_longer_than_what_it_asked_with),
		cmocka_unit_test(
		    errors_to_one_strange_network_are_few_and_clients_feel_nothing),
		cmocka_unit_test(
		    a_clients_malformed_questions_and_refusals_count_for_its_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
