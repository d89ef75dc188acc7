#ifndef OPS_DOORS_H
#define OPS_DOORS_H

#include "conf/conf.h"
#include "resolver/serve/worker.h"

/*
 * The listening sockets of all workers, bound while we still may bind port 53.
 * Every worker has one UDP and one TCP socket at each address (SO_REUSEPORT), so that the
 * kernel spreads clients over them.
 */
struct doors;

#define DOORS_ERROR_MAX 256u

/** doors_open(conf, workers, error): binds everything; NULL: nothing stays bound,
 * ${error} says what and why. On a machine without IPv6 its addresses are left out, if
 * there are others. */
struct doors *doors_open(
    const struct conf *conf, unsigned workers, char error[DOORS_ERROR_MAX]);
/** doors_of(d, worker): the sockets of one worker; who takes a descriptor puts -1 in its
 * place. Borrows. */
struct worker_sockets *doors_of(struct doors *d, unsigned worker);
/** doors_at(d, at): ${at} was not left out. */
bool doors_at(const struct doors *d, const struct addr *at);
/** doors_free(d): closes what nobody has taken. */
void doors_free(struct doors *d);

#endif
