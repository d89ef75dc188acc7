#include "tests/replay/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/dnssec/denial.h"
#include "tests/replay/edit.h"
#include "tests/replay/proofs.h"

/*
 * RFC 5155 7.1: a record for every name that has one in the NSEC ring and for each empty
 * non-terminal; with opt-out none for a delegation without DS.
 */

#define NODES_MAX 256u
#define TYPES_MAX 64u /* all that scenarios use but for a few */

struct node {
	uint8_t hash[PROOFS_HASH_LEN];
	struct dname name;
	const struct record *nsec; /* NULL: empty */
};

struct nodes {
	unsigned count;
	struct node at[NODES_MAX];
};

static bool
has_type(const struct record *nsec, uint16_t type)
{
	size_t next = dname_len(nsec->rdata);

	return nsec != NULL && nsec_has_type(nsec->rdata + next, nsec->len - next, type);
}

static bool
is_insecure_cut(const struct record *nsec)
{
	return has_type(nsec, TYPE_NS) && !has_type(nsec, TYPE_SOA) &&
	       !has_type(nsec, TYPE_DS);
}

static void
node_add(const struct zone *z, struct nodes *all, const uint8_t *name,
    const struct record *nsec)
{
	struct node *n = &all->at[all->count];

	for (unsigned i = 0; i < all->count; i++)
		if (dname_equal(all->at[i].name.bytes, name)) {
			if (nsec != NULL)
				all->at[i].nsec = nsec;
			return;
		}
	if (all->count++ == NODES_MAX)
		abort();
	dname_set(&n->name, name);
	n->nsec = nsec;
	proofs_hash(z, name, n->hash);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(((const struct node *)a)->hash, ((const struct node *)b)->hash,
	    PROOFS_HASH_LEN);
}

static size_t
put_types(const struct node *n, char *out, size_t cap)
{
	char mnemonic[DNS_MNEMONIC_MAX];
	size_t at = 0;

	for (uint16_t type = 1; n->nsec != NULL && type < TYPES_MAX; type++) {
		if (!has_type(n->nsec, type) || type == TYPE_NSEC ||
		    (type == TYPE_RRSIG && is_insecure_cut(n->nsec)))
			continue;
		at += (size_t)snprintf(
		    out + at, cap - at, " %s", dns_type_text(type, mnemonic));
	}
	return at;
}

static struct record *
make_record(const struct zone *z, const struct node *n, const struct node *next)
{
	char text[2048], zone[DNAME_TEXT_MAX], salt[2 * 255 + 1] = "-";
	struct record *r;
	int at;

	for (unsigned i = 0; i < z->signing.salt_len; i++)
		snprintf(salt + 2 * i, 3, "%02x", z->signing.salt[i]);
	at = snprintf(text, sizeof(text), "%.32s.%s 600 NSEC3 1 %d %u %s %.32s",
	    (const char *)n->hash + 1,
	    *z->name.bytes == 0 ? "" : dname_to_text(z->name.bytes, zone),
	    z->signing.opt_out, z->signing.iterations, salt,
	    (const char *)next->hash + 1);
	(void)put_types(n, text + at, sizeof(text) - (size_t)at);
	if ((r = record_parse(text)) == NULL)
		abort();
	return r;
}

void
ring_hash(struct zone *z)
{
	struct nodes *all = calloc(1, sizeof(*all));
	unsigned apex = dname_labels(z->name.bytes);

	if (all == NULL)
		abort();
	for (const struct record *r = z->records; r != NULL; r = r->next) {
		const uint8_t *name = r->owner.bytes;

		if (r->type != TYPE_NSEC || (z->signing.opt_out && is_insecure_cut(r)))
			continue;
		node_add(z, all, name, r);
		while (dname_labels(name) > apex + 1) {
			name = dname_parent(name);
			node_add(z, all, name, NULL);
		}
	}
	qsort(all->at, all->count, sizeof(all->at[0]), compare);
	for (unsigned i = 0; i < all->count; i++)
		records_append(&z->records,
		    make_record(z, &all->at[i], &all->at[(i + 1) % all->count]));
	for (unsigned i = 0; i < all->count; i++)
		edit_remove(z, all->at[i].name.bytes, TYPE_NSEC, false);
	/* And those of the delegations that have opted out. */
	for (struct record *r = z->records, *next; r != NULL; r = next) {
		next = r->next;
		if (r->type == TYPE_NSEC) {
			struct dname name = r->owner;

			edit_remove(z, name.bytes, TYPE_NSEC, false);
			next = z->records;
		}
	}
	free(all);
}
