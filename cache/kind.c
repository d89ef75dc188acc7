#include "cache/kind.h"

struct flush {
	struct kind_range range;
	const uint8_t *name;
	bool subtree;
};

static bool
is_flushed(
    void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
	const struct flush *f = ctx;
	uint8_t kind = key[key_len - 1];

	(void)value;
	(void)value_len;
	if (kind < f->range.first || kind > f->range.last ||
	    kind_name_len(key, key_len, f->range.tail_len) == 0)
		return false;
	return f->subtree ? dname_is_below(key, f->name) : dname_equal(key, f->name);
}

size_t
kind_flush(
    struct store *s, const struct kind_range *range, const uint8_t *name, bool subtree)
{
	struct flush f = { *range, name, subtree };

	return store_sweep(s, is_flushed, &f);
}
