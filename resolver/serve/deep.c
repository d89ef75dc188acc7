#include "resolver/serve/deep.h"

#include <stdio.h>

#include "base/dns.h"
#include "resolver/serve/blocklog.h"
#include "resolver/serve/deliver.h"
#include "resolver/serve/jobs.h"
#include "resolver/serve/reply.h"
#include "resolver/serve/weigh.h"

/* RFC 8482 4.2: an HINFO that says why, for as long as it likes to be cached. */
#define ANY_TTL_SEC 3789u

static void
journal_event(struct worker *w, const struct event *e)
{
	(void)journal_push(
	    w->shared->journal, e); /* a full ring counts the loss itself */
}

/* Answers as the sinkhole does, with the event that explains it. */
static void
answer_sinkhole(
    struct worker *w, const struct request *r, int ede_code, const char *event_id)
{
	struct answer a;

	if (local_sinkhole(worker_conf(w), &r->q, ede_code, event_id, w->arena, &a) ==
	    ERR_OK)
		(void)reply_answer(w, r, &a);
	else
		reply_error(w, r, RCODE_REFUSED, 0, ede_code, event_id);
	arena_reset(w->arena);
}

/* ---- 1. meta ---- */

static void
answer_any(struct worker *w, const struct request *r)
{
	static const uint8_t hinfo[] =
	    "\7RFC8482"; /* CPU "RFC8482"; OS is the empty string of its NUL */
	struct answer a;

	answer_init(&a, RCODE_NOERROR);
	a.answer = rrset_new_one(
	    w->arena, r->q.qname, TYPE_HINFO, ANY_TTL_SEC, hinfo, sizeof hinfo);
	if (a.answer != NULL)
		(void)reply_answer(w, r, &a);
	arena_reset(w->arena);
}

static bool
stage_meta(struct worker *w, struct request *r)
{
	uint16_t type = r->q.qtype;

	if (r->q.qclass == CLASS_IN && type == TYPE_ANY && worker_conf(w)->minimal_any) {
		answer_any(w, r);
		return true;
	}
	if (r->q.qclass == CLASS_IN && type == TYPE_ANY)
		return false;
	if (r->q.qclass == CLASS_IN && !dns_type_is_meta(type) && type != 0)
		return false;
	counters_add(&w->counters, COUNT_REFUSED_TYPE);
	reply_error(
	    w, r, type == 0 ? RCODE_FORMERR : RCODE_REFUSED, 0, EDE_NOT_SUPPORTED, NULL);
	return true;
}

/* ---- 2. local ---- */

static bool
stage_local(struct worker *w, struct request *r)
{
	struct answer a;
	bool ours = local_answer(w->policy->local, &r->q, w->arena, &a) == LOCAL_ANSWER;
	const uint8_t *open = ours ? local_open_cname(&r->q, &a) : NULL;

	if (open != NULL)
		r->target.len = (uint8_t)dname_copy_lower(r->target.bytes, open);
	else if (ours)
		(void)reply_answer(w, r, &a);
	if (ours)
		counters_add(&w->counters, COUNT_LOCAL);
	arena_reset(w->arena);
	return ours && open == NULL;
}

/* ---- 3. policy ---- */

static bool
stage_policy(struct worker *w, struct request *r)
{
	struct namelist_hit hit;
	struct event e;
	char id[EVENT_ID_MAX];

	switch (local_policy_of(w->policy->local, request_name(r), &hit)) {
	case POLICY_NONE:
		r->exempt = conf_is_own(worker_conf(w), request_name(r));
		return false;
	case POLICY_ALLOW:
		r->exempt = true;
		return false;
	case POLICY_BLOCK:
		break;
	}
	counters_add(&w->counters, COUNT_BLOCKED);
	if (blocklog_note(w, r, &hit, id, &e))
		journal_event(w, &e);
	answer_sinkhole(w, r, EDE_BLOCKED, id);
	return true;
}

