#ifndef DNSSEC_CANONICAL_H
#define DNSSEC_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rrset.h"
#include "resolver/dnssec/sig.h"

/*
 * The bytes that a signature signs (RFC 4034 3.1.8.1). What is the same for all
 * signatures of a set, lower case, order, no duplicates, is done once; each signature
 * then writes its own labels and TTL over the one before.
 */

struct canonical {
	const struct rrset *set;
	struct rdata *records; /* canonical, sorted, without duplicates */
	unsigned count;
	uint8_t *bytes; /* what canonical_write wrote */
	size_t cap;
};

/** canonical_init(c, set, scratch): all in ${scratch}; false when that is full. Borrows
 * ${set}. */
bool canonical_init(struct canonical *c, const struct rrset *set, struct arena *scratch);
/** canonical_write(c, s): what ${s} signs, in ${c->bytes}; returns how many bytes. ${s}
 * has passed sig_scope. */
size_t canonical_write(struct canonical *c, const struct sig *s);

#endif
