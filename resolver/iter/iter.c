#include "resolver/iter/iter.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/dnssec/anchors.h"
#include "resolver/iter/finish.h"
#include "resolver/iter/frame.h"
#include "resolver/iter/load.h"
#include "resolver/iter/recall.h"
#include "resolver/iter/spent.h"
#include "resolver/iter/stale.h"
#include "resolver/iter/steps.h"
#include "resolver/iter/task.h"
#include "resolver/iter/validate.h"

/* A reply of 65,535 bytes of the smallest records parses into about 600 kB of sets. */
#define SCRATCH_BYTES ((size_t)2 << 20)
/* A set of 64 KB in canonical form, some copies of it, and its order. */
#define CHECK_BYTES ((size_t)1 << 20)

static const char *const counter_names[] = {
	[ITER_COUNT_TASKS] = "tasks",
	[ITER_COUNT_QUERIES] = "queries",
	[ITER_COUNT_TCP] = "tcp_queries",
	[ITER_COUNT_TIMEOUTS] = "timeouts",
	[ITER_COUNT_NETWORK] = "network_errors",
	[ITER_COUNT_LAME] = "lame_replies",
	[ITER_COUNT_RESOLVERS] = "resolvers_asked",
	[ITER_COUNT_MALFORMED] = "malformed_replies",
	[ITER_COUNT_EDNS_FALLBACK] = "edns_fallbacks",
	[ITER_COUNT_CASE_FALLBACK] = "case_fallbacks",
	[ITER_COUNT_COOKIE_FALLBACK] = "cookie_fallbacks",
	[ITER_COUNT_BADCOOKIE] = "badcookie_replies",
	[ITER_COUNT_SCRUBBED] = "scrubbed_rrsets",
	[ITER_COUNT_LIMIT_QUERIES] = "limit_queries",
	[ITER_COUNT_LIMIT_NAME] = "limit_queries_per_name",
	[ITER_COUNT_LIMIT_DEPTH] = "limit_depth",
	[ITER_COUNT_LIMIT_TIME] = "limit_time",
	[ITER_COUNT_LIMIT_LINKS] = "limit_links",
	[ITER_COUNT_LIMIT_NS] = "limit_ns",
	[ITER_COUNT_LIMIT_MEMORY] = "limit_memory",
	[ITER_COUNT_AGGRESSIVE_NXDOMAIN] = "aggressive_nxdomain",
	[ITER_COUNT_AGGRESSIVE_NODATA] = "aggressive_nodata",
	[ITER_COUNT_AGGRESSIVE_WILDCARD] = "aggressive_wildcard",
	[ITER_COUNT_STALE] = "stale_answers",
	[ITER_COUNT_LIMIT_SERVER] = "limit_server_outstanding",
	[ITER_COUNT_LIMIT_ZONE] = "limit_zone_outstanding",
	[ITER_COUNT_LIMIT_RECORDS] = "limit_records",
	[ITER_COUNT_LARGE] = "large_sets_refused",
	[ITER_COUNT_LIMIT_NAMES] = "limit_names",
	[ITER_COUNT_LIMIT_TYPES] = "limit_types",
	[ITER_COUNT_LIMIT_PROOFS] = "limit_proofs",
	[ITER_COUNT_PRIVATE] = "private_addresses_dropped",
	[ITER_COUNT_LIMIT_VALIDATION] = "limit_validation",
	[ITER_COUNT_YIELDS] = "validation_yields",
	[ITER_COUNT_BOGUS] = "bogus",
	[ITER_COUNT_SENTINEL] = "key_sentinel_failures",
	[ITER_COUNT_SERVFAIL] = "servfail",
};
_Static_assert(sizeof(counter_names) / sizeof(counter_names[0]) == ITER_COUNT_COUNT,
    "every counter has its name");

