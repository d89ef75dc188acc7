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
 * it is lame. A fixed table in buckets, oldest entry of a bucket overwritten; a second
 * small one for lameness. Shared by all workers. Times are monotonic milliseconds.
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
