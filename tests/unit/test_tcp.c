#include "tests/unit/net_help.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/net/tcp.h"
#include "resolver/os/clock.h"

#define CLIENTS_MAX 8
#define WAITING_MAX 64
#define TEXT_MAX    16384

/* The client's side of a connection: what arrived, and whether it ended. */
struct client {
	struct loop *loop;
	int fd;
	struct loop_fd *watch;
	uint8_t bytes[TEXT_MAX];
	size_t len;
	bool closed;
};

struct door {
	struct loop *loop;
	struct tcp_listener *l;
	struct addr at;
	bool later; /* keep a reference and answer by answer_waiting */
	struct tcp_conn *waiting[WAITING_MAX];
	uint8_t asked[WAITING_MAX]; /* the first byte of each question */
	size_t waiting_count, most_waiting, questions, want;
	size_t last_len;
	struct client clients[CLIENTS_MAX];
	size_t client_count;
};

static void
on_question(void *ctx, struct tcp_conn *conn, const uint8_t *bytes, size_t len)
{
	struct door *d = ctx;

	d->questions++;
	d->last_len = len;
	if (!d->later) {
		tcp_reply(conn, bytes, len);
		return;
	}
	assert_in_range(d->waiting_count, 0, WAITING_MAX - 1);
	d->asked[d->waiting_count] = len > 0 ? bytes[0] : 0;
	d->waiting[d->waiting_count++] = tcp_conn_ref(conn);
	if (d->waiting_count > d->most_waiting)
		d->most_waiting = d->waiting_count;
}

/* Answers the newest question first. */
static void
answer_waiting(struct door *d)
{
	while (d->waiting_count > 0) {
		struct tcp_conn *c = d->waiting[--d->waiting_count];
		tcp_reply(c, &d->asked[d->waiting_count], 1);
		tcp_conn_unref(c);
	}
}

static const struct tcp_limits ample = {
	.clients_max = 100, .per_addr_max = 100, .questions_max = 16, .idle_ms = 60000
};

static void
open_door(struct door *d, const char *at, const struct tcp_limits *limits)
{
	struct addr a = net_addr(at);
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd;

	memset(d, 0, sizeof(*d));
	d->loop = loop_new();
	assert_int_equal(tcp_bind(&a, &fd), ERR_OK);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&d->at, (const struct sockaddr *)&sa);
	d->l = tcp_listener_new(d->loop, fd, limits, NULL, on_question, d);
	assert_non_null(d->l);
}

static void
client_end(struct client *c)
{
	if (c->fd < 0)
		return;
	loop_fd_free(c->watch);
	close(c->fd);
	c->fd = -1;
}

static void
close_door(struct door *d)
{
	tcp_listener_free(d->l);
	while (d->waiting_count > 0)
		tcp_conn_unref(d->waiting[--d->waiting_count]);
	for (size_t i = 0; i < d->client_count; i++)
		client_end(&d->clients[i]);
	loop_free(d->loop);
}

static void
client_readable(void *ctx, int fd, bool readable, bool writable)
{
	struct client *c = ctx;
	ssize_t n = recv(fd, c->bytes + c->len, TEXT_MAX - c->len, MSG_DONTWAIT);

	(void)readable;
	(void)writable;
	if (n > 0) {
		c->len += (size_t)n;
	} else if (n == 0 || errno != EAGAIN) {
		c->closed = true;
		loop_fd_want(c->watch, false, false);
	}
}

