#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "resolver/net/tcp.h"

/*
 * A client by TCP. Input: how many questions may wait (low three bits) and whether the
 * listener ends before them (bit 3), then acts of two bytes, what (by the table below)
 * and how much: pieces of questions that are sent, answers, reading, turns of the loop.
 *
 * Both ways are compared with what a reader of whole streams would see: each whole
 * message is a question, in order, with no more of them waiting than may; answers arrive
 * whole and in the order they were given; and nothing is left lying once the client
 * reads.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

#define SENT_MAX     65536u
#define QUESTION_MAX 4096u /* a longer one ends the connection */
#define REPLIES_MAX  4096u
#define REPLY_STEP   251u /* so the longest is 64 KB */
#define TURNS_MAX    100000u
#define FILL_BYTES   512u /* of one act, all the same */

struct play {
	struct loop *loop;
	struct tcp_listener *l;
	struct tcp_limits limits;
	int client;
	bool half_closed;
	uint8_t sent[SENT_MAX];
	size_t sent_len, parsed;
	struct tcp_conn *waiting[8];
	uint32_t waiting_count;
	uint16_t reply_len[REPLIES_MAX];
	size_t replies, reading, reading_at; /* given; the one being read, and how far */
	const uint8_t *input;
	size_t input_left;
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* ---- the server's side ---- */

/* Reply k has nothing but bytes k. */
static void
reply(struct play *p, struct tcp_conn *conn, unsigned steps)
{
	static uint8_t bytes[256 * REPLY_STEP];
	size_t len = steps * REPLY_STEP;

	if (p->replies == REPLIES_MAX)
		return;
	memset(bytes, (uint8_t)p->replies, len);
	p->reply_len[p->replies++] = (uint16_t)len;
	tcp_reply(conn, bytes, len);
}

static void
on_question(void *ctx, struct tcp_conn *conn, const uint8_t *bytes, size_t len)
{
	struct play *p = ctx;
	const uint8_t *own = p->sent + p->parsed;

	CHECK(p->sent_len - p->parsed >= 2 + len && len <= QUESTION_MAX);
	CHECK(((size_t)own[0] << 8 | own[1]) == len);
	CHECK(memcmp(own + 2, bytes, len) == 0);
	CHECK(p->waiting_count < p->limits.questions_max);
	p->parsed += 2 + len;
	if (len > 0 && (bytes[0] & 1) != 0)
		reply(p, conn, bytes[0]);
	else
		p->waiting[p->waiting_count++] = tcp_conn_ref(conn);
}

static void
one_turn(void *ctx)
{
	struct play *p = ctx;

	loop_stop(p->loop);
}

static void
turn(struct play *p)
{
	loop_wake(p->loop);
	loop_run(p->loop);
}

/* ---- the client's ---- */

static void
compare(struct play *p, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		CHECK(p->reading < p->replies);
		size_t size = p->reply_len[p->reading];
		uint8_t prefix[] = { (uint8_t)(size >> 8), (uint8_t)size };

		CHECK(bytes[i] ==
		      (p->reading_at < 2 ? prefix[p->reading_at] : (uint8_t)p->reading));
		if (++p->reading_at == 2 + size) {
			p->reading++;
			p->reading_at = 0;
		}
	}
}

/* False: nothing to read. */
static bool
client_read(struct play *p, size_t most)
{
	uint8_t bytes[256 * REPLY_STEP];
	ssize_t n = recv(p->client, bytes, most, MSG_DONTWAIT);

	if (n > 0)
		compare(p, bytes, (size_t)n);
	return n > 0;
}

static void
client_send(struct play *p, const uint8_t *bytes, size_t len)
{
	ssize_t n;

	if (p->half_closed || len > SENT_MAX - p->sent_len)
		return;
	n = send(p->client, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		memcpy(p->sent + p->sent_len, bytes, (size_t)n);
		p->sent_len += (size_t)n;
	}
}

/* ---- what can happen ---- */

static void
act_send(struct play *p, uint8_t much)
{
	size_t len = much < p->input_left ? much : p->input_left;

	client_send(p, p->input, len);
	p->input += len;
	p->input_left -= len;
}

static void
act_fill(struct play *p, uint8_t what)
{
	uint8_t bytes[FILL_BYTES];

	memset(bytes, what, sizeof(bytes));
	client_send(p, bytes, sizeof(bytes));
}

