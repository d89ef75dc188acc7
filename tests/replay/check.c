#include "tests/replay/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"

#define PRINT_MAX 5000u

struct outcome {
	const struct answer *answer;
	const struct iter_task *task;
	struct iter_facts facts;
	const struct asked_log *log;
	unsigned log_at; /* "sent" lines go on from here */
	uint64_t took_ms, bytes;
	struct record *section[3];
};

void
check_log(struct asked_log *log, const struct world_query *q)
{
	if (log->count == LOG_MAX)
		return;
	log->entries[log->count++] = (struct log_entry){ .to = q->to,
		.name = q->name,
		.type = q->type,
		.tcp = q->tcp,
		.edns = q->edns,
		.cookie = (q->cookie_len > 0) + (q->cookie_len > 8),
		.recursion_desired = q->recursion_desired };
}

static bool
in_range(const struct expect *e, uint64_t n)
{
	return n >= (uint64_t)e->number && n <= (uint64_t)e->high;
}

static bool
entry_matches(const struct expect *e, const struct log_entry *l)
{
	return (e->any_addr || addr_same_host(&e->addr, &l->to)) &&
	       (e->any_name || dname_equal(e->name.bytes, l->name.bytes)) &&
	       (e->any_type || e->type == l->type) && (e->tcp < 0 || e->tcp == l->tcp) &&
	       (e->edns < 0 || e->edns == l->edns) &&
	       (e->cookie < 0 || e->cookie == l->cookie) &&
	       (e->recursion < 0 || e->recursion == l->recursion_desired);
}

static bool
was_sent(const struct expect *e, const struct asked_log *log, unsigned *at)
{
	while (*at < log->count)
		if (entry_matches(e, &log->entries[(*at)++]))
			return true;
	return false;
}

/* A record is there when one is equal and its TTL is right; a second less is the clock's.
 */
static bool
has_record(const struct expect *e, const struct record *list)
{
	for (; list != NULL; list = list->next)
		if (record_equal(list, e->record) &&
		    (list->ttl_sec == e->record->ttl_sec ||
			list->ttl_sec + 1 == e->record->ttl_sec))
			return true;
	return false;
}

static uint64_t
count_proofs(const struct rrset *list)
{
	uint64_t count = 0;

	for (; list != NULL; list = list->next)
		count += list->type == TYPE_NSEC || list->type == TYPE_NSEC3;
	return count;
}

static bool
is_spent(const struct expect *e, const struct iter_task *t)
{
	for (int i = 0; i < ITER_SPENT_COUNT; i++)
		if (strcmp(e->text, iter_spent_name((enum iter_spent)i)) == 0)
			return in_range(e, iter_task_spent(t, (enum iter_spent)i));
	return false;
}

static bool
is_signal(const struct expect *e, const struct outcome *o)
{
	struct dname name;

	if (!iter_task_signal(o->task, &name))
		return e->number == 0;
	return e->number != 0 && name.bytes[1] == '_' && name.bytes[4] == '-' &&
	       dname_equal(dname_parent(name.bytes), e->name.bytes);
}

static bool
holds(const struct expect *e, struct outcome *o)
{
	unsigned from_start = 0;

	switch (e->kind) {
	case EXPECT_RCODE:
		return o->answer->rcode == e->number;
	case EXPECT_EDE:
		return o->answer->ede_code == e->number;
	case EXPECT_EDE_TEXT:
		return o->answer->ede_text != NULL &&
		       strcmp(o->answer->ede_text, e->text) == 0;
	case EXPECT_RECORD:
		return e->record != NULL && has_record(e, o->section[e->number]);
	case EXPECT_EMPTY:
		return o->section[e->number] == NULL;
	case EXPECT_TTL:
		return in_range(e, o->answer->ttl_sec);
	case EXPECT_QUERIES:
		return in_range(e, o->log->count);
	case EXPECT_SENT:
		return was_sent(e, o->log, &o->log_at);
	case EXPECT_UNSENT:
		return !was_sent(e, o->log, &from_start);
	case EXPECT_SIGNAL:
		return is_signal(e, o);
	case EXPECT_AGENT:
		return e->number == 0 ? o->facts.agent == NULL
				      : o->facts.agent != NULL &&
					    dname_equal(o->facts.agent, e->name.bytes);
	case EXPECT_ZONE:
		return e->number ? o->facts.zone != NULL &&
				       dname_equal(o->facts.zone, e->name.bytes)
				 : o->facts.zone == NULL;
	case EXPECT_SERVER:
		return e->number ? addr_same_host(&o->facts.authority, &e->addr)
				 : o->facts.authority.family == ADDR_NONE;
	case EXPECT_SECURITY:
		return o->answer->security == e->number;
	case EXPECT_PROOFS:
		return in_range(e, count_proofs(o->answer->authority));
	case EXPECT_CACHED:
		return o->facts.from_cache == (e->number != 0);
	case EXPECT_TIME:
		return in_range(e, o->took_ms);
	case EXPECT_BYTES:
		return in_range(e, o->bytes);
	case EXPECT_SPENT:
		return is_spent(e, o->task);
	}
	return false;
}

