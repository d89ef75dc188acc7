#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "resolver/net/out_private.h"
#include "resolver/net/sock.h"
#include "resolver/wire/msg.h"

/*
 * Queries by TCP (RFC 7766), a connection each: they are the few whose answers did not
 * fit, or that UDP was not trusted with. Steps: the connect completes (writable), the
 * query is written with its length, the length of the reply is read, the reply is read.
 * The query's own timer covers all of it.
 */

static void
step_network(struct out_query *q)
{
	out_query_end(q, OUT_NETWORK, NULL, 0);
}

/* Nobody else can write on this connection, so a name in another case is no forgery. */
static void
finish(struct out_query *q)
{
	struct out_conn *c = &q->conn;
	uint8_t *reply = c->reply;
	enum msg_match match =
	    msg_match(reply, c->reply_len, out_query_message(q), q->len);

	if (match == MSG_MATCH_NOT) {
		q->out->counters.wrong_question++;
		step_network(q);
		return;
	}
	q->case_differed = match == MSG_MATCH_CASE_DIFFERS;
	c->reply = NULL; /* outlives the connection, for the callback */
	out_query_end(q, OUT_REPLY, reply, c->reply_len);
	free(reply);
}

static void
step_write(struct out_query *q)
{
	struct out_conn *c = &q->conn;
	size_t left = OUT_TCP_PREFIX + q->len - c->written;
	/* The first write also tells whether the connect succeeded. */
	ssize_t n = send(c->fd, q->bytes + c->written, left, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			step_network(q);
		return;
	}
	c->written += (size_t)n;
	if ((size_t)n == left)
		loop_fd_want(c->watch, true, false);
}

/* Reads into what is missing, the prefix first. False: nothing more for now, or ended. */
static bool
step_read(struct out_query *q)
{
	struct out_conn *c = &q->conn;
	bool in_prefix = c->have < OUT_TCP_PREFIX;
	uint8_t *to =
	    in_prefix ? c->prefix + c->have : c->reply + (c->have - OUT_TCP_PREFIX);
	size_t want = in_prefix ? OUT_TCP_PREFIX : OUT_TCP_PREFIX + c->reply_len;
	ssize_t n = recv(c->fd, to, want - c->have, MSG_DONTWAIT);

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			step_network(q);
		return false;
	}
	c->have += (size_t)n;
	if (c->have < want)
		return true;
	if (!in_prefix) {
		finish(q);
		return false;
	}
	c->reply_len = (size_t)c->prefix[0] << 8 | c->prefix[1];
	if (c->reply_len < OUT_HEADER_LEN || (c->reply = malloc(c->reply_len)) == NULL) {
		step_network(q);
		return false;
	}
	return true;
}

static void
on_conn(void *ctx, int fd, bool readable, bool writable)
{
	struct out_query *q = ctx;

	(void)fd;
	if (writable)
		step_write(q);
	else if (readable)
		while (step_read(q))
			;
}

enum err
out_tcp_begin(struct out_query *q)
{
	struct out *o = q->out;
	struct out_conn *c = &q->conn;
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&q->to, &sa);

	if (o->connections >= o->sockets)
		return ERR_LIMIT;
	if (sock_open((enum addr_family)q->to.family, SOCK_STREAM, &c->fd) != ERR_OK) {
		o->counters.no_socket++;
		return sock_is_shortage(errno) ? ERR_LIMIT : ERR_IO;
	}
	sock_try(c->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (connect(c->fd, (const struct sockaddr *)&sa, len) != 0 &&
	    errno != EINPROGRESS)
		goto fail;
	if ((c->watch = loop_fd_new(o->loop, c->fd, on_conn, q)) == NULL)
		goto fail;
	loop_fd_want(c->watch, false, true);
	o->connections++;
	return ERR_OK;

fail:
	sock_close(c->fd);
	c->fd = -1;
	return ERR_IO;
}

void
out_tcp_end(struct out_query *q)
{
	struct out_conn *c = &q->conn;

	loop_fd_free(c->watch);
	sock_close(c->fd);
	free(c->reply);
	c->watch = NULL;
	c->reply = NULL;
	c->fd = -1;
	q->out->connections--;
}
