#include "base/dns.h"
#include "resolver/ops/trust_private.h"

static json_t *
time_json(int64_t sec)
{
	char text[CLOCK_TEXT_MAX];

	return sec == 0 ? json_null() : json_string(clock_text(sec * 1000, text));
}

static json_t *
key_json(const struct rollover_key *k)
{
	return json_pack("{s:i, s:i, s:s, s:o, s:o, s:o}", "tag", (int)k->tag,
	    "algorithm", (int)k->rdata[3], "state",
	    rollover_state_text((enum rollover_state)k->state), "since",
	    time_json(k->since_sec), "seen", time_json(k->seen_sec), "trusted_from",
	    time_json(k->state == ROLLOVER_ADDPEND ? k->since_sec + k->hold_sec : 0));
}

/* A DS set that does not change: what is told of each record. */
static json_t *
fixed_keys(const struct rrset *set, const char *state)
{
	json_t *list = json_array();

	for (size_t i = 0; i < set->count; i++)
		if (set->rdata[i].len > 3)
			json_array_append_new(list,
			    json_pack("{s:i, s:i, s:s}", "tag",
				set->rdata[i].bytes[0] << 8 | set->rdata[i].bytes[1],
				"algorithm", (int)set->rdata[i].bytes[2], "state",
				state));
	return list;
}

static json_t *
point_json(const struct trust *t, const struct rollover *r)
{
	const struct rrset *seeds = trust_seeds(t, r->zone.bytes);
	char zone[DNAME_TEXT_MAX];
	json_t *keys = json_array();

	for (unsigned i = 0; i < r->key_count; i++)
		json_array_append_new(keys, key_json(&r->keys[i]));
	if (r->success_sec == 0 && r->key_count == 0 && seeds != NULL) {
		json_decref(keys);
		keys = fixed_keys(seeds, "configured");
	}
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:o}", "zone",
	    dname_to_text(r->zone.bytes, zone), "kind", "rolling", "next",
	    time_json(r->next_sec), "tried", time_json(r->tried_sec), "success",
	    time_json(r->success_sec), "failures", (json_int_t)r->failures, "keys", keys);
}

static void
add_fixed(json_t *list, const struct rrset *sets)
{
	char zone[DNAME_TEXT_MAX];

	for (; sets != NULL; sets = sets->next)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:o}", "zone", dname_to_text(sets->owner, zone),
			"kind", "static", "keys", fixed_keys(sets, "static")));
}

json_t *
trust_points_json(const struct trust *t)
{
	bool rolls = t->keeps && t->conf->trust_anchor_rollover;
	json_t *list = json_array();

	for (size_t i = 0; rolls && i < t->point_count; i++)
		json_array_append_new(list, point_json(t, &t->points[i]->r));
	if (!rolls)
		add_fixed(list, t->conf->rolling_anchors);
	add_fixed(list, t->conf->trust_anchors);
	return list;
}

json_t *
trust_negative_json(const struct trust *t)
{
	int64_t now_sec = trust_now_sec(t);
	json_t *list = json_array();
	char name[DNAME_TEXT_MAX];

	for (size_t i = 0; i < negative_count(t->negative); i++) {
		const struct negative_anchor *a = negative_at(t->negative, i);
		int64_t left = a->until_sec == 0 ? 0 : a->until_sec - now_sec;

		if (!negative_in_force(a, now_sec))
			continue;
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:o, s:o, s:I, s:s}", "name",
			      dname_to_text(a->name.bytes, name), "origin",
			      a->private_zone ? "private zone"
			      : a->configured ? "configuration"
					      : "operator",
			      "since", time_json(a->since_sec), "until",
			      time_json(a->until_sec), "left_sec", (json_int_t)left,
			      "reason", a->reason));
	}
	return list;
}
