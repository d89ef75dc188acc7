#include "resolver/iter/validate.h"

#include "resolver/iter/aggressive.h"
#include "resolver/iter/blame.h"
#include "resolver/iter/frame.h"
#include "resolver/iter/trust.h"
#include "resolver/wire/reader.h"

/*
 * Validation of a client's question, after all of its answer has come.
 *
 *   1. Each set of the answer in turn, then the denial if there is one: the zone that it
 *      is in is the signer that it names or, without one, the zone that its owner is in.
 *      That zone's status comes from the chain (trust.h). Anybody can write a signer: one
 *      above the anchor that the owner is under names a zone that may well be insecure,
 *      and counts as none.
 *   2. Secure: a signature must be good; a wildcard's needs the proof that the name
 * itself is not there; a denial needs its proofs. What is good goes to the cache as
 * SECURE.
 *   3. Insecure or without an anchor: taken as it is, and cached so.
 *   4. Bogus: other servers are asked for all of it, RETRIES_MAX times; then SERVFAIL.
 *      Only the server that brought the bogus part is to blame (blame.h). The same where
 *      it has no signature and the status of its zone cannot be found out.
 *   5. The whole is secure when each part is.
 *
 * A CNAME made from a DNAME is as good as that (RFC 6672 5.3.1), but nothing is made from
 * a DNAME that itself came of a wildcard: what such a one means was left open (RFC 4592
 * 4.4, RFC 6672 2.3), so no proof can show that this is it. Nothing of a question that is
 * to be validated is cached before it was.
 */

#define RETRIES_MAX 2u

/* Budgets of doc/ARCHITECTURE.md: KeyTrap, CVE-2023-50868. */
#define VERIFICATIONS 32u
#define HASHES	      128u

/* Type covered and algorithm (RFC 4034 3.1). */
#define RRSIG_BEFORE_LABELS 3u

static bool
is_proof(const struct rrset *set)
{
	return set->type == TYPE_NSEC || set->type == TYPE_NSEC3;
}

enum verdict {
	VERDICT_DONE,
	VERDICT_ASKED,
	VERDICT_YIELD,
	VERDICT_BOGUS,
	VERDICT_PART,
	VERDICT_ZONE_BOGUS,
	VERDICT_NOMEM
};

void
validate_init(struct iter_task *t)
{
	t->validation.budget = (struct dnssec_budget){
		.verifications = VERIFICATIONS,
		.hashes = HASHES,
	};
}

void
validate_slice(struct iter_task *t)
{
	struct dnssec_budget *b = &t->validation.budget;

	dnssec_slice_begin(b);
	b->slice_max =
	    t->event->kind == ITER_EVENT_AGAIN ? DNSSEC_SLICE : DNSSEC_SLICE_FIRST;
	if (t->it->env.slice_units > 0)
		b->slice_max = t->it->env.slice_units;
}

void
validate_fini(struct iter_task *t)
{
	chain_fini(&t->validation.chain);
}

uint32_t
validate_verifications(const struct iter_task *t)
{
	return VERIFICATIONS - t->validation.budget.verifications;
}

uint32_t
validate_hashes(const struct iter_task *t)
{
	return HASHES - t->validation.budget.hashes;
}

bool
validate_expanded_from(const struct rrset *set, unsigned *labels)
{
	*labels = dname_labels(set->owner);
	if (*labels > 0 && set->owner[0] == 1 && set->owner[1] == '*')
		(*labels)--;
	for (uint16_t i = 0; i < set->sig_count; i++) {
		struct reader r;
		uint8_t signed_labels;

		reader_init(&r, set->sigs[i].bytes, set->sigs[i].len);
		reader_skip(&r, RRSIG_BEFORE_LABELS);
		signed_labels = reader_u8(&r);
		if (signed_labels >= *labels || r.failed)
			continue;
		*labels = signed_labels;
		return true;
	}
	return false;
}

bool
validate_is_expanded(const struct rrset *set)
{
	unsigned labels;

	return validate_expanded_from(set, &labels);
}

