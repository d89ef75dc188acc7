#ifndef ITER_TASK_H
#define ITER_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/dname.h"
#include "base/dns.h"
#include "resolver/dnssec/chain.h"
#include "resolver/iter/iter.h"
#include "resolver/wire/msg.h"

/*
 * The inside of the iterator: what its files share and nobody else sees.
 *
 * A task is a stack of frames. The lowest is the client's question; each one above
 * answers something the frame below it cannot go on without: the address of a name
 * server, or the list of root servers. Only the top frame runs. A frame is in one
 * step of the table in steps.c; a step's function returns the step that comes next.
 *
 * Memory: what must outlive this call of iter_step is in the task's arena; the reply
 * in hand and all that was parsed out of it is in the worker's scratch arena, which is
 * reset when the next call begins.
 */

/* Addresses considered for one zone: twenty names with both families; more would never be
 * asked. */
#define TARGETS_MAX 40u
#define TARGET_ADDRS_MAX                                                                 \
	6u /* of one name server; no honest one has more, a hostile one has */
#define FAMILIES 2u

enum step_id {
	STEP_START,
	STEP_CACHE,
	STEP_DELEGATION,
	STEP_CHOOSE_SERVER,
	STEP_ADDRESSES,
	STEP_SEND,
	STEP_EVENT,
	STEP_CLASSIFY,
	STEP_REFERRAL,
	STEP_ANSWER,
	STEP_ALIAS,
	STEP_NEGATIVE,
	STEP_VALIDATE,
	STEP_FAILED,
	STEP_FINISH,
	STEP_COUNT,
	STEP_WAIT,  /* a query must go out: iter_step returns ITER_SEND */
	STEP_YIELD, /* the frame's step is not done: iter_step returns ITER_AGAIN */
	STEP_DONE   /* the task has its result: iter_step returns ITER_DONE */
};

enum frame_purpose {
	FRAME_QUESTION, /* what the client asked */
	FRAME_ADDRESS,	/* an address of a name server that the frame below needs */
	FRAME_PRIME,	/* the root's NS set (RFC 8109) */
	FRAME_DS,	/* a link of the chain of trust (trust.h) */
	FRAME_DNSKEY
};

enum {
	TARGET_BAD = 1,	    /* of no use for this zone and question any more */
	TARGET_NO_EDNS = 2, /* ask it without OPT */
	TARGET_NO_CASE = 4, /* ask it without 0x20 */
	TARGET_CASE_DOUBT =
	    8,		  /* by TCP because its UDP replies changed the name's case */
	TARGET_LATE = 16, /* was asked although its retry time has not come */
	TARGET_LAME = 32, /* was lame for the zone: asked when nobody else is left */
	TARGET_NO_COOKIE = 64,	   /* ask it without a cookie */
	TARGET_COOKIE_DOUBT = 128, /* by TCP because of its UDP replies' cookies */
	TARGET_RESOLVER = 256,	   /* answered as a resolver does, without authority */
	TARGET_SILENT = 512 /* its reply said nothing, and not that elsewhere is more */
};

/** One address that may be asked about the frame's zone. */
struct target {
	struct addr addr;
	uint16_t flags; /* TARGET_* */
	uint8_t failed; /* queries to it that led nowhere */
};

enum {
	ASKED_V4 = 1,
	ASKED_V6 = 2,
	ASKED_NO_GLUE = 4 /* in the zone itself, and its parent gave no address */
};

/** One name server of the frame's zone. */
struct nameserver {
	const uint8_t
	    *name;     /* canonical; NULL: addresses without a name (stub, forward) */
	uint8_t asked; /* ASKED_*: families whose addresses are known or not to be had */
};

/** The query that is out, or goes out next. */
struct asked {
	const uint8_t *name;
	uint16_t qtype;
	uint8_t labels; /* of ${name} */
	uint8_t target; /* index into targets */
	bool tcp, edns, mixed_case, minimised;
	bool with_cookie;
	bool badcookie;	     /* ${cookie} is what a BADCOOKIE reply brought */
	bool cookie_silence; /* the server may be silent to cookies */
	bool proved;	     /* the reply in hand came by TCP, or has our cookie */
	bool refers;	     /* the reply in hand names servers, and nothing else */
	uint8_t cookie_len;
	uint8_t cookie[SERVER_COOKIE_MAX];
	uint32_t timeout_ms; /* what the server's history says */
	uint32_t wait_ms;    /* what the budgets left of it */
	uint64_t sent_ms;
};

