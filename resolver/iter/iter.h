#ifndef ITER_ITER_H
#define ITER_ITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/dname.h"
#include "base/err.h"
#include "base/histogram.h"
#include "cache/rrcache.h"
#include "cache/servers.h"
#include "conf/conf.h"
#include "resolver/wire/answer.h"
#include "resolver/wire/msg.h"

/*
 * The iterator: full recursion (RFC 1034 5.3.3) as a machine without I/O.
 *
 * A task is one question on its way from the root to an answer. It is a stack of
 * frames (the question itself, then addresses of name servers that it needs, at most
 * conf->depth_max) and asks for ONE query at a time: iter_step says "send this to that
 * address and wait so long", the host sends it and comes back with what happened. So a
 * replay test drives it with literal packets and an invented clock, and a worker with
 * sockets.
 *
 * It owns neither sockets nor clock nor threads; it knows nothing of detection. All
 * memory of a task is one arena (conf->task_memory_bytes). Budgets (queries, names, time,
 * links) belong to the task and are never reset.
 */

struct keytable;
struct anchors;
struct iter; /* one per worker: what tasks share; not thread-safe */
struct iter_task;

struct iter_env {
	struct conf *conf; /* a reference is taken; iter_set_conf swaps it: running tasks
			      keep theirs */
	struct rrcache *rrcache;
	struct servers *servers;
	/* fills ${len} unpredictable bytes; from resolver/os/rng.h, a fixed sequence in
	 * replays */
	void (*random)(void *ctx, void *out, size_t len);
	void *random_ctx;
	/* the wall clock in seconds since 1970 modulo 2^32, for signatures; from
	 * resolver/os/clock.h; NULL where resolver.validation-time says it */
	uint32_t (*wall_sec)(void *ctx);
	void *wall_ctx;
	uint32_t
	    slice_units; /* of validation before ITER_AGAIN; 0: DNSSEC_SLICE and _FIRST; 1
			    has each signature and each hash wait, for tests */
	struct keytable *keytable; /* what is known of zones' keys; NULL: forgotten with
				      each question */
};

/** iter_new(env): copies ${env}; takes a reference on conf. NULL without memory. */
struct iter *iter_new(const struct iter_env *env);
void iter_free(struct iter *it);
/** iter_bytes_max(conf): what it can come to, besides the memory of its tasks. */
size_t iter_bytes_max(const struct conf *conf);
/** iter_set_conf(it, conf): for tasks that start from now on. */
void iter_set_conf(struct iter *it, struct conf *conf);
/** iter_set_anchors(it, anchors): the same, for where chains of trust begin and are not
 * followed; a reference is taken. Until the first call they are those of the
 * configuration as it stands: nothing rolls over, no negative anchor ends. */
void iter_set_anchors(struct iter *it, struct anchors *anchors);

/** What happened since the last step. */
enum iter_event_kind {
	ITER_EVENT_START,   /* first step of a task */
	ITER_EVENT_REPLY,   /* a reply whose sender, port, id, question (and case) matched
			     */
	ITER_EVENT_TIMEOUT, /* nothing that matched within timeout_ms */
	ITER_EVENT_NETWORK, /* no route, connection refused or reset */
	ITER_EVENT_AGAIN    /* after ITER_AGAIN, and only then */
};
struct iter_event {
	enum iter_event_kind kind;
	const uint8_t *reply; /* REPLY: borrowed until iter_step returns */
	size_t reply_len;
	bool case_differed; /* TIMEOUT: replies came that matched but for the case of the
			       name */
	bool cookie_doubt;  /* TIMEOUT: replies came that matched but for the cookie */
	bool no_route; /* NETWORK: it could not even leave; the address family may be down
			  as a whole */
	bool withheld; /* NETWORK: the host would not send it: nothing is known of the
			  server by that, nor is the failure remembered */
	bool spoofs_seen; /* TIMEOUT or REPLY: more wrong replies than UDP is to be
			     trusted with: ask again by TCP */
};

