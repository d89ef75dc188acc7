#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "base/err.h"
#include "conf/conf.h"
#include "resolver/dnssec/algorithm.h"
#include "resolver/iter/task.h"
#include "tests/fuzz/iter_bench.h"
#include "tests/fuzz/signed_world.h"

/*
 * A hostile Internet that is signed. Its servers' true replies (signed_world.h) are
 * changed on their way as the input says: two questions, and for each query a byte with
 * the number of changes, each an operation with three bytes. Whoever does that has the
 * key of evil.example and may sign anything with it. Then:
 *
 *   1. Without any change the answer is the true one, secure unless plain.example is in
 * it.
 *   2. What is said of names outside plain.example and evil.example is true, or it is
 * SERVFAIL.
 *   3. It is secure if and only if none of those two is in it; a stale answer (RFC 8767)
 * never is.  Of what the cache says by itself, before and after its end, the same holds,
 * but for a delegation, which is nothing secure.
 *   4. No step does more than its slice, no question more than its budgets; it ends.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define START_MS	 1000000u
#define REPLY_BYTES	 16384u
#define YIELDS_MAX	 160u
#define EXPIRED_MS	 UINT64_C(7200000) /* no data lives longer here */
/* The last operation of a slice, the keys of a zone, and long data written anew. */
#define SLICE_SLACK (ALGORITHM_COST_MAX + 32u * ALGORITHM_COST_PARSE + 500u)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Of the input in hand: something was changed. */
static bool touched;

static const char *const names[] = { "www.example", "gone.example", "any.wild.example",
	"to.example", "www.tree.example", "www.n3.example", "gone.n3.example",
	"any.wild.n3.example", "empty.n3.example", "www.plain.example",
	"to.plain.example", "www.evil.example", "to.evil.example", "x.y.evil.example",
	"n3.example", "example" };
static const uint16_t types[] = { TYPE_A, TYPE_DS, TYPE_DNSKEY, TYPE_MX, TYPE_NS,
	TYPE_CNAME, TYPE_SOA, TYPE_DNAME };

static struct dname
name_at(unsigned i)
{
	struct dname n;

	CHECK(dname_from_text(names[i % 16], &n) == ERR_OK);
	return n;
}

/* ---- what is done to a reply ---- */

/* One change of ${r}; ${s} is one of its sets or a dummy. */
struct change {
	struct wreply *r;
	struct wset *s;
	unsigned at; /* of ${s} in ${r} */
	uint8_t a, b;
};

static void
drop(struct change *c)
{
	if (c->at >= c->r->count)
		return;
	c->r->count--;
	memmove(&c->r->sets[c->at], &c->r->sets[c->at + 1],
	    (c->r->count - c->at) * sizeof(c->r->sets[0]));
}

static void
drop_sigs(struct change *c)
{
	c->s->sig_count =
	    c->a % (SIGS_MAX + 1u) < c->s->sig_count ? c->a % (SIGS_MAX + 1u) : 0;
}

static void
flip(struct bytes *b, uint8_t at, uint8_t with)
{
	if (b->len > 0)
		b->at[at % b->len] ^= with;
}

static void
flip_data(struct change *c)
{
	flip(&c->s->records[0], c->a, c->b);
}

static void
flip_sig(struct change *c)
{
	flip(&c->s->sigs[0], c->a, c->b);
}

static void
rename_set(struct change *c)
{
	c->s->owner = name_at(c->a);
}

static void
add_set(struct change *c)
{
	if (c->r->count == REPLY_SETS_MAX)
		return;
	c->r->sets[c->r->count].section = c->a % 3;
	c->r->sets[c->r->count++].set = *world_set(c->b);
}

static void
move_set(struct change *c)
{
	if (c->at < c->r->count)
		c->r->sets[c->at].section = c->a % 3;
}

static void
repeat_sig(struct change *c)
{
	for (unsigned i = 0;
	     i < c->a % SIGS_MAX && c->s->sig_count > 0 && c->s->sig_count < SIGS_MAX;
	     i++) {
		c->s->sigs[c->s->sig_count] = c->s->sigs[0];
		flip(&c->s->sigs[c->s->sig_count++], (uint8_t)(c->b + i),
		    (uint8_t)(i + 1));
	}
}

