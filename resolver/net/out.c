#include "resolver/net/out.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "resolver/net/out_private.h"
#include "resolver/os/rng.h"

/*
 * The part that UDP (out_udp.c) and TCP (out_tcp.c) share: the queries themselves, from
 * out_send to their one callback.
 *
 * A query is on the list of those under way until it ends: by a reply, an error, its
 * timer, out_cancel or out_free. Ending takes it off its socket first and calls back
 * last, so that a callback may do anything: send, cancel, free. Ended queries are kept
 * for reuse, with their timers, and no memory is allocated once the busiest moment is
 * past.
 */

#define OUT_SPARE_MAX 4096u /* ended queries kept for reuse: 2.5 MB at most */

/* A timer, and what the loop and libevent keep for a descriptor, the allocator's part
 * included. */
#define OUT_TIMER_BYTES 96u
#define OUT_WATCH_BYTES 512u

static void
query_recycle(struct out_query *q)
{
	struct out *o = q->out;

	if (o->dead || o->spare_count >= OUT_SPARE_MAX) {
		loop_timer_free(q->timer);
		free(q);
		return;
	}
	q->next = o->spare;
	o->spare = q;
	o->spare_count++;
}

static void
list_remove(struct out_query *q)
{
	*q->back = q->next;
	if (q->next != NULL)
		q->next->back = q->back;
}

static void
list_insert(struct out *o, struct out_query *q)
{
	q->back = &o->active;
	q->next = o->active;
	if (q->next != NULL)
		q->next->back = &q->next;
	o->active = q;
}

/* Off its socket, timer and list: nothing will call for ${q} any more. */
static void
query_detach(struct out_query *q)
{
	loop_timer_disarm(q->timer);
	if (q->tcp)
		out_tcp_end(q);
	else
		out_udp_end(q);
	list_remove(q);
	q->active = false;
}

static void
memory_free(struct out *o)
{
	while (o->spare != NULL) {
		struct out_query *q = o->spare;
		o->spare = q->next;
		loop_timer_free(q->timer);
		free(q);
	}
	free(o);
}

/* enter(o) ... leave(o): ${o} stays in memory in between, whatever a callback does. */
static void
enter(struct out *o)
{
	o->depth++;
}

static void
leave(struct out *o)
{
	if (--o->depth == 0 && o->dead)
		memory_free(o);
}

void
out_query_end(
    struct out_query *q, enum out_result result, const uint8_t *bytes, size_t len)
{
	struct out *o = q->out;
	struct out_event event = { .result = result,
		.bytes = bytes,
		.len = len,
		.case_differed = q->case_differed,
		.cookie_doubt = q->cookie_doubt,
		.spoofs_seen = q->wrong >= OUT_WRONG_MAX };

	if (result == OUT_REPLY) {
		event.rtt_ms = (uint32_t)(loop_now(o->loop)->mono_ms - q->sent_ms);
		o->counters.replies++;
	} else if (result == OUT_TIMEOUT) {
		o->counters.timeouts++;
	} else {
		o->counters.network++;
	}
	query_detach(q);
	enter(o);
	q->fn(q->ctx, &event);
	query_recycle(q);
	leave(o);
}

static void
on_timeout(void *ctx)
{
	struct out_query *q = ctx;

	out_query_end(q, q->refused ? OUT_NETWORK : OUT_TIMEOUT, NULL, 0);
}

static struct out_query *
query_new(struct out *o)
{
	struct out_query *q = o->spare;

	if (q != NULL) {
		o->spare = q->next;
		o->spare_count--;
		return q;
	}
	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->out = o;
	if ((q->timer = loop_timer_new(o->loop, on_timeout, q)) == NULL) {
		free(q);
		return NULL;
	}
	return q;
}

static void
query_fill(struct out_query *q, const struct addr *to, bool tcp, const uint8_t *query,
    size_t len)
{
	uint16_t id = (uint16_t)rng_u32(q->out->rng);

	q->to = *to;
	q->tcp = tcp;
	q->len = len;
	q->wrong = 0;
	q->case_differed = q->refused = false;
	q->cookie_doubt = false;
	q->sent_ms = loop_now(q->out->loop)->mono_ms;
	memset(&q->conn, 0, sizeof(q->conn));
	q->conn.fd = -1;
	q->socket = NULL;
	q->bytes[0] = (uint8_t)(len >> 8);
	q->bytes[1] = (uint8_t)len;
	memcpy(out_query_message(q), query, len);
	out_query_message(q)[0] = (uint8_t)(id >> 8);
	out_query_message(q)[1] = (uint8_t)id;
}

enum err
out_send(struct out *o, const struct addr *to, bool tcp, const uint8_t *query, size_t len,
    uint32_t timeout_ms, out_fn *fn, void *ctx, struct out_query **handle)
{
	struct out_query *q;

	if (FAILS(len < OUT_HEADER_LEN) || FAILS(len > OUT_QUERY_MAX))
		return ERR_RANGE;
	if ((q = query_new(o)) == NULL)
		return ERR_NOMEM;
	q->fn = fn;
	q->ctx = ctx;
	query_fill(q, to, tcp, query, len);
	enum err error = tcp ? out_tcp_begin(q) : out_udp_begin(q);
	if (error != ERR_OK) {
		query_recycle(q);
		return error;
	}
	q->active = true;
	q->until_ms = q->sent_ms + timeout_ms;
	list_insert(o, q);
	loop_timer_arm(q->timer, timeout_ms);
	(*(tcp ? &o->counters.sent_tcp : &o->counters.sent_udp))++;
	*handle = q;
	return ERR_OK;
}

void
out_cancel(struct out_query *q)
{
	if (q == NULL || !q->active)
		return;
	query_detach(q);
	query_recycle(q);
}

struct out *
out_new(struct loop *loop, struct rng *rng, unsigned sockets)
{
	struct out *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->loop = loop;
	o->rng = rng;
	o->sockets = sockets > 0 ? sockets : 1;
	rng_bytes(rng, &o->key, sizeof(o->key));
	if (!out_udp_init(o)) {
		free(o);
		return NULL;
	}
	return o;
}

void
out_free(struct out *o)
{
	if (o == NULL)
		return;
	enter(o);
	while (o->active != NULL)
		out_cancel(o->active);
	out_udp_fini(o);
	o->dead = true;
	leave(o);
}

size_t
out_bytes_max(unsigned sockets)
{
	size_t udp = 2 * 2 * (size_t)sockets; /* two families, each up to twice as many */
	size_t queries = udp + sockets > OUT_SPARE_MAX ? udp + sockets : OUT_SPARE_MAX;

	return sizeof(struct out) +
	       queries * (sizeof(struct out_query) + OUT_TIMER_BYTES) +
	       udp * (out_udp_socket_bytes() + OUT_WATCH_BYTES) +
	       (size_t)sockets * (OUT_REPLY_MAX + OUT_WATCH_BYTES);
}

void
out_flush(struct out *o)
{
	out_udp_open_ahead(o);
}

void
out_counters(const struct out *o, struct out_counters *out)
{
	*out = o->counters;
}
