#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "resolver/net/loop.h"
#include "resolver/net/places.h"

/*
 * The TCP door for clients (RFC 7766): pipelining, answers out of order, limits by number
 * and by time. One listener socket per worker (SO_REUSEPORT); who is in is counted for
 * all of them together (places.h).
 */

struct tcp_limits {
	uint32_t clients_max;	/* open connections, all listeners together */
	uint32_t per_addr_max;	/* of one IPv4 address, of one IPv6 /64 */
	uint32_t questions_max; /* waiting on one connection; we read no further then */
	uint32_t idle_ms;	/* shrinks linearly to 200 ms as places fill */
};

struct tcp_listener;
struct tcp_conn;
/** A whole question of ${conn}. The callback may answer at once or keep a reference
 * (tcp_conn_ref). */
typedef void tcp_question_fn(
    void *ctx, struct tcp_conn *conn, const uint8_t *bytes, size_t len);

/** tcp_bind(at, out_fd): a bound and listening socket, before privileges go. ERR_IO:
 * errno. */
MUST_USE enum err tcp_bind(const struct addr *at, int *out_fd);
/** tcp_listener_new(loop, fd, limits, places, fn, ctx): takes ${fd}, on failure (NULL)
 * too. Borrows ${places}, which outlives it; NULL: it counts for itself. */
struct tcp_listener *tcp_listener_new(struct loop *loop, int fd,
    const struct tcp_limits *limits, struct places *places, tcp_question_fn *fn,
    void *ctx);
/** tcp_listener_set_limits(l, limits): copies; in force at once. */
void tcp_listener_set_limits(struct tcp_listener *l, const struct tcp_limits *limits);
/** tcp_listener_free(l): closes all connections; references stay valid objects, replies
 * to them go nowhere. Not from inside ${fn}. */
void tcp_listener_free(struct tcp_listener *l);

/** tcp_conn_client(c) / tcp_conn_local(c): borrowed. */
const struct addr *tcp_conn_client(const struct tcp_conn *c);
const struct addr *tcp_conn_local(const struct tcp_conn *c);
/** tcp_conn_ref: one question of this connection is waiting; tcp_conn_unref: it was
 * answered or given up. The object may be gone after the last one. */
struct tcp_conn *tcp_conn_ref(struct tcp_conn *c);
void tcp_conn_unref(struct tcp_conn *c);
/** tcp_reply(c, bytes, len): length prefix and message; copies what the kernel does not
 * take at once, bounded (a slow reader is closed). From inside the callback, or with a
 * reference. */
void tcp_reply(struct tcp_conn *c, const uint8_t *bytes, size_t len);

struct tcp_counters {
	uint64_t accepted, refused_full, refused_addr, questions, replies, timed_out,
	    slow_readers, open;
};
void tcp_counters(const struct tcp_listener *l, struct tcp_counters *out);

#endif
