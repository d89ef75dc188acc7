#include "resolver/serve/shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache/rrcache_denial.h"
#include "resolver/os/log.h"
#include "resolver/os/rng.h"
#include "resolver/serve/blocklog.h"
#include "resolver/serve/worker.h"

/* A ring this long holds a second of the worst flood of verdicts; a slot is 2 KB. */
#define JOURNAL_SLOTS 2048u
/* Servers of the whole Internet that a company meets in a day: some ten thousand. */
#define SERVER_ENTRIES 65536u
/* Some 5,000 signed zones; parsed keys take 1 to 4 KB each. */
#define KEYTABLE_BYTES	  ((size_t)16 << 20)
#define SHARDS_PER_WORKER 8u
/* A zone's proofs lie in one shard: few shards leave a large zone room. */
#define DENIAL_SHARDS 4u
#define DENIAL_SHARE  4u
#define SHARDS_MAX    256u

struct policy *
policy_new(struct conf *conf)
{
	struct policy *p = calloc(1, sizeof *p);

	if (p == NULL)
		goto fail0;
	if ((p->local = local_new(conf)) == NULL)
		goto fail1;
	p->conf = conf;
	atomic_init(&p->refs, 1);
	return p;

fail1:
	free(p);
fail0:
	conf_unref(conf);
	return NULL;
}

