#ifndef DNSSEC_ANCHORS_H
#define DNSSEC_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rrset.h"

/*
 * Where chains of trust begin, and where they are not followed: what is in force at one
 * time. DS sets, one a zone (RFC 4035 4.4; a DNSKEY stands in it by its digest), and
 * names that are negative anchors (RFC 7646). Immutable and counted by reference, so that
 * workers read it without locks; when a key has rolled over (rollover.h) or a negative
 * anchor has ended (negative.h), another one is put in its place.
 */
struct anchors;

/**
 * anchors_new(lists, list_count, negative, negative_count):
 * Returns a new one with one reference: the DS sets of all ${lists} (NULL ones are
 * empty), those of one zone put together; records past RRSET_RECORDS_MAX a zone are left
 * out. Copies. NULL without memory.
 */
struct anchors *anchors_new(const struct rrset *const *lists, size_t list_count,
    const uint8_t *const *negative, size_t negative_count);
/** anchors_ref / anchors_unref: from any thread; NULL is harmless to unref. */
struct anchors *anchors_ref(struct anchors *a);
void anchors_unref(struct anchors *a);

/** anchors_find(a, name): the DS set of the deepest anchor at or above ${name}; NULL.
 * Borrows. */
const struct rrset *anchors_find(const struct anchors *a, const uint8_t *name);
/** anchors_at(a, zone): the DS set of the anchor of just that zone; NULL. Borrows. */
const struct rrset *anchors_at(const struct anchors *a, const uint8_t *zone);

/**
 * anchors_denied(a, name, above):
 * A negative anchor stands at or above ${name}, and ${above}, the owner of the anchor
 * that anchors_find gave (NULL: none), is not beneath it (RFC 7646 3).
 */
bool anchors_denied(const struct anchors *a, const uint8_t *name, const uint8_t *above);

#endif
