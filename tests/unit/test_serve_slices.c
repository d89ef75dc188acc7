#include "tests/unit/serve_help.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/dns.h"
#include "tests/fuzz/signed_world.h"

/* Questions with more to verify than one turn of the worker's loop allows. */

/* A CNAME to www.example. */
#define OWN  "\3own\7example\0"
#define GONE "\4gone\7example\0"

/* Replies of a resolver that does not validate, wrong signatures in front of the true one
 * of each set but the keys'. */
static void
give(struct house *h, const struct packet *query, unsigned wrong)
{
	static struct wreply r;
	const uint8_t *qname = query->bytes + 12;
	uint8_t name[DNAME_MAX], reply[PACKET_MAX];
	size_t len = dname_copy_lower(name, qname);
	uint16_t type = (uint16_t)(qname[len] << 8 | qname[len + 1]);
	struct sockaddr_storage sa;
	socklen_t sa_len = addr_to_sockaddr(&query->from, &sa);

	world_resolve(name, type, &r);
	for (unsigned i = 0; i < r.count; i++)
		if (type == TYPE_A && r.sets[i].set.sig_count == 1)
			world_spoil(&r.sets[i].set, wrong);
	len = world_write(&r, query->bytes, query->len, reply, sizeof(reply));
	assert_int_equal(
	    sendto(h->authority, reply, len, 0, (struct sockaddr *)&sa, sa_len), len);
}

/* Gives what is asked for until an answer has come to ${client}. */
static void
serve_until(struct house *h, int client, unsigned wrong)
{
	struct pollfd fds[] = { { .fd = client, .events = POLLIN },
		{ .fd = h->authority, .events = POLLIN } };
	struct packet query;

	for (;;) {
		assert_true(poll(fds, 2, HOUSE_WAIT_MS) > 0);
		if (fds[0].revents != 0)
			return;
		authority_take(h, &query);
		give(h, &query, wrong);
	}
}

static void
open_validating(struct house *h)
{
	static bool made;
	char options[512];

	if (!made)
		world_make();
	made = true;
	snprintf(options, sizeof(options),
	    "resolver: {validation: true, validation-time: 1700000000, "
	    "trust-anchors: [\"%s\"]}\n",
	    world_anchor());
	house_open(h, options);
}

static void
what_takes_several_turns_is_answered_in_the_end(void **state)
{
	struct worker_stats s;
	struct house h;
	struct packet p;
	int c;

	(void)state;
	open_validating(&h);
	c = client_open(&h, "127.0.0.1");
	client_send(c, BYTES(HEAD("\0\1", "\1\x20", "\0") OWN A_IN));
	serve_until(&h, c, 7);
	client_take(c, &p);
	assert_int_equal(packet_rcode(&p), RCODE_NOERROR);
	assert_int_equal(packet_answers(&p), 2);
	assert_true((packet_flags(&p) & FLAG_AD) != 0);
	house_stats(&h, &s);
	assert_true(s.iter[ITER_COUNT_YIELDS] > 0);
	assert_int_equal(s.waiting, 0); /* questions of our own may be under way */
	close(c);
	house_close(&h);
}

/* Denials with all proofs of the zone, ten at a time. */
static void
many_that_take_several_turns_all_end(void **state)
{
	struct worker_stats s;
	struct house h;
	struct packet p;
	int c;

	(void)state;
	open_validating(&h);
	c = client_open(&h, "127.0.0.1");
	for (unsigned i = 0; i < 10; i++) {
		uint8_t q[] = HEAD("\0\0", RD, "\1") "\1?" GONE A_IN OPT(SIZE_1232);

		q[1] = (uint8_t)i;
		q[13] = (uint8_t)('a' + i);
		client_send(c, q, sizeof(q) - 1);
	}
	house_await_waiting(&h, 10);
	for (unsigned i = 0; i < 10; i++) {
		serve_until(&h, c, 7);
		client_take(c, &p);
		assert_int_equal(packet_rcode(&p), RCODE_NXDOMAIN);
	}
	house_stats(&h, &s);
	assert_true(s.iter[ITER_COUNT_YIELDS] >= 10);
	assert_int_equal(s.waiting, 0); /* questions of our own may be under way */
	close(c);
	house_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_takes_several_turns_is_answered_in_the_end),
		cmocka_unit_test(many_that_take_several_turns_all_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
