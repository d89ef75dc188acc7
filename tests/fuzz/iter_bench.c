#include "tests/fuzz/iter_bench.h"

#include <stdlib.h>

#include "cache/store.h"
#include "resolver/iter/keytable.h"

#define STORE_BYTES    ((size_t)1 << 20)
#define KEYTABLE_BYTES ((size_t)1 << 16)
#define SERVERS	       256u

uint8_t
next_byte(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->bytes++;
}

static void
fixed_random(void *ctx, void *out, size_t len)
{
	uint32_t *state = ctx;
	uint8_t *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)((*state = *state * 1664525u + 1013904223u) >> 24);
}

void
iter_bench_open(struct iter_bench *b, struct conf *conf, uint32_t slice_units)
{
	static const struct hashkey key = { 3, 4 };
	const struct rrcache_limits limits = { 86400, 0, 3600, 1, 300 };

	*b = (struct iter_bench){ .random = 1 };
	b->env = (struct iter_env){ .conf = conf,
		.random = fixed_random,
		.random_ctx = &b->random,
		.slice_units = slice_units };
	if ((b->store = store_new(STORE_BYTES, 1, &key)) == NULL ||
	    (b->env.rrcache = rrcache_new(b->store, &limits)) == NULL ||
	    (b->env.servers = servers_new(SERVERS, &key)) == NULL ||
	    (b->env.keytable = keytable_new(KEYTABLE_BYTES, &key)) == NULL ||
	    (b->iter = iter_new(&b->env)) == NULL)
		abort();
}

void
iter_bench_close(struct iter_bench *b)
{
	iter_free(b->iter);
	keytable_free(b->env.keytable);
	servers_free(b->env.servers);
	rrcache_free(b->env.rrcache);
	store_free(b->store);
}
