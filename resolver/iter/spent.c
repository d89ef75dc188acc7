#include "resolver/iter/spent.h"

#include "resolver/iter/validate.h"

static const char *const names[ITER_SPENT_COUNT] = {
	[ITER_SPENT_QUERIES] = "queries",
	[ITER_SPENT_TIME] = "milliseconds",
	[ITER_SPENT_DEPTH] = "depth",
	[ITER_SPENT_LINKS] = "links",
	[ITER_SPENT_SUBQUESTIONS] = "subquestions",
	[ITER_SPENT_NS_NXDOMAIN] = "ns_nxdomain",
	[ITER_SPENT_VERIFICATIONS] = "verifications",
	[ITER_SPENT_HASHES] = "nsec3_hashes",
	[ITER_SPENT_WORK] = "validation_work",
	[ITER_SPENT_REPLIES] = "reply_bytes",
	[ITER_SPENT_MEMORY] = "memory_bytes",
};

const char *
iter_spent_name(enum iter_spent what)
{
	return what < ITER_SPENT_COUNT ? names[what] : "";
}

uint64_t
iter_task_spent(const struct iter_task *t, enum iter_spent what)
{
	switch (what) {
	case ITER_SPENT_QUERIES:
		return t->queries;
	case ITER_SPENT_TIME:
		return t->now_ms + t->conf->question_timeout_ms - t->deadline_ms;
	case ITER_SPENT_DEPTH:
		return t->deepest;
	case ITER_SPENT_LINKS:
		return t->links;
	case ITER_SPENT_SUBQUESTIONS:
		return t->subquestions;
	case ITER_SPENT_NS_NXDOMAIN:
		return t->ns_nxdomain;
	case ITER_SPENT_VERIFICATIONS:
		return validate_verifications(t);
	case ITER_SPENT_HASHES:
		return validate_hashes(t);
	case ITER_SPENT_WORK:
		return t->validation.budget.work;
	case ITER_SPENT_REPLIES:
		return t->reply_bytes;
	case ITER_SPENT_MEMORY:
		return arena_used(t->arena);
	case ITER_SPENT_COUNT:
		break;
	}
	return 0;
}

void
spent_note(const struct iter_task *t)
{
	for (unsigned i = 0; i < ITER_SPENT_COUNT; i++)
		histogram_add(&t->it->spent[i], iter_task_spent(t, (enum iter_spent)i));
}
