#include "tests/replay/world.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/msg.h"

bool
world_parse_query(struct world_query *q)
{
	struct question question;

	if (question_parse(q->bytes, q->len, &question) != QUESTION_OK)
		return false;
	dname_set(&q->name, question.qname);
	q->type = question.qtype;
	q->edns = question.edns.present;
	q->dnssec_ok = question.edns.present && question.edns.dnssec_ok;
	q->udp_size = question.edns.present ? question.edns.udp_size : 512;
	q->recursion_desired = (question.flags & FLAG_RD) != 0;
	q->cookie_len = question.edns.cookie_len;
	memcpy(q->cookie, question.edns.cookie, q->cookie_len);
	q->mixed_case =
	    memcmp(question.qname, question.qname_raw, question.qname_len) != 0;
	return true;
}

static bool
matches(const struct rule *r, const struct world_query *q)
{
	if (r->times_left == 0)
		return false;
	if (!r->any_addr && !addr_same_host(&r->addr, &q->to))
		return false;
	if (r->below && !dname_is_below(q->name.bytes, r->name.bytes))
		return false;
	if (!r->below && !r->any_name && !dname_equal(q->name.bytes, r->name.bytes))
		return false;
	if (!r->any_type && r->type != q->type)
		return false;
	if (r->action == RULE_CASE && !q->mixed_case)
		return false;
	if (r->cookie >= 0 && r->cookie != (q->cookie_len > 0) + (q->cookie_len > 8))
		return false;
	return (r->tcp < 0 || r->tcp == q->tcp) && (r->edns < 0 || r->edns == q->edns);
}

/* ---- cookies ---- */

static const struct cookie_server *
cookie_server_of(const struct world *w, const struct addr *at)
{
	for (const struct cookie_server *c = w->cookies; c != NULL; c = c->next)
		if (addr_same_host(&c->addr, at))
			return c;
	return NULL;
}

/* The client's part, and for its server part the same backwards, with ${salt}. */
static void
cook(const struct world_query *q, struct reply *r, uint8_t salt)
{
	memcpy(r->cookie, q->cookie, 8);
	for (unsigned i = 0; i < 8; i++)
		r->cookie[8 + i] = (uint8_t)(q->cookie[7 - i] ^ salt);
	r->cookie_len = 16;
	r->opt = true;
}

static bool
has_good_cookie(const struct world_query *q)
{
	struct reply good = { .opt = false };

	cook(q, &good, 1);
	return q->cookie_len == good.cookie_len &&
	       memcmp(q->cookie, good.cookie, good.cookie_len) == 0;
}

static void
add_cookie(const struct world *w, const struct world_query *q, enum rule_cookie how,
    struct reply *r)
{
	const struct cookie_server *server = cookie_server_of(w, &q->to);

	if (q->cookie_len == 0 || how == RULE_COOKIE_NONE ||
	    (how == RULE_COOKIE_USUAL && server == NULL))
		return;
	cook(q, r, how == RULE_COOKIE_OTHER ? 2 : 1);
	if (how == RULE_COOKIE_FORGED)
		r->cookie[0] ^= 1;
	if (how == RULE_COOKIE_GARBAGE)
		r->cookie_len = 12;
}

static struct rule *
rule_of(struct world *w, const struct world_query *q)
{
	for (struct rule *r = w->rules; r != NULL; r = r->next)
		if (matches(r, q)) {
			r->times_left--;
			return r;
		}
	return NULL;
}

static bool
has_server(const struct world *w, const struct addr *a)
{
	for (const struct zone *z = w->zones; z != NULL; z = z->next)
		for (unsigned i = 0; i < z->addr_count; i++)
			if (addr_same_host(&z->addrs[i], a))
				return true;
	return false;
}

static uint16_t
type_or_covered(const struct record *r)
{
	return r->type == TYPE_RRSIG ? (uint16_t)(r->rdata[0] << 8 | r->rdata[1])
				     : r->type;
}

static bool
is_of_type(const struct record *r, uint16_t type)
{
	return type_or_covered(r) == type;
}

/* Those of ${type} and their signatures. */
static void
drop_type(struct record **list, uint16_t type)
{
	while (*list != NULL) {
		struct record *r = *list;

		if (!is_of_type(r, type)) {
			list = &r->next;
			continue;
		}
		*list = r->next;
		r->next = NULL;
		records_free(r);
	}
}

static void
add_proofs_of(const struct world *w, const struct world_query *q, struct reply *r)
{
	struct reply other = { .opt = false };

	zone_answer(w, q, &other);
	for (const struct record *s = other.section[1]; s != NULL; s = s->next)
		if (is_of_type(s, TYPE_NSEC) || is_of_type(s, TYPE_NSEC3))
			records_append(&r->section[1], record_copy(s, s->owner.bytes));
	reply_clear(&other);
}

/* The zones' own answer, with what a rule makes of it. */
static void
answer_of(const struct world *w, const struct world_query *q, const struct rule *rule,
    struct reply *r)
{
	struct world_query other = *q;

