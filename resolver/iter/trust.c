#include "resolver/iter/trust.h"

#include <string.h>

#include "resolver/dnssec/anchors.h"
#include "resolver/dnssec/memo.h"
#include "resolver/iter/aggressive.h"
#include "resolver/iter/choose.h"
#include "resolver/iter/frame.h"
#include "resolver/iter/keytable.h"

/*
 * Where the chain wants the DS of a name and has to ask:
 *
 *   1. The servers of the zone above are asked for it. What came may settle the name.
 *   2. It has good signatures and NSEC3, but no proof: some servers (nsd 4.6) show of an
 *      empty non-terminal without a record of its own (RFC 5155 7.1: one that has only
 *      opted-out delegations beneath it) the closest encloser and not the span that
 *      covers it, while of every name beneath it they do. So the same is asked once of
 *      the next name towards the target, and *the same claim*, that of the name wanted,
 *      is judged by what comes: that span shows all beneath it to be without DS.
 *      Whatever else comes proves nothing, and
 *   3. other servers are asked, RETRIES_MAX times; then the zone is bogus.
 */

/* Other servers that are asked for a DS or DNSKEY set when one gave a bogus one. */
#define RETRIES_MAX 2u
/* How long a zone stays bogus: long enough to spare its servers, short enough that a
 * mended zone is not missed. */
#define BOGUS_TTL_SEC 60u
/* Nobody answered: the next question may try again soon (RFC 9520 3.2: at least 1 s). */
#define SILENT_TTL_SEC 5u

static const struct chain_zone indeterminate = { .security = SECURITY_INDETERMINATE };
static const struct chain_zone denied = { .security = SECURITY_INSECURE };

struct chain_tools
trust_tools(struct iter_task *t)
{
	const struct iter_env *env = &t->it->env;
	struct validation *v = &t->validation;

	if (v->budget.memo == NULL)
		v->budget.memo = dnssec_memo_new(t->arena, &t->it->memo_key);
	/* Taken once, so that what is checked again is as it was. */
	if (v->now_sec == 0)
		v->now_sec = t->conf->validation_time;
	if (v->now_sec == 0 && env->wall_sec != NULL)
		v->now_sec = env->wall_sec(env->wall_ctx);
	return (struct chain_tools){
		.clock = { .now_sec = v->now_sec, .skew_sec = t->conf->clock_skew_sec },
		.budget = &v->budget,
		.scratch = t->it->check_scratch,
		.keep = t->arena,
	};
}

void
trust_distrust(
    struct iter_task *t, const struct addr *addr, const uint8_t *zone, uint16_t qtype)
{
	struct validation *v = &t->validation;
	const uint8_t *name = arena_copy(t->arena, zone, dname_len(zone));

	if (name == NULL || v->distrusted_count == DISTRUSTED_MAX)
		return;
	v->distrusted[v->distrusted_count++] =
	    (struct distrusted){ .addr = *addr, .zone = name, .qtype = qtype };
}

bool
trust_is_distrusted(
    const struct iter_task *t, const struct addr *addr, const struct frame *f)
{
	const struct validation *v = &t->validation;

	for (unsigned i = 0; i < v->distrusted_count; i++)
		if (v->distrusted[i].qtype == f->qtype &&
		    addr_same_host(&v->distrusted[i].addr, addr) &&
		    dname_equal(v->distrusted[i].zone, f->zone))
			return true;
	return false;
}

static bool
is_secure(const struct iter_task *t, const uint8_t *zone)
{
	struct keytable *k = t->it->env.keytable;
	struct chain_zone known;

	if (k == NULL || !keytable_find(k, zone, dname_labels(zone), t->now_ms, &known))
		return false;
	dnssec_keys_unref(known.keys);
	return known.security == SECURITY_SECURE;
}

/* Signatures that this machine can check are promised (RFC 4035 5.2). */
static bool
promises(const struct rrset *ds)
{
	for (unsigned i = 0; ds != NULL && i < ds->count; i++)
		if (ds->rdata[i].len > 4 &&
		    dnssec_algorithm_supported(ds->rdata[i].bytes[2]) &&
		    dnssec_digest_supported(ds->rdata[i].bytes[3]))
			return true;
	return false;
}

bool
trust_is_signed(const struct iter_task *t, const uint8_t *zone)
{
	const struct rrset *anchor;

	if (!task_validates(t) || (anchor = anchors_find(t->anchors, zone)) == NULL ||
	    anchors_denied(t->anchors, zone, anchor->owner))
		return false;
	if (dname_equal(anchor->owner, zone))
		return promises(anchor);
	return is_secure(t, zone) || promises(rrcache_get(t->it->env.rrcache, zone,
					 TYPE_DS, t->now_ms, t->it->scratch));
}

