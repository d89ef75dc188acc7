#include "resolver/net/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "resolver/net/sock.h"
#include "resolver/wire/answer.h"

/*
 * One system call takes up to UDP_BATCH questions, one more gives their answers back.
 * Everything the two need is laid out once, when the listener is made; a batch
 * only touches lengths.
 *
 * A socket bound to one address answers from it by itself. A wildcard socket asks for the
 * destination of each datagram (IP_PKTINFO, RFC 3542 6.2) and sends the answer from
 * there; only such sockets pay for control messages.
 */

/* A full batch may be followed by others at once, but not by so many that replies of
 * servers wait for longer than a few hundred microseconds; the kernel keeps the rest. */
#define UDP_BATCHES_PER_WAKE 4u

/* At 50,000 questions a second 1 MB is 50 ms of them: longer than any pause of a worker.
 */
#define UDP_SOCKET_BUFFER (1024 * 1024)

/* One byte more than a question may have shows that there was more; strides are an odd
 * number of cache lines, so that the beginnings of all slots do not share one set of the
 * cache. */
#define UDP_RX_STRIDE (1280u + 64u)
#define UDP_TX_STRIDE (UDP_ANSWER_MAX + 64u)
_Static_assert(UDP_RX_STRIDE > UDP_QUESTION_MAX, "too long must be seen");

union udp_control {
	struct cmsghdr align;
	uint8_t v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	uint8_t v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp_slots {
	struct mmsghdr header[UDP_BATCH];
	struct iovec part[UDP_BATCH];
	struct sockaddr_storage peer[UDP_BATCH];
	union udp_control control[UDP_BATCH];
};

struct udp_listener {
	struct loop_fd *watch;
	int fd;
	bool wildcard;
	struct addr at; /* where it is bound */
	udp_batch_fn *fn;
	void *ctx;
	unsigned tx_count; /* answers that wait for udp_flush */
	struct udp_counters counters;
	struct udp_slots rx, tx;
	struct udp_datagram batch[UDP_BATCH];
	uint8_t rx_bytes[UDP_BATCH * UDP_RX_STRIDE];
	uint8_t tx_bytes[UDP_BATCH * UDP_TX_STRIDE];
};

static enum err
want_destination(int fd, enum addr_family family)
{
	if (family == ADDR_V6)
		return sock_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	return sock_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

enum err
udp_bind(const struct addr *at, int *out_fd)
{
	int fd;

	if (sock_open(at->family, SOCK_DGRAM, &fd) != ERR_OK)
		return ERR_IO;
	if (sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) != ERR_OK)
		goto fail;
	if (addr_is_unspecified(at) && want_destination(fd, at->family) != ERR_OK)
		goto fail;
	sock_no_fragments(fd, at->family);
	/* As much as sysctl net.core.[rw]mem_max lets us have. */
	sock_try(fd, SOL_SOCKET, SO_RCVBUF, UDP_SOCKET_BUFFER);
	sock_try(fd, SOL_SOCKET, SO_SNDBUF, UDP_SOCKET_BUFFER);
	if (sock_bind(fd, at) != ERR_OK)
		goto fail;
	*out_fd = fd;
	return ERR_OK;

fail:
	sock_close(fd);
	return ERR_IO;
}

bool
udp_is_free(const struct addr *at)
{
	enum err err;
	int fd;

	if (sock_open(at->family, SOCK_DGRAM, &fd) != ERR_OK)
		return false;
	err = sock_bind(fd, at);
	sock_close(fd);
	return err == ERR_OK;
}

static void
lay_out(struct udp_slots *s, uint8_t *bytes, size_t stride)
{
	for (size_t i = 0; i < UDP_BATCH; i++) {
		struct msghdr *m = &s->header[i].msg_hdr;
		s->part[i].iov_base = bytes + i * stride;
		m->msg_iov = &s->part[i];
		m->msg_iovlen = 1;
		m->msg_name = &s->peer[i];
	}
}

/* ---- in ------------------------------------------------------------------- */

static void
path_from_v4(struct udp_path *path, const struct cmsghdr *c)
{
	struct in_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	/* spec_dst and not addr: for a broadcast question it is an address that we may
	 * answer from */
	path->local.family = ADDR_V4;
	memcpy(path->local.bytes, &info.ipi_spec_dst, 4);
	path->interface = (uint32_t)info.ipi_ifindex;
}

static void
path_from_v6(struct udp_path *path, const struct cmsghdr *c)
{
	struct in6_pktinfo info;

	memcpy(&info, CMSG_DATA(c), sizeof(info));
	path->interface = info.ipi6_ifindex;
	if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr))
		return; /* cannot be a source: the kernel chooses */
	path->local.family = ADDR_V6;
	memcpy(path->local.bytes, &info.ipi6_addr, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
		path->local.scope = info.ipi6_ifindex;
}

