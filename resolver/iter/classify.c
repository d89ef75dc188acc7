#include "resolver/iter/classify.h"

#include <string.h>

static enum reply_class
classify_rcode(const struct msg *m)
{
	switch (m->rcode) {
	case RCODE_FORMERR:
	case RCODE_NOTIMP:
	case RCODE_BADVERS:
		return REPLY_FORMAT;
	case RCODE_REFUSED:
		return REPLY_LAME;
	default:
		return REPLY_ERROR;
	}
}

static bool
is_data_rcode(uint16_t rcode)
{
	return rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN ||
	       rcode == RCODE_YXDOMAIN;
}

/*
 * Without AA and with RA a resolver speaks, not the zone's server. Without either some
 * load balancers do; their data is taken, with less trust.
 */
static bool
speaks_for_zone(const struct view *v, const struct msg *m)
{
	return v->forward || (m->flags & FLAG_AA) != 0 || (m->flags & FLAG_RA) == 0;
}

static struct rrset *
find_dname(struct rrset *list, const uint8_t *name)
{
	for (; list != NULL; list = list->next)
		if (list->type == TYPE_DNAME &&
		    dname_is_strictly_below(name, list->owner))
			return list;
	return NULL;
}

static struct rrset *
find_any(struct rrset *list, const uint8_t *name)
{
	for (; list != NULL; list = list->next)
		if (dname_equal(list->owner, name))
			return list;
	return NULL;
}

/* Of ANY every set of the name is the answer. */
static bool
is_whole(const struct view *v, const struct rrset *set)
{
	if (v->qtype != TYPE_ANY)
		return !set->cut;
	for (; set != NULL; set = set->next)
		if (set->cut && dname_equal(set->owner, v->name))
			return false;
	return true;
}

/* REPLY_NOTHING: the answer section says nothing of the name. */
static enum reply_class
classify_answer(const struct view *v, const struct msg *m, struct found *out)
{
	struct rrset *answer = m->answer;

	if (answer == NULL)
		return REPLY_NOTHING;
	/* First: a CNAME beside it was made from it and is made anew. */
	if ((out->set = find_dname(answer, v->name)) != NULL)
		return REPLY_DNAME;
	out->set = v->qtype == TYPE_ANY ? find_any(answer, v->name)
					: rrset_find(answer, v->name, v->qtype);
	if (out->set != NULL)
		return is_whole(v, out->set) ? REPLY_ANSWER : REPLY_LARGE;
	if (v->qtype != TYPE_ANY &&
	    (out->set = rrset_find(answer, v->name, TYPE_CNAME)) != NULL)
		return REPLY_CNAME;
	return REPLY_NOTHING;
}

static struct rrset *
find_soa(const struct view *v, const struct msg *m)
{
	for (struct rrset *s = m->authority; s != NULL; s = s->next)
		if (s->type == TYPE_SOA && dname_is_below(v->name, s->owner))
			return s;
	return NULL;
}

static struct rrset *
find_referral(const struct view *v, const struct msg *m)
{
	for (struct rrset *s = m->authority; s != NULL; s = s->next)
		if (s->type == TYPE_NS && dname_is_strictly_below(s->owner, v->zone) &&
		    dname_is_below(v->name, s->owner))
			return s;
	return NULL;
}

/* RFC 4035 3.1.4.1: about DS the child has nothing to say, nor does a referral to it. */
static bool
is_of_child(const struct view *v, const struct rrset *set)
{
	return v->qtype == TYPE_DS && *v->name != 0 && dname_equal(set->owner, v->name);
}

/* The parent's DS set beside a referral is what a question for it wanted: where it stands
 * does not make it less signed. */
static struct rrset *
find_ds(const struct view *v, const struct msg *m)
{
	struct rrset *set =
	    v->qtype == TYPE_DS ? rrset_find(m->authority, v->name, TYPE_DS) : NULL;

	return set != NULL && set->sig_count > 0 ? set : NULL;
}

/* A signed zone's own word that something is not there needs neither AA nor SOA: it is
 * either proved, by a validator, or worth nothing. */
static bool
has_proof(const struct msg *m)
{
	for (const struct rrset *s = m->authority; s != NULL; s = s->next)
		if ((s->type == TYPE_NSEC || s->type == TYPE_NSEC3) && s->sig_count > 0)
			return true;
	return false;
}

static bool
has_ns(const struct view *v, const struct msg *m)
{
	for (const struct rrset *s = m->authority; s != NULL; s = s->next)
		if (s->type == TYPE_NS && dname_is_below(v->name, s->owner))
			return true;
	return false;
}

/* Neither data nor a denial nor where else to ask: some load balancers mean "no data" by
 * it (RFC 2308 2.2 type 3, without AA). Who refers upward or to itself does not serve the
 * zone. */
static enum reply_class
classify_silence(const struct view *v, const struct msg *m, struct found *out)
{
	if (v->refers || has_ns(v, m) || (m->flags & FLAG_RA) != 0)
		return REPLY_LAME;
	out->silent = true;
	return v->silence_counts ? REPLY_NODATA : REPLY_LAME;
}

static enum reply_class
classify_without_soa(const struct view *v, const struct msg *m, struct found *out)
{
	bool aa = (m->flags & FLAG_AA) != 0;

	if (v->chained)
		return REPLY_NOTHING;
	if (m->rcode == RCODE_NXDOMAIN)
		return aa || v->forward || has_proof(m) ? REPLY_NXDOMAIN : REPLY_LAME;
	if (v->forward && (m->flags & FLAG_RA) != 0)
		return REPLY_NODATA;
	if (!v->forward && (out->ns = find_referral(v, m)) != NULL)
		return is_of_child(v, out->ns) ? REPLY_LAME : REPLY_REFERRAL;
	return (aa && !v->refers) || has_proof(m) ? REPLY_NODATA
						  : classify_silence(v, m, out);
}

enum reply_class
classify_reply(const struct view *v, const struct msg *m, struct found *out)
{
	enum reply_class class;

	memset(out, 0, sizeof(*out));
	if (!is_data_rcode(m->rcode))
		return classify_rcode(m);
	class = classify_answer(v, m, out);
	if (class == REPLY_NOTHING && (out->set = find_ds(v, m)) != NULL)
		class = REPLY_ANSWER;
	out->by_resolver = !speaks_for_zone(v, m);
	if (class != REPLY_NOTHING)
		return out->by_resolver ? REPLY_LAME : class;
	if (m->rcode == RCODE_YXDOMAIN)
		return REPLY_ERROR;
	if ((out->soa = find_soa(v, m)) == NULL)
		return classify_without_soa(v, m, out);
	if (out->by_resolver || is_of_child(v, out->soa))
		return v->chained ? REPLY_NOTHING : REPLY_LAME;
	return m->rcode == RCODE_NXDOMAIN ? REPLY_NXDOMAIN : REPLY_NODATA;
}
