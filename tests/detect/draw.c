#include "tests/detect/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

unsigned
draw_below(uint64_t *seed, unsigned n)
{
	return (unsigned)((draw(seed) >> 33) % n);
}

static double
unit(uint64_t *seed)
{
	return (double)(draw(seed) >> 11) / 9007199254740992.0;
}

unsigned
draw_rank(uint64_t *seed, unsigned n)
{
	return (unsigned)(pow((double)n + 1, unit(seed)) - 1) % n;
}

double
draw_exponential(uint64_t *seed, double mean)
{
	return -mean * log(1.0 - unit(seed));
}

char *
draw_letters(uint64_t *seed, char *out, unsigned count, const char *alphabet)
{
	unsigned size = (unsigned)strlen(alphabet);

	for (unsigned i = 0; i < count; i++)
		*out++ = alphabet[draw_below(seed, size)];
	*out = '\0';
	return out;
}

const char *
draw_syllables(uint32_t number, char out[32])
{
	static const char *const parts[] = { "ka", "ri", "to", "mi", "sen", "lo", "da",
		"ve", "nor", "pa", "shi", "gu", "bel", "fa", "xo", "tan" };
	char *o = out;

	do {
		o += sprintf(o, "%s", parts[number & 15]);
		number >>= 4;
	} while (number != 0);
	return out;
}
