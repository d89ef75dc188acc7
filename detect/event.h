#ifndef DETECT_EVENT_H
#define DETECT_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/addr.h"
#include "base/dname.h"

/*
 * An event: what was decided, about whom, and the evidence in figures. One fixed
 * struct by value, so that it passes through a bounded ring without allocation; one JSON
 * object as its text, the same in the journal, on the control socket and in files.
 */

#define EVENT_EVIDENCE_MAX 16u
/* "20261122-3f9a1c-000042" and its NUL: day, this process's random part, a counter. */
#define EVENT_ID_MAX 32u

enum event_action {
	EVENT_OBSERVE, /* reported, nothing stopped (shadow mode, alarms) */
	EVENT_THROTTLE,
	EVENT_HOLD,	/* new recursion of this client under this zone stops */
	EVENT_SINKHOLE, /* the zone stops */
	EVENT_REFUSE,	/* one question, by a rule on types or at once */
	EVENT_BLOCK,	/* the operator's block list */
	EVENT_RELEASE,
	EVENT_ALLOW,
	EVENT_OPERATOR_BLOCK,  /* what an operator did */
	EVENT_ANCHOR,	       /* a key of a trust point has changed its state */
	EVENT_NEGATIVE_ANCHOR, /* one was set, taken back, or has ended */
	EVENT_ACTION_COUNT
};
const char *event_action_text(enum event_action a);

struct event_evidence {
	const char *name; /* a constant of ours, never a peer's bytes */
	double value;	  /* the figure */
	double weight;	  /* what it added to the score */
};

struct event {
	char id[EVENT_ID_MAX];
	int64_t wall_ms;
	enum event_action action;
	struct addr client; /* ADDR_NONE: nobody in particular */
	char group[32];
	struct dname qname;
	uint16_t qtype;
	struct dname zone;
	const char *reason; /* a constant: "account full", "signature iodine", ... */
	double score;
	unsigned evidence_count;
	struct event_evidence evidence[EVENT_EVIDENCE_MAX];
	uint64_t leaked_up_bytes, leaked_down_bytes;
	uint32_t for_sec; /* how long the measure holds; 0: not at all */
	char detail[160]; /* operator's reason, list file:line; escaped when shown */
};

/** event_json(e): returns a new JSON object (schema 1, RFC 3339 time, names in
 * presentation form so that every byte round-trips through \DDD; ASCII only). NULL
 * without memory. */
json_t *event_json(const struct event *e);
/** event_text(e, out, cap): one line for people. Returns ${out}. */
char *event_text(const struct event *e, char *out, size_t cap);

#endif
