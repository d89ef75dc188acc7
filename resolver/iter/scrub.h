#ifndef ITER_SCRUB_H
#define ITER_SCRUB_H

#include "resolver/iter/task.h"

/*
 * Bailiwick: a server is believed about names in the zone it was asked for, and about
 * nothing else (RFC 2181 5.4.1; Kashpureff 1997 and all that followed).
 *
 * From the answer and authority sections go sets whose owner is elsewhere (zone_is_ours)
 * or whose class is not IN, and from the authority section all but SOA, NS, DS, NSEC and
 * NSEC3. Of several aliases of one name the first is left.
 * The additional section is not touched: nothing but glue is ever read there
 * (deleg.h checks its own bailiwick). What is left still only counts where it belongs to
 * the chain from the name asked (classify.h).
 */

/** scrub_reply(t, f, m): unlinks what is not to be believed; returns how many sets. */
unsigned scrub_reply(struct iter_task *t, const struct frame *f, struct msg *m);

#endif