/* A section of which some records are expected has no others. */
static unsigned
count_surplus(const struct script_step *step, const struct outcome *o, int section)
{
	unsigned expected = 0, there = 0;

	for (const struct expect *e = step->expects; e != NULL; e = e->next)
		if (e->kind == EXPECT_RECORD && e->number == section)
			expected++;
	for (const struct record *r = o->section[section]; r != NULL; r = r->next)
		there++;
	return expected > 0 && there != expected;
}

static void
print_outcome(const struct outcome *o)
{
	static const char *const names[] = { "answer", "authority", "additional" };
	char text[PRINT_MAX], name[DNAME_TEXT_MAX], type[DNS_MNEMONIC_MAX];

	fprintf(stderr,
	    "  got: rcode %s, ede %d (%s), ttl %u, %u queries, %llu ms, %llu bytes, "
	    "security %u, zone %s\n",
	    dns_rcode_text(o->answer->rcode, type), o->answer->ede_code,
	    o->answer->ede_text == NULL ? "" : o->answer->ede_text, o->answer->ttl_sec,
	    o->log->count, (unsigned long long)o->took_ms, (unsigned long long)o->bytes,
	    o->answer->security,
	    o->facts.zone == NULL ? "unknown" : dname_to_text(o->facts.zone, name));
	for (int i = 0; i < ITER_SPENT_COUNT; i++)
		fprintf(stderr, "  got: spent %s %llu\n",
		    iter_spent_name((enum iter_spent)i),
		    (unsigned long long)iter_task_spent(o->task, (enum iter_spent)i));
	for (unsigned i = 0; i < 3; i++)
		for (const struct record *r = o->section[i]; r != NULL; r = r->next) {
			record_print(r, text, sizeof(text));
			fprintf(stderr, "  got: %s %s\n", names[i], text);
		}
	for (unsigned i = 0; i < o->log->count && i < 40; i++) {
		const struct log_entry *l = &o->log->entries[i];
		char addr[ADDR_TEXT_MAX];

		fprintf(stderr, "  sent: %s %s %s%s%s%s\n", addr_host_text(&l->to, addr),
		    dname_to_text(l->name.bytes, name), dns_type_text(l->type, type),
		    l->tcp ? " tcp" : "", l->edns ? "" : " noedns",
		    l->recursion_desired ? " rd" : "");
	}
}

unsigned
check_ask(const struct script *s, const struct script_step *step,
    const struct iter_task *t, const struct asked_log *log, uint64_t took_ms,
    uint64_t bytes)
{
	struct outcome o = { .answer = iter_task_result(t),
		.task = t,
		.log = log,
		.took_ms = took_ms,
		.bytes = bytes };
	unsigned failed = 0;

	iter_task_facts(t, &o.facts);
	o.section[0] = records_of_sets(o.answer->answer);
	o.section[1] = records_of_sets(o.answer->authority);
	o.section[2] = records_of_sets(o.answer->additional);
	for (const struct expect *e = step->expects; e != NULL; e = e->next)
		if (!holds(e, &o)) {
			fprintf(stderr, "%s:%u: this does not hold\n", s->file, e->line);
			failed++;
		}
	for (int i = 0; i < 3; i++)
		if (count_surplus(step, &o, i)) {
			fprintf(stderr, "%s:%u: section %d has other records too\n",
			    s->file, step->line, i);
			failed++;
		}
	if (failed > 0)
		print_outcome(&o);
	for (int i = 0; i < 3; i++)
		records_free(o.section[i]);
	return failed;
}
