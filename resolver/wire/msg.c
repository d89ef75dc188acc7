#include "resolver/wire/msg.h"

#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
#include "resolver/wire/rdata.h"
#include "resolver/wire/reader.h"

/*
 * A server's reply, from bytes to RRsets (RFC 1035 4, RFC 2181 5). For each
 * section in turn:
 *
 *   1. Each record: owner, type, class, TTL, rdata. OPT goes to ${edns}, an
 *      RRSIG waits for step 3, all else joins its set. Where RRSIGs were asked for,
 *      those of the name asked are such a set, too.
 *   2. Its set is mostly the one of the record before; otherwise it is looked up
 *      in a small hash table, so that a reply of nothing but different sets is
 *      not compared each with each. The hash is keyed with an address of this
 *      process, which nobody outside can know; what comes out does not depend on it.
 *      At a cut two zones have an NSEC record under one name (RFC 4035 2.3), and a server
 *      of both may send both: they are two sets. The child's has SOA in its types.
 *   3. The section's RRSIGs join the sets they cover, wherever these stood; of two NSEC
 *      sets each gets those of its own zone, which the signer's name tells.
 *
 * Work is bounded: MSG_RECORDS_MAX records, of which a set keeps at most
 * RRSET_RECORDS_MAX. Each new one is compared with those; but comparing names of
 * 255 bytes costs 0.4 us, and a hostile reply made 60 ms of that, so a set of more
 * than SMALL_SET compares hashes of the canonical rdata first.
 */

#define SMALL_SET	8u   /* ordinary sets have no more records and need no hashes */
#define RRSIG_SIGNER_AT 18u  /* RFC 4034 3.1 */
#define BUCKETS		128u /* of the hash table; an ordinary reply has below 30 sets */

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTION_COUNT };

/* A set while it grows. */
struct building {
	struct rrset set; /* first, and what the caller gets */
	uint64_t hash;
	struct building *next_in_bucket;
	uint32_t *rdata_hashes; /* RRSET_RECORDS_MAX of them, NULL in a small set */
	bool apex;		/* of NSEC: of the zone that begins at its owner */
};

/* An RRSIG that waits for its set. */
struct waiting_sig {
	struct waiting_sig *next;
	struct dname owner;
	uint16_t covered;
	uint16_t class;
	uint32_t ttl_sec;
	struct rdata rdata;
};

/* One record's fixed part. */
struct record {
	uint8_t owner[DNAME_MAX]; /* canonical */
	size_t owner_len;
	uint16_t type, class;
	uint32_t ttl_sec;
	uint16_t rdlength;
	bool apex; /* NSEC of the zone that begins at its owner */
};

struct parse {
	struct arena *arena;
	struct reader r;
	struct msg *msg;
	struct hashkey key;
	enum section section;
	struct rrset **tail;	 /* where this section's next set is linked */
	struct building *newest; /* the set of the record before */
	struct building *buckets[BUCKETS];
	struct waiting_sig *sigs, **sigs_tail;
	uint8_t rdata[UINT16_MAX];     /* the record's rdata, decompressed */
	uint8_t canonical[UINT16_MAX]; /* some rdata while it is hashed */
};

/* --- one record's place --- */

/* SOA is among the types of the NSEC record of ${len} bytes, whose shape is known to be
 * right: in the first byte of the first window (RFC 4034 4.1.2). */
static bool
is_of_apex(const uint8_t *nsec, size_t len)
{
	const uint8_t *map = nsec + dname_len(nsec);

	return len >= dname_len(nsec) + 3 && map[0] == 0 &&
	       (map[2] & (0x80 >> TYPE_SOA)) != 0;
}

static uint64_t
set_hash(const struct parse *p, const uint8_t *owner, size_t len, uint16_t type,
    uint16_t class)
{
	struct hashkey key = p->key;

	key.k1 ^= (uint64_t)type << 16 | class;
	return siphash13(&key, owner, len);
}

static bool
is_set(const struct building *b, const struct record *rec, uint16_t type)
{
	return b->set.type == type && b->set.class == rec->class &&
	       b->apex == rec->apex && dname_equal(b->set.owner, rec->owner);
}

static struct building *
find_set(const struct parse *p, const struct record *rec, uint16_t type, uint64_t hash)
{
	struct building *b = p->buckets[hash % BUCKETS];

	for (; b != NULL; b = b->next_in_bucket) {
		if (b->hash == hash && is_set(b, rec, type))
			return b;
	}
	return NULL;
}

