/*
 * The control socket.
 *
 * 1. The listener accepts, at most CONTROL_CONNS_MAX; a further one is told so and
 * closed. Without descriptors it pauses until the next tick.
 * 2. A connection's bytes gather in its buffer; each whole line is one request, answered
 * at once (control_commands.c) into the connection's output.
 * 3. While a reload that it asked for is under way, or what it was told is not read, no
 * further line of it is taken: so a client cannot make us gather more than one reply for
 * it.
 * 4. A follower gets new events. They come from the journal's thread as lines into a
 *    bounded queue and from there, in our thread, through each follower's filter.
 * 5. A clock tick closes who says nothing and who reads nothing.
 *
 * A connection is only ever freed at the end of an event of its own, of the listener's,
 * or of the tick (sweep), never further down: ${doomed} marks it until then.
 */
#include "resolver/ops/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "resolver/ops/control_commands.h"
#include "resolver/ops/control_queue.h"
#include "resolver/os/log.h"

#define TICK_MS	  1000u
#define READ_ONCE 16384u

struct conn {
	struct control *control;
	int fd;
	struct loop_fd *watch;
	uid_t uid;
	char *in;
	size_t in_len, in_cap;
	char *out;
	size_t out_len, out_cap;
	size_t out_at;	   /* what is sent already */
	uint64_t heard_ms; /* last request */
	uint64_t moved_ms; /* the reader last took something */
	bool waiting;	   /* for a reload */
	bool following;
	struct control_filter filter;
	bool closing; /* after what is in ${out} */
	bool doomed;
};

struct control {
	struct loop *loop;
	struct control_env env;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd;
	struct loop_fd *watch, *queue_watch;
	struct loop_timer *tick;
	struct conn *conns[CONTROL_CONNS_MAX];
	struct control_queue *queue;
};

/* ---- output ---- */

static bool
make_room(char **buffer, size_t *cap, size_t needed)
{
	size_t bigger = *cap == 0 ? 4096 : *cap;
	char *p;

	while (bigger < needed)
		bigger *= 2;
	if (bigger == *cap)
		return true;
	if ((p = realloc(*buffer, bigger)) == NULL)
		return false;
	*buffer = p;
	*cap = bigger;
	return true;
}

static size_t
pending(const struct conn *c)
{
	return c->out_len - c->out_at;
}

/* Reads only when nothing else is to be done for this client first. */
static void
want(struct conn *c)
{
	bool read = !c->waiting && !c->closing && (c->following || pending(c) == 0) &&
		    c->in_len < CONTROL_LINE_MAX;

	loop_fd_want(c->watch, read, pending(c) > 0);
}

static void
flush(struct conn *c)
{
	ssize_t n;

	while (!c->doomed && pending(c) > 0) {
		n = send(
		    c->fd, c->out + c->out_at, pending(c), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) {
			c->doomed = true;
			return;
		}
		c->out_at += (size_t)n;
		c->moved_ms = loop_now(c->control->loop)->mono_ms;
	}
	if (pending(c) > 0)
		return;
	c->out_len = c->out_at = 0;
	if (c->closing)
		c->doomed = true;
}

/* A follower that reads all the time but never all of it: what it has read is not kept
 * for ever. */
static void
drop_sent(struct conn *c)
{
	if (c->out_at < c->out_len / 2)
		return;
	memmove(c->out, c->out + c->out_at, pending(c));
	c->out_len -= c->out_at;
	c->out_at = 0;
}

static void
put_line(struct conn *c, const char *text, size_t len)
{
	size_t limit = c->following ? CONTROL_FOLLOW_MAX : CONTROL_PENDING_MAX;

	if (c->doomed)
		return;
	if (pending(c) == 0)
		c->moved_ms = loop_now(c->control->loop)->mono_ms;
	if (c->out_at > 0)
		drop_sent(c);
	if (pending(c) + len + 1 > limit ||
	    !make_room(&c->out, &c->out_cap, c->out_len + len + 1)) {
		c->doomed = true;
		return;
	}
	memcpy(c->out + c->out_len, text, len);
	c->out[c->out_len + len] = '\n';
	c->out_len += len + 1;
}

/* Takes ${reply}. */
static void
put_reply(struct conn *c, json_t *reply)
{
	char *text =
	    reply == NULL ? NULL : json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(reply);
	if (text == NULL) {
		c->doomed = true; /* no memory for a reply: the client sees the end */
		return;
	}
	put_line(c, text, strlen(text));
	free(text);
}

/* ---- connections ---- */

static void
conn_free(struct conn *c)
{
	struct control *control = c->control;

	if (c->waiting && control->env.reload != NULL)
		reload_forget(control->env.reload, c);
	if (c->following)
		control_queue_unfollow(control->queue);
	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		if (control->conns[i] == c)
			control->conns[i] = NULL;
	loop_fd_free(c->watch);
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
}

