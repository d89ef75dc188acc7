#include "resolver/iter/ask.h"

#include "resolver/dnssec/anchors.h"
#include "resolver/dnssec/keytag.h"
#include "resolver/iter/budget.h"
#include "resolver/iter/choose.h"
#include "resolver/iter/cookies.h"
#include "resolver/iter/load.h"
#include "resolver/iter/minimise.h"

/* A handshake before the query: TCP gets no less than this, whatever UDP's round trip is.
 */
#define TCP_TIMEOUT_MIN_MS 1000u

static bool
is_letter(uint8_t c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

/* One random bit a letter; digits and length bytes stay as they are. */
static void
mix_case(struct iter_task *t, uint8_t *name, size_t len)
{
	uint8_t bits[(DNAME_MAX + 7) / 8];

	t->it->env.random(t->it->env.random_ctx, bits, (len + 7) / 8);
	for (size_t at = 0; name[at] != 0;) {
		size_t end = at + name[at];

		for (at++; at <= end; at++)
			if (is_letter(name[at]) && (bits[at / 8] >> (at % 8) & 1u) != 0)
				name[at] ^= 0x20;
	}
}

/* The part of the question's name that ${name} is, as the client wrote it. */
static const uint8_t *
as_written(const struct iter_task *t, const uint8_t *name)
{
	unsigned labels = dname_labels(name);

	if (t->qname_raw == NULL || dname_suffix(t->qname, labels) != name)
		return name;
	return dname_suffix(t->qname_raw, labels);
}

static uint32_t
timeout_of(const struct iter_task *t, const struct asked *a)
{
	uint64_t left_ms = t->deadline_ms - t->now_ms;
	uint32_t ms = a->timeout_ms;

	if (a->tcp && ms < TCP_TIMEOUT_MIN_MS)
		ms = TCP_TIMEOUT_MIN_MS;
	if (ms > t->conf->packet_timeout_max_ms)
		ms = t->conf->packet_timeout_max_ms;
	return ms < left_ms ? ms : (uint32_t)left_ms;
}

static void
write_query(struct iter_task *t, const struct frame *f)
{
	const struct asked *a = &f->asked;
	uint8_t name[DNAME_MAX];
	size_t len = dname_copy(name, as_written(t, a->name));
	struct query q = {
		.qname = name,
		.qtype = a->qtype,
		.qclass = CLASS_IN,
		.recursion_desired = f->forward || choose_is_resolver(f),
		/* A forwarder that validates must not hide from us what we would judge
		   ourselves. */
		.checking_disabled =
		    f->forward && (t->checking_disabled || t->conf->validation),
		.edns = a->edns,
		.dnssec_ok = a->edns && (t->conf->dnssec_ok || t->conf->validation),
		.udp_size = t->conf->edns_udp_size,
		.cookie = a->cookie,
		.cookie_len = a->cookie_len,
	};

	if (a->mixed_case && t->conf->case_randomisation)
		mix_case(t, name, len);
	t->send->query_len = query_write(&q, t->send->query, sizeof(t->send->query));
}

/* RFC 8145 5: who fetches the keys of an anchor's zone to validate with says beside it
 * which anchors he has. */
static void
note_signal(struct iter_task *t, const struct frame *f)
{
	const struct rrset *anchor;

	if (f->asked.qtype != TYPE_DNSKEY || !t->conf->key_tag_signal ||
	    !(f->purpose == FRAME_DNSKEY || t->probe))
		return;
	anchor = anchors_at(t->anchors, f->asked.name);
	if (anchor != NULL && !keytag_signal_name(anchor, &t->signal))
		t->signal.len = 0;
}

enum step_id
ask_step(struct iter_task *t, struct frame *f)
{
	struct asked *a = &f->asked;
	enum step_id next = budget_query(t, f);

	if (next != STEP_SEND)
		return next;
	minimise_next(t, f);
	f->chained = false;
	cookies_add(t, f);
	write_query(t, f);
	note_signal(t, f);
	load_take(t, f);
	t->send->to = choose_target(f)->addr;
	t->send->tcp = a->tcp;
	t->send->timeout_ms = a->wait_ms = timeout_of(t, a);
	if (a->tcp)
		task_count(t, ITER_COUNT_TCP);
	a->sent_ms = t->now_ms;
	return STEP_WAIT;
}
