#include "resolver/net/loop.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "resolver/net/wheel.h"
#include "resolver/os/clock.h"

/*
 * libevent waits for descriptors and signals; timers are our own (wheel.h), because each
 * query to a server arms one and disarms it a moment later. libevent gets a
 * single timeout, set only when something is due earlier than it would wake anyway: to
 * disarm or to postpone costs nothing, at the price of a rare wake-up too many.
 *
 * A turn:
 * 1. libevent waits, then calls back for each descriptor that is ready. The first
 * callback of the turn takes the time; all the others share it.
 * 2. The timers that are due by that time run.
 * 3. loop_on_turn's function runs.
 */

struct loop {
	struct event_base *base;
	struct now now;
	bool now_is_fresh; /* taken in this turn */
	atomic_bool stop;
	void (*turn_fn)(void *ctx);
	void *turn_ctx;
	int wake_fd;
	struct event wake_event;
	struct event timeout_event;
	uint64_t timeout_ms; /* when libevent will wake for us; UINT64_MAX: not at all */
	struct loop_signal *signals;
	struct wheel wheel;
};

struct loop_fd {
	struct loop *loop;
	loop_fd_fn *fn;
	void *ctx;
	int fd;
	bool reading, writing;
	struct event read_event,
	    write_event; /* two, so that a change of one is one epoll_ctl */
};

struct loop_timer {
	struct wheel_node node; /* first */
	struct loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
};
_Static_assert(offsetof(struct loop_timer, node) == 0, "a node is cast to its timer");

struct loop_signal {
	struct loop_signal *next;
	struct loop *loop;
	struct event event;
	int number;
	void (*fn)(void *ctx, int signal);
	void *ctx;
};

static void
freshen(struct loop *l)
{
	if (l->now_is_fresh)
		return;
	clock_now(&l->now);
	l->now_is_fresh = true;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	freshen(arg);
	/* Only to make it unreadable; a failure means that it is already. */
	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	l->timeout_ms = UINT64_MAX; /* run_timers follows in every turn */
}

