#include "tests/unit/serve_help.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/os/clock.h"

/* ---- the invented clock: this file is linked instead of resolver/os/clock.c ---- */

static _Atomic uint64_t passed_ms;
static _Atomic uint64_t cpu_looks; /* each look at the CPU's clock finds it further */

void
clock_now(struct now *out)
{
	uint64_t ms = atomic_load(&passed_ms);

	out->mono_ms = 1000000 + ms;
	out->wall_ms = (int64_t)(INT64_C(1795000000000) + (int64_t)ms);
}

uint64_t
clock_cpu_ns(void)
{
	return atomic_fetch_add(&cpu_looks, 1) + 1;
}

/* ---- sockets ---- */

static struct addr
addr_at(const char *host, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_from_text(host, port, &a), ERR_OK);
	return a;
}

static struct addr
addr_of(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct addr a;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&a, (const struct sockaddr *)&sa);
	return a;
}

static int
socket_at(const char *host, int type)
{
	struct addr a = addr_at(host, 0);
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&a, &sa);
	int fd = socket(a.family == ADDR_V4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

static void
await_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	while ((n = poll(&p, 1, HOUSE_WAIT_MS)) < 0 && errno == EINTR)
		;
	assert_int_equal(n, 1);
}

static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* ---- the house ---- */

