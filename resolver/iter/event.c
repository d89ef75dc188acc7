#include "resolver/iter/event.h"

#include "resolver/iter/agent.h"
#include "resolver/iter/choose.h"
#include "resolver/iter/classify.h"
#include "resolver/iter/cookies.h"
#include "resolver/iter/result.h"
#include "resolver/iter/scrub.h"
#include "resolver/iter/trust.h"
#include "resolver/iter/zone.h"

/* Minimised queries a zone may leave unanswered before it is asked for the whole name. */
#define MINIMISED_SILENT_MAX 2u
/* So many sends in a row that failed in one address family, and it is not tried for a
 * while. */
#define FAMILY_FAILURES_MAX 4u
#define FAMILY_DOWN_MS	    10000u

/* The same server again, by TCP. */
static enum step_id
again_by_tcp(struct frame *f)
{
	f->asked.tcp = true;
	return STEP_SEND;
}

/* The same server again, with the whole name. */
static enum step_id
again_whole(struct frame *f)
{
	f->minimise_off = true;
	return STEP_SEND;
}

static enum step_id
another_server(struct frame *f, uint16_t flags, int ede_code)
{
	struct target *g = choose_target(f);

	g->failed++;
	g->flags |= flags;
	f->ede_code = ede_code;
	return STEP_CHOOSE_SERVER;
}

/* TCP was tried because UDP replies had another case, and did not work: UDP without 0x20.
 */
static enum step_id
again_without_case(struct iter_task *t, struct frame *f)
{
	struct target *g = choose_target(f);

	g->flags = (uint16_t)((g->flags & ~TARGET_CASE_DOUBT) | TARGET_NO_CASE);
	task_count(t, ITER_COUNT_CASE_FALLBACK);
	f->asked.tcp = false;
	f->asked.mixed_case = false;
	return STEP_SEND;
}

/* TCP was tried because of the cookies of UDP replies, and did not work: UDP without. */
static enum step_id
again_without_cookie(struct iter_task *t, struct frame *f)
{
	choose_target(f)->flags &= (uint16_t)~TARGET_COOKIE_DOUBT;
	(void)cookies_drop(t, f);
	f->asked.tcp = false;
	return STEP_SEND;
}

/* Something is wrong with what comes by UDP. */
static enum step_id
on_doubt(struct iter_task *t, struct frame *f)
{
	if (t->event->case_differed)
		choose_target(f)->flags |= TARGET_CASE_DOUBT;
	if (t->event->cookie_doubt)
		choose_target(f)->flags |= TARGET_COOKIE_DOUBT;
	return again_by_tcp(f);
}

static enum step_id
on_timeout(struct iter_task *t, struct frame *f)
{
	struct asked *a = &f->asked;
	struct target *g = choose_target(f);

	task_count(t, ITER_COUNT_TIMEOUTS);
	if (!a->tcp &&
	    (t->event->spoofs_seen || t->event->case_differed || t->event->cookie_doubt))
		return on_doubt(t, f);
	if (a->tcp && (g->flags & TARGET_COOKIE_DOUBT) != 0)
		return again_without_cookie(t, f);
	if (a->tcp && (g->flags & TARGET_CASE_DOUBT) != 0)
		return again_without_case(t, f);
	/* The question's end cut the wait short: that says nothing of the server. */
	if (a->wait_ms >= a->timeout_ms || t->now_ms < t->deadline_ms)
		servers_timeout(t->it->env.servers, &g->addr, a->wait_ms, t->now_ms);
	if (a->minimised && ++f->minimised_silent >= MINIMISED_SILENT_MAX)
		f->minimise_off = true;
	return another_server(f, 0, EDE_NO_REACHABLE_AUTHORITY);
}

static void
note_family(struct iter_task *t, const struct addr *a, bool works)
{
	unsigned family = a->family == ADDR_V6;
	uint8_t *failures = &t->it->network_failures[family];

	if (works) {
		*failures = 0;
		t->it->family_down_until_ms[family] = 0;
	} else if (++*failures >= FAMILY_FAILURES_MAX) {
		*failures = 0;
		t->it->family_down_until_ms[family] = t->now_ms + FAMILY_DOWN_MS;
	}
}

