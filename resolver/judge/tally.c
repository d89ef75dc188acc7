#include "resolver/judge/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigmem.h"
#include "conf/listfile.h"

#define ZONE_SLOTS	(TALLY_ZONES_MAX * 2)
#define PROBES		16u
#define BUCKET_FIRST_MS 1000
#define FACTOR_MIN	2u
#define FACTOR_RESERVE	2u /* tomorrow brings more than today */

static const struct hashkey key = { 0x7a11, 0xf1d0 };

struct tally *
tally_new(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->bucket_ms = BUCKET_FIRST_MS;
	t->zones = calloc(TALLY_ZONES_MAX, sizeof(*t->zones));
	t->zone_slots = calloc(ZONE_SLOTS, sizeof(*t->zone_slots));
	t->labels = calloc(TALLY_LABELS_MAX, sizeof(*t->labels));
	t->report = calloc(TALLY_REPORTS_MAX, sizeof(*t->report));
	t->client = bigmem_new(TALLY_CLIENTS_SLOTS * sizeof(*t->client));
	t->suffixes = bigmem_new(TALLY_SUFFIX_SLOTS * sizeof(*t->suffixes));
	if (t->zones != NULL && t->zone_slots != NULL && t->labels != NULL &&
	    t->report != NULL && t->client != NULL && t->suffixes != NULL)
		return t;
	tally_free(t);
	return NULL;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	free(t->suffixes);
	free(t->client);
	free(t->report);
	free(t->labels);
	free(t->zone_slots);
	free(t->zones);
	free(t->files);
	free(t);
}

/* The question was not answered as it would have been. */
static bool
stops_question(enum trial_outcome o)
{
	return o == TRIAL_REFUSED || o == TRIAL_HELD || o == TRIAL_SINKHOLED ||
	       o == TRIAL_THROTTLED;
}

/* ---- time ---- */

static void
halve_timeline(struct tally *t)
{
	for (unsigned i = 0; i < TALLY_BUCKETS_MAX / 2; i++) {
		struct tally_bucket *a = &t->buckets[i * 2], *b = a + 1;

		t->buckets[i] = (struct tally_bucket){ a->questions + b->questions,
			a->misses + b->misses, a->stopped + b->stopped };
	}
	memset(&t->buckets[TALLY_BUCKETS_MAX / 2], 0,
	    (TALLY_BUCKETS_MAX / 2) * sizeof(t->buckets[0]));
	t->bucket_ms *= 2;
	t->bucket_count = (t->bucket_count + 1) / 2;
}

static struct tally_bucket *
bucket_at(struct tally *t, int64_t wall_ms)
{
	int64_t at;

	if (!t->has_time) {
		t->has_time = true;
		t->begin_ms = t->end_ms = wall_ms;
	}
	if (wall_ms > t->end_ms)
		t->end_ms = wall_ms;
	if (t->bucket != NULL && wall_ms >= t->bucket_from_ms &&
	    wall_ms - t->bucket_from_ms < t->bucket_ms)
		return t->bucket;
	at = wall_ms < t->begin_ms ? 0 : wall_ms - t->begin_ms;
	while (at / t->bucket_ms >= (int64_t)TALLY_BUCKETS_MAX)
		halve_timeline(t);
	at /= t->bucket_ms;
	if (at >= t->bucket_count)
		t->bucket_count = (unsigned)at + 1;
	t->bucket_from_ms = t->begin_ms + at * t->bucket_ms;
	return t->bucket = &t->buckets[at];
}

/* ---- clients ---- */

/* The key of the registered domain. */
static uint64_t
registered(const struct detect_look *look)
{
	return look->name.suffix[look->zone_labels] | 1;
}

static uint64_t
client_key(const struct record *r)
{
	uint32_t v4;

	if (r->client_key != 0)
		return r->client_key;
	if (r->client.family != ADDR_V4)
		return addr_hash(&key, &r->client) | 1;
	memcpy(&v4, r->client.bytes, sizeof(v4));
	return namehash_mix(key.k0, v4) | 1;
}

void
tally_hint(const struct tally *t, struct record *r)
{
	r->client_key = client_key(r);
	__builtin_prefetch(&t->client[r->client_key % TALLY_CLIENTS_SLOTS], 1);
	if (r->look != NULL)
		__builtin_prefetch(
		    &t->suffixes[registered(r->look) % TALLY_SUFFIX_SLOTS], 1);
}

static struct tally_client *
client_of(struct tally *t, const struct record *r)
{
	uint64_t hash = client_key(r);

	for (unsigned i = 0; i < PROBES; i++) {
		struct tally_client *c = &t->client[(hash + i) % TALLY_CLIENTS_SLOTS];

		if (c->hash == 0) {
			c->hash = hash;
			t->clients++;
		}
		if (c->hash == hash)
			return c;
	}
	t->clients_lost++;
	return NULL;
}

