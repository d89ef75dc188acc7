#include "resolver/serve/strangers.h"

#include <stdlib.h>

#include "detect/bucket.h"

#define PLACES 4096u /* 64 KB: a flood from everywhere fills it, and is not answered */
/* What is forged is the owner of a whole network: its smallest routable piece. */
#define BITS_V4 24u
#define BITS_V6 56u
/* Somebody who tries a few times by hand sees each answer. */
#define BURST_SEC 2u

struct strangers {
	struct hashkey key;
	struct bucket places[PLACES];
};

struct strangers *
strangers_new(const struct hashkey *key)
{
	struct strangers *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->key = *key;
	return s;
}

void
strangers_free(struct strangers *s)
{
	free(s);
}

size_t
strangers_bytes(void)
{
	return sizeof(struct strangers);
}

bool
strangers_may_hear(
    struct strangers *s, const struct addr *from, uint32_t rate_qps, uint64_t now_ms)
{
	struct addr net = addr_mask(from, from->family == ADDR_V6 ? BITS_V6 : BITS_V4);
	struct bucket *b = &s->places[addr_hash(&s->key, &net) % PLACES];

	return rate_qps > 0 && bucket_take(b, rate_qps, rate_qps * BURST_SEC, now_ms);
}
