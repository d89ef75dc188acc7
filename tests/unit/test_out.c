#include "tests/unit/net_help.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/net/out.h"
#include "resolver/os/clock.h"
#include "resolver/os/rng.h"
#include "resolver/wire/msg.h"

#define SERVERS_MAX  3
#define HELD_MAX     64
#define DATAGRAM_MAX 512

/* What a server has received and may answer later. */
struct held {
	struct sockaddr_storage from;
	socklen_t from_len;
	uint8_t bytes[DATAGRAM_MAX];
	size_t len;
};

struct server {
	int fd;
	struct loop_fd *watch;
	struct addr at;
	bool silent; /* keeps queries in ${held} */
	struct held held[HELD_MAX];
	size_t count; /* all that came; the newest HELD_MAX are kept */
};

struct result {
	struct out_event event;
	uint8_t bytes[65535];
	int calls;
};

struct net {
	struct loop *loop;
	struct rng *rng;
	struct out *out;
	struct server servers[SERVERS_MAX];
	struct out_query *handle;
	struct result result;
	uint8_t query[QUERY_MAX];
	size_t query_len;
	size_t want;
};

static void
turn_into_reply(uint8_t *bytes)
{
	bytes[2] |= 0x80;
}

static void
on_server(void *ctx, int fd, bool readable, bool writable)
{
	struct server *s = ctx;
	struct held *h = &s->held[s->count % HELD_MAX];

	(void)readable;
	(void)writable;
	h->from_len = sizeof(h->from);
	ssize_t n = recvfrom(fd, h->bytes, sizeof(h->bytes), MSG_DONTWAIT,
	    (struct sockaddr *)&h->from, &h->from_len);
	if (n < 12)
		return;
	h->len = (size_t)n;
	s->count++;
	if (s->silent)
		return;
	uint8_t reply[DATAGRAM_MAX];
	memcpy(reply, h->bytes, h->len);
	turn_into_reply(reply);
	(void)!sendto(fd, reply, h->len, 0, (struct sockaddr *)&h->from, h->from_len);
}

static void
open_server(struct net *n, unsigned which, const char *at)
{
	struct server *s = &n->servers[which];
	struct addr a = net_addr(at);
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&a, &sa);

	s->fd = socket(
	    a.family == ADDR_V6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, len), 0);
	len = sizeof(sa);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&s->at, (struct sockaddr *)&sa);
	s->watch = loop_fd_new(n->loop, s->fd, on_server, s);
	assert_non_null(s->watch);
}

static void
close_server(struct server *s)
{
	if (s->watch == NULL)
		return;
	loop_fd_free(s->watch);
	close(s->fd);
	s->watch = NULL;
}

static void
open_net(struct net *n, unsigned sockets)
{
	/* wWw.ExAmple. A, id 0 */
	static const uint8_t name[] = "\3wWw\7ExAmple";
	const struct query q = { .qname = name, .qtype = 1, .qclass = 1 };

	memset(n, 0, sizeof(*n));
	n->loop = loop_new();
	n->rng = rng_new();
	n->out = out_new(n->loop, n->rng, sockets);
	assert_non_null(n->out);
	n->query_len = query_write(&q, n->query, sizeof(n->query));
	assert_int_not_equal(n->query_len, 0);
	open_server(n, 0, "127.0.0.1");
}

static void
close_net(struct net *n)
{
	for (unsigned i = 0; i < SERVERS_MAX; i++)
		close_server(&n->servers[i]);
	out_free(n->out);
	rng_free(n->rng);
	loop_free(n->loop);
}

static void
note_result(void *ctx, const struct out_event *event)
{
	struct result *r = ctx;

	r->event = *event;
	r->event.bytes = NULL;
	if (event->result == OUT_REPLY)
		memcpy(r->bytes, event->bytes, event->len);
	r->calls++;
}

static enum err
send_to(struct net *n, const struct addr *to, bool tcp, uint32_t timeout_ms)
{
	return out_send(n->out, to, tcp, n->query, n->query_len, timeout_ms, note_result,
	    &n->result, &n->handle);
}

static bool
has_result(void *ctx)
{
	return ((struct net *)ctx)->result.calls > 0;
}

static bool
server_has(void *ctx)
{
	struct net *n = ctx;

	return n->servers[0].count >= n->want;
}

static struct out_counters
counters(const struct net *n)
{
	struct out_counters c;

	out_counters(n->out, &c);
	return c;
}

