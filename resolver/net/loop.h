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

/** loop_new(): NULL without memory or descriptors. */
struct loop *loop_new(void);
/** loop_free(l): all that was made on ${l} but signals must have been freed before. */
void loop_free(struct loop *l);
/** loop_run(l): until loop_stop. The time is taken once a turn: loop_now. */
void loop_run(struct loop *l);
/** loop_stop(l): from any thread: loop_run returns at the end of this turn, or at once
 * when it is called next. */
void loop_stop(struct loop *l);
/** loop_now(l): the time at the beginning of this turn; loop_now_refresh takes it anew.
 * Borrows. */
const struct now *loop_now(const struct loop *l);
const struct now *loop_now_refresh(struct loop *l);
/** loop_on_turn(l, fn, ctx): ${fn} runs once a turn, after all events of that turn (flush
 * batches, pick up a new conf). One; NULL: none. */
void loop_on_turn(struct loop *l, void (*fn)(void *ctx), void *ctx);

/** Called with exactly one of the two true. */
typedef void loop_fd_fn(void *ctx, int fd, bool readable, bool writable);
/** loop_fd_new(l, fd, fn, ctx): level-triggered; watches for reading. The fd stays the
 * caller's and is closed after loop_fd_free. NULL without memory. */
struct loop_fd *loop_fd_new(struct loop *l, int fd, loop_fd_fn *fn, void *ctx);
void loop_fd_want(struct loop_fd *f, bool read, bool write);
/** loop_fd_free(f): no call will come any more, not even one that is due in this turn;
 * allowed inside its own callback. */
void loop_fd_free(struct loop_fd *f);

/** loop_timer_new(l, fn, ctx): not armed; runs once each time it is armed. NULL without
 * memory. */
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx), void *ctx);
/** loop_timer_arm(t, after_ms): counted from loop_now, replaces an earlier time; 0: in
 * the next turn. A few nanoseconds, as is disarming, whatever the number of timers and
 * their spans. */
void loop_timer_arm(struct loop_timer *t, uint32_t after_ms);
void loop_timer_disarm(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/** loop_wake(l): from any thread: the loop makes a turn now. */
void loop_wake(struct loop *l);
/** loop_on_signal(l, signal, fn, ctx): main thread only; lasts until loop_free. */
MUST_USE enum err loop_on_signal(
    struct loop *l, int signal, void (*fn)(void *ctx, int signal), void *ctx);

#endif
