#include "resolver/iter/finish.h"

#include "resolver/dnssec/anchors.h"
#include "resolver/dnssec/keytag.h"
#include "resolver/iter/frame.h"
#include "resolver/iter/rebinding.h"
#include "resolver/iter/result.h"
#include "resolver/iter/stale.h"

enum step_id
finish_failed_step(struct iter_task *t, struct frame *f)
{
	(void)t;
	if (f->forward && !f->policy_failed && !f->policy->only) {
		f->policy_failed = true;
		return STEP_DELEGATION;
	}
	f->rcode = RCODE_SERVFAIL;
	if (f->ede_code == EDE_NONE)
		f->ede_code = EDE_NO_REACHABLE_AUTHORITY;
	return STEP_FINISH;
}

static uint32_t
least_ttl(const struct rrset *list, uint32_t ttl_sec)
{
	for (; list != NULL; list = list->next)
		if (list->ttl_sec < ttl_sec)
			ttl_sec = list->ttl_sec;
	return ttl_sec;
}

static const uint8_t root[] = { 0 };

/* RFC 8509: who asks so wants to know which keys are trusted here; it is told by failing.
 * Nothing of that is remembered: with CD the same question has its answer. */
static bool
sentinel_fails(const struct iter_task *t)
{
	return t->conf->key_sentinel && task_validates(t) &&
	       t->validation.security == SECURITY_SECURE &&
	       keytag_sentinel(t->qname, t->qtype, anchors_at(t->anchors, root)) ==
		   SENTINEL_FAIL;
}

static void
answer_sentinel(struct iter_task *t)
{
	struct answer *a = &t->result;

	answer_init(a, RCODE_SERVFAIL);
	a->ede_code = EDE_OTHER;
	a->ede_text = "root key sentinel";
	task_count(t, ITER_COUNT_SENTINEL);
}

static void
finish_task(struct iter_task *t, const struct frame *f)
{
	struct answer *a = &t->result;

	answer_init(a, f->rcode);
	a->answer = f->answer;
	a->authority = f->authority;
	a->additional = f->additional;
	a->security = t->validation.security;
	rebinding_filter(t, a);
	a->ttl_sec = least_ttl(f->authority, least_ttl(a->answer, t->conf->ttl_max_sec));
	a->ttl_sec = least_ttl(f->additional, a->ttl_sec);
	if (f->authority == NULL && (a->answer == NULL || f->rcode == RCODE_NXDOMAIN) &&
	    a->ttl_sec > NEGATIVE_WITHOUT_SOA_SEC)
		a->ttl_sec = NEGATIVE_WITHOUT_SOA_SEC;
	a->cacheable = a->ttl_sec > 0;
	if (sentinel_fails(t))
		answer_sentinel(t);
	/* What the cache learns of an alias says nothing of the type that was asked for:
	 * a failure of that is over, too. */
	if (t->links > 0 && t->queries > 0 && !t->checking_disabled)
		rrcache_forget_failure(t->it->env.rrcache, t->qname, t->qtype);
	t->top = NULL;
}

static void
fail_answer(struct iter_task *t, int ede_code, const char *text)
{
	answer_init(&t->result, RCODE_SERVFAIL);
	t->result.ede_code = ede_code;
	t->result.ede_text = text;
	task_count(t, ITER_COUNT_SERVFAIL);
}

static void
fail_task(struct iter_task *t, const uint8_t *name, uint16_t qtype, int ede_code,
    const char *text, bool remembered)
{
	struct answer *a = &t->result;
	uint32_t least_sec = 0;

	/* Whatever ended it in the end, this is why it went so far. */
	if (t->validation.reason != DNSSEC_OK) {
		ede_code = dnssec_ede(t->validation.reason);
		text = dnssec_text(t->validation.reason);
		if (t->validation.reason == DNSSEC_LIMIT)
			task_count(t, ITER_COUNT_LIMIT_VALIDATION);
		else if (t->validation.reason != DNSSEC_INNER) /* not the zone's doing */
			task_count(t, ITER_COUNT_BOGUS);
	}
	t->top = NULL;
	if (!t->probe && stale_forgives(ede_code) && stale_answer(t, t->now_ms, a)) {
		/* RFC 8767 5: the servers that failed are left alone for a while. */
		least_sec = t->conf->stale_answer_ttl_sec;
		a->cacheable = !t->refresh; /* what is cached may well be alive */
		task_count(t, ITER_COUNT_STALE);
	} else {
		fail_answer(t, ede_code, text);
	}
	/* A remembered failure must not keep itself alive. */
	if (remembered || t->crowded || t->probe)
		return;
	least_sec = rrcache_put_failure_least(
	    t->it->env.rrcache, name, qtype, ede_code, least_sec, t->now_ms);
	if (a->rcode == RCODE_SERVFAIL)
		a->ttl_sec = least_sec;
}

/* An address that a cycle or the depth kept from us may well be found from elsewhere. */
static bool
is_worth_remembering(const struct frame *f)
{
	return f->rcode == RCODE_SERVFAIL && f->ede_code != EDE_CACHED_ERROR &&
	       !f->cut_short && f->purpose == FRAME_ADDRESS;
}

/* What failed is the question, not the name that its aliases led to. */
static bool
is_of_all(const struct iter_task *t, const struct frame *f)
{
	return f->cut_short || t->validation.reason != DNSSEC_OK;
}

enum step_id
finish_step(struct iter_task *t, struct frame *f)
{
	if (!frame_is_question(f)) {
		if (is_worth_remembering(f))
			(void)rrcache_put_failure(t->it->env.rrcache, f->name, f->qtype,
			    f->ede_code, t->now_ms);
		frame_pop(t);
		return STEP_FINISH;
	}
	if (task_validates(t) && !f->validated && f->rcode != RCODE_SERVFAIL)
		return STEP_VALIDATE;
	if (f->rcode == RCODE_SERVFAIL)
		fail_task(t, is_of_all(t, f) ? t->qname : f->name, f->qtype, f->ede_code,
		    f->ede_text, f->remembered);
	else
		finish_task(t, f);
	return STEP_DONE;
}

/*
 * The budget was the whole question's, so it is the question that failed: not the name
 * that an alias had led to by then, which is somebody else's and may well be found from
 * elsewhere.
 */
enum step_id
task_fail(struct iter_task *t, enum iter_counter counter, int ede_code, const char *text)
{
	if (counter != ITER_COUNT_SERVFAIL)
		task_count(t, counter);
	fail_task(t, t->qname, t->qtype, ede_code, text, false);
	return STEP_DONE;
}

enum step_id
task_out_of_memory(struct iter_task *t)
{
	return task_fail(
	    t, ITER_COUNT_LIMIT_MEMORY, EDE_OTHER, "memory for this question is used up");
}
