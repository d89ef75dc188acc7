#include "base/dname.h"

#include <string.h>

/*
 * The one fact that makes this file short: a label's length byte is at most 63
 * and so never a letter ('A' is 65). Lower-casing or comparing a whole name can
 * therefore go over all its bytes alike, eight at a time, without looking where
 * labels begin; and two names that agree byte for byte have the same labels.
 */

#define REPEAT(byte) ((uint64_t)(byte)*UINT64_C(0x0101010101010101))

/* Eight bytes in lower case at once: bit 5 is set where the byte lies in 'A'..'Z'. */
static inline uint64_t
lower8(uint64_t x)
{
	uint64_t seven = x & REPEAT(0x7f);
	uint64_t from_a = seven + REPEAT(0x80 - 'A'); /* top bit: at least 'A' */
	uint64_t past_z = seven + REPEAT(0x7f - 'Z'); /* top bit: more than 'Z' */

	return x | ((from_a & ~past_z & ~x & REPEAT(0x80)) >> 2);
}

static inline uint8_t
lower1(uint8_t c)
{
	return (uint8_t)(c | ((uint8_t)(c - 'A') < 26 ? 0x20 : 0));
}

static inline uint64_t
load8(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* ${a} and ${b} are equal over ${len} bytes without regard to ASCII case. */
static bool
equal_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		if (lower8(load8(a + i)) != lower8(load8(b + i)))
			return false;
	}
	for (; i < len; i++) {
		if (lower1(a[i]) != lower1(b[i]))
			return false;
	}
	return true;
}

void
dname_lower_bytes(uint8_t *out, const uint8_t *bytes, size_t len)
{
	size_t i = 0;
	uint64_t x;

	for (; i + 8 <= len; i += 8) {
		x = lower8(load8(bytes + i));
		memcpy(out + i, &x, sizeof(x));
	}
	for (; i < len; i++)
		out[i] = lower1(bytes[i]);
}

bool
dname_label_equal(const uint8_t *a, const uint8_t *b)
{
	return a[0] == b[0] && equal_bytes(a + 1, b + 1, a[0]);
}

size_t
dname_len(const uint8_t *name)
{
	const uint8_t *p = name;

	while (*p != 0)
		p += *p + 1;
	return (size_t)(p - name) + 1;
}

unsigned
dname_labels(const uint8_t *name)
{
	unsigned labels = 0;

	for (; *name != 0; name += *name + 1)
		labels++;
	return labels;
}

const uint8_t *
dname_parent(const uint8_t *name)
{
	return *name == 0 ? name : name + *name + 1;
}

const uint8_t *
dname_skip(const uint8_t *name, unsigned labels)
{
	for (; labels > 0 && *name != 0; labels--)
		name += *name + 1;
	return name;
}

const uint8_t *
dname_suffix(const uint8_t *name, unsigned labels)
{
	unsigned have = dname_labels(name);

	return have <= labels ? name : dname_skip(name, have - labels);
}

bool
dname_equal(const uint8_t *a, const uint8_t *b)
{
	size_t len = dname_len(a);

	return len == dname_len(b) && equal_bytes(a, b, len);
}

bool
dname_is_below(const uint8_t *name, const uint8_t *zone)
{
	size_t left = dname_len(name);
	size_t zone_len = dname_len(zone);

	/* A suffix of the zone's length has to begin where a label begins. */
	while (left > zone_len) {
		left -= *name + 1u;
		name += *name + 1;
	}
	return left == zone_len && equal_bytes(name, zone, zone_len);
}

bool
dname_is_strictly_below(const uint8_t *name, const uint8_t *zone)
{
	return dname_len(name) > dname_len(zone) && dname_is_below(name, zone);
}

/* Where each label of ${name} begins, first to last; returns how many, without the root.
 */
static unsigned
label_starts(const uint8_t *name, uint8_t at[DNAME_LABELS_MAX])
{
	unsigned labels = 0;
	size_t pos = 0;

	for (; name[pos] != 0; pos += name[pos] + 1u)
		at[labels++] = (uint8_t)pos;
	return labels;
}

unsigned
dname_common_labels(const uint8_t *a, const uint8_t *b)
{
	uint8_t a_at[DNAME_LABELS_MAX], b_at[DNAME_LABELS_MAX];
	unsigned a_left = label_starts(a, a_at), b_left = label_starts(b, b_at);
	unsigned common = 0;

	while (a_left > 0 && b_left > 0 &&
	       dname_label_equal(a + a_at[a_left - 1], b + b_at[b_left - 1])) {
		a_left--;
		b_left--;
		common++;
	}
	return common;
}

/* Labels as lower-case octet strings; the shorter of two that agree comes first. */
static int
label_compare(const uint8_t *a, const uint8_t *b)
{
	size_t shorter = a[0] < b[0] ? a[0] : b[0];

	for (size_t i = 1; i <= shorter; i++) {
		int diff = lower1(a[i]) - lower1(b[i]);

		if (diff != 0)
			return diff;
	}
	return a[0] - b[0];
}

int
dname_compare(const uint8_t *a, const uint8_t *b)
{
	uint8_t a_at[DNAME_LABELS_MAX], b_at[DNAME_LABELS_MAX];
	unsigned a_left = label_starts(a, a_at), b_left = label_starts(b, b_at);

	while (a_left > 0 && b_left > 0) {
		int diff = label_compare(a + a_at[--a_left], b + b_at[--b_left]);

		if (diff != 0)
			return diff;
	}
	return (int)a_left - (int)b_left;
}

size_t
dname_copy(uint8_t *out, const uint8_t *name)
{
	size_t len = dname_len(name);

	memcpy(out, name, len);
	return len;
}

size_t
dname_copy_lower(uint8_t *out, const uint8_t *name)
{
	size_t len = dname_len(name);

	dname_lower_bytes(out, name, len);
	return len;
}

void
dname_set(struct dname *out, const uint8_t *name)
{
	out->len = (uint8_t)dname_copy(out->bytes, name);
}

enum err
dname_concat(
    uint8_t out[DNAME_MAX], const uint8_t *prefix, unsigned labels, const uint8_t *suffix)
{
	size_t prefix_len = (size_t)(dname_skip(prefix, labels) - prefix);
	size_t suffix_len = dname_len(suffix);

	if (prefix_len + suffix_len > DNAME_MAX)
		return ERR_RANGE;
	memmove(out + prefix_len, suffix, suffix_len);
	memmove(out, prefix, prefix_len);
	return ERR_OK;
}

uint64_t
dname_hash(const struct hashkey *key, const uint8_t *canonical)
{
	return siphash13(key, canonical, dname_len(canonical));
}
