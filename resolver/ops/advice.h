#ifndef OPS_ADVICE_H
#define OPS_ADVICE_H

#include "conf/conf.h"

/*
 * What is allowed in a configuration and yet hardly meant: told at start, at a reload and
 * by "sekishoctl check", and never a reason to refuse.
 */

/** advice_of(conf, tell, ctx): ${tell} gets a line for each; its text is borrowed. */
void advice_of(
    const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx);

/** advice_of_user(conf, tell, ctx): the same about server.user on this machine; for
 * "sekishoctl check" alone, since a start as root fails over it. */
void advice_of_user(
    const struct conf *conf, void (*tell)(void *ctx, const char *text), void *ctx);

#endif
