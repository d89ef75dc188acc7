#ifndef CACHE_SERVERS_H
#define CACHE_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/siphash.h"

/*
 * What we know of servers by address: smoothed round-trip time, how often it
 * was silent, what EDNS it bears, whether it keeps the case of names, and for which zones it
 * is lame. A fixed table, sharded, oldest entry of a bucket overwritten.
 */

struct servers;

struct server_info {
	bool known;
	uint16_t srtt_ms;        /* smoothed (RFC 6298's 1/8, 1/4) */
	uint16_t rttvar_ms;
	uint8_t timeouts;        /* in a row; 0 after any answer */
	bool no_edns;            /* FORMERR or silence to EDNS, no answer with OPT since; expires with the entry */
	bool no_case;            /* did not repeat the case */
	uint64_t retry_at_ms;    /* not asked before, when silent: grows to 15 minutes with one probe at its end */
};

struct servers *servers_new(size_t entries, const struct hashkey *key);
void servers_free(struct servers *s);

/** servers_get(s, addr, now_ms, out): an unknown server has known false and an optimistic srtt. */
void servers_get(struct servers *s, const struct addr *addr, uint64_t now_ms, struct server_info *out);
/** servers_rtt(s, addr, rtt_ms, now_ms): it answered. */
void servers_rtt(struct servers *s, const struct addr *addr, uint32_t rtt_ms, uint64_t now_ms);
/** servers_timeout(s, addr, waited_ms, now_ms): it did not, within ${waited_ms}. */
void servers_timeout(struct servers *s, const struct addr *addr, uint32_t waited_ms, uint64_t now_ms);
void servers_set_no_edns(struct servers *s, const struct addr *addr, bool no_edns, uint64_t now_ms);
void servers_set_no_case(struct servers *s, const struct addr *addr, uint64_t now_ms);
/** servers_set_lame / servers_is_lame: for one zone (canonical), remembered 15 minutes. */
void servers_set_lame(struct servers *s, const struct addr *addr, const uint8_t *zone, uint64_t now_ms);
bool servers_is_lame(struct servers *s, const struct addr *addr, const uint8_t *zone, uint64_t now_ms);
/** server_timeout_ms(info): how long to wait for a packet: srtt + 4 rttvar, doubled per timeout, within 50..1500. */
uint32_t server_timeout_ms(const struct server_info *info);
size_t servers_bytes(const struct servers *s);

#endif