/* ---- 4. words ---- */

static bool
stage_words(struct worker *w, struct request *r)
{
	char id[EVENT_ID_MAX];

	if (detect_recheck(w->shared->detect, worker_conf(w), request_name(r),
		&r->path.client, loop_now(w->loop), id))
		return false;
	counters_add(&w->counters, COUNT_BLOCKED);
	answer_sinkhole(w, r, EDE_BLOCKED, id);
	return true;
}

/* ---- 5. cached ---- */

/* An alias of our own by itself: where it leads, its client asks elsewhere (RFC 1034
 * 4.3.1). */
static void
answer_alias(struct worker *w, const struct request *r)
{
	struct answer a;

	if (local_answer(w->policy->local, &r->q, w->arena, &a) == LOCAL_ANSWER)
		(void)reply_answer(w, r, &a);
	arena_reset(w->arena);
}

static bool
stage_cached(struct worker *w, struct request *r)
{
	bool allowed = worker_conf(w)->cache_lookups_allowed;

	if ((r->q.flags & FLAG_RD) != 0)
		return false;
	if (allowed && deliver_recalled(w, r))
		return true;
	if (r->target.len > 0) {
		answer_alias(w, r);
		return true;
	}
	counters_add(&w->counters, COUNT_REFUSED_RD);
	reply_error(w, r, RCODE_REFUSED, 0, EDE_NOT_AUTHORITATIVE,
	    allowed ? "not in the cache" : "recursion was not desired");
	return true;
}

/* ---- 6. types ---- */

/* Detection refuses them with an event; where it is off nobody else would. */
static bool
stage_types(struct worker *w, struct request *r)
{
	const struct conf_group *group = request_group(w, r);

	if (group->detection != DETECTION_OFF || r->exempt ||
	    conf_type_policy_of(group, r->q.qtype) != TYPE_POLICY_REFUSE)
		return false;
	counters_add(&w->counters, COUNT_BLOCKED);
	answer_sinkhole(w, r, EDE_BLOCKED, "");
	return true;
}

/* ---- 7. judge ---- */

static void
count_verdict(struct worker *w, enum detect_action action)
{
	if (action == DETECT_HOLD)
		counters_add(&w->counters, COUNT_HELD);
	else if (action == DETECT_SINKHOLE)
		counters_add(&w->counters, COUNT_SINKHOLED);
	else if (action == DETECT_REFUSE)
		counters_add(&w->counters, COUNT_DETECT_REFUSED);
}

/* It may come again and then pass: nothing that anybody keeps. */
static void
answer_throttled(
    struct worker *w, const struct request *r, const struct detect_verdict *v)
{
	char text[EVENT_ID_MAX + 32];

	snprintf(text, sizeof(text), "asked too fast [%s]", v->event_id);
	reply_error(w, r, RCODE_SERVFAIL, 0, v->ede_code, text);
}

static bool
stage_judge(struct worker *w, struct request *r)
{
	const struct conf *conf = worker_conf(w);
	struct detect_verdict verdict;
	struct dname cut;
	struct detect_question dq = {
		.client = r->path.client,
		.verified = request_verified(r),
		.group = r->group,
		.qname = request_name(r),
		.qtype = r->q.qtype,
	};

	dq.exempt = r->exempt;
	if (rrcache_find_cut(w->shared->rrcache, request_name(r), worker_now(w), &cut))
		dq.cut = cut.bytes;
	detect_question(w->shared->detect, conf, &dq, loop_now(w->loop), &verdict);
	r->zone_index = verdict.zone_index;
	if (verdict.has_event)
		journal_event(w, &verdict.event);
	if (verdict.action == DETECT_PASS)
		return false;
	count_verdict(w, verdict.action);
	if (verdict.action == DETECT_THROTTLE)
		answer_throttled(w, r, &verdict);
	else if (verdict.action == DETECT_TRUNCATE)
		reply_error(w, r, RCODE_NOERROR, FLAG_TC, EDE_NONE, NULL);
	else
		answer_sinkhole(w, r, verdict.ede_code, verdict.event_id);
	return true;
}

