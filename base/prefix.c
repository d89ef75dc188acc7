#include "base/addr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Prefixes, and the map from them to numbers.
 *
 * The map is a path-compressed binary trie for each family. A node is a prefix;
 * its two children begin with the node's bits and differ in the bit after them.
 * A node without a value is a fork that two longer prefixes made necessary.
 * Looking up goes down as long as the node's prefix holds the address and
 * remembers the last value seen. Nodes stand in one growing array and name each
 * other by index; 0 is nobody.
 */

static unsigned
family_bits(const struct addr *a)
{
	return (unsigned)addr_bytes_len(a) * 8;
}

/* The length behind the slash, or the whole address without one. */
static enum err
length_from_text(const char *text, unsigned max, uint8_t *bits)
{
	unsigned value = 0;

	if (text == NULL) {
		*bits = (uint8_t)max;
		return ERR_OK;
	}
	if (*text == '\0')
		return ERR_MALFORMED;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return ERR_MALFORMED;
		value = value * 10 + (unsigned)(*text - '0');
		if (value > 128)
			return ERR_RANGE;
	}
	if (value > max)
		return ERR_RANGE;
	*bits = (uint8_t)value;
	return ERR_OK;
}

/*
 * "::ffff:192.0.2.0/120" became the address 192.0.2.0, so its length is
 * counted from the end of the mapping.
 */
static enum err
mapped_length(const char *slash, uint8_t *bits)
{
	uint8_t long_bits;
	enum err e = length_from_text(slash, 128, &long_bits);

	if (e != ERR_OK)
		return e;
	if (long_bits < 96)
		return ERR_RANGE;
	*bits = (uint8_t)(long_bits - 96);
	return ERR_OK;
}