/* A new empty set for ${rec} at the end of its section; NULL at the arena's limit. */
static struct building *
new_set(struct parse *p, const struct record *rec, uint64_t hash)
{
	struct building *b = arena_alloc(p->arena, sizeof(*b));
	struct building **bucket = &p->buckets[hash % BUCKETS];

	if (b == NULL)
		return NULL;
	if ((b->set.owner = arena_copy(p->arena, rec->owner, rec->owner_len)) == NULL)
		return NULL;
	b->set.type = rec->type;
	b->set.class = rec->class;
	b->set.ttl_sec = rec->ttl_sec;
	b->hash = hash;
	b->apex = rec->apex;
	b->next_in_bucket = *bucket;
	*bucket = b;
	*p->tail = &b->set;
	p->tail = &b->set.next;
	return b;
}

/* The set of ${rec}, made when it is the first of its kind; NULL at the arena's limit. */
static struct building *
set_for(struct parse *p, const struct record *rec)
{
	struct building *b = p->newest;
	uint64_t hash;

	if (b != NULL && is_set(b, rec, rec->type))
		return b;
	hash = set_hash(p, rec->owner, rec->owner_len, rec->type, rec->class);
	b = find_set(p, rec, rec->type, hash);
	return b != NULL ? b : new_set(p, rec, hash);
}

/* --- growing arrays of rdata --- */

static bool
is_known(uint16_t type, const struct rdata *array, size_t count, const uint8_t *bytes,
    size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (rdata_equal(type, array[i].bytes, array[i].len, bytes, len))
			return true;
	}
	return false;
}

/*
 * One more rdata behind the ${*count} of ${*array}, bytes borrowed. The array has
 * room for the next power of two, so that is when it moves.
 */
static enum err
array_add(
    struct arena *arena, struct rdata **array, uint16_t *count, const struct rdata *one)
{
	struct rdata *bigger;
	size_t have = *count;

	if ((have & (have - 1)) == 0) {
		bigger = arena_alloc(arena, (have == 0 ? 1 : have * 2) * sizeof(*bigger));
		if (bigger == NULL)
			return ERR_NOMEM;
		if (have > 0)
			memcpy(bigger, *array, have * sizeof(*bigger));
		*array = bigger;
	}
	(*array)[have] = *one;
	*count = (uint16_t)(have + 1);
	return ERR_OK;
}

static uint32_t
rdata_hash(struct parse *p, uint16_t shape, const uint8_t *bytes, size_t len)
{
	rdata_canonical(shape, bytes, len, p->canonical);
	return (uint32_t)siphash13(&p->key, p->canonical, len);
}

/* The set is about to be no small one: hashes of what it has, and room for more. */
static enum err
begin_hashes(struct parse *p, struct building *b, uint16_t shape)
{
	struct rrset *set = &b->set;

	b->rdata_hashes = arena_alloc(p->arena, RRSET_RECORDS_MAX * sizeof(uint32_t));
	if (b->rdata_hashes == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < set->count; i++)
		b->rdata_hashes[i] =
		    rdata_hash(p, shape, set->rdata[i].bytes, set->rdata[i].len);
	return ERR_OK;
}

/* is_known for a set with hashes. */
static bool
is_known_by_hash(const struct building *b, uint16_t shape, const uint8_t *bytes,
    size_t len, uint32_t hash)
{
	for (size_t i = 0; i < b->set.count; i++) {
		if (b->rdata_hashes[i] == hash &&
		    is_known(shape, &b->set.rdata[i], 1, bytes, len))
			return true;
	}
	return false;
}

/* The record's rdata joins the set unless it is there or the set is full. */
static enum err
add_rdata(struct parse *p, struct building *b, size_t len)
{
	struct rrset *set = &b->set;
	struct rdata one = { .len = (uint16_t)len };
	uint16_t shape = rdata_shape(set->type, set->class);
	uint32_t hash = 0;
	bool known;

	if (set->count == SMALL_SET && b->rdata_hashes == NULL &&
	    begin_hashes(p, b, shape) != ERR_OK)
		return ERR_NOMEM;
	if (b->rdata_hashes == NULL) {
		known = is_known(shape, set->rdata, set->count, p->rdata, len);
	} else {
		hash = rdata_hash(p, shape, p->rdata, len);
		known = is_known_by_hash(b, shape, p->rdata, len, hash);
	}
	if (known)
		return ERR_OK;
	if (set->count == RRSET_RECORDS_MAX) {
		p->msg->surplus = set->cut = true;
		return ERR_OK;
	}
	if ((one.bytes = arena_copy(p->arena, p->rdata, len)) == NULL)
		return ERR_NOMEM;
	if (b->rdata_hashes != NULL)
		b->rdata_hashes[set->count] = hash;
	return array_add(p->arena, &set->rdata, &set->count, &one);
}