/* For this question alone: others may well ask that server, and of that name. */
static enum step_id
on_withheld(struct iter_task *t, struct frame *f)
{
	t->crowded = true;
	f->cut_short = true;
	return another_server(f, TARGET_BAD, EDE_FILTERED);
}

static enum step_id
on_network(struct iter_task *t, struct frame *f)
{
	struct target *g = choose_target(f);

	task_count(t, ITER_COUNT_NETWORK);
	if (f->asked.tcp && (g->flags & TARGET_COOKIE_DOUBT) != 0)
		return again_without_cookie(t, f);
	if (f->asked.tcp && (g->flags & TARGET_CASE_DOUBT) != 0)
		return again_without_case(t, f);
	/* A server that refuses, or whoever forges that, says nothing of the others. */
	if (t->event->no_route)
		note_family(t, &g->addr, false);
	servers_timeout(t->it->env.servers, &g->addr, f->asked.wait_ms, t->now_ms);
	return another_server(f, TARGET_BAD, EDE_NETWORK_ERROR);
}

static enum step_id
on_malformed(struct iter_task *t, struct frame *f)
{
	task_count(t, ITER_COUNT_MALFORMED);
	if (f->asked.minimised)
		return again_whole(f);
	return another_server(f, TARGET_BAD, EDE_INVALID_DATA);
}

static void
note_reply(struct iter_task *t, struct frame *f)
{
	struct servers *s = t->it->env.servers;
	struct target *g = choose_target(f);

	t->reply_bytes += (uint32_t)t->event->reply_len;
	note_family(t, &g->addr, true);
	g->flags &= (uint16_t)~TARGET_LATE;
	if (frame_is_question(f)) {
		t->replier = g->addr;
		if (t->links == 0)
			t->facts_authority = g->addr;
	}
	if (!f->asked.tcp) {
		servers_rtt(
		    s, &g->addr, (uint32_t)(t->now_ms - f->asked.sent_ms), t->now_ms);
	} else if ((g->flags & TARGET_CASE_DOUBT) != 0) {
		g->flags = (uint16_t)((g->flags & ~TARGET_CASE_DOUBT) | TARGET_NO_CASE);
		servers_set_no_case(s, &g->addr, t->now_ms);
		task_count(t, ITER_COUNT_CASE_FALLBACK);
	}
	if ((g->flags & TARGET_NO_CASE) != 0 && !f->asked.tcp)
		servers_set_no_case(s, &g->addr, t->now_ms);
}

/* Of a zone above the one that the server was asked as a server of. */
static bool
is_upward(const struct frame *f, const struct rrset *ns)
{
	return !f->forward && dname_is_strictly_below(f->zone, ns->owner);
}

/* NS without SOA and without AA is a referral, not "no data" (RFC 2308 2.2): whoever
 * sends one to a question with RD does not recurse for us. Upward it is one with AA, too:
 * who says that has not the zone. */
static bool
is_bare_referral(const struct frame *f, const struct msg *m)
{
	bool aa = (m->flags & FLAG_AA) != 0, has_ns = false;

	if (m->rcode != RCODE_NOERROR || m->answer != NULL)
		return false;
	for (const struct rrset *s = m->authority; s != NULL; s = s->next) {
		if (s->type == TYPE_SOA)
			return false;
		if (s->type == TYPE_NS && dname_is_below(m->qname, s->owner) &&
		    (!aa || is_upward(f, s)))
			has_ns = true;
	}
	return has_ns;
}

static bool
repeats_question(const struct msg *m, const struct asked *a)
{
	if (!m->has_question) /* a bare error: msg_match lets no other through */
		return m->rcode == RCODE_FORMERR || m->rcode == RCODE_NOTIMP;
	return m->qtype == a->qtype && m->qclass == CLASS_IN &&
	       dname_equal(m->qname, a->name);
}

