#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/dname.h"
#include "base/err.h"
#include "base/siphash.h"
#include "conf/conf.h"
#include "detect/event.h"
#include "detect/namehash.h"
#include "detect/suffix.h"

/*
 * Judgement: every question before it may leave, every answer before it may
 * enter. doc/detection.md is the essay; this is the door.
 *
 * All state lives in tables of fixed size (conf: zone_entries, pair_entries,
 * client_entries, seen_entries) under keyed hashes, sharded, shared by all workers. No
 * call allocates, blocks for longer than a shard's lock, reads a clock or logs. Time
 * comes in; events come out.
 */

struct detect;

/** detect_new(conf, key, id_seed): table sizes from ${conf}; ${key} keys the tables;
 * ${id_seed} makes event ids of this process unique. NULL without memory. */
struct detect *detect_new(
    const struct conf *conf, const struct hashkey *key, uint32_t id_seed);
void detect_free(struct detect *d);
/** detect_bytes(d): what it holds, all of it from detect_new. */
size_t detect_bytes(const struct detect *d);

/* ---- front: every question ---- */

enum detect_limit {
	LIMIT_PASS,
	LIMIT_TRUNCATE /* TC=1, no data */,
	LIMIT_DROP,
	LIMIT_REFUSE
};
/**
 * detect_limit(d, conf, group, client, verified, mono_ms):
 * The client's token bucket (/32, /64 by default). ${verified}: the address is not forged
 * (TCP, or a DNS cookie); then an excess is REFUSED, else it is TC=1 every slip-th time
 * and silence between, so that a forged source costs its victim at most TC=1. Verified
 * and unverified questions of one client have a bucket each.
 */
enum detect_limit detect_limit(struct detect *d, const struct conf *conf,
    const struct conf_group *group, const struct addr *client, bool verified,
    uint64_t mono_ms);

/** detect_hit(d, zone_index, client, mono_ms): a cached answer of that zone was given: it
 * counts as a repeated question. ${zone_index} from detect_verdict; stale or UINT32_MAX
 * is harmless. Cheap: no name is looked at. */
void detect_hit(
    struct detect *d, uint32_t zone_index, const struct addr *client, uint64_t mono_ms);

/* ---- deep: misses only ---- */

/* What judging begins with, of a question and of its answer alike. */
struct detect_look {
	uint64_t client_hash;
	float budget; /* of a known service; 1 for others */
	unsigned zone_labels;
	unsigned platform_labels; /* of who let the zone to its owner; 0 nobody */
	enum suffix_kind kind;
	struct namehash name;
};
/**
 * detect_look(d, conf, client, verified, qname, out):
 * The one walk over a name, and a wish for the memory that judging it will touch. Who has
 * several questions in hand looks at all of them before the first is judged; who has one
 * leaves ${look} NULL below. ${qname} is canonical and must outlive ${out}.
 */
void detect_look(struct detect *d, const struct conf *conf, const struct addr *client,
    bool verified, const uint8_t *qname, struct detect_look *out);

/** detect_look_hit(d, zone_index): likewise before detect_hit. */
void detect_look_hit(struct detect *d, uint32_t zone_index);
struct detect_answer;
/** detect_look_answer(d, look, a): likewise for what came down with it; of ${a} the data
 * alone is read. */
void detect_look_answer(const struct detect *d, const struct detect_look *look,
    const struct detect_answer *a);

struct detect_question {
	struct addr client;
	bool verified;	      /* as above */
	uint32_t group;	      /* index in conf->groups */
	const uint8_t *qname; /* canonical */
	uint16_t qtype;
	const uint8_t *cut; /* deepest zone cut that recursion knows above qname; NULL
			       unknown. Canonical */
	bool exempt; /* allow list, local or forward zones: counted, never stopped */
	const struct detect_look *look; /* at this name and client; NULL: not yet */
};

