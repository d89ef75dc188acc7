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
/* Memo entries: registered domains and their suffixes of a busy day; a miss costs 0.4 us,
 * no more. */
#define MEMO_ENTRIES 8192u
/* Names with rules beneath them: about 1,900 in 2026; open addressing wants half of it
 * empty. */
#define PARENT_SLOTS	  16384u
#define PARENTS_MAX	  (PARENT_SLOTS / 2)
#define REVERSE_V4_LABELS 4u  /* two of the tree, two of a /16 */
#define REVERSE_V6_LABELS 10u /* two of the tree, eight nibbles of a /32 */

struct suffix {
	psl_ctx_t *list;
	struct hashkey key;
	uint64_t v4_tree, v6_tree;
	bool parents_known;
	size_t parent_count;
	uint64_t parents[PARENT_SLOTS];
	_Atomic uint64_t
	    memo[MEMO_ENTRIES]; /* hash with its lowest bit replaced by the answer */
};

/* ---- names beneath which the list has rules ---- */

static void
parents_add(struct suffix *s, uint64_t hash)
{
	size_t i = hash % PARENT_SLOTS;

	while (s->parents[i] != 0 && s->parents[i] != hash)
		i = (i + 1) % PARENT_SLOTS;
	if (s->parents[i] == hash)
		return;
	if (s->parent_count >= PARENTS_MAX) {
		s->parents_known = false; /* too many: ask about everything */
		return;
	}
	s->parents[i] = hash;
	s->parent_count++;
}

static bool
parents_has(const struct suffix *s, uint64_t hash)
{
	size_t i = hash % PARENT_SLOTS;

	if (!s->parents_known)
		return true;
	while (s->parents[i] != 0) {
		if (s->parents[i] == hash)
			return true;
		i = (i + 1) % PARENT_SLOTS;
	}
	return false;
}

/* All that stands above the first label of ${rule} has a rule beneath it. */
static void
parents_add_rule(struct suffix *s, const char *rule)
{
	struct namehash h;
	struct dname name;
	const char *parent = strchr(rule, '.');

	if (parent == NULL || dname_from_text(parent + 1, &name) != ERR_OK)
		return;
	namehash_fill(&h, &s->key, name.bytes);
	for (unsigned i = 1; i <= h.count; i++)
		parents_add(s, h.suffix[i]);
}

static void
parents_read(struct suffix *s, FILE *in)
{
	char line[1024];

	s->parents_known = true;
	while (fgets(line, sizeof(line), in) != NULL) {
		char *rule = line[0] == '!' ? line + 1 : line;

		rule[strcspn(rule, " \t\r\n")] = '\0';
		if (rule[0] != '\0' && strncmp(rule, "//", 2) != 0)
			parents_add_rule(s, rule);
	}
	if (ferror(in))
		s->parents_known = false;
}

/* The text from which the file that libpsl reads was made stands beside it. It says
 * nothing if libpsl's built-in rules are newer. */
static void
parents_load(struct suffix *s)
{
	const char *binary = psl_dist_filename();
	size_t stem;
	struct stat st;
	char path[512];
	FILE *in;

	if (binary == NULL || (stem = strcspn(binary, "")) < 6 || stem >= sizeof(path))
		return;
	if (strcmp(binary + stem - 6, ".dafsa") != 0)
		return;
	snprintf(path, sizeof(path), "%.*s.dat", (int)(stem - 6), binary);
	if ((in = fopen(path, "r")) == NULL)
		return;
	if (fstat(fileno(in), &st) == 0 && st.st_mtime >= psl_builtin_file_time())
		parents_read(s, in);
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

/* Memo kinds: the answer for a whole suffix, or whether a top-level domain is listed. */
static bool
is_suffix(struct suffix *s, const struct namehash *h, unsigned labels)
{
	uint64_t hash = h->suffix[labels];
	_Atomic uint64_t *memo = &s->memo[(hash >> 1) % MEMO_ENTRIES];
	uint64_t word = atomic_load_explicit(memo, memory_order_relaxed);
	int type = PSL_TYPE_ANY;
	char text[DNAME_TEXT_MAX];
	bool yes;

	if ((word | 1) == (hash | 1))
		return (word & 1) != 0;
	write_text(h, labels, text);
	if (labels == 1)
		type |= PSL_TYPE_NO_STAR_RULE; /* "is it in the list at all" */
	yes = psl_is_public_suffix2(s->list, text, type) != 0;
	atomic_store_explicit(
	    memo, (hash & ~UINT64_C(1)) | (yes ? 1 : 0), memory_order_relaxed);
	return yes;
}

/* Does any rule lie beneath the last ${labels} labels? The text has names beyond ASCII as
 * themselves, DNS has them as xn--. */
static bool
has_rules_beneath(const struct suffix *s, const struct namehash *h, unsigned labels)
{
	const uint8_t *top = namehash_tail(h, 1);

	if (top[0] > 4 && memcmp(top + 1, "xn--", 4) == 0)
		return labels <= 2;
	return parents_has(s, h->suffix[labels]);
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
	parents_load(s);
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
	unsigned longest = 1, deepest;

	*kind = SUFFIX_OWNER;
	if (h->count == 0)
		return 0;
	if (h->count > 2 && (h->suffix[2] == s->v4_tree || h->suffix[2] == s->v6_tree)) {
		*kind = SUFFIX_REVERSE;
		deepest =
		    h->suffix[2] == s->v4_tree ? REVERSE_V4_LABELS : REVERSE_V6_LABELS;
		return h->count < deepest ? h->count : deepest;
	}
	/* Some have no rule of their own, only beneath them: *.ck, co.za. */
	if (!is_suffix(s, h, 1) && !has_rules_beneath(s, h, 1)) {
		*kind = SUFFIX_UNKNOWN;
		return h->count < 2 ? h->count : 2;
	}
	deepest = h->count < RULE_LABELS_MAX ? h->count : RULE_LABELS_MAX;
	for (unsigned i = 2; i <= deepest && has_rules_beneath(s, h, i - 1); i++)
		if (is_suffix(s, h, i))
			longest = i;
	return h->count > longest ? longest + 1 : longest;
}
