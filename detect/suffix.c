#include "detect/suffix.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libpsl.h>

/* The deepest rule of 2026 has five labels; one for a wildcard and one to spare. */
#define RULE_LABELS_MAX 7u
/* Memo entries: names that are rules or might be; some hundred of them are met in a day.
 */
#define MEMO_ENTRIES 4096u
/* Rules and what stands above them: 11,500 in 2026. Open addressing wants some of it
 * empty. */
#define HINT_SLOTS  32768u
#define HINTS_MAX   (HINT_SLOTS / 4 * 3)
#define FILTER_BITS 131072u
/* What the text says of a name, in the low bits of its hash. */
enum {
	HINT_ABOVE = 1, /* rules lie beneath it */
	HINT_RULE = 2,	/* it is one, or an exception */
	HINT_WILD = 4,	/* all right beneath it are */
	HINT_BITS = 7
};
#define REVERSE_V4_LABELS 4u  /* two of the tree, two of a /16 */
#define REVERSE_V6_LABELS 10u /* two of the tree, eight nibbles of a /32 */

struct suffix {
	psl_ctx_t *list;
	struct hashkey key;
	uint64_t v4_tree, v6_tree;
	bool hints_known;
	size_t hint_count;
	uint64_t hints[HINT_SLOTS];
	/* A bit for each of them, so that most of those who are none stay in the CPU's
	 * nearest cache. */
	uint64_t filter[FILTER_BITS / 64];
	/* Hashes with the lowest bit replaced by the answer. */
	_Atomic uint64_t memo[MEMO_ENTRIES];
};

/* ---- what the text says ---- */

/* Where ${hash} is, or would be. */
static size_t
hint_slot(const struct suffix *s, uint64_t hash)
{
	size_t i = (hash >> 3) % HINT_SLOTS;

	while (s->hints[i] != 0 && (s->hints[i] | HINT_BITS) != (hash | HINT_BITS))
		i = (i + 1) % HINT_SLOTS;
	return i;
}

static uint64_t *
filter_word(struct suffix *s, uint64_t hash)
{
	return &s->filter[(hash >> 32) % FILTER_BITS / 64];
}

static uint64_t
filter_bit(uint64_t hash)
{
	return UINT64_C(1) << ((hash >> 32) & 63);
}

static void
hint_add(struct suffix *s, uint64_t hash, unsigned bits)
{
	size_t i = hint_slot(s, hash);

	if (s->hints[i] == 0) {
		if (s->hint_count >= HINTS_MAX) {
			s->hints_known = false; /* too many: ask about everything */
			return;
		}
		s->hints[i] = hash & ~(uint64_t)HINT_BITS;
		s->hint_count++;
	}
	s->hints[i] |= bits;
	*filter_word(s, hash) |= filter_bit(hash);
}

static unsigned
hints_of(struct suffix *s, uint64_t hash)
{
	if ((*filter_word(s, hash) & filter_bit(hash)) == 0)
		return 0;
	return (unsigned)(s->hints[hint_slot(s, hash)] & HINT_BITS);
}

/* One line: "co.uk", "*.ck", "!www.ck". */
static void
hint_add_line(struct suffix *s, const char *line)
{
	bool wild = strncmp(line, "*.", 2) == 0;
	const char *text = wild ? line + 2 : line[0] == '!' ? line + 1 : line;
	struct namehash h;
	struct dname name;

	if (dname_from_text(text, &name) != ERR_OK)
		return;
	namehash_fill(&h, &s->key, name.bytes);
	for (unsigned i = 1; i < h.count; i++)
		hint_add(s, h.suffix[i], HINT_ABOVE);
	hint_add(s, h.suffix[h.count], wild ? HINT_ABOVE | HINT_WILD : HINT_RULE);
}

static void
hints_read(struct suffix *s, FILE *in)
{
	char line[1024];

	s->hints_known = true;
	while (s->hints_known && fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, " \t\r\n")] = '\0';
		if (line[0] != '\0' && strncmp(line, "//", 2) != 0)
			hint_add_line(s, line);
	}
	if (ferror(in))
		s->hints_known = false;
}

/* The text from which the file that libpsl reads was made stands beside it. It says
 * nothing if libpsl's built-in rules are newer. */
static void
hints_load(struct suffix *s)
{
	const char *binary = psl_dist_filename();
	size_t stem;
	struct stat st;
	char path[512];
	FILE *in;

	if (binary == NULL || (stem = strlen(binary)) < 6 || stem >= sizeof(path))
		return;
	if (strcmp(binary + stem - 6, ".dafsa") != 0)
		return;
	snprintf(path, sizeof(path), "%.*s.dat", (int)(stem - 6), binary);
	if ((in = fopen(path, "r")) == NULL)
		return;
	if (fstat(fileno(in), &st) == 0 && st.st_mtime >= psl_builtin_file_time())
		hints_read(s, in);
	fclose(in);
}

/* ---- the list ---- */

/* The last ${labels} labels as libpsl wants them. A byte that no rule has becomes '_',
 * which no rule has either. */
static void
write_text(const struct namehash *h, unsigned labels, char out[DNAME_TEXT_MAX])
{
	const uint8_t *label = namehash_tail(h, labels);
	char *o = out;

	for (; *label != 0; label += *label + 1u) {
		if (o != out)
			*o++ = '.';
		for (unsigned i = 1; i <= *label; i++) {
			uint8_t c = label[i];
			bool plain =
			    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';

			*o++ = plain ? (char)c : '_';
		}
	}
	*o = '\0';
}

