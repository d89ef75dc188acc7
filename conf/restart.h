#ifndef CONF_RESTART_H
#define CONF_RESTART_H

#include "conf/whole.h"

/*
 * What a reload cannot change: the options that the table marks so.
 */

/** restart_changes(old, fresh, tell, ctx): ${tell} gets "section.option" of each such
 * option that differs; borrowed. */
void restart_changes(const struct whole *old, const struct whole *fresh,
    void (*tell)(void *ctx, const char *key), void *ctx);

#endif
