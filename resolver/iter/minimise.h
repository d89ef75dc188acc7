#ifndef ITER_MINIMISE_H
#define ITER_MINIMISE_H

#include "resolver/iter/task.h"

/*
 * QNAME minimisation (RFC 9156): a server is told no more labels than it needs to
 * name the next zone.
 *
 * 1. Below the zone whose servers are asked, one label more than is known to exist is
 * asked for, with type A (RFC 9156 2.1: the type that hides best).
 * 2. After four such steps the remaining labels are divided over the steps that are left
 * of ten (2.3). Labels that begin with an underscore are never a cut of their own (2.3)
 * and are skipped.
 * 3. Data or NODATA: that name exists, on to the next. A referral: the next zone.
 * 4. Relaxed: NXDOMAIN, an error, an alias or repeated silence to a minimised query means
 *    asking the full name, since some servers answer empty non-terminals wrongly. Only
 *    the root's NXDOMAIN is believed at once: its servers do not, and they would see
 * every mistyped name.
 */

/** minimise_next(t, f): sets name, labels and type of the next query in ${f->asked}. */
void minimise_next(struct iter_task *t, struct frame *f);

#endif
