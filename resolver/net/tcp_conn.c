#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "resolver/net/sock.h"
#include "resolver/net/tcp_private.h"

/*
 * Steps 1, 2 and 5 of tcp.c: one connection from its first byte to its end.
 */

/* ---- lists ---------------------------------------------------------------- */

static void
resume_remove(struct tcp_conn *c)
{
	if (!c->in_resume)
		return;
	struct tcp_conn **at = &c->listener->resume;
	while (*at != c)
		at = &(*at)->resume_next;
	*at = c->resume_next;
	c->in_resume = false;
}

static void
lists_insert(struct tcp_listener *l, struct tcp_conn *c)
{
	c->back = &l->conns;
	c->next = l->conns;
	if (c->next != NULL)
		c->next->back = &c->next;
	l->conns = c;
	l->counters.open++;
}

static void
lists_remove(struct tcp_conn *c)
{
	tcp_debts_remove(c);
	resume_remove(c);
	*c->back = c->next;
	if (c->next != NULL)
		c->next->back = c->back;
	places_leave(c->listener->places, &c->host);
	c->listener->counters.open--;
}

/* ---- the end (step 5) ------------------------------------------------------ */

static void
conn_release(struct tcp_conn *c)
{
	if (--c->refs == 0)
		free(c);
}

void
tcp_conn_close(struct tcp_conn *c)
{
	if (c->listener == NULL)
		return;
	lists_remove(c);
	loop_fd_free(c->watch);
	c->watch = NULL;
	sock_close(c->fd);
	tcp_out_drop(c);
	free(c->in);
	c->in = NULL;
	c->in_len = 0;
	c->listener = NULL;
	conn_release(c);
}

bool
tcp_conn_may_read(const struct tcp_conn *c)
{
	return !c->eof && !c->in_resume && c->waiting < c->listener->limits.questions_max;
}

void
tcp_conn_settle(struct tcp_conn *c)
{
	bool unread = c->out_at < c->out_len;

	if (c->listener == NULL || c->processing)
		return;
	if (c->eof && c->waiting == 0 && !unread && !c->in_resume) {
		tcp_conn_close(c);
		return;
	}
	loop_fd_want(c->watch, tcp_conn_may_read(c), unread);
	tcp_debts_update(c);
}

/* ---- in (steps 1 and 2) --------------------------------------------------- */

/* Keeps ${len} bytes of the listener's buffer for later. False: no memory. */
static bool
in_keep(struct tcp_conn *c, const uint8_t *bytes, size_t len)
{
	free(c->in);
	c->in = NULL;
	c->in_len = 0;
	if (len == 0)
		return true;
	if ((c->in = malloc(len)) == NULL)
		return false;
	memcpy(c->in, bytes, len);
	c->in_len = len;
	return true;
}

/* Hands out the whole messages among ${len} bytes, as many as may wait. ${*done}: how
 * many bytes they were. False: a length that no question has. */
static bool
hand_out(struct tcp_conn *c, const uint8_t *bytes, size_t len, size_t *done)
{
	size_t at = 0;

	while (c->listener != NULL && c->waiting < c->listener->limits.questions_max &&
	       len - at >= TCP_PREFIX) {
		size_t size = (size_t)bytes[at] << 8 | bytes[at + 1];
		if (size > TCP_QUESTION_MAX)
			return false;
		if (len - at < TCP_PREFIX + size)
			break;
		c->listener->counters.questions++;
		c->listener->fn(c->listener->ctx, c, bytes + at + TCP_PREFIX, size);
		at += TCP_PREFIX + size;
	}
	*done = at;
	return true;
}

/* Goes through ${len} bytes in the listener's buffer: what was kept, and what is new. */
static void
conn_process(struct tcp_conn *c, size_t len)
{
	const uint8_t *bytes = c->listener->bytes;
	bool was_empty = c->in_len == 0;
	size_t done = 0;

	c->processing = true;
	bool fine = hand_out(c, bytes, len, &done);
	c->processing = false;
	if (c->listener == NULL)
		return;
	c->paid = c->paid || was_empty || done > 0;
	/* The answers to what came before nonsense are still sent. */
	if (!tcp_out_push(c) || !fine || !in_keep(c, bytes + done, len - done))
		tcp_conn_close(c);
}

static void
conn_read(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;
	size_t room = TCP_READ_MAX - c->in_len;
	ssize_t n = 0;

	if (c->in_len > 0)
		memcpy(l->bytes, c->in, c->in_len);
	if (room > 0) {
		do {
			n = recv(c->fd, l->bytes + c->in_len, room, MSG_DONTWAIT);
		} while (n < 0 && errno == EINTR);
	}
	if (n > 0 || room == 0)
		conn_process(c, c->in_len + (size_t)n);
	else if (n == 0)
		c->eof = true;
	else if (errno != EAGAIN)
		tcp_conn_close(c);
}

static void
on_conn(void *ctx, int fd, bool readable, bool writable)
{
	struct tcp_conn *c = ctx;

	(void)fd;
	c->refs++; /* callbacks may end the connection */
	if (writable && !tcp_out_push(c))
		tcp_conn_close(c);
	else if (readable && tcp_conn_may_read(c))
		conn_read(c);
	tcp_conn_settle(c);
	conn_release(c);
}

/* Connections that had stopped at questions_max. Not done in tcp_conn_unref itself, whose
 * caller has just ended one question and does not expect another from inside. */
void
tcp_conn_resume_all(void *ctx)
{
	struct tcp_listener *l = ctx;
	struct tcp_conn *c;

	while ((c = l->resume) != NULL) {
		c->refs++;
		resume_remove(c);
		memcpy(l->bytes, c->in, c->in_len);
		conn_process(c, c->in_len);
		tcp_conn_settle(c);
		conn_release(c);
	}
}

void
tcp_conn_resume_later(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	if (l == NULL || c->processing || c->in_len == 0 || c->in_resume)
		return;
	c->in_resume = true;
	c->resume_next = l->resume;
	l->resume = c;
	loop_timer_arm(l->resume_timer, 0);
}

/* ---- the beginning --------------------------------------------------------- */

bool
tcp_conn_open(
    struct tcp_listener *l, int fd, const struct addr *client, const struct addr *host)
{
	struct tcp_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return false;
	if ((c->watch = loop_fd_new(l->loop, fd, on_conn, c)) == NULL) {
		free(c);
		return false;
	}
	c->listener = l;
	c->refs = 1;
	c->fd = fd;
	c->client = *client;
	c->host = *host;
	sock_local(fd, &c->local);
	lists_insert(l, c);
	l->counters.accepted++;
	tcp_conn_settle(c);
	tcp_debts_collect(l); /* with one place less, everybody's time has shrunk */
	return true;
}

/* ---- what the questions' owner sees --------------------------------------- */

const struct addr *
tcp_conn_client(const struct tcp_conn *c)
{
	return &c->client;
}

const struct addr *
tcp_conn_local(const struct tcp_conn *c)
{
	return &c->local;
}

struct tcp_conn *
tcp_conn_ref(struct tcp_conn *c)
{
	c->refs++;
	c->waiting++;
	return c;
}

void
tcp_conn_unref(struct tcp_conn *c)
{
	if (c == NULL || FAILS(c->waiting == 0))
		return;
	c->waiting--;
	tcp_conn_resume_later(c);
	tcp_conn_settle(c);
	conn_release(c);
}
