#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "resolver/net/out_private.h"
#include "resolver/net/sock.h"
#include "resolver/wire/cookie.h"
#include "resolver/wire/msg.h"

/*
 * Queries by UDP. What an attacker off the path has to guess is the port and the id (RFC
 * 5452 9), besides the case of the name and a cookie; what one query may cost is three
 * system calls and its part of an epoll_wait: connect, send, recvfrom. A fresh socket a
 * query would need five more (measured: 9 us against 16).
 *
 * 1. A pool has up to ${sockets} sockets, each bound to a port drawn from 1024..65535,
 * and in epoll for as long as it lives. A socket carries one query at a time.
 * 2. A query draws one of ${sockets} places: an idle socket stands in it, or a fresh one
 *    is opened. So the choice is never among fewer than ${sockets} ports, even at the
 * start.
 * 3. A socket is retired by lot after each use, once in OUT_USES_MEAN times, and when
 *    it is older than OUT_AGE_MS: whoever has seen a port in use, say in queries for his
 * own zone, does not know whether it is one still.
 * 4. connect(2) makes the kernel drop what other addresses and ports send (and turns a
 *    port unreachable into ECONNREFUSED: step 6). Datagrams may have been queued before
 * it, for an earlier query: so the sender is compared here too, then id and question,
 * then the cookie. What comes while a socket is idle is read and thrown away.
 * 5. The first connect of a socket fixes its source address, and Linux keeps that in
 * later ones, even if another interface leads to the new server. So we remember which
 * source the routing table chose for a server (struct out_route, for OUT_ROUTE_MS); when
 * it is another or not known, the old association is dissolved first (connect to
 * AF_UNSPEC, which keeps the port), and the kernel chooses again.
 * 6. An ICMP error is no reply: whoever guesses a port can forge it, without the id (SAD
 *    DNS, CCS 2020, is about what ICMP tells). We go on waiting, OUT_REFUSED_MS more at
 *    most, so that a server that is really not there costs little; only then it ends the
 *    query.
 */

#define OUT_USES_MEAN 32u /* a new socket costs 10 to 20 us: about 0.5 us a query */
#define OUT_AGE_MS    300000u
#define OUT_ROUTE_MS  60000u
#define OUT_PORT_MIN  1024u
#define OUT_PORT_TRIES                                                                   \
	16u /* with half of all ports taken, all of 16 are in one of 65,536 */
#define OUT_REFUSED_MS                                                                   \
	200u		 /* as long as the shortest wait for a server: cache/servers.c */
#define OUT_READS_MAX 8u /* datagrams of one socket in one turn */
#define OUT_AHEAD     4u /* sockets opened ahead in one turn */

struct out_socket {
	struct out *out;
	struct out_pool *pool;
	struct out_socket *next, **back;
	struct loop_fd *watch;
	int fd;
	bool extra; /* beyond ${sockets}: for one query only */
	uint64_t born_ms;
	struct addr source;	 /* ADDR_NONE: not connected yet */
	struct out_query *query; /* NULL: idle */
};

static void on_socket(void *ctx, int fd, bool readable, bool writable);

/* ---- sockets (steps 1 to 3) ----------------------------------------------- */

static struct out_pool *
pool_of(struct out *o, const struct addr *to)
{
	return &o->pools[to->family == ADDR_V6 ? 1 : 0];
}

static enum err
bind_random(struct out *o, enum addr_family family, int fd)
{
	struct addr at = { .family = (uint8_t)family };

	for (unsigned i = 0; i < OUT_PORT_TRIES; i++) {
		at.port =
		    (uint16_t)(OUT_PORT_MIN + rng_below(o->rng, 65536u - OUT_PORT_MIN));
		if (sock_bind(fd, &at) == ERR_OK)
			return ERR_OK;
		if (errno != EADDRINUSE && errno != EACCES)
			break;
	}
	return ERR_IO;
}

static struct out_socket *
socket_open(struct out *o, struct out_pool *pool)
{
	struct out_socket *s = calloc(1, sizeof(*s));

	if (s == NULL)
		goto fail0;
	if (sock_open(pool->family, SOCK_DGRAM, &s->fd) != ERR_OK)
		goto fail1;
	sock_no_fragments(s->fd, pool->family);
	if (bind_random(o, pool->family, s->fd) != ERR_OK)
		goto fail2;
	if ((s->watch = loop_fd_new(o->loop, s->fd, on_socket, s)) == NULL)
		goto fail2;
	s->out = o;
	s->pool = pool;
	s->born_ms = loop_now(o->loop)->mono_ms;
	s->extra = pool->open >= o->sockets;
	s->back = &pool->all;
	s->next = pool->all;
	if (s->next != NULL)
		s->next->back = &s->next;
	pool->all = s;
	pool->open++;
	o->counters.sockets_opened++;
	return s;

fail2:
	sock_close(s->fd);
fail1:
	free(s);
fail0:
	o->counters.no_socket++;
	return NULL;
}