/* --- RRSIGs --- */

static enum err
keep_sig(struct parse *p, const struct record *rec, size_t len)
{
	struct waiting_sig *sig = arena_alloc(p->arena, sizeof(*sig));

	if (sig == NULL)
		return ERR_NOMEM;
	if ((sig->rdata.bytes = arena_copy(p->arena, p->rdata, len)) == NULL)
		return ERR_NOMEM;
	sig->rdata.len = (uint16_t)len;
	sig->owner.len = (uint8_t)rec->owner_len;
	memcpy(sig->owner.bytes, rec->owner, rec->owner_len);
	sig->covered = (uint16_t)(p->rdata[0] << 8 | p->rdata[1]);
	sig->class = rec->class;
	sig->ttl_sec = rec->ttl_sec;
	*p->sigs_tail = sig;
	p->sigs_tail = &sig->next;
	return ERR_OK;
}

/* NULL: there is none. A set of the other side will do where its own is not there: some
 * signers forget SOA among the types of their apex. */
static struct building *
covered_by(const struct parse *p, const struct waiting_sig *sig)
{
	struct record rec = { .owner_len = sig->owner.len, .class = sig->class };
	struct building *b;
	uint64_t hash;

	memcpy(rec.owner, sig->owner.bytes, sig->owner.len);
	rec.apex = sig->covered == TYPE_NSEC &&
		   dname_equal(sig->rdata.bytes + RRSIG_SIGNER_AT, rec.owner);
	hash = set_hash(p, rec.owner, rec.owner_len, sig->covered, sig->class);
	b = find_set(p, &rec, sig->covered, hash);
	if (b != NULL || sig->covered != TYPE_NSEC)
		return b;
	rec.apex = !rec.apex;
	return find_set(p, &rec, sig->covered, hash);
}

static enum err
attach_sig(struct parse *p, const struct waiting_sig *sig)
{
	struct building *b = covered_by(p, sig);

	if (b == NULL || is_known(TYPE_RRSIG, b->set.sigs, b->set.sig_count,
			     sig->rdata.bytes, sig->rdata.len))
		return ERR_OK;
	if (b->set.sig_count == RRSET_RRSIGS_MAX) {
		p->msg->surplus = true;
		return ERR_OK;
	}
	if (sig->ttl_sec < b->set.ttl_sec)
		b->set.ttl_sec = sig->ttl_sec;
	return array_add(p->arena, &b->set.sigs, &b->set.sig_count, &sig->rdata);
}

static enum err
attach_sigs(struct parse *p)
{
	enum err e = ERR_OK;

	for (struct waiting_sig *sig = p->sigs; sig != NULL && e == ERR_OK;
	     sig = sig->next)
		e = attach_sig(p, sig);
	return e;
}

/* --- records --- */

static enum err
read_opt(struct parse *p, const struct record *rec)
{
	const uint8_t *rdata = reader_bytes(&p->r, rec->rdlength);

	/* RFC 6891 6.1.1: one, of the root, in the additional section. */
	if (rdata == NULL || rec->owner_len != 1 || p->section != SECTION_ADDITIONAL ||
	    p->msg->edns.present)
		return ERR_MALFORMED;
	return edns_read(rec->class, rec->ttl_sec, rdata, rec->rdlength, &p->msg->edns);
}

/* The question was for type RRSIG and here is its answer. */
static bool
is_asked(const struct parse *p, const struct record *rec)
{
	const struct msg *m = p->msg;

	return m->has_question && m->qtype == TYPE_RRSIG &&
	       p->section == SECTION_ANSWER && dname_equal(m->qname, rec->owner);
}

static enum err
read_data(struct parse *p, struct record *rec)
{
	uint16_t shape = rdata_shape(rec->type, rec->class);
	struct building *b;
	size_t len;
	enum err e;

	e = rdata_read(&p->r, shape, rec->rdlength, p->rdata, sizeof(p->rdata), &len);
	if (e != ERR_OK)
		return ERR_MALFORMED;
	if (dns_type_is_meta(rec->type))
		return ERR_OK; /* TSIG, TKEY and nonsense: never data */
	if (rec->type == TYPE_RRSIG && rec->class == CLASS_IN && !is_asked(p, rec))
		return keep_sig(p, rec, len);
	rec->apex = rec->type == TYPE_NSEC && is_of_apex(p->rdata, len);
	if ((b = set_for(p, rec)) == NULL)
		return ERR_NOMEM;
	p->newest = b;
	if (rec->ttl_sec < b->set.ttl_sec)
		b->set.ttl_sec = rec->ttl_sec;
	return add_rdata(p, b, len);
}