static struct client *
connect_to(struct door *d, const char *from)
{
	struct client *c = &d->clients[d->client_count++];
	struct addr source = net_addr(from), to = source;
	struct sockaddr_storage sa;
	const int one = 1;

	assert_in_range(d->client_count, 1, CLIENTS_MAX);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(c->fd >= 0);
	socklen_t len = addr_to_sockaddr(&source, &sa);
	assert_int_equal(bind(c->fd, (const struct sockaddr *)&sa, len), 0);
	to = d->at;
	if (addr_is_unspecified(&to))
		to = net_addr("127.0.0.1");
	to.port = d->at.port;
	len = addr_to_sockaddr(&to, &sa);
	assert_int_equal(connect(c->fd, (const struct sockaddr *)&sa, len), 0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->watch = loop_fd_new(d->loop, c->fd, client_readable, c);
	return c;
}

static void
put(struct client *c, const void *bytes, size_t len)
{
	assert_int_equal(send(c->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static bool
questions_came(void *ctx)
{
	struct door *d = ctx;

	return d->questions >= d->want;
}

static bool
bytes_came(void *ctx)
{
	struct door *d = ctx;

	return d->clients[0].len >= d->want || d->clients[0].closed;
}

static bool
first_closed(void *ctx)
{
	return ((struct door *)ctx)->clients[0].closed;
}

static struct tcp_counters
counters(struct door *d)
{
	struct tcp_counters c;

	tcp_counters(d->l, &c);
	return c;
}

static void
a_question_that_comes_byte_by_byte_is_whole(void **state)
{
	static const uint8_t message[] = { 0, 3, 'a', 'b', 'c' };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	struct client *c = connect_to(&d, "127.0.0.1");
	for (size_t i = 0; i < sizeof(message); i++) {
		put(c, message + i, 1);
		/* Let the listener see this byte alone: the echo of a second client tells
		 * so. */
		struct client *other = connect_to(&d, "127.0.0.1");
		put(other, "\0\1x", 3);
		d.want = d.questions + 1;
		assert_true(net_run_until(d.loop, questions_came, &d));
	}
	d.want = sizeof(message);
	assert_true(net_run_until(d.loop, bytes_came, &d));
	assert_memory_equal(c->bytes, message, sizeof(message));
	assert_true(addr_same_host(
	    &d.at, &(struct addr){ .family = ADDR_V4, .bytes = { 127, 0, 0, 1 } }));
	close_door(&d);
}

static void
pipelined_questions_are_answered_in_one_stream(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	struct client *c = connect_to(&d, "127.0.0.1");
	put(c, "\0\1a\0\1b\0\1c\0\0\0\1d", 14);
	d.want = 14;
	assert_true(net_run_until(d.loop, bytes_came, &d));
	assert_memory_equal(c->bytes, "\0\1a\0\1b\0\1c\0\0\0\1d", 14);
	assert_int_equal(d.questions, 5);
	close_door(&d);
}

static void
answers_may_come_in_any_order(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	struct client *c = connect_to(&d, "127.0.0.1");
	d.later = true;
	d.want = 3;
	put(c, "\0\1a\0\1b\0\1c", 9);
	assert_true(net_run_until(d.loop, questions_came, &d));
	assert_true(addr_same_host(tcp_conn_client(d.waiting[0]), &d.at));
	assert_true(addr_equal(tcp_conn_local(d.waiting[0]), &d.at));
	answer_waiting(&d);
	d.want = 9;
	assert_true(net_run_until(d.loop, bytes_came, &d));
	assert_memory_equal(c->bytes, "\0\1c\0\1b\0\1a", 9);
	close_door(&d);
}

static bool
answer_one_then_all_came(void *ctx)
{
	struct door *d = ctx;

	if (d->waiting_count > 0) {
		struct tcp_conn *c = d->waiting[--d->waiting_count];
		tcp_reply(c, &d->asked[d->waiting_count], 1);
		tcp_conn_unref(c);
	}
	return d->clients[0].len >= d->want;
}

static void
reading_stops_while_enough_questions_wait(void **state)
{
	enum { COUNT = 5000 };
	const struct tcp_limits limits = { 10, 10, 4, 60000 };
	uint8_t *stream = malloc(COUNT * 3);
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	struct client *c = connect_to(&d, "127.0.0.1");
	d.later = true;
	for (size_t i = 0; i < COUNT; i++)
		memcpy(stream + i * 3, "\0\1q", 3);
	put(c, stream, COUNT * 3);
	d.want = COUNT * 3;
	assert_true(net_run_until(d.loop, answer_one_then_all_came, &d));
	assert_int_equal(d.most_waiting, 4);
	assert_int_equal(d.questions, COUNT);
	assert_memory_equal(c->bytes, stream, COUNT * 3);
	assert_int_equal(counters(&d).timed_out, 0);
	free(stream);
	close_door(&d);
}

static void
more_questions_are_taken_up_when_the_limit_is_raised(void **state)
{
	struct tcp_limits limits = { 10, 10, 1, 60000 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	struct client *c = connect_to(&d, "127.0.0.1");
	d.later = true;
	put(c, "\0\1a\0\1b\0\1c", 9);
	d.want = 1;
	assert_true(net_run_until(d.loop, questions_came, &d));
	limits.questions_max = 2;
	tcp_listener_set_limits(d.l, &limits);
	d.want = 2;
	assert_true(net_run_until(d.loop, questions_came, &d));
	assert_int_equal(d.waiting_count, 2);
	close_door(&d);
}

static void
an_idle_client_is_closed_in_time(void **state)
{
	const struct tcp_limits limits = { 1000, 10, 4, 300 };
	struct now start, end;
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	clock_now(&start);
	connect_to(&d, "127.0.0.1");
	assert_true(net_run_until(d.loop, first_closed, &d));
	clock_now(&end);
	assert_true(end.mono_ms - start.mono_ms >= 298); /* one place taken: 299.9 ms */
	assert_int_equal(counters(&d).timed_out, 1);
	assert_int_equal(counters(&d).open, 0);
	close_door(&d);
}

static void
a_client_whose_question_is_being_worked_on_is_not_idle(void **state)
{
	const struct tcp_limits limits = { 2, 10, 4, 200 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	d.later = true;
	d.want = 1;
	connect_to(&d, "127.0.0.1");
	connect_to(&d, "127.0.0.1");
	put(&d.clients[1], "\0\1q", 3);
	assert_true(
	    net_run_until(d.loop, first_closed, &d)); /* 200 ms later, the idle one */
	assert_true(net_run_until(d.loop, questions_came, &d));
	assert_false(d.clients[1].closed);
	assert_int_equal(counters(&d).open, 1);
	close_door(&d);
}

static void
time_to_be_idle_shrinks_as_places_fill(void **state)
{
	const struct tcp_limits limits = { 2, 10, 4, 3600000 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	connect_to(&d, "127.0.0.1"); /* half an hour, were it alone */
	connect_to(&d, "127.0.0.1"); /* 200 ms for both */
	assert_true(net_run_until(d.loop, first_closed, &d));
	assert_true(counters(&d).timed_out >= 1);
	close_door(&d);
}

#define DRIP_MS 10u

struct drip {
	struct door *door;
	struct loop_timer *timer;
};

static void
drip(void *ctx)
{
	struct drip *drip = ctx;
	struct client *c = &drip->door->clients[0];

	if (c->closed)
		return;
	(void)!send(c->fd, "a", 1, MSG_NOSIGNAL);
	loop_timer_arm(drip->timer, DRIP_MS);
}

/* To the end of the message it would take 40 seconds. */
static void
bytes_that_drip_do_not_extend_the_time_for_a_message(void **state)
{
	const struct tcp_limits limits = { 1000, 10, 4, 300 };
	struct now start, end;
	struct door d;
	struct drip dripping = { .door = &d };

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	struct client *c = connect_to(&d, "127.0.0.1");
	clock_now(&start);
	put(c, "\x0f\xff", 2);
	dripping.timer = loop_timer_new(d.loop, drip, &dripping);
	loop_timer_arm(dripping.timer, DRIP_MS);
	assert_true(net_run_until(d.loop, first_closed, &d));
	clock_now(&end);
	assert_int_equal(counters(&d).timed_out, 1);
	assert_int_equal(counters(&d).questions, 0);
	assert_true(end.mono_ms - start.mono_ms >= 298);
	loop_timer_free(dripping.timer);
	close_door(&d);
}

static bool
last_closed(void *ctx)
{
	struct door *d = ctx;

	return d->clients[d->client_count - 1].closed;
}

static void
one_client_too_many_is_refused(void **state)
{
	const struct tcp_limits limits = { 2, 10, 4, 60000 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	d.later = true;
	d.want = 2;
	/* With their questions under way the first two are not idle. */
	put(connect_to(&d, "127.0.0.1"), "\0\1a", 3);
	put(connect_to(&d, "127.0.0.2"), "\0\1b", 3);
	assert_true(net_run_until(d.loop, questions_came, &d));
	connect_to(&d, "127.0.0.3");
	assert_true(net_run_until(d.loop, last_closed, &d));
	assert_int_equal(counters(&d).refused_full, 1);
	assert_int_equal(counters(&d).open, 2);
	close_door(&d);
}

static void
one_address_has_its_share_of_places_only(void **state)
{
	const struct tcp_limits limits = { 100, 2, 4, 60000 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	connect_to(&d, "127.0.0.5");
	connect_to(&d, "127.0.0.5");
	connect_to(&d, "127.0.0.5");
	assert_true(net_run_until(d.loop, last_closed, &d));
	assert_int_equal(counters(&d).refused_addr, 1);
	d.want = 1;
	put(connect_to(&d, "127.0.0.6"), "\0\1x", 3);
	assert_true(net_run_until(d.loop, questions_came, &d));
	close_door(&d);
}

static bool
one_is_left(void *ctx)
{
	return counters(ctx).open == 1;
}

static void
a_place_is_free_again_after_its_client_has_left(void **state)
{
	const struct tcp_limits limits = { 100, 2, 4, 60000 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	put(connect_to(&d, "127.0.0.5"), "\0\1x", 3);
	put(connect_to(&d, "127.0.0.5"), "\0\1x", 3);
	d.want = 2;
	assert_true(net_run_until(d.loop, questions_came, &d));
	client_end(&d.clients[0]);
	assert_true(net_run_until(d.loop, one_is_left, &d));
	put(connect_to(&d, "127.0.0.5"), "\0\1x", 3);
	d.want = 3;
	assert_true(net_run_until(d.loop, questions_came, &d));
	close_door(&d);
}

static void
a_client_that_asked_and_sends_no_more_still_gets_its_answers(void **state)
{
	const struct tcp_limits limits = { 10, 10, 2, 60000 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &limits);
	struct client *c = connect_to(&d, "127.0.0.1");
	d.later = true;
	put(c, "\0\1a\0\1b\0\1c\0\1d\0\1e", 15);
	shutdown(c->fd, SHUT_WR);
	d.want = 15;
	assert_true(net_run_until(d.loop, answer_one_then_all_came, &d));
	assert_true(
	    net_run_until(d.loop, first_closed, &d)); /* and then we are done with it */
	assert_int_equal(d.questions, 5);
	close_door(&d);
}

static bool
nobody_is_left(void *ctx)
{
	return counters(ctx).open == 0;
}

static void
a_connection_may_die_while_its_questions_wait(void **state)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	struct client *c = connect_to(&d, "127.0.0.1");
	d.later = true;
	d.want = 3;
	put(c, "\0\1a\0\1b\0\1c", 9);
	assert_true(net_run_until(d.loop, questions_came, &d));
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	client_end(c); /* a reset */
	assert_true(net_run_until(d.loop, nobody_is_left, &d));
	assert_true(addr_same_host(tcp_conn_client(d.waiting[2]), &d.at));
	answer_waiting(&d);
	assert_int_equal(counters(&d).replies, 0);
	close_door(&d);
}

static void
references_outlive_the_listener(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	d.later = true;
	d.want = 2;
	put(connect_to(&d, "127.0.0.1"), "\0\1a\0\1b", 6);
	assert_true(net_run_until(d.loop, questions_came, &d));
	tcp_listener_free(d.l);
	d.l = NULL;
	answer_waiting(&d);
	close_door(&d);
}

static void
a_length_that_no_question_has_ends_the_connection(void **state)
{
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	put(connect_to(&d, "127.0.0.1"), "\0\1a\xff\xff", 5);
	assert_true(net_run_until(d.loop, first_closed, &d));
	assert_int_equal(d.questions, 1);
	assert_int_equal(d.clients[0].len, 3);
	assert_memory_equal(
	    d.clients[0].bytes, "\0\1a", 3); /* what came before it was fine */
	close_door(&d);
}

#define FLOOD 60000u

static bool
flood_until_closed(void *ctx)
{
	static uint8_t answer[FLOOD];
	struct door *d = ctx;

	if (d->waiting_count > 0)
		tcp_reply(d->waiting[0], answer, sizeof(answer));
	loop_wake(d->loop);
	return counters(d).open == 0;
}

/* The most that the kernel itself keeps of what we send on one connection. */
static uint64_t
kernel_keeps_bytes(void)
{
	unsigned long long max = 0;
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_wmem", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*u %*u %llu", &max), 1);
	fclose(f);
	return max;
}

static void
a_client_that_does_not_read_is_closed_before_its_answers_pile_up(void **state)
{
	const int small = 65536;
	struct door d;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	struct client *c = connect_to(&d, "127.0.0.1");
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	d.later = true;
	d.want = 1;
	put(c, "\0\1a", 3);
	loop_fd_want(c->watch, false, false); /* it reads nothing from now on */
	assert_true(net_run_until(d.loop, questions_came, &d));
	assert_true(net_run_until(d.loop, flood_until_closed, &d));
	assert_int_equal(counters(&d).slow_readers, 1);
	assert_true(counters(&d).replies * FLOOD <= kernel_keeps_bytes() + 10 * FLOOD);
	close_door(&d);
}

static void
a_big_answer_arrives_whole_when_its_reader_comes_back(void **state)
{
	enum { SIZE = 60000, TIMES = 40 };
	static uint8_t answer[SIZE];
	struct door d;
	size_t got = 0;

	(void)state;
	open_door(&d, "127.0.0.1", &ample);
	struct client *c = connect_to(&d, "127.0.0.1");
	d.later = true;
	d.want = 1;
	put(c, "\0\1a", 3);
	assert_true(net_run_until(d.loop, questions_came, &d));
	for (size_t i = 0; i < SIZE; i++)
		answer[i] = (uint8_t)(i * 7);
	size_t want = (size_t)TIMES * (SIZE + 2), sent = 0;
	while (got < want) {
		if (sent < TIMES &&
		    got >= sent * (SIZE + 2)) { /* one at a time is on its way */
			tcp_reply(d.waiting[0], answer, SIZE);
			sent++;
		}
		c->len = 0;
		d.want = 1;
		assert_true(net_run_until(d.loop, bytes_came, &d));
		assert_false(c->closed);
		for (size_t i = 0; i < c->len; i++, got++) {
			size_t at = got % (SIZE + 2);
			uint8_t expected = at == 0   ? SIZE >> 8
					   : at == 1 ? SIZE & 0xff
						     : answer[at - 2];
			assert_int_equal(c->bytes[i], expected);
		}
	}
	close_door(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_that_comes_byte_by_byte_is_whole),
		cmocka_unit_test(pipelined_questions_are_answered_in_one_stream),
		cmocka_unit_test(answers_may_come_in_any_order),
		cmocka_unit_test(reading_stops_while_enough_questions_wait),
		cmocka_unit_test(more_questions_are_taken_up_when_the_limit_is_raised),
		cmocka_unit_test(an_idle_client_is_closed_in_time),
		cmocka_unit_test(a_client_whose_question_is_being_worked_on_is_not_idle),
		cmocka_unit_test(time_to_be_idle_shrinks_as_places_fill),
		cmocka_unit_test(bytes_that_drip_do_not_extend_the_time_for_a_message),
		cmocka_unit_test(one_client_too_many_is_refused),
		cmocka_unit_test(one_address_has_its_share_of_places_only),
		cmocka_unit_test(a_place_is_free_again_after_its_client_has_left),
		cmocka_unit_test(
		    a_client_that_asked_and_sends_no_more_still_gets_its_answers),
		cmocka_unit_test(a_connection_may_die_while_its_questions_wait),
		cmocka_unit_test(references_outlive_the_listener),
		cmocka_unit_test(a_length_that_no_question_has_ends_the_connection),
		cmocka_unit_test(
		    a_client_that_does_not_read_is_closed_before_its_answers_pile_up),
		cmocka_unit_test(a_big_answer_arrives_whole_when_its_reader_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
