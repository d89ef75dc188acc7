#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/err.h"
#include "conf/conf.h"
#include "tests/fuzz/iter_bench.h"

/*
 * A hostile Internet. The input is the kind of question and then what each query
 * gets: a byte that says whether it is silence, an error or a reply, for a reply two
 * bytes of flags, three of record counts, and a length with that many bytes of records;
 * a reply may be told to have the query's own cookie, which no input could guess.
 * Whatever comes, the question ends within its budgets, and the answer is one chain that
 * begins at the question's name, as is what the cache has of it then and when it expired.
 * With validation on there is none: the input has no keys.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define START_MS	 1000000u
#define HOUR_MS		 3600000u
/* Each computes something new: 32 verifications and 128 hashes. */
#define YIELDS_MAX 160u
/* Bits of the byte that says the kind of question. */
#define VALIDATING	  32u
#define CHECKING_DISABLED 64u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t
make_reply(struct input *in, const struct iter_send *send, uint8_t *out, size_t cap)
{
	size_t at = MSG_HEADER_LEN + dname_len(send->query + MSG_HEADER_LEN) + 4, body;

	memcpy(out, send->query, at);
	out[2] = (uint8_t)(next_byte(in) | 0x80);
	out[3] = next_byte(in);
	for (unsigned i = 7; i <= 11; i += 2)
		out[i] = next_byte(in);
	body = (size_t)(next_byte(in) << 4 | next_byte(in));
	if (body > in->len)
		body = in->len;
	if (body > cap - at)
		body = cap - at;
	memcpy(out + at, in->bytes, body);
	in->bytes += body;
	in->len -= body;
	return at + body;
}

/* Where the first cookie option's value stands, eight bytes of it at least; NULL. */
static uint8_t *
find_cookie(uint8_t *bytes, size_t len)
{
	static const uint8_t head[] = { 0, EDNS_OPT_COOKIE, 0 };

	for (size_t at = MSG_HEADER_LEN; at + sizeof(head) + 1 + 8 <= len; at++)
		if (memcmp(bytes + at, head, sizeof(head)) == 0)
			return bytes + at + sizeof(head) + 1;
	return NULL;
}

static void
give_cookie_back(struct iter_send *send, uint8_t *reply, size_t len)
{
	const uint8_t *from = find_cookie(send->query, send->query_len);
	uint8_t *to = find_cookie(reply, len);

	if (from != NULL && to != NULL)
		memcpy(to, from, 8);
}

static void
next_event(struct input *in, struct iter_send *send, uint8_t *reply, size_t cap,
    struct iter_event *event)
{
	uint8_t kind = in->len == 0 ? 1 : next_byte(in);

	*event = (struct iter_event){ .kind = ITER_EVENT_TIMEOUT };
	switch (kind & 3) {
	case 1:
		event->case_differed = (kind & 4) != 0;
		event->spoofs_seen = (kind & 8) != 0;
		event->cookie_doubt = (kind & 16) != 0;
		break;
	case 2:
		event->kind = ITER_EVENT_NETWORK;
		event->no_route = (kind & 4) != 0;
		break;
	default:
		event->kind = ITER_EVENT_REPLY;
		event->spoofs_seen = (kind & 0xf0) == 0xf0;
		event->reply_len = make_reply(in, send, reply, cap);
		event->reply = reply;
		if ((kind & 12) == 12)
			give_cookie_back(send, reply, event->reply_len);
	}
}

/* Every set is of the name that the links before it led to. */
static void
check_chain(const struct answer *a, const uint8_t *qname)
{
	const uint8_t *name = qname;

	for (const struct rrset *set = a->answer; set != NULL; set = set->next) {
		CHECK(set->count > 0 && set->class == CLASS_IN);
		if (set->type == TYPE_DNAME && !dname_equal(set->owner, name)) {
			CHECK(dname_is_strictly_below(name, set->owner));
			continue;
		}
		CHECK(dname_equal(set->owner, name));
		if (set->type == TYPE_CNAME && set->next != NULL)
			name = set->rdata[0].bytes;
	}
}

/* Of two questions the second may get what the first kept, once its time is over (RFC
 * 8767). */
static bool
is_stale(const struct answer *a)
{
	return a->ede_code ==
	       (a->rcode == RCODE_NXDOMAIN ? EDE_STALE_NXDOMAIN : EDE_STALE_ANSWER);
}

/* Private addresses were dropped (policy.private-addresses). */
static bool
is_filtered(const struct answer *a)
{
	return a->rcode == RCODE_NOERROR && a->ede_code == EDE_BLOCKED;
}

