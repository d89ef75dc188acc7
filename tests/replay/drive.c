#include "tests/replay/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/dns.h"
#include "cache/rrcache_denial.h"
#include "cache/servers.h"
#include "cache/store.h"
#include "conf/conf.h"
#include "resolver/iter/iter.h"
#include "resolver/iter/keytable.h"
#include "resolver/wire/cookie.h"
#include "tests/replay/check.h"

#define STORE_BYTES    ((size_t)4 << 20)
#define DENIAL_BYTES   ((size_t)1 << 20)
#define SERVER_ENTRIES 4096u
#define SENDS_MAX      1000u /* no budget lets a question get that far */
#define START_MS       1000000u

struct drive {
	struct script *script;
	bool verbose;
	uint64_t random;
	uint64_t now_ms;
	struct conf *conf;
	struct arena *hints;
	struct store *store;
	struct rrcache *rrcache;
	struct servers *servers;
	struct keytable *keytable;
	struct iter *iter;
	uint64_t counted[ITER_COUNT_COUNT]; /* at the last reset */
	uint64_t elapsed_ms;		    /* since then */
	struct cost cost, worst;	    /* of this question; of all */
	uint8_t reply[REPLY_MAX];
};

/* splitmix64: a sequence that looks random and is the same every time. */
static void
drive_random(void *ctx, void *out, size_t len)
{
	uint64_t *state = ctx;
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++) {
		uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		bytes[i] = (uint8_t)(z >> 56);
	}
}

static struct conf *
load_conf(const struct script *s)
{
	static struct conf_errors errors;
	/* Most of these worlds are not signed. */
	const char *options[OPTIONS_MAX + 1] = { "resolver.validation=false" };
	struct conf *conf = NULL;

	for (unsigned i = 0; i < s->option_count; i++)
		options[i + 1] = s->options[i];
	memset(&errors, 0, sizeof(errors));
	if (conf_load(NULL, options, s->option_count + 1, &errors, &conf) == ERR_OK)
		return conf;
	for (size_t i = 0; i < errors.count && i < CONF_ERRORS_MAX; i++)
		fprintf(stderr, "%s: %s\n", s->file, errors.errors[i].text);
	return NULL;
}

static struct rrcache_limits
limits_of(const struct conf *c)
{
	return (struct rrcache_limits){
		.ttl_max_sec = c->ttl_max_sec,
		.ttl_min_sec = c->ttl_min_sec,
		.negative_ttl_max_sec = c->negative_ttl_max_sec,
		.failure_ttl_min_sec = c->failure_ttl_min_sec,
		.failure_ttl_max_sec = c->failure_ttl_max_sec,
	};
}

static bool
drive_open(struct drive *d)
{
	struct hashkey key = { 1, 2 };
	struct rrcache_limits limits;
	struct iter_env env;

	if ((d->conf = load_conf(d->script)) == NULL)
		return false;
	if (d->script->hints != NULL) {
		d->hints = arena_new(1 << 20);
		d->conf->root_hints = records_to_sets(d->hints, d->script->hints);
	}
	limits = limits_of(d->conf);
	d->store = store_new(STORE_BYTES, 1, &key);
	d->rrcache = rrcache_new(d->store, &limits);
	if (!rrcache_denial_open(d->rrcache, DENIAL_BYTES, 1, &key))
		return false;
	d->servers = servers_new(SERVER_ENTRIES, &key);
	d->keytable = keytable_new(1 << 20, &key);
	env = (struct iter_env){ .conf = d->conf,
		.rrcache = d->rrcache,
		.servers = d->servers,
		.keytable = d->keytable,
		/* What holds must hold however often validation is interrupted. */
		.slice_units = d->random % 2 == 0 ? 1 : 0,
		.random = drive_random,
		.random_ctx = &d->random };
	return (d->iter = iter_new(&env)) != NULL;
}

