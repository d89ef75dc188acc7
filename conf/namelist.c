#include "conf/namelist.h"

#include <stdlib.h>
#include <string.h>

/*
 * Three growing arrays: the names one after the other, one fixed entry a name, and an
 * open hash table of entry numbers with linear probing. An entry keeps 32 bits of its
 * name's hash, so that growing rehashes nothing and a probe compares names only when they
 * are almost surely equal. A list of 500,000 names costs its names, 20 bytes each for the
 * entries and 4 to 8 for the table, and what doubling left over.
 */

#define SLOTS_MIN 16u /* a power of two, as every size of the table */
/* With a list of a few dozen names almost every question is none of them, and its last
 * bytes say so without a hash of each suffix. */
#define TAIL_BYTES	 8u
#define SHORT_TAIL_BYTES 4u /* of names that are shorter than the other */
#define TAIL_BITS	 1024u

struct entry {
	uint32_t offset; /* of its name in ${names} */
	uint32_t hash;
	uint32_t value;
	uint32_t line;
	uint16_t file; /* in ${files} */
	uint8_t labels;
};

struct namelist {
	struct hashkey key;
	uint64_t depths[2];		/* bit n: some name has n labels */
	bool any_tail;			/* some are too short to say */
	uint64_t tails[TAIL_BITS / 64]; /* by hash of the last bytes: some name ends so */
	uint8_t *names;
	size_t names_len, names_room;
	struct entry *entries;
	size_t count, entries_room;
	uint32_t *slots; /* entry number + 1; 0: free */
	size_t slot_count;
	char **files; /* copies; 0 is "" */
	size_t file_count;
};

_Static_assert(DNAME_LABELS_MAX <= 128, "a depth has its bit");
_Static_assert(TAIL_BITS == 1 << (64 - 54) && TAIL_BYTES == sizeof(uint64_t), "tail_bit");

