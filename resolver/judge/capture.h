#ifndef JUDGE_CAPTURE_H
#define JUDGE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "resolver/judge/packets.h"
#include "resolver/judge/stream.h"

/*
 * Captures as libpcap reads them. Without libpcap every capture is an error that says so.
 */

#define CAPTURE_ERROR_MAX 256u

/** capture_is(bytes, len): pcap or pcapng, by its first bytes. */
bool capture_is(const uint8_t *bytes, size_t len);
/** capture_read(s, fn, ctx, packets, error): every packet of the rest of ${s}; counts
 * them in ${*packets}. False with a text in ${error}; what came before it was handed
 * out. */
bool capture_read(struct stream *s, packets_fn *fn, void *ctx, uint64_t *packets,
    char error[CAPTURE_ERROR_MAX]);

#endif