static void
socket_close(struct out_socket *s)
{
	*s->back = s->next;
	if (s->next != NULL)
		s->next->back = s->back;
	s->pool->open--;
	loop_fd_free(s->watch);
	sock_close(s->fd);
	free(s);
}

static struct out_socket *
idle_take(struct out_pool *pool, unsigned at)
{
	struct out_socket *s = pool->idle_sockets[at];

	pool->idle_sockets[at] = pool->idle_sockets[--pool->idle];
	return s;
}

/* Step 3. ${s} carries no query and is not among the idle ones. */
static void
socket_rest(struct out_socket *s)
{
	struct out *o = s->out;
	struct out_pool *pool = s->pool;

	if (s->extra || pool->idle == o->sockets || rng_below(o->rng, OUT_USES_MEAN) == 0)
		socket_close(s);
	else
		pool->idle_sockets[pool->idle++] = s;
}

/* Step 2. */
static enum err
socket_draw(struct out *o, struct out_pool *pool, struct out_socket **out)
{
	unsigned place = rng_below(o->rng, o->sockets);
	uint64_t now_ms = loop_now(o->loop)->mono_ms;

	/* No fresh one beyond ${sockets} while there are idle ones. */
	if (place >= pool->idle && pool->open >= o->sockets && pool->idle > 0)
		place = rng_below(o->rng, pool->idle);
	if (place < pool->idle) {
		struct out_socket *s = idle_take(pool, place);
		if (now_ms - s->born_ms < OUT_AGE_MS) {
			*out = s;
			return ERR_OK;
		}
		socket_close(s);
	}
	if (pool->open >= 2 * o->sockets)
		return ERR_LIMIT;
	if ((*out = socket_open(o, pool)) != NULL)
		return ERR_OK;
	return sock_is_shortage(errno) ? ERR_LIMIT : ERR_IO;
}

/* ---- sending (steps 4 and 5) ---------------------------------------------- */

static struct out_route *
route_slot(struct out *o, const struct addr *to)
{
	struct addr host = *to;

	host.port = 0;
	return &o->routes[addr_hash(&o->key, &host) % OUT_ROUTES];
}

static bool
route_known(const struct out *o, const struct out_route *r, const struct addr *to)
{
	return r->to.family != ADDR_NONE && addr_same_host(&r->to, to) &&
	       loop_now(o->loop)->mono_ms - r->learnt_ms < OUT_ROUTE_MS;
}

/* Keeps the port: it was bound on purpose (SOCK_BINDPORT_LOCK). */
static void
dissolve(struct out_socket *s)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	(void)connect(s->fd, &none, sizeof(none));
	s->source.family = ADDR_NONE;
}

static enum err
socket_connect(struct out_socket *s, const struct addr *to)
{
	struct out *o = s->out;
	struct out_route *route = route_slot(o, to);
	bool known = route_known(o, route, to);
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, &sa);

	if (s->source.family != ADDR_NONE &&
	    !(known && addr_same_host(&s->source, &route->source)))
		dissolve(s);
	if (connect(s->fd, (const struct sockaddr *)&sa, len) != 0)
		return ERR_IO;
	if (s->source.family != ADDR_NONE)
		return ERR_OK;
	if (!known) {
		route->to = *to;
		route->learnt_ms = loop_now(o->loop)->mono_ms;
		sock_local(s->fd, &route->source);
	}
	s->source = route->source;
	return ERR_OK;
}

/* An error that an earlier query left on the socket comes out first, once: hence two
 * tries. */
