#ifndef OPS_KEEPER_H
#define OPS_KEEPER_H

#include "conf/conf.h"
#include "detect/detect.h"
#include "resolver/net/loop.h"

/*
 * Keeps what detection has learnt: it is read back at the start, saved every five minutes
 * and when the daemon ends. What cannot be read or saved is logged and is no reason to
 * stop.
 */
struct keeper;

/** keeper_recall(conf, detect): before there are workers. Also warns when nothing will be
 * saved later, while somebody is still looking at the log. */
void keeper_recall(const struct conf *conf, struct detect *detect);

/** keeper_new(loop, conf, detect): saves now and then on ${loop}. Borrows all three. NULL
 * without memory or descriptors. */
struct keeper *keeper_new(
    struct loop *loop, const struct conf *conf, struct detect *detect);
/** keeper_free(k): saves nothing. */
void keeper_free(struct keeper *k);
/** keeper_save(conf, detect): now. Blocks for the disk. */
void keeper_save(const struct conf *conf, struct detect *detect);

#endif
