#ifndef SERVE_BLOCKLOG_H
#define SERVE_BLOCKLOG_H

#include "resolver/serve/context.h"

/*
 * Events of the block list, told once a while: a client that asks a blocked name a
 * hundred times a second makes one event a minute, and every answer carries that event's
 * id. A small fixed table, overwritten where two pairs meet; one for all workers and
 * locked inside, for the kernel spreads one client's questions over them.
 */
struct blocklog;

/** blocklog_new(key): copies ${key}. NULL without memory. */
struct blocklog *blocklog_new(const struct hashkey *key);
void blocklog_free(struct blocklog *b);
/** blocklog_bytes(): what one holds, from first to last. */
size_t blocklog_bytes(void);

/** blocklog_note(w, r, hit, id, e): ${id} is what explains this block. True: it is new,
 * ${e} is to be journaled. */
bool blocklog_note(struct worker *w, const struct request *r,
    const struct namelist_hit *hit, char id[EVENT_ID_MAX], struct event *e);

#endif
