#include "resolver/judge/packets.h"

#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/siphash.h"
#include "resolver/judge/fragments.h"
#include "resolver/judge/segments.h"
#include "resolver/serve/weigh.h"
#include "resolver/wire/msg.h"

/*
 * From the outside in; each step takes a view of bytes and hands a smaller one on, or
 * drops the frame. Sources: the LINKTYPE registry of tcpdump.org, IEEE 802.1Q and
 * 802.1ad, RFC 791, 8200, 768, 9293, 1035, 2516. Encrypted payloads (ESP) are dropped,
 * and so are fragments whose others never come.
 */

#define DNS_PORT	 53u
#define PAIRS		 (1u << 14)
#define PAIR_WAYS	 4u
#define ARENA_BYTES	 (2u << 20)
#define EXTENSIONS_MAX	 8u
#define VLANS_MAX	 3u
#define ETHERTYPE_V4	 0x0800u
#define ETHERTYPE_V6	 0x86ddu
#define ETHERTYPE_PPPOE	 0x8864u
#define PPPOE_HEAD	 8u /* RFC 2516 4: six bytes, then PPP's protocol */
#define NEGATIVE_TTL_MAX 3600u

enum {
	PROTO_HOP = 0,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTE = 43,
	PROTO_FRAGMENT = 44
};
enum { PROTO_AUTH = 51, PROTO_NONE = 59, PROTO_OPTIONS = 60, PROTO_MOBILITY = 135 };
/* Numbers of libpcap (DLT_ and LINKTYPE_ differ for raw IP alone). */
enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_12 = 12,
	LINK_RAW_14 = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_COOKED = 113,
	LINK_V4 = 228,
	LINK_V6 = 229,
	LINK_COOKED2 = 276
};

struct view {
	const uint8_t *at;
	size_t len;
};

struct pair {
	uint64_t key; /* 0: free */
	int64_t wall_ms;
};

struct packets {
	int link;
	packets_fn *fn;
	void *ctx;
	struct arena *arena;
	struct segments *tcp;
	struct fragments *fragments;
	uint64_t cut;
	struct hashkey key;
	/* of the frame in hand */
	int64_t wall_ms;
	bool is_cut; /* the capture does not hold all of it */
	struct addr src, dst;
	struct record record;
	struct pair pairs[PAIRS];
};

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static bool
skip(struct view *v, size_t n)
{
	if (v->len < n)
		return false;
	v->at += n;
	v->len -= n;
	return true;
}

/* ---- messages ---- */

/* Whether this question was seen; it is from now on. */
static bool
pair_seen(
    struct packets *p, const struct addr *client, uint16_t id, const struct record *r)
{
	uint64_t parts[3] = { addr_hash(&p->key, client),
		dname_hash(&p->key, r->qname.bytes), (uint64_t)id << 16 | r->qtype };
	uint64_t key = siphash13(&p->key, parts, sizeof(parts)) | 1;
	struct pair *set = &p->pairs[key / 2 % (PAIRS / PAIR_WAYS) * PAIR_WAYS];
	struct pair *oldest = set;

	for (unsigned i = 0; i < PAIR_WAYS; i++) {
		if (set[i].key == key) {
			set[i].wall_ms = p->wall_ms;
			return true;
		}
		if (set[i].wall_ms < oldest->wall_ms)
			oldest = &set[i];
	}
	*oldest = (struct pair){ key, p->wall_ms };
	return false;
}

static void
hand_out(struct packets *p, const struct addr *client, const struct addr *server,
    bool recursion)
{
	struct record *r = &p->record;

	r->wall_ms = p->wall_ms;
	r->client = *client;
	r->client.port = 0;
	if (!recursion)
		r->answer.authority = *server;
	p->fn(p->ctx, r);
}