bool
validate_wants_fresh(
    const struct iter_task *t, const struct frame *f, const struct rrset *set)
{
	if (!frame_is_question(f))
		return false;
	/* An expanded set is half an answer; its proof is not kept beside it. Whoever
	 * validates for himself needs that as much as we do, and what is insecure here,
	 * by a negative anchor or an algorithm unknown to this machine, need not be so to
	 * him. */
	if (validate_is_expanded(set))
		return true;
	return task_validates(t) && set->security == SECURITY_UNCHECKED &&
	       t->validation.retries > 0;
}

static enum verdict
status_of(
    struct iter_task *t, struct frame *f, const uint8_t *target, const uint8_t *owner)
{
	switch (trust_establish(t, f, target, owner)) {
	case TRUST_OUTCOME_KNOWN:
		break;
	case TRUST_OUTCOME_ASKED:
		return VERDICT_ASKED;
	case TRUST_OUTCOME_YIELD:
		return VERDICT_YIELD;
	case TRUST_OUTCOME_LIMIT:
		t->validation.reason = DNSSEC_LIMIT;
		return VERDICT_ZONE_BOGUS;
	case TRUST_OUTCOME_NOMEM:
		return VERDICT_NOMEM;
	}
	if (t->validation.chain.zone.security != SECURITY_BOGUS)
		return VERDICT_DONE;
	t->validation.reason = t->validation.chain.zone.reason;
	return VERDICT_ZONE_BOGUS;
}

static enum verdict
bogus(struct iter_task *t, enum dnssec_reason reason)
{
	if (reason == DNSSEC_YIELD)
		return VERDICT_YIELD;
	t->validation.reason = reason;
	return VERDICT_BOGUS;
}

/* ${set} was expanded from a wildcard: is the name itself really not there? */
static enum verdict
check_expansion(struct iter_task *t, struct frame *f, struct rrset *set, unsigned labels)
{
	struct chain_tools tools = trust_tools(t);
	enum dnssec_reason reason;

	switch (chain_denies(DENIAL_WILDCARD_ANSWER, set->owner, set->type, labels,
	    t->validation.chain.zone.keys, f->authority, &tools, &reason)) {
	case DENIAL_PROVED:
		aggressive_learn(t, t->validation.chain.zone.name.bytes, f->authority);
		aggressive_learn_wildcard(
		    t, t->validation.chain.zone.name.bytes, set, labels);
		return VERDICT_DONE;
	case DENIAL_PROVED_INSECURE:
		set->security = SECURITY_INSECURE;
		return VERDICT_DONE;
	default:
		set->security = SECURITY_UNCHECKED;
		return bogus(t, reason);
	}
}

static void
remember_set(struct iter_task *t, const struct frame *f, const struct rrset *set)
{
	/* Of ANY nobody knows whether it is all. A DNAME speaks for a whole subtree: by
	 * plain UDP only its signature makes it more than one question's
	 * (CVE-2025-40778).
	 */
	if (f->qtype == TYPE_ANY || set->ttl_sec == 0 ||
	    (set->type == TYPE_DNAME && f->dname_by_udp &&
		set->security != SECURITY_SECURE))
		return;
	if (set->type == TYPE_DNAME)
		t->it->dname_seen = true;
	rrcache_put(t->it->env.rrcache, set, t->now_ms);
}

/* ${set} is a DNAME from which the answer goes on; not one that was asked for. */
static bool
leads_on(const struct frame *f, const struct rrset *set)
{
	return set->type == TYPE_DNAME && f->qtype != TYPE_DNAME && f->qtype != TYPE_ANY;
}

static enum verdict
check_set(struct iter_task *t, struct frame *f, struct rrset *set)
{
	struct chain_zone *zone = &t->validation.chain.zone;
	struct chain_tools tools = trust_tools(t);
	struct dnssec_checked checked;
	enum verdict verdict = VERDICT_DONE;
	enum dnssec_reason reason;

	if (zone->security == SECURITY_SECURE) {
		reason = chain_check(set, zone->keys, &tools, &checked);
		if (reason != DNSSEC_OK)
			return bogus(t, reason);
		if (checked.wildcard && leads_on(f, set))
			verdict = bogus(t, DNSSEC_WRONG_SIGNER);
		else if (checked.wildcard)
			verdict = check_expansion(t, f, set, checked.labels);
	} else {
		set->security = zone->security;
	}
	/* Insecure by opt-out, its proof is still a part of it: it is told once. */
	if (verdict == VERDICT_DONE &&
	    !(zone->security == SECURITY_SECURE && set->security == SECURITY_INSECURE))
		remember_set(t, f, set);
	return verdict;
}

