#ifndef TESTS_DETECT_FORMS_H
#define TESTS_DETECT_FORMS_H

#include "tests/detect/traffic.h"

/*
 * Channels by parameter: how a name is written (alphabet, labels, what stands before and
 * behind), its type, when it is asked, by whom and where. Forms that no tool has yet are
 * as good as any other.
 */

struct form {
	const char *name;
	const char *alphabet; /* NULL: words */
	unsigned chars;	      /* of a label; words in one */
	unsigned labels;
	const char *before, *behind; /* "www.", ".v2.riverdata.net" */
	uint16_t type;
	double every_sec; /* mean */
	enum { PAUSE_STEADY, PAUSE_CHANCE, PAUSE_BATCHES } pause;
	unsigned clients; /* that take turns */
	unsigned payload; /* bytes a question */
};

extern const struct form forms[];
unsigned forms_count(void);
/** forms_run(seed, f, questions, fn, ctx): one channel. */
void forms_run(
    uint64_t seed, const struct form *f, unsigned questions, traffic_fn *fn, void *ctx);

#endif
