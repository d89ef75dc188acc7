#ifndef DETECT_WIDE_H
#define DETECT_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "detect/level.h"

/*
 * Accounts wider than a zone, against a channel that is spread so thin that no zone's own
 * account fills:
 *
 * 1. A client over all zones that nobody shares. Full: an alarm, and its limits in such
 *    zones shrink; by itself it stops nothing.
 * 2. A server (an address that answers) over all the zones that nobody shares and that
 *    it answers for. Full: those zones are stopped for whoever brings data, and to zones
 *    that are new there no query leaves.
 * 3. The network over all clients: data in the first name ever asked of a zone. People
 *    do that a few times an hour. Full, and by several clients: an alarm, and who has
 *    done it before today cannot do it again.
 *
 * Each takes and leaves its own lock; none may be held.
 */

enum wide_alarm { WIDE_NONE, WIDE_CLIENT, WIDE_NETWORK };

/** wide_read(in): what the client's and the network's accounts say of this question. */
void wide_read(struct inquiry *in);
/** wide_charge(in, l): a fresh name passed in ${l}, which nobody shares; says who has
 * just crossed a line. */
enum wide_alarm wide_charge(struct inquiry *in, const struct level *l);

/** wide_owe(l): with the level's lock: what its server will be charged for. */
void wide_owe(const struct inquiry *in, struct level *l);
/** What a zone is to its server. */
struct wide_debt {
	float bytes;	  /* owed */
	float mean_bytes; /* of its fresh names */
	bool known;	  /* shared, or brings nothing */
};
/** wide_take_debt(l, authority_hash): with the level's lock: an answer came from there.
 */
struct wide_debt wide_take_debt(struct level *l, uint64_t authority_hash);
/** wide_charge_server(in, zone_key, authority_hash, debt): true when it has just become
 * full. */
bool wide_charge_server(const struct inquiry *in, uint64_t zone_key,
    uint64_t authority_hash, const struct wide_debt *debt);
/** wide_server_hash(d, authority): which server an address is; an attacker has a whole
 * /64 of IPv6. */
uint64_t wide_server_hash(const struct detect *d, const struct addr *authority);

/* A name with fewer fresh bytes is a host's, even of a cloud: it is not charged here. */
#define WIDE_NAME_BYTES 8.0f
/* The first name of a zone that nobody knows, and this much in it. */
#define WIDE_NEWCOMER_BYTES 20.0f
/* What makes a spread channel is many zones, each with little: of one client in one zone
 * no more than this counts for the client's account. A mail server brings thousands of
 * names to each of a dozen block lists. */
#define WIDE_ZONE_BYTES 60u
#define WIDE_DAY_SEC	86400u

/* Thousandths of a byte a second. A server: 1.7 kB a day, no more than the accounts of
 * four zones. The network: a company of 400 people brings some 60 bytes an hour in such
 * names after its first hour. */
#define WIDE_CLIENT_DRAIN_MILLI	 50u
#define WIDE_SERVER_DRAIN_MILLI	 20u
#define WIDE_NETWORK_DRAIN_MILLI 25u

#define WIDE_CLIENT_ALARM_BYTES	 1500.0f
#define WIDE_SERVER_STOP_BYTES	 1500.0f
#define WIDE_NETWORK_ALARM_BYTES 800.0f

#endif
