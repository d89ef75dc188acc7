#include "resolver/dnssec/anchors.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dname.h"

/* 1,000 configured records, 64 rolling zones and 1,024 names: some 400 KB at most. */
#define ARENA_MAX ((size_t)8 << 20)

struct anchors {
	atomic_uint refs;
	struct arena *arena;
	struct rrset *ds;
	const uint8_t **negative;
	size_t negative_count;
};

static bool
holds(const struct rrset *set, const struct rdata *rdata)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->rdata[i].len == rdata->len &&
		    memcmp(set->rdata[i].bytes, rdata->bytes, rdata->len) == 0)
			return true;
	return false;
}

/* A set with room for more records; the signatures of a DS say nothing here. */
static struct rrset *
set_new(struct arena *arena, const struct rrset *from)
{
	struct rrset *set = arena_alloc(arena, sizeof(*set));

	if (set == NULL)
		return NULL;
	*set = *from;
	set->next = NULL;
	set->count = set->sig_count = 0;
	set->sigs = NULL;
	set->owner = arena_copy(arena, from->owner, dname_len(from->owner));
	set->rdata = arena_alloc(arena, RRSET_RECORDS_MAX * sizeof(*set->rdata));
	return set->owner == NULL || set->rdata == NULL ? NULL : set;
}

static bool
merge(struct anchors *a, const struct rrset *from)
{
	struct rrset *set = rrset_find(a->ds, from->owner, from->type);

	if (set == NULL) {
		if ((set = set_new(a->arena, from)) == NULL)
			return false;
		rrset_append(&a->ds, set);
	}
	for (size_t i = 0; i < from->count && set->count < RRSET_RECORDS_MAX; i++) {
		struct rdata *rd = &set->rdata[set->count];

		if (holds(set, &from->rdata[i]))
			continue;
		*rd = from->rdata[i];
		rd->bytes = arena_copy(a->arena, rd->bytes, rd->len);
		if (rd->bytes == NULL)
			return false;
		set->count++;
	}
	return true;
}

static bool
copy_names(struct anchors *a, const uint8_t *const *names, size_t count)
{
	a->negative = arena_alloc(a->arena, (count + 1) * sizeof(*a->negative));
	if (a->negative == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		a->negative[i] = arena_copy(a->arena, names[i], dname_len(names[i]));
		if (a->negative[i] == NULL)
			return false;
	}
	a->negative_count = count;
	return true;
}

struct anchors *
anchors_new(const struct rrset *const *lists, size_t list_count,
    const uint8_t *const *negative, size_t negative_count)
{
	struct anchors *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	atomic_init(&a->refs, 1);
	if ((a->arena = arena_new(ARENA_MAX)) == NULL)
		goto fail;
	for (size_t i = 0; i < list_count; i++)
		for (const struct rrset *s = lists[i]; s != NULL; s = s->next)
			if (!merge(a, s))
				goto fail;
	if (copy_names(a, negative, negative_count))
		return a;

fail:
	anchors_unref(a);
	return NULL;
}

struct anchors *
anchors_ref(struct anchors *a)
{
	atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
	return a;
}

void
anchors_unref(struct anchors *a)
{
	if (a == NULL ||
	    atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1)
		return;
	arena_free(a->arena);
	free(a);
}

const struct rrset *
anchors_find(const struct anchors *a, const uint8_t *name)
{
	const struct rrset *best = NULL;

	for (const struct rrset *s = a->ds; s != NULL; s = s->next)
		if (dname_is_below(name, s->owner) &&
		    (best == NULL || dname_is_below(s->owner, best->owner)))
			best = s;
	return best;
}

const struct rrset *
anchors_at(const struct anchors *a, const uint8_t *zone)
{
	for (const struct rrset *s = a->ds; s != NULL; s = s->next)
		if (dname_equal(s->owner, zone))
			return s;
	return NULL;
}

bool
anchors_denied(const struct anchors *a, const uint8_t *name, const uint8_t *above)
{
	for (size_t i = 0; i < a->negative_count; i++)
		if (dname_is_below(name, a->negative[i]) &&
		    (above == NULL || !dname_is_strictly_below(above, a->negative[i])))
			return true;
	return false;
}
