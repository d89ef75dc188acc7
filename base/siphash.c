#include "base/siphash.h"

#include <endian.h>
#include <string.h>

/*
 * The names v0..v3, c and d are those of the paper, so that code and paper can be laid
 * side by side.
 */
struct sipstate {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotl(uint64_t x, unsigned bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static inline void
sipround(struct sipstate *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void
sip_word(struct sipstate *s, uint64_t word, unsigned c)
{
	s->v3 ^= word;
	for (unsigned i = 0; i < c; i++)
		sipround(s);
	s->v0 ^= word;
}

static inline uint64_t
load_le64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

static inline uint64_t
load_le32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return le32toh(word);
}

/* The last 0..7 bytes, as the low end of a little-endian word. Loads that overlap bring
 * the same bits twice: no loop, and no byte beyond the end. */
static inline uint64_t
load_tail(const uint8_t *p, size_t left)
{
	if (left >= 4)
		return load_le32(p) | load_le32(p + left - 4) << 8 * (left - 4);
	if (left == 0)
		return 0;
	return p[0] | (uint64_t)p[left / 2] << 8 * (left / 2) |
	       (uint64_t)p[left - 1] << 8 * (left - 1);
}

/* Likewise, from one load of eight bytes: forward, or where ${end} is near, backward. The
 * shift is 64 only when there are none. */
static inline uint64_t
load_tail_within(const uint8_t *p, size_t left, const uint8_t *end)
{
	size_t back = end - p < 8 ? (size_t)(8 - (end - p)) : 0;
	uint64_t word = load_le64(p - back) >> (8 * back & 63);

	return word & ((UINT64_C(1) << 8 * left) - 1);
}

/* Always inlined with constant rounds, so that both variants become straight code. */
static inline __attribute__((always_inline)) uint64_t
siphash(const struct hashkey *key, const uint8_t *bytes, size_t len, const uint8_t *end,
    unsigned c, unsigned d)
{
	struct sipstate s = {
		.v0 = key->k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key->k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key->k1 ^ UINT64_C(0x7465646279746573),
	};
	size_t left = len;
	uint64_t tail;

	for (; left >= 8; left -= 8, bytes += 8)
		sip_word(&s, load_le64(bytes), c);
	tail = end == NULL ? load_tail(bytes, left) : load_tail_within(bytes, left, end);
	sip_word(&s, tail | (uint64_t)len << 56, c);
	s.v2 ^= 0xff;
	for (unsigned i = 0; i < d; i++)
		sipround(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t
siphash24(const struct hashkey *key, const void *bytes, size_t len)
{
	return siphash(key, bytes, len, NULL, 2, 4);
}

uint64_t
siphash13(const struct hashkey *key, const void *bytes, size_t len)
{
	return siphash(key, bytes, len, NULL, 1, 3);
}

uint64_t
siphash13_within(
    const struct hashkey *key, const void *bytes, size_t len, const void *end)
{
	return siphash(key, bytes, len, end, 1, 3);
}
