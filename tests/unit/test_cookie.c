#include "tests/unit/bytes.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/cookie.h"
#include "resolver/wire/msg.h"

/* The examples of RFC 9018, appendix A, are literal here. */

#define SECRET	   "\xe5\xe9\x73\xe5\xa6\xb2\xa4\x3f\x48\xe7\xdc\x84\x9e\x37\xbf\xcf"
#define OLD_SECRET "\xdd\x3b\xdf\x93\x44\xb6\x78\xb1\x85\xa6\xf5\xcb\x60\xfc\xa7\x15"
#define NEW_SECRET "\x44\x55\x36\xbc\xd2\x51\x32\x98\x07\x5a\x5d\x37\x96\x63\xc9\x62"

#define CLIENT_1 "\x24\x64\xc4\xab\xcf\x10\xc9\x57"
#define SERVER_1 "\x01\0\0\0\x5c\xf7\x9f\x11\x1f\x81\x30\xc3\xee\xe2\x94\x80"
#define CLIENT_3 "\xfc\x93\xfc\x62\x80\x7d\xdb\x86"
#define CLIENT_4 "\x22\x68\x1a\xb9\x7d\x52\xc2\x98"
#define SERVER_4 "\x01\0\0\0\x5c\xf7\xc5\x79\x26\x55\x6b\xd0\x93\x4c\x72\xf8"

static struct addr
host(const char *text)
{
	struct addr a;

	assert_int_equal(addr_from_text(text, 0, &a), ERR_OK);
	return a;
}

static struct cookie_secrets
secrets_of(const char *first, const char *second)
{
	struct cookie_secrets s = { .count = second != NULL ? 2 : 1 };

	cookie_secret((const uint8_t *)first, &s.keys[0]);
	if (second != NULL)
		cookie_secret((const uint8_t *)second, &s.keys[1]);
	return s;
}

#define assert_made(secrets, client, from, at_sec, whole)                                \
	do {                                                                             \
		uint8_t out_[COOKIE_LEN];                                                \
		struct addr from_ = host(from);                                          \
		cookie_make(                                                             \
		    (secrets), (const uint8_t *)(client), &from_, (at_sec), out_);       \
		assert_bytes(out_, sizeof(out_), whole);                                 \
	} while (0)

#define assert_state(secrets, cookie, from, at_sec, state)                               \
	do {                                                                             \
		struct addr from_ = host(from);                                          \
		assert_int_equal(                                                        \
		    cookie_check((secrets), BYTES(cookie), &from_, (at_sec)), (state));  \
	} while (0)

static void
a_new_client_learns_the_cookie_of_rfc_9018_a1(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);

	(void)state;
	assert_state(&s, CLIENT_1, "198.51.100.100", 1559731985, COOKIE_CLIENT);
	assert_made(&s, CLIENT_1, "198.51.100.100", 1559731985, CLIENT_1 SERVER_1);
	assert_state(&s, CLIENT_1 SERVER_1, "198.51.100.100", 1559731985, COOKIE_GOOD);
}

static void
a_cookie_of_40_minutes_is_renewed_as_in_rfc_9018_a2(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);

	(void)state;
	assert_state(&s, CLIENT_1 SERVER_1, "198.51.100.100", 1559734385, COOKIE_OLD);
	assert_made(&s, CLIENT_1, "198.51.100.100", 1559734385,
	    CLIENT_1 "\x01\0\0\0\x5c\xf7\xa8\x71\xd4\xa5\x64\xa1\x44\x2a\xca\x77");
}

static void
reserved_bytes_are_under_the_hash_as_they_came_as_in_rfc_9018_a3(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);

	(void)state;
	assert_state(&s,
	    CLIENT_3 "\x01\xab\xcd\xef\x5c\xf7\x8f\x71\xa3\x14\x22\x7b\x66\x79\xeb\xf5",
	    "203.0.113.203", 1559727985 + 60, COOKIE_GOOD);
	assert_state(&s,
	    CLIENT_3 "\x01\0\0\0\x5c\xf7\x8f\x71\xa3\x14\x22\x7b\x66\x79\xeb\xf5",
	    "203.0.113.203", 1559727985 + 60, COOKIE_WRONG);
	assert_made(&s, CLIENT_3, "203.0.113.203", 1559734700,
	    CLIENT_3 "\x01\0\0\0\x5c\xf7\xa9\xac\xf7\x3a\x78\x10\xac\xa2\x38\x1e");
}

