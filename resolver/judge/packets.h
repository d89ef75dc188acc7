#ifndef JUDGE_PACKETS_H
#define JUDGE_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/judge/record.h"

/*
 * Frames of a network as records: Ethernet (VLANs too), raw IP, Linux cooked and
 * loopback; IPv4 and IPv6; DNS over UDP and TCP, port 53. Any bytes.
 *
 * Questions and replies meet by client, port, id, name and type. A reply whose question
 * was not seen counts as both. The server of a question without RD is an authority.
 */

struct packets;

/** Called for each record; it lives until the return. */
typedef void packets_fn(void *ctx, const struct record *r);

/** packets_new(link, fn, ctx): ${link} is libpcap's LINKTYPE number. NULL without memory.
 */
struct packets *packets_new(int link, packets_fn *fn, void *ctx);
void packets_free(struct packets *p);
/** packets_link_known(link). */
bool packets_link_known(int link);
/** packets_cut(p): DNS messages so far of which the capture holds only a part. */
uint64_t packets_cut(const struct packets *p);
/** packets_feed(p, wall_ms, bytes, len): one frame, as much of it as was captured. */
void packets_feed(struct packets *p, int64_t wall_ms, const uint8_t *bytes, size_t len);

#endif
