#ifndef ITER_REBINDING_H
#define ITER_REBINDING_H

#include "resolver/iter/task.h"

/*
 * Private addresses in public answers (DNS rebinding: Jackson et al., "Protecting
 * Browsers from DNS Rebinding Attacks", CCS 2007).
 *
 * A page of evil.example reads what its own name's servers send. When that name's next
 * answer is 10.0.0.1, the browser lets the page read the router. So addresses in the
 * prefixes of policy.private-addresses are dropped from answers: A and AAAA records,
 * also where IPv6 carries an IPv4 address in it (mapped, compatible, NAT64, 6to4), and
 * SVCB and HTTPS records whose hints hold such an address.
 *
 * Which name was asked decides, not where its aliases led: the browser's origin is the
 * name asked for, and an alias into a zone of ours would be the way around. Names below
 * policy.private-names, and below the operator's own stub and forward zones (but for the
 * root), may have such addresses.
 */

/** rebinding_filter(t, a): drops them from ${a}; what is left of a set is no longer
 * secure and has no signatures. */
void rebinding_filter(struct iter_task *t, struct answer *a);

#endif
