#ifndef JUDGE_RECORD_H
#define JUDGE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/clear.h"
#include "base/dname.h"
#include "detect/detect.h"

/*
 * One line or packet of a recording, whatever its format: a question, an answer, or both
 * at once. What a format does not tell stays 0.
 */

enum record_part { RECORD_QUESTION = 1, RECORD_ANSWER = 2 };

/* "Cobalt-Strike 20/s spread" and the like; longer ones are cut. */
#define RECORD_LABEL_MAX 64u

struct record {
	unsigned parts;	 /* of enum record_part */
	int64_t wall_ms; /* since 1970, or since the recording began */
	struct addr client;
	uint16_t qtype;
	bool ttl_known; /* with RECORD_ANSWER */
	/* of name and type, and of the client, for tables; 0: not yet computed */
	uint64_t key, client_key;
	const struct detect_look *look; /* at name and client; NULL: not yet */
	double payload_bytes; /* where somebody wrote it: carried out by this question */
	/* with RECORD_ANSWER: what came down; client and name are not filled */
	struct detect_answer answer;
	/* where somebody wrote it: "" unknown; "benign", or what made it */
	char label[RECORD_LABEL_MAX];
	struct dname qname; /* canonical */
};

/** record_clear(r): nothing is known; the bytes of arrays are left as they are. */
static inline void
record_clear(struct record *r)
{
	clear(r, offsetof(struct record, answer.pieces));
	r->label[0] = '\0';
	r->qname.len = 0;
}

#endif