enum err
prefix_from_text(const char *text, struct prefix *out)
{
	char host[ADDR_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t host_len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	struct addr masked;
	enum err e;

	memset(out, 0, sizeof(*out));
	if (host_len >= sizeof(host))
		return ERR_MALFORMED;
	memcpy(host, text, host_len);
	host[host_len] = '\0';
	/* A prefix has neither port nor scope. */
	if (strpbrk(host, "@%[") != NULL)
		return ERR_MALFORMED;
	if ((e = addr_from_text(host, 0, &out->addr)) != ERR_OK)
		return e;
	if (slash != NULL)
		slash++;
	if (out->addr.family == ADDR_V4 && strchr(host, ':') != NULL)
		e = mapped_length(slash, &out->bits);
	else
		e = length_from_text(slash, family_bits(&out->addr), &out->bits);
	if (e != ERR_OK)
		return e;
	masked = addr_mask(&out->addr, out->bits);
	return addr_same_host(&masked, &out->addr) ? ERR_OK : ERR_RANGE;
}

char *
prefix_to_text(const struct prefix *p, char out[ADDR_TEXT_MAX])
{
	size_t len;

	addr_host_text(&p->addr, out);
	len = strlen(out);
	snprintf(out + len, ADDR_TEXT_MAX - len, "/%u", (unsigned)p->bits);
	return out;
}

/* ${a} and ${b} agree in their first ${bits} bits. */
static bool
bits_agree(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return bits % 8 == 0 ||
	       ((a[whole] ^ b[whole]) & (0xff00u >> bits % 8) & 0xff) == 0;
}

bool
prefix_contains(const struct prefix *p, const struct addr *a)
{
	return p->addr.family == a->family && p->addr.family != ADDR_NONE &&
	       bits_agree(p->addr.bytes, a->bytes, p->bits);
}

struct trie_node {
	uint8_t bytes[16];
	uint8_t bits;
	bool has_value;
	uint32_t value;
	uint32_t child[2]; /* by the bit after ${bits}; 0 is nobody */
};

struct prefixmap {
	uint32_t root[2];	 /* v4, v6 */
	struct trie_node *nodes; /* nodes[0] is nobody */
	uint32_t count;
	uint32_t room;
};

struct prefixmap *
prefixmap_new(void)
{
	struct prefixmap *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->count = 1;
	return m;
}

void
prefixmap_free(struct prefixmap *m)
{
	if (m == NULL)
		return;
	free(m->nodes);
	free(m);
}

/* Makes room for ${more} nodes, so that nothing can fail half-way through a change. */
static enum err
reserve(struct prefixmap *m, uint32_t more)
{
	struct trie_node *bigger;
	uint32_t room = m->room == 0 ? 16 : m->room;

	if (m->count > UINT32_MAX / 4)
		return ERR_NOMEM;
	while (room < m->count + more)
		room *= 2;
	if (room == m->room)
		return ERR_OK;
	if ((bigger = realloc(m->nodes, room * sizeof(*bigger))) == NULL)
		return ERR_NOMEM;
	m->nodes = bigger;
	m->room = room;
	return ERR_OK;
}

/* A node over the first ${bits} bits of ${bytes}; room was reserved. */
static uint32_t
node_new(struct prefixmap *m, const uint8_t bytes[16], unsigned bits)
{
	struct trie_node *n = &m->nodes[m->count];

	memset(n, 0, sizeof(*n));
	memcpy(n->bytes, bytes, (bits + 7) / 8);
	if (bits % 8 != 0)
		n->bytes[bits / 8] &= (uint8_t)(0xff00u >> bits % 8);
	n->bits = (uint8_t)bits;
	return m->count++;
}

static unsigned
bit_at(const uint8_t *bytes, unsigned bit)
{
	return bytes[bit / 8] >> (7 - bit % 8) & 1u;
}

/* How many leading bits ${a} and ${b} share, at most ${max}. */
static unsigned
common_bits(const uint8_t *a, const uint8_t *b, unsigned max)
{
	unsigned bits = 0;

	while (bits < max && bit_at(a, bits) == bit_at(b, bits))
		bits++;
	return bits;
}

static enum err
node_set(struct trie_node *n, uint32_t value)
{
	if (n->has_value)
		return ERR_EXISTS;
	n->has_value = true;
	n->value = value;
	return ERR_OK;
}

/*
 * The node of ${link} shares only ${shared} bits with ${p}: a node of that
 * length takes its place, with the old one beneath.
 */
static uint32_t
split(struct prefixmap *m, uint32_t *link, const struct prefix *p, unsigned shared)
{
	uint32_t fork = node_new(m, p->addr.bytes, shared);

	m->nodes[fork].child[bit_at(m->nodes[*link].bytes, shared)] = *link;
	*link = fork;
	return fork;
}

enum err
prefixmap_add(struct prefixmap *m, const struct prefix *p, uint32_t value)
{
	const uint8_t *bytes = p->addr.bytes;
	uint32_t *link, at;
	unsigned shared;

	if (FAILS(p->addr.family == ADDR_NONE))
		return ERR_MALFORMED;
	if (reserve(m, 2) != ERR_OK)
		return ERR_NOMEM;
	link = &m->root[p->addr.family == ADDR_V6];
	while ((at = *link) != 0) {
		struct trie_node *n = &m->nodes[at];

		shared =
		    common_bits(n->bytes, bytes, n->bits < p->bits ? n->bits : p->bits);
		if (shared < n->bits) {
			at = split(m, link, p, shared);
			n = &m->nodes[at];
		}
		if (n->bits == p->bits)
			return node_set(n, value);
		link = &n->child[bit_at(bytes, n->bits)];
	}
	*link = at = node_new(m, bytes, p->bits);
	return node_set(&m->nodes[at], value);
}

bool
prefixmap_find(const struct prefixmap *m, const struct addr *a, uint32_t *value)
{
	uint32_t at = m->root[a->family == ADDR_V6];
	unsigned max = family_bits(a);
	const struct trie_node *n;
	bool found = false;

	if (a->family == ADDR_NONE)
		return false;
	for (; at != 0; at = n->child[bit_at(a->bytes, n->bits)]) {
		n = &m->nodes[at];
		if (!bits_agree(n->bytes, a->bytes, n->bits))
			break;
		if (n->has_value) {
			*value = n->value;
			found = true;
		}
		if (n->bits == max)
			break;
	}
	return found;
}
