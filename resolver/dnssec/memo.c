#include "resolver/dnssec/memo.h"

#include <string.h>

struct verified {
	uint64_t id;
	enum dnssec_reason reason;
};

struct hashed {
	uint64_t id;
	uint8_t hash[MEMO_HASH_LEN];
};

struct dnssec_memo {
	struct arena *arena;
	struct hashkey key;
	unsigned verified_count, hashed_count;
	struct verified verified[MEMO_VERIFIED_MAX];
	struct hashed *hashed; /* MEMO_HASHED_MAX; NULL: most questions meet no NSEC3 */
};

struct dnssec_memo *
dnssec_memo_new(struct arena *arena, const struct hashkey *key)
{
	struct dnssec_memo *m = arena_alloc(arena, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->arena = arena;
	m->key = *key;
	return m;
}

uint64_t
memo_add_id(const struct dnssec_memo *m, uint64_t id, const void *bytes, size_t len)
{
	uint64_t pair[2] = { id };

	if (m == NULL)
		return 0;
	pair[1] = siphash24(&m->key, bytes, len);
	return siphash24(&m->key, pair, sizeof(pair));
}

bool
memo_verified(const struct dnssec_memo *m, uint64_t id, enum dnssec_reason *out)
{
	for (unsigned i = 0; m != NULL && i < m->verified_count; i++) {
		if (m->verified[i].id != id)
			continue;
		*out = m->verified[i].reason;
		return true;
	}
	return false;
}

void
memo_put_verified(struct dnssec_memo *m, uint64_t id, enum dnssec_reason reason)
{
	if (m == NULL || FAILS(m->verified_count == MEMO_VERIFIED_MAX))
		return;
	m->verified[m->verified_count++] = (struct verified){ id, reason };
}

bool
memo_hashed(const struct dnssec_memo *m, uint64_t id, uint8_t out[MEMO_HASH_LEN])
{
	for (unsigned i = 0; m != NULL && i < m->hashed_count; i++) {
		if (m->hashed[i].id != id)
			continue;
		memcpy(out, m->hashed[i].hash, MEMO_HASH_LEN);
		return true;
	}
	return false;
}

void
memo_put_hashed(struct dnssec_memo *m, uint64_t id, const uint8_t hash[MEMO_HASH_LEN])
{
	struct hashed *h;

	if (m == NULL || FAILS(m->hashed_count == MEMO_HASHED_MAX))
		return;
	if (m->hashed == NULL &&
	    (m->hashed = arena_alloc(m->arena, MEMO_HASHED_MAX * sizeof(*h))) == NULL)
		return;
	h = &m->hashed[m->hashed_count++];
	h->id = id;
	memcpy(h->hash, hash, MEMO_HASH_LEN);
}
