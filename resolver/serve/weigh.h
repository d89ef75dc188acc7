#ifndef SERVE_WEIGH_H
#define SERVE_WEIGH_H

#include <stdbool.h>

#include "base/rrset.h"
#include "base/siphash.h"
#include "detect/detect.h"

/*
 * What an answer brings, in the detector's terms: bytes of data, addresses, pieces that
 * are news or repeats by themselves. One rule for what recursion answers a client and
 * for what a recording shows.
 */

/** What a client gets. */
struct weigh_message {
	const struct rrset *answer, *authority, *additional;
	bool dnssec; /* signatures and proofs as well (RFC 4035 3.2.1) */
	bool whole;  /* and what the answer does not need */
};

/** weigh_answer(key, m, out): adds the weight of ${m} to ${out}, whose fields of that
 * kind were 0. Hashes tell a repeat from news. Of many records they are a sum: who knew
 * ${key} could write, in seconds, other data of the same sum whenever he has something
 * to send. */
void weigh_answer(
    const struct hashkey *key, const struct weigh_message *m, struct detect_answer *out);

#endif
