#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/dnssec/negative.h"
#include "resolver/dnssec/rollover_text.h"

/*
 * The state files of trust anchors: first byte even: trust points, odd: negative anchors.
 * What is read without a mistake is written and read again to the same bytes; no pending
 * key comes out with less than its hold-down, no negative anchor without an end.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct points {
	size_t count;
	struct rollover *all[ROLLOVER_POINTS_MAX];
};

static bool
add(void *ctx, const struct rollover *r)
{
	struct points *p = ctx;

	CHECK(p->count < ROLLOVER_POINTS_MAX);
	if ((p->all[p->count] = malloc(sizeof(*r))) == NULL)
		return false;
	*p->all[p->count++] = *r;
	for (unsigned i = 0; i < r->key_count; i++) {
		const struct rollover_key *k = &r->keys[i];

		CHECK(k->len > 4 && k->len <= ROLLOVER_KEY_BYTES_MAX);
		CHECK(k->state > ROLLOVER_START && k->state < ROLLOVER_STATE_COUNT);
		CHECK(k->state != ROLLOVER_ADDPEND || k->hold_sec >= ROLLOVER_HOLD_SEC);
	}
	return true;
}

static void
clear(struct points *p)
{
	while (p->count > 0)
		free(p->all[--p->count]);
}

static void
try_points(const char *text, size_t len)
{
	struct points p = { 0 }, again = { 0 };
	char error[ROLLOVER_ERROR_MAX], *written = NULL;
	size_t size = 0;
	unsigned line;
	FILE *out;

	if (rollover_text_read(text, len, add, &p, &line, error) == ERR_OK &&
	    (out = open_memstream(&written, &size)) != NULL) {
		CHECK(rollover_text_write(
			  (const struct rollover *const *)p.all, p.count, out) == ERR_OK);
		fclose(out);
		CHECK(rollover_text_read(written, size, add, &again, &line, error) ==
		      ERR_OK);
		CHECK(p.count == again.count);
		for (size_t i = 0; i < p.count; i++)
			CHECK(memcmp(p.all[i], again.all[i], sizeof(*p.all[i])) == 0);
		free(written);
	}
	clear(&p);
	clear(&again);
}

static void
try_negative(const char *text, size_t len)
{
	struct negative *n = negative_new(), *again = negative_new();
	char error[NEGATIVE_ERROR_MAX], *written = NULL;
	size_t size = 0;
	unsigned line;
	FILE *out;

	if (n != NULL && again != NULL &&
	    negative_text_read(n, text, len, &line, error) == ERR_OK &&
	    (out = open_memstream(&written, &size)) != NULL) {
		for (size_t i = 0; i < negative_count(n); i++)
			CHECK(negative_at(n, i)->until_sec > 0);
		CHECK(negative_text_write(n, out) == ERR_OK);
		fclose(out);
		CHECK(negative_text_read(again, written, size, &line, error) == ERR_OK);
		CHECK(negative_count(n) == negative_count(again));
		free(written);
	}
	negative_free(n);
	negative_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return 0;
	if ((bytes[0] & 1) == 0)
		try_points((const char *)bytes + 1, len - 1);
	else
		try_negative((const char *)bytes + 1, len - 1);
	return 0;
}
