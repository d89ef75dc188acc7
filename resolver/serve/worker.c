#include "resolver/serve/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/dns.h"
#include "resolver/os/clock.h"
#include "resolver/os/log.h"
#include "resolver/serve/context.h"
#include "resolver/serve/front.h"
#include "resolver/serve/jobs.h"
#include "resolver/serve/probes.h"

/* Who asks for figures does not wait longer than this for a busy worker. */
#define STATS_WAIT_MS 200

/* ---- what requests and workers tell of themselves ---- */

uint32_t
worker_generation(const struct worker *w)
{
	/* Two counters in one number: each change of either gives another one (up to 2^16
	 * of each). */
	return w->policy->generation << 16 ^ detect_generation(w->shared->detect);
}

uint16_t
worker_epoch(const struct worker *w)
{
	return (uint16_t)(w->anchors_generation % UINT16_MAX + 1);
}

static struct tcp_limits
tcp_limits_of(const struct conf *conf)
{
	return (struct tcp_limits){
		.clients_max = conf->tcp_clients_max,
		.per_addr_max = conf->tcp_clients_per_addr,
		.questions_max = conf->tcp_questions_max,
		.idle_ms = conf->tcp_idle_ms,
	};
}

static void
refresh_anchors(struct worker *w)
{
	struct anchors *anchors;

	if (atomic_load_explicit(&w->shared->anchors_generation, memory_order_acquire) ==
	    w->anchors_generation)
		return;
	anchors = shared_anchors(w->shared, &w->anchors_generation);
	iter_set_anchors(w->iter, anchors);
	anchors_unref(anchors);
}

void
worker_refresh(struct worker *w)
{
	struct policy *old = w->policy;
	struct tcp_limits limits;

	refresh_anchors(w);
	if (atomic_load_explicit(&w->shared->policy_generation, memory_order_acquire) ==
	    old->generation)
		return;
	w->policy = shared_policy(w->shared);
	iter_set_conf(w->iter, w->policy->conf);
	limits = tcp_limits_of(w->policy->conf);
	for (size_t i = 0; i < w->listener_count; i++)
		tcp_listener_set_limits(w->tcp[i], &limits);
	policy_unref(old);
}

/* The operator's, or those of the day. Looked at once a question with a cookie, made anew
 * when the policy or the day has changed. */
const struct cookie_secrets *
worker_cookies(struct worker *w)
{
	const struct conf *conf = worker_conf(w);
	uint32_t wall_sec = worker_wall_sec(w), day = wall_sec / 86400;
	struct cookie_secrets *s = &w->cookies;

	if (s->count > 0 && w->cookies_generation == w->policy->generation &&
	    w->cookies_day == day)
		return s;
	w->cookies_generation = w->policy->generation;
	w->cookies_day = day;
	if (conf->cookie_secret_count == 0)
		cookie_secrets_of_day(&w->shared->cookie_master, wall_sec, s);
	else
		s->count = conf->cookie_secret_count;
	for (size_t i = 0; i < conf->cookie_secret_count; i++)
		cookie_secret(conf->cookie_secrets[i], &s->keys[i]);
	return s;
}

void
request_copy(struct request *out, const struct request *r)
{
	*out = *r;
	out->key.qname = out->q.qname;
}

void
request_key(struct worker *w, struct request *r)
{
	r->key = (struct anscache_key){
		.qname = r->q.qname,
		.qname_len = r->q.qname_len,
		.flags = (r->q.edns.dnssec_ok ? ANSKEY_DO : 0) |
			 ((r->q.flags & FLAG_CD) != 0 ? ANSKEY_CD : 0),
		.qtype = r->q.qtype,
		.qclass = r->q.qclass,
	};
	anscache_hash(w->shared->anscache, &r->key);
}

const struct conf_group *
request_group(const struct worker *w, const struct request *r)
{
	const struct conf *conf = worker_conf(w);

	return &conf->groups[r->group < conf->group_count ? r->group : 0];
}

bool
request_verified(const struct request *r)
{
	return r->verified;
}

/* ---- figures ---- */

static void
sum_doors(const struct worker *w, struct worker_stats *s)
{
	for (size_t i = 0; i < w->listener_count; i++) {
		struct udp_counters u;
		struct tcp_counters t;

		udp_counters(w->udp[i], &u);
		tcp_counters(w->tcp[i], &t);
		s->udp.received += u.received;
		s->udp.sent += u.sent;
		s->udp.too_long += u.too_long;
		s->udp.send_failed += u.send_failed;
		s->udp.cut += u.cut;
		s->udp.batches += u.batches;
		s->tcp.accepted += t.accepted;
		s->tcp.refused_full += t.refused_full;
		s->tcp.refused_addr += t.refused_addr;
		s->tcp.questions += t.questions;
		s->tcp.replies += t.replies;
		s->tcp.timed_out += t.timed_out;
		s->tcp.slow_readers += t.slow_readers;
		s->tcp.open += t.open;
	}
}

static void
publish_stats(struct worker *w)
{
	struct worker_stats s = { .in_flight = jobs_in_flight(w->jobs),
		.waiting = jobs_waiting(w->jobs),
		.cpu_ns = clock_cpu_ns() };

	for (int i = 0; i < COUNT_COUNT; i++)
		s.serve[i] = counters_get(&w->counters, (enum serve_counter)i);
	memcpy(s.iter, iter_counters(w->iter), sizeof s.iter);
	memcpy(s.spent, iter_spent(w->iter), sizeof s.spent);
	out_counters(w->out, &s.out);
	sum_doors(w, &s);
	pthread_mutex_lock(&w->stats_lock);
	w->stats = s;
	w->stats_serial++;
	atomic_store(&w->stats_wanted, false);
	pthread_cond_broadcast(&w->stats_ready);
	pthread_mutex_unlock(&w->stats_lock);
}

