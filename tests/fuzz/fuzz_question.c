#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "resolver/wire/answer.h"

/*
 * A datagram from a client, exactly as long as the input. What is a question
 * gets an answer in several sizes, and each has to parse and to match.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ARENA_BYTES	 (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const uint8_t target[] = "\3cdn\7example\3net";
static const uint8_t soa[] = "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";

static void
check_error(const struct question *q, const uint8_t *bytes, enum question_verdict verdict)
{
	uint8_t out[MSG_HEADER_LEN + DNAME_MAX + 4];
	size_t len = answer_error(q, RCODE_FORMERR, FLAG_TC, out, sizeof(out));

	CHECK(len == MSG_HEADER_LEN + (q->qname_len > 0 ? q->qname_len + 4u : 0));
	CHECK(memcmp(out, bytes, 2) == 0 && (out[2] & 0x80) != 0);
	CHECK(verdict != QUESTION_NOTIMP || q->qname_len == 0);
	CHECK(answer_error(q, RCODE_FORMERR, 0, out, MSG_HEADER_LEN - 1) == 0);
}

static void
fill_answer(struct arena *arena, const struct question *q, struct answer *a)
{
	struct rrset *set =
	    rrset_new_one(arena, q->qname, TYPE_CNAME, 300, target, sizeof(target));
	struct rdata sig = { .len = 9, .bytes = (const uint8_t *)"\0\5short!!" };

	answer_init(a, RCODE_NOERROR);
	a->security = SECURITY_SECURE;
	set->sigs = arena_copy(arena, &sig, sizeof(sig));
	set->sig_count = 1;
	rrset_append(&a->answer, set);
	for (unsigned i = 0; i < 40; i++) {
		uint8_t owner[] = "\2xx\7example\3net";

		owner[1] = (uint8_t)i;
		rrset_append(i % 2 ? &a->answer : &a->additional,
		    rrset_new_one(arena, owner, TYPE_A, 60 + i, "\300\0\2\1", 4));
	}
	rrset_append(&a->authority,
	    rrset_new_one(arena, target, TYPE_SOA, 5, soa, sizeof(soa) - 1));
}

static void
check_rendered(const struct answer *a, const struct question *q, const uint8_t *query,
    size_t query_len, size_t cap)
{
	static struct rendered r;
	struct edns_out opt = {
		.udp_size = 1232, .ede_code = EDE_BLOCKED, .ede_text = "id 1"
	};
	struct arena *arena = arena_new(ARENA_BYTES);
	uint8_t *out = malloc(cap);
	struct msg m;

	if (answer_render(a, q, cap, cap % 2 == 0, out, &r) == ERR_OK) {
		CHECK(r.len <= cap);
		for (unsigned i = 0; i < r.ttl_count; i++)
			CHECK(r.ttl_at[i] + 4u <= r.len);
		answer_personalise(out, r.len, q);
		r.len = answer_add_opt(q, &opt, out, r.len, cap);
		CHECK(r.len <= cap);
		CHECK(msg_match(out, r.len, query, query_len) == MSG_MATCH);
		/* The signature above is too short on purpose: with it only the frame can
		 * be asked. */
		CHECK(msg_parse(arena, out, r.len, &m) == ERR_OK || q->edns.dnssec_ok ||
		      q->qtype == TYPE_RRSIG || q->qtype == TYPE_ANY);
	} else {
		CHECK(cap < MSG_HEADER_LEN + q->qname_len + 4u);
	}
	free(out);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct question q;
	enum question_verdict verdict = question_parse(bytes, len, &q);
	struct arena *arena;
	struct answer a;

	if (verdict == QUESTION_DROP)
		return 0;
	check_error(&q, bytes, verdict);
	if (q.qname_len == 0)
		return 0;
	CHECK(dname_len(q.qname) == q.qname_len && dname_labels(q.qname) == q.labels);
	CHECK(dname_equal(q.qname, q.qname_raw));
	arena = arena_new(ARENA_BYTES);
	fill_answer(arena, &q, &a);
	for (size_t cap = 16; cap <= 1232; cap += 1 + cap / 8 + bytes[0] % 16)
		check_rendered(&a, &q, bytes, len, cap);
	arena_free(arena);
	return 0;
}
