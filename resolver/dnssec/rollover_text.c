#include "resolver/dnssec/rollover_text.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/evp.h>

#include "resolver/dnssec/lines.h"

#define KIND	 "sekisho-trust-anchors"
#define VERSION	 1
#define TIME_MAX INT64_C(253402300799) /* the end of the year 9999 */
#define SPAN_MAX INT64_C(4294967295)

/* ---- writing ---- */

static bool
write_key(const struct rollover_key *k, FILE *out)
{
	unsigned char text[4 * ((ROLLOVER_KEY_BYTES_MAX + 2) / 3) + 1];

	EVP_EncodeBlock(text, k->rdata + 4, k->len - 4);
	return fprintf(out,
		   "key %s since %" PRId64 " seen %" PRId64 " hold %" PRId64
		   " %u 3 %u %s\n",
		   rollover_state_text((enum rollover_state)k->state), k->since_sec,
		   k->seen_sec, k->hold_sec, k->rdata[0] << 8 | k->rdata[1], k->rdata[3],
		   (const char *)text) > 0;
}

static bool
write_point(const struct rollover *r, FILE *out)
{
	char zone[DNAME_TEXT_MAX];

	if (fprintf(out,
		"point %s next %" PRId64 " tried %" PRId64 " success %" PRId64
		" retry %" PRId64 " failures %" PRIu32 " keys %u\n",
		dname_to_text(r->zone.bytes, zone), r->next_sec, r->tried_sec,
		r->success_sec, r->retry_sec, r->failures, r->key_count) < 0)
		return false;
	for (unsigned i = 0; i < r->key_count; i++)
		if (!write_key(&r->keys[i], out))
			return false;
	return true;
}

enum err
rollover_text_write(const struct rollover *const *points, size_t count, FILE *out)
{
	if (fprintf(out, KIND " %d\n", VERSION) < 0)
		return ERR_IO;
	for (size_t i = 0; i < count; i++)
		if (!write_point(points[i], out))
			return ERR_IO;
	return fprintf(out, "end %zu\n", count) < 0 ? ERR_IO : ERR_OK;
}

/* ---- reading ---- */

static int64_t
read_time(struct lines *l, const char *word)
{
	lines_expect(l, word);
	return lines_number(l, TIME_MAX);
}

static uint8_t
read_state(struct lines *l)
{
	const char *word = lines_word(l);

	for (int s = ROLLOVER_ADDPEND; s < ROLLOVER_STATE_COUNT; s++)
		if (strcmp(word, rollover_state_text((enum rollover_state)s)) == 0)
			return (uint8_t)s;
	lines_fail(l, "no such state of a key");
	return ROLLOVER_REMOVED;
}

/* Strict: what EVP_DecodeBlock lets pass is written again and compared. */
static void
read_public_key(struct lines *l, struct rollover_key *k)
{
	unsigned char bytes[LINES_WORD_MAX], again[LINES_WORD_MAX + 8];
	const char *word = lines_word(l);
	size_t len = strlen(word), padding = 0;
	int got;

	while (padding < 2 && padding < len && word[len - 1 - padding] == '=')
		padding++;
	got = len == 0 || len % 4 != 0
		  ? -1
		  : EVP_DecodeBlock(bytes, (const unsigned char *)word, (int)len);
	if (got < 0 || (size_t)got <= padding) {
		lines_fail(l, "the key is no base64");
		return;
	}
	got -= (int)padding;
	if ((size_t)got + 4 > ROLLOVER_KEY_BYTES_MAX) {
		lines_fail(l, "the key is too long");
		return;
	}
	EVP_EncodeBlock(again, bytes, got);
	if (strcmp((const char *)again, word) != 0)
		lines_fail(l, "the key is no base64");
	memcpy(k->rdata + 4, bytes, (size_t)got);
	k->len = (uint16_t)(got + 4);
}

