#ifndef FUZZ_SIGNED_WORLD_H
#define FUZZ_SIGNED_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dname.h"

/*
 * A small signed Internet in memory, for targets that play its servers: the root, example
 * (NSEC), n3.example (NSEC3, opt-out not set), plain.example (no DS) and evil.example,
 * whose key the player has. Ed25519 with fixed keys, whose signatures are the same every
 * time. It does its own signing; denials it does not select: every proof of a zone is
 * sent.
 */

#define WORLD_NOW   1700000000u
#define SETS_MAX    128u /* of the world */
#define RECORDS_MAX 6u
#define SIGS_MAX    12u
#define BYTES_MAX   300u

struct bytes {
	uint16_t len;
	uint8_t at[BYTES_MAX];
};

struct wset {
	struct dname owner;
	uint16_t type;
	uint8_t zone; /* whose it is */
	uint32_t ttl_sec;
	unsigned count, sig_count;
	struct bytes records[RECORDS_MAX];
	struct bytes sigs[SIGS_MAX];
};

enum zone_kind { ZONE_SECURE, ZONE_PLAIN, ZONE_EVIL };

/** world_make(): once. */
void world_make(void);
/** world_anchor(): the root's DS as in a zone file. */
const char *world_anchor(void);
/** world_set(i): one of the world's sets, ${i} modulo their number. */
const struct wset *world_set(unsigned i);
/** world_find(name, type): the set as it was signed (DS: the parent's), or NULL. */
const struct wset *world_find(const uint8_t *name, uint16_t type);
/** world_exists(name): it has a set or something beneath it. */
bool world_exists(const uint8_t *name);
/** world_kind(name, type): of the zone that answers for it; evil when that zone could lie
 * beneath evil.example. */
enum zone_kind world_kind(const uint8_t *name, uint16_t type);
/** world_sign(set): one more signature by evil.example's key, over the set as it stands.
 */
void world_sign(struct wset *set);

/** What a server says before anybody touches it. */
#define REPLY_SETS_MAX 40u
struct wreply {
	uint16_t flags, rcode;
	unsigned count;
	struct {
		uint8_t section; /* 0..2 */
		struct wset set;
	} sets[REPLY_SETS_MAX];
};
/** world_answer(server, name, type, out): ${server}: the last byte of its IPv4 address in
 * 192.0.2.0/24; anything else is the root. */
void world_answer(
    unsigned server, const uint8_t *name, uint16_t type, struct wreply *out);
/** world_resolve(name, type, out): what a resolver says of it that validates nothing: the
 * reply of the zone that answers for it, one link of an alias. */
void world_resolve(const uint8_t *name, uint16_t type, struct wreply *out);
/** world_spoil(set, count): ${count} wrong signatures in front of the true one. */
void world_spoil(struct wset *set, unsigned count);
/** world_write(r, query, query_len, out, cap): the length; what does not fit is left out.
 */
size_t world_write(const struct wreply *r, const uint8_t *query, size_t query_len,
    uint8_t *out, size_t cap);

#endif