static void
take_question(struct packets *p, const uint8_t *bytes, size_t len)
{
	struct question q;
	enum question_verdict verdict = question_parse(bytes, len, &q);

	/* Tunnels' programs write odd questions, and a capture may cut them short. */
	if ((verdict != QUESTION_OK && verdict != QUESTION_FORMERR) || q.qname_len == 0 ||
	    q.qclass != CLASS_IN)
		return;
	memset(&p->record, 0, sizeof(p->record));
	p->record.parts = RECORD_QUESTION;
	p->record.qtype = q.qtype;
	dname_set(&p->record.qname, q.qname);
	(void)pair_seen(p, &p->src, q.id, &p->record);
	hand_out(p, &p->src, &p->dst, (q.flags & FLAG_RD) != 0);
}

static void
least_ttl(struct record *r, const struct msg *m)
{
	uint32_t ttl = UINT32_MAX;

	for (const struct rrset *s = m->answer; s != NULL; s = s->next)
		if (s->ttl_sec < ttl)
			ttl = s->ttl_sec;
	for (const struct rrset *s = m->authority; m->answer == NULL && s != NULL;
	     s = s->next) {
		if (s->type == TYPE_SOA && s->ttl_sec < ttl)
			ttl = s->ttl_sec;
		if (s->type == TYPE_SOA && rrset_soa_minimum(s) < ttl)
			ttl = rrset_soa_minimum(s);
	}
	if (m->answer == NULL && ttl > NEGATIVE_TTL_MAX && ttl != UINT32_MAX)
		ttl = NEGATIVE_TTL_MAX;
	r->ttl_known = ttl != UINT32_MAX;
	r->answer.ttl_min_sec = r->ttl_known ? ttl : 0;
}

static void
take_reply(struct packets *p, const uint8_t *bytes, size_t len)
{
	struct record *r = &p->record;
	struct msg m;

	arena_reset(p->arena);
	if (msg_parse(p->arena, bytes, len, &m) != ERR_OK || m.qname == NULL ||
	    m.qclass != CLASS_IN)
		return;
	/* The answer comes by TCP. */
	if ((m.flags & FLAG_TC) != 0)
		return;
	memset(r, 0, sizeof(*r));
	r->qtype = m.qtype;
	dname_set(&r->qname, m.qname);
	r->answer.rcode = m.rcode;
	/* What sekisho would have left out counts for nobody. */
	weigh_answer(&p->key,
	    &(struct weigh_message){
		.answer = m.answer, .authority = m.authority, .dnssec = true },
	    &r->answer);
	least_ttl(r, &m);
	r->parts = pair_seen(p, &p->dst, m.id, r) ? RECORD_ANSWER
						  : RECORD_QUESTION | RECORD_ANSWER;
	hand_out(p, &p->dst, &p->src, (m.flags & FLAG_RD) != 0);
}

static void
take_message(void *ctx, const uint8_t *bytes, size_t len)
{
	struct packets *p = ctx;

	if (len < MSG_HEADER_LEN || (u16(bytes + 2) & FLAG_OPCODE_MASK) != 0)
		return;
	if ((u16(bytes + 2) & FLAG_QR) == 0)
		take_question(p, bytes, len);
	else
		take_reply(p, bytes, len);
}

/* ---- transports ---- */

static bool
take_ports(struct packets *p, const uint8_t *bytes)
{
	p->src.port = u16(bytes);
	p->dst.port = u16(bytes + 2);
	if (p->src.port != DNS_PORT && p->dst.port != DNS_PORT)
		return false;
	p->cut += p->is_cut;
	return true;
}

static void
take_udp(struct packets *p, struct view v)
{
	size_t len;

	if (v.len < 8 || !take_ports(p, v.at) || (len = u16(v.at + 4)) < 8)
		return;
	if (len < v.len)
		v.len = len;
	(void)skip(&v, 8);
	take_message(p, v.at, v.len);
}