static void
wait_result(struct net *n)
{
	assert_true(net_run_until(n->loop, has_result, n));
	assert_int_equal(n->result.calls, 1);
}

/* Sends ${bytes} from server ${which} to where ${h} came from. */
static void
reply_from(
    struct net *n, unsigned which, const struct held *h, const uint8_t *bytes, size_t len)
{
	assert_int_equal(sendto(n->servers[which].fd, bytes, len, 0,
			     (const struct sockaddr *)&h->from, h->from_len),
	    (ssize_t)len);
}

/* The query that the silent server 0 got last, as a reply to be spoilt. */
static struct held *
query_at_server(struct net *n, size_t count)
{
	n->want = count;
	assert_true(net_run_until(n->loop, server_has, n));
	struct held *h = &n->servers[0].held[(n->servers[0].count - 1) % HELD_MAX];
	turn_into_reply(h->bytes);
	return h;
}

static uint16_t
port_of(const struct held *h)
{
	struct addr a;

	addr_from_sockaddr(&a, (const struct sockaddr *)&h->from);
	return a.port;
}

static void
a_query_is_answered(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 8);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 5000), ERR_OK);
	assert_int_equal(n.result.calls, 0); /* never from inside out_send */
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_int_equal(n.result.event.len, n.query_len);
	assert_memory_equal(n.result.bytes + 12, n.query + 12, n.query_len - 12);
	assert_false(n.result.event.spoofs_seen || n.result.event.case_differed);
	assert_true(n.result.event.rtt_ms < 5000);
	assert_int_equal(counters(&n).replies, 1);
	close_net(&n);
}

static void
a_query_by_ipv6_is_answered(void **state)
{
	struct net n;
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool have = fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0;

	(void)state;
	if (fd >= 0)
		close(fd);
	if (!have)
		skip();
	open_net(&n, 8);
	open_server(&n, 1, "::1");
	assert_int_equal(send_to(&n, &n.servers[1].at, false, 5000), ERR_OK);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	close_net(&n);
}

static void
a_silent_server_is_a_timeout_and_not_too_early(void **state)
{
	struct now start, end;
	struct net n;

	(void)state;
	open_net(&n, 8);
	n.servers[0].silent = true;
	clock_now(&start);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 60), ERR_OK);
	wait_result(&n);
	clock_now(&end);
	assert_int_equal(n.result.event.result, OUT_TIMEOUT);
	assert_false(n.result.event.spoofs_seen);
	assert_true(end.mono_ms - start.mono_ms >= 60);
	close_net(&n);
}

static void
wrong_replies_are_dropped_by_what_is_wrong_and_the_right_one_still_counts(void **state)
{
	struct out_counters c;
	struct net n;

	(void)state;
	open_net(&n, 8);
	n.servers[0].silent = true;
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	struct held *h = query_at_server(&n, 1), bad = *h;
	bad.bytes[0] ^= 1; /* id */
	reply_from(&n, 0, h, bad.bytes, bad.len);
	bad = *h;
	bad.bytes[13] = 'x'; /* first letter of the name */
	reply_from(&n, 0, h, bad.bytes, bad.len);
	bad = *h;
	bad.bytes[13] ^= 0x20; /* its case */
	reply_from(&n, 0, h, bad.bytes, bad.len);
	bad = *h;
	bad.bytes[2] &= 0x7f; /* a query and no reply */
	reply_from(&n, 0, h, bad.bytes, bad.len);
	reply_from(&n, 0, h, h->bytes, 1); /* not even an id */
	reply_from(&n, 0, h, h->bytes, h->len);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_memory_equal(n.result.bytes, h->bytes, h->len);
	assert_true(n.result.event.case_differed);
	c = counters(&n);
	assert_int_equal(c.wrong_id, 2);
	assert_int_equal(c.wrong_question, 2);
	assert_int_equal(c.wrong_case, 1);
	close_net(&n);
}

/* ---- cookies ---- */

#define OUR_PART "clientco"
#define COOKIES	 OUR_PART "servers!"

/* The query, with ${len} bytes of COOKIES in its OPT, which ends it. */
static void
ask_with_cookie(struct net *n, uint8_t len)
{
	static const uint8_t name[] = "\3wWw\7ExAmple";
	const struct query q = { .qname = name,
		.qtype = 1,
		.qclass = 1,
		.edns = true,
		.udp_size = 1232,
		.cookie = (const uint8_t *)COOKIES,
		.cookie_len = len };

	n->query_len = query_write(&q, n->query, sizeof(n->query));
	n->servers[0].silent = true;
}

