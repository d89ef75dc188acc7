#include "resolver/net/places.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/htable.h"
#include "resolver/os/rng.h"

/* Hosts counted at once: the most that server.tcp-clients can be. */
#define PLACES_HOSTS_MAX 65536u

struct host_count {
	struct htable_node node;
	struct addr host;
	uint32_t open;
};

struct places {
	pthread_mutex_t lock; /* held for a look-up */
	struct htable *hosts;
	struct hashkey key;
	_Atomic uint32_t open;
	uint32_t bound;
};

struct places *
places_new(void)
{
	struct places *p = calloc(1, sizeof(*p));
	struct rng *rng = rng_new();

	if (p == NULL || rng == NULL ||
	    (p->hosts = htable_new(PLACES_HOSTS_MAX)) == NULL) {
		rng_free(rng);
		free(p);
		return NULL;
	}
	p->bound = UINT32_MAX;
	rng_bytes(rng, &p->key, sizeof(p->key));
	rng_free(rng);
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

static void
free_host(struct htable_node *node, void *ctx)
{
	struct places *p = ctx;

	htable_remove(p->hosts, node);
	free(HTABLE_OWNER(node, struct host_count, node));
}

void
places_free(struct places *p)
{
	if (p == NULL)
		return;
	htable_each(p->hosts, free_host, p);
	htable_free(p->hosts);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
places_bound(struct places *p, uint32_t bound)
{
	p->bound = bound;
}

uint32_t
places_max(const struct places *p, uint32_t max)
{
	return max < p->bound ? max : p->bound;
}

static struct host_count *
find_host(const struct places *p, const struct addr *host, uint64_t hash)
{
	for (struct htable_node *n = htable_first(p->hosts, hash); n != NULL;
	     n = htable_next(n)) {
		struct host_count *h = HTABLE_OWNER(n, struct host_count, node);

		if (addr_same_host(&h->host, host))
			return h;
	}
	return NULL;
}

static struct host_count *
add_host(struct places *p, const struct addr *host, uint64_t hash)
{
	struct host_count *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->host = *host;
	if (htable_insert(p->hosts, &h->node, hash))
		return h;
	free(h);
	return NULL;
}

static enum places_answer
take_locked(struct places *p, const struct addr *host, uint32_t max, uint32_t host_max)
{
	uint64_t hash = addr_hash(&p->key, host);
	struct host_count *h = find_host(p, host, hash);

	if (atomic_load_explicit(&p->open, memory_order_relaxed) >= places_max(p, max))
		return PLACES_FULL;
	if ((h != NULL ? h->open : 0) >= host_max)
		return PLACES_HOST_FULL;
	if (h == NULL && (h = add_host(p, host, hash)) == NULL)
		return PLACES_FULL;
	h->open++;
	atomic_fetch_add_explicit(&p->open, 1, memory_order_relaxed);
	return PLACES_TAKEN;
}

enum places_answer
places_take(struct places *p, const struct addr *host, uint32_t max, uint32_t host_max)
{
	enum places_answer answer;

	pthread_mutex_lock(&p->lock);
	answer = take_locked(p, host, max, host_max);
	pthread_mutex_unlock(&p->lock);
	return answer;
}

void
places_leave(struct places *p, const struct addr *host)
{
	struct host_count *h;

	pthread_mutex_lock(&p->lock);
	h = find_host(p, host, addr_hash(&p->key, host));
	if (!FAILS(h == NULL)) {
		atomic_fetch_sub_explicit(&p->open, 1, memory_order_relaxed);
		if (--h->open == 0)
			free_host(&h->node, p);
	}
	pthread_mutex_unlock(&p->lock);
}

uint32_t
places_open(const struct places *p)
{
	return atomic_load_explicit(&p->open, memory_order_relaxed);
}
