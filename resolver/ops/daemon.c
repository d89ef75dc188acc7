#include "resolver/ops/daemon.h"

#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "resolver/dnssec/rrsig.h"
#include "resolver/net/loop.h"
#include "resolver/net/places.h"
#include "resolver/ops/advice.h"
#include "resolver/ops/control.h"
#include "resolver/ops/doors.h"
#include "resolver/ops/notify.h"
#include "resolver/ops/privileges.h"
#include "resolver/ops/reload.h"
#include "resolver/ops/state.h"
#include "resolver/ops/trust.h"
#include "resolver/os/clock.h"
#include "resolver/os/log.h"
#include "resolver/serve/figures.h"
#include "resolver/serve/worker.h"

/* A crash loses at most so much of what detection has learnt. */
#define SAVE_EVERY_MS (5u * 60u * 1000u)
/* What is open besides sockets of workers: journal, control, loops, files being read. */
#define FILES_BESIDES 128u
/* With fewer descriptors than needed, a quarter is for TCP clients. */
#define CLIENTS_SHARE 4u

struct daemon {
	const struct daemon_options *options;
	struct conf
	    *conf; /* the one we started with: sockets and table sizes are of it */
	struct privileges who;
	unsigned worker_count;
	struct doors *doors;
	struct shared *shared;
	struct worker **workers;
	struct loop *loop;
	struct loop_timer *save_timer;
	struct reload *reload;
	struct probes *probes;
	struct trust *trust;
	int control_fd; /* bound, not yet taken by control; -1 else */
	struct control *control;
	struct now started;
};

/* ---- 1. configuration ---- */

static void
log_mistakes(const struct conf_errors *errors)
{
	size_t shown = errors->count < CONF_ERRORS_MAX ? errors->count : CONF_ERRORS_MAX;

	for (size_t i = 0; i < shown; i++)
		log_error("%s", errors->errors[i].text);
	if (errors->count > shown)
		log_error("and %zu more mistakes", errors->count - shown);
}

static bool
load_conf(struct daemon *d)
{
	const struct daemon_options *o = d->options;
	struct conf_errors *errors = calloc(1, sizeof *errors);
	enum log_level level;
	bool ok = false;

	if (errors == NULL)
		return false;
	if (conf_load(o->config, o->overrides, o->override_count, errors, &d->conf) ==
	    ERR_OK) {
		const char *text =
		    o->log_level != NULL ? o->log_level : d->conf->log_level;

		if (log_level_parse(text, &level))
			log_set_level(level);
		ok = true;
	} else {
		log_mistakes(errors);
	}
	free(errors);
	return ok;
}

/* ---- 2. who we are, folders, descriptors ---- */