enum detect_action {
	DETECT_PASS,
	DETECT_HOLD, /* this client, this zone: no new recursion: answer as a sinkhole */
	DETECT_SINKHOLE, /* the zone, for everybody */
	DETECT_REFUSE,	 /* this question alone */
	DETECT_THROTTLE, /* this question now: fresh names of this client in a suspect
			    zone pass at one a second. Asked again later it may pass:
			    answer SERVFAIL, nothing that is kept */
	DETECT_TRUNCATE	 /* the zone is stopped for what clients did that may be forged,
			    and  this one brought nothing: answer TC=1, no data; over TCP
			    it  may  pass */
};
struct detect_verdict {
	enum detect_action action;   /* already PASS in shadow mode */
	uint32_t zone_index;	     /* for detect_hit */
	char event_id[EVENT_ID_MAX]; /* of the event that explains an action other than
					PASS; "" for PASS */
	int ede_code;	/* 15 (policy on types) or 17 (verdict) when not PASS */
	bool has_event; /* something new to tell: ${event} goes to the journal */
	struct event event;
};
/**
 * detect_question(d, conf, q, now, out): judges a question that the cache could not
 * answer, and charges it. Constant time. Any bytes in any name.
 */
void detect_question(struct detect *d, const struct conf *conf,
    const struct detect_question *q, const struct now *now, struct detect_verdict *out);

/**
 * detect_send(d, zone_index, authority, mono_ms):
 * A query for a question of that zone (detect_verdict) is about to leave to
 * ${authority}: may it? False when many zones that nobody shares have brought that server
 * all that one unknown server may get, and this is another such zone. Cheap; a stale
 * ${zone_index} is harmless.
 */
bool detect_send(struct detect *d, uint32_t zone_index, const struct addr *authority,
    uint64_t mono_ms);

/** A part of an answer that is new to a zone or not by itself: an address, half of one of
 * IPv6 (prefixes and hosts repeat apart), an SOA's names. */
struct detect_piece {
	uint64_t hash;
	uint16_t bytes;
};
#define DETECT_PIECES_MAX                                                                \
	16u /* beyond, an answer would sweep the table of what is known */

struct detect_answer {
	struct addr client;
	bool verified;
	uint32_t group;
	const uint8_t *qname;
	uint16_t qtype;
	const uint8_t *cut;    /* the cut that answered */
	struct addr authority; /* who answered */
	uint16_t rcode;
	uint32_t rdata_bytes; /* of the answer section, addresses not counted */
	uint32_t address_count;
	uint32_t ttl_min_sec;
	uint64_t rdata_hash; /* of the answer section's rdata, so that repeats are seen */
	uint32_t rest_bytes; /* of pieces beyond those below, all new or none */
	uint64_t rest_hash;  /* their order counting */
	bool exempt;
	const struct detect_look *look; /* as above */
	unsigned piece_count;		/* of addresses and a denial's SOA */
	struct detect_piece pieces[DETECT_PIECES_MAX]; /* set as far as they count */
};
/** detect_answer(d, conf, a, now, out): judges what came down before the client gets it;
 * charges the zone's other account. */
void detect_answer(struct detect *d, const struct conf *conf,
    const struct detect_answer *a, const struct now *now, struct detect_verdict *out);

/**
 * detect_recheck(d, conf, qname, client, now): may a cached answer flow? Only the
 * operator's own blocks say no; holds and sinkholes let cached answers pass.
 */
bool detect_recheck(struct detect *d, const struct conf *conf, const uint8_t *qname,
    const struct addr *client, const struct now *now, char event_id[EVENT_ID_MAX]);
/** detect_generation(d): changes whenever detect_recheck could say something else. Cheap,
 * no lock. */
uint32_t detect_generation(const struct detect *d);

/** detect_note(d, now, e): an event decided elsewhere (a block list): gets its id and
 * time here, and is remembered. */
void detect_note(struct detect *d, const struct now *now, struct event *e);

/* ---- operators ---- */

