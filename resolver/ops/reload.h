#ifndef OPS_RELOAD_H
#define OPS_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "resolver/net/loop.h"

/*
 * A new configuration beside the old one: read, checked and prepared in a thread of its
 * own, so that neither workers nor the main loop wait for half a million rules, then
 * swapped in by the main loop. On any error the old one stays in force, each mistake is
 * one ERROR line with file:line:column, and everybody who asked is told.
 *
 * One load at a time. Whoever asks while one is under way gets the next one, since the
 * file may have changed after it was read.
 *
 * All calls and callbacks but ${prepare} happen in the loop's thread.
 */

#define RELOAD_WAITERS_MAX 32u
#define RELOAD_ERROR_MAX   512u

struct reload;

struct reload_env {
	const char *file; /* borrowed, as the next two */
	const char *const *overrides;
	size_t override_count;
	/* In the loading thread, may be NULL: builds what goes with ${fresh} (an index of
	 * its lists); false: why, in ${error}. What it stores in ${*built} goes to swap,
	 * or to discard when nothing comes of it. */
	bool (*prepare)(void *ctx, const struct conf *fresh, void **built,
	    char error[RELOAD_ERROR_MAX]);
	void (*discard)(void *ctx, void *built);
	/* Puts ${fresh} in force: takes the reference and ${built} when true; else says
	 * why and takes neither. */
	bool (*swap)(
	    void *ctx, struct conf *fresh, void *built, char error[RELOAD_ERROR_MAX]);
	void *ctx;
};

struct reload_result {
	bool ok;
	uint32_t took_ms;
	const struct conf_errors
	    *errors; /* mistakes; count 0 when ok. Borrowed for the callback */
};
typedef void reload_done_fn(void *ctx, const struct reload_result *result);

/** reload_new(loop, env): copies ${env}. NULL without memory or descriptors. */
struct reload *reload_new(struct loop *loop, const struct reload_env *env);
/** reload_free(r): waits for a load under way and throws it away; waiters are not called.
 */
void reload_free(struct reload *r);
/** reload_request(r, done, ctx): ${done} (may be NULL) is called once, later; asked again
 * while the same ${done} and ${ctx} wait for a load to come, it is one request.
 * ERR_LIMIT: too many are waiting; ERR_IO: no thread. */
MUST_USE enum err reload_request(struct reload *r, reload_done_fn *done, void *ctx);
/** reload_forget(r, ctx): whoever waits with ${ctx} is not called. */
void reload_forget(struct reload *r, const void *ctx);
/** How many were swapped in and how many failed, since start. */
uint64_t reload_succeeded(const struct reload *r);
uint64_t reload_failed(const struct reload *r);

#endif
