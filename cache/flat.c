#include "cache/flat.h"

#include <string.h>

#include "cache/kind.h"

struct flat_writer
flat_counter(void)
{
	return (struct flat_writer){ .cap = SIZE_MAX };
}

struct flat_writer
flat_writer(uint8_t *bytes, size_t cap)
{
	return (struct flat_writer){ .at = bytes, .cap = cap };
}

void
flat_put(struct flat_writer *w, const void *bytes, size_t len)
{
	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return;
	}
	if (w->at != NULL && len > 0)
		memcpy(w->at + w->len, bytes, len);
	w->len += len;
}

void
flat_put_u8(struct flat_writer *w, uint8_t value)
{
	flat_put(w, &value, sizeof(value));
}

void
flat_put_u16(struct flat_writer *w, uint16_t value)
{
	flat_put(w, &value, sizeof(value));
}

void
flat_put_u32(struct flat_writer *w, uint32_t value)
{
	flat_put(w, &value, sizeof(value));
}

void
flat_put_u64(struct flat_writer *w, uint64_t value)
{
	flat_put(w, &value, sizeof(value));
}

void
flat_put_name(struct flat_writer *w, const uint8_t *name)
{
	size_t len = dname_len(name);

	flat_put_u8(w, (uint8_t)len);
	flat_put(w, name, len);
}

static void
put_rdata(struct flat_writer *w, const struct rdata *rdata, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		flat_put_u16(w, rdata[i].len);
		flat_put(w, rdata[i].bytes, rdata[i].len);
	}
}

void
flat_put_set(struct flat_writer *w, const struct rrset *set)
{
	flat_put_name(w, set->owner);
	flat_put_u16(w, set->type);
	flat_put_u16(w, set->class);
	flat_put_u8(w, set->trust);
	flat_put_u8(w, set->security);
	flat_put_u16(w, set->count);
	flat_put_u16(w, set->sig_count);
	put_rdata(w, set->rdata, set->count);
	put_rdata(w, set->sigs, set->sig_count);
}

struct flat_reader
flat_reader(const uint8_t *bytes, size_t len)
{
	return (struct flat_reader){ .at = bytes, .left = len };
}

const uint8_t *
flat_get(struct flat_reader *r, size_t len)
{
	const uint8_t *bytes = r->at;

	if (r->failed || len > r->left) {
		r->failed = true;
		return NULL;
	}
	r->at += len;
	r->left -= len;
	return bytes;
}

static void
get_number(struct flat_reader *r, void *out, size_t len)
{
	const uint8_t *bytes = flat_get(r, len);

	if (bytes != NULL)
		memcpy(out, bytes, len);
}

uint8_t
flat_get_u8(struct flat_reader *r)
{
	uint8_t value = 0;

	get_number(r, &value, sizeof(value));
	return value;
}

uint16_t
flat_get_u16(struct flat_reader *r)
{
	uint16_t value = 0;

	get_number(r, &value, sizeof(value));
	return value;
}

uint32_t
flat_get_u32(struct flat_reader *r)
{
	uint32_t value = 0;

	get_number(r, &value, sizeof(value));
	return value;
}

uint64_t
flat_get_u64(struct flat_reader *r)
{
	uint64_t value = 0;

	get_number(r, &value, sizeof(value));
	return value;
}

const uint8_t *
flat_get_name(struct flat_reader *r)
{
	uint8_t len = flat_get_u8(r);
	const uint8_t *name = flat_get(r, len);

	if (name != NULL && kind_name_len(name, len, 0) == len && len > 0)
		return name;
	r->failed = true;
	return NULL;
}

/* ${count} rdata as structs in ${arena}; NULL at its limit or (failed) past the block. */
static struct rdata *
get_rdata(struct flat_reader *r, uint16_t count, struct arena *arena)
{
	struct rdata *rdata;

	if (count > RRSET_RECORDS_MAX) {
		r->failed = true;
		return NULL;
	}
	if ((rdata = arena_alloc(arena, (count > 0 ? count : 1u) * sizeof(*rdata))) ==
	    NULL)
		return NULL;
	for (uint16_t i = 0; i < count; i++) {
		rdata[i].len = flat_get_u16(r);
		rdata[i].bytes = flat_get(r, rdata[i].len);
	}
	return r->failed ? NULL : rdata;
}

struct rrset *
flat_get_set(struct flat_reader *r, uint32_t ttl_sec, struct arena *arena)
{
	struct rrset *set;

	if ((set = arena_alloc(arena, sizeof(*set))) == NULL)
		return NULL;
	set->owner = flat_get_name(r);
	set->type = flat_get_u16(r);
	set->class = flat_get_u16(r);
	set->ttl_sec = ttl_sec;
	set->trust = flat_get_u8(r);
	set->security = flat_get_u8(r);
	set->count = flat_get_u16(r);
	set->sig_count = flat_get_u16(r);
	if (r->failed || set->count == 0 || set->sig_count > RRSET_RRSIGS_MAX ||
	    set->trust > TRUST_LOCAL || set->security > SECURITY_BOGUS) {
		r->failed = true;
		return NULL;
	}
	if ((set->rdata = get_rdata(r, set->count, arena)) == NULL)
		return NULL;
	if ((set->sigs = get_rdata(r, set->sig_count, arena)) == NULL)
		return NULL;
	return set;
}

bool
flat_done(const struct flat_reader *r)
{
	return !r->failed && r->left == 0;
}
