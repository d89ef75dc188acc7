#include "tests/unit/bytes.h"

#include "base/siphash.h"

/* Key 00 01 .. 0f, messages 00 01 02 .. of each length. */
static const struct hashkey key = { UINT64_C(0x0706050403020100),
	UINT64_C(0x0f0e0d0c0b0a0908) };

static void
fill(uint8_t message[64])
{
	for (unsigned i = 0; i < 64; i++)
		message[i] = (uint8_t)i;
}

static void
siphash24_gives_the_values_of_its_authors(void **state)
{
	/* From vectors_sip64 of the reference implementation, read as little-endian
	 * words. */
	static const uint64_t expected[] = {
		UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd),
		UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
		UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
		UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
		UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0),
		UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
		UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90),
		UINT64_C(0xf723ca908e7af2ee),
		UINT64_C(0xa129ca6149be45e5), /* the example of the paper, appendix A */
	};
	uint8_t message[64];

	(void)state;
	fill(message);
	for (unsigned len = 0; len < COUNT(expected); len++)
		assert_true(siphash24(&key, message, len) == expected[len]);
}

static void
bytes_within_others_hash_as_they_do_alone(void **state)
{
	uint8_t message[64];

	(void)state;
	fill(message);
	for (size_t at = 0; at < 24; at++)
		for (size_t len = 0; at + len <= 48; len++)
			for (size_t end = at + len < 8 ? 8 : at + len; end <= 64; end++)
				assert_true(siphash13_within(
						&key, message + at, len, message + end) ==
					    siphash13(&key, message + at, len));
}

/* The construction once more, written from the paper with the rounds as a parameter and
 * no tricks. */
static uint64_t
by_the_paper(const uint8_t *m, size_t len, unsigned c, unsigned d)
{
	uint64_t v[4] = { key.k0 ^ UINT64_C(0x736f6d6570736575),
		key.k1 ^ UINT64_C(0x646f72616e646f6d),
		key.k0 ^ UINT64_C(0x6c7967656e657261),
		key.k1 ^ UINT64_C(0x7465646279746573) };

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))
	for (size_t word = 0; word <= len / 8 + 1; word++) {
		bool last = word == len / 8 + 1;
		uint64_t w = 0;

		for (unsigned i = 0; i < 8; i++) {
			size_t at = word * 8 + i;
			uint64_t byte = at < len		      ? m[at]
					: (i == 7 && word == len / 8) ? len
								      : 0;

			w |= (byte & 0xff) << (8 * i);
		}
		if (last)
			v[2] ^= 0xff;
		else
			v[3] ^= w;
		for (unsigned i = 0; i < (last ? d : c); i++) {
			v[0] += v[1];
			v[2] += v[3];
			v[1] = ROTL(v[1], 13) ^ v[0];
			v[3] = ROTL(v[3], 16) ^ v[2];
			v[0] = ROTL(v[0], 32);
			v[2] += v[1];
			v[0] += v[3];
			v[1] = ROTL(v[1], 17) ^ v[2];
			v[3] = ROTL(v[3], 21) ^ v[0];
			v[2] = ROTL(v[2], 32);
		}
		if (!last)
			v[0] ^= w;
	}
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void
both_variants_agree_with_the_paper_at_every_length(void **state)
{
	uint8_t message[64];

	(void)state;
	fill(message);
	for (size_t len = 0; len <= sizeof(message); len++) {
		assert_true(
		    siphash24(&key, message, len) == by_the_paper(message, len, 2, 4));
		assert_true(
		    siphash13(&key, message, len) == by_the_paper(message, len, 1, 3));
	}
}

static void
a_hash_reads_no_more_than_its_length(void **state)
{
	uint8_t one[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 },
		two[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 99 };

	(void)state;
	assert_true(siphash13(&key, one, 9) == siphash13(&key, two, 9));
	assert_true(siphash13(&key, one, 10) != siphash13(&key, two, 10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash24_gives_the_values_of_its_authors),
		cmocka_unit_test(bytes_within_others_hash_as_they_do_alone),
		cmocka_unit_test(both_variants_agree_with_the_paper_at_every_length),
		cmocka_unit_test(a_hash_reads_no_more_than_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
