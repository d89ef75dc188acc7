#include "resolver/os/rng.h"

#include <errno.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "resolver/os/log.h"

/*
 * A gulp of the kernel's own generator at a time, taken from its end and wiped as
 * it is used: what was an id yesterday is nowhere in memory today. No generator
 * of our own is seeded from it, so there is no state that would tell the next id.
 *
 * One system call gives 4 KB, that is 1,000 queries' ids and ports.
 */

#define RNG_GULP 4096u

struct rng {
	size_t left; /* unused bytes, at the beginning of ${bytes} */
	uint8_t bytes[RNG_GULP];
};

static bool
gulp(struct rng *r)
{
	size_t have = 0;

	while (have < RNG_GULP) {
		ssize_t n = getrandom(r->bytes + have, RNG_GULP - have, 0);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			have += (size_t)n;
	}
	r->left = RNG_GULP;
	return true;
}

/*
 * A resolver that can be predicted is worse than none, and nothing that could be
 * handed out instead is safe; the kernel promises not to refuse once rng_new succeeded.
 */
static void
gulp_or_die(struct rng *r)
{
	if (gulp(r))
		return;
	log_error("the system gives no randomness any more: %s", strerror(errno));
	abort();
}

struct rng *
rng_new(void)
{
	struct rng *r = mmap(
	    NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (r == MAP_FAILED)
		return NULL;
	/* After a fork the child finds zeros, ${left} among them, and takes a gulp of its
	 * own; neither is essential, so a kernel without them is no error. */
	(void)madvise(r, sizeof(*r), MADV_WIPEONFORK);
	(void)madvise(r, sizeof(*r), MADV_DONTDUMP);
	if (!gulp(r)) {
		munmap(r, sizeof(*r));
		return NULL;
	}
	return r;
}

void
rng_free(struct rng *r)
{
	if (r == NULL)
		return;
	explicit_bzero(r, sizeof(*r));
	munmap(r, sizeof(*r));
}

void
rng_bytes(struct rng *r, void *out, size_t len)
{
	uint8_t *to = out;

	while (len > 0) {
		if (r->left == 0)
			gulp_or_die(r);
		size_t part = len < r->left ? len : r->left;
		uint8_t *from = r->bytes + r->left - part;
		memcpy(to, from, part);
		explicit_bzero(from, part);
		r->left -= part;
		to += part;
		len -= part;
	}
}

uint32_t
rng_u32(struct rng *r)
{
	uint32_t v;

	rng_bytes(r, &v, sizeof(v));
	return v;
}

/*
 * Lemire, "Fast Random Integer Generation in an Interval" (2019): the upper half of
 * a product is the result; the few lower halves that would favour a result are thrown
 * away.
 */
uint32_t
rng_below(struct rng *r, uint32_t n)
{
	uint64_t product = (uint64_t)rng_u32(r) * n;

	if ((uint32_t)product < n) {
		uint32_t unfair = (0u - n) % n;
		while ((uint32_t)product < unfair)
			product = (uint64_t)rng_u32(r) * n;
	}
	return (uint32_t)(product >> 32);
}

void
rng_fill(void *rng, void *out, size_t len)
{
	rng_bytes(rng, out, len);
}