bool
trust_is_above_anchor(const struct iter_task *t, const uint8_t *zone, const uint8_t *name)
{
	const struct rrset *anchor = anchors_find(t->anchors, name);

	return anchor != NULL && dname_is_strictly_below(anchor->owner, zone);
}

/* The deepest zone at or above ${target} whose status is known, not above the anchor. */
static bool
find_known(
    struct iter_task *t, const uint8_t *target, unsigned labels, struct chain_zone *out)
{
	struct keytable *k = t->it->env.keytable;
	struct chain *c = &t->validation.chain;
	struct chain_zone own = c->zone, shared;
	bool has_own, has_shared;

	c->zone.keys = NULL; /* ${own} has the reference now */
	has_own = own.name.len > 0 && own.security != SECURITY_UNCHECKED &&
		  dname_labels(own.name.bytes) >= labels &&
		  dname_is_below(target, own.name.bytes);
	has_shared = k != NULL && !t->probe &&
		     keytable_find(k, target, labels, t->now_ms, &shared);
	if (has_own && (!has_shared || shared.name.len <= own.name.len)) {
		if (has_shared)
			dnssec_keys_unref(shared.keys);
		*out = own;
		return true;
	}
	dnssec_keys_unref(own.keys);
	if (has_shared)
		*out = shared;
	return has_shared;
}

static void
begin(struct iter_task *t, const uint8_t *target, const uint8_t *owner)
{
	const struct rrset *anchor = anchors_find(t->anchors, target);
	struct chain *c = &t->validation.chain;
	struct chain_zone known;

	if (anchor == NULL ||
	    (!t->probe && anchors_denied(t->anchors, owner, anchor->owner))) {
		chain_fini(c);
		chain_init(c, target, anchor == NULL ? &indeterminate : &denied);
	} else if (find_known(t, target, dname_labels(anchor->owner), &known)) {
		chain_init(c, target, &known);
	} else {
		chain_init_anchor(c, target, anchor);
	}
}

static void
remember_zone(struct iter_task *t)
{
	bool good = t->validation.chain.zone.security == SECURITY_SECURE;

	/* What a probe finds broken may be known to be: a negative anchor stands there.
	 */
	if (t->it->env.keytable != NULL && (good || !t->probe))
		keytable_put(t->it->env.keytable, &t->validation.chain.zone, t->now_ms);
}

/*
 * A DS set that came with a referral, of the deepest name first: what the zone itself has
 * signed needs no look at the names between. DNSSEC_OK: taken; DNSSEC_YIELD.
 */
static enum dnssec_reason
use_known_ds(struct iter_task *t)
{
	struct chain *c = &t->validation.chain;
	struct chain_tools tools = trust_tools(t);
	unsigned labels = dname_labels(c->target.bytes);
	bool new_zone;

	for (; labels > c->labels; labels--) {
		const uint8_t *name = dname_suffix(c->target.bytes, labels);
		struct chain_reply reply = { .rcode = RCODE_NOERROR };
		enum dnssec_reason reason;
		struct dname signer;

		reply.answer = rrcache_get(
		    t->it->env.rrcache, name, TYPE_DS, t->now_ms, t->it->scratch);
		if (reply.answer == NULL || !chain_signer(reply.answer, name, &signer) ||
		    !dname_equal(signer.bytes, c->zone.name.bytes))
			continue;
		reason = chain_take_ds(c, name, &reply, &tools, &new_zone);
		if (reason == DNSSEC_OK || reason == DNSSEC_YIELD)
			return reason;
	}
	return DNSSEC_NO_SIGNATURE;
}

/*
 * Proofs that there is no DS, beside an alias that led here. They need not be of this cut
 * nor good: then it is asked for.
 */
static enum dnssec_reason
use_own_proofs(struct iter_task *t, const struct frame *f)
{
	struct chain *c = &t->validation.chain;
	struct chain_tools tools = trust_tools(t);
	struct chain_reply reply = { .rcode = RCODE_NOERROR, .authority = f->authority };
	enum dnssec_reason reason;
	bool new_zone;

	if (f->authority == NULL || t->validation.retries > 0)
		return DNSSEC_MISSING_PROOF;
	reason = chain_take_ds(c, c->wanted.bytes, &reply, &tools, &new_zone);
	if (reason == DNSSEC_OK && new_zone)
		remember_zone(t);
	return reason;
}

/* The client asks for the keys themselves: they are at hand. */
static enum dnssec_reason
use_own_keys(struct iter_task *t, const struct frame *f, const uint8_t *name)
{
	struct chain_tools tools = trust_tools(t);
	struct chain_reply reply = { .rcode = RCODE_NOERROR, .answer = f->answer };
	enum dnssec_reason reason;
	bool new_zone;

	if (rrset_find(f->answer, name, TYPE_DNSKEY) == NULL)
		return DNSSEC_NO_KEY;
	reason = chain_take_dnskey(&t->validation.chain, &reply, &tools, &new_zone);
	if (reason == DNSSEC_OK)
		remember_zone(t);
	return reason;
}

