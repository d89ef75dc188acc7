#include "resolver/wire/answer.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/wire/rdata.h"
#include "resolver/wire/reader.h"
#include "resolver/wire/writer.h"

/* Offsets in a header (RFC 1035 4.1.1). */
#define FLAGS_AT   2u
#define QDCOUNT_AT 4u
#define ANCOUNT_AT 6u
#define NSCOUNT_AT 8u
#define ARCOUNT_AT 10u

#define RECORD_FIXED                                                                     \
	12u /* least bytes of a record: owner's pointer, type, class, TTL, RDLENGTH */

/* Flags of the question that its answer repeats. */
#define FLAGS_COPIED (FLAG_OPCODE_MASK | FLAG_RD | FLAG_CD)

void
answer_init(struct answer *a, uint16_t rcode)
{
	memset(a, 0, sizeof(*a));
	a->rcode = rcode;
	a->ede_code = EDE_NONE;
}

/* Header and question; the counts of records are put in later. */
static void
write_head(struct writer *w, const struct question *q, uint16_t flags)
{
	writer_u16(w, q->id);
	writer_u16(w, (uint16_t)(flags | FLAG_QR | FLAG_RA | (q->flags & FLAGS_COPIED)));
	writer_u16(w, q->qname_len > 0 ? 1 : 0);
	writer_u16(w, 0);
	writer_u32(w, 0);
	if (q->qname_len > 0) {
		writer_name(w, q->qname_raw);
		writer_u16(w, q->qtype);
		writer_u16(w, q->qclass);
	}
}

struct rendering {
	struct writer w;
	struct rendered *r;
	bool with_sigs;
	bool with_proofs; /* NSEC and NSEC3 (RFC 4035 3.2.1) */
	bool minimal;
	bool ttls_overflow;
};

static void
write_record(struct rendering *x, const struct rrset *set, uint16_t type,
    const struct rdata *rdata)
{
	struct writer *w = &x->w;

	writer_name(w, set->owner);
	writer_u16(w, type);
	writer_u16(w, set->class);
	if (x->r->ttl_count < ANSWER_TTLS_MAX)
		x->r->ttl_at[x->r->ttl_count++] = (uint16_t)w->pos;
	else
		x->ttls_overflow = true;
	writer_u32(w, set->ttl_sec);
	rdata_write(w, rdata_shape(type, set->class), rdata->bytes, rdata->len);
}

/*
 * Nothing shorter than this can stand for ${set}: so one that cannot fit costs no
 * writing.
 */
static bool
cannot_fit(const struct rendering *x, const struct rrset *set)
{
	return (size_t)set->count * RECORD_FIXED > x->w.cap - x->w.pos;
}

/*
 * All records of ${set} or none; false when they do not fit. Adds to ${*count} what it
 * wrote.
 */
static bool
write_set(struct rendering *x, const struct rrset *set, unsigned *count)
{
	struct writer_mark mark = writer_mark(&x->w);
	uint16_t ttls = x->r->ttl_count;
	size_t sigs = x->with_sigs ? set->sig_count : 0;

	if (cannot_fit(x, set))
		return false;
	for (size_t i = 0; i < set->count && !x->w.failed; i++)
		write_record(x, set, set->type, &set->rdata[i]);
	for (size_t i = 0; i < sigs && !x->w.failed; i++)
		write_record(x, set, TYPE_RRSIG, &set->sigs[i]);
	if (x->w.failed) {
		writer_rewind(&x->w, mark);
		x->r->ttl_count = ttls;
		return false;
	}
	*count += (unsigned)(set->count + sigs);
	return true;
}

static bool
is_proof(uint16_t type)
{
	return type == TYPE_NSEC || type == TYPE_NSEC3;
}

/* ${set} of the authority section is one this client needs. */
static bool
is_wanted_authority(const struct rendering *x, const struct rrset *set)
{
	if (is_proof(set->type))
		return x->with_proofs;
	/* The SOA carries a negative answer's TTL (RFC 2308 3); nobody needs the rest. */
	return !x->minimal || set->type == TYPE_SOA;
}

static bool
write_answer(struct rendering *x, const struct answer *a)
{
	unsigned count = 0;
	bool whole = true;

	for (const struct rrset *set = a->answer; set != NULL && whole; set = set->next)
		whole = write_set(x, set, &count);
	writer_put_u16(&x->w, ANCOUNT_AT, (uint16_t)count);
	return whole;
}

static bool
write_authority(struct rendering *x, const struct answer *a)
{
	unsigned count = 0;
	bool whole = true;

	for (const struct rrset *set = a->authority; set != NULL && whole;
	     set = set->next) {
		if (is_wanted_authority(x, set))
			whole = write_set(x, set, &count);
	}
	writer_put_u16(&x->w, NSCOUNT_AT, (uint16_t)count);
	return whole;
}

static void
write_additional(struct rendering *x, const struct answer *a)
{
	unsigned count = 0;

	for (const struct rrset *set = a->additional; set != NULL; set = set->next)
		(void)write_set(x, set, &count);
	writer_put_u16(&x->w, ARCOUNT_AT, (uint16_t)count);
}

