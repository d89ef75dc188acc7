#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/answer.h"
#include "resolver/wire/rdata.h"

/*
 * A server's reply. What parses is rendered, parsed again and rendered again:
 * the two renderings have to be the same bytes, or something was lost or made up
 * on the way.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ARENA_BYTES	 (8u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_sets(const struct rrset *set)
{
	for (; set != NULL; set = set->next) {
		CHECK(set->count >= 1 && set->count <= RRSET_RECORDS_MAX);
		CHECK(set->sig_count <= RRSET_RRSIGS_MAX);
		CHECK(set->ttl_sec <= INT32_MAX);
		CHECK(!dns_type_is_meta(set->type));
		for (unsigned i = 0; i < set->count; i++) {
			const uint8_t *name =
			    rdata_name(set->type, set->rdata[i].bytes, set->rdata[i].len);

			if (name != NULL)
				CHECK(dname_len(name) <= DNAME_MAX);
		}
	}
}

static bool
render(const struct msg *m, uint8_t *out, struct rendered *r)
{
	static const uint8_t root[1];
	struct question q = { .id = m->id, .qtype = m->qtype, .qclass = m->qclass };
	const uint8_t *qname = m->has_question ? m->qname : root;
	struct answer a;

	q.qname_len = (uint8_t)dname_copy(q.qname, qname);
	dname_copy(q.qname_raw, qname);
	q.edns.present = q.edns.dnssec_ok = true;
	answer_init(&a, m->rcode);
	a.answer = m->answer;
	a.authority = m->authority;
	a.additional = m->additional;
	CHECK(answer_render(&a, &q, MSG_MAX, false, out, r) == ERR_OK);
	return !r->truncated;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static uint8_t first[MSG_MAX], second[MSG_MAX];
	static struct rendered r1, r2;
	struct arena *arena = arena_new(ARENA_BYTES);
	struct msg m, again;
	uint16_t additional;

	if (msg_parse(arena, bytes, len, &m) != ERR_OK)
		goto out;
	CHECK(m.records <= MSG_RECORDS_MAX);
	check_sets(m.answer);
	check_sets(m.authority);
	check_sets(m.additional);
	if (!render(&m, first, &r1))
		goto out;
	additional = (uint16_t)(first[10] << 8 | first[11]);
	CHECK(msg_parse(arena, first, r1.len, &again) == ERR_OK);
	CHECK(again.records >= additional && !again.surplus);
	CHECK(render(&again, second, &r2));
	CHECK(r1.len == r2.len && memcmp(first, second, r1.len) == 0);
out:
	arena_free(arena);
	return 0;
}
