#include "resolver/serve/own.h"

#include <string.h>

#include "base/dns.h"
#include "resolver/serve/idle.h"

/* They begin only while jobs are no more than this part of the table. */
#define QUIET_SHARE 4u

static void
ask(struct worker *w, struct request *r, enum serve_counter counter)
{
	uint64_t hash;
	struct job *own;

	memcpy(r->q.qname_raw, r->q.qname, sizeof(r->q.qname_raw));
	hash = job_hash(w->jobs, r);
	if (job_find(w->jobs, r, hash) != NULL || (own = job_new(w, r, hash)) == NULL)
		return;
	own->report = true;
	counters_add(&w->counters, counter);
	idle_add(own);
	job_start(own);
}

static bool
is_quiet(const struct jobs *j)
{
	return htable_count(j->jobs) < htable_max(j->jobs) / QUIET_SHARE;
}

void
own_report(struct worker *w, const struct job *job, const struct answer *a,
    const struct iter_facts *facts)
{
	struct request r = { .q = { .qtype = TYPE_TXT, .qclass = CLASS_IN } };

	if (!job->report && is_quiet(w->jobs) &&
	    report_due(worker_conf(w), a, facts, job->qtype, &w->reports, worker_now(w),
		r.q.qname))
		ask(w, &r, COUNT_REPORTED);
}

/* RFC 8145 5: the cache knows that there is no such name, as a rule. */
void
own_signal(struct worker *w, const struct job *job)
{
	struct request r = { .q = { .qtype = TYPE_NULL,
				 .qclass = CLASS_IN,
				 .flags = FLAG_RD | FLAG_CD } };
	struct dname name;

	if (!iter_task_signal(job->task, &name) || !is_quiet(w->jobs))
		return;
	memcpy(r.q.qname, name.bytes, name.len);
	ask(w, &r, COUNT_KEY_TAG_SIGNALS);
}