/* ${hash}: where the memo has the answer to this question. */
static bool
ask_list(
    struct suffix *s, const struct namehash *h, unsigned labels, uint64_t hash, int type)
{
	_Atomic uint64_t *memo = &s->memo[(hash >> 1) % MEMO_ENTRIES];
	uint64_t word = atomic_load_explicit(memo, memory_order_relaxed);
	char text[DNAME_TEXT_MAX];
	bool yes;

	if ((word | 1) == (hash | 1))
		return (word & 1) != 0;
	write_text(h, labels, text);
	yes = psl_is_public_suffix2(s->list, text, type) != 0;
	atomic_store_explicit(
	    memo, (hash & ~UINT64_C(1)) | (yes ? 1 : 0), memory_order_relaxed);
	return yes;
}

/* The answer for a whole suffix, or whether a top-level domain is listed. */
static bool
is_suffix(struct suffix *s, const struct namehash *h, unsigned labels)
{
	return ask_list(s, h, labels, h->suffix[labels],
	    labels == 1 ? PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE : PSL_TYPE_ANY);
}

/* A registry's: names beneath it are registered, and their servers are elsewhere. */
static bool
is_registry(struct suffix *s, const struct namehash *h, unsigned labels)
{
	return labels == 1 ||
	       ask_list(s, h, labels, namehash_mix(h->suffix[labels], PSL_TYPE_ICANN),
		   PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

/* The text has names beyond ASCII as themselves, DNS has them as xn--: of those it says
 * nothing. */
static bool
text_knows(const struct suffix *s, const struct namehash *h)
{
	if (!s->hints_known)
		return false;
	for (unsigned i = 0; i < h->count && i < RULE_LABELS_MAX; i++) {
		const uint8_t *label = h->name + h->at[h->count - 1 - i];

		if (label[0] > 4 && memcmp(label + 1, "xn--", 4) == 0)
			return false;
	}
	return true;
}

/* Is it worth asking whether the last ${labels} labels are a suffix? */
static bool
may_be_suffix(struct suffix *s, const struct namehash *h, unsigned labels)
{
	return (hints_of(s, h->suffix[labels]) & HINT_RULE) != 0 ||
	       (hints_of(s, h->suffix[labels - 1]) & HINT_WILD) != 0;
}

/* How many of the last labels are the longest public suffix; 0: the top-level domain is
 * not in the list. */
static unsigned
suffix_labels(struct suffix *s, const struct namehash *h)
{
	unsigned deepest = h->count < RULE_LABELS_MAX ? h->count : RULE_LABELS_MAX;
	bool known = text_knows(s, h);
	unsigned longest = is_suffix(s, h, 1) ? 1 : 0;

	/* Some have no rule of their own, only beneath them: *.ck, co.za. */
	if (longest == 0 && (!known || hints_of(s, h->suffix[1]) != 0))
		longest = 1;
	for (unsigned i = 2; i <= deepest && longest != 0; i++) {
		if (known && (hints_of(s, h->suffix[i - 1]) & HINT_ABOVE) == 0)
			break;
		if ((!known || may_be_suffix(s, h, i)) && is_suffix(s, h, i))
			longest = i;
	}
	return longest;
}

static uint64_t
tree_hash(const struct hashkey *key, const char *text)
{
	struct dname name;

	if (dname_from_text(text, &name) != ERR_OK)
		return 0;
	return namehash_suffix_of(key, name.bytes);
}

struct suffix *
suffix_new(const struct hashkey *key)
{
	struct suffix *s = calloc(1, sizeof(*s));

	if (s == NULL)
		goto fail0;
	s->key = *key;
	if ((s->list = psl_latest(NULL)) == NULL)
		goto fail1;
	s->v4_tree = tree_hash(key, "in-addr.arpa");
	s->v6_tree = tree_hash(key, "ip6.arpa");
	hints_load(s);
	return s;

fail1:
	free(s);
fail0:
	return NULL;
}

void
suffix_free(struct suffix *s)
{
	if (s == NULL)
		return;
	psl_free(s->list);
	free(s);
}

size_t
suffix_bytes(const struct suffix *s)
{
	return sizeof(*s);
}

unsigned
suffix_zone_labels(struct suffix *s, const struct namehash *h, enum suffix_kind *kind)
{
	unsigned longest, deepest;

	*kind = SUFFIX_OWNER;
	if (h->count == 0)
		return 0;
	if (h->count > 2 && (h->suffix[2] == s->v4_tree || h->suffix[2] == s->v6_tree)) {
		*kind = SUFFIX_REVERSE;
		deepest =
		    h->suffix[2] == s->v4_tree ? REVERSE_V4_LABELS : REVERSE_V6_LABELS;
		return h->count < deepest ? h->count : deepest;
	}
	if ((longest = suffix_labels(s, h)) == 0) {
		*kind = SUFFIX_UNKNOWN;
		return h->count < 2 ? h->count : 2;
	}
	return h->count > longest ? longest + 1 : longest;
}

unsigned
suffix_platform_labels(struct suffix *s, const struct namehash *h, unsigned zone_labels)
{
	unsigned registry = zone_labels;

	if (zone_labels < 3)
		return 0;
	while (!is_registry(s, h, --registry))
		;
	return registry + 1 < zone_labels ? registry + 1 : 0;
}
