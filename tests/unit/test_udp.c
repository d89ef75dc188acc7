#include "tests/unit/net_help.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/net/udp.h"

#define GOT_MAX 512

/* A door that answers each question with its own bytes, and a note of what it saw. */
struct door {
	struct loop *loop;
	struct udp_listener *l;
	struct addr at;
	size_t questions, want, biggest_batch;
	struct udp_path last;
	unsigned answers_each;
	bool later; /* only remember them */
	struct udp_path paths[GOT_MAX];
	int client; /* for ready() */
	size_t received;
	char text[64]; /* of the newest answer */
};

static void
answer(
    struct udp_listener *l, const struct udp_path *path, const uint8_t *bytes, size_t len)
{
	memcpy(udp_reply_buffer(l), bytes, len);
	udp_reply_commit(l, path, len);
}

static void
on_batch(void *ctx, struct udp_listener *l, struct udp_datagram *batch, size_t count)
{
	struct door *d = ctx;

	assert_in_range(count, 1, UDP_BATCH);
	if (count > d->biggest_batch)
		d->biggest_batch = count;
	for (size_t i = 0; i < count; i++) {
		d->last = batch[i].path;
		if (d->later) {
			d->paths[d->questions++] = batch[i].path;
			continue;
		}
		d->questions++;
		for (unsigned n = 0; n < d->answers_each; n++)
			answer(l, &batch[i].path, batch[i].bytes, batch[i].len);
	}
}

static void
open_door(struct door *d, const char *at)
{
	struct addr a = net_addr(at);
	int fd;

	*d = (struct door){ .answers_each = 1, .client = -1, .loop = loop_new() };
	assert_int_equal(udp_bind(&a, &fd), ERR_OK);
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&d->at, (const struct sockaddr *)&sa);
	d->l = udp_listener_new(d->loop, fd, on_batch, d);
	assert_non_null(d->l);
}

static void
close_door(struct door *d)
{
	if (d->client >= 0)
		close(d->client);
	udp_listener_free(d->l);
	loop_free(d->loop);
}

