#ifndef LOCAL_LOCAL_H
#define LOCAL_LOCAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "conf/conf.h"
#include "resolver/wire/answer.h"
#include "resolver/wire/msg.h"

/*
 * Answers that need no recursion: the operator's own data, special-use names
 * (RFC 6761, 6762, 7686, 8375, 9476 ...), private and other locally served reverse
 * zones (RFC 6303), and the blocks of policy. An index built once from a conf; immutable,
 * read without locks.
 */

struct local;

/** local_new(conf): builds the index; borrows ${conf}, which must outlive it. NULL
 * without memory. */
struct local *local_new(const struct conf *conf);
void local_free(struct local *l);

enum local_result {
	LOCAL_NONE,  /* not ours: go on */
	LOCAL_ANSWER /* ${out} is the answer */
};
/**
 * local_answer(l, q, arena, out): own data first, then local zones, then special names
 * and private reverse zones (not for a name at or beneath a stub or forward zone of the
 * operator's; one at the root does not count, and inside a local zone only a deeper one
 * does). Follows CNAMEs inside own data. Wildcards as in RFC 4592. Class IN alone.
 * Constant time in the number of entries: one probe for a name whose top-level label we
 * know nothing of.
 */
enum local_result local_answer(const struct local *l, const struct question *q,
    struct arena *arena, struct answer *out);

/** local_knows(l, qname): false when nothing of ours lies at or beneath its top-level
 * label, so that local_answer has nothing for any name there. */
bool local_knows(const struct local *l, const uint8_t *qname);

/**
 * local_open_cname(q, a): the name with which recursion goes on, when the answer of
 * local_answer ends in an own CNAME that leaves our own names (the sets of ${a} then go
 * before those of recursion); NULL: it is whole. Not canonical; borrows from ${a}.
 */
const uint8_t *local_open_cname(const struct question *q, const struct answer *a);

/** What policy says of a name. */
enum local_policy { POLICY_NONE, POLICY_ALLOW, POLICY_BLOCK };
/** local_policy_of(l, qname, hit): allow and block lists; the deeper wins, allow at equal
 * depth. ${hit} names the entry. */
enum local_policy local_policy_of(
    const struct local *l, const uint8_t *qname, struct namelist_hit *hit);

/**
 * local_sinkhole(conf, q, event_id, arena, out): the answer for a stopped or blocked name
 * as conf says: NXDOMAIN, NODATA (both with a SOA of our own so that they are cached
 * shortly), REFUSED, or an address for A/AAAA (NODATA for other types). EDE 15 (Blocked)
 * for policy and ${ede_code} 17 (Filtered) for verdicts, text "<sinkhole.text> [event
 * ID]" in ${arena}.
 */
MUST_USE enum err local_sinkhole(const struct conf *conf, const struct question *q,
    int ede_code, const char *event_id, struct arena *arena, struct answer *out);

#endif
