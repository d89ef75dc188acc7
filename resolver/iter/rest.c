#include "resolver/iter/rest.h"

#include "resolver/iter/zone.h"

/* Names whose addresses stand beside an answer, and sets that are looked at for that:
 * each is compared with every record of the answer (CVE-2024-11187). */
#define NAMES_MAX 13u
#define LOOKS_MAX (4 * NAMES_MAX)

/* Bytes before the name in the data of types that speak of hosts; -1: another type. */
static int
host_offset(uint16_t type)
{
	switch (type) {
	case TYPE_NS:
		return 0;
	case TYPE_MX:
		return 2;
	case TYPE_SRV:
		return 6;
	default:
		return -1;
	}
}

static bool
speaks_of(const struct rrset *set, const uint8_t *host)
{
	int offset = host_offset(set->type);

	if (offset < 0)
		return false;
	for (uint16_t i = 0; i < set->count; i++)
		if (set->rdata[i].len > offset &&
		    dname_equal(set->rdata[i].bytes + offset, host))
			return true;
	return false;
}

static bool
is_spoken_of(const struct rrset *list, const uint8_t *host)
{
	for (; list != NULL; list = list->next)
		if (speaks_of(list, host))
			return true;
	return false;
}

static bool
is_ns_of_answer(const struct frame *f, const struct rrset *set)
{
	return set->type == TYPE_NS && !set->cut && dname_is_below(f->name, set->owner) &&
	       rrset_find(f->answer, set->owner, TYPE_NS) == NULL;
}

static bool
is_address_wanted(
    const struct iter_task *t, const struct frame *f, const struct rrset *set)
{
	return (set->type == TYPE_A || set->type == TYPE_AAAA) && !set->cut &&
	       set->class == CLASS_IN && zone_is_ours(t, f, set->owner) &&
	       rrset_find(f->answer, set->owner, set->type) == NULL &&
	       (is_spoken_of(f->answer, set->owner) ||
		   is_spoken_of(f->authority, set->owner));
}

static bool
keep(struct iter_task *t, struct rrset **list, const struct rrset *set)
{
	struct rrset *copy;

	if (rrset_find(*list, set->owner, set->type) != NULL)
		return true;
	if ((copy = rrset_copy(t->arena, set)) == NULL)
		return false;
	if (copy->ttl_sec > t->conf->ttl_max_sec)
		copy->ttl_sec = t->conf->ttl_max_sec;
	rrset_append(list, copy);
	return true;
}

/* Addresses of at most NAMES_MAX names. False at the arena's limit. */
static bool
keep_addresses(struct iter_task *t, struct frame *f, const struct rrset *additional)
{
	unsigned looks = 0, names = 0;
	const uint8_t *last = NULL;

	for (const struct rrset *s = additional; s != NULL; s = s->next) {
		bool wanted = ++looks <= LOOKS_MAX && is_address_wanted(t, f, s);

		if (wanted && (last == NULL || !dname_equal(last, s->owner)))
			names++;
		if (looks > LOOKS_MAX || names > NAMES_MAX) {
			task_count(t, ITER_COUNT_LIMIT_NAMES);
			break;
		}
		if (!wanted)
			continue;
		last = s->owner;
		if (!keep(t, &f->additional, s))
			return false;
	}
	return true;
}

bool
rest_keep(struct iter_task *t, struct frame *f)
{
	const struct msg *m = &t->it->msg;

	if (t->conf->minimal_answers || !frame_is_question(f))
		return true;
	for (const struct rrset *s = m->authority; s != NULL; s = s->next)
		if (is_ns_of_answer(f, s) && !keep(t, &f->authority, s))
			return false;
	return keep_addresses(t, f, m->additional);
}