static void
a_reply_with_another_cookie_is_dropped_and_the_right_one_still_counts(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 8);
	ask_with_cookie(&n, 8);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	struct held *h = query_at_server(&n, 1), bad = *h;
	bad.bytes[bad.len - 8] ^= 1;
	bad.bytes[3] = 3;
	reply_from(&n, 0, h, bad.bytes, bad.len);
	reply_from(&n, 0, h, h->bytes, h->len);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_memory_equal(n.result.bytes, h->bytes, h->len);
	assert_int_equal(counters(&n).wrong_cookie, 1);
	close_net(&n);
}

static void
without_the_cookie_that_the_server_has_a_reply_is_waited_for_a_little_longer(void **state)
{
	struct now start, end;
	struct net n;

	(void)state;
	open_net(&n, 8);
	ask_with_cookie(&n, 16);
	clock_now(&start);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 15000), ERR_OK);
	struct held *h = query_at_server(&n, 1), bad = *h;
	bad.bytes[11] = 0; /* ARCOUNT: no OPT */
	bad.len -= 11 + 4 + 16;
	reply_from(&n, 0, h, bad.bytes, bad.len);
	reply_from(&n, 0, h, bad.bytes, bad.len);
	wait_result(&n);
	clock_now(&end);
	assert_int_equal(n.result.event.result, OUT_TIMEOUT);
	assert_true(n.result.event.cookie_doubt);
	assert_int_equal(counters(&n).missing_cookie, 2);
	assert_true(end.mono_ms - start.mono_ms >= OUT_COOKIE_GRACE_MS);
	assert_true(end.mono_ms - start.mono_ms < 15000);
	close_net(&n);
}

static void
the_wait_for_a_cookie_is_never_longer_than_that_for_the_reply(void **state)
{
	struct now start, end;
	struct net n;

	(void)state;
	open_net(&n, 8);
	ask_with_cookie(&n, 16);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 60), ERR_OK);
	clock_now(&start);
	struct held *h = query_at_server(&n, 1), bad = *h;
	bad.bytes[bad.len - 16] ^= 1;
	reply_from(&n, 0, h, bad.bytes, bad.len);
	wait_result(&n);
	clock_now(&end);
	assert_true(n.result.event.cookie_doubt);
	assert_true(end.mono_ms - start.mono_ms < OUT_COOKIE_GRACE_MS + 60);
	close_net(&n);
}

static void
where_no_cookie_is_known_a_reply_may_do_without(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 8);
	ask_with_cookie(&n, 8);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	struct held *h = query_at_server(&n, 1), plain = *h;
	plain.bytes[11] = 0;
	plain.len -= 11 + 4 + 8;
	reply_from(&n, 0, h, plain.bytes, plain.len);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_int_equal(counters(&n).missing_cookie, 0);
	close_net(&n);
}

static void
another_sender_is_not_heard_even_with_all_the_rest_right(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 8);
	open_server(&n, 1, "127.0.0.1"); /* the right host, another port */
	open_server(&n, 2, "127.0.0.2"); /* another host */
	n.servers[0].silent = true;
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	struct held *h = query_at_server(&n, 1), forged = *h;
	forged.bytes[3] = 3; /* NXDOMAIN, to tell them apart */
	reply_from(&n, 1, h, forged.bytes, forged.len);
	reply_from(&n, 2, h, forged.bytes, forged.len);
	reply_from(&n, 0, h, h->bytes, h->len);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_int_equal(n.result.bytes[3] & 15, 0);
	close_net(&n);
}

static void
too_many_wrong_replies_end_the_trust_in_udp(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 8);
	n.servers[0].silent = true;
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	struct held *h = query_at_server(&n, 1);
	for (unsigned i = 0; i < OUT_WRONG_MAX; i++) {
		h->bytes[0] ^= (uint8_t)(i == 0); /* a wrong id, as guessing has it */
		reply_from(&n, 0, h, h->bytes, h->len);
	}
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_TIMEOUT);
	assert_true(n.result.event.spoofs_seen);
	assert_int_equal(counters(&n).spoofs, 1);
	close_net(&n);
}

