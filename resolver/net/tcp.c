#include "resolver/net/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "resolver/net/sock.h"
#include "resolver/os/rng.h"

/*
 * DNS over TCP for clients (RFC 7766), with the costs that one client can cause bounded:
 *
 * 1. Bytes are read into one buffer of the listener. What is left of a message, or waits
 *    because enough questions are under way, is kept by its connection in a block of
 *    just that size: an idle connection has no buffer at all.
 * 2. Each whole message goes to the callback; answers leave in whatever order they come
 *    (7766 6.2.1.1, 7). While questions_max of a connection wait, we stop reading from
 * it, and TCP tells its client (7766 6.2.1).
 * 3. A connection is on the list of debtors while its client owes something: the next
 *    question, the rest of a message, or to read an answer. All debtors have the same
 *    time for it, counted from when the debt began (a byte now and then of a message
 * extends nothing; each answer that is read does), so the list is in the order of expiry
 * and one timer is enough. The time shrinks as places fill (7766 6.1), for those who are
 * on the list already as well.
 * 4. Answers that the kernel does not take are kept, up to TCP_OUT_MAX a connection and
 *    TCP_OUT_ALL_MAX in all; a client that lets more pile up is closed.
 * 5. A connection lives as long as anybody refers to it: the listener while it is open,
 * and each question that waits. Closing it frees its descriptor and buffers at once.
 */

#define TCP_BACKLOG	     512
#define TCP_ACCEPTS_PER_WAKE 64u /* then others have their turn */
#define TCP_ACCEPT_PAUSE_MS                                                              \
	100u /* out of descriptors: accept(2) would fail all the time */
#define TCP_IDLE_MIN_MS 200u
#define TCP_PREFIX	2u
/* Questions are short; room for EDNS padding and options, not for 64 KB from each of
 * 1,024 clients. */
#define TCP_QUESTION_MAX 4096u
#define TCP_READ_MAX	 (2 * (TCP_PREFIX + TCP_QUESTION_MAX))
#define TCP_CORK_MAX	 16384u /* answers to one read are put together up to here */
#define TCP_OUT_MAX	 (TCP_CORK_MAX + TCP_PREFIX + UINT16_MAX)
#define TCP_OUT_ALL_MAX                                                                  \
	(16u * 1024u * 1024u) /* of all connections together: 1,024 of 16 KB */
#define TCP_OUT_STEP 2048u

struct tcp_conn {
	struct tcp_listener *listener;		/* NULL: closed */
	struct tcp_conn *next, **back;		/* all open ones of the listener */
	struct tcp_conn *debt_next, *debt_prev; /* the list of debtors */
	struct tcp_conn *resume_next;
	bool in_debt, in_resume;
	bool processing;  /* questions are being handed out just now */
	bool eof;	  /* the client will send no more; it may still read */
	unsigned refs;	  /* one while open, one for each question that waits */
	uint32_t waiting; /* questions that wait */
	int fd;
	struct loop_fd *watch;
	struct addr client, local, host; /* ${host}: what per_addr_max counts */
	uint64_t debt_since_ms;
	bool paid;   /* something was done since: the time starts anew */
	uint8_t *in; /* bytes not handed out yet; NULL: none */
	size_t in_len;
	uint8_t *out; /* ${out_at}..${out_len}: not taken by the kernel yet */
	size_t out_at, out_len, out_cap;
};

struct tcp_listener {
	struct loop *loop;
	int fd;
	struct loop_fd *watch;
	struct loop_timer *debt_timer, *accept_timer, *resume_timer;
	struct tcp_limits limits;
	tcp_question_fn *fn;
	void *ctx;
	struct places *places;	   /* shared with other listeners, or: */
	struct places *own_places; /* ours alone; NULL else */
	struct tcp_conn *conns;
	struct tcp_conn *debt_first, *debt_last;
	struct tcp_conn *resume;
	size_t out_bytes; /* of all connections' answers that are kept */
	struct tcp_counters counters;
	uint8_t bytes[TCP_READ_MAX];
};

/* ---- lists ---------------------------------------------------------------- */

static void
debt_remove(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	if (!c->in_debt)
		return;
	*(c->debt_prev != NULL ? &c->debt_prev->debt_next : &l->debt_first) =
	    c->debt_next;
	*(c->debt_next != NULL ? &c->debt_next->debt_prev : &l->debt_last) = c->debt_prev;
	c->in_debt = false;
}

static void
debt_append(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	c->debt_since_ms = loop_now(l->loop)->mono_ms;
	c->debt_next = NULL;
	c->debt_prev = l->debt_last;
	*(l->debt_last != NULL ? &l->debt_last->debt_next : &l->debt_first) = c;
	l->debt_last = c;
	c->in_debt = true;
}

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
	debt_remove(c);
	resume_remove(c);
	*c->back = c->next;
	if (c->next != NULL)
		c->next->back = c->back;
	places_leave(c->listener->places, &c->host);
	c->listener->counters.open--;
}

