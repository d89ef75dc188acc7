/*
 * Answers that need no recursion.
 *
 * A question goes down the tree of local names once (nametree.h); what lay on the way
 * decides, in this order:
 *
 *   1. Own data of exactly this name, or of the wildcard that covers it (RFC 4592).
 *      A type that the name does not have is NODATA: who names a host owns the name.
 *      Else a DNAME above it (RFC 6672): the name moves to the DNAME's target, by a
 *      CNAME made for it. A stub or forward zone deeper than the DNAME goes first.
 *   2. A local zone of the operator's: NODATA for an empty non-terminal (RFC 8020: it
 *      exists), else NXDOMAIN. A stub or forward zone deeper than it goes first.
 *   3. A special-use name or locally served zone (special.c), unless the operator has
 *      a stub or forward zone there. One at the root takes over recursion as such; it
 *      is no sign that somebody upstream answers for 10.in-addr.arpa, so it does not
 * count.
 *
 * A CNAME among own data is followed through steps 1 to 3; where it leaves our own
 * names the answer is left open and recursion goes on (local_open_cname).
 */
#include "resolver/local/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/local/special.h"
#include "resolver/local/nametree.h"
#include "resolver/wire/rdata.h"

#define SPECIAL_TTL_SEC                                                                  \
	10800u /* RFC 6303 3: its SOA's fields, and the TTL that its example has */

struct local {
	const struct conf *conf;
	struct nametree *tree;
};

/* One question on its way through steps 1 to 3. */
struct work {
	const struct local *local;
	const struct question *q;
	const uint8_t *name; /* where the CNAMEs have led */
	struct arena *arena;
	struct answer *out;
};

/* What one step made of a name. */
enum step { STEP_NOT_OURS, STEP_DONE, STEP_FOLLOW, STEP_NOMEM };

/* ---- building ---- */

static bool
add_special(void *ctx, const struct dname *name, const struct special *row)
{
	struct local *l = ctx;
	struct nametree_node *n;

	if (row->reverse ? !l->conf->private_reverse : !l->conf->special_names)
		return true;
	if ((n = nametree_add(l->tree, name->bytes)) == NULL)
		return false;
	n->special = row;
	return true;
}

static enum err
fill(struct local *l, const struct conf *conf)
{
	struct nametree_node *n;

	for (const struct rrset *s = conf->local_data; s != NULL; s = s->next)
		if (nametree_add_set(l->tree, s) != ERR_OK)
			return ERR_NOMEM;
	for (size_t i = 0; i < conf->local_zone_count; i++) {
		if ((n = nametree_add(l->tree, conf->local_zones[i])) == NULL)
			return ERR_NOMEM;
		n->zone = true;
	}
	return special_each(add_special, l) ? ERR_OK : ERR_NOMEM;
}

struct local *
local_new(const struct conf *conf)
{
	struct local *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		goto fail0;
	l->conf = conf;
	if ((l->tree = nametree_new()) == NULL)
		goto fail1;
	if (fill(l, conf) != ERR_OK)
		goto fail2;
	return l;

fail2:
	nametree_free(l->tree);
fail1:
	free(l);
fail0:
	return NULL;
}

void
local_free(struct local *l)
{
	if (l == NULL)
		return;
	nametree_free(l->tree);
	free(l);
}

/* ---- sets of our own ---- */

static void
put_u32(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 24);
	at[1] = (uint8_t)(v >> 16);
	at[2] = (uint8_t)(v >> 8);
	at[3] = (uint8_t)v;
}

/* RFC 6303 3: "@ SOA @ nobody.invalid. 1 3600 1200 604800 10800". */
static struct rrset *
make_soa(struct arena *arena, const uint8_t *zone, uint32_t ttl_sec)
{
	static const uint8_t nobody[] = "\6nobody\7invalid";
	static const uint32_t fields[] = { 1, 3600, 1200, 604800 };
	uint8_t rdata[DNAME_MAX + sizeof(nobody) + 20];
	size_t len = dname_copy(rdata, zone);
	struct rrset *set;

	memcpy(rdata + len, nobody, sizeof(nobody));
	len += sizeof(nobody);
	for (size_t i = 0; i < 4; i++, len += 4)
		put_u32(rdata + len, fields[i]);
	put_u32(rdata + len, ttl_sec);
	set = rrset_new_one(arena, zone, TYPE_SOA, ttl_sec, rdata, len + 4);
	if (set != NULL)
		set->trust = TRUST_LOCAL;
	return set;
}

