#include "resolver/serve/weigh.h"

#include "base/dns.h"
#include "base/siphash.h"

/*
 * Signatures (RFC 4034 3.1: 18 bytes, the signer, the signature). A signer that works at
 * each question makes another one each time, so what a good one brings is no news: of a
 * set that was proven the shortest is free, for it is no longer than the one that was
 * verified. Of another set, an unsigned zone's or for who checks for himself, nobody has
 * verified any: there it is free as far as the curves have it (RFC 6605, RFC 8080), which
 * is what such signers use, and counts a quarter up to RSA's 4,096 bits, whose signers
 * work ahead. Whatever else stands there is data.
 */
#define SIGNATURE_AT	18u
#define SIGNATURE_CURVE 64u
#define SIGNATURE_RSA	512u
#define RSA_PART	4u

/* A proof of ordinary length, owner and all (NSEC3 with its hashes some 90 bytes, an NSEC
 * made for each name 85), counts a quarter too: who asks a signed zone's new hosts for
 * types that they lack gets one for each. */
#define PROOF_BYTES 128u
#define PROOF_PART  4u

static void
add_news(struct detect_answer *out, uint64_t hash, size_t len)
{
	if (len == 0)
		return;
	if (out->piece_count < DETECT_PIECES_MAX) {
		out->pieces[out->piece_count++] =
		    (struct detect_piece){ hash, (uint16_t)len };
		return;
	}
	out->rest_bytes += (uint32_t)len;
	out->rest_hash = out->rest_hash * 31 + hash;
}

static void
add_piece(const struct hashkey *key, struct detect_answer *out, const uint8_t *bytes,
    size_t len)
{
	add_news(out, siphash13(key, bytes, len), len);
}

static uint64_t
hash_of_data(const struct hashkey *key, const struct rrset *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->count; i++)
		sum += siphash13(key, s->rdata[i].bytes, s->rdata[i].len);
	return sum;
}

static void
add_addresses(const struct hashkey *key, struct detect_answer *out, const struct rrset *s)
{
	out->address_count += s->count;
	for (unsigned i = 0; i < s->count; i++) {
		const uint8_t *bytes = s->rdata[i].bytes;
		size_t len = s->rdata[i].len;

		if (len == 16) {
			add_piece(key, out, bytes, 8);
			bytes += 8;
			len = 8;
		}
		add_piece(key, out, bytes, len);
	}
}

/* A denial's SOA is told to the client too: its names, its serial, the other numbers. */
static void
add_soa(const struct hashkey *key, struct detect_answer *out, const struct rrset *s)
{
	size_t len = s->rdata[0].len, numbers = 20;
	const uint8_t *bytes = s->rdata[0].bytes;

	if (len <= numbers)
		return;
	add_piece(key, out, bytes, len - numbers);
	add_piece(key, out, bytes + len - numbers, 4);
	add_piece(key, out, bytes + len - numbers + 4, numbers - 4);
}

/* ---- what goes to those who ask for DNSSEC ---- */

/* The part of a signature that is no set's ordinary one. */
static size_t
shortest_counts(const struct rrset *s, const struct rdata *sig)
{
	const uint8_t *signer = sig->bytes + SIGNATURE_AT;
	size_t free = SIGNATURE_AT, len, more;

	if (s->security == SECURITY_SECURE)
		return 0;
	if (sig->len > SIGNATURE_AT && dname_is_below(s->owner, signer))
		free += dname_len(signer);
	if (sig->len <= free + SIGNATURE_CURVE)
		return 0;
	len = sig->len - free;
	more = len > SIGNATURE_RSA ? len - SIGNATURE_RSA : 0;
	return more + (len - more - SIGNATURE_CURVE) / RSA_PART;
}

static void
add_signatures(
    const struct hashkey *key, struct detect_answer *out, const struct rrset *s)
{
	unsigned shortest = 0;

	for (unsigned i = 1; i < s->sig_count; i++)
		if (s->sigs[i].len < s->sigs[shortest].len)
			shortest = i;
	for (unsigned i = 0; i < s->sig_count; i++) {
		const struct rdata *sig = &s->sigs[i];

		add_news(out, siphash13(key, sig->bytes, sig->len),
		    i == shortest ? shortest_counts(s, sig) : sig->len);
	}
}

/* What is denied stands in the owner as well, and an NSEC3's is all hash. */
static void
add_proof(const struct hashkey *key, struct detect_answer *out, const struct rrset *s)
{
	size_t owner = dname_len(s->owner), len = rrset_rdata_bytes(s) + owner;
	size_t more = len > PROOF_BYTES ? len - PROOF_BYTES : 0;

	add_news(out, hash_of_data(key, s) + siphash13(key, s->owner, owner),
	    more + (len - more) / PROOF_PART);
}

/* ---- sections ---- */

/* False: the client does not get it. */
static bool
add_authority(const struct hashkey *key, const struct weigh_message *m,
    struct detect_answer *out, const struct rrset *s)
{
	bool proof = s->type == TYPE_NSEC || s->type == TYPE_NSEC3;

	if (proof ? !m->dnssec : !m->whole && s->type != TYPE_SOA)
		return false;
	if (proof)
		add_proof(key, out, s);
	else if (s->type == TYPE_SOA)
		add_soa(key, out, s);
	else
		add_news(out, hash_of_data(key, s), rrset_rdata_bytes(s));
	return true;
}

static void
add_beside(
    const struct hashkey *key, const struct weigh_message *m, struct detect_answer *out)
{
	for (const struct rrset *s = m->authority; s != NULL; s = s->next)
		if (add_authority(key, m, out, s) && m->dnssec)
			add_signatures(key, out, s);
	for (const struct rrset *s = m->additional; m->whole && s != NULL; s = s->next) {
		if (s->type == TYPE_A || s->type == TYPE_AAAA)
			add_addresses(key, out, s);
		if (m->dnssec)
			add_signatures(key, out, s);
	}
}

void
weigh_answer(
    const struct hashkey *key, const struct weigh_message *m, struct detect_answer *out)
{
	for (const struct rrset *s = m->answer; s != NULL; s = s->next) {
		if (s->type == TYPE_A || s->type == TYPE_AAAA) {
			add_addresses(key, out, s);
		} else {
			out->rdata_hash += hash_of_data(key, s);
			out->rdata_bytes += (uint32_t)rrset_rdata_bytes(s);
		}
		if (m->dnssec)
			add_signatures(key, out, s);
	}
	add_beside(key, m, out);
}