/* ---- zones ---- */

static uint16_t *
zone_slot(struct tally *t, const uint8_t *name)
{
	size_t i = dname_hash(&key, name) % ZONE_SLOTS;

	while (t->zone_slots[i] != 0 &&
	       !dname_equal(t->zones[t->zone_slots[i] - 1].event.zone.bytes, name))
		i = (i + 1) % ZONE_SLOTS;
	return &t->zone_slots[i];
}

/* The deepest stopped zone at or above a name. */
static struct tally_zone *
zone_above(struct tally *t, const uint8_t *name)
{
	for (; t->zone_count > 0 && *name != 0; name = dname_parent(name)) {
		uint16_t *slot = zone_slot(t, name);

		if (*slot != 0)
			return &t->zones[*slot - 1];
	}
	return NULL;
}

static uint64_t
misses_of(const struct tally *t, uint64_t hash)
{
	for (unsigned i = 0; i < PROBES; i++) {
		const struct tally_suffix *s =
		    &t->suffixes[(hash + i) % TALLY_SUFFIX_SLOTS];

		if (s->hash == hash)
			return s->misses;
	}
	return 0;
}

static void
count_miss(struct tally *t, uint64_t hash)
{
	for (unsigned i = 0; i < PROBES; i++) {
		struct tally_suffix *s = &t->suffixes[(hash + i) % TALLY_SUFFIX_SLOTS];

		if (s->hash != 0 && s->hash != hash)
			continue;
		s->hash = hash;
		s->misses++;
		return;
	}
}

/* Bytes of the labels left of the registered domain: what a tunnel may have used. */
static double
left_bytes(const struct detect_look *look)
{
	unsigned left = look->name.count - look->zone_labels;

	return look->name.at[left] - left;
}

static void
zone_stopped(struct tally *t, const struct record *r, const struct event *e,
    struct tally_label *label, uint64_t misses)
{
	uint16_t *slot = zone_slot(t, e->zone.bytes);
	struct tally_client *c;
	struct tally_zone *z;

	if (*slot != 0) {
		z = &t->zones[*slot - 1];
		if (e->action == EVENT_SINKHOLE)
			z->worst = EVENT_SINKHOLE;
		return;
	}
	if (label != NULL)
		label->zones++;
	if (t->zone_count == TALLY_ZONES_MAX) {
		t->zones_lost++;
		return;
	}
	z = &t->zones[t->zone_count++];
	*z = (struct tally_zone){ .event = *e,
		.worst = e->action,
		.at_question = t->questions,
		.at_zone_miss = misses,
		.cause = r->client };
	if ((c = client_of(t, r)) != NULL)
		c->caused = true;
	memcpy(z->label, r->label, sizeof(z->label));
	*slot = (uint16_t)t->zone_count;
}

static struct tally_zone_client *
zone_client(struct tally_zone *z, uint64_t hash)
{
	for (unsigned i = 0; i < z->client_count; i++)
		if (z->clients[i].hash == hash)
			return &z->clients[i];
	if (z->client_count == TALLY_ZONE_CLIENTS)
		return NULL;
	z->clients[z->client_count] = (struct tally_zone_client){ .hash = hash };
	return &z->clients[z->client_count++];
}

static void
zone_question(
    struct tally *t, const struct record *r, double name_bytes, struct tally_client *who)
{
	struct tally_zone *z = zone_above(t, r->qname.bytes);
	uint32_t name = (uint32_t)dname_hash(&key, r->qname.bytes);
	struct tally_zone_client *c;

	if (z == NULL)
		return;
	z->stopped++;
	if (!addr_same_host(&z->cause, &r->client)) {
		z->stopped_others++;
		if (who != NULL && !who->harmed && !who->caused) {
			who->harmed = true;
			t->clients_harmed++;
		}
	}
	c = zone_client(z, addr_hash(&key, &r->client));
	if (c == NULL || c->last_name == name)
		return;
	c->last_name = name;
	c->bytes += (uint32_t)name_bytes;
}

unsigned
tally_factor(const struct tally *t, const struct tally_zone *z)
{
	uint64_t most = 0, factor;

	for (unsigned i = 0; i < z->client_count; i++)
		if (z->clients[i].bytes > most)
			most = z->clients[i].bytes;
	if (t->budget_bytes == 0)
		return FACTOR_MIN;
	factor =
	    ((most + z->event.leaked_up_bytes) * FACTOR_RESERVE + t->budget_bytes - 1) /
	    t->budget_bytes;
	return factor < FACTOR_MIN	      ? FACTOR_MIN
	       : factor > LISTFILE_FACTOR_MAX ? LISTFILE_FACTOR_MAX
					      : (unsigned)factor;
}

static int
more_stopped(const void *a, const void *b)
{
	const struct tally_zone *x = *(const struct tally_zone *const *)a;
	const struct tally_zone *y = *(const struct tally_zone *const *)b;

	if (x->stopped != y->stopped)
		return x->stopped < y->stopped ? 1 : -1;
	return x->at_question < y->at_question ? -1 : x->at_question > y->at_question;
}

