#include "resolver/judge/fragments.h"

#include <stdlib.h>
#include <string.h>

#define DATAGRAMS   16u
#define PAYLOAD_MAX 65536u
#define UNIT	    8u /* offsets count in these */

struct datagram {
	uint64_t key; /* 0: free */
	uint32_t used;
	size_t len; /* known with the last fragment; 0: not yet */
	size_t units_here;
	uint8_t here[PAYLOAD_MAX / UNIT / 8]; /* a bit for each unit that has come */
	uint8_t bytes[PAYLOAD_MAX];
};

struct fragments {
	uint32_t turn;
	struct datagram datagrams[DATAGRAMS];
};

struct fragments *
fragments_new(void)
{
	return calloc(1, sizeof(struct fragments));
}

void
fragments_free(struct fragments *f)
{
	free(f);
}

/* The datagram, or the place of the one that was not used for longest. */
static struct datagram *
datagram_of(struct fragments *f, uint64_t hash)
{
	struct datagram *oldest = f->datagrams;
	uint64_t key = hash | 1;

	f->turn++;
	for (unsigned i = 0; i < DATAGRAMS; i++) {
		struct datagram *d = &f->datagrams[i];

		if (d->key == key) {
			d->used = f->turn;
			return d;
		}
		if (f->turn - d->used > f->turn - oldest->used)
			oldest = d;
	}
	oldest->key = key;
	oldest->used = f->turn;
	oldest->len = oldest->units_here = 0;
	memset(oldest->here, 0, sizeof(oldest->here));
	return oldest;
}

static void
mark(struct datagram *d, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);

		d->units_here += (d->here[i / 8] & bit) == 0;
		d->here[i / 8] |= bit;
	}
}

const uint8_t *
fragments_feed(struct fragments *f, const struct fragment *in, size_t *len)
{
	size_t usable = in->more ? in->len / UNIT * UNIT : in->len;
	struct datagram *d;

	if (usable == 0 || in->offset % UNIT != 0 || in->offset + usable > PAYLOAD_MAX)
		return NULL;
	d = datagram_of(f, in->datagram);
	memcpy(d->bytes + in->offset, in->bytes, usable);
	mark(d, in->offset / UNIT, (usable + UNIT - 1) / UNIT);
	if (!in->more)
		d->len = in->offset + usable;
	if (d->len == 0 || d->units_here != (d->len + UNIT - 1) / UNIT)
		return NULL;
	d->key = 0;
	*len = d->len;
	return d->bytes;
}
