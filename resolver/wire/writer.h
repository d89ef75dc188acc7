#ifndef WIRE_WRITER_H
#define WIRE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dname.h"

/*
 * Writing a message into a fixed buffer, with name compression. Past ${cap}
 * nothing is written and ${failed} is set; writer_rewind goes back to a mark
 * (before a record that did not fit) and clears it.
 *
 * Compression remembers at most WRITER_NAMES_MAX places (CVE-2024-8508: an
 * unbounded table makes big answers quadratic), only those a pointer can reach.
 */
#define WRITER_NAMES_MAX 64u

struct writer {
	uint8_t *base;
	size_t cap;
	size_t pos;
	bool failed;
	unsigned name_count;
	uint16_t
	    name_at[WRITER_NAMES_MAX]; /* offsets where names (or their tails) begin */
	uint8_t name_parent[WRITER_NAMES_MAX]; /* which of them is the tail behind the
						  first label */
};

void writer_init(struct writer *w, uint8_t *buffer, size_t cap);
void writer_u8(struct writer *w, uint8_t v);
void writer_u16(struct writer *w, uint16_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_bytes(struct writer *w, const void *bytes, size_t len);
/** writer_put_u16(w, at, v): overwrites two bytes already written (a count, a length). */
void writer_put_u16(struct writer *w, size_t at, uint16_t v);
/** writer_name(w, name): ${name} compressed against what is there (without regard to
 * case) and remembered. */
void writer_name(struct writer *w, const uint8_t *name);
/** writer_name_plain(w, name): uncompressed and not remembered (RFC 3597 4: rdata of
 * newer types). */
void writer_name_plain(struct writer *w, const uint8_t *name);

struct writer_mark {
	size_t pos;
	unsigned name_count;
};
struct writer_mark writer_mark(const struct writer *w);
void writer_rewind(struct writer *w, struct writer_mark mark);

#endif
