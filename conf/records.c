#include "conf/records.h"

#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/dname.h"
#include "base/dns.h"

#define TTL_DEFAULT_SEC 3600u
#define TTL_MAX_SEC	0x7fffffffu /* RFC 2181 8 */
#define RDATA_MAX	65535u

struct record {
	struct record *next;
	struct report_mark mark;
	size_t number; /* the order they came in */
	struct dname owner;
	uint16_t type;
	uint32_t ttl_sec;
	struct rdata rdata;
};

struct records {
	struct arena *arena;
	struct record *first, **tail;
	size_t count;
};

struct records *
records_new(struct arena *arena)
{
	struct records *rs = arena_alloc(arena, sizeof(*rs));

	if (rs == NULL)
		return NULL;
	rs->arena = arena;
	rs->tail = &rs->first;
	return rs;
}

/* ldns keeps the fields of a record's data as uncompressed wire bytes: one after the
 * other they are the data. */
static bool
rdata_of(struct arena *arena, const ldns_rr *rr, struct rdata *out, const char **why)
{
	size_t len = 0;
	uint8_t *bytes;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
		len += ldns_rdf_size(ldns_rr_rdf(rr, i));
	*why = "the data is too long";
	if (len > RDATA_MAX)
		return false;
	*why = "";
	if ((bytes = arena_alloc(arena, len > 0 ? len : 1)) == NULL)
		return false;
	*out = (struct rdata){ .len = (uint16_t)len, .bytes = bytes };
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *field = ldns_rr_rdf(rr, i);
		size_t size = ldns_rdf_size(field);

		if (size > 0) /* a field without bytes has no address */
			memcpy(bytes, ldns_rdf_data(field), size);
		bytes += size;
	}
	return true;
}

static const char *
check_record(const ldns_rr *rr)
{
	uint16_t type = (uint16_t)ldns_rr_get_type(rr);

	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
		return "the class must be IN";
	if (type == 0 || dns_type_is_meta(type))
		return "this type is no data";
	if (type == TYPE_RRSIG)
		return "signatures cannot be given here";
	if (ldns_rr_ttl(rr) > TTL_MAX_SEC)
		return "the TTL is too large";
	if (ldns_rr_owner(rr) == NULL || ldns_rdf_size(ldns_rr_owner(rr)) > DNAME_MAX)
		return "the owner is no name";
	/* ldns takes data given as bytes (RFC 3597 5) that ends between two fields. */
	if (ldns_rr_rd_count(rr) < ldns_rr_descriptor_minimum(ldns_rr_descript(type)))
		return "the data is too short for its type";
	return NULL;
}

static const char *
keep_record(struct records *rs, const ldns_rr *rr, const struct report_mark *mark)
{
	const char *why = check_record(rr);
	struct record *r;

	if (why != NULL)
		return why;
	if ((r = arena_alloc(rs->arena, sizeof(*r))) == NULL)
		return "";
	r->mark = *mark;
	r->number = rs->count++;
	r->type = (uint16_t)ldns_rr_get_type(rr);
	r->ttl_sec = ldns_rr_ttl(rr);
	r->owner.len =
	    (uint8_t)dname_copy_lower(r->owner.bytes, ldns_rdf_data(ldns_rr_owner(rr)));
	if (!rdata_of(rs->arena, rr, &r->rdata, &why))
		return why;
	*rs->tail = r;
	rs->tail = &r->next;
	return NULL;
}

const char *
records_add(struct records *rs, const char *text, const struct report_mark *mark)
{
	ldns_rr *rr = NULL;
	const char *why;
	ldns_status status = ldns_rr_new_frm_str(&rr, text, TTL_DEFAULT_SEC, NULL, NULL);

	if (status == LDNS_STATUS_MEM_ERR)
		return "";
	if (status != LDNS_STATUS_OK)
		return ldns_get_errorstr_by_id(status);
	why = keep_record(rs, rr, mark);
	ldns_rr_free(rr);
	return why;
}

const char *
records_add_anchor(struct records *rs, const char *text, const struct report_mark *mark)
{
	ldns_rr *rr = NULL, *ds;
	const char *why = "";
	ldns_status status = ldns_rr_new_frm_str(&rr, text, TTL_DEFAULT_SEC, NULL, NULL);

	if (status == LDNS_STATUS_MEM_ERR)
		return "";
	if (status != LDNS_STATUS_OK)
		return ldns_get_errorstr_by_id(status);
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DS) {
		why = keep_record(rs, rr, mark);
	} else if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_DNSKEY) {
		why = "it is neither";
	} else if ((ds = ldns_key_rr2ds(rr, LDNS_SHA256)) != NULL) {
		why = keep_record(rs, ds, mark);
		ldns_rr_free(ds);
	}
	ldns_rr_free(rr);
	return why;
}