static bool
append_new(struct rrset **list, struct rrset *set)
{
	if (set == NULL)
		return false;
	set->trust = TRUST_LOCAL;
	rrset_append(list, set);
	return true;
}

/* What the apex of a zone has although nobody wrote it down. */
static bool
is_apex_type(uint16_t qtype)
{
	return qtype == TYPE_SOA || qtype == TYPE_NS || qtype == TYPE_ANY;
}

static const struct rrset *
node_set(const struct nametree_node *n, uint16_t type)
{
	for (const struct nametree_set *s = n->sets; s != NULL; s = s->next)
		if (s->set->type == type)
			return s->set;
	return NULL;
}

/* NODATA or NXDOMAIN with the SOA of ${zone}: the operator's own when there is one (RFC
 * 2308 3). */
static enum step
negative(struct work *w, uint16_t rcode, const struct nametree_node *zone,
    const uint8_t *zone_name)
{
	const struct rrset *own = zone == NULL ? NULL : node_set(zone, TYPE_SOA);
	struct rrset *soa = own != NULL ? rrset_copy(w->arena, own)
					: make_soa(w->arena, zone_name, SPECIAL_TTL_SEC);

	w->out->rcode = rcode;
	return append_new(&w->out->authority, soa) ? STEP_DONE : STEP_NOMEM;
}

static enum step
positive(struct work *w, uint16_t type, const void *rdata, size_t len)
{
	struct rrset *set =
	    rrset_new_one(w->arena, w->name, type, SPECIAL_TTL_SEC, rdata, len);

	return append_new(&w->out->answer, set) ? STEP_DONE : STEP_NOMEM;
}

/* ---- step 1: own data ---- */

/* RFC 4592 3.3.1: the wildcard at the closest encloser and no other. */
static const struct nametree_node *
data_node(const struct nametree_path *p)
{
	if (p->exact != NULL)
		return p->exact->sets != NULL ? p->exact : NULL;
	if (p->closest == NULL || p->closest->wildcard == NULL)
		return NULL;
	return p->closest->wildcard->sets != NULL ? p->closest->wildcard : NULL;
}

static struct rrset *
copy_set(struct work *w, const struct rrset *from)
{
	struct rrset *set = rrset_copy(w->arena, from);

	if (set == NULL)
		return NULL;
	if (!dname_equal(from->owner, w->name)) /* from a wildcard */
		set->owner = arena_copy(w->arena, w->name, dname_len(w->name));
	return set->owner == NULL ? NULL : set;
}

static enum step
all_sets(struct work *w, const struct nametree_node *n)
{
	for (const struct nametree_set *s = n->sets; s != NULL; s = s->next) {
		if (!append_new(&w->out->answer, copy_set(w, s->set)))
			return STEP_NOMEM;
		if (w->local->conf->minimal_any) /* RFC 8482 4.1: one set is enough */
			break;
	}
	return STEP_DONE;
}

static enum step
follow_cname(struct work *w, const struct rrset *cname)
{
	struct rrset *set = copy_set(w, cname);
	const uint8_t *target;
	uint8_t lower[DNAME_MAX];

	if (!append_new(&w->out->answer, set))
		return STEP_NOMEM;
	target = rdata_name(TYPE_CNAME, set->rdata[0].bytes, set->rdata[0].len);
	if (target == NULL)
		return STEP_DONE;
	w->name = arena_copy(w->arena, lower, dname_copy_lower(lower, target));
	return w->name == NULL ? STEP_NOMEM : STEP_FOLLOW;
}

/* ${other} is asked about ${w->name}, and lies beneath what we have at ${ours}. */
static bool
is_elsewhere(const struct work *w, const uint8_t *ours)
{
	const struct conf_zone *other = conf_zone_of(w->local->conf, w->name);

	return other != NULL && dname_is_strictly_below(other->name, ours);
}