static void
on_line(void *ctx, const char *line)
{
	struct house *h = ctx;

	pthread_mutex_lock(&h->lock);
	if (h->line_count < HOUSE_LINES)
		snprintf(h->lines[h->line_count], sizeof(h->lines[0]), "%s", line);
	h->line_count++;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

void
house_write_file(char path[HOUSE_PATH_MAX], const char *text)
{
	int fd = mkstemp(strcpy(path, "/tmp/sekisho-test.XXXXXX"));

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* As a file, since that is how an operator says it. Servers sign nothing unless the test
 * speaks of validation. */
static struct conf *
conf_of_text(const char *text)
{
	static const char *const unsigned_world = "resolver.validation=false";
	char path[HOUSE_PATH_MAX];
	struct conf_errors *errors = calloc(1, sizeof(*errors));
	struct conf *conf = NULL;

	assert_non_null(errors);
	house_write_file(path, text);
	if (conf_load(path, &unsigned_world, strstr(text, "validation:") == NULL, errors,
		&conf) != ERR_OK)
		fail_msg("%s", errors->errors[0].text);
	unlink(path);
	free(errors);
	return conf;
}

struct conf *
house_conf(const struct house *h, const char *options)
{
	char text[8192], at[ADDR_TEXT_MAX], where[256] = "", hints[HOUSE_PATH_MAX] = "";
	struct conf *conf;

	if (h->authority >= 0) {
		snprintf(where, sizeof(where),
		    "zones: [{name: \".\", kind: forward, only: true, servers: "
		    "[\"%s\"]}]",
		    addr_to_text(&h->authority_at, at));
	} else if (strstr(options, "resolver: {") == NULL) {
		/* The one root server has an address that nobody here can ask. */
		house_write_file(
		    hints, ". 1 IN NS r.example.\nr.example. 1 IN AAAA 2001:db8::1\n");
		snprintf(where, sizeof(where),
		    "resolver: {root-hints: \"%s\", ipv6: false}", hints);
	}
	assert_in_range(
	    snprintf(text, sizeof(text),
		"%s\nserver: {listen: [\"127.0.0.1@5300\"], %s\n", where,
		strncmp(options, "server: {", 9) == 0 ? options + 9 : "journal: \"\"}\n"),
	    1, sizeof(text) - 1);
	if (strncmp(options, "server: {", 9) != 0)
		strncat(text, options, sizeof(text) - strlen(text) - 1);
	conf = conf_of_text(text);
	if (hints[0] != '\0')
		unlink(hints);
	conf->listen[0].port = 0; /* any free one */
	return conf;
}

struct addr
house_door(struct doors *doors)
{
	return addr_of(doors_of(doors, 0)->udp[0]);
}

static void
start(struct house *h, const char *options)
{
	char error[DOORS_ERROR_MAX];
	struct conf *conf = house_conf(h, options);
	struct doors *doors = doors_open(conf, 1, error);

	if (doors == NULL)
		fail_msg("%s", error);
	h->udp_at = house_door(doors);
	h->tcp_at = addr_of(doors_of(doors, 0)->tcp[0]);
	h->shared = shared_new(conf, 1);
	assert_non_null(h->shared);
	journal_listen(h->shared->journal, on_line, h);
	h->worker = worker_new(h->shared, doors_of(doors, 0));
	assert_non_null(h->worker);
	doors_free(doors);
	assert_int_equal(worker_start(h->worker), ERR_OK);
}

static void
prepare(struct house *h)
{
	memset(h, 0, sizeof(*h));
	atomic_store(&passed_ms, 0);
	h->authority = -1;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
}

void
house_open(struct house *h, const char *options)
{
	prepare(h);
	h->authority = socket_at("127.0.0.1", SOCK_DGRAM);
	h->authority_at = addr_of(h->authority);
	start(h, options);
}

void
house_open_alone(struct house *h, const char *options)
{
	prepare(h);
	start(h, options);
}

void
house_close(struct house *h)
{
	worker_stop(h->worker);
	worker_free(h->worker);
	shared_free(h->shared);
	if (h->authority >= 0)
		close(h->authority);
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
}

void
house_swap(struct house *h, const char *options)
{
	struct policy *p = policy_new(house_conf(h, options));

	assert_non_null(p);
	shared_swap(h->shared, p);
	worker_wake(h->worker);
}

void
house_pass(struct house *h, uint32_t ms)
{
	atomic_fetch_add(&passed_ms, ms);
	worker_wake(h->worker);
}

void
house_stats(struct house *h, struct worker_stats *out)
{
	uint64_t before = atomic_load(&cpu_looks);

	/* A worker that is kept from its CPU does not answer in time: ask again. */
	for (int tries = 0; tries < HOUSE_WAIT_MS / 200; tries++) {
		worker_stats(h->worker, out);
		if (out->cpu_ns > before)
			return;
	}
	fail_msg("the worker tells no figures");
}

/* Each look is a message to the worker and back. */
static void
await_figure(struct house *h, uint64_t (*figure)(const struct worker_stats *, int),
    int which, uint64_t value)
{
	struct worker_stats s;

	for (int tries = 0; tries < HOUSE_WAIT_MS; tries++) {
		house_stats(h, &s);
		if (figure(&s, which) >= value)
			break;
		sched_yield();
	}
	assert_int_equal(figure(&s, which), value);
}

static uint64_t
figure_count(const struct worker_stats *s, int which)
{
	return s->serve[which];
}

static uint64_t
figure_waiting(const struct worker_stats *s, int which)
{
	(void)which;
	return s->waiting;
}

void
house_await(struct house *h, enum serve_counter which, uint64_t value)
{
	await_figure(h, figure_count, (int)which, value);
}

void
house_await_waiting(struct house *h, uint64_t value)
{
	await_figure(h, figure_waiting, 0, value);
}

/* Wakes with each new line; false: none came for too long. The lock is held. */
static bool
await_next_line(struct house *h)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HOUSE_WAIT_MS / 1000;
	return pthread_cond_timedwait(&h->changed, &h->lock, &until) == 0;
}

void
house_await_lines(struct house *h, unsigned count)
{
	pthread_mutex_lock(&h->lock);
	while (h->line_count < count && await_next_line(h))
		;
	assert_int_equal(h->line_count, count);
	pthread_mutex_unlock(&h->lock);
}

const char *
house_await_line(struct house *h, const char *part)
{
	const char *found = NULL;
	unsigned i = 0;

	pthread_mutex_lock(&h->lock);
	do {
		for (; found == NULL && i < h->line_count && i < HOUSE_LINES; i++)
			if (strstr(h->lines[i], part) != NULL)
				found = h->lines[i];
	} while (found == NULL && await_next_line(h));
	assert_non_null(found);
	pthread_mutex_unlock(&h->lock);
	return found;
}

/* ---- clients ---- */

static int
connect_from(const char *host, int type, const struct addr *to)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, &sa);
	int fd = socket_at(host, type);

	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

int
client_open(const struct house *h, const char *host)
{
	return connect_from(host, SOCK_DGRAM, &h->udp_at);
}

int
client_open_tcp(const struct house *h, const char *host)
{
	return connect_from(host, SOCK_STREAM, &h->tcp_at);
}

