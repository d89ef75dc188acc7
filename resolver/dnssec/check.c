#include "resolver/dnssec/rrsig.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/dnssec/canonical.h"
#include "resolver/dnssec/keys.h"
#include "resolver/dnssec/memo.h"
#include "resolver/dnssec/reason.h"
#include "resolver/dnssec/sig.h"
#include "resolver/dnssec/work.h"

/*
 * Is one of a set's signatures good? (RFC 4035 5.3.)
 *
 *   1. Every RRSIG is looked at without arithmetic: form, type, signer, labels, times, a
 * key of its tag and algorithm, the length that this key's signatures have. What passes
 *      becomes attempts, one a key: at most 8 x 2.
 *   2. The attempts are put in order.
 *   3. They are carried out until one is good, the budget is used up or other questions
 *      have waited long enough. What was carried out before is remembered (memo.h), so
 *      the whole is simply begun anew when its turn comes again.
 *
 * One good signature is enough (RFC 4035 5.3.3 leaves that to the validator; RFC
 * 6840 5.4, 5.11). Hence the order: KeyTrap (CVE-2023-50387) makes a validator multiply
 * keys of one tag by signatures of that tag, while an honest zone has one signature a key
 * and no two keys with one tag. So what honest zones have goes first: the first signature
 * of its tag by the first key of that tag; among those, tags with one key before tags
 * with two; among those, the cheap algorithm. Only then come second keys and repeated
 * signatures. However many wrong candidates stand beside a good honest one, they cost at
 * most one attempt for each other tag.
 *
 * An algorithm that is not supported is here a missing key, never a reason to call the
 * set insecure: whether a zone is insecure is for its DS set to say, and an RRSIG is
 * anybody's to add (RFC 6840 5.2 is about DS).
 */

#define ATTEMPTS_MAX (RRSET_RRSIGS_MAX * KEYS_SAME_TAG_MAX)

struct attempt {
	const struct sig *sig;
	const struct algorithm_key *key;
	unsigned order; /* the lowest first */
};

struct check {
	const struct rrset *set;
	const struct dnssec_keys *keys;
	const struct dnssec_clock *clock;
	struct sig sigs[RRSET_RRSIGS_MAX];
	unsigned sig_count; /* those in scope and in time */
	struct attempt attempts[ATTEMPTS_MAX];
	unsigned attempt_count;
	enum dnssec_reason reason; /* what says most so far */
};

/* How many of the signatures before this one name the same key. */
static unsigned
repeats(const struct check *c, const struct sig *s)
{
	unsigned count = 0;

	for (const struct sig *other = c->sigs; other < s; other++)
		if (other->tag == s->tag && other->algorithm == s->algorithm)
			count++;
	return count;
}

static void
attempt_add(
    struct check *c, const struct sig *s, const struct keys_entry *entry, unsigned nth)
{
	struct attempt *a = &c->attempts[c->attempt_count];

	if (!algorithm_key_fits(entry->key, s->len)) {
		c->reason = reason_telling(c->reason, DNSSEC_BAD_SIGNATURE);
		return;
	}
	if (FAILS(c->attempt_count == ATTEMPTS_MAX))
		return;
	a->sig = s;
	a->key = entry->key;
	a->order = (nth + repeats(c, s)) << 16 | algorithm_key_cost(entry->key);
	c->attempt_count++;
}

/* Every attempt of a tag that several keys share waits for all that are alone in theirs.
 */
static void
attempts_ambiguous(struct check *c, unsigned from)
{
	if (c->attempt_count - from > 1)
		for (unsigned i = from; i < c->attempt_count; i++)
			c->attempts[i].order |= 1u << 15;
}

static void
attempts_of(struct check *c, const struct sig *s)
{
	enum dnssec_reason reason = DNSSEC_NO_KEY;
	unsigned from = c->attempt_count, nth = 0;

	for (unsigned i = 0; i < c->keys->count; i++) {
		const struct keys_entry *entry = &c->keys->entries[i];

		if (entry->tag != s->tag || entry->algorithm != s->algorithm)
			continue;
		if (entry->key != NULL)
			attempt_add(c, s, entry, nth++);
		else if (entry->unfit != DNSSEC_UNSUPPORTED_ALGORITHM)
			reason = reason_telling(reason, entry->unfit);
	}
	attempts_ambiguous(c, from);
	/* A key too many of its tag was left out, so a failure of the others is not the
	 * end of it. */
	if (nth == 0 || reason == DNSSEC_LIMIT)
		c->reason = reason_telling(c->reason, reason);
}

/* Step 1 for one RRSIG. */
static void
look_at(struct check *c, const struct rdata *rdata)
{
	struct sig *s = &c->sigs[c->sig_count];
	enum dnssec_reason reason = DNSSEC_BAD_SIGNATURE;

	if (sig_read(rdata, s))
		reason = sig_scope(s, c->set, c->keys->zone.bytes);
	if (reason == DNSSEC_OK)
		reason = sig_time(s, c->clock);
	if (reason != DNSSEC_OK) {
		c->reason = reason_telling(c->reason, reason);
		return;
	}
	c->sig_count++;
	attempts_of(c, s);
}