static enum step
step_dname(struct work *w, const struct nametree_path *p)
{
	const struct rrset *dname = p->dname == NULL ? NULL : p->dname->dname;
	const uint8_t *target;
	struct rrset *cname;
	uint8_t moved[DNAME_MAX];
	unsigned labels;

	if (dname == NULL || is_elsewhere(w, p->dname->name))
		return STEP_NOT_OURS;
	target = rdata_name(TYPE_DNAME, dname->rdata[0].bytes, dname->rdata[0].len);
	if (target == NULL)
		return STEP_NOT_OURS;
	if (!append_new(&w->out->answer, rrset_copy(w->arena, dname)))
		return STEP_NOMEM;
	labels = dname_labels(w->name) - dname_labels(p->dname->name);
	if (dname_concat(moved, w->name, labels, target) != ERR_OK) {
		w->out->rcode = RCODE_YXDOMAIN; /* RFC 6672 2.2 */
		return STEP_DONE;
	}
	cname = rrset_new_one(
	    w->arena, w->name, TYPE_CNAME, dname->ttl_sec, moved, dname_len(moved));
	if (cname == NULL)
		return STEP_NOMEM;
	if (w->q->qtype != TYPE_CNAME && w->q->qtype != TYPE_ANY)
		return follow_cname(w, cname);
	return append_new(&w->out->answer, cname) ? STEP_DONE : STEP_NOMEM;
}

static enum step
step_own_data(struct work *w, const struct nametree_path *p)
{
	const struct nametree_node *n = data_node(p);
	const struct rrset *set;

	if (n == NULL)
		return STEP_NOT_OURS;
	if (w->q->qtype == TYPE_ANY)
		return all_sets(w, n);
	if ((set = node_set(n, w->q->qtype)) != NULL)
		return append_new(&w->out->answer, copy_set(w, set)) ? STEP_DONE
								     : STEP_NOMEM;
	if ((set = node_set(n, TYPE_CNAME)) != NULL)
		return follow_cname(w, set);
	if (p->zone == n && is_apex_type(w->q->qtype))
		return STEP_NOT_OURS; /* the zone itself has these */
	return negative(
	    w, RCODE_NOERROR, p->zone, p->zone != NULL ? p->zone->name : w->name);
}

/* ---- step 2: local zones ---- */

/* SOA and NS of an apex that the operator gave none (RFC 6303 3: NS is the zone itself).
 */
static enum step
apex(struct work *w, const uint8_t *zone)
{
	if (w->q->qtype == TYPE_NS)
		return positive(w, TYPE_NS, zone, dname_len(zone));
	return append_new(&w->out->answer, make_soa(w->arena, zone, SPECIAL_TTL_SEC))
		   ? STEP_DONE
		   : STEP_NOMEM;
}

static enum step
step_local_zone(struct work *w, const struct nametree_path *p)
{
	if (p->zone == NULL || is_elsewhere(w, p->zone->name))
		return STEP_NOT_OURS;
	if (p->exact == p->zone && is_apex_type(w->q->qtype))
		return apex(w, p->zone->name);
	return negative(
	    w, p->exact != NULL ? RCODE_NOERROR : RCODE_NXDOMAIN, p->zone, p->zone->name);
}

/* ---- step 3: special names ---- */

static enum step
answer_nxdomain(struct work *w, const struct nametree_path *p)
{
	bool exists = p->exact != NULL &&
		      p->exact != p->special; /* something of ours lies beneath */

	return negative(
	    w, exists ? RCODE_NOERROR : RCODE_NXDOMAIN, NULL, p->special->name);
}

static enum step
answer_empty_zone(struct work *w, const struct nametree_path *p)
{
	const uint8_t *zone = p->special->name;

	if (p->exact != p->special)
		return negative(
		    w, p->exact != NULL ? RCODE_NOERROR : RCODE_NXDOMAIN, NULL, zone);
	if (w->q->qtype ==
	    TYPE_DS) /* the parent's: it proves that the delegation is insecure */
		return STEP_NOT_OURS;
	if (is_apex_type(w->q->qtype))
		return apex(w, zone);
	return negative(w, RCODE_NOERROR, NULL, zone);
}

static enum step
answer_nodata(struct work *w, const struct nametree_path *p)
{
	return negative(w, RCODE_NOERROR, NULL, p->special->name);
}