void
worker_stats(struct worker *w, struct worker_stats *out)
{
	struct timespec until;
	uint64_t serial;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += STATS_WAIT_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&w->stats_lock);
	serial = w->stats_serial;
	if (w->running) {
		atomic_store(&w->stats_wanted, true);
		loop_wake(w->loop);
		while (w->stats_serial == serial)
			if (pthread_cond_timedwait(
				&w->stats_ready, &w->stats_lock, &until) != 0)
				break;
	}
	*out = w->stats;
	pthread_mutex_unlock(&w->stats_lock);
}

/* ---- life ---- */

void
worker_flush(struct worker *w)
{
	for (size_t i = 0; i < w->listener_count; i++)
		udp_flush(w->udp[i]);
	out_flush(w->out);
}

static void
on_turn(void *ctx)
{
	struct worker *w = ctx;

	worker_flush(w);
	worker_refresh(w);
	if (w->probes != NULL)
		probes_run(w->probes, w);
	if (atomic_load_explicit(&w->stats_wanted, memory_order_relaxed))
		publish_stats(w);
	if (atomic_load_explicit(&w->stop, memory_order_relaxed))
		loop_stop(w->loop);
}

static void *
run(void *ctx)
{
	struct worker *w = ctx;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL); /* signals are the main thread's */
	loop_run(w->loop);
	publish_stats(w);
	return NULL;
}

static bool
open_doors(struct worker *w, const struct worker_sockets *s)
{
	struct tcp_limits limits = tcp_limits_of(worker_conf(w));

	w->udp = calloc(s->count, sizeof(struct udp_listener *));
	w->tcp = calloc(s->count, sizeof(struct tcp_listener *));
	if (w->udp == NULL || w->tcp == NULL)
		return false;
	for (size_t i = 0; i < s->count; i++) {
		w->udp[i] = udp_listener_new(w->loop, s->udp[i], front_udp, w);
		s->udp[i] = -1;
		w->tcp[i] = tcp_listener_new(
		    w->loop, s->tcp[i], &limits, w->shared->places, front_tcp, w);
		s->tcp[i] = -1;
		w->listener_count++;
		if (w->udp[i] == NULL || w->tcp[i] == NULL)
			return false;
	}
	return true;
}

static void
close_sockets(const struct worker_sockets *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->udp[i] >= 0)
			close(s->udp[i]);
		if (s->tcp[i] >= 0)
			close(s->tcp[i]);
		s->udp[i] = s->tcp[i] = -1;
	}
}

static uint32_t
wall_sec(void *ctx)
{
	return worker_wall_sec(ctx);
}

static bool
furnish(struct worker *w)
{
	const struct conf *conf = worker_conf(w);
	struct iter_env env = {
		.conf = w->policy->conf,
		.rrcache = w->shared->rrcache,
		.servers = w->shared->servers,
		.random = rng_fill,
		.wall_sec = wall_sec,
		.wall_ctx = w,
		.keytable = w->shared->keytable,
	};

	if ((w->loop = loop_new()) == NULL || (w->rng = rng_new()) == NULL)
		return false;
	env.random_ctx = w->rng;
	w->iter = iter_new(&env);
	w->out = out_new(w->loop, w->rng, conf->outgoing_sockets);
	w->arena = arena_new(SCRATCH_ARENA_BYTES);
	w->jobs = jobs_new(w);
	loop_on_turn(w->loop, on_turn, w);
	return w->iter != NULL && w->out != NULL && w->arena != NULL && w->jobs != NULL;
}

struct worker *
worker_new(struct shared *shared, const struct worker_sockets *sockets)
{
	struct worker *w = calloc(1, sizeof *w);

	if (w == NULL)
		goto fail;
	w->shared = shared;
	w->policy = shared_policy(shared);
	pthread_mutex_init(&w->stats_lock, NULL);
	pthread_cond_init(&w->stats_ready, NULL);
	if (furnish(w) && open_doors(w, sockets))
		return w;

fail:
	close_sockets(sockets);
	worker_free(w);
	return NULL;
}

void
worker_set_probes(struct worker *w, struct probes *p)
{
	w->probes = p;
}

size_t
worker_bytes_max(const struct conf *conf)
{
	return sizeof(struct worker) + SCRATCH_ARENA_BYTES + iter_bytes_max(conf) +
	       jobs_bytes_max(conf) + out_bytes_max(conf->outgoing_sockets) +
	       conf->listen_count * udp_listener_bytes();
}

enum err
worker_start(struct worker *w)
{
	if ((errno = pthread_create(&w->thread, NULL, run, w)) != 0)
		return ERR_IO;
	w->running = true;
	return ERR_OK;
}

void
worker_wake(struct worker *w)
{
	loop_wake(w->loop);
}

void
worker_stop(struct worker *w)
{
	if (!w->running)
		return;
	atomic_store(&w->stop, true);
	loop_wake(w->loop);
	pthread_join(w->thread, NULL);
	w->running = false;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	jobs_free(w->jobs);
	for (size_t i = 0; i < w->listener_count; i++) {
		udp_listener_free(w->udp[i]);
		tcp_listener_free(w->tcp[i]);
	}
	free(w->udp);
	free(w->tcp);
	out_free(w->out);
	iter_free(w->iter);
	arena_free(w->arena);
	rng_free(w->rng);
	loop_free(w->loop);
	policy_unref(w->policy);
	pthread_cond_destroy(&w->stats_ready);
	pthread_mutex_destroy(&w->stats_lock);
	free(w);
}