/* The anchors as the configuration alone has them. */
static struct anchors *
anchors_of(const struct conf *conf)
{
	const struct rrset *lists[] = { conf->trust_anchors, conf->rolling_anchors };
	const uint8_t **names =
	    calloc(conf->negative_anchor_count + 1, sizeof(const uint8_t *));
	struct anchors *a = NULL;

	if (names == NULL)
		return NULL;
	for (size_t i = 0; i < conf->negative_anchor_count; i++)
		names[i] = conf->negative_anchors[i].name;
	a = anchors_new(
	    lists, sizeof(lists) / sizeof(lists[0]), names, conf->negative_anchor_count);
	free(names);
	return a;
}

struct iter *
iter_new(const struct iter_env *env)
{
	struct iter *it = calloc(1, sizeof(*it));
	struct hashkey key;

	if (it == NULL)
		return NULL;
	if ((it->scratch = arena_new(SCRATCH_BYTES)) == NULL)
		goto fail0;
	if ((it->check_scratch = arena_new(CHECK_BYTES)) == NULL)
		goto fail1;
	env->random(env->random_ctx, &key, sizeof(key));
	if ((it->load = load_new(env->conf->tasks_max, &key)) == NULL)
		goto fail2;
	if ((it->anchors = anchors_of(env->conf)) == NULL)
		goto fail3;
	it->env = *env;
	env->random(env->random_ctx, &it->memo_key, sizeof(it->memo_key));
	conf_ref(it->env.conf);
	it->spare_bytes = env->conf->task_memory_bytes;
	return it;

fail3:
	load_free(it->load);
fail2:
	arena_free(it->check_scratch);
fail1:
	arena_free(it->scratch);
fail0:
	free(it);
	return NULL;
}

static void
free_spares(struct iter *it)
{
	while (it->spare_count > 0)
		arena_free(it->spares[--it->spare_count]);
}

void
iter_free(struct iter *it)
{
	if (it == NULL)
		return;
	free_spares(it);
	load_free(it->load);
	arena_free(it->check_scratch);
	arena_free(it->scratch);
	anchors_unref(it->anchors);
	conf_unref(it->env.conf);
	free(it);
}

size_t
iter_bytes_max(const struct conf *conf)
{
	return sizeof(struct iter) + SCRATCH_BYTES + CHECK_BYTES +
	       load_bytes(conf->tasks_max);
}

void
iter_set_conf(struct iter *it, struct conf *conf)
{
	struct conf *old = it->env.conf;
	struct anchors *anchors = it->anchors_given ? NULL : anchors_of(conf);

	if (anchors != NULL) {
		anchors_unref(it->anchors);
		it->anchors = anchors;
	}
	it->env.conf = conf_ref(conf);
	conf_unref(old);
	if (it->spare_bytes != conf->task_memory_bytes)
		free_spares(it);
	it->spare_bytes = conf->task_memory_bytes;
}

void
iter_set_anchors(struct iter *it, struct anchors *anchors)
{
	struct anchors *old = it->anchors;

	it->anchors = anchors_ref(anchors);
	it->anchors_given = true;
	anchors_unref(old);
}

static void
arena_give_back(struct iter *it, struct arena *a, size_t limit_bytes)
{
	if (it->spare_count == SPARE_ARENAS_MAX || limit_bytes != it->spare_bytes) {
		arena_free(a);
		return;
	}
	arena_reset(a);
	it->spares[it->spare_count++] = a;
}

static bool
task_begin(struct iter_task *t, const uint8_t *qname)
{
	size_t len = dname_len(qname);

	if ((t->qname = arena_copy(t->arena, qname, len)) == NULL)
		return false;
	return frame_push(t, t->qname, t->qtype, FRAME_QUESTION) == ERR_OK;
}

struct iter_task *
iter_task_new(
    struct iter *it, const uint8_t *qname, uint16_t qtype, bool checking_disabled)
{
	struct arena *arena;
	struct iter_task *t;