const struct tally_zone **
tally_zones(const struct tally *t)
{
	const struct tally_zone **list = NULL;

	if (t->zone_count > 0)
		list = calloc(t->zone_count, sizeof(*list));
	if (list == NULL)
		return NULL;
	for (unsigned i = 0; i < t->zone_count; i++)
		list[i] = &t->zones[i];
	qsort(list, t->zone_count, sizeof(*list), more_stopped);
	return list;
}

/* ---- events ---- */

static void
count_reason(struct tally *t, const struct event *e)
{
	struct tally_reason *r = t->reasons;

	for (unsigned i = 0; i < t->reason_count; i++, r++)
		if (r->action == e->action && strcmp(r->reason, e->reason) == 0) {
			r->events++;
			return;
		}
	if (t->reason_count < TALLY_REASONS_MAX) {
		*r = (struct tally_reason){ e->action, e->reason, 1 };
		t->reason_count++;
	}
}

static void
take_event(struct tally *t, const struct record *r, const struct event *e,
    struct tally_label *label, uint64_t misses)
{
	count_reason(t, e);
	if (e->action == EVENT_HOLD || e->action == EVENT_SINKHOLE)
		zone_stopped(t, r, e, label, misses);
	if (e->action != EVENT_OBSERVE)
		return;
	t->reports++;
	if (t->report_count < TALLY_REPORTS_MAX)
		t->report[t->report_count++] = *e;
}

/* ---- labels ---- */

static struct tally_label *
label_of(struct tally *t, const struct record *r)
{
	struct tally_label *l = &t->labels[t->last_label];

	if (r->label[0] == '\0')
		return NULL;
	t->labelled = true;
	if (strcmp(l->name, r->label) == 0)
		return l;
	for (unsigned i = 0; i < t->label_count; i++)
		if (strcmp(t->labels[i].name, r->label) == 0) {
			t->last_label = i;
			return &t->labels[i];
		}
	if (t->label_count == TALLY_LABELS_MAX)
		return NULL;
	l = &t->labels[t->last_label = t->label_count++];
	memcpy(l->name, r->label, sizeof(l->name));
	l->benign = strncmp(l->name, "benign", 6) == 0;
	return l;
}

static void
count_label(struct tally_label *l, const struct record *r, const struct trial_step *s,
    double name_bytes)
{
	bool stops = stops_question(s->outcome);

	l->stopped += stops;
	l->refused += s->outcome == TRIAL_REFUSED;
	/* Throttled ones come again: no end of it. */
	if (stops && s->outcome != TRIAL_THROTTLED && l->first_stop == 0)
		l->first_stop = l->questions;
	if (s->outcome != TRIAL_PASSED)
		return;
	l->payload += r->payload_bytes;
	l->names += name_bytes;
	if (l->first_stop == 0) {
		l->payload_before += r->payload_bytes;
		l->names_before += name_bytes;
	}
}

/* ---- the whole ---- */

static void
count_stop(struct tally *t, const struct record *r, const struct trial_step *s,
    struct tally_bucket *b, double name_bytes)
{
	struct tally_client *c = client_of(t, r);

	t->stopped++;
	b->stopped++;
	t->on_answer += s->on_answer;
	if (t->first_stop == 0 && s->outcome != TRIAL_THROTTLED)
		t->first_stop = t->questions;
	if (c != NULL)
		t->clients_stopped += c->stopped++ == 0;
	zone_question(t, r, name_bytes, c);
}

void
tally_add(struct tally *t, const struct record *r, const struct trial_step *s)
{
	bool question = (r->parts & RECORD_QUESTION) != 0;
	struct tally_bucket *b = bucket_at(t, s->now.wall_ms);
	struct tally_label *l = label_of(t, r);
	double name_bytes = 0;
	uint64_t misses = 0, owner;

	if (question) {
		(void)client_of(t, r);
		t->questions++;
		b->questions++;
		t->challenged += s->challenged;
		if (l != NULL)
			l->questions++;
	}
	t->outcomes[s->outcome]++;
	if (s->outcome == TRIAL_HIT || s->outcome == TRIAL_LOCAL)
		return;
	if (s->look != NULL && (s->outcome != TRIAL_NOTED || s->event_count > 0)) {
		owner = registered(s->look);
		name_bytes = left_bytes(s->look);
		if (question) {
			b->misses++;
			count_miss(t, owner);
		}
		misses = misses_of(t, owner);
	}
	for (unsigned i = 0; i < s->event_count; i++)
		take_event(t, r, &s->events[i], l, misses);
	if (stops_question(s->outcome))
		count_stop(t, r, s, b, name_bytes);
	if (l != NULL)
		count_label(l, r, s, name_bytes);
}
