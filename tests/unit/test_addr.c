#include "tests/unit/bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/addr.h"

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_from_text(text, 0, &a), ERR_OK);
	return a;
}

static void
text_goes_to_an_address_and_back(void **state)
{
	static const struct {
		const char *in, *host, *text;
		uint8_t family;
		uint16_t port;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1@5300", ADDR_V4, 5300 },
		{ "192.0.2.1@53", "192.0.2.1", "192.0.2.1@53", ADDR_V4, 53 },
		{ "2001:DB8::1", "2001:db8::1", "2001:db8::1@5300", ADDR_V6, 5300 },
		{ "2001:db8::1@65535", "2001:db8::1", "2001:db8::1@65535", ADDR_V6,
		    65535 },
		{ "[::1]:53", "::1", "::1@53", ADDR_V6, 53 },
		{ "[::1]@53", "::1", "::1@53", ADDR_V6, 53 },
		{ "[::1]", "::1", "::1@5300", ADDR_V6, 5300 },
		{ "fe80::1%2@53", "fe80::1%2", "fe80::1%2@53", ADDR_V6, 53 },
		{ "[fe80::1%4294967295]:1", "fe80::1%4294967295", "fe80::1%4294967295@1",
		    ADDR_V6, 1 },
		{ "::ffff:192.0.2.7@53", "192.0.2.7", "192.0.2.7@53", ADDR_V4, 53 },
		{ "::ffff:c000:207", "192.0.2.7", "192.0.2.7@5300", ADDR_V4, 5300 },
	};
	char out[ADDR_TEXT_MAX];
	struct addr a;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		assert_int_equal(addr_from_text(cases[i].in, 5300, &a), ERR_OK);
		assert_int_equal(a.family, cases[i].family);
		assert_int_equal(a.port, cases[i].port);
		assert_string_equal(addr_host_text(&a, out), cases[i].host);
		assert_string_equal(addr_to_text(&a, out), cases[i].text);
	}
}

static void
text_that_is_no_address_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err e;
	} cases[] = {
		{ "", ERR_MALFORMED },
		{ "example.com", ERR_MALFORMED },
		{ "192.0.2", ERR_MALFORMED },
		{ "192.0.2.1.1", ERR_MALFORMED },
		{ "192.0.2.256", ERR_MALFORMED },
		{ "192.0.2.1:53", ERR_MALFORMED },
		{ "192.0.2.1@", ERR_MALFORMED },
		{ "192.0.2.1@x", ERR_MALFORMED },
		{ "192.0.2.1@-1", ERR_MALFORMED },
		{ "192.0.2.1@ 53", ERR_MALFORMED },
		{ "192.0.2.1@65536", ERR_RANGE },
		{ "192.0.2.1@0", ERR_RANGE },
		{ "192.0.2.1@99999999999999999999", ERR_RANGE },
		{ "[192.0.2.1]:53", ERR_MALFORMED },
		{ "[::1", ERR_MALFORMED },
		{ "[::1]53", ERR_MALFORMED },
		{ "::1%2", ERR_MALFORMED }, /* no link-local address */
		{ "192.0.2.1%2", ERR_MALFORMED },
		{ "fe80::1%", ERR_MALFORMED },
		{ "fe80::1%eth0", ERR_MALFORMED },
		{ "fe80::1%4294967296", ERR_RANGE },
		{ ":::", ERR_MALFORMED },
		{ "1111:2222:3333:4444:5555:6666:7777:8888%"
		  "11111111111111111111111111111111111111111"
		  "11111111111111111",
		    ERR_MALFORMED },
	};
	struct addr a;

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++)
		assert_int_equal(addr_from_text(cases[i].text, 53, &a), cases[i].e);
}

static void
rdata_bytes_become_an_address(void **state)
{
	struct addr a;

	(void)state;
	assert_int_equal(addr_from_bytes(&a, BYTES("\300\0\2\1"), 53), ERR_OK);
	assert_int_equal(a.family, ADDR_V4);
	assert_int_equal(a.port, 53);
	assert_int_equal(addr_bytes_len(&a), 4);
	assert_int_equal(
	    addr_from_bytes(&a, BYTES("\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1"), 53),
	    ERR_OK);
	assert_int_equal(a.family, ADDR_V4);
	assert_memory_equal(a.bytes, "\300\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(
	    addr_from_bytes(&a, BYTES("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"), 0),
	    ERR_OK);
	assert_int_equal(a.family, ADDR_V6);
	assert_int_equal(addr_bytes_len(&a), 16);
	assert_int_equal(addr_from_bytes(&a, BYTES("\300\0\2"), 0), ERR_MALFORMED);
	assert_int_equal(addr_from_bytes(&a, BYTES(""), 0), ERR_MALFORMED);
	assert_int_equal(addr_bytes_len(&(struct addr){ 0 }), 0);
}

static void
a_sockaddr_survives_the_way_there_and_back(void **state)
{
	static const char *const texts[] = { "192.0.2.1@53", "2001:db8::1@53",
		"fe80::1%3@53" };
	struct sockaddr_storage ss;
	struct addr a, back;

	(void)state;
	for (unsigned i = 0; i < COUNT(texts); i++) {
		a = addr(texts[i]);
		assert_int_equal(addr_to_sockaddr(&a, &ss),
		    i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		addr_from_sockaddr(&back, (struct sockaddr *)&ss);
		assert_true(addr_equal(&a, &back));
	}
	memset(&a, 0, sizeof(a));
	assert_int_equal(addr_to_sockaddr(&a, &ss), 0);
	ss.ss_family = AF_UNIX;
	addr_from_sockaddr(&back, (struct sockaddr *)&ss);
	assert_int_equal(back.family, ADDR_NONE);
}

static void
a_mapped_sockaddr_is_an_ipv4_client(void **state)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(4711) };
	struct addr a, plain = addr("192.0.2.1@4711");

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.1", &sin6.sin6_addr), 1);
	addr_from_sockaddr(&a, (struct sockaddr *)&sin6);
	assert_true(addr_equal(&a, &plain));
}

