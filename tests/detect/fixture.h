#ifndef TESTS_DETECT_FIXTURE_H
#define TESTS_DETECT_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "detect/detect.h"

/*
 * A detector with a clock that the test turns, and questions as text: what the tests of
 * detect/ share. Any failure of the fixture itself ends the program.
 */

struct fixture {
	struct conf *conf;
	struct detect *detect;
	struct now now;
	struct detect_verdict v; /* of the last question or answer */
	bool verified, exempt;	 /* of the questions to come */
	const char *cut;	 /* zone cut of the questions to come; NULL */
};

/** fixture_new(f, overrides, count): defaults of the configuration with these overrides
 * ("detection.mode=shadow"). */
void fixture_new(struct fixture *f, const char *const *overrides, unsigned count);
void fixture_free(struct fixture *f);
/** fixture_pass(f, sec): time goes by. */
void fixture_pass(struct fixture *f, double sec);
/** fixture_ask(f, client, name, type): judges a miss; false: stopped. ${type} 0 is A. */
bool fixture_ask(struct fixture *f, const char *client, const char *name, uint16_t type);
/** fixture_answer(f, client, name, type, bytes, hash): judges an answer with ${bytes} of
 * data. */
bool fixture_answer(struct fixture *f, const char *client, const char *name,
    uint16_t type, uint32_t bytes, uint64_t hash);
/** fixture_pieces(f, client, name, count, bytes, first): an answer of ${count} addresses
 * (or halves) of ${bytes} each, known as ${first}, ${first} + 1 and so on. */
bool fixture_pieces(struct fixture *f, const char *client, const char *name,
    unsigned count, uint16_t bytes, uint64_t first);
struct addr fixture_addr(const char *text);
struct dname fixture_name(const char *text);
/** fixture_tunnel_name(n, out, zone): the n-th of a row of names as a tunnel asks them:
 * 32 letters and digits. */
const char *fixture_tunnel_name(unsigned n, char out[256], const char *zone);

#endif
