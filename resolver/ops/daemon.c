#include "resolver/ops/daemon.h"

#include <inttypes.h>
#include <sched.h>
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
#include "resolver/ops/crew.h"
#include "resolver/ops/ground.h"
#include "resolver/ops/keeper.h"
#include "resolver/ops/notify.h"
#include "resolver/ops/privileges.h"
#include "resolver/ops/reload.h"
#include "resolver/ops/status.h"
#include "resolver/ops/trust.h"
#include "resolver/os/clock.h"
#include "resolver/os/log.h"
#include "resolver/serve/probes.h"
#include "resolver/serve/shared.h"

/*
 * The order of a life, and why:
 *
 * 1. The configuration, whole and right, or nothing.
 * 2. The ground (ground.h), as long as we may take it; no privilege is left afterwards.
 * 3. Tables, and what they remember (keeper.h): memory is taken as who we are to be.
 * 4. The office: the main thread's loop with signals, reloads, trust anchors and the
 *    control socket. Its signals are set before any thread is there to get them instead.
 * 5. The crew (crew.h): the workers answer. Then the office waits for what it is told.
 *
 * The end is the same backwards; what detection has learnt is saved when nobody adds to
 * it any more.
 */

struct daemon {
	const struct daemon_options *options;
	struct conf *conf; /* started with: sockets and table sizes are of it */
	struct privileges who;
	unsigned worker_count;
	struct doors *doors;
	struct shared *shared;
	struct crew *crew;
	struct loop *loop;
	struct keeper *keeper;
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

/* ---- 3. tables and what they remember ---- */

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

	shared_worst_parts(d->shared, d->conf, d->conf, d->worker_count, &w);
	log_notice("memory: at most %" PRIu64 " MB, when all is full: cache %" PRIu64
		   ", questions in flight %" PRIu64 ", TCP clients %" PRIu64
		   ", tables %" PRIu64 "; sekisho.yaml(5) tells how to have less",
	    shared_worst_case(d->shared, d->conf, d->conf, d->worker_count) >> 20,
	    w.cache >> 20, w.questions >> 20, w.clients >> 20, w.tables >> 20);
}

static bool
furnish(struct daemon *d)
{
	if ((d->shared = shared_new(conf_ref(d->conf), d->worker_count)) == NULL)
		return false;
	places_bound(d->shared->places, ground_clients_max(d->conf, d->worker_count));
	warn_of_algorithms(d->conf);
	keeper_recall(d->conf, d->shared->detect);
	tell_memory(d);
	return true;
}

/* ---- 4. the office: trust anchors ---- */

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

	crew_wake_prober(d->crew);
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

/* ---- 4. the office: reloads ---- */

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
	crew_wake(d->crew);
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

/* ---- 4. the office: signals ---- */

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

	return crew_figures(d->crew);
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

/*
 * Without a handler these end a process, and service managers take death by SIGHUP for a
 * clean end that needs no restart; logrotate sends it when it likes. So they wait from
 * the first moment on until the office is open, and whatever comes after it has closed is
 * too late: the state is being saved.
 */
static void
mask_signals(int how, bool with_stops)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (with_stops) {
		sigaddset(&set, SIGTERM);
		sigaddset(&set, SIGINT);
	}
	pthread_sigmask(how, &set, NULL);
}

static bool
listen_to_signals(struct daemon *d)
{
	if (loop_on_signal(d->loop, SIGTERM, on_stop, d) != ERR_OK ||
	    loop_on_signal(d->loop, SIGINT, on_stop, d) != ERR_OK ||
	    loop_on_signal(d->loop, SIGHUP, on_hup, d) != ERR_OK ||
	    loop_on_signal(d->loop, SIGUSR1, on_usr1, d) != ERR_OK)
		return false;
	mask_signals(SIG_UNBLOCK, true);
	return true;
}

/* ---- 4. the office itself ---- */

static json_t *
status(void *ctx)
{
	struct daemon *d = ctx;
	struct now now;

	clock_now(&now);
	return status_json(&(struct status){
	    .shared = d->shared,
	    .doors = d->doors,
	    .built = d->conf,
	    .in_force = conf_in_force(d),
	    .workers = d->worker_count,
	    .uptime_ms = now.mono_ms - d->started.mono_ms,
	});
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
	    (d->keeper = keeper_new(d->loop, d->conf, d->shared->detect)) == NULL ||
	    (d->reload = reload_new(d->loop, &reload_env)) == NULL || !open_trust(d) ||
	    !open_control(d)) {
		log_error("no memory or descriptors for the main loop");
		return false;
	}
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
	keeper_free(d->keeper);
	loop_free(d->loop);
}

/* ---- the whole life ---- */

/* Those we may run on (CPUAffinity=, taskset, the cpuset of a container): a worker for
 * each of the machine's would cost its memory and its turn on theirs for nothing. */
static unsigned
workers_for(const struct conf *conf)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t ours;

	if (conf->workers > 0)
		return conf->workers;
	if (sched_getaffinity(0, sizeof(ours), &ours) == 0 && CPU_COUNT(&ours) > 0)
		cpus = CPU_COUNT(&ours);
	return cpus > 0 ? (unsigned)cpus : 1;
}

static void
live(struct daemon *d)
{
	ground_tell(d->conf, d->doors);
	log_notice("ready: sekishod " PACKAGE_VERSION ", %u worker%s, detection %s",
	    d->worker_count, d->worker_count == 1 ? "" : "s",
	    status_mode(d->conf->detection_mode));
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
	if (!ground_prepare(d->conf, d->worker_count, &d->who) ||
	    !ground_occupy(
		d->conf, d->worker_count, &d->who, &d->control_fd, &d->doors) ||
	    !furnish(d) || !open_office(d))
		return DAEMON_FAILED;
	d->crew = crew_new(d->shared, d->doors, d->worker_count, d->probes);
	if (d->crew == NULL)
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
	signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a full disk, and no more */
	mask_signals(SIG_BLOCK, false);
	clock_now(&d.started);
	status = start_and_live(&d);
	mask_signals(SIG_BLOCK, true);
	crew_free(d.crew); /* a probe that ends with its worker still wakes our loop */
	d.crew = NULL;
	close_office(&d);
	probes_free(d.probes);
	if (status == DAEMON_OK)
		keeper_save(d.conf, d.shared->detect);
	doors_free(d.doors);
	shared_free(d.shared);
	conf_unref(d.conf);
	if (status == DAEMON_OK)
		log_notice("ended");
	return status;
}