static void
a_scope_counts_for_link_local_addresses_alone(void **state)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_scope_id = 7 };
	struct addr a, two = addr("fe80::1%2"), three = addr("fe80::1%3");

	(void)state;
	assert_false(addr_equal(&two, &three));
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &sin6.sin6_addr), 1);
	addr_from_sockaddr(&a, (struct sockaddr *)&sin6);
	assert_int_equal(a.scope, 0);
}

static void
host_and_port_make_equality_and_hash(void **state)
{
	struct hashkey key = { 1, 2 };
	struct addr a = addr("192.0.2.1@53"), b = addr("192.0.2.1@54"),
		    c = addr("192.0.2.1@53");

	(void)state;
	assert_true(addr_equal(&a, &c));
	assert_false(addr_equal(&a, &b));
	assert_true(addr_same_host(&a, &b));
	assert_true(addr_hash(&key, &a) == addr_hash(&key, &c));
	assert_true(addr_hash(&key, &a) != addr_hash(&key, &b));
	/* 192.0.2.1 and c000:201:: have the same first bytes. */
	b = addr("c000:201::@53");
	assert_false(addr_same_host(&a, &b));
	assert_true(addr_hash(&key, &a) != addr_hash(&key, &b));
}

static void
masks_clear_what_is_behind_the_prefix(void **state)
{
	struct addr a = addr("192.0.2.255@53"), v6 = addr("2001:db8:ffff:ffff:ffff::1");
	struct addr m;
	char out[ADDR_TEXT_MAX];

	(void)state;
	m = addr_mask(&a, 24);
	assert_string_equal(addr_to_text(&m, out), "192.0.2.0");
	m = addr_mask(&a, 25);
	assert_string_equal(addr_to_text(&m, out), "192.0.2.128");
	m = addr_mask(&a, 31);
	assert_string_equal(addr_to_text(&m, out), "192.0.2.254");
	m = addr_mask(&a, 32);
	assert_string_equal(addr_to_text(&m, out), "192.0.2.255");
	m = addr_mask(&a, 0);
	assert_string_equal(addr_to_text(&m, out), "0.0.0.0");
	m = addr_mask(&v6, 64);
	assert_string_equal(addr_to_text(&m, out), "2001:db8:ffff:ffff::");
	m = addr_mask(&v6, 57);
	assert_string_equal(addr_to_text(&m, out), "2001:db8:ffff:ff80::");
	m = addr_mask(&v6, 200);
	assert_true(addr_same_host(&m, &v6));
}

static void
kinds_of_addresses_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		bool loopback, unspecified, private, usable;
	} cases[] = {
		{ "127.0.0.1", true, false, false, true },
		{ "127.255.255.255", true, false, false, true },
		{ "::1", true, false, false, true },
		{ "0.0.0.0", false, true, false, false },
		{ "::", false, true, false, false },
		{ "0.1.2.3", false, false, false, false },
		{ "10.0.0.1", false, false, true, true },
		{ "11.0.0.1", false, false, false, true },
		{ "172.15.255.255", false, false, false, true },
		{ "172.16.0.0", false, false, true, true },
		{ "172.31.255.255", false, false, true, true },
		{ "172.32.0.0", false, false, false, true },
		{ "192.168.1.1", false, false, true, true },
		{ "169.254.1.1", false, false, true, true },
		{ "100.63.255.255", false, false, false, true },
		{ "100.64.0.0", false, false, true, true },
		{ "100.127.255.255", false, false, true, true },
		{ "100.128.0.0", false, false, false, true },
		{ "223.255.255.255", false, false, false, true },
		{ "224.0.0.1", false, false, false, false },
		{ "240.0.0.1", false, false, false, false },
		{ "255.255.255.255", false, false, false, false },
		{ "fc00::1", false, false, true, true },
		{ "fdff::1", false, false, true, true },
		{ "fe80::1", false, false, true, false },
		{ "fe80::1%2", false, false, true, true },
		{ "febf::1", false, false, true, false },
		{ "2001:db8::1", false, false, false, true },
		{ "ff02::1", false, false, false, false },
		{ "::2", false, false, false, true },
		{ "::ffff:10.1.2.3", false, false, true, true },
	};
	struct addr none = { 0 };

	(void)state;
	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct addr a = addr(cases[i].text);

		assert_int_equal(addr_is_loopback(&a), cases[i].loopback);
		assert_int_equal(addr_is_unspecified(&a), cases[i].unspecified);
		assert_int_equal(addr_is_private(&a), cases[i].private);
		assert_int_equal(addr_is_usable_upstream(&a), cases[i].usable);
	}
	assert_false(addr_is_usable_upstream(&none));
	assert_false(addr_is_unspecified(&none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_to_an_address_and_back),
		cmocka_unit_test(text_that_is_no_address_is_refused),
		cmocka_unit_test(rdata_bytes_become_an_address),
		cmocka_unit_test(a_sockaddr_survives_the_way_there_and_back),
		cmocka_unit_test(a_mapped_sockaddr_is_an_ipv4_client),
		cmocka_unit_test(a_scope_counts_for_link_local_addresses_alone),
		cmocka_unit_test(host_and_port_make_equality_and_hash),
		cmocka_unit_test(masks_clear_what_is_behind_the_prefix),
		cmocka_unit_test(kinds_of_addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
