#ifndef SERVE_DELIVER_H
#define SERVE_DELIVER_H

#include "resolver/iter/iter.h"
#include "resolver/serve/context.h"

/*
 * What has been resolved goes to a client: judged first, not too late, behind an own
 * CNAME if one led there; and as it was rendered into the cache of answers, for whoever
 * asks the same next.
 */

/** deliver_answer(w, r, a, facts): answers ${r} with ${a}, or as detection says, or not
 * at all when it is too late. What judgement learns is noted in ${r}. */
void deliver_answer(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts);

/** deliver_renewal(w, r, a, facts): nobody waits: ${a} is judged and rendered for the
 * cache alone. A ${r} without key, or behind an own CNAME, is nobody's. */
void deliver_renewal(struct worker *w, struct request *r, const struct answer *a,
    const struct iter_facts *facts);

/** deliver_recalled(w, r): ${r} wants nobody asked: what the cache has answers it, judged
 * as any answer is. False: nothing that would. */
bool deliver_recalled(struct worker *w, struct request *r);

#endif
