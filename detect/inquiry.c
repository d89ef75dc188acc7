#include "detect/inquiry.h"

#include <string.h>

#include "base/clear.h"
#include "base/dns.h"

void
inquiry_verdict_clear(struct detect_verdict *out)
{
	out->action = DETECT_PASS;
	out->zone_index = UINT32_MAX;
	out->event_id[0] = '\0';
	out->ede_code = EDE_NONE;
	out->has_event = false;
}

void
inquiry_clear(struct inquiry *in, uint16_t qtype, bool verified, bool exempt)
{
	clear(in, sizeof(*in));
	in->qtype = qtype;
	in->verified = verified;
	in->exempt = exempt;
}

/* False: detection is off for this group. */
bool
inquiry_begin(struct inquiry *in, struct detect *d, const struct conf *conf,
    uint32_t group, const struct addr *client, const uint8_t *qname,
    const struct now *now)
{
	in->d = d;
	in->conf = conf;
	in->group = &conf->groups[group < conf->group_count ? group : 0];
	in->now = now;
	in->client = client;
	in->qname = qname;
	if (in->group->detection == DETECTION_OFF)
		return false;
	in->shadow = in->group->detection == DETECTION_SHADOW;
	in->now_sec = detect_sec(now->mono_ms);
	ration_begin(&d->beacons, in->now_sec);
	if (conf->learn_sec != 0) {
		detect_learn_begin(d, now);
		in->learning = detect_is_learning(d, conf, now);
	}
	in->half_hour = in->now_sec / 1800;
	return true;
}

/* A known service has a larger budget; 1 for others. */
static float
budget_of(const struct conf *conf, const uint8_t *qname)
{
	struct namelist_hit hit;

	if (conf->large_budget == NULL || !namelist_find(conf->large_budget, qname, &hit))
		return 1.0f;
	return hit.value > 1 ? (float)hit.value : 1.0f;
}

void
detect_look(struct detect *d, const struct conf *conf, const struct addr *client,
    bool verified, const uint8_t *qname, struct detect_look *out)
{
	uint64_t zone_key;

	out->client_hash = detect_client_hash(d, client);
	clients_prefetch(d->clients, detect_pair_key(1, out->client_hash, verified));
	namehash_fill(&out->name, &d->key, qname);
	seen_prefetch(d->seen, out->name.suffix[out->name.count]);
	out->zone_labels = suffix_zone_labels(d->suffix, &out->name, &out->kind);
	out->platform_labels =
	    out->kind == SUFFIX_OWNER
		? suffix_platform_labels(d->suffix, &out->name, out->zone_labels)
		: 0;
	zone_key = out->name.suffix[out->zone_labels];
	zones_prefetch(d->zones, zone_key);
	pairs_prefetch(
	    d->pairs, zone_key, detect_pair_key(zone_key, out->client_hash, verified));
	cost_prefetch(&out->name, out->zone_labels, d->seen);
	if (out->name.count >= out->zone_labels + 2) /* is it a name known by itself? */
		seen_prefetch(d->seen, namehash_left_of(&out->name, out->zone_labels));
	out->budget = budget_of(conf, qname);
}

void
inquiry_look(struct inquiry *in, const struct detect_look *look, struct detect_look *own)
{
	if (look == NULL) {
		detect_look(in->d, in->conf, in->client, in->verified, in->qname, own);
		look = own;
	}
	in->name = &look->name;
	in->client_hash = look->client_hash;
	in->zone_labels = look->zone_labels;
	in->platform_labels = look->platform_labels;
	in->kind = look->kind;
	in->budget = look->budget;
}

bool
inquiry_has_underscore(const struct namehash *h)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->name[h->at[i]] != 0 && h->name[h->at[i] + 1] == '_')
			return true;
	return false;
}

/* Where "this top-level domain gives answers" is remembered. */
uint64_t
inquiry_exists_key(const struct inquiry *in)
{
	return namehash_mix(in->name->suffix[1], 2);
}

/*
 * A top-level domain that does not exist has no servers: nobody receives what is asked
 * there, and NXDOMAIN for all of it is soon in the cache (RFC 8020). Once recursion knows
 * a delegation there, or data has come from there, it exists, whatever the list says.
 */
bool
inquiry_nobody_receives(const struct inquiry *in, const uint8_t *cut)
{
	if (in->kind != SUFFIX_UNKNOWN || (cut != NULL && cut[0] != 0))
		return false;
	return !seen_find(in->d->seen, inquiry_exists_key(in), in->half_hour).found;
}

/* From what was decided to what the caller is told. */
void
inquiry_verdict_close(
    struct inquiry *in, const struct decision *dec, struct detect_verdict *out)
{
	static const enum tally tallies[] = { [DETECT_PASS] = TALLY_PASSED,
		[DETECT_HOLD] = TALLY_HELD,
		[DETECT_SINKHOLE] = TALLY_SINKHOLED,
		[DETECT_REFUSE] = TALLY_REFUSED,
		[DETECT_THROTTLE] = TALLY_THROTTLED,
		[DETECT_TRUNCATE] = TALLY_CHALLENGED };

	if (dec->action != DETECT_PASS && level_spares(in, dec)) {
		detect_tally(in->d, TALLY_SHADOWED, 1);
		return;
	}
	detect_tally(in->d, tallies[dec->action], 1);
	if (dec->action == DETECT_PASS)
		return;
	out->action = dec->action;
	out->ede_code = dec->ede_code;
	detect_ref_text(&dec->event, out->event_id);
}

/* How deep a known zone cut lies between the owner's zone and the name; 0: there is none.
 */
unsigned
inquiry_cut_labels(
    const struct inquiry *in, const struct level *owner, const uint8_t *cut)
{
	unsigned labels;

	if (cut == NULL || !dname_is_below(in->qname, cut))
		return 0;
	labels = dname_labels(cut);
	return labels > owner->zone_labels ? labels : 0;
}

/* As for a service that is asked for names of one's own (doc/detection.md, section 3). */
#define PLATFORM_BUDGET 20.0f

bool
inquiry_of_platform(const struct inquiry *in, const uint8_t *cut, struct inquiry *whole)
{
	if (in->platform_labels == 0 || (cut != NULL && dname_is_below(in->qname, cut) &&
					    dname_labels(cut) >= in->zone_labels))
		return false;
	*whole = *in;
	/* The marks are looked for in the tenant's names. */
	whole->signature = whole->likely = NULL;
	if (whole->budget < PLATFORM_BUDGET)
		whole->budget = PLATFORM_BUDGET;
	return true;
}
