#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * A list of chunks, the newest first; the oldest stands for the arena's whole
 * life. Under AddressSanitizer what is not handed out is poisoned, so that a
 * piece used after its arena was reset is found.
 */

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define ARENA_ALIGN	alignof(max_align_t)
#define ARENA_CHUNK_MIN 4096u  /* an ordinary question needs no second one */
#define ARENA_CHUNK_MAX 65536u /* beyond this growing saves no more calls of malloc */

struct chunk {
	struct chunk *older;
	size_t size;
	size_t used;
	alignas(max_align_t) uint8_t bytes[];
};

struct arena {
	size_t limit;
	size_t handed_out;
	struct chunk *newest;
};

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c = malloc(sizeof(*c) + size);

	if (c == NULL)
		return NULL;
	c->older = NULL;
	c->size = size;
	c->used = 0;
	POISON(c->bytes, size);
	return c;
}

static void
chunk_free(struct chunk *c)
{
	UNPOISON(c->bytes, c->size);
	free(c);
}

struct arena *
arena_new(size_t limit_bytes)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		goto fail0;
	if ((a->newest = chunk_new(ARENA_CHUNK_MIN)) == NULL)
		goto fail1;
	a->limit = limit_bytes;
	a->handed_out = 0;
	return a;

fail1:
	free(a);
fail0:
	return NULL;
}

/* Frees all chunks but the oldest and returns that. */
static struct chunk *
drop_newer(struct chunk *newest)
{
	struct chunk *older;

	for (; newest->older != NULL; newest = older) {
		older = newest->older;
		chunk_free(newest);
	}
	return newest;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	chunk_free(drop_newer(a->newest));
	free(a);
}

void
arena_reset(struct arena *a)
{
	a->newest = drop_newer(a->newest);
	a->newest->used = 0;
	a->handed_out = 0;
	POISON(a->newest->bytes, a->newest->size);
}

/* A further chunk with room for ${size}; each is twice the one before, up to a point. */
static struct chunk *
arena_grow(struct arena *a, size_t size)
{
	size_t wanted = a->newest->size * 2;
	struct chunk *c;

	if (wanted > ARENA_CHUNK_MAX)
		wanted = ARENA_CHUNK_MAX;
	if (wanted < size)
		wanted = size;
	if ((c = chunk_new(wanted)) == NULL)
		return NULL;
	c->older = a->newest;
	a->newest = c;
	return c;
}

/* ${size} bytes as they are; NULL at the limit or without memory. */
static uint8_t *
arena_take(struct arena *a, size_t size)
{
	struct chunk *c = a->newest;
	size_t rounded;
	uint8_t *p;

	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (rounded == 0)
		rounded = ARENA_ALIGN;
	if (rounded > a->limit - a->handed_out)
		return NULL;
	if (rounded > c->size - c->used && (c = arena_grow(a, rounded)) == NULL)
		return NULL;
	p = c->bytes + c->used;
	c->used += rounded;
	a->handed_out += rounded;
	UNPOISON(p, size);
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	uint8_t *p = arena_take(a, size);

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

void *
arena_copy(struct arena *a, const void *bytes, size_t size)
{
	uint8_t *p = arena_take(a, size);

	if (p != NULL && size > 0)
		memcpy(p, bytes, size);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->handed_out;
}
