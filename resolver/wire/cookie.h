#ifndef WIRE_COOKIE_H
#define WIRE_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/siphash.h"

/*
 * DNS cookies (RFC 7873) in the form that servers of several makers share (RFC 9018).
 *
 * Towards clients we are the server: a cookie of ours, sent back from the address that it
 * was made for, shows that this address is not forged. Nothing is kept for it: whoever
 * has the secret can check it. Towards servers we are the client: what a reply has to
 * carry is judged here; which cookie goes to whom is cache/servers.h's knowledge.
 *
 * Pure: secrets and the time come in.
 */

#define COOKIE_CLIENT_LEN   8u
#define COOKIE_SERVER_LEN   16u /* of ours: version, reserved, timestamp, hash */
#define COOKIE_LEN	    (COOKIE_CLIENT_LEN + COOKIE_SERVER_LEN)
#define COOKIE_SECRET_BYTES 16u
#define COOKIE_SECRETS_MAX  4u

/* RFC 9018 4.3, all in seconds. */
#define COOKIE_VALID_SEC  3600u /* older is worth nothing */
#define COOKIE_RENEW_SEC  1800u /* older is answered with a new one */
#define COOKIE_FUTURE_SEC 300u	/* clocks of one fleet may differ by as much */

/** Secrets in force: the first makes cookies, all of them are good in checks (RFC 9018
 * 5: the next one is told to the whole fleet before it is used, the last one is known
 * until its cookies have ended). */
struct cookie_secrets {
	size_t count; /* 1..COOKIE_SECRETS_MAX */
	struct hashkey keys[COOKIE_SECRETS_MAX];
};

/** cookie_secret(bytes, out): 128 bits as they stand in a file, as a key. */
void cookie_secret(const uint8_t bytes[COOKIE_SECRET_BYTES], struct hashkey *out);

/**
 * cookie_secrets_of_day(master, wall_sec, out):
 * The secret of this day and of the day before, both derived from ${master}: so the
 * secret changes each midnight (UTC) without anything to be remembered, and no cookie
 * ends before its hour is over.
 */
void cookie_secrets_of_day(
    const struct hashkey *master, uint32_t wall_sec, struct cookie_secrets *out);

enum cookie_state {
	COOKIE_NONE,   /* the client does not do cookies */
	COOKIE_CLIENT, /* it does, and has none of ours yet (RFC 7873 5.2.3) */
	COOKIE_WRONG,  /* one that is not ours, not this client's or too old (5.2.4) */
	COOKIE_OLD,    /* good, and to be answered with a new one */
	COOKIE_GOOD
};

/**
 * cookie_check(secrets, cookie, len, from, wall_sec):
 * What the cookie option of a question from ${from} shows. ${len} is as edns_read lets
 * pass: 0, 8 or 16..40 bytes; the port of ${from} does not count. ${wall_sec} is seconds
 * since 1970 modulo 2^32, compared as serial numbers (RFC 1982). The hash is compared in
 * constant time.
 */
enum cookie_state cookie_check(const struct cookie_secrets *secrets,
    const uint8_t *cookie, size_t len, const struct addr *from, uint32_t wall_sec);

/** cookie_make(secrets, client, from, wall_sec, out): ${client}'s own part, then the
 * server cookie for it. ${out} may be the same memory as ${client}. */
void cookie_make(const struct cookie_secrets *secrets,
    const uint8_t client[COOKIE_CLIENT_LEN], const struct addr *from, uint32_t wall_sec,
    uint8_t out[COOKIE_LEN]);

/** What the cookie of a server's reply is worth (RFC 7873 5.3). */
enum cookie_match {
	COOKIE_MATCHES,	     /* or none was sent, or none could be expected */
	COOKIE_MATCH_NOT,    /* another client's part: for another query, or forged */
	COOKIE_MATCH_MISSING /* the server gave us a cookie before, and now none */
};

/**
 * cookie_match(reply, len, query, query_len):
 * ${query} is ours, as query_write made it: with a server's cookie in it a reply without
 * one is as good as forged; with our own part alone it is not. A ${reply} whose records
 * or options do not parse has no cookie.
 */
enum cookie_match cookie_match(
    const uint8_t *reply, size_t len, const uint8_t *query, size_t query_len);

#endif
