#include "resolver/dnssec/typemap.h"

#include "base/dns.h"
#include "resolver/wire/reader.h"

/*
 * A bitmap is a row of windows: number, length, bits. Window w speaks of the types
 * 256 w to 256 w + 255, most significant bit first; bytes of zeros at its end are left
 * out (RFC 4034 4.1.2). That rule about zeros is not enforced: a zero says the same
 * whether it is written or not.
 */
#define WINDOW_BYTES_MAX 32u

struct window {
	uint8_t number;
	uint8_t len;
	const uint8_t *bits;
};

/* The next window at the cursor; false when there is none, or none that can be one. */
static bool
next_window(struct reader *r, struct window *out)
{
	if (reader_left(r) == 0)
		return false;
	out->number = reader_u8(r);
	out->len = reader_u8(r);
	out->bits = reader_bytes(r, out->len);
	if (out->len < 1 || out->len > WINDOW_BYTES_MAX)
		r->failed = true;
	return !r->failed;
}

bool
typemap_valid(const struct typemap *map)
{
	struct reader r;
	struct window w;
	int last = -1;

	reader_init(&r, map->bytes, map->len);
	while (next_window(&r, &w)) {
		if (w.number <= last)
			return false;
		last = w.number;
	}
	return !r.failed;
}

bool
typemap_has(const struct typemap *map, uint16_t type)
{
	struct reader r;
	struct window w;
	uint8_t low = type & 0xff;

	reader_init(&r, map->bytes, map->len);
	while (next_window(&r, &w)) {
		if (w.number == type >> 8)
			return low / 8 < w.len &&
			       (w.bits[low / 8] & 0x80 >> low % 8) != 0;
	}
	return false;
}

/* How many types are there. */
static unsigned
count(const struct typemap *map)
{
	struct reader r;
	struct window w;
	unsigned types = 0;

	reader_init(&r, map->bytes, map->len);
	while (next_window(&r, &w)) {
		for (unsigned i = 0; i < w.len; i++)
			types += (unsigned)__builtin_popcount(w.bits[i]);
	}
	return types;
}

/* A type that somebody could have asked for, beside what the denial itself brings along.
 */
static bool
has_data(const struct typemap *map)
{
	unsigned own = (unsigned)typemap_has(map, TYPE_NSEC) +
		       (unsigned)typemap_has(map, TYPE_RRSIG) +
		       (unsigned)typemap_has(map, TYPEMAP_NXNAME);

	return count(map) > own;
}

bool
typemap_is_cut(const struct typemap *map)
{
	return typemap_has(map, TYPE_NS) && !typemap_has(map, TYPE_SOA);
}

bool
typemap_ends_here(const struct typemap *map)
{
	return typemap_has(map, TYPE_DNAME) || typemap_is_cut(map);
}

bool
typemap_denies(const struct typemap *map, uint16_t type, bool is_root)
{
	if (typemap_has(map, type) || typemap_has(map, TYPE_CNAME))
		return false;
	if (type == TYPE_DS)
		return is_root || !typemap_has(map, TYPE_SOA);
	if (type == TYPE_ANY && has_data(map))
		return false;
	return !typemap_is_cut(map);
}