/* ---- a connection's end (step 5) ------------------------------------------ */

static void
conn_release(struct tcp_conn *c)
{
	if (--c->refs == 0)
		free(c);
}

static void
out_drop(struct tcp_conn *c)
{
	c->listener->out_bytes -= c->out_cap;
	free(c->out);
	c->out = NULL;
	c->out_at = c->out_len = c->out_cap = 0;
}

/* Harmless when it is closed already. The object stays while questions wait. */
static void
conn_close(struct tcp_conn *c)
{
	if (c->listener == NULL)
		return;
	lists_remove(c);
	loop_fd_free(c->watch);
	c->watch = NULL;
	sock_close(c->fd);
	out_drop(c);
	free(c->in);
	c->in = NULL;
	c->in_len = 0;
	c->listener = NULL;
	conn_release(c);
}

/* ---- debts (step 3) ------------------------------------------------------- */

static uint64_t
debt_span_ms(const struct tcp_listener *l)
{
	uint64_t idle_ms = l->limits.idle_ms;
	uint64_t max = places_max(l->places, l->limits.clients_max);

	if (idle_ms <= TCP_IDLE_MIN_MS)
		return idle_ms;
	uint64_t open = places_open(l->places), free_places = max > open ? max - open : 0;

	return TCP_IDLE_MIN_MS +
	       (idle_ms - TCP_IDLE_MIN_MS) * free_places / (max > 0 ? max : 1);
}

/* Closes the debtors whose time is over and has the timer wait for the next one. */
static void
debts_collect(void *ctx)
{
	struct tcp_listener *l = ctx;
	uint64_t now_ms = loop_now(l->loop)->mono_ms;
	struct tcp_conn *c;

	while ((c = l->debt_first) != NULL) {
		uint64_t due_ms = c->debt_since_ms + debt_span_ms(l);
		if (due_ms > now_ms) {
			loop_timer_arm(l->debt_timer, (uint32_t)(due_ms - now_ms));
			return;
		}
		if (c->out_at < c->out_len)
			l->counters.slow_readers++;
		else
			l->counters.timed_out++;
		conn_close(c);
	}
	loop_timer_disarm(l->debt_timer);
}

static bool
may_read(const struct tcp_conn *c)
{
	return !c->eof && !c->in_resume && c->waiting < c->listener->limits.questions_max;
}

static bool
owes(const struct tcp_conn *c)
{
	if (c->out_at < c->out_len)
		return true;
	/* Nothing asked, or a question half sent. What we hold back ourselves is no debt.
	 */
	return c->waiting == 0 || (c->in_len > 0 && may_read(c));
}

static void
debt_update(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	if (!owes(c)) {
		debt_remove(c);
	} else if (c->paid || !c->in_debt) {
		bool was_empty = l->debt_first == NULL;
		debt_remove(c);
		debt_append(c);
		if (was_empty)
			loop_timer_arm(l->debt_timer, (uint32_t)debt_span_ms(l));
	}
	c->paid = false;
}

/* After anything that happened to ${c}: what to wait for now, or whether it is over. */
static void
conn_settle(struct tcp_conn *c)
{
	bool unread = c->out_at < c->out_len;

	if (c->listener == NULL || c->processing)
		return;
	if (c->eof && c->waiting == 0 && !unread && !c->in_resume) {
		conn_close(c);
		return;
	}
	loop_fd_want(c->watch, may_read(c), unread);
	debt_update(c);
}

/* ---- out (step 4) --------------------------------------------------------- */

/* False: the connection is broken. */
static bool
conn_write(struct tcp_conn *c, struct iovec *parts, size_t count, size_t *taken)
{
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = count };
	ssize_t n;

	do {
		n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	*taken = n > 0 ? (size_t)n : 0;
	return n >= 0 || errno == EAGAIN;
}

static bool
out_reserve(struct tcp_conn *c, size_t len)
{
	struct tcp_listener *l = c->listener;

	if (c->out_at > 0) {
		memmove(c->out, c->out + c->out_at, c->out_len - c->out_at);
		c->out_len -= c->out_at;
		c->out_at = 0;
	}
	size_t need = c->out_len + len;
	if (need <= c->out_cap)
		return true;
	size_t cap = (need + TCP_OUT_STEP - 1) / TCP_OUT_STEP * TCP_OUT_STEP;
	if (need > TCP_OUT_MAX || l->out_bytes - c->out_cap + cap > TCP_OUT_ALL_MAX)
		return false;
	uint8_t *more = realloc(c->out, cap);
	if (more == NULL)
		return false;
	l->out_bytes += cap - c->out_cap;
	c->out = more;
	c->out_cap = cap;
	return true;
}

/* Keeps what is left of ${parts} after ${taken} bytes. False: too much is kept already.
 */
