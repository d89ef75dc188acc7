#include "resolver/serve/report.h"

#include <stdio.h>
#include <string.h>

#include "base/dns.h"

/* A zone that is broken is asked for thousands of times, and one report says it all. */
#define REPORT_QPS   1u
#define REPORT_BURST 10u

#define DIGITS_MAX 6u /* "65535" and its NUL */

static const uint8_t mark[] = { 3, '_', 'e', 'r' };

struct name_writer {
	uint8_t *out;
	size_t len;
	bool failed;
};

static void
put(struct name_writer *w, const uint8_t *bytes, size_t len)
{
	if (w->failed || len > DNAME_MAX - w->len) {
		w->failed = true;
		return;
	}
	memcpy(w->out + w->len, bytes, len);
	w->len += len;
}

static void
put_number(struct name_writer *w, unsigned number)
{
	uint8_t label[1 + DIGITS_MAX];
	int digits = snprintf((char *)label + 1, DIGITS_MAX, "%u", number & 0xffffu);

	label[0] = (uint8_t)digits;
	put(w, label, 1u + (size_t)digits);
}

bool
report_name(const uint8_t *qname, uint16_t qtype, int ede_code, const uint8_t *agent,
    uint8_t out[DNAME_MAX])
{
	struct name_writer w = { .out = out };

	put(&w, mark, sizeof(mark));
	put_number(&w, qtype);
	put(&w, qname, dname_len(qname) - 1);
	put_number(&w, (unsigned)ede_code);
	put(&w, mark, sizeof(mark));
	put(&w, agent, dname_len(agent));
	return !w.failed;
}

/* RFC 9567 8: what goes wrong with a report is nobody's news, whoever asked for it. */
static bool
is_report(const uint8_t *qname)
{
	return memcmp(qname, mark, sizeof(mark)) == 0;
}

bool
report_due(const struct conf *conf, const struct answer *a,
    const struct iter_facts *facts, uint16_t qtype, struct bucket *limit, uint64_t now_ms,
    uint8_t out[DNAME_MAX])
{
	if (!conf->error_reporting || a->rcode != RCODE_SERVFAIL ||
	    facts->agent == NULL || *facts->agent == 0)
		return false;
	/* Told already, or our own doing. What detection kept in must not get out by this
	 * way. */
	if (a->ede_code == EDE_NONE || a->ede_code == EDE_OTHER ||
	    a->ede_code == EDE_CACHED_ERROR || a->ede_code == EDE_FILTERED)
		return false;
	return !is_report(facts->failed_name) &&
	       report_name(facts->failed_name, qtype, a->ede_code, facts->agent, out) &&
	       bucket_take(limit, REPORT_QPS, REPORT_BURST, now_ms);
}
