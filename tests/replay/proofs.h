#ifndef REPLAY_PROOFS_H
#define REPLAY_PROOFS_H

#include "tests/replay/world.h"

/*
 * What a signed zone sends to deny, by NSEC or NSEC3 as it has them: RFC 4035 3.1.3, RFC
 * 5155 7.2. Hashes come from ldns, so that nothing leans on the code under test.
 */

/** proofs_add(z, q, name, r): to ${r}'s authority section, when ${q} has DO: whatever
 * matches or covers ${name}, or what its closest encloser, next closer name and wildcard
 * need. */
void proofs_add(const struct zone *z, const struct world_query *q, const uint8_t *name,
    struct reply *r);

#define PROOFS_HASH_LEN 33u /* a label of 32 digits with its length */
/** proofs_hash(z, name, out): the label of ${name} in the NSEC3 ring of ${z}. */
void proofs_hash(const struct zone *z, const uint8_t *name, uint8_t out[PROOFS_HASH_LEN]);

#endif