static void
path_from_control(struct udp_path *path, const struct addr *at, struct msghdr *m)
{
	memset(&path->local, 0, sizeof(path->local));
	path->local.port = at->port;
	path->interface = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			path_from_v4(path, c);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			path_from_v6(path, c);
	}
}

static void
prepare_receive(struct udp_listener *l, size_t used)
{
	for (size_t i = 0; i < used; i++) {
		struct msghdr *m = &l->rx.header[i].msg_hdr;
		m->msg_namelen = sizeof(l->rx.peer[i]);
		if (l->wildcard) {
			m->msg_control = &l->rx.control[i];
			m->msg_controllen = sizeof(l->rx.control[i]);
		}
	}
}

/* Turns the first ${received} slots into ${l->batch}, without what is no question;
 * returns how many are left. */
static size_t
collect(struct udp_listener *l, size_t received)
{
	size_t count = 0;

	for (size_t i = 0; i < received; i++) {
		struct mmsghdr *h = &l->rx.header[i];
		struct udp_datagram *d = &l->batch[count];
		if (h->msg_len > UDP_QUESTION_MAX ||
		    (h->msg_hdr.msg_flags & MSG_TRUNC) != 0) {
			l->counters.too_long++;
			continue;
		}
		addr_from_sockaddr(
		    &d->path.client, (const struct sockaddr *)&l->rx.peer[i]);
		if (l->wildcard) {
			path_from_control(&d->path, &l->at, &h->msg_hdr);
		} else {
			d->path.local = l->at;
			d->path.interface = 0;
		}
		d->bytes = l->rx.part[i].iov_base;
		d->len = h->msg_len;
		count++;
	}
	return count;
}

static void
on_socket(void *ctx, int fd, bool readable, bool writable)
{
	struct udp_listener *l = ctx;

	(void)readable;
	(void)writable;
	for (unsigned i = 0; i < UDP_BATCHES_PER_WAKE; i++) {
		int n = recvmmsg(fd, l->rx.header, UDP_BATCH, MSG_DONTWAIT, NULL);
		if (n <= 0)
			return; /* nothing there, or an error that the next wake-up shows
				   again */
		l->counters.received += (uint64_t)n;
		l->counters.batches++;
		size_t count = collect(l, (size_t)n);
		if (count > 0)
			l->fn(l->ctx, l, l->batch, count);
		udp_flush(l);
		prepare_receive(l, (size_t)n);
		if ((unsigned)n < UDP_BATCH)
			return;
	}
}

struct udp_listener *
udp_listener_new(struct loop *loop, int fd, udp_batch_fn *fn, void *ctx)
{
	struct udp_listener *l = calloc(1, sizeof(*l));

	if (l == NULL)
		goto fail0;
	l->fd = fd;
	l->fn = fn;
	l->ctx = ctx;
	sock_local(fd, &l->at);
	l->wildcard = addr_is_unspecified(&l->at);
	lay_out(&l->rx, l->rx_bytes, UDP_RX_STRIDE);
	lay_out(&l->tx, l->tx_bytes, UDP_TX_STRIDE);
	for (size_t i = 0; i < UDP_BATCH; i++)
		l->rx.part[i].iov_len = UDP_QUESTION_MAX + 1;
	prepare_receive(l, UDP_BATCH);
	if ((l->watch = loop_fd_new(loop, fd, on_socket, l)) == NULL)
		goto fail1;
	return l;

fail1:
	free(l);
fail0:
	sock_close(fd);
	return NULL;
}

