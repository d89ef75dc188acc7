#ifndef JUDGE_FRAGMENTS_H
#define JUDGE_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * IP datagrams out of their fragments (RFC 791 3.2, RFC 8200 4.5), in any order, bounded
 * in number and bytes. What comes twice overwrites: a capture is no place to defend
 * against overlaps, and its reader takes any bytes. A datagram that stays incomplete
 * gives way to newer ones.
 */

struct fragments;

struct fragment {
	uint64_t datagram; /* a hash of addresses, protocol and identification */
	size_t offset;	   /* of its payload; in bytes, of eights */
	bool more;	   /* others follow behind it */
	const uint8_t *bytes;
	size_t len;
};

/** fragments_new(): NULL without memory. */
struct fragments *fragments_new(void);
void fragments_free(struct fragments *f);
/** fragments_feed(f, in, len): the whole payload, once the last missing piece has come;
 * borrows, until the next call. NULL: not yet. */
const uint8_t *fragments_feed(
    struct fragments *f, const struct fragment *in, size_t *len);

#endif
