#include "detect/notes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing over the words' hashes: four places for each word that there may be. */
#define INDEX_SLOTS (4 * NOTES_WORDS_MAX)
#define NEVER_MS    UINT64_MAX
/* A watch is looked for in a bucket, since a flood of holds must not cost a walk each. */
#define WATCH_WAYS 8u

struct notes {
	pthread_mutex_t lock;
	_Atomic uint32_t word_count;  /* read without the lock: mostly there are none */
	_Atomic uint64_t next_end_ms; /* when the first word ends */
	uint16_t word_index[INDEX_SLOTS]; /* place + 1; 0 free */
	struct eventring events;
	struct learn learn;
	struct watch watches[NOTES_WATCHES_MAX];
	struct word words[NOTES_WORDS_MAX];
};

struct notes *
notes_new(void)
{
	struct notes *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	if (pthread_mutex_init(&n->lock, NULL) != 0) {
		free(n);
		return NULL;
	}
	atomic_init(&n->word_count, 0);
	atomic_init(&n->next_end_ms, NEVER_MS);
	return n;
}

void
notes_free(struct notes *n)
{
	if (n == NULL)
		return;
	pthread_mutex_destroy(&n->lock);
	free(n);
}

size_t
notes_bytes(void)
{
	return sizeof(struct notes);
}

/* ---- events ---- */

void
notes_remember(struct notes *n, const struct event *e)
{
	pthread_mutex_lock(&n->lock);
	eventring_put(&n->events, e);
	pthread_mutex_unlock(&n->lock);
}

bool
notes_recall(struct notes *n, const char *id, struct event *out)
{
	bool found;

	pthread_mutex_lock(&n->lock);
	found = eventring_find(&n->events, id, out);
	pthread_mutex_unlock(&n->lock);
	return found;
}

struct each {
	void (*fn)(void *ctx, const struct event *e);
	void *ctx;
};

static bool
each_event(void *ctx, const struct event *e)
{
	const struct each *each = ctx;

	each->fn(each->ctx, e);
	return true;
}

void
notes_each_event(struct notes *n, void (*fn)(void *ctx, const struct event *e), void *ctx)
{
	struct each each = { fn, ctx };

	pthread_mutex_lock(&n->lock);
	eventring_each(&n->events, each_event, &each);
	pthread_mutex_unlock(&n->lock);
}

/* ---- watches ---- */

/* The place for ${w} in its bucket: its own, a free one, or that which ends first (free
 * ones end at 0). */
static struct watch *
watch_place(struct notes *n, const struct watch *w)
{
	uint64_t hash = namehash_mix(w->zone_key, w->pair_key);
	struct watch *bucket =
	    &n->watches[hash % (NOTES_WATCHES_MAX / WATCH_WAYS) * WATCH_WAYS];
	struct watch *place = bucket;

	for (unsigned i = 0; i < WATCH_WAYS; i++) {
		if (bucket[i].zone_key == w->zone_key &&
		    bucket[i].pair_key == w->pair_key)
			return &bucket[i];
		if (bucket[i].zone_key == 0 && place->zone_key != 0)
			place = &bucket[i];
		else if (place->zone_key != 0 && bucket[i].until_sec < place->until_sec)
			place = &bucket[i];
	}
	return place;
}

void
notes_watch(struct notes *n, const struct watch *w)
{
	pthread_mutex_lock(&n->lock);
	*watch_place(n, w) = *w;
	pthread_mutex_unlock(&n->lock);
}

bool
notes_watch_at(struct notes *n, size_t place, struct watch *out)
{
	bool used;

	if (place >= NOTES_WATCHES_MAX)
		return false;
	pthread_mutex_lock(&n->lock);
	if ((used = n->watches[place].zone_key != 0))
		*out = n->watches[place];
	pthread_mutex_unlock(&n->lock);
	return used;
}

void
notes_unwatch(struct notes *n, size_t place)
{
	if (place >= NOTES_WATCHES_MAX)
		return;
	pthread_mutex_lock(&n->lock);
	n->watches[place].zone_key = 0;
	n->watches[place].until_sec = 0;
	pthread_mutex_unlock(&n->lock);
}

/* ---- lessons ---- */

void
notes_lesson(struct notes *n, const struct lesson *l)
{
	struct lesson *x;

	pthread_mutex_lock(&n->lock);
	x = learn_of(&n->learn, l->zone_key, l->zone.bytes);
	x->clients |= l->clients;
	x->names += l->names;
	x->reversed += l->reversed;
	x->suffixed += l->suffixed;
	x->bytes += l->bytes;
	if (l->most_bytes > x->most_bytes)
		x->most_bytes = l->most_bytes;
	pthread_mutex_unlock(&n->lock);
}

