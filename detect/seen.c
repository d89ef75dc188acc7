#include "detect/seen.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/bigmem.h"

#define WAYS	    8u
#define ENTRIES_MIN 1024u

struct seen {
	size_t bucket_mask;
	_Atomic uint32_t swept; /* buckets, since ever */
	_Atomic uint32_t *entries;
};

static uint32_t
fingerprint_of(uint64_t hash)
{
	uint32_t f = (uint32_t)(hash & 0xffff);

	return f != 0 ? f : 1; /* 0 is an empty entry */
}

static _Atomic uint32_t *
bucket_of(const struct seen *s, uint64_t hash)
{
	return s->entries + ((hash >> 16) & s->bucket_mask) * WAYS;
}

static unsigned
age_of(uint32_t word, uint32_t half_hour)
{
	return (half_hour - word) & 0xff;
}

struct seen *
seen_new(size_t entries)
{
	size_t count = ENTRIES_MIN;
	struct seen *s;

	while (count < entries && count < (SIZE_MAX >> 4))
		count *= 2;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto fail0;
	if ((s->entries = bigmem_new(count * sizeof(*s->entries))) == NULL)
		goto fail1;
	s->bucket_mask = count / WAYS - 1;
	return s;

fail1:
	free(s);
fail0:
	return NULL;
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	free(s->entries);
	free(s);
}

size_t
seen_bytes(const struct seen *s)
{
	return sizeof(*s) + (s->bucket_mask + 1) * WAYS * sizeof(*s->entries);
}

void
seen_prefetch(const struct seen *s, uint64_t hash)
{
	__builtin_prefetch(bucket_of(s, hash));
}

struct seen_hit
seen_find(const struct seen *s, uint64_t hash, uint32_t half_hour)
{
	_Atomic uint32_t *bucket = bucket_of(s, hash);
	uint32_t fingerprint = fingerprint_of(hash);

	for (unsigned i = 0; i < WAYS; i++) {
		uint32_t word = atomic_load_explicit(&bucket[i], memory_order_relaxed);

		if (word >> 16 == fingerprint && age_of(word, half_hour) < SEEN_LIFE)
			return (struct seen_hit){ .found = true,
				.tag = (uint8_t)(word >> 8) };
	}
	return (struct seen_hit){ .found = false };
}

/* Once round the table in the half-hours between an entry's end and its coming again. */
#define SWEEP_HALF_HOURS (256u - SEEN_LIFE)
/* At each put: four buckets are two cache lines. */
#define SWEEP_BUCKETS 4u

static void
sweep_bucket(_Atomic uint32_t *bucket, uint32_t half_hour)
{
	for (unsigned i = 0; i < WAYS; i++) {
		uint32_t word = atomic_load_explicit(&bucket[i], memory_order_relaxed);

		if (word != 0 && age_of(word, half_hour) >= SEEN_LIFE)
			atomic_store_explicit(&bucket[i], 0, memory_order_relaxed);
	}
}

static void
sweep(struct seen *s, uint32_t half_hour)
{
	uint32_t buckets = (uint32_t)s->bucket_mask + 1;
	uint32_t each = buckets / SWEEP_HALF_HOURS + 1;
	uint32_t due = half_hour * each;
	uint32_t at = atomic_load_explicit(&s->swept, memory_order_relaxed);

	if (due - at == 0 || due - at > UINT32_MAX / 2)
		return;
	if (due - at > buckets)
		at = due - buckets; /* once round is enough */
	for (unsigned i = 0; i < SWEEP_BUCKETS; i++, at++)
		sweep_bucket(s->entries + (at & s->bucket_mask) * WAYS, half_hour);
	atomic_store_explicit(&s->swept, at, memory_order_relaxed);
}

void
seen_put(struct seen *s, uint64_t hash, uint8_t tag, uint32_t half_hour)
{
	_Atomic uint32_t *bucket = bucket_of(s, hash);
	uint32_t fingerprint = fingerprint_of(hash);
	unsigned place = 0, oldest = 0;

	sweep(s, half_hour);
	for (unsigned i = 0; i < WAYS; i++) {
		uint32_t word = atomic_load_explicit(&bucket[i], memory_order_relaxed);
		unsigned age = word == 0 ? 256 : age_of(word, half_hour);

		if (word >> 16 == fingerprint) {
			place = i;
			break;
		}
		if (age >= oldest) {
			oldest = age;
			place = i;
		}
	}
	atomic_store_explicit(&bucket[place],
	    fingerprint << 16 | (uint32_t)tag << 8 | (half_hour & 0xff),
	    memory_order_relaxed);
}

void
seen_forget(struct seen *s, uint64_t hash)
{
	_Atomic uint32_t *bucket = bucket_of(s, hash);
	uint32_t fingerprint = fingerprint_of(hash);

	for (unsigned i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&bucket[i], memory_order_relaxed) >> 16 ==
		    fingerprint)
			atomic_store_explicit(&bucket[i], 0, memory_order_relaxed);
}
