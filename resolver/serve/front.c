#include "resolver/serve/front.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/serve/deep.h"
#include "resolver/serve/reply.h"

/*
 * An error to somebody who may be a forged source. Clients pay for it as for a question;
 * to all others it is short and rare (strangers.h). By TCP nobody is forged.
 */
static void
reply_mistake(
    struct worker *w, struct request *r, uint16_t rcode, int ede_code, const char *text)
{
	const struct conf *conf = worker_conf(w);
	bool may;

	r->stranger = r->udp != NULL && !r->verified;
	if (!r->stranger)
		may = true;
	else if (conf_group_of(conf, &r->path.client, &r->group))
		may = detect_limit(w->shared->detect, conf, request_group(w, r),
			  &r->path.client, false, worker_now(w)) == LIMIT_PASS;
	else
		may = strangers_may_hear(w->shared->strangers, &r->path.client,
		    conf->stranger_qps, worker_now(w));
	if (may)
		reply_error(w, r, rcode, 0, ede_code, text);
	else
		counters_add(&w->counters, COUNT_ERRORS_SILENCED);
}

/* 1. parse: true when there is a question to go on with. */
static bool
parse(struct worker *w, struct request *r, const uint8_t *bytes, size_t len)
{
	switch (question_parse(bytes, len, &r->q)) {
	case QUESTION_OK:
	case QUESTION_COOKIE:
		return true;
	case QUESTION_FORMERR:
		counters_add(&w->counters, COUNT_FORMERR);
		reply_mistake(w, r, RCODE_FORMERR, EDE_NONE, NULL);
		return false;
	case QUESTION_NOTIMP:
		counters_add(&w->counters, COUNT_NOTIMP);
		reply_mistake(w, r, RCODE_NOTIMP, EDE_NONE, NULL);
		return false;
	case QUESTION_BADVERS:
		counters_add(&w->counters, COUNT_BADVERS);
		reply_mistake(w, r, RCODE_BADVERS, EDE_NONE, NULL);
		return false;
	case QUESTION_DROP:
		break;
	}
	counters_add(&w->counters, COUNT_DROPPED);
	return false;
}

/* 2. cookie: most questions have none, and pay one comparison. */
static void
check_cookie(struct worker *w, struct request *r)
{
	if (r->q.edns.cookie_len == 0)
		return;
	r->cookie = (uint8_t)cookie_check(worker_cookies(w), r->q.edns.cookie,
	    r->q.edns.cookie_len, &r->path.client, worker_wall_sec(w));
	switch ((enum cookie_state)r->cookie) {
	case COOKIE_GOOD:
	case COOKIE_OLD:
		counters_add(&w->counters, COUNT_COOKIES_GOOD);
		r->verified = true;
		break;
	case COOKIE_WRONG:
		counters_add(&w->counters, COUNT_COOKIES_WRONG);
		break;
	default:
		counters_add(&w->counters, COUNT_COOKIES_NEW);
	}
}

/* 3. access. */
static bool
access_allowed(struct worker *w, struct request *r)
{
	const struct conf *conf = worker_conf(w);

	if (!conf_group_of(conf, &r->path.client, &r->group)) {
		counters_add(&w->counters, COUNT_REFUSED_CLIENT);
		reply_mistake(w, r, RCODE_REFUSED, EDE_PROHIBITED,
		    "no group of clients has this address");
		return false;
	}
	return true;
}

/* Over the limit, and perhaps forged. Who does cookies comes back with one, by UDP (RFC
 * 7873 5.2.3); who does not, by TCP. Either costs a victim one short reply. */
static void
ask_for_proof(struct worker *w, struct request *r)
{
	if (r->cookie != COOKIE_NONE) {
		counters_add(&w->counters, COUNT_BADCOOKIE);
		reply_error(w, r, RCODE_BADCOOKIE, 0, EDE_NONE, NULL);
		return;
	}
	counters_add(&w->counters, COUNT_LIMIT_TRUNCATED);
	reply_error(w, r, RCODE_NOERROR, FLAG_TC, EDE_NONE, NULL);
}

