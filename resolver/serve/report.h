#ifndef SERVE_REPORT_H
#define SERVE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/dname.h"
#include "detect/bucket.h"
#include "resolver/iter/iter.h"

/*
 * DNS error reporting (RFC 9567): a failed question is told to the agent that the zone's
 * servers name, by asking for a TXT record whose name is the report. Off by default: the
 * agent learns what our clients asked for.
 *
 * A report is an ordinary question of ours, with its budgets and the cache before it; a
 * few a second at most; none about a report; none to the agent ".".
 */

/** report_name(qname, qtype, ede_code, agent, out): _er.TYPE.QNAME.CODE._er.AGENT; false
 * when that is too long for a name (RFC 9567 6.1.1: then there is no report). */
bool report_name(const uint8_t *qname, uint16_t qtype, int ede_code, const uint8_t *agent,
    uint8_t out[DNAME_MAX]);

/**
 * report_due(conf, a, facts, qtype, limit, now_ms, out):
 * The question that ended in ${a} is to be reported, under the name ${out}. ${limit} is
 * the bucket of all reports of a worker.
 */
bool report_due(const struct conf *conf, const struct answer *a,
    const struct iter_facts *facts, uint16_t qtype, struct bucket *limit, uint64_t now_ms,
    uint8_t out[DNAME_MAX]);

#endif
