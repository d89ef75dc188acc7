#ifndef JUDGE_RECORD_H
#define JUDGE_RECORD_H

#include <stdint.h>

#include "base/addr.h"
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
	struct dname qname; /* canonical */
	uint16_t qtype;
	/* of name and type, and of the client, for tables; 0: not yet computed */
	uint64_t key, client_key;
	const struct detect_look *look; /* at name and client; NULL: not yet */
	/* with RECORD_ANSWER */
	bool ttl_known;
	struct detect_answer answer; /* what came down; client and name are not filled */
	/* where somebody wrote the truth beside it */
	char label[RECORD_LABEL_MAX]; /* "" unknown; "benign", or what made it */
	double payload_bytes;	      /* carried out by this question */
};

#endif
