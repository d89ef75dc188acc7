#ifndef DNSSEC_ANCHORS_H
#define DNSSEC_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rrset.h"

/*
 * Where chains of trust begin, and where they are not followed. The anchors are the
 * operator's, read elsewhere: a list of DS sets (RFC 4035 4.4; a DNSKEY stands in it by
 * its digest), and a list of names that are negative anchors (RFC 7646).
 */

/** anchors_find(anchors, name): the DS set of the deepest anchor at or above ${name};
 * NULL. Borrows. */
const struct rrset *anchors_find(const struct rrset *anchors, const uint8_t *name);

/**
 * anchors_denied(names, count, name, above):
 * A negative anchor stands at or above ${name}, and ${above}, the owner of the anchor
 * that anchors_find gave (NULL: none), is not beneath it (RFC 7646 3).
 */
bool anchors_denied(
    const uint8_t *const *names, size_t count, const uint8_t *name, const uint8_t *above);

#endif
