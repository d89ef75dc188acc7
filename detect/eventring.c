#include "detect/eventring.h"

#include <string.h>

/* A record: this head, the evidence, then the bytes of names and texts; all of it a
 * multiple of eight. A record of no bytes says: go on at the start. */
struct head {
	uint16_t bytes; /* of the whole record */
	uint16_t qtype;
	uint8_t evidence_count, action;
	uint8_t qname_len, zone_len, group_len, detail_len;
	uint32_t for_sec;
	char id[EVENT_ID_MAX];
	int64_t wall_ms;
	uint64_t leaked_up_bytes, leaked_down_bytes;
	double score;
	const char *reason;
	struct addr client;
};

struct figure {
	const char *name;
	float value, weight;
};

#define RECORD_MAX                                                                       \
	(sizeof(struct head) + EVENT_EVIDENCE_MAX * sizeof(struct figure) +              \
	    2 * DNAME_MAX + sizeof(((struct event *)0)->group) +                         \
	    sizeof(((struct event *)0)->detail) + 8)
_Static_assert(RECORD_MAX < UINT16_MAX && RECORD_MAX * 4 < EVENTRING_BYTES, "room");

static size_t
record_bytes(const struct head *h)
{
	size_t n = sizeof(*h) + h->evidence_count * sizeof(struct figure) + h->qname_len +
		   h->zone_len + h->group_len + h->detail_len;

	return (n + 7) & ~(size_t)7;
}

static void
head_of(const struct event *e, struct head *h)
{
	memset(h, 0, sizeof(*h));
	h->qtype = e->qtype;
	h->action = (uint8_t)e->action;
	h->evidence_count =
	    (uint8_t)(e->evidence_count < EVENT_EVIDENCE_MAX ? e->evidence_count
							     : EVENT_EVIDENCE_MAX);
	h->qname_len = e->qname.len;
	h->zone_len = e->zone.len;
	h->group_len = (uint8_t)strnlen(e->group, sizeof(e->group) - 1);
	h->detail_len = (uint8_t)strnlen(e->detail, sizeof(e->detail) - 1);
	h->for_sec = e->for_sec;
	memcpy(h->id, e->id, sizeof(h->id));
	h->wall_ms = e->wall_ms;
	h->leaked_up_bytes = e->leaked_up_bytes;
	h->leaked_down_bytes = e->leaked_down_bytes;
	h->score = e->score;
	h->reason = e->reason;
	h->client = e->client;
	h->bytes = (uint16_t)record_bytes(h);
}

static uint8_t *
put_bytes(uint8_t *at, const void *from, size_t len)
{
	memcpy(at, from, len);
	return at + len;
}

static void
write_record(uint8_t *at, const struct head *h, const struct event *e)
{
	at = put_bytes(at, h, sizeof(*h));
	for (unsigned i = 0; i < h->evidence_count; i++) {
		struct figure f = { e->evidence[i].name, (float)e->evidence[i].value,
			(float)e->evidence[i].weight };

		at = put_bytes(at, &f, sizeof(f));
	}
	at = put_bytes(at, e->qname.bytes, h->qname_len);
	at = put_bytes(at, e->zone.bytes, h->zone_len);
	at = put_bytes(at, e->group, h->group_len);
	(void)put_bytes(at, e->detail, h->detail_len);
}

static const uint8_t *
take_bytes(const uint8_t *at, void *to, size_t len)
{
	memcpy(to, at, len);
	return at + len;
}

static void
read_record(const uint8_t *at, struct event *e)
{
	struct head h;

	memset(e, 0, sizeof(*e));
	at = take_bytes(at, &h, sizeof(h));
	memcpy(e->id, h.id, sizeof(e->id));
	e->wall_ms = h.wall_ms;
	e->action = (enum event_action)h.action;
	e->client = h.client;
	e->qtype = h.qtype;
	e->reason = h.reason;
	e->score = h.score;
	e->evidence_count = h.evidence_count;
	e->leaked_up_bytes = h.leaked_up_bytes;
	e->leaked_down_bytes = h.leaked_down_bytes;
	e->for_sec = h.for_sec;
	for (unsigned i = 0; i < h.evidence_count; i++) {
		struct figure f;

		at = take_bytes(at, &f, sizeof(f));
		e->evidence[i] =
		    (struct event_evidence){ f.name, (double)f.value, (double)f.weight };
	}
	e->qname.len = h.qname_len;
	at = take_bytes(at, e->qname.bytes, h.qname_len);
	e->zone.len = h.zone_len;
	at = take_bytes(at, e->zone.bytes, h.zone_len);
	at = take_bytes(at, e->group, h.group_len);
	(void)take_bytes(at, e->detail, h.detail_len);
}

static uint16_t
bytes_at(const struct eventring *r, uint32_t at)
{
	uint16_t bytes = 0;

	if (at + sizeof(bytes) <= EVENTRING_BYTES)
		memcpy(&bytes, r->bytes + at, sizeof(bytes));
	return bytes;
}

/* Where the record that begins at ${at}, or after the seam, really begins. */
static uint32_t
seam(const struct eventring *r, uint32_t at)
{
	return bytes_at(r, at) == 0 ? 0 : at;
}

static void
drop_oldest(struct eventring *r)
{
	r->oldest = seam(r, r->oldest);
	r->oldest += bytes_at(r, r->oldest);
	if (--r->count == 0)
		r->oldest = r->next = 0;
}

/* The oldest record lies within the ${bytes} from ${at} on. */
static bool
oldest_is_within(const struct eventring *r, uint32_t at, uint32_t bytes)
{
	uint32_t oldest = seam(r, r->oldest);

	return r->count != 0 && oldest >= at && oldest < at + bytes;
}

void
eventring_put(struct eventring *r, const struct event *e)
{
	struct head h;

	head_of(e, &h);
	if (r->next + h.bytes > EVENTRING_BYTES) {
		while (oldest_is_within(r, r->next, EVENTRING_BYTES - r->next))
			drop_oldest(r);
		if (r->next + sizeof(uint16_t) <= EVENTRING_BYTES)
			memset(r->bytes + r->next, 0, sizeof(uint16_t));
		r->next = 0;
	}
	while (oldest_is_within(r, r->next, h.bytes))
		drop_oldest(r);
	write_record(r->bytes + r->next, &h, e);
	if (r->count++ == 0)
		r->oldest = r->next;
	r->next += h.bytes;
}

void
eventring_each(
    const struct eventring *r, bool (*fn)(void *ctx, const struct event *e), void *ctx)
{
	uint32_t at = r->oldest;
	struct event e;

	for (uint32_t n = 0; n < r->count; n++) {
		at = seam(r, at);
		read_record(r->bytes + at, &e);
		if (!fn(ctx, &e))
			return;
		at += bytes_at(r, at);
	}
}

bool
eventring_find(const struct eventring *r, const char *id, struct event *out)
{
	uint32_t at = r->oldest;

	for (uint32_t n = 0; n < r->count; n++) {
		at = seam(r, at);
		if (strcmp((const char *)r->bytes + at + offsetof(struct head, id), id) ==
		    0) {
			read_record(r->bytes + at, out);
			return true;
		}
		at += bytes_at(r, at);
	}
	return false;
}
