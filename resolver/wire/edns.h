#ifndef WIRE_EDNS_H
#define WIRE_EDNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "resolver/wire/reader.h"
#include "resolver/wire/writer.h"

/*
 * EDNS(0), RFC 6891: the OPT record of questions and answers. Options that
 * sekisho does not know are skipped; none of a client's is ever passed on.
 */

#define EDNS_UDP_SIZE	 1232u /* both ways: no fragments (DNS flag day 2020) */
#define EDNS_OPTIONS_MAX 16u
#define EDNS_COOKIE_MAX	 40u

enum {
	EDNS_OPT_NSID = 3,
	EDNS_OPT_COOKIE = 10,
	EDNS_OPT_KEEPALIVE = 11,
	EDNS_OPT_PADDING = 12,
	EDNS_OPT_EDE = 15,
	EDNS_OPT_REPORT_CHANNEL = 18
};

struct edns {
	bool present;
	bool dnssec_ok; /* DO (RFC 3225) */
	uint8_t version;
	uint8_t rcode_high; /* upper eight bits of the RCODE */
	uint16_t udp_size;  /* as sent; below 512 means 512 (RFC 6891 6.2.3) */
	uint8_t cookie_len; /* 0: none; 8, or 16..40 (RFC 7873 4) */
	uint8_t cookie[EDNS_COOKIE_MAX];
	bool cookie_malformed; /* of a length that none has: a client's is FORMERR (RFC
				  7873 5.2.2), a server's no cookie at all */
	bool has_ede;
	uint16_t ede_code;
	bool wants_keepalive;
	uint8_t agent_len;
	const uint8_t *agent; /* of a report channel (RFC 9567 5): a whole name in wire
				 form, any case; borrows the message. NULL: none */
};

/**
 * edns_read(class, ttl, rdata, len, out):
 * An OPT record whose owner was the root.
 * Errors: ERR_MALFORMED: options that overrun, more than EDNS_OPTIONS_MAX, a duplicate
 *         of cookie, NSID or padding (CVE-2026-41292).
 */
MUST_USE enum err edns_read(
    uint16_t class, uint32_t ttl, const uint8_t *rdata, size_t len, struct edns *out);

/** What we put into an OPT of our own. */
struct edns_out {
	uint16_t udp_size;
	bool dnssec_ok;
	uint8_t rcode_high;
	int ede_code;	       /* EDE_NONE: no option */
	const char *ede_text;  /* UTF-8 or NULL */
	const uint8_t *cookie; /* borrows; may be NULL */
	uint8_t cookie_len;
	int keepalive_100ms; /* RFC 7828 on TCP; -1: none */
};
/** edns_write(w, out): one OPT record. Text that does not fit is left out before anything
 * else is. */
void edns_write(struct writer *w, const struct edns_out *out);
/** edns_size(out): bytes that edns_write needs. */
size_t edns_size(const struct edns_out *out);

#endif
