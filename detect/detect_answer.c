#include "detect/detect.h"

#include "base/dns.h"
#include "detect/inquiry.h"
#include "detect/measure.h"
#include "detect/tell.h"
#include "detect/wide.h"

/* What comes down: each new piece of data onto the accounts of the zone and the client's
 * part of it; and what its server is charged for (wide.h). */

/* What of an answer is new to its zone: bit 0 the records' data, bit 1 what is beyond the
 * pieces, then one for each piece. */
struct novelty {
	uint32_t bytes, which;
};
#define NOVEL_DATA     UINT32_C(1)
#define NOVEL_REST     UINT32_C(2)
#define NOVEL_PIECE(i) (UINT32_C(4) << (i))
_Static_assert(DETECT_PIECES_MAX + 2 <= 32, "a bit for each piece");

/* Where "this zone has had this piece of data" is remembered. */
static uint64_t
data_key(uint64_t zone_key, uint64_t rdata_hash)
{
	return namehash_mix(namehash_mix(zone_key, rdata_hash), 1);
}

void
detect_look_answer(
    const struct detect *d, const struct detect_look *look, const struct detect_answer *a)
{
	uint64_t zone_key = look->name.suffix[look->zone_labels];

	if (a->rdata_bytes != 0)
		seen_prefetch(d->seen, data_key(zone_key, a->rdata_hash));
	for (unsigned i = 0; i < a->piece_count && i < DETECT_PIECES_MAX; i++)
		seen_prefetch(d->seen, data_key(zone_key, a->pieces[i].hash));
}

static void
count_novel(struct inquiry *in, const struct level *l, uint64_t rdata_hash,
    uint32_t bytes, uint32_t bit, struct novelty *out)
{
	uint64_t key = data_key(l->zone_key, rdata_hash);

	if (bytes == 0 || seen_find(in->d->seen, key, in->half_hour).found)
		return;
	seen_put(in->d->seen, key, level_tag(in->client_hash), in->half_hour);
	out->bytes += bytes;
	out->which |= bit;
}

/*
 * Addresses carry data as well: a hundred of IPv6 are 1.6 kB, and one name with a short
 * TTL brings others each time. But a pool that takes turns, a CDN's or a mirror's,
 * repeats its addresses, and a list's verdicts are a few: so each counts once, not each
 * set of them.
 */
static struct novelty
novelty_of(struct inquiry *in, const struct level *l, const struct detect_answer *a)
{
	struct novelty n = { 0 };

	count_novel(in, l, a->rdata_hash, a->rdata_bytes, NOVEL_DATA, &n);
	for (unsigned i = 0; i < a->piece_count && i < DETECT_PIECES_MAX; i++)
		count_novel(
		    in, l, a->pieces[i].hash, a->pieces[i].bytes, NOVEL_PIECE(i), &n);
	count_novel(in, l, a->rest_hash, a->rest_bytes, NOVEL_REST, &n);
	return n;
}

/* What is refused does not become known, or it would pass for old when the hold is over.
 */
static void
forget_novelty(struct inquiry *in, const struct level *l, const struct detect_answer *a,
    const struct novelty *n)
{
	if (n->which & NOVEL_DATA)
		seen_forget(in->d->seen, data_key(l->zone_key, a->rdata_hash));
	if (n->which & NOVEL_REST)
		seen_forget(in->d->seen, data_key(l->zone_key, a->rest_hash));
	for (unsigned i = 0; i < a->piece_count && i < DETECT_PIECES_MAX; i++)
		if (n->which & NOVEL_PIECE(i))
			seen_forget(
			    in->d->seen, data_key(l->zone_key, a->pieces[i].hash));
}

/*
 * Where most questions are of types that people do not ask, in a zone that nobody shares,
 * the answers are what the names are asked for: they weigh as those names do, e^1.8. A
 * zone's first two names have the benefit of doubt: a mail server asks such a zone for
 * its mail servers, a policy and what that includes, and a policy can be long. What
 * stands under a label with an underscore is a service's: a mail server's keys are long,
 * and a channel whose names are all such ones has no such majority anyhow.
 */
#define DATA_ANSWER_WEIGHT 6u
#define DOUBT_NAMES	   2u

static bool
is_data_mostly(const struct inquiry *in, const struct zone_state *z)
{
	return (in->d->ablated >> WEIGH_TYPE & 1) == 0 &&
	       (z->recent_odd * 2 > z->recent || z->recent_never * 2 > z->recent);
}

static uint32_t
answer_charge(const struct inquiry *in, const struct level *l, uint32_t bytes)
{
	if (l->unshared && in->budget <= 1.0f && l->zone->fresh > DOUBT_NAMES &&
	    !in->underscore && is_data_mostly(in, l->zone))
		return bytes * DATA_ANSWER_WEIGHT;
	return bytes;
}

/* In a zone that nobody shares this part of its account is no accident: an answer's
 * worth. */
#define DOWN_PART 25.0f

static void
decide_down(struct inquiry *in, struct level *l, struct decision *dec)
{
	float limit = level_limit(in, l, in->conf->down_stop_bytes);
	float own = account_of(&l->pair->down);

	dec->reason = "answers carry too much that is new";
	if (account_of(&l->zone->down) <= limit && own <= limit)
		return;
	if (l->unshared && in->budget <= 1.0f && own >= limit / DOWN_PART) {
		/* Fifty clients that get one answer each empty a file as well. */
		level_feeds(in, l);
		limit = own;
	}
	measure_full(in, l, dec, &l->pair->down, limit);
}

