#include "base/rrset.h"

#include "base/dns.h"

#include <string.h>

#define SOA_FIXED_BYTES                                                                  \
	20u /* serial, refresh, retry, expire, minimum (RFC 1035 3.3.13) */

/* Copies ${count} rdatas into ${arena}: one array and one block of bytes. */
static struct rdata *
rdata_copy(struct arena *arena, const struct rdata *from, size_t count)
{
	struct rdata *to;
	uint8_t *block;
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += from[i].len;
	to = arena_alloc(arena, count * sizeof(*to));
	block = arena_alloc(arena, total);
	if (to == NULL || block == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (from[i].len > 0)
			memcpy(block, from[i].bytes, from[i].len);
		to[i].len = from[i].len;
		to[i].bytes = block;
		block += from[i].len;
	}
	return to;
}

struct rrset *
rrset_copy(struct arena *arena, const struct rrset *set)
{
	struct rrset *copy = arena_copy(arena, set, sizeof(*set));

	if (copy == NULL)
		return NULL;
	copy->next = NULL;
	copy->owner = arena_copy(arena, set->owner, dname_len(set->owner));
	copy->rdata = rdata_copy(arena, set->rdata, set->count);
	if (copy->owner == NULL || copy->rdata == NULL)
		return NULL;
	copy->sigs = NULL;
	if (set->sig_count > 0) {
		copy->sigs = rdata_copy(arena, set->sigs, set->sig_count);
		if (copy->sigs == NULL)
			return NULL;
	}
	return copy;
}

struct rrset *
rrset_new_one(struct arena *arena, const uint8_t *owner, uint16_t type, uint32_t ttl_sec,
    const void *rdata, size_t len)
{
	struct rdata one = { .len = (uint16_t)len, .bytes = rdata };
	struct rrset set = {
		.owner = owner,
		.type = type,
		.class = CLASS_IN,
		.ttl_sec = ttl_sec,
		.count = 1,
		.rdata = &one,
	};

	if (FAILS(len > UINT16_MAX))
		return NULL;
	return rrset_copy(arena, &set);
}

void
rrset_append(struct rrset **list, struct rrset *set)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = set;
}

struct rrset *
rrset_find(struct rrset *list, const uint8_t *owner, uint16_t type)
{
	for (; list != NULL; list = list->next) {
		if (list->type == type && dname_equal(list->owner, owner))
			return list;
	}
	return NULL;
}

static bool
is_same_data(const struct rrset *a, const struct rrset *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->rdata[i].len != b->rdata[i].len ||
		    (a->rdata[i].len > 0 && memcmp(a->rdata[i].bytes, b->rdata[i].bytes,
						a->rdata[i].len) != 0))
			return false;
	return true;
}

struct rrset *
rrset_find_same(struct rrset *list, const struct rrset *set)
{
	while ((list = rrset_find(list, set->owner, set->type)) != NULL &&
	       !is_same_data(list, set))
		list = list->next;
	return list;
}

size_t
rrset_rdata_bytes(const struct rrset *set)
{
	size_t total = 0;

	for (size_t i = 0; i < set->count; i++)
		total += set->rdata[i].len;
	return total;
}

uint32_t
rrset_soa_minimum(const struct rrset *set)
{
	const struct rdata *soa = set->rdata;
	const uint8_t *p;

	/* Two names of at least the root label stand before the numbers. */
	if (set->count == 0 || soa->len < SOA_FIXED_BYTES + 2)
		return 0;
	p = soa->bytes + soa->len - 4;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