static enum trust_outcome
ask(struct iter_task *t, const uint8_t *wanted, uint16_t type)
{
	const uint8_t *name = arena_copy(t->arena, wanted, dname_len(wanted));

	if (name == NULL)
		return TRUST_OUTCOME_NOMEM;
	switch (frame_push(t, name, type, type == TYPE_DS ? FRAME_DS : FRAME_DNSKEY)) {
	case ERR_OK:
		t->validation.asking = true;
		t->validation.kept = false;
		return TRUST_OUTCOME_ASKED;
	case ERR_NOMEM:
		return TRUST_OUTCOME_NOMEM;
	default:
		return TRUST_OUTCOME_LIMIT;
	}
}

/* Rule 2. */
static const uint8_t *
next_towards_target(const struct chain *c)
{
	unsigned labels = dname_labels(c->wanted.bytes);

	return labels < dname_labels(c->target.bytes)
		   ? dname_suffix(c->target.bytes, labels + 1)
		   : NULL;
}

static bool
is_worth_a_deeper_look(const struct validation *v, const struct chain_reply *reply,
    enum dnssec_reason reason)
{
	const struct rrset *s = reply->authority;

	if (v->deeper || v->sub_tries > 0 || reply->failed || reply->answer != NULL ||
	    reason != DNSSEC_MISSING_PROOF || v->chain.ds != NULL ||
	    next_towards_target(&v->chain) == NULL)
		return false;
	while (s != NULL && s->type != TYPE_NSEC3)
		s = s->next;
	return s != NULL;
}

static bool
is_final(enum dnssec_reason reason)
{
	return reason == DNSSEC_LIMIT || reason == DNSSEC_INNER;
}

/*
 * What was proved. Nobody signs an RCODE: it counts only where the proof is of a name
 * that is not there, or beneath a span that opts out, which shows neither; its records
 * are marked as insecure. Where a record shows that a delegation without DS stands here,
 * the name is there.
 */
static enum rrcache_negative
kind_of_proof(
    const struct chain *c, const struct frame *sub, const struct chain_reply *reply)
{
	if (reply->rcode != RCODE_NXDOMAIN)
		return NEGATIVE_NODATA;
	if (c->zone.security != SECURITY_INSECURE ||
	    !dname_equal(c->zone.name.bytes, sub->name))
		return c->nxdomain ? NEGATIVE_NXDOMAIN : NEGATIVE_NODATA;
	for (const struct rrset *s = reply->authority; s != NULL; s = s->next)
		if (s->security == SECURITY_SECURE)
			return NEGATIVE_NODATA;
	return NEGATIVE_NXDOMAIN;
}

/* What was denied of the name asked for is proved now, and need not be again. */
static void
remember_proof(
    struct iter_task *t, const struct frame *sub, const struct chain_reply *reply)
{
	struct dname signer;

	if (sub->qtype != TYPE_DS || reply->answer != NULL || reply->authority == NULL ||
	    t->validation.deeper)
		return;
	rrcache_put_negative(t->it->env.rrcache,
	    kind_of_proof(&t->validation.chain, sub, reply), sub->name, TYPE_DS,
	    reply->authority, t->now_ms);
	for (const struct rrset *s = reply->authority; s != NULL; s = s->next)
		if (s->security == SECURITY_SECURE &&
		    chain_signer(s, s->owner, &signer)) {
			aggressive_learn(t, signer.bytes, reply->authority);
			return;
		}
}

/* The budgets of this question, or the load of others, kept it from asking: nothing of
 * that is the zone's doing, and nobody else is to hear of it. */
static bool
was_kept_from_asking(const struct iter_task *t)
{
	return t->crowded || (t->finished != NULL && t->finished->cut_short);
}

static void
give_up(struct iter_task *t, const struct chain_reply *reply, enum dnssec_reason reason)
{
	struct validation *v = &t->validation;
	bool silent = reply->failed;

	if (silent && was_kept_from_asking(t)) {
		reason = DNSSEC_INNER;
	} else if (silent && v->sub_reason != DNSSEC_OK) {
		reason = v->sub_reason; /* what those said that were asked before */
		silent = false;
	}
	chain_fail(&v->chain, reason, silent ? SILENT_TTL_SEC : BOGUS_TTL_SEC);
	if (!is_final(reason))
		remember_zone(t);
	v->sub_tries = 0;
	v->sub_reason = DNSSEC_OK;
	v->deeper = false;
}

static bool
copy_list(struct arena *arena, struct rrset **list)
{
	struct rrset *copies = NULL;

	for (const struct rrset *s = *list; s != NULL; s = s->next) {
		struct rrset *copy = rrset_copy(arena, s);

		if (copy == NULL)
			return false;
		rrset_append(&copies, copy);
	}
	*list = copies;
	return true;
}

