#include "resolver/judge/segments.h"

#include <stdlib.h>
#include <string.h>

#define FLOWS	    1024u
#define WAYS	    4u
#define BYTES_MAX   (8u << 20)
#define MESSAGE_MAX (2u + 65535u)
#define HEADER_LEN  12u
#define GROW	    4096u

struct flow {
	uint64_t key; /* 0: free */
	uint32_t next;
	bool lost; /* no message began where one was expected: until the next SYN */
	uint32_t used;
	size_t have, cap;
	uint8_t *bytes;
};

struct segments {
	size_t total;
	uint32_t turn;
	struct flow flows[FLOWS];
};

struct segments *
segments_new(void)
{
	return calloc(1, sizeof(struct segments));
}

static void
flow_clear(struct segments *s, struct flow *f)
{
	s->total -= f->cap;
	free(f->bytes);
	*f = (struct flow){ 0 };
}

void
segments_free(struct segments *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < FLOWS; i++)
		free(s->flows[i].bytes);
	free(s);
}

/* The flow, or the place of one that was not used for longest. */
static struct flow *
flow_of(struct segments *s, const struct segment *in)
{
	struct flow *set = &s->flows[in->flow % (FLOWS / WAYS) * WAYS], *oldest = set;
	uint64_t key = in->flow | 1;

	s->turn++;
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key) {
			set[i].used = s->turn;
			return &set[i];
		}
		if (s->turn - set[i].used > s->turn - oldest->used)
			oldest = &set[i];
	}
	flow_clear(s, oldest);
	*oldest = (struct flow){ .key = key, .next = in->seq, .used = s->turn };
	return oldest;
}

static bool
append(struct segments *s, struct flow *f, const uint8_t *bytes, size_t len)
{
	if (f->have + len > f->cap) {
		size_t cap = (f->have + len + GROW) / GROW * GROW;
		uint8_t *more;

		if (s->total - f->cap + cap > BYTES_MAX ||
		    (more = realloc(f->bytes, cap)) == NULL)
			return false;
		s->total += cap - f->cap;
		f->bytes = more;
		f->cap = cap;
	}
	memcpy(f->bytes + f->have, bytes, len);
	f->have += len;
	return true;
}

/* Hands out what is whole; false: this was no DNS. */
static bool
deliver(struct flow *f, segments_fn *fn, void *ctx)
{
	size_t at = 0;

	while (f->have - at >= 2) {
		size_t len = (size_t)f->bytes[at] << 8 | f->bytes[at + 1];

		if (len < HEADER_LEN)
			return false;
		if (f->have - at < 2 + len)
			break;
		fn(ctx, f->bytes + at + 2, len);
		at += 2 + len;
	}
	if (at > 0)
		memmove(f->bytes, f->bytes + at, f->have - at);
	f->have -= at;
	return true;
}

static void
take(struct segments *s, struct flow *f, const struct segment *in, segments_fn *fn,
    void *ctx)
{
	int32_t ahead = (int32_t)(in->seq - f->next);
	size_t skip = 0;

	if (ahead < 0) {
		skip = (size_t)(-(int64_t)ahead);
		if (skip >= in->len)
			return;
	} else if (ahead > 0) {
		f->have = 0;
	}
	f->next = in->seq + (uint32_t)in->len;
	if (!append(s, f, in->bytes + skip, in->len - skip) || !deliver(f, fn, ctx)) {
		f->have = 0;
		f->lost = true;
	}
}

void
segments_feed(struct segments *s, const struct segment *in, segments_fn *fn, void *ctx)
{
	struct flow *f;

	if (in->len == 0 && !in->syn && !in->end)
		return;
	f = flow_of(s, in);
	if (in->syn) {
		f->have = 0;
		f->lost = false;
		f->next = in->seq + 1;
	}
	if (in->len > 0 && !in->syn && !f->lost)
		take(s, f, in, fn, ctx);
	if (in->end)
		flow_clear(s, f);
}
