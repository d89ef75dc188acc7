#include "detect/cost.h"

#include <math.h>
#include <string.h>

/*
 * 1. A label that the zone had before says only which one it is: 0.5 log2(1 + distinct)
 * bits; half, because labels are used unevenly and people's choice among known ones is
 * mostly habit.
 * 2. A new one is spelt out: length times the bits of its alphabet, 3 bits to say which
 * alphabet, and 2 log2(length + 1) for the length (Elias' gamma code).
 * A label that everybody's zones have (wellknown.h) says which of 128 it is.
 * 3. Where parts stand with '-' between them, the label may be written part by part: how
 * many, for each whether the zone has had it, which one it is (whole bits here: nothing
 * is habit in a choice of parts) or its letters. The shorter of both ways counts. So
 * "k8s-shop-eu-2-external" is charged what is new in it, and no channel in words or
 * numbers can bring more than it pays for.
 * 4. Bytes beyond letters, digits, '-' and '_' are worth the seven bits that a tunnel
 * gets from them.
 */
#define ALPHABET_BITS 3.0f
/* Of a choice among labels that the zone has had. */
#define HABIT 0.5f

enum alphabet {
	DIGITS,
	NUMBERS, /* digits and '-' */
	HEX,
	UUID, /* hex and '-' */
	BASE32,
	BASE36,
	HOST,
	ANY_BYTE,
	ALPHABET_COUNT
};
static const float bits_of_alphabet[ALPHABET_COUNT] = {
	[DIGITS] = 3.322f,
	[NUMBERS] = 3.459f,
	[HEX] = 4.0f,
	[UUID] = 4.087f,
	[BASE32] = 5.0f,
	[BASE36] = 5.170f,
	[HOST] = 5.248f, /* 38: letters, digits, '-', '_' */
	[ANY_BYTE] = 7.0f,
};

/* log2(n + 1) of a label's length n. */
static const float log2_of_length[] = { 0, 1, 1.585f, 2, 2.322f, 2.585f, 2.807f, 3,
	3.170f, 3.322f, 3.459f, 3.585f, 3.700f, 3.807f, 3.907f, 4, 4.087f, 4.170f, 4.248f,
	4.322f, 4.392f, 4.459f, 4.524f, 4.585f, 4.644f, 4.700f, 4.755f, 4.807f, 4.858f,
	4.907f, 4.954f, 5, 5.044f, 5.087f, 5.129f, 5.170f, 5.209f, 5.248f, 5.285f, 5.322f,
	5.358f, 5.392f, 5.426f, 5.459f, 5.492f, 5.524f, 5.555f, 5.585f, 5.615f, 5.644f,
	5.672f, 5.700f, 5.728f, 5.755f, 5.781f, 5.807f, 5.833f, 5.858f, 5.883f, 5.907f,
	5.931f, 5.954f, 5.977f, 6 };
_Static_assert(sizeof(log2_of_length) / sizeof(log2_of_length[0]) == DNAME_LABEL_MAX + 1,
    "one for each length");

/* Labels nearest the zone that are remembered: a name of a hundred labels shall not sweep
 * the table. */
#define LEARNT_LABELS_MAX 8u
/* Labels that are looked up; beyond, a label counts as new. A full ip6.arpa name has 24
 * left of its /32. */
#define LOOKED_LABELS_MAX 40u

enum {
	IS_DIGIT = 1,
	IS_HEX_LETTER = 2,
	IS_LETTER = 4,
	IS_HIGH_DIGIT = 8,
	IS_HYPHEN = 16,
	IS_HOST = 32,
	IS_OTHER = 64
};

static const uint8_t class_of[256] = {
	[0 ... ','] = IS_OTHER,
	['-'] = IS_HYPHEN,
	['.' ... '/'] = IS_OTHER,
	['0' ... '1'] = IS_DIGIT | IS_HIGH_DIGIT, /* 0, 1, 8, 9: not in base32 */
	['2' ... '7'] = IS_DIGIT,
	['8' ... '9'] = IS_DIGIT | IS_HIGH_DIGIT,
	[':' ... '^'] = IS_OTHER,
	['_'] = IS_HOST,
	['`'] = IS_OTHER,
	['a' ... 'f'] = IS_HEX_LETTER,
	['g' ... 'z'] = IS_LETTER,
	['{' ... 255] = IS_OTHER,
};

static enum alphabet
alphabet_of(const uint8_t *text, unsigned length)
{
	unsigned classes = 0;

	for (unsigned i = 0; i < length; i++)
		classes |= class_of[text[i]];
	if (classes & IS_OTHER)
		return ANY_BYTE;
	if (classes & IS_HOST)
		return HOST;
	if (classes & IS_HYPHEN)
		return classes & IS_LETTER	 ? HOST
		       : classes & IS_HEX_LETTER ? UUID
						 : NUMBERS;
	if (classes & IS_LETTER)
		return classes & IS_HIGH_DIGIT ? BASE36 : BASE32;
	return classes & IS_HEX_LETTER ? HEX : DIGITS;
}

static float
spelt_bits(unsigned length, enum alphabet alphabet)
{
	return (float)length * bits_of_alphabet[alphabet] + ALPHABET_BITS +
	       2.0f * log2_of_length[length & DNAME_LABEL_MAX];
}

float
cost_of_label(const uint8_t *label)
{
	return spelt_bits(*label, alphabet_of(label + 1, *label));
}

/* Where "this zone has had this label" is remembered. The era says which fingerprint, not
 * which place (seen.c), so that the place can be fetched before the zone is at hand. */
static uint64_t
label_key(const struct namehash *h, const struct cost_zone *zone, unsigned label)
{
	return namehash_mix(h->suffix[zone->labels], h->label[label]) ^ zone->era;
}