static void
a_cookie_of_the_last_secret_is_good_and_renewed_as_in_rfc_9018_a4(void **state)
{
	struct cookie_secrets s = secrets_of(NEW_SECRET, OLD_SECRET);
	struct cookie_secrets alone = secrets_of(NEW_SECRET, NULL);
	const char *client = "2001:db8:220:1:59de:d0f4:8769:82b8";

	(void)state;
	assert_state(&s, CLIENT_4 SERVER_4, client, 1559741961, COOKIE_OLD);
	assert_state(&alone, CLIENT_4 SERVER_4, client, 1559741961, COOKIE_WRONG);
	assert_made(&s, CLIENT_4, client, 1559741961,
	    CLIENT_4 "\x01\0\0\0\x5c\xf7\xc6\x09\xa6\xbb\x79\xd1\x66\x25\x50\x7a");
}

/* RFC 9018 5: what one of the fleet makes first with the next secret is good at those
 * that have it staged, although they still make theirs with the old one. */
static void
a_staged_secret_is_good_before_it_is_used(void **state)
{
	struct cookie_secrets staged = secrets_of(OLD_SECRET, NEW_SECRET);
	const char *client = "2001:db8:220:1:59de:d0f4:8769:82b8";

	(void)state;
	assert_made(&staged, CLIENT_4, client, 0x5cf7c579, CLIENT_4 SERVER_4);
	assert_state(&staged,
	    CLIENT_4 "\x01\0\0\0\x5c\xf7\xc6\x09\xa6\xbb\x79\xd1\x66\x25\x50\x7a", client,
	    1559741961, COOKIE_OLD);
}

static void
a_cookie_ages_after_30_minutes_and_ends_after_an_hour(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);
	static const struct {
		int64_t age_sec;
		enum cookie_state state;
	} rows[] = {
		{ -301, COOKIE_WRONG },
		{ -300, COOKIE_GOOD },
		{ 0, COOKIE_GOOD },
		{ 1800, COOKIE_GOOD },
		{ 1801, COOKIE_OLD },
		{ 3600, COOKIE_OLD },
		{ 3601, COOKIE_WRONG },
		{ 0x7fffffff, COOKIE_WRONG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_state(&s, CLIENT_1 SERVER_1, "198.51.100.100",
		    (uint32_t)(1559731985 + rows[i].age_sec), rows[i].state);
}

static void
the_clocks_second_2_to_the_32_is_one_like_any_other(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);
	struct addr from = host("192.0.2.7");
	uint8_t c[COOKIE_LEN];

	(void)state;
	cookie_make(&s, (const uint8_t *)CLIENT_1, &from, UINT32_MAX - 10, c);
	assert_int_equal(cookie_check(&s, c, sizeof(c), &from, 20), COOKIE_GOOD);
	assert_int_equal(cookie_check(&s, c, sizeof(c), &from, 1900), COOKIE_OLD);
	assert_int_equal(cookie_check(&s, c, sizeof(c), &from, 3600), COOKIE_WRONG);
}

static void
a_cookie_is_good_for_one_address_and_one_client_part(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);
	struct addr other_port = host("198.51.100.100@4711");

	(void)state;
	assert_state(&s, CLIENT_1 SERVER_1, "198.51.100.101", 1559731985, COOKIE_WRONG);
	assert_state(&s, CLIENT_3 SERVER_1, "198.51.100.100", 1559731985, COOKIE_WRONG);
	assert_state(
	    &s, CLIENT_1 SERVER_1, "2001:db8::c633:6464", 1559731985, COOKIE_WRONG);
	assert_int_equal(
	    cookie_check(&s, BYTES(CLIENT_1 SERVER_1), &other_port, 1559731985),
	    COOKIE_GOOD);
}

