#ifndef ITER_RESULT_H
#define ITER_RESULT_H

#include "resolver/iter/classify.h"
#include "resolver/iter/task.h"

/* Without an SOA nobody said how long; RFC 2308 5 would not cache at all, which invites a
 * flood. */
#define NEGATIVE_WITHOUT_SOA_SEC 5u

/*
 * What a reply contributes to the frame's result and to the cache: the steps "answer",
 * "alias" and "negative".
 */
enum step_id result_answer_step(struct iter_task *t, struct frame *f);
enum step_id result_alias_step(struct iter_task *t, struct frame *f);
enum step_id result_negative_step(struct iter_task *t, struct frame *f);

/**
 * result_follow_cname / result_follow_dname(t, f, set):
 * ${set} (in result_arena) becomes part of the result and ${f} goes on with the name it
 * leads to. A DNAME brings its CNAME (RFC 6672 3.1), or YXDOMAIN when the new name would
 * be too long.
 */
enum step_id result_follow_cname(struct iter_task *t, struct frame *f, struct rrset *set);
enum step_id result_follow_dname(struct iter_task *t, struct frame *f, struct rrset *set);

/** result_deny(f, name, denial): of ${f}, which is to be validated, ${name} is denied by
 * the list ${denial} (in the task's arena). */
void result_deny(struct frame *f, const uint8_t *name, struct rrset *denial);

/** result_learn(t, f, class): a minimised query's data or NODATA goes to the cache alone.
 */
void result_learn(struct iter_task *t, struct frame *f, enum reply_class class);

/** result_alias_leads(qtype): a CNAME in the cache leads a question for ${qtype} on. Not
 * for what an alias has itself: it, NSEC and RRSIG (RFC 4035 2.5). */
static inline bool
result_alias_leads(uint16_t qtype)
{
	return qtype != TYPE_CNAME && qtype != TYPE_ANY && qtype != TYPE_RRSIG &&
	       qtype != TYPE_NSEC;
}

/**
 * result_arena(t, f): where sets of ${f}'s result live: the task's arena for the client's
 * question; the scratch arena for the others, whose results are used up in the same call
 * of iter_step.
 */
static inline struct arena *
result_arena(const struct iter_task *t, const struct frame *f)
{
	return f->below == NULL ? t->arena : t->it->scratch;
}

#endif