/* Sockets are retired by lot, so the same port may take some tries. */
static void
a_late_reply_is_not_taken_for_the_next_query_on_its_port(void **state)
{
	bool seen = false;
	struct net n;

	(void)state;
	open_net(&n, 1);
	open_server(&n, 1, "127.0.0.2");
	n.servers[0].silent = true;
	for (size_t i = 1; i < 50 && !seen; i++) {
		n.result.calls = 0;
		assert_int_equal(send_to(&n, &n.servers[0].at, false, 1), ERR_OK);
		struct held *late = query_at_server(&n, i);
		if (n.result.calls == 0)
			wait_result(&n);
		n.result.calls = 0;
		uint64_t before = counters(&n).wrong_sender;
		/* It is in the socket's queue before the next query leaves. */
		reply_from(&n, 0, late, late->bytes, late->len);
		assert_int_equal(send_to(&n, &n.servers[1].at, false, 20000), ERR_OK);
		wait_result(&n);
		assert_int_equal(n.result.event.result, OUT_REPLY);
		struct held *next =
		    &n.servers[1].held[(n.servers[1].count - 1) % HELD_MAX];
		assert_memory_equal(n.result.bytes, next->bytes, 2);
		seen = port_of(next) == port_of(late);
		if (seen)
			assert_int_equal(counters(&n).wrong_sender, before + 1);
	}
	assert_true(seen);
	close_net(&n);
}

static bool
one_was_refused(void *ctx)
{
	return counters(ctx).icmp > 0;
}

static bool
one_was_late(void *ctx)
{
	struct net *n = ctx;

	return counters(n).late > 0 || n->result.calls == 0;
}

static void
a_reply_that_nobody_waits_for_is_thrown_away(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 1);
	n.servers[0].silent = true;
	for (size_t i = 1; i < 50 && counters(&n).late == 0; i++) {
		n.result.calls = 0;
		assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
		struct held *h = query_at_server(&n, i);
		out_cancel(n.handle);
		reply_from(&n, 0, h, h->bytes, h->len);
		assert_true(net_run_until(n.loop, one_was_late, &n));
	}
	assert_int_equal(n.result.calls, 0);
	close_net(&n);
}

static void
an_icmp_error_does_not_end_the_wait_for_a_reply(void **state)
{
	struct out_counters c;
	struct net n;

	(void)state;
	open_net(&n, 1);
	open_server(&n, 1, "127.0.0.2");
	close_server(&n.servers[1]);
	assert_int_equal(send_to(&n, &n.servers[1].at, false, 20000), ERR_OK);
	assert_true(net_run_until(n.loop, one_was_refused, &n));
	assert_int_equal(n.result.calls, 0);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_NETWORK);
	c = counters(&n);
	assert_int_equal(c.icmp, 1);
	assert_int_equal(c.timeouts, 0);
	close_net(&n);
}

static void
a_closed_port_is_a_network_error_and_does_not_stick_to_the_socket(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 1);
	open_server(&n, 1, "127.0.0.2");
	close_server(&n.servers[1]);
	for (int i = 0; i < 20; i++) {
		n.result.calls = 0;
		assert_int_equal(send_to(&n, &n.servers[1].at, false, 20000), ERR_OK);
		wait_result(&n);
		assert_int_equal(n.result.event.result, OUT_NETWORK);
		n.result.calls = 0;
		/* Cancelled before the error is read: the next query finds it on the
		 * socket. */
		assert_int_equal(send_to(&n, &n.servers[1].at, false, 20000), ERR_OK);
		out_cancel(n.handle);
		assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
		wait_result(&n);
		assert_int_equal(n.result.event.result, OUT_REPLY);
	}
	close_net(&n);
}

static void
an_address_without_a_route_is_told_at_once(void **state)
{
	struct addr broadcast =
	    net_addr("255.255.255.255"); /* not ours to send to: EACCES */
	struct net n;

	(void)state;
	open_net(&n, 1);
	broadcast.port = 53;
	assert_int_equal(send_to(&n, &broadcast, false, 1000), ERR_IO);
	assert_int_equal(n.result.calls, 0);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	close_net(&n);
}

static void
sockets_are_limited_and_given_back(void **state)
{
	struct out_query *handles[4], *more;
	struct net n;

	(void)state;
	open_net(&n, 2);
	n.servers[0].silent = true;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
		handles[i] = n.handle;
	}
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_LIMIT);
	out_cancel(handles[2]);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	more = n.handle;
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_LIMIT);
	for (int i = 0; i < 4; i++)
		out_cancel(i == 2 ? more : handles[i]);
	assert_int_equal(n.result.calls, 0);
	close_net(&n);
}