static struct policy *
policy_ref(struct policy *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void
policy_unref(struct policy *p)
{
	if (p == NULL || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	local_free(p->local);
	conf_unref(p->conf);
	free(p);
}

static struct rrcache_limits
limits_of(const struct conf *conf)
{
	return (struct rrcache_limits){
		.ttl_max_sec = conf->ttl_max_sec,
		.ttl_min_sec = conf->ttl_min_sec,
		.negative_ttl_max_sec = conf->negative_ttl_max_sec,
		.failure_ttl_min_sec = conf->failure_ttl_min_sec,
		.failure_ttl_max_sec = conf->failure_ttl_max_sec,
	};
}

static unsigned
shards_for(unsigned workers)
{
	unsigned n = SHARDS_PER_WORKER;

	while (n < workers * SHARDS_PER_WORKER && n < SHARDS_MAX)
		n *= 2;
	return n;
}

/* Proofs come out of the cache's budget; small caches keep most of it for answers. */
static size_t
denial_bytes_of(const struct conf *conf)
{
	size_t most = conf->cache_bytes / DENIAL_SHARE;

	return conf->denial_bytes < most ? conf->denial_bytes : most;
}

/* Each table has a key of its own: learning one by timing says nothing of the others. */
static bool
make_tables(struct shared *s, const struct conf *conf, unsigned workers, struct rng *rng)
{
	struct rrcache_limits limits = limits_of(conf);
	size_t denial_bytes = denial_bytes_of(conf);
	struct hashkey keys[7];

	rng_bytes(rng, keys, sizeof keys);
	rng_bytes(rng, &s->cookie_master, sizeof s->cookie_master);
	rng_bytes(rng, &s->news_key, sizeof s->news_key);
	s->store =
	    store_new(conf->cache_bytes - denial_bytes, shards_for(workers), &keys[0]);
	if (s->store == NULL)
		return false;
	s->rrcache = rrcache_new(s->store, &limits);
	if (s->rrcache != NULL &&
	    !rrcache_denial_open(s->rrcache, denial_bytes, DENIAL_SHARDS, &keys[4]))
		return false;
	s->anscache = anscache_new(s->store);
	s->servers = servers_new(SERVER_ENTRIES, &keys[1]);
	s->keytable = keytable_new(KEYTABLE_BYTES, &keys[3]);
	s->places = places_new();
	s->strangers = strangers_new(&keys[5]);
	s->blocks = blocklog_new(&keys[6]);
	s->detect = detect_new(conf, &keys[2], rng_u32(rng));
	return s->places != NULL && s->strangers != NULL && s->blocks != NULL &&
	       s->rrcache != NULL && s->anscache != NULL && s->servers != NULL &&
	       s->keytable != NULL && s->detect != NULL;
}

struct shared *
shared_new(struct conf *conf, unsigned workers)
{
	struct shared *s = calloc(1, sizeof *s);
	struct rng *rng = rng_new();

	if (s == NULL || rng == NULL || !make_tables(s, conf, workers, rng)) {
		log_error("no memory for caches and tables");
		goto fail;
	}
	pthread_mutex_init(&s->policy_lock, NULL);
	if (journal_new(conf->journal_file, JOURNAL_SLOTS, &s->journal) != ERR_OK) {
		log_error("journal %s: %s", conf->journal_file, strerror(errno));
		goto fail;
	}
	if ((s->policy = policy_new(conf_ref(conf))) == NULL) {
		log_error("no memory for the policy");
		goto fail;
	}
	s->policy->generation = s->policy->conf->generation = 1;
	atomic_init(&s->policy_generation, 1);
	rng_free(rng);
	conf_unref(conf);
	return s;

fail:
	rng_free(rng);
	conf_unref(conf);
	shared_free(s);
	return NULL;
}

void
shared_free(struct shared *s)
{
	if (s == NULL)
		return;
	policy_unref(s->policy);
	anchors_unref(s->anchors);
	journal_free(s->journal);
	blocklog_free(s->blocks);
	strangers_free(s->strangers);
	places_free(s->places);
	detect_free(s->detect);
	keytable_free(s->keytable);
	servers_free(s->servers);
	anscache_free(s->anscache);
	rrcache_free(s->rrcache);
	store_free(s->store);
	free(s);
}

/* A flush walks the whole cache. So many changed zones are worth less time than a new
 * cache. */
#define FLUSHES_MAX 16u

static bool
is_same_zone(const struct conf_zone *a, const struct conf_zone *b)
{
	if (a->kind != b->kind || a->only != b->only ||
	    a->server_count != b->server_count || !dname_equal(a->name, b->name))
		return false;
	for (size_t i = 0; i < a->server_count; i++)
		if (!addr_equal(&a->servers[i], &b->servers[i]))
			return false;
	return true;
}

static bool
has_zone(const struct conf *c, const struct conf_zone *z)
{
	for (size_t i = 0; i < c->zone_count; i++)
		if (is_same_zone(&c->zones[i], z))
			return true;
	return false;
}

/* Those of ${was} that are not in ${is}. */
static void
tell_gone(const struct conf *was, const struct conf *is, shared_zone_fn *fn, void *ctx)
{
	static const uint8_t root[] = { 0 };
	unsigned told = 0;

	for (size_t i = 0; i < was->zone_count && told <= FLUSHES_MAX; i++) {
		const uint8_t *name = was->zones[i].name;

		if (!has_zone(is, &was->zones[i]))
			fn(ctx, ++told > FLUSHES_MAX ? root : name);
	}
}

void
shared_changed_zones(
    const struct conf *was, const struct conf *is, shared_zone_fn *fn, void *ctx)
{
	tell_gone(was, is, fn, ctx);
	tell_gone(is, was, fn, ctx);
}

static void
forget_zone(void *ctx, const uint8_t *name)
{
	struct shared *s = ctx;

	(void)rrcache_flush(s->rrcache, name, true);
	(void)anscache_flush(s->anscache, name, true);
}

static bool
is_same_private(const struct conf *a, const struct conf *b)
{
	if (a->private_address_count != b->private_address_count ||
	    a->private_name_count != b->private_name_count)
		return false;
	for (size_t i = 0; i < a->private_address_count; i++)
		if (a->private_addresses[i].bits != b->private_addresses[i].bits ||
		    !addr_same_host(
			&a->private_addresses[i].addr, &b->private_addresses[i].addr))
			return false;
	for (size_t i = 0; i < a->private_name_count; i++)
		if (!dname_equal(a->private_names[i], b->private_names[i]))
			return false;
	return true;
}

void
shared_swap(struct shared *s, struct policy *policy)
{
	static const uint8_t root[] = { 0 };
	struct rrcache_limits limits = limits_of(policy->conf);
	struct policy *old;

	rrcache_set_limits(s->rrcache, &limits);
	/* Other anchors may have come: what was derived from the old ones goes. */
	(void)keytable_flush(s->keytable, NULL, true);
	(void)rrcache_denial_forget(s->rrcache, root, true);
	pthread_mutex_lock(&s->policy_lock);
	old = s->policy;
	policy->generation = policy->conf->generation = old->generation + 1;
	s->policy = policy;
	atomic_store(&s->policy_generation, policy->generation);
	pthread_mutex_unlock(&s->policy_lock);
	shared_changed_zones(old->conf, policy->conf, forget_zone, s);
	/* Whole answers were filtered by the old list, or by none. */
	if (!is_same_private(old->conf, policy->conf))
		(void)anscache_flush(s->anscache, (const uint8_t[]){ 0 }, true);
	policy_unref(old);
}

void
shared_set_anchors(struct shared *s, struct anchors *anchors)
{
	struct anchors *old;

	pthread_mutex_lock(&s->policy_lock);
	old = s->anchors;
	s->anchors = anchors;
	atomic_fetch_add(&s->anchors_generation, 1);
	pthread_mutex_unlock(&s->policy_lock);
	(void)keytable_flush(s->keytable, NULL, true);
	anchors_unref(old);
}

/* The number alone says so: workers take the same anchors again. */
void
shared_forget_aliases(struct shared *s)
{
	pthread_mutex_lock(&s->policy_lock);
	if (s->anchors != NULL)
		atomic_fetch_add(&s->anchors_generation, 1);
	pthread_mutex_unlock(&s->policy_lock);
}

struct anchors *
shared_anchors(struct shared *s, uint32_t *generation)
{
	struct anchors *a;

	pthread_mutex_lock(&s->policy_lock);
	a = anchors_ref(s->anchors);
	*generation = atomic_load(&s->anchors_generation);
	pthread_mutex_unlock(&s->policy_lock);
	return a;
}

struct policy *
shared_policy(struct shared *s)
{
	struct policy *p;

	pthread_mutex_lock(&s->policy_lock);
	p = policy_ref(s->policy);
	pthread_mutex_unlock(&s->policy_lock);
	return p;
}

static size_t
list_bytes(const struct namelist *list)
{
	return list == NULL ? 0 : namelist_bytes(list);
}

void
shared_worst_parts(const struct shared *s, const struct conf *built,
    const struct conf *conf, unsigned workers, struct worst_case *out)
{
	*out = (struct worst_case){
		.cache = built->cache_bytes,
		.questions =
		    workers * ((uint64_t)built->tasks_max * conf->task_memory_bytes +
				  worker_bytes_max(built)),
		.clients = (uint64_t)conf->tcp_clients_max * 2 * MSG_MAX,
		.tables =
		    detect_bytes(s->detect) + servers_bytes(s->servers) +
		    keytable_bytes(s->keytable) + strangers_bytes() + blocklog_bytes() +
		    (uint64_t)JOURNAL_SLOTS * sizeof(struct event) +
		    2 * ((uint64_t)list_bytes(conf->block) + list_bytes(conf->allow)),
	};
}

uint64_t
shared_worst_case(const struct shared *s, const struct conf *built,
    const struct conf *conf, unsigned workers)
{
	struct worst_case w;

	shared_worst_parts(s, built, conf, workers, &w);
	return w.cache + w.questions + w.clients + w.tables;
}