struct frame {
	struct frame *below; /* who waits for this one; NULL: the client's question */
	uint8_t step;	     /* enum step_id */
	uint8_t purpose;     /* enum frame_purpose */
	uint8_t depth;	     /* frames below it */
	bool looking_up;     /* the frame above looks an address up for it */
	bool cut_short;	     /* a cycle or the depth took something away: no failure to
				remember */
	uint16_t qtype;
	uint16_t queries;    /* sent for ${name} */
	const uint8_t *name; /* asked for now: the question, then where aliases led */
	uint8_t labels;	     /* of ${name} */

	/* where to ask */
	uint8_t zone_labels;
	bool forward;	    /* the servers are resolvers: RD=1, no referrals */
	bool policy_failed; /* its forwarders failed and it recurses itself */
	const struct conf_zone
	    *policy;	     /* stub or forward zone that ${name} is in, or NULL */
	const uint8_t *zone; /* whose servers these are; NULL before the first */
	uint64_t
	    zone_end_ms; /* of its parent's word; UINT64_MAX: the root, the operator's */
	uint8_t server_count, target_count;
	uint8_t ns_lookups; /* of names of this delegation's servers */
	uint8_t
	    looked_up; /* index of the server whose address the frame above looks up */
	uint8_t late_tries;
	bool glue_tried;	 /* all that parents say of its servers are targets */
	bool parent_tried;	 /* the parent is asked for the glue that was missing */
	bool resolvers_too;	 /* no authority answers: what resolvers say must do */
	bool silence_counts;	 /* nobody says anything: that must do */
	uint32_t queries_before; /* of the task, when the frame above began */

	/* QNAME minimisation */
	bool minimise_off;
	uint8_t known_labels;	 /* the name with that many labels exists and is no cut */
	uint8_t minimised_count; /* minimised queries sent for ${name} */
	uint8_t minimised_silent; /* of which nothing came */
	uint8_t nxdomain_labels;  /* a minimised name with that many labels was NXDOMAIN;
				     0: none */

	struct asked asked;
	bool crowded; /* some server of it has enough to do */
	bool chained; /* ${name} is behind an alias of the reply in hand */

	/* what came of it */
	uint16_t rcode;
	int ede_code;
	const char *ede_text;
	struct rrset *answer, *authority, *additional;

	/* of a question that is to be validated (validate.h) */
	bool denied; /* it ended in NXDOMAIN or NODATA of ${denied_name} */
	bool validated;
	bool dname_by_udp; /* a DNAME of the answer came by plain UDP */
	bool remembered;   /* the failure is an old one, told again */
	bool denial_begun; /* its sets are being checked: their marks are not the cache's
			    */
	uint8_t denial_security; /* enum rrset_security */
	const uint8_t *denied_name;
	struct rrset *denial; /* SOA and proofs */

	/* not cleared when a frame is made; counts above say how much is valid */
	struct nameserver servers[DELEGATION_NS_MAX];
	struct target targets[TARGETS_MAX];
};

/** What a reply says, after scrubbing (classify.h). */
struct found {
	struct rrset *set; /* answer, CNAME or DNAME */
	struct rrset *soa; /* of the authority section */
	struct rrset *ns;  /* referral */
	bool by_resolver;  /* lame only because it is a resolver that knows something */
	bool silent;	   /* it says nothing at all of the name */
};

#define SPARE_ARENAS_MAX 256u /* beyond that a burst is over and its memory goes back */

/* Servers that gave bogus data of a zone, for one question. */
#define DISTRUSTED_MAX 8u
struct distrusted {
	struct addr addr;
	const uint8_t *zone;
	uint16_t qtype;
};

/* Who brought a part of the answer (blame.h): each link of a chain, and its end. */
#define BROUGHT_MAX 16u
struct brought {
	const struct rrset *set; /* NULL: the denial */
	struct distrusted by;
	bool chained; /* behind an alias in the same reply */
};

