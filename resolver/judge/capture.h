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
/** capture_first(bytes, len, first_ms): the time of the first packet, from a file's first
 * bytes; false: none, or pcapng without libpcap. */
bool capture_first(const uint8_t *bytes, size_t len, int64_t *first_ms);

struct capture_count {
	uint64_t packets;
	uint64_t cut; /* as packets_cut */
};

/** capture_read(s, fn, ctx, count, error): every packet of the rest of ${s}; counts
 * them in ${*count}. False with a text in ${error}; what came before it was handed out.
 */
bool capture_read(struct stream *s, packets_fn *fn, void *ctx,
    struct capture_count *count, char error[CAPTURE_ERROR_MAX]);

#endif