static bool
out_keep(struct tcp_conn *c, const struct iovec *parts, size_t count, size_t taken)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += parts[i].iov_len;
	if (total == taken)
		return true;
	if (!out_reserve(c, total - taken))
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t skip = taken < parts[i].iov_len ? taken : parts[i].iov_len;
		size_t rest = parts[i].iov_len - skip;
		memcpy(
		    c->out + c->out_len, (const uint8_t *)parts[i].iov_base + skip, rest);
		c->out_len += rest;
		taken -= skip;
	}
	return true;
}

/* Gives the kernel what is kept. False: the connection is broken. */
static bool
out_push(struct tcp_conn *c)
{
	size_t taken;

	if (c->out_at == c->out_len)
		return true;
	struct iovec rest = { c->out + c->out_at, c->out_len - c->out_at };
	if (!conn_write(c, &rest, 1, &taken))
		return false;
	c->paid = c->paid || taken > 0;
	c->out_at += taken;
	if (c->out_at == c->out_len)
		out_drop(c);
	return true;
}

/* The kernel gets what it takes now, older answers first. False: the connection is
 * broken. */
static bool
write_now(struct tcp_conn *c, struct iovec *parts, size_t count, size_t *taken)
{
	if (!out_push(c))
		return false;
	return c->out_at < c->out_len || conn_write(c, parts, count, taken);
}

void
tcp_reply(struct tcp_conn *c, const uint8_t *bytes, size_t len)
{
	uint8_t prefix[TCP_PREFIX] = { (uint8_t)(len >> 8), (uint8_t)len };
	/* The cast drops const for sendmsg, which only reads. */
	struct iovec parts[2] = { { prefix, TCP_PREFIX },
		{ (void *)(uintptr_t)bytes, len } };
	size_t taken = 0;

	if (c->listener == NULL || FAILS(len > UINT16_MAX))
		return;
	c->listener->counters.replies++;
	/* While questions of one read are handed out, their answers are put together and
	 * leave in one piece afterwards. */
	bool later = c->processing && c->out_len - c->out_at + len <= TCP_CORK_MAX;
	if (!later && !write_now(c, parts, 2, &taken)) {
		conn_close(c);
	} else if (!out_keep(c, parts, 2, taken)) {
		c->listener->counters.slow_readers++;
		conn_close(c);
	}
	conn_settle(c);
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
	if (!out_push(c) || !fine || !in_keep(c, bytes + done, len - done))
		conn_close(c);
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
		conn_close(c);
}

static void
on_conn(void *ctx, int fd, bool readable, bool writable)
{
	struct tcp_conn *c = ctx;

	(void)fd;
	c->refs++; /* callbacks may end the connection */
	if (writable && !out_push(c))
		conn_close(c);
	else if (readable && may_read(c))
		conn_read(c);
	conn_settle(c);
	conn_release(c);
}

/* Connections that had stopped at questions_max. Not done in tcp_conn_unref itself, whose
 * caller has just ended one question and does not expect another from inside. */
static void
on_resume(void *ctx)
{
	struct tcp_listener *l = ctx;
	struct tcp_conn *c;

	while ((c = l->resume) != NULL) {
		c->refs++;
		resume_remove(c);
		memcpy(l->bytes, c->in, c->in_len);
		conn_process(c, c->in_len);
		conn_settle(c);
		conn_release(c);
	}
}

/* What ${c} holds back may go on now, in the next turn. */
static void
resume_later(struct tcp_conn *c)
{
	struct tcp_listener *l = c->listener;

	if (l == NULL || c->processing || c->in_len == 0 || c->in_resume)
		return;
	c->in_resume = true;
	c->resume_next = l->resume;
	l->resume = c;
	loop_timer_arm(l->resume_timer, 0);
}

/* ---- a connection's beginning --------------------------------------------- */

/* The host as per_addr_max counts it: an IPv6 subscriber has a whole /64 of addresses. */
static struct addr
host_of(const struct addr *client)
{
	return addr_mask(client, client->family == ADDR_V6 ? 64 : 32);
}

static bool
take_place(struct tcp_listener *l, const struct addr *host)
{
	debts_collect(l);
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

/* False: no memory. ${fd} stays the caller's then. */
static bool
conn_open(
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
	conn_settle(c);
	debts_collect(l); /* with one place less, everybody's time has shrunk */
	return true;
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
		} else if (!conn_open(l, fd, &client, &host)) {
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
	l->debt_timer = loop_timer_new(loop, debts_collect, l);
	l->accept_timer = loop_timer_new(loop, on_accept_again, l);
	l->resume_timer = loop_timer_new(loop, on_resume, l);
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
		resume_later(c);
		conn_settle(c);
	}
	debts_collect(l);
}

void
tcp_listener_free(struct tcp_listener *l)
{
	if (l == NULL)
		return;
	while (l->conns != NULL)
		conn_close(l->conns);
	listener_dismantle(l);
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
	resume_later(c);
	conn_settle(c);
	conn_release(c);
}

void
tcp_counters(const struct tcp_listener *l, struct tcp_counters *out)
{
	*out = l->counters;
}
