#ifndef DNSSEC_TYPEMAP_H
#define DNSSEC_TYPEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bitmap of types in an NSEC or NSEC3 record (RFC 4034 4.1.2), and what it says of
 * the name that the record stands for. It borrows its bytes.
 *
 * Absence of a bit is what a denial rests on, so a bitmap that does not parse must not be
 * asked at all: typemap_valid comes first, the rest trust it.
 */
struct typemap {
	const uint8_t *bytes;
	size_t len;
};

/* "No such name" as a bit: the meta type that RFC 9824 2 lists at a name made up on the
 * spot. */
#define TYPEMAP_NXNAME 128u

/** typemap_valid(map): windows ascending, each of 1..32 bytes, nothing left over. Empty
 * is valid (RFC 5155 3.2.1). */
bool typemap_valid(const struct typemap *map);
/** typemap_has(map, type): the bit of ${type} is there. Never reads outside, whatever the
 * bytes. */
bool typemap_has(const struct typemap *map, uint16_t type);
/** typemap_is_cut(map): NS without SOA: a delegation, seen from the parent. */
bool typemap_is_cut(const struct typemap *map);
/**
 * typemap_ends_here(map):
 * The zone says nothing of names beneath this one: they are a child's, or a DNAME sends
 * them elsewhere (RFC 6840 4.1).
 */
bool typemap_ends_here(const struct typemap *map);
/**
 * typemap_denies(map, type, is_root):
 * At the very name, ${type} is not there: neither it nor a CNAME (RFC 6840 4.3), and the
 * record is of the right side of a cut: of the parent for DS (unless the name is the
 * root, which has none), of the child for all else (RFC 6840 4.1, 4.4). ANY is denied by
 * a name that has nothing but what denies it.
 */
bool typemap_denies(const struct typemap *map, uint16_t type, bool is_root);

#endif