/**
 * What the host is to do next. ITER_AGAIN: signatures or NSEC3 hashes are left to be
 * checked and this step has done its share: the host serves whatever else is waiting and
 * then comes back with ITER_EVENT_AGAIN. No query is on its way; the task may be freed
 * instead, as always.
 */
enum iter_action { ITER_SEND, ITER_DONE, ITER_AGAIN };
struct iter_send {
	struct addr to;
	bool tcp;
	uint32_t timeout_ms;
	uint8_t query[QUERY_MAX]; /* id 0: the host picks the id */
	size_t query_len;
};

/**
 * iter_task_new(it, qname, qtype, checking_disabled): a new task, class IN. ${qname}
 * canonical, copied. NULL without memory. The task keeps a reference on the conf it began
 * with.
 */
struct iter_task *iter_task_new(
    struct iter *it, const uint8_t *qname, uint16_t qtype, bool checking_disabled);
void iter_task_free(struct iter_task *t);
/** iter_task_case(t, raw): before the first step: the question's name as the client wrote
 * it, for resolver.client-case; copied. */
void iter_task_case(struct iter_task *t, const uint8_t *raw);
/** iter_task_refresh(t): before the first step: the question's own name is asked for
 * although the cache may still have it (prefetch). */
void iter_task_refresh(struct iter_task *t);

/**
 * iter_task_probe(t): before the first step: a question of our own about trust. It and
 * all links of its chain are asked of servers, not of caches; negative anchors are not
 * looked at; a failure is not remembered.
 */
void iter_task_probe(struct iter_task *t);
/** iter_task_signal(t, out): when the task is done: the keys of an anchor's zone were
 * fetched for it, and this name is to be asked (type NULL) to tell the zone which anchors
 * we trust (RFC 8145 5). False: nothing is to be told. */
bool iter_task_signal(const struct iter_task *t, struct dname *out);

/**
 * iter_step(t, event, now_ms, send):
 * Runs until a query must go out (ITER_SEND, ${send} is filled), the task has ended
 * (ITER_DONE: iter_task_result) or there is more to compute than one step may
 * (ITER_AGAIN). Terminates within the budgets whatever the replies are; a step's own work
 * is bounded by the size of one reply and by DNSSEC_SLICE (resolver/dnssec/rrsig.h).
 */
enum iter_action iter_step(struct iter_task *t, const struct iter_event *event,
    uint64_t now_ms, struct iter_send *send);

/** iter_task_result(t): after ITER_DONE; lives as long as the task. Failures are SERVFAIL
 * with an EDE (22, 23, 13, 0 ...). */
const struct answer *iter_task_result(const struct iter_task *t);

/** iter_task_stale(t, now_ms): what data that has expired would answer (RFC 8767), while
 * ${t} is still at work or before its first step: for a client that has waited long
 * enough, or when there is no room to resolve. NULL: nothing. Lives as long as the task,
 * which goes on unchanged. */
const struct answer *iter_task_stale(struct iter_task *t, uint64_t now_ms);

/** iter_task_recall(t, now_ms): before the first step: what the cache has, for a question
 * that wants nobody asked: an answer, or who is nearer to it. NULL: neither. Lives as
 * long as the task. */
const struct answer *iter_task_recall(struct iter_task *t, uint64_t now_ms);

/** What the detector wants to know of a finished task. */
struct iter_facts {
	const uint8_t *zone; /* deepest zone cut that the question's own name was answered
				from; NULL unknown */
	struct addr authority; /* who answered last for that name: where an alias leads
				  is its owner's choice, and somebody else's server.
				  ADDR_NONE if nobody (cache) */
	uint32_t queries;      /* sent in all */
	uint32_t reply_bytes;  /* received in all */
	bool from_cache;       /* no query was needed */
	/* whom to tell of a failure (RFC 9567), canonical, as the servers that were asked
	 * for ${failed_name} last say; NULL: nobody */
	const uint8_t *agent, *failed_name;
};
void iter_task_facts(const struct iter_task *t, struct iter_facts *out);
/** iter_task_trace(t): the name of the step it is in, for logs. */
const char *iter_task_trace(const struct iter_task *t);

