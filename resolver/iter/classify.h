#ifndef ITER_CLASSIFY_H
#define ITER_CLASSIFY_H

#include "resolver/iter/task.h"

/*
 * What kind of reply this is (RFC 1034 5.3.3 step 4, RFC 2308 2). Pure: it looks at
 * a scrubbed message and changes nothing.
 */

enum reply_class {
	REPLY_ANSWER,	/* found.set: the first set asked for */
	REPLY_CNAME,	/* found.set */
	REPLY_DNAME,	/* found.set: of an ancestor of the name (RFC 6672) */
	REPLY_NODATA,	/* found.soa or NULL */
	REPLY_NXDOMAIN, /* found.soa or NULL */
	REPLY_REFERRAL, /* found.ns */
	REPLY_LAME,	/* the server does not serve the zone, or will not */
	REPLY_ERROR,	/* SERVFAIL and other RCODEs that say nothing of the name */
	REPLY_LARGE,	/* the answer has more records than a set may have */
	REPLY_FORMAT,	/* the server did not understand the query */
	REPLY_NOTHING,	/* chained only: the reply does not speak of that name */
	REPLY_CLASS_COUNT
};

/** What the reply is read for. */
struct view {
	const uint8_t *zone; /* whose servers were asked */
	const uint8_t *name; /* asked for, or where the reply's own aliases led */
	uint16_t qtype;
	bool forward; /* a resolver was asked, or nobody else is left to be asked */
	bool chained; /* ${name} is not what was asked but behind an alias in the reply */
	bool refers;  /* it is a referral, perhaps to a zone above: that is scrubbed */
	bool silence_counts; /* nobody says more: what says nothing is "no data" */
};

enum reply_class classify_reply(
    const struct view *v, const struct msg *m, struct found *out);

#endif
