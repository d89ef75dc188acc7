#include "resolver/wire/writer.h"

#include <string.h>

/*
 * Compression as a tree. Each remembered place is one label in the message; its
 * parent is the remembered place of the name that follows it, NO_PARENT when
 * only the root does. Looking for a name goes from its last label to its first,
 * each time to that child of the place reached whose label is the same. So a
 * name costs at most WRITER_NAMES_MAX looks for each of its labels that are
 * there already, however a stranger arranged the names.
 */
#define NO_PARENT   0xffu
#define POINTER_MAX 0x3fffu /* RFC 1035 4.1.4: 14 bits */
#define POINTER_TAG 0xc000u

_Static_assert(WRITER_NAMES_MAX < NO_PARENT, "a place's index fits a byte");

void
writer_init(struct writer *w, uint8_t *buffer, size_t cap)
{
	w->base = buffer;
	w->cap = cap;
	w->pos = 0;
	w->failed = false;
	w->name_count = 0;
}

/* Room for ${len} bytes at the cursor, which goes behind them; NULL without. */
static uint8_t *
take(struct writer *w, size_t len)
{
	uint8_t *p;

	if (w->failed || len > w->cap - w->pos) {
		w->failed = true;
		return NULL;
	}
	p = w->base + w->pos;
	w->pos += len;
	return p;
}

void
writer_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = take(w, 1);

	if (p != NULL)
		p[0] = v;
}

static void
store_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
writer_u16(struct writer *w, uint16_t v)
{
	uint8_t *p = take(w, 2);

	if (p != NULL)
		store_u16(p, v);
}

void
writer_u32(struct writer *w, uint32_t v)
{
	uint8_t *p = take(w, 4);

	if (p == NULL)
		return;
	store_u16(p, (uint16_t)(v >> 16));
	store_u16(p + 2, (uint16_t)v);
}

void
writer_bytes(struct writer *w, const void *bytes, size_t len)
{
	uint8_t *p = take(w, len);

	if (p != NULL && len > 0)
		memcpy(p, bytes, len);
}

void
writer_put_u16(struct writer *w, size_t at, uint16_t v)
{
	if (!w->failed && at + 2 <= w->pos)
		store_u16(w->base + at, v);
}

/* The place that is ${label} under ${parent}; NO_PARENT when there is none. */
static unsigned
place_of(const struct writer *w, unsigned parent, const uint8_t *label)
{
	for (unsigned i = 0; i < w->name_count; i++) {
		if (w->name_parent[i] == parent &&
		    dname_label_equal(w->base + w->name_at[i], label))
			return i;
	}
	return NO_PARENT;
}

/*
 * Remembers the ${labels} labels of a name just written at ${at}, whose tail is
 * the place ${parent}. Last label first, for each is the next one's parent.
 */
static void
remember(struct writer *w, const uint8_t *label_at, unsigned labels, size_t at,
    unsigned parent)
{
	for (unsigned i = labels; i > 0; i--) {
		size_t offset = at + label_at[i - 1];

		if (w->name_count == WRITER_NAMES_MAX || offset > POINTER_MAX)
			return;
		w->name_at[w->name_count] = (uint16_t)offset;
		w->name_parent[w->name_count] = (uint8_t)parent;
		parent = w->name_count++;
	}
}

void
writer_name(struct writer *w, const uint8_t *name)
{
	uint8_t label_at[DNAME_LABELS_MAX];
	unsigned labels = 0, fresh, tail = NO_PARENT, next;
	size_t end = 0, at = w->pos;

	for (; name[end] != 0; end += name[end] + 1u)
		label_at[labels++] = (uint8_t)end;
	for (fresh = labels; fresh > 0; fresh--) {
		next = place_of(w, tail, name + label_at[fresh - 1]);
		if (next == NO_PARENT)
			break;
		tail = next;
	}
	if (tail == NO_PARENT) {
		writer_bytes(w, name, end + 1);
	} else {
		writer_bytes(w, name, label_at[fresh]);
		writer_u16(w, (uint16_t)(POINTER_TAG | w->name_at[tail]));
	}
	if (!w->failed)
		remember(w, label_at, fresh, at, tail);
}

void
writer_name_plain(struct writer *w, const uint8_t *name)
{
	writer_bytes(w, name, dname_len(name));
}

struct writer_mark
writer_mark(const struct writer *w)
{
	return (struct writer_mark){ .pos = w->pos, .name_count = w->name_count };
}

void
writer_rewind(struct writer *w, struct writer_mark mark)
{
	w->pos = mark.pos;
	w->name_count = mark.name_count;
	w->failed = false;
}