static enum step_id
on_reply(struct iter_task *t, struct frame *f)
{
	struct msg *m = &t->it->msg;
	unsigned dropped;
	enum err err;

	if (t->event->spoofs_seen && !f->asked.tcp)
		return again_by_tcp(f);
	note_reply(t, f);
	err = msg_parse(t->it->scratch, t->event->reply, t->event->reply_len, m);
	if (err == ERR_LIMIT)
		task_count(t, ITER_COUNT_LIMIT_RECORDS);
	if (err != ERR_OK)
		return on_malformed(t, f);
	cookies_learn(t, f, &m->edns);
	agent_learn(t, f, &m->edns);
	if (cookies_again(t, f, m))
		return STEP_SEND;
	/* RFC 2181 9: what a truncated reply holds is not used. By TCP, where all has
	 * room, nobody knows what is missing. */
	if ((m->flags & FLAG_TC) != 0)
		return f->asked.tcp ? on_malformed(t, f) : again_by_tcp(f);
	if (!repeats_question(m, &f->asked))
		return on_malformed(t, f);
	if (m->surplus)
		task_count(t, ITER_COUNT_LIMIT_RECORDS);
	/* Before the NS set, which may be of a zone above, falls out. */
	f->asked.refers = is_bare_referral(f, m);
	if (f->forward && f->asked.refers) {
		task_count(t, ITER_COUNT_LAME);
		return another_server(f, TARGET_BAD, EDE_NO_REACHABLE_AUTHORITY);
	}
	dropped = scrub_reply(t, f, m);
	t->it->counters[ITER_COUNT_SCRUBBED] += dropped;
	return STEP_CLASSIFY;
}

enum step_id
event_step(struct iter_task *t, struct frame *f)
{
	switch (t->event->kind) {
	case ITER_EVENT_REPLY:
		return on_reply(t, f);
	case ITER_EVENT_TIMEOUT:
		return on_timeout(t, f);
	case ITER_EVENT_NETWORK:
		return t->event->withheld ? on_withheld(t, f) : on_network(t, f);
	case ITER_EVENT_START:
	case ITER_EVENT_AGAIN:
		break;
	}
	(void)FAILS(
	    t->event->kind == ITER_EVENT_START || t->event->kind == ITER_EVENT_AGAIN);
	return STEP_FAILED;
}

static enum step_id
on_lame(struct iter_task *t, struct frame *f)
{
	uint16_t flags = TARGET_BAD;

	if (f->asked.minimised)
		return again_whole(f);
	task_count(t, ITER_COUNT_LAME);
	if (!zone_is_policy(f))
		servers_set_lame(
		    t->it->env.servers, &choose_target(f)->addr, f->zone, t->now_ms);
	if (t->it->found.by_resolver)
		flags |= TARGET_RESOLVER;
	else if (t->it->found.silent)
		flags |= TARGET_SILENT;
	return another_server(f, flags, EDE_NO_REACHABLE_AUTHORITY);
}

static enum step_id
on_error(struct iter_task *t, struct frame *f)
{
	(void)t;
	if (f->asked.minimised)
		return again_whole(f);
	return another_server(f, TARGET_BAD, EDE_NETWORK_ERROR);
}

/*
 * A set of more records than a set may have: a part of it is no answer (RFC 2181 5), nor
 * would any signature fit it. The zone's other servers have the same, by TCP and 64 KB of
 * it; so that is all.
 */
static enum step_id
on_large(struct iter_task *t, struct frame *f)
{
	if (f->asked.minimised)
		return again_whole(f);
	task_count(t, ITER_COUNT_LARGE);
	f->rcode = RCODE_SERVFAIL;
	f->ede_code = EDE_OTHER;
	f->ede_text = "more records than a set may have";
	return STEP_FINISH;
}

/* What a server without EDNS can say of a signed zone is bogus to this task, and not to
 * one that does not validate (lookup.c reads it off the code). */
static enum step_id
on_no_signatures(struct frame *f)
{
	if (f->asked.minimised)
		return again_whole(f);
	return another_server(f, TARGET_BAD, dnssec_ede(DNSSEC_NO_SIGNATURE));
}

static enum step_id
on_format(struct iter_task *t, struct frame *f)
{
	struct target *g = choose_target(f);

	if (!f->asked.edns)
		return on_error(t, f);
	if (trust_is_signed(t, f->zone))
		return on_no_signatures(f);
	/* It may be the cookie alone that it dislikes. */
	if (t->it->msg.rcode == RCODE_FORMERR && cookies_drop(t, f))
		return STEP_SEND;
	task_count(t, ITER_COUNT_EDNS_FALLBACK);
	g->flags |= TARGET_NO_EDNS;
	f->asked.edns = false;
	/* RFC 6891 7: a reply with OPT is from one that knows EDNS and dislikes something
	 * else. */
	if (!t->it->msg.edns.present)
		servers_set_no_edns(t->it->env.servers, &g->addr, true, t->now_ms);
	return STEP_SEND;
}