static void
no_descriptor_is_a_limit_and_no_network_error(void **state)
{
	struct rlimit before, none;
	struct net n;

	(void)state;
	open_net(&n, 2);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_LIMIT);
	assert_int_equal(send_to(&n, &n.servers[0].at, true, 20000), ERR_LIMIT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(counters(&n).no_socket, 2);
	close_net(&n);
}

static void
sockets_are_opened_ahead_of_the_queries(void **state)
{
	struct net n;

	(void)state;
	open_net(&n, 8);
	out_flush(n.out);
	assert_int_equal(counters(&n).sockets_opened, 0); /* nobody has asked yet */
	assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
	for (int i = 0; i < 8; i++)
		out_flush(n.out);
	assert_int_equal(counters(&n).sockets_opened, 8);
	close_net(&n);
}

struct chain {
	struct net *net;
	struct out_query *own, *other;
	int calls;
};

static void
cancel_both(void *ctx, const struct out_event *event)
{
	struct chain *c = ctx;

	(void)event;
	c->calls++;
	out_cancel(c->own);
	out_cancel(c->other);
	/* And the same memory may be in use again at once. */
	assert_int_equal(send_to(c->net, &c->net->servers[0].at, false, 20000), ERR_OK);
}

static void
a_callback_may_cancel_and_send(void **state)
{
	struct net n;
	struct chain c = { .net = &n };

	(void)state;
	open_net(&n, 8);
	open_server(&n, 1, "127.0.0.2");
	n.servers[1].silent = true;
	assert_int_equal(out_send(n.out, &n.servers[1].at, false, n.query, n.query_len,
			     20000, note_result, &n.result, &c.other),
	    ERR_OK);
	assert_int_equal(out_send(n.out, &n.servers[0].at, false, n.query, n.query_len,
			     20000, cancel_both, &c, &c.own),
	    ERR_OK);
	wait_result(&n);
	assert_int_equal(c.calls, 1);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	close_net(&n);
}

static void
free_all(void *ctx, const struct out_event *event)
{
	struct net *n = ctx;

	out_free(n->out);
	n->out = NULL;
	note_result(&n->result, event); /* its bytes are still there */
}

static void
a_callback_may_free_everything(void **state)
{
	static const bool by_tcp[] = { false, true };
	struct out_query *q;
	struct net n;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		open_net(&n, 8);
		assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
		out_cancel(n.handle);
		n.servers[0].silent =
		    by_tcp[i]; /* nobody listens there on TCP: a refusal */
		assert_int_equal(out_send(n.out, &n.servers[0].at, by_tcp[i], n.query,
				     n.query_len, 20000, free_all, &n, &q),
		    ERR_OK);
		assert_int_equal(out_send(n.out, &n.servers[0].at, !by_tcp[i], n.query,
				     n.query_len, 20000, free_all, &n, &q),
		    ERR_OK);
		wait_result(&n);
		close_net(&n);
	}
}

/* ---- TCP ------------------------------------------------------------------- */

struct tcp_server {
	struct net *net;
	int listen_fd, fd;
	struct loop_fd *accept_watch, *watch;
	struct addr at;
	uint8_t got[DATAGRAM_MAX + 2];
	size_t len;
	const uint8_t *reply; /* with its prefix; NULL: the query, turned into a reply */
	size_t reply_len, sent, step; /* ${step} bytes a turn */
	bool hang_up, silent;
};

