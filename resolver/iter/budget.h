#ifndef ITER_BUDGET_H
#define ITER_BUDGET_H

#include "resolver/iter/task.h"

/*
 * What one client question may cost (doc/ARCHITECTURE.md "Budgets"). All of it is
 * counted in the task, which no alias, no sub-question and no fallback ever resets
 * (CVE-2026-50045 was such a reset).
 */

/**
 * budget_query(t, f):
 * One more query of ${f}. Returns STEP_SEND when it may go; else the step that the failed
 * budget leads to.
 */
enum step_id budget_query(struct iter_task *t, struct frame *f);
/** budget_crowded(t, f, text): ${f} fails for what others have under way (load.h), which
 * nobody shall remember. Returns STEP_FAILED. */
enum step_id budget_crowded(struct iter_task *t, struct frame *f, const char *text);

#endif
