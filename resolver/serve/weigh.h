#ifndef SERVE_WEIGH_H
#define SERVE_WEIGH_H

#include "base/rrset.h"
#include "detect/detect.h"

/*
 * What an answer brings, in the detector's terms: bytes of data, addresses, pieces that
 * are news or repeats by themselves. One rule for what recursion answers a client and
 * for what a recording shows.
 */

/** weigh_answer(answer, authority, out): adds the sections' weight to ${out}, whose
 * fields of that kind were 0. Hashes tell a repeat from news; unkeyed, since they are
 * compared with one another alone. */
void weigh_answer(
    const struct rrset *answer, const struct rrset *authority, struct detect_answer *out);

#endif
