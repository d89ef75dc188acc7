#ifndef REPLAY_WORLD_H
#define REPLAY_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/dname.h"
#include "tests/replay/records.h"

/*
 * The servers of a scenario: zones served at addresses the way an authority does
 * (RFC 1034 4.3.2), and rules that break some of it: what a query that they match gets
 * instead.
 */

#define ZONE_ADDRS_MAX 24u

struct zone {
	struct zone *next;
	struct dname name;
	bool is_signed, without_ds, expired; /* sign.h */
	bool resolver; /* answers as a resolver does: RA, no AA, only to RD=1 */
	unsigned addr_count;
	struct addr addrs[ZONE_ADDRS_MAX];
	struct record *records;
};

enum rule_action {
	RULE_REPLY,	/* the reply as written */
	RULE_ZONE,	/* what the zones say; the rule only delays */
	RULE_TRUNCATED, /* TC and nothing else, when by UDP */
	RULE_SILENT,
	RULE_UNREACHABLE,
	RULE_CASE,   /* nothing came but replies with another case; only when the query's
			case is mixed */
	RULE_NO_SOA, /* what the zones say, but denials lack their SOA */
	RULE_SPOOFED_REPLY, /* what the zones say, after too many wrong replies */
	RULE_SPOOFED,	    /* nothing came but wrong replies, too many of them */
	RULE_BYTES /* header and question, then these bytes, counted as one answer record
		    */
};

struct rule {
	struct rule *next;
	unsigned line;
	/* what it matches */
	bool any_addr, any_name, below, any_type;
	struct addr addr;
	struct dname name;
	uint16_t type;
	int tcp;  /* -1: either */
	int edns; /* -1: either */
	unsigned times_left;
	/* what it does */
	enum rule_action action;
	uint32_t delay_ms;
	struct reply reply;
	size_t byte_count;
	uint8_t bytes[1024];
};

struct world {
	struct zone *zones;
	struct rule *rules;
};

struct world_query {
	struct addr to;
	bool tcp;
	const uint8_t *bytes;
	size_t len;
	bool mixed_case;
	/* parsed */
	struct dname name;
	uint16_t type;
	bool edns, dnssec_ok, recursion_desired;
	uint16_t udp_size;
	bool without_soa; /* a rule asks for that */
};

enum world_outcome {
	WORLD_REPLY,
	WORLD_SILENT,
	WORLD_UNREACHABLE,
	WORLD_CASE,
	WORLD_SPOOFED,
	WORLD_SPOOFED_REPLY
};

#define WORLD_DELAY_MS 10u

/** world_parse_query(q): fills the parsed part from ${q->bytes}; false when it is no
 * query. */
bool world_parse_query(struct world_query *q);
/** world_ask(w, q, out, len, delay_ms): what ${q} gets. */
enum world_outcome world_ask(struct world *w, const struct world_query *q,
    uint8_t out[REPLY_MAX], size_t *len, uint32_t *delay_ms);
/** zone_answer(w, q, r): by the zones alone (tests/replay/authority.c). */
void zone_answer(const struct world *w, const struct world_query *q, struct reply *r);
void world_clear(struct world *w);

#endif
