#ifndef NET_TCP_H
#define NET_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "resolver/net/loop.h"

/*
 * The TCP door for clients (RFC 7766): pipelining, answers out of order, limits
 * by number and by time. One listener socket per worker (SO_REUSEPORT); the limits on all
 * clients are shared through struct tcp_limits_shared.
 */

struct tcp_limits {
	uint32_t clients_max, per_addr_max,
	    questions_max; /* in all (this worker's share), an address, waiting on a
			      connection */
	uint32_t idle_ms;  /* shrinks linearly to 200 ms as places fill */
};

struct tcp_listener;
struct tcp_conn;
/** A whole question of ${conn}. The callback may answer at once or keep a reference
 * (tcp_conn_ref). */
typedef void tcp_question_fn(
    void *ctx, struct tcp_conn *conn, const uint8_t *bytes, size_t len);

MUST_USE enum err tcp_bind(const struct addr *at, int *out_fd);
struct tcp_listener *tcp_listener_new(struct loop *loop, int fd,
    const struct tcp_limits *limits, tcp_question_fn *fn, void *ctx);
void tcp_listener_set_limits(struct tcp_listener *l, const struct tcp_limits *limits);
/** tcp_listener_free(l): closes all connections; references stay valid objects, replies
 * to them go nowhere. */
void tcp_listener_free(struct tcp_listener *l);

/** tcp_conn_client(c) / tcp_conn_local(c): borrowed. */
const struct addr *tcp_conn_client(const struct tcp_conn *c);
const struct addr *tcp_conn_local(const struct tcp_conn *c);
/** tcp_conn_ref: one question of this connection is waiting; tcp_conn_unref: it was
 * answered or given up. */
struct tcp_conn *tcp_conn_ref(struct tcp_conn *c);
void tcp_conn_unref(struct tcp_conn *c);
/** tcp_reply(c, bytes, len): length prefix and message; copies what the kernel does not
 * take at once, bounded (a slow reader is closed). */
void tcp_reply(struct tcp_conn *c, const uint8_t *bytes, size_t len);

struct tcp_counters {
	uint64_t accepted, refused_full, refused_addr, questions, replies, timed_out,
	    slow_readers, open;
};
void tcp_counters(const struct tcp_listener *l, struct tcp_counters *out);

#endif
