#ifndef DETECT_TELL_H
#define DETECT_TELL_H

#include "detect/level.h"

/*
 * Telling: from a decision to an event with its evidence, remembered for explain. The
 * level's lock is held.
 */

/* What a question with a mark, or on which a rule strikes, charges at least: two of them
 * fill an account. */
#define TELL_RULE_BYTES 310.0f

/** tell_verdict(in, l, dec, rule, out): fills ${out->event}; ${rule}: a mark or a rule on
 * this one question struck. */
void tell_verdict(struct inquiry *in, struct level *l, const struct decision *dec,
    bool rule, struct detect_verdict *out);
/** tell_fill(e, in, l, dec): all but the evidence. */
void tell_fill(
    struct event *e, struct inquiry *in, struct level *l, const struct decision *dec);
/** tell_evidence(e, name, value, weight): one more; the score is the sum of the weights.
 */
void tell_evidence(struct event *e, const char *name, double value, double weight);

/** tell_done(in, out): ${out->event} is whole: remembered and counted. */
void tell_done(struct inquiry *in, struct detect_verdict *out);

#endif