static bool
make_parent_of(const char *path, const struct privileges *who)
{
	char copy[4096], error[STATE_ERROR_MAX];

	if (path[0] == '\0' ||
	    snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
		return true; /* whoever opens it will say */
	if (state_make_dir(dirname(copy), who->uid, who->gid, error) == ERR_OK)
		return true;
	log_error("%s", error);
	return false;
}

/* For all but TCP clients. */
static size_t
own_files(const struct conf *conf, unsigned workers)
{
	return FILES_BESIDES + (size_t)workers * (2 * (size_t)conf->outgoing_sockets +
						     2 * conf->listen_count + 8);
}

/*
 * Clients must not have the descriptors that their own questions, and the operator's
 * control socket, need: what is left is theirs, or a part where there is too little for
 * all.
 */
static uint32_t
files_for_clients(const struct conf *conf, unsigned workers)
{
	size_t all = privileges_files(), own = own_files(conf, workers);
	size_t left = all > own ? all - own : 0, least = all / CLIENTS_SHARE;

	if (left < least)
		left = least;
	return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

static bool
prepare_ground(struct daemon *d)
{
	const struct conf *conf = d->conf;
	char error[PRIVILEGES_ERROR_MAX], dir_error[STATE_ERROR_MAX];

	if (privileges_look_up(conf->user, &d->who, error) != ERR_OK) {
		log_error("server.user: %s", error);
		return false;
	}
	if (d->who.uid == 0)
		log_warning("running as root for good: server.user names whom to become");
	if (state_make_dir(conf->state_dir, d->who.uid, d->who.gid, dir_error) !=
	    ERR_OK) {
		log_error("server.state-dir: %s", dir_error);
		return false;
	}
	if (!make_parent_of(conf->journal_file, &d->who))
		return false;
	if (conf->open_files_raise &&
	    privileges_raise_files(
		own_files(conf, d->worker_count) + conf->tcp_clients_max, error) !=
		ERR_OK)
		log_warning("%s; under load some queries will find no socket, and no "
			    "more than %u TCP clients are let in",
		    error, files_for_clients(conf, d->worker_count));
	return true;
}

/* ---- 3. sockets, then no more privileges ---- */

static bool
bind_and_drop(struct daemon *d)
{
	char error[DOORS_ERROR_MAX], drop_error[PRIVILEGES_ERROR_MAX];
	char control_error[CONTROL_PATH_ERROR_MAX];

	if (control_bind(d->conf->control_socket, d->who.uid, d->who.gid, &d->control_fd,
		control_error) != ERR_OK) {
		log_error("server.control-socket: %s", control_error);
		return false;
	}
	if ((d->doors = doors_open(d->conf, d->worker_count, error)) == NULL) {
		log_error("%s", error);
		return false;
	}
	if (privileges_drop(&d->who, drop_error) != ERR_OK) {
		log_error("%s", drop_error);
		return false;
	}
	return true;
}

/* ---- 4. tables and what they remember ---- */

/* Also has them tried before the first question needs to know. */
static void
warn_of_algorithms(const struct conf *conf)
{
	uint8_t number = 0;

	while (conf->validation && (number = dnssec_algorithm_missing(number)) != 0)
		log_warning(
		    "DNSSEC algorithm %u does not work with this system's OpenSSL "
		    "or its policy: zones signed by it alone count as insecure",
		    number);
}

static void
tell_memory(const struct daemon *d)
{
	struct worst_case w;

	shared_worst_parts(d->shared, d->conf, d->worker_count, &w);
	log_notice("memory: at most %" PRIu64 " MB, when all is full: cache %" PRIu64
		   ", questions in flight %" PRIu64 ", TCP clients %" PRIu64
		   ", tables %" PRIu64 "; sekisho.yaml(5) tells how to have less",
	    shared_worst_case(d->shared, d->conf, d->worker_count) >> 20, w.cache >> 20,
	    w.questions >> 20, w.clients >> 20, w.tables >> 20);
}

static bool
furnish(struct daemon *d)
{
	char error[STATE_ERROR_MAX];
	struct now now;
	enum err err;

	if ((d->shared = shared_new(conf_ref(d->conf), d->worker_count)) == NULL)
		return false;
	places_bound(d->shared->places, files_for_clients(d->conf, d->worker_count));
	warn_of_algorithms(d->conf);
	clock_now(&now);
	err = state_load(d->conf->state_dir, d->shared->detect, &now, error);
	if (err != ERR_OK && err != ERR_NOTFOUND)
		log_warning("%s", error);
	if (state_check_dir(d->conf->state_dir, error) != ERR_OK)
		log_error("server.state-dir: %s; what detection learns will not outlive "
			  "this run",
		    error);
	tell_memory(d);
	return true;
}

static void
save_state(struct daemon *d)
{
	char error[STATE_ERROR_MAX];
	struct now now;

	clock_now(&now);
	if (state_save(d->conf->state_dir, d->shared->detect, &now, error) != ERR_OK)
		log_error("%s", error);
	if (state_save_learnt(
		d->conf->state_dir, d->shared->detect, d->conf, &now, error) != ERR_OK)
		log_error("%s", error);
}

static void
on_save_timer(void *ctx)
{
	struct daemon *d = ctx;

	save_state(d);
	loop_timer_arm(d->save_timer, SAVE_EVERY_MS);
}

/* ---- 5. trust anchors ---- */

static void
warn(void *ctx, const char *text)
{
	(void)ctx;
	log_warning("%s", text);
}

/* Called by the worker that resolves probes. */
static void
on_probed(void *ctx)
{
	struct daemon *d = ctx;

	loop_wake(d->loop);
}

static void
kick_prober(void *ctx)
{
	struct daemon *d = ctx;

	if (d->workers != NULL && d->workers[0] != NULL)
		worker_wake(d->workers[0]);
}

static void
on_turn(void *ctx)
{
	struct daemon *d = ctx;

	trust_answers(d->trust);
}

static bool
open_trust(struct daemon *d)
{
	struct trust_env env = {
		.loop = d->loop,
		.shared = d->shared,
		.kick = kick_prober,
		.ctx = d,
		.state_dir = d->conf->state_dir,
	};

	if ((d->probes = probes_new(on_probed, d)) == NULL)
		return false;
	env.probes = d->probes;
	advice_of(d->conf, warn, NULL);
	if ((d->trust = trust_new(&env, d->conf)) == NULL)
		return false;
	loop_on_turn(d->loop, on_turn, d);
	return true;
}

/* ---- 6. workers ---- */

static bool
start_workers(struct daemon *d)
{
	if ((d->workers = calloc(d->worker_count, sizeof(struct worker *))) == NULL)
		return false;
	for (unsigned i = 0; i < d->worker_count; i++) {
		d->workers[i] = worker_new(d->shared, doors_of(d->doors, i));
		if (d->workers[i] == NULL) {
			log_error("no memory or descriptors for worker %u", i);
			return false;
		}
	}
	worker_set_probes(d->workers[0], d->probes);
	for (unsigned i = 0; i < d->worker_count; i++)
		if (worker_start(d->workers[i]) != ERR_OK) {
			log_error("no thread for worker %u", i);
			return false;
		}
	return true;
}

static void
stop_workers(struct daemon *d)
{
	for (unsigned i = 0; d->workers != NULL && i < d->worker_count; i++) {
		if (d->workers[i] != NULL)
			worker_stop(d->workers[i]);
		worker_free(d->workers[i]);
	}
	free(d->workers);
}

/* ---- 7. reloads ---- */

static bool
prepare_policy(
    void *ctx, const struct conf *fresh, void **built, char error[RELOAD_ERROR_MAX])
{
	(void)ctx;
	/* The policy holds its own reference; reload keeps the one it came with. */
	struct conf *mine = conf_ref((struct conf *)(uintptr_t)fresh);

	if ((*built = policy_new(mine)) != NULL)
		return true;
	snprintf(error, RELOAD_ERROR_MAX, "no memory for the new policy");
	return false;
}

static void
discard_policy(void *ctx, void *built)
{
	(void)ctx;
	policy_unref(built);
}

/* What a reload cannot change, said aloud rather than ignored in silence. */
static void
tell_restart(void *ctx, const char *key)
{
	(void)ctx;
	log_warning("%s has changed: that needs a restart", key);
}

static bool
swap_policy(void *ctx, struct conf *fresh, void *built, char error[RELOAD_ERROR_MAX])
{
	struct daemon *d = ctx;
	enum log_level level;

	(void)error;
	conf_restart_changes(d->conf, fresh, tell_restart, NULL);
	if (d->options->log_level == NULL && log_level_parse(fresh->log_level, &level))
		log_set_level(level);
	journal_reopen(d->shared->journal, fresh->journal_file);
	shared_swap(d->shared, built);
	advice_of(fresh, warn, NULL);
	trust_reload(d->trust, fresh);
	for (unsigned i = 0; i < d->worker_count; i++)
		worker_wake(d->workers[i]);
	conf_unref(fresh); /* the policy has its own reference */
	return true;
}

static void
on_reloaded(void *ctx, const struct reload_result *result)
{
	(void)ctx;
	(void)notify_ready(result->ok ? "running"
				      : "running; the newest configuration is wrong, the "
					"one before is in force");
}

/* ---- 8. signals ---- */

static const struct conf *
conf_in_force(void *ctx)
{
	struct daemon *d = ctx;

	return d->shared->policy->conf; /* this thread alone swaps it */
}

static void
on_stop(void *ctx, int signal)
{
	struct daemon *d = ctx;

	log_notice("%s: ending", strsignal(signal));
	(void)notify_stopping();
	loop_stop(d->loop);
}

static void
on_hup(void *ctx, int signal)
{
	struct daemon *d = ctx;
	struct now now;
	enum err err;

	(void)signal;
	clock_now(&now);
	(void)notify_reloading(now.mono_ms * 1000u);
	/* Whoever rotated it means it whatever becomes of the configuration. */
	journal_reopen(d->shared->journal, conf_in_force(d)->journal_file);
	if ((err = reload_request(d->reload, on_reloaded, d)) == ERR_OK)
		return;
	log_error("reload: %s; the old configuration stays in force", err_text(err));
	(void)notify_ready("running; the last reload could not begin");
}

static json_t *
figures(void *ctx)
{
	struct daemon *d = ctx;

	return figures_json(d->shared, d->workers, d->worker_count);
}

static void
on_usr1(void *ctx, int signal)
{
	json_t *all = figures(ctx), *section;
	const char *name;

	(void)signal;
	json_object_foreach(all, name, section)
	{
		char *text = json_dumps(section, JSON_COMPACT | JSON_PRESERVE_ORDER);

		log_notice("statistics: %s %s", name, text != NULL ? text : "");
		free(text);
	}
	json_decref(all);
}

static bool
listen_to_signals(struct daemon *d)
{
	return loop_on_signal(d->loop, SIGTERM, on_stop, d) == ERR_OK &&
	       loop_on_signal(d->loop, SIGINT, on_stop, d) == ERR_OK &&
	       loop_on_signal(d->loop, SIGHUP, on_hup, d) == ERR_OK &&
	       loop_on_signal(d->loop, SIGUSR1, on_usr1, d) == ERR_OK;
}

/* ---- 9. the main thread's own things ---- */

static const char *
mode_text(unsigned mode)
{
	static const char *const texts[] = { "off", "shadow", "enforce" };

	return mode < 3 ? texts[mode] : "?";
}

static json_t *
listening(const struct daemon *d)
{
	const struct conf *conf = d->conf;
	json_t *list = json_array();
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < conf->listen_count; i++)
		if (doors_at(d->doors, &conf->listen[i]))
			json_array_append_new(
			    list, json_string(addr_to_text(&conf->listen[i], text)));
	return list;
}

static json_t *
status(void *ctx)
{
	struct daemon *d = ctx;
	const struct conf *conf = conf_in_force(d);
	json_t *o = json_object();
	struct now now;

	clock_now(&now);
	json_object_set_new(o, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(o, "pid", json_integer(getpid()));
	json_object_set_new(o, "uptime_sec",
	    json_integer((json_int_t)((now.mono_ms - d->started.mono_ms) / 1000)));
	json_object_set_new(o, "workers", json_integer(d->worker_count));
	json_object_set_new(o, "listen", listening(d));
	json_object_set_new(
	    o, "configuration", json_string(conf->file != NULL ? conf->file : ""));
	json_object_set_new(o, "detection", json_string(mode_text(conf->detection_mode)));
	json_object_set_new(o, "journal", json_string(conf->journal_file));
	json_object_set_new(o, "memory_worst_case_bytes",
	    json_integer(
		(json_int_t)shared_worst_case(d->shared, conf, d->worker_count)));
	return o;
}

static bool
open_control(struct daemon *d)
{
	const struct control_env env = {
		.detect = d->shared->detect,
		.journal = d->shared->journal,
		.rrcache = d->shared->rrcache,
		.keytable = d->shared->keytable,
		.anscache = d->shared->anscache,
		.reload = d->reload,
		.trust = d->trust,
		.conf = conf_in_force,
		.status = status,
		.stats = figures,
		.ctx = d,
	};
	int fd = d->control_fd;

	d->control_fd = -1;
	d->control = control_new(d->loop, fd, d->conf->control_socket, &env);
	return d->control != NULL;
}

static bool
open_office(struct daemon *d)
{
	const struct reload_env reload_env = {
		.file = d->options->config,
		.overrides = d->options->overrides,
		.override_count = d->options->override_count,
		.prepare = prepare_policy,
		.discard = discard_policy,
		.swap = swap_policy,
		.ctx = d,
	};

	if ((d->loop = loop_new()) == NULL || !listen_to_signals(d) ||
	    (d->save_timer = loop_timer_new(d->loop, on_save_timer, d)) == NULL ||
	    (d->reload = reload_new(d->loop, &reload_env)) == NULL || !open_trust(d) ||
	    !open_control(d)) {
		log_error("no memory or descriptors for the main loop");
		return false;
	}
	loop_timer_arm(d->save_timer, SAVE_EVERY_MS);
	return true;
}

static void
close_office(struct daemon *d)
{
	if (d->control_fd >= 0) { /* bound, but we never came to speak there */
		unlink(d->conf->control_socket);
		close(d->control_fd);
	}
	control_free(d->control);
	reload_free(d->reload);
	trust_free(d->trust);
	loop_timer_free(d->save_timer);
	loop_free(d->loop);
}

/* ---- the whole life ---- */

static unsigned
workers_for(const struct conf *conf)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (conf->workers > 0)
		return conf->workers;
	return cpus > 0 ? (unsigned)cpus : 1;
}

static void
tell_doors(const struct daemon *d)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < d->conf->listen_count; i++) {
		(void)addr_to_text(&d->conf->listen[i], text);
		if (doors_at(d->doors, &d->conf->listen[i]))
			log_notice("listening on %s", text);
		else
			log_warning(
			    "not listening on %s: this machine has no IPv6", text);
	}
}