static uint16_t
answer_flags(const struct answer *a)
{
	unsigned flags = a->rcode & FLAG_RCODE_MASK;

	if (a->authoritative)
		flags |= FLAG_AA;
	if (a->truncated)
		flags |= FLAG_TC;
	if (a->security == SECURITY_SECURE)
		flags |= FLAG_AD;
	return (uint16_t)flags;
}

static void
set_truncated(uint8_t *out)
{
	out[FLAGS_AT] |= FLAG_TC >> 8;
}

enum err
answer_render(const struct answer *a, const struct question *q, size_t cap, bool minimal,
    uint8_t *out, struct rendered *r)
{
	bool dnssec_ok = q->edns.present && q->edns.dnssec_ok;
	struct rendering x = {
		.r = r,
		.with_sigs = dnssec_ok || q->qtype == TYPE_RRSIG || q->qtype == TYPE_ANY,
		.with_proofs = dnssec_ok,
		.minimal = minimal && !a->referral,
	};

	r->len = 0;
	r->truncated = a->truncated;
	r->ttl_count = 0;
	writer_init(&x.w, out, cap < MSG_MAX ? cap : MSG_MAX);
	write_head(&x.w, q, answer_flags(a));
	if (x.w.failed)
		return ERR_RANGE;
	if (!write_answer(&x, a) || !write_authority(&x, a)) {
		r->truncated = true;
		set_truncated(out);
	} else if (!x.minimal) {
		write_additional(&x, a);
	}
	if (x.ttls_overflow)
		r->ttl_count = 0;
	r->len = x.w.pos;
	return ERR_OK;
}

size_t
answer_error(
    const struct question *q, uint16_t rcode, uint16_t flags, uint8_t *out, size_t cap)
{
	struct writer w;

	writer_init(&w, out, cap);
	write_head(&w, q, (uint16_t)((rcode & FLAG_RCODE_MASK) | (flags & FLAG_TC)));
	return w.failed ? 0 : w.pos;
}

size_t
answer_add_opt(const struct question *q, const struct edns_out *edns, uint8_t *out,
    size_t len, size_t cap)
{
	struct writer w;
	unsigned additionals;

	if (!q->edns.present || len < MSG_HEADER_LEN || cap < len)
		return len;
	writer_init(&w, out, cap);
	w.pos = len;
	edns_write(&w, edns);
	if (w.failed)
		return len;
	additionals = (unsigned)(out[ARCOUNT_AT] << 8 | out[ARCOUNT_AT + 1]) + 1;
	writer_put_u16(&w, ARCOUNT_AT, (uint16_t)additionals);
	return w.pos;
}

/* Steps over the records of the three sections; ${*opt} is where OPT begins, ${*opt_len}
 * how long it is. */
static void
skip_to_opt(struct reader *r, unsigned records, size_t *opt, size_t *opt_len)
{
	while (records-- > 0 && !r->failed) {
		size_t start = r->pos;
		uint16_t type;

		reader_name_skip(r);
		type = reader_u16(r);
		reader_skip(r, 2 + 4);
		reader_skip(r, reader_u16(r));
		if (type == TYPE_OPT) {
			*opt = start;
			*opt_len = r->pos - start;
		}
	}
}

size_t
answer_cut(uint8_t *out, size_t len)
{
	size_t opt = 0, opt_len = 0, head;
	unsigned questions, records;
	struct reader r;

	reader_init(&r, out, len);
	reader_skip(&r, 4);
	questions = reader_u16(&r);
	records = reader_u16(&r);
	records += reader_u16(&r);
	records += reader_u16(&r);
	for (; questions > 0 && !r.failed; questions--) {
		reader_name_skip(&r);
		reader_skip(&r, 2 + 2);
	}
	head = r.pos;
	skip_to_opt(&r, records, &opt, &opt_len);
	if (r.failed || head + opt_len == len)
		return len;
	memmove(out + head, out + opt, opt_len);
	memset(out + ANCOUNT_AT, 0, MSG_HEADER_LEN - ANCOUNT_AT);
	out[ARCOUNT_AT + 1] = opt_len > 0;
	set_truncated(out);
	return head + opt_len;
}

void
answer_personalise(uint8_t *out, size_t len, const struct question *q)
{
	unsigned flags;

	if (len < MSG_HEADER_LEN + q->qname_len)
		return;
	flags = (unsigned)(out[FLAGS_AT] << 8 | out[FLAGS_AT + 1]);
	flags =
	    (flags & ~(unsigned)(FLAG_RD | FLAG_CD)) | (q->flags & (FLAG_RD | FLAG_CD));
	/* RFC 6840 5.7, 5.8: AD only to those who show that they know what it means. */
	if ((q->flags & FLAG_AD) == 0 && !q->edns.dnssec_ok)
		flags &= ~(unsigned)FLAG_AD;
	out[0] = (uint8_t)(q->id >> 8);
	out[1] = (uint8_t)q->id;
	out[FLAGS_AT] = (uint8_t)(flags >> 8);
	out[FLAGS_AT + 1] = (uint8_t)flags;
	memcpy(out + MSG_HEADER_LEN, q->qname_raw, q->qname_len);
}