size_t
udp_listener_bytes(void)
{
	return sizeof(struct udp_listener);
}

void
udp_listener_free(struct udp_listener *l)
{
	if (l == NULL)
		return;
	udp_flush(l);
	loop_fd_free(l->watch);
	sock_close(l->fd);
	free(l);
}

/* ---- out ------------------------------------------------------------------ */

uint8_t *
udp_reply_buffer(struct udp_listener *l)
{
	if (l->tx_count == UDP_BATCH)
		udp_flush(l);
	return l->tx_bytes + l->tx_count * UDP_TX_STRIDE;
}

static size_t
control_v4(struct msghdr *m, const struct udp_path *path)
{
	struct in_pktinfo info = { .ipi_ifindex =
				       0 }; /* the routing table finds the way back */
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	memcpy(&info.ipi_spec_dst, path->local.bytes, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return CMSG_SPACE(sizeof(info));
}

static size_t
control_v6(struct msghdr *m, const struct udp_path *path)
{
	struct in6_pktinfo info;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	memset(&info, 0, sizeof(info));
	memcpy(&info.ipi6_addr, path->local.bytes, 16);
	/* A link-local address is one only together with its link. */
	if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
		info.ipi6_ifindex = path->interface;
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	return CMSG_SPACE(sizeof(info));
}

static void
set_source(struct msghdr *m, union udp_control *room, const struct udp_path *path)
{
	m->msg_control = room;
	m->msg_controllen = sizeof(*room);
	m->msg_controllen =
	    path->local.family == ADDR_V6 ? control_v6(m, path) : control_v4(m, path);
}

void
udp_reply_commit(struct udp_listener *l, const struct udp_path *path, size_t len)
{
	if (FAILS(l->tx_count == UDP_BATCH) || FAILS(len > UDP_ANSWER_MAX))
		return;
	unsigned i = l->tx_count++;
	struct msghdr *m = &l->tx.header[i].msg_hdr;
	l->tx.part[i].iov_len = len;
	m->msg_namelen = addr_to_sockaddr(&path->client, &l->tx.peer[i]);
	m->msg_control = NULL;
	m->msg_controllen = 0;
	if (l->wildcard && path->local.family != ADDR_NONE)
		set_source(m, &l->tx.control[i], path);
}

/* Longer than the interface takes in one piece (sock_no_fragments): with TC alone its
 * client comes by TCP, where silence would have it ask the same in vain for ever. */
static bool
cut(struct udp_listener *l, unsigned i)
{
	size_t len = l->tx.part[i].iov_len;

	l->tx.part[i].iov_len = answer_cut(l->tx.part[i].iov_base, len);
	return l->tx.part[i].iov_len < len;
}

/*
 * sendmmsg stops at the first datagram that fails and tells its error in the next call:
 * that one is cut if it is too long, or left out (no route), and the others go on. With
 * a full socket buffer all that is left would fail: dropped, as the network itself would.
 */
void
udp_flush(struct udp_listener *l)
{
	unsigned done = 0;

	while (done < l->tx_count) {
		int n = sendmmsg(
		    l->fd, l->tx.header + done, l->tx_count - done, MSG_DONTWAIT);
		if (n > 0) {
			l->counters.sent += (unsigned)n;
			done += (unsigned)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && errno == EMSGSIZE && cut(l, done)) {
			l->counters.cut++;
		} else if (n < 0 && errno != EAGAIN && errno != ENOBUFS) {
			l->counters.send_failed++;
			done++;
		} else {
			l->counters.send_failed += l->tx_count - done;
			break;
		}
	}
	l->tx_count = 0;
}

void
udp_counters(const struct udp_listener *l, struct udp_counters *out)
{
	*out = l->counters;
}