void
client_send(int fd, const uint8_t *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

void
client_take(int fd, struct packet *p)
{
	ssize_t n;

	await_readable(fd);
	n = recv(fd, p->bytes, sizeof(p->bytes), 0);
	assert_true(n >= 12);
	p->len = (size_t)n;
}

static void
read_whole(int fd, uint8_t *out, size_t len)
{
	for (size_t have = 0; have < len;) {
		ssize_t n;

		await_readable(fd);
		n = recv(fd, out + have, len - have, 0);
		assert_true(n > 0);
		have += (size_t)n;
	}
}

void
client_take_tcp(int fd, struct packet *p)
{
	uint8_t head[2];

	read_whole(fd, head, sizeof(head));
	p->len = (size_t)head[0] << 8 | head[1];
	assert_in_range(p->len, 12, sizeof(p->bytes));
	read_whole(fd, p->bytes, p->len);
}

bool
client_is_idle(const struct house *h, int fd)
{
	int other = client_open(h, "127.0.0.250");
	struct packet p;

	/* Behind all that was asked before: its answer says that those are through. */
	client_ask(other, &p, HEAD("\xee\xee", RD, "\0") "\x09localhost\0" A_IN);
	close(other);
	return !is_readable(fd);
}

/* ---- the authority ---- */

void
authority_take(struct house *h, struct packet *p)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	ssize_t n;

	await_readable(h->authority);
	n = recvfrom(
	    h->authority, p->bytes, sizeof(p->bytes), 0, (struct sockaddr *)&sa, &len);
	assert_true(n > 12);
	p->len = (size_t)n;
	addr_from_sockaddr(&p->from, (const struct sockaddr *)&sa);
}

bool
authority_is_idle(const struct house *h)
{
	return !is_readable(h->authority);
}

/* Header and question are as long as the name says. */
static size_t
question_end(const struct packet *p)
{
	size_t at = 12;

	while (at < p->len && p->bytes[at] != 0)
		at += p->bytes[at] + 1u;
	assert_true(at + 5 <= p->len);
	return at + 5;
}

void
authority_give(struct house *h, const struct packet *query, uint16_t flags,
    uint16_t answers, const uint8_t *records, size_t len)
{
	size_t end = question_end(query);
	struct sockaddr_storage sa;
	socklen_t sa_len = addr_to_sockaddr(&query->from, &sa);
	uint8_t reply[PACKET_MAX];

	assert_true(end + len <= sizeof(reply));
	memcpy(reply, query->bytes, end);
	memcpy(reply + end, records, len);
	reply[2] = (uint8_t)(flags >> 8);
	reply[3] = (uint8_t)flags;
	memcpy(reply + 4, "\0\1\0\0\0\0\0\0", 8);
	reply[6] = (uint8_t)(answers >> 8);
	reply[7] = (uint8_t)answers;
	assert_int_equal(
	    sendto(h->authority, reply, end + len, 0, (struct sockaddr *)&sa, sa_len),
	    end + len);
}

/* ---- what is in a packet ---- */

static unsigned
u16_at(const struct packet *p, size_t at)
{
	assert_true(at + 2 <= p->len);
	return (unsigned)p->bytes[at] << 8 | p->bytes[at + 1];
}

unsigned
packet_id(const struct packet *p)
{
	return u16_at(p, 0);
}

unsigned
packet_flags(const struct packet *p)
{
	return u16_at(p, 2);
}

unsigned
packet_rcode(const struct packet *p)
{
	return packet_flags(p) & 15;
}

unsigned
packet_answers(const struct packet *p)
{
	return u16_at(p, 6);
}

unsigned
packet_ttl(const struct packet *p)
{
	size_t at = question_end(p) + 6;

	return u16_at(p, at) << 16 | u16_at(p, at + 2);
}

/* Where the OPT begins: our answers have it last, and its rdata reaches to the end. 0:
 * none. */
static size_t
opt_at(const struct packet *p)
{
	for (size_t at = p->len - 11; at >= 12; at--)
		if (memcmp(p->bytes + at, "\0\0\x29", 3) == 0 &&
		    at + 11 + u16_at(p, at + 9) == p->len)
			return at;
	return 0;
}

int
packet_ede(const struct packet *p, char text[256])
{
	size_t at = u16_at(p, 10) > 0 ? opt_at(p) : 0;

	if (at == 0)
		return -1;
	for (at += 11; at + 4 <= p->len; at += 4 + u16_at(p, at + 2)) {
		size_t len = u16_at(p, at + 2);

		if (u16_at(p, at) != 15)
			continue;
		if (text != NULL)
			snprintf(text, 256, "%.*s", (int)len - 2,
			    (const char *)p->bytes + at + 6);
		return (int)u16_at(p, at + 4);
	}
	return -1;
}

bool
packet_has(const struct packet *p, const uint8_t *bytes, size_t len)
{
	return memmem(p->bytes, p->len, bytes, len) != NULL;
}