static void
read_key(struct lines *l, struct rollover_key *k)
{
	int64_t flags;

	memset(k, 0, sizeof(*k));
	lines_expect(l, "key");
	k->state = read_state(l);
	k->since_sec = read_time(l, "since");
	k->seen_sec = read_time(l, "seen");
	lines_expect(l, "hold");
	k->hold_sec = lines_number(l, SPAN_MAX);
	flags = lines_number(l, UINT16_MAX);
	if ((flags & 0x0180) != 0x0100)
		lines_fail(l, "no zone key without its REVOKE bit");
	lines_expect(l, "3");
	k->rdata[0] = (uint8_t)(flags >> 8);
	k->rdata[1] = (uint8_t)flags;
	k->rdata[2] = 3;
	k->rdata[3] = (uint8_t)lines_number(l, UINT8_MAX);
	read_public_key(l, k);
	if (lines_done(l))
		k->tag = dnssec_key_tag(k->rdata, k->len);
	/* Less would be a way around the thirty days. */
	if (k->state == ROLLOVER_ADDPEND && k->hold_sec < ROLLOVER_HOLD_SEC)
		lines_fail(l, "the hold-down is too short");
}

static bool
is_twice(const struct rollover *r, const struct rollover_key *k)
{
	for (const struct rollover_key *o = r->keys; o < k; o++)
		if (o->len == k->len && memcmp(o->rdata, k->rdata, k->len) == 0)
			return true;
	return false;
}

static void
read_point(struct lines *l, struct rollover *r)
{
	unsigned count;

	memset(r, 0, sizeof(*r));
	if (dname_from_text(lines_word(l), &r->zone) != ERR_OK)
		lines_fail(l, "not a domain name");
	r->next_sec = read_time(l, "next");
	r->tried_sec = read_time(l, "tried");
	r->success_sec = read_time(l, "success");
	lines_expect(l, "retry");
	r->retry_sec = lines_number(l, ROLLOVER_RETRY_MAX);
	lines_expect(l, "failures");
	r->failures = (uint32_t)lines_number(l, UINT32_MAX);
	lines_expect(l, "keys");
	count = (unsigned)lines_number(l, ROLLOVER_KEYS_MAX);
	for (lines_done(l); r->key_count < count && lines_next(l);) {
		read_key(l, &r->keys[r->key_count]);
		if (is_twice(r, &r->keys[r->key_count]))
			lines_fail(l, "a key is here twice");
		r->key_count++;
	}
	if (r->key_count < count)
		lines_fail(l, "a key is missing");
}

static bool
read_header(struct lines *l)
{
	if (!lines_next(l)) {
		lines_fail(l, "the file is empty");
		return false;
	}
	lines_expect(l, KIND);
	if (lines_number(l, UINT8_MAX) != VERSION)
		lines_fail(l, "another version's file");
	return lines_done(l);
}

struct names {
	size_t count;
	struct dname zones[ROLLOVER_POINTS_MAX];
};

static void
check_zone(struct lines *l, struct names *seen, const struct dname *zone)
{
	if (seen->count == ROLLOVER_POINTS_MAX) {
		lines_fail(l, "too many points");
		return;
	}
	for (size_t i = 0; i < seen->count; i++)
		if (dname_equal(seen->zones[i].bytes, zone->bytes))
			lines_fail(l, "a zone is here twice");
	seen->zones[seen->count++] = *zone;
}

static enum err
read_points(struct lines *l, bool (*add)(void *ctx, const struct rollover *r), void *ctx,
    struct names *seen)
{
	struct rollover r;
	const char *word;

	while (lines_next(l)) {
		word = lines_word(l);
		if (strcmp(word, "end") == 0) {
			if (lines_number(l, ROLLOVER_POINTS_MAX) != (int64_t)seen->count)
				lines_fail(l, "a point is missing");
			if (lines_done(l) && l->text != l->end)
				lines_fail(l, "something stands behind the end");
			return l->failed == NULL ? ERR_OK : ERR_MALFORMED;
		}
		if (strcmp(word, "point") != 0)
			lines_fail(l, "another word was expected");
		read_point(l, &r);
		check_zone(l, seen, &r.zone);
		if (l->failed == NULL && !add(ctx, &r))
			return ERR_NOMEM;
	}
	lines_fail(l, "the end is missing");
	return ERR_MALFORMED;
}

enum err
rollover_text_read(const char *text, size_t len,
    bool (*add)(void *ctx, const struct rollover *r), void *ctx, unsigned *line,
    char error[ROLLOVER_ERROR_MAX])
{
	struct names seen = { .count = 0 };
	struct lines l;
	enum err e = ERR_MALFORMED;

	lines_init(&l, text, len);
	if (read_header(&l))
		e = read_points(&l, add, ctx, &seen);
	*line = l.line;
	snprintf(error, ROLLOVER_ERROR_MAX, "%s", l.failed != NULL ? l.failed : "");
	return e;
}
