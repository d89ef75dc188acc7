#ifndef DETECT_SUFFIX_H
#define DETECT_SUFFIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "detect/namehash.h"

/*
 * Which part of a name belongs to one owner: the registered domain by the public suffix
 * list, its private section included (a tenant of a hosting platform is an owner of his
 * own); in the reverse trees a block of addresses, /16 and /32, which is about what one
 * holder has.
 *
 * libpsl knows the rules. It needs 0.4 us and more for each suffix it is asked about, and
 * a tunnel's names are always new to it, so two things stand before it: a memo of its
 * answers, and a set of the names that are rules or have rules beneath them, read once
 * from the text list beside libpsl's own file; only a name that might be a rule is asked
 * about. Without that text everything is asked; nothing is wrong.
 */

struct suffix;

enum suffix_kind {
	SUFFIX_OWNER,	/* a registered domain, or a public suffix itself */
	SUFFIX_REVERSE, /* a block of the reverse trees */
	SUFFIX_UNKNOWN /* a top-level domain that the list does not know: most likely none
			*/
};

/** suffix_new(key): ${key} as for namehash_fill. NULL without memory or list. */
struct suffix *suffix_new(const struct hashkey *key);
void suffix_free(struct suffix *s);
size_t suffix_bytes(const struct suffix *s);
/** suffix_zone_labels(s, h, kind): how many of the last labels are the owner's zone (0
 * for the root). */
unsigned suffix_zone_labels(
    struct suffix *s, const struct namehash *h, enum suffix_kind *kind);
/** suffix_platform_labels(s, h, zone_labels): the owner's zone (SUFFIX_OWNER) is let to
 * him by somebody whose own domain has so many labels: by the list's private section, a
 * hosting platform or a dynamic DNS. 0: by nobody but a registry. */
unsigned suffix_platform_labels(
    struct suffix *s, const struct namehash *h, unsigned zone_labels);

#endif