static enum err
read_record(struct parse *p)
{
	struct record rec;
	uint32_t ttl;

	rec.owner_len = reader_name(&p->r, rec.owner);
	rec.type = reader_u16(&p->r);
	rec.class = reader_u16(&p->r);
	ttl = reader_u32(&p->r);
	rec.rdlength = reader_u16(&p->r);
	if (p->r.failed)
		return ERR_MALFORMED;
	dname_lower_bytes(rec.owner, rec.owner, rec.owner_len);
	if (rec.type == TYPE_OPT) {
		rec.ttl_sec = ttl;
		return read_opt(p, &rec);
	}
	/* RFC 2181 8: a TTL is 31 bits; with the top one set it is 0. */
	rec.ttl_sec = ttl > INT32_MAX ? 0 : ttl;
	return read_data(p, &rec);
}

/* The next record lies whole within the message. */
static bool
record_is_whole(const struct parse *p)
{
	struct reader r = p->r;

	reader_name_skip(&r);
	reader_skip(&r, 2 + 2 + 4);
	reader_skip(&r, reader_u16(&r));
	return !r.failed;
}

static void
section_begin(struct parse *p, enum section section, struct rrset **list)
{
	p->section = section;
	p->tail = list;
	p->newest = NULL;
	memset(p->buckets, 0, sizeof(p->buckets));
	p->sigs = NULL;
	p->sigs_tail = &p->sigs;
}

static enum err
read_section(struct parse *p, enum section section, unsigned count, struct rrset **list)
{
	enum err e;

	section_begin(p, section, list);
	for (; count > 0; count--) {
		/* RFC 2181 9: with TC the message may end anywhere. */
		if ((p->msg->flags & FLAG_TC) != 0 && !record_is_whole(p)) {
			p->r.failed = true;
			break;
		}
		if (p->msg->records++ == MSG_RECORDS_MAX)
			return ERR_LIMIT;
		if ((e = read_record(p)) != ERR_OK)
			return e;
	}
	return attach_sigs(p);
}

static enum err
read_question(struct parse *p, unsigned count)
{
	uint8_t name[DNAME_MAX];
	struct msg *m = p->msg;
	size_t len;

	if (count > 1)
		return ERR_MALFORMED;
	if (count == 0)
		return ERR_OK;
	len = reader_name(&p->r, name);
	m->qtype = reader_u16(&p->r);
	m->qclass = reader_u16(&p->r);
	if (p->r.failed)
		return ERR_MALFORMED;
	dname_lower_bytes(name, name, len);
	if ((m->qname = arena_copy(p->arena, name, len)) == NULL)
		return ERR_NOMEM;
	m->has_question = true;
	return ERR_OK;
}

static enum err
read_sections(struct parse *p, const uint16_t counts[SECTION_COUNT])
{
	struct msg *m = p->msg;
	struct rrset **lists[SECTION_COUNT] = { &m->answer, &m->authority,
		&m->additional };
	enum err e;

	for (unsigned s = 0; s < SECTION_COUNT && !p->r.failed; s++) {
		if (counts[s] == 0)
			continue;
		if ((e = read_section(p, (enum section)s, counts[s], lists[s])) != ERR_OK)
			return e;
	}
	return ERR_OK;
}

enum err
msg_parse(struct arena *arena, const uint8_t *bytes, size_t len, struct msg *out)
{
	uint16_t questions, counts[SECTION_COUNT];
	struct parse p;
	enum err e;

	memset(out, 0, sizeof(*out));
	p.arena = arena;
	p.msg = out;
	p.key = (struct hashkey){ .k0 = (uintptr_t)arena, .k1 = (uintptr_t)&p };
	reader_init(&p.r, bytes, len);
	out->id = reader_u16(&p.r);
	out->flags = reader_u16(&p.r);
	questions = reader_u16(&p.r);
	for (unsigned s = 0; s < SECTION_COUNT; s++)
		counts[s] = reader_u16(&p.r);
	if (p.r.failed)
		return ERR_MALFORMED;
	if ((e = read_question(&p, questions)) != ERR_OK)
		return e;
	if ((e = read_sections(&p, counts)) != ERR_OK)
		return e;
	out->rcode =
	    (uint16_t)((out->edns.rcode_high << 4) | (out->flags & FLAG_RCODE_MASK));
	return ERR_OK;
}
