#ifndef TESTS_UNIT_DENIAL_HELP_H
#define TESTS_UNIT_DENIAL_HELP_H

#include "tests/unit/bytes.h"

#include "base/dns.h"
#include "resolver/dnssec/denial.h"

/*
 * Denial records for tests: from presentation text, or as the whole ring of a small zone.
 * All that is handed out lives until the test ends.
 */

int help_setup(void **state);
int help_teardown(void **state);

/** help_name(text): the name in wire form. */
const uint8_t *help_name(const char *text);
/** help_records(texts): a list of sets of one record each; ends at NULL. */
struct rrset *help_records(const char *const *texts);
#define RECORDS(...) help_records((const char *const[]){ __VA_ARGS__, NULL })
/** help_raw(owner, type, bytes, len): a set of one record with this rdata. */
struct rrset *help_raw(
    const char *owner, uint16_t type, const uint8_t *bytes, size_t len);
/** help_join(lists): copies of all sets of all lists; ends at NULL. */
struct rrset *help_join(const struct rrset *const *lists);
#define JOIN(...) help_join((const struct rrset *const[]){ __VA_ARGS__, NULL })

/** A name of a zone; ${types} as in a zone file. */
struct help_node {
	const char *name;
	const char *types;
};
/** help_ring(nodes, count): the zone's NSEC records, in order. The first node is the
 * apex. */
struct rrset *help_ring(const struct help_node *nodes, size_t count);
/** help_ring3(nodes, count, parameters): the same with NSEC3; ${parameters} as "1 0 0 -".
 */
struct rrset *help_ring3(
    const struct help_node *nodes, size_t count, const char *parameters);
/** help_at(ring3, name): a copy of the one record that matches or covers ${name}. */
struct rrset *help_at(const struct rrset *ring3, const char *name);
/** help_sign(set, labels): an RRSIG beside it, of which only the labels count.
 * help_sign_by(..., signer): and the signer. */
struct rrset *help_sign(struct rrset *set, uint8_t labels);
struct rrset *help_sign_by(struct rrset *set, uint8_t labels, const char *signer);

/** What denial_check said. */
struct told {
	enum denial_result result;
	enum dnssec_reason reason;
	unsigned hashes; /* made */
};
/** help_ask(...): denial_check with the budget of a fresh question. */
struct told help_ask(enum denial_claim claim, const char *name, uint16_t type,
    unsigned wildcard_labels, const char *zone, const struct rrset *sets);

#define assert_told(said, wanted)                                                        \
	do {                                                                             \
		struct told told_ = (said);                                              \
		assert_int_equal(told_.result, (wanted));                                \
		if (told_.result == DENIAL_PROVED)                                       \
			assert_int_equal(told_.reason, DNSSEC_OK);                       \
		if (told_.result == DENIAL_NOT_PROVED)                                   \
			assert_int_equal(told_.reason, DNSSEC_MISSING_PROOF);            \
	} while (0)

#endif
