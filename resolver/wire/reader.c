#include "resolver/wire/reader.h"

#include <string.h>

#define LABEL_KIND                                                                       \
	0xc0u /* RFC 1035 4.1.4: 00 a label, 11 a pointer, the rest was never used */
#define LABEL_POINTER 0xc0u
#define POINTER_HIGH  0x3fu

/*
 * A name is a chain of runs: labels that lie together, then the root label or a
 * pointer to the next run. A pointer has to go before the run it ends. A run it
 * could share bytes with would lead back to the same pointer, so nothing of use
 * is lost, and the chain must end.
 */
struct name_walk {
	const struct reader *r;
	size_t pos;	  /* the next byte to look at */
	size_t run_start; /* where this run began */
	size_t after; /* where the caller goes on: behind the first run; 0 until known */
	unsigned pointers;
	uint8_t *out;
	size_t out_len;
};

/* Follows the pointer at the cursor; false when it must not be followed. */
static bool
walk_pointer(struct name_walk *w)
{
	const struct reader *r = w->r;
	size_t target;

	if (w->pos + 2 > r->len || ++w->pointers > READER_POINTERS_MAX)
		return false;
	target = (size_t)(r->base[w->pos] & POINTER_HIGH) << 8 | r->base[w->pos + 1];
	if (target >= w->run_start)
		return false;
	if (w->after == 0)
		w->after = w->pos + 2;
	w->pos = w->run_start = target;
	return true;
}

/* Copies the label at the cursor; false when it does not fit the message or a name. */
static bool
walk_label(struct name_walk *w)
{
	size_t size = w->r->base[w->pos] + 1u;

	/* The root label has to fit as well. */
	if (w->pos + size >= w->r->len || w->out_len + size >= DNAME_MAX)
		return false;
	memcpy(w->out + w->out_len, w->r->base + w->pos, size);
	w->out_len += size;
	w->pos += size;
	return true;
}

size_t
reader_name(struct reader *r, uint8_t out[DNAME_MAX])
{
	struct name_walk w = { .r = r, .pos = r->pos, .run_start = r->pos, .out = out };

	while (!r->failed) {
		uint8_t head;

		if (w.pos >= r->len)
			break;
		head = r->base[w.pos];
		if (head == 0) {
			out[w.out_len++] = 0;
			r->pos = w.after != 0 ? w.after : w.pos + 1;
			return w.out_len;
		}
		if ((head & LABEL_KIND) == LABEL_POINTER) {
			if (!walk_pointer(&w))
				break;
		} else if ((head & LABEL_KIND) != 0 || !walk_label(&w)) {
			break;
		}
	}
	r->failed = true;
	return 0;
}

void
reader_name_skip(struct reader *r)
{
	for (;;) {
		uint8_t head = reader_u8(r);

		if (head == 0)
			return;
		if ((head & LABEL_KIND) == LABEL_POINTER) {
			reader_skip(r, 1);
			return;
		}
		if ((head & LABEL_KIND) != 0) {
			r->failed = true;
			return;
		}
		reader_skip(r, head);
	}
}
