#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dns.h"
#include "detect/detect.h"

/*
 * A row of questions, answers, hits and operators' words to one small detector, with any
 * bytes in the names and any steps of the clock. What must hold: names come back as they
 * were, the evidence adds up to the score, an action has an id that can be explained, and
 * what is saved can be loaded.
 *
 * Input: operations of a byte and what it needs; names are taken as wire form as far as
 * they are one.
 */

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
const char *psl_dist_filename(void);

/* In libpsl's place: without the system's list at hand suffix.c asks the one built into
 * the library, and a detector is made ten times faster. */
const char *
psl_dist_filename(void)
{
	return NULL;
}

struct input {
	const uint8_t *bytes;
	size_t len;
};

static uint8_t
byte_of(struct input *in)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->bytes++;
}

static uint32_t
word_of(struct input *in)
{
	uint32_t n = 0;

	for (int i = 0; i < 4; i++)
		n = n << 8 | byte_of(in);
	return n;
}

/* Labels until one does not fit; lower case, as from the reader. */
static void
name_of(struct input *in, struct dname *out)
{
	unsigned at = 0;

	for (;;) {
		unsigned n = byte_of(in) & 63;

		if (n == 0 || at + n + 2 > DNAME_MAX || n > in->len)
			break;
		out->bytes[at] = (uint8_t)n;
		memcpy(out->bytes + at + 1, in->bytes, n);
		in->bytes += n;
		in->len -= n;
		at += n + 1;
	}
	out->bytes[at] = 0;
	dname_copy_lower(out->bytes, out->bytes);
	out->len = (uint8_t)dname_len(out->bytes);
}

static void
client_of(struct input *in, struct addr *out)
{
	uint8_t b[16] = { 0 };

	b[0] = 10;
	b[3] = byte_of(in);
	CHECK(addr_from_bytes(out, b, b[3] & 1 ? 4 : 16, 0) == ERR_OK);
}

static void
check_verdict(struct detect *d, const struct detect_verdict *v, const uint8_t *qname)
{
	static char text[4096];
	double sum = 0;
	struct event e;
	json_t *json;

	CHECK(v->action == DETECT_PASS || v->event_id[0] != '\0');
	CHECK(v->action == DETECT_PASS ? v->event_id[0] == '\0' : v->ede_code >= 0);
	if (!v->has_event)
		return;
	CHECK(v->event.evidence_count <= EVENT_EVIDENCE_MAX);
	for (unsigned i = 0; i < v->event.evidence_count; i++)
		sum += v->event.evidence[i].weight;
	CHECK(sum - v->event.score < 1e-6 && v->event.score - sum < 1e-6);
	CHECK(dname_equal(v->event.qname.bytes, qname));
	CHECK(dname_is_below(qname, v->event.zone.bytes));
	CHECK(detect_explain(d, v->event.id, &e) == ERR_OK);
	CHECK((json = event_json(&v->event)) != NULL);
	json_decref(json);
	event_text(&v->event, text, sizeof(text));
}

static void
ask(struct detect *d, const struct conf *conf, struct input *in, const struct now *now,
    uint32_t *ticket)
{
	struct detect_question q = { 0 };
	struct detect_verdict v;
	struct dname qname, cut;
	uint8_t flags = byte_of(in);

	client_of(in, &q.client);
	q.qtype = (uint16_t)(flags & 1 ? word_of(in) : TYPE_TXT);
	q.verified = (flags & 2) != 0;
	q.exempt = (flags & 4) != 0;
	name_of(in, &qname);
	q.qname = qname.bytes;
	if (flags & 8) {
		name_of(in, &cut);
		q.cut = cut.bytes;
	}
	if (flags & 16)
		q.cut = dname_parent(q.qname);
	detect_question(d, conf, &q, now, &v);
	check_verdict(d, &v, q.qname);
	*ticket = v.zone_index;
}