static void
judge_answer(struct inquiry *in, struct level *l, uint32_t bytes, bool decide,
    struct decision *dec, uint64_t authority_hash, struct wide_debt *debt,
    struct detect_verdict *out)
{
	level_lock(in, l);
	l->unshared = !level_is_shared(l->zone);
	if (!in->exempt && bytes != 0) {
		level_charge_down(in, l, answer_charge(in, l, bytes));
		if (decide)
			decide_down(in, l, dec);
	}
	if (dec->tell) {
		weigh(l->zone, &l->pair->rhythm, in->d->ablated, &l->weighing);
		tell_verdict(in, l, dec, false, out);
	}
	if (debt != NULL)
		*debt = wide_take_debt(l, authority_hash);
	if (dec->action == DETECT_PASS || level_spares(in, dec)) {
		l->zone->leaked_down += bytes;
		l->pair->leaked_down += bytes;
	}
	out->zone_index = l->ticket;
	level_unlock(in, l);
}

static void
tell_server(struct inquiry *in, struct level *l, struct detect_verdict *out)
{
	struct decision dec = { .told = EVENT_OBSERVE,
		.tell = true,
		.reason = "many zones that nobody knows bring data to one server",
		.event = detect_ref_new(in->d, in->now->wall_ms) };

	level_lock(in, l);
	tell_fill(&out->event, in, l, &dec);
	level_unlock(in, l);
	tell_evidence(&out->event, "server_account_bytes", WIDE_SERVER_STOP_BYTES, 1.0);
	tell_done(in, out);
}

/* From a platform that lets zones by the thousand, each of which may bring some. */
static void
judge_platform_answer(const struct inquiry *in, const struct detect_answer *a,
    struct decision *dec, struct detect_verdict *out)
{
	uint32_t ticket = out->zone_index;
	struct inquiry whole;
	struct novelty n;
	struct level l;

	if (!inquiry_of_platform(in, a->cut, &whole))
		return;
	level_set_platform(&whole, &l);
	n = novelty_of(&whole, &l, a);
	if (n.bytes == 0)
		return;
	judge_answer(&whole, &l, n.bytes, true, dec, 0, NULL, out);
	out->zone_index = ticket; /* hits are the tenant's */
	if (dec->action != DETECT_PASS && !level_spares(in, dec))
		forget_novelty(&whole, &l, a, &n);
}

/*
 * Whom this zone's names went to; 0: nobody knows. Not who answered from above it: of a
 * domain that does not exist, or whose own servers are silent, the last to speak is its
 * registry's server. Everybody's domains lie there, and anybody may ask for such ones.
 */
static uint64_t
server_of(
    const struct inquiry *in, const struct level *owner, const struct detect_answer *a)
{
	if (a->authority.family == ADDR_NONE ||
	    (a->cut != NULL && dname_labels(a->cut) < owner->zone_labels))
		return 0;
	return wide_server_hash(in->d, &a->authority);
}

/* In the owner's zone, then in the cut that answered, by the same rule as the question.
 * The deeper one is the server's. */
static void
judge_answer_levels(struct inquiry *in, struct level *owner,
    const struct detect_answer *a, struct detect_verdict *out)
{
	struct decision dec = { .ede_code = EDE_NONE };
	struct novelty n = novelty_of(in, owner, a);
	uint64_t server = server_of(in, owner, a);
	unsigned cut_labels = inquiry_cut_labels(in, owner, a->cut);
	struct wide_debt debt = { 0 }, *last = server != 0 ? &debt : NULL;
	struct level inner, *deepest = owner;

	judge_answer(
	    in, owner, n.bytes, true, &dec, server, cut_labels == 0 ? last : NULL, out);
	if (dec.action == DETECT_PASS && cut_labels != 0) {
		level_set(in, &inner, cut_labels);
		inner.owner_place = owner->place;
		deepest = &inner;
		judge_answer(
		    in, &inner, n.bytes, !owner->unshared, &dec, server, last, out);
	}
	if (dec.action == DETECT_PASS)
		judge_platform_answer(in, a, &dec, out);
	if (dec.action != DETECT_PASS && !level_spares(in, &dec))
		forget_novelty(in, owner, a, &n);
	if (server != 0 && wide_charge_server(in, deepest->zone_key, server, &debt) &&
	    !out->has_event)
		tell_server(in, deepest, out);
	inquiry_verdict_close(in, &dec, out);
}

void
detect_answer(struct detect *d, const struct conf *conf, const struct detect_answer *a,
    const struct now *now, struct detect_verdict *out)
{
	struct detect_look own;
	struct inquiry in;
	struct level owner;
	struct word w;
	unsigned labels;

	inquiry_verdict_clear(out);
	inquiry_clear(&in, a->qtype, a->verified, a->exempt);
	if (!inquiry_begin(&in, d, conf, a->group, &a->client, a->qname, now))
		return;
	inquiry_look(&in, a->look, &own);
	in.underscore = inquiry_has_underscore(in.name);
	detect_tally(d, TALLY_ANSWERS, 1);
	if (notes_word_find(d->notes, in.name, now->mono_ms, &w, &labels) && !w.block)
		in.exempt = true;
	if (in.kind == SUFFIX_UNKNOWN && (a->rdata_bytes != 0 || a->address_count != 0))
		seen_put(d->seen, inquiry_exists_key(&in), 0, in.half_hour);
	if (inquiry_nobody_receives(&in, a->cut))
		return;
	level_set(&in, &owner, in.zone_labels);
	judge_answer_levels(&in, &owner, a, out);
}
