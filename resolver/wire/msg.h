#ifndef WIRE_MSG_H
#define WIRE_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/dname.h"
#include "base/rrset.h"
#include "resolver/wire/edns.h"

/*
 * DNS messages as bytes to views (RFC 1035 4): a client's question parsed by
 * hand in place, a server's reply parsed into RRsets in an arena.
 */

#define MSG_HEADER_LEN 12u
#define MSG_MAX	       65535u
/* A reply with more records than this is hostile: 65,535 bytes of minimal records are
 * 5,900. */
#define MSG_RECORDS_MAX 2048u

/** What a client asked. About 600 bytes; lives on the stack or in a batch slot. */
struct question {
	uint16_t id;
	uint16_t flags; /* as received */
	uint16_t qtype;
	uint16_t qclass;
	uint8_t qname_len;
	uint8_t labels;		      /* without the root label */
	uint8_t qname[DNAME_MAX];     /* canonical */
	uint8_t qname_raw[DNAME_MAX]; /* as it came, for the answer's case */
	struct edns edns;
};

/** What to do with bytes that claim to be a question. */
enum question_verdict {
	QUESTION_OK,
	QUESTION_COOKIE,  /* no question at all, and a cookie: one of ours is asked for
			     (RFC 7873 5.4) */
	QUESTION_DROP,	  /* no header, or QR set: silence, counted */
	QUESTION_FORMERR, /* id and flags are set; qname_len is 0 when there is no usable
			     question */
	QUESTION_NOTIMP,  /* an opcode other than QUERY */
	QUESTION_BADVERS  /* EDNS version above 0 (RFC 6891 6.1.3) */
};

/**
 * question_parse(bytes, len, out):
 * Header, exactly one uncompressed question (or none beside a cookie), at most one OPT in
 * additional; any answer or
 * authority record, trailing bytes after the counted records, or a second OPT is FORMERR.
 * TSIG and other additional records are skipped.
 */
enum question_verdict question_parse(
    const uint8_t *bytes, size_t len, struct question *out);

/** A reply of a server, all of it in one arena. */
struct msg {
	uint16_t id;
	uint16_t flags;
	uint16_t rcode; /* with EDNS's upper bits */
	bool has_question;
	uint16_t qtype, qclass;
	const uint8_t *qname; /* canonical; NULL without a question */
	struct rrset *answer, *authority,
	    *additional; /* RRsets in order of first appearance; OPT not among them */
	struct edns edns;
	size_t records;
	bool surplus; /* some RRset had more than RRSET_RECORDS_MAX records, which is
			 marked as cut, or more than RRSET_RRSIGS_MAX RRSIGs */
};

/**
 * msg_parse(arena, bytes, len, out):
 * A whole reply. Rdata is decompressed and checked against the shape of its type
 * (rdata.h). Records of one owner, type and class become one set, TTL the smallest (RFC
 * 2181 5.2), but NSEC records of the two sides of a cut are two; duplicates fall out; a
 * TTL with the top bit set is 0 (RFC 2181 8). RRSIGs go beside the set they cover; those
 * that cover nothing there are dropped; but asked for by type, those of the name asked
 * are a set of their own in the answer section. With TC set, a cut-off message is no
 * error: what is whole is returned. Errors: ERR_MALFORMED, ERR_LIMIT (MSG_RECORDS_MAX),
 * ERR_NOMEM (arena). Nothing in ${out} is usable then but id and flags.
 */
MUST_USE enum err msg_parse(
    struct arena *arena, const uint8_t *bytes, size_t len, struct msg *out);

/** What we ask a server. */
struct query {
	uint16_t id;
	const uint8_t *qname; /* any case: it is sent as it stands (0x20) */
	uint16_t qtype, qclass;
	bool recursion_desired;
	bool checking_disabled;
	bool edns;
	bool dnssec_ok;
	uint16_t udp_size;
	const uint8_t *cookie; /* NULL or borrows */
	uint8_t cookie_len;
};
/** Room for the longest query: header, name, type, class, OPT with a cookie. */
#define QUERY_MAX 360u
/** query_write(q, out, cap): bytes written; 0 when ${cap} is too small (QUERY_MAX never
 * is). */
size_t query_write(const struct query *q, uint8_t *out, size_t cap);

/**
 * msg_match(reply, len, query, query_len):
 * The reply has QR, the opcode QUERY, and repeats id and question of ${query} byte for
 * byte, case included (0x20). A bare header with FORMERR or NOTIMP is enough, too: what
 * servers from before EDNS say to it (RFC 6891 7). Forged, it costs us the query's OPT
 * and nothing else.
 */
enum msg_match { MSG_MATCH, MSG_MATCH_NOT, MSG_MATCH_CASE_DIFFERS };
enum msg_match msg_match(
    const uint8_t *reply, size_t len, const uint8_t *query, size_t query_len);

#endif
