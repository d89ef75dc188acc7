#ifndef JUDGE_TEXT8_H
#define JUDGE_TEXT8_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Short fields of text, eight bytes at a time in one word, the first byte lowest. How
 * long a field is cannot be foretold, so a loop over its bytes ends with a mispredicted
 * branch, which costs more than all of its arithmetic; here the length is a shift.
 */

#define TEXT8(byte) (UINT64_C(0x0101010101010101) * (uint8_t)(byte))
#define TEXT8_TOP   TEXT8(0x80)

/** text8_load(p): the eight bytes at ${p}. */
static inline uint64_t
text8_load(const void *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return le64toh(x);
}

/** text8_find(x, c): where ${c} is: the top bit of each byte that is one. */
static inline uint64_t
text8_find(uint64_t x, char c)
{
	x ^= TEXT8(c);
	return ~(((x & TEXT8(0x7f)) + TEXT8(0x7f)) | x | TEXT8(0x7f));
}

/** text8_bits(top): the top bit of each byte as eight bits, the first byte's lowest. */
static inline uint64_t
text8_bits(uint64_t top)
{
	return top * UINT64_C(0x0002040810204081) >> 56;
}

/** text16_find(p, c): where ${c} is among the sixteen bytes at ${p}, as bits, the first
 * byte's lowest. */
static inline uint64_t
text16_find(const void *p, char c)
{
#ifdef __SSE2__
	__m128i x = _mm_loadu_si128((const __m128i *)p);

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(c)));
#else
	const uint8_t *bytes = p;

	return text8_bits(text8_find(text8_load(bytes), c)) |
	       text8_bits(text8_find(text8_load(bytes + 8), c)) << 8;
#endif
}

/* Where bytes are from ${least} to ${most}, both below 128: their top bits. */
static inline uint64_t
text8_within(uint64_t x, uint8_t least, uint8_t most)
{
	uint64_t seven = x & TEXT8(0x7f);

	return (seven + TEXT8(0x80 - least)) & ~(seven + TEXT8(0x7f - most)) & ~x &
	       TEXT8_TOP;
}

/** text16_decimals(p): likewise where digits are. */
static inline uint64_t
text16_decimals(const char *p)
{
	return text8_bits(text8_within(text8_load(p), '0', '9')) |
	       text8_bits(text8_within(text8_load(p + 8), '0', '9')) << 8;
}

/** text8_lower(x): letters of ASCII in lower case. */
static inline uint64_t
text8_lower(uint64_t x)
{
	return x | text8_within(x, 'A', 'Z') >> 2;
}

/** text8_first(x, n) / text8_last(x, n): all but the first (the last) ${n} bytes, 1 to 8,
 * replaced by '0'. */
static inline uint64_t
text8_first(uint64_t x, size_t n)
{
	uint64_t keep = UINT64_MAX >> (64 - 8 * n);

	return (x & keep) | (TEXT8('0') & ~keep);
}

static inline uint64_t
text8_last(uint64_t x, size_t n)
{
	uint64_t keep = UINT64_MAX << (64 - 8 * n);

	return (x & keep) | (TEXT8('0') & ~keep);
}

/** text8_is_decimal(x) / text8_is_hex(x): eight digits. */
static inline bool
text8_is_decimal(uint64_t x)
{
	return text8_within(x, '0', '9') == TEXT8_TOP;
}

static inline bool
text8_is_hex(uint64_t x)
{
	return (text8_within(x, '0', '9') | text8_within(x | TEXT8(0x20), 'a', 'f')) ==
	       TEXT8_TOP;
}

/** text8_decimal(x) / text8_hex(x): what eight digits say; neighbours are joined three
 * times. */
static inline uint32_t
text8_decimal(uint64_t x)
{
	x &= TEXT8(0x0f);
	x = (x * 10 + (x >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x * 100 + (x >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(x * 10000 + (x >> 32));
}

static inline uint32_t
text8_hex(uint64_t x)
{
	x = (x & TEXT8(0x0f)) + (x >> 6 & TEXT8(1)) * 9;
	x = (x << 4 | x >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x << 8 | x >> 16) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(x << 16 | x >> 32);
}

#endif
