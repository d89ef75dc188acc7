#ifndef JUDGE_SEGMENTS_H
#define JUDGE_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * DNS messages out of TCP segments (RFC 1035 4.2.2), each direction of a connection by
 * itself, bounded in number and bytes. Segments are taken in order: what comes twice is
 * skipped; after a gap the next segment is taken for the beginning of a message.
 */

struct segments;

struct segment {
	uint64_t flow; /* a hash of addresses and ports, in this direction */
	uint32_t seq;
	bool syn, end; /* FIN or RST */
	const uint8_t *bytes;
	size_t len;
};

typedef void segments_fn(void *ctx, const uint8_t *message, size_t len);

/** segments_new(): NULL without memory. */
struct segments *segments_new(void);
void segments_free(struct segments *s);
/** segments_feed(s, in, fn, ctx): ${fn} gets each message that is now whole. */
void segments_feed(
    struct segments *s, const struct segment *in, segments_fn *fn, void *ctx);

#endif
