#include "resolver/ops/reload.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "resolver/os/clock.h"
#include "resolver/os/log.h"

struct waiter {
	reload_done_fn *done;
	void *ctx;
	bool next; /* asked while a load was under way: waits for the one after it */
};

/*
 * What the loading thread works on. The main thread leaves it alone between
 * pthread_create and the wake-up through ${event_fd}, then joins the thread: no lock is
 * needed.
 */
struct job {
	const struct reload_env *env;
	int event_fd;
	struct conf_errors errors;
	struct conf *fresh;
	void *built;
	uint64_t began_ms;
};

struct reload {
	struct reload_env env;
	struct loop_fd *watch;
	int event_fd;
	bool running;
	pthread_t thread;
	struct job job;
	size_t waiter_count;
	struct waiter waiters[RELOAD_WAITERS_MAX];
	uint64_t succeeded, failed;
};

static void
add_error(struct conf_errors *errors, const char *text)
{
	if (errors->count < CONF_ERRORS_MAX)
		snprintf(errors->errors[errors->count].text,
		    sizeof(errors->errors[0].text), "%s", text);
	errors->count++;
}

/* ---- in the loading thread ---- */

static void
load(struct job *job)
{
	const struct reload_env *env = job->env;
	char error[RELOAD_ERROR_MAX] = "";
	enum err e;

	e = conf_load(
	    env->file, env->overrides, env->override_count, &job->errors, &job->fresh);
	if (e != ERR_OK) {
		job->fresh = NULL;
		if (job->errors.count == 0)
			add_error(&job->errors, err_text(e));
		return;
	}
	if (env->prepare == NULL ||
	    env->prepare(env->ctx, job->fresh, &job->built, error))
		return;
	add_error(&job->errors, error[0] != '\0' ? error : err_text(ERR_NOMEM));
	conf_unref(job->fresh);
	job->fresh = NULL;
}

static void *
run(void *ctx)
{
	struct job *job = ctx;
	static const uint64_t one = 1;

	load(job);
	while (write(job->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	return NULL;
}

/* ---- in the main thread ---- */

static enum err
start(struct reload *r)
{
	sigset_t all, before;
	struct now now;
	int failed;

	clock_now(&now);
	memset(&r->job, 0, sizeof(r->job));
	r->job.env = &r->env;
	r->job.event_fd = r->event_fd;
	r->job.began_ms = now.mono_ms;
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&r->thread, NULL, run, &r->job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		log_error("reload: cannot start a thread: %s", strerror(failed));
		return ERR_IO;
	}
	r->running = true;
	return ERR_OK;
}

/* Joins the thread; what it made is ours then. */
static void
finish_thread(struct reload *r)
{
	uint64_t ignored;

	pthread_join(r->thread, NULL);
	r->running = false;
	while (read(r->event_fd, &ignored, sizeof(ignored)) < 0 && errno == EINTR)
		;
}

static void
throw_away(struct reload *r)
{
	if (r->job.fresh != NULL && r->env.discard != NULL)
		r->env.discard(r->env.ctx, r->job.built);
	conf_unref(r->job.fresh);
	r->job.fresh = NULL;
}

static void
swap_in(struct reload *r)
{
	char error[RELOAD_ERROR_MAX] = "";

	if (r->job.fresh == NULL)
		return;
	if (r->env.swap(r->env.ctx, r->job.fresh, r->job.built, error))
		return;
	add_error(&r->job.errors, error[0] != '\0' ? error : err_text(ERR_REFUSED));
	throw_away(r);
}

static void
report(struct reload *r, const struct reload_result *result)
{
	const struct conf_errors *errors = result->errors;

	if (result->ok) {
		r->succeeded++;
		log_notice(
		    "reload: the configuration is in force after %u ms", result->took_ms);
		return;
	}
	r->failed++;
	for (size_t i = 0; i < errors->count && i < CONF_ERRORS_MAX; i++)
		log_error("reload: %s", errors->errors[i].text);
	log_error("reload: %zu mistake%s; the old configuration stays in force",
	    errors->count, errors->count == 1 ? "" : "s");
}

/* Those of this load are called, the others move up. A callback may ask again at once. */
static void
tell_waiters(struct reload *r, const struct reload_result *result)
{
	struct waiter ready[RELOAD_WAITERS_MAX];
	size_t ready_count = 0, kept = 0;

	for (size_t i = 0; i < r->waiter_count; i++) {
		if (r->waiters[i].next) {
			r->waiters[kept] = r->waiters[i];
			r->waiters[kept++].next = false;
		} else {
			ready[ready_count++] = r->waiters[i];
		}
	}
	r->waiter_count = kept;
	for (size_t i = 0; i < ready_count; i++)
		if (ready[i].done != NULL)
			ready[i].done(ready[i].ctx, result);
}

static void
start_next(struct reload *r)
{
	struct conf_errors errors = { 0 };
	const struct reload_result failed = { .errors = &errors };

	if (r->waiter_count == 0 || r->running || start(r) == ERR_OK)
		return;
	add_error(&errors, "cannot start a thread");
	tell_waiters(r, &failed);
}

static void
on_done(void *ctx, int fd, bool readable, bool writable)
{
	struct reload *r = ctx;
	struct reload_result result = { 0 };
	struct conf_errors errors;
	struct now now;

	(void)fd, (void)writable;
	if (!readable || !r->running)
		return;
	finish_thread(r);
	swap_in(r);
	clock_now(&now);
	errors = r->job.errors; /* a callback may start the next job */
	result.ok = errors.count == 0;
	result.took_ms = (uint32_t)(now.mono_ms - r->job.began_ms);
	result.errors = &errors;
	report(r, &result);
	tell_waiters(r, &result);
	start_next(r);
}

struct reload *
reload_new(struct loop *loop, const struct reload_env *env)
{
	struct reload *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		goto fail0;
	r->env = *env;
	if ((r->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		goto fail1;
	if ((r->watch = loop_fd_new(loop, r->event_fd, on_done, r)) == NULL)
		goto fail2;
	return r;

fail2:
	close(r->event_fd);
fail1:
	free(r);
fail0:
	return NULL;
}

void
reload_free(struct reload *r)
{
	if (r == NULL)
		return;
	if (r->running) {
		finish_thread(r);
		throw_away(r);
	}
	loop_fd_free(r->watch);
	close(r->event_fd);
	free(r);
}

enum err
reload_request(struct reload *r, reload_done_fn *done, void *ctx)
{
	struct waiter *w;

	/* Signals in a row: who waits for the next load already is told once. */
	for (size_t i = 0; i < r->waiter_count; i++)
		if (r->waiters[i].next && r->waiters[i].done == done &&
		    r->waiters[i].ctx == ctx)
			return ERR_OK;
	if (r->waiter_count == RELOAD_WAITERS_MAX)
		return ERR_LIMIT;
	if (!r->running && start(r) != ERR_OK)
		return ERR_IO;
	w = &r->waiters[r->waiter_count];
	*w = (struct waiter){ .done = done, .ctx = ctx, .next = false };
	/* The first one began the load; a later one may know of a newer file. */
	w->next = r->waiter_count > 0;
	r->waiter_count++;
	return ERR_OK;
}

void
reload_forget(struct reload *r, const void *ctx)
{
	for (size_t i = 0; i < r->waiter_count; i++)
		if (r->waiters[i].ctx == ctx)
			r->waiters[i].done = NULL;
}

uint64_t
reload_succeeded(const struct reload *r)
{
	return r->succeeded;
}

uint64_t
reload_failed(const struct reload *r)
{
	return r->failed;
}
