#include "resolver/wire/cookie.h"

#include <endian.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/edns.h"
#include "resolver/wire/reader.h"

/*
 * The server cookie of RFC 9018 4, 16 bytes behind the client's 8:
 *
 *   version (1) | reserved (3 bytes, 0) | timestamp (4) | hash (8)
 *
 *   hash = SipHash-2-4 with the secret over
 *          client cookie | version | reserved | timestamp | client's address
 *
 * the hash's bytes as the reference implementation writes them: least significant first.
 * What a cookie says in its reserved bytes does not matter, but it is under the hash as
 * it came (4.2).
 */

#define COOKIE_VERSION 1u
#define VERSION_AT     COOKIE_CLIENT_LEN
#define TIMESTAMP_AT   (COOKIE_CLIENT_LEN + 4u)
#define HASH_AT	       (COOKIE_CLIENT_LEN + 8u)
#define HASH_LEN       8u
#define DAY_SEC	       86400u

static uint64_t
load_le64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

void
cookie_secret(const uint8_t bytes[COOKIE_SECRET_BYTES], struct hashkey *out)
{
	out->k0 = load_le64(bytes);
	out->k1 = load_le64(bytes + 8);
}

static void
secret_of_day(const struct hashkey *master, uint32_t day, struct hashkey *out)
{
	uint8_t bytes[8] = "cookie";
	uint32_t days[2] = { 2 * day, 2 * day + 1 };
	uint64_t words[2];

	for (unsigned i = 0; i < 2; i++) {
		uint8_t input[sizeof(bytes) + 4];

		memcpy(input, bytes, sizeof(bytes));
		memcpy(input + sizeof(bytes), &days[i], 4);
		words[i] = siphash24(master, input, sizeof(input));
	}
	out->k0 = words[0];
	out->k1 = words[1];
}

void
cookie_secrets_of_day(
    const struct hashkey *master, uint32_t wall_sec, struct cookie_secrets *out)
{
	uint32_t day = wall_sec / DAY_SEC;

	out->count = 2;
	secret_of_day(master, day, &out->keys[0]);
	secret_of_day(master, day - 1, &out->keys[1]);
}

/* Of ${cookie}, whose first 16 bytes are there, for a client at ${from}. */
static uint64_t
hash_of(const struct hashkey *key, const uint8_t *cookie, const struct addr *from)
{
	uint8_t bytes[HASH_AT + sizeof(from->bytes)];
	size_t host_len = addr_bytes_len(from);

	memcpy(bytes, cookie, HASH_AT);
	memcpy(bytes + HASH_AT, from->bytes, host_len);
	return siphash24(key, bytes, HASH_AT + host_len);
}

static uint32_t
timestamp_of(const uint8_t *cookie)
{
	return (uint32_t)cookie[TIMESTAMP_AT] << 24 |
	       (uint32_t)cookie[TIMESTAMP_AT + 1] << 16 |
	       (uint32_t)cookie[TIMESTAMP_AT + 2] << 8 | cookie[TIMESTAMP_AT + 3];
}

/* RFC 9018 4.3. Differences modulo 2^32: the clock's second 2^32 is one like any other.
 */
static enum cookie_state
age_of(uint32_t made_sec, uint32_t wall_sec)
{
	uint32_t age_sec = wall_sec - made_sec;

	if (made_sec - wall_sec <= COOKIE_FUTURE_SEC)
		return COOKIE_GOOD;
	if (age_sec > COOKIE_VALID_SEC)
		return COOKIE_WRONG;
	return age_sec > COOKIE_RENEW_SEC ? COOKIE_OLD : COOKIE_GOOD;
}

enum cookie_state
cookie_check(const struct cookie_secrets *secrets, const uint8_t *cookie, size_t len,
    const struct addr *from, uint32_t wall_sec)
{
	enum cookie_state state;
	uint64_t theirs;

	if (len == 0)
		return COOKIE_NONE;
	if (len == COOKIE_CLIENT_LEN)
		return COOKIE_CLIENT;
	if (len != COOKIE_LEN || cookie[VERSION_AT] != COOKIE_VERSION)
		return COOKIE_WRONG;
	state = age_of(timestamp_of(cookie), wall_sec);
	if (state == COOKIE_WRONG)
		return COOKIE_WRONG;
	theirs = load_le64(cookie + HASH_AT);
	/* As one word: how many of its bytes are right shows nowhere. */
	for (size_t i = 0; i < secrets->count; i++) {
		if ((hash_of(&secrets->keys[i], cookie, from) ^ theirs) == 0)
			return i == 0 ? state : COOKIE_OLD;
	}
	return COOKIE_WRONG;
}

void
cookie_make(const struct cookie_secrets *secrets, const uint8_t client[COOKIE_CLIENT_LEN],
    const struct addr *from, uint32_t wall_sec, uint8_t out[COOKIE_LEN])
{
	const uint8_t head[] = { COOKIE_VERSION, 0, 0, 0, (uint8_t)(wall_sec >> 24),
		(uint8_t)(wall_sec >> 16), (uint8_t)(wall_sec >> 8), (uint8_t)wall_sec };
	uint64_t hash;

	memmove(out, client, COOKIE_CLIENT_LEN);
	memcpy(out + VERSION_AT, head, sizeof(head));
	hash = htole64(hash_of(&secrets->keys[0], out, from));
	memcpy(out + HASH_AT, &hash, HASH_LEN);
}

/* ---- replies of servers ---- */

/* The first OPT of ${message}, wherever it stands among the records. False: there is
 * none, or none that can be read. */
static bool
find_opt(const uint8_t *message, size_t len, struct edns *out)
{
	struct reader r;
	unsigned records;

	reader_init(&r, message, len);
	reader_skip(&r, 4);
	if (reader_u16(&r) != 1)
		return false;
	records = reader_u16(&r);
	records += reader_u16(&r);
	records += reader_u16(&r);
	reader_name_skip(&r);
	reader_skip(&r, 4);
	for (; records > 0 && !r.failed; records--) {
		uint16_t type, class, size;
		uint32_t ttl;
		const uint8_t *rdata;

		reader_name_skip(&r);
		type = reader_u16(&r);
		class = reader_u16(&r);
		ttl = reader_u32(&r);
		size = reader_u16(&r);
		rdata = reader_bytes(&r, size);
		if (!r.failed && type == TYPE_OPT)
			return edns_read(class, ttl, rdata, size, out) == ERR_OK;
	}
	return false;
}

enum cookie_match
cookie_match(const uint8_t *reply, size_t len, const uint8_t *query, size_t query_len)
{
	struct edns ours, theirs;

	if (!find_opt(query, query_len, &ours) || ours.cookie_len == 0)
		return COOKIE_MATCHES;
	/* An OPT that nobody can read has no cookie. */
	if (find_opt(reply, len, &theirs) && theirs.cookie_len > 0)
		return memcmp(theirs.cookie, ours.cookie, COOKIE_CLIENT_LEN) == 0
			   ? COOKIE_MATCHES
			   : COOKIE_MATCH_NOT;
	return ours.cookie_len > COOKIE_CLIENT_LEN ? COOKIE_MATCH_MISSING
						   : COOKIE_MATCHES;
}