bool
cost_knows_label(const struct namehash *h, const struct cost_zone *zone, unsigned labels,
    const struct seen *seen, uint32_t half_hour)
{
	return seen_find(seen, label_key(h, zone, h->count - labels), half_hour).found;
}

/* ---- parts of labels ---- */

/* Of one name, from the zone on: a name of a hundred parts shall not sweep the table. */
#define PARTS_MAX 8u
#define PART_SEED UINT64_C(0x9ae16a3b2f90404f)

struct parts {
	unsigned count;
	struct {
		const uint8_t *text;
		unsigned length;
	} at[PARTS_MAX];
};

/* Shorter labels would save little, and each part is a look into memory. */
#define PARTED_LENGTH 16u

/* False: it is short, has one, or more than ${most}. */
static bool
parts_of(const uint8_t *label, unsigned most, struct parts *out)
{
	const uint8_t *from = label + 1, *end = from + *label, *next;

	out->count = 0;
	if (*label < PARTED_LENGTH || memchr(from, '-', *label) == NULL)
		return false;
	for (; from <= end; from = next + 1) {
		if (out->count == most)
			return false;
		next = memchr(from, '-', (size_t)(end - from));
		next = next != NULL ? next : end;
		out->at[out->count].text = from;
		out->at[out->count++].length = (unsigned)(next - from);
	}
	return true;
}

/* Where "this zone has had this part" is remembered. The zone's hash is keyed, and what
 * is mixed into it is the text itself, so nobody can aim at a collision. */
static uint64_t
part_key(const struct namehash *h, const struct cost_zone *zone, const uint8_t *text,
    unsigned length)
{
	uint64_t hash = namehash_mix(h->suffix[zone->labels], PART_SEED + length);

	for (; length > 0;) {
		unsigned n = length < sizeof(uint64_t) ? length : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, text, n);
		hash = namehash_mix(hash, word);
		text += n;
		length -= n;
	}
	return hash ^ zone->era;
}

static float
parts_bits(const struct parts *p, const struct namehash *h, const struct cost_zone *zone,
    float which_bits, const struct seen *seen, uint32_t half_hour, unsigned *new_parts)
{
	float bits = 2.0f * log2_of_length[p->count] + 1.0f;

	for (unsigned i = 0; i < p->count; i++) {
		const uint8_t *text = p->at[i].text;
		unsigned length = p->at[i].length;

		bits += 1.0f;
		if (seen_find(seen, part_key(h, zone, text, length), half_hour).found) {
			bits += which_bits;
		} else {
			bits += spelt_bits(length, alphabet_of(text, length));
			++*new_parts;
		}
	}
	return bits;
}

/* Most names have fewer labels left of the zone than this. */
#define PREFETCHED_LABELS 3u

void
cost_prefetch(const struct namehash *h, unsigned zone_labels, const struct seen *seen)
{
	const struct cost_zone zone = { .labels = zone_labels };
	unsigned left = h->count > zone_labels ? h->count - zone_labels : 0;
	unsigned room = PARTS_MAX;

	for (unsigned i = left, n = 0; i-- > 0 && n < PREFETCHED_LABELS; n++) {
		struct parts parts;

		seen_prefetch(seen, label_key(h, &zone, i));
		if (!parts_of(h->name + h->at[i], room, &parts))
			continue;
		for (unsigned k = 0; k < parts.count; k++)
			seen_prefetch(seen,
			    part_key(h, &zone, parts.at[k].text, parts.at[k].length));
		room -= parts.count;
	}
}

/* ---- a name ---- */

struct cost
cost_of_name(const struct namehash *h, const struct cost_zone *zone,
    const struct seen *seen, const struct wellknown *wellknown, uint32_t half_hour)
{
	struct cost cost = { 0 };
	unsigned left = h->count > zone->labels ? h->count - zone->labels : 0;
	unsigned room = PARTS_MAX;
	float bits = 0, which_bits = log2f(1.0f + (float)zone->distinct);

	for (unsigned i = left; i-- > 0;) {
		const uint8_t *label = h->name + h->at[i];
		enum alphabet alphabet;
		struct parts parts;
		float spelt;

		if (left - i <= LOOKED_LABELS_MAX &&
		    seen_find(seen, label_key(h, zone, i), half_hour).found) {
			bits += HABIT * which_bits;
			continue;
		}
		alphabet = alphabet_of(label + 1, *label);
		spelt = spelt_bits(*label, alphabet);
		if (parts_of(label, room, &parts)) {
			spelt = fminf(spelt, parts_bits(&parts, h, zone, which_bits, seen,
						 half_hour, &cost.new_labels));
			room -= parts.count;
		}
		if (spelt > WELLKNOWN_BITS && wellknown_has(wellknown, h->label[i]))
			spelt = WELLKNOWN_BITS;
		bits += spelt;
		cost.new_labels++;
		cost.odd_bytes = cost.odd_bytes || alphabet == ANY_BYTE;
	}
	cost.bytes = bits / 8.0f;
	return cost;
}

void
cost_learn(const struct namehash *h, const struct cost_zone *zone, struct seen *seen,
    uint8_t tag, uint32_t half_hour)
{
	unsigned left = h->count > zone->labels ? h->count - zone->labels : 0;
	unsigned room = PARTS_MAX;

	for (unsigned i = left, n = 0; i-- > 0 && n < LEARNT_LABELS_MAX; n++) {
		struct parts parts;

		seen_put(seen, label_key(h, zone, i), tag, half_hour);
		if (!parts_of(h->name + h->at[i], room, &parts))
			continue;
		for (unsigned k = 0; k < parts.count; k++)
			seen_put(seen,
			    part_key(h, zone, parts.at[k].text, parts.at[k].length), tag,
			    half_hour);
		room -= parts.count;
	}
}
