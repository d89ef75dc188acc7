#include "resolver/serve/blocklog.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pairs of client and listed name remembered; 64 bytes each. */
#define BLOCKLOG_SLOTS 4096u
/* One event a minute and pair: what a person reading the journal can bear. */
#define BLOCKLOG_QUIET_MS 60000u

/* Workers that block different pairs seldom wait for each other. */
#define BLOCKLOG_LOCKS 64u

struct slot {
	uint64_t hash;
	uint64_t told_ms; /* 0: never used */
	char id[EVENT_ID_MAX];
};

struct blocklog {
	struct hashkey key;
	pthread_mutex_t locks[BLOCKLOG_LOCKS];
	struct slot slots[BLOCKLOG_SLOTS]; /* each under the lock of its number */
};

struct blocklog *
blocklog_new(const struct hashkey *key)
{
	struct blocklog *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->key = *key;
	for (unsigned i = 0; i < BLOCKLOG_LOCKS; i++)
		pthread_mutex_init(&b->locks[i], NULL);
	return b;
}

size_t
blocklog_bytes(void)
{
	return sizeof(struct blocklog);
}

void
blocklog_free(struct blocklog *b)
{
	for (unsigned i = 0; b != NULL && i < BLOCKLOG_LOCKS; i++)
		pthread_mutex_destroy(&b->locks[i]);
	free(b);
}

static void
fill_event(struct worker *w, const struct request *r, const struct namelist_hit *hit,
    struct event *e)
{
	memset(e, 0, sizeof *e);
	e->action = EVENT_BLOCK;
	e->client = r->path.client;
	e->client.port = 0;
	snprintf(e->group, sizeof e->group, "%s", request_group(w, r)->name);
	dname_set(&e->qname, r->q.qname);
	e->qtype = r->q.qtype;
	dname_set(&e->zone, hit->name);
	e->reason = "block list";
	if (hit->file != NULL && hit->file[0] != '\0')
		snprintf(e->detail, sizeof e->detail, "%.140s:%u", hit->file, hit->line);
	detect_note(w->shared->detect, loop_now(w->loop), e);
}

bool
blocklog_note(struct worker *w, const struct request *r, const struct namelist_hit *hit,
    char id[EVENT_ID_MAX], struct event *e)
{
	struct blocklog *b = w->shared->blocks;
	struct addr host =
	    addr_mask(&r->path.client, 8 * (unsigned)addr_bytes_len(&r->path.client));
	uint64_t hash = dname_hash(&b->key, hit->name) ^ addr_hash(&b->key, &host);
	unsigned at = (unsigned)(hash % BLOCKLOG_SLOTS);
	struct slot *s = &b->slots[at];
	uint64_t now_ms = worker_now(w);

	pthread_mutex_lock(&b->locks[at % BLOCKLOG_LOCKS]);
	/* Another worker's clock may have been read a little later than ours. */
	bool told =
	    s->told_ms != 0 && s->hash == hash && now_ms < s->told_ms + BLOCKLOG_QUIET_MS;
	if (!told) {
		fill_event(w, r, hit, e);
		s->hash = hash;
		s->told_ms = now_ms;
		memcpy(s->id, e->id, sizeof s->id);
	}
	memcpy(id, s->id, EVENT_ID_MAX);
	pthread_mutex_unlock(&b->locks[at % BLOCKLOG_LOCKS]);
	return !told;
}