static enum step
answer_loopback(struct work *w, const struct nametree_path *p)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };

	if (w->q->qtype == TYPE_A || w->q->qtype == TYPE_ANY)
		return positive(w, TYPE_A, v4, sizeof(v4));
	if (w->q->qtype == TYPE_AAAA)
		return positive(w, TYPE_AAAA, v6, sizeof(v6));
	return negative(w, RCODE_NOERROR, NULL, p->special->name);
}

static enum step
answer_loopback_ptr(struct work *w, const struct nametree_path *p)
{
	static const uint8_t localhost[] = "\11localhost";

	if (p->exact == p->special && w->q->qtype == TYPE_PTR)
		return positive(w, TYPE_PTR, localhost, sizeof(localhost));
	return answer_empty_zone(w, p);
}

/* All but its PTR is for the zone it stands in: no apex, and its DS is ours to deny. */
static enum step
answer_loopback_name(struct work *w, const struct nametree_path *p)
{
	struct nametree_path around = *p;

	if (p->exact == p->special && w->q->qtype == TYPE_PTR)
		return answer_loopback_ptr(w, p);
	if (FAILS(p->outer == NULL))
		return STEP_NOT_OURS;
	around.special = p->outer;
	return answer_empty_zone(w, &around);
}

static enum step
step_special(struct work *w, const struct nametree_path *p)
{
	static enum step (*const by_kind[])(
	    struct work *, const struct nametree_path *) = {
		[SPECIAL_NXDOMAIN] = answer_nxdomain,
		[SPECIAL_EMPTY_ZONE] = answer_empty_zone,
		[SPECIAL_NODATA] = answer_nodata,
		[SPECIAL_LOOPBACK] = answer_loopback,
		[SPECIAL_LOOPBACK_PTR] = answer_loopback_ptr,
		[SPECIAL_LOOPBACK_NAME] = answer_loopback_name,
	};
	const struct conf_zone *other;

	if (p->special == NULL)
		return STEP_NOT_OURS;
	other = conf_zone_of(w->local->conf, w->name);
	if (other != NULL && other->name[0] != 0)
		return STEP_NOT_OURS;
	return by_kind[p->special->special->kind](w, p);
}

/* ---- the whole ---- */

static enum step
one_name(struct work *w)
{
	static enum step (*const steps[])(struct work *, const struct nametree_path *) = {
		step_own_data,
		step_dname,
		step_local_zone,
		step_special,
	};
	struct nametree_path path;
	enum step s = STEP_NOT_OURS;

	nametree_find(w->local->tree, w->name, &path);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && s == STEP_NOT_OURS;
	     i++)
		s = steps[i](w, &path);
	return s;
}

static uint32_t
smallest_ttl(const struct answer *a)
{
	uint32_t ttl_sec = UINT32_MAX;

	for (const struct rrset *s = a->answer; s != NULL; s = s->next)
		ttl_sec = s->ttl_sec < ttl_sec ? s->ttl_sec : ttl_sec;
	for (const struct rrset *s = a->authority; s != NULL; s = s->next)
		ttl_sec = s->ttl_sec < ttl_sec ? s->ttl_sec : ttl_sec;
	return ttl_sec;
}

/* Out of memory or links: the client is told, and nothing half is sent. */
static enum local_result
give_up(struct answer *out, const char *why)
{
	answer_init(out, RCODE_SERVFAIL);
	out->ede_code = EDE_OTHER;
	out->ede_text = why;
	return LOCAL_ANSWER;
}

enum local_result
local_answer(const struct local *l, const struct question *q, struct arena *arena,
    struct answer *out)
{
	struct work w = {
		.local = l, .q = q, .name = q->qname, .arena = arena, .out = out
	};
	enum step s = STEP_FOLLOW;

	if (q->qclass != CLASS_IN)
		return LOCAL_NONE;
	answer_init(out, RCODE_NOERROR);
	for (uint32_t links = 0; s == STEP_FOLLOW; links++) {
		if (links > l->conf->cname_links_max)
			return give_up(out, "too many CNAMEs in local data");
		s = one_name(&w);
	}
	if (s == STEP_NOMEM)
		return give_up(out, NULL);
	if (s == STEP_NOT_OURS && out->answer == NULL)
		return LOCAL_NONE;
	out->authoritative = true;
	out->ttl_sec = smallest_ttl(out);
	return LOCAL_ANSWER;
}