static void
drive_close(struct drive *d)
{
	iter_free(d->iter);
	keytable_free(d->keytable);
	servers_free(d->servers);
	rrcache_free(d->rrcache);
	store_free(d->store);
	conf_unref(d->conf);
	arena_free(d->hints);
}

static void
print_query(
    const struct drive *d, const struct world_query *q, enum world_outcome outcome)
{
	static const char *const outcomes[] = { "reply", "silent", "unreachable", "case",
		"spoofed", "spoofed, then a reply" };
	char addr[ADDR_TEXT_MAX], name[DNAME_TEXT_MAX], type[DNS_MNEMONIC_MAX];

	if (d->verbose)
		printf("  %8llu ms  %s  %s %s%s%s%s%s: %s\n",
		    (unsigned long long)(d->now_ms - START_MS),
		    addr_host_text(&q->to, addr), dname_to_text(q->name.bytes, name),
		    dns_type_text(q->type, type), q->tcp ? " tcp" : "",
		    q->edns ? "" : " noedns",
		    q->cookie_len > 8	? " cookie"
		    : q->cookie_len > 0 ? " our-part"
					: "",
		    q->recursion_desired ? " rd" : "", outcomes[outcome]);
}

static bool
is_reply(enum world_outcome outcome)
{
	return outcome == WORLD_REPLY || outcome == WORLD_SPOOFED_REPLY;
}

/* As resolver/net/out.h does. */
#define COOKIE_GRACE_MS 100u

/* What the host keeps back. */
static bool
has_wrong_cookie(const struct drive *d, size_t len, const struct iter_send *send)
{
	return !send->tcp && cookie_match(d->reply, len, send->query, send->query_len) !=
				 COOKIE_MATCHES;
}

/* One query through the world; what came of it as the next event. */
static void
carry(struct drive *d, const struct iter_send *send, struct asked_log *log,
    struct iter_event *event)
{
	struct world_query q = { .to = send->to,
		.tcp = send->tcp,
		.bytes = send->query,
		.len = send->query_len };
	enum world_outcome outcome;
	uint32_t delay_ms;
	size_t len = 0;

	if (!world_parse_query(&q))
		abort();
	outcome = world_ask(&d->script->world, &q, d->reply, &len, &delay_ms);
	check_log(log, &q);
	print_query(d, &q, outcome);
	*event = (struct iter_event){ .kind = ITER_EVENT_TIMEOUT };
	event->case_differed = outcome == WORLD_CASE;
	event->spoofs_seen = outcome == WORLD_SPOOFED || outcome == WORLD_SPOOFED_REPLY;
	if (outcome == WORLD_UNREACHABLE) {
		event->kind = ITER_EVENT_NETWORK;
		event->no_route = true;
	} else if (is_reply(outcome) && delay_ms < send->timeout_ms &&
		   has_wrong_cookie(d, len, send)) {
		event->cookie_doubt = true;
		d->now_ms += delay_ms + COOKIE_GRACE_MS;
	} else if (is_reply(outcome) && delay_ms < send->timeout_ms) {
		event->kind = ITER_EVENT_REPLY;
		event->reply = d->reply;
		event->reply_len = len;
		d->now_ms += delay_ms;
	} else {
		d->now_ms += send->timeout_ms;
	}
}

static uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t
store_bytes(const struct drive *d)
{
	struct store_stats s;

	store_stats(d->store, &s);
	return s.bytes;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
note_worst(struct drive *d)
{
	d->worst.queries = larger(d->worst.queries, d->cost.queries);
	d->worst.cpu_ns = larger(d->worst.cpu_ns, d->cost.cpu_ns);
	d->worst.bytes = larger(d->worst.bytes, d->cost.bytes);
}

/* One step of the task, its time counted. */
static enum iter_action
step_task(struct drive *d, struct iter_task *t, const struct iter_event *event,
    struct iter_send *send)
{
	uint64_t before_ns = cpu_ns();
	enum iter_action action = iter_step(t, event, d->now_ms, send);

	d->cost.cpu_ns += cpu_ns() - before_ns;
	return action;
}

static unsigned
drive_ask(struct drive *d, const struct script_step *step)
{
	struct iter_event event = { .kind = ITER_EVENT_START };
	struct asked_log log = { .count = 0 };
	uint64_t began_ms = d->now_ms, held = store_bytes(d);
	struct iter_send send;
	struct iter_task *t;
	enum iter_action action;
	unsigned failed, sends = 0;

	t = iter_task_new(d->iter, step->name.bytes, step->type, step->checking_disabled);
	if (t == NULL)
		abort();
	if (step->refresh)
		iter_task_refresh(t);
	d->cost = (struct cost){ .queries = 0 };
	while (
	    (action = step_task(d, t, &event, &send)) != ITER_DONE && sends < SENDS_MAX) {
		if (action == ITER_SEND) {
			sends++;
			carry(d, &send, &log, &event);
		} else {
			event = (struct iter_event){ .kind = ITER_EVENT_AGAIN };
		}
	}
	d->elapsed_ms += d->now_ms - began_ms;
	d->cost.queries = sends;
	d->cost.bytes = iter_task_spent(t, ITER_SPENT_MEMORY);
	if (store_bytes(d) > held)
		d->cost.bytes += store_bytes(d) - held;
	note_worst(d);
	failed = check_ask(d->script, step, t, &log, d->now_ms - began_ms, d->cost.bytes);
	if (sends >= SENDS_MAX) {
		fprintf(stderr, "%s:%u: it never ends\n", d->script->file, step->line);
		failed++;
	}
	iter_task_free(t);
	return failed;
}

static unsigned
drive_counter(const struct drive *d, const struct script_step *step)
{
	for (unsigned c = 0; c < ITER_COUNT_COUNT; c++) {
		uint64_t n = iter_counters(d->iter)[c] - d->counted[c];

		if (strcmp(iter_counter_name((enum iter_counter)c), step->text) != 0)
			continue;
		if (n >= step->low && n <= step->high)
			return 0;
		fprintf(stderr, "%s:%u: counter %s is %llu\n", d->script->file,
		    step->line, step->text, (unsigned long long)n);
		return 1;
	}
	fprintf(
	    stderr, "%s:%u: no counter %s\n", d->script->file, step->line, step->text);
	return 1;
}

static unsigned
drive_elapsed(const struct drive *d, const struct script_step *step)
{
	if (d->elapsed_ms >= step->low && d->elapsed_ms <= step->high)
		return 0;
	fprintf(stderr, "%s:%u: it took %llu ms\n", d->script->file, step->line,
	    (unsigned long long)d->elapsed_ms);
	return 1;
}

static unsigned
drive_step(struct drive *d, const struct script_step *step)
{
	switch (step->kind) {
	case STEP_ASK:
		return drive_ask(d, step);
	case STEP_PASS:
		d->now_ms += step->low;
		return 0;
	case STEP_COUNTER:
		return drive_counter(d, step);
	case STEP_ELAPSED:
		return drive_elapsed(d, step);
	case STEP_RESET_COUNTERS:
		d->elapsed_ms = 0;
		memcpy(d->counted, iter_counters(d->iter), sizeof(d->counted));
		return 0;
	}
	return 1;
}

unsigned
drive_run(struct script *s, uint64_t seed, bool verbose, struct cost *cost)
{
	struct drive *d = calloc(1, sizeof(*d));
	unsigned failed = 0;

	if (d == NULL)
		abort();
	d->script = s;
	d->verbose = verbose;
	d->random = seed;
	d->now_ms = START_MS;
	if (!drive_open(d))
		failed++;
	for (struct script_step *step = s->steps; step != NULL && failed == 0;
	     step = step->next)
		failed += drive_step(d, step);
	if (fail_count() > 0) {
		fprintf(stderr, "%s: %s\n", s->file, fail_last());
		failed++;
	}
	*cost = d->worst;
	drive_close(d);
	free(d);
	return failed;
}