static void
take_tcp(struct packets *p, struct view v)
{
	struct segment s = { 0 };
	uint64_t ends[2];

	if (v.len < 20 || !take_ports(p, v.at))
		return;
	s.seq = u32(v.at + 4);
	s.syn = (v.at[13] & 0x02) != 0;
	s.end = (v.at[13] & 0x05) != 0;
	if ((v.at[12] >> 4) < 5 || !skip(&v, (size_t)(v.at[12] >> 4) * 4))
		return;
	ends[0] = addr_hash(&p->key, &p->src);
	ends[1] = addr_hash(&p->key, &p->dst);
	s.flow = siphash13(&p->key, ends, sizeof(ends));
	s.bytes = v.at;
	s.len = v.len;
	segments_feed(p->tcp, &s, take_message, p);
}

static void
take_transport(struct packets *p, unsigned protocol, struct view v)
{
	if (protocol == PROTO_UDP)
		take_udp(p, v);
	else if (protocol == PROTO_TCP)
		take_tcp(p, v);
}

/* ---- networks ---- */

static void
take_fragment(struct packets *p, unsigned protocol, uint32_t id, unsigned offset_field,
    struct view v)
{
	const uint64_t parts[3] = { addr_hash(&p->key, &p->src),
		addr_hash(&p->key, &p->dst), (uint64_t)protocol << 32 | id };
	struct fragment in = { .datagram = siphash13(&p->key, parts, sizeof(parts)),
		.offset = (size_t)(offset_field >> 3) * 8,
		.more = (offset_field & 1) != 0,
		.bytes = v.at,
		.len = v.len };

	if (!p->is_cut && (v.at = fragments_feed(p->fragments, &in, &v.len)) != NULL)
		take_transport(p, protocol, v);
}

static void
take_v4(struct packets *p, struct view v)
{
	unsigned protocol, id, fragment;
	size_t head, total;

	if (v.len < 20 || v.at[0] >> 4 != 4)
		return;
	head = (size_t)(v.at[0] & 15) * 4;
	total = u16(v.at + 2);
	protocol = v.at[9];
	id = u16(v.at + 4);
	fragment = u16(v.at + 6);
	p->is_cut = total > v.len;
	if (head < 20 || addr_from_bytes(&p->src, v.at + 12, 4, 0) != ERR_OK ||
	    addr_from_bytes(&p->dst, v.at + 16, 4, 0) != ERR_OK)
		return;
	/* Behind the packet a short frame is padded. 0: left to the network card. */
	if (total >= head && total < v.len)
		v.len = total;
	if (!skip(&v, head))
		return;
	/* Thirteen bits of offset, then as RFC 8200 has them: the flag "more" behind. */
	if ((fragment & 0x3fff) != 0)
		take_fragment(p, protocol, id,
		    (fragment & 0x1fff) << 3 | (fragment & 0x2000) >> 13, v);
	else
		take_transport(p, protocol, v);
}

/* Steps over one extension header; false: the end, or nothing to read behind it. */
static bool
skip_extension(unsigned *protocol, struct view *v, bool *good)
{
	size_t len;

	*good = true;
	switch (*protocol) {
	case PROTO_HOP:
	case PROTO_ROUTE:
	case PROTO_OPTIONS:
	case PROTO_MOBILITY:
		len = v->len < 2 ? 0 : ((size_t)v->at[1] + 1) * 8;
		break;
	case PROTO_AUTH:
		len = v->len < 2 ? 0 : ((size_t)v->at[1] + 2) * 4;
		break;
	default:
		return false;
	}
	*good = len > 0 && v->len >= len;
	if (!*good)
		return false;
	*protocol = v->at[0];
	return skip(v, len);
}

static void
take_v6(struct packets *p, struct view v)
{
	unsigned protocol, next;
	size_t total;
	bool good;

	if (v.len < 40 || v.at[0] >> 4 != 6 ||
	    addr_from_bytes(&p->src, v.at + 8, 16, 0) != ERR_OK ||
	    addr_from_bytes(&p->dst, v.at + 24, 16, 0) != ERR_OK)
		return;
	total = u16(v.at + 4);
	protocol = v.at[6];
	(void)skip(&v, 40);
	p->is_cut = total > v.len;
	if (total > 0 && total < v.len)
		v.len = total;
	for (unsigned i = 0; i < EXTENSIONS_MAX && skip_extension(&protocol, &v, &good);
	     i++)
		;
	if (!good)
		return;
	if (protocol != PROTO_FRAGMENT) {
		take_transport(p, protocol, v);
	} else if (v.len >= 8) {
		next = v.at[0];
		take_fragment(p, next, u32(v.at + 4), u16(v.at + 2),
		    (struct view){ v.at + 8, v.len - 8 });
	}
}