static void
any_bit_that_is_changed_makes_it_wrong(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);
	struct addr from = host("198.51.100.100");
	uint8_t c[COOKIE_LEN];

	(void)state;
	for (size_t bit = 0; bit < 8 * COOKIE_LEN; bit++) {
		memcpy(c, CLIENT_1 SERVER_1, sizeof(c));
		c[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_int_equal(
		    cookie_check(&s, c, sizeof(c), &from, 1559731985), COOKIE_WRONG);
	}
}

static void
cookies_of_other_makers_and_lengths_are_wrong_but_no_mistake(void **state)
{
	struct cookie_secrets s = secrets_of(SECRET, NULL);
	struct addr from = host("198.51.100.100");
	uint8_t c[40] = { 0 };

	(void)state;
	memcpy(c, CLIENT_1 SERVER_1, COOKIE_LEN);
	for (size_t len = 16; len <= 40; len++)
		assert_int_equal(cookie_check(&s, c, len, &from, 1559731985),
		    len == COOKIE_LEN ? COOKIE_GOOD : COOKIE_WRONG);
	assert_int_equal(cookie_check(&s, NULL, 0, &from, 1559731985), COOKIE_NONE);
}

static void
the_secret_of_a_day_is_known_for_the_next_day_and_no_longer(void **state)
{
	const struct hashkey master = { 1, 2 };
	const uint32_t midnight = 20000 * 86400u;
	struct cookie_secrets before, after, later;
	struct addr from = host("192.0.2.7");
	uint8_t c[COOKIE_LEN];

	(void)state;
	cookie_secrets_of_day(&master, midnight - 10, &before);
	cookie_secrets_of_day(&master, midnight, &after);
	cookie_secrets_of_day(&master, midnight + 86400, &later);
	assert_memory_not_equal(&before.keys[0], &after.keys[0], sizeof(struct hashkey));
	assert_memory_equal(&before.keys[0], &after.keys[1], sizeof(struct hashkey));
	assert_true(after.keys[0].k0 != after.keys[0].k1);
	cookie_make(&before, (const uint8_t *)CLIENT_1, &from, midnight - 10, c);
	assert_int_equal(
	    cookie_check(&before, c, sizeof(c), &from, midnight - 1), COOKIE_GOOD);
	assert_int_equal(cookie_check(&after, c, sizeof(c), &from, midnight), COOKIE_OLD);
	assert_int_equal(
	    cookie_check(&later, c, sizeof(c), &from, midnight), COOKIE_WRONG);
}

/* ---- replies of servers ---- */

#define HEAD	  "\x12\x34\x84\0\0\1\0\1\0\0\0\1"
#define QUESTION  "\3www\7example\0\0\1\0\1"
#define ANSWER	  "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1"
#define OPT(rest) "\0\0\x29\4\xd0\0\0\0\0" rest
#define OUR_PART  "clientco"
#define COOKIE_8  OPT("\0\x0c\0\x0a\0\x08" OUR_PART)
#define COOKIE_16 OPT("\0\x14\0\x0a\0\x10" OUR_PART "servers!")
#define OTHER_16                                                                         \
	OPT("\0\x14\0\x0a\0\x10"                                                         \
	    "clientcX"                                                                   \
	    "servers!")

/* With ${cookie_len} bytes of a cookie; 0: none. */
static size_t
make_query(uint8_t cookie_len, uint8_t out[QUERY_MAX])
{
	const struct query q = {
		.qname = NAME("\3www\7example"),
		.qtype = TYPE_A,
		.qclass = CLASS_IN,
		.edns = true,
		.udp_size = 1232,
		.cookie = (const uint8_t *)OUR_PART "servers!",
		.cookie_len = cookie_len,
	};

	return query_write(&q, out, QUERY_MAX);
}

#define assert_match(cookie_len, reply, match)                                           \
	do {                                                                             \
		uint8_t query_[QUERY_MAX];                                               \
		size_t len_ = make_query((cookie_len), query_);                          \
		assert_int_equal(cookie_match(BYTES(reply), query_, len_), (match));     \
	} while (0)