/* 4. limit: an excess costs a possible victim of forgery at most TC=1 or BADCOOKIE. */
static bool
within_limit(struct worker *w, struct request *r)
{
	switch (detect_limit(w->shared->detect, worker_conf(w), request_group(w, r),
	    &r->path.client, request_verified(r), worker_now(w))) {
	case LIMIT_PASS:
		return true;
	case LIMIT_TRUNCATE:
		ask_for_proof(w, r);
		return false;
	case LIMIT_REFUSE:
		counters_add(&w->counters, COUNT_LIMIT_REFUSED);
		reply_error(w, r, RCODE_REFUSED, 0, EDE_PROHIBITED, "too many questions");
		return false;
	case LIMIT_DROP:
		break;
	}
	counters_add(&w->counters, COUNT_LIMIT_DROPPED);
	return false;
}

/* A cookie was all that was asked for (RFC 7873 5.4), and every reply has one. */
static bool
wants_more_than_a_cookie(struct worker *w, const struct request *r)
{
	if (r->q.qname_len == 0)
		reply_error(w, r, RCODE_NOERROR, 0, EDE_NONE, NULL);
	return r->q.qname_len > 0;
}

/* Steps 1 to 4 for one question; its cache lines are asked for. */
static bool
admit(struct worker *w, struct request *r, const uint8_t *bytes, size_t len)
{
	r->target.len = 0;
	r->zone_index = NO_ZONE;
	r->exempt = false;
	r->stranger = false;
	r->cookie = COOKIE_NONE;
	r->asked_len = (uint16_t)len;
	r->received_ms = worker_now(w);
	r->generation = worker_generation(w);
	r->epoch = worker_epoch(w);
	if (!parse(w, r, bytes, len))
		return false;
	check_cookie(w, r);
	if (!access_allowed(w, r) || !within_limit(w, r) ||
	    !wants_more_than_a_cookie(w, r))
		return false;
	request_key(w, r);
	anscache_prefetch(w->shared->anscache, &r->key);
	return true;
}

/* 5. look up: only what a cache may answer for this group; without RD nobody may look
 * what others have asked, unless the operator allows it. */
static void
look_up(struct worker *w, struct request *r)
{
	bool plain =
	    r->q.qclass == CLASS_IN &&
	    conf_type_policy_of(request_group(w, r), r->q.qtype) == TYPE_POLICY_ALLOW &&
	    ((r->q.flags & FLAG_RD) != 0 || worker_conf(w)->cache_lookups_allowed);

	if (plain && reply_cached(w, r, deep_recheck))
		return;
	deep_question(w, r);
}

void
front_udp(void *ctx, struct udp_listener *l, struct udp_datagram *batch, size_t count)
{
	struct worker *w = ctx;
	bool admitted[UDP_BATCH];

	worker_refresh(w);
	for (size_t i = 0; i < count; i++) {
		struct request *r = &w->slots[i];

		counters_add(&w->counters, COUNT_UDP_QUESTIONS);
		r->udp = l;
		r->tcp = NULL;
		r->verified = false;
		r->path = batch[i].path;
		admitted[i] = admit(w, r, batch[i].bytes, batch[i].len);
	}
	for (size_t i = 0; i < count; i++)
		if (admitted[i])
			anscache_prefetch_entry(w->shared->anscache, &w->slots[i].key);
	for (size_t i = 0; i < count; i++)
		if (admitted[i])
			look_up(w, &w->slots[i]);
}

void
front_tcp(void *ctx, struct tcp_conn *conn, const uint8_t *bytes, size_t len)
{
	struct worker *w = ctx;
	struct request *r = &w->slots[0];

	worker_refresh(w);
	counters_add(&w->counters, COUNT_TCP_QUESTIONS);
	r->udp = NULL;
	r->tcp = conn;
	r->verified = true;
	r->path = (struct udp_path){ .client = *tcp_conn_client(conn),
		.local = *tcp_conn_local(conn) };
	if (admit(w, r, bytes, len))
		look_up(w, r);
}