/* Step 2: by insertion, for it keeps the order of equals and there are at most 16. */
static void
attempts_sort(struct check *c)
{
	for (unsigned i = 1; i < c->attempt_count; i++) {
		struct attempt a = c->attempts[i];
		unsigned at = i;

		for (; at > 0 && c->attempts[at - 1].order > a.order; at--)
			c->attempts[at] = c->attempts[at - 1];
		c->attempts[at] = a;
	}
}

static void
checked_fill(const struct check *c, const struct sig *s, struct dnssec_checked *out)
{
	uint32_t left_sec = sig_left_sec(s, c->clock->now_sec);

	out->labels = s->labels;
	out->wildcard = s->labels < sig_owner_labels(c->set->owner);
	out->ttl_max_sec =
	    s->original_ttl_sec < left_sec ? s->original_ttl_sec : left_sec;
}

/* Long data cost too: writing and telling them apart 1 us a KB, a digest 2 us. */
static uint32_t
cost_of_writing(size_t len)
{
	return (uint32_t)(len >> 10);
}

static uint32_t
cost_of_verifying(const struct attempt *a, size_t len)
{
	return algorithm_key_cost(a->key) + (uint32_t)(len >> 9);
}

static uint64_t
attempt_id(const struct dnssec_memo *memo, const struct attempt *a,
    const struct canonical *canonical, size_t len)
{
	size_t id_len;
	const uint8_t *key = algorithm_key_id(a->key, &id_len);
	uint64_t id = memo_add_id(memo, 0, key, id_len);

	id = memo_add_id(memo, id, a->sig->bytes, a->sig->len);
	return memo_add_id(memo, id, canonical->bytes, len);
}

/* Step 3 for one attempt; ${*allowed}: there is a ${reason} of it. */
static enum dnssec_reason
attempt_run(const struct attempt *a, const struct canonical *canonical, size_t len,
    EVP_MD_CTX *work, struct dnssec_budget *budget, bool *allowed)
{
	uint64_t id = attempt_id(budget->memo, a, canonical, len);
	enum dnssec_reason reason;

	*allowed = true;
	if (memo_verified(budget->memo, id, &reason))
		return reason;
	reason = work_verification(budget, cost_of_verifying(a, len));
	if (reason != DNSSEC_OK) {
		*allowed = false;
		return reason;
	}
	reason = algorithm_verify(
	    a->key, work, canonical->bytes, len, a->sig->bytes, a->sig->len);
	memo_put_verified(budget->memo, id, reason);
	return reason;
}

/* Step 3. The data are written anew only for another signature than the last one's. */
static enum dnssec_reason
attempts_run(struct check *c, struct canonical *canonical, EVP_MD_CTX *work,
    struct dnssec_budget *budget, struct dnssec_checked *out)
{
	const struct sig *written = NULL;
	size_t len = 0;

	for (unsigned i = 0; i < c->attempt_count; i++) {
		const struct attempt *a = &c->attempts[i];
		enum dnssec_reason reason;
		bool allowed;

		if (a->sig != written) {
			len = canonical_write(canonical, a->sig);
			work_charge(budget, cost_of_writing(len));
		}
		written = a->sig;
		reason = attempt_run(a, canonical, len, work, budget, &allowed);
		if (reason == DNSSEC_OK)
			checked_fill(c, a->sig, out);
		if (reason == DNSSEC_OK || !allowed)
			return reason;
		c->reason = reason_telling(c->reason, reason);
	}
	return c->reason;
}

enum dnssec_reason
dnssec_check(const struct rrset *set, const struct dnssec_keys *keys,
    const struct dnssec_clock *clock, struct dnssec_budget *budget, struct arena *scratch,
    struct dnssec_checked *out)
{
	struct check c;
	struct canonical canonical;
	EVP_MD_CTX *work;
	enum dnssec_reason reason;

	c.set = set;
	c.keys = keys;
	c.clock = clock;
	c.sig_count = c.attempt_count = 0;
	c.reason = DNSSEC_NO_SIGNATURE;
	for (unsigned i = 0; i < set->sig_count && i < RRSET_RRSIGS_MAX; i++)
		look_at(&c, &set->sigs[i]);
	if (c.attempt_count == 0)
		return c.reason;
	attempts_sort(&c);
	if (!canonical_init(&canonical, set, scratch) ||
	    (work = EVP_MD_CTX_new()) == NULL)
		return DNSSEC_INNER;
	reason = attempts_run(&c, &canonical, work, budget, out);
	EVP_MD_CTX_free(work);
	return reason;
}