/** Counters, by cause; one array per worker, read by iter_counter_name. */
enum iter_counter {
	ITER_COUNT_TASKS,
	ITER_COUNT_QUERIES,
	ITER_COUNT_TCP,
	ITER_COUNT_TIMEOUTS,
	ITER_COUNT_NETWORK,
	ITER_COUNT_LAME,
	ITER_COUNT_RESOLVERS,
	ITER_COUNT_MALFORMED,
	ITER_COUNT_EDNS_FALLBACK,
	ITER_COUNT_CASE_FALLBACK,
	ITER_COUNT_COOKIE_FALLBACK,
	ITER_COUNT_BADCOOKIE,
	ITER_COUNT_SCRUBBED,
	ITER_COUNT_LIMIT_QUERIES,
	ITER_COUNT_LIMIT_NAME,
	ITER_COUNT_LIMIT_DEPTH,
	ITER_COUNT_LIMIT_TIME,
	ITER_COUNT_LIMIT_LINKS,
	ITER_COUNT_LIMIT_NS,
	ITER_COUNT_LIMIT_MEMORY,
	ITER_COUNT_AGGRESSIVE_NXDOMAIN, /* answers that cached proofs gave */
	ITER_COUNT_AGGRESSIVE_NODATA,
	ITER_COUNT_AGGRESSIVE_WILDCARD,
	ITER_COUNT_STALE,	  /* answers with data that had expired */
	ITER_COUNT_LIMIT_SERVER,  /* queries under way to one server */
	ITER_COUNT_LIMIT_ZONE,	  /* the same of one zone */
	ITER_COUNT_LIMIT_RECORDS, /* replies with a set of more than RRSET_RECORDS_MAX
				     records or RRSET_RRSIGS_MAX RRSIGs, or with too many
				     records */
	ITER_COUNT_LARGE,	  /* answers refused for such a set */
	ITER_COUNT_LIMIT_NAMES,	 /* delegations cut at DELEGATION_NS_MAX names, additional
				    data at 13 */
	ITER_COUNT_LIMIT_TYPES,	 /* answers to ANY with more sets than a name may have */
	ITER_COUNT_LIMIT_PROOFS, /* replies with more NSEC or NSEC3 sets than are kept */
	ITER_COUNT_PRIVATE,	 /* addresses dropped: rebinding */
	ITER_COUNT_LIMIT_VALIDATION,
	ITER_COUNT_YIELDS, /* steps that ended with ITER_AGAIN */
	ITER_COUNT_BOGUS,
	ITER_COUNT_SENTINEL,
	ITER_COUNT_SERVFAIL,
	ITER_COUNT_COUNT
};
const uint64_t *iter_counters(const struct iter *it);
const char *iter_counter_name(enum iter_counter c);

/** What a question spends of its budgets. */
enum iter_spent {
	ITER_SPENT_QUERIES,
	ITER_SPENT_TIME, /* milliseconds */
	ITER_SPENT_DEPTH,
	ITER_SPENT_LINKS, /* CNAME and DNAME */
	ITER_SPENT_SUBQUESTIONS,
	ITER_SPENT_NS_NXDOMAIN,
	ITER_SPENT_VERIFICATIONS,
	ITER_SPENT_HASHES,  /* of NSEC3 */
	ITER_SPENT_WORK,    /* on validation: units of resolver/dnssec/rrsig.h */
	ITER_SPENT_REPLIES, /* bytes */
	ITER_SPENT_MEMORY,  /* bytes */
	ITER_SPENT_COUNT
};
/** iter_task_spent(t, what): by ${t} so far. */
uint64_t iter_task_spent(const struct iter_task *t, enum iter_spent what);
/** iter_spent(it): ITER_SPENT_COUNT histograms over the questions that have ended. */
const struct histogram *iter_spent(const struct iter *it);
const char *iter_spent_name(enum iter_spent what);

#endif
