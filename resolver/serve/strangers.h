#ifndef SERVE_STRANGERS_H
#define SERVE_STRANGERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/siphash.h"

/*
 * Error replies to addresses that are nobody's client. Whoever forges a source lets us
 * answer its owner; so an error by UDP is never longer than what asked for it (reply.h),
 * and one network gets only so many a second.
 *
 * A fixed table of token buckets by keyed hash of the network, one for all workers and
 * locked inside (nobody takes these locks for a client's question); two networks in one
 * place share its bucket, so that the worst of a full table is silence.
 */
struct strangers;

/** strangers_new(key): copies ${key}. NULL without memory. */
struct strangers *strangers_new(const struct hashkey *key);
void strangers_free(struct strangers *s);
/** strangers_bytes(): all that one will ever take. */
size_t strangers_bytes(void);
/** strangers_may_hear(s, from, rate_qps, now_ms): one error more for the network of
 * ${from} (/24, /56); ${rate_qps} 0: never. */
bool strangers_may_hear(
    struct strangers *s, const struct addr *from, uint32_t rate_qps, uint64_t now_ms);

#endif
