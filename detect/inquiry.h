#ifndef DETECT_INQUIRY_H
#define DETECT_INQUIRY_H

#include "detect/level.h"

/*
 * The beginning and the end that judging a question and judging an answer have in common.
 */

/** inquiry_clear(in, qtype, verified, exempt): nothing else is known yet. */
void inquiry_clear(struct inquiry *in, uint16_t qtype, bool verified, bool exempt);
/** inquiry_begin(in, d, conf, group, client, qname, now): who, what, when. False:
 * detection is off for this group. */
bool inquiry_begin(struct inquiry *in, struct detect *d, const struct conf *conf,
    uint32_t group, const struct addr *client, const uint8_t *qname,
    const struct now *now);
/** inquiry_look(in, look, own): what ${look} found; NULL: it looks itself, into ${own}.
 * Both must outlive ${in}. */
void inquiry_look(
    struct inquiry *in, const struct detect_look *look, struct detect_look *own);
/** inquiry_has_underscore(name): a label that no host's name has (RFC 8552). */
bool inquiry_has_underscore(const struct namehash *name);
/** inquiry_nobody_receives(in, cut): a top-level domain that does not exist. */
bool inquiry_nobody_receives(const struct inquiry *in, const uint8_t *cut);
/** inquiry_exists_key(in): where "this top-level domain gives answers" is remembered. */
uint64_t inquiry_exists_key(const struct inquiry *in);
/** inquiry_cut_labels(in, owner, cut): how deep a known zone cut lies between the owner's
 * zone and the name; 0: there is none. */
unsigned inquiry_cut_labels(
    const struct inquiry *in, const struct level *owner, const uint8_t *cut);
/** inquiry_of_platform(in, cut, whole): the question as it reaches the platform that let
 * the zone to its owner, ${whole}; false: there is none, or ${cut} shows that the owner
 * has servers of his own. Who runs a platform reads the names of all its tenants, and
 * they cost him nothing. It is judged as a known service is: client by client, with a
 * larger budget. */
bool inquiry_of_platform(
    const struct inquiry *in, const uint8_t *cut, struct inquiry *whole);
/** inquiry_verdict_clear(out): nothing is decided yet. */
void inquiry_verdict_clear(struct detect_verdict *out);
/** inquiry_verdict_close(in, dec, out): from what was decided to what the caller is told.
 */
void inquiry_verdict_close(
    struct inquiry *in, const struct decision *dec, struct detect_verdict *out);

#endif
