#ifndef TESTS_UNIT_NET_HELP_H
#define TESTS_UNIT_NET_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/addr.h"
#include "resolver/net/loop.h"

/*
 * Waiting for something to become true on a loop, for NET_WAIT_MS at most: the tests
 * wait for events and never for time alone.
 */

#define NET_WAIT_MS 20000u

struct net_wait {
	struct loop *loop;
	bool (*ready)(void *ctx);
	void *ctx;
	bool late;
};

static inline void
net_wait_late(void *arg)
{
	struct net_wait *w = arg;

	w->late = true;
	loop_stop(w->loop);
}

static inline void
net_wait_turn(void *arg)
{
	struct net_wait *w = arg;

	if (w->ready(w->ctx))
		loop_stop(w->loop);
}

/** net_run_until(loop, ready, ctx): turns ${loop} until ${ready}; false when that took
 * too long. */
static inline bool
net_run_until(struct loop *loop, bool (*ready)(void *ctx), void *ctx)
{
	struct net_wait w = { .loop = loop, .ready = ready, .ctx = ctx };
	struct loop_timer *timer = loop_timer_new(loop, net_wait_late, &w);

	loop_timer_arm(timer, NET_WAIT_MS);
	loop_on_turn(loop, net_wait_turn, &w);
	loop_wake(loop); /* it may be true already */
	loop_run(loop);
	loop_on_turn(loop, NULL, NULL);
	loop_timer_free(timer);
	return !w.late;
}

static inline struct addr
net_addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_from_text(text, 0, &a), ERR_OK);
	return a;
}

#endif