static enum verdict
validate_set(struct iter_task *t, struct frame *f, struct rrset *set)
{
	const uint8_t *side =
	    set->type == TYPE_DS ? dname_parent(set->owner) : set->owner;
	struct dname target;
	enum verdict verdict;

	if (!chain_signer(set, set->owner, &target) ||
	    trust_is_above_anchor(t, target.bytes, side))
		dname_set(&target, side);
	verdict = status_of(t, f, target.bytes, set->owner);
	return verdict == VERDICT_DONE ? check_set(t, f, set) : verdict;
}

/* ${cname} is what ${dname} makes of its owner (RFC 6672 2.2). */
static bool
makes(const struct rrset *dname, const struct rrset *cname)
{
	uint8_t target[DNAME_MAX];
	unsigned prefix;

	if (dname->type != TYPE_DNAME ||
	    !dname_is_strictly_below(cname->owner, dname->owner))
		return false;
	prefix = dname_labels(cname->owner) - dname_labels(dname->owner);
	return dname_concat(target, cname->owner, prefix, dname->rdata[0].bytes) ==
		   ERR_OK &&
	       dname_equal(target, cname->rdata[0].bytes);
}

/* The DNAME, told before it, that a CNAME without signature was made from; or NULL. */
static const struct rrset *
maker_of(const struct rrset *answer, const struct rrset *set)
{
	if (set->type != TYPE_CNAME || set->sig_count > 0)
		return NULL;
	for (; answer != set; answer = answer->next)
		if (makes(answer, set))
			return answer;
	return NULL;
}

static enum verdict
validate_answer(struct iter_task *t, struct frame *f)
{
	for (struct rrset *s = f->answer; s != NULL; s = s->next) {
		const struct rrset *maker;
		enum verdict verdict;

		/* No signature is over signatures (RFC 4035 2.2): never secure. */
		if (s->security != SECURITY_UNCHECKED || s->type == TYPE_RRSIG)
			continue;
		t->validation.doubted = s;
		if ((maker = maker_of(f->answer, s)) != NULL) {
			s->security = maker->security;
			if (maker->ttl_sec < s->ttl_sec)
				s->ttl_sec = maker->ttl_sec;
			continue;
		}
		if ((verdict = validate_set(t, f, s)) != VERDICT_DONE)
			return verdict;
	}
	return VERDICT_DONE;
}

/* ---- denials ---- */

/* What the cache says of the whole: the least of its sets. */
static enum rrset_security
security_of(const struct rrset *list)
{
	enum rrset_security least = SECURITY_SECURE;

	if (list == NULL)
		return SECURITY_UNCHECKED;
	for (; list != NULL; list = list->next)
		if (list->security < least)
			least = (enum rrset_security)list->security;
	return least;
}

static void
denial_target(const struct iter_task *t, const struct frame *f, struct dname *out)
{
	bool at_parent = f->qtype == TYPE_DS && f->labels > 0;
	const uint8_t *side = at_parent ? dname_parent(f->denied_name) : f->denied_name;

	for (const struct rrset *s = f->denial; s != NULL; s = s->next)
		if (chain_signer(s, f->denied_name, out) &&
		    !(at_parent && dname_equal(out->bytes, f->denied_name)) &&
		    !trust_is_above_anchor(t, out->bytes, side))
			return;
	dname_set(out, side);
}

static void
mark_all(struct rrset *list, uint8_t security)
{
	for (; list != NULL; list = list->next)
		list->security = security;
}

/* What no signature vouches for is no part of a secure answer. */
static void
drop_unchecked(struct rrset **list)
{
	while (*list != NULL) {
		if ((*list)->security == SECURITY_SECURE)
			list = &(*list)->next;
		else
			*list = (*list)->next;
	}
}

