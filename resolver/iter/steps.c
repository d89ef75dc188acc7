#include "resolver/iter/steps.h"

#include "resolver/iter/address.h"
#include "resolver/iter/ask.h"
#include "resolver/iter/choose.h"
#include "resolver/iter/event.h"
#include "resolver/iter/finish.h"
#include "resolver/iter/frame.h"
#include "resolver/iter/lookup.h"
#include "resolver/iter/referral.h"
#include "resolver/iter/result.h"
#include "resolver/iter/validate.h"
#include "resolver/iter/zone.h"

struct step {
	const char *name;
	enum step_id (*run)(struct iter_task *t, struct frame *f);
};

static enum step_id
step_start(struct iter_task *t, struct frame *f)
{
	/* The list of root servers is asked for because the cache no longer has it. */
	if (f->purpose == FRAME_PRIME)
		return STEP_DELEGATION;
	/* A link that another server's bogus data is to be replaced with. */
	if (frame_is_link(f) && (t->validation.sub_tries > 0 || t->probe))
		return STEP_DELEGATION;
	/* A refresh wants what the servers say now (prefetch). */
	if (frame_is_question(f) && t->refresh)
		return STEP_DELEGATION;
	return STEP_CACHE;
}

static const struct step steps[] = {
	[STEP_START] = { "start", step_start },
	[STEP_CACHE] = { "cache", lookup_step },
	[STEP_DELEGATION] = { "delegation", zone_step },
	[STEP_CHOOSE_SERVER] = { "choose_server", choose_step },
	[STEP_ADDRESSES] = { "addresses", address_step },
	[STEP_SEND] = { "send", ask_step },
	[STEP_EVENT] = { "wait", event_step },
	[STEP_CLASSIFY] = { "classify", event_classify_step },
	[STEP_REFERRAL] = { "referral", referral_step },
	[STEP_ANSWER] = { "answer", result_answer_step },
	[STEP_ALIAS] = { "alias", result_alias_step },
	[STEP_NEGATIVE] = { "negative", result_negative_step },
	[STEP_VALIDATE] = { "validate", validate_step },
	[STEP_FAILED] = { "failed", finish_failed_step },
	[STEP_FINISH] = { "finish", finish_step },
};
_Static_assert(sizeof(steps) / sizeof(steps[0]) == STEP_COUNT, "every step has its row");

const char *
steps_name(enum step_id step)
{
	return step < STEP_COUNT ? steps[step].name : "done";
}

enum iter_action
steps_run(struct iter_task *t)
{
	for (;;) {
		struct frame *f = t->top;
		enum step_id next;

		if (FAILS(f == NULL || f->step >= STEP_COUNT)) {
			(void)task_fail(
			    t, ITER_COUNT_SERVFAIL, EDE_OTHER, "internal error");
			return ITER_DONE;
		}
		next = steps[f->step].run(t, f);
		if (next == STEP_DONE)
			return ITER_DONE;
		if (next == STEP_YIELD)
			return ITER_AGAIN;
		if (next == STEP_WAIT) {
			f->step = STEP_EVENT;
			return ITER_SEND;
		}
		f->step = (uint8_t)next;
	}
}
