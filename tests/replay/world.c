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
	return (r->tcp < 0 || r->tcp == q->tcp) && (r->edns < 0 || r->edns == q->edns);
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

static enum world_outcome
by_zones(const struct world *w, const struct world_query *q, uint8_t *out, size_t *len)
{
	struct reply r = { .opt = false };

	if (!has_server(w, &q->to))
		return WORLD_SILENT;
	zone_answer(w, q, &r);
	*len = reply_write(&r, q->bytes, q->len, out);
	reply_clear(&r);
	if (!q->tcp && *len > q->udp_size) {
		r = (struct reply){ .flags = FLAG_AA | FLAG_TC, .opt = q->edns };
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
		return by_zones(w, q, out, len);
	*delay_ms = rule->delay_ms;
	switch (rule->action) {
	case RULE_ZONE:
		return by_zones(w, q, out, len);
	case RULE_NO_SOA: {
		struct world_query without = *q;

		without.without_soa = true;
		return by_zones(w, &without, out, len);
	}
	case RULE_TRUNCATED:
		if (q->tcp)
			return by_zones(w, q, out, len);
		*len = reply_write(&truncated, q->bytes, q->len, out);
		return WORLD_REPLY;
	case RULE_REPLY:
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
		(void)by_zones(w, q, out, len);
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
	while (w->rules != NULL) {
		struct rule *r = w->rules;

		w->rules = r->next;
		reply_clear(&r->reply);
		free(r);
	}
}
