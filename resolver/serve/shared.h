#ifndef SERVE_SHARED_H
#define SERVE_SHARED_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "cache/anscache.h"
#include "cache/rrcache.h"
#include "cache/servers.h"
#include "cache/store.h"
#include "conf/conf.h"
#include "detect/detect.h"
#include "resolver/dnssec/anchors.h"
#include "resolver/iter/keytable.h"
#include "resolver/local/local.h"
#include "resolver/net/places.h"
#include "resolver/os/journal.h"
#include "resolver/serve/strangers.h"

/*
 * What all workers share: caches, judgement, the journal, and the policy in
 * force. The tables lock inside; the policy is immutable and counted by reference.
 */

/** A configuration in force with the index built from it. Immutable. */
struct policy {
	_Atomic unsigned refs;
	struct conf *conf;
	struct local *local;
	uint32_t generation; /* differs from every other policy of this process */
};

struct blocklog;

struct shared {
	struct store *store;
	struct rrcache *rrcache;
	struct anscache *anscache;
	struct servers *servers;
	struct keytable *keytable;
	struct detect *detect;
	struct journal *journal;
	struct places *places;	      /* TCP clients of all workers */
	struct strangers *strangers;  /* errors to those who are nobody's client */
	struct blocklog *blocks;      /* events of the block list */
	struct hashkey cookie_master; /* of the secrets that no operator gave */
	struct hashkey news_key;      /* of what answers bring (weigh.h) */

	pthread_mutex_t
	    policy_lock; /* protects the pointer, held for a few instructions */
	struct policy *policy;
	_Atomic uint32_t policy_generation;

	struct anchors *anchors; /* NULL: those of the policy's configuration */
	_Atomic uint32_t anchors_generation; /* 0 as long as there are none */
};

/** policy_new(conf): takes ${conf} (also on failure). NULL without memory. */
struct policy *policy_new(struct conf *conf);
void policy_unref(struct policy *p);

/**
 * shared_new(conf, workers): caches and tables in the sizes of ${conf}, the journal
 * opened; takes ${conf}. Errors: NULL, and the reason is in the log.
 */
struct shared *shared_new(struct conf *conf, unsigned workers);
void shared_free(struct shared *s);
/**
 * shared_changed_zones(was, is, fn, ctx):
 * Tells each stub and forward zone that only one of them has, or has otherwise; the root
 * in the stead of too many. What was learnt below came from other servers than will be
 * asked (MaginotDNS): shared_swap forgets it, and what questions still under way bring
 * has to be forgotten after them.
 */
typedef void shared_zone_fn(void *ctx, const uint8_t *name);
void shared_changed_zones(
    const struct conf *was, const struct conf *is, shared_zone_fn *fn, void *ctx);
/** shared_swap(s, policy): takes ${policy}; from now on shared_policy gives it. The
 * caches learn its limits. */
void shared_swap(struct shared *s, struct policy *policy);
/** shared_set_anchors(s, anchors): takes ${anchors}; from now on workers begin and end
 * chains of trust there. What was derived of keys is forgotten. */
void shared_set_anchors(struct shared *s, struct anchors *anchors);
/** shared_forget_aliases(s): after something was forgotten for where chains of trust end:
 * answers of aliases, which may have led there from any name, are found out anew. */
void shared_forget_aliases(struct shared *s);
/** shared_anchors(s, generation): a reference on them, once there are some. */
struct anchors *shared_anchors(struct shared *s, uint32_t *generation);
/** shared_policy(s): a reference on the policy in force. */
struct policy *shared_policy(struct shared *s);
/** Bytes, by what sets them. */
struct worst_case {
	uint64_t cache;	    /* cache.size */
	uint64_t questions; /* workers x limits.tasks x limits.task-memory, and what a
			       worker needs besides: above all replies to its sockets */
	uint64_t clients;   /* limits.tcp-clients */
	uint64_t tables;    /* detection, servers, zones' keys, journal, lists */
};
/** shared_worst_parts(s, built, conf, workers, out): what all tables, caches, workers,
 * tasks and clients' connections can come to, with the lists of names twice: a reload
 * builds them beside the old. ${built}: whose sizes the tables were made in; ${conf}: the
 * one in force, whose limits count for what is made anew. */
void shared_worst_parts(const struct shared *s, const struct conf *built,
    const struct conf *conf, unsigned workers, struct worst_case *out);
/** shared_worst_case: the sum of those parts. */
uint64_t shared_worst_case(const struct shared *s, const struct conf *built,
    const struct conf *conf, unsigned workers);

#endif