	if (rule == NULL || rule->other == RULE_OTHER_NONE) {
		zone_answer(w, q, r);
		return;
	}
	other.name = rule->other_name;
	other.type = rule->other_type;
	if (rule->other == RULE_OTHER_INSTEAD) {
		zone_answer(w, &other, r);
		return;
	}
	zone_answer(w, q, r);
	add_proofs_of(w, &other, r);
}

/* What somebody on the way makes of it. */
static void
tamper(enum rule_action action, struct reply *r)
{
	if (action == RULE_NO_DENIAL)
		drop_type(&r->section[1], TYPE_NSEC);
	if (action != RULE_NXDOMAIN)
		return;
	r->rcode = RCODE_NXDOMAIN;
	drop_type(&r->section[1], TYPE_SOA);
}

static enum world_outcome
by_zones(const struct world *w, const struct world_query *q, const struct rule *rule,
    uint8_t *out, size_t *len)
{
	enum rule_cookie how = rule != NULL ? rule->reply_cookie : RULE_COOKIE_USUAL;
	const struct cookie_server *server = cookie_server_of(w, &q->to);
	struct reply r = {
		.encloser_only = rule != NULL && rule->action == RULE_ENCLOSER,
	};

	if (!has_server(w, &q->to))
		return WORLD_SILENT;
	if (server != NULL && server->required && how == RULE_COOKIE_USUAL && !q->tcp &&
	    !has_good_cookie(q))
		r = (struct reply){ .rcode = RCODE_BADCOOKIE, .opt = q->edns };
	else
		answer_of(w, q, rule, &r);
	add_cookie(w, q, how, &r);
	if (rule != NULL && rule->rcode >= 0)
		r.rcode = (uint16_t)rule->rcode;
	if (rule != NULL && rule->agent.len > 0)
		r.agent = &rule->agent;
	if (rule != NULL)
		tamper(rule->action, &r);
	*len = reply_write(&r, q->bytes, q->len, out);
	reply_clear(&r);
	if (!q->tcp && *len > q->udp_size) {
		r = (struct reply){ .flags = FLAG_AA | FLAG_TC, .opt = q->edns };
		add_cookie(w, q, how, &r);
		*len = reply_write(&r, q->bytes, q->len, out);
	}
	return WORLD_REPLY;
}

static enum world_outcome
by_bytes(const struct rule *rule, const struct world_query *q, uint8_t *out, size_t *len)
{
	struct reply r = { .flags = FLAG_AA };

	*len = reply_write(&r, q->bytes, q->len, out);
	out[7] = 1;
	memcpy(out + *len, rule->bytes, rule->byte_count);
	*len += rule->byte_count;
	return WORLD_REPLY;
}

enum world_outcome
world_ask(struct world *w, const struct world_query *q, uint8_t out[REPLY_MAX],
    size_t *len, uint32_t *delay_ms)
{
	struct rule *rule = rule_of(w, q);
	struct reply truncated = { .flags = FLAG_AA | FLAG_TC, .opt = q->edns };

	*delay_ms = WORLD_DELAY_MS;
	if (rule == NULL)
		return by_zones(w, q, NULL, out, len);
	*delay_ms = rule->delay_ms;
	switch (rule->action) {
	case RULE_ZONE:
	case RULE_NO_DENIAL:
	case RULE_ENCLOSER:
	case RULE_NXDOMAIN:
		return by_zones(w, q, rule, out, len);
	case RULE_TRUNCATED:
		if (q->tcp)
			return by_zones(w, q, rule, out, len);
		add_cookie(w, q, rule->reply_cookie, &truncated);
		*len = reply_write(&truncated, q->bytes, q->len, out);
		return WORLD_REPLY;
	case RULE_REPLY:
		rule->reply.cookie_len = 0;
		rule->reply.agent = rule->agent.len > 0 ? &rule->agent : NULL;
		if (rule->reply_cookie != RULE_COOKIE_USUAL)
			add_cookie(w, q, rule->reply_cookie, &rule->reply);
		*len = reply_write(&rule->reply, q->bytes, q->len, out);
		return WORLD_REPLY;
	case RULE_BYTES:
		return by_bytes(rule, q, out, len);
	case RULE_UNREACHABLE:
		return WORLD_UNREACHABLE;
	case RULE_CASE:
		return WORLD_CASE;
	case RULE_SPOOFED:
		return WORLD_SPOOFED;
	case RULE_SPOOFED_REPLY:
		(void)by_zones(w, q, NULL, out, len);
		return WORLD_SPOOFED_REPLY;
	case RULE_SILENT:
		break;
	}
	return WORLD_SILENT;
}

void
world_clear(struct world *w)
{
	while (w->zones != NULL) {
		struct zone *z = w->zones;

		w->zones = z->next;
		records_free(z->records);
		free(z);
	}
	while (w->cookies != NULL) {
		struct cookie_server *c = w->cookies;

		w->cookies = c->next;
		free(c);
	}
	while (w->rules != NULL) {
		struct rule *r = w->rules;

		w->rules = r->next;
		reply_clear(&r->reply);
		free(r);
	}
}