bool
notes_lesson_at(struct notes *n, size_t place, struct lesson *out)
{
	bool used;

	if (place >= LEARN_LESSONS_MAX)
		return false;
	pthread_mutex_lock(&n->lock);
	if ((used = n->learn.lessons[place].zone_key != 0))
		*out = n->learn.lessons[place];
	pthread_mutex_unlock(&n->lock);
	return used;
}

enum err
notes_write_lessons(struct notes *n, const struct learn_budget *b, FILE *out)
{
	enum err err;

	pthread_mutex_lock(&n->lock);
	err = learn_write(&n->learn, b, out);
	pthread_mutex_unlock(&n->lock);
	return err;
}

/* ---- words ---- */

/* Rebuilt whole at each change: changes are an operator's doing. */
static void
index_words(struct notes *n)
{
	uint32_t count = 0;
	uint64_t next = NEVER_MS;

	memset(n->word_index, 0, sizeof(n->word_index));
	for (unsigned i = 0; i < NOTES_WORDS_MAX; i++) {
		size_t slot = n->words[i].hash % INDEX_SLOTS;

		if (!n->words[i].used)
			continue;
		while (n->word_index[slot] != 0)
			slot = (slot + 1) % INDEX_SLOTS;
		n->word_index[slot] = (uint16_t)(i + 1);
		if (n->words[i].until_ms != 0 && n->words[i].until_ms < next)
			next = n->words[i].until_ms;
		count++;
	}
	atomic_store(&n->next_end_ms, next);
	atomic_store(&n->word_count, count);
}

static struct word *
word_of(struct notes *n, uint64_t hash)
{
	size_t slot = hash % INDEX_SLOTS;

	for (; n->word_index[slot] != 0; slot = (slot + 1) % INDEX_SLOTS) {
		struct word *w = &n->words[n->word_index[slot] - 1];

		if (w->hash == hash)
			return w;
	}
	return NULL;
}

static struct word *
word_free_place(struct notes *n)
{
	for (unsigned i = 0; i < NOTES_WORDS_MAX; i++)
		if (!n->words[i].used)
			return &n->words[i];
	return NULL;
}

enum err
notes_word_put(struct notes *n, const struct word *w)
{
	struct word *place;

	pthread_mutex_lock(&n->lock);
	if ((place = word_of(n, w->hash)) == NULL)
		place = word_free_place(n);
	if (place != NULL) {
		*place = *w;
		place->used = true;
		index_words(n);
	}
	pthread_mutex_unlock(&n->lock);
	return place != NULL ? ERR_OK : ERR_NOMEM;
}

bool
notes_word_remove(struct notes *n, uint64_t hash)
{
	struct word *w;

	pthread_mutex_lock(&n->lock);
	if ((w = word_of(n, hash)) != NULL) {
		w->used = false;
		index_words(n);
	}
	pthread_mutex_unlock(&n->lock);
	return w != NULL;
}

bool
notes_word_find(struct notes *n, const struct namehash *h, uint64_t now_ms,
    struct word *out, unsigned *labels)
{
	bool found = false;

	if (atomic_load_explicit(&n->word_count, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&n->lock);
	for (unsigned k = h->count + 1; k-- > 0 && !found;) {
		const struct word *w = word_of(n, h->suffix[k]);

		if (w == NULL || (w->until_ms != 0 && w->until_ms <= now_ms))
			continue;
		*out = *w;
		*labels = k;
		found = true;
	}
	pthread_mutex_unlock(&n->lock);
	return found;
}

bool
notes_word_at(struct notes *n, size_t place, struct word *out)
{
	bool used;

	if (place >= NOTES_WORDS_MAX)
		return false;
	pthread_mutex_lock(&n->lock);
	if ((used = n->words[place].used))
		*out = n->words[place];
	pthread_mutex_unlock(&n->lock);
	return used;
}

bool
notes_expire(struct notes *n, uint64_t now_ms)
{
	bool ended = false;

	if (now_ms < atomic_load_explicit(&n->next_end_ms, memory_order_relaxed))
		return false;
	pthread_mutex_lock(&n->lock);
	for (unsigned i = 0; i < NOTES_WORDS_MAX; i++) {
		struct word *w = &n->words[i];

		if (w->used && w->until_ms != 0 && w->until_ms <= now_ms) {
			w->used = false;
			ended = true;
		}
	}
	if (ended)
		index_words(n);
	pthread_mutex_unlock(&n->lock);
	return ended;
}
