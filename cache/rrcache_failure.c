#include "cache/rrcache.h"

#include <string.h>

#include "cache/rrcache_private.h"

/*
 * The memory of failed resolution.
 *
 * Source: RFC 9520 3.2: at least 1 second, at most 5 minutes, growing while it
 * lasts. A failure is told once by each worker that had the same question under way; only
 * one that comes after the last one's end means that the next try failed too.
 *
 * An entry outlives its failure by the longest time there is, so that the growth is
 * remembered through a try; after that much quiet it begins anew.
 */

struct failure {
	uint64_t until_ms;
	uint32_t span_sec;
	int32_t ede_code;
};

struct failure_put {
	uint64_t now_ms;
	uint32_t most_sec;
	uint32_t told_sec; /* the result */
};

static uint64_t
end_of_quiet(const struct failure *f, uint32_t most_sec)
{
	return f->until_ms + (uint64_t)most_sec * 1000;
}

static bool
judge_failure(void *ctx, const uint8_t *old, size_t old_len, uint64_t old_expires_ms,
    uint8_t *value, size_t value_len, uint64_t *expires_ms)
{
	struct failure_put *put = ctx;
	struct failure was, is;
	uint64_t span_sec;

	(void)old_expires_ms;
	if (FAILS(old_len != sizeof(was) || value_len != sizeof(is)))
		return true;
	memcpy(&was, old, sizeof(was));
	memcpy(&is, value, sizeof(is));
	if (put->now_ms < was.until_ms) {
		put->told_sec = rrcache_ttl_left(was.until_ms, put->now_ms);
		return false;
	}
	span_sec = (uint64_t)was.span_sec * 2;
	if (span_sec < is.span_sec)
		span_sec = is.span_sec;
	if (span_sec > put->most_sec)
		span_sec = put->most_sec;
	is.span_sec = put->told_sec = (uint32_t)span_sec;
	is.until_ms = put->now_ms + span_sec * 1000;
	memcpy(value, &is, sizeof(is));
	*expires_ms = end_of_quiet(&is, put->most_sec);
	return true;
}

static uint32_t
longer(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t
rrcache_put_failure(
    struct rrcache *c, const uint8_t *name, uint16_t type, int ede_code, uint64_t now_ms)
{
	return rrcache_put_failure_least(c, name, type, ede_code, 0, now_ms);
}

uint32_t
rrcache_put_failure_least(struct rrcache *c, const uint8_t *name, uint16_t type,
    int ede_code, uint32_t least_sec, uint64_t now_ms)
{
	uint32_t least =
	    longer(atomic_load_explicit(&c->failure_ttl_min_sec, memory_order_relaxed),
		least_sec);
	uint32_t most = longer(
	    atomic_load_explicit(&c->failure_ttl_max_sec, memory_order_relaxed), least);
	struct failure_put put = {
		.now_ms = now_ms, .most_sec = most, .told_sec = least
	};
	struct failure f = {
		.until_ms = now_ms + (uint64_t)least * 1000,
		.span_sec = least,
		.ede_code = ede_code,
	};
	struct store_block *b;
	struct rrkey key;

	rrcache_key(&key, name, type, KIND_FAILURE);
	if (store_block_new(c->store, key.bytes, key.len, sizeof(f), &b) != ERR_OK)
		return 0;
	memcpy(store_block_value(b), &f, sizeof(f));
	store_commit(c->store, store_hash(c->store, key.bytes, key.len), b,
	    end_of_quiet(&f, most), now_ms, judge_failure, &put);
	return put.told_sec;
}

static void
read_failure(void *ctx, uint8_t *value, size_t value_len, uint64_t expires_ms)
{
	(void)expires_ms;
	if (!FAILS(value_len != sizeof(struct failure)))
		memcpy(ctx, value, sizeof(struct failure));
}

bool
rrcache_get_failure(
    struct rrcache *c, const uint8_t *name, uint16_t type, uint64_t now_ms, int *ede_code)
{
	struct failure f = { .until_ms = 0 };
	struct rrkey key;

	rrcache_key(&key, name, type, KIND_FAILURE);
	if (!store_read(c->store, store_hash(c->store, key.bytes, key.len), key.bytes,
		key.len, now_ms, read_failure, &f) ||
	    now_ms >= f.until_ms)
		return false;
	if (ede_code != NULL)
		*ede_code = f.ede_code;
	return true;
}

void
rrcache_forget_failure(struct rrcache *c, const uint8_t *name, uint16_t type)
{
	rrcache_drop(c, name, type, KIND_FAILURE);
}

struct forget {
	bool (*which)(int ede_code);
};

static bool
is_forgotten(
    void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
	const struct forget *forget = ctx;
	struct failure f;

	if (key[key_len - 1] != KIND_FAILURE || value_len != sizeof(f) ||
	    kind_name_len(key, key_len, RRKEY_TAIL) == 0)
		return false;
	memcpy(&f, value, sizeof(f));
	return forget->which(f.ede_code);
}

size_t
rrcache_forget_failures(struct rrcache *c, bool (*which)(int ede_code))
{
	struct forget forget = { which };

	return store_sweep(c->store, is_forgotten, &forget);
}
