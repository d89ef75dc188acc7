#ifndef WIRE_RDATA_H
#define WIRE_RDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "resolver/wire/reader.h"
#include "resolver/wire/writer.h"

/*
 * Shapes of rdata, one table row a type: where names stand, which of them may
 * be compressed when read (RFC 3597 4, RFC 1035 3.3) and when written, and what the
 * rest must look like. Unknown types are opaque.
 */

/** rdata_shape(type, class): the type to name below: ${type} in class IN, an opaque one
 * in any other, where the same number may look different (RFC 1035 3.4 gives A to IN
 * alone). */
uint16_t rdata_shape(uint16_t type, uint16_t class);

/**
 * rdata_read(r, type, rdlength, out, cap, len):
 * Rdata at the cursor, names decompressed, into ${out}; leaves the cursor behind it.
 * Errors: ERR_MALFORMED when it does not have the shape of ${type} or does not end at
 * ${rdlength}; ERR_RANGE (cap).
 */
MUST_USE enum err rdata_read(struct reader *r, uint16_t type, uint16_t rdlength,
    uint8_t *out, size_t cap, size_t *len);
/** rdata_write(w, type, bytes, len): RDLENGTH and rdata, names of the RFC 1035 types
 * compressed. */
void rdata_write(struct writer *w, uint16_t type, const uint8_t *bytes, size_t len);
/** rdata_equal(type, a, a_len, b, b_len): the same data; names of the types of RFC
 * 4034 6.2 without regard to case. */
bool rdata_equal(
    uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);
/** rdata_canonical(type, bytes, len, out): ${len} bytes to ${out} (which may be
 * ${bytes}), names of those types in lower case. */
void rdata_canonical(uint16_t type, const uint8_t *bytes, size_t len, uint8_t *out);
/** rdata_name(type, bytes, len): the first name of NS, CNAME, DNAME, PTR, MX, SRV, SOA
 * ... rdata; NULL when there is none. Borrows. */
const uint8_t *rdata_name(uint16_t type, const uint8_t *bytes, size_t len);

#endif