static void
live(struct daemon *d)
{
	tell_doors(d);
	log_notice("ready: sekishod " PACKAGE_VERSION ", %u worker%s, detection %s",
	    d->worker_count, d->worker_count == 1 ? "" : "s",
	    mode_text(d->conf->detection_mode));
	(void)notify_ready("running");
	trust_start(d->trust);
	loop_run(d->loop);
}

static int
start_and_live(struct daemon *d)
{
	if (!load_conf(d))
		return DAEMON_CONFIG;
	d->worker_count = workers_for(d->conf);
	/* The office's signals are set before any thread is there to get them instead. */
	if (!prepare_ground(d) || !bind_and_drop(d) || !furnish(d) || !open_office(d) ||
	    !start_workers(d))
		return DAEMON_FAILED;
	live(d);
	return DAEMON_OK;
}

int
daemon_run(const struct daemon_options *o)
{
	struct daemon d = { .options = o, .control_fd = -1 };
	int status;

	signal(SIGPIPE, SIG_IGN);
	clock_now(&d.started);
	status = start_and_live(&d);
	stop_workers(&d); /* a probe that ends with its worker still wakes our loop */
	close_office(&d);
	probes_free(d.probes);
	if (status == DAEMON_OK)
		save_state(&d);
	doors_free(d.doors);
	shared_free(d.shared);
	conf_unref(d.conf);
	if (status == DAEMON_OK)
		log_notice("ended");
	return status;
}