static void
answer(struct detect *d, const struct conf *conf, struct input *in, const struct now *now,
    uint32_t ticket)
{
	struct detect_answer a = { 0 };
	unsigned n = 0;
	struct detect_verdict v;
	struct dname qname;

	client_of(in, &a.client);
	a.qtype = byte_of(in);
	a.rdata_bytes = word_of(in);
	a.rdata_hash = byte_of(in);
	for (a.piece_count = byte_of(in) % (DETECT_PIECES_MAX + 1); n < a.piece_count;
	     n++)
		a.pieces[n] = (struct detect_piece){ byte_of(in), byte_of(in) };
	name_of(in, &qname);
	a.qname = qname.bytes;
	if (a.rdata_hash & 1)
		client_of(in, &a.authority);
	if (a.rdata_hash & 2)
		a.cut = dname_parent(a.qname);
	(void)detect_send(d, ticket, &a.authority, now->mono_ms);
	detect_answer(d, conf, &a, now, &v);
	check_verdict(d, &v, a.qname);
}

static void
operate(
    struct detect *d, const struct conf *conf, struct input *in, const struct now *now)
{
	uint8_t what = byte_of(in);
	struct dname name;
	struct addr client;
	struct event e;
	char id[EVENT_ID_MAX];

	client_of(in, &client);
	name_of(in, &name);
	switch (what & 3) {
	case 0:
		(void)!detect_block(d, name.bytes, what >> 2, "\377 reason", now, &e);
		break;
	case 1:
		(void)!detect_allow(d, name.bytes, what >> 2, NULL, now, &e);
		break;
	case 2:
		(void)!detect_unset(d, name.bytes, "", now, &e);
		break;
	default:
		(void)!detect_release(
		    d, name.bytes, what & 4 ? &client : NULL, "x", now, &e);
	}
	(void)detect_recheck(d, conf, name.bytes, &client, now, id);
}

static void
save_and_load(struct detect *d, const struct conf *conf, const struct now *now)
{
	const struct hashkey key = { 3, 4 };
	struct detect *again = detect_new(conf, &key, 2);
	FILE *file = tmpfile();
	unsigned line;

	CHECK(again != NULL && file != NULL);
	CHECK(detect_save(d, now, file) == ERR_OK);
	rewind(file);
	CHECK(detect_load(again, now, file, &line) == ERR_OK);
	rewind(file);
	CHECK(detect_learnt(again, conf, now, file) == ERR_OK);
	fclose(file);
	detect_free(again);
}

static struct conf *
small_conf(bool learn)
{
	const char *const overrides[] = { "detection.zone-entries=1024",
		"detection.pair-entries=1024", "detection.client-entries=1024",
		"detection.seen-entries=4096",
		learn ? "detection.learn=1h" : "detection.learn=0" };
	static struct conf_errors errors;
	struct conf *conf;

	CHECK(conf_load(NULL, overrides, 5, &errors, &conf) == ERR_OK);
	return conf;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct conf *confs[2];
	struct conf *conf;
	const struct hashkey key = { 1, 2 };
	struct input in = { bytes, len };
	struct now now = { .mono_ms = 1000000, .wall_ms = INT64_C(1795335330000) };
	uint32_t ticket = UINT32_MAX;
	struct detect *d;
	struct addr client;

	if (confs[0] == NULL) {
		confs[0] = small_conf(false);
		confs[1] = small_conf(true);
	}
	conf = confs[len & 1]; /* in every other row there is a learn period */
	CHECK((d = detect_new(conf, &key, 1)) != NULL);
	while (in.len > 1) {
		uint8_t op = byte_of(&in);

		now.mono_ms += (uint64_t)(op >> 3) * 1000 + 1;
		if ((op & 7) < 4) {
			ask(d, conf, &in, &now, &ticket);
		} else if ((op & 7) == 4) {
			answer(d, conf, &in, &now, ticket);
		} else if ((op & 7) == 5) {
			operate(d, conf, &in, &now);
		} else if ((op & 7) == 6) {
			client_of(&in, &client);
			detect_hit(
			    d, op & 8 ? ticket : word_of(&in), &client, now.mono_ms);
		} else {
			now.wall_ms += (int64_t)(int32_t)word_of(&in) * 1000;
		}
	}
	if (len & 2)
		save_and_load(d, conf, &now);
	detect_free(d);
	return 0;
}