/** What validation knows and spends for one question; never reset. */
struct validation {
	struct dnssec_budget budget;
	struct chain chain; /* towards the zone of the set in hand */
	bool asking;	    /* the frame above asks for what the chain wants */
	bool interrupted;   /* by a yield, not asking: the chain goes on as it is */
	bool kept;	    /* what the finished frame brought is in the task's arena */
	bool deeper; /* not the name that the chain wants is asked about, but the next */
	uint32_t now_sec;  /* one time for the whole question; 0: not yet taken */
	uint8_t sub_tries; /* bogus replies to that so far */
	uint8_t retries;   /* of the whole question */
	uint8_t security;  /* enum rrset_security of the whole, at the end */
	uint8_t distrusted_count;
	enum dnssec_reason reason; /* why the last try was bogus; DNSSEC_OK: it was not */
	enum dnssec_reason sub_reason; /* the same of what the chain wants */
	struct distrusted distrusted[DISTRUSTED_MAX];
	const struct rrset
	    *doubted; /* the set that was looked at last; NULL: the denial */
	uint8_t brought_count;
	struct brought brought[BROUGHT_MAX];
};

struct load;
struct load_place;

struct iter {
	struct iter_env env;
	struct anchors *anchors; /* a reference */
	bool anchors_given;	 /* by iter_set_anchors, not made of the configuration */
	struct arena *scratch;
	struct arena *check_scratch; /* of one check of a signature */
	struct hashkey memo_key;
	struct msg msg; /* the reply in hand, in scratch */
	struct found found;
	uint64_t prime_again_ms;		 /* nobody primes before */
	uint8_t network_failures[FAMILIES];	 /* in a row */
	uint64_t family_down_until_ms[FAMILIES]; /* no route: the other family first */
	bool dname_seen; /* a DNAME was cached: ancestors are worth a look */
	size_t spare_count;
	size_t spare_bytes; /* limit that the spare arenas were made with */
	struct arena *spares[SPARE_ARENAS_MAX];
	struct load *load; /* what is under way: load.h */
	uint64_t counters[ITER_COUNT_COUNT];
	struct histogram spent[ITER_SPENT_COUNT];
};

struct iter_task {
	struct iter *it;
	struct conf *conf;	 /* a reference */
	struct anchors *anchors; /* the same */
	struct arena *arena;	 /* this struct is in it */
	struct frame *top;
	struct frame *spare;	/* popped frames, to be used again */
	struct frame *finished; /* the frame that ended last; valid until the next push */
	const struct iter_event *event; /* of this call */
	struct iter_send *send;		/* of this call */
	uint64_t now_ms;		/* of this call */
	uint64_t deadline_ms;
	const uint8_t *qname;
	const uint8_t *qname_raw; /* as the client wrote it; NULL: nobody cares */
	uint16_t qtype;
	bool checking_disabled, refresh, probe;
	struct dname signal; /* len 0: nothing to be told (iter_task_signal) */
	/* budgets: of the client's question, never reset */
	uint32_t queries, subquestions, ns_nxdomain, links;
	uint32_t reply_bytes;
	uint8_t deepest;
	bool crowded; /* something of it failed for the load of others, or was withheld:
			 nothing to remember */
	struct load_place *at_server, *at_zone; /* of the query that is out */
	uint64_t taken_ms;			/* when it went */
	const uint8_t *facts_zone;
	struct addr facts_authority; /* of the question's own name, no alias behind it */
	struct addr replier;	     /* who answered last, alias or not */
	const uint8_t *agent, *agent_qname; /* agent.h; NULL: none */
	struct validation validation;
	struct answer result;
};

static inline void
task_count(struct iter_task *t, enum iter_counter c)
{
	t->it->counters[c]++;
}

/** frame_is_question(f): the client's question itself. */
static inline bool
frame_is_question(const struct frame *f)
{
	return f->below == NULL;
}

/** frame_is_link(f): it asks for a link of the chain of trust. */
static inline bool
frame_is_link(const struct frame *f)
{
	return f->purpose == FRAME_DS || f->purpose == FRAME_DNSKEY;
}

/** task_validates(t): what the client gets is to be validated (RFC 4035 3.2.2). */
static inline bool
task_validates(const struct iter_task *t)
{
	return t->conf->validation && !t->checking_disabled;
}

/** task_random(t, n): 0..n-1 from the environment's randomness; ${n} 1..65536 (bias below
 * 1 in 65,536: no secret). */
uint32_t task_random(struct iter_task *t, uint32_t n);
/** task_fail(t, counter, ede_code, text): the whole question fails now; ${text} lives for
 * ever. Returns STEP_DONE. */
enum step_id task_fail(
    struct iter_task *t, enum iter_counter counter, int ede_code, const char *text);
/** task_out_of_memory(t): task_fail for an arena at its limit. */
enum step_id task_out_of_memory(struct iter_task *t);

#endif
