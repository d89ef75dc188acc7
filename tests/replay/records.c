#include "tests/replay/records.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"

static struct record *
record_alloc(void)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	return r;
}

static bool
copy_rdata(struct record *r, const ldns_rr *rr)
{
	ldns_buffer *b = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	bool ok = false;

	if (b == NULL)
		return false;
	if (ldns_rr_rdata2buffer_wire(b, rr) == LDNS_STATUS_OK) {
		size_t len = ldns_buffer_position(b);

		if ((ok = len <= sizeof(r->rdata))) {
			memcpy(r->rdata, ldns_buffer_at(b, 0), len);
			r->len = len;
		}
	}
	ldns_buffer_free(b);
	return ok;
}

struct record *
record_parse(const char *text)
{
	struct record *r;
	ldns_rr *rr;

	if (ldns_rr_new_frm_str(&rr, text, 3600, NULL, NULL) != LDNS_STATUS_OK)
		return NULL;
	r = record_alloc();
	dname_set(&r->owner, ldns_rdf_data(ldns_rr_owner(rr)));
	dname_copy_lower(r->owner.bytes, r->owner.bytes);
	r->type = (uint16_t)ldns_rr_get_type(rr);
	r->class = (uint16_t)ldns_rr_get_class(rr);
	r->ttl_sec = ldns_rr_ttl(rr);
	if (!copy_rdata(r, rr)) {
		free(r);
		r = NULL;
	}
	ldns_rr_free(rr);
	return r;
}

void
records_append(struct record **list, struct record *r)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = r;
}

void
records_free(struct record *list)
{
	while (list != NULL) {
		struct record *next = list->next;

		free(list);
		list = next;
	}
}

struct record *
record_copy(const struct record *r, const uint8_t *owner)
{
	struct record *copy = record_alloc();

	*copy = *r;
	copy->next = NULL;
	dname_set(&copy->owner, owner);
	return copy;
}

struct record *
record_make(const uint8_t *owner, uint16_t type, uint32_t ttl_sec, const uint8_t *rdata,
    size_t len)
{
	struct record *r = record_alloc();

	if (len > sizeof(r->rdata))
		abort();
	dname_set(&r->owner, owner);
	r->type = type;
	r->class = CLASS_IN;
	r->ttl_sec = ttl_sec;
	r->len = len;
	memcpy(r->rdata, rdata, len);
	return r;
}

void
record_print(const struct record *r, char *out, size_t cap)
{
	char name[DNAME_TEXT_MAX], type[DNS_MNEMONIC_MAX];
	int at;

	at = snprintf(out, cap, "%s %u %s ", dname_to_text(r->owner.bytes, name),
	    r->ttl_sec, dns_type_text(r->type, type));
	for (size_t i = 0; i < r->len && at > 0 && (size_t)at + 3 < cap; i++)
		at += snprintf(out + at, cap - (size_t)at, "%02x", r->rdata[i]);
}

struct record *
records_of_sets(const struct rrset *list)
{
	struct record *out = NULL;

	for (; list != NULL; list = list->next) {
		for (uint16_t i = 0; i < list->count; i++)
			records_append(
			    &out, record_make(list->owner, list->type, list->ttl_sec,
				      list->rdata[i].bytes, list->rdata[i].len));
		for (uint16_t i = 0; i < list->sig_count; i++)
			records_append(
			    &out, record_make(list->owner, TYPE_RRSIG, list->ttl_sec,
				      list->sigs[i].bytes, list->sigs[i].len));
	}
	return out;
}

static void
set_add(struct arena *arena, struct rrset *set, const struct record *r)
{
	struct rdata *grown = arena_alloc(arena, (set->count + 1u) * sizeof(*grown));

	if (grown == NULL)
		abort();
	memcpy(grown, set->rdata, set->count * sizeof(*grown));
	grown[set->count].len = (uint16_t)r->len;
	grown[set->count].bytes = arena_copy(arena, r->rdata, r->len);
	set->rdata = grown;
	set->count++;
}

struct rrset *
records_to_sets(struct arena *arena, const struct record *list)
{
	struct rrset *sets = NULL, *set;

	for (; list != NULL; list = list->next) {
		if ((set = rrset_find(sets, list->owner.bytes, list->type)) != NULL) {
			set_add(arena, set, list);
			continue;
		}
		set = rrset_new_one(arena, list->owner.bytes, list->type, list->ttl_sec,
		    list->rdata, list->len);
		if (set == NULL)
			abort();
		set->trust = TRUST_HINT;
		rrset_append(&sets, set);
	}
	return sets;
}

bool
record_equal(const struct record *a, const struct record *b)
{
	return a->type == b->type && a->class == b->class && a->len == b->len &&
	       memcmp(a->rdata, b->rdata, a->len) == 0 &&
	       dname_equal(a->owner.bytes, b->owner.bytes);
}

static size_t
put_u16(uint8_t *out, size_t at, unsigned v)
{
	out[at] = (uint8_t)(v >> 8);
	out[at + 1] = (uint8_t)v;
	return at + 2;
}

static size_t
put_record(uint8_t *out, size_t at, const struct record *r)
{
	if (at + r->owner.len + 10 + r->len > REPLY_MAX)
		abort();
	memcpy(out + at, r->owner.bytes, r->owner.len);
	at = put_u16(out, at + r->owner.len, r->type);
	at = put_u16(out, at, r->class);
	at = put_u16(out, at, r->ttl_sec >> 16);
	at = put_u16(out, at, r->ttl_sec & 0xffff);
	at = put_u16(out, at, (unsigned)r->len);
	memcpy(out + at, r->rdata, r->len);
	return at + r->len;
}

static size_t
put_option(uint8_t *out, size_t at, unsigned code, const uint8_t *value, size_t len)
{
	at = put_u16(out, at, code);
	at = put_u16(out, at, (unsigned)len);
	memcpy(out + at, value, len);
	return at + len;
}

/* Root, OPT, 1232 bytes, no extended RCODE bits but those of the RCODE, nothing inside
 * but a cookie and a report channel. */
static size_t
put_opt(uint8_t *out, size_t at, const struct reply *r)
{
	static const uint8_t opt[] = { 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0 };
	size_t inside;

	memcpy(out + at, opt, sizeof(opt));
	out[at + 5] = (uint8_t)(r->rcode >> 4);
	at += sizeof(opt);
	inside = at;
	if (r->cookie_len > 0)
		at = put_option(out, at, 10, r->cookie, r->cookie_len);
	if (r->agent != NULL)
		at = put_option(out, at, 18, r->agent->bytes, r->agent->len);
	(void)put_u16(out, inside - 2, (unsigned)(at - inside));
	return at;
}

size_t
reply_write(
    const struct reply *r, const uint8_t *query, size_t query_len, uint8_t out[REPLY_MAX])
{
	size_t at = 12 + dname_len(query + 12) + 4;

	if (at > query_len)
		abort();
	memcpy(out, query, at);
	(void)put_u16(
	    out, 2, FLAG_QR | r->flags | (query[2] & 0x01u) << 8 | (r->rcode & 15u));
	for (unsigned s = 0; s < 3; s++) {
		unsigned count = 0;

		for (const struct record *e = r->section[s]; e != NULL;
		     e = e->next, count++)
			at = put_record(out, at, e);
		if (s == 2 && r->opt) {
			at = put_opt(out, at, r);
			count++;
		}
		(void)put_u16(out, 6 + 2 * s, count);
	}
	return at;
}

void
reply_clear(struct reply *r)
{
	for (unsigned s = 0; s < 3; s++)
		records_free(r->section[s]);
	memset(r, 0, sizeof(*r));
}
