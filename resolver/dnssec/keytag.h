#ifndef DNSSEC_KEYTAG_H
#define DNSSEC_KEYTAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/dname.h"
#include "base/rrset.h"

/*
 * What a resolver tells of its trust anchors: to the anchor zone's servers by the name of
 * a query (RFC 8145 5), to its own clients by failing (RFC 8509).
 */

/* "_ta" and "-ffff" for each tag in one label (RFC 8145 5.1). */
#define KEYTAG_SIGNAL_MAX 12u

/** keytag_signal_name(ds, out): "_ta-4f66-9728" and the anchor's zone: the different tags
 * of ${ds}, ascending, the lowest KEYTAG_SIGNAL_MAX of them. False: the name is too long.
 */
bool keytag_signal_name(const struct rrset *ds, struct dname *out);

enum keytag_sentinel {
	SENTINEL_NONE, /* no sentinel's question: answer as usual */
	SENTINEL_PASS, /* one, and the answer is the usual one */
	SENTINEL_FAIL  /* SERVFAIL (RFC 8509 2.2) */
};
/** keytag_sentinel(qname, qtype, root): of a question without CD whose answer is secure;
 * ${root} the DS set of the root's anchor, NULL without one. */
enum keytag_sentinel keytag_sentinel(
    const uint8_t *qname, uint16_t qtype, const struct rrset *root);

#endif
