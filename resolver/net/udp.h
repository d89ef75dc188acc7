#ifndef NET_UDP_H
#define NET_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "resolver/net/loop.h"

/*
 * The UDP door for clients: batches by recvmmsg and sendmmsg, SO_REUSEPORT so that each
 * worker has a socket of its own, IP_PKTINFO so that the answer's source is the address
 * asked.
 */

#define UDP_BATCH	 32u
#define UDP_QUESTION_MAX 1232u /* longer datagrams are no questions: dropped, counted */
#define UDP_ANSWER_MAX	 4096u

/** Where an answer has to go, and from where: kept by value in whatever waits for it. */
struct udp_path {
	struct addr client;
	struct addr
	    local; /* the address asked (family ADDR_NONE: let the kernel choose) */
	uint32_t interface; /* its interface index, for link-local answers */
};
struct udp_datagram {
	struct udp_path path;
	const uint8_t *bytes; /* borrowed for the length of the callback */
	size_t len;
};

struct udp_listener;
/** Called with 1..UDP_BATCH datagrams. Answers go out through udp_reply, in the same
 * callback or later. */
typedef void udp_batch_fn(
    void *ctx, struct udp_listener *l, struct udp_datagram *batch, size_t count);

/** udp_bind(at, out_fd): a bound, non-blocking socket with SO_REUSEPORT and PKTINFO,
 * IPV6_V6ONLY, before privileges go. ERR_IO: errno. */
MUST_USE enum err udp_bind(const struct addr *at, int *out_fd);
/** udp_is_free(at): nobody is bound there, not even one who would share it with
 * SO_REUSEPORT as another daemon of the same user does. Asked before udp_bind. False:
 * errno. */
bool udp_is_free(const struct addr *at);
/** udp_listener_new(loop, fd, fn, ctx): takes ${fd}, on failure (NULL) too. */
struct udp_listener *udp_listener_new(
    struct loop *loop, int fd, udp_batch_fn *fn, void *ctx);
/** udp_listener_free(l): flushes and closes. Not from inside ${fn}. */
void udp_listener_free(struct udp_listener *l);
/**
 * udp_reply_buffer(l): room for UDP_ANSWER_MAX bytes in the send batch, to write an
 * answer in place; never NULL (a full batch is flushed first). udp_reply_commit(l, path,
 * len): queues what was written there. Without a commit the room is used again.
 */
uint8_t *udp_reply_buffer(struct udp_listener *l);
void udp_reply_commit(struct udp_listener *l, const struct udp_path *path, size_t len);
/** udp_flush(l): sendmmsg now; also done after each batch callback and to be called from
 * loop_on_turn. An answer longer than the interface takes in one piece goes with TC and
 * without its records (${cut}); what else the kernel does not take is dropped. Both are
 * counted. */
void udp_flush(struct udp_listener *l);

struct udp_counters {
	uint64_t received, sent, too_long, send_failed, cut, batches;
};
void udp_counters(const struct udp_listener *l, struct udp_counters *out);

/** udp_listener_bytes(): what one listener holds, buffers included, from first to last.
 */
size_t udp_listener_bytes(void);

#endif
