#ifndef REPLAY_WORLD_H
#define REPLAY_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/dname.h"
#include "resolver/wire/edns.h"
#include "tests/replay/records.h"

/*
 * The servers of a scenario: zones served at addresses the way an authority does
 * (RFC 1034 4.3.2), and rules that break some of it: what a query that they match gets
 * instead.
 */

#define ZONE_ADDRS_MAX 24u

/** How a zone is signed, and what is wrong with that (sign.h). */
struct signing {
	bool without_ds, anchor, expired, revoked, ds_wrong;
	bool nsec3, opt_out;
	uint8_t algorithm;		 /* 0: 13 */
	uint8_t ds_algorithm, ds_digest; /* what the DS says; 0: what is so */
	uint16_t iterations;
	uint8_t salt_len;
	uint8_t salt[255];
	unsigned same_tag; /* keys made up, with the tag of the true one */
};

struct zone {
	struct zone *next;
	struct dname name;
	bool is_signed;
	struct signing signing;
	bool resolver; /* answers as a resolver does: RA, no AA, only to RD=1 */
	unsigned addr_count;
	struct addr addrs[ZONE_ADDRS_MAX];
	struct record *records;
};

enum rule_action {
	RULE_REPLY,	/* the reply as written */
	RULE_ZONE,	/* what the zones say; the rule only delays */
	RULE_NO_DENIAL, /* what the zones say, without NSEC */
	RULE_ENCLOSER,	/* what the zones say, of a proof the closest encloser alone */
	RULE_NXDOMAIN,	/* what the zones say, as NXDOMAIN and without SOA */
	RULE_TRUNCATED, /* TC and nothing else, when by UDP */
	RULE_SILENT,
	RULE_UNREACHABLE,
	RULE_CASE, /* nothing came but replies with another case; only when the query's
		      case is mixed */
	RULE_SPOOFED_REPLY, /* what the zones say, after too many wrong replies */
	RULE_SPOOFED,	    /* nothing came but wrong replies, too many of them */
	RULE_BYTES /* header and question, then these bytes, counted as one answer record
		    */
};

/* What a reply's OPT has for a cookie. */
enum rule_cookie {
	RULE_COOKIE_USUAL, /* what the address has: of "zone" a good one where it does
			      cookies, of "reply" none */
	RULE_COOKIE_NONE,
	RULE_COOKIE_GOOD,
	RULE_COOKIE_FORGED, /* with another client's part */
	RULE_COOKIE_OTHER,  /* our part, another of the server's */
	RULE_COOKIE_GARBAGE /* of a length that no cookie has */
};

/* What the zones say to another question takes part in the reply. */
enum rule_other {
	RULE_OTHER_NONE,
	RULE_OTHER_INSTEAD, /* all of it */
	RULE_OTHER_PROOFS   /* its NSEC and NSEC3 sets, besides */
};

/* An address where cookies are done (RFC 7873). */
struct cookie_server {
	struct cookie_server *next;
	struct addr addr;
	bool required; /* BADCOOKIE by UDP without a good one */
};

struct rule {
	struct rule *next;
	unsigned line;
	/* what it matches */
	bool any_addr, any_name, below, any_type;
	struct addr addr;
	struct dname name;
	uint16_t type;
	int tcp;    /* -1: either */
	int edns;   /* -1: either */
	int cookie; /* -1: any; 0: none; 1: our part alone; 2: the server's too */
	unsigned times_left;
	/* what it does */
	enum rule_action action;
	uint32_t delay_ms;
	enum rule_cookie reply_cookie;
	struct dname agent; /* of a report channel (RFC 9567); len 0: none */
	enum rule_other other;
	struct dname other_name;
	uint16_t other_type;
	int rcode; /* in the place of the zones'; -1: theirs */
	struct reply reply;
	size_t byte_count;
	uint8_t bytes[1024];
};

struct world {
	struct zone *zones;
	struct rule *rules;
	struct cookie_server *cookies;
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
	uint8_t cookie_len;
	uint8_t cookie[EDNS_COOKIE_MAX];
	uint16_t udp_size;
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
/** zone_has(z, name): ${z} has ${name} or something beneath it. */
bool zone_has(const struct zone *z, const uint8_t *name);
/** zone_add(z, q, owner, type, as, section): that set, under the name ${as}, and with DO
 * its RRSIGs. */
void zone_add(const struct zone *z, const struct world_query *q, const uint8_t *owner,
    uint16_t type, const uint8_t *as, struct record **section);
/** zone_answer(w, q, r): by the zones alone (tests/replay/authority.c). */
void zone_answer(const struct world *w, const struct world_query *q, struct reply *r);
void world_clear(struct world *w);

#endif