static void
check_end(const struct iter_task *t, const struct conf *conf, const uint8_t *qname,
    uint16_t qtype, uint32_t sends)
{
	const struct answer *a = iter_task_result(t);
	struct iter_facts facts;

	iter_task_facts(t, &facts);
	CHECK(sends <= conf->queries_max && facts.queries == sends);
	CHECK(a->rcode == RCODE_NOERROR || a->rcode == RCODE_NXDOMAIN ||
	      a->rcode == RCODE_SERVFAIL || a->rcode == RCODE_YXDOMAIN);
	CHECK((a->rcode == RCODE_SERVFAIL || is_stale(a) || is_filtered(a)) ==
	      (a->ede_code != EDE_NONE));
	if (qtype != TYPE_ANY)
		check_chain(a, qname);
	CHECK(fail_count() == 0);
}

/* What the cache says without asking anybody, now and in an hour. */
static void
check_cached(struct iter *it, const struct dname *qname, uint16_t qtype, uint64_t now_ms)
{
	struct iter_task *t = iter_task_new(it, qname->bytes, qtype, false);
	const struct answer *a;

	CHECK(t != NULL);
	if ((a = iter_task_recall(t, now_ms)) != NULL)
		check_chain(a, qname->bytes);
	if ((a = iter_task_stale(t, now_ms + HOUR_MS)) != NULL) {
		CHECK(is_stale(a));
		check_chain(a, qname->bytes);
	}
	CHECK(fail_count() == 0);
	iter_task_free(t);
}

static void
ask(struct iter *it, const struct conf *conf, struct input *in, uint64_t *now_ms)
{
	static const uint16_t types[] = { TYPE_A, TYPE_AAAA, TYPE_NS, TYPE_DS, TYPE_ANY,
		TYPE_CNAME, TYPE_TXT, TYPE_SOA };
	static const char *const names[] = { "www.example.com", "com", ".",
		"a.b.c.d.test" };
	struct iter_event event = { .kind = ITER_EVENT_START };
	static uint8_t reply[8192];
	uint8_t kind = next_byte(in);
	bool checking_disabled = (kind & CHECKING_DISABLED) != 0;
	uint16_t qtype = types[kind & 7];
	struct iter_send send;
	struct iter_task *t;
	struct dname qname;
	enum iter_action action;
	uint32_t sends = 0, yields = 0;

	CHECK(dname_from_text(names[kind >> 3 & 3], &qname) == ERR_OK);
	CHECK((t = iter_task_new(it, qname.bytes, qtype, checking_disabled)) != NULL);
	while ((action = iter_step(t, &event, *now_ms, &send)) != ITER_DONE) {
		if (action == ITER_AGAIN) {
			CHECK(++yields <= YIELDS_MAX);
			event = (struct iter_event){ .kind = ITER_EVENT_AGAIN };
			continue;
		}
		CHECK(++sends <= conf->queries_max);
		CHECK(send.query_len > MSG_HEADER_LEN && send.timeout_ms > 0);
		next_event(in, &send, reply, sizeof(reply), &event);
		*now_ms += event.kind == ITER_EVENT_TIMEOUT ? send.timeout_ms : 1;
	}
	check_end(t, conf, qname.bytes, qtype, sends);
	/* Nobody here has the root's key: nothing is proved, not even that a zone is
	 * insecure. */
	if (conf->validation && !checking_disabled)
		CHECK(iter_task_result(t)->rcode == RCODE_SERVFAIL);
	iter_task_free(t);
	check_cached(it, &qname, qtype, *now_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct conf_errors errors;
	static const char *const options[][4] = {
		{ "resolver.validation=false", "resolver.error-reporting=true",
		    "resolver.ipv6=true", "resolver.ipv4=true" },
		{ "resolver.validation=true", "resolver.error-reporting=true",
		    "resolver.validation-time=1700000000",
		    "policy.private-addresses=[0.0.0.0/1, '8000::/1']" },
	};
	static struct conf *confs[2];
	struct input in = { bytes, len };
	uint64_t now_ms = START_MS;
	struct iter_bench b;
	struct conf *conf;

	for (size_t i = 0; i < 2; i++)
		CHECK(confs[i] != NULL ||
		      conf_load(NULL, options[i], 4, &errors, &confs[i]) == ERR_OK);
	conf = confs[len > 0 && (bytes[0] & VALIDATING) != 0];
	iter_bench_open(&b, conf, 0);
	/* The second meets what the first left in the cache. */
	for (unsigned i = 0; i < 2; i++)
		ask(b.iter, conf, &in, &now_ms);
	iter_bench_close(&b);
	return 0;
}
