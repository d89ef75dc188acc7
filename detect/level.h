#ifndef DETECT_LEVEL_H
#define DETECT_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/cost.h"
#include "detect/inside.h"
#include "detect/signature.h"
#include "detect/weigh.h"

/*
 * What a judgement knows while it is made: the question (struct inquiry), and each zone
 * in which it is judged with its accounts (struct level), and what is decided (struct
 * decision). All of it lives on the stack of detect_question or detect_answer.
 */

struct inquiry {
	struct detect *d;
	const struct conf *conf;
	const struct conf_group *group;
	const struct now *now;
	const struct addr *client;
	const uint8_t *qname;
	uint16_t qtype;
	bool verified, shadow, exempt;
	bool learning; /* what is over its budget passes, and is noted */
	uint32_t now_sec, half_hour;
	uint64_t client_hash;
	uint64_t asked_key;	 /* where "this has been asked" is remembered */
	bool rare;		 /* level_type_is_rare */
	float budget;		 /* factor of a known service, 1 for others */
	bool fresh, other_asked; /* the name; another client asked it last */
	bool underscore;
	float client_excess;  /* its account over all zones, in alarms: above 1 alarmed, 2
				 full */
	bool network_alarmed; /* many clients bring data to zones that nobody knows */
	uint32_t newcomer_sec;		   /* when this client last did */
	const struct signature *signature; /* certain */
	const struct signature *likely;	   /* certain if its session comes again */
	uint16_t session;
	enum suffix_kind kind;
	unsigned zone_labels;	  /* of the owner's zone */
	unsigned platform_labels; /* of who let it to him; 0 nobody */
	const struct namehash *name;
};

/* One zone in which a question is judged: the owner's, or a cut beneath it. */
struct level {
	unsigned zone_labels;
	uint64_t zone_key, pair_key;
	struct cost cost;
	struct zone_state *zone; /* both only while the lock is held */
	struct pair_state *pair;
	struct weighing weighing;
	float charge;	      /* weighted bytes */
	float before;	      /* the zone's account, before this question */
	uint32_t place;	      /* in the table, + 1 */
	uint32_t owner_place; /* of the owner's zone, when this is a cut beneath it; 0 */
	uint32_t ticket;
	bool unshared; /* nobody else knows its names */
	bool newcomer; /* nobody ever asked here before */
	bool begun;    /* this client has brought little here so far */
	bool platform; /* the whole of a platform's, not its owner's own zone */
};

/* What is decided in a level. */
struct decision {
	enum detect_action action;
	enum event_action told; /* the event's, when ${tell} */
	bool tell;
	bool quiet; /* the same as was told before: no new event */
	const char *reason;
	struct event_ref event;
	uint32_t for_sec;
	int ede_code;
};

/* A name with this many fresh bytes carries data: of a type that carries data down as
 * well, it is a tunnel's (8 in 1.09 million others). */
#define LEVEL_DATA_NAME_BYTES 12.0f
/* In a full zone that nobody shares a client may still bring this much: "www", "mail",
 * "autodiscover". */
#define LEVEL_STRANGER_BYTES 24.0f

/* "www" costs 2.7: what a stopped or throttled zone lets through. */
#define LEVEL_SMALL_NAME_BYTES 3.0f
/* A client's part of an account that is worth a measure: one in so many. */
#define LEVEL_PART 8.0f

/** level_spares(in, dec): what was decided is told and not done: shadow mode, or the
 * learn period, in which types and marks hold all the same. */
bool level_spares(const struct inquiry *in, const struct decision *dec);

/* A ticket for detect_hit: the tag of the client that asked, four bits that change with
 * the place's zone, the place. */
#define LEVEL_PLACE_BITS 20u
#define LEVEL_SALT_BITS	 4u
/* Counters of recent questions are halved here: the last hour of a busy zone, the last
 * days of a quiet one. */
#define LEVEL_RECENT_MAX 250u

/** level_tag(client_hash) / level_bit(client_hash): a client in the seen table, and in a
 * zone's bitmaps. */
uint8_t level_tag(uint64_t client_hash);
uint64_t level_bit(uint64_t client_hash);

/** level_set(in, l, zone_labels): ${l} is the zone of the last ${zone_labels} labels. */
void level_set(const struct inquiry *in, struct level *l, unsigned zone_labels);
/** level_set_platform(in, l): ${l} is all that the platform has that let the zone.
 * level_platform_key(zone_key): where that is, beside the zone of its own of that name.
 */
void level_set_platform(const struct inquiry *in, struct level *l);
uint64_t level_platform_key(uint64_t zone_key);
/** level_lock(in, l) / level_unlock(in, l): finds or makes the zone and the pair, drained
 * to now. */
void level_lock(struct inquiry *in, struct level *l);
void level_unlock(struct inquiry *in, struct level *l);

/* With the lock held: */

/** level_limit(in, l, bytes): how much an account of this zone may hold where an unshared
 * one may hold ${bytes}. */
float level_limit(const struct inquiry *in, const struct level *l, uint32_t bytes);
/** level_up_limit(in, l): of the account of what goes up, for this client. */
float level_up_limit(const struct inquiry *in, const struct level *l);
/** level_is_shared(z): several clients know the same names here. */
bool level_is_shared(const struct zone_state *z);
/** level_share(z, bit): one more asked what another had asked. No lock needed. */
void level_share(struct zone_state *z, uint64_t bit);
/** level_cost_zone(l): what its names cost depends on. */
struct cost_zone level_cost_zone(const struct level *l);
/** level_count(in, l): the question in the zone's counters, whatever becomes of it. */
void level_count(struct inquiry *in, struct level *l);
/** level_feeds(in, l): this client brought what carries data: in the zone's bitmap (which
 * a flood can fill) and in the pair. */
void level_feeds(const struct inquiry *in, struct level *l);
/** level_charge(in, l, weighted, raw): bytes onto the accounts of what goes up. */
void level_charge(struct inquiry *in, struct level *l, float weighted, float raw);
/** level_cap(in, l): the question is stopped: it can fill the zone's account, but not
 * beyond. What is above its limit was brought by questions that passed. */
void level_cap(const struct inquiry *in, struct level *l);
/** level_uncharge(l, part): takes back that part of this question's charge. */
void level_uncharge(struct level *l, float part);
/** level_charge_down(in, l, rdata_bytes): onto those of what comes down. */
void level_charge_down(struct inquiry *in, struct level *l, uint32_t rdata_bytes);
/** level_passed(in, l): it passed (or would have): what left, who shares, which labels
 * are known now. */
void level_passed(struct inquiry *in, struct level *l);

/** level_type_brings_data(type): down, of the server's choice. */
bool level_type_brings_data(uint16_t type);
/** level_type_is_rare(type): asked so seldom that the choice of it says something. */
bool level_type_is_rare(uint16_t type);
/** What the choice of a rare type can carry: 16 bits. */
#define LEVEL_TYPE_BYTES 2.0f

/* What comes down, thousandths of a byte a second: a company's new CNAMEs of one zone in
 * a day are about 8 kB. What goes up, where the configuration is not at hand (a restart,
 * whose pause is short): its default. */
#define LEVEL_DOWN_DRAIN_MILLI 100u
#define LEVEL_UP_DRAIN_MILLI   5u

#endif
