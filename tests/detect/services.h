#ifndef TESTS_DETECT_SERVICES_H
#define TESTS_DETECT_SERVICES_H

#include <stdbool.h>

#include "tests/detect/traffic.h"

/*
 * Benign users of the DNS whose questions are many, or new, or look random: what a
 * detector stops wrongly. Each alone, for a day, from a seed, under names that no list
 * knows.
 */

enum service {
	SERVICE_BLOCK_LIST,  /* a mail server and six lists of addresses */
	SERVICE_BLOCK_LIST6, /* the same of IPv6 */
	SERVICE_SPF,	   /* a mail gateway: MX, SPF, DKIM, DMARC, MTA-STS of senders */
	SERVICE_SPF_MACRO, /* senders whose SPF has the address in a name (RFC 7208 7) */
	SERVICE_DANE,	   /* TLSA of each receiver's server (RFC 7672) */
	SERVICE_OPENPGP,   /* keys by a hash of the mail address (RFC 7929) */
	SERVICE_ENUM,	   /* a telephone exchange: NAPTR of numbers (RFC 6116) */
	SERVICE_DIRECTORY, /* machines of a domain find its controllers (AD DS) */
	SERVICE_PROBES,	   /* a browser's three random hosts, with a search suffix */
	SERVICE_SUFFIX,	   /* each public name first with a search suffix, one client */
	SERVICE_CLUSTER,   /* ndots:5 with four suffixes, ten nodes */
	SERVICE_DISCOVERY, /* DNS-SD over unicast: printers with long names (RFC 6763) */
	SERVICE_ACME,	   /* _acme-challenge of many hosts by one client */
	SERVICE_CDN,	   /* hosts with hashes, by popularity */
	SERVICE_VIDEO,	   /* a few dozen nodes near by, with long names */
	SERVICE_STORES,	   /* tenants of an object store */
	SERVICE_DEVICES,   /* each machine its own UUID, every hour */
	SERVICE_VISITS,	   /* a name for each visit */
	SERVICE_LATENCY,   /* five probes of random names an hour, by 40 clients */
	SERVICE_CLICKS,	   /* a mail's links: a hash for each */
	SERVICE_AVCLOUD,   /* hashes of files, by popularity, by TXT */
	SERVICE_AVCLOUD_RARE, /* the same, where half of the files are of one machine */
	SERVICE_TRACKERS,     /* many trackers of torrents, asked again and again */
	SERVICE_CHAINS,	      /* long chains of CNAME and large TXT, new ones often */
	SERVICE_REVERSE,      /* who is this: PTR of each address in a log */
	SERVICE_HOSTING,      /* thousands of domains on one hoster's name servers */
	SERVICE_PARKED, /* a crawler over parked domains: one server, random hosts */
	SERVICE_COUNT
};
const char *service_name(enum service s);
/** service_day(seed, s, fn, ctx): a day of it. */
void service_day(uint64_t seed, enum service s, traffic_fn *fn, void *ctx);

#endif
