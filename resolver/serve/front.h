#ifndef SERVE_FRONT_H
#define SERVE_FRONT_H

#include "resolver/serve/context.h"

/*
 * The front of the pipeline: what every question passes, hit or miss.
 *
 *   1. parse      header, one question, OPT; else FORMERR, NOTIMP, BADVERS, silence
 *   2. cookie     a good one shows that the client's address is not forged
 *   3. access     the client's group; none: REFUSED
 *   4. limit      the client's token bucket
 *   5. look up    the answer cache, with RD or where it may be looked into without; else,
 *                 and on a miss, it goes on in deep.h
 *
 * Over a UDP batch, 1 to 4 run for all before 5 runs for any, so that the cache lines
 * that 5 wants are on their way.
 */

/** front_udp(ctx, l, batch, count): the udp_batch_fn of a worker. */
void front_udp(
    void *ctx, struct udp_listener *l, struct udp_datagram *batch, size_t count);
/** front_tcp(ctx, conn, bytes, len): the tcp_question_fn of a worker. */
void front_tcp(void *ctx, struct tcp_conn *conn, const uint8_t *bytes, size_t len);

#endif
