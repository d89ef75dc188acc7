#ifndef OPS_GROUND_H
#define OPS_GROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "resolver/ops/doors.h"
#include "resolver/ops/privileges.h"

/*
 * What the daemon takes of the machine before it has any table: the user to become, its
 * folders, descriptors enough, the control socket and the listening ones; after that no
 * privilege is left. Whatever fails is in the log already, with the option to blame.
 */

/** ground_prepare(conf, workers, who): looks up the user (${who}), makes the folders of
 * state and journal, raises the limit of descriptors. False: the daemon cannot start. */
bool ground_prepare(const struct conf *conf, unsigned workers, struct privileges *who);

/**
 * ground_clients_max(conf, workers): as many TCP clients as the descriptors are for.
 * Clients must not have those that their own questions, and the operator's control
 * socket, need: what is left is theirs, or a part where there is too little for all.
 */
uint32_t ground_clients_max(const struct conf *conf, unsigned workers);

/** ground_occupy(conf, workers, who, control_fd, doors): binds all sockets and becomes
 * ${who} for good. ${*control_fd} and ${*doors} are the caller's to close, also those
 * that were opened before it failed. */
bool ground_occupy(const struct conf *conf, unsigned workers,
    const struct privileges *who, int *control_fd, struct doors **doors);

/** ground_tell(conf, doors): logs where we listen, and where not. */
void ground_tell(const struct conf *conf, const struct doors *doors);

#endif
