#ifndef REPLAY_SCRIPT_H
#define REPLAY_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/replay/records.h"
#include "tests/replay/world.h"

/*
 * A scenario file (*.rpl) as structs; README.md in this folder is the grammar. Every
 * mistake is told with file and line, and a word that is not known is one.
 */

#define OPTIONS_MAX 32u

enum expect_kind {
	EXPECT_RCODE,
	EXPECT_EDE, /* number; -1 none */
	EXPECT_EDE_TEXT,
	EXPECT_RECORD,	/* a record of section ${number}; all of a section's records must
			   be listed */
	EXPECT_EMPTY,	/* section ${number} has none */
	EXPECT_TTL,	/* of the whole: number..high */
	EXPECT_QUERIES, /* number..high */
	EXPECT_SENT,	/* in the order of the file, others between */
	EXPECT_UNSENT,
	EXPECT_ZONE,   /* facts: name; ${number} 0: unknown */
	EXPECT_SERVER, /* facts: authority; ${number} 0: nobody */
	EXPECT_SECURITY,
	EXPECT_PROOFS, /* NSEC and NSEC3 sets of the authority section: number..high */
	EXPECT_CACHED, /* facts: from_cache is ${number} */
	EXPECT_SPENT,  /* of the budget ${text}: number..high */
	EXPECT_BYTES,  /* held for it: number..high; see struct cost */
	EXPECT_SIGNAL, /* iter_task_signal: name's beginning; ${number} 0: none */
	EXPECT_AGENT,  /* facts: name; ${number} 0: none */
	EXPECT_TIME    /* milliseconds it took: number..high */
};

struct expect {
	struct expect *next;
	unsigned line;
	enum expect_kind kind;
	long number, high;
	struct record *record;
	char text[256];
	/* SENT, UNSENT, ZONE */
	bool any_addr, any_name, any_type;
	struct addr addr;
	struct dname name;
	uint16_t type;
	int tcp, edns, recursion; /* -1: either */
	int cookie;		  /* as in struct rule */
};

enum step_kind { STEP_ASK, STEP_PASS, STEP_COUNTER, STEP_ELAPSED, STEP_RESET_COUNTERS };

struct script_step {
	struct script_step *next;
	unsigned line;
	enum step_kind kind;
	/* ASK */
	struct dname name;
	uint16_t type;
	bool checking_disabled, refresh;
	struct expect *expects;
	/* PASS: milliseconds; COUNTER: low..high of the counter ${text}; ELAPSED:
	 * milliseconds */
	uint64_t low, high;
	char text[64];
};

enum edit_kind {
	EDIT_DROP,
	EDIT_DROP_SIGS,
	EDIT_SPOIL,    /* the first signature is wrong */
	EDIT_BAD_SIGS, /* ${number} wrong ones before it */
	EDIT_LABELS,   /* its labels field says ${number} */
	EDIT_TTL,      /* its TTL is ${number}, which was not signed */
	EDIT_FLIP,     /* the last byte of the first record is another */
	EDIT_FORGE     /* ${records}, one set, signed by the zone's key */
};

/** What is done to a signed zone when it stands (edit.h, sign.c). */
struct edit {
	struct edit *next;
	unsigned line;
	enum edit_kind kind;
	struct dname zone, owner;
	bool has_owner; /* FORGE: under which it is served; else its own */
	bool expired;	/* FORGE: its signature */
	uint16_t type;
	unsigned number;
	struct record *records;
};

struct script {
	const char *file;
	unsigned line; /* while it is read */
	unsigned mistakes;
	unsigned option_count;
	char options[OPTIONS_MAX][512];
	struct record *hints; /* NULL: the shipped ones */
	struct world world;
	struct edit *edits;
	struct script_step *steps;
};

/** script_read(file, out): false when there are mistakes; they are on stderr.
 * script_clear in any case. */
bool script_read(const char *file, struct script *out);
/** script_option(s, text): one more option, behind those of the file. */
void script_option(struct script *s, const char *text);
void script_clear(struct script *s);

#endif