static void
take_ip(struct packets *p, struct view v)
{
	if (v.len == 0)
		return;
	if (v.at[0] >> 4 == 4)
		take_v4(p, v);
	else
		take_v6(p, v);
}

/* ---- links ---- */

static void
take_ethertype(struct packets *p, unsigned type, struct view v)
{
	for (unsigned i = 0; i < VLANS_MAX; i++) {
		if (type != 0x8100 && type != 0x88a8 && type != 0x9100)
			break;
		if (v.len < 4)
			return;
		type = u16(v.at + 2);
		(void)skip(&v, 4);
	}
	if (type == ETHERTYPE_PPPOE && skip(&v, PPPOE_HEAD))
		take_ip(p, v);
	else if (type == ETHERTYPE_V4)
		take_v4(p, v);
	else if (type == ETHERTYPE_V6)
		take_v6(p, v);
}

static void
link_ethernet(struct packets *p, struct view v)
{
	if (v.len >= 14)
		take_ethertype(p, u16(v.at + 12), (struct view){ v.at + 14, v.len - 14 });
}

static void
link_cooked(struct packets *p, struct view v)
{
	if (v.len >= 16)
		take_ethertype(p, u16(v.at + 14), (struct view){ v.at + 16, v.len - 16 });
}

static void
link_cooked2(struct packets *p, struct view v)
{
	if (v.len >= 20)
		take_ethertype(p, u16(v.at), (struct view){ v.at + 20, v.len - 20 });
}

/* The family differs between systems and is in their byte order: the packet tells. */
static void
link_null(struct packets *p, struct view v)
{
	if (skip(&v, 4))
		take_ip(p, v);
}

static const struct link {
	int number;
	void (*take)(struct packets *p, struct view v);
} links[] = {
	{ LINK_ETHERNET, link_ethernet },
	{ LINK_COOKED, link_cooked },
	{ LINK_COOKED2, link_cooked2 },
	{ LINK_NULL, link_null },
	{ LINK_LOOP, link_null },
	{ LINK_RAW_12, take_ip },
	{ LINK_RAW_14, take_ip },
	{ LINK_RAW, take_ip },
	{ LINK_V4, take_ip },
	{ LINK_V6, take_ip },
};

static const struct link *
link_find(int number)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].number == number)
			return &links[i];
	return NULL;
}

bool
packets_link_known(int link)
{
	return link_find(link) != NULL;
}

uint64_t
packets_cut(const struct packets *p)
{
	return p->cut;
}

void
packets_feed(struct packets *p, int64_t wall_ms, const uint8_t *bytes, size_t len)
{
	p->wall_ms = wall_ms;
	link_find(p->link)->take(p, (struct view){ bytes, len });
}

struct packets *
packets_new(int link, packets_fn *fn, void *ctx)
{
	struct packets *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->link = packets_link_known(link) ? link : LINK_RAW;
	p->fn = fn;
	p->ctx = ctx;
	p->key = (struct hashkey){ 31, 32 };
	p->arena = arena_new(ARENA_BYTES);
	p->tcp = segments_new();
	p->fragments = fragments_new();
	if (p->arena != NULL && p->tcp != NULL && p->fragments != NULL)
		return p;
	packets_free(p);
	return NULL;
}

void
packets_free(struct packets *p)
{
	if (p == NULL)
		return;
	segments_free(p->tcp);
	fragments_free(p->fragments);
	arena_free(p->arena);
	free(p);
}
