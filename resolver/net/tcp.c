#include "resolver/net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "resolver/net/sock.h"
#include "resolver/net/tcp_private.h"

/*
 * DNS over TCP for clients (RFC 7766), with the costs that one client can cause bounded:
 *
 * 1. Bytes are read into one buffer of the listener. What is left of a message, or waits
 *    because enough questions are under way, is kept by its connection in a block of
 *    just that size: an idle connection has no buffer at all (tcp_conn.c).
 * 2. Each whole message goes to the callback; answers leave in whatever order they come
 *    (7766 6.2.1.1, 7). While questions_max of a connection wait, we stop reading
 *    from it, and TCP tells its client (7766 6.2.1).
 * 3. A connection is on the list of debtors (tcp_debts.c) while its client owes
 *    something: the next question, the rest of a message, or to read an answer. All
 *    debtors have the same time for it, counted from when the debt began (a byte now
 *    and then of a message extends nothing; each answer that is read does), so the list
 *    is in the order of expiry and one timer is enough. The time shrinks as places fill
 *    (7766 6.1), for those who are on the list already as well.
 * 4. Answers that the kernel does not take are kept, up to TCP_OUT_MAX a connection and
 *    TCP_OUT_ALL_MAX in all; a client that lets more pile up is closed (tcp_out.c).
 * 5. A connection lives as long as anybody refers to it: the listener while it is open,
 *    and each question that waits. Closing it frees its descriptor and buffers at once.
 *
 * This file has the listener: who comes in, and the limits that hold for all.
 */

#define TCP_BACKLOG	     512
#define TCP_ACCEPTS_PER_WAKE 64u /* then others have their turn */
#define TCP_ACCEPT_PAUSE_MS                                                              \
	100u /* out of descriptors: accept(2) would fail all the time */

/* The host as per_addr_max counts it: an IPv6 subscriber has a whole /64 of addresses. */
static struct addr
host_of(const struct addr *client)
{
	return addr_mask(client, client->family == ADDR_V6 ? 64 : 32);
}

static bool
take_place(struct tcp_listener *l, const struct addr *host)
{
	tcp_debts_collect(l);
	switch (
	    places_take(l->places, host, l->limits.clients_max, l->limits.per_addr_max)) {
	case PLACES_TAKEN:
		return true;
	case PLACES_FULL:
		l->counters.refused_full++;
		return false;
	case PLACES_HOST_FULL:
		l->counters.refused_addr++;
		return false;
	}
	return false;
}

static void
on_accept(void *ctx, int listen_fd, bool readable, bool writable)
{
	struct tcp_listener *l = ctx;
	struct sockaddr_storage sa;
	struct addr client, host;

	(void)readable;
	(void)writable;
	for (unsigned i = 0; i < TCP_ACCEPTS_PER_WAKE; i++) {
		socklen_t len = sizeof(sa);
		int fd = accept4(listen_fd, (struct sockaddr *)&sa, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
				  errno == ENOBUFS)) {
			loop_fd_want(l->watch, false, false);
			loop_timer_arm(l->accept_timer, TCP_ACCEPT_PAUSE_MS);
			return;
		}
		if (fd < 0 && errno == EAGAIN)
			return;
		if (fd < 0)
			continue; /* accept(2): errors of that connection alone */
		addr_from_sockaddr(&client, (const struct sockaddr *)&sa);
		host = host_of(&client);
		if (!take_place(l, &host)) {
			sock_close(fd);
		} else if (!tcp_conn_open(l, fd, &client, &host)) {
			places_leave(l->places, &host);
			sock_close(fd);
		}
	}
}

static void
on_accept_again(void *ctx)
{
	struct tcp_listener *l = ctx;

	loop_fd_want(l->watch, true, false);
}

enum err
tcp_bind(const struct addr *at, int *out_fd)
{
	int fd;

	if (sock_open(at->family, SOCK_STREAM, &fd) != ERR_OK)
		return ERR_IO;
	/* REUSEADDR: a restart need not wait for the old connections' TIME_WAIT. */
	if (sock_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) != ERR_OK ||
	    sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) != ERR_OK)
		goto fail;
	/* Inherited by what is accepted: an answer never waits for an ACK. */
	sock_try(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (sock_bind(fd, at) != ERR_OK || listen(fd, TCP_BACKLOG) != 0)
		goto fail;
	*out_fd = fd;
	return ERR_OK;

fail:
	sock_close(fd);
	return ERR_IO;
}

static void
listener_dismantle(struct tcp_listener *l)
{
	loop_timer_free(l->resume_timer);
	loop_timer_free(l->accept_timer);
	loop_timer_free(l->debt_timer);
	loop_fd_free(l->watch);
	sock_close(l->fd);
	places_free(l->own_places);
	free(l);
}

struct tcp_listener *
tcp_listener_new(struct loop *loop, int fd, const struct tcp_limits *limits,
    struct places *places, tcp_question_fn *fn, void *ctx)
{
	struct tcp_listener *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		sock_close(fd);
		return NULL;
	}
	l->loop = loop;
	l->fd = fd;
	l->limits = *limits;
	l->own_places = places == NULL ? places_new() : NULL;
	l->places = places == NULL ? l->own_places : places;
	l->fn = fn;
	l->ctx = ctx;
	l->debt_timer = loop_timer_new(loop, tcp_debts_collect, l);
	l->accept_timer = loop_timer_new(loop, on_accept_again, l);
	l->resume_timer = loop_timer_new(loop, tcp_conn_resume_all, l);
	l->watch = loop_fd_new(loop, fd, on_accept, l);
	if (l->debt_timer == NULL || l->accept_timer == NULL || l->resume_timer == NULL ||
	    l->watch == NULL || l->places == NULL) {
		listener_dismantle(l);
		return NULL;
	}
	return l;
}

void
tcp_listener_set_limits(struct tcp_listener *l, const struct tcp_limits *limits)
{
	struct tcp_conn *c, *next;

	l->limits = *limits;
	for (c = l->conns; c != NULL; c = next) {
		next = c->next;
		tcp_conn_resume_later(c);
		tcp_conn_settle(c);
	}
	tcp_debts_collect(l);
}

void
tcp_listener_free(struct tcp_listener *l)
{
	if (l == NULL)
		return;
	while (l->conns != NULL)
		tcp_conn_close(l->conns);
	listener_dismantle(l);
}

void
tcp_counters(const struct tcp_listener *l, struct tcp_counters *out)
{
	*out = l->counters;
}
