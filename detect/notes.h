#ifndef DETECT_NOTES_H
#define DETECT_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/dname.h"
#include "base/err.h"
#include "detect/eventring.h"
#include "detect/learn.h"
#include "detect/namehash.h"
#include "detect/state.h"

/*
 * What the tables are too terse for: the newest events whole, the names of zones that are
 * watched or stopped, and the operator's own words. All of fixed size, behind one lock of
 * its own that is taken last and held for a copy; nothing here is on the way of an
 * ordinary question.
 */

#define NOTES_WATCHES_MAX 1024u
#define NOTES_WORDS_MAX	  1024u

struct notes;

struct notes *notes_new(void);
void notes_free(struct notes *n);
size_t notes_bytes(void);

/* ---- events ---- */

/** notes_remember(n, e): copies. */
void notes_remember(struct notes *n, const struct event *e);
bool notes_recall(struct notes *n, const char *id, struct event *out);
void notes_each_event(
    struct notes *n, void (*fn)(void *ctx, const struct event *e), void *ctx);

/* ---- watches: a suspect zone, a held pair, a stopped zone ---- */

struct watch {
	uint64_t zone_key;  /* 0: free */
	uint64_t pair_key;  /* 0: the zone */
	uint8_t action;	    /* enum event_action: OBSERVE, HOLD, SINKHOLE */
	bool verified;	    /* the pair's client was */
	bool platform;	    /* level_set_platform */
	struct addr client; /* ADDR_NONE: everybody */
	struct dname zone;
	uint32_t until_sec; /* 0 for OBSERVE */
	uint32_t times;
	double score;
	struct event_ref event;
};
/** notes_watch(n, w): copies; takes the place of the same zone and pair, a free one, or
 * that which ends first. */
void notes_watch(struct notes *n, const struct watch *w);
/** notes_watch_at(n, place, out): a copy; false when ${place} is free or past the end.
 * For going through all of them. */
bool notes_watch_at(struct notes *n, size_t place, struct watch *out);
void notes_unwatch(struct notes *n, size_t place);

/* ---- what the learn period saw ---- */

/** notes_lesson(n, l): adds ${l} (one name, its client) to the lesson of its zone. */
void notes_lesson(struct notes *n, const struct lesson *l);
/** notes_lesson_at(n, place, out): a copy; false when free or past the end. */
bool notes_lesson_at(struct notes *n, size_t place, struct lesson *out);
MUST_USE enum err notes_write_lessons(
    struct notes *n, const struct learn_budget *b, FILE *out);

/* ---- the operator's own words at run time ---- */

struct word {
	bool used, block; /* block or allow */
	struct dname name;
	uint64_t hash;	   /* suffix hash of the name */
	uint64_t until_ms; /* monotonic; 0: for good */
	char event_id[EVENT_ID_MAX];
	char reason[160];
};
/** notes_word_put(n, w): copies; a word of the same name gives way. ERR_NOMEM when full.
 */
MUST_USE enum err notes_word_put(struct notes *n, const struct word *w);
/** notes_word_remove(n, hash): false when there was none. */
bool notes_word_remove(struct notes *n, uint64_t hash);
/** notes_word_find(n, h, now_ms, out, labels): the deepest word at or above the name of
 * ${h} and its depth. */
bool notes_word_find(struct notes *n, const struct namehash *h, uint64_t now_ms,
    struct word *out, unsigned *labels);
bool notes_word_at(struct notes *n, size_t place, struct word *out);
/** notes_expire(n, now_ms): drops what has ended; true when something had. One relaxed
 * load when nothing is due. */
bool notes_expire(struct notes *n, uint64_t now_ms);

#endif
