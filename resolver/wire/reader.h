#ifndef WIRE_READER_H
#define WIRE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dname.h"

/*
 * The only way to read bytes of strangers: a cursor with a sticky error. A read
 * past the end yields 0 and sets ${failed}; so a caller reads all the fields it
 * wants and asks once. Nothing outside resolver/wire does arithmetic on packets.
 */
struct reader {
	const uint8_t *base;
	size_t len;
	size_t pos;
	bool failed;
};

/* Followed in one name; each must point strictly backward (RFC 1035 4.1.4;
 * CVE-2024-8508's kind of work). */
#define READER_POINTERS_MAX 16u

/* The small ones stand here to be inlined: a cache hit is a dozen of them and little
 * else. */

static inline void
reader_init(struct reader *r, const uint8_t *bytes, size_t len)
{
	r->base = bytes;
	r->len = len;
	r->pos = 0;
	r->failed = false;
}

/** reader_left(r): bytes not yet read; 0 once failed. */
static inline size_t
reader_left(const struct reader *r)
{
	return r->failed ? 0 : r->len - r->pos;
}

/** reader_bytes(r, len): borrows ${len} bytes and steps over them; NULL (and failed) when
 * they are not there. */
static inline const uint8_t *
reader_bytes(struct reader *r, size_t len)
{
	const uint8_t *p;

	if (r->failed || len > r->len - r->pos) {
		r->failed = true;
		return NULL;
	}
	p = r->base + r->pos;
	r->pos += len;
	return p;
}

static inline void
reader_skip(struct reader *r, size_t len)
{
	(void)reader_bytes(r, len);
}

static inline uint8_t
reader_u8(struct reader *r)
{
	const uint8_t *p = reader_bytes(r, 1);

	return p == NULL ? 0 : p[0];
}

static inline uint16_t
reader_u16(struct reader *r)
{
	const uint8_t *p = reader_bytes(r, 2);

	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
reader_u32(struct reader *r)
{
	const uint8_t *p = reader_bytes(r, 4);

	if (p == NULL)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** reader_name(r, out): a possibly compressed name, case kept, into ${out} (DNAME_MAX
 * bytes); returns its length, 0 on failure. */
size_t reader_name(struct reader *r, uint8_t out[DNAME_MAX]);
/** reader_name_skip(r): steps over a name without following pointers. */
void reader_name_skip(struct reader *r);

#endif
