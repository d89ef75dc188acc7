#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "resolver/net/tcp_private.h"

/*
 * Step 4 of tcp.c: answers to the kernel, and what it does not take at once.
 */

#define TCP_CORK_MAX 16384u /* answers to one read are put together up to here */
#define TCP_OUT_MAX  (TCP_CORK_MAX + TCP_PREFIX + UINT16_MAX)
#define TCP_OUT_ALL_MAX                                                                  \
	(16u * 1024u * 1024u) /* of all connections together: 1,024 of 16 KB */
#define TCP_OUT_STEP 2048u

void
tcp_out_drop(struct tcp_conn *c)
{
	c->listener->out_bytes -= c->out_cap;
	free(c->out);
	c->out = NULL;
	c->out_at = c->out_len = c->out_cap = 0;
}

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

bool
tcp_out_push(struct tcp_conn *c)
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
		tcp_out_drop(c);
	return true;
}

/* The kernel gets what it takes now, older answers first. False: the connection is
 * broken. */
static bool
write_now(struct tcp_conn *c, struct iovec *parts, size_t count, size_t *taken)
{
	if (!tcp_out_push(c))
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
		tcp_conn_close(c);
	} else if (!out_keep(c, parts, 2, taken)) {
		c->listener->counters.slow_readers++;
		tcp_conn_close(c);
	}
	tcp_conn_settle(c);
}
