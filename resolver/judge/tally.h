#ifndef JUDGE_TALLY_H
#define JUDGE_TALLY_H

#include "resolver/judge/trial.h"

/*
 * What a trial comes to: totals, the zones that were stopped with the evidence, who
 * would have noticed, a timeline; and, where the recording says what was what, how each
 * kind fared. All tables are bounded; what does not fit is counted as such.
 */

#define TALLY_ZONES_MAX	    4096u
#define TALLY_ZONE_CLIENTS  64u /* counted one by one; then "or more" */
#define TALLY_LABELS_MAX    256u
#define TALLY_REPORTS_MAX   256u
#define TALLY_BUCKETS_MAX   240u
#define TALLY_CLIENTS_SLOTS (1u << 17)
#define TALLY_SUFFIX_SLOTS  (1u << 17)

struct tally_zone {
	struct event event;	 /* the first that stopped it */
	enum event_action worst; /* EVENT_HOLD or EVENT_SINKHOLE */
	uint64_t at_question;	 /* of the run */
	uint64_t at_zone_miss;	 /* of those of its registered domain that were judged; 0
				    unknown */
	struct addr cause;	 /* whose question it was */
	uint64_t stopped;	 /* questions, throttled ones too */
	uint64_t stopped_others; /* of them, of other clients than ${cause} */
	unsigned client_count;	 /* with stopped questions; at most TALLY_ZONE_CLIENTS */
	struct tally_zone_client {
		uint64_t hash;
		uint32_t last_name; /* a hash: who asks the same again brings nothing */
		uint32_t bytes;	    /* of labels in stopped questions */
	} clients[TALLY_ZONE_CLIENTS];
	char label[RECORD_LABEL_MAX]; /* of the question that did it */
};

struct tally_label {
	char name[RECORD_LABEL_MAX];
	bool benign;
	uint64_t questions, stopped, refused, zones; /* zones stopped for it */
	uint64_t first_stop; /* number among its questions; 0: never */
	double payload_before, payload, names_before, names; /* bytes that passed */
};

/* Single questions refused and zones throttled, by reason. */
struct tally_reason {
	enum event_action action;
	const char *reason;
	uint64_t events;
};
#define TALLY_REASONS_MAX 64u

struct tally_bucket {
	uint64_t questions, misses, stopped;
};

struct tally_client {
	uint64_t hash; /* 0: free */
	uint32_t stopped;
	bool caused; /* a zone's stop */
	bool harmed; /* had a question stopped that others' had caused */
};

struct tally_file {
	const char *path;
	const char *format; /* NULL: none fitted */
	uint64_t lines, bad, records;
	uint64_t others;   /* lines of other kinds: comments, other programs' */
	uint64_t untimed;  /* records that had no time */
	uint64_t nameless; /* questions whose names the log leaves out */
	uint64_t cut;	   /* DNS messages of which the capture holds a part */
};

struct tally {
	uint64_t questions, outcomes[TRIAL_OUTCOMES], on_answer, challenged, stopped;
	uint64_t first_stop; /* number of the question; 0: none */
	int64_t begin_ms, end_ms;
	bool has_time;
	bool interrupted; /* by SIGINT: what was read until then */
	size_t file_count;
	struct tally_file *files;
	uint64_t cpu_ns;

	unsigned zone_count;
	uint64_t zones_lost;
	struct tally_zone *zones;
	uint16_t *zone_slots; /* by hash of the name: index + 1 */

	unsigned label_count, last_label;
	bool labelled;
	struct tally_label *labels;
	unsigned report_count;
	uint64_t reports; /* all, of EVENT_OBSERVE */
	struct event *report;
	unsigned reason_count;
	struct tally_reason reasons[TALLY_REASONS_MAX];

	uint64_t clients, clients_stopped, clients_lost;
	uint64_t clients_harmed; /* of clients_stopped: for what others did */
	uint32_t budget_bytes;	 /* of one client in a zone; the caller sets it */
	struct tally_client *client;
	struct tally_suffix {
		uint64_t hash;
		uint64_t misses;
	} * suffixes;

	int64_t bucket_ms;
	struct tally_bucket *bucket; /* where the record before belongs, */
	int64_t bucket_from_ms;	     /* which begins then */
	unsigned bucket_count;
	struct tally_bucket buckets[TALLY_BUCKETS_MAX];
};

/** tally_new(): NULL without memory. */
struct tally *tally_new(void);
void tally_free(struct tally *t);
/** tally_hint(t, r): as trial_hint. */
void tally_hint(const struct tally *t, struct record *r);
/** tally_add(t, r, s): one record and what came of it. */
void tally_add(struct tally *t, const struct record *r, const struct trial_step *s);
/** tally_zones(t): the zones in the order in which reports show them: those with most
 * stopped questions first; the caller frees; NULL without memory or zones. */
const struct tally_zone **tally_zones(const struct tally *t);
/** tally_factor(t, z): by how much the budget of that zone must be larger that none of
 * its questions is stopped for it (detection.own-services). An estimate, on the safe
 * side. */
unsigned tally_factor(const struct tally *t, const struct tally_zone *z);

#endif
