#include "resolver/local/special.h"

#include <stdio.h>

#include "base/err.h"

/*
 * Rows that stand beneath another row (127.0.0.1's own name beneath 127/8) are
 * found first, since the index goes by the deepest.
 *
 * Not here, on purpose: example, example.com and friends (RFC 6761 6.5 wants no
 * special treatment by caching servers), ipv4only.arpa (RFC 8880 7: only a DNS64
 * has something to say about it), empty.as112.arpa (RFC 7535: a DNAME's target
 * in the public tree).
 */
#define NOTHING_BEFORE 0, 0

static const struct special rows[] = {
	{ "localhost", NOTHING_BEFORE, SPECIAL_LOOPBACK, false, "RFC 6761 6.3" },
	{ "invalid", NOTHING_BEFORE, SPECIAL_NXDOMAIN, false, "RFC 6761 6.4" },
	{ "test", NOTHING_BEFORE, SPECIAL_NXDOMAIN, false, "RFC 6761 6.2" },
	{ "local", NOTHING_BEFORE, SPECIAL_NXDOMAIN, false, "RFC 6762 22.1" },
	{ "onion", NOTHING_BEFORE, SPECIAL_NXDOMAIN, false, "RFC 7686 2" },
	{ "alt", NOTHING_BEFORE, SPECIAL_NXDOMAIN, false, "RFC 9476 2" },
	{ "home.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, false, "RFC 8375 4" },
	{ "resolver.arpa", NOTHING_BEFORE, SPECIAL_NODATA, false, "RFC 9462 6.4" },

	{ "10.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.1" },
	{ "172.in-addr.arpa", 16, 31, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.1" },
	{ "168.192.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.1" },
	{ "0.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.2" },
	{ "127.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.2" },
	{ "1.0.0.127.in-addr.arpa", NOTHING_BEFORE, SPECIAL_LOOPBACK_NAME, true,
	    "RFC 1912 4.1" },
	{ "254.169.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.2" },
	{ "2.0.192.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.2" },
	{ "100.51.198.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.2" },
	{ "113.0.203.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.2" },
	{ "255.255.255.255.in-addr.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.2" },
	{ "100.in-addr.arpa", 64, 127, SPECIAL_EMPTY_ZONE, true, "RFC 7793 3" },
	{ "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
	    NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.3" },
	{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
	    NOTHING_BEFORE, SPECIAL_LOOPBACK_PTR, true, "RFC 6303 4.3" },
	{ "d.f.ip6.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.4" },
	{ "8.e.f.ip6.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.5" },
	{ "9.e.f.ip6.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.5" },
	{ "a.e.f.ip6.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.5" },
	{ "b.e.f.ip6.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true, "RFC 6303 4.5" },
	{ "8.b.d.0.1.0.0.2.ip6.arpa", NOTHING_BEFORE, SPECIAL_EMPTY_ZONE, true,
	    "RFC 6303 4.6" },
};

static bool
name_of(const struct special *row, unsigned number, struct dname *out)
{
	char text[DNAME_TEXT_MAX];

	if (row->last == 0)
		return dname_from_text(row->suffix, out) == ERR_OK;
	snprintf(text, sizeof(text), "%u.%s", number, row->suffix);
	return dname_from_text(text, out) == ERR_OK;
}

bool
special_each(
    bool (*fn)(void *ctx, const struct dname *name, const struct special *row), void *ctx)
{
	struct dname name;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned n = rows[i].first; n <= rows[i].last; n++)
			if (FAILS(!name_of(&rows[i], n, &name)) ||
			    !fn(ctx, &name, &rows[i]))
				return false;
	return true;
}