static enum verdict
check_denial(struct iter_task *t, struct frame *f)
{
	const struct dnssec_keys *keys = t->validation.chain.zone.keys;
	struct chain_tools tools = trust_tools(t);
	bool nxdomain = f->rcode == RCODE_NXDOMAIN;
	struct dnssec_checked checked;
	enum dnssec_reason reason;

	for (struct rrset *s = f->denial; s != NULL; s = s->next) {
		if (s->type != TYPE_SOA)
			continue;
		reason = chain_check(s, keys, &tools, &checked);
		if (reason != DNSSEC_OK || checked.wildcard)
			return bogus(
			    t, reason != DNSSEC_OK ? reason : DNSSEC_WRONG_SIGNER);
	}
	switch (chain_denies_as(
	    &nxdomain, f->denied_name, f->qtype, keys, f->denial, &tools, &reason)) {
	case DENIAL_PROVED:
		if (!nxdomain && !dname_equal(f->denied_name, f->name))
			return VERDICT_PART;
		f->rcode = nxdomain ? RCODE_NXDOMAIN : RCODE_NOERROR;
		f->denial_security = SECURITY_SECURE;
		drop_unchecked(&f->denial);
		aggressive_learn(t, t->validation.chain.zone.name.bytes, f->denial);
		return VERDICT_DONE;
	case DENIAL_PROVED_INSECURE:
		f->denial_security = SECURITY_INSECURE;
		mark_all(f->denial, SECURITY_INSECURE);
		return VERDICT_DONE;
	default:
		return bogus(t, reason);
	}
}

static void
remember_denial(struct iter_task *t, const struct frame *f)
{
	enum rrcache_negative kind =
	    f->rcode == RCODE_NXDOMAIN ? NEGATIVE_NXDOMAIN : NEGATIVE_NODATA;

	rrcache_put_negative(
	    t->it->env.rrcache, kind, f->denied_name, f->qtype, f->denial, t->now_ms);
}

static enum verdict
validate_denial(struct iter_task *t, struct frame *f)
{
	struct dname target;
	enum verdict verdict;

	if (!f->denied || f->denial_security != SECURITY_UNCHECKED)
		return VERDICT_DONE;
	/* A name that has NSEC has RRSIG: no honest proof says otherwise of it. */
	if (f->qtype == TYPE_RRSIG && f->rcode != RCODE_NXDOMAIN)
		return VERDICT_DONE;
	if (!f->denial_begun)
		f->denial_security = (uint8_t)security_of(f->denial);
	if (f->denial_security != SECURITY_UNCHECKED)
		return VERDICT_DONE;
	f->denial_begun = true;
	t->validation.doubted = NULL;
	denial_target(t, f, &target);
	verdict = status_of(t, f, target.bytes, f->denied_name);
	if (verdict != VERDICT_DONE)
		return verdict;
	if (t->validation.chain.zone.security == SECURITY_SECURE) {
		verdict = check_denial(t, f);
	} else {
		f->denial_security = t->validation.chain.zone.security;
		mark_all(f->denial, f->denial_security);
	}
	if (verdict == VERDICT_DONE)
		remember_denial(t, f);
	return verdict;
}

/* ---- the whole ---- */

/* Rule 5. */
static uint8_t
security_of_all(const struct frame *f)
{
	uint8_t least = SECURITY_SECURE;

	for (const struct rrset *s = f->answer; s != NULL; s = s->next)
		if (s->security < least)
			least = s->security;
	if (f->denied && f->denial_security < least)
		least = f->denial_security;
	return least;
}

/* Not what is secure already. True when there is no such set any more. */
static bool
drop_unchecked_of(struct rrset **list, const struct rrset *same)
{
	const struct rrset *known = rrset_find_same(*list, same);

	if (known == NULL)
		return true;
	if (known->security == SECURITY_SECURE)
		return false;
	while (*list != known)
		list = &(*list)->next;
	*list = known->next;
	return true;
}

/* An alias may have brought some of the proofs already; those of the denial were looked
 * at. */
static void
append_denial(struct frame *f)
{
	struct rrset *next;

	for (struct rrset *s = f->denial; s != NULL; s = next) {
		next = s->next;
		s->next = NULL;
		if (drop_unchecked_of(&f->authority, s))
			rrset_append(&f->authority, s);
	}
	f->denial = NULL;
}

