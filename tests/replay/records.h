#ifndef REPLAY_RECORDS_H
#define REPLAY_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dname.h"
#include "base/rrset.h"

/*
 * Records of a scenario, one by one, as its text has them, and replies made of them: by
 * hand and without compression, so that nothing here leans on the code under test.
 */

struct record {
	struct record *next;
	struct dname owner; /* canonical */
	uint16_t type;
	uint16_t class;
	uint32_t ttl_sec;
	size_t len;
	uint8_t rdata[2048];
};

/** record_parse(text): a record in master file form, by ldns; NULL when it is none. The
 * caller frees it. */
struct record *record_parse(const char *text);
void records_append(struct record **list, struct record *r);
void records_free(struct record *list);
/** record_copy(r, owner): a copy with another owner. */
struct record *record_copy(const struct record *r, const uint8_t *owner);
/** record_make(owner, type, ttl_sec, rdata, len). */
struct record *record_make(const uint8_t *owner, uint16_t type, uint32_t ttl_sec,
    const uint8_t *rdata, size_t len);
/** record_print(r, out, cap): one line for people; rdata in hexadecimal. */
void record_print(const struct record *r, char *out, size_t cap);
/** records_of_sets(list): every record and RRSIG of a list of RRsets. */
struct record *records_of_sets(const struct rrset *list);
/** records_to_sets(list): RRsets for a configuration (root hints); lives in ${arena}. */
struct rrset *records_to_sets(struct arena *arena, const struct record *list);
/** record_equal(a, b): all but the TTL. */
bool record_equal(const struct record *a, const struct record *b);

struct reply {
	uint16_t flags, rcode;
	bool opt;
	bool encloser_only; /* of a proof the closest encloser's NSEC3 alone */
	uint8_t cookie_len; /* of a cookie in the OPT */
	uint8_t cookie[64];
	const struct dname *agent; /* of a report channel (RFC 9567) in the OPT */
	struct record *section[3]; /* answer, authority, additional */
};
#define REPLY_MAX 65535u
/** reply_write(r, query, query_len, out): header and question of ${query}, then the
 * sections; returns the length. */
size_t reply_write(const struct reply *r, const uint8_t *query, size_t query_len,
    uint8_t out[REPLY_MAX]);
void reply_clear(struct reply *r);

#endif
