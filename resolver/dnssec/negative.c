#include "resolver/dnssec/negative.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/dnssec/lines.h"

#define KIND	 "sekisho-negative-anchors"
#define VERSION	 1
#define TIME_MAX INT64_C(253402300799) /* the end of the year 9999 */

struct negative {
	size_t count;
	struct negative_anchor entries[NEGATIVE_MAX]; /* by name, configured first */
};

struct negative *
negative_new(void)
{
	return calloc(1, sizeof(struct negative));
}

void
negative_free(struct negative *n)
{
	free(n);
}

static int
compare(const struct negative_anchor *a, const uint8_t *name, bool configured)
{
	int order = dname_compare(a->name.bytes, name);

	return order != 0 ? order : (int)configured - (int)a->configured;
}

/* Where it is, or where it belongs. */
static size_t
place(const struct negative *n, const uint8_t *name, bool configured, bool *found)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (compare(&n->entries[mid], name, configured) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*found = low < n->count && compare(&n->entries[low], name, configured) == 0;
	return low;
}

enum err
negative_put(struct negative *n, const struct negative_anchor *a)
{
	bool found;
	size_t at = place(n, a->name.bytes, a->configured, &found);

	if (!found) {
		if (n->count == NEGATIVE_MAX)
			return ERR_LIMIT;
		memmove(&n->entries[at + 1], &n->entries[at],
		    (n->count - at) * sizeof(n->entries[0]));
		n->count++;
	}
	n->entries[at] = *a;
	return ERR_OK;
}

static void
take_out(struct negative *n, size_t at)
{
	n->count--;
	memmove(&n->entries[at], &n->entries[at + 1],
	    (n->count - at) * sizeof(n->entries[0]));
}

bool
negative_remove(struct negative *n, const uint8_t *name, bool configured)
{
	bool found;
	size_t at = place(n, name, configured, &found);

	if (found)
		take_out(n, at);
	return found;
}

size_t
negative_count(const struct negative *n)
{
	return n->count;
}

const struct negative_anchor *
negative_at(const struct negative *n, size_t i)
{
	return &n->entries[i];
}

const struct negative_anchor *
negative_find(const struct negative *n, const uint8_t *name, bool configured)
{
	bool found;
	size_t at = place(n, name, configured, &found);

	return found ? &n->entries[at] : NULL;
}

bool
negative_in_force(const struct negative_anchor *a, int64_t now_sec)
{
	return !a->ended && (a->until_sec == 0 || a->until_sec > now_sec);
}

bool
negative_ended(struct negative *n, int64_t now_sec, struct negative_anchor *out)
{
	for (size_t i = 0; i < n->count; i++) {
		struct negative_anchor *a = &n->entries[i];

		if (!a->configured && a->until_sec - now_sec > NEGATIVE_LIMIT_SEC)
			a->until_sec = now_sec + NEGATIVE_LIMIT_SEC;
		if (a->ended || negative_in_force(a, now_sec))
			continue;
		*out = *a;
		if (a->configured)
			a->ended = true;
		else
			take_out(n, i);
		return true;
	}
	return false;
}

/* ---- text ---- */

static bool
is_kept(const struct negative_anchor *a)
{
	return !a->configured || a->for_sec > 0;
}

enum err
negative_text_write(const struct negative *n, FILE *out)
{
	char name[DNAME_TEXT_MAX];
	size_t count = 0;

	if (fprintf(out, KIND " %d\n", VERSION) < 0)
		return ERR_IO;
	for (size_t i = 0; i < n->count; i++) {
		const struct negative_anchor *a = &n->entries[i];

		if (!is_kept(a))
			continue;
		count++;
		if (fprintf(out,
			"%s %s since %" PRId64 " until %" PRId64 " for %" PRIu32
			" reason%s%s\n",
			a->configured ? "configured" : "operator",
			dname_to_text(a->name.bytes, name), a->since_sec, a->until_sec,
			a->for_sec, a->reason[0] != '\0' ? " " : "", a->reason) < 0)
			return ERR_IO;
	}
	return fprintf(out, "end %zu\n", count) < 0 ? ERR_IO : ERR_OK;
}

static void
read_reason(struct lines *l, struct negative_anchor *a)
{
	const char *rest = lines_rest(l);

	if (strlen(rest) >= sizeof(a->reason))
		lines_fail(l, "the reason is too long");
	else
		memcpy(a->reason, rest, strlen(rest) + 1);
	for (const char *p = a->reason; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			lines_fail(l, "a control character in the reason");
}

static void
read_anchor(struct lines *l, bool configured, struct negative_anchor *a)
{
	memset(a, 0, sizeof(*a));
	a->configured = configured;
	if (dname_from_text(lines_word(l), &a->name) != ERR_OK)
		lines_fail(l, "not a domain name");
	lines_expect(l, "since");
	a->since_sec = lines_number(l, TIME_MAX);
	lines_expect(l, "until");
	a->until_sec = lines_number(l, TIME_MAX);
	lines_expect(l, "for");
	a->for_sec = (uint32_t)lines_number(l, UINT32_MAX);
	if (a->until_sec == 0)
		lines_fail(l, "without an end");
	lines_expect(l, "reason");
	if (l->failed == NULL && l->at < l->eol)
		read_reason(l, a);
	(void)lines_done(l);
}

/* What the configuration says now counts: of what is kept, its end alone. */
static bool
merge(struct negative *n, const struct negative_anchor *a)
{
	const struct negative_anchor *now =
	    negative_find(n, a->name.bytes, a->configured);
	struct negative_anchor kept;

	if (!a->configured)
		return negative_put(n, a) == ERR_OK;
	if (now == NULL || now->for_sec != a->for_sec)
		return true;
	kept = *now;
	kept.since_sec = a->since_sec;
	kept.until_sec = a->until_sec;
	return negative_put(n, &kept) == ERR_OK;
}

static void
read_all(struct lines *l, struct negative *into)
{
	struct negative_anchor a;
	int64_t count = 0;

	if (!lines_next(l))
		lines_fail(l, "the file is empty");
	lines_expect(l, KIND);
	if (lines_number(l, UINT8_MAX) != VERSION)
		lines_fail(l, "another version's file");
	(void)lines_done(l);
	while (lines_next(l)) {
		const char *word = lines_word(l);
		bool configured = strcmp(word, "configured") == 0;

		if (strcmp(word, "end") == 0) {
			if (lines_number(l, NEGATIVE_MAX) != count)
				lines_fail(l, "a line is missing");
			if (lines_done(l) && l->text != l->end)
				lines_fail(l, "something stands behind the end");
			return;
		}
		if (!configured && strcmp(word, "operator") != 0)
			lines_fail(l, "another word was expected");
		read_anchor(l, configured, &a);
		if (l->failed == NULL && !merge(into, &a))
			lines_fail(l, "too many");
		count++;
	}
	lines_fail(l, "the end is missing");
}

enum err
negative_text_read(struct negative *n, const char *text, size_t len, unsigned *line,
    char error[NEGATIVE_ERROR_MAX])
{
	struct negative *copy = malloc(sizeof(*copy));
	enum err e = ERR_OK;
	struct lines l;

	if (copy == NULL)
		return ERR_NOMEM;
	*copy = *n;
	lines_init(&l, text, len);
	read_all(&l, copy);
	if (l.failed == NULL)
		*n = *copy;
	else
		e = ERR_MALFORMED;
	*line = l.line;
	snprintf(error, NEGATIVE_ERROR_MAX, "%s", l.failed != NULL ? l.failed : "");
	free(copy);
	return e;
}