/* What every callback ends with: send what can be sent, then close or wait on. */
static void
settle(struct conn *c)
{
	flush(c);
	if (c->doomed)
		conn_free(c);
	else
		want(c);
}

static void take_lines(struct conn *c);

static json_t *
reload_reply(const struct reload_result *result)
{
	json_t *errors;

	if (result->ok)
		return json_pack(
		    "{s:b, s:I}", "ok", 1, "took_ms", (json_int_t)result->took_ms);
	if ((errors = json_array()) == NULL)
		return NULL;
	for (size_t i = 0; i < result->errors->count && i < CONF_ERRORS_MAX; i++) {
		json_t *text = json_string(result->errors->errors[i].text);

		json_array_append_new(
		    errors, text != NULL ? text : json_string("(not UTF-8)"));
	}
	return json_pack("{s:b, s:s, s:s, s:I, s:o}", "ok", 0, "code", "configuration",
	    "error", "the new configuration is wrong; the old one stays in force",
	    "mistakes", (json_int_t)result->errors->count, "errors", errors);
}

static void
on_reloaded(void *ctx, const struct reload_result *result)
{
	struct conn *c = ctx;

	c->waiting = false;
	put_reply(c, reload_reply(result));
	flush(c);
	take_lines(c); /* what came meanwhile */
	settle(c);
}

static void
begin_reload(struct conn *c)
{
	enum err e = reload_request(c->control->env.reload, on_reloaded, c);

	if (e == ERR_OK)
		c->waiting = true;
	else
		put_reply(
		    c, control_commands_no("busy", "cannot reload now: %s", err_text(e)));
}

static void
begin_following(struct conn *c, const struct control_filter *filter)
{
	if (!c->following)
		control_queue_follow(c->control->queue);
	c->following = true;
	c->filter = *filter;
}

static void
too_long(struct conn *c)
{
	put_reply(c, control_commands_no(
			 "usage", "a request has at most %u bytes", CONTROL_LINE_MAX));
	c->closing = true;
}

static void
answer(struct conn *c, const char *line, size_t len)
{
	struct control_call call = { .env = &c->control->env, .uid = c->uid };
	json_t *reply;

	call.now = loop_now_refresh(c->control->loop);
	c->heard_ms = call.now->mono_ms;
	if (len >= CONTROL_LINE_MAX) {
		too_long(c);
		return;
	}
	reply = control_commands_answer(&call, line, len);
	if (call.then == CONTROL_THEN_RELOAD) {
		begin_reload(c);
		return;
	}
	put_reply(c, reply);
	if (call.then == CONTROL_THEN_FOLLOW)
		begin_following(c, &call.filter);
}

/* Each whole line is a request, until one of them makes the next wait. */
static void
take_lines(struct conn *c)
{
	size_t done = 0;
	char *newline;

	while (!c->doomed && !c->waiting && !c->closing && pending(c) == 0 &&
	       (newline = memchr(c->in + done, '\n', c->in_len - done)) != NULL) {
		answer(c, c->in + done, (size_t)(newline - (c->in + done)));
		done = (size_t)(newline - c->in) + 1;
		flush(c);
	}
	if (done > 0)
		memmove(c->in, c->in + done, c->in_len - done);
	c->in_len -= done;
	if (c->in_len >= CONTROL_LINE_MAX && memchr(c->in, '\n', c->in_len) == NULL)
		too_long(c);
}

static void
receive(struct conn *c)
{
	ssize_t n;

	if (!make_room(&c->in, &c->in_cap, c->in_len + READ_ONCE)) {
		c->doomed = true;
		return;
	}
	n = recv(c->fd, c->in + c->in_len, READ_ONCE, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n < 0) {
		c->doomed = true;
	} else if (n == 0) {
		c->closing = true; /* it may still read: its last answers go out first */
		c->doomed = pending(c) == 0;
	} else {
		c->in_len += (size_t)n;
		take_lines(c);
	}
}

static void
on_conn(void *ctx, int fd, bool readable, bool writable)
{
	struct conn *c = ctx;

	(void)fd;
	if (writable) {
		flush(c);
		if (c->in_len > 0)
			take_lines(c);
	}
	if (readable && !c->doomed && !c->waiting && !c->closing)
		receive(c);
	settle(c);
}

static struct conn *
conn_new(struct control *control, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->control = control;
	c->fd = fd;
	c->uid = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 ? peer.uid
									   : (uid_t)-1;
	c->heard_ms = c->moved_ms = loop_now(control->loop)->mono_ms;
	if ((c->in = malloc(READ_ONCE)) == NULL)
		goto fail0;
	c->in_cap = READ_ONCE;
	if ((c->watch = loop_fd_new(control->loop, fd, on_conn, c)) == NULL)
		goto fail1;
	return c;

fail1:
	free(c->in);
fail0:
	free(c);
	return NULL;
}