static void
sign_as_evil(struct change *c)
{
	if (c->a & 1)
		c->s->sig_count = 0;
	world_sign(c->s);
}

/* The next name of an NSEC, with the types behind it. */
static void
set_next(struct change *c)
{
	struct dname next = name_at(c->a);
	struct bytes *b = &c->s->records[0], was = *b;
	size_t from;

	if (c->s->type != TYPE_NSEC || was.len < 2)
		return;
	from = dname_len(was.at);
	if (from > was.len || next.len + was.len - from > BYTES_MAX)
		return;
	memcpy(b->at, next.bytes, next.len);
	memcpy(b->at + next.len, was.at + from, was.len - from);
	b->len = (uint16_t)(next.len + was.len - from);
}

static void
set_iterations(struct change *c)
{
	if (c->s->type != TYPE_NSEC3 || c->s->records[0].len < 4)
		return;
	c->s->records[0].at[2] = c->a;
	c->s->records[0].at[3] = c->b;
}

static void
set_type(struct change *c)
{
	c->s->type = types[c->a % 8];
}

static void
set_flags(struct change *c)
{
	static const uint16_t rcodes[] = { RCODE_NOERROR, RCODE_NXDOMAIN, RCODE_SERVFAIL,
		RCODE_REFUSED };

	c->r->rcode = rcodes[c->a % 4];
	c->r->flags = (c->b & 1) != 0 ? FLAG_AA : 0;
}

/* Another record; of a DNSKEY one with the same tag. */
static void
add_record(struct change *c)
{
	struct bytes *b;
	uint8_t word[2];
	unsigned i = 4 + 2 * (c->a % 16u), k = 4 + 2 * (c->b % 16u);

	if (c->s->count == 0 || c->s->count == RECORDS_MAX)
		return;
	b = &c->s->records[c->s->count++];
	*b = c->s->records[0];
	if (b->len < 36) {
		flip(b, c->a, c->b);
		return;
	}
	memcpy(word, b->at + i, 2);
	memcpy(b->at + i, b->at + k, 2);
	memcpy(b->at + k, word, 2);
}

static void
set_ttl(struct change *c)
{
	c->s->ttl_sec = (uint32_t)c->a << (c->b % 24);
}

static void
change(struct input *in, struct wreply *r)
{
	static void (*const changes[])(struct change *) = { drop, drop_sigs, flip_data,
		flip_sig, rename_set, add_set, move_set, repeat_sig, sign_as_evil,
		set_next, set_iterations, set_type, set_flags, add_record, set_ttl };
	static struct wset dummy;
	uint8_t what = next_byte(in), which = next_byte(in);
	struct change c = { .r = r, .a = next_byte(in), .b = next_byte(in) };

	memset(&dummy, 0, sizeof(dummy));
	dummy.owner = name_at(0);
	c.at = r->count > 0 ? which % r->count : 0;
	c.s = r->count > 0 ? &r->sets[c.at].set : &dummy;
	changes[what % (sizeof(changes) / sizeof(changes[0]))](&c);
	touched = true;
}

/* ---- serving ---- */

static size_t
serve(struct input *in, const struct iter_send *send, uint8_t *reply, unsigned changes)
{
	static struct wreply r;
	const uint8_t *qname = send->query + MSG_HEADER_LEN;
	uint8_t name[DNAME_MAX];
	size_t len = dname_copy_lower(name, qname);
	uint16_t type = (uint16_t)(qname[len] << 8 | qname[len + 1]);
	bool test_net =
	    send->to.family == ADDR_V4 && memcmp(send->to.bytes, "\300\0\2", 3) == 0;

	world_answer(test_net ? send->to.bytes[3] : 0, name, type, &r);
	while (changes-- > 0)
		change(in, &r);
	return world_write(&r, send->query, send->query_len, reply, REPLY_BYTES);
}

