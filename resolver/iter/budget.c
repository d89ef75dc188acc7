#include "resolver/iter/budget.h"

#include "resolver/iter/load.h"

static int
ede_of_trouble(const struct frame *f)
{
	return f->ede_code == EDE_NONE ? EDE_OTHER : f->ede_code;
}

enum step_id
budget_crowded(struct iter_task *t, struct frame *f, const char *text)
{
	t->crowded = true;
	f->cut_short = true;
	f->ede_code = EDE_OTHER;
	f->ede_text = text;
	return STEP_FAILED;
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
	if (load_zone_is_full(t, f)) {
		task_count(t, ITER_COUNT_LIMIT_ZONE);
		return budget_crowded(t, f, "too many queries of one zone are under way");
	}
	t->queries++;
	f->queries++;
	task_count(t, ITER_COUNT_QUERIES);
	return STEP_SEND;
}
