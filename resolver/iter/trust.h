#ifndef ITER_TRUST_H
#define ITER_TRUST_H

#include "resolver/iter/task.h"

/*
 * The status of the zone that a name is in, for the client's question: the chain of
 * resolver/dnssec/chain.h fed with what is known and, where that ends, with frames of
 * its own that ask for DS and DNSKEY. They count in the task's budgets like all others.
 */

enum trust_outcome {
	TRUST_OUTCOME_KNOWN, /* t->validation.chain.zone is the status */
	TRUST_OUTCOME_ASKED, /* a frame was pushed: again when it has ended */
	TRUST_OUTCOME_YIELD, /* again with the same, after other questions */
	TRUST_OUTCOME_LIMIT, /* no more frames for this question */
	TRUST_OUTCOME_NOMEM
};

/** trust_establish(t, f, target, owner): ${target}: a name in the zone looked for (the
 * signer); ${owner}: of the data, for negative anchors. Canonical. */
enum trust_outcome trust_establish(
    struct iter_task *t, struct frame *f, const uint8_t *target, const uint8_t *owner);

/** trust_is_above_anchor(t, zone, name): ${zone} is above the deepest anchor at or above
 * ${name}: no word of it vouches for ${name}, which has an anchor of its own. */
bool trust_is_above_anchor(
    const struct iter_task *t, const uint8_t *zone, const uint8_t *name);

/** trust_tools(t): what checks need, at this moment. */
struct chain_tools trust_tools(struct iter_task *t);

/** trust_is_signed(t, zone): ${zone} is known to be signed and ${t} is to validate: a
 * reply of its servers without signatures, for lack of EDNS, is worth nothing. */
bool trust_is_signed(const struct iter_task *t, const uint8_t *zone);

/** trust_distrust(t, addr, zone, qtype): ${addr} gave bogus data of ${zone} when asked
 * for
 * ${qtype}: for that other servers are to be asked, as long as this question lasts. Of
 * other types it may know what others do not. */
void trust_distrust(
    struct iter_task *t, const struct addr *addr, const uint8_t *zone, uint16_t qtype);
/** trust_is_distrusted(t, addr, f): for ${f}'s zone and type. */
bool trust_is_distrusted(
    const struct iter_task *t, const struct addr *addr, const struct frame *f);

#endif