struct detect_measure { /* one hold, sinkhole, block or allow that is in force */
	enum event_action action;
	struct dname zone;
	struct addr client; /* ADDR_NONE: everybody */
	char event_id[EVENT_ID_MAX];
	uint32_t left_sec; /* 0: for good */
	uint32_t times;	   /* how often it came back */
	double score;
	uint64_t leaked_up_bytes, stopped_questions;
};
/** detect_measures(d, now, fn, ctx): shows every measure in force; ${fn} must not call
 * detect. */
void detect_measures(struct detect *d, const struct now *now,
    void (*fn)(void *ctx, const struct detect_measure *m), void *ctx);

/** detect_release(d, zone, client, reason, now, event): ends holds and sinkholes of
 * ${zone} (for ${client}; NULL: all) and empties the accounts; ERR_NOTFOUND when nothing
 * was in force. ${event} is what to journal. */
MUST_USE enum err detect_release(struct detect *d, const uint8_t *zone,
    const struct addr *client, const char *reason, const struct now *now,
    struct event *event);
/** detect_allow / detect_block(d, name, for_sec, reason, now, event): the operator's own
 * word, at run time, for ${for_sec} (0: until taken back by detect_unset); kept in the
 * state file. ERR_NOMEM when the table (1,024) is full. */
MUST_USE enum err detect_allow(struct detect *d, const uint8_t *name, uint32_t for_sec,
    const char *reason, const struct now *now, struct event *event);
MUST_USE enum err detect_block(struct detect *d, const uint8_t *name, uint32_t for_sec,
    const char *reason, const struct now *now, struct event *event);
MUST_USE enum err detect_unset(struct detect *d, const uint8_t *name, const char *reason,
    const struct now *now, struct event *event);

/** detect_record(d, action, zone, reason, detail, now, event): something else that an
 * operator may want to find again: an event with an id of its own, remembered like the
 * others. ${reason} lives for ever; ${detail} is copied. */
void detect_record(struct detect *d, enum event_action action, const uint8_t *zone,
    const char *reason, const char *detail, const struct now *now, struct event *event);

/** detect_explain(d, id, out): an event that is still remembered (the newest thousand or
 * so); ERR_NOTFOUND. */
MUST_USE enum err detect_explain(struct detect *d, const char *id, struct event *out);
/** detect_events(d, fn, ctx): the remembered ones, oldest first. ${fn} must not call
 * detect. */
void detect_events(
    struct detect *d, void (*fn)(void *ctx, const struct event *e), void *ctx);

/* ---- state over a restart ---- */

/** detect_save(d, now, out) / detect_load(d, now, in): measures, accounts, operator's
 * words as versioned text (JSON lines). Wall time inside, so that what has expired
 * meanwhile stays away. A file of another version or with a bad line: ERR_MALFORMED,
 * ${line} says where, what was read before it stays. */
MUST_USE enum err detect_save(struct detect *d, const struct now *now, FILE *out);
MUST_USE enum err detect_load(
    struct detect *d, const struct now *now, FILE *in, unsigned *line);

/**
 * detect_learnt(d, conf, now, out):
 * What the learn period (detection.learn) found: a list in the form of
 * detection.known-services, one line for each zone that went over its budget in ways that
 * several people's machines do, with a factor and the figures that speak for it; lines
 * that an operator must decide stand as comments. For review: nothing reads it by itself.
 */
MUST_USE enum err detect_learnt(
    struct detect *d, const struct conf *conf, const struct now *now, FILE *out);
/** detect_is_learning(d, conf, now): the learn period has not ended.
 * detect_has_learnt(d): there was one, so that there is a list to write. */
bool detect_is_learning(
    const struct detect *d, const struct conf *conf, const struct now *now);
bool detect_has_learnt(const struct detect *d);

/** Counters since start, by name; ${fn} is called once a counter. */
void detect_counters(const struct detect *d,
    void (*fn)(void *ctx, const char *name, uint64_t value), void *ctx);

#endif