/* ---- 8. resolve ---- */

static bool
stage_resolve(struct worker *w, struct request *r)
{
	jobs_resolve(w, r);
	return true;
}

static const struct stage {
	const char *name;
	bool (*run)(struct worker *,
	    struct request *); /* true: the question has reached its end */
} stages[] = {
	{ "meta", stage_meta },
	{ "local", stage_local },
	{ "policy", stage_policy },
	{ "words", stage_words },
	{ "cached", stage_cached },
	{ "types", stage_types },
	{ "judge", stage_judge },
	{ "resolve", stage_resolve },
};

void
deep_question(struct worker *w, struct request *r)
{
	counters_add(&w->counters, COUNT_MISSES);
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
		if (stages[i].run(w, r))
			return;
}

bool
deep_recheck(struct worker *w, struct request *r)
{
	struct namelist_hit hit;
	char id[EVENT_ID_MAX];
	struct answer a;
	bool local = local_answer(w->policy->local, &r->q, w->arena, &a) == LOCAL_ANSWER;

	arena_reset(w->arena);
	return !local &&
	       local_policy_of(w->policy->local, request_name(r), &hit) != POLICY_BLOCK &&
	       detect_recheck(w->shared->detect, worker_conf(w), request_name(r),
		   &r->path.client, loop_now(w->loop), id);
}

static void
judge_answer(struct worker *w, struct request *r, const struct answer *a,
    const uint8_t *cut, const struct addr *authority, struct detect_verdict *out)
{
	struct detect_answer da = {
		.client = r->path.client,
		.verified = request_verified(r),
		.group = r->group < worker_conf(w)->group_count ? r->group : 0,
		.qname = request_name(r),
		.qtype = r->q.qtype,
		.cut = cut,
		.authority = *authority,
		.rcode = a->rcode,
		.ttl_min_sec = a->ttl_sec,
		.exempt = r->exempt,
	};
	struct weigh_message m = {
		.answer = a->answer,
		.authority = a->authority,
		.additional = a->additional,
		.dnssec = (r->q.edns.present && r->q.edns.dnssec_ok) ||
			  r->q.qtype == TYPE_RRSIG || r->q.qtype == TYPE_ANY,
		.whole = !worker_conf(w)->minimal_answers || a->referral,
	};

	weigh_answer(&w->shared->news_key, &m, &da);
	detect_answer(w->shared->detect, worker_conf(w), &da, loop_now(w->loop), out);
	if (out->zone_index != UINT32_MAX)
		r->zone_index = out->zone_index; /* now the cut that answered is known */
	if (out->has_event)
		journal_event(w, &out->event);
	if (out->action != DETECT_PASS)
		counters_add(&w->counters, COUNT_ANSWERS_STOPPED);
}

bool
deep_judge_renewal(struct worker *w, struct request *r, const struct answer *a,
    const uint8_t *cut, const struct addr *authority)
{
	struct detect_verdict verdict;
	struct namelist_hit hit;

	/* Its question was a hit, which never came to the stages that say so. */
	r->exempt =
	    conf_is_own(worker_conf(w), request_name(r)) ||
	    local_policy_of(w->policy->local, request_name(r), &hit) == POLICY_ALLOW;
	judge_answer(w, r, a, cut, authority, &verdict);
	return verdict.action == DETECT_PASS;
}

bool
deep_judge_answer(struct worker *w, struct request *r, const struct answer *a,
    const uint8_t *cut, const struct addr *authority)
{
	struct detect_verdict verdict;

	judge_answer(w, r, a, cut, authority, &verdict);
	if (verdict.action == DETECT_PASS)
		return true;
	answer_sinkhole(w, r, verdict.ede_code, verdict.event_id);
	return false;
}
