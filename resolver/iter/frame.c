#include "resolver/iter/frame.h"

#include <string.h>

static bool
is_asked_below(const struct frame *f, const uint8_t *name, uint16_t qtype)
{
	for (; f != NULL; f = f->below)
		if (f->qtype == qtype && dname_equal(f->name, name))
			return true;
	return false;
}

/* A frame without its tables: those are filled before they are read. */
static struct frame *
frame_take(struct iter_task *t)
{
	struct frame *f = t->spare;

	if (f == NULL)
		return arena_alloc(t->arena, sizeof(*f));
	t->spare = f->below;
	memset(f, 0, offsetof(struct frame, servers));
	return f;
}

static enum err
frame_allowed(
    struct iter_task *t, const uint8_t *name, uint16_t qtype, enum frame_purpose purpose)
{
	struct frame *top = t->top;

	if (top == NULL)
		return ERR_OK;
	/* The client may ask for a link itself: its own frame asks no more by then. */
	if (purpose != FRAME_DS && purpose != FRAME_DNSKEY &&
	    is_asked_below(top, name, qtype)) {
		top->cut_short = true;
		return ERR_EXISTS;
	}
	/*
	 * Sub-questions that the cache answers cost no query, so they need a bound of
	 * their own: names that lead to names would otherwise multiply with the depth.
	 */
	if (top->depth >= t->conf->depth_max || t->subquestions >= t->conf->queries_max) {
		top->cut_short = true;
		task_count(t, ITER_COUNT_LIMIT_DEPTH);
		return ERR_LIMIT;
	}
	return ERR_OK;
}

enum err
frame_push(
    struct iter_task *t, const uint8_t *name, uint16_t qtype, enum frame_purpose purpose)
{
	enum err e = frame_allowed(t, name, qtype, purpose);
	struct frame *f;

	if (e != ERR_OK)
		return e;
	if ((f = frame_take(t)) == NULL)
		return ERR_NOMEM;
	f->below = t->top;
	f->depth = t->top == NULL ? 0 : (uint8_t)(t->top->depth + 1);
	f->step = STEP_START;
	f->purpose = (uint8_t)purpose;
	f->qtype = qtype;
	f->ede_code = EDE_NONE;
	frame_rename(f, name);
	if (t->top != NULL) {
		t->subquestions++;
		t->top->queries_before = t->queries;
	}
	if (f->depth > t->deepest)
		t->deepest = f->depth;
	t->finished = NULL;
	t->top = f;
	return ERR_OK;
}

void
frame_pop(struct iter_task *t)
{
	struct frame *f = t->top;

	t->top = f->below;
	if (t->top != NULL && f->cut_short && f->rcode == RCODE_SERVFAIL)
		t->top->cut_short = true;
	f->below = t->spare;
	t->spare = f;
	t->finished = f;
}

void
frame_rename(struct frame *f, const uint8_t *name)
{
	f->name = name;
	f->labels = (uint8_t)dname_labels(name);
	f->queries = 0;
	f->minimise_off = false;
	f->minimised_count = 0;
	f->minimised_silent = 0;
	f->nxdomain_labels = 0;
	f->policy_failed = false;
}