struct namelist *
namelist_new(void)
{
	struct namelist *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	/*
	 * The operator alone fills this table, but lists are fetched from strangers: the
	 * address, which the system randomises, keeps a list from being built to collide.
	 */
	l->key.k0 = (uint64_t)(uintptr_t)l * 0x9e3779b97f4a7c15u;
	l->key.k1 = ~l->key.k0 ^ (uint64_t)(uintptr_t)&l;
	l->slot_count = SLOTS_MIN;
	if ((l->slots = calloc(l->slot_count, sizeof(*l->slots))) == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void
namelist_free(struct namelist *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->file_count; i++)
		free(l->files[i]);
	free(l->files);
	free(l->names);
	free(l->entries);
	free(l->slots);
	free(l);
}

static void
slot_put(uint32_t *slots, size_t slot_count, uint32_t hash, uint32_t number)
{
	size_t at = hash & (slot_count - 1);

	while (slots[at] != 0)
		at = (at + 1) & (slot_count - 1);
	slots[at] = number;
}

/* Half full at most: a miss, the common case, then ends after one or two probes. */
static enum err
slots_grow(struct namelist *l)
{
	size_t slot_count = l->slot_count * 2;
	uint32_t *slots;

	if ((l->count + 1) * 2 <= l->slot_count)
		return ERR_OK;
	if (l->count >= UINT32_MAX / 4)
		return ERR_LIMIT;
	if ((slots = calloc(slot_count, sizeof(*slots))) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->count; i++)
		slot_put(slots, slot_count, l->entries[i].hash, (uint32_t)i + 1);
	free(l->slots);
	l->slots = slots;
	l->slot_count = slot_count;
	return ERR_OK;
}

/* Room for ${need} items of ${size} bytes, a quarter more each time: large blocks move
 * without copying. */
static enum err
array_grow(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room + *room / 4 + 64;
	void *grown;

	if (need <= *room)
		return ERR_OK;
	if (more < need)
		more = need;
	if ((grown = realloc(*(void **)array, more * size)) == NULL)
		return ERR_NOMEM;
	*(void **)array = grown;
	*room = more;
	return ERR_OK;
}

/* Names of one file come one after the other: only the newest file is compared. */
static enum err
file_number(struct namelist *l, const char *file, uint16_t *number)
{
	char **files, *copy;

	if (l->file_count > 0 && strcmp(l->files[l->file_count - 1], file) == 0) {
		*number = (uint16_t)(l->file_count - 1);
		return ERR_OK;
	}
	if (l->file_count > UINT16_MAX)
		return ERR_LIMIT;
	if ((files = realloc(l->files, (l->file_count + 1) * sizeof(*files))) == NULL)
		return ERR_NOMEM;
	l->files = files;
	if ((copy = strdup(file)) == NULL)
		return ERR_NOMEM;
	l->files[l->file_count] = copy;
	*number = (uint16_t)l->file_count++;
	return ERR_OK;
}

static const struct entry *
entry_find(const struct namelist *l, const uint8_t *name, size_t len, uint32_t hash)
{
	size_t at = hash & (l->slot_count - 1);

	for (; l->slots[at] != 0; at = (at + 1) & (l->slot_count - 1)) {
		const struct entry *e = &l->entries[l->slots[at] - 1];

		/* Equal bytes up to the root label of ${name} are the same name. */
		if (e->hash == hash && l->names_len - e->offset >= len &&
		    memcmp(l->names + e->offset, name, len) == 0)
			return e;
	}
	return NULL;
}

/* The bit for names that end like ${name}, of ${len} bytes, ${bytes} of them at least. */
static inline unsigned
tail_bit(const uint8_t *name, size_t len, size_t bytes)
{
	uint64_t tail = 0;

	memcpy(&tail, name + len - bytes, bytes);
	return (unsigned)(tail * UINT64_C(0x9e3779b97f4a7c15) >> 54);
}

static bool
has_tail(const struct namelist *l, unsigned bit)
{
	return (l->tails[bit / 64] >> bit % 64 & 1) != 0;
}

static void
add_tail(struct namelist *l, const uint8_t *name, size_t len)
{
	unsigned bit;

	if (len < SHORT_TAIL_BYTES) {
		l->any_tail = true;
		return;
	}
	bit = tail_bit(name, len, len < TAIL_BYTES ? SHORT_TAIL_BYTES : TAIL_BYTES);
	l->tails[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool
some_end_like(const struct namelist *l, const uint8_t *name, size_t len)
{
	return l->any_tail ||
	       (len >= TAIL_BYTES && has_tail(l, tail_bit(name, len, TAIL_BYTES))) ||
	       (len >= SHORT_TAIL_BYTES &&
		   has_tail(l, tail_bit(name, len, SHORT_TAIL_BYTES)));
}

enum err
namelist_add(struct namelist *l, const uint8_t *name, uint32_t value, const char *file,
    uint32_t line)
{
	size_t len = dname_len(name);
	uint32_t hash = (uint32_t)siphash13(&l->key, name, len);
	unsigned labels = dname_labels(name);
	struct entry *e;
	uint16_t number;
	enum err err;

	if (entry_find(l, name, len, hash) != NULL)
		return ERR_OK;
	if (l->names_len + len > UINT32_MAX)
		return ERR_LIMIT;
	if ((err = slots_grow(l)) != ERR_OK ||
	    (err = file_number(l, file, &number)) != ERR_OK ||
	    (err = array_grow(&l->names, &l->names_room, l->names_len + len, 1)) !=
		ERR_OK ||
	    (err = array_grow(&l->entries, &l->entries_room, l->count + 1, sizeof(*e))) !=
		ERR_OK)
		return err;

	e = &l->entries[l->count];
	*e = (struct entry){ .offset = (uint32_t)l->names_len,
		.hash = hash,
		.value = value,
		.line = line,
		.file = number,
		.labels = (uint8_t)labels };
	memcpy(l->names + l->names_len, name, len);
	l->names_len += len;
	l->depths[labels / 64] |= UINT64_C(1) << labels % 64;
	add_tail(l, name, len);
	l->count++;
	slot_put(l->slots, l->slot_count, hash, (uint32_t)l->count);
	return ERR_OK;
}

bool
namelist_find(const struct namelist *l, const uint8_t *name, struct namelist_hit *hit)
{
	size_t len = dname_len(name);
	unsigned labels;

	if (!some_end_like(l, name, len))
		return false;
	for (labels = dname_labels(name);; labels--) {
		const struct entry *e = NULL;

		if ((l->depths[labels / 64] >> labels % 64 & 1) != 0)
			e = entry_find(
			    l, name, len, (uint32_t)siphash13(&l->key, name, len));
		if (e != NULL) {
			if (hit != NULL)
				*hit =
				    (struct namelist_hit){ .name = l->names + e->offset,
					    .labels = e->labels,
					    .value = e->value,
					    .file = l->files[e->file],
					    .line = e->line };
			return true;
		}
		if (labels == 0)
			return false;
		len -= 1u + name[0];
		name = dname_parent(name);
	}
}

size_t
namelist_count(const struct namelist *l)
{
	return l->count;
}

size_t
namelist_bytes(const struct namelist *l)
{
	return sizeof(*l) + l->names_room + l->entries_room * sizeof(struct entry) +
	       l->slot_count * sizeof(*l->slots) + l->file_count * sizeof(*l->files);
}