/* A connected client hears answers from ${host} alone. */
static int
client_of(const struct door *d, const char *host)
{
	struct addr to = net_addr(host);
	struct sockaddr_storage sa;
	int fd = socket(
	    to.family == ADDR_V6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	to.port = d->at.port;
	socklen_t len = addr_to_sockaddr(&to, &sa);
	assert_int_equal(connect(fd, (const struct sockaddr *)&sa, len), 0);
	return fd;
}

static bool
client_has_all(void *ctx)
{
	struct door *d = ctx;
	ssize_t n;

	while ((n = recv(d->client, d->text, sizeof(d->text), 0)) >= 0)
		d->received++;
	loop_wake(d->loop); /* the client's socket is not in the loop */
	return d->received >= d->want;
}

static bool
door_has_all(void *ctx)
{
	struct door *d = ctx;

	return d->questions >= d->want;
}

static void
ask(struct door *d, const char *text)
{
	assert_int_equal(send(d->client, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void
expect_answer_from(struct door *d, const char *host)
{
	struct addr expected = net_addr(host);
	char text[64];

	if (d->client >= 0)
		close(d->client);
	d->client = client_of(d, host);
	d->received = 0;
	d->want = 1;
	snprintf(text, sizeof(text), "asked at %s", host);
	ask(d, text);
	assert_true(net_run_until(d->loop, client_has_all, d));
	assert_memory_equal(d->text, text, strlen(text));
	assert_true(addr_same_host(&d->last.local, &expected));
}

static bool
have_ipv6(void)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool have = fd >= 0 && bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0;

	if (fd >= 0)
		close(fd);
	return have;
}

static void
a_wildcard_socket_answers_from_the_address_that_was_asked(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "0.0.0.0");
	expect_answer_from(&d, "127.0.0.1");
	expect_answer_from(&d, "127.0.0.2");
	expect_answer_from(&d, "127.8.7.6");
	assert_int_equal(d.last.local.port, d.at.port);
	close_door(&d);
}

static void
a_wildcard_socket_of_ipv6_does_so_too(void **state)
{
	struct door d;

	(void)state;
	if (!have_ipv6())
		skip();
	open_door(&d, "::");
	expect_answer_from(&d, "::1");
	assert_true(d.last.interface != 0);
	close_door(&d);
}

static void
a_socket_with_one_address_knows_it_as_the_one_asked(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.3");
	expect_answer_from(&d, "127.0.0.3");
	assert_true(addr_equal(&d.last.local, &d.at));
	close_door(&d);
}

static void
ipv6_leaves_the_port_of_ipv4_to_ipv4(void **state)
{
	struct addr v4 = net_addr("0.0.0.0");
	struct door d;
	int fd;

	(void)state;
	if (!have_ipv6())
		skip();
	open_door(&d, "::");
	v4.port = d.at.port;
	assert_int_equal(udp_bind(&v4, &fd), ERR_OK);
	close(fd);
	close_door(&d);
}

static void
two_workers_share_one_address(void **state)
{
	struct door d;
	int fd;

	(void)state;
	open_door(&d, "127.0.0.1");
	assert_int_equal(udp_bind(&d.at, &fd), ERR_OK);
	close(fd);
	close_door(&d);
}

static void
an_address_of_another_host_cannot_be_bound(void **state)
{
	struct addr elsewhere = net_addr("192.0.2.1");
	int fd;

	(void)state;
	errno = 0;
	assert_int_equal(udp_bind(&elsewhere, &fd), ERR_IO);
	assert_int_equal(errno, EADDRNOTAVAIL);
}

static void
more_questions_than_a_batch_are_all_answered_in_batches(void **state)
{
	enum { COUNT = 200 };
	struct udp_counters c;
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1");
	d.client = client_of(&d, "127.0.0.1");
	for (int i = 0; i < COUNT; i++)
		ask(&d, "question");
	d.want = COUNT;
	assert_true(net_run_until(d.loop, client_has_all, &d));
	udp_counters(d.l, &c);
	assert_int_equal(d.biggest_batch, UDP_BATCH);
	assert_true(c.batches >= COUNT / UDP_BATCH && c.batches < COUNT / 2);
	assert_int_equal(c.received, COUNT);
	assert_int_equal(c.sent, COUNT);
	close_door(&d);
}

static void
more_answers_than_a_batch_make_room_for_themselves(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1");
	d.client = client_of(&d, "127.0.0.1");
	d.answers_each = UDP_BATCH + 5;
	d.want = UDP_BATCH + 5;
	ask(&d, "one question");
	assert_true(net_run_until(d.loop, client_has_all, &d));
	assert_int_equal(d.received, UDP_BATCH + 5);
	close_door(&d);
}

static void
a_datagram_that_is_too_long_is_dropped_and_the_others_are_not(void **state)
{
	static uint8_t bytes[UDP_QUESTION_MAX + 1];
	struct udp_counters c;
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1");
	d.client = client_of(&d, "127.0.0.1");
	assert_int_equal(send(d.client, bytes, sizeof(bytes), 0), (ssize_t)sizeof(bytes));
	assert_int_equal(
	    send(d.client, bytes, sizeof(bytes) - 1, 0), (ssize_t)sizeof(bytes) - 1);
	ask(&d, "short");
	d.want = 2;
	assert_true(net_run_until(d.loop, client_has_all, &d));
	udp_counters(d.l, &c);
	assert_int_equal(c.too_long, 1);
	assert_int_equal(d.questions, 2);
	assert_memory_equal(d.text, "short", 5);
	close_door(&d);
}

static void
an_answer_that_cannot_be_sent_does_not_stop_those_behind_it(void **state)
{
	struct udp_counters c;
	struct udp_path nowhere;
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1");
	d.client = client_of(&d, "127.0.0.1");
	d.later = true;
	d.want = 1;
	ask(&d, "x");
	assert_true(net_run_until(d.loop, door_has_all, &d));
	nowhere = d.paths[0];
	nowhere.client.port = 0; /* no host listens there: EINVAL */
	answer(d.l, &d.paths[0], (const uint8_t *)"before", 6);
	answer(d.l, &nowhere, (const uint8_t *)"never", 5);
	answer(d.l, &d.paths[0], (const uint8_t *)"behind", 6);
	udp_flush(d.l);
	d.want = 2;
	assert_true(net_run_until(d.loop, client_has_all, &d));
	assert_memory_equal(d.text, "behind", 6);
	udp_counters(d.l, &c);
	assert_int_equal(c.sent, 2);
	assert_int_equal(c.send_failed, 1);
	close_door(&d);
}

static void
an_answer_may_come_later_and_from_the_right_address_still(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "0.0.0.0");
	d.client = client_of(&d, "127.0.0.9");
	d.later = true;
	d.want = 1;
	ask(&d, "x");
	assert_true(net_run_until(d.loop, door_has_all, &d));
	answer(d.l, &d.paths[0], (const uint8_t *)"at last", 7);
	udp_flush(d.l);
	assert_true(net_run_until(d.loop, client_has_all, &d));
	assert_memory_equal(d.text, "at last", 7);
	close_door(&d);
}

static void
room_without_a_commit_is_used_again(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1");
	uint8_t *room = udp_reply_buffer(d.l);
	memset(room, 0, UDP_ANSWER_MAX); /* all of it is ours */
	assert_ptr_equal(udp_reply_buffer(d.l), room);
	close_door(&d);
}

static void
answers_say_do_not_fragment(void **state)
{
	int value = -1;
	socklen_t len = sizeof(value);
	struct addr at = net_addr("127.0.0.1");
	int fd;

	(void)state;
	assert_int_equal(udp_bind(&at, &fd), ERR_OK);
	assert_int_equal(getsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, &len), 0);
	assert_int_equal(value, IP_PMTUDISC_PROBE);
	close(fd);
}

