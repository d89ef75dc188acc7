#include "resolver/iter/budget.h"

static int
ede_of_trouble(const struct frame *f)
{
	return f->ede_code == EDE_NONE ? EDE_OTHER : f->ede_code;
}

enum step_id
budget_query(struct iter_task *t, struct frame *f)
{
	if (t->now_ms >= t->deadline_ms)
		return task_fail(t, ITER_COUNT_LIMIT_TIME, ede_of_trouble(f),
		    "time for this question is used up");
	if (t->queries >= t->conf->queries_max)
		return task_fail(t, ITER_COUNT_LIMIT_QUERIES, EDE_OTHER,
		    "too many queries for one question");
	if (f->queries >= t->conf->queries_per_name_max) {
		task_count(t, ITER_COUNT_LIMIT_NAME);
		f->ede_code = EDE_OTHER;
		f->ede_text = "too many queries for one name";
		return STEP_FAILED;
	}
	t->queries++;
	f->queries++;
	task_count(t, ITER_COUNT_QUERIES);
	return STEP_SEND;
}
