#include "resolver/serve/reply.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/serve/jobs.h"

/* Without EDNS a client bears 512 bytes (RFC 1035 2.3.4). */
#define PLAIN_UDP_SIZE 512u

/** Where an answer is written: straight into the send batch, or what TCP copies from. */
struct sink {
	uint8_t *bytes;
	size_t cap;
};

/* No more than it asked with: forged, it is no lever. */
static size_t
stranger_cap(const struct request *r)
{
	return r->asked_len < PLAIN_UDP_SIZE ? r->asked_len : PLAIN_UDP_SIZE;
}

static struct sink
sink_of(struct worker *w, const struct request *r)
{
	size_t cap = PLAIN_UDP_SIZE;
	uint16_t ours = worker_conf(w)->edns_udp_size;

	if (r->udp == NULL)
		return (struct sink){ w->tcp_out, SCRATCH_BYTES };
	if (r->stranger)
		return (struct sink){ udp_reply_buffer(r->udp), stranger_cap(r) };
	if (r->q.edns.present && r->q.edns.udp_size > cap)
		cap = r->q.edns.udp_size < ours ? r->q.edns.udp_size : ours;
	return (struct sink){ udp_reply_buffer(r->udp), cap };
}

static void
count_rcode(struct worker *w, uint16_t rcode)
{
	if (rcode == RCODE_NOERROR)
		counters_add(&w->counters, COUNT_NOERROR);
	else if (rcode == RCODE_NXDOMAIN)
		counters_add(&w->counters, COUNT_NXDOMAIN);
	else if (rcode == RCODE_SERVFAIL)
		counters_add(&w->counters, COUNT_SERVFAIL);
}

/* RFC 9018 4.3: a good one goes back as it is, else a new one; to those alone who asked
 * with one. */
static const uint8_t *
cookie_for(struct worker *w, const struct request *r)
{
	if (r->cookie == COOKIE_NONE)
		return NULL;
	/* It would not fit, and take the place of what is told. */
	if (r->stranger && r->q.edns.cookie_len < COOKIE_LEN)
		return NULL;
	if (r->cookie == COOKIE_GOOD)
		return r->q.edns.cookie;
	cookie_make(worker_cookies(w), r->q.edns.cookie, &r->path.client,
	    worker_wall_sec(w), w->cookie_out);
	return w->cookie_out;
}

static struct edns_out
edns_for(struct worker *w, const struct request *r, uint16_t rcode, int ede_code,
    const char *text)
{
	const struct conf *conf = worker_conf(w);

	return (struct edns_out){
		.cookie = cookie_for(w, r),
		.cookie_len = COOKIE_LEN,
		.udp_size = conf->edns_udp_size,
		.dnssec_ok = r->q.edns.dnssec_ok,
		.rcode_high = (uint8_t)(rcode >> 4),
		.ede_code = conf->ede ? ede_code : EDE_NONE,
		.ede_text = text,
		.keepalive_100ms = -1,
	};
}

/* ${len} bytes stand in ${sink}: add OPT and send. */
static void
send_message(const struct request *r, const struct sink *sink, size_t len,
    const struct edns_out *edns)
{
	len = answer_add_opt(&r->q, edns, sink->bytes, len, sink->cap);
	if (r->udp != NULL)
		udp_reply_commit(r->udp, &r->path, len);
	else
		tcp_reply(r->tcp, sink->bytes, len);
}

/* Too long for this client's UDP: header and question with TC, no half sets (RFC 2181 9).
 */
static void
send_truncated(struct worker *w, const struct request *r, uint16_t rcode)
{
	counters_add(&w->counters, COUNT_REPLY_TRUNCATED);
	reply_error(w, r, rcode, FLAG_TC, EDE_NONE, NULL);
}

void
reply_error(struct worker *w, const struct request *r, uint16_t rcode, uint16_t flags,
    int ede_code, const char *text)
{
	struct sink sink = sink_of(w, r);
	struct edns_out edns = edns_for(w, r, rcode, ede_code, text);
	size_t len = answer_error(&r->q, rcode, flags, sink.bytes, sink.cap);

	count_rcode(w, rcode);
	send_message(r, &sink, len, &edns);
}

bool
reply_answer(struct worker *w, const struct request *r, const struct answer *a)
{
	struct edns_out edns = edns_for(w, r, a->rcode, a->ede_code, a->ede_text);
	size_t opt = r->q.edns.present ? edns_size(&edns) : 0;
	struct sink sink;

	if (answer_render(a, &r->q, SCRATCH_BYTES - opt, worker_conf(w)->minimal_answers,
		w->scratch, &w->rendered) != ERR_OK) {
		reply_error(
		    w, r, RCODE_SERVFAIL, 0, EDE_OTHER, "the answer is too large");
		return false;
	}
	sink = sink_of(w, r);
	if (w->rendered.len + opt > sink.cap) {
		send_truncated(w, r, a->rcode);
		return true;
	}
	count_rcode(w, a->rcode);
	memcpy(sink.bytes, w->scratch, w->rendered.len);
	answer_personalise(sink.bytes, w->rendered.len, &r->q);
	send_message(r, &sink, w->rendered.len, &edns);
	return true;
}

/* What an alias led to was validated from the anchors in force. Else it is found out
 * anew, of what the record cache has of it still. */
static bool
trusted(const struct worker *w, const struct anscache_info *info)
{
	return info->epoch == 0 || info->epoch == worker_epoch(w);
}

/* The answer was judged under an older policy or older verdicts: judge it again, once. */
static bool
cleared(struct worker *w, struct request *r, const struct anscache_info *info,
    bool (*recheck)(struct worker *, struct request *))
{
	uint32_t generation = worker_generation(w);

	if (info->generation == generation)
		return true;
	if (!recheck(w, r))
		return false;
	anscache_clear(w->shared->anscache, &r->key, generation);
	return true;
}

bool
reply_cached(struct worker *w, struct request *r,
    bool (*recheck)(struct worker *, struct request *))
{
	struct sink sink = sink_of(w, r);
	struct anscache_info info;
	struct edns_out edns = edns_for(w, r, 0, EDE_NONE, NULL);
	size_t opt = r->q.edns.present ? edns_size(&edns) : 0;
	enum err err = anscache_get(w->shared->anscache, &r->key, worker_now(w),
	    sink.bytes, sink.cap - opt, &info);

	if (err == ERR_NOTFOUND || !trusted(w, &info) || !cleared(w, r, &info, recheck))
		return false;
	counters_add(&w->counters, COUNT_HITS);
	detect_hit(w->shared->detect, info.zone_index, &r->path.client, worker_now(w));
	if (err == ERR_RANGE) {
		send_truncated(w, r, info.rcode);
		return true;
	}
	answer_personalise(sink.bytes, info.len, &r->q);
	count_rcode(w, info.rcode);
	edns.ede_code = worker_conf(w)->ede ? info.ede_code : EDE_NONE;
	edns.rcode_high = (uint8_t)(info.rcode >> 4);
	send_message(r, &sink, info.len, &edns);
	if (info.prefetch_due && worker_conf(w)->prefetch) {
		r->zone_index =
		    info.zone_index; /* the renewed answer counts for the same zone */
		jobs_prefetch(w, r);
	}
	return true;
}