static void
act_answer(struct play *p, uint8_t much)
{
	struct tcp_conn *conn;

	if (p->waiting_count == 0)
		return;
	uint32_t which = much % p->waiting_count;
	conn = p->waiting[which];
	p->waiting[which] = p->waiting[--p->waiting_count];
	reply(p, conn, much);
	tcp_conn_unref(conn);
}

static void
act_read(struct play *p, uint8_t much)
{
	(void)client_read(p, 1 + much * (size_t)REPLY_STEP);
}

static void
act_half_close(struct play *p, uint8_t much)
{
	if (much != 0)
		return; /* one in 256, or there would be little after it */
	shutdown(p->client, SHUT_WR);
	p->half_closed = true;
}

static void
act_turn(struct play *p, uint8_t much)
{
	for (unsigned i = 0; i <= much % 4u; i++)
		turn(p);
}

static void
act_limit(struct play *p, uint8_t much)
{
	p->limits.questions_max = 1 + much % 8u;
	tcp_listener_set_limits(p->l, &p->limits);
}

static void (*const acts[])(struct play *p, uint8_t much) = { act_send, act_turn,
	act_answer, act_read, act_fill, act_limit, act_half_close, act_turn };

/* ---- the frame ---- */

/* A socket of the machine's own, which has no delays, in the place of one of TCP. */
static void
begin(struct play *p)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(sa.sun_family); /* the kernel finds a name */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	p->client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	p->loop = loop_new();
	CHECK(p->loop != NULL && fd >= 0 && p->client >= 0);
	CHECK(bind(fd, (const struct sockaddr *)&sa, len) == 0 && listen(fd, 1) == 0);
	len = sizeof(sa);
	CHECK(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	CHECK(connect(p->client, (const struct sockaddr *)&sa, len) == 0);
	p->l = tcp_listener_new(p->loop, fd, &p->limits, NULL, on_question, p);
	CHECK(p->l != NULL);
	loop_on_turn(p->loop, one_turn, p);
	turn(p);
}

/* What is left of the client's stream: a part of a message, or one too long. */
static bool
is_nonsense_next(const struct play *p)
{
	const uint8_t *next = p->sent + p->parsed;
	size_t left = p->sent_len - p->parsed;

	if (left < 2)
		return false;
	size_t size = (size_t)next[0] << 8 | next[1];
	CHECK(size > QUESTION_MAX || left < 2 + size);
	return size > QUESTION_MAX;
}

/* All is answered and read: whatever can go on has gone on after so many turns. */
static void
drain(struct play *p)
{
	struct tcp_counters counters;
	unsigned idle = 0;

	for (unsigned turns = 0; idle < 8; turns++) {
		size_t parsed = p->parsed;
		bool busy = client_read(p, 256 * REPLY_STEP) || p->waiting_count > 0;

		CHECK(turns < TURNS_MAX);
		act_answer(p, 0);
		turn(p);
		idle = busy || p->parsed > parsed ? 0 : idle + 1;
	}
	tcp_counters(p->l, &counters);
	CHECK(counters.accepted == 1);
	if (counters.slow_readers > 0) {
		CHECK(counters.open == 0);
		return;
	}
	bool nonsense = is_nonsense_next(p);
	CHECK((counters.open == 0) == (nonsense || p->half_closed));
	if (!nonsense)
		CHECK(p->reading == p->replies);
}

static void
end(struct play *p, bool listener_first)
{
	if (!listener_first)
		drain(p);
	tcp_listener_free(p->l);
	while (p->waiting_count > 0)
		tcp_conn_unref(p->waiting[--p->waiting_count]);
	loop_free(p->loop);
	close(p->client);
	CHECK(fail_count() == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct play p;

	if (len < 1)
		return 0;
	memset(&p, 0, sizeof(p));
	p.limits = (struct tcp_limits){ .clients_max = 2,
		.per_addr_max = 2,
		.questions_max = 1 + bytes[0] % 8u,
		.idle_ms = 3600000 };
	p.input = bytes + 1;
	p.input_left = len - 1;
	begin(&p);
	while (p.input_left >= 2) {
		uint8_t what = p.input[0], much = p.input[1];

		p.input += 2;
		p.input_left -= 2;
		acts[what % 8](&p, much);
	}
	end(&p, (bytes[0] & 8) != 0);
	return 0;
}