/* What stands beside an answer is no part of it: without a good signature of the same
 * zone it just falls out of a secure one. */
static void
check_rest(struct iter_task *t, struct rrset *list)
{
	const struct chain_zone *zone = &t->validation.chain.zone;
	struct chain_tools tools = trust_tools(t);
	struct dnssec_checked checked;
	struct dname signer;

	for (; list != NULL && zone->keys != NULL; list = list->next)
		if (list->security == SECURITY_UNCHECKED && !is_proof(list) &&
		    chain_signer(list, list->owner, &signer) &&
		    dname_equal(signer.bytes, zone->name.bytes) &&
		    chain_check(list, zone->keys, &tools, &checked) == DNSSEC_OK &&
		    checked.wildcard)
			list->security = SECURITY_UNCHECKED;
}

static enum step_id
succeed(struct iter_task *t, struct frame *f)
{
	t->validation.reason = DNSSEC_OK;
	t->validation.security = security_of_all(f);
	append_denial(f);
	if (t->validation.security == SECURITY_SECURE) {
		check_rest(t, f->authority);
		check_rest(t, f->additional);
		drop_unchecked(&f->authority);
		drop_unchecked(&f->additional);
	}
	return STEP_FINISH;
}

static enum step_id
fail(struct frame *f)
{
	f->rcode = RCODE_SERVFAIL;
	f->answer = NULL;
	f->authority = NULL;
	f->additional = NULL;
	return STEP_FINISH;
}

static void
forget_denial(struct frame *f)
{
	f->denial = NULL;
	f->denied = false;
	f->denial_begun = false;
	f->denial_security = SECURITY_UNCHECKED;
	f->validated = false;
	f->rcode = RCODE_NOERROR;
}

/* Rule 4: the question from its beginning; budgets go on. */
static enum step_id
again(struct iter_task *t, struct frame *f)
{
	t->validation.retries++;
	blame_server(t, t->validation.doubted);
	f->answer = NULL;
	f->authority = NULL;
	f->additional = NULL;
	f->dname_by_udp = false;
	f->chained = false;
	forget_denial(f);
	frame_rename(f, t->qname);
	return STEP_CACHE;
}

/* The root was asked for a part of the name and said NXDOMAIN, but its proof shows that
 * this part is there. So nothing is known yet of the name, and all of it is asked for. */
static enum step_id
ask_whole(struct frame *f)
{
	forget_denial(f);
	f->minimise_off = true;
	return STEP_CACHE;
}

/* That anybody looked for a cut here is for want of a signature, which another server may
 * have: one with an old copy of the zone from before it was signed is no reason to fail.
 */
static bool
is_unsigned(const struct iter_task *t, const struct frame *f)
{
	const struct rrset *doubted = t->validation.doubted;

	if (doubted != NULL)
		return doubted->sig_count == 0;
	for (const struct rrset *s = f->denial; s != NULL; s = s->next)
		if (s->sig_count > 0)
			return false;
	return true;
}

enum step_id
validate_step(struct iter_task *t, struct frame *f)
{
	enum verdict verdict = validate_answer(t, f);

	if (verdict == VERDICT_DONE)
		verdict = validate_denial(t, f);
	f->validated = verdict != VERDICT_ASKED && verdict != VERDICT_YIELD;
	switch (verdict) {
	case VERDICT_DONE:
		return succeed(t, f);
	case VERDICT_ASKED:
		return STEP_VALIDATE;
	case VERDICT_PART:
		return ask_whole(f);
	case VERDICT_YIELD:
		task_count(t, ITER_COUNT_YIELDS);
		return STEP_YIELD;
	case VERDICT_NOMEM:
		return task_out_of_memory(t);
	case VERDICT_ZONE_BOGUS:
		if (!is_unsigned(t, f))
			return fail(f);
		break;
	case VERDICT_BOGUS:
		break;
	}
	if (t->validation.reason == DNSSEC_LIMIT ||
	    t->validation.reason == DNSSEC_INNER || t->validation.retries == RETRIES_MAX)
		return fail(f);
	return again(t, f);
}