bool
local_knows(const struct local *l, const uint8_t *qname)
{
	struct nametree_path p;

	nametree_find(l->tree, dname_suffix(qname, 1), &p);
	return p.exact != NULL || p.zone != NULL || p.special != NULL ||
	       (p.closest != NULL &&
		   (p.closest->sets != NULL || p.closest->wildcard != NULL));
}

const uint8_t *
local_open_cname(const struct question *q, const struct answer *a)
{
	const struct rrset *last = a->answer;

	if (a->rcode != RCODE_NOERROR || last == NULL || a->authority != NULL)
		return NULL;
	if (q->qtype == TYPE_CNAME || q->qtype == TYPE_ANY)
		return NULL;
	while (last->next != NULL)
		last = last->next;
	if (last->type != TYPE_CNAME)
		return NULL;
	return rdata_name(TYPE_CNAME, last->rdata[0].bytes, last->rdata[0].len);
}

/* ---- policy ---- */

enum local_policy
local_policy_of(const struct local *l, const uint8_t *qname, struct namelist_hit *hit)
{
	struct namelist_hit allowed, blocked;
	bool allow =
	    l->conf->allow != NULL && namelist_find(l->conf->allow, qname, &allowed);
	bool block =
	    l->conf->block != NULL && namelist_find(l->conf->block, qname, &blocked);

	if (allow && (!block || allowed.labels >= blocked.labels)) {
		*hit = allowed;
		return POLICY_ALLOW;
	}
	if (!block)
		return POLICY_NONE;
	*hit = blocked;
	return POLICY_BLOCK;
}

/* ---- stopped names ---- */

static const struct addr *
sinkhole_addr(const struct conf *conf, uint16_t qtype)
{
	if (conf->sinkhole_answer != SINKHOLE_ADDRESS)
		return NULL;
	if (qtype == TYPE_A && conf->sinkhole_v4.family == ADDR_V4)
		return &conf->sinkhole_v4;
	if (qtype == TYPE_AAAA && conf->sinkhole_v6.family == ADDR_V6)
		return &conf->sinkhole_v6;
	return NULL;
}

static uint16_t
sinkhole_rcode(const struct conf *conf)
{
	static const uint16_t rcodes[] = {
		[SINKHOLE_NXDOMAIN] = RCODE_NXDOMAIN,
		[SINKHOLE_NODATA] = RCODE_NOERROR,
		[SINKHOLE_REFUSED] = RCODE_REFUSED,
		[SINKHOLE_ADDRESS] = RCODE_NOERROR,
	};

	if (FAILS(conf->sinkhole_answer > SINKHOLE_ADDRESS))
		return RCODE_REFUSED;
	return rcodes[conf->sinkhole_answer];
}

static const char *
sinkhole_text(const struct conf *conf, const char *event_id, struct arena *arena)
{
	const char *text = conf->sinkhole_text == NULL ? "" : conf->sinkhole_text;
	size_t cap = strlen(text) + strlen(event_id) + sizeof(" []");
	char *out = arena_alloc(arena, cap);

	if (out == NULL)
		return NULL;
	if (event_id[0] == '\0')
		snprintf(out, cap, "%s", text);
	else
		snprintf(
		    out, cap, "%s%s[%s]", text, text[0] == '\0' ? "" : " ", event_id);
	return out;
}

enum err
local_sinkhole(const struct conf *conf, const struct question *q, int ede_code,
    const char *event_id, struct arena *arena, struct answer *out)
{
	const struct addr *a = sinkhole_addr(conf, q->qtype);
	uint32_t ttl_sec = conf->sinkhole_ttl_sec;
	bool ok = true;

	answer_init(out, sinkhole_rcode(conf));
	out->ttl_sec = ttl_sec;
	out->ede_code = ede_code;
	if ((out->ede_text = sinkhole_text(conf, event_id, arena)) == NULL)
		return ERR_NOMEM;
	if (a != NULL)
		ok = append_new(&out->answer, rrset_new_one(arena, q->qname, q->qtype,
						  ttl_sec, a->bytes, addr_bytes_len(a)));
	else if (out->rcode != RCODE_REFUSED)
		ok = append_new(&out->authority, make_soa(arena, q->qname, ttl_sec));
	return ok ? ERR_OK : ERR_NOMEM;
}