static void
a_reply_with_our_part_matches(void **state)
{
	(void)state;
	assert_match(8, HEAD QUESTION ANSWER COOKIE_16, COOKIE_MATCHES);
	assert_match(16, HEAD QUESTION ANSWER COOKIE_16, COOKIE_MATCHES);
	assert_match(16, HEAD QUESTION ANSWER COOKIE_8, COOKIE_MATCHES);
}

static void
a_reply_with_anothers_part_never_does(void **state)
{
	(void)state;
	assert_match(8, HEAD QUESTION ANSWER OTHER_16, COOKIE_MATCH_NOT);
	assert_match(16, HEAD QUESTION ANSWER OTHER_16, COOKIE_MATCH_NOT);
}

static void
without_a_cookie_a_reply_matches_only_where_none_is_expected(void **state)
{
	(void)state;
	assert_match(8, HEAD QUESTION ANSWER OPT("\0\0"), COOKIE_MATCHES);
	assert_match(16, HEAD QUESTION ANSWER OPT("\0\0"), COOKIE_MATCH_MISSING);
	assert_match(8, "\x12\x34\x84\0\0\1\0\1\0\0\0\0" QUESTION ANSWER, COOKIE_MATCHES);
	assert_match(
	    16, "\x12\x34\x84\0\0\1\0\1\0\0\0\0" QUESTION ANSWER, COOKIE_MATCH_MISSING);
	/* a bare error: whoever forges it shall not talk us out of EDNS */
	assert_match(16, "\x12\x34\x80\1\0\0\0\0\0\0\0\0", COOKIE_MATCH_MISSING);
}

static void
a_query_without_a_cookie_expects_nothing(void **state)
{
	(void)state;
	assert_match(0, HEAD QUESTION ANSWER OTHER_16, COOKIE_MATCHES);
	assert_match(0, HEAD QUESTION ANSWER, COOKIE_MATCHES);
}

static void
what_cannot_be_read_has_no_cookie(void **state)
{
	uint8_t query[QUERY_MAX];
	size_t query_len = make_query(16, query);
	static const char whole[] = HEAD QUESTION ANSWER COOKIE_16;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(
		    cookie_match((const uint8_t *)whole, len, query, query_len),
		    COOKIE_MATCH_MISSING);
	assert_match(16, HEAD QUESTION ANSWER OPT("\0\x0d\0\x0a\0\x09" OUR_PART "x"),
	    COOKIE_MATCH_MISSING);
	assert_match(8, HEAD QUESTION ANSWER OPT("\0\x0d\0\x0a\0\x09" OUR_PART "x"),
	    COOKIE_MATCHES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_client_learns_the_cookie_of_rfc_9018_a1),
		cmocka_unit_test(a_cookie_of_40_minutes_is_renewed_as_in_rfc_9018_a2),
		cmocka_unit_test(
		    reserved_bytes_are_under_the_hash_as_they_came_as_in_rfc_9018_a3),
		cmocka_unit_test(
		    a_cookie_of_the_last_secret_is_good_and_renewed_as_in_rfc_9018_a4),
		cmocka_unit_test(a_staged_secret_is_good_before_it_is_used),
		cmocka_unit_test(a_cookie_ages_after_30_minutes_and_ends_after_an_hour),
		cmocka_unit_test(the_clocks_second_2_to_the_32_is_one_like_any_other),
		cmocka_unit_test(a_cookie_is_good_for_one_address_and_one_client_part),
		cmocka_unit_test(any_bit_that_is_changed_makes_it_wrong),
		cmocka_unit_test(
		    cookies_of_other_makers_and_lengths_are_wrong_but_no_mistake),
		cmocka_unit_test(
		    the_secret_of_a_day_is_known_for_the_next_day_and_no_longer),
		cmocka_unit_test(a_reply_with_our_part_matches),
		cmocka_unit_test(a_reply_with_anothers_part_never_does),
		cmocka_unit_test(
		    without_a_cookie_a_reply_matches_only_where_none_is_expected),
		cmocka_unit_test(a_query_without_a_cookie_expects_nothing),
		cmocka_unit_test(what_cannot_be_read_has_no_cookie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