static struct event_base *
base_new(void)
{
	struct event_base *base = NULL;
	struct event_config *config = event_config_new();

	if (config == NULL)
		return NULL;
	/* Other threads reach a loop through loop_wake's eventfd alone: no locks. */
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

struct loop *
loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		goto fail0;
	if ((l->base = base_new()) == NULL)
		goto fail1;
	if ((l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0)
		goto fail2;
	l->timeout_ms = UINT64_MAX;
	freshen(l);
	l->now_is_fresh = false;
	wheel_init(&l->wheel, l->now.mono_ms);
	evtimer_assign(&l->timeout_event, l->base, on_timeout, l);
	event_assign(
	    &l->wake_event, l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
	if (event_add(&l->wake_event, NULL) != 0)
		goto fail3;
	return l;

fail3:
	close(l->wake_fd);
fail2:
	event_base_free(l->base);
fail1:
	free(l);
fail0:
	return NULL;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	while (l->signals != NULL) {
		struct loop_signal *s = l->signals;
		l->signals = s->next;
		event_del(&s->event);
		free(s);
	}
	event_del(&l->timeout_event);
	event_del(&l->wake_event);
	close(l->wake_fd);
	event_base_free(l->base);
	free(l);
}

/* Has libevent wake up when the next timer is due, unless it wakes before that anyway. */
static void
set_timeout(struct loop *l)
{
	uint64_t next_ms = wheel_next_ms(&l->wheel);

	if (next_ms >= l->timeout_ms)
		return;
	uint64_t span_ms = next_ms > l->now.mono_ms ? next_ms - l->now.mono_ms : 0;
	struct timeval tv = { .tv_sec = (time_t)(span_ms / 1000),
		.tv_usec = (suseconds_t)(span_ms % 1000 * 1000) };
	if (evtimer_add(&l->timeout_event, &tv) == 0)
		l->timeout_ms = next_ms;
}

static void
run_timers(struct loop *l)
{
	struct wheel_node due;

	if (wheel_next_ms(&l->wheel) > l->now.mono_ms)
		return;
	wheel_advance(&l->wheel, l->now.mono_ms);
	wheel_due_take(&l->wheel, &due);
	/* One that is armed anew by its function, even for 0 ms, waits for the next turn.
	 */
	while (due.next != &due) {
		struct loop_timer *t = (struct loop_timer *)(void *)due.next;
		wheel_remove(&l->wheel, &t->node);
		t->fn(t->ctx);
	}
}

void
loop_run(struct loop *l)
{
	clock_now(&l->now); /* timers may have been armed long before */
	while (!atomic_load_explicit(&l->stop, memory_order_acquire)) {
		set_timeout(l);
		event_base_loop(l->base, EVLOOP_ONCE);
		freshen(l);
		run_timers(l);
		if (l->turn_fn != NULL)
			l->turn_fn(l->turn_ctx);
		l->now_is_fresh = false;
	}
	atomic_store_explicit(&l->stop, false, memory_order_relaxed);
}

void
loop_stop(struct loop *l)
{
	atomic_store_explicit(&l->stop, true, memory_order_release);
	loop_wake(l);
}

const struct now *
loop_now(const struct loop *l)
{
	return &l->now;
}

const struct now *
loop_now_refresh(struct loop *l)
{
	clock_now(&l->now);
	return &l->now;
}

void
loop_on_turn(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	l->turn_fn = fn;
	l->turn_ctx = ctx;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *f = arg;

	(void)what;
	freshen(f->loop);
	f->fn(f->ctx, fd, true, false);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *f = arg;

	(void)what;
	freshen(f->loop);
	f->fn(f->ctx, fd, false, true);
}

/* An event that could not be added stays as it was, and the next change tries again. */
static void
watch(struct event *event, bool *on, bool want)
{
	if (*on == want)
		return;
	if ((want ? event_add(event, NULL) : event_del(event)) == 0)
		*on = want;
}

struct loop_fd *
loop_fd_new(struct loop *l, int fd, loop_fd_fn *fn, void *ctx)
{
	struct loop_fd *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->loop = l;
	f->fd = fd;
	f->fn = fn;
	f->ctx = ctx;
	event_assign(&f->read_event, l->base, fd, EV_READ | EV_PERSIST, on_readable, f);
	event_assign(&f->write_event, l->base, fd, EV_WRITE | EV_PERSIST, on_writable, f);
	watch(&f->read_event, &f->reading, true);
	if (!f->reading) {
		free(f);
		return NULL;
	}
	return f;
}

void
loop_fd_want(struct loop_fd *f, bool read, bool write)
{
	watch(&f->read_event, &f->reading, read);
	watch(&f->write_event, &f->writing, write);
}

void
loop_fd_free(struct loop_fd *f)
{
	if (f == NULL)
		return;
	/* Also takes back a callback that this turn has not come to yet. */
	event_del(&f->read_event);
	event_del(&f->write_event);
	free(f);
}

struct loop_timer *
loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->loop = l;
	t->fn = fn;
	t->ctx = ctx;
	return t;
}

void
loop_timer_arm(struct loop_timer *t, uint32_t after_ms)
{
	struct loop *l = t->loop;

	if (!l->now_is_fresh) /* outside of a turn: before loop_run */
		clock_now(&l->now);
	wheel_remove(&l->wheel, &t->node);
	wheel_add(&l->wheel, &t->node, l->now.mono_ms + after_ms);
}

void
loop_timer_disarm(struct loop_timer *t)
{
	wheel_remove(&t->loop->wheel, &t->node);
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t == NULL)
		return;
	loop_timer_disarm(t);
	free(t);
}

void
loop_wake(struct loop *l)
{
	const uint64_t one = 1;

	/* Fails only when the counter is full: then it is readable and the loop awake. */
	if (write(l->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static void
on_signal(evutil_socket_t number, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)what;
	freshen(s->loop);
	s->fn(s->ctx, (int)number);
}

enum err
loop_on_signal(struct loop *l, int signal, void (*fn)(void *ctx, int signal), void *ctx)
{
	struct loop_signal *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->loop = l;
	s->number = signal;
	s->fn = fn;
	s->ctx = ctx;
	evsignal_assign(&s->event, l->base, signal, on_signal, s);
	if (evsignal_add(&s->event, NULL) != 0) {
		free(s);
		return ERR_IO;
	}
	s->next = l->signals;
	l->signals = s;
	return ERR_OK;
}
