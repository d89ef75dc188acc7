#ifndef CACHE_SERVERS_H
#define CACHE_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/siphash.h"

/*
 * What we know of servers by address: smoothed round-trip time, how often it
 * was silent, what EDNS it bears, whether it keeps the case of names, and for which zones
 * it is lame, and the DNS cookies that it and we have given each other. A fixed table in
 * buckets, oldest entry of a bucket overwritten; a second small one for lameness. Shared
 * by all workers. Times are monotonic milliseconds.
 *
 * An entry is forgotten 15 minutes after the last news of its server, or after the
 * end of its silence.
 */

struct servers;

struct server_info {
	bool known;
	uint16_t srtt_ms; /* smoothed (RFC 6298's 1/8, 1/4) */
	uint16_t rttvar_ms;
	uint8_t timeouts; /* in a row; 0 after any answer */
	bool no_edns;	  /* FORMERR or silence to EDNS, no answer with OPT since; for 15
			     minutes, then it is tried again */
	bool no_case;	  /* did not repeat the case; as long */
	bool no_cookie;	  /* does not bear cookies; as long */
	bool has_cookie;  /* it gave us one: its replies by UDP must have one */
	bool cookie_silence;  /* was silent to a query with a cookie lately, and answered
				 one without */
	uint64_t retry_at_ms; /* not asked before, when silent: grows to 15 minutes with
				 one probe at its end */
};

/** servers_new(entries, key): room for at least ${entries} servers and a quarter as many
 * lame (server, zone) pairs. NULL without memory. */
struct servers *servers_new(size_t entries, const struct hashkey *key);
void servers_free(struct servers *s);

/** servers_get(s, addr, now_ms, out): an unknown server has known false and an optimistic
 * srtt. */
void servers_get(
    struct servers *s, const struct addr *addr, uint64_t now_ms, struct server_info *out);
/** servers_rtt(s, addr, rtt_ms, now_ms): it answered. */
void servers_rtt(
    struct servers *s, const struct addr *addr, uint32_t rtt_ms, uint64_t now_ms);
/** servers_timeout(s, addr, waited_ms, now_ms): it did not, within ${waited_ms}. Of
 * several packets under way at once only the first to time out counts: one sent before
 * the last counted timeout says nothing new. */
void servers_timeout(
    struct servers *s, const struct addr *addr, uint32_t waited_ms, uint64_t now_ms);
/**
 * servers_take_probe(s, addr, now_ms):
 * To be asked right before a packet is sent. True when it may go: the server is not
 * silent, or its time of silence is over and this packet is the one probe (the next is
 * due only after this one must have timed out).
 */
bool servers_take_probe(struct servers *s, const struct addr *addr, uint64_t now_ms);
void servers_set_no_edns(
    struct servers *s, const struct addr *addr, bool no_edns, uint64_t now_ms);
void servers_set_no_case(struct servers *s, const struct addr *addr, uint64_t now_ms);

#define SERVER_COOKIE_MAX 40u /* RFC 7873 4: ours 8, theirs 8..32 */
/**
 * servers_cookie(s, addr, now_ms, out):
 * The cookie for a query to ${addr}: our part alone (8 bytes), or with the server's
 * (16..40); 0 when it bears none. Our part is one nonce a server and a day, from this
 * table's key: no two servers can tell by it that we are the same (RFC 9018 3), and a
 * server's part ends with the nonce that it was made for.
 */
size_t servers_cookie(struct servers *s, const struct addr *addr, uint64_t now_ms,
    uint8_t out[SERVER_COOKIE_MAX]);
/** servers_set_cookie(s, addr, cookie, len, now_ms): what a reply brought, both parts;
 * ${len} 16..40. Nothing when our part is not that of today, or the server is known to
 * give cookies now and then only. */
void servers_set_cookie(struct servers *s, const struct addr *addr, const uint8_t *cookie,
    size_t len, uint64_t now_ms);
/** servers_forget_cookie(s, addr, now_ms): by TCP, where nobody forges, it gave none:
 * several servers share the address. For 15 minutes our part alone is sent. */
void servers_forget_cookie(struct servers *s, const struct addr *addr, uint64_t now_ms);
/** servers_set_no_cookie(s, addr, now_ms): it does not bear them: for 15 minutes. */
void servers_set_no_cookie(struct servers *s, const struct addr *addr, uint64_t now_ms);
/** servers_cookie_silence(s, addr, silent, now_ms): it was ${silent} to a query with a
 * cookie and answered one without; three times in a row are no accident: then as
 * servers_set_no_cookie. Not ${silent}: it answered one with a cookie. */
void servers_cookie_silence(
    struct servers *s, const struct addr *addr, bool silent, uint64_t now_ms);
/** servers_set_lame / servers_is_lame: for one zone (canonical), remembered 15 minutes.
 */
void servers_set_lame(
    struct servers *s, const struct addr *addr, const uint8_t *zone, uint64_t now_ms);
bool servers_is_lame(
    struct servers *s, const struct addr *addr, const uint8_t *zone, uint64_t now_ms);
/** servers_not_lame(s, addr, zone): it answered for the zone after all. */
void servers_not_lame(struct servers *s, const struct addr *addr, const uint8_t *zone);
/** server_timeout_ms(info): how long to wait for a packet: srtt + 4 rttvar, doubled per
 * timeout, within 200..1500. */
uint32_t server_timeout_ms(const struct server_info *info);
/** servers_bytes(s): all the memory it has and will ever have. */
size_t servers_bytes(const struct servers *s);

#endif