static void
next_event(struct input *in, const struct iter_send *send, struct iter_event *event)
{
	static uint8_t reply[REPLY_BYTES];
	uint8_t how = next_byte(in);

	*event = (struct iter_event){ .kind = ITER_EVENT_REPLY, .reply = reply };
	if (how >= 0xf0) {
		event->kind = (how & 1) != 0 ? ITER_EVENT_TIMEOUT : ITER_EVENT_NETWORK;
		touched = true;
		return;
	}
	event->reply_len = serve(in, send, reply, how & 7u);
	if ((how & 8u) != 0) {
		reply[(size_t)(next_byte(in) << 8 | next_byte(in)) % event->reply_len] ^=
		    next_byte(in);
		touched = true;
	}
}

/* ---- what must hold of the answer ---- */

static bool
is_ours(const uint8_t *name, uint16_t type)
{
	return world_kind(name, type) != ZONE_SECURE;
}

/* Rule 2 for one set: the one that was signed, or the wildcard's that stands for it. */
static bool
is_true(const struct rrset *set)
{
	static const uint8_t star[] = { 1, '*', 0 };
	const struct wset *truth = world_find(set->owner, set->type);
	const uint8_t *above = set->owner;
	uint8_t wild[DNAME_MAX];

	if (truth == NULL && !world_exists(set->owner)) {
		do {
			above = dname_parent(above);
		} while (!world_exists(above));
		if (dname_concat(wild, star, 1, above) == ERR_OK)
			truth = world_find(wild, set->type);
	}
	return truth != NULL && set->count == 1 && set->ttl_sec <= truth->ttl_sec &&
	       set->rdata[0].len == truth->records[0].len &&
	       memcmp(set->rdata[0].bytes, truth->records[0].at, truth->records[0].len) ==
		   0;
}

/* It was made from the DNAME before it. */
static bool
is_synthetic(const struct rrset *before, const struct rrset *set)
{
	return before != NULL && before->type == TYPE_DNAME && set->type == TYPE_CNAME &&
	       dname_is_strictly_below(set->owner, before->owner);
}

/* Of an NXDOMAIN or NODATA of ${name}. */
static bool
denial_is_true(const uint8_t *name, uint16_t type, uint16_t rcode)
{
	static const uint8_t star[] = { 1, '*', 0 };
	const uint8_t *above = name;
	uint8_t wild[DNAME_MAX];
	bool wildcard;

	if (world_exists(name))
		return rcode == RCODE_NOERROR && world_find(name, type) == NULL &&
		       world_find(name, TYPE_CNAME) == NULL;
	while (!world_exists(above))
		above = dname_parent(above);
	wildcard = dname_concat(wild, star, 1, above) == ERR_OK && world_exists(wild);
	return wildcard ? rcode == RCODE_NOERROR && world_find(wild, type) == NULL
			: rcode == RCODE_NXDOMAIN;
}

static bool
is_stale(const struct answer *a)
{
	return a->ede_code == EDE_STALE_ANSWER || a->ede_code == EDE_STALE_NXDOMAIN;
}

static void
check_truth(const struct answer *a, const uint8_t *qname, uint16_t qtype)
{
	const struct rrset *before = NULL;
	const uint8_t *name = qname;
	bool ours = false, answered = false;

	for (const struct rrset *s = a->answer; s != NULL; before = s, s = s->next) {
		bool synthetic = is_synthetic(before, s);
		bool mine = is_ours(s->owner, s->type);

		ours |= mine;
		CHECK(mine || synthetic || is_true(s));
		answered |= s->type == qtype;
		if (s->type == TYPE_CNAME && qtype != TYPE_CNAME)
			name = s->rdata[0].bytes;
	}
	if (!answered) {
		ours |= is_ours(name, qtype);
		CHECK(ours || a->referral || denial_is_true(name, qtype, a->rcode));
	}
	if (a->referral)
		CHECK(a->security != SECURITY_SECURE);
	else
		CHECK((a->security == SECURITY_SECURE) != is_stale(a) || ours);
}

