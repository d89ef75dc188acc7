#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/dname.h"
#include "base/rrset.h"
#include "resolver/wire/edns.h"
#include "resolver/wire/msg.h"

/*
 * What came of a question, wherever it was found out (local data, recursion, a
 * verdict), and how it becomes bytes.
 */
struct answer {
	uint16_t rcode;
	bool authoritative; /* AA: local data only */
	uint8_t security;   /* enum rrset_security of the whole */
	bool truncated;	    /* TC, e.g. on a limit */
	bool cacheable;	    /* may go to the answer cache */
	bool unproved; /* lacks a proof that its signatures need: not for clients with DO
			*/
	bool referral; /* authority and additional are what it is for: never left out */
	uint32_t ttl_sec; /* how long the whole may be kept: smallest TTL of its sets */
	int ede_code;	  /* EDE_NONE or a code of base/dns.h */
	const char *ede_text; /* NULL or text that lives as long as the answer */
	struct rrset *answer, *authority, *additional;
};

/** answer_init(a, rcode): empty, EDE_NONE, cacheable false. */
void answer_init(struct answer *a, uint16_t rcode);

/** An answer as bytes without OPT, ready for the answer cache. */
#define ANSWER_TTLS_MAX 1024u
struct rendered {
	size_t len;	/* bytes in the caller's buffer */
	bool truncated; /* sets were left out, TC is set */
	uint16_t ttl_count;
	uint16_t ttl_at[ANSWER_TTLS_MAX]; /* offsets of the TTL fields */
};

/**
 * answer_render(a, q, cap, minimal, out, r):
 * Header (id, RD and CD of ${q}; QR, RA), question in the client's case, sections, no
 * OPT: the caller appends it (${cap} already leaves room). RRSIGs are written only when
 * ${q} has DO, or asks for RRSIG or ANY. Whole RRsets only: one of answer or authority
 * that does not fit ends it with TC; additional sets just fall out (RFC 2181 9).
 * ${minimal}: authority and additional only where they are needed (negative answers,
 * referrals; RFC 8482's spirit). More than ANSWER_TTLS_MAX records: ${r->ttl_count} is 0
 * and the caller must not cache it. Errors: ERR_RANGE when not even header and question
 * fit.
 */
MUST_USE enum err answer_render(const struct answer *a, const struct question *q,
    size_t cap, bool minimal, uint8_t *out, struct rendered *r);

/**
 * answer_error(q, rcode, flags, out, cap): header and, when there is one, the question;
 * returns the length. For FORMERR, REFUSED, TC=1 slips and the like: no arena, no sets.
 * ${flags}: FLAG_TC or 0.
 */
size_t answer_error(
    const struct question *q, uint16_t rcode, uint16_t flags, uint8_t *out, size_t cap);

/** answer_add_opt(q, edns, out, len, cap): appends OPT to a rendered message when ${q}
 * had one and it fits; patches ARCOUNT and the RCODE's high bits. Returns the new length.
 */
size_t answer_add_opt(const struct question *q, const struct edns_out *edns, uint8_t *out,
    size_t len, size_t cap);

/**
 * answer_cut(out, len): leaves header, question and OPT of the ${len} bytes of an answer
 * of ours, with TC (RFC 2181 9): what a client gets when the whole is too long for its
 * way. Returns the new length; ${len}, and nothing is changed, when it is no answer or
 * has nothing to leave out.
 */
size_t answer_cut(uint8_t *out, size_t len);

/**
 * answer_personalise(out, len, q): makes a cached message this client's: id, RD and CD,
 * the question's case. A rendered message has AD whenever its data is SECURE; here it
 * stays for those alone who set AD or DO (RFC 6840 5.8).
 */
void answer_personalise(uint8_t *out, size_t len, const struct question *q);

#endif
