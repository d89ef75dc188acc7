#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include "resolver/serve/context.h"

/*
 * The last step of every question: bytes into the client's socket, in the size
 * that the client bears, with OPT, EDE and counters.
 */

/** reply_error(w, r, rcode, flags, ede_code, text): no records; ${flags} FLAG_TC or 0.
 * With ${r->stranger} it is no longer than the question was: text, EDE and cookie give
 * way in that order. */
void reply_error(struct worker *w, const struct request *r, uint16_t rcode,
    uint16_t flags, int ede_code, const char *text);
/** reply_answer(w, r, a): renders ${a} and sends it; w->rendered tells of the whole
 * message in w->scratch (without OPT), for the answer cache. False when it could not be
 * rendered (the client got SERVFAIL). */
bool reply_answer(struct worker *w, const struct request *r, const struct answer *a);
/** reply_cached(w, r, info): looks ${r->key} up and answers if it is there and was
 * cleared under the present generation, or ${recheck} says it may flow. False: a miss. */
bool reply_cached(struct worker *w, struct request *r,
    bool (*recheck)(struct worker *, struct request *));

#endif