/* A network of its own, for the length of this process, whose loopback takes ${bytes} in
 * one piece. False: we may not make one. */
static bool
narrow_network(int bytes)
{
	struct ifreq r = { .ifr_name = "lo" };
	bool made;
	int fd;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	r.ifr_flags = IFF_UP;
	made = ioctl(fd, SIOCSIFFLAGS, &r) == 0;
	r.ifr_mtu = bytes;
	made = made && ioctl(fd, SIOCSIFMTU, &r) == 0;
	close(fd);
	return made;
}

/* "TXT?" with 2,000 bytes of answer and an OPT. */
static size_t
long_answer(uint8_t *out)
{
	static const uint8_t head[] = { 0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 1, 1, 'a',
		0, 0, 16, 0, 1, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 2000 >> 8,
		2000 & 255 };
	static const uint8_t opt[] = { 0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0 };

	memcpy(out, head, sizeof(head));
	memset(out + sizeof(head), 7, 2000);
	memcpy(out + sizeof(head) + 2000, opt, sizeof(opt));
	return sizeof(head) + 2000 + sizeof(opt);
}

static void
check_cut(const char *host)
{
	static const uint8_t expected[] = { 0, 1, 0x83, 0x80, 0, 1, 0, 0, 0, 0, 0, 1, 1,
		'a', 0, 0, 16, 0, 1, 0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t bytes[UDP_ANSWER_MAX];
	struct udp_counters c;
	struct door d;

	open_door(&d, host);
	d.client = client_of(&d, host);
	d.later = true;
	d.want = 1;
	ask(&d, "x");
	assert_true(net_run_until(d.loop, door_has_all, &d));
	answer(d.l, &d.paths[0], (const uint8_t *)"before", 6);
	answer(d.l, &d.paths[0], bytes, long_answer(bytes));
	udp_flush(d.l);
	d.want = 2;
	assert_true(net_run_until(d.loop, client_has_all, &d));
	assert_memory_equal(d.text, expected, sizeof(expected));
	udp_counters(d.l, &c);
	assert_int_equal(c.sent, 2);
	assert_int_equal(c.cut, 1);
	assert_int_equal(c.send_failed, 0);
	close_door(&d);
}

static void
an_answer_too_long_for_the_interface_is_sent_with_tc_alone(void **state)
{
	(void)state;
	if (!narrow_network(1500))
		skip();
	check_cut("127.0.0.1");
	if (have_ipv6())
		check_cut("::1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_wildcard_socket_answers_from_the_address_that_was_asked),
		cmocka_unit_test(a_wildcard_socket_of_ipv6_does_so_too),
		cmocka_unit_test(a_socket_with_one_address_knows_it_as_the_one_asked),
		cmocka_unit_test(ipv6_leaves_the_port_of_ipv4_to_ipv4),
		cmocka_unit_test(two_workers_share_one_address),
		cmocka_unit_test(an_address_of_another_host_cannot_be_bound),
		cmocka_unit_test(more_questions_than_a_batch_are_all_answered_in_batches),
		cmocka_unit_test(more_answers_than_a_batch_make_room_for_themselves),
		cmocka_unit_test(
		    a_datagram_that_is_too_long_is_dropped_and_the_others_are_not),
		cmocka_unit_test(
		    an_answer_that_cannot_be_sent_does_not_stop_those_behind_it),
		cmocka_unit_test(
		    an_answer_may_come_later_and_from_the_right_address_still),
		cmocka_unit_test(room_without_a_commit_is_used_again),
		cmocka_unit_test(answers_say_do_not_fragment),
		cmocka_unit_test(
		    an_answer_too_long_for_the_interface_is_sent_with_tc_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
