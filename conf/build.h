#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include "conf/load.h"

/*
 * The second step of loading: what the fields mean together. Checks that look at more
 * than one option, the groups and their map of clients, the zones, local data and hints,
 * the lists.
 */

/** build_whole(l): completes ${l->whole->conf}; every mistake is told in ${l->report}. */
void build_whole(struct load *l);

#endif
