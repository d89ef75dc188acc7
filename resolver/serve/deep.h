#ifndef SERVE_DEEP_H
#define SERVE_DEEP_H

#include "resolver/serve/context.h"

/*
 * The depth of the pipeline: what only a question passes that the answer cache
 * could not settle. A table of named stages; each answers the question or passes it on.
 *
 *   1. meta     types and classes that are no data: REFUSED, NOTIMP; the minimal
 *               form of ANY (RFC 8482)
 *   2. local    own data, special-use names, private reverse zones
 *   3. policy   block and allow lists
 *   4. words    what operators said at run time (sekishoctl block)
 *   5. cached   RD=0 goes no further: what the caches have where that is allowed, an
 *               alias of our own by itself, else REFUSED
 *   6. types    refused by policy, where detection, which tells of it, is off
 *   7. judge    detection: charged, and held, sinkholed or refused
 *   8. resolve  joins an equal question in flight, or starts one
 */

/** deep_question(w, r): takes ${r} to its end: it was answered, dropped and counted, or
 * waits in a job. */
void deep_question(struct worker *w, struct request *r);

/** deep_recheck(w, r): may a cached answer for ${r} flow under the present policy and
 * verdicts? */
bool deep_recheck(struct worker *w, struct request *r);

/**
 * deep_judge_answer(w, r, a, zone, authority): what came down for ${r}, before it gets
 * it. True: it may have it. False: it was answered with the sinkhole.
 */
bool deep_judge_answer(struct worker *w, struct request *r, const struct answer *a,
    const uint8_t *cut, const struct addr *authority);

/** deep_judge_renewal(w, r, ...): the same for an answer that nobody waits for: whoever
 * caused it by a hit will get it with the next. False: it must not be kept. */
bool deep_judge_renewal(struct worker *w, struct request *r, const struct answer *a,
    const uint8_t *cut, const struct addr *authority);

#endif
