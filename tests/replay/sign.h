#ifndef REPLAY_SIGN_H
#define REPLAY_SIGN_H

#include "tests/replay/script.h"

/*
 * Signed zones: what the scenario marks "signed" gets a key, NSEC and RRSIG by ldns, its
 * parent the DS; the root's goes into the configuration, with validation on and as of
 * SIGN_TIME.
 */

#define SIGN_TIME 1700000000u
#define SIGN_HALF 86400u /* signatures hold for a day before and after */

/** sign_world(s): after the script was read; false: ldns failed. */
bool sign_world(struct script *s);

#endif
