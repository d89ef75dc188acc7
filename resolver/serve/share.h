#ifndef SERVE_SHARE_H
#define SERVE_SHARE_H

#include "resolver/serve/job.h"

/*
 * How many questions each client has waiting, and who has most: what fairness among
 * clients is decided by. A client is an address of IPv4, a /64 of IPv6.
 */

/** share_of(j, client): that of ${client}'s address, made if there is none yet; NULL
 * without memory. */
struct share *share_of(struct jobs *j, const struct addr *client);
/** share_release(j, s): one without waiters goes. */
void share_release(struct jobs *j, struct share *s);
/** share_add / share_remove(j, ...): ${v} begins and ends to count for its client. */
void share_add(struct jobs *j, struct share *s, struct waiter *v);
void share_remove(struct jobs *j, struct waiter *v);
/** share_allows(w, s): the client may have one more. */
bool share_allows(const struct worker *w, const struct share *s);
/** share_waiting(j, client): how many it has. */
size_t share_waiting(const struct jobs *j, const struct addr *client);

#endif