/* A word on plain.example is never more than insecure. */
static void
check_plain(const struct answer *a)
{
	for (const struct rrset *s = a->answer; s != NULL; s = s->next)
		if (world_kind(s->owner, s->type) == ZONE_PLAIN)
			CHECK(a->security != SECURITY_SECURE);
}

/* Rule 3: what the cache says without asking anybody. */
static void
check_cached(struct iter *it, const struct dname *qname, uint16_t qtype, uint64_t now_ms)
{
	struct iter_task *t = iter_task_new(it, qname->bytes, qtype, false);
	const struct answer *a;

	CHECK(t != NULL);
	if ((a = iter_task_recall(t, now_ms)) != NULL) {
		check_truth(a, qname->bytes, qtype);
		check_plain(a);
	}
	if ((a = iter_task_stale(t, now_ms + EXPIRED_MS)) != NULL) {
		CHECK(is_stale(a));
		check_truth(a, qname->bytes, qtype);
	}
	iter_task_free(t);
}

static void
check_budgets(const struct iter_task *t, const struct conf *conf)
{
	const struct dnssec_budget *b = &t->validation.budget;

	CHECK(b->verifications <= 32 && b->hashes <= 128);
	CHECK(b->slice_verifications <= DNSSEC_SLICE_VERIFICATIONS);
	CHECK(b->slice <= DNSSEC_SLICE + SLICE_SLACK);
	CHECK(b->work <= DNSSEC_WORK_MAX + SLICE_SLACK);
	CHECK(t->queries <= conf->queries_max);
}

static void
ask(struct iter *it, const struct conf *conf, struct input *in, uint64_t *now_ms)
{
	struct iter_event event = { .kind = ITER_EVENT_START };
	uint8_t kind = next_byte(in), which = next_byte(in);
	struct dname qname = name_at(which);
	uint16_t qtype = types[kind & 7];
	bool checking_disabled = (kind & 0xe0) == 0xe0;
	enum iter_action action;
	struct iter_send send;
	struct iter_task *t;
	const struct answer *a;
	unsigned yields = 0;

	CHECK((t = iter_task_new(it, qname.bytes, qtype, checking_disabled)) != NULL);
	while ((action = iter_step(t, &event, *now_ms, &send)) != ITER_DONE) {
		check_budgets(t, conf);
		if (action == ITER_AGAIN) {
			CHECK(++yields <= YIELDS_MAX);
			event = (struct iter_event){ .kind = ITER_EVENT_AGAIN };
			continue;
		}
		next_event(in, &send, &event);
		*now_ms += event.kind == ITER_EVENT_TIMEOUT ? send.timeout_ms : 1;
	}
	check_budgets(t, conf);
	a = iter_task_result(t);
	CHECK(touched || a->rcode != RCODE_SERVFAIL);
	if (checking_disabled) {
		CHECK(a->security == SECURITY_UNCHECKED);
	} else if (a->rcode != RCODE_SERVFAIL && a->rcode != RCODE_YXDOMAIN) {
		check_truth(a, qname.bytes, qtype);
		check_plain(a);
	}
	CHECK(fail_count() == 0);
	iter_task_free(t);
	check_cached(it, &qname, qtype, *now_ms);
}

static struct conf *
load_conf(void)
{
	static struct conf_errors errors;
	static struct conf *conf;
	char anchor[300];
	const char *const options[] = { "resolver.validation=true",
		"resolver.validation-time=1700000000", anchor };

	snprintf(
	    anchor, sizeof(anchor), "resolver.trust-anchors=[\"%s\"]", world_anchor());

	if (conf == NULL)
		CHECK(conf_load(NULL, options, 3, &errors, &conf) == ERR_OK);
	return conf;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool made;
	struct input in = { bytes, len };
	uint64_t now_ms = START_MS;
	struct conf *conf;
	struct iter_bench b;

	if (!made)
		world_make();
	made = true;
	touched = false;
	conf = load_conf();
	iter_bench_open(&b, conf, next_byte(&in) % 2);
	/* The second meets what the first left in the cache. */
	for (unsigned i = 0; i < 2; i++)
		ask(b.iter, conf, &in, &now_ms);
	iter_bench_close(&b);
	return 0;
}
