#ifndef SERVE_OWN_H
#define SERVE_OWN_H

#include "resolver/serve/job.h"

/*
 * Questions of our own that a job's end gives rise to, while there are few enough others
 * not to be in any client's way. Nobody waits for them.
 */

/** own_report(w, job, a, facts): tells the zone's agent that it failed (report.h), if
 * that is wanted and due. */
void own_report(struct worker *w, const struct job *job, const struct answer *a,
    const struct iter_facts *facts);
/** own_signal(w, job): tells the zone which anchors we trust (RFC 8145 5), if ${job} has
 * fetched the keys of one. */
void own_signal(struct worker *w, const struct job *job);

#endif
