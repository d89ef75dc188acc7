#ifndef ITER_EVENT_H
#define ITER_EVENT_H

#include "resolver/iter/task.h"

/*
 * What came back, or that nothing did, and what the server is to be thought of after
 * it. The ways on, mildest first:
 *
 *   TC, or too many wrong replies       the same server by TCP
 *   BADCOOKIE, or cookies in doubt      as cookies.h says
 *   FORMERR to a cookie                 the same server without it
 *   FORMERR, NOTIMP, BADVERS to EDNS    the same server without EDNS (RFC 6891 7)
 *   the name's case was changed         the same server by TCP, and without 0x20 from
 *                                       then on
 *   trouble with a minimised query      the same server with the whole name (RFC 9156
 *                                       2.3)
 *   silence                             another server; this one later, with a longer
 *                                       timeout
 *   SERVFAIL, garbage                   another server, not this one again for this
 *                                       question
 *   REFUSED, lame                       the same, and asked last in the zone
 */

/** event_step(t, f): step "wait": the host came back with ${t->event}. */
enum step_id event_step(struct iter_task *t, struct frame *f);
/** event_classify_step(t, f): step "classify": what the reply in hand says about
 * ${f->name}. */
enum step_id event_classify_step(struct iter_task *t, struct frame *f);

#endif
