#ifndef ITER_BLAME_H
#define ITER_BLAME_H

#include "resolver/iter/task.h"

/*
 * Which server brought which part of the client's answer. An answer with aliases in it
 * may be of several servers and zones; where one part is bogus, the others' servers are
 * none the worse. What came from the cache has nobody to blame: it is fetched anew.
 */

/** blame_note(t, f, set): ${set} of the answer of ${f}, or its denial (NULL), came with
 * the reply in hand. Other frames than the client's question are not noted. */
void blame_note(struct iter_task *t, const struct frame *f, const struct rrset *set);

/** blame_server(t, set): whoever brought ${set} (NULL: the denial) is distrusted in that
 * zone; all notes are forgotten, for the question begins again. */
void blame_server(struct iter_task *t, const struct rrset *set);

#endif
