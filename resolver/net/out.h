#ifndef NET_OUT_H
#define NET_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "resolver/net/loop.h"
#include "resolver/os/rng.h"

/*
 * Queries to servers. UDP leaves by a large pool of sockets on random ports, each renewed
 * after some uses and connected anew for each query, so that the kernel itself drops what
 * comes from elsewhere; id and port come from the CSPRNG. A reply must have the sender,
 * port, id and question (case included) of its query; anything else is dropped and
 * counted and we go on waiting, up to OUT_WRONG_MAX. So is one whose cookie is not that
 * of its query, or that has none though the server gave us one before (wire/cookie.h):
 * after that the right one is awaited for OUT_COOKIE_GRACE_MS more. An
 * ICMP error is no reply either: the wait goes on for a while. TCP: a connection a
 * query; its sender is certain, so there the case of the question's name may differ (told
 * by case_differed).
 */

#define OUT_WRONG_MAX                                                                    \
	20u /* wrong replies to one query before UDP is not trusted with it (TuDoor,     \
	       Kaminsky) */
/* The real reply is under way at the same time as one that only guesses the rest. */
#define OUT_COOKIE_GRACE_MS 100u
#define OUT_QUERY_MAX	    512u /* longest query; QUERY_MAX of wire/msg.h is shorter */

struct out;
struct out_query;

enum out_result { OUT_REPLY, OUT_TIMEOUT, OUT_NETWORK };
struct out_event {
	enum out_result result;
	const uint8_t *bytes; /* REPLY: borrowed for the callback */
	size_t len;
	uint32_t rtt_ms;    /* REPLY */
	bool case_differed; /* replies matched but for the name's case */
	bool cookie_doubt;  /* TIMEOUT: replies matched but for the cookie */
	bool spoofs_seen;   /* OUT_WRONG_MAX was reached: the query was given up early
			       (OUT_TIMEOUT) */
};
/** Called once for each query that was sent and not cancelled, never from inside
 * out_send. */
typedef void out_fn(void *ctx, const struct out_event *event);

/**
 * out_new(loop, rng, sockets):
 * ${sockets} open UDP ports at most for each of IPv4 and IPv6, opened as they are needed.
 * Queries beyond that wait for none: they open one for themselves, up to twice that, then
 * ERR_LIMIT. As many TCP connections. Borrows ${rng}. NULL without memory.
 */
struct out *out_new(struct loop *loop, struct rng *rng, unsigned sockets);
/** out_free(o): cancels all queries; allowed inside a callback. */
void out_free(struct out *o);
/**
 * out_send(o, to, tcp, query, len, timeout_ms, fn, ctx, handle):
 * ${query}: a message whose id is filled in here (copied), a header at least.
 * ${timeout_ms} is for the whole exchange. ${*handle} is good until ${fn} has returned.
 * Errors: ERR_LIMIT (no socket left), ERR_IO (no route), ERR_NOMEM, ERR_RANGE (${len}):
 * then
 * ${fn} will not be called.
 */
MUST_USE enum err out_send(struct out *o, const struct addr *to, bool tcp,
    const uint8_t *query, size_t len, uint32_t timeout_ms, out_fn *fn, void *ctx,
    struct out_query **handle);
/** out_cancel(q): no callback will come; harmless inside the callback of ${q} itself. */
void out_cancel(struct out_query *q);
/** out_bytes_max(sockets): what an out_new with so many sockets can come to: replies by
 * TCP, most of all. */
size_t out_bytes_max(unsigned sockets);
/** out_flush(o): once a turn (loop_on_turn): opens a few sockets ahead, off any
 * question's way. */
void out_flush(struct out *o);

struct out_counters {
	uint64_t sent_udp, sent_tcp, replies, timeouts, network;
	uint64_t wrong_sender, wrong_id, wrong_question, wrong_case, wrong_cookie,
	    missing_cookie; /* dropped replies, by what was wrong first */
	uint64_t icmp;	    /* errors that came instead of replies */
	uint64_t late;	    /* came when nobody waited on that socket any more */
	uint64_t spoofs;    /* queries given up at OUT_WRONG_MAX */
	uint64_t sockets_opened, no_socket;
};
void out_counters(const struct out *o, struct out_counters *out);

#endif
