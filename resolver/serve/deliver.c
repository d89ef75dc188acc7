#include "resolver/serve/deliver.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/serve/deep.h"
#include "resolver/serve/reply.h"

static bool
leads_elsewhere(const struct answer *a)
{
	for (const struct rrset *s = a->answer; s != NULL; s = s->next)
		if (s->type == TYPE_CNAME || s->type == TYPE_DNAME)
			return true;
	return false;
}

/* What lies in w->scratch after reply_answer goes into the cache, for the next who asks.
 */
static void
keep_rendered(struct worker *w, const struct request *r, const struct answer *a)
{
	struct anscache_info info = {
		.len = (uint16_t)w->rendered.len,
		.rcode = a->rcode,
		.ede_code = (int16_t)a->ede_code,
		.security = a->security,
		.epoch = leads_elsewhere(a) ? r->epoch : 0,
		.generation =
		    r->generation, /* a policy that came since has not seen it */
		.zone_index = r->zone_index,
	};

	if (!a->cacheable || w->rendered.truncated || a->ttl_sec == 0)
		return;
	/* The task had the configuration that was in force when it began: what another
	 * one drops may be in its answer. */
	if ((r->generation ^ worker_generation(w)) >> 16 != 0)
		return;
	/* More records than places for their TTLs: they could not count down. */
	if (w->rendered.ttl_count == 0 && (a->answer != NULL || a->authority != NULL))
		return;
	anscache_put(w->shared->anscache, &r->key, w->scratch, &info, w->rendered.ttl_at,
	    w->rendered.ttl_count, a->ttl_sec, worker_now(w));
}

/* DNSBomb: replies that were held back long arrive as one burst at a forged source. */
static bool
too_late(const struct worker *w, const struct request *r)
{
	uint32_t late_ms = worker_conf(w)->reply_late_ms;

	return r->udp != NULL && late_ms != 0 && worker_now(w) - r->received_ms > late_ms;
}

static bool
append_copies(struct arena *arena, struct rrset **list, const struct rrset *sets)
{
	for (; sets != NULL; sets = sets->next) {
		struct rrset *copy = rrset_copy(arena, sets);

		if (copy == NULL)
			return false;
		rrset_append(list, copy);
	}
	return true;
}

/* Own CNAMEs go before what became of their target (RFC 1034 4.3.2). False: they are gone
 * meanwhile. */
static bool
lead_in(
    struct worker *w, const struct request *r, const struct answer *a, struct answer *out)
{
	if (local_answer(w->policy->local, &r->q, w->arena, out) != LOCAL_ANSWER)
		return false;
	out->rcode = a->rcode;
	out->authoritative = false;
	out->cacheable = false;		   /* own data is asked first, every time */
	out->security = SECURITY_INSECURE; /* its first link is nobody's signature */
	out->ede_code = a->ede_code;
	out->ede_text = a->ede_text;
	out->referral = a->referral;
	return append_copies(w->arena, &out->answer, a->answer) &&
	       append_copies(w->arena, &out->authority, a->authority) &&
	       append_copies(w->arena, &out->additional, a->additional);
}

static void
answer_aliased(struct worker *w, const struct request *r, const struct answer *a)
{
	struct answer whole;

	if (lead_in(w, r, a, &whole))
		(void)reply_answer(w, r, &whole);
	else
		reply_error(w, r, RCODE_SERVFAIL, 0, EDE_OTHER, "local data has changed");
	arena_reset(w->arena);
}

void
deliver_answer(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts)
{
	if (!deep_judge_answer(w, r, a, facts->zone, &facts->authority))
		return;
	if (too_late(w, r)) {
		counters_add(&w->counters, COUNT_REPLY_LATE);
		return;
	}
	if (a->unproved && r->q.edns.dnssec_ok)
		reply_error(w, r, RCODE_SERVFAIL, 0, EDE_NO_REACHABLE_AUTHORITY,
		    "what has expired lacks a proof");
	else if (r->target.len > 0)
		answer_aliased(w, r, a);
	else if (reply_answer(w, r, a))
		keep_rendered(w, r, a);
}

/* Nobody waits: judged, lest what changes in every life come down unseen, and rendered
 * for the cache alone. */
void
deliver_renewal(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts)
{
	if (r->key.qname == NULL || r->target.len > 0)
		return;
	if (!deep_judge_renewal(w, r, a, facts->zone, &facts->authority))
		return;
	if (answer_render(a, &r->q, SCRATCH_BYTES, worker_conf(w)->minimal_answers,
		w->scratch, &w->rendered) == ERR_OK)
		keep_rendered(w, r, a);
}

bool
deliver_recalled(struct worker *w, struct request *r)
{
	static const struct addr nobody = { 0 };
	struct iter_task *task = iter_task_new(
	    w->iter, request_name(r), r->q.qtype, (r->q.flags & FLAG_CD) != 0);
	const struct answer *a =
	    task == NULL ? NULL : iter_task_recall(task, worker_now(w));
	bool done = a != NULL && !(a->unproved && r->q.edns.dnssec_ok);

	/* The record cache has what was refused to a client, too. */
	if (done && deep_judge_answer(w, r, a, NULL, &nobody)) {
		if (r->target.len > 0)
			answer_aliased(w, r, a);
		else
			(void)reply_answer(w, r, a);
	}
	iter_task_free(task);
	return done;
}