	arena = it->spare_count > 0 ? it->spares[--it->spare_count]
				    : arena_new(it->spare_bytes);
	if (arena == NULL)
		return NULL;
	if ((t = arena_alloc(arena, sizeof(*t))) == NULL)
		goto fail0;
	t->it = it;
	t->arena = arena;
	t->qtype = qtype;
	t->checking_disabled = checking_disabled;
	t->conf = it->env.conf;
	answer_init(&t->result, RCODE_SERVFAIL);
	validate_init(t);
	if (!task_begin(t, qname))
		goto fail0;
	conf_ref(t->conf);
	t->anchors = anchors_ref(it->anchors);
	it->counters[ITER_COUNT_TASKS]++;
	return t;

fail0:
	arena_free(arena);
	return NULL;
}

void
iter_task_case(struct iter_task *t, const uint8_t *raw)
{
	if (t->conf->client_case)
		t->qname_raw = arena_copy(t->arena, raw, dname_len(raw));
}

void
iter_task_refresh(struct iter_task *t)
{
	t->refresh = true;
}

void
iter_task_probe(struct iter_task *t)
{
	t->refresh = true;
	t->probe = true;
}

bool
iter_task_signal(const struct iter_task *t, struct dname *out)
{
	*out = t->signal;
	return t->signal.len > 0;
}

void
iter_task_free(struct iter_task *t)
{
	struct iter *it;
	struct conf *conf;
	struct anchors *anchors;
	size_t limit_bytes;

	if (t == NULL)
		return;
	validate_fini(t);
	load_give_back(t, ITER_EVENT_START);
	it = t->it;
	conf = t->conf;
	anchors = t->anchors;
	limit_bytes = conf->task_memory_bytes;
	arena_give_back(it, t->arena, limit_bytes); /* ${t} is gone with it */
	anchors_unref(anchors);
	conf_unref(conf);
}

enum iter_action
iter_step(struct iter_task *t, const struct iter_event *event, uint64_t now_ms,
    struct iter_send *send)
{
	enum iter_action action;

	if (t->top == NULL)
		return ITER_DONE;
	if (event->kind == ITER_EVENT_START)
		t->deadline_ms = now_ms + t->conf->question_timeout_ms;
	arena_reset(t->it->scratch);
	t->event = event;
	t->send = send;
	t->now_ms = now_ms;
	load_give_back(t, event->kind);
	validate_slice(t);
	action = steps_run(t);
	if (action == ITER_DONE)
		spent_note(t);
	return action;
}

const struct answer *
iter_task_result(const struct iter_task *t)
{
	return &t->result;
}

const struct answer *
iter_task_stale(struct iter_task *t, uint64_t now_ms)
{
	struct answer *a = arena_alloc(t->arena, sizeof(*a));

	return a != NULL && stale_answer(t, now_ms, a) ? a : NULL;
}

const struct answer *
iter_task_recall(struct iter_task *t, uint64_t now_ms)
{
	struct answer *a = arena_alloc(t->arena, sizeof(*a));

	return a != NULL && recall_answer(t, now_ms, a) ? a : NULL;
}

void
iter_task_facts(const struct iter_task *t, struct iter_facts *out)
{
	out->zone = t->facts_zone;
	out->authority = t->facts_authority;
	out->queries = t->queries;
	out->reply_bytes = t->reply_bytes;
	out->from_cache = t->queries == 0;
	out->agent = t->agent;
	out->failed_name = t->agent_qname;
}

const char *
iter_task_trace(const struct iter_task *t)
{
	return t->top == NULL ? "done" : steps_name((enum step_id)t->top->step);
}

const uint64_t *
iter_counters(const struct iter *it)
{
	return it->counters;
}

const struct histogram *
iter_spent(const struct iter *it)
{
	return it->spent;
}

const char *
iter_counter_name(enum iter_counter c)
{
	return c < ITER_COUNT_COUNT ? counter_names[c] : "";
}

uint32_t
task_random(struct iter_task *t, uint32_t n)
{
	uint32_t bits;

	if (n <= 1)
		return 0;
	t->it->env.random(t->it->env.random_ctx, &bits, sizeof(bits));
	return (uint32_t)(((uint64_t)bits * n) >> 32);
}
