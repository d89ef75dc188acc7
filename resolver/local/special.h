#ifndef LOCAL_SPECIAL_H
#define LOCAL_SPECIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/dname.h"

/*
 * The names that must not be asked of the Internet's servers: special-use domain
 * names (IANA "Special-Use Domain Names") and locally served zones (IANA
 * "Locally-Served DNS Zones"), each with the RFC that says so. A table and
 * nothing else: local.c puts its rows into the index and answers by their kind.
 */

/* What a name at or beneath a row gets. */
enum special_kind {
	SPECIAL_NXDOMAIN,     /* NXDOMAIN for the name itself too */
	SPECIAL_EMPTY_ZONE,   /* SOA and NS at its apex, NXDOMAIN beneath (RFC 6303 3) */
	SPECIAL_NODATA,	      /* every name exists and has nothing */
	SPECIAL_LOOPBACK,     /* every name has 127.0.0.1 and ::1 */
	SPECIAL_LOOPBACK_PTR, /* an empty zone whose apex has a PTR to localhost */
	SPECIAL_LOOPBACK_NAME /* the same name inside the row above it: no zone of its own
			       */
};

struct special {
	const char *suffix;   /* presentation form */
	unsigned first, last; /* numbers that stand before it as one label; 0, 0: none */
	enum special_kind kind;
	bool reverse;	    /* under conf's private_reverse, else under special_names */
	const char *source; /* the RFC and its section */
};

/**
 * special_each(fn, ctx):
 * Calls ${fn} for every name of the table, ranges spelt out, until it says false.
 * ${name} is canonical and lives for the call; ${row} lives for ever.
 * Returns false when ${fn} did.
 */
bool special_each(
    bool (*fn)(void *ctx, const struct dname *name, const struct special *row),
    void *ctx);

#endif
