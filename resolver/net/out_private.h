#ifndef NET_OUT_PRIVATE_H
#define NET_OUT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/siphash.h"
#include "resolver/net/loop.h"
#include "resolver/net/out.h"
#include "resolver/os/rng.h"

/*
 * What out.c, out_udp.c and out_tcp.c know of each other. Nobody else includes this.
 */

#define OUT_HEADER_LEN 12u
#define OUT_TCP_PREFIX 2u
#define OUT_REPLY_MAX  65535u
#define OUT_ROUTES     1024u

struct out_socket;

/* One query by TCP: connect, write ${bytes} with its prefix, read a prefix and its
 * message. */
struct out_conn {
	int fd;
	struct loop_fd *watch;
	size_t written;
	uint8_t prefix[OUT_TCP_PREFIX];
	uint8_t *reply;		/* room for ${reply_len}, once the prefix is known */
	size_t reply_len, have; /* ${have}: bytes read, the prefix's included */
};

struct out_query {
	struct out *out;
	struct out_query *next, **back;
	struct loop_timer *timer;
	out_fn *fn;
	void *ctx;
	struct addr to;
	uint64_t sent_ms;
	uint64_t until_ms; /* its timer */
	bool active, tcp, case_differed, cookie_doubt;
	bool refused; /* an ICMP error came */
	unsigned wrong;
	struct out_socket *socket; /* UDP */
	struct out_conn conn;	   /* TCP */
	size_t len;		   /* of the message */
	uint8_t bytes[OUT_TCP_PREFIX + OUT_QUERY_MAX];
};

/* The address that we have when we send to ${to}: what the routing table said lately. */
struct out_route {
	struct addr to, source; /* ${to.family} ADDR_NONE: empty */
	uint64_t learnt_ms;
};

/* The sockets of one family. */
struct out_pool {
	enum addr_family family;
	unsigned open, idle;
	struct out_socket **idle_sockets; /* room for ${out->sockets} */
	struct out_socket *all;
};

struct out {
	struct loop *loop;
	struct rng *rng;
	unsigned sockets, connections;
	unsigned depth; /* callbacks under way */
	bool dead;
	struct hashkey key;
	struct out_query *active, *spare;
	unsigned spare_count;
	struct out_pool pools[2];
	struct out_counters counters;
	struct out_route routes[OUT_ROUTES];
	uint8_t reply[OUT_REPLY_MAX];
};

static inline uint8_t *
out_query_message(struct out_query *q)
{
	return q->bytes + OUT_TCP_PREFIX;
}

/** out_query_end(q, result, bytes, len): takes ${q} off everything and calls back. ${q},
 * even its out, may be gone afterwards. */
void out_query_end(
    struct out_query *q, enum out_result result, const uint8_t *bytes, size_t len);

/** out_udp_socket_bytes(): one socket's memory, without what watches it. */
size_t out_udp_socket_bytes(void);
bool out_udp_init(struct out *o);
void out_udp_fini(struct out *o);
MUST_USE enum err out_udp_begin(struct out_query *q);
void out_udp_end(struct out_query *q);
void out_udp_open_ahead(struct out *o);

MUST_USE enum err out_tcp_begin(struct out_query *q);
void out_tcp_end(struct out_query *q);

#endif