/* What ${sub} brought has to outlive this step. */
static enum trust_outcome
put_off(struct iter_task *t, struct frame *sub)
{
	struct validation *v = &t->validation;

	v->asking = true;
	if (!v->kept &&
	    (!copy_list(t->arena, &sub->answer) || !copy_list(t->arena, &sub->authority)))
		return TRUST_OUTCOME_NOMEM;
	v->kept = true;
	return TRUST_OUTCOME_YIELD;
}

static enum dnssec_reason
take_reply(struct iter_task *t, const struct chain_reply *reply, bool *new_zone)
{
	struct chain *c = &t->validation.chain;
	struct chain_tools tools = trust_tools(t);
	const uint8_t *name =
	    t->validation.deeper ? next_towards_target(c) : c->wanted.bytes;

	return c->ds != NULL ? chain_take_dnskey(c, reply, &tools, new_zone)
			     : chain_take_ds(c, name, reply, &tools, new_zone);
}

/* Rules 2 and 3: what comes after a reply that was not to be believed. */
static void
try_on(struct iter_task *t, struct frame *sub, const struct chain_reply *reply,
    enum dnssec_reason reason)
{
	struct validation *v = &t->validation;

	if (is_worth_a_deeper_look(v, reply, reason)) {
		v->deeper = true;
		v->sub_reason = reason;
		return;
	}
	if ((reply->failed && !v->deeper) || is_final(reason) ||
	    v->sub_tries == RETRIES_MAX) {
		give_up(t, reply, reason);
		return;
	}
	if (sub->queries > 0)
		trust_distrust(t, &choose_target(sub)->addr, sub->zone, sub->qtype);
	v->sub_tries++;
	if (!v->deeper)
		v->sub_reason = reason;
	v->deeper = false;
}

/* The frame that asked has ended. TRUST_OUTCOME_KNOWN: its part is done. */
static enum trust_outcome
take(struct iter_task *t)
{
	struct validation *v = &t->validation;
	struct frame *sub = t->finished;
	struct chain_reply reply = { .failed = true };
	enum dnssec_reason reason;
	bool new_zone;

	v->asking = false;
	if (!FAILS(sub == NULL))
		reply = (struct chain_reply){
			.failed = sub->rcode == RCODE_SERVFAIL,
			.rcode = sub->rcode,
			.answer = sub->answer,
			.authority = sub->authority,
		};
	reason = take_reply(t, &reply, &new_zone);
	if (reason == DNSSEC_YIELD)
		return put_off(t, sub);
	if (reason == DNSSEC_OK) {
		v->sub_tries = 0;
		v->sub_reason = DNSSEC_OK;
		if (new_zone)
			remember_zone(t);
		remember_proof(t, sub, &reply);
		v->deeper = false;
		return TRUST_OUTCOME_KNOWN;
	}
	try_on(t, sub, &reply, reason);
	return TRUST_OUTCOME_KNOWN;
}

/* What the chain wants, without a query. DNSSEC_OK: taken; DNSSEC_YIELD. */
static enum dnssec_reason
use_at_hand(
    struct iter_task *t, const struct frame *f, const uint8_t *wanted, uint16_t type)
{
	enum dnssec_reason reason;

	if (t->validation.sub_tries > 0 || t->validation.deeper ||
	    (t->probe && type == TYPE_DS))
		return DNSSEC_NO_SIGNATURE;
	if (type != TYPE_DS)
		return use_own_keys(t, f, wanted);
	reason = use_known_ds(t);
	return reason == DNSSEC_OK || reason == DNSSEC_YIELD ? reason
							     : use_own_proofs(t, f);
}

enum trust_outcome
trust_establish(
    struct iter_task *t, struct frame *f, const uint8_t *target, const uint8_t *owner)
{
	struct validation *v = &t->validation;
	enum trust_outcome outcome = TRUST_OUTCOME_KNOWN;
	const uint8_t *name;
	uint16_t type;

	if (v->asking)
		outcome = take(t);
	else if (!v->interrupted)
		begin(t, target, owner);
	v->interrupted = false;
	if (outcome != TRUST_OUTCOME_KNOWN)
		return outcome;
	while ((name = chain_wants(&v->chain, &type)) != NULL) {
		enum dnssec_reason reason = use_at_hand(t, f, name, type);

		if (reason == DNSSEC_YIELD) {
			v->interrupted = true;
			return TRUST_OUTCOME_YIELD;
		}
		if (reason != DNSSEC_OK)
			return ask(
			    t, v->deeper ? next_towards_target(&v->chain) : name, type);
	}
	return TRUST_OUTCOME_KNOWN;
}