static enum err
socket_send(struct out_socket *s, const uint8_t *bytes, size_t len)
{
	for (unsigned tries = 0; tries < 2; tries++) {
		if (send(s->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
			return ERR_OK;
	}
	return ERR_IO;
}

enum err
out_udp_begin(struct out_query *q)
{
	struct out *o = q->out;
	struct out_socket *s;
	enum err error = socket_draw(o, pool_of(o, &q->to), &s);

	if (error != ERR_OK)
		return error;
	if (socket_connect(s, &q->to) != ERR_OK ||
	    socket_send(s, out_query_message(q), q->len) != ERR_OK) {
		/* The route may have changed, or its interface be gone: learn it anew. */
		route_slot(o, &q->to)->to.family = ADDR_NONE;
		socket_close(s);
		return ERR_IO;
	}
	s->query = q;
	q->socket = s;
	return ERR_OK;
}

void
out_udp_end(struct out_query *q)
{
	struct out_socket *s = q->socket;

	q->socket = NULL;
	s->query = NULL;
	socket_rest(s);
}

/* ---- receiving ------------------------------------------------------------ */

enum verdict { VERDICT_REPLY, VERDICT_WRONG };

/* Whoever sent that has guessed or seen all the rest, or the server has lost its cookies:
 * TCP will tell. */
static void
doubt(struct out_query *q)
{
	uint64_t now_ms = loop_now(q->out->loop)->mono_ms;

	if (!q->cookie_doubt && now_ms + OUT_COOKIE_GRACE_MS < q->until_ms)
		loop_timer_arm(q->timer, OUT_COOKIE_GRACE_MS);
	q->cookie_doubt = true;
}

/* All but the cookie is that of ${q}. */
static enum verdict
judge_cookie(struct out_query *q, const uint8_t *bytes, size_t len)
{
	struct out_counters *count = &q->out->counters;

	switch (cookie_match(bytes, len, out_query_message(q), q->len)) {
	case COOKIE_MATCHES:
		return VERDICT_REPLY;
	case COOKIE_MATCH_NOT:
		count->wrong_cookie++;
		break;
	case COOKIE_MATCH_MISSING:
		count->missing_cookie++;
		break;
	}
	doubt(q);
	return VERDICT_WRONG;
}

static enum verdict
judge(struct out_query *q, const struct addr *from, const uint8_t *bytes, size_t len)
{
	struct out_counters *count = &q->out->counters;
	const uint8_t *query = out_query_message(q);

	if (!addr_equal(from, &q->to)) {
		count->wrong_sender++;
		return VERDICT_WRONG;
	}
	switch (msg_match(bytes, len, query, q->len)) {
	case MSG_MATCH:
		return judge_cookie(q, bytes, len);
	case MSG_MATCH_CASE_DIFFERS:
		count->wrong_case++;
		q->case_differed = true;
		return VERDICT_WRONG;
	case MSG_MATCH_NOT:
		break;
	}
	bool same_id = len >= 2 && memcmp(bytes, query, 2) == 0;
	(*(same_id ? &count->wrong_question : &count->wrong_id))++;
	return VERDICT_WRONG;
}

/* Step 6. */
static void
note_refusal(struct out_query *q)
{
	uint64_t now_ms = loop_now(q->out->loop)->mono_ms;

	q->out->counters.icmp++;
	if (q->refused)
		return;
	q->refused = true;
	if (q->until_ms > now_ms + OUT_REFUSED_MS)
		loop_timer_arm(q->timer, OUT_REFUSED_MS);
}

/* False: ${s} has nothing more to read for now, or is not ours any more. */
static bool
read_one(struct out_socket *s)
{
	struct out *o = s->out;
	struct out_query *q = s->query;
	struct sockaddr_storage sa;
	socklen_t sa_len = sizeof(sa);
	struct addr from;
	ssize_t n = recvfrom(s->fd, o->reply, sizeof(o->reply), MSG_DONTWAIT,
	    (struct sockaddr *)&sa, &sa_len);

	if (q == NULL) {
		o->counters.late += n >= 0;
		return n >= 0;
	}
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			note_refusal(q);
		return false;
	}
	addr_from_sockaddr(&from, (const struct sockaddr *)&sa);
	if (judge(q, &from, o->reply, (size_t)n) == VERDICT_REPLY) {
		out_query_end(q, OUT_REPLY, o->reply, (size_t)n);
		return false;
	}
	if (++q->wrong < OUT_WRONG_MAX)
		return true;
	o->counters.spoofs++;
	out_query_end(q, OUT_TIMEOUT, NULL, 0);
	return false;
}

static void
on_socket(void *ctx, int fd, bool readable, bool writable)
{
	(void)fd;
	(void)readable;
	(void)writable;
	for (unsigned i = 0; i < OUT_READS_MAX; i++) {
		if (!read_one(ctx))
			return;
	}
}

/* ---- the pools ------------------------------------------------------------ */

size_t
out_udp_socket_bytes(void)
{
	return sizeof(struct out_socket);
}

bool
out_udp_init(struct out *o)
{
	o->pools[0].family = ADDR_V4;
	o->pools[1].family = ADDR_V6;
	for (unsigned i = 0; i < 2; i++) {
		o->pools[i].idle_sockets =
		    calloc(o->sockets, sizeof(struct out_socket *));
		if (o->pools[i].idle_sockets == NULL) {
			out_udp_fini(o);
			return false;
		}
	}
	return true;
}

void
out_udp_fini(struct out *o)
{
	for (unsigned i = 0; i < 2; i++) {
		while (o->pools[i].all != NULL)
			socket_close(o->pools[i].all);
		o->pools[i].idle = 0;
		free(o->pools[i].idle_sockets);
		o->pools[i].idle_sockets = NULL;
	}
}

/* A pool that has been used is filled up, a few sockets a turn, so that retired ones are
 * replaced while nobody waits. */
void
out_udp_open_ahead(struct out *o)
{
	for (unsigned i = 0; i < 2; i++) {
		struct out_pool *pool = &o->pools[i];
		for (unsigned n = 0;
		     n < OUT_AHEAD && pool->open > 0 && pool->open < o->sockets; n++) {
			struct out_socket *s = socket_open(o, pool);
			if (s == NULL)
				break;
			pool->idle_sockets[pool->idle++] = s;
		}
	}
}