static void
on_tcp_bytes(void *ctx, int fd, bool readable, bool writable)
{
	struct tcp_server *s = ctx;

	(void)writable;
	if (readable) {
		ssize_t n =
		    recv(fd, s->got + s->len, sizeof(s->got) - s->len, MSG_DONTWAIT);
		if (n <= 0) {
			loop_fd_want(s->watch, false, false);
			return;
		}
		s->len += (size_t)n;
		if (s->silent || s->len < 2 || s->len < 2u + (s->got[0] << 8 | s->got[1]))
			return;
		if (s->reply == NULL) {
			turn_into_reply(s->got + 2);
			s->reply = s->got;
			s->reply_len = s->len;
		}
		loop_fd_want(s->watch, true, true);
		return;
	}
	if (s->hang_up) {
		shutdown(fd, SHUT_RDWR);
		loop_fd_want(s->watch, false, false);
		return;
	}
	size_t part = s->reply_len - s->sent < s->step ? s->reply_len - s->sent : s->step;
	ssize_t n = send(fd, s->reply + s->sent, part, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		s->sent += (size_t)n;
	if (s->sent == s->reply_len || (n < 0 && errno != EAGAIN))
		loop_fd_want(s->watch, true, false);
}

static void
on_tcp_accept(void *ctx, int fd, bool readable, bool writable)
{
	struct tcp_server *s = ctx;

	(void)readable;
	(void)writable;
	s->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	if (s->fd >= 0)
		s->watch = loop_fd_new(s->net->loop, s->fd, on_tcp_bytes, s);
	loop_fd_want(s->accept_watch, false, false);
}

static void
open_tcp_server(struct tcp_server *s, struct net *n)
{
	struct addr a = net_addr("127.0.0.1");
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&a, &sa);

	memset(s, 0, sizeof(*s));
	s->net = n;
	s->fd = -1;
	s->step = 1;
	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(s->listen_fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(s->listen_fd, 8), 0);
	len = sizeof(sa);
	assert_int_equal(getsockname(s->listen_fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&s->at, (struct sockaddr *)&sa);
	s->accept_watch = loop_fd_new(n->loop, s->listen_fd, on_tcp_accept, s);
}

static void
close_tcp_server(struct tcp_server *s)
{
	loop_fd_free(s->watch);
	loop_fd_free(s->accept_watch);
	close(s->listen_fd);
	if (s->fd >= 0)
		close(s->fd);
}

static void
by_tcp_a_reply_in_single_bytes_is_put_together(void **state)
{
	struct tcp_server s;
	struct net n;

	(void)state;
	open_net(&n, 8);
	open_tcp_server(&s, &n);
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
	assert_int_equal(n.result.calls, 0);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_int_equal(n.result.event.len, n.query_len);
	assert_memory_equal(n.result.bytes, s.got + 2, n.query_len);
	assert_int_equal(counters(&n).sent_tcp, 1);
	close_tcp_server(&s);
	close_net(&n);
}

static void
serve_prepared(struct tcp_server *s, uint8_t *reply, size_t reply_len, size_t step)
{
	reply[0] = (uint8_t)((reply_len - 2) >> 8);
	reply[1] = (uint8_t)(reply_len - 2);
	s->reply = reply;
	s->reply_len = reply_len;
	s->step = step;
}

static bool
query_is_at_tcp_server(void *ctx)
{
	struct tcp_server *s = ctx;

	return s->len >= 2 + s->net->query_len;
}

static void
by_tcp_the_longest_reply_arrives(void **state)
{
	uint8_t *reply = malloc(2 + 65535);
	struct tcp_server s;
	struct net n;

	(void)state;
	open_net(&n, 8);
	open_tcp_server(&s, &n);
	s.silent = true;
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
	assert_true(net_run_until(n.loop, query_is_at_tcp_server, &s));
	for (size_t i = 0; i < 65535; i++)
		reply[2 + i] = (uint8_t)(i * 11);
	memcpy(reply + 2, s.got + 2, n.query_len);
	turn_into_reply(reply + 2);
	serve_prepared(&s, reply, 2 + 65535, 10000);
	loop_fd_want(s.watch, true, true);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_REPLY);
	assert_int_equal(n.result.event.len, 65535);
	assert_memory_equal(n.result.bytes, reply + 2, 65535);
	close_tcp_server(&s);
	close_net(&n);
	free(reply);
}

static void
by_tcp_another_case_is_a_reply_and_another_question_is_none(void **state)
{
	uint8_t reply[DATAGRAM_MAX];

	(void)state;
	for (int other_name = 0; other_name < 2; other_name++) {
		struct tcp_server s;
		struct net n;
		open_net(&n, 8);
		open_tcp_server(&s, &n);
		s.silent = true;
		assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
		assert_true(net_run_until(n.loop, query_is_at_tcp_server, &s));
		memcpy(reply, s.got, s.len);
		turn_into_reply(reply + 2);
		reply[2 + 13] ^= other_name ? 1 : 0x20;
		serve_prepared(&s, reply, s.len, 100);
		loop_fd_want(s.watch, true, true);
		wait_result(&n);
		assert_int_equal(
		    n.result.event.result, other_name ? OUT_NETWORK : OUT_REPLY);
		assert_int_equal(n.result.event.case_differed, !other_name);
		close_tcp_server(&s);
		close_net(&n);
	}
}

static void
by_tcp_a_server_that_hangs_up_or_is_not_there_is_a_network_error(void **state)
{
	struct tcp_server s;
	struct net n;

	(void)state;
	open_net(&n, 8);
	open_tcp_server(&s, &n);
	s.hang_up = true;
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_NETWORK);
	close_tcp_server(&s);
	n.result.calls = 0;
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK); /* closed now */
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_NETWORK);
	close_net(&n);
}

