#ifndef JUDGE_TRIAL_H
#define JUDGE_TRIAL_H

#include "detect/detect.h"
#include "resolver/judge/record.h"

/*
 * The resolver's way of a question, without a network: cache, local names, lists, judge,
 * answer. What a recording would have met, with the clock of the recording.
 *
 * What differs from the daemon: no limits of rates; the zone cuts that recursion learns
 * are not known; every detector mode is "enforce", so that it shows what would happen.
 * A client that is told to come by TCP (DETECT_TRUNCATE) does.
 */

struct trial;

enum trial_outcome {
	TRIAL_PASSED,
	TRIAL_HIT,   /* the cache knew it */
	TRIAL_LOCAL, /* answered here: own data, special names */
	TRIAL_NOTED, /* an answer to something before: nothing new to count */
	TRIAL_BLOCKED,
	TRIAL_REFUSED,
	TRIAL_HELD,
	TRIAL_SINKHOLED,
	TRIAL_THROTTLED,
	TRIAL_OUTCOMES
};

struct trial_step {
	enum trial_outcome outcome;
	struct now now;
	bool on_answer;	 /* the question had left, its answer was stopped */
	bool challenged; /* had to come again by TCP */
	const struct detect_look *look; /* at the record; NULL when nobody had to */
	unsigned event_count;
	struct event events[3]; /* what was told meanwhile */
};

/** trial_new(conf): a new detector and cache. Borrows ${conf}. NULL without memory. */
struct trial *trial_new(const struct conf *conf);
void trial_free(struct trial *t);
/** trial_next_file(t): the clock of the next record may be anything: time goes on. */
void trial_next_file(struct trial *t);
/** trial_hint(t, r): ${r} will be fed soon: its place in the cache is on its way.
 * trial_look(t, r, look): sooner: what judging it needs as well, if it comes to that;
 * ${look} is ${r}'s then and must outlive it. */
void trial_hint(const struct trial *t, struct record *r);
void trial_look(const struct trial *t, struct record *r, struct detect_look *look);
/** trial_feed(t, r, out): one record. ${out} but for ${events} beyond ${event_count} is
 * set; its ${look} lasts until the next record. */
void trial_feed(struct trial *t, const struct record *r, struct trial_step *out);

#endif
