#include "resolver/serve/strangers.h"

#include <pthread.h>
#include <stdlib.h>

#include "detect/bucket.h"

#define PLACES 4096u /* 64 KB: a flood from everywhere fills it, and is not answered */
/* What is forged is the owner of a whole network: its smallest routable piece. */
#define BITS_V4 24u
#define BITS_V6 56u
/* Workers that are flooded from different networks seldom wait for each other. */
#define LOCKS 64u
/* Somebody who tries a few times by hand sees each answer. */
#define BURST_SEC 2u

struct strangers {
	struct hashkey key;
	pthread_mutex_t locks[LOCKS];
	struct bucket places[PLACES]; /* each under the lock of its number */
};

struct strangers *
strangers_new(const struct hashkey *key)
{
	struct strangers *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->key = *key;
	for (unsigned i = 0; i < LOCKS; i++)
		pthread_mutex_init(&s->locks[i], NULL);
	return s;
}

void
strangers_free(struct strangers *s)
{
	for (unsigned i = 0; s != NULL && i < LOCKS; i++)
		pthread_mutex_destroy(&s->locks[i]);
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
	unsigned at = (unsigned)(addr_hash(&s->key, &net) % PLACES);
	bool may;

	if (rate_qps == 0)
		return false;
	pthread_mutex_lock(&s->locks[at % LOCKS]);
	may = bucket_take(&s->places[at], rate_qps, rate_qps * BURST_SEC, now_ms);
	pthread_mutex_unlock(&s->locks[at % LOCKS]);
	return may;
}