static void
by_tcp_too_a_silent_server_is_a_timeout(void **state)
{
	struct tcp_server s;
	struct net n;

	(void)state;
	open_net(&n, 8);
	open_tcp_server(&s, &n);
	s.silent = true;
	assert_int_equal(send_to(&n, &s.at, true, 50), ERR_OK);
	wait_result(&n);
	assert_int_equal(n.result.event.result, OUT_TIMEOUT);
	close_tcp_server(&s);
	close_net(&n);
}

static void
connections_are_limited_and_given_back(void **state)
{
	struct tcp_server s;
	struct out_query *first;
	struct net n;

	(void)state;
	open_net(&n, 2);
	open_tcp_server(&s, &n);
	s.silent = true;
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
	first = n.handle;
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_LIMIT);
	out_cancel(first);
	assert_int_equal(send_to(&n, &s.at, true, 20000), ERR_OK);
	close_tcp_server(&s);
	close_net(&n);
}

/* ---- what an attacker would have to guess ---------------------------------- */

#define DRAWS	4096u
#define SOCKETS 64u

struct draws {
	uint16_t ids[DRAWS], ports[DRAWS];
};

static void
draw(struct draws *d)
{
	struct net n;

	open_net(&n, SOCKETS);
	for (unsigned i = 0; i < DRAWS; i++) {
		n.result.calls = 0;
		assert_int_equal(send_to(&n, &n.servers[0].at, false, 20000), ERR_OK);
		wait_result(&n);
		assert_int_equal(n.result.event.result, OUT_REPLY);
		struct held *h = &n.servers[0].held[i % HELD_MAX];
		d->ids[i] = (uint16_t)(h->bytes[0] << 8 | h->bytes[1]);
		d->ports[i] = port_of(h);
	}
	close_net(&n);
}

static size_t
different(const uint16_t *values, size_t count, uint32_t *uses)
{
	size_t n = 0;

	memset(uses, 0, 65536 * sizeof(*uses));
	for (size_t i = 0; i < count; i++)
		n += uses[values[i]]++ == 0;
	return n;
}

/* Bounds are six deviations of what chance does. */
static void
check_ids(const struct draws *d, uint32_t *uses)
{
	unsigned ones[16] = { 0 }, same_step = 0;

	/* 65,536 * (1 - e^(-1/16)) = 3,971 different ones, deviation 11 */
	assert_in_range(different(d->ids, DRAWS, uses), 3905, 4037);
	for (unsigned i = 0; i < DRAWS; i++) {
		for (unsigned bit = 0; bit < 16; bit++)
			ones[bit] += d->ids[i] >> bit & 1;
	}
	for (unsigned bit = 0; bit < 16; bit++)
		assert_in_range(
		    ones[bit], DRAWS / 2 - 192, DRAWS / 2 + 192); /* deviation 32 */
	for (unsigned i = 2; i < DRAWS; i++)
		same_step += (uint16_t)(d->ids[i] - d->ids[i - 1]) ==
			     (uint16_t)(d->ids[i - 1] - d->ids[i - 2]);
	assert_in_range(same_step, 0, 3); /* 1 in 16 runs expected at all */
}

static void
check_ports(const struct draws *d, uint32_t *uses)
{
	unsigned quarter[4] = { 0 }, again = 0, pairs = 0;
	size_t ports = different(d->ports, DRAWS, uses);

	/* The pool, and one more for each 32 queries: 64 + 128, deviation 11. */
	assert_in_range(ports, 126, 258);
	for (unsigned p = 0; p < 65536; p++) {
		if (uses[p] == 0)
			continue;
		assert_true(p >= 1024);
		assert_true(uses[p] < 700); /* 21 times the mean of an exponential life */
		quarter[(p - 1024) / 16128]++;
	}
	for (int i = 0; i < 4; i++) /* a quarter of the ports each, deviation 6 of 48 */
		assert_true(quarter[i] > ports / 4 - 36 && quarter[i] < ports / 4 + 36);
	for (unsigned i = 2; i < DRAWS; i++) {
		again += d->ports[i] == d->ports[i - 1];
		pairs += d->ports[i] == d->ports[i - 2];
	}
	assert_in_range(again, 64 - 48, 64 + 48); /* one in 64, deviation 8 */
	assert_in_range(pairs, 64 - 48, 64 + 48);
}

