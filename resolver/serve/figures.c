#include "resolver/serve/figures.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cache/rrcache_denial.h"

static void
set(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void
add(json_t *object, const char *name, uint64_t value)
{
	set(object, name,
	    (uint64_t)json_integer_value(json_object_get(object, name)) + value);
}

static void
add_net(json_t *net, const struct worker_stats *s)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "udp_received", s->udp.received },
		{ "udp_sent", s->udp.sent },
		{ "udp_batches", s->udp.batches },
		{ "udp_too_long", s->udp.too_long },
		{ "udp_send_failed", s->udp.send_failed },
		{ "udp_cut", s->udp.cut },
		{ "tcp_open", s->tcp.open },
		{ "tcp_accepted", s->tcp.accepted },
		{ "tcp_refused_full", s->tcp.refused_full },
		{ "tcp_refused_address", s->tcp.refused_addr },
		{ "tcp_questions", s->tcp.questions },
		{ "tcp_replies", s->tcp.replies },
		{ "tcp_timed_out", s->tcp.timed_out },
		{ "tcp_slow_readers", s->tcp.slow_readers },
		{ "out_udp", s->out.sent_udp },
		{ "out_tcp", s->out.sent_tcp },
		{ "out_replies", s->out.replies },
		{ "out_timeouts", s->out.timeouts },
		{ "out_network_errors", s->out.network },
		{ "out_wrong_sender", s->out.wrong_sender },
		{ "out_wrong_id", s->out.wrong_id },
		{ "out_wrong_question", s->out.wrong_question },
		{ "out_wrong_case", s->out.wrong_case },
		{ "out_icmp_errors", s->out.icmp },
		{ "out_wrong_cookie", s->out.wrong_cookie },
		{ "out_missing_cookie", s->out.missing_cookie },
		{ "out_late", s->out.late },
		{ "out_spoofs", s->out.spoofs },
		{ "out_sockets_opened", s->out.sockets_opened },
		{ "out_no_socket", s->out.no_socket },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		add(net, rows[i].name, rows[i].value);
}

static void
add_worker(json_t *questions, json_t *iterator, json_t *net, const struct worker_stats *s)
{
	for (int i = 0; i < COUNT_COUNT; i++)
		add(questions, counters_name((enum serve_counter)i), s->serve[i]);
	add(questions, "in_flight", s->in_flight);
	add(questions, "waiting", s->waiting);
	for (int i = 0; i < ITER_COUNT_COUNT; i++)
		add(iterator, iter_counter_name((enum iter_counter)i), s->iter[i]);
	add_net(net, s);
}

/* {"0": 12, "1": 3, "2": 5}: by the smallest figure of each place; empty places are left
 * out. */
static json_t *
histogram_json(const struct histogram *h)
{
	json_t *places = json_object();
	char least[24];

	for (unsigned i = 0; i < HISTOGRAM_PLACES; i++) {
		snprintf(
		    least, sizeof least, "%llu", (unsigned long long)histogram_least(i));
		if (h->places[i] > 0)
			set(places, least, h->places[i]);
	}
	return places;
}

static json_t *
spent_json(const struct histogram spent[ITER_SPENT_COUNT])
{
	json_t *all = json_object();

	for (int i = 0; i < ITER_SPENT_COUNT; i++)
		json_object_set_new(
		    all, iter_spent_name((enum iter_spent)i), histogram_json(&spent[i]));
	return all;
}

static json_t *
cache_json(const struct shared *shared)
{
	json_t *cache = json_object();
	struct rrcache_denial_stats d;
	struct store_stats s;

	store_stats(shared->store, &s);
	set(cache, "entries", s.entries);
	set(cache, "bytes", s.bytes);
	set(cache, "budget_bytes", s.budget_bytes);
	set(cache, "puts", s.puts);
	set(cache, "evictions", s.evictions);
	set(cache, "hits", s.hits);
	set(cache, "misses", s.misses);
	rrcache_denial_stats(shared->rrcache, &d);
	set(cache, "denial_entries", d.entries);
	set(cache, "denial_bytes", d.bytes);
	set(cache, "denial_budget_bytes", d.budget_bytes);
	set(cache, "denial_evictions", d.evictions);
	return cache;
}

static void
set_counter(void *ctx, const char *name, uint64_t value)
{
	set(ctx, name, value);
}

static json_t *
process_json(const struct shared *shared, uint64_t cpu_ns)
{
	json_t *process = json_object();

	set(process, "worker_cpu_ms", cpu_ns / 1000000u);
	set(process, "journal_written", journal_written(shared->journal));
	set(process, "journal_lost", journal_lost(shared->journal));
	set(process, "own_mistakes", fail_count());
	json_object_set_new(process, "last_mistake", json_string(fail_last()));
	return process;
}

json_t *
figures_json(struct shared *shared, struct worker **workers, unsigned count)
{
	json_t *all = json_object(), *questions = json_object(),
	       *iterator = json_object();
	json_t *net = json_object(), *detect = json_object();
	struct histogram spent[ITER_SPENT_COUNT] = { 0 };
	uint64_t cpu_ns = 0;

	for (unsigned i = 0; i < count; i++) {
		struct worker_stats s;

		worker_stats(workers[i], &s);
		add_worker(questions, iterator, net, &s);
		for (int k = 0; k < ITER_SPENT_COUNT; k++)
			histogram_merge(&spent[k], &s.spent[k]);
		cpu_ns += s.cpu_ns;
	}
	detect_counters(shared->detect, set_counter, detect);
	json_object_set_new(all, "questions", questions);
	json_object_set_new(all, "detection", detect);
	json_object_set_new(all, "cache", cache_json(shared));
	json_object_set_new(all, "iterator", iterator);
	json_object_set_new(all, "spent_by_questions", spent_json(spent));
	json_object_set_new(all, "net", net);
	json_object_set_new(all, "process", process_json(shared, cpu_ns));
	return all;
}
