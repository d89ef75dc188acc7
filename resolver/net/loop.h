#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

/*
 * One event loop per thread, on libevent. net/ is the only folder that knows libevent;
 * everybody else sees loops, timers, watched descriptors and wake-ups.
 */
struct loop;
struct loop_fd;
struct loop_timer;

struct loop *loop_new(void);
void loop_free(struct loop *l);
/** loop_run(l): until loop_stop. The time is taken once a turn: loop_now. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/** loop_now(l): the time at the beginning of this turn; loop_now_refresh takes it anew.
 * Borrows. */
const struct now *loop_now(const struct loop *l);
const struct now *loop_now_refresh(struct loop *l);
/** loop_on_turn(l, fn, ctx): ${fn} runs once a turn, after all events of that turn (flush
 * batches, pick up a new conf). One. */
void loop_on_turn(struct loop *l, void (*fn)(void *ctx), void *ctx);

typedef void loop_fd_fn(void *ctx, int fd, bool readable, bool writable);
/** loop_fd_new(l, fd, fn, ctx): level-triggered; watches for reading. The fd stays the
 * caller's. NULL without memory. */
struct loop_fd *loop_fd_new(struct loop *l, int fd, loop_fd_fn *fn, void *ctx);
void loop_fd_want(struct loop_fd *f, bool read, bool write);
void loop_fd_free(struct loop_fd *f);

/** loop_timer_new(l, fn, ctx): not armed. loop_timer_arm replaces an earlier time.
 * Thousands with equal spans are cheap. */
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx);
void loop_timer_arm(struct loop_timer *t, uint32_t after_ms);
void loop_timer_disarm(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/** loop_wake(l): from any thread: the loop makes a turn now. */
void loop_wake(struct loop *l);
/** loop_on_signal(l, signal, fn, ctx): main thread only. */
MUST_USE enum err loop_on_signal(
    struct loop *l, int signal, void (*fn)(void *ctx, int signal), void *ctx);

#endif