static void
ids_and_ports_are_spread_and_follow_no_pattern(void **state)
{
	struct draws *d = malloc(sizeof(*d));
	uint32_t *uses = malloc(65536 * sizeof(*uses));

	(void)state;
	draw(d);
	check_ids(d, uses);
	check_ports(d, uses);
	free(uses);
	free(d);
}

/* ---- the source address ---------------------------------------------------- */

/* A network of our own with one interface and two addresses; false: not allowed here. */
static bool
enter_network_with_two_addresses(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct ifreq second = { .ifr_name = "lo:1" };
	struct sockaddr_in sa = { .sin_family = AF_INET };

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	sa.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
	memcpy(&second.ifr_addr, &sa, sizeof(sa));
	bool done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0 &&
		    ioctl(fd, SIOCSIFADDR, &second) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

static void
expect_source(struct net *n, unsigned server, const char *source)
{
	struct addr expected = net_addr(source), seen;
	struct server *s = &n->servers[server];

	n->result.calls = 0;
	assert_int_equal(send_to(n, &s->at, false, 20000), ERR_OK);
	wait_result(n);
	assert_int_equal(n->result.event.result, OUT_REPLY);
	addr_from_sockaddr(
	    &seen, (const struct sockaddr *)&s->held[(s->count - 1) % HELD_MAX].from);
	assert_true(addr_same_host(&seen, &expected));
}

/* The last test: it leaves the process in a network of its own. */
static void
each_server_sees_the_source_that_the_routing_table_says(void **state)
{
	struct net n;

	(void)state;
	if (!enter_network_with_two_addresses())
		skip();
	open_net(&n, 1); /* one socket, for both */
	open_server(&n, 1, "192.0.2.1");
	for (int i = 0; i < 200; i++) {
		expect_source(&n, 0, "127.0.0.1");
		expect_source(&n, 1, "192.0.2.1");
		expect_source(&n, 1, "192.0.2.1");
	}
	assert_in_range(counters(&n).sockets_opened, 1, 100); /* 600 uses: by lot, 19 */
	close_net(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_answered),
		cmocka_unit_test(a_query_by_ipv6_is_answered),
		cmocka_unit_test(a_silent_server_is_a_timeout_and_not_too_early),
		cmocka_unit_test(
		    wrong_replies_are_dropped_by_what_is_wrong_and_the_right_one_still_counts),
		cmocka_unit_test(
		    another_sender_is_not_heard_even_with_all_the_rest_right),
		cmocka_unit_test(
		    a_reply_with_another_cookie_is_dropped_and_the_right_one_still_counts),
		cmocka_unit_test(
		    without_the_cookie_that_the_server_has_a_reply_is_waited_for_a_little_longer),
		cmocka_unit_test(
		    the_wait_for_a_cookie_is_never_longer_than_that_for_the_reply),
		cmocka_unit_test(where_no_cookie_is_known_a_reply_may_do_without),
		cmocka_unit_test(too_many_wrong_replies_end_the_trust_in_udp),
		cmocka_unit_test(
		    a_late_reply_is_not_taken_for_the_next_query_on_its_port),
		cmocka_unit_test(a_reply_that_nobody_waits_for_is_thrown_away),
		cmocka_unit_test(an_icmp_error_does_not_end_the_wait_for_a_reply),
		cmocka_unit_test(
		    a_closed_port_is_a_network_error_and_does_not_stick_to_the_socket),
		cmocka_unit_test(an_address_without_a_route_is_told_at_once),
		cmocka_unit_test(sockets_are_limited_and_given_back),
		cmocka_unit_test(no_descriptor_is_a_limit_and_no_network_error),
		cmocka_unit_test(sockets_are_opened_ahead_of_the_queries),
		cmocka_unit_test(a_callback_may_cancel_and_send),
		cmocka_unit_test(a_callback_may_free_everything),
		cmocka_unit_test(by_tcp_a_reply_in_single_bytes_is_put_together),
		cmocka_unit_test(by_tcp_the_longest_reply_arrives),
		cmocka_unit_test(
		    by_tcp_another_case_is_a_reply_and_another_question_is_none),
		cmocka_unit_test(
		    by_tcp_a_server_that_hangs_up_or_is_not_there_is_a_network_error),
		cmocka_unit_test(by_tcp_too_a_silent_server_is_a_timeout),
		cmocka_unit_test(connections_are_limited_and_given_back),
		cmocka_unit_test(ids_and_ports_are_spread_and_follow_no_pattern),
		cmocka_unit_test(each_server_sees_the_source_that_the_routing_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
