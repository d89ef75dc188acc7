#ifndef REPLAY_EDIT_H
#define REPLAY_EDIT_H

#include "tests/replay/script.h"

/*
 * What a scenario does to signed zones after they were signed: "break" and "forge".
 */

/** edit_break(e, z): one edit of a set of ${z}; false: there is no such set or signature.
 */
bool edit_break(const struct edit *e, struct zone *z);
/** edit_remove(z, owner, type, sigs_only): that set with its RRSIGs, or them alone. */
void edit_remove(struct zone *z, const uint8_t *owner, uint16_t type, bool sigs_only);

#endif