/* It exists or not: either way nothing of it is the frame's answer yet (minimise.h 3 and
 * 4). */
static enum step_id
on_minimised(struct iter_task *t, struct frame *f, enum reply_class class)
{
	switch (class) {
	case REPLY_ANSWER:
	case REPLY_NODATA:
		result_learn(t, f, class);
		f->known_labels = f->asked.labels;
		return STEP_CHOOSE_SERVER;
	case REPLY_NXDOMAIN:
		f->nxdomain_labels = f->asked.labels;
		return again_whole(f);
	default:
		return again_whole(f);
	}
}

static bool
is_for_minimised(const struct frame *f, enum reply_class class)
{
	if (!f->asked.minimised)
		return false;
	if (class == REPLY_NXDOMAIN)
		return f->zone_labels > 0;
	return class == REPLY_ANSWER || class == REPLY_CNAME || class == REPLY_DNAME ||
	       class == REPLY_NODATA;
}

/* The rest of an alias's chain is not in this reply: it is a question of its own. */
static enum step_id
on_nothing(struct iter_task *t, struct frame *f)
{
	(void)t;
	f->chained = false;
	return STEP_CACHE;
}

static const struct {
	enum step_id next; /* or STEP_COUNT: */
	enum step_id (*run)(struct iter_task *t, struct frame *f);
} ways[] = {
	[REPLY_ANSWER] = { STEP_ANSWER, NULL },
	[REPLY_CNAME] = { STEP_ALIAS, NULL },
	[REPLY_DNAME] = { STEP_ALIAS, NULL },
	[REPLY_NODATA] = { STEP_NEGATIVE, NULL },
	[REPLY_NXDOMAIN] = { STEP_NEGATIVE, NULL },
	[REPLY_REFERRAL] = { STEP_REFERRAL, NULL },
	[REPLY_LAME] = { STEP_COUNT, on_lame },
	[REPLY_ERROR] = { STEP_COUNT, on_error },
	[REPLY_LARGE] = { STEP_COUNT, on_large },
	[REPLY_FORMAT] = { STEP_COUNT, on_format },
	[REPLY_NOTHING] = { STEP_COUNT, on_nothing },
};
_Static_assert(
    sizeof(ways) / sizeof(ways[0]) == REPLY_CLASS_COUNT, "each class has its way");

/* It was lame for some name, but it does serve the zone. */
static void
note_not_lame(struct iter_task *t, struct frame *f, enum reply_class class)
{
	struct target *g = choose_target(f);

	if ((g->flags & TARGET_LAME) == 0 || choose_is_resolver(f) ||
	    class == REPLY_LAME || class == REPLY_ERROR || class == REPLY_FORMAT)
		return;
	g->flags &= (uint16_t)~TARGET_LAME;
	servers_not_lame(t->it->env.servers, &g->addr, f->zone);
}

enum step_id
event_classify_step(struct iter_task *t, struct frame *f)
{
	struct view v = {
		.zone = f->zone,
		.name = f->chained ? f->name : f->asked.name,
		.qtype = f->chained ? f->qtype : f->asked.qtype,
		.forward = f->forward || choose_is_resolver(f),
		.chained = f->chained,
		.refers = f->asked.refers,
		.silence_counts = f->silence_counts,
	};
	enum reply_class class = classify_reply(&v, &t->it->msg, &t->it->found);

	/* A resolver that nobody named one must say who denies. */
	if (choose_is_resolver(f) && t->it->found.soa == NULL &&
	    (class == REPLY_NODATA || class == REPLY_NXDOMAIN))
		class = REPLY_LAME;
	note_not_lame(t, f, class);
	if (!f->chained && is_for_minimised(f, class))
		return on_minimised(t, f, class);
	return ways[class].run != NULL ? ways[class].run(t, f) : ways[class].next;
}