static int
compare_records(const void *a, const void *b)
{
	const struct record *ra = *(const struct record *const *)a;
	const struct record *rb = *(const struct record *const *)b;
	int order = dname_compare(ra->owner.bytes, rb->owner.bytes);

	if (order != 0)
		return order;
	if (ra->type != rb->type)
		return ra->type < rb->type ? -1 : 1;
	return ra->number < rb->number ? -1 : 1;
}

static bool
is_same_set(const struct record *a, const struct record *b)
{
	return a->type == b->type && a->owner.len == b->owner.len &&
	       memcmp(a->owner.bytes, b->owner.bytes, a->owner.len) == 0;
}

static bool
holds(const struct rrset *set, const struct rdata *rdata)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->rdata[i].len == rdata->len &&
		    memcmp(set->rdata[i].bytes, rdata->bytes, rdata->len) == 0)
			return true;
	}
	return false;
}

static struct rrset *
set_new(struct arena *arena, const struct record *r, size_t room)
{
	struct rrset *set = arena_alloc(arena, sizeof(*set));

	if (set == NULL ||
	    (set->owner = arena_copy(arena, r->owner.bytes, r->owner.len)) == NULL ||
	    (set->rdata = arena_alloc(arena, room * sizeof(*set->rdata))) == NULL)
		return NULL;
	set->type = r->type;
	set->class = CLASS_IN;
	set->ttl_sec = r->ttl_sec;
	return set;
}

static bool
set_add(
    struct rrset *set, struct arena *arena, const struct record *r, struct report *report)
{
	const uint8_t *bytes;

	if (holds(set, &r->rdata))
		return true;
	if (set->count == RRSET_RECORDS_MAX) {
		report_add(report, &r->mark, "more than %u records of one name and type",
		    RRSET_RECORDS_MAX);
		return true;
	}
	if ((bytes = arena_copy(arena, r->rdata.bytes, r->rdata.len)) == NULL)
		return false;
	set->rdata[set->count++] = (struct rdata){ .len = r->rdata.len, .bytes = bytes };
	if (r->ttl_sec < set->ttl_sec)
		set->ttl_sec = r->ttl_sec;
	return true;
}

/* CNAME (5) sorts among an owner's types: ask both neighbours. */
static void
check_cname(const struct rrset *before, const struct rrset *set, const struct record *r,
    struct report *report)
{
	if (before == NULL || !dname_equal(before->owner, set->owner))
		return;
	if (before->type == TYPE_CNAME || set->type == TYPE_CNAME)
		report_add(report, &r->mark,
		    "a name with a CNAME has no other data (RFC 1034 3.6.2)");
}

/* RFC 1034 3.6.2, RFC 2136 1.1.5, RFC 6672 2.4. */
static bool
is_single(uint16_t type)
{
	return type == TYPE_CNAME || type == TYPE_DNAME || type == TYPE_SOA;
}

/* One set from the records of ${sorted} that belong together; says how many they were. */
static bool
gather(struct record **sorted, size_t left, struct arena *arena, struct report *report,
    struct rrset **set, size_t *taken)
{
	char type[DNS_MNEMONIC_MAX];
	size_t count = 1;

	while (count < left && is_same_set(sorted[0], sorted[count]))
		count++;
	*taken = count;
	if (count > RRSET_RECORDS_MAX)
		count = RRSET_RECORDS_MAX;
	if ((*set = set_new(arena, sorted[0], count)) == NULL)
		return false;
	for (size_t i = 0; i < *taken; i++) {
		if (!set_add(*set, arena, sorted[i], report))
			return false;
	}
	if ((*set)->count > 1 && is_single(sorted[0]->type))
		report_add(report, &sorted[1]->mark, "a name has one %s at most",
		    dns_type_text(sorted[0]->type, type));
	return true;
}

bool
records_sets(struct records *rs, struct arena *arena, enum rrset_trust trust,
    struct report *report, struct rrset **out)
{
	struct rrset **tail = out, *before = NULL;
	struct record **sorted;
	size_t i = 0, taken = 0;

	*out = NULL;
	if ((sorted = arena_alloc(
		 rs->arena, (rs->count + 1) * sizeof(struct record *))) == NULL)
		return false;
	for (struct record *r = rs->first; r != NULL; r = r->next)
		sorted[i++] = r;
	qsort(sorted, i, sizeof(struct record *), compare_records);
	for (size_t at = 0; at < i; at += taken) {
		if (!gather(&sorted[at], i - at, arena, report, tail, &taken))
			return false;
		(*tail)->trust = (uint8_t)trust;
		check_cname(before, *tail, sorted[at], report);
		before = *tail;
		tail = &before->next;
	}
	return true;
}
