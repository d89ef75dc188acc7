#include "base/spelling.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 64u

unsigned
spelling_distance(const char *a, const char *b)
{
	size_t a_len = strnlen(a, WORD_MAX), b_len = strnlen(b, WORD_MAX);
	unsigned rows[3][WORD_MAX + 1]; /* the one being filled, the one before, and the
					   one before that */

	for (size_t i = 0; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *before = rows[(i + 2) % 3],
			       *two_before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned best;

			if (i == 0) {
				row[j] = (unsigned)j;
				continue;
			}
			best = before[j - 1] + (a[i - 1] != b[j - 1]);
			best = before[j] + 1 < best ? before[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && two_before[j - 2] + 1 < best)
				best = two_before[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_len % 3][b_len];
}