static struct conn **
free_place(struct control *control)
{
	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		if (control->conns[i] == NULL)
			return &control->conns[i];
	return NULL;
}

static void
on_accept(void *ctx, int fd, bool readable, bool writable)
{
	static const char full[] = "{\"ok\":false,\"code\":\"busy\",\"error\":\"too many "
				   "control connections\"}\n";
	struct control *control = ctx;
	struct conn **place = free_place(control);
	int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)readable, (void)writable;
	if (got < 0) {
		/* Not that connection's fault: it stays in the queue until the tick. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			loop_fd_want(control->watch, false, false);
		return;
	}
	if (place == NULL) {
		(void)!send(got, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(got);
	} else if ((*place = conn_new(control, got)) == NULL) {
		close(got);
	}
}

/* ---- followers ---- */

static void
give_to_followers(struct control *control, const char *line)
{
	json_t *event = json_loads(line, 0, NULL);

	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++) {
		struct conn *c = control->conns[i];

		if (c != NULL && c->following && control_filter_match(&c->filter, event))
			put_line(c, line, strlen(line));
	}
	json_decref(event);
}

static void
tell_lost(struct control *control, uint64_t lost)
{
	char line[64];

	snprintf(line, sizeof(line), "{\"lost\":%llu}", (unsigned long long)lost);
	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		if (control->conns[i] != NULL && control->conns[i]->following)
			put_line(control->conns[i], line, strlen(line));
}

static void
on_queue(void *ctx, int fd, bool readable, bool writable)
{
	struct control *control = ctx;
	uint64_t lost;
	char *line;

	(void)fd, (void)readable, (void)writable;
	control_queue_awake(control->queue);
	while ((line = control_queue_take(control->queue)) != NULL) {
		give_to_followers(control, line);
		free(line);
	}
	if ((lost = control_queue_lost(control->queue)) > 0)
		tell_lost(control, lost);
	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		if (control->conns[i] != NULL && control->conns[i]->following)
			settle(control->conns[i]);
}

/* ---- the clock ---- */

static bool
is_overdue(const struct conn *c, uint64_t now_ms)
{
	if (pending(c) > 0)
		return now_ms - c->moved_ms > CONTROL_STALL_MAX_MS;
	return !c->waiting && !c->following &&
	       now_ms - c->heard_ms > CONTROL_SILENCE_MAX_MS;
}

static void
on_tick(void *ctx)
{
	struct control *control = ctx;
	uint64_t now_ms = loop_now(control->loop)->mono_ms;

	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		if (control->conns[i] != NULL && is_overdue(control->conns[i], now_ms))
			conn_free(control->conns[i]);
	loop_fd_want(control->watch, true, false);
	loop_timer_arm(control->tick, TICK_MS);
}

/* ---- life ---- */

static bool
watch_all(struct control *c)
{
	if ((c->watch = loop_fd_new(c->loop, c->fd, on_accept, c)) == NULL)
		goto fail0;
	if ((c->queue_watch = loop_fd_new(
		 c->loop, control_queue_fd(c->queue), on_queue, c)) == NULL)
		goto fail1;
	if ((c->tick = loop_timer_new(c->loop, on_tick, c)) == NULL)
		goto fail2;
	return true;

fail2:
	loop_fd_free(c->queue_watch);
fail1:
	loop_fd_free(c->watch);
fail0:
	return false;
}

struct control *
control_new(struct loop *loop, int fd, const char *path, const struct control_env *env)
{
	struct control *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		goto fail0;
	c->loop = loop;
	c->fd = fd;
	c->env = *env;
	snprintf(c->path, sizeof(c->path), "%s", path);
	if ((c->queue = control_queue_new()) == NULL)
		goto fail1;
	if (!watch_all(c))
		goto fail2;
	loop_timer_arm(c->tick, TICK_MS);
	if (env->journal != NULL)
		journal_listen(env->journal, control_queue_put, c->queue);
	return c;

fail2:
	control_queue_free(c->queue);
fail1:
	free(c);
fail0:
	return NULL;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	if (c->env.journal != NULL)
		journal_listen(c->env.journal, NULL, NULL);
	for (size_t i = 0; i < CONTROL_CONNS_MAX; i++)
		if (c->conns[i] != NULL)
			conn_free(c->conns[i]);
	loop_timer_free(c->tick);
	loop_fd_free(c->queue_watch);
	loop_fd_free(c->watch);
	control_queue_free(c->queue);
	/* The directory may no longer be ours to change: then the next start finds it
	 * stale. */
	if (unlink(c->path) != 0)
		log_debug("control: %s stays behind: %s", c->path, strerror(errno));
	close(c->fd);
	free(c);
}
