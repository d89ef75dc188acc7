#include "resolver/iter/deleg.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/iter/task.h"

#define DNS_PORT 53u

struct builder {
	struct arena *arena;
	struct delegation *d;
	uint8_t name_len[DELEGATION_NS_MAX];
	struct addr *addrs[DELEGATION_NS_MAX]; /* room for TARGET_ADDRS_MAX each, made
						  when needed */
	unsigned addr_total;
};

static bool
add_name(struct builder *b, const uint8_t *name)
{
	struct delegation *d = b->d;
	uint8_t lower[DNAME_MAX];
	size_t len = dname_copy_lower(lower, name);

	for (uint8_t i = 0; i < d->server_count; i++)
		if (b->name_len[i] == len && memcmp(d->servers[i].name, lower, len) == 0)
			return true;
	d->servers[d->server_count].name = arena_copy(b->arena, lower, len);
	b->name_len[d->server_count] = (uint8_t)len;
	return d->servers[d->server_count++].name != NULL;
}

static bool
add_names(struct builder *b, const struct rrset *ns)
{
	for (uint16_t i = 0; i < ns->count; i++) {
		if (b->d->server_count == DELEGATION_NS_MAX)
			break;
		if (!add_name(b, ns->rdata[i].bytes))
			return false;
	}
	return b->d->server_count > 0;
}

static bool
add_addrs(struct builder *b, unsigned index, const struct rrset *set)
{
	struct delegation_server *s = &b->d->servers[index];

	if (b->addrs[index] == NULL) {
		b->addrs[index] =
		    arena_alloc(b->arena, TARGET_ADDRS_MAX * sizeof(struct addr));
		if (b->addrs[index] == NULL)
			return false;
		s->addrs = b->addrs[index];
	}
	for (uint16_t i = 0; i < set->count; i++) {
		if (s->addr_count == TARGET_ADDRS_MAX ||
		    b->addr_total == DELEGATION_ADDRS_MAX)
			break;
		if (addr_from_bytes(&b->addrs[index][s->addr_count], set->rdata[i].bytes,
			set->rdata[i].len, DNS_PORT) != ERR_OK)
			continue;
		s->addr_count++;
		b->addr_total++;
		if (set->ttl_sec < b->d->ttl_sec)
			b->d->ttl_sec = set->ttl_sec;
	}
	return true;
}

/* ${only}: bit i says that server i still takes addresses from this list. */
static bool
add_glue(
    struct builder *b, const struct rrset *glue, const uint8_t *bailiwick, uint32_t only)
{
	for (; glue != NULL && b->addr_total < DELEGATION_ADDRS_MAX; glue = glue->next) {
		size_t len;

		if (glue->type != TYPE_A && glue->type != TYPE_AAAA)
			continue;
		if (bailiwick != NULL && !dname_is_below(glue->owner, bailiwick))
			continue;
		len = dname_len(glue->owner);
		for (uint8_t i = 0; i < b->d->server_count; i++) {
			if (b->name_len[i] != len || (only >> i & 1u) == 0 ||
			    memcmp(b->d->servers[i].name, glue->owner, len) != 0)
				continue;
			if (!add_addrs(b, i, glue))
				return false;
			break;
		}
	}
	return true;
}

static uint32_t
without_address(const struct delegation *d)
{
	uint32_t bits = 0;

	for (uint8_t i = 0; i < d->server_count; i++)
		if (d->servers[i].addr_count == 0)
			bits |= UINT32_C(1) << i;
	return bits;
}
_Static_assert(DELEGATION_NS_MAX <= 32, "one bit a server");

struct delegation *
deleg_build(struct arena *arena, const struct rrset *ns, const struct rrset *glue,
    const struct rrset *more, const uint8_t *bailiwick)
{
	unsigned room = ns->count < DELEGATION_NS_MAX ? ns->count : DELEGATION_NS_MAX;
	struct builder b = { .arena = arena };

	if ((b.d = arena_alloc(arena, sizeof(*b.d))) == NULL ||
	    (b.d->servers = arena_alloc(arena, room * sizeof(*b.d->servers))) == NULL)
		return NULL;
	b.d->ttl_sec = ns->ttl_sec;
	b.d->zone = arena_copy(arena, ns->owner, dname_len(ns->owner));
	if (b.d->zone == NULL || !add_names(&b, ns))
		return NULL;
	if (!add_glue(&b, glue, bailiwick, UINT32_MAX))
		return NULL;
	if (!add_glue(&b, more, bailiwick, without_address(b.d)))
		return NULL;
	return b.d;
}
