#ifndef CACHE_FLAT_H
#define CACHE_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rrset.h"

/*
 * Structs as flat bytes, as they lie in the store, and back. Numbers are in the
 * machine's own order: the bytes never leave the process. A reader is sticky: read all
 * fields, then ask once whether it failed; nothing outside the block is ever touched,
 * whatever the bytes say.
 *
 * A set is: owner length (1), owner, type (2), class (2), trust (1), security (1),
 * records (2), RRSIGs (2), then each of them as length (2) and rdata. Its TTL is the
 * block's own life, which the store keeps.
 */

/** A writer; with ${at} NULL it only counts, so that one function both sizes and fills a
 * block. */
struct flat_writer {
	uint8_t *at;
	size_t len, cap;
	bool failed;
};

struct flat_reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

struct flat_writer flat_counter(void);
struct flat_writer flat_writer(uint8_t *bytes, size_t cap);
void flat_put(struct flat_writer *w, const void *bytes, size_t len);
void flat_put_u8(struct flat_writer *w, uint8_t value);
void flat_put_u16(struct flat_writer *w, uint16_t value);
void flat_put_u32(struct flat_writer *w, uint32_t value);
void flat_put_u64(struct flat_writer *w, uint64_t value);
/** flat_put_name(w, name): length and bytes of ${name}, 1..255. */
void flat_put_name(struct flat_writer *w, const uint8_t *name);
void flat_put_set(struct flat_writer *w, const struct rrset *set);

struct flat_reader flat_reader(const uint8_t *bytes, size_t len);
/** flat_get(r, len): ${len} bytes of the block (borrows); NULL and failed when they are
 * not there. */
const uint8_t *flat_get(struct flat_reader *r, size_t len);
uint8_t flat_get_u8(struct flat_reader *r);
uint16_t flat_get_u16(struct flat_reader *r);
uint32_t flat_get_u32(struct flat_reader *r);
uint64_t flat_get_u64(struct flat_reader *r);
/** flat_get_name(r): a well-formed name inside the block (borrows); NULL and failed when
 * there is none. */
const uint8_t *flat_get_name(struct flat_reader *r);
/** flat_get_set(r, ttl_sec, arena): returns a new set in ${arena} whose owner and rdata
 * borrow the block; NULL and failed when the bytes are no set; NULL and not failed when
 * the arena is full. */
struct rrset *flat_get_set(struct flat_reader *r, uint32_t ttl_sec, struct arena *arena);
/** flat_done(r): everything was read, and nothing was missing. */
bool flat_done(const struct flat_reader *r);

#endif
